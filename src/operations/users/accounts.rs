//! The accounts of a site, as those see and change them who manage them.

use super::attempts::name_hash;
use super::tokens::{ListedToken, listed_tokens};
use super::{event, known_user, random_token, read_name};
use crate::config::{Listen, Web};
use crate::domain::{Authority, Right, Role};
use crate::ledger::{EventAction, Ledger, NewLink, NewUser, User};
use crate::operations::error::{OperationError, Result};
use crate::site::Site;
use crate::status::{to_the_second, to_the_second_if_any};
use chrono::{DateTime, FixedOffset, TimeDelta};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// How long a link to enrol by can be used.
const LINK_LASTS: TimeDelta = TimeDelta::hours(24);
/// Where the dashboard is on the machine itself, as `init` writes it.
const INITIAL_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8420);

/// The accounts of a site.
#[derive(Debug, Serialize)]
pub(crate) struct AccountList {
    /// They stand in the order of their names.
    pub(crate) accounts: Vec<ListedAccount>,
    /// All are listed at once.
    next: Option<()>,
}

/// An account as those see it who manage accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ListedAccount {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) see_values: bool,
    /// The only integrations that it sees; `None`: all.
    pub(crate) integrations: Option<BTreeSet<String>>,
    pub(crate) state: AccountState,
    pub(crate) second_factor: bool,
    #[serde(serialize_with = "to_the_second")]
    pub(crate) created: DateTime<FixedOffset>,
    #[serde(serialize_with = "to_the_second_if_any")]
    pub(crate) last_sign_in: Option<DateTime<FixedOffset>>,
    pub(crate) tokens: Vec<ListedToken>,
}

/// Whether an account can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub(crate) enum AccountState {
    Active,
    /// Its person has not used the link yet.
    Invited,
    Disabled,
}

/// A link that lets a person enrol, or choose a new password. It is shown once.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub(crate) struct MadeLink {
    pub(crate) account: String,
    pub(crate) link: String,
    #[serde(serialize_with = "to_the_second")]
    pub(crate) until: DateTime<FixedOffset>,
}

impl fmt::Debug for MadeLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MadeLink({}, ..)", self.account)
    }
}

/// Lists the accounts.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn accounts(site: &Site) -> Result<AccountList> {
    let ledger = &*site.ledger_for_reading()?;
    let mut accounts = Vec::new();
    for user in ledger.users()? {
        let tokens = listed_tokens(site, ledger.tokens(user.number)?);
        accounts.push(listed(site, user, tokens));
    }
    Ok(AccountList {
        accounts,
        next: None,
    })
}

fn listed(site: &Site, user: User, tokens: Vec<ListedToken>) -> ListedAccount {
    let zone = &site.config.site.timezone;
    ListedAccount {
        state: match (user.disabled, user.enrolled) {
            (true, _) => AccountState::Disabled,
            (false, false) => AccountState::Invited,
            (false, true) => AccountState::Active,
        },
        name: user.name,
        role: user.authority.role,
        see_values: user.authority.see_values,
        integrations: user.authority.integrations,
        second_factor: user.second_factor,
        created: user.created,
        last_sign_in: user
            .signed_in
            .map(|at| at.with_timezone(zone).fixed_offset()),
        tokens,
    }
}

/// Adds an account. The link is for the person whose account it is.
///
/// # Errors
/// The name is taken or can't be one, an integration is unknown, or the ledger failed.
pub(crate) fn add_account(site: &Site, name: &str, authority: &Authority) -> Result<MadeLink> {
    let name = read_name(name)?;
    check_integrations(site, authority)?;
    let (link, made) = link(site, &name)?;
    let new = NewUser {
        name: &name,
        authority,
        at: site.now(),
    };
    let words = Some(authority_words(authority));
    let added = event(site, site.user(), EventAction::UserAdded, &name, words);
    if !site.ledger()?.add_user(&new, Some(&link), &added)? {
        return Err(OperationError::usage(format!(
            "there is an account {name} already; `feedgate account change` changes what it may do, `feedgate account link` makes a new link"
        )));
    }
    Ok(made)
}

fn check_integrations(site: &Site, authority: &Authority) -> Result<()> {
    let mut named = authority.integrations.iter().flatten();
    Ok(named.try_for_each(|name| site.integration(name).map(drop))?)
}

/// What an account may do, in words for the event log.
pub(super) fn authority_words(authority: &Authority) -> String {
    let mut words = authority.role.to_string();
    if authority.see_values {
        words += ", sees values";
    }
    if let Some(only) = &authority.integrations {
        let only: Vec<&str> = only.iter().map(String::as_str).collect();
        words += &format!(", only {}", only.join(", "));
    }
    words
}

/// A new link: what is stored, and what is shown.
fn link(site: &Site, account: &str) -> Result<(NewLink, MadeLink)> {
    let token = random_token("")?;
    let until = site.now() + LINK_LASTS;
    let base = base_address(&site.config.web);
    let new = NewLink {
        link: token.hash(),
        until: until.to_utc(),
    };
    let made = MadeLink {
        account: account.to_owned(),
        link: format!("{}/sign-in/{}", base.trim_end_matches('/'), token.reveal()),
        until,
    };
    Ok((new, made))
}

/// Where browsers find the dashboard: as configured, else at the address at which it listens, on the machine itself.
fn base_address(web: &Web) -> String {
    if let Some(base) = &web.base_url {
        return base.clone();
    }
    let scheme = if web.tls.is_some() { "https" } else { "http" };
    let mut address = match &web.listen {
        Some(Listen::Tcp(address)) => *address,
        // What stands before a socket, only `base_url` can say.
        Some(Listen::Unix(_)) => return format!("{scheme}://localhost"),
        None => INITIAL_ADDRESS,
    };
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("{scheme}://{address}")
}

/// Whether the user can sign in and manage accounts.
fn administers(user: &User) -> bool {
    user.enrolled && !user.disabled && user.authority.has(Right::Administer)
}

/// Refuses to take the right to manage accounts from the last user who has it.
fn keep_an_administrator(ledger: &dyn Ledger, user: &User) -> Result<()> {
    let mut others = ledger.users()?.into_iter();
    let other = others.any(|other| other.number != user.number && administers(&other));
    match !administers(user) || other {
        true => Ok(()),
        false => Err(OperationError::usage(format!(
            "{name} is the only account that can sign in and manage accounts; first let another enrol with `feedgate account add NAME --role admin`. `feedgate account reset-second-factor {name}` ends the sessions of {name} at once",
            name = user.name
        ))),
    }
}

/// Changes what an account may do, at once also where its person is signed in.
///
/// # Errors
/// There is no such account, an integration is unknown, it is the last that manages accounts, or the ledger failed.
pub(crate) fn set_authority(site: &Site, name: &str, authority: &Authority) -> Result<()> {
    check_integrations(site, authority)?;
    let ledger = &mut *site.ledger()?;
    let user = known_user(ledger, name)?;
    if !authority.has(Right::Administer) {
        keep_an_administrator(ledger, &user)?;
    }
    let words = Some(authority_words(authority));
    let changed = event(
        site,
        site.user(),
        EventAction::UserChanged,
        &user.name,
        words,
    );
    Ok(ledger.set_authority(user.number, authority, &changed)?)
}

/// Shuts an account out: its sessions end and its link and tokens are not taken. `false`: it was shut out before.
///
/// # Errors
/// There is no such account, it is the last that manages accounts, or the ledger failed.
pub(crate) fn disable_account(site: &Site, name: &str) -> Result<bool> {
    set_disabled(site, name, true, EventAction::UserDisabled)
}

/// Lets an account in again, with its password, second factor and tokens. `false`: it was not shut out.
///
/// # Errors
/// There is no such account, or the ledger failed.
pub(crate) fn enable_account(site: &Site, name: &str) -> Result<bool> {
    set_disabled(site, name, false, EventAction::UserEnabled)
}

fn set_disabled(site: &Site, name: &str, disabled: bool, action: EventAction) -> Result<bool> {
    let ledger = &mut *site.ledger()?;
    let user = known_user(ledger, name)?;
    if user.disabled == disabled {
        return Ok(false);
    }
    if disabled {
        keep_an_administrator(ledger, &user)?;
    }
    let set = event(site, site.user(), action, &user.name, None);
    ledger.set_disabled(user.number, disabled, &set)?;
    Ok(true)
}

/// The user of a name, who must not be shut out.
fn open_user(ledger: &dyn Ledger, name: &str) -> Result<User> {
    let user = known_user(ledger, name)?;
    if user.disabled {
        return Err(OperationError::usage(format!(
            "the account {name} is disabled; `feedgate account enable {name}` lets it in again",
            name = user.name
        )));
    }
    Ok(user)
}

/// Makes a new link, in place of an earlier one, for a person who has not enrolled or forgot the password. Password and second
/// factor stay until the link is used. Waits after failed sign-ins are over.
///
/// # Errors
/// There is no such account, it is disabled, or the ledger failed.
pub(crate) fn new_link(site: &Site, name: &str) -> Result<MadeLink> {
    let ledger = &mut *site.ledger()?;
    let user = open_user(ledger, name)?;
    let (link, made) = link(site, &user.name)?;
    let event = event(
        site,
        site.user(),
        EventAction::UserLinkMade,
        &user.name,
        None,
    );
    ledger.make_link(user.number, &link, &event)?;
    ledger.forget_failures(name_hash(&site.key()?, &user.name))?;
    Ok(made)
}

/// Makes second factor and one-time codes of an account void, ends its sessions, and makes a link by which its person sets up another.
///
/// # Errors
/// There is no such account, it is disabled, or the ledger failed.
pub(crate) fn reset_second_factor(site: &Site, name: &str) -> Result<MadeLink> {
    let ledger = &mut *site.ledger()?;
    let user = open_user(ledger, name)?;
    let (link, made) = link(site, &user.name)?;
    let event = event(
        site,
        site.user(),
        EventAction::SecondFactorReset,
        &user.name,
        None,
    );
    ledger.reset_second_factor(user.number, &link, &event)?;
    Ok(made)
}
