//! Records that a line end within a field has torn: the first piece may look like a record whose last fields are left out.
//!
//! They are found while the records pass in the order of the file, and all their pieces are rejected in the pass that
//! follows.

use super::judged::{JudgedChunk, ShortRecord};
use crate::format::Chunk;
use std::collections::HashMap;

/// Most pieces of one record.
const PIECES: usize = 100;

/// Finds the pieces of torn records.
#[derive(Default)]
pub(super) struct TornRecords {
    /// The size of a whole record.
    whole: usize,
    /// The lines of the pieces that follow each other.
    pieces: Vec<u64>,
    /// The size of these together.
    size: usize,
    /// The number of the record behind them.
    next: u64,
    /// See [`Conflicts::torn`](crate::matching::duplicates::Conflicts::torn).
    pub(super) found: HashMap<u64, bool>,
}

impl TornRecords {
    pub(super) fn new(whole: usize) -> TornRecords {
        TornRecords {
            whole,
            ..TornRecords::default()
        }
    }

    /// Takes the records of the next chunk.
    pub(super) fn add(&mut self, chunk: &Chunk, judged: &JudgedChunk) {
        for short in &judged.short {
            let line = chunk.spans[short.place as usize].line;
            self.piece(short, judged.first + u64::from(short.place), line);
        }
    }

    fn piece(&mut self, short: &ShortRecord, number: u64, line: u64) {
        // The field that was torn, or the line end, is counted in both.
        let together = self.size + short.size - 1;
        let follows = number == self.next && (1..PIECES).contains(&self.pieces.len());
        self.next = number + 1;
        if !follows || !short.goes_on || together > self.whole {
            self.pieces = vec![line];
            self.size = short.size;
            return;
        }
        self.pieces.push(line);
        self.size = together;
        if together == self.whole {
            let places = self.pieces.drain(..).enumerate();
            self.found.extend(places.map(|(at, line)| (line, at == 0)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ShortRecord, TornRecords};

    /// The lines that are found in records of these numbers of fields, of which the negative ones may go on.
    fn found(records: &[i8]) -> Vec<(u64, bool)> {
        let mut torn = TornRecords::new(9);
        for (number, fields) in (1..).zip(records) {
            let short = ShortRecord {
                place: 0,
                size: usize::from(fields.unsigned_abs()),
                goes_on: *fields < 0,
            };
            if short.size < 9 {
                torn.piece(&short, number, number + 1);
            }
        }
        let mut found: Vec<_> = torn.found.into_iter().collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn pieces_that_make_one_record_are_found() {
        assert_eq!(found(&[9, 7, -3, 9]), [(3, true), (4, false)]);
        assert_eq!(
            found(&[5, -1, -3, -3]),
            [(2, true), (3, false), (4, false), (5, false)]
        );
        assert_eq!(found(&[7, 7, -3]), [(3, true), (4, false)]);
        assert_eq!(
            found(&[-7, -3, 8, -2]),
            [(2, true), (3, false), (4, true), (5, false)]
        );
    }

    #[test]
    fn others_are_not() {
        for fine in [
            &[7, 3][..],
            &[7, 9, -3],
            &[7, -2],
            &[7, -4],
            &[7, 7, 7],
            &[-3],
            &[8, -1, -1],
        ] {
            assert_eq!(found(fine), [], "{fine:?}");
        }
    }
}
