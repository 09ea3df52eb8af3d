//! Keyed hashes: what the ledger keeps in place of identifying values.
//!
//! `SipHash` is a pseudo-random function under a secret 128-bit key, so without the site's key a stored hash
//! can't be turned back into one of the thousand million SSNs by trying them all.

use siphasher::sip::SipHasher13;
use std::fmt;
use std::hash::Hasher;

/// The site's secret key for hashes (`state/key`).
#[derive(Clone, Copy)]
pub struct SiteKey([u8; 16]);

/// What is hashed: equal bytes of different fields have different hashes.
#[derive(Clone, Copy, Debug)]
pub enum Domain {
    /// A subscriber ID.
    Subscriber = 1,
    /// An SSN.
    Ssn = 2,
    /// A username, lower-cased.
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
}

impl SiteKey {
    /// From the sixteen secret bytes.
    pub const fn new(bytes: [u8; 16]) -> SiteKey {
        SiteKey(bytes)
    }

    /// A hasher for values of one domain.
    pub fn hasher(&self, domain: Domain) -> KeyedHasher {
        let mut inner = SipHasher13::new_with_key(&self.0);
        inner.write_u8(domain as u8);
        KeyedHasher(inner)
    }

    /// The hash of a text in lower case.
    pub fn hash_lower_case(&self, domain: Domain, text: &str) -> u64 {
        const SHORT: usize = 64;
        let mut folded = [0u8; SHORT];
        match folded.get_mut(..text.len()) {
            Some(folded) if text.is_ascii() => {
                folded.copy_from_slice(text.as_bytes());
                folded.make_ascii_lowercase();
                self.hash(domain, folded)
            }
            _ => self.hash(domain, text.to_lowercase().as_bytes()),
        }
    }

    /// The hash of one value.
    pub fn hash(&self, domain: Domain, value: &[u8]) -> u64 {
        let mut hasher = self.hasher(domain);
        hasher.part(value);
        hasher.finish()
    }
}

impl fmt::Debug for SiteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SiteKey(..)")
    }
}

/// A hash in the making; parts are set off from each other, so `ab`+`c` and `a`+`bc` differ.
pub struct KeyedHasher(SipHasher13);

impl KeyedHasher {
    /// Adds one part.
    pub fn part(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
        self.0.write_u32(bytes.len() as u32);
    }

    /// The hash.
    pub fn finish(&self) -> u64 {
        self.0.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Domain, SiteKey};

    #[test]
    fn key_domain_and_part_boundaries_matter() {
        let a = SiteKey::new([1; 16]);
        let b = SiteKey::new([2; 16]);
        assert_ne!(a.hash(Domain::Ssn, b"x"), b.hash(Domain::Ssn, b"x"));
        assert_ne!(a.hash(Domain::Ssn, b"x"), a.hash(Domain::Username, b"x"));
        let split = |parts: [&[u8]; 2]| {
            let mut h = a.hasher(Domain::Key);
            parts.into_iter().for_each(|p| h.part(p));
            h.finish()
        };
        assert_ne!(split([b"ab", b"c"]), split([b"a", b"bc"]));
        assert_eq!(format!("{a:?}"), "SiteKey(..)");
        for text in ["ALee1234", "É.Lee", &"X".repeat(70)] {
            let plain = a.hash(Domain::Username, text.to_lowercase().as_bytes());
            assert_eq!(a.hash_lower_case(Domain::Username, text), plain);
        }
    }
}
