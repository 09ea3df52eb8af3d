//! What the status of every integration and endpoint is read from.

use crate::config::Integration;
use crate::domain::masking::masked;
use crate::domain::{ReferenceId, RunStatus};
use crate::intake::disk_full;
use crate::ledger::{Ledger, OneOff, Pause, RunRow};
use crate::run::Command;
use crate::site::{OpenLedger, Result, Site, WaitReason, integration_lock};
use chrono::{DateTime, FixedOffset, SecondsFormat};
use serde::{Serialize, Serializer};

/// What the status of every integration and endpoint is read from.
pub(super) struct Viewpoint<'a> {
    pub(super) site: &'a Site,
    pub(super) ledger: OpenLedger,
    pub(super) pauses: Vec<Pause>,
    /// Whether a daemon runs.
    pub(super) daemon: bool,
    /// Whether all workers of the daemon are at work.
    pub(super) busy: bool,
    pub(super) disk_full: Option<WaitReason>,
    pub(super) one_offs: Vec<StoredRun>,
    /// At most this number of files and held runs of each integration is listed.
    pub(super) limit: usize,
}

impl<'a> Viewpoint<'a> {
    /// # Errors
    /// The ledger can't be read.
    pub(super) fn new(site: &'a Site, limit: usize) -> Result<Viewpoint<'a>> {
        let ledger = site.ledger_for_reading()?;
        let daemon = site.daemon_runs()?;
        let mut at_work = 0;
        for integration in &site.config.integrations {
            let runs = runs_now(site, &*ledger, integration)?;
            at_work += runs.iter().filter(|run| run.at_work).count();
        }
        Ok(Viewpoint {
            site,
            pauses: ledger.pauses()?,
            daemon,
            busy: daemon && at_work >= site.config.daemon.workers,
            disk_full: disk_full(site)?,
            one_offs: stored_runs(site, &*ledger)?,
            ledger,
            limit,
        })
    }

    /// The next one-off run of an integration.
    pub(super) fn first_one_off(&self, name: &str) -> Option<&OneOff> {
        let mut all = self.one_offs.iter();
        let mine = all.find(|stored| stored.members.iter().flatten().any(|m| m == name));
        mine.map(|stored| &stored.one_off)
    }
}

/// A run that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunNow {
    pub reference_id: ReferenceId,
    pub status: RunStatus,
    #[serde(serialize_with = "to_the_second")]
    pub since: DateTime<FixedOffset>,
    pub user: String,
    /// Its source file, masked.
    pub file: Option<String>,
    /// Whether a process is working on it. Otherwise it was interrupted, and the next run of the integration finishes it.
    pub at_work: bool,
}

/// The runs of an integration that have not ended.
pub(super) fn runs_now(
    site: &Site,
    ledger: &dyn Ledger,
    integration: &Integration,
) -> Result<Vec<RunNow>> {
    let rows = ledger.unfinished(&integration.name)?;
    // Testing a lock takes it for an instant, so only locks are tested that another process should hold.
    let at_work = !rows.is_empty()
        && site
            .coordination()
            .is_locked(&integration_lock(&integration.name))?;
    let now = |row: RunRow| RunNow {
        file: file(&row),
        reference_id: row.reference,
        status: RunStatus::InProgress,
        since: row.start,
        user: row.user,
        at_work,
    };
    Ok(rows.into_iter().map(now).collect())
}

/// A stored one-off run with the integrations it runs; `None`: its integration or set is gone.
pub(super) struct StoredRun {
    pub(super) one_off: OneOff,
    pub(super) members: Option<Vec<String>>,
}

/// All stored runs, by their time.
fn stored_runs(site: &Site, ledger: &dyn Ledger) -> Result<Vec<StoredRun>> {
    let all = ledger.one_offs()?.into_iter();
    let with_members = all.map(|one_off| StoredRun {
        members: match Command::read(&one_off.body) {
            Some(command @ Command::Run(_)) => command.integrations(site).ok(),
            _ => None,
        },
        one_off,
    });
    Ok(with_members.collect())
}

/// The source file of a run, masked.
pub(super) fn file(row: &RunRow) -> Option<String> {
    row.source_name.as_deref().map(masked)
}

pub(crate) fn to_the_second<S: Serializer>(
    moment: &DateTime<FixedOffset>,
    to: S,
) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(&moment.to_rfc3339_opts(SecondsFormat::Secs, false))
}

#[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
pub(crate) fn to_the_second_if_any<S: Serializer>(
    moment: &Option<DateTime<FixedOffset>>,
    to: S,
) -> std::result::Result<S::Ok, S::Error> {
    match moment {
        Some(moment) => to_the_second(moment, to),
        None => to.serialize_none(),
    }
}
