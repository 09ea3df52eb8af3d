//! Records against the roster.

use super::roster::{Employee, Roster};
use crate::domain::{Code, deduction, demographic};
use crate::validate::field::{Marks, On};
use crate::validate::ssn::Policy;
use chrono::{Datelike, NaiveDate};

/// A record's identities as the roster knows them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hashes {
    /// Of the subscriber ID.
    pub subject: u64,
    /// Of the SSN, if it is valid.
    pub ssn: Option<u64>,
    /// Of the username, if it is valid.
    pub username: Option<u64>,
}

/// Judges a demographic record: does its identity belong to somebody else, has its SSN changed?
pub(crate) fn demographic(
    roster: &Roster,
    known: Option<&Employee>,
    record: &Hashes,
    change: Policy,
    marks: &mut Marks,
) {
    // Mostly the roster says it of this employee, and then of nobody else.
    let own_ssn = known.is_some_and(|e| Some(e.ssn) == record.ssn) && roster.is_distinct();
    let username = known.is_some_and(|e| Some(e.username) == record.username);
    let own_username = username && roster.is_distinct();
    if let Some(ssn) = record.ssn.filter(|_| !own_ssn) {
        if roster.ssn_owner(ssn, record.subject).is_some() {
            marks.column(demographic::SSN, Code::SsnInUse);
        }
        let changed = known.is_some_and(|e| e.ssn != 0 && e.ssn != ssn);
        if changed && let Some(severity) = change.severity() {
            marks.add(
                On::Column(demographic::SSN as u8),
                Code::SsnChanged,
                severity,
            );
        }
    }
    if let Some(username) = record.username.filter(|_| !own_username)
        && roster.username_owner(username, record.subject).is_some()
    {
        marks.column(demographic::USERNAME, Code::UsernameInUse);
    }
}

/// Judges a deduction record: is its subscriber known, and are SSN and username that subscriber's?
pub(crate) fn deduction(
    known: Option<&Employee>,
    record: &Hashes,
    effective: Option<NaiveDate>,
    marks: &mut Marks,
) {
    let Some(employee) = known else {
        marks.column(deduction::SUBSCRIBER_ID, Code::SubscriberUnknown);
        return;
    };
    let differs = |ours: u64, sent: Option<u64>| ours != 0 && sent.is_some_and(|s| s != ours);
    let ssn = differs(employee.ssn, record.ssn);
    let username = differs(employee.username, record.username);
    match (ssn, username) {
        (true, true) => marks.record(Code::IdentityMismatch),
        (true, false) => marks.column(deduction::SSN, Code::SsnMismatch),
        (false, true) => marks.column(deduction::USERNAME, Code::UsernameMismatch),
        (false, false) => {}
    }
    if effective.is_some_and(|e| e.num_days_from_ce() > employee.terminated) {
        marks.column(deduction::EFFECTIVE_DATE, Code::EmployeeTerminated);
    }
}

#[cfg(test)]
mod tests {
    use super::{Hashes, deduction, demographic};
    use crate::matching::roster::{Employee, Roster};
    use crate::validate::Marks;
    use crate::validate::ssn::Policy;
    use chrono::{Datelike, NaiveDate};

    fn employee(subject: u64, ssn: u64, username: u64) -> Employee {
        Employee {
            subject,
            ssn,
            username,
            content: 1,
            terminated: Employee::OPEN,
            ..Employee::default()
        }
    }

    fn hashes(subject: u64, ssn: u64, username: u64) -> Hashes {
        Hashes {
            subject,
            ssn: Some(ssn),
            username: Some(username),
        }
    }

    fn codes(judge: impl FnOnce(&mut Marks)) -> Vec<&'static str> {
        let mut marks = Marks::default();
        judge(&mut marks);
        marks.all.iter().map(|m| m.code.as_str()).collect()
    }

    #[test]
    fn demographic_identities() {
        let mut roster = Roster::new(2);
        for (id, subject) in [(1, 1), (2, 2)] {
            let employee = employee(subject, subject + 10, subject + 20);
            roster.put(Employee { id, ..employee });
        }
        let judge = |h: Hashes| {
            let known = roster.find(h.subject).map(|(_, e)| e);
            codes(|m| demographic(&roster, known, &h, Policy::Reject, m))
        };
        assert!(judge(hashes(1, 11, 21)).is_empty());
        assert!(judge(hashes(3, 13, 23)).is_empty());
        assert_eq!(judge(hashes(3, 11, 22)), ["SSN_IN_USE", "USERNAME_IN_USE"]);
        assert_eq!(judge(hashes(1, 19, 21)), ["SSN_CHANGED"]);
        assert_eq!(judge(hashes(1, 12, 21)), ["SSN_IN_USE", "SSN_CHANGED"]);
    }

    #[test]
    fn deduction_identities() {
        let day = NaiveDate::from_ymd_opt(2026, 6, 30).expect("date");
        let known = Employee {
            terminated: day.num_days_from_ce(),
            ..employee(1, 11, 21)
        };
        let judge =
            |known, h: Hashes, effective| codes(|m| deduction(known, &h, Some(effective), m));
        let after = day.succ_opt().expect("date");
        assert!(judge(Some(&known), hashes(1, 11, 21), day).is_empty());
        assert_eq!(
            judge(Some(&known), hashes(1, 11, 21), after),
            ["EMPLOYEE_TERMINATED"]
        );
        assert_eq!(judge(Some(&known), hashes(1, 9, 21), day), ["SSN_MISMATCH"]);
        assert_eq!(
            judge(Some(&known), hashes(1, 11, 9), day),
            ["USERNAME_MISMATCH"]
        );
        assert_eq!(
            judge(Some(&known), hashes(1, 9, 9), day),
            ["IDENTITY_MISMATCH"]
        );
        assert_eq!(judge(None, hashes(1, 11, 21), day), ["SUBSCRIBER_UNKNOWN"]);
    }
}
