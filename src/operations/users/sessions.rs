//! Sessions in a browser, and who asks with a cookie or a token.

use super::{CurrentUser, SignInPolicy, event, random_token};
use crate::domain::{SecretToken, TokenHash};
use crate::ledger::{EventAction, Ledger, LedgerError, NewSession, OpenSession, Sustained, User};
use crate::operations::error::Result;
use crate::site::Site;
use crate::status::to_the_second;
use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use serde::Serialize;
use std::net::IpAddr;
use std::time::Duration;

/// Sessions of one user; the oldest ends where there is one more.
const MOST_SESSIONS: u32 = 20;
/// How often it is noted that a session or a token is in use.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);
/// How long a request waits to note that.
const PATIENCE: Duration = Duration::from_millis(200);
/// What a token of the API begins with.
pub(super) const TOKEN_PREFIX: &str = "fg_";

/// A session that has begun.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BegunSession {
    /// The value of the cookie.
    pub(crate) cookie: SecretToken,
    pub(crate) number: i64,
    /// When it ends in any case.
    pub(crate) expires: DateTime<FixedOffset>,
}

/// Whether a person asks, or a page that asks by itself for what is new. The latter keeps no session open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    Person,
    Poll,
}

/// A session as its user sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ListedSession {
    pub(crate) number: i64,
    /// The network address from which it began.
    pub(crate) address: String,
    #[serde(serialize_with = "to_the_second")]
    pub(crate) created: DateTime<FixedOffset>,
    #[serde(serialize_with = "to_the_second")]
    pub(crate) last_seen: DateTime<FixedOffset>,
    /// Whether it is the one that asks.
    pub(crate) current: bool,
}

fn before(at: DateTime<Utc>, time: Duration) -> DateTime<Utc> {
    let time = TimeDelta::from_std(time).ok();
    let before = time.and_then(|time| at.checked_sub_signed(time));
    before.unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// What a session must be younger than.
fn sustained(now: DateTime<Utc>, policy: &SignInPolicy) -> Sustained {
    Sustained {
        created: before(now, policy.longest),
        seen: before(now, policy.idle),
    }
}

pub(super) fn expires(site: &Site, policy: &SignInPolicy) -> DateTime<FixedOffset> {
    let now = site.now();
    let longest = TimeDelta::from_std(policy.longest).ok();
    longest
        .and_then(|time| now.checked_add_signed(time))
        .unwrap_or(now)
}

/// Begins a session of a user who has proved who it is.
pub(super) fn begin_session(
    site: &Site,
    ledger: &mut dyn Ledger,
    user: &User,
    address: IpAddr,
    policy: &SignInPolicy,
    action: EventAction,
) -> Result<BegunSession> {
    let (cookie, now) = (random_token("")?, site.now().to_utc());
    let address = address.to_canonical().to_string();
    let new = NewSession {
        cookie: cookie.hash(),
        user: user.number,
        address: &address,
        at: now,
    };
    let from = format!("from {address}");
    let event = event(site, &user.name, action, &user.name, Some(from));
    let number = ledger.begin_session(&new, MOST_SESSIONS, sustained(now, policy), &event)?;
    Ok(BegunSession {
        cookie,
        number,
        expires: expires(site, policy),
    })
}

/// The user of a session, by the value of its cookie. `None`: there is no such session, it was ended, was too long unused
/// or is too old, or its user is shut out. The ledger may be one that is open for reading.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn session(
    site: &Site,
    ledger: &dyn Ledger,
    cookie: &str,
    policy: &SignInPolicy,
    activity: Activity,
) -> Result<Option<CurrentUser>> {
    let Some(found) = ledger.session(TokenHash::of(cookie))? else {
        return Ok(None);
    };
    let now = site.now().to_utc();
    if found.user.disabled || !lasts(&found, sustained(now, policy)) {
        return Ok(None);
    }
    if activity == Activity::Person && now - found.seen >= NOTED_EVERY {
        note(site, |ledger| ledger.session_seen(found.number, now))?;
    }
    Ok(Some(CurrentUser::of(found.user, Some(found.number))))
}

fn lasts(session: &OpenSession, sustained: Sustained) -> bool {
    session.created >= sustained.created && session.seen >= sustained.seen
}

/// Notes that something is in use; where the ledger is busy, the next request does.
fn note(
    site: &Site,
    write: impl FnOnce(&mut dyn Ledger) -> std::result::Result<(), LedgerError>,
) -> Result<()> {
    let mut ledger = site.ledger()?;
    ledger.set_patience(PATIENCE)?;
    match write(&mut *ledger) {
        Err(error) if !error.is_transient() => Err(error.into()),
        _ => Ok(()),
    }
}

/// The user of a token of the API, as it stands behind `Bearer` in a request. The ledger may be one that is open for reading.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn bearer(site: &Site, ledger: &dyn Ledger, token: &str) -> Result<Option<CurrentUser>> {
    if !token.starts_with(TOKEN_PREFIX) {
        return Ok(None);
    }
    let Some((found, user)) = ledger.token(TokenHash::of(token))? else {
        return Ok(None);
    };
    if user.disabled {
        return Ok(None);
    }
    let now = site.now().to_utc();
    if found.used.is_none_or(|used| now - used >= NOTED_EVERY) {
        note(site, |ledger| ledger.token_used(found.number, now))?;
    }
    Ok(Some(CurrentUser::of(user, None)))
}

/// Ends the session of the user who asks.
///
/// # Errors
/// The ledger can't be written.
pub(crate) fn sign_out(site: &Site, user: &CurrentUser) -> Result<()> {
    if let Some(session) = user.session {
        revoke_session(site, user, session)?;
    }
    Ok(())
}

/// The sessions of a user that last, the newest first.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn sessions_of(
    site: &Site,
    user: &CurrentUser,
    policy: &SignInPolicy,
) -> Result<Vec<ListedSession>> {
    let sustained = sustained(site.now().to_utc(), policy);
    let sessions = site.ledger_for_reading()?.sessions(user.number)?;
    let lasting = sessions.into_iter().filter(|s| lasts(s, sustained));
    let local = |at: DateTime<Utc>| at.with_timezone(&site.config.site.timezone).fixed_offset();
    let listed = lasting.map(|session| ListedSession {
        current: user.session == Some(session.number),
        number: session.number,
        address: session.address,
        created: local(session.created),
        last_seen: local(session.seen),
    });
    Ok(listed.collect())
}

/// Ends a session of the user who asks. `false`: it has ended before, or is another's.
///
/// # Errors
/// The ledger can't be written.
pub(crate) fn revoke_session(site: &Site, user: &CurrentUser, session: i64) -> Result<bool> {
    let event = event(site, &user.name, EventAction::SignedOut, &user.name, None);
    Ok(site.ledger()?.end_session(user.number, session, &event)?)
}

/// Ends all sessions of the user who asks but the one that asks. Returns how many there were.
///
/// # Errors
/// The ledger can't be read or written.
pub(crate) fn revoke_other_sessions(
    site: &Site,
    user: &CurrentUser,
    policy: &SignInPolicy,
) -> Result<usize> {
    let mut ended = 0;
    for session in sessions_of(site, user, policy)? {
        if !session.current && revoke_session(site, user, session.number)? {
            ended += 1;
        }
    }
    Ok(ended)
}
