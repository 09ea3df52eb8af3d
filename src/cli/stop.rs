//! Why a command ends without doing its work, and with which exit code.

use crate::config::Mistake;
use crate::ledger::LedgerError;
use crate::run::RunError;
use crate::spool::{KeyError, SpoolError};
use std::fmt;
use std::io;

/// Exit code for usage and configuration.
pub(super) const USAGE: u8 = 2;
/// Exit code for what failed.
pub(super) const FAILED: u8 = 1;

/// The end of a command that could not do its work: exit code, and sentences for standard error.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stop {
    pub(super) code: u8,
    pub(super) sentences: Vec<String>,
}

impl Stop {
    /// One mistake in how the command was used.
    pub(super) fn usage(sentence: impl Into<String>) -> Stop {
        Stop {
            code: USAGE,
            sentences: vec![sentence.into()],
        }
    }

    /// Several mistakes in how the command was used.
    pub(super) fn all_usage(sentences: Vec<String>) -> Stop {
        Stop {
            code: USAGE,
            sentences,
        }
    }

    /// Something failed.
    pub(super) fn failed(sentence: impl fmt::Display) -> Stop {
        Stop {
            code: FAILED,
            sentences: vec![sentence.to_string()],
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, sentence) in self.sentences.iter().enumerate() {
            let line = if place > 0 { "\n" } else { "" };
            write!(f, "{line}feedgate: {sentence}")?;
        }
        Ok(())
    }
}

impl From<Vec<Mistake>> for Stop {
    fn from(mistakes: Vec<Mistake>) -> Stop {
        let mut sentences: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        let unread = |m: &Mistake| m.line.is_none() && m.key.is_empty();
        sentences.push(match mistakes.len() {
            // A file that isn't there has no mistakes.
            1 if mistakes.iter().all(unread) => return Stop::all_usage(sentences),
            1 => "1 mistake in the configuration; nothing was touched".to_owned(),
            n => format!("{n} mistakes in the configuration; nothing was touched"),
        });
        Stop::all_usage(sentences)
    }
}

impl From<RunError> for Stop {
    fn from(error: RunError) -> Stop {
        let code = error.exit_code();
        Stop {
            code,
            sentences: error.sentences(),
        }
    }
}

impl From<LedgerError> for Stop {
    fn from(error: LedgerError) -> Stop {
        Stop::failed(error)
    }
}

impl From<SpoolError> for Stop {
    fn from(error: SpoolError) -> Stop {
        Stop::failed(error)
    }
}

impl From<KeyError> for Stop {
    fn from(error: KeyError) -> Stop {
        Stop::failed(error)
    }
}

/// Standard output can't be written to; a reader who has gone is no error, see [`super::out::Out`].
impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::failed(format_args!("can't write the output: {error}"))
    }
}

impl From<serde_json::Error> for Stop {
    fn from(error: serde_json::Error) -> Stop {
        Stop::failed(format_args!("can't write the output: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Stop;
    use crate::config::{load, parse};
    use crate::run::RunError;
    use std::path::Path;

    #[test]
    fn every_mistake_is_named_and_counted() {
        let text = "[site]\ntimezone = \"Nowhere\"\ncolour = 1\n";
        let mistakes = parse(text, Path::new("feedgate.toml")).expect_err("mistakes");
        let stop = Stop::from(mistakes);
        assert_eq!(stop.code, 2);
        let text = stop.to_string();
        assert!(text.contains("feedgate.toml:2: site.timezone"), "{text}");
        assert!(text.contains("feedgate.toml:3: site.colour"), "{text}");
        assert!(text.contains("2 mistakes in the configuration"), "{text}");
    }

    #[test]
    fn a_file_that_is_not_there_has_no_mistakes() {
        let missing = load(Path::new("/nowhere/feedgate.toml")).expect_err("missing");
        let text = Stop::from(missing).to_string();
        assert!(text.contains("can't be read"), "{text}");
        assert!(!text.contains("mistake"), "{text}");
    }

    #[test]
    fn run_errors_keep_their_exit_code() {
        let usage = Stop::from(RunError::Usage(vec!["a".into(), "b".into()]));
        assert_eq!(usage.to_string(), "feedgate: a\nfeedgate: b");
        let busy = Stop::from(RunError::Busy("another run has it".into()));
        assert_eq!(busy.code, 6);
    }
}
