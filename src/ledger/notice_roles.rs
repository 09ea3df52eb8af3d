//! What a ledger does for notices; see [`super::roles`].

use super::error::Result;
use super::{Message, NewMessage, NewNotice, Notice, Occurrence};
use chrono::{DateTime, Utc};

/// From what happened to the messages that tell of it. An occurrence is written in the transaction of what happened; it
/// is then decided who is told (notices), notices are gathered into messages, and messages are sent. Each step is one
/// transaction, so that nothing is lost or told twice.
pub trait Notices {
    /// What happened and has not been decided yet, oldest first, at most `limit`.
    fn occurrences(&self, limit: usize) -> Result<Vec<Occurrence>>;

    /// Forgets occurrences and writes who is told of them. What a recipient was told before in the same words is left out.
    fn decide(&mut self, decided: &[(i64, Vec<NewNotice>)]) -> Result<()>;

    /// Notices that are in no message yet, oldest first.
    fn ungathered(&self) -> Result<Vec<Notice>>;

    /// When the newest message to a recipient about an integration was made, if there is one that gathered notices.
    fn last_gathered(
        &self,
        recipient: &str,
        address: &str,
        integration: &str,
    ) -> Result<Option<DateTime<Utc>>>;

    /// Makes a message of these notices, all of which must still be in none, or of none. With a `mark`, the mark is set to the
    /// time of the message, which takes the place of earlier ones of its kind to the same address that still wait. Returns
    /// its number.
    fn gather(&mut self, message: &NewMessage, notices: &[i64], mark: Option<&str>) -> Result<i64>;

    /// Messages that are not sent yet, oldest first.
    fn waiting_messages(&self) -> Result<Vec<Message>>;

    /// The last messages that were sent or given up, newest first.
    fn past_messages(&self, before: Option<i64>, limit: usize) -> Result<Vec<Message>>;

    /// A message is sent. May be repeated.
    fn message_sent(&mut self, number: i64, at: DateTime<Utc>) -> Result<()>;

    /// A message could not be sent: why, and when it is tried again; `None`: it is given up.
    fn message_unsent(
        &mut self,
        number: i64,
        why: &str,
        next_try: Option<DateTime<Utc>>,
    ) -> Result<()>;

    /// Forgets occurrences, notices and messages from before a moment; messages that still wait stay.
    fn purge_notices(&mut self, before: DateTime<Utc>) -> Result<()>;
}
