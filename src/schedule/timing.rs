//! Schedules: at which moments a run is due.

use super::{Cron, Window, resolve};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use std::time::Duration;

/// How many times ruled out by `except` or the window a search skips before it says never. Whole days, and the time
/// until the window opens, are skipped in one step.
const SEARCH_STEPS: usize = 4_000;
/// Runs are strictly after a moment; taking this off makes the moment itself count.
const INSTANT: TimeDelta = TimeDelta::nanoseconds(1);

/// When something runs unattended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    pub timing: Timing,
    /// Before this local time it does not run.
    pub start: Option<NaiveDateTime>,
    /// After this local time it does not run.
    pub end: Option<NaiveDateTime>,
    /// Local dates on which it does not run.
    pub except: Vec<NaiveDate>,
    /// Outside this window it does not run.
    pub window: Option<Window>,
    /// What becomes of missed runs.
    pub missed: Missed,
}

/// What happens to runs that were missed because the program wasn't running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missed {
    Skip,
    /// One run makes up for all of them.
    Once,
    /// Each is made up for.
    All,
}

/// How the times of a schedule follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Timing {
    /// Again after this time, in whole seconds that really pass: a change of the clock doesn't stretch it. Counted from
    /// the schedule's start, which is its first run, or else from local midnight of 1970-01-01.
    Every(Duration),
    /// By a cron expression, on the wall clock.
    Cron(Cron),
    /// At a time on the wall clock.
    At {
        time: NaiveTime,
        /// The days of the week.
        days: Vec<Weekday>,
    },
}

impl Schedule {
    /// The first moment after this one at which it runs; `None`: never again, as far as the search reaches.
    ///
    /// Times on the wall clock are taken as [`super::resolve`] takes them: one that a gap skips runs right after the
    /// gap, a doubled one runs once, and two that become the same moment are one run. `except` means the date on the
    /// wall clock that the run was meant for.
    pub(crate) fn next(&self, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        match &self.timing {
            Timing::Every(every) => self.next_elapsed(*every, after, zone),
            Timing::Cron(cron) => self.next_local(|past| cron.after(past), after, zone),
            Timing::At { time, days } => {
                self.next_local(|past| next_at(*time, days, past), after, zone)
            }
        }
    }

    /// The next run by the time that passes.
    fn next_elapsed(
        &self,
        every: Duration,
        mut after: DateTime<Utc>,
        zone: Tz,
    ) -> Option<DateTime<Utc>> {
        let epoch = NaiveDate::default().and_time(NaiveTime::MIN);
        let first = resolve(self.start.unwrap_or(epoch), zone).to_utc();
        let last = self.end.map(|end| resolve(end, zone).to_utc());
        if self.start.is_some() {
            after = after.max(first.checked_sub_signed(INSTANT)?);
        }
        for _ in 0..SEARCH_STEPS {
            let moment = next_step(first, every, after)?;
            if last.is_some_and(|last| moment > last) {
                return None;
            }
            let here = moment.with_timezone(&zone);
            let resume = if self.except.contains(&here.date_naive()) {
                resolve(midnight_after(here.date_naive())?, zone)
            } else {
                self.open_from(here)?
            };
            if resume == here {
                return Some(moment);
            }
            after = moment.max(resume.to_utc().checked_sub_signed(INSTANT)?);
        }
        None
    }

    /// The next run by the wall clock; `following` gives the first of its local times after another.
    ///
    /// The search walks local times, not moments: several of them may become one moment, of which some are ruled out.
    fn next_local(
        &self,
        following: impl Fn(NaiveDateTime) -> Option<NaiveDateTime>,
        after: DateTime<Utc>,
        zone: Tz,
    ) -> Option<DateTime<Utc>> {
        let mut past = after.with_timezone(&zone).naive_local();
        if let Some(start) = self.start {
            past = past.max(start.checked_sub_signed(INSTANT)?);
        }
        for _ in 0..SEARCH_STEPS {
            let local = following(past)?;
            if self.end.is_some_and(|end| local > end) {
                return None;
            }
            let moment = resolve(local, zone);
            past = if moment.to_utc() <= after {
                // The clock went back: this time has been.
                local
            } else if self.except.contains(&local.date()) {
                midnight_after(local.date())?.checked_sub_signed(INSTANT)?
            } else {
                let opens = self.open_from(moment)?;
                if opens == moment {
                    return Some(moment.to_utc());
                }
                local.max(opens.checked_sub_signed(INSTANT)?.naive_local())
            };
        }
        None
    }

    /// The first moment from this one on at which the window lets a run start.
    fn open_from(&self, moment: DateTime<Tz>) -> Option<DateTime<Tz>> {
        match &self.window {
            Some(window) if window.closes(moment).is_none() => window.next_open(moment),
            _ => Some(moment),
        }
    }
}

/// The first moment after `after` that is a whole number of steps away from `first`.
fn next_step(first: DateTime<Utc>, every: Duration, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let step = i64::try_from(every.as_secs()).ok().filter(|s| *s > 0)?;
    // The fraction of a second is cut off, downwards, so the whole second is not after `after`.
    let passed = after.timestamp().checked_sub(first.timestamp())?;
    let steps = passed.div_euclid(step).checked_add(1)?;
    let seconds = steps.checked_mul(step)?;
    first.checked_add_signed(TimeDelta::try_seconds(seconds)?)
}

/// The first local time after `past` that is `time` on one of the days.
fn next_at(time: NaiveTime, days: &[Weekday], past: NaiveDateTime) -> Option<NaiveDateTime> {
    let dates = past.date().iter_days().take(8);
    dates
        .filter(|date| days.contains(&date.weekday()))
        .map(|date| date.and_time(time))
        .find(|local| *local > past)
}

fn midnight_after(date: NaiveDate) -> Option<NaiveDateTime> {
    Some(date.succ_opt()?.and_time(NaiveTime::MIN))
}
