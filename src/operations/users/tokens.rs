//! Tokens of programs that use the API in the name of an account.

use super::sessions::TOKEN_PREFIX;
use super::{event, known_user, random_token};
use crate::domain::SecretToken;
use crate::domain::masking::masked;
use crate::ledger::{ApiToken, EventAction, NewApiToken};
use crate::operations::error::{OperationError, Result};
use crate::site::Site;
use crate::status::{to_the_second, to_the_second_if_any};
use chrono::{DateTime, FixedOffset};
use serde::{Serialize, Serializer};

/// Tokens of one account.
const MOST_TOKENS: usize = 50;
/// Characters of the longest label.
const LONGEST_LABEL: usize = 60;

/// A token that was made. It is shown once.
#[derive(Debug, Serialize)]
pub(crate) struct MadeToken {
    pub(crate) account: String,
    pub(crate) label: String,
    #[serde(serialize_with = "revealed")]
    pub(crate) token: SecretToken,
}

fn revealed<S: Serializer>(token: &SecretToken, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(token.reveal())
}

/// A token as it is listed: without itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ListedToken {
    pub(crate) label: String,
    #[serde(serialize_with = "to_the_second")]
    pub(crate) created: DateTime<FixedOffset>,
    #[serde(serialize_with = "to_the_second_if_any")]
    pub(crate) last_used: Option<DateTime<FixedOffset>>,
}

pub(super) fn listed_tokens(site: &Site, tokens: Vec<ApiToken>) -> Vec<ListedToken> {
    let zone = &site.config.site.timezone;
    let listed = tokens.into_iter().map(|token| ListedToken {
        label: token.label,
        created: token.created,
        last_used: token.used.map(|at| at.with_timezone(zone).fixed_offset()),
    });
    listed.collect()
}

/// Makes a token that may do what the account may do, whatever that is when it is used. It needs no second factor. Without a label, it
/// gets the next free one of `token-1`, `token-2` and so on.
///
/// # Errors
/// There is no such account, the label is taken or can't be one, there are too many, or the ledger failed.
pub(crate) fn new_token(site: &Site, name: &str, label: Option<&str>) -> Result<MadeToken> {
    let ledger = &mut *site.ledger()?;
    let user = known_user(ledger, name)?;
    let tokens = ledger.tokens(user.number)?;
    if tokens.len() >= MOST_TOKENS {
        return Err(OperationError::usage(format!(
            "{} has {MOST_TOKENS} tokens, which is the most; revoke one with `feedgate account revoke-token`",
            user.name
        )));
    }
    let label = match label {
        Some(label) => read_label(label)?,
        None => {
            let taken = |label: &String| tokens.iter().any(|token| token.label == *label);
            let mut labels = (1..).map(|n| format!("token-{n}"));
            labels.find(|label| !taken(label)).unwrap_or_default()
        }
    };
    let token = random_token(TOKEN_PREFIX)?;
    let new = NewApiToken {
        token: token.hash(),
        user: user.number,
        label: &label,
        at: site.now(),
    };
    let made = event(
        site,
        site.user(),
        EventAction::TokenMade,
        &user.name,
        Some(label.clone()),
    );
    if !ledger.add_token(&new, &made)? {
        return Err(OperationError::usage(format!(
            "{} has a token of this name already; choose another, or revoke that one with `feedgate account revoke-token`",
            user.name
        )));
    }
    Ok(MadeToken {
        account: user.name,
        label,
        token,
    })
}

fn read_label(text: &str) -> Result<String> {
    let label = text.trim();
    let good = !label.is_empty()
        && label.chars().count() <= LONGEST_LABEL
        && !label.chars().any(char::is_control)
        && masked(label) == label
        && !label.contains(TOKEN_PREFIX);
    match good {
        true => Ok(label.to_owned()),
        false => Err(OperationError::usage(format!(
            "the name of a token is a line of at most {LONGEST_LABEL} characters that says what uses it, such as payroll-server"
        ))),
    }
}

/// Revokes a token: the next request with it is refused.
///
/// # Errors
/// There is no such account or token, or the ledger failed.
pub(crate) fn revoke_token(site: &Site, name: &str, label: &str) -> Result<()> {
    let ledger = &mut *site.ledger()?;
    let user = known_user(ledger, name)?;
    let label = label.trim();
    let revoked = event(
        site,
        site.user(),
        EventAction::TokenRevoked,
        &user.name,
        Some(label.to_owned()),
    );
    match ledger.revoke_token(user.number, label, &revoked)? {
        true => Ok(()),
        false => Err(OperationError::usage(format!(
            "{} has no token of this name; `feedgate account list` lists them",
            user.name
        ))),
    }
}
