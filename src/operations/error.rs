//! Why an operation could not be done.

use crate::config::Diagnostic;
use crate::site::RunError;
use std::fmt;

/// Why an operation could not be done, sorted by what the caller does next.
#[derive(Debug)]
pub(crate) enum OperationError {
    /// The configuration has mistakes. Nothing was changed.
    Configuration(Vec<Diagnostic>),
    /// A wrong name, argument or state; or the run, the ledger or the disk failed.
    Run(RunError),
    Failed(String),
    /// The caller stopped waiting for the daemon.
    Interrupted {
        /// The signal that interrupted it.
        signal: i32,
        /// Whether the daemon had not begun, so that nothing was done.
        withdrawn: bool,
    },
}

impl OperationError {
    pub(super) fn usage(sentence: impl Into<String>) -> OperationError {
        OperationError::Run(RunError::usage(sentence))
    }

    pub(super) fn failed(sentence: impl fmt::Display) -> OperationError {
        OperationError::Failed(sentence.to_string())
    }

    /// The exit code of a command that ends with this error.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            OperationError::Configuration(_) => 2,
            OperationError::Run(error) => error.exit_code(),
            OperationError::Failed(_) | OperationError::Interrupted { .. } => 1,
        }
    }

    /// What to tell the person who asked, one sentence each.
    pub(crate) fn sentences(self) -> Vec<String> {
        match self {
            OperationError::Configuration(mistakes) => counted(&mistakes),
            OperationError::Run(error) => error.sentences(),
            OperationError::Failed(sentence) => vec![sentence],
            OperationError::Interrupted { withdrawn, .. } => vec![
                if withdrawn {
                    "interrupted before the daemon began; nothing was done"
                } else {
                    "interrupted, but the daemon is at it already and goes on; `feedgate runs` shows how it ends"
                }
                .to_owned(),
            ],
        }
    }
}

/// The mistakes, and how many there are.
fn counted(mistakes: &[Diagnostic]) -> Vec<String> {
    let mut sentences: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    let unreadable = |m: &Diagnostic| m.line.is_none() && m.key.is_empty();
    sentences.extend(match mistakes {
        // A file that can't be read has no mistakes to count.
        [only] if unreadable(only) => None,
        [_] => Some("1 mistake in the configuration; nothing was touched".to_owned()),
        all => Some(format!(
            "{} mistakes in the configuration; nothing was touched",
            all.len()
        )),
    });
    sentences
}

/// Of everything that is a reason for a run to fail.
impl<E> From<E> for OperationError
where
    RunError: From<E>,
{
    fn from(error: E) -> OperationError {
        OperationError::Run(error.into())
    }
}

impl From<Vec<Diagnostic>> for OperationError {
    fn from(mistakes: Vec<Diagnostic>) -> OperationError {
        OperationError::Configuration(mistakes)
    }
}

/// The result of an operation.
pub(crate) type Result<T> = std::result::Result<T, OperationError>;

#[cfg(test)]
mod tests {
    use super::OperationError;
    use crate::config::{load, parse};
    use crate::site::RunError;
    use std::path::Path;

    #[test]
    fn every_mistake_is_named_and_counted() {
        let text = "[site]\ntimezone = \"Nowhere\"\ncolour = 1\n";
        let mistakes = parse(text, Path::new("feedgate.toml")).expect_err("mistakes");
        let error = OperationError::from(mistakes);
        assert_eq!(error.exit_code(), 2);
        let text = error.sentences().join("\n");
        assert!(text.contains("feedgate.toml:2: site.timezone"), "{text}");
        assert!(text.contains("feedgate.toml:3: site.colour"), "{text}");
        assert!(text.contains("2 mistakes in the configuration"), "{text}");
    }

    #[test]
    fn a_file_that_is_not_there_has_no_mistakes() {
        let missing = load(Path::new("/nowhere/feedgate.toml")).expect_err("missing");
        let text = OperationError::from(missing).sentences().join("\n");
        assert!(text.contains("can't be read"), "{text}");
        assert!(!text.contains("mistake"), "{text}");
    }

    #[test]
    fn run_errors_keep_their_exit_code() {
        let usage = OperationError::from(RunError::Usage(vec!["a".into(), "b".into()]));
        assert_eq!(usage.exit_code(), 2);
        assert_eq!(usage.sentences(), ["a", "b"]);
        let busy = OperationError::from(RunError::Busy("another run has it".into()));
        assert_eq!(busy.exit_code(), 6);
    }
}
