//! Rejected records that wait for their correction, and which of them the accepted records of a file close.

use super::hash_index::HashIndex;
use super::traits::Trait;
use std::collections::{HashMap, HashSet};

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
    /// What else says whose record it is.
    pub traits: Vec<Trait>,
}

/// The open rejections of one integration, and which of them the accepted records of a file claim.
#[derive(Default)]
pub struct OpenRejections {
    all: Vec<OpenRejection>,
    by_key: HashIndex,
    /// The rejections of runs that judged the same bytes, by the number of the record.
    by_record: HashMap<u64, Vec<usize>>,
    by_row: HashMap<i64, usize>,
    /// Rejections that are closed together by an accepted record.
    by_key_claims: Vec<Vec<usize>>,
    /// Records whose key was in doubt when they were rejected, each with the rejections of which it closes one.
    by_trait_claims: Vec<(u64, Vec<usize>)>,
}

/// Cells shorter than this identify nothing.
pub(crate) const TELLING: usize = 4;
/// Most cells kept of a record.
pub(crate) const MOST_CELLS: usize = 40;

impl OpenRejections {
    /// `same_bytes`: the runs that judged the same bytes before.
    pub fn new(all: Vec<OpenRejection>, same_bytes: &[u32]) -> OpenRejections {
        let mut found = OpenRejections::default();
        for (place, rejection) in all.iter().enumerate() {
            found.by_row.insert(rejection.row, place);
            if same_bytes.contains(&rejection.run) {
                let places = found.by_record.entry(rejection.record).or_default();
                places.push(place);
            }
        }
        found.by_key = HashIndex::of(all.len(), |place| all[place].key.unwrap_or(0));
        found.all = all;
        found
    }

    /// Forgets what was claimed, for another pass over the same file.
    pub fn reopen(&mut self) {
        self.by_key_claims.clear();
        self.by_trait_claims.clear();
    }

    /// Whether none was open to begin with.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// An accepted record closes all rejections of its key, those of the same record of the same bytes, and of each run one
    /// of `near`, by their rows.
    pub fn claim(&mut self, record: u64, key: Option<u64>, near: &[i64]) {
        if self.all.is_empty() {
            return;
        }
        let mut hits = self.by_record.get(&record).cloned().unwrap_or_default();
        if let Some(key) = key {
            // None is the wanted one until all were seen.
            let seen = |place: usize| {
                if self.all[place].key == Some(key) {
                    hits.push(place);
                }
                false
            };
            self.by_key.find(key, seen);
        }
        if !hits.is_empty() {
            self.by_key_claims.push(hits);
        }
        let near = near.iter().filter_map(|row| self.by_row.get(row));
        let near: Vec<usize> = near.copied().collect();
        if !near.is_empty() {
            self.by_trait_claims.push((record, near));
        }
    }

    /// The rejections that are closed, by their rows, and the records for which none is left of those that they could
    /// correct.
    pub fn settle(&self) -> (Vec<i64>, HashSet<u64>) {
        let (mut taken, mut left_over) = (HashSet::new(), HashSet::new());
        // One rejection stays for each record that has its key.
        let mut free: Vec<usize> = self.by_key_claims.iter().map(Vec::len).collect();
        let places = self.by_key_claims.iter().enumerate();
        let claimed: HashMap<usize, usize> = places
            .flat_map(|(claim, places)| places.iter().map(move |place| (*place, claim)))
            .collect();
        for (record, near) in &self.by_trait_claims {
            let mut runs = HashSet::new();
            for place in near {
                let claim = claimed.get(place);
                let needed = claim.is_some_and(|claim| free[*claim] < 2);
                let run = self.all[*place].run;
                if needed || taken.contains(place) || !runs.insert(run) {
                    continue;
                }
                taken.insert(*place);
                if let Some(claim) = claim {
                    free[*claim] -= 1;
                }
            }
            if runs.is_empty() {
                left_over.insert(*record);
            }
        }
        taken.extend(self.by_key_claims.iter().flatten());
        let mut rows: Vec<i64> = taken.into_iter().map(|place| self.all[place].row).collect();
        rows.sort_unstable();
        (rows, left_over)
    }
}

#[cfg(test)]
mod tests {
    use super::{OpenRejection, OpenRejections};

    fn open(row: i64, run: u32, record: u64, key: Option<u64>) -> OpenRejection {
        OpenRejection {
            row,
            run,
            record,
            key,
            ..OpenRejection::default()
        }
    }

    fn four() -> Vec<OpenRejection> {
        vec![
            open(1, 7, 1, Some(100)),
            open(2, 7, 2, Some(100)),
            open(3, 7, 3, None),
            open(4, 6, 3, None),
        ]
    }

    #[test]
    fn a_record_closes_all_rejections_of_its_key() {
        let mut rejections = OpenRejections::new(four(), &[]);
        rejections.claim(9, Some(100), &[]);
        assert_eq!(rejections.settle(), ([1, 2].into(), [].into()));
        rejections.reopen();
        rejections.claim(3, Some(5), &[]);
        assert_eq!(rejections.settle(), ([].into(), [].into()));
    }

    #[test]
    fn the_same_record_of_the_same_bytes_is_closed() {
        let mut rejections = OpenRejections::new(four(), &[6]);
        rejections.claim(3, None, &[]);
        assert_eq!(rejections.settle(), ([4].into(), [].into()));
    }

    #[test]
    fn each_rejection_has_one_correction_of_another_key() {
        let mut rejections = OpenRejections::new(four(), &[]);
        rejections.claim(1, Some(5), &[3]);
        rejections.claim(2, Some(6), &[3]);
        assert_eq!(rejections.settle(), ([3].into(), [2].into()));
    }

    #[test]
    fn who_has_the_key_has_one_of_its_rejections() {
        let mut rejections = OpenRejections::new(four(), &[]);
        rejections.claim(1, Some(5), &[1, 2]);
        rejections.claim(2, Some(6), &[1, 2]);
        rejections.claim(3, Some(100), &[]);
        assert_eq!(rejections.settle(), ([1, 2].into(), [2].into()));
    }
}
