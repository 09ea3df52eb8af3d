//! A chunk after judging, on its way to the ordered stage.

use crate::domain::{Bucket, Totals};
use crate::matching::in_file::Row;
use crate::validate::field::Mark;
use std::ops::Range;

/// One record as judged, before the records of other chunks are known. Small, for there are thousands in a chunk: what
/// few records have stands in [`JudgedChunk::notes`], and where something begins is where that of the record before ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    /// Its place in the chunk; see [`JudgedChunk::number`].
    pub place: u32,
    /// Where it ends, unless an earlier row is the same.
    pub bucket: Bucket,
    /// Whether the next of the [`JudgedChunk::notes`] is about it.
    pub noted: bool,
    /// What the other rows of the file need to know of it.
    pub row: Row,
    /// End of its row of the output file, in [`JudgedChunk::output`].
    pub output: u32,
    /// End of its new state for the ledger, in [`JudgedChunk::states`].
    pub state: u32,
    /// The entry that the new state replaces.
    pub replaces: u32,
}

/// What few records have.
#[derive(Debug, Default)]
pub(crate) struct Note {
    /// Findings, in [`JudgedChunk::marks`].
    pub marks: Range<usize>,
    /// Rows of the error file, in [`JudgedChunk::errors`]; one line each, or none once the list of findings is full.
    pub errors: Range<usize>,
    /// Keyed hashes of telling cells, in [`JudgedChunk::traits`].
    pub traits: Range<usize>,
    /// Place in Include Employees.
    pub included: Option<usize>,
}

/// A judged chunk. Buffers are reused from chunk to chunk.
#[derive(Debug, Default)]
pub(crate) struct JudgedChunk {
    /// Number of the chunk's first record.
    pub first: u64,
    /// The records in order.
    pub records: Vec<Judged>,
    /// Their readable employee and employer amounts in cents (deductions).
    pub cents: Vec<[i64; 2]>,
    /// What they sum up to, each in its own bucket.
    pub totals: Totals,
    /// What few of them have, in order.
    pub notes: Vec<Note>,
    /// Their findings.
    pub marks: Vec<Mark>,
    /// Their error file rows.
    pub errors: Vec<u8>,
    /// Their output rows.
    pub output: Vec<u8>,
    /// Their ledger states.
    pub states: Vec<u8>,
    /// Their cell hashes.
    pub traits: Vec<u32>,
    /// The first trailer in this chunk: its record and line.
    pub trailer: Option<(Vec<u8>, u64)>,
    /// Line of the first record after the trailer.
    pub after_trailer: Option<u64>,
}

impl JudgedChunk {
    /// Empties it for a chunk whose first record has this number.
    pub(super) fn clear(&mut self, first: u64) {
        self.first = first;
        self.records.clear();
        self.cents.clear();
        self.totals = Totals::default();
        self.notes.clear();
        self.marks.clear();
        self.errors.clear();
        self.output.clear();
        self.states.clear();
        self.traits.clear();
        self.trailer = None;
        self.after_trailer = None;
    }

    /// A data record's number in its file, from 1.
    pub(crate) fn number(&self, record: &Judged) -> u64 {
        self.first + u64::from(record.place)
    }

    /// Readable employee and employer amount of the record at an index.
    pub(crate) fn cents(&self, index: usize) -> [i64; 2] {
        self.cents.get(index).copied().unwrap_or_default()
    }
}
