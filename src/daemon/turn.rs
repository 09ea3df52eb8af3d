//! One turn of the coordinator: takes in what happened, then starts whatever may start.

use super::coordinator::{Coordinator, TICK};
use super::event_queue::{DaemonControl, QueuedEvents};
use super::job::{Job, Work};
use super::on_clock::{on_clock, record_ended};
use super::on_job_done::on_job_done;
use super::on_request::{respond_busy, take_requests, write_responses};
use super::on_scan::on_scan;
use crate::config::Integration;
use crate::intake::{FileNames, Starter};
use crate::ledger::EventAction;
use crate::site::Result;
use crate::spool::{InboundScan, Waiting, free_mib};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One turn; it ends after `wait` at the latest if nothing happens. Returns what was asked of the daemon as a whole.
pub(super) fn turn(coordinator: &mut Coordinator, wait: Duration) -> Result<Vec<DaemonControl>> {
    let QueuedEvents {
        done,
        controls,
        scanned,
        rung,
    } = coordinator.queue.wait(Instant::now() + wait.min(TICK));
    coordinator.controls.extend(controls);
    coordinator.rung |= rung;
    if rung || !done.is_empty() {
        // A run may have left files to send; a person may have repaired an endpoint.
        coordinator.couriers.wake();
    }
    // A write that the ledger refuses now must not keep the other events from being handled.
    let mut all = Ok(());
    for done in done {
        all = all.and(on_job_done(coordinator, done));
    }
    for name in &scanned {
        all = all.and(on_scan(coordinator, name));
    }
    all = all.and(record_ended(coordinator));
    if !coordinator.flags.is_stopping() {
        all = all.and(take_requests(coordinator));
        all = all.and(on_clock(coordinator));
        all = all.and(check_free_space(coordinator));
        start_jobs(coordinator);
        for name in scanned.iter().filter(|name| coordinator.is_free(name)) {
            tracing::debug!(integration = name, "scanned, nothing to do");
        }
    }
    all = all.and(write_responses(coordinator));
    if all.is_ok() {
        coordinator.ledger_error_logged = None;
    }
    coordinator.wait_out_transient(all)?;
    Ok(std::mem::take(&mut coordinator.controls))
}

/// Starts jobs while workers are free: first those that were requested or are due, in their order, then those for waiting
/// files, each integration in its turn.
fn start_jobs(coordinator: &mut Coordinator) {
    let now = Instant::now();
    let mut index = 0;
    while index < coordinator.pending.len() {
        if coordinator.active.len() >= coordinator.site.config.daemon.workers {
            return respond_busy(coordinator, now);
        }
        let job = &coordinator.pending[index];
        if job.integrations.iter().all(|n| coordinator.is_free(n))
            && job.not_before.is_none_or(|at| at <= now)
            && coordinator.may_begin(job)
            && let Some(job) = coordinator.pending.remove(index)
        {
            coordinator.start(job);
        } else {
            index += 1;
        }
    }
    respond_busy(coordinator, now);
    if coordinator.full {
        return;
    }
    let site = Arc::clone(&coordinator.site);
    let integrations = &site.config.integrations;
    let count = integrations.len();
    let first = coordinator.next_integration;
    for offset in 0..count {
        if coordinator.active.len() >= site.config.daemon.workers {
            return;
        }
        let index = (first + offset) % count;
        let integration = &integrations[index];
        if let Some(job) = take_files_job(coordinator, integration, now) {
            coordinator.start(job);
            coordinator.next_integration = index + 1;
        }
    }
}

/// The job that takes an integration's files, if there are any and they may be taken.
fn take_files_job(
    coordinator: &Coordinator,
    integration: &Integration,
    now: Instant,
) -> Option<Job> {
    let name = &integration.name;
    let state = coordinator.states.get(name)?;
    if !state.is_ready(now) || !coordinator.is_free(name) {
        return None;
    }
    // A job that was requested or is due goes first, as soon as all its integrations are free.
    let first = |job: &Job| {
        job.integrations.contains(name)
            && job.not_before.is_none_or(|at| at <= now)
            && coordinator.may_begin(job)
    };
    if coordinator.pending.iter().any(first) {
        return None;
    }
    let scan = coordinator.queue.scan(name);
    let look = state.look(scan.as_ref());
    let job = |look: &Arc<InboundScan>| {
        let work = Work::TakeFiles(Arc::clone(look));
        Job::new(work, name.clone(), vec![name.clone()])
    };
    if state.unfinished {
        // A run that an earlier process began is finished even where waiting files may not be taken.
        let look = look.filter(|_| !coordinator.is_kept(integration, Starter::Arrival));
        return Some(job(look.unwrap_or(&Arc::default())));
    }
    let look = look?;
    let names = FileNames::of(integration);
    // If the ledger fails now, the worker finds out.
    let mine = |n: &str| names.take(&*coordinator.ledger, n).unwrap_or(true);
    let unanswered = |file: &Waiting| !state.answered.contains(&file.identity());
    if !coordinator.is_kept(integration, Starter::Arrival) {
        let wanted = |file: &Waiting| mine(&file.name) || unanswered(file);
        let any = look.queued.files > 0 || look.complete.iter().any(wanted);
        return any.then(|| job(look));
    }
    // Files of other names are answered even where no file may be taken.
    let others = look.complete.iter();
    let others: Vec<Waiting> = others.filter(|file| !mine(&file.name)).cloned().collect();
    others.iter().any(unanswered).then(|| {
        job(&Arc::new(InboundScan {
            complete: others,
            ..InboundScan::default()
        }))
    })
}

/// Records when the disk gets too full to take files, and when it has room again.
fn check_free_space(coordinator: &mut Coordinator) -> Result<()> {
    let floor = coordinator.site.config.daemon.min_free_mib;
    // Some more than the floor, so that the state does not flip back and forth.
    let enough = if coordinator.full {
        floor + floor / 10
    } else {
        floor
    };
    let full = match free_mib(&coordinator.site.config.root) {
        Ok(free) => free < enough,
        Err(error) => {
            tracing::error!(%error, "the room on the disk is unknown");
            false
        }
    };
    if full != std::mem::replace(&mut coordinator.full, full) {
        let why = format!("less than {floor} MiB are free (daemon.min_free_mib)");
        if full {
            tracing::error!("no file is taken: {why}; make room on the site's disk");
            coordinator.record(EventAction::DiskFull, "site", &why)?;
        } else {
            tracing::info!("there is room on the disk again; files are taken");
            coordinator.record(EventAction::DiskHasRoom, "site", "files are taken again")?;
        }
    }
    Ok(())
}
