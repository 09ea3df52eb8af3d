//! What finding codes mean.

use super::error::{OperationError, Result};
use crate::domain::Code;
use crate::domain::explanation::{explain as texts, suggestions};
use crate::domain::masking::escape_control;
use serde::Serialize;

/// What a finding code means, and how to correct the record or file.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CodeExplanation {
    pub(crate) code: Code,
    pub(crate) example: &'static str,
    pub(crate) how_to_fix: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) message: &'static str,
    pub(crate) severity: String,
    /// The title of its group of codes.
    pub(crate) subject: &'static str,
}

/// Explains one code, however it is written.
///
/// # Errors
/// There is no such code; the sentence names similar ones.
pub(crate) fn explain(word: &str) -> Result<CodeExplanation> {
    find(word).map(of)
}

pub(crate) fn explain_all() -> Vec<CodeExplanation> {
    Code::ALL.iter().copied().map(of).collect()
}

fn of(code: Code) -> CodeExplanation {
    let text = texts(code);
    CodeExplanation {
        code,
        example: text.example,
        how_to_fix: text.fix,
        meaning: text.meaning,
        message: text.message,
        severity: code.severity_in_words(),
        subject: code.subject().title(),
    }
}

fn find(word: &str) -> Result<Code> {
    let wanted = word.trim().to_uppercase().replace(['-', ' '], "_");
    Code::parse(&wanted).ok_or_else(|| {
        let near: Vec<&str> = suggestions(word).into_iter().map(Code::as_str).collect();
        let hint = if near.is_empty() {
            "`feedgate explain` lists all codes".to_owned()
        } else {
            format!("did you mean {}?", near.join(", "))
        };
        let shown: String = word.chars().take(60).collect();
        OperationError::usage(format!(
            "{} is no finding code; {hint}",
            escape_control(&shown)
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::find;
    use crate::domain::Code;

    #[test]
    fn codes_are_found_however_they_are_typed() {
        assert_eq!(find("ssn-area").ok(), Some(Code::SsnArea));
        assert_eq!(find(" SSN_AREA ").ok(), Some(Code::SsnArea));
        let refused = find("SSN_AERA").expect_err("unknown");
        assert_eq!(refused.exit_code(), 2);
        assert!(refused.sentences()[0].contains("did you mean SSN_AREA"));
        let refused = find("xyzzy").expect_err("unknown").sentences();
        assert!(refused[0].contains("feedgate explain"), "{refused:?}");
    }
}
