//! Following a run while it goes on.

use crate::domain::RunSummary;

/// Told how runs go, for progress bars and notes.
pub trait Watch {
    /// A file is about to be judged.
    fn begin(&self, _integration: &str, _file: &str, _bytes: u64) {}
    /// So many more bytes of it are judged.
    fn advance(&self, _bytes: u64) {}
    /// Something a person should know, in one sentence.
    fn note(&self, _sentence: &str) {}
    /// A run ended.
    fn end(&self, _summary: &RunSummary) {}
}

/// Nobody follows.
pub struct Quiet;

impl Watch for Quiet {}
