//! Notices: tells people by mail and webhooks what needs them.
//!
//! What happened stands in the ledger as an occurrence, written in the transaction of what happened. From there it goes in
//! four steps, each of which may be repeated after a crash:
//!
//! 1. decided (`decide`): who is told, by the configuration of now;
//! 2. gathered (`gather`): what is about one integration goes into one message, so that many failures don't make many mails;
//! 3. sent (`deliver`), again and again with growing pauses until it is taken;
//! 4. once a day, what is still open is told again (`reminder`).
//!
//! No message holds a value of a record: it has counts, codes, statuses, names of files (masked) and commands.

mod decide;
mod deliver;
mod gather;
mod line;
mod reminder;
mod text;
mod webhook_body;

pub(crate) use deliver::{recipients, try_out, unreadable_secrets};
pub(crate) use gather::due;

use crate::ledger::Ledger;
use crate::site::{Result, RunError, Site};
use chrono::{DateTime, Utc};

/// The lock that only one process sends under.
const LOCK: &str = "notices";

/// What a round did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Round {
    /// Messages that were taken.
    pub(crate) sent: usize,
    /// Why others were not, a sentence each.
    pub(crate) troubles: Vec<String>,
    /// When there is something to do again.
    pub(crate) next: Option<DateTime<Utc>>,
}

/// When notices that were made just now are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gathering {
    /// A little later, with others that come meanwhile: more are to be expected.
    Wait,
    /// Now: the process that made them ends, and when the next one begins is not known.
    Now,
}

/// Does what is due: decides, gathers, reminds and sends. `None`: another process is at it.
///
/// # Errors
/// The ledger can't be written. What a server doesn't take is no error.
pub(crate) fn round(
    site: &Site,
    ledger: &mut dyn Ledger,
    gathering: Gathering,
) -> Result<Option<Round>> {
    let Some(_lock) = site.coordination().try_lock(LOCK)? else {
        return Ok(None);
    };
    decide::decide(site, ledger)?;
    let gathered = gather::gather(site, ledger, gathering)?;
    let reminded = reminder::remind(site, ledger)?;
    let mut round = deliver::deliver(site, ledger)?;
    round.next = [round.next, gathered, reminded].into_iter().flatten().min();
    Ok(Some(round))
}

/// Passes the seam for faults before a step.
fn step(site: &Site, what: &str) -> Result<()> {
    let passed = site.disk.step(what);
    passed.map_err(RunError::io("writing the ledger"))
}
