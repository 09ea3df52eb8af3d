//! Secrets that are shown once and stored as their hashes: cookies of sessions, enrolment links, tokens of the API.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::Zeroizing;

/// A secret drawn by lot. It can't be formatted or serialized by mistake.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecretToken(Zeroizing<String>);

impl SecretToken {
    /// Random bytes a secret is made of: too many to be guessed, so that a plain hash of it is enough.
    pub(crate) const BYTES: usize = 32;

    /// Random bytes of a secret that a person types. Its hash has to be a keyed one.
    pub(crate) const TYPED_BYTES: usize = 8;

    /// The secret of these random bytes, behind a prefix that says what it is for.
    pub(crate) fn of(prefix: &str, random: &[u8; SecretToken::BYTES]) -> SecretToken {
        let text = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random));
        SecretToken(Zeroizing::new(text))
    }

    /// A secret that a person types: twelve letters and digits that can't be mixed up, in groups of four.
    pub(crate) fn typed(random: [u8; SecretToken::TYPED_BYTES]) -> SecretToken {
        let letters = base32(&random).to_ascii_lowercase();
        let groups = [&letters[..4], &letters[4..8], &letters[8..12]];
        SecretToken(Zeroizing::new(groups.join("-")))
    }

    /// What a person typed in the form in which [`SecretToken::typed`] shows it; `None` where it can't be one.
    pub(crate) fn read_typed(text: &str) -> Option<SecretToken> {
        let kept = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        let letters: Zeroizing<String> = Zeroizing::new(kept.collect());
        let letters = Zeroizing::new(letters.to_ascii_lowercase());
        let known = |c: char| c.is_ascii_lowercase() || ('2'..='7').contains(&c);
        let whole = letters.len() == 12 && letters.chars().all(known);
        whole.then(|| {
            let groups = [&letters[..4], &letters[4..8], &letters[8..]];
            SecretToken(Zeroizing::new(groups.join("-")))
        })
    }

    /// The secret itself, for the one who gets it.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub(crate) fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

impl fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretToken(..)")
    }
}

/// The SHA-256 of a secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a secret as it was given.
    pub(crate) fn of(given: &str) -> TokenHash {
        TokenHash(Sha256::digest(given.as_bytes()).into())
    }

    /// Its bytes, for the ledger.
    pub(crate) const fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

/// Bytes in the letters A to Z and the digits 2 to 7 (RFC 4648), without padding.
pub(crate) fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut text, mut bits, mut held) = (String::new(), 0u32, 0u32);
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(held >> bits & 31) as usize]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(held << (5 - bits) & 31) as usize]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{SecretToken, TokenHash, base32};

    #[test]
    fn base_32_is_that_of_the_standard() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn what_is_typed_is_read_as_it_is_shown() {
        let code = SecretToken::typed(*b"\x00\x44\xff\x10abcd");
        assert_eq!(code.reveal().len(), 14);
        for typed in [
            code.reveal().to_owned(),
            code.reveal().to_uppercase(),
            format!(" {} ", code.reveal().replace('-', " ")),
            code.reveal().replace('-', ""),
        ] {
            assert_eq!(SecretToken::read_typed(&typed), Some(code.clone()));
        }
        for other in [
            "",
            "123456",
            "abcd-efgh-ijk",
            "abcd-efgh-ijk1",
            "äbcd-efgh-ijkl",
        ] {
            assert_eq!(SecretToken::read_typed(other), None, "{other}");
        }
    }

    #[test]
    fn a_secret_is_found_by_its_hash_and_shown_by_its_name_only() {
        let token = SecretToken::of("fg_", &[7; SecretToken::BYTES]);
        assert!(token.reveal().starts_with("fg_") && token.reveal().len() == 46);
        assert_eq!(token.hash(), TokenHash::of(token.reveal()));
        assert_ne!(token.hash(), SecretToken::of("fg_", &[8; 32]).hash());
        let shown = format!("{token:?} {:?}", token.hash());
        assert_eq!(shown, "SecretToken(..) TokenHash(..)");
        let safe = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        assert!(token.reveal().chars().all(safe));
    }
}
