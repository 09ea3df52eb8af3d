//! Deductions that take effect after the termination of their employee, such as those of the last pay.

use crate::domain::{Code, DeductionColumn, Severity};
use crate::matching::roster::Employee;
use crate::validate::Findings;
use crate::validate::findings::Target;
use chrono::{Datelike, Days, NaiveDate};

/// How long after the termination date deductions may take effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grace {
    Days(u32),
    /// Until the end of the month of the termination date.
    EndOfMonth,
}

impl Grace {
    /// The last effective date after a termination date.
    fn until(self, terminated: NaiveDate) -> Option<NaiveDate> {
        match self {
            Grace::Days(days) => terminated.checked_add_days(Days::new(days.into())),
            Grace::EndOfMonth => {
                let days = u32::from(terminated.num_days_in_month());
                terminated.with_day(days)
            }
        }
    }
}

/// Rejects a deduction that takes effect later than it may; one within the days of grace gets a warning.
pub(crate) fn check(
    grace: Grace,
    employee: &Employee,
    effective: Option<NaiveDate>,
    findings: &mut Findings,
) {
    let Some(effective) = effective.filter(|e| e.num_days_from_ce() > employee.terminated) else {
        return;
    };
    let terminated = NaiveDate::from_num_days_from_ce_opt(employee.terminated);
    let until = terminated.and_then(|day| grace.until(day));
    let severity = match until {
        Some(until) if effective <= until => Severity::Warning,
        _ => Severity::Error,
    };
    let target = Target::Column(DeductionColumn::EffectiveDate.into());
    findings.add(target, Code::EmployeeTerminated, severity);
}

#[cfg(test)]
mod tests {
    use super::{Grace, check};
    use crate::domain::Severity;
    use crate::matching::roster::Employee;
    use crate::validate::Findings;
    use chrono::{Datelike, NaiveDate};

    #[test]
    fn the_last_day_counts_and_the_next_does_not() {
        let day = |m, d| NaiveDate::from_ymd_opt(2026, m, d).expect("date");
        let employee = Employee {
            terminated: day(2, 12).num_days_from_ce(),
            ..Employee::default()
        };
        let judged = |grace, effective| {
            let mut findings = Findings::default();
            check(grace, &employee, Some(effective), &mut findings);
            findings.all.first().map(|f| f.severity)
        };
        let (warning, error) = (Some(Severity::Warning), Some(Severity::Error));
        for (grace, effective, severity) in [
            (Grace::Days(0), day(2, 12), None),
            (Grace::Days(0), day(2, 13), error),
            (Grace::Days(8), day(2, 20), warning),
            (Grace::Days(8), day(2, 21), error),
            (Grace::EndOfMonth, day(2, 28), warning),
            (Grace::EndOfMonth, day(3, 1), error),
        ] {
            assert_eq!(judged(grace, effective), severity, "{grace:?} {effective}");
        }
    }
}
