//! The response to a command: of this process, or of the daemon to another process.

use super::batch::BatchResult;
use crate::domain::RunSummary;
use crate::operations::FileReading;
use crate::site::{Observer, Result, RunError};
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, PoisonError};

/// What a command prints, and how it exits. It is serialised for the other process; `--json` prints `Response::runs`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// The runs in their order.
    pub summaries: Vec<RunSummary>,
    /// Notes for the user, one sentence each.
    pub notes: Vec<String>,
    /// What kept the command, or the rest of it, from being done, in sentences; empty if nothing did.
    pub failure: Vec<String>,
    pub exit_code: u8,
}

/// A run of a response.
#[derive(Debug, Serialize)]
pub(crate) struct EndedRun<'a> {
    #[serde(flatten)]
    pub(crate) summary: &'a RunSummary,
    /// How its file is read, where the run explains that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reading: Option<FileReading>,
}

impl Response {
    /// The runs; `reading` says how the file of one is read, if that is to be shown.
    pub(crate) fn runs(
        &self,
        reading: impl Fn(&RunSummary) -> Option<FileReading>,
    ) -> Vec<EndedRun<'_>> {
        let run = |summary| EndedRun {
            summary,
            reading: reading(summary),
        };
        self.summaries.iter().map(run).collect()
    }

    /// The response to a command with this result.
    pub fn of(result: Result<BatchResult>, notes: Vec<String>) -> Response {
        match result {
            Ok(result) => Response {
                summaries: result.summaries,
                notes,
                exit_code: result.exit_code,
                failure: result.failure.map_or_else(Vec::new, RunError::sentences),
            },
            Err(error) => Response {
                exit_code: error.exit_code(),
                ..Response::failed(error.sentences(), notes)
            },
        }
    }

    /// The daemon ended before the command was done; how far it came is unknown.
    pub fn interrupted() -> Response {
        let sentence = "the daemon ended while it was at this; `feedgate runs` shows how far it came, the next daemon or `feedgate run` finishes a run that began, and what did not begin can be asked for again";
        Response::failed(vec![sentence.to_owned()], Vec::new())
    }

    /// The command is written in a way that this program can't read.
    pub fn unreadable() -> Response {
        let sentence = "the daemon is of another version than this command and can't read what it asks; restart the daemon, then repeat the command";
        Response::failed(vec![sentence.to_owned()], Vec::new())
    }

    fn failed(failure: Vec<String>, notes: Vec<String>) -> Response {
        Response {
            notes,
            failure,
            exit_code: 1,
            ..Response::default()
        }
    }

    /// The response as another process can read it.
    pub fn written(&self) -> String {
        serde_json::to_string(self).expect("plain values under text keys, written to memory")
    }

    /// Reads what [`Response::written`] gave.
    pub fn read(text: &str) -> Option<Response> {
        serde_json::from_str(text).ok()
    }
}

/// Passes everything on to another observer, and keeps the notes for the response.
pub struct Noting<'a> {
    inner: &'a dyn Observer,
    notes: Mutex<Vec<String>>,
}

impl<'a> Noting<'a> {
    /// An observer in front of `inner`.
    pub fn new(inner: &'a dyn Observer) -> Noting<'a> {
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

impl Observer for Noting<'_> {
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

    fn warn(&self, sentence: &str) {
        self.inner.warn(sentence);
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.push(sentence.to_owned());
    }

    fn should_yield(&self) -> bool {
        self.inner.should_yield()
    }

    fn is_cancelled(&self) -> bool {
        self.inner.is_cancelled()
    }

    fn end(&self, summary: &RunSummary) {
        self.inner.end(summary);
    }
}

#[cfg(test)]
mod tests {
    use super::{Noting, Response};
    use crate::operations::in_process::BatchResult;
    use crate::site::{Observer, Quiet, RunError};

    #[test]
    fn an_answer_says_what_the_command_would_have_said() {
        let failed = Response::of(
            Err(RunError::Busy("hr is busy".into())),
            vec!["a note".into()],
        );
        assert_eq!(
            (failed.exit_code, &failed.failure[..]),
            (6, &["hr is busy".to_owned()][..])
        );
        let partly = BatchResult {
            failure: Some(RunError::Usage(vec!["a".into(), "b".into()])),
            exit_code: 2,
            ..BatchResult::default()
        };
        let partly = Response::of(Ok(partly), Vec::new());
        assert_eq!(partly.exit_code, 2);
        assert_eq!(partly.failure, ["a", "b"]);
        for answer in [
            failed,
            partly,
            Response::interrupted(),
            Response::unreadable(),
        ] {
            assert_eq!(Response::read(&answer.written()), Some(answer));
        }
        assert_eq!(Response::read(""), None);
    }

    #[test]
    fn notes_are_kept_in_their_order() {
        let noting = Noting::new(&Quiet);
        noting.note("first");
        noting.note("second");
        assert_eq!(noting.into_notes(), ["first", "second"]);
    }
}
