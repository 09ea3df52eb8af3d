//! Notices to people: what happened, who is told of it, and the messages that tell it.

use super::error::Result;
use super::kept_moments::keep;
use super::row::{all, damaged, execute, instant, micros, value, word};
use super::{EventAction, Notices, SqliteLedger};
use crate::domain::{ReferenceId, RunStatus};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, named_params};
use strum::{EnumString, IntoStaticStr};

/// What a notice is about; the word is stored and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum NoticeKind {
    /// A run that ended or is held.
    Run,
    /// A file that has not come by its time.
    Late,
    /// Something keeps files from being fetched, sent or taken.
    Trouble,
    /// Several notices in one message.
    Digest,
    /// What is still open, once a day.
    Reminder,
    /// A person tried whether messages arrive.
    Test,
}

impl NoticeKind {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Something that people may have to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    pub number: i64,
    pub at: DateTime<Utc>,
    pub what: Happened,
}

/// What it was that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// A run ended or is held, with this status.
    Run {
        reference: ReferenceId,
        integration: String,
        status: RunStatus,
        reason: Option<String>,
    },
    /// An event of the log; `number` is never that of another.
    Event {
        number: i64,
        action: EventAction,
        subject: String,
        why: Option<String>,
    },
}

/// Something that one recipient is to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotice {
    pub kind: NoticeKind,
    /// The integration, the endpoint, or `site`.
    pub integration: String,
    /// `mail`, or the name of a webhook.
    pub recipient: String,
    /// The mail address; empty for a webhook.
    pub address: String,
    /// What tells it from others: the reference ID of a run, the number of an event.
    pub about: String,
    /// In one line, without the integration.
    pub line: String,
    pub status: Option<RunStatus>,
    /// The same in sentences.
    pub why: Option<String>,
    pub at: DateTime<Utc>,
}

/// A notice that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub number: i64,
    pub notice: NewNotice,
}

/// What is sent to one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    pub kind: NoticeKind,
    pub integration: String,
    pub recipient: String,
    pub address: String,
    pub subject: String,
    /// Text of a mail, JSON of a webhook.
    pub body: String,
    /// The message's thread: a reference ID, or empty.
    pub thread: String,
    pub at: DateTime<Utc>,
}

/// A message that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// No other message ever has it.
    pub number: i64,
    pub content: NewMessage,
    pub state: MessageState,
    /// Times that sending it failed.
    pub tries: u32,
    pub next_try: Option<DateTime<Utc>>,
    pub sent: Option<DateTime<Utc>>,
    /// Why the last try failed.
    pub why: Option<String>,
}

/// The state of a message; the word is stored and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum MessageState {
    Waiting,
    Sent,
    #[strum(serialize = "given up")]
    GivenUp,
}

/// Notes that a run ended or is held, in the transaction that says so.
pub(super) fn run_ended(
    connection: &Connection,
    run: u32,
    status: RunStatus,
    reason: Option<&str>,
    at: DateTime<Utc>,
) -> Result<()> {
    execute(
        connection,
        "INSERT INTO occurrences (at, run, status, reason) VALUES (?1, ?2, ?3, ?4)",
        (micros(&at), run, status.as_str(), reason),
    )?;
    Ok(())
}

/// Notes the event that was written last, in its transaction.
pub(super) fn event_written(connection: &Connection, at: DateTime<Utc>) -> Result<()> {
    execute(
        connection,
        "INSERT INTO occurrences (at, event) VALUES (?1, last_insert_rowid())",
        [micros(&at)],
    )?;
    Ok(())
}

/// Forgets what was not told when the ledger was copied: it may have been told since. What is still open is told by the next
/// reminder.
pub(super) fn forget_untold(connection: &Connection) -> Result<()> {
    for sql in [
        "DELETE FROM occurrences",
        "DELETE FROM notices WHERE message IS NULL",
        "UPDATE messages SET state = 'given up', next_try = NULL,
            why = 'the ledger was taken up again from a copy, and this may have been sent since'
         WHERE state = 'waiting'",
    ] {
        execute(connection, sql, [])?;
    }
    Ok(())
}

impl Notices for SqliteLedger {
    fn occurrences(&self, limit: usize) -> Result<Vec<Occurrence>> {
        let sql =
            "SELECT o.number, o.at, o.status, o.reason, r.reference, r.integration, e.id, e.action, e.subject, e.why
             FROM occurrences o LEFT JOIN runs r ON r.number = o.run LEFT JOIN events e ON e.id = o.event
             WHERE r.number IS NOT NULL OR e.id IS NOT NULL ORDER BY o.number LIMIT ?1";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        all(&self.connection, sql, [limit], occurrence)
    }

    fn decide(&mut self, decided: &[(i64, Vec<NewNotice>)]) -> Result<()> {
        let transaction = self.immediate()?;
        let mut notices = Vec::new();
        for (occurrence, of_it) in decided {
            let sql = "DELETE FROM occurrences WHERE number = ?1";
            if execute(&transaction, sql, [occurrence])? == 1 {
                notices.extend(of_it);
            }
        }
        for new in notices {
            execute(
                &transaction,
                "INSERT OR IGNORE INTO notices (kind, integration, recipient, address, about, line, status, why, at)
                 VALUES (:kind, :integration, :recipient, :address, :about, :line, :status, :why, :at)",
                named_params! {
                    ":kind": new.kind.as_str(),
                    ":integration": new.integration,
                    ":recipient": new.recipient,
                    ":address": new.address,
                    ":about": new.about,
                    ":line": new.line,
                    ":status": new.status.map(RunStatus::as_str),
                    ":why": new.why,
                    ":at": micros(&new.at),
                },
            )?;
        }
        Ok(transaction.commit()?)
    }

    fn ungathered(&self) -> Result<Vec<Notice>> {
        let sql = "SELECT number, kind, integration, recipient, address, about, line, status, why, at FROM notices
             WHERE message IS NULL ORDER BY number";
        all(&self.connection, sql, [], notice)
    }

    fn last_gathered(
        &self,
        recipient: &str,
        address: &str,
        integration: &str,
    ) -> Result<Option<DateTime<Utc>>> {
        let sql = "SELECT MAX(at) FROM messages WHERE recipient = ?1 AND address = ?2 AND integration = ?3 AND gathered";
        let at: Option<i64> = value(&self.connection, sql, (recipient, address, integration))?;
        at.map(|at| instant(at, TIME)).transpose()
    }

    fn gather(&mut self, new: &NewMessage, notices: &[i64], mark: Option<&str>) -> Result<i64> {
        let transaction = self.immediate()?;
        execute(
            &transaction,
            "INSERT INTO messages (kind, integration, recipient, address, subject, body, thread, at, gathered, state)
             VALUES (:kind, :integration, :recipient, :address, :subject, :body, :thread, :at, :gathered, 'waiting')",
            named_params! {
                ":kind": new.kind.as_str(),
                ":integration": new.integration,
                ":recipient": new.recipient,
                ":address": new.address,
                ":subject": new.subject,
                ":body": new.body,
                ":thread": new.thread,
                ":at": micros(&new.at),
                ":gathered": !notices.is_empty(),
            },
        )?;
        let number = transaction.last_insert_rowid();
        for notice in notices {
            let sql = "UPDATE notices SET message = ?2 WHERE number = ?1 AND message IS NULL";
            if execute(&transaction, sql, (notice, number))? == 0 {
                return Err(damaged("a notice that is told twice"));
            }
        }
        if let Some(mark) = mark {
            execute(
                &transaction,
                "UPDATE messages SET state = 'given up', next_try = NULL, why = 'a later one took its place'
                 WHERE number <> ?1 AND state = 'waiting' AND kind = ?2 AND recipient = ?3 AND address = ?4",
                (number, new.kind.as_str(), &new.recipient, &new.address),
            )?;
            keep(&transaction, mark, new.at)?;
        }
        transaction.commit()?;
        Ok(number)
    }

    fn waiting_messages(&self) -> Result<Vec<Message>> {
        messages(
            &self.connection,
            "state = 'waiting' ORDER BY number",
            i64::MAX,
        )
    }

    fn past_messages(&self, before: Option<i64>, limit: usize) -> Result<Vec<Message>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let before = before.unwrap_or(i64::MAX);
        let which = format!("state <> 'waiting' AND number < {before} ORDER BY number DESC");
        messages(&self.connection, &which, limit)
    }

    fn message_sent(&mut self, number: i64, at: DateTime<Utc>) -> Result<()> {
        let sql = "UPDATE messages SET state = 'sent', sent = ?2, next_try = NULL, why = NULL
             WHERE number = ?1 AND state <> 'sent'";
        execute(&self.connection, sql, (number, micros(&at)))?;
        Ok(())
    }

    fn message_unsent(
        &mut self,
        number: i64,
        why: &str,
        next_try: Option<DateTime<Utc>>,
    ) -> Result<()> {
        let state = match next_try {
            Some(_) => MessageState::Waiting,
            None => MessageState::GivenUp,
        };
        let state: &str = state.into();
        execute(
            &self.connection,
            "UPDATE messages SET state = ?2, why = ?3, next_try = ?4, tries = tries + 1
             WHERE number = ?1 AND state = 'waiting'",
            (number, state, why, next_try.as_ref().map(micros)),
        )?;
        Ok(())
    }

    fn purge_notices(&mut self, before: DateTime<Utc>) -> Result<()> {
        let transaction = self.immediate()?;
        for sql in [
            "DELETE FROM occurrences WHERE at < ?1",
            "DELETE FROM notices WHERE at < ?1
             AND NOT EXISTS (SELECT 1 FROM messages WHERE number = notices.message AND state = 'waiting')",
            "DELETE FROM messages WHERE at < ?1 AND state <> 'waiting'",
        ] {
            execute(&transaction, sql, [micros(&before)])?;
        }
        Ok(transaction.commit()?)
    }
}

const TIME: &str = "the time of a notice";

fn occurrence(row: &Row<'_>) -> Result<Occurrence> {
    let gone = || damaged("what a notice is about");
    let what = match (row.get::<_, Option<String>>(4)?, row.get(6)?) {
        (Some(reference), _) => Happened::Run {
            reference: ReferenceId::parse(&reference).ok_or_else(gone)?,
            integration: row.get(5)?,
            status: word(row, 2, "the status of a run")?,
            reason: row.get(3)?,
        },
        (None, Some(number)) => {
            let action: String = row.get(7)?;
            Happened::Event {
                number,
                action: EventAction::parse(&action).ok_or_else(gone)?,
                subject: row.get(8)?,
                why: row.get(9)?,
            }
        }
        (None, None) => return Err(gone()),
    };
    Ok(Occurrence {
        number: row.get(0)?,
        at: instant(row.get(1)?, TIME)?,
        what,
    })
}

fn notice(row: &Row<'_>) -> Result<Notice> {
    let status: Option<String> = row.get(7)?;
    let status = status.map(|status| status.parse::<RunStatus>());
    Ok(Notice {
        number: row.get(0)?,
        notice: NewNotice {
            kind: word(row, 1, "the kind of a notice")?,
            integration: row.get(2)?,
            recipient: row.get(3)?,
            address: row.get(4)?,
            about: row.get(5)?,
            line: row.get(6)?,
            status: status
                .transpose()
                .map_err(|_| damaged("the status of a notice"))?,
            why: row.get(8)?,
            at: instant(row.get(9)?, TIME)?,
        },
    })
}

fn messages(connection: &Connection, which: &str, limit: i64) -> Result<Vec<Message>> {
    let sql = format!(
        "SELECT number, kind, integration, recipient, address, subject, body, thread, at, state, tries, next_try, sent, why
         FROM messages WHERE {which} LIMIT ?1"
    );
    let moment = |row: &Row<'_>, column: usize| -> Result<Option<DateTime<Utc>>> {
        let at: Option<i64> = row.get(column)?;
        at.map(|at| instant(at, TIME)).transpose()
    };
    all(connection, &sql, [limit], |row| {
        Ok(Message {
            number: row.get(0)?,
            content: NewMessage {
                kind: word(row, 1, "the kind of a message")?,
                integration: row.get(2)?,
                recipient: row.get(3)?,
                address: row.get(4)?,
                subject: row.get(5)?,
                body: row.get(6)?,
                thread: row.get(7)?,
                at: instant(row.get(8)?, TIME)?,
            },
            state: word(row, 9, "the state of a message")?,
            tries: row.get(10)?,
            next_try: moment(row, 11)?,
            sent: moment(row, 12)?,
            why: row.get(13)?,
        })
    })
}
