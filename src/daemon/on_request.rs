//! Commands of other processes, which reach the daemon as requests in the ledger.

use super::coordinator::Coordinator;
use super::job::{Job, Work};
use super::on_clock::drop_cancelled;
use crate::operations::in_process::Response;
use crate::run::Command;
use crate::site::{Result, RunError};
use chrono::TimeDelta;
use std::time::{Duration, Instant};

/// How long a request waits for its integration before the response is "busy". Longer than a worker's turn, so that only a
/// long run, or one of another process, leads to it.
const PATIENCE: Duration = Duration::from_secs(3);
/// The ledger is read for requests after this time even if the wakeup was missed.
const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// A request older than this was made before the machine stood still; the requester no longer waits.
const STALE: TimeDelta = TimeDelta::hours(1);

pub(super) fn take_requests(coordinator: &mut Coordinator) -> Result<()> {
    let now = Instant::now();
    if !coordinator.rung && now < coordinator.timers.next_request {
        return Ok(());
    }
    coordinator.pauses = coordinator.ledger.pauses()?;
    coordinator.timers.one_offs = coordinator.ledger.one_offs()?;
    drop_cancelled(coordinator);
    for asked in coordinator.ledger.asked()? {
        if !coordinator.ledger.take_request(asked.number)? {
            continue;
        }
        if coordinator.site.now() - asked.at > STALE {
            respond(coordinator, asked.number, &Response::interrupted());
            continue;
        }
        let Some(command) = Command::read(&asked.body) else {
            respond(coordinator, asked.number, &Response::unreadable());
            continue;
        };
        let integrations = match command.integrations(&coordinator.site) {
            Ok(integrations) => integrations,
            Err(error) => {
                respond_with(coordinator, asked.number, error);
                continue;
            }
        };
        let waits = matches!(&command, Command::Run(request) if request.wait);
        let name = match &command {
            Command::Run(request) => request.name.clone(),
            _ => integrations.first().cloned().unwrap_or_default(),
        };
        tracing::info!(
            integration = name,
            user = asked.user,
            "asked for: {}",
            command.act()
        );
        let work = Work::Command {
            number: asked.number,
            user: asked.user,
            command,
        };
        coordinator.pending.push_back(Job {
            patience: (!waits).then(|| now + PATIENCE),
            ..Job::new(work, name, integrations)
        });
    }
    coordinator.rung = false;
    coordinator.timers.next_request = now + POLL_INTERVAL;
    Ok(())
}

/// Responds "busy", with the reason, to requests whose patience has ended.
pub(super) fn respond_busy(coordinator: &mut Coordinator, now: Instant) {
    let is_over = |job: &Job| job.patience.is_some_and(|until| until <= now);
    let pending = coordinator.pending.drain(..);
    let (over, waiting): (Vec<Job>, Vec<Job>) = pending.partition(is_over);
    coordinator.pending = waiting.into();
    for job in over {
        let Work::Command { number, .. } = job.work else {
            continue;
        };
        let mut at_work = coordinator.active.iter().flat_map(|a| &a.integrations);
        let why = match at_work.any(|name| job.integrations.contains(name)) {
            true => "the daemon is running it",
            false => "all workers of the daemon are busy",
        };
        let busy = RunError::Busy(format!(
            "{} is busy: {why}; try again later, or wait for it with --wait",
            job.name
        ));
        respond_with(coordinator, number, busy);
    }
}

/// Gives queued requests back: the processes that made them carry them out when the daemon has ended.
pub(super) fn give_back(coordinator: &mut Coordinator) -> Result<()> {
    while let Some(job) = coordinator.pending.front() {
        if let Work::Command { number, .. } = job.work {
            coordinator.ledger.give_back(number)?;
        }
        coordinator.pending.pop_front();
    }
    Ok(())
}

pub(super) fn respond(coordinator: &mut Coordinator, number: i64, response: &Response) {
    coordinator.unsent.push((number, response.written()));
}

/// Responds that a command came to nothing, and why.
pub(super) fn respond_with(coordinator: &mut Coordinator, number: i64, error: RunError) {
    respond(coordinator, number, &Response::of(Err(error), Vec::new()));
}

/// Writes the responses into the ledger, where the requesters wait for them.
pub(super) fn write_responses(coordinator: &mut Coordinator) -> Result<()> {
    while let Some((number, body)) = coordinator.unsent.first() {
        coordinator.ledger.answer(*number, body)?;
        coordinator.unsent.remove(0);
    }
    Ok(())
}
