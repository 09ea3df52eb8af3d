//! Notices: what waits to be sent, what was sent, and whether messages arrive at all.

use super::error::{OperationError, Result};
use crate::ledger::{Message, MessageState};
use crate::notices::{Gathering, Round, due, recipients, round, try_out};
use crate::site::Site;
use crate::status::{to_the_second, to_the_second_if_any};
use chrono::{DateTime, FixedOffset, Utc};
use serde::Serialize;

/// Messages that wait and that were sent.
#[derive(Debug, Serialize)]
pub(crate) struct NoticeList {
    /// The oldest stands first.
    pub(crate) waiting: Vec<WaitingMessage>,
    /// Newest first; also those that were given up.
    pub(crate) sent: Vec<PastMessage>,
    /// Whether the configuration has anybody to tell.
    #[serde(skip)]
    pub(crate) has_recipients: bool,
}

/// What is not sent yet: a message, or a notice that is in none yet.
#[derive(Debug, Serialize)]
pub(crate) struct WaitingMessage {
    /// The message's; while it is gathered, that of the notice.
    pub(crate) number: i64,
    pub(crate) kind: &'static str,
    pub(crate) subject: String,
    /// `mail`, or the name of a webhook.
    pub(crate) to: String,
    #[serde(serialize_with = "to_the_second")]
    pub(crate) next_try: DateTime<FixedOffset>,
    /// How many tries failed.
    pub(crate) tries: u32,
    /// Why the last one did.
    pub(crate) why: Option<String>,
}

/// A message that was sent, or given up.
#[derive(Debug, Serialize)]
pub(crate) struct PastMessage {
    pub(crate) number: i64,
    pub(crate) kind: &'static str,
    pub(crate) subject: String,
    pub(crate) to: String,
    #[serde(serialize_with = "to_the_second_if_any")]
    pub(crate) sent: Option<DateTime<FixedOffset>>,
    /// Why it was given up.
    pub(crate) why: Option<String>,
}

/// What became of a test message.
#[derive(Debug, Serialize)]
pub(crate) struct TriedRecipient {
    pub(crate) to: String,
    /// The address that a mail goes to.
    pub(crate) address: Option<String>,
    pub(crate) sent: bool,
    pub(crate) why: Option<String>,
}

/// Lists what waits and at most `limit` messages that were sent.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn notices(site: &Site, limit: usize) -> Result<NoticeList> {
    let ledger = &*site.ledger_for_reading()?;
    let local = |at: DateTime<Utc>| at.with_timezone(&site.config.site.timezone).fixed_offset();
    let messages = ledger.waiting_messages()?.into_iter();
    let mut waiting: Vec<WaitingMessage> = messages
        .map(|message| WaitingMessage {
            number: message.number,
            kind: message.content.kind.as_str(),
            next_try: local(message.next_try.unwrap_or(message.content.at)),
            subject: message.content.subject,
            to: message.content.recipient,
            tries: message.tries,
            why: message.why,
        })
        .collect();
    for notice in ledger.ungathered()? {
        let (number, notice) = (notice.number, notice.notice);
        let last = ledger.last_gathered(&notice.recipient, &notice.address, &notice.integration)?;
        waiting.push(WaitingMessage {
            number,
            kind: notice.kind.as_str(),
            subject: format!("{}: {}", notice.integration, notice.line),
            to: notice.recipient,
            next_try: local(due(notice.at, last, Gathering::Wait)),
            tries: 0,
            why: None,
        });
    }
    let past = ledger.past_messages(limit)?.into_iter();
    Ok(NoticeList {
        waiting,
        sent: past.map(|message| past_message(message, local)).collect(),
        has_recipients: !recipients(&site.config).is_empty(),
    })
}

fn past_message(
    message: Message,
    local: impl Fn(DateTime<Utc>) -> DateTime<FixedOffset>,
) -> PastMessage {
    let given_up = message.state == MessageState::GivenUp;
    PastMessage {
        number: message.number,
        kind: message.content.kind.as_str(),
        subject: message.content.subject,
        to: message.content.recipient,
        sent: message.sent.map(local),
        why: message.why.filter(|_| given_up),
    }
}

/// Sends a message to everyone who gets any, and says what became of it.
///
/// # Errors
/// No one gets any; another process is sending; the ledger can't be written.
pub(crate) fn test_notices(site: &Site) -> Result<Vec<TriedRecipient>> {
    if recipients(&site.config).is_empty() {
        return Err(OperationError::usage(
            "nobody gets notices: the configuration needs [mail] with [contact], or [[webhook]]",
        ));
    }
    let mut ledger = site.ledger()?;
    let tried = try_out(site, &mut *ledger)?;
    let tried = tried.into_iter().map(|(recipient, sent)| TriedRecipient {
        to: recipient.to,
        address: (!recipient.address.is_empty()).then_some(recipient.address),
        sent: sent.is_ok(),
        why: sent.err(),
    });
    Ok(tried.collect())
}

/// Sends what is due, where no daemon does.
///
/// # Errors
/// The ledger can't be written. That something is not taken is no error.
pub(crate) fn send_notices(site: &Site) -> Result<Round> {
    let mut ledger = site.ledger()?;
    Ok(round(site, &mut *ledger, Gathering::Now)?.unwrap_or_default())
}

/// Sends what a command has given reason for, unless a daemon does. Returns why something was not taken, a sentence each;
/// it is tried again by the next command or by a daemon.
///
/// # Errors
/// The ledger can't be written.
pub(crate) fn send_after_command(site: &Site) -> Result<Vec<String>> {
    if recipients(&site.config).is_empty() || site.daemon_runs()? {
        return Ok(Vec::new());
    }
    Ok(send_notices(site)?.troubles)
}
