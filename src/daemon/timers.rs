//! How far the clock has been followed: schedules, one-time runs, the daily purge. The ledger keeps it over a restart.

use crate::ledger::{Ledger, OneOff};
use crate::schedule::{Missed, Schedule, due};
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
/// The mark of the last purge.
const RETENTION: &str = "retention";
/// Time between two purges.
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
    pub(super) name: String,
    run: String,
    pub(super) expect_file: bool,
    timetable: Schedule,
    pub(super) since: DateTime<Utc>,
}

/// A run that a schedule makes due.
pub(super) struct DueRun {
    pub(super) schedule: String,
    /// The integration or set to run.
    pub(super) runs: String,
    /// What happens to runs that were missed.
    pub(super) missed: Missed,
    pub(super) at: DateTime<Utc>,
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
            let known = before.and_then(|b| b.schedules.iter().find(|t| t.name == schedule.name));
            let mark = schedule_mark(&schedule.name);
            let since = match known.map(|timer| timer.since) {
                Some(since) => since,
                None => match ledger.mark(&mark)? {
                    Some(since) => since,
                    // A run that is missed from now on can be made up for.
                    None => {
                        ledger.set_mark(&mark, now)?;
                        now
                    }
                },
            };
            schedules.push(ScheduleTimer {
                name: schedule.name.clone(),
                run: schedule.run.clone(),
                expect_file: schedule.expect_file,
                timetable: schedule.timetable.clone(),
                since,
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

    pub(super) fn read_one_offs(&mut self, ledger: &dyn Ledger) -> Result<()> {
        self.one_offs = ledger.one_offs()?;
        Ok(())
    }

    /// The runs that have become due since the last call.
    pub(super) fn due_runs(&mut self, now: DateTime<Utc>, zone: Tz) -> Vec<DueRun> {
        let mut runs = Vec::new();
        for timer in &mut self.schedules {
            if timer.since - now > CLOCK_WAS_WRONG {
                timer.since = now;
            }
            let times = due(&timer.timetable, timer.since, now, zone);
            // After the clock was set back, runs that are done must not run again.
            timer.since = timer.since.max(now);
            runs.extend(times.into_iter().map(|at| DueRun {
                schedule: timer.name.clone(),
                runs: timer.run.clone(),
                missed: timer.timetable.missed,
                at,
            }));
        }
        runs
    }

    /// The schedule of this name, unless it left the configuration.
    pub(super) fn schedule(&self, name: &str) -> Option<&ScheduleTimer> {
        self.schedules.iter().find(|timer| timer.name == name)
    }

    /// Whether a purge is due; from now on one is under way.
    pub(super) fn begin_purge(&mut self, now: DateTime<Utc>) -> bool {
        let due = self
            .purged
            .is_none_or(|at| (now - at).abs() >= PURGE_INTERVAL);
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
