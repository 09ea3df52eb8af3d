//! How far the clock has been followed: schedules, one-time runs, the daily purge. The ledger keeps it over a restart.

use crate::config::NamedSchedule;
use crate::ledger::{Ledger, OneOff};
use crate::schedule::due;
use crate::site::{Result, Site};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use std::time::Instant;

/// Prefix of a schedule's mark in the ledger: its runs are done up to that time.
const SCHEDULE: &str = "schedule.";
/// Prefix of the mark that says when a schedule's last run was done.
const DONE: &str = "done.";
/// A mark farther ahead than this was written by a wrong clock. After a smaller step back of the clock, runs that are done
/// must not run again.
const CLOCK_WAS_WRONG: TimeDelta = TimeDelta::minutes(10);
const RETENTION: &str = "retention";
const PURGE_INTERVAL: TimeDelta = TimeDelta::days(1);

pub(super) struct Timers {
    pub(super) schedules: Vec<ScheduleTimer>,
    pub(super) one_offs: Vec<OneOff>,
    /// When the ledger is read for requests even if nothing said that there are any.
    pub(super) next_request: Instant,
    purging: bool,
    purged: Option<DateTime<Utc>>,
}

/// A schedule, followed up to `since`.
pub(super) struct ScheduleTimer {
    pub(super) schedule: NamedSchedule,
    pub(super) since: DateTime<Utc>,
}

/// The mark up to which a schedule's runs are done.
pub(super) fn schedule_mark(schedule: &str) -> String {
    format!("{SCHEDULE}{schedule}")
}

/// The mark that says when a schedule's last run was done.
pub(super) fn done_mark(schedule: &str) -> String {
    format!("{DONE}{schedule}")
}

impl Timers {
    /// The timers of a site. Each schedule continues where `before`, or else an earlier process, left it; a new one begins
    /// now.
    pub(super) fn new(
        site: &Site,
        ledger: &mut dyn Ledger,
        before: Option<&Timers>,
    ) -> Result<Timers> {
        let now = site.now().with_timezone(&Utc);
        let mut schedules = Vec::new();
        for schedule in &site.config.schedules {
            let known = before.and_then(|b| b.schedule(&schedule.name));
            let mark = schedule_mark(&schedule.name);
            let since = match known {
                Some(timer) => Some(timer.since),
                None => ledger.mark(&mark)?,
            };
            if since.is_none() {
                // A run that is missed from now on can be made up for.
                ledger.set_mark(&mark, now)?;
            }
            schedules.push(ScheduleTimer {
                schedule: schedule.clone(),
                since: since.unwrap_or(now),
            });
        }
        Ok(Timers {
            schedules,
            one_offs: ledger.one_offs()?,
            next_request: Instant::now(),
            purging: false,
            purged: ledger.mark(RETENTION)?,
        })
    }

    /// The runs that have become due since the last call: of which schedule, and at which time.
    pub(super) fn due_runs(
        &mut self,
        now: DateTime<Utc>,
        zone: Tz,
    ) -> Vec<(NamedSchedule, DateTime<Utc>)> {
        let mut runs = Vec::new();
        for timer in &mut self.schedules {
            if timer.since - now > CLOCK_WAS_WRONG {
                timer.since = now;
            }
            let times = due(&timer.schedule.timetable, timer.since, now, zone);
            // After the clock was set back, runs that are done must not run again.
            timer.since = timer.since.max(now);
            let schedule = &timer.schedule;
            runs.extend(times.into_iter().map(|at| (schedule.clone(), at)));
        }
        runs
    }

    /// The schedule of this name, unless it left the configuration.
    pub(super) fn schedule(&self, name: &str) -> Option<&ScheduleTimer> {
        let mut timers = self.schedules.iter();
        timers.find(|timer| timer.schedule.name == name)
    }

    /// Whether a purge is due; from now on one is under way.
    pub(super) fn begin_purge(&mut self, now: DateTime<Utc>) -> bool {
        let purged = self.purged;
        let due = purged.is_none_or(|at| (now - at).abs() >= PURGE_INTERVAL);
        let begins = due && !self.purging;
        self.purging |= begins;
        begins
    }

    /// A purge is done; `more`: there is more to purge now.
    pub(super) fn end_purge(
        &mut self,
        ledger: &mut dyn Ledger,
        more: bool,
        now: DateTime<Utc>,
    ) -> Result<()> {
        self.purging = false;
        if !more {
            self.purged = Some(now);
            ledger.set_mark(RETENTION, now)?;
        }
        Ok(())
    }
}
