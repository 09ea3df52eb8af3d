//! What came of an errand, for whoever asked in another process.

use super::error::{Result, RunError};
use super::request::Ended;
use super::watch::Watch;
use crate::domain::RunSummary;
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, PoisonError};

/// What a command prints, and how it exits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The runs in their order.
    pub summaries: Vec<RunSummary>,
    /// Whether to show them as a list.
    pub many: bool,
    /// What a person should know besides, one sentence each.
    pub notes: Vec<String>,
    /// What kept it, or the rest of it, from happening, in sentences; empty if nothing did.
    pub failure: Vec<String>,
    /// The exit code.
    pub exit_code: u8,
}

impl Answer {
    /// What an errand came to.
    pub fn of(ended: Result<Ended>, notes: Vec<String>) -> Answer {
        match ended {
            Ok(ended) => Answer {
                summaries: ended.summaries,
                many: ended.many,
                notes,
                exit_code: ended.exit_code,
                failure: ended.failure.map_or_else(Vec::new, RunError::sentences),
            },
            Err(error) => Answer {
                exit_code: error.exit_code(),
                ..Answer::failed(error.sentences(), notes)
            },
        }
    }

    /// Nobody knows how far it came: the daemon that took it ended before it was done.
    pub fn interrupted() -> Answer {
        let sentence = "the daemon ended while it was at this; `feedgate runs` shows how far it came, the next daemon or `feedgate run` finishes a run that began, and what did not begin can be asked for again";
        Answer::failed(vec![sentence.to_owned()], Vec::new())
    }

    /// What was asked is written in a way that this program can't read.
    pub fn unreadable() -> Answer {
        let sentence = "the daemon is of another version than this command and can't read what it asks; restart the daemon, then repeat the command";
        Answer::failed(vec![sentence.to_owned()], Vec::new())
    }

    fn failed(failure: Vec<String>, notes: Vec<String>) -> Answer {
        Answer {
            summaries: Vec::new(),
            many: false,
            notes,
            failure,
            exit_code: 1,
        }
    }

    /// The answer as another process can read it.
    pub fn written(&self) -> String {
        // Only map keys that are no text, or a failing writer, could keep it from being written; it has neither.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`Answer::written`] gave.
    pub fn read(text: &str) -> Option<Answer> {
        serde_json::from_str(text).ok()
    }
}

/// Follows a run for somebody else, and keeps the notes for whoever asked for it.
pub struct Noting<'a> {
    inner: &'a dyn Watch,
    notes: Mutex<Vec<String>>,
}

impl<'a> Noting<'a> {
    /// Passes everything on to `inner`.
    pub fn new(inner: &'a dyn Watch) -> Noting<'a> {
        Noting {
            inner,
            notes: Mutex::default(),
        }
    }

    /// The notes so far.
    pub fn into_notes(self) -> Vec<String> {
        self.notes
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch for Noting<'_> {
    fn begin(&self, integration: &str, file: &str, bytes: u64) {
        self.inner.begin(integration, file, bytes);
    }

    fn advance(&self, bytes: u64) {
        self.inner.advance(bytes);
    }

    fn note(&self, sentence: &str) {
        self.inner.note(sentence);
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.push(sentence.to_owned());
    }

    fn has_enough(&self) -> bool {
        self.inner.has_enough()
    }

    fn gives_up(&self) -> bool {
        self.inner.gives_up()
    }

    fn end(&self, summary: &RunSummary) {
        self.inner.end(summary);
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, Noting};
    use crate::run::{Ended, Quiet, RunError, Watch};

    #[test]
    fn an_answer_says_what_the_command_would_have_said() {
        let failed = Answer::of(
            Err(RunError::Busy("hr is busy".into())),
            vec!["a note".into()],
        );
        assert_eq!(
            (failed.exit_code, &failed.failure[..]),
            (6, &["hr is busy".to_owned()][..])
        );
        let partly = Ended {
            summaries: Vec::new(),
            many: true,
            waiting: 0,
            arriving: 0,
            stuck: 0,
            failure: Some(RunError::Usage(vec!["a".into(), "b".into()])),
            exit_code: 2,
        };
        let partly = Answer::of(Ok(partly), Vec::new());
        assert_eq!((partly.exit_code, partly.many), (2, true));
        assert_eq!(partly.failure, ["a", "b"]);
        for answer in [failed, partly, Answer::interrupted(), Answer::unreadable()] {
            assert_eq!(Answer::read(&answer.written()), Some(answer));
        }
        assert_eq!(Answer::read(""), None);
    }

    #[test]
    fn notes_are_kept_in_their_order() {
        let noting = Noting::new(&Quiet);
        noting.note("first");
        noting.note("second");
        assert_eq!(noting.into_notes(), ["first", "second"]);
    }
}
