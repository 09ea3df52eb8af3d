//! Records against the roster.

use super::roster::{Employee, Roster};
use crate::domain::{Code, DeductionColumn, DemographicColumn};
use crate::validate::Findings;
use crate::validate::findings::Target;
use crate::validate::ssn::Policy;
use chrono::{Datelike, NaiveDate};

/// A record's identities as the roster knows them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct IdentityHashes {
    /// Of the subscriber ID.
    pub subscriber: u64,
    /// Of the SSN, if it is valid.
    pub ssn: Option<u64>,
    /// Of the username, if it is valid.
    pub username: Option<u64>,
}

/// Checks a demographic record: do SSN and username belong to another employee, has the SSN changed?
pub(crate) fn demographic(
    roster: &Roster,
    known: Option<&Employee>,
    record: &IdentityHashes,
    change: Policy,
    findings: &mut Findings,
) {
    // Usually the roster has both for this employee; if they are distinct, it has them for no other.
    let own_ssn = known.is_some_and(|e| Some(e.ssn) == record.ssn) && roster.is_distinct();
    let username = known.is_some_and(|e| Some(e.username) == record.username);
    let own_username = username && roster.is_distinct();
    if let Some(ssn) = record.ssn.filter(|_| !own_ssn) {
        if roster.ssn_owner(ssn, record.subscriber).is_some() {
            findings.column(DemographicColumn::Ssn, Code::SsnInUse);
        }
        let changed = known.is_some_and(|e| e.ssn != 0 && e.ssn != ssn);
        if changed && let Some(severity) = change.severity() {
            findings.add(
                Target::Column(DemographicColumn::Ssn.into()),
                Code::SsnChanged,
                severity,
            );
        }
    }
    if let Some(username) = record.username.filter(|_| !own_username)
        && roster.username_owner(username, record.subscriber).is_some()
    {
        findings.column(DemographicColumn::Username, Code::UsernameInUse);
    }
}

/// Checks a deduction record: is its subscriber known, and are SSN and username those of that subscriber?
pub(crate) fn deduction(
    known: Option<&Employee>,
    record: &IdentityHashes,
    effective: Option<NaiveDate>,
    findings: &mut Findings,
) {
    let Some(employee) = known else {
        findings.column(DeductionColumn::SubscriberId, Code::SubscriberUnknown);
        return;
    };
    let differs = |ours: u64, sent: Option<u64>| ours != 0 && sent.is_some_and(|s| s != ours);
    let ssn = differs(employee.ssn, record.ssn);
    let username = differs(employee.username, record.username);
    match (ssn, username) {
        (true, true) => findings.record(Code::IdentityMismatch),
        (true, false) => findings.column(DeductionColumn::Ssn, Code::SsnMismatch),
        (false, true) => findings.column(DeductionColumn::Username, Code::UsernameMismatch),
        (false, false) => {}
    }
    if effective.is_some_and(|e| e.num_days_from_ce() > employee.terminated) {
        findings.column(DeductionColumn::EffectiveDate, Code::EmployeeTerminated);
    }
}

#[cfg(test)]
mod tests {
    use super::{IdentityHashes, deduction, demographic};
    use crate::matching::roster::{Employee, Roster};
    use crate::validate::Findings;
    use crate::validate::ssn::Policy;
    use chrono::{Datelike, NaiveDate};

    fn employee(subscriber_hash: u64, ssn: u64, username: u64) -> Employee {
        Employee {
            subscriber_hash,
            ssn,
            username,
            content: 1,
            terminated: Employee::OPEN,
            ..Employee::default()
        }
    }

    fn hashes(subscriber: u64, ssn: u64, username: u64) -> IdentityHashes {
        IdentityHashes {
            subscriber,
            ssn: Some(ssn),
            username: Some(username),
        }
    }

    fn codes(judge: impl FnOnce(&mut Findings)) -> Vec<&'static str> {
        let mut findings = Findings::default();
        judge(&mut findings);
        findings.all.iter().map(|m| m.code.as_str()).collect()
    }

    #[test]
    fn demographic_identities() {
        let mut roster = Roster::new(2);
        for (id, subscriber_hash) in [(1, 1), (2, 2)] {
            let employee = employee(subscriber_hash, subscriber_hash + 10, subscriber_hash + 20);
            roster.put(Employee { id, ..employee });
        }
        let judge = |h: IdentityHashes| {
            let known = roster.find(h.subscriber).map(|(_, e)| e);
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
        let judge = |known, h: IdentityHashes, effective| {
            codes(|m| deduction(known, &h, Some(effective), m))
        };
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
