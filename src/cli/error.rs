//! Why a command ends without doing its work, and with which exit code.

use crate::operations::OperationError;
use std::fmt;
use std::io;

/// Exit code for usage and configuration.
pub(super) const USAGE: u8 = 2;
/// Exit code for what failed.
const FAILED: u8 = 1;

/// The end of a command that could not do its work: exit code, and sentences for standard error.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CliError {
    pub(super) code: u8,
    pub(super) sentences: Vec<String>,
}

impl CliError {
    /// Mistakes in how the command was used.
    pub(super) fn usage(sentences: Vec<String>) -> CliError {
        CliError {
            code: USAGE,
            sentences,
        }
    }

    pub(super) fn failed(sentence: impl fmt::Display) -> CliError {
        CliError {
            code: FAILED,
            sentences: vec![sentence.to_string()],
        }
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
        CliError {
            code: error.exit_code(),
            sentences: error.sentences(),
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

    #[test]
    fn every_sentence_is_a_line_of_the_program() {
        let usage = CliError::usage(vec!["a".into(), "b".into()]);
        assert_eq!(usage.to_string(), "feedgate: a\nfeedgate: b");
    }
}
