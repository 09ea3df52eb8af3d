//! Work that the clock makes due: schedules, one-time runs, ends of pauses, the daily purge, indexes.

use super::coordinator::{Coordinator, EndedOneTimeRun};
use super::job::{Job, SCHEDULER, Work};
use super::timers::{done_mark, schedule_mark};
use crate::config::NamedSchedule;
use crate::ledger::{EventAction, OneOff, Pause, RunFilter};
use crate::run::{Command, RunRequest};
use crate::schedule::{MOST_MADE_UP, Missed, late};
use crate::site::Result;
use chrono::{DateTime, TimeDelta, Utc};

/// Queues whatever the clock has made due and ends pauses that are over.
pub(super) fn on_clock(coordinator: &mut Coordinator) -> Result<()> {
    let now = coordinator.site.now();
    let utc = now.with_timezone(&Utc);
    let zone = coordinator.site.config.site.timezone;
    for (schedule, at) in coordinator.timers.due_runs(utc, zone) {
        queue_scheduled(coordinator, &schedule, at, utc);
    }
    for one_off in coordinator.timers.one_offs.clone() {
        if one_off.at <= now {
            queue_one_time_run(coordinator, one_off)?;
        }
    }
    end_pauses(coordinator)?;
    if coordinator.timers.begin_purge(utc) {
        coordinator
            .pending
            .push_back(Job::new(Work::Purge, String::new(), Vec::new()));
    }
    // Only while there is nothing else to do: it writes to the ledger, and runs would wait for that.
    if coordinator.unindexed && coordinator.is_idle() && coordinator.pending.is_empty() {
        coordinator.unindexed = false;
        coordinator
            .pending
            .push_back(Job::new(Work::ExtendIndexes, String::new(), Vec::new()));
    }
    Ok(())
}

fn end_pauses(coordinator: &mut Coordinator) -> Result<()> {
    let now = coordinator.site.now();
    let is_over = |pause: &Pause| pause.until.is_some_and(|until| until <= now);
    if coordinator.pauses.iter().any(is_over) {
        // It may have been extended since it was read.
        coordinator.pauses = coordinator.ledger.pauses()?;
    }
    for pause in coordinator.pauses.clone() {
        if is_over(&pause) {
            let name = pause.name.as_deref();
            coordinator.ledger.resume(name, SCHEDULER, now)?;
            tracing::info!(integration = name.unwrap_or("all"), "the pause is over");
            coordinator.pauses = coordinator.ledger.pauses()?;
        }
    }
    Ok(())
}

fn queue_scheduled(
    coordinator: &mut Coordinator,
    schedule: &NamedSchedule,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) {
    let run_of = |job: &Job| match &job.work {
        Work::Scheduled {
            schedule: s, at, ..
        } if *s == schedule.name => Some(*at),
        _ => None,
    };
    let pending = &mut coordinator.pending;
    let mut jobs = pending.iter().chain(&coordinator.active);
    let makes_up = schedule.timetable.missed == Missed::All;
    // A run that still waits stands for the later ones, unless each missed run is made up for.
    if jobs.any(|job| run_of(job) == Some(at))
        || (!makes_up && pending.iter().any(|job| run_of(job).is_some()))
    {
        return;
    }
    // Where runs can't begin for long, the newest are kept.
    while pending.iter().filter_map(run_of).count() >= MOST_MADE_UP
        && let Some(oldest) = pending.iter().position(|job| run_of(job).is_some())
    {
        pending.remove(oldest);
    }
    let name = schedule.run.clone();
    let integrations = match coordinator.site.config.set(&name) {
        Some(set) => set.integrations.clone(),
        None => vec![name.clone()],
    };
    tracing::info!(schedule = schedule.name, runs = name, "due");
    let work = Work::Scheduled {
        schedule: schedule.name.clone(),
        at,
        since: now,
    };
    let job = Job::new(work, name, integrations);
    coordinator.pending.push_back(job);
}

/// Notes that a schedule's run is done; `nothing`: it found no file.
pub(super) fn scheduled_run_done(
    coordinator: &mut Coordinator,
    job: &Job,
    schedule: &str,
    at: DateTime<Utc>,
    nothing: bool,
) -> Result<()> {
    let done = done_mark(schedule);
    let before = match coordinator.ledger.mark(&done)? {
        Some(before) => Some(before),
        None => coordinator.ledger.mark(&schedule_mark(schedule))?,
    };
    mark_done(coordinator, schedule, at)?;
    // Runs begin at whole seconds: a run that began in this second belongs to this run of the schedule.
    let until = coordinator.site.now().with_timezone(&Utc) + TimeDelta::seconds(1);
    coordinator.ledger.set_mark(&done, until)?;
    let timer = coordinator.timers.schedule(schedule);
    if !nothing || !timer.is_some_and(|t| t.schedule.expect_file) {
        return Ok(());
    }
    // A file that was taken on its arrival counts as well.
    for name in &job.integrations {
        let filter = RunFilter {
            integration: Some(name.clone()),
            since: before,
            ..RunFilter::default()
        };
        if before.is_some() && !coordinator.ledger.runs(&filter, 1)?.is_empty() {
            return Ok(());
        }
    }
    let expected = at.with_timezone(&coordinator.site.config.site.timezone);
    let why = late::sentence(schedule, expected.naive_local());
    tracing::warn!(integration = job.name, "{why}");
    coordinator.record(EventAction::FileExpected, &job.name, &why)
}

/// Writes down that a schedule's run of this time is done, and with it, if no other waits, all that was due up to now.
pub(super) fn mark_done(
    coordinator: &mut Coordinator,
    schedule: &str,
    at: DateTime<Utc>,
) -> Result<()> {
    let waiting = coordinator.pending.iter();
    let waiting = waiting.filter_map(|job| match &job.work {
        Work::Scheduled {
            schedule: s, at, ..
        } if *s == *schedule => Some(*at),
        _ => None,
    });
    let until = match waiting.min() {
        None => {
            let timer = coordinator.timers.schedule(schedule);
            timer.map_or(at, |t| t.since.max(at))
        }
        Some(first) if first < at => return Ok(()),
        Some(_) => at,
    };
    let mark = schedule_mark(schedule);
    Ok(coordinator.ledger.set_mark(&mark, until)?)
}

/// Forgets one-time runs that were cancelled while they waited.
pub(super) fn drop_cancelled(coordinator: &mut Coordinator) {
    let one_offs = &coordinator.timers.one_offs;
    coordinator.pending.retain(|job| match job.work {
        Work::OneTime { number, .. } => one_offs.iter().any(|o| o.number == number),
        _ => true,
    });
}

fn queue_one_time_run(coordinator: &mut Coordinator, one_off: OneOff) -> Result<()> {
    let number = one_off.number;
    coordinator.timers.one_offs.retain(|o| o.number != number);
    let same = |job: &Job| matches!(job.work, Work::OneTime { number: n, .. } if n == number);
    let mut jobs = coordinator.pending.iter().chain(&coordinator.active);
    if jobs.any(same) || coordinator.ended.iter().any(|e| e.number == number) {
        return Ok(());
    }
    let command = Command::read(&one_off.body);
    let integrations = command.as_ref().map(|c| c.integrations(&coordinator.site));
    let (Some(Command::Run(request)), Some(Ok(integrations))) = (command, integrations) else {
        return integration_missing(coordinator, &one_off);
    };
    tracing::info!(one_off = number, runs = one_off.name, "due");
    let work = Work::OneTime {
        number,
        user: one_off.user,
        request: RunRequest {
            wait: true,
            ..request
        },
        since: coordinator.site.now().with_timezone(&Utc),
    };
    coordinator
        .pending
        .push_back(Job::new(work, one_off.name, integrations));
    Ok(())
}

/// The integration or set of a one-time run left the configuration before its time came.
fn integration_missing(coordinator: &mut Coordinator, one_off: &OneOff) -> Result<()> {
    let name = &one_off.name;
    let why = format!("Scheduled but Deleted: `{name}` is no longer in the configuration");
    tracing::error!(one_off = one_off.number, runs = name, "{why}");
    let site = coordinator.site.for_user(&one_off.user);
    crate::site::fail_without_file(&site, &mut *coordinator.ledger, name, &why)?;
    one_time_run_ended(coordinator, one_off.number, why, &one_off.user);
    Ok(())
}

/// Notes that a one-time run is done: it is not run again, even before the ledger has it.
pub(super) fn one_time_run_ended(
    coordinator: &mut Coordinator,
    number: i64,
    result: impl Into<String>,
    user: &str,
) {
    coordinator.ended.push(EndedOneTimeRun {
        number,
        result: result.into(),
        user: user.to_owned(),
    });
}

/// Writes ended one-time runs into the ledger.
pub(super) fn record_ended(coordinator: &mut Coordinator) -> Result<()> {
    let now = coordinator.site.now();
    while let Some(ended) = coordinator.ended.first() {
        let number = ended.number;
        let ledger = &mut coordinator.ledger;
        ledger.end_one_off(number, &ended.result, &ended.user, now)?;
        coordinator.timers.one_offs.retain(|o| o.number != number);
        coordinator.ended.remove(0);
    }
    Ok(())
}
