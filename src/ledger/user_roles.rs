//! What a ledger does about those who sign in to the dashboard; see [`super::roles`].

use super::error::Result;
use super::{
    ApiToken, AttemptLimit, Credentials, EnrolmentLink, Event, NewApiToken, NewAttempt,
    NewCredentials, NewLink, NewSession, NewUser, OpenSession, Sustained, User,
};
use crate::domain::{Authority, TokenHash};
use chrono::{DateTime, Utc};

/// Everything about those who sign in.
pub trait SignIns: Users + EnrolmentLinks + Sessions + ApiTokens + SignInAttempts {}
impl<T: Users + EnrolmentLinks + Sessions + ApiTokens + SignInAttempts> SignIns for T {}

/// Users, and what proves that a person is one of them.
pub trait Users {
    /// All users, by name.
    fn users(&self) -> Result<Vec<User>>;

    /// The user of this name, which is in lower case.
    fn user(&self, name: &str) -> Result<Option<User>>;

    fn credentials(&self, user: i64) -> Result<Credentials>;

    /// Adds a user, with a link to enrol by if one is given, and writes the event. `false`: there is one of this name, and
    /// nothing is written.
    fn add_user(
        &mut self,
        new: &NewUser<'_>,
        link: Option<&NewLink>,
        event: &Event,
    ) -> Result<bool>;

    /// Changes what a user may do, and writes the event.
    fn set_authority(&mut self, user: i64, authority: &Authority, event: &Event) -> Result<()>;

    /// Shuts a user out, with sessions and link, or lets the user in again, and writes the event. Tokens stay, and are not
    /// taken while the user is shut out.
    fn set_disabled(&mut self, user: i64, disabled: bool, event: &Event) -> Result<()>;

    /// Stores another password, ends all sessions but `besides`, and writes the event.
    fn set_password(&mut self, user: i64, hash: &str, besides: i64, event: &Event) -> Result<()>;

    /// Stores the secret of another second factor, whose code of this step was given, with new one-time codes (keyed hashes), ends
    /// all sessions but `besides`, and writes the event.
    fn set_second_factor(
        &mut self,
        user: i64,
        factor: (&[u8], u64),
        codes: &[u64],
        besides: i64,
        event: &Event,
    ) -> Result<()>;

    /// Forgets second factor, one-time codes and sessions, leaves a link to enrol by, and writes the event.
    fn reset_second_factor(&mut self, user: i64, link: &NewLink, event: &Event) -> Result<()>;

    /// Takes the code of a step of the second factor. `false`: a code of this step or a later one was taken before.
    fn take_step(&mut self, user: i64, step: u64) -> Result<bool>;

    /// Takes a one-time code, by its keyed hash, and writes the event. `false`: there is no such code, or no longer.
    fn take_code(&mut self, user: i64, code: u64, event: &Event) -> Result<bool>;

    /// Stores new one-time codes (keyed hashes) in place of all that are left, and writes the event.
    fn replace_codes(&mut self, user: i64, codes: &[u64], event: &Event) -> Result<()>;
}

/// Links by which users enrol or choose a new password. A user has one at most.
pub trait EnrolmentLinks {
    /// The user of a link that has not been used, is not past its time, and whose user is not shut out.
    fn enrolment(&self, link: TokenHash, now: DateTime<Utc>) -> Result<Option<EnrolmentLink>>;

    /// Makes a link, in place of the user's earlier one, and writes the event.
    fn make_link(&mut self, user: i64, link: &NewLink, event: &Event) -> Result<()>;

    /// Keeps the secret of a second factor that is shown and not confirmed with the link.
    fn keep_pending(&mut self, link: TokenHash, secret: &[u8]) -> Result<()>;

    /// Uses a link: stores what the person chose, ends all sessions, begins one, and writes the event. `None`: the link was
    /// used before, and nothing is written.
    fn enrol(
        &mut self,
        link: TokenHash,
        new: &NewCredentials<'_>,
        session: &NewSession<'_>,
        event: &Event,
    ) -> Result<Option<i64>>;
}

/// Sessions of users in a browser.
pub trait Sessions {
    /// Begins a session, in place of the user's oldest where there are as many as `most`, forgets those that began or were
    /// seen before `stale`, and writes the event. Returns its number.
    fn begin_session(
        &mut self,
        session: &NewSession<'_>,
        most: u32,
        stale: Sustained,
        event: &Event,
    ) -> Result<i64>;

    /// The session of this cookie, whatever its age, with its user.
    fn session(&self, cookie: TokenHash) -> Result<Option<OpenSession>>;

    /// Notes that a session is in use.
    fn session_seen(&mut self, number: i64, at: DateTime<Utc>) -> Result<()>;

    /// The sessions of a user, the newest first.
    fn sessions(&self, user: i64) -> Result<Vec<OpenSession>>;

    /// Ends a session of a user and writes the event. `false`: it has ended before.
    fn end_session(&mut self, user: i64, number: i64, event: &Event) -> Result<bool>;

    /// The secret of a second factor that was shown in a session and not confirmed.
    fn pending_in_session(&self, number: i64) -> Result<Option<Vec<u8>>>;

    /// Keeps that secret, or forgets it.
    fn keep_pending_in_session(&mut self, number: i64, secret: Option<&[u8]>) -> Result<()>;
}

/// Tokens of programs that use the API in the name of a user.
pub trait ApiTokens {
    /// Adds a token and writes the event. `false`: the user has one of this label, and nothing is written.
    fn add_token(&mut self, new: &NewApiToken<'_>, event: &Event) -> Result<bool>;

    /// The token of this hash, with its user.
    fn token(&self, token: TokenHash) -> Result<Option<(ApiToken, User)>>;

    /// Notes that a token is in use.
    fn token_used(&mut self, number: i64, at: DateTime<Utc>) -> Result<()>;

    /// The tokens of a user, by label.
    fn tokens(&self, user: i64) -> Result<Vec<ApiToken>>;

    /// Revokes a token and writes the event. `false`: the user has none of this label.
    fn revoke_token(&mut self, user: i64, label: &str, event: &Event) -> Result<bool>;
}

/// Limits of attempts to sign in.
pub trait SignInAttempts {
    /// When an attempt may be made: `None` at once.
    fn attempt_after(
        &self,
        attempt: &NewAttempt,
        limits: &[AttemptLimit],
    ) -> Result<Option<DateTime<Utc>>>;

    /// Notes an attempt as failed until it is known to have succeeded, so that attempts at the same moment count each other.
    /// Either its number or, where a limit is reached, the moment from which one may be made.
    fn begin_attempt(
        &mut self,
        attempt: &NewAttempt,
        limits: &[AttemptLimit],
    ) -> Result<Result<i64, DateTime<Utc>>>;

    /// Forgets an attempt that proved nothing: it did not come to a judgement, or asks for more.
    fn withdraw_attempt(&mut self, number: i64) -> Result<()>;

    /// An attempt succeeded: the name is known to sign in from there.
    fn attempt_succeeded(&mut self, number: i64) -> Result<()>;

    /// Forgets the failed attempts of a name: the person has proved in another way who it is.
    fn forget_failures(&mut self, name: u64) -> Result<()>;
}
