//! What the ledger keeps of records: the parts that the kinds share.

use super::job::{JobSpec, RunIdentity};
use super::record::ssn_hash;
use crate::changeset::shown;
use crate::domain::Ssn;
use crate::domain::masking::value::{hide_ssns, id_without_ssn, may_hold_ssn};
use crate::format::digits;
use crate::matching::roster::Employee;
use crate::validate::Value;

/// Appends the state of a new test employee, which is ID and flag alone.
pub(super) fn push_test_employee(
    job: &JobSpec<'_>,
    run: &RunIdentity,
    subscriber_hash: u64,
    id_text: &[u8],
    out: &mut Vec<u8>,
) {
    let ssn = ssn_of_id(job, id_text, None, None);
    let flag = ssn.map_or(0, |_| Employee::ID_IS_SSN);
    let employee = Employee {
        run: run.number,
        subscriber_hash,
        terminated: Employee::OPEN,
        origin: job.origin,
        flags: Employee::TEST | flag,
        ..Employee::default()
    };
    employee.store(out);
    for name in shown::EMPLOYEE {
        if name != "subscriber_id" {
            shown::end(out);
        } else if ssn.is_some() {
            push_id(job, subscriber_hash, id_text, ssn, out);
        } else {
            // The ID of a skipped record was not validated: it may be an SSN.
            let id = hide_ssns(&String::from_utf8_lossy(id_text));
            shown::push(out, id.as_bytes());
        }
    }
}

/// The SSN that an accepted ID is, or may be, if such IDs are stored encrypted: that of the record or of the `known`
/// employee, or any that a person can have where neither has one. The `own` SSN is that of the record.
pub(super) fn ssn_of_id(
    job: &JobSpec<'_>,
    id: &[u8],
    own: Option<Ssn>,
    known: Option<&Employee>,
) -> Option<Ssn> {
    let before = known.is_some_and(|e| e.is(Employee::ID_IS_SSN));
    if !job.encrypts_ids && !before {
        return None;
    }
    let ssn = Ssn::of_text(id)?;
    let of_known = known.map_or(0, |e| e.ssn);
    let is_ssn = match own.filter(|own| !own.is_placeholder()) {
        Some(own) if own == ssn => true,
        None if of_known == 0 => ssn.is_possible(),
        _ => of_known != 0 && of_known == ssn_hash(&job.key, ssn.number()),
    };
    (before || is_ssn).then_some(ssn)
}

/// Appends a subscriber ID as the ledger may keep it; `ssn` is what [`ssn_of_id`] says of it.
pub(super) fn push_id(
    job: &JobSpec<'_>,
    subscriber_hash: u64,
    id: &[u8],
    ssn: Option<Ssn>,
    out: &mut Vec<u8>,
) {
    match ssn {
        Some(ssn) => {
            shown::push_encrypted_id(out, &job.cipher, subscriber_hash, &ssn.to_string(), id);
        }
        None => shown::push(out, id),
    }
}

/// Appends the state of a known employee who is flagged as a test, without the shown fields, which stay as they are.
pub(super) fn push_flagged(
    job: &JobSpec<'_>,
    run: &RunIdentity,
    known: &Employee,
    out: &mut Vec<u8>,
) {
    let flagged = Employee {
        run: run.number,
        flags: known.flags | Employee::TEST,
        ..known.with_other_content(&job.key)
    };
    flagged.store(out);
}

/// Appends a field other than the ID as the ledger may keep it: an SSN in it is masked.
pub(super) fn push_kept(name: &str, value: Value<'_>, ssn: Option<Ssn>, out: &mut Vec<u8>) {
    match value {
        Value::Text(text) | Value::Code(text) if may_hold_ssn(text) => {
            let text = String::from_utf8_lossy(text);
            let masked = match name {
                "username" | "employee_number" | "deduction_code" => id_without_ssn(&text, ssn),
                _ => hide_ssns(&text),
            };
            return shown::push(out, masked.as_bytes());
        }
        // It has no control character, and so no separator.
        Value::Text(text) => out.extend_from_slice(text),
        Value::Code(code) => return shown::push(out, code),
        Value::Date(date) => digits::push_date(out, date),
        Value::Cents(cents) => digits::push_cents(out, cents),
        Value::Ein(number) => digits::push_ein(out, number),
        _ => {}
    }
    shown::end(out);
}

#[cfg(test)]
mod tests {
    use super::push_kept;
    use crate::changeset::shown;
    use crate::domain::Ssn;
    use crate::validate::Value;

    #[test]
    fn an_ssn_in_another_column_is_masked() {
        let own = Ssn::new(521_341_234);
        let keep = |name, text: &str| {
            let mut out = Vec::new();
            push_kept(name, Value::Text(text.as_bytes()), own, &mut out);
            shown::fields(&out)
        };
        assert_eq!(keep("first_name", "521-34-1234"), ["***-**-1234"]);
        assert_eq!(keep("username", "521341234"), ["***-**-1234"]);
        assert_eq!(keep("username", "521341235"), ["521341235"]);
        assert_eq!(keep("last_name", "Lee 52134123"), ["Lee 52134123"]);
    }
}
