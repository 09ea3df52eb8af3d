//! Guards: a file that looks wrong as a whole is held until a person releases it.

use crate::domain::{Action, Cents, Code, Kind, Totals};

/// A limit as a share, a number, or both; none is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Limit {
    pub percent: Option<f64>,
    pub count: Option<u64>,
}

/// The guards of an integration.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Guards {
    /// Rejected records against processed ones.
    pub errors: Limit,
    /// Deactivations against active employees, or stops against processed records.
    pub terminations: Limit,
    /// What a full file lacks against what it has to have.
    pub missing: Limit,
    /// Change in the number of records against the last accepted file.
    pub rows: Limit,
    /// Change in the sum of employee amounts against the last accepted file; the count is in cents.
    pub amount: Limit,
}

/// What guards compare with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Before {
    /// Active employees of the roster.
    pub active: u64,
    /// Records and employee amount of the last accepted file.
    pub last: Option<(u64, Cents)>,
}

/// What a full file lacks: employees, or deductions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lacking {
    pub kind: Kind,
    /// What the file has to have.
    pub expected: u64,
    pub missing: u64,
    /// Those of the missing that would be deactivated or stopped.
    pub ended: u64,
}

/// Files of fewer records are exempt from percentages.
pub(crate) const SMALL_FILE: u64 = 20;

impl Limit {
    #[expect(clippy::cast_precision_loss, reason = "a percentage needs few digits")]
    fn exceeded(&self, part: u64, whole: u64, small: bool) -> bool {
        let over_count = self.count.is_some_and(|most| part > most);
        let share = if whole == 0 {
            0.0
        } else {
            part as f64 * 100.0 / whole as f64
        };
        let over_percent =
            !small && part > 0 && self.percent.is_some_and(|most| whole == 0 || share > most);
        over_count || over_percent
    }
}

/// The guards that stop this file, each with its reason in one sentence.
pub(crate) fn tripped(
    guards: &Guards,
    totals: &Totals,
    lacking: &Lacking,
    before: &Before,
) -> Vec<(Code, String)> {
    let (records, active) = (totals.processed, before.active);
    let (by_omission, stopped, expected_are) = match lacking.kind {
        Kind::Demographic => (lacking.ended, 0, "active employees"),
        Kind::Deduction => (0, lacking.ended, "deductions in force"),
        Kind::Accounts => (lacking.ended, 0, "active accounts"),
    };
    let small = records < SMALL_FILE;
    // A full file that was cut off is small because of it; then what it has to have counts.
    let small_full = |expected: u64| small && expected < SMALL_FILE;
    let mut out = Vec::new();
    let mut check = |code, limit: Limit, part, whole, small, reason: String| {
        let exceeded = limit.exceeded(part, whole, small);
        out.extend(exceeded.then_some((code, reason)));
        exceeded
    };
    let rejected = totals.rejected;
    let reason = format!("{rejected} of {records} records are rejected");
    let code = Code::GuardErrors;
    check(code, guards.errors, rejected, records, small, reason);
    let code = Code::GuardTerminations;
    let left = totals.with(Action::Deactivate) + by_omission;
    let small_left = if by_omission > 0 {
        small_full(active)
    } else {
        small
    };
    let whom = match lacking.kind {
        Kind::Accounts => "accounts",
        _ => "employees",
    };
    let reason = format!("{left} of {active} active {whom} would be deactivated");
    if !check(code, guards.terminations, left, active, small_left, reason) {
        let stopped = totals.with(Action::Stop) + stopped;
        let reason = format!("{stopped} of {records} records stop a deduction");
        check(code, guards.terminations, stopped, records, small, reason);
    }
    let (missing, expected) = (lacking.missing, lacking.expected);
    let reason = format!("the full file lacks {missing} of {expected} {expected_are}");
    let code = Code::GuardMissing;
    check(
        code,
        guards.missing,
        missing,
        expected,
        small_full(expected),
        reason,
    );
    if let Some((rows, amount)) = before.last {
        let reason = format!("{records} records after {rows} in the last file that was taken");
        let change = records.abs_diff(rows);
        check(Code::GuardRows, guards.rows, change, rows, small, reason);
        let sum = totals.employee.read;
        let cents = |c: Cents| u64::try_from(c.0.unsigned_abs()).unwrap_or(u64::MAX);
        let change = cents(Cents(sum.0 - amount.0));
        let reason =
            format!("employee amounts of {sum} after {amount} in the last file that was taken");
        check(
            Code::GuardAmount,
            guards.amount,
            change,
            cents(amount),
            small,
            reason,
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Before, Guards, Lacking, Limit, tripped};
    use crate::domain::{Action, Bucket, Cents, Code, Kind, Totals};

    fn totals(accepted: u64, left: u64, rejected: u64) -> Totals {
        let mut t = Totals::default();
        (0..accepted).for_each(|_| t.add(Bucket::Accepted(Action::Update), 100, 0));
        (0..left).for_each(|_| t.add(Bucket::Accepted(Action::Deactivate), 0, 0));
        (0..rejected).for_each(|_| t.add(Bucket::Rejected, 0, 0));
        t
    }

    fn codes(guards: Guards, totals: &Totals, missing: u64, before: Before) -> Vec<Code> {
        let lacking = Lacking {
            kind: Kind::Demographic,
            expected: 20,
            missing,
            ended: 0,
        };
        tripped(&guards, totals, &lacking, &before)
            .into_iter()
            .map(|(c, _)| c)
            .collect()
    }

    const TEN: Limit = Limit {
        percent: Some(10.0),
        count: None,
    };

    #[test]
    fn each_guard_trips_above_its_limit_and_not_at_it() {
        let errors = Guards {
            errors: TEN,
            ..Guards::default()
        };
        assert_eq!(codes(errors, &totals(18, 0, 2), 0, Before::default()), []);
        assert_eq!(
            codes(errors, &totals(17, 0, 3), 0, Before::default()),
            [Code::GuardErrors]
        );
        let before = Before {
            active: 20,
            last: Some((20, Cents(2000))),
        };
        let left = Guards {
            terminations: TEN,
            ..Guards::default()
        };
        assert_eq!(codes(left, &totals(18, 2, 0), 0, before), []);
        assert_eq!(
            codes(left, &totals(17, 3, 0), 0, before),
            [Code::GuardTerminations]
        );
        let missing = Guards {
            missing: TEN,
            ..Guards::default()
        };
        assert_eq!(
            codes(missing, &totals(20, 0, 0), 3, before),
            [Code::GuardMissing]
        );
        let rows = Guards {
            rows: TEN,
            ..Guards::default()
        };
        assert_eq!(codes(rows, &totals(22, 0, 0), 0, before), []);
        assert_eq!(codes(rows, &totals(23, 0, 0), 0, before), [Code::GuardRows]);
        let amount = Guards {
            amount: TEN,
            ..Guards::default()
        };
        assert_eq!(codes(amount, &totals(22, 0, 0), 0, before), []);
        assert_eq!(
            codes(amount, &totals(23, 0, 0), 0, before),
            [Code::GuardAmount]
        );
    }

    #[test]
    fn small_files_are_exempt_from_percentages_only() {
        let both = Guards {
            errors: Limit {
                percent: Some(10.0),
                count: Some(12),
            },
            ..Guards::default()
        };
        assert_eq!(codes(both, &totals(7, 0, 12), 0, Before::default()), []);
        assert_eq!(
            codes(both, &totals(6, 0, 13), 0, Before::default()),
            [Code::GuardErrors]
        );
    }
}
