//! The status of one integration.

use super::files::{Inbox, inbox};
use super::viewpoint::{RunNow, Viewpoint, file, runs_now, to_the_second, to_the_second_if_any};
use crate::config::Integration;
use crate::domain::masking::masked;
use crate::domain::{Code, Kind, ReferenceId, RunStatus};
use crate::intake::{self, pause_on};
use crate::ledger::{Event, EventAction, EventFilter, Pause, RunFilter, RunRow};
use crate::site::{Result, RunError, WaitReason};
use chrono::{DateTime, FixedOffset};
use serde::Serialize;

/// Newer runs are looked for among this number of the last ones.
const RUNS_LOOKED_AT: usize = 1000;

/// The status of one integration.
#[derive(Clone, Debug, Serialize)]
pub struct IntegrationNow {
    pub name: String,
    pub kind: Kind,
    /// The pause that is on it: its own, or that of all.
    pub paused: Option<PauseNow>,
    pub window: Option<WindowNow>,
    /// The next run of a schedule.
    pub next_run: Option<NextRun>,
    /// Runs that have not ended.
    pub running: Vec<RunNow>,
    /// Runs that wait for a user, oldest first.
    pub held: Vec<HeldRun>,
    /// How many more are held.
    pub held_more: usize,
    /// The last run that ended or is held.
    pub last_run: Option<LastRun>,
    /// The last try of the daemon that failed, if no run has ended since.
    pub failed_try: Option<FailedTry>,
    /// A set stopped before it came to the integration, if neither has run since.
    pub not_run: Option<NotRun>,
    /// Why it is unknown what waits in the inbound folder, if it is.
    pub inbound_unknown: Option<String>,
    #[serde(flatten)]
    pub inbox: Inbox,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PauseNow {
    /// The integration, or `all`.
    pub name: String,
    #[serde(serialize_with = "to_the_second")]
    pub since: DateTime<FixedOffset>,
    pub user: String,
    pub why: Option<String>,
    /// When it ends by itself.
    #[serde(serialize_with = "to_the_second_if_any")]
    pub until: Option<DateTime<FixedOffset>>,
    /// The same in a sentence.
    pub sentence: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WindowNow {
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
    #[serde(serialize_with = "to_the_second")]
    pub at: DateTime<FixedOffset>,
    pub schedule: String,
    /// What will keep it from beginning then, as things stand.
    pub kept: Option<String>,
}

/// A try that could not be made a run of, and has not been followed by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailedTry {
    #[serde(serialize_with = "to_the_second")]
    pub at: DateTime<FixedOffset>,
    pub why: String,
}

/// A set stopped before it came to the integration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotRun {
    #[serde(serialize_with = "to_the_second")]
    pub at: DateTime<FixedOffset>,
    pub why: String,
}

/// A run that waits for a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldRun {
    pub reference_id: ReferenceId,
    pub status: RunStatus,
    #[serde(serialize_with = "to_the_second")]
    /// When the run began; a second hold after a release does not change it.
    pub since: DateTime<FixedOffset>,
    /// Its source file, masked.
    pub file: Option<String>,
    /// What holds it, then the codes of holds that a user has lifted before.
    pub codes: Vec<Code>,
    /// What holds it, in sentences.
    pub reason: Option<String>,
    /// The commands that end the hold; each wants a reason.
    pub end_with: [String; 2],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LastRun {
    pub reference_id: ReferenceId,
    pub status: RunStatus,
    pub reason: Option<String>,
    /// Its source file, masked.
    pub file: Option<String>,
    /// When it ended, RFC 3339.
    pub ended: Option<String>,
}

pub(super) fn integration(
    view: &Viewpoint<'_>,
    integration: &Integration,
) -> Result<IntegrationNow> {
    let name = &integration.name;
    let running = runs_now(view.site, &*view.ledger, integration)?;
    let certain = view.site.config.mistakes.is_empty();
    let inbox = certain.then(|| inbox(view, integration, &running));
    let (inbox, inbound_unknown) = match inbox.transpose() {
        Ok(Some(inbox)) => (inbox, None),
        Ok(None) => {
            let why = "the configuration has mistakes".to_owned();
            (Inbox::default(), Some(why))
        }
        // What can't be listed is unknown; a broken ledger is another matter.
        Err(error @ RunError::Scan(_)) => (Inbox::default(), Some(error.to_string())),
        Err(error) => return Err(error),
    };
    let (held, held_more) = held(view, name)?;
    let last_run = last_run(view, name, running.len())?;
    Ok(IntegrationNow {
        name: name.clone(),
        kind: integration.kind,
        paused: pause_on(view.site, &view.pauses, name).map(PauseNow::of),
        window: window(view, integration).filter(|_| certain),
        next_run: next_run(view, name).filter(|_| certain),
        failed_try: failed_try(view, name, last_run.as_ref())?,
        not_run: not_run(view, name, last_run.as_ref())?,
        last_run,
        running,
        held,
        held_more,
        inbound_unknown,
        inbox,
    })
}

fn next_run(view: &Viewpoint<'_>, name: &str) -> Option<NextRun> {
    let (at, schedule) = intake::next_run(view.site, name)?;
    let pause = pause_on(view.site, &view.pauses, name);
    let pause = pause.filter(|p| p.until.is_none_or(|until| until > at));
    let kept = match (view.daemon, pause) {
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

fn failed_try(
    view: &Viewpoint<'_>,
    name: &str,
    last: Option<&LastRun>,
) -> Result<Option<FailedTry>> {
    let newest = event_since(view, name, EventAction::RunFailed, last)?;
    Ok(newest.map(|event| FailedTry {
        at: event.at,
        why: event.why.unwrap_or_default(),
    }))
}

fn not_run(view: &Viewpoint<'_>, name: &str, last: Option<&LastRun>) -> Result<Option<NotRun>> {
    // Moments are whole seconds: a run that ended in the same second is taken to be the later one.
    let ended = last.and_then(|last| last.ended.as_deref());
    let ended = ended.and_then(|ended| DateTime::parse_from_rfc3339(ended).ok());
    let event = event_since(view, name, EventAction::NotRun, last)?;
    let Some(event) = event.filter(|event| ended.is_none_or(|ended| ended < event.at)) else {
        return Ok(None);
    };
    // Where a set has run again, it came to the integration or has another event.
    let filter = RunFilter {
        since: Some(event.at.to_utc()),
        ..RunFilter::default()
    };
    let in_set = |row: &RunRow| {
        let set = row.process_name.as_ref();
        let set = set.and_then(|set| view.site.config.set(set));
        let has = set.is_some_and(|set| set.integrations.iter().any(|member| member == name));
        has && row.start > event.at
    };
    let again = view
        .ledger
        .runs(&filter, RUNS_LOOKED_AT)?
        .iter()
        .any(in_set);
    Ok((!again).then(|| NotRun {
        at: event.at,
        why: event.why.unwrap_or_default(),
    }))
}

/// The newest event of an integration since its last run ended.
fn event_since(
    view: &Viewpoint<'_>,
    name: &str,
    action: EventAction,
    last: Option<&LastRun>,
) -> Result<Option<Event>> {
    let ended = last.and_then(|last| last.ended.as_deref());
    let ended = ended.and_then(|ended| DateTime::parse_from_rfc3339(ended).ok());
    let filter = EventFilter {
        subject: Some(name.to_owned()),
        action: Some(action),
        since: ended.map(|at| at.to_utc()),
        ..EventFilter::default()
    };
    Ok(view.ledger.events(&filter, 1)?.into_iter().next())
}

fn window(view: &Viewpoint<'_>, integration: &Integration) -> Option<WindowNow> {
    let name = integration.window.as_ref()?;
    let window = view.site.config.window(name)?;
    let now = view.site.now();
    let now = now.with_timezone(&view.site.config.site.timezone);
    let closes = window.closes(now);
    let until = closes.or_else(|| window.next_open(now));
    Some(WindowNow {
        name: name.clone(),
        open: closes.is_some(),
        until: until.map(|at| at.fixed_offset()),
    })
}

fn held(view: &Viewpoint<'_>, name: &str) -> Result<(Vec<HeldRun>, usize)> {
    let filter = RunFilter {
        integration: Some(name.to_owned()),
        status: Some(RunStatus::Held),
        oldest_first: true,
        ..RunFilter::default()
    };
    let all = usize::try_from(view.ledger.open_totals(name)?.held).unwrap_or(usize::MAX);
    if all == 0 {
        return Ok((Vec::new(), 0));
    }
    let oldest = view.ledger.runs(&filter, view.limit)?;
    let more = all.saturating_sub(oldest.len());
    Ok((oldest.into_iter().map(HeldRun::of).collect(), more))
}

fn last_run(view: &Viewpoint<'_>, name: &str, running: usize) -> Result<Option<LastRun>> {
    let filter = RunFilter {
        integration: Some(name.to_owned()),
        ..RunFilter::default()
    };
    let rows = view.ledger.runs(&filter, running + 1)?;
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

impl PauseNow {
    fn of(pause: &Pause) -> PauseNow {
        PauseNow {
            name: pause.name.clone().unwrap_or_else(|| "all".to_owned()),
            since: pause.since,
            user: pause.user.clone(),
            why: pause.why.clone(),
            until: pause.until,
            sentence: WaitReason::Paused(pause.clone()).to_string(),
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
