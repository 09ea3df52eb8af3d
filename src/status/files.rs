//! Why each file of an inbound folder waits, or is never taken.

use super::viewpoint::{RunNow, Viewpoint, to_the_second_if_any};
use crate::config::Integration;
use crate::domain::masking::masked;
use crate::domain::parameters::GivenParameters;
use crate::domain::{ArrivalId, RunStatus};
use crate::intake::{Inbound, Now, OTHER_NAME, Queue, Sorted, Starter, after, sort, what_keeps};
use crate::site::{IntegrationContext, Result, WaitReason};
use crate::spool::{Arriving, Waiting};
use chrono::{DateTime, FixedOffset, TimeDelta};
use serde::Serialize;

/// A file that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaitingFile {
    pub name: String,
    /// Its ID, if it was taken from inbound into the queue.
    pub arrival: Option<ArrivalId>,
    /// Its size in bytes.
    pub size: u64,
    pub status: RunStatus,
    /// What it waits for: `arriving`, `paused`, `window`, `start`, `one-off`, `room`, `plan-year`, `running`,
    /// `after`, `turn` (the daemon takes it) or `run` (no daemon runs).
    pub waits_for: &'static str,
    /// When that ends by itself, as far as it is known.
    #[serde(serialize_with = "to_the_second_if_any")]
    pub until: Option<DateTime<FixedOffset>>,
    /// The reason in a sentence.
    pub why: String,
}

/// An entry that is never taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotTaken {
    /// Its name, as it may be shown.
    pub name: String,
    pub why: String,
}

/// What lies in an inbound folder.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Inbox {
    /// Files that wait or are arriving, in the order in which they go.
    pub files: Vec<WaitingFile>,
    /// How many more there are.
    pub files_more: usize,
    /// Entries that are never taken.
    pub not_taken: Vec<NotTaken>,
    /// How many more there are.
    pub not_taken_more: usize,
}

/// Lists the inbound folder of an integration, without waiting for anything.
pub(super) fn inbox(
    view: &Viewpoint<'_>,
    integration: &Integration,
    running: &[RunNow],
) -> Result<Inbox> {
    let context = IntegrationContext::for_reading(view.site, integration)?;
    let parameters = GivenParameters::default()
        .or(&integration.parameters)
        .complete();
    let sorted = sort(&context, Now.glance(view.site, integration)?)?;
    let (not_taken, not_taken_more) = list_not_taken(view, &sorted);
    let Sorted {
        taken, arriving, ..
    } = sorted;
    let count = taken.len() + arriving.len();
    let mut queue = Queue::new(&context, &parameters, taken, &arriving)?;
    queue.decide(&context)?;
    let for_all = for_all(view, integration, running)?;
    // What lasts until a time, or until a user acts, says more than the order of the files.
    let (lasting, brief) = match for_all {
        Some(reason) if reason.lasts() => (Some(reason), None),
        reason => (None, reason),
    };
    let lasting = lasting.map(|reason| Shown::kept(view, integration, reason));
    let mut files = Vec::new();
    let mut before = 0;
    for (file, turn) in queue.left() {
        let shown = match (&lasting, turn, &brief) {
            (Some(lasting), ..) => lasting.clone(),
            (None, Some(reason), _) | (None, None, Some(reason)) => Shown::of(view, reason),
            (None, None, None) => Shown::of(view, &next(view, integration, before)),
        };
        before += usize::from(turn.is_none());
        files.push(shown.of_file(file));
        if files.len() >= view.limit {
            break;
        }
    }
    let room = view.limit - files.len().min(view.limit);
    for one in arriving.iter().take(room) {
        let shown = arrival(view, integration, one, lasting.as_ref());
        files.push(shown.of_file(&one.file));
    }
    Ok(Inbox {
        files_more: count - files.len(),
        files,
        not_taken,
        not_taken_more,
    })
}

/// Why a file waits, as it is shown.
#[derive(Clone)]
struct Shown {
    waits_for: &'static str,
    until: Option<DateTime<FixedOffset>>,
    why: String,
}

impl Shown {
    fn of(view: &Viewpoint<'_>, reason: &WaitReason) -> Shown {
        Shown {
            waits_for: reason.word(),
            until: reason.until(view.site.config.site.timezone),
            why: reason.to_string(),
        }
    }

    /// What keeps all files of an integration waiting, and what a user can do where no daemon runs.
    fn kept(view: &Viewpoint<'_>, integration: &Integration, reason: WaitReason) -> Shown {
        let name = &integration.name;
        let reason = unless_one_off(view, name, reason);
        let mut shown = Shown::of(view, &reason);
        let needs_daemon = matches!(
            reason,
            WaitReason::OneOff { .. } | WaitReason::NotStarted { next: Some(_) }
        );
        if needs_daemon && !view.daemon {
            shown.why += &format!("; no daemon runs, so only `feedgate run {name}` takes it");
        }
        shown
    }

    fn of_file(mut self, file: &Waiting) -> WaitingFile {
        if let Some(fault) = file.misnamed {
            self.why += &format!("; its run will end Failed: its name {fault}");
        }
        WaitingFile {
            name: masked(&file.name),
            arrival: file.arrival.clone(),
            size: file.size,
            status: RunStatus::Scheduled,
            waits_for: self.waits_for,
            until: self.until,
            why: self.why,
        }
    }
}

fn list_not_taken(view: &Viewpoint<'_>, sorted: &Sorted) -> (Vec<NotTaken>, usize) {
    let refused = sorted.refused.iter().map(|entry| NotTaken {
        name: entry.name.clone(),
        why: entry.why.to_string(),
    });
    let others = sorted.left.iter().map(|file| NotTaken {
        name: masked(&file.name),
        why: OTHER_NAME.to_owned(),
    });
    let listed: Vec<NotTaken> = refused.chain(others).take(view.limit).collect();
    let more = sorted.refused.len() + sorted.left.len() - listed.len();
    (listed, more)
}

/// What keeps all files of an integration waiting.
fn for_all(
    view: &Viewpoint<'_>,
    integration: &Integration,
    running: &[RunNow],
) -> Result<Option<WaitReason>> {
    let kept = what_keeps(view.site, integration, &view.pauses, Starter::Arrival);
    if let Some(reason) = kept.or_else(|| view.disk_full.clone()) {
        return Ok(Some(reason));
    }
    if let Some(run) = running.iter().find(|run| run.at_work) {
        let run = run.reference_id.clone();
        return Ok(Some(WaitReason::Running { run }));
    }
    after(view.site, integration, &*view.ledger, &Now, true)
}

/// A one-off run takes files despite pauses, windows and schedules.
fn unless_one_off(view: &Viewpoint<'_>, name: &str, reason: WaitReason) -> WaitReason {
    let until = reason.until(view.site.config.site.timezone);
    match view.first_one_off(name) {
        Some(one_off)
            if !matches!(reason, WaitReason::DiskFull { .. })
                && until.is_none_or(|until| one_off.at < until) =>
        {
            WaitReason::OneOff {
                number: one_off.number,
                at: one_off.at,
                otherwise: Box::new(reason),
            }
        }
        _ => reason,
    }
}

/// Why a file waits that nothing keeps but those `before` it.
fn next(view: &Viewpoint<'_>, integration: &Integration, before: usize) -> WaitReason {
    if !view.daemon {
        let integration = integration.name.clone();
        return WaitReason::NoDaemon { integration };
    }
    if before == 0 && view.busy {
        return WaitReason::WorkersBusy;
    }
    WaitReason::InQueue { before }
}

/// Why an arriving file waits, and what `lasting` reason it will wait for then.
fn arrival(
    view: &Viewpoint<'_>,
    integration: &Integration,
    arriving: &Arriving,
    lasting: Option<&Shown>,
) -> Shown {
    let until = arriving
        .after
        .and_then(|after| TimeDelta::from_std(after).ok());
    let reason = WaitReason::Arriving {
        why: arriving.why,
        marker: format!(
            "{}{}",
            masked(&arriving.file.name),
            integration.complete.marker
        ),
        until: until.map(|after| view.site.now() + after),
    };
    let mut shown = Shown::of(view, &reason);
    if let Some(lasting) = lasting {
        shown.why += &format!("; then {}", lasting.why);
        shown.until = lasting.until;
    }
    shown
}
