//! How one integration stands now.

use super::files::{Inbox, NotTaken, WaitingFile};
use super::{Viewpoint, to_the_second, to_the_second_if_any};
use crate::config::Integration;
use crate::domain::masking::masked;
use crate::domain::{Code, Kind, ReferenceId, RunStatus};
use crate::ledger::{EventFilter, Ledger, Pause, RunFilter, RunRow};
use crate::run::error::{Result, RunError};
use crate::run::order;
use crate::run::site::Site;
use crate::spool::Lock;
use chrono::{DateTime, FixedOffset};
use serde::Serialize;

/// How one integration stands now.
#[derive(Clone, Debug, Serialize)]
pub struct IntegrationNow {
    /// Its name.
    pub name: String,
    /// What it carries.
    pub kind: Kind,
    /// The pause that is on it: its own, or that of all.
    pub paused: Option<PauseNow>,
    /// Its window.
    pub window: Option<WindowNow>,
    /// The next run of a schedule.
    pub next_run: Option<NextRun>,
    /// Runs that have not ended.
    pub running: Vec<RunNow>,
    /// Runs that wait for a person, oldest first.
    pub held: Vec<HeldRun>,
    /// How many more are held.
    pub held_more: usize,
    /// The last run that ended or is held.
    pub last_run: Option<LastRun>,
    /// The last try of the daemon that failed, if no run has ended since.
    pub failed_try: Option<FailedTry>,
    /// Why it is unknown what lies in the inbound folder, if it is.
    pub inbound_unknown: Option<String>,
    /// Files that wait or are on their way, in the order in which they go.
    pub files: Vec<WaitingFile>,
    /// How many more there are.
    pub files_more: usize,
    /// Entries of the inbound folder that are never taken.
    pub not_taken: Vec<NotTaken>,
    /// How many more there are.
    pub not_taken_more: usize,
}

/// A pause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PauseNow {
    /// The integration, or `all`.
    pub name: String,
    /// When it began.
    #[serde(serialize_with = "to_the_second")]
    pub since: DateTime<FixedOffset>,
    /// Who paused it.
    pub user: String,
    /// The reason given.
    pub why: Option<String>,
    /// When it ends by itself.
    #[serde(serialize_with = "to_the_second_if_any")]
    pub until: Option<DateTime<FixedOffset>>,
    /// The same in a sentence.
    pub sentence: String,
}

/// A window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WindowNow {
    /// Its name.
    pub name: String,
    /// Whether it is open.
    pub open: bool,
    /// When it closes or opens; `None`: never.
    #[serde(serialize_with = "to_the_second_if_any")]
    pub until: Option<DateTime<FixedOffset>>,
}

/// The next run of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NextRun {
    /// Its time.
    #[serde(serialize_with = "to_the_second")]
    pub at: DateTime<FixedOffset>,
    /// The schedule.
    pub schedule: String,
    /// What will keep it from beginning then, as things stand.
    pub kept: Option<String>,
}

/// A try that could not be made a run of, and has not been followed by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailedTry {
    /// When it failed.
    #[serde(serialize_with = "to_the_second")]
    pub at: DateTime<FixedOffset>,
    /// Why.
    pub why: String,
}

/// A run that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunNow {
    /// Its reference ID.
    pub reference_id: ReferenceId,
    /// In-Progress.
    pub status: RunStatus,
    /// When it began.
    #[serde(serialize_with = "to_the_second")]
    pub since: DateTime<FixedOffset>,
    /// Who started it.
    pub user: String,
    /// Its source file, masked.
    pub file: Option<String>,
    /// Whether a process is at it. Otherwise it was stopped, and the next run of the integration finishes it.
    pub at_work: bool,
}

/// A run that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldRun {
    /// Its reference ID.
    pub reference_id: ReferenceId,
    /// Held.
    pub status: RunStatus,
    /// When it began.
    #[serde(serialize_with = "to_the_second")]
    pub since: DateTime<FixedOffset>,
    /// Its source file, masked.
    pub file: Option<String>,
    /// What holds it.
    pub codes: Vec<Code>,
    /// The same in sentences.
    pub reason: Option<String>,
    /// The commands that end the hold; each wants a reason.
    pub end_with: [String; 2],
}

/// The last run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LastRun {
    /// Its reference ID.
    pub reference_id: ReferenceId,
    /// Its status.
    pub status: RunStatus,
    /// Why.
    pub reason: Option<String>,
    /// Its source file, masked.
    pub file: Option<String>,
    /// When it ended, RFC 3339.
    pub ended: Option<String>,
}

impl Viewpoint<'_> {
    pub(super) fn integration(&self, integration: &Integration) -> Result<IntegrationNow> {
        let name = &integration.name;
        let running = runs_now(self.site, self.ledger, integration)?;
        let inbox = self.inbox(integration, &running);
        let (inbox, inbound_unknown) = match inbox {
            Ok(inbox) => (inbox, None),
            // What can't be looked into is unknown; a broken ledger is a matter of its own.
            Err(error @ RunError::Scan(_)) => (Inbox::default(), Some(error.to_string())),
            Err(error) => return Err(error),
        };
        let (held, held_more) = self.held(name)?;
        let last_run = self.last_run(name, running.len())?;
        Ok(IntegrationNow {
            name: name.clone(),
            kind: integration.kind,
            paused: order::paused(self.site, &self.pauses, name).map(PauseNow::of),
            window: self.window(integration),
            next_run: self.next_run(name),
            failed_try: self.failed_try(name, last_run.as_ref())?,
            last_run,
            running,
            held,
            held_more,
            inbound_unknown,
            files: inbox.files,
            files_more: inbox.files_more,
            not_taken: inbox.not_taken,
            not_taken_more: inbox.not_taken_more,
        })
    }

    fn next_run(&self, name: &str) -> Option<NextRun> {
        let (at, schedule) = order::next_run(self.site, name)?;
        let pause = order::paused(self.site, &self.pauses, name);
        let pause = pause.filter(|p| p.until.is_none_or(|until| until > at));
        let kept = match (self.daemon, pause) {
            (false, _) => Some("no daemon runs to begin with it".to_owned()),
            (true, Some(_)) => Some("it waits for the end of the pause".to_owned()),
            (true, None) => None,
        };
        Some(NextRun {
            at,
            schedule: schedule.to_owned(),
            kept,
        })
    }

    fn failed_try(&self, name: &str, last: Option<&LastRun>) -> Result<Option<FailedTry>> {
        let ended = last.and_then(|last| last.ended.as_deref());
        let ended = ended.and_then(|ended| DateTime::parse_from_rfc3339(ended).ok());
        let filter = EventFilter {
            subject: Some(name.to_owned()),
            action: Some("run failed".to_owned()),
            since: ended.map(|at| at.to_utc()),
            ..EventFilter::default()
        };
        let newest = self.ledger.events(&filter, 1)?.into_iter().next();
        Ok(newest.map(|event| FailedTry {
            at: event.at,
            why: event.why.unwrap_or_default(),
        }))
    }

    fn window(&self, integration: &Integration) -> Option<WindowNow> {
        let name = integration.window.as_ref()?;
        let window = self.site.config.window(name)?;
        let now = self.site.now();
        let now = now.with_timezone(&self.site.config.site.timezone);
        let closes = window.closes(now);
        let until = closes.or_else(|| window.next_open(now));
        Some(WindowNow {
            name: name.clone(),
            open: closes.is_some(),
            until: until.map(|at| at.fixed_offset()),
        })
    }

    fn held(&self, name: &str) -> Result<(Vec<HeldRun>, usize)> {
        let filter = RunFilter {
            integration: Some(name.to_owned()),
            status: Some(RunStatus::Held),
            since: None,
        };
        let rows = self.ledger.runs(&filter, usize::MAX)?;
        let more = rows.len().saturating_sub(self.limit);
        let oldest = rows.into_iter().rev().take(self.limit);
        Ok((oldest.map(HeldRun::of).collect(), more))
    }

    fn last_run(&self, name: &str, running: usize) -> Result<Option<LastRun>> {
        let filter = RunFilter {
            integration: Some(name.to_owned()),
            ..RunFilter::default()
        };
        let rows = self.ledger.runs(&filter, running + 1)?;
        let last = rows
            .into_iter()
            .find(|row| row.status != RunStatus::InProgress);
        Ok(last.map(|row| LastRun {
            file: file(&row),
            reference_id: row.reference,
            status: row.status,
            reason: row
                .summary
                .as_ref()
                .and_then(|s| s.reason.as_deref().map(masked)),
            ended: row.summary.and_then(|s| s.end_date),
        }))
    }
}

impl PauseNow {
    fn of(pause: &Pause) -> PauseNow {
        PauseNow {
            name: pause.name.clone().unwrap_or_else(|| "all".to_owned()),
            since: pause.since,
            user: pause.user.clone(),
            why: pause.why.clone(),
            until: pause.until,
            sentence: order::Wait::Paused(pause.clone()).to_string(),
        }
    }
}

impl HeldRun {
    fn of(row: RunRow) -> HeldRun {
        HeldRun {
            file: file(&row),
            end_with: ["release", "refuse"].map(|act| format!("feedgate {act} {}", row.reference)),
            reason: row.summary.and_then(|s| s.reason.as_deref().map(masked)),
            reference_id: row.reference,
            status: row.status,
            since: row.start,
            codes: row.hold,
        }
    }
}

/// The runs of an integration that have not ended.
pub(super) fn runs_now(
    site: &Site,
    ledger: &Ledger,
    integration: &Integration,
) -> Result<Vec<RunNow>> {
    let rows = ledger.unfinished(&integration.name)?;
    // Looking at a lock takes it for an instant, so it is looked at only where somebody should have it.
    let at_work = !rows.is_empty()
        && Lock::is_held(&site.lock_file(&format!("integration-{}", integration.name)))?;
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

fn file(row: &RunRow) -> Option<String> {
    row.source_name.as_deref().map(masked)
}
