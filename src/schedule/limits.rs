//! What keeps a schedule from running at a time that its rhythm gives.

use super::Window;
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;

/// How many times ruled out by `except` or the window a search skips before it says never. Whole days, and the time
/// until the window opens, are skipped in one step.
pub(super) const SEARCH_STEPS: usize = 4_000;

/// The limits of a schedule; see [`super::Schedule`].
pub(super) struct RunLimits<'s> {
    pub(super) start: Option<NaiveDateTime>,
    pub(super) end: Option<NaiveDateTime>,
    pub(super) except: &'s [NaiveDate],
    pub(super) window: Option<&'s Window>,
}

/// Whether a window keeps a run from starting.
pub(super) enum Shut {
    Not,
    /// The last moment at which it does.
    Until(DateTime<Tz>),
    ForGood,
}

impl RunLimits<'_> {
    /// Whether the window, if there is one, lets a run start at a moment.
    pub(super) fn shut(&self, moment: DateTime<Tz>) -> Shut {
        match self.window {
            Some(window) if window.closes(moment).is_none() => window
                .next_open(moment)
                .map_or(Shut::ForGood, |opens| Shut::Until(just_before(opens))),
            _ => Shut::Not,
        }
    }
}

/// Runs are strictly after a moment; this makes the moment itself count.
pub(super) fn just_before(moment: DateTime<Tz>) -> DateTime<Tz> {
    moment
        .checked_sub_signed(TimeDelta::nanoseconds(1))
        .unwrap_or(moment)
}
