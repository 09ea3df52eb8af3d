//! The first row of every key of a file, for keys without a stored state that says the same in less space.

use super::file_row::FileRow;
use super::hash_index::HashIndex;
use std::collections::HashMap;

/// Column by column, so that no memory is lost to padding.
#[derive(Default)]
pub(super) struct FirstRows {
    keys: Vec<u64>,
    contents: Vec<u64>,
    employers: Vec<u16>,
    index: HashIndex,
    /// Employers that have no number, by key.
    wide: HashMap<u64, u32>,
}

impl FirstRows {
    /// Adds a key alone: no row will be compared with it.
    pub(super) fn note(&mut self, key: u64) {
        self.keys.push(key);
    }

    /// Adds the first row of its key; `employer` is the number of its employer, if it has one.
    pub(super) fn push(&mut self, row: &FileRow, employer: Option<u16>) {
        let position = self.keys.len();
        self.keys.push(row.key_hash);
        self.contents.push(row.content);
        self.employers.push(employer.unwrap_or(0));
        if employer.is_none() {
            self.wide.insert(row.key_hash, row.ein);
        }
        let keys = &self.keys;
        self.index.insert(position, keys.len(), |i| keys[i]);
    }

    /// The first row of a key.
    pub(super) fn find(&self, key: u64) -> Option<usize> {
        self.index.find(key, |i| self.keys[i] == key)
    }

    /// Whether a first row has the employer of another row of its key.
    pub(super) fn same_employer(
        &self,
        position: usize,
        row: &FileRow,
        employers: &Employers,
    ) -> bool {
        match self.employers[position] {
            0 => self.wide.get(&row.key_hash) == Some(&row.ein),
            number => employers.value(number) == row.ein,
        }
    }

    /// Whether a first row has the content of another row of its key.
    pub(super) fn same_content(&self, position: usize, row: &FileRow) -> bool {
        self.contents[position] == row.content
    }

    /// Every key, in the order of their first rows.
    pub(super) fn keys(&self) -> &[u64] {
        &self.keys
    }
}

/// The employers of a file, which are few, by short numbers from 1.
#[derive(Default)]
pub(super) struct Employers {
    values: Vec<u32>,
    index: HashIndex,
}

impl Employers {
    pub(super) const MOST: u16 = u16::MAX - 1;

    /// The number of an employer; `None` if there are too many.
    pub(super) fn number(&mut self, ein: u32) -> Option<u16> {
        let hash = |ein: u32| spread(u64::from(ein) + 1);
        let number = |position: usize| {
            let before = u16::try_from(position).expect("at most MOST employers have numbers");
            before + 1
        };
        if let Some(position) = self.index.find(hash(ein), |i| self.values[i] == ein) {
            return Some(number(position));
        }
        if self.values.len() >= usize::from(Self::MOST) {
            return None;
        }
        self.values.push(ein);
        let values = &self.values;
        let position = values.len() - 1;
        self.index
            .insert(position, values.len(), |i| hash(values[i]));
        Some(number(position))
    }

    /// The employer of a number.
    pub(super) fn value(&self, number: u16) -> u32 {
        self.values[usize::from(number) - 1]
    }
}

/// Spreads a small number over all bits.
pub(super) fn spread(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use super::{Employers, FirstRows, spread};
    use crate::matching::file_row::FileRow;

    #[test]
    fn more_parts_than_numbers() {
        let (mut rows, mut employers) = (FirstRows::default(), Employers::default());
        let count = u32::from(Employers::MOST) + 2;
        let row = |n: u32, ein: u32| FileRow {
            key_hash: spread(u64::from(n + 1)),
            ein,
            ..FileRow::default()
        };
        for n in 0..count {
            let number = employers.number(n);
            assert_eq!(number.is_some(), n < u32::from(Employers::MOST));
            rows.push(&row(n, n), number);
        }
        for n in [0, 7, count - 2, count - 1] {
            let position = rows.find(row(n, n).key_hash).expect("there");
            assert!(rows.same_employer(position, &row(n, n), &employers));
            assert!(!rows.same_employer(position, &row(n, n + 1), &employers));
        }
    }
}
