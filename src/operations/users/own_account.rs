//! What a person who is signed in does to the own account.

use super::password::{self, BUSY, Turn};
use super::second_factor::{FactorSecret, SecondFactorSetup, one_time_codes};
use super::sign_in::{Proof, prove};
use super::{Checked, CredentialProblem, CurrentUser, event, known_user};
use crate::domain::SecretToken;
use crate::ledger::EventAction;
use crate::operations::error::{OperationError, Result};
use crate::site::Site;
use std::net::IpAddr;

/// The session of the person; a program with a token may not do this.
fn own_session(user: &CurrentUser) -> Result<i64> {
    user.session.ok_or_else(|| {
        OperationError::usage("a token can't change the account; sign in with name and password")
    })
}

/// Changes the password. All other sessions of the user end.
///
/// # Errors
/// A token was used, or the ledger failed.
pub(crate) fn change_password(
    site: &Site,
    user: &CurrentUser,
    old: &str,
    new: &str,
    address: IpAddr,
) -> Checked<()> {
    let session = own_session(user)?;
    if let Err(problem) = password::check(new, &user.name) {
        return Ok(Err(problem));
    }
    let ledger = &mut *site.ledger()?;
    let known = known_user(ledger, &user.name)?;
    if let Err(problem) = prove(site, ledger, &known, Proof::Password(old), address)? {
        return Ok(Err(problem));
    }
    let Some(turn) = Turn::wait() else {
        return Ok(Err(CredentialProblem::TooMany { retry_after: BUSY }));
    };
    let hash = turn.hash(new)?;
    let changed = event(
        site,
        &user.name,
        EventAction::PasswordChanged,
        &user.name,
        None,
    );
    ledger.set_password(user.number, &hash, session, &changed)?;
    Ok(Ok(()))
}

/// Begins to set up a second factor, in place of the one that the user has: `proof` is a code of that one, or the password where
/// the user has none. The old one counts until the new one is confirmed.
///
/// # Errors
/// A token was used, or the ledger or the site's key failed.
pub(crate) fn begin_second_factor(
    site: &Site,
    user: &CurrentUser,
    proof: &str,
    address: IpAddr,
) -> Checked<SecondFactorSetup> {
    let session = own_session(user)?;
    let ledger = &mut *site.ledger()?;
    let known = known_user(ledger, &user.name)?;
    let proof = match known.second_factor {
        true => Proof::Code(proof),
        false => Proof::Password(proof),
    };
    if let Err(problem) = prove(site, ledger, &known, proof, address)? {
        return Ok(Err(problem));
    }
    let secret = FactorSecret::random()?;
    let stored = secret.encrypted(&site.key()?, user.number);
    ledger.keep_pending_in_session(session, Some(&stored))?;
    SecondFactorSetup::of(&secret, &user.name).map(Ok)
}

/// What was shown in this session and is not confirmed yet.
///
/// # Errors
/// A token was used, or the ledger or the site's key failed.
pub(crate) fn pending_second_factor(
    site: &Site,
    user: &CurrentUser,
) -> Result<Option<SecondFactorSetup>> {
    let stored = site
        .ledger_for_reading()?
        .pending_in_session(own_session(user)?)?;
    let Some(stored) = stored else {
        return Ok(None);
    };
    let secret = FactorSecret::decrypted(&site.key()?, user.number, &stored)?;
    SecondFactorSetup::of(&secret, &user.name).map(Some)
}

/// Takes the first code of the second factor that was shown: from now on it counts. Returns new one-time codes, which are shown once. All
/// other sessions of the user end.
///
/// # Errors
/// A token was used, or the ledger or the site's key failed.
pub(crate) fn confirm_second_factor(
    site: &Site,
    user: &CurrentUser,
    code: &str,
) -> Checked<Vec<SecretToken>> {
    let session = own_session(user)?;
    let ledger = &mut *site.ledger()?;
    let key = site.key()?;
    let Some(stored) = ledger.pending_in_session(session)? else {
        return Ok(Err(CredentialProblem::WrongCode));
    };
    let secret = FactorSecret::decrypted(&key, user.number, &stored)?;
    let Some(step) = secret.step(code, site) else {
        return Ok(Err(CredentialProblem::WrongCode));
    };
    let (codes, hashes) = one_time_codes(&key, user.number)?;
    let changed = event(
        site,
        &user.name,
        EventAction::SecondFactorChanged,
        &user.name,
        None,
    );
    ledger.set_second_factor(user.number, (&stored, step), &hashes, session, &changed)?;
    Ok(Ok(codes))
}

/// How many one-time codes a user has left.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn one_time_codes_left(site: &Site, user: &CurrentUser) -> Result<u32> {
    Ok(site.ledger_for_reading()?.credentials(user.number)?.codes)
}

/// Makes new one-time codes, for a code of the second factor; those that are left are void. They are shown once.
///
/// # Errors
/// A token was used, or the ledger or the site's key failed.
pub(crate) fn new_one_time_codes(
    site: &Site,
    user: &CurrentUser,
    code: &str,
    address: IpAddr,
) -> Checked<Vec<SecretToken>> {
    own_session(user)?;
    let ledger = &mut *site.ledger()?;
    let known = known_user(ledger, &user.name)?;
    if let Err(problem) = prove(site, ledger, &known, Proof::Code(code), address)? {
        return Ok(Err(problem));
    }
    let (codes, hashes) = one_time_codes(&site.key()?, user.number)?;
    let made = event(
        site,
        &user.name,
        EventAction::OneTimeCodesMade,
        &user.name,
        None,
    );
    ledger.replace_codes(user.number, &hashes, &made)?;
    Ok(Ok(codes))
}
