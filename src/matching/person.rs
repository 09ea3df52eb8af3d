//! Records against the roster.

use super::identity_moves::{Identity, IdentityMoves};
use super::roster::{Employee, Roster};
use crate::domain::{Code, DeductionColumn, DemographicColumn};
use crate::validate::Findings;
use crate::validate::findings::Target;
use crate::validate::ssn::Policy;

/// A record's identities as the roster knows them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct IdentityHashes {
    /// Of the subscriber ID.
    pub subscriber: u64,
    /// Of the SSN, if it is valid.
    pub ssn: Option<u64>,
    /// Of the username, if it is valid.
    pub username: Option<u64>,
    /// Whether the record says that the employee has left.
    pub left: bool,
}

/// Whether SSN and username of a record are those of its own employee, and of no other. Usually they are; if no two
/// employees of the roster share any, nothing else has to be asked.
///
/// What has passed on to a later entry of the same person stays the former entry's own as long as its records say that the
/// person has left.
pub(crate) fn own(
    roster: &Roster,
    known: Option<&Employee>,
    record: &IdentityHashes,
) -> (bool, bool) {
    let own = |of: fn(&Employee) -> u64, sent: Option<u64>, passed_on: u8| {
        known.is_some_and(|e| {
            Some(of(e)) == sent
                && if e.is(passed_on) {
                    record.left
                } else {
                    roster.is_distinct()
                }
        })
    };
    (
        own(|e| e.ssn, record.ssn, Employee::SSN_PASSED_ON),
        own(
            |e| e.username,
            record.username,
            Employee::USERNAME_PASSED_ON,
        ),
    )
}

/// Checks a demographic record: do SSN and username belong to another employee, has the SSN changed? Returns the identities
/// that the roster has with others, each with the position of one who has it.
pub(crate) fn demographic(
    roster: &Roster,
    known: Option<&Employee>,
    record: &IdentityHashes,
    change: Policy,
    moves: &IdentityMoves,
    findings: &mut Findings,
) -> Vec<(Identity, u32)> {
    let (own_ssn, own_username) = own(roster, known, record);
    let mut claims = Vec::new();
    let mut is_taken = |identity, owners: Vec<usize>| {
        if owners.is_empty() {
            return false;
        }
        let owners = owners
            .into_iter()
            .map(|p| u32::try_from(p).expect("numbered with 32 bits"));
        let from = claims.len();
        claims.extend(owners.map(|owner| (identity, owner)));
        let allowed = |(_, owner): &(_, u32)| moves.allows(record.subscriber, identity, *owner);
        !claims[from..].iter().all(allowed)
    };
    if let Some(ssn) = record.ssn.filter(|_| !own_ssn) {
        if is_taken(Identity::Ssn, roster.ssn_owners(ssn, record.subscriber)) {
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
        && is_taken(
            Identity::Username,
            roster.username_owners(username, record.subscriber),
        )
    {
        findings.column(DemographicColumn::Username, Code::UsernameInUse);
    }
    claims
}

/// Checks a deduction record: is its subscriber known, and are SSN and username those of that subscriber?
pub(crate) fn deduction(
    known: Option<&Employee>,
    record: &IdentityHashes,
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
}

#[cfg(test)]
mod tests {
    use super::{IdentityHashes, deduction, demographic};
    use crate::matching::identity_moves::IdentityMoves;
    use crate::matching::roster::{Employee, Roster};
    use crate::validate::Findings;
    use crate::validate::ssn::Policy;

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
            left: false,
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
            let moves = IdentityMoves::default();
            codes(|m| drop(demographic(&roster, known, &h, Policy::Reject, &moves, m)))
        };
        assert!(judge(hashes(1, 11, 21)).is_empty());
        assert!(judge(hashes(3, 13, 23)).is_empty());
        assert_eq!(judge(hashes(3, 11, 22)), ["SSN_IN_USE", "USERNAME_IN_USE"]);
        assert_eq!(judge(hashes(1, 19, 21)), ["SSN_CHANGED"]);
        assert_eq!(judge(hashes(1, 12, 21)), ["SSN_IN_USE", "SSN_CHANGED"]);
    }

    #[test]
    fn deduction_identities() {
        let known = employee(1, 11, 21);
        let judge = |known, h: IdentityHashes| codes(|m| deduction(known, &h, m));
        assert!(judge(Some(&known), hashes(1, 11, 21)).is_empty());
        assert_eq!(judge(Some(&known), hashes(1, 9, 21)), ["SSN_MISMATCH"]);
        assert_eq!(judge(Some(&known), hashes(1, 11, 9)), ["USERNAME_MISMATCH"]);
        assert_eq!(judge(Some(&known), hashes(1, 9, 9)), ["IDENTITY_MISMATCH"]);
        assert_eq!(judge(None, hashes(1, 11, 21)), ["SUBSCRIBER_UNKNOWN"]);
    }
}
