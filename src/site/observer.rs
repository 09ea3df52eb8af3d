//! Following a run, and cancelling it.

use crate::domain::RunSummary;
use std::io::{self, Read};

/// Follows runs, for progress bars and logs, and may cut them short.
pub trait Observer: Sync {
    /// A file is about to be judged.
    fn begin(&self, _integration: &str, _file: &str, _bytes: u64) {}
    /// This number of further bytes is judged.
    fn advance(&self, _bytes: u64) {}
    /// A sentence for the user.
    fn note(&self, _sentence: &str) {}
    /// A warning: a sentence that a person has to see, also later.
    fn warn(&self, sentence: &str) {
        self.note(sentence);
    }
    /// Whether the files that still wait are to be left for now.
    fn should_yield(&self) -> bool {
        false
    }
    /// Whether a run that has not committed is to be abandoned; it is taken up again later.
    fn is_cancelled(&self) -> bool {
        false
    }
    fn end(&self, _summary: &RunSummary) {}
}

pub struct Quiet;

impl Observer for Quiet {}

/// A source that ends with an error once its run is cancelled.
pub(crate) struct Cancellable<'a, R> {
    pub(crate) source: R,
    pub(crate) observer: &'a dyn Observer,
}

impl<R: Read> Read for Cancellable<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.observer.is_cancelled() {
            return Err(io::Error::other("given up"));
        }
        self.source.read(buffer)
    }
}
