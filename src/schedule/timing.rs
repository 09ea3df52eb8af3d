//! Schedules: at which moments a run is due.

use super::limits::RunLimits;
use super::{Cron, Window, elapsed, wall};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;
use std::time::Duration;

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
        time: NaiveTime,
        /// The days of the week.
        days: Vec<Weekday>,
    },
}

impl Schedule {
    /// The first moment after this one at which it runs; `None`: never again, as far as the search reaches.
    ///
    /// Times on the wall clock are taken as [`super::resolve`] takes them: one that a gap swallows runs right after the
    /// gap, a doubled one runs once, and two that become the same moment are one run. `except` means the date on the
    /// wall clock that the run was meant for.
    pub(crate) fn next(&self, after: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        match &self.timing {
            Timing::Every(every) => elapsed::next(&self.limits(), *every, after, zone),
            Timing::Cron(cron) => wall::next(&self.limits(), |past| cron.after(past), after, zone),
            Timing::At { time, days } => wall::next(
                &self.limits(),
                |past| wall::at(*time, days, past),
                after,
                zone,
            ),
        }
    }

    fn limits(&self) -> RunLimits<'_> {
        RunLimits {
            start: self.start,
            end: self.end,
            except: &self.except,
            window: self.window.as_ref(),
        }
    }
}
