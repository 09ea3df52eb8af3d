//! Knowing a corrected record again: which open rejection does an accepted record close?
//!
//! Mostly the key says it. Where the key itself was wrong or missing, the corrected record still shares most of its
//! cells with the rejected one; keyed hashes of the telling cells are kept for that.

use super::hash_index::HashIndex;
use std::collections::HashMap;

/// A rejected record that has no correction yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenRejection {
    /// The ledger's row, for [`crate::changeset::change::Change::Closed`].
    pub row: i64,
    /// Number of the run that rejected it.
    pub run: u32,
    /// The data record's number in its file, from 1.
    pub record: u64,
    /// The physical line where it started, from 1.
    pub line: u64,
    /// Hash of its key, if that could be read.
    pub key: Option<u64>,
    /// Keyed 32-bit hashes of its telling cells.
    pub traits: Vec<u32>,
}

/// The open rejections of one integration.
#[derive(Default)]
pub struct OpenRejections {
    all: Vec<OpenRejection>,
    open: Vec<bool>,
    by_key: HashIndex,
    by_trait: HashMap<u32, Vec<usize>>,
    lineage: Vec<u32>,
}

/// Cells that this many rejected records share identify none of them.
const COMMON: usize = 64;
/// Cells shorter than this identify nothing.
pub(crate) const TELLING: usize = 4;
/// Most cells kept of a record.
pub(crate) const MOST_TRAITS: usize = 40;

impl OpenRejections {
    /// `lineage`: the runs that the file corrects, if this is a resubmission: the parent, its parent, and so on.
    pub fn new(all: Vec<OpenRejection>, lineage: Vec<u32>) -> OpenRejections {
        let mut found = OpenRejections {
            open: vec![true; all.len()],
            lineage,
            ..OpenRejections::default()
        };
        for (place, rejection) in all.iter().enumerate() {
            if found.lineage.contains(&rejection.run) {
                for cell in &rejection.traits {
                    found.by_trait.entry(*cell).or_default().push(place);
                }
            }
        }
        found.by_key = HashIndex::of(all.len(), |place| all[place].key.unwrap_or(0));
        found.all = all;
        found
    }

    /// Opens every rejection again, for another pass over the same file.
    pub fn reopen(&mut self) {
        self.open.fill(true);
    }

    /// Whether none was open to begin with.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The rejections that an accepted record closes; they are closed from now on.
    pub fn close(&mut self, key: Option<u64>, traits: &[u32]) -> Vec<i64> {
        if self.all.is_empty() {
            return Vec::new();
        }
        let mut hits = Vec::new();
        if let Some(key) = key {
            // None is the wanted one until all were seen.
            let seen = |place: usize| {
                if self.all[place].key == Some(key) && self.open[place] {
                    hits.push(place);
                }
                false
            };
            self.by_key.find(key, seen);
        }
        let hits = if hits.is_empty() {
            let nearest = |run: &u32| self.nearest(*run, traits);
            self.lineage.iter().filter_map(nearest).collect()
        } else {
            hits
        };
        for place in &hits {
            self.open[*place] = false;
        }
        hits.into_iter().map(|p| self.all[p].row).collect()
    }

    /// The open rejection of a run that shares the most cells, if it shares at least half of them.
    fn nearest(&self, run: u32, traits: &[u32]) -> Option<usize> {
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for cell in traits {
            let Some(places) = self.by_trait.get(cell).filter(|p| p.len() <= COMMON) else {
                continue;
            };
            let open = |p: &&usize| self.open[**p] && self.all[**p].run == run;
            for place in places.iter().filter(open) {
                *shared.entry(*place).or_default() += 1;
            }
        }
        let (place, count) = shared
            .into_iter()
            .max_by_key(|(place, count)| (*count, std::cmp::Reverse(*place)))?;
        let telling = |cell: &&u32| self.by_trait.get(cell).is_none_or(|p| p.len() <= COMMON);
        let of_both = self.all[place]
            .traits
            .iter()
            .filter(telling)
            .count()
            .min(traits.len());
        (count * 2 >= of_both).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::{OpenRejection, OpenRejections};

    fn open(row: i64, run: u32, key: Option<u64>, traits: &[u32]) -> OpenRejection {
        OpenRejection {
            row,
            run,
            key,
            traits: traits.to_vec(),
            ..OpenRejection::default()
        }
    }

    #[test]
    fn by_key_then_by_the_most_shared_cells_each_once() {
        let mut rejections = OpenRejections::new(
            vec![
                open(1, 7, Some(100), &[1, 2, 3]),
                open(2, 7, Some(100), &[1, 2, 9]),
                open(3, 7, None, &[10, 11, 12, 13]),
                open(4, 7, None, &[10, 11, 22, 23]),
                open(5, 6, None, &[50, 51]),
            ],
            vec![7],
        );
        assert_eq!(rejections.close(Some(100), &[]), [1, 2]);
        assert!(rejections.close(Some(100), &[]).is_empty());
        assert_eq!(rejections.close(Some(5), &[10, 11, 22, 99]), [4]);
        assert_eq!(rejections.close(None, &[10, 11, 12, 99]), [3]);
        assert!(
            rejections.close(None, &[50, 51]).is_empty(),
            "not the parent's"
        );
    }

    #[test]
    fn a_stranger_closes_nothing() {
        let mut rejections = OpenRejections::new(vec![open(3, 7, None, &[1, 2, 3, 4, 5])], vec![7]);
        assert!(rejections.close(None, &[1, 2, 8, 9, 10]).is_empty());
        assert_eq!(rejections.close(None, &[1, 2, 3, 9, 10]), [3]);
    }
}
