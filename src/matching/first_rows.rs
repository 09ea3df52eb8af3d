//! The first row of every key of a file, for keys that nothing stored says more shortly.

use super::in_file::Row;
use super::places::Places;
use std::collections::HashMap;

/// Column by column, so that nothing is lost to padding.
#[derive(Default)]
pub(super) struct FirstRows {
    groups: Vec<u64>,
    contents: Vec<u64>,
    parts: Vec<u16>,
    index: Places,
    /// Parts that have no number, by group.
    wide: HashMap<u64, u32>,
}

impl FirstRows {
    /// Adds a key alone: no row will be compared with it.
    pub(super) fn note(&mut self, group: u64) {
        self.groups.push(group);
    }

    /// Adds the first row of its group; `part` is the number of its part, if it has one.
    pub(super) fn push(&mut self, row: &Row, part: Option<u16>) {
        let place = self.groups.len();
        self.groups.push(row.group);
        self.contents.push(row.content);
        self.parts.push(part.unwrap_or(0));
        if part.is_none() {
            self.wide.insert(row.group, row.part);
        }
        let groups = &self.groups;
        self.index.insert(place, groups.len(), |i| groups[i]);
    }

    /// The first row of a group.
    pub(super) fn find(&self, group: u64) -> Option<usize> {
        self.index.find(group, |i| self.groups[i] == group)
    }

    /// Whether a first row is of the same part as another row of its group.
    pub(super) fn same_part(&self, place: usize, row: &Row, parts: &Parts) -> bool {
        match self.parts[place] {
            0 => self.wide.get(&row.group) == Some(&row.part),
            number => parts.value(number) == row.part,
        }
    }

    /// Whether a first row has the content of another row of its group.
    pub(super) fn same_content(&self, place: usize, row: &Row) -> bool {
        self.contents[place] == row.content
    }

    /// Every group, in the order of their first rows.
    pub(super) fn groups(&self) -> &[u64] {
        &self.groups
    }
}

/// The few employers of a file, by short numbers from 1.
#[derive(Default)]
pub(super) struct Parts {
    values: Vec<u32>,
    index: Places,
}

impl Parts {
    /// The highest number.
    pub(super) const MOST: u16 = u16::MAX - 1;

    /// The number of a part; `None` where there are too many.
    pub(super) fn number(&mut self, part: u32) -> Option<u16> {
        let hash = |part: u32| spread(u64::from(part) + 1);
        if let Some(place) = self.index.find(hash(part), |i| self.values[i] == part) {
            return Some(place as u16 + 1);
        }
        if self.values.len() >= usize::from(Self::MOST) {
            return None;
        }
        self.values.push(part);
        let values = &self.values;
        let place = values.len() - 1;
        self.index.insert(place, values.len(), |i| hash(values[i]));
        Some(place as u16 + 1)
    }

    /// The part of a number.
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
    use super::{FirstRows, Parts, spread};
    use crate::matching::in_file::Row;

    #[test]
    fn more_parts_than_numbers() {
        let (mut rows, mut parts) = (FirstRows::default(), Parts::default());
        let count = u32::from(Parts::MOST) + 2;
        let row = |n: u32, part: u32| Row {
            group: spread(u64::from(n + 1)),
            part,
            ..Row::default()
        };
        for n in 0..count {
            let number = parts.number(n);
            assert_eq!(number.is_some(), n < u32::from(Parts::MOST));
            rows.push(&row(n, n), number);
        }
        for n in [0, 7, count - 2, count - 1] {
            let place = rows.find(row(n, n).group).expect("there");
            assert!(rows.same_part(place, &row(n, n), &parts));
            assert!(!rows.same_part(place, &row(n, n + 1), &parts));
        }
    }
}
