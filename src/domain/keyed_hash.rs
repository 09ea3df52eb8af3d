//! Keyed hashes, which the ledger stores instead of identifying values.
//!
//! `SipHash` is a pseudo-random function under a secret 128-bit key. Without the site's key, a stored hash can't be
//! reversed by trying all thousand million SSNs.

use super::word::up_to_eight;
use siphasher::sip::SipHasher13;
use std::fmt;
use std::hash::Hasher;

/// The site's secret key for hashes (`state/key`).
#[derive(Clone, Copy)]
pub struct SiteKey([u8; 16]);

/// The type of the hashed value: equal bytes of different types have different hashes.
#[derive(Clone, Copy, Debug)]
pub enum HashedType {
    Subscriber = 1,
    Ssn = 2,
    Username = 3,
    /// A record key of several parts.
    Key = 4,
    /// The content of a record.
    Content = 5,
    /// An employer identification number.
    Ein = 6,
    /// One cell of a rejected record.
    Cell = 7,
    /// The name of a file.
    FileName = 8,
    /// The identity of a site, which tells one key from another.
    Identity = 9,
    /// An e-mail address in lower case.
    Email = 10,
    /// A column of an employee, of which the history keeps a print.
    Print = 11,
    /// A one-time code, with the number of its user.
    OneTimeCode = 12,
    /// A name that was typed to sign in.
    UserName = 13,
    /// A network address that someone signs in from.
    Address = 14,
}

impl SiteKey {
    /// The key of these sixteen secret bytes.
    pub const fn new(bytes: [u8; 16]) -> SiteKey {
        SiteKey(bytes)
    }

    /// The secret bytes, to derive other keys from.
    pub(super) const fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// A hasher for values of one type.
    pub fn hasher(&self, of: HashedType) -> KeyedHasher {
        let mut inner = SipHasher13::new_with_key(&self.0);
        inner.write_u8(of as u8);
        KeyedHasher(inner)
    }

    /// The lower half of a hash, where that is enough to know a value again.
    pub(crate) fn half_hash(&self, of: HashedType, value: &[u8]) -> u32 {
        let [a, b, c, d, ..] = self.hash(of, value).to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }

    /// The hash of a text in lower case.
    pub fn hash_lower_case(&self, of: HashedType, text: &[u8]) -> u64 {
        let folded = |b: &u8| b.is_ascii_uppercase() | !b.is_ascii();
        if !text.iter().fold(false, |found, b| found | folded(b)) {
            return self.hash(of, text);
        }
        if text.is_ascii() {
            return self.hash(of, &text.to_ascii_lowercase());
        }
        let text = String::from_utf8_lossy(text);
        self.hash(of, text.to_lowercase().as_bytes())
    }

    /// The hash of one value, equal to that of a [`SiteKey::hasher`] with one part. Reads the value in words, in place.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "values are shorter than 4 GiB"
    )]
    pub fn hash(&self, of: HashedType, value: &[u8]) -> u64 {
        let mut state = SipState::new(&self.0);
        let (mut tail, mut filled) = (of as u64, 1 + value.len() as u32);
        if let Some((head, rest)) = value.split_at_checked(7) {
            state.word(tail | up_to_eight(head) << 8);
            let (words, rest) = rest.as_chunks();
            for word in words {
                state.word(u64::from_le_bytes(*word));
            }
            tail = up_to_eight(rest);
            filled = rest.len() as u32;
        } else {
            tail |= up_to_eight(value) << 8;
        }
        let length = u64::from(value.len() as u32);
        tail |= length << (8 * filled);
        if filled >= 4 {
            state.word(tail);
            tail = length >> (64 - 8 * filled);
        }
        state.finish(tail, 1 + value.len() + 4)
    }
}

/// Prints of the values of one owner: 16 bits each, enough to see that a value is another than before.
///
/// A print is a quick hash under numbers that are the owner's own, and over it a pad that is the owner's and the place's own.
/// Numbers and pads are `SipHash` of the owner under the site's key. Without it, one print says nothing, whatever is known of
/// other values, and two of the same place say only whether they differ.
pub(crate) struct PrintKey {
    pads: SipState,
    own: [u64; 2],
}

impl SiteKey {
    /// For the values of an owner.
    pub(crate) fn print_key(&self, owner: u64) -> PrintKey {
        let mut state = SipState::new(&self.0);
        state.word(HashedType::Print as u64);
        state.word(owner);
        let own = [0, 1].map(|n| SipState(state.0).finish(PrintKey::OWN | n, 0));
        PrintKey { pads: state, own }
    }
}

impl PrintKey {
    /// Above all numbers of pads.
    const OWN: u64 = 1 << 40;

    /// Four pads, which have this number.
    pub(crate) fn pads(&self, number: u64) -> [u16; 4] {
        let [a, b, c, d, e, f, g, h] = SipState(self.pads.0).finish(number, 0).to_le_bytes();
        [[a, b], [c, d], [e, f], [g, h]].map(u16::from_le_bytes)
    }

    /// The print of a value.
    #[inline]
    pub(crate) fn print(&self, value: &[u8], pad: u16) -> u16 {
        let [first, second] = self.own;
        let mut hash = folded_product(first ^ value.len() as u64, second);
        let (words, rest) = value.as_chunks();
        for word in words {
            hash = folded_product(hash ^ u64::from_le_bytes(*word), second);
        }
        hash = folded_product(hash ^ up_to_eight(rest), first);
        let [a, b, ..] = hash.to_le_bytes();
        u16::from_le_bytes([a, b]) ^ pad
    }
}

/// The two halves of a product, one over the other.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "takes the halves")]
fn folded_product(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

impl fmt::Debug for SiteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SiteKey(..)")
    }
}

/// SipHash-1-3 over whole words.
struct SipState([u64; 4]);

impl SipState {
    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "takes the halves of the key"
    )]
    fn new(key: &[u8; 16]) -> SipState {
        let key = u128::from_le_bytes(*key);
        let [k0, k1] = [key, key >> 64].map(|half| half as u64);
        SipState([
            k0 ^ 0x736f_6d65_7073_6575,
            k1 ^ 0x646f_7261_6e64_6f6d,
            k0 ^ 0x6c79_6765_6e65_7261,
            k1 ^ 0x7465_6462_7974_6573,
        ])
    }

    #[inline]
    fn round(&mut self) {
        let [mut v0, mut v1, mut v2, mut v3] = self.0;
        v0 = v0.wrapping_add(v1);
        v2 = v2.wrapping_add(v3);
        v1 = v1.rotate_left(13) ^ v0;
        v3 = v3.rotate_left(16) ^ v2;
        v0 = v0.rotate_left(32).wrapping_add(v3);
        v2 = v2.wrapping_add(v1);
        v1 = v1.rotate_left(17) ^ v2;
        v3 = v3.rotate_left(21) ^ v0;
        self.0 = [v0, v1, v2.rotate_left(32), v3];
    }

    #[inline]
    fn word(&mut self, word: u64) {
        self.0[3] ^= word;
        self.round();
        self.0[0] ^= word;
    }

    #[inline]
    fn finish(mut self, tail: u64, length: usize) -> u64 {
        self.word(tail | (length as u64) << 56);
        self.0[2] ^= 0xff;
        for _ in 0..3 {
            self.round();
        }
        self.0.iter().fold(0, |all, v| all ^ v)
    }
}

/// Hashes a value of several parts. Parts are delimited, so `ab`+`c` and `a`+`bc` differ.
pub struct KeyedHasher(SipHasher13);

impl KeyedHasher {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "parts are shorter than 4 GiB"
    )]
    pub fn part(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
        self.0.write_u32(bytes.len() as u32);
    }

    pub fn finish(&self) -> u64 {
        self.0.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{HashedType, SiteKey};

    #[test]
    fn prints_tell_values_apart_as_often_as_sixteen_bits_can() {
        let key = SiteKey::new([9; 16]);
        let (mut same, mut pairs) = (0, 0);
        for owner in 0..100u64 {
            let own = key.print_key(owner);
            let pad = own.pads(owner % 12)[0];
            let print = |n: u32| {
                [
                    own.print(&n.to_le_bytes(), pad),
                    own.print(format!("value {n}").as_bytes(), pad),
                ]
            };
            for n in 0..1_000 {
                let (one, other) = (print(n), print(n + 1));
                same += one.iter().zip(other).filter(|(a, b)| **a == *b).count();
                pairs += 2;
            }
        }
        // About three of two hundred thousand are to be expected.
        assert!(pairs == 200_000 && same < 20, "{same}");
    }

    #[test]
    fn equal_values_of_two_owners_and_of_two_keys_have_other_prints() {
        let print = |key: u8, owner: u64, pads: u64| {
            let own = SiteKey::new([key; 16]).print_key(owner);
            own.print(b"Madison", own.pads(pads)[1])
        };
        let all: std::collections::BTreeSet<u16> = (0..100u64)
            .flat_map(|owner| [print(1, owner, 0), print(2, owner, 0), print(1, owner, 1)])
            .collect();
        assert!(all.len() > 290, "{}", all.len());
        assert_eq!(print(1, 5, 3), print(1, 5, 3));
    }

    #[test]
    fn key_type_and_part_boundaries_matter() {
        let a = SiteKey::new([1; 16]);
        let b = SiteKey::new([2; 16]);
        assert_ne!(a.hash(HashedType::Ssn, b"x"), b.hash(HashedType::Ssn, b"x"));
        assert_ne!(
            a.hash(HashedType::Ssn, b"x"),
            a.hash(HashedType::Username, b"x")
        );
        let split = |parts: [&[u8]; 2]| {
            let mut h = a.hasher(HashedType::Key);
            parts.into_iter().for_each(|p| h.part(p));
            h.finish()
        };
        assert_ne!(split([b"ab", b"c"]), split([b"a", b"bc"]));
        assert_eq!(format!("{a:?}"), "SiteKey(..)");
        for text in ["ALee1234", "É.Lee", &"X".repeat(70)] {
            let plain = a.hash(HashedType::Username, text.to_lowercase().as_bytes());
            assert_eq!(
                a.hash_lower_case(HashedType::Username, text.as_bytes()),
                plain
            );
        }
    }

    #[test]
    fn a_value_at_once_has_the_hash_of_its_one_part() {
        let key = SiteKey::new(*b"0123456789abcdef");
        let value: Vec<u8> = (0..600u32).map(|i| (i * 7 % 251) as u8).collect();
        for length in 0..value.len() {
            let mut hasher = key.hasher(HashedType::Content);
            hasher.part(&value[..length]);
            let at_once = key.hash(HashedType::Content, &value[..length]);
            assert_eq!(at_once, hasher.finish(), "{length} bytes");
        }
        // Ledgers store such hashes, so their values must not change.
        assert_eq!(
            key.hash(HashedType::Content, b"S000000001"),
            0xe8c0_3e85_1de0_9fd2
        );
    }
}
