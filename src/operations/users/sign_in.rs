//! Signing in with name, password and code.

use super::attempts::Attempt;
use super::password::{BUSY, Turn};
use super::sessions::{BegunSession, begin_session};
use super::{CredentialProblem, SignInPolicy, second_factor};
use crate::ledger::{Credentials, EventAction, Ledger, User};
use crate::operations::error::Result;
use crate::site::Site;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// What a person typed, and where.
#[derive(Clone, Copy)]
pub(crate) struct SignInForm<'a> {
    pub(crate) name: &'a str,
    pub(crate) password: &'a str,
    /// Of the second factor, or a one-time code.
    pub(crate) code: Option<&'a str>,
    pub(crate) address: IpAddr,
}

impl fmt::Debug for SignInForm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignInForm(..)")
    }
}

/// How an attempt to sign in ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SignIn {
    Session(BegunSession),
    /// Name and password are right; the code is missing.
    CodeNeeded,
    /// Name and password are right, but the account has no second factor and needs one: a new link lets the person set it up.
    LinkNeeded,
    /// Name, password or code is not right, or the account is shut out; which one is not told.
    Refused,
    /// Too many attempts failed, or too many are made at this moment.
    TooMany {
        retry_after: Duration,
    },
}

/// Signs a person in. An unknown name is answered like a wrong password, and as late.
///
/// # Errors
/// The ledger or the site's key failed.
pub(crate) fn sign_in(site: &Site, form: &SignInForm<'_>, policy: &SignInPolicy) -> Result<SignIn> {
    let ledger = &mut *site.ledger()?;
    let attempt = match Attempt::begin(site, ledger, form.name, form.address)? {
        Ok(attempt) => attempt,
        Err(CredentialProblem::TooMany { retry_after }) => {
            return Ok(SignIn::TooMany { retry_after });
        }
        Err(_) => return Ok(SignIn::Refused),
    };
    let user = ledger.user(&form.name.trim().to_ascii_lowercase())?;
    let credentials = match &user {
        Some(user) => ledger.credentials(user.number)?,
        None => Credentials::default(),
    };
    let Some(turn) = Turn::wait() else {
        attempt.withdraw(ledger)?;
        return Ok(SignIn::TooMany { retry_after: BUSY });
    };
    let right = turn.verify(form.password, credentials.password.as_deref());
    let known = user.as_ref().map(|user| user.name.clone());
    let Some(user) = user.filter(|user| right && !user.disabled) else {
        attempt.failed(site, ledger, known.as_deref())?;
        return Ok(SignIn::Refused);
    };
    let given = form.code.filter(|code| !code.trim().is_empty());
    match (&credentials.totp, given) {
        (Some(_), None) => {
            attempt.withdraw(ledger)?;
            return Ok(SignIn::CodeNeeded);
        }
        (None, _) if policy.second_factor_required => {
            attempt.withdraw(ledger)?;
            return Ok(SignIn::LinkNeeded);
        }
        (Some(stored), Some(code)) if !second_factor::take(site, ledger, &user, stored, code)? => {
            attempt.failed(site, ledger, Some(&user.name))?;
            return Ok(SignIn::Refused);
        }
        _ => {}
    }
    attempt.succeeded(ledger)?;
    let session = begin_session(
        site,
        ledger,
        &user,
        form.address,
        policy,
        EventAction::SignedIn,
    )?;
    Ok(SignIn::Session(session))
}

/// Checks the password, or with a second factor the code, of a user who is signed in and does something that needs it.
pub(super) fn prove(
    site: &Site,
    ledger: &mut dyn Ledger,
    user: &User,
    proof: Proof<'_>,
    address: IpAddr,
) -> Result<std::result::Result<(), CredentialProblem>> {
    let attempt = match Attempt::begin(site, ledger, &user.name, address)? {
        Ok(attempt) => attempt,
        Err(problem) => return Ok(Err(problem)),
    };
    let credentials = ledger.credentials(user.number)?;
    let (right, problem) = match (proof, &credentials.totp) {
        (Proof::Code(code), Some(stored)) => {
            let right = second_factor::take(site, ledger, user, stored, code)?;
            (right, CredentialProblem::WrongCode)
        }
        (Proof::Code(_), None) => (false, CredentialProblem::WrongCode),
        (Proof::Password(password), _) => {
            let Some(turn) = Turn::wait() else {
                attempt.withdraw(ledger)?;
                return Ok(Err(CredentialProblem::TooMany { retry_after: BUSY }));
            };
            let right = turn.verify(password, credentials.password.as_deref());
            (right, CredentialProblem::WrongPassword)
        }
    };
    if right {
        attempt.withdraw(ledger)?;
        return Ok(Ok(()));
    }
    attempt.failed(site, ledger, Some(&user.name))?;
    Ok(Err(problem))
}

/// What proves that a person who is signed in is still the same.
#[derive(Clone, Copy)]
pub(super) enum Proof<'a> {
    Password(&'a str),
    /// Of the second factor, or a one-time code.
    Code(&'a str),
}
