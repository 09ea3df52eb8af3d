//! Second factors: codes that an app on a phone makes of a secret and the time (TOTP, RFC 6238), and one-time codes for the
//! day on which the phone is lost.

use super::event;
use crate::domain::keyed_hash::HashedType;
use crate::domain::{SecretToken, SiteKey, ValueCipher, base32};
use crate::ledger::{EventAction, Ledger, User};
use crate::operations::error::{OperationError, Result};
use crate::site::{RunError, Site};
use crate::spool::random_bytes;
use fast_qr::convert::{Builder as _, Shape, svg::SvgBuilder};
use fast_qr::qr::QRBuilder;
use std::fmt;
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

/// One-time codes that a user has.
pub(super) const CODES: usize = 10;
/// Bytes of a secret.
const SECRET: usize = 20;
/// Who the app says the code is for.
const ISSUER: &str = "Feedgate";

/// The secret of a second factor.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct FactorSecret(Zeroizing<[u8; SECRET]>);

impl FactorSecret {
    pub(super) fn random() -> Result<FactorSecret> {
        let bytes = random_bytes().map_err(RunError::from)?;
        Ok(FactorSecret(Zeroizing::new(bytes)))
    }

    /// As the ledger has it: readable with the site's key, for this user only.
    pub(super) fn encrypted(&self, key: &SiteKey, user: i64) -> Vec<u8> {
        ValueCipher::new(key).encrypt(&about(user), &*self.0)
    }

    pub(super) fn decrypted(key: &SiteKey, user: i64, stored: &[u8]) -> Result<FactorSecret> {
        let bytes = ValueCipher::new(key).decrypt(&about(user), stored);
        let bytes = bytes.and_then(|bytes| <[u8; SECRET]>::try_from(bytes).ok());
        let secret = bytes.map(|bytes| FactorSecret(Zeroizing::new(bytes)));
        secret.ok_or_else(|| {
            OperationError::failed(
                "the second factor can't be read with the site's key; make it void with `feedgate account reset-second-factor NAME`",
            )
        })
    }

    /// The step of a code: its number among half minutes since 1970. A code is good one step before and after its own.
    pub(super) fn step(&self, code: &str, site: &Site) -> Option<u64> {
        let typed: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        self.step_at(&typed, u64::try_from(site.now().timestamp()).ok()?)
    }

    fn step_at(&self, code: &str, seconds: u64) -> Option<u64> {
        self.totp().check(code, seconds)
    }

    fn totp(&self) -> Totp {
        let secret = Secret::new_stack(*self.0);
        // The defaults are what apps understand: SHA-1, six digits, half a minute, one step before and after.
        Builder::new().with_secret(secret).build_noncompliant()
    }

    #[cfg(test)]
    pub(super) fn of(bytes: [u8; SECRET]) -> FactorSecret {
        FactorSecret(Zeroizing::new(bytes))
    }

    /// The code of a moment.
    #[cfg(test)]
    pub(super) fn code(&self, seconds: i64) -> String {
        self.totp().generate(seconds.cast_unsigned()).to_string()
    }
}

impl fmt::Debug for FactorSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FactorSecret(..)")
    }
}

fn about(user: i64) -> Vec<u8> {
    [b"second factor".as_slice(), &user.to_le_bytes()].concat()
}

/// What a person needs to set up an app, to be shown on one page.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecondFactorSetup {
    /// The secret in groups of four letters, to be typed into an app.
    pub(crate) secret: Zeroizing<String>,
    /// The same with the name of the account, for apps on this device.
    pub(crate) uri: Zeroizing<String>,
    /// The address as a picture for the phone's camera: SVG, with presentation attributes only.
    pub(crate) qr_svg: Zeroizing<String>,
}

impl SecondFactorSetup {
    pub(super) fn of(secret: &FactorSecret, name: &str) -> Result<SecondFactorSetup> {
        let letters = Zeroizing::new(base32(&*secret.0));
        let account = name.replace('@', "%40").replace('+', "%2B");
        let uri = Zeroizing::new(format!(
            "otpauth://totp/{ISSUER}:{account}?secret={}&issuer={ISSUER}&algorithm=SHA1&digits=6&period=30",
            *letters
        ));
        let qr = QRBuilder::new(uri.as_bytes()).build();
        let qr = qr.map_err(|e| {
            OperationError::failed(format_args!("the picture for the phone can't be made: {e}"))
        })?;
        let groups = letters.as_bytes().chunks(4);
        let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
        Ok(SecondFactorSetup {
            secret: Zeroizing::new(groups.join(" ")),
            qr_svg: Zeroizing::new(SvgBuilder::default().shape(Shape::Square).to_str(&qr)),
            uri,
        })
    }
}

impl fmt::Debug for SecondFactorSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecondFactorSetup(..)")
    }
}

/// New one-time codes, and their keyed hashes.
pub(super) fn one_time_codes(key: &SiteKey, user: i64) -> Result<(Vec<SecretToken>, Vec<u64>)> {
    let mut codes = Vec::new();
    for _ in 0..CODES {
        let random = random_bytes().map_err(RunError::from)?;
        codes.push(SecretToken::typed(random));
    }
    let hashes = codes.iter().map(|code| code_hash(key, user, code));
    let hashes = hashes.collect();
    Ok((codes, hashes))
}

fn code_hash(key: &SiteKey, user: i64, code: &SecretToken) -> u64 {
    let mut hasher = key.hasher(HashedType::OneTimeCode);
    hasher.part(&user.to_le_bytes());
    hasher.part(code.reveal().as_bytes());
    hasher.finish()
}

/// Takes a code of a user's second factor, or a one-time code in its place. Each is taken once.
pub(super) fn take(
    site: &Site,
    ledger: &mut dyn Ledger,
    user: &User,
    stored: &[u8],
    code: &str,
) -> Result<bool> {
    let key = site.key()?;
    if let Some(typed) = SecretToken::read_typed(code) {
        let used = event(
            site,
            &user.name,
            EventAction::OneTimeCodeUsed,
            &user.name,
            None,
        );
        return Ok(ledger.take_code(user.number, code_hash(&key, user.number, &typed), &used)?);
    }
    let secret = FactorSecret::decrypted(&key, user.number, stored)?;
    match secret.step(code, site) {
        Some(step) => Ok(ledger.take_step(user.number, step)?),
        None => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::{FactorSecret, SecondFactorSetup};
    use crate::domain::SiteKey;
    use proptest::prelude::*;
    use zeroize::Zeroizing;

    fn secret(byte: u8) -> FactorSecret {
        FactorSecret(Zeroizing::new([byte; 20]))
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        let of_the_standard = FactorSecret(Zeroizing::new(*b"12345678901234567890"));
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(of_the_standard.code(seconds), code);
        }
    }

    #[test]
    fn a_setup_is_shown_and_never_logged() {
        let setup = SecondFactorSetup::of(&secret(1), "ada+x@example.com").expect("setup");
        assert_eq!(setup.secret.len(), 39);
        let start = "otpauth://totp/Feedgate:ada%2Bx%40example.com?secret=AEAQCAIBAEAQCAIBAEAQCAIBAEAQCAIB&";
        assert!(setup.uri.starts_with(start), "{}", *setup.uri);
        assert!(setup.qr_svg.starts_with("<svg ") && !setup.qr_svg.contains("style"));
        assert_eq!(
            format!("{setup:?} {:?}", secret(1)),
            "SecondFactorSetup(..) FactorSecret(..)"
        );
    }

    #[test]
    fn a_secret_is_read_for_its_user_only() {
        let key = SiteKey::new([3; 16]);
        let stored = secret(9).encrypted(&key, 1);
        assert_eq!(
            FactorSecret::decrypted(&key, 1, &stored).expect("read"),
            secret(9)
        );
        assert!(FactorSecret::decrypted(&key, 2, &stored).is_err());
        assert!(FactorSecret::decrypted(&SiteKey::new([4; 16]), 1, &stored).is_err());
    }

    proptest! {
        #[test]
        fn a_code_is_good_one_step_before_and_after_its_own(
            byte in any::<u8>(), at in 100_000u64..4_000_000_000, away in -200i64..200,
        ) {
            let (secret, step) = (secret(byte), at / 30);
            let code = secret.code(at.cast_signed());
            let asked = at.saturating_add_signed(away);
            let near = (asked / 30).abs_diff(step) <= 1;
            // Other steps may have the same code by chance.
            let found = secret.step_at(&code, asked);
            prop_assert!(!near || found.is_some());
            prop_assert!(found.is_none_or(|found| found.abs_diff(asked / 30) <= 1));
            if let Some(found) = found {
                prop_assert_eq!(secret.code((found * 30).cast_signed()), code);
            }
        }
    }
}
