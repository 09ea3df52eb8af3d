//! Counts and sums of one run, and the invariant that ties them.

use super::{Action, Bucket, Cents, SkipReason};
use serde::{Deserialize, Serialize};

/// One money column's sums, by bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    /// Every readable amount of the file.
    #[serde(rename = "in")]
    pub read: Cents,
    pub accepted: Cents,
    pub unchanged: Cents,
    pub skipped: Cents,
    pub rejected: Cents,
}

impl Amounts {
    fn add(&mut self, bucket: Bucket, cents: i64) {
        self.read += cents.into();
        *self.of(bucket) += cents.into();
    }

    fn of(&mut self, bucket: Bucket) -> &mut Cents {
        match bucket {
            Bucket::Accepted(_) => &mut self.accepted,
            Bucket::Unchanged => &mut self.unchanged,
            Bucket::Skipped(_) => &mut self.skipped,
            Bucket::Rejected => &mut self.rejected,
        }
    }

    fn merge(&mut self, other: &Amounts) {
        self.read += other.read;
        self.accepted += other.accepted;
        self.unchanged += other.unchanged;
        self.skipped += other.skipped;
        self.rejected += other.rejected;
    }

    fn closes(&self) -> bool {
        self.read.0 == self.accepted.0 + self.unchanged.0 + self.skipped.0 + self.rejected.0
    }
}

/// Counts and sums of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub processed: u64,
    /// Accepted records by [`Action`], in the order of [`Action::ALL`].
    pub accepted: [u64; Action::ALL.len()],
    /// Records dropped as equal to the last accepted state.
    pub unchanged: u64,
    /// Skipped records by [`SkipReason`], in the order of [`SkipReason::ALL`].
    pub skipped: [u64; SkipReason::ALL.len()],
    pub rejected: u64,
    /// Findings of severity warning.
    pub warnings: u64,
    pub employee: Amounts,
    pub employer: Amounts,
}

impl Totals {
    pub fn add(&mut self, bucket: Bucket, employee_cents: i64, employer_cents: i64) {
        self.processed += 1;
        *self.of(bucket) += 1;
        self.employee.add(bucket, employee_cents);
        self.employer.add(bucket, employer_cents);
    }

    fn of(&mut self, bucket: Bucket) -> &mut u64 {
        match bucket {
            Bucket::Accepted(action) => &mut self.accepted[action as usize],
            Bucket::Unchanged => &mut self.unchanged,
            Bucket::Skipped(reason) => &mut self.skipped[reason as usize],
            Bucket::Rejected => &mut self.rejected,
        }
    }

    pub fn merge(&mut self, other: &Totals) {
        let add = |ours: &mut [u64], theirs: &[u64]| {
            ours.iter_mut().zip(theirs).for_each(|(o, t)| *o += t);
        };
        self.processed += other.processed;
        add(&mut self.accepted, &other.accepted);
        self.unchanged += other.unchanged;
        add(&mut self.skipped, &other.skipped);
        self.rejected += other.rejected;
        self.warnings += other.warnings;
        self.employee.merge(&other.employee);
        self.employer.merge(&other.employer);
    }

    /// Moves a counted record to another bucket.
    pub fn turn(&mut self, from: Bucket, to: Bucket, employee_cents: i64, employer_cents: i64) {
        *self.of(from) -= 1;
        *self.of(to) += 1;
        for (amounts, cents) in [
            (&mut self.employee, employee_cents),
            (&mut self.employer, employer_cents),
        ] {
            *amounts.of(from) += (-cents).into();
            *amounts.of(to) += cents.into();
        }
    }

    pub fn accepted(&self) -> u64 {
        self.accepted.iter().sum()
    }

    /// Accepted records with this action.
    pub fn with(&self, action: Action) -> u64 {
        self.accepted[action as usize]
    }

    pub fn skipped(&self) -> u64 {
        self.skipped.iter().sum()
    }

    /// The invariant: every record and every cent is in exactly one bucket.
    pub fn close(&self) -> bool {
        self.processed == self.accepted() + self.unchanged + self.skipped() + self.rejected
            && self.employee.closes()
            && self.employer.closes()
    }
}

#[cfg(test)]
mod tests {
    use super::{Action, Bucket, SkipReason, Totals};

    #[test]
    fn every_bucket_adds_to_the_whole() {
        let mut totals = Totals::default();
        totals.add(Bucket::Accepted(Action::Add), 100, 1);
        totals.add(Bucket::Unchanged, 20, 2);
        totals.add(Bucket::Skipped(SkipReason::TestEmployee), 3, 4);
        totals.add(Bucket::Rejected, -5, 8);
        assert!(totals.close());
        assert_eq!(totals.employee.read.0, 118);
        totals.rejected += 1;
        assert!(!totals.close());
    }
}
