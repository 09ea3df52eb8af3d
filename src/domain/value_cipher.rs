//! Encryption of the few values that the ledger must be able to give back and may not hold in clear text.
//!
//! XChaCha20-Poly1305 under a key that HKDF-SHA-256 derives from the site's key. The nonce is derived from the value, so
//! that the same value of the same field is the same text again: passes over a file don't differ, and no source of random
//! numbers can fail. Who has the ledger alone learns from it which values are equal, which the keyed hashes beside them
//! tell as well.

use super::SiteKey;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;
use std::fmt;
use zeroize::Zeroizing;

const NONCE: usize = 24;
// Stored values can only be read with these labels.
const PURPOSE: &[u8] = b"feedgate stored values";
const KEY_LABEL: &[u8] = b"key";
const NONCE_LABEL: &[u8] = b"nonce";

/// Encrypts and decrypts values under the site's key.
pub struct ValueCipher {
    derived: Hkdf<Sha256>,
    aead: XChaCha20Poly1305,
}

impl ValueCipher {
    /// The cipher of a site.
    pub fn new(key: &SiteKey) -> ValueCipher {
        let derived = Hkdf::<Sha256>::new(Some(PURPOSE), key.bytes());
        let mut key = Zeroizing::new([0; 32]);
        derived
            .expand(KEY_LABEL, &mut *key)
            .expect("32 bytes are few enough for HKDF");
        ValueCipher {
            aead: XChaCha20Poly1305::new(&Key::from(*key)),
            derived,
        }
    }

    /// Encrypts a value. It can only be decrypted together with what it is `about`, which is not in the result.
    pub fn encrypt(&self, about: &[u8], value: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        // The length keeps `about` and the value apart.
        let length = (about.len() as u64).to_le_bytes();
        self.derived
            .expand_multi_info(&[NONCE_LABEL, &length, about, value], &mut nonce)
            .expect("24 bytes are few enough for HKDF");
        let payload = Payload {
            msg: value,
            aad: about,
        };
        let encrypted = self
            .aead
            .encrypt(&XNonce::from(nonce), payload)
            .expect("values are shorter than 256 GiB");
        [&nonce[..], &encrypted].concat()
    }

    /// The value again; `None` where it was encrypted under another key, about something else, or is damaged.
    pub fn decrypt(&self, about: &[u8], encrypted: &[u8]) -> Option<Vec<u8>> {
        let (nonce, encrypted) = encrypted.split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: encrypted,
            aad: about,
        };
        self.aead.decrypt(&XNonce::from(*nonce), payload).ok()
    }
}

impl fmt::Debug for ValueCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ValueCipher(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::ValueCipher;
    use crate::domain::SiteKey;
    use proptest::prelude::*;

    fn cipher(byte: u8) -> ValueCipher {
        ValueCipher::new(&SiteKey::new([byte; 16]))
    }

    proptest! {
        #[test]
        fn a_value_comes_back_and_no_other(
            value in prop::collection::vec(any::<u8>(), 0..60),
            about in prop::collection::vec(any::<u8>(), 0..20),
            place in any::<prop::sample::Index>(),
            bit in 0..8u8,
        ) {
            let own = cipher(1);
            let mut encrypted = own.encrypt(&about, &value);
            prop_assert_eq!(own.decrypt(&about, &encrypted), Some(value.clone()));
            prop_assert_eq!(own.encrypt(&about, &value), &encrypted[..]);
            let other = [&about[..], b"x"].concat();
            prop_assert_ne!(&own.encrypt(&other, &value), &encrypted);
            prop_assert_eq!(own.decrypt(&other, &encrypted), None);
            prop_assert_eq!(cipher(2).decrypt(&about, &encrypted), None);
            let cut = place.index(encrypted.len());
            prop_assert_eq!(own.decrypt(&about, &encrypted[..cut]), None);
            encrypted[cut] ^= 1 << bit;
            prop_assert_eq!(own.decrypt(&about, &encrypted), None);
        }
    }

    #[test]
    fn what_is_stored_stays_readable() {
        let encrypted = cipher(7).encrypt(b"about", b"value");
        let hex: String = encrypted.iter().map(|b| format!("{b:02x}")).collect();
        // Ledgers hold such bytes: another result here needs a way to read them.
        assert_eq!(
            hex,
            "83a6d11d12c1e1c815ca6de2a68112a47adaff0b6214a65f05e9da0757d940a816cb265e480d96e4450023da89"
        );
        assert_eq!(format!("{:?}", cipher(7)), "ValueCipher(..)");
    }
}
