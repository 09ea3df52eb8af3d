//! Why a command ends without doing its work, and with which exit code.

use super::out::say;
use crate::operations::OperationError;
use serde::Serialize;
use std::fmt;
use std::io;

/// Exit code for usage and configuration.
pub(super) const USAGE: u8 = 2;
/// Exit code for what failed.
const FAILED: u8 = 1;
/// Exit code of a bug.
pub(super) const BUG: u8 = 70;

/// The end of a command that could not do its work: exit code, its word for `--json`, and sentences for standard error.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CliError {
    pub(super) code: u8,
    word: &'static str,
    pub(super) sentences: Vec<String>,
}

/// An error with `--json`, as it is printed.
#[derive(Serialize)]
struct JsonError<'a> {
    code: &'a str,
    exit_code: u8,
    message: String,
}

impl CliError {
    /// An error of this exit code, which has the word that is usual for it.
    pub(super) fn new(code: u8, sentences: Vec<String>) -> CliError {
        let word = match code {
            USAGE => "usage",
            4 => "nothing",
            5 => "waits",
            6 => "busy",
            BUG => "bug",
            _ => "failed",
        };
        CliError {
            code,
            word,
            sentences,
        }
    }

    /// Mistakes in how the command was used.
    pub(super) fn usage(sentences: Vec<String>) -> CliError {
        CliError::new(USAGE, sentences)
    }

    pub(super) fn failed(sentence: impl fmt::Display) -> CliError {
        CliError::new(FAILED, vec![sentence.to_string()])
    }

    /// Prints it to standard error: each sentence is a line; with `json` all of it is one object on one line.
    pub(super) fn say(&self, json: bool) {
        match json {
            true => say(self.json()),
            false => say(self),
        }
    }

    fn json(&self) -> String {
        let error = JsonError {
            code: self.word,
            exit_code: self.code,
            message: self.sentences.join("\n"),
        };
        serde_json::to_string(&error).expect("texts and a number can be written as JSON")
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, sentence) in self.sentences.iter().enumerate() {
            let line = if place > 0 { "\n" } else { "" };
            write!(f, "{line}feedgate: {sentence}")?;
        }
        Ok(())
    }
}

impl From<OperationError> for CliError {
    fn from(error: OperationError) -> CliError {
        let special = match &error {
            OperationError::Configuration(_) => Some("configuration"),
            OperationError::Interrupted { .. } => Some("interrupted"),
            _ => None,
        };
        let plain = CliError::new(error.exit_code(), error.sentences());
        CliError {
            word: special.unwrap_or(plain.word),
            ..plain
        }
    }
}

/// Standard output can't be written to; a reader who has gone is no error, see [`super::out::Out`].
impl From<io::Error> for CliError {
    fn from(error: io::Error) -> CliError {
        CliError::failed(format_args!("can't write the output: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::CliError;
    use crate::operations::OperationError;

    #[test]
    fn every_sentence_is_a_line_of_the_program() {
        let usage = CliError::usage(vec!["a".into(), "b".into()]);
        assert_eq!(usage.to_string(), "feedgate: a\nfeedgate: b");
    }

    #[test]
    fn as_json_it_is_one_line_with_a_word_and_the_exit_code() {
        let usage = CliError::usage(vec!["a \"b\"".into(), "c".into()]);
        let text = r#"{"code":"usage","exit_code":2,"message":"a \"b\"\nc"}"#;
        assert_eq!(usage.json(), text);
        let of_operation = |error: OperationError| CliError::from(error).json();
        let configuration = of_operation(OperationError::Configuration(Vec::new()));
        assert!(configuration.contains(r#""code":"configuration","exit_code":2"#));
        let interrupted = OperationError::Interrupted {
            signal: 2,
            withdrawn: true,
        };
        assert!(of_operation(interrupted).contains(r#""code":"interrupted","exit_code":1"#));
    }
}
