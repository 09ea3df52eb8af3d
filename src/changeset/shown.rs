//! The few fields the ledger keeps of an employee or a deduction, for `employee ID`, omissions and stops.
//! No SSN but its last four digits, no birth date. They are plain text, except IDs that are SSNs: these are encrypted.

use crate::domain::keyed_hash::HashedType;
use crate::domain::{SiteKey, ValueCipher};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use std::borrow::Cow;

/// Names of the fields kept of an employee, in stored order.
pub(crate) const EMPLOYEE: [&str; 13] = [
    "subscriber_id",
    "username",
    "ssn_last4",
    "employee_number",
    "first_name",
    "last_name",
    "employment_status",
    "hire_date",
    "original_hire_date",
    "termination_date",
    "ein",
    "work_email",
    "benefits_level",
];

/// Names of the fields kept of a deduction, in stored order.
pub(crate) const DEDUCTION: [&str; 9] = [
    "subscriber_id",
    "deduction_code",
    "plan_name",
    "effective_date",
    "end_date",
    "ein",
    "employee_amount",
    "employer_amount",
    "action",
];

const SEPARATOR: u8 = 0x1f;
/// Begins an encrypted field, and stands before its last part. Plain text never has it.
const ENCRYPTED: u8 = 0x1e;
/// Hexadecimal digits of the subscriber's hash in an encrypted field.
const HASH: usize = 16;

/// Appends a field of plain text.
pub(crate) fn push(out: &mut Vec<u8>, value: &[u8]) {
    let ours = |b: &u8| matches!(*b, SEPARATOR | ENCRYPTED);
    if value.iter().any(ours) {
        out.extend(value.iter().filter(|b| !ours(b)));
    } else {
        out.extend_from_slice(value);
    }
    end(out);
}

/// Ends a field whose text, without control characters, was appended already.
pub(crate) fn end(out: &mut Vec<u8>) {
    out.push(SEPARATOR);
}

/// Appends a value that may not be stored as it is: encrypted, with the hash of its owner's subscriber ID and the form that
/// people may see.
pub(crate) fn push_encrypted(
    out: &mut Vec<u8>,
    cipher: &ValueCipher,
    subscriber_hash: u64,
    masked: &str,
    value: &[u8],
) {
    let about = format!("{subscriber_hash:016x}{masked}");
    let encrypted = cipher.encrypt(about.as_bytes(), value);
    out.push(ENCRYPTED);
    out.extend_from_slice(about.as_bytes());
    out.push(ENCRYPTED);
    out.extend_from_slice(BASE64_STANDARD_NO_PAD.encode(encrypted).as_bytes());
    end(out);
}

/// What an encrypted field of a subscriber begins with.
pub(crate) fn begin_encrypted(subscriber_hash: u64) -> Vec<u8> {
    let mut out = vec![ENCRYPTED];
    out.extend_from_slice(format!("{subscriber_hash:016x}").as_bytes());
    out
}

/// A field as the ledger keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct KeptField(String);

/// An encrypted field can't be read: it was written under another key, or is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was encrypted under another key, or is damaged")]
pub(crate) struct Unreadable;

/// The parts of an encrypted field: the hash of its owner's subscriber ID, the masked form, and the encrypted value.
struct Encrypted<'a> {
    hash: &'a str,
    masked: &'a str,
    value: &'a str,
}

/// The parts of a field if it is encrypted. A damaged one has empty parts.
fn parts(field: &str) -> Option<Encrypted<'_>> {
    let mark = char::from(ENCRYPTED);
    let parts = field.strip_prefix(mark)?;
    let (about, value) = parts.split_once(mark).unwrap_or_default();
    let (hash, masked) = about.split_at_checked(HASH).unwrap_or_default();
    Some(Encrypted {
        hash,
        masked,
        value,
    })
}

impl KeptField {
    /// What of it people may see: the text, masked where it is encrypted.
    pub fn shown(&self) -> &str {
        match parts(&self.0) {
            Some(encrypted) => encrypted.masked,
            None => &self.0,
        }
    }

    /// Whether it is encrypted.
    pub(crate) fn is_encrypted(&self) -> bool {
        parts(&self.0).is_some()
    }

    /// The keyed hash of the subscriber ID of its owner, where it is encrypted.
    pub(crate) fn owner(&self) -> Option<u64> {
        u64::from_str_radix(parts(&self.0)?.hash, 16).ok()
    }

    /// The value as it was sent.
    ///
    /// # Errors
    /// It is encrypted, and not under this cipher's key, or damaged.
    pub(crate) fn value(&self, cipher: &ValueCipher) -> Result<Cow<'_, str>, Unreadable> {
        let Some(encrypted) = parts(&self.0) else {
            return Ok(Cow::Borrowed(&self.0));
        };
        let about = format!("{}{}", encrypted.hash, encrypted.masked);
        let value = BASE64_STANDARD_NO_PAD.decode(encrypted.value).ok();
        let value = value.and_then(|value| cipher.decrypt(about.as_bytes(), &value));
        let value = value.and_then(|value| String::from_utf8(value).ok());
        value.map(Cow::Owned).ok_or(Unreadable)
    }

    /// Appends it as it is kept.
    pub(crate) fn push(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.0.as_bytes());
        end(out);
    }
}

#[cfg(test)]
impl<T: AsRef<str>> PartialEq<T> for KeptField {
    fn eq(&self, other: &T) -> bool {
        self.0 == other.as_ref()
    }
}

/// The stored fields in order; damaged bytes read as replacement characters.
pub(crate) fn fields(stored: &[u8]) -> Vec<KeptField> {
    let end = stored.strip_suffix(&[SEPARATOR]).unwrap_or(stored);
    end.split(|b| *b == SEPARATOR)
        .map(|f| KeptField(String::from_utf8_lossy(f).into_owned()))
        .collect()
}

/// The stored fields in order, without a copy; `None` for those that are encrypted or damaged.
pub(crate) fn plain_fields(stored: &[u8]) -> impl Iterator<Item = Option<&str>> {
    let end = stored.strip_suffix(&[SEPARATOR]).unwrap_or(stored);
    let plain = |field: &&[u8]| field.first() != Some(&ENCRYPTED);
    end.split(|b| *b == SEPARATOR)
        .map(move |field| std::str::from_utf8(Some(field).filter(plain)?).ok())
}

/// The keyed hash of the subscriber ID of the owner of stored fields, of which the first is encrypted.
pub(crate) fn owner(stored: &[u8]) -> Option<u64> {
    let (mark, rest) = stored.split_first()?;
    let hash = rest.get(..HASH).filter(|_| *mark == ENCRYPTED)?;
    u64::from_str_radix(std::str::from_utf8(hash).ok()?, 16).ok()
}

/// The keyed hash of the subscriber ID, which is the first of stored fields.
pub(crate) fn subscriber_hash(stored: &[u8], key: &SiteKey) -> u64 {
    let id = stored.split(|b| *b == SEPARATOR).next();
    let id = id.unwrap_or_default();
    let text = || std::str::from_utf8(id).ok();
    let encrypted = (id.first() == Some(&ENCRYPTED)).then(text).flatten();
    let hash = encrypted.and_then(|id| u64::from_str_radix(parts(id)?.hash, 16).ok());
    hash.unwrap_or_else(|| key.hash(HashedType::Subscriber, id))
}

#[cfg(test)]
mod tests {
    use super::{fields, push, push_encrypted, subscriber_hash};
    use crate::domain::keyed_hash::HashedType;
    use crate::domain::{SiteKey, ValueCipher};
    use proptest::prelude::*;

    const KEY: SiteKey = SiteKey::new([1; 16]);

    fn encrypted(id: &str) -> Vec<u8> {
        let hash = KEY.hash(HashedType::Subscriber, id.as_bytes());
        let mut out = Vec::new();
        let cipher = ValueCipher::new(&KEY);
        push_encrypted(&mut out, &cipher, hash, "***-**-1234", id.as_bytes());
        out
    }

    #[test]
    fn fields_come_back_in_order() {
        let mut stored = Vec::new();
        for value in ["S1", "", "x\u{1f}y\u{1e}", ""] {
            push(&mut stored, value.as_bytes());
        }
        assert_eq!(fields(&stored), ["S1", "", "xy", ""]);
    }

    proptest! {
        #[test]
        fn an_encrypted_id_comes_back(id in "[0-9]{3}-?[0-9]{2}-?[0-9]{4}", name in "\\PC{0,9}") {
            let mut stored = encrypted(&id);
            push(&mut stored, name.as_bytes());
            let text = String::from_utf8(stored.clone()).expect("text");
            prop_assert!(!text.contains(&id));
            let kept = fields(&stored);
            prop_assert_eq!(kept.len(), 2);
            prop_assert_eq!(kept[0].shown(), "***-**-1234");
            prop_assert!(kept[0].is_encrypted() && !kept[1].is_encrypted());
            let value = kept[0].value(&ValueCipher::new(&KEY));
            prop_assert_eq!(value.expect("ours"), id.as_str());
            prop_assert!(kept[0].value(&ValueCipher::new(&SiteKey::new([2; 16]))).is_err());
            let hash = KEY.hash(HashedType::Subscriber, id.as_bytes());
            prop_assert_eq!(subscriber_hash(&stored, &KEY), hash);
            let mut again = Vec::new();
            kept.iter().for_each(|field| field.push(&mut again));
            prop_assert_eq!(again, stored);
        }

        #[test]
        fn no_text_is_taken_for_an_encrypted_field(text in any::<String>()) {
            let mut stored = Vec::new();
            push(&mut stored, text.as_bytes());
            let kept = fields(&stored);
            prop_assert_eq!(kept.len(), 1);
            prop_assert!(!kept[0].is_encrypted());
            let cipher = ValueCipher::new(&SiteKey::new([2; 16]));
            prop_assert_eq!(kept[0].value(&cipher).expect("plain"), kept[0].shown());
        }
    }

    #[test]
    fn a_damaged_field_shows_nothing_and_gives_no_value() {
        let cipher = ValueCipher::new(&KEY);
        let whole = encrypted("521341234");
        for at in 1..whole.len() - 1 {
            let mut damaged = whole.clone();
            damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
            let kept = fields(&damaged);
            assert!(kept[0].value(&cipher).is_err(), "byte {at}");
            let cut = &whole[..at];
            assert!(fields(cut)[0].value(&cipher).is_err(), "{at} bytes");
        }
        assert_eq!(fields(&whole[..9])[0].shown(), "");
        assert_eq!(
            subscriber_hash(b"S1\x1fx\x1f", &KEY),
            KEY.hash(HashedType::Subscriber, b"S1")
        );
    }
}
