//! Following a run while it goes on.

use crate::domain::RunSummary;
use std::io::{self, Read};

/// Told how runs go, for progress bars and notes.
pub trait Watch: Sync {
    /// A file is about to be judged.
    fn begin(&self, _integration: &str, _file: &str, _bytes: u64) {}
    /// So many more bytes of it are judged.
    fn advance(&self, _bytes: u64) {}
    /// Something a person should know, in one sentence.
    fn note(&self, _sentence: &str) {}
    /// Whether the files that still wait are to be left for now.
    fn has_enough(&self) -> bool {
        false
    }
    /// Whether a run that has not committed is to be given up; it is taken up again later.
    fn gives_up(&self) -> bool {
        false
    }
    /// A run ended.
    fn end(&self, _summary: &RunSummary) {}
}

/// Nobody follows.
pub struct Quiet;

impl Watch for Quiet {}

/// A source that ends with an error when its run is to be given up.
pub(super) struct Followed<'a, R> {
    pub(super) source: R,
    pub(super) watch: &'a dyn Watch,
}

/// What reading fails with then.
const GIVEN_UP: &str = "given up";

impl<R: Read> Read for Followed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.watch.gives_up() {
            return Err(io::Error::other(GIVEN_UP));
        }
        self.source.read(buffer)
    }
}
