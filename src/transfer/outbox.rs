//! What of the outbox is due.

use super::backoff::after;
use super::session::Session;
use super::stop_reason::StopReason;
use crate::ledger::{OutboxFile, SendState};
use crate::spool;
use chrono::{DateTime, FixedOffset, TimeDelta};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// A file that could not be sent for so long is given up: a person has to see to it.
pub(crate) const MOST_AGE: TimeDelta = TimeDelta::days(7);
/// Between two tries with a file that was refused.
const REFUSED_AGAIN: Duration = Duration::from_secs(24 * 60 * 60);
/// What is told of a file that is not sent.
pub(super) const NOT_SENT: &str = "not sent";

impl Session<'_> {
    /// Where the bytes of a file lie that is to be sent.
    pub(super) fn parcel_path(&self, parcel: &OutboxFile) -> PathBuf {
        self.site.outbox().join(parcel.number.to_string())
    }

    /// What is not sent and not given up.
    pub(super) fn waiting(&self) -> Result<Vec<OutboxFile>, StopReason> {
        let mut open = self.ledger.outbox(self.endpoint)?;
        open.retain(|p| p.state != SendState::GivenUp);
        Ok(open)
    }

    /// Gives up what is too old and still not sent. Returns it.
    pub(super) fn give_up(&mut self) -> Result<Vec<OutboxFile>, StopReason> {
        let oldest = self.now - MOST_AGE;
        let mut old = self.waiting()?;
        // What is there already but for its name is not given up.
        old.retain(|p| p.at < oldest && p.state != SendState::Renaming);
        for parcel in &old {
            let last = parcel.why.as_ref().map(|w| format!(" ({w})"));
            let why = format!(
                "could not be sent to {} for {} days{}; `feedgate transfer {}` tries again",
                self.endpoint,
                MOST_AGE.num_days(),
                last.unwrap_or_default(),
                self.endpoint
            );
            self.step("ledger: given up")?;
            self.ledger
                .parcel_kept(parcel.number, SendState::GivenUp, &why, None)?;
            let what = format!("{}: {why}", parcel.name);
            self.tell("given up", &parcel.reference, &what)?;
        }
        Ok(old)
    }

    /// A person has to look at this file; it is tried again after a day.
    pub(super) fn refuse(&mut self, parcel: &OutboxFile, why: &str) -> Result<(), StopReason> {
        let again = after(self.now, REFUSED_AGAIN);
        self.step("ledger: refused")?;
        self.ledger
            .parcel_kept(parcel.number, SendState::Refused, why, Some(again))?;
        let what = format!("{}: {why}", parcel.name);
        Ok(self.tell(NOT_SENT, &parcel.reference, &what)?)
    }

    /// Removes the bytes of what needs none any more (sent, or followed by a later version), and what comparing has left.
    pub(super) fn sweep_outbox(&mut self) -> Result<(), StopReason> {
        let folder = self.site.outbox();
        // Listed before the ledger is asked: runs write the ledger first.
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let names: Vec<String> = entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        if names.is_empty() {
            return Ok(());
        }
        let needed: BTreeSet<i64> = self.ledger.unsent()?.into_iter().collect();
        let ours = self.compared("");
        for name in names {
            let number = name.strip_suffix(".part").unwrap_or(&name);
            let done = match number.parse::<i64>() {
                Ok(number) => !needed.contains(&number),
                Err(_) => name.starts_with(&ours),
            };
            if done {
                spool::drop_transit(self.disk(), &folder.join(name))?;
            }
        }
        Ok(())
    }

    /// The name of a file that is compared with what is on the server, in the folder of what is to be sent.
    pub(super) fn compared(&self, number: &str) -> String {
        format!("there.{}.{number}", self.endpoint)
    }
}

/// Whether a file is due.
pub(super) fn is_due(parcel: &OutboxFile, now: DateTime<FixedOffset>) -> bool {
    // One that is further off is from before the clock was set back.
    let most = after(now, REFUSED_AGAIN);
    let next = parcel.next_try;
    next.is_none_or(|next| next <= now || most < next)
}
