//! What is wrong with a configuration, said so that it can be put right.

use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// One mistake in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// The file as it was named.
    pub file: PathBuf,
    /// The line, from 1; `None` when it is about the file as a whole.
    pub line: Option<usize>,
    /// The key with its tables, such as `integration.x.kind`; empty when it is about the text itself.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What to write instead.
    pub hint: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}; {}", self.problem, self.hint)
    }
}

/// A value that can't stand, before it is known where it stands.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) problem: String,
    pub(super) hint: String,
}

impl Refusal {
    pub(super) fn new(problem: impl Into<String>, hint: impl Into<String>) -> Refusal {
        Refusal {
            problem: problem.into(),
            hint: hint.into(),
        }
    }
}

/// A value as it is shown in a mistake: quoted, escaped, cut after 60 characters.
pub(super) fn shown(value: &str) -> String {
    const LONGEST: usize = 60;
    let mut cut: String = value.chars().take(LONGEST).collect();
    if cut.len() < value.len() {
        cut.push('…');
    }
    format!("{cut:?}")
}

/// The known word that `word` was probably meant to be.
pub(super) fn near_miss<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    const LIKE_ENOUGH: f64 = 0.7;
    /// The comparison takes memory by the product of both lengths.
    const LONGEST: usize = 100;
    known
        .into_iter()
        .filter(|_| word.len() <= LONGEST)
        .map(|k| (strsim::normalized_damerau_levenshtein(word, k), k))
        .filter(|(likeness, _)| *likeness >= LIKE_ENOUGH)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| k)
}

/// `"a"`, `"a" or "b"`, `"a", "b" or "c"`.
pub(super) fn any_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("{w:?}")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((only, _)) => only.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_a_compiler_message() {
        let mistake = Mistake {
            file: "feedgate.toml".into(),
            line: Some(12),
            key: "integration.x.kind".into(),
            problem: format!("{} is not known here", shown("demografic")),
            hint: format!("write {}", any_of(&["demographic", "deduction"])),
        };
        assert_eq!(
            mistake.to_string(),
            "feedgate.toml:12: integration.x.kind: \"demografic\" is not known here; \
             write \"demographic\" or \"deduction\""
        );
    }

    #[test]
    fn a_near_miss_is_near() {
        let known = ["timezone", "retention"];
        assert_eq!(near_miss("timezon", known), Some("timezone"));
        assert_eq!(near_miss("time_zone", known), Some("timezone"));
        assert_eq!(near_miss("zone", known), None);
    }
}
