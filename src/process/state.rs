//! What the ledger keeps of records: the parts that the kinds share.

use super::job::{JobSpec, RunIdentity};
use super::record::ssn_hash;
use crate::changeset::shown;
use crate::domain::masking::value::{hide_ssns, id_without_ssn, may_hold_ssn};
use crate::domain::{Ssn, ValueCipher};
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
    let owner = Owner {
        cipher: &job.cipher,
        subscriber_hash,
        ssn: None,
    };
    for name in shown::EMPLOYEE {
        if name != "subscriber_id" {
            shown::end(out);
        } else if ssn.is_some() {
            owner.push_id(id_text, ssn, out);
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

/// Whose fields are kept, and how.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub cipher: &'a ValueCipher,
    pub subscriber_hash: u64,
    /// The SSN of the record.
    pub ssn: Option<Ssn>,
}

impl Owner<'_> {
    /// Appends a field other than the subscriber ID as the ledger may keep it: an SSN in its place is encrypted where rows
    /// are written with it again, and masked elsewhere.
    pub(super) fn push_kept(&self, name: &str, value: Value<'_>, out: &mut Vec<u8>) {
        match value {
            Value::Text(text) | Value::Code(text) if may_hold_ssn(text) => {
                return self.push_without_ssn(name, text, out);
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

    fn push_without_ssn(&self, name: &str, text: &[u8], out: &mut Vec<u8>) {
        let read = String::from_utf8_lossy(text);
        let own = self.ssn.filter(|own| !own.is_placeholder());
        let (masked, again) = match name {
            "username" | "employee_number" | "account_id" => (id_without_ssn(&read, own), true),
            "deduction_code" => (id_without_ssn(&read, own), false),
            _ => (hide_ssns(&read), false),
        };
        if again && masked != read {
            let hash = self.subscriber_hash;
            shown::push_encrypted(out, self.cipher, hash, &masked, text);
        } else {
            shown::push(out, masked.as_bytes());
        }
    }

    /// Appends the subscriber ID as the ledger may keep it; `ssn` is what [`ssn_of_id`] says of it.
    pub(super) fn push_id(&self, id: &[u8], ssn: Option<Ssn>, out: &mut Vec<u8>) {
        match ssn {
            Some(ssn) => {
                let hash = self.subscriber_hash;
                shown::push_encrypted(out, self.cipher, hash, &ssn.to_string(), id);
            }
            // It is an accepted ID, which has no control character.
            None => {
                out.extend_from_slice(id);
                shown::end(out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Owner;
    use crate::changeset::shown::{self, KeptField};
    use crate::domain::{SiteKey, Ssn, ValueCipher};
    use crate::validate::Value;

    #[test]
    fn an_ssn_in_another_column_is_masked_or_encrypted() {
        let cipher = ValueCipher::new(&SiteKey::new([3; 16]));
        let owner = Owner {
            cipher: &cipher,
            subscriber_hash: 5,
            ssn: Ssn::new(521_341_234),
        };
        let keep = |name, text: &str| {
            let mut out = Vec::new();
            owner.push_kept(name, Value::Text(text.as_bytes()), &mut out);
            shown::fields(&out).remove(0)
        };
        let value = |kept: &KeptField| kept.value(&cipher).map(String::from);
        for name in ["username", "employee_number"] {
            let kept = keep(name, "521341234");
            assert_eq!(kept.shown(), "***-**-1234");
            assert_eq!(value(&kept).as_deref(), Ok("521341234"));
            assert!(!keep(name, "521341235").is_encrypted());
        }
        for name in ["first_name", "deduction_code"] {
            let kept = keep(name, "521-34-1234");
            assert_eq!(kept.shown(), "***-**-1234");
            assert_eq!(value(&kept).as_deref(), Ok("***-**-1234"));
        }
        assert_eq!(keep("last_name", "Lee 52134123"), "Lee 52134123");
    }
}
