//! Those who sign in to the dashboard and the API: accounts, links to enrol by, passwords and second factors, sessions,
//! tokens. The tables call an account a user, for the accounts of the benefits platform have that word there.
//!
//! A link is used once, within a day, and by it a person chooses a password and confirms a second factor. What is shown of a
//! secret is shown once. The ledger has hashes only; the secrets of second factors, also those that are shown and not confirmed
//! yet, are in it encrypted under the site's key, so no form carries one.
//!
//! The functions hash passwords and wait for the ledger: a server calls them from threads that may block. In whose name they
//! act says the site ([`Site::for_user`]); of sessions and sign-ins it is the user's own.

mod accounts;
mod attempts;
mod demo_links;
mod enrolment;
mod own_account;
mod password;
mod second_factor;
mod sessions;
mod sign_in;
mod tokens;
mod views;

use super::error::{OperationError, Result};
use crate::domain::masking::masked;
use crate::domain::{Authority, SecretToken};
use crate::ledger::{Event, EventAction, Ledger, User};
use crate::site::{RunError, Site};
use crate::spool::random_bytes;
pub(crate) use accounts::{
    AccountList, AccountState, ListedAccount, MadeLink, accounts, add_account, disable_account,
    enable_account, new_link, reset_second_factor, set_authority,
};
pub(crate) use demo_links::DemoLinks;
pub(crate) use enrolment::{
    ChosenCredentials, Enrolled, Enrolment, enrol, enrolment, setup_of_enrolment,
};
pub(crate) use own_account::{
    begin_second_factor, change_password, confirm_second_factor, new_one_time_codes,
    one_time_codes_left, pending_second_factor,
};
pub(crate) use second_factor::SecondFactorSetup;
pub(crate) use sessions::{
    Activity, BegunSession, ListedSession, bearer, revoke_other_sessions, revoke_session, session,
    sessions_of, sign_out,
};
pub(crate) use sign_in::{SignIn, SignInForm, sign_in};
use std::fmt;
use std::time::Duration;
pub(crate) use tokens::{ListedToken, MadeToken, new_token, revoke_token};
pub(crate) use views::{record_view, views};

/// How long sessions last, and whether a second factor is needed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SignInPolicy {
    /// A session ends that was not used for so long.
    pub(crate) idle: Duration,
    /// A session ends that began so long ago.
    pub(crate) longest: Duration,
    pub(crate) second_factor_required: bool,
}

/// Who asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CurrentUser {
    pub(crate) number: i64,
    /// In whose name it is done.
    pub(crate) name: String,
    pub(crate) authority: Authority,
    /// Whether the account has a second factor.
    pub(crate) second_factor: bool,
    /// The session; `None`: a program with a token.
    pub(crate) session: Option<i64>,
}

impl CurrentUser {
    fn of(user: User, session: Option<i64>) -> CurrentUser {
        CurrentUser {
            number: user.number,
            name: user.name,
            authority: user.authority,
            second_factor: user.second_factor,
            session,
        }
    }
}

/// Why what a person typed was not taken. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CredentialProblem {
    /// The link was used, is past its time, or never was.
    Link,
    PasswordShort,
    PasswordLong,
    /// The new password is the name, or one character over and over.
    PasswordPlain,
    WrongPassword,
    WrongCode,
    /// A code is needed.
    CodeMissing,
    /// Too many attempts failed; the next may be made after this time.
    TooMany {
        retry_after: Duration,
    },
}

impl fmt::Display for CredentialProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CredentialProblem::Link => f.write_str(
                "This link was used or is too old. Ask for a new one: an administrator gets it on the page Accounts or with `feedgate account link NAME`.",
            ),
            CredentialProblem::PasswordShort => {
                write!(f, "The password is too short: choose {} characters or more, such as four words.", password::SHORTEST)
            }
            CredentialProblem::PasswordLong => {
                write!(f, "The password is too long: choose {} bytes or fewer.", password::LONGEST)
            }
            CredentialProblem::PasswordPlain => f.write_str(
                "The password can be guessed: it has the account's name or few different characters. Choose another, such as four words.",
            ),
            CredentialProblem::WrongPassword => f.write_str("The password is not right."),
            CredentialProblem::WrongCode => f.write_str(
                "The code is not right. A code is good for half a minute and once: wait for the next one, and check that the clock of the phone is right.",
            ),
            CredentialProblem::CodeMissing => f.write_str("Type the code that the app on your phone shows."),
            CredentialProblem::TooMany { retry_after } => {
                let minutes = retry_after.as_secs().div_ceil(60).max(1);
                let s = if minutes == 1 { "" } else { "s" };
                write!(f, "Too many attempts failed. Try again in {minutes} minute{s}.")
            }
        }
    }
}

/// The result of an operation on what a person typed.
pub(crate) type Checked<T> = Result<std::result::Result<T, CredentialProblem>>;

/// Longest name of an account.
const LONGEST_NAME: usize = 64;
/// In whose name the program itself acts, or the system's first user.
const RESERVED_NAMES: [&str; 4] = ["daemon", "feedgate", "root", "scheduler"];

/// The name of an account as it is stored: in lower case.
fn read_name(text: &str) -> Result<String> {
    let name = text.trim().to_ascii_lowercase();
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good = name.len() <= LONGEST_NAME
        && name.starts_with(letter)
        && name.chars().all(|c| letter(c) || "._-@+".contains(c))
        && masked(&name) == name;
    if !good {
        return Err(OperationError::usage(format!(
            "the name of an account is at most {LONGEST_NAME} letters, digits and the signs . _ - @ +, and begins with a letter or a digit, such as ada or ada@example.com"
        )));
    }
    if RESERVED_NAMES.contains(&name.as_str()) {
        return Err(OperationError::usage(format!(
            "{name} is the name under which the program or the system acts; choose another"
        )));
    }
    Ok(name)
}

/// The user of a name as it was typed.
fn known_user(ledger: &dyn Ledger, name: &str) -> Result<User> {
    let found = ledger.user(&name.trim().to_ascii_lowercase())?;
    found.ok_or_else(|| {
        OperationError::usage(
            "there is no account of this name; `feedgate account list` lists them",
        )
    })
}

/// An event about a user, by another one or the user.
fn event(site: &Site, by: &str, action: EventAction, about: &str, why: Option<String>) -> Event {
    Event {
        at: site.now(),
        user: by.to_owned(),
        action,
        subject: about.to_owned(),
        why,
    }
}

/// A new secret that no one can guess.
fn random_token(prefix: &str) -> Result<SecretToken> {
    let random = random_bytes().map_err(RunError::from)?;
    Ok(SecretToken::of(prefix, &random))
}

#[cfg(test)]
mod tests;
