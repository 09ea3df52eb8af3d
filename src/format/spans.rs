//! Where records and fields are in a text.

/// One record in a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordSpan {
    pub start: usize,
    /// One past the last byte, without the line end.
    pub end: usize,
    /// One past the line end.
    pub next: usize,
    /// Physical line where the record starts, from 1.
    pub line: u64,
    /// The index of its first field among those of the chunk.
    pub(super) first_field: usize,
    /// How many fields were found; none where that is left to [`super::fields::FieldSplitter::split`].
    pub(super) fields: usize,
    /// Whether any of these fields has a quote that is escaped by another.
    pub(super) escaped: bool,
    /// Whether it takes more than one line.
    pub(super) several_lines: bool,
}

/// A field in its record, without its quotes. A record is at most 1 MiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FieldSpan {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl FieldSpan {
    /// The field between two offsets.
    #[inline]
    pub(super) fn new(start: usize, end: usize) -> FieldSpan {
        FieldSpan {
            start: offset(start),
            end: offset(end),
        }
    }
}

/// An offset in a record, or the lower half of one in a text where only differences are used.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "records are at most 1 MiB, and a difference of lower halves is that of the offsets"
)]
pub(super) fn offset(bytes: usize) -> u32 {
    bytes as u32
}
