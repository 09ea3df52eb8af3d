//! Notices: what waits to be sent, what was sent, and whether messages arrive at all.

use super::error::{OperationError, Result};
use super::run_list::PAGE;
use super::visible::Visible;
use crate::ledger::{Ledger, Message, MessageState};
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

/// A page of notices: on the first one what waits, then what was sent, the newest first.
#[derive(Debug, Serialize)]
pub(crate) struct NoticePage {
    pub(crate) notices: Vec<NoticeEntry>,
    #[serde(flatten)]
    pub(crate) list: NoticeList,
    /// Where the next page begins.
    pub(crate) next: Option<String>,
}

/// A notice in a list, whatever has become of it.
#[derive(Debug, Serialize)]
pub(crate) struct NoticeEntry {
    pub(crate) number: i64,
    /// `waiting`, `sent` or `given up`.
    pub(crate) state: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) subject: String,
    pub(crate) to: String,
    #[serde(serialize_with = "to_the_second_if_any")]
    pub(crate) next_try: Option<DateTime<FixedOffset>>,
    #[serde(serialize_with = "to_the_second_if_any")]
    pub(crate) sent: Option<DateTime<FixedOffset>>,
    pub(crate) tries: u32,
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
    let past = ledger.past_messages(None, limit)?.into_iter();
    Ok(NoticeList {
        waiting: waiting(site, ledger, &Visible::default())?,
        sent: past.map(|message| past_message(site, message)).collect(),
        has_recipients: !recipients(&site.config).is_empty(),
    })
}

/// A page of the notices that may be seen. `cursor`: `next` of the page before.
///
/// # Errors
/// The cursor is none; the ledger can't be read.
pub(crate) fn notice_page(
    site: &Site,
    cursor: Option<&str>,
    visible: &Visible,
) -> Result<NoticePage> {
    let ledger = &*site.ledger_for_reading()?;
    let mut before = cursor.map(str::parse).transpose().map_err(|_| {
        OperationError::usage("the page is not known; take it from `next` of the page before")
    })?;
    let waiting = match before {
        None => waiting(site, ledger, visible)?,
        Some(_) => Vec::new(),
    };
    let mut past: Vec<Message> = Vec::new();
    while past.len() <= PAGE {
        let some = ledger.past_messages(before, PAGE + 1)?;
        let Some(last) = some.last() else {
            break;
        };
        before = Some(last.number);
        let seen = some.into_iter();
        past.extend(seen.filter(|message| visible.sees(&message.content.integration)));
    }
    let more = past.len() > PAGE;
    past.truncate(PAGE);
    let next = past.last().filter(|_| more);
    let next = next.map(|message| message.number.to_string());
    let waiting_entries = waiting.iter().map(NoticeEntry::waiting);
    let mut notices: Vec<NoticeEntry> = waiting_entries.collect();
    let mut sent = Vec::new();
    for message in past {
        let (state, tries) = (message.state.into(), message.tries);
        let message = past_message(site, message);
        notices.push(NoticeEntry::past(&message, state, tries));
        sent.push(message);
    }
    Ok(NoticePage {
        notices,
        list: NoticeList {
            waiting,
            sent,
            has_recipients: !recipients(&site.config).is_empty(),
        },
        next,
    })
}

impl NoticeEntry {
    fn waiting(message: &WaitingMessage) -> NoticeEntry {
        NoticeEntry {
            number: message.number,
            state: MessageState::Waiting.into(),
            kind: message.kind,
            subject: message.subject.clone(),
            to: message.to.clone(),
            next_try: Some(message.next_try),
            sent: None,
            tries: message.tries,
            why: message.why.clone(),
        }
    }

    fn past(message: &PastMessage, state: &'static str, tries: u32) -> NoticeEntry {
        NoticeEntry {
            number: message.number,
            state,
            kind: message.kind,
            subject: message.subject.clone(),
            to: message.to.clone(),
            next_try: None,
            sent: message.sent,
            tries,
            why: message.why.clone(),
        }
    }
}

fn local(site: &Site, at: DateTime<Utc>) -> DateTime<FixedOffset> {
    at.with_timezone(&site.config.site.timezone).fixed_offset()
}

/// What waits, of what may be seen.
fn waiting(site: &Site, ledger: &dyn Ledger, visible: &Visible) -> Result<Vec<WaitingMessage>> {
    let messages = ledger.waiting_messages()?.into_iter();
    let messages = messages.filter(|message| visible.sees(&message.content.integration));
    let mut waiting: Vec<WaitingMessage> = messages
        .map(|message| WaitingMessage {
            number: message.number,
            kind: message.content.kind.as_str(),
            next_try: local(site, message.next_try.unwrap_or(message.content.at)),
            subject: message.content.subject,
            to: message.content.recipient,
            tries: message.tries,
            why: message.why,
        })
        .collect();
    for notice in ledger.ungathered()? {
        let (number, notice) = (notice.number, notice.notice);
        if !visible.sees(&notice.integration) {
            continue;
        }
        let last = ledger.last_gathered(&notice.recipient, &notice.address, &notice.integration)?;
        waiting.push(WaitingMessage {
            number,
            kind: notice.kind.as_str(),
            subject: format!("{}: {}", notice.integration, notice.line),
            to: notice.recipient,
            next_try: local(site, due(notice.at, last, Gathering::Wait)),
            tries: 0,
            why: None,
        });
    }
    Ok(waiting)
}

fn past_message(site: &Site, message: Message) -> PastMessage {
    let given_up = message.state == MessageState::GivenUp;
    PastMessage {
        number: message.number,
        kind: message.content.kind.as_str(),
        subject: message.content.subject,
        to: message.content.recipient,
        sent: message.sent.map(|at| local(site, at)),
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
