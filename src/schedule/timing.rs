//! Schedules: at which moments a run is due.

use super::missed::Missed;
use super::{Cron, Window, elapsed, wall};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use std::time::Duration;

/// How many times that `except` or the window rule out [`Schedule::next`] passes over before it says never. Whole days
/// and the time until the window opens are passed over in one.
pub(crate) const SEARCH_STEPS: usize = 4_000;

/// When something runs unattended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// Its rhythm.
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

/// The rhythm of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Timing {
    /// Again after this time, in whole seconds that really pass: a change of the clock doesn't stretch it. Counted from
    /// the schedule's start, which is its first run, or else from local midnight of 1970-01-01.
    Every(Duration),
    /// By a cron expression, on the wall clock.
    Cron(Cron),
    /// At a time on the wall clock.
    At {
        /// The time.
        time: NaiveTime,
        /// The days of the week.
        days: Vec<Weekday>,
    },
}

impl Schedule {
    /// The first moment after this one at which it runs; `None`: never again, as far as [`SEARCH_STEPS`] reach.
    ///
    /// Times on the wall clock are taken as [`super::resolve`] takes them: one that a gap swallows runs right after the
    /// gap, a doubled one runs once, and two that become the same moment are one run. `except` means the date on the
    /// wall clock that the run was meant for.
    pub(crate) fn next(&self, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        match &self.timing {
            Timing::Every(every) => elapsed::next(self, *every, after, zone),
            Timing::Cron(cron) => wall::next(self, |past| cron.after(past), after, zone),
            Timing::At { time, days } => {
                wall::next(self, |past| wall::at(*time, days, past), after, zone)
            }
        }
    }

    /// Whether the window, if there is one, lets a run start then; otherwise the last moment before it opens.
    pub(super) fn shut(&self, moment: DateTime<Tz>) -> Shut {
        match &self.window {
            Some(window) if window.closes(moment).is_none() => window
                .next_open(moment)
                .map_or(Shut::ForGood, |opens| Shut::Until(just_before(opens))),
            _ => Shut::Not,
        }
    }
}

/// Whether a window keeps a run from starting.
pub(super) enum Shut {
    Not,
    /// The last moment at which it does.
    Until(DateTime<Tz>),
    ForGood,
}

/// Runs are strictly after a moment; this makes the moment itself count.
pub(super) fn just_before(moment: DateTime<Tz>) -> DateTime<Tz> {
    moment
        .checked_sub_signed(TimeDelta::nanoseconds(1))
        .unwrap_or(moment)
}
