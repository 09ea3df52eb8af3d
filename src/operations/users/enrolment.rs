//! Enrolling by a link: a person chooses a password, confirms a second factor, and is signed in. A link for a forgotten
//! password asks for a code of the second factor that the person has.

use super::attempts::{Attempt, name_hash};
use super::password::{self, BUSY, Turn};
use super::second_factor::{FactorSecret, SecondFactorSetup, one_time_codes, take};
use super::sessions::{BegunSession, expires};
use super::{Checked, CredentialProblem, SignInPolicy, event, random_token};
use crate::domain::{Authority, SecretToken, SiteKey, TokenHash};
use crate::ledger::{EnrolmentLink, EventAction, Ledger, NewCredentials, NewSession};
use crate::operations::error::Result;
use crate::site::Site;
use chrono::{DateTime, FixedOffset};
use std::fmt;
use std::net::IpAddr;

/// Whom a link is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Enrolment {
    pub(crate) name: String,
    pub(crate) authority: Authority,
    pub(crate) until: DateTime<FixedOffset>,
    /// Whether the person has a second factor, of which a code is needed; otherwise one can be set up
    /// ([`setup_of_enrolment`]).
    pub(crate) has_second_factor: bool,
    /// Whether the person had a password before.
    pub(crate) enrolled: bool,
}

/// What a person chose.
#[derive(Clone, Copy)]
pub(crate) struct ChosenCredentials<'a> {
    pub(crate) password: &'a str,
    /// Of the second factor that is being set up, or that the person has. Empty: no second factor is set up.
    pub(crate) code: &'a str,
    pub(crate) address: IpAddr,
}

impl fmt::Debug for ChosenCredentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChosenCredentials(..)")
    }
}

/// A person who has enrolled and is signed in.
#[derive(Debug)]
pub(crate) struct Enrolled {
    pub(crate) name: String,
    pub(crate) session: BegunSession,
    /// Shown now and never again; none where no second factor was set up.
    pub(crate) one_time_codes: Vec<SecretToken>,
}

/// Whom a link is for, by what stands behind the last slash; `None`: it can't be used, or no longer.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn enrolment(site: &Site, token: &str) -> Result<Option<Enrolment>> {
    let found = open_link(site, &*site.ledger_for_reading()?, token)?;
    Ok(found.map(|link| Enrolment {
        until: link
            .until
            .with_timezone(&site.config.site.timezone)
            .fixed_offset(),
        has_second_factor: link.user.second_factor,
        enrolled: link.user.enrolled,
        name: link.user.name,
        authority: link.user.authority,
    }))
}

fn open_link(site: &Site, ledger: &dyn Ledger, token: &str) -> Result<Option<EnrolmentLink>> {
    Ok(ledger.enrolment(TokenHash::of(token), site.now().to_utc())?)
}

/// What the person of a link needs to set up a second factor: the same each time it is asked for. `None`: the link can't be used, or
/// the person has one.
///
/// # Errors
/// The ledger or the site's key failed.
pub(crate) fn setup_of_enrolment(site: &Site, token: &str) -> Result<Option<SecondFactorSetup>> {
    let ledger = &mut *site.ledger()?;
    let Some(link) = open_link(site, ledger, token)?.filter(|link| !link.user.second_factor) else {
        return Ok(None);
    };
    let key = site.key()?;
    let secret = match pending(&key, &link)? {
        Some(secret) => secret,
        None => {
            let secret = FactorSecret::random()?;
            let stored = secret.encrypted(&key, link.user.number);
            ledger.keep_pending(TokenHash::of(token), &stored)?;
            secret
        }
    };
    SecondFactorSetup::of(&secret, &link.user.name).map(Some)
}

fn pending(key: &SiteKey, link: &EnrolmentLink) -> Result<Option<FactorSecret>> {
    let stored = link.pending.as_ref();
    let secret = stored.map(|stored| FactorSecret::decrypted(key, link.user.number, stored));
    secret.transpose()
}

/// What is stored of a second factor that a person confirmed.
struct ConfirmedFactor {
    secret: Vec<u8>,
    step: u64,
    codes: Vec<SecretToken>,
    hashes: Vec<u64>,
}

/// Uses a link: stores the password and the second factor whose first code was given, and signs the person in. That code has been
/// taken by this.
///
/// # Errors
/// The ledger or the site's key failed.
pub(crate) fn enrol(
    site: &Site,
    token: &str,
    chosen: &ChosenCredentials<'_>,
    policy: &SignInPolicy,
) -> Checked<Enrolled> {
    let ledger = &mut *site.ledger()?;
    let Some(link) = open_link(site, ledger, token)? else {
        return Ok(Err(CredentialProblem::Link));
    };
    if let Err(problem) = password::check(chosen.password, &link.user.name) {
        return Ok(Err(problem));
    }
    let no_code = chosen.code.trim().is_empty();
    if no_code && (link.user.second_factor || policy.second_factor_required) {
        return Ok(Err(CredentialProblem::CodeMissing));
    }
    let Some(turn) = Turn::wait() else {
        return Ok(Err(CredentialProblem::TooMany { retry_after: BUSY }));
    };
    let password = turn.hash(chosen.password)?;
    let key = site.key()?;
    let factor = match (link.user.second_factor, no_code) {
        (true, _) => match code_of_own_factor(site, ledger, &link, token, chosen)? {
            Ok(()) => None,
            Err(problem) => return Ok(Err(problem)),
        },
        (false, true) => None,
        (false, false) => match confirmed(site, &key, &link, chosen.code)? {
            Some(factor) => Some(factor),
            None => return Ok(Err(CredentialProblem::WrongCode)),
        },
    };
    let cookie = random_token("")?;
    let address = chosen.address.to_canonical().to_string();
    let from = format!("from {address}");
    let used = event(
        site,
        &link.user.name,
        EventAction::UserEnrolled,
        &link.user.name,
        Some(from),
    );
    let number = ledger.enrol(
        TokenHash::of(token),
        &NewCredentials {
            user: link.user.number,
            password: &password,
            second_factor: factor
                .as_ref()
                .map(|f| (&f.secret[..], f.step, &f.hashes[..])),
        },
        &NewSession {
            cookie: cookie.hash(),
            user: link.user.number,
            address: &address,
            at: site.now().to_utc(),
        },
        &used,
    )?;
    let Some(number) = number else {
        return Ok(Err(CredentialProblem::Link));
    };
    ledger.forget_failures(name_hash(&key, &link.user.name))?;
    Ok(Ok(Enrolled {
        name: link.user.name,
        session: BegunSession {
            cookie,
            number,
            expires: expires(site, policy),
        },
        one_time_codes: factor.map(|factor| factor.codes).unwrap_or_default(),
    }))
}

/// The second factor that was shown, if the code is one of it.
fn confirmed(
    site: &Site,
    key: &SiteKey,
    link: &EnrolmentLink,
    code: &str,
) -> Result<Option<ConfirmedFactor>> {
    let Some(secret) = pending(key, link)? else {
        return Ok(None);
    };
    let Some(step) = secret.step(code, site) else {
        return Ok(None);
    };
    let user = link.user.number;
    let (codes, hashes) = one_time_codes(key, user)?;
    Ok(Some(ConfirmedFactor {
        secret: secret.encrypted(key, user),
        step,
        codes,
        hashes,
    }))
}

/// Takes a code of the second factor that the person has. Wrong ones count for the link, so that failures on the name keep
/// no one from it.
fn code_of_own_factor(
    site: &Site,
    ledger: &mut dyn Ledger,
    link: &EnrolmentLink,
    token: &str,
    chosen: &ChosenCredentials<'_>,
) -> Checked<()> {
    let attempt = match Attempt::begin(site, ledger, token, chosen.address)? {
        Ok(attempt) => attempt,
        Err(problem) => return Ok(Err(problem)),
    };
    let stored = ledger
        .credentials(link.user.number)?
        .totp
        .unwrap_or_default();
    if take(site, ledger, &link.user, &stored, chosen.code)? {
        attempt.withdraw(ledger)?;
        return Ok(Ok(()));
    }
    attempt.failed(site, ledger, None)?;
    Ok(Err(CredentialProblem::WrongCode))
}
