//! Windows: hours of the day in which unattended runs may start.

use super::local::resolve;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Weekday};
use chrono_tz::Tz;

/// How many days [`Window::next_open`] looks ahead.
pub(crate) const LOOK_AHEAD_DAYS: usize = 400;

/// Hours of the day on some days of the week.
///
/// A window that passes midnight belongs to the day on which it opened: `days` and `except` speak of that day.
/// `from` is inside, `to` is not. Both are times on the wall clock, taken as [`resolve`] takes them: a doubled `from`
/// or `to` is the first of the two, one that a gap skips is the end of the gap. A window that lies
/// wholly in a gap opens right after the gap, for as long as it would have been open, so that no night goes without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// Days of the week on which it opens.
    pub days: Vec<Weekday>,
    pub from: NaiveTime,
    /// When it closes; at or before `from`: on the next day.
    pub to: NaiveTime,
    /// Dates on which it does not open.
    pub except: Vec<NaiveDate>,
}

impl Window {
    /// Whether it is open at this moment, and then when it closes.
    pub(crate) fn closes(&self, at: DateTime<Tz>) -> Option<DateTime<Tz>> {
        let opened = days_around(at)?.take(3);
        let mut open = opened.filter_map(|day| self.on(day, at.timezone()));
        let (_, closes) = open.find(|(opens, closes)| *opens <= at && at < *closes)?;
        Some(closes)
    }

    /// The next moment after this one at which it opens; `None`: not within [`LOOK_AHEAD_DAYS`].
    pub(crate) fn next_open(&self, after: DateTime<Tz>) -> Option<DateTime<Tz>> {
        let days = days_around(after)?.take(LOOK_AHEAD_DAYS);
        let mut openings = days.filter_map(|day| self.on(day, after.timezone()));
        openings
            .find(|(opens, _)| *opens > after)
            .map(|(opens, _)| opens)
    }

    /// When the window of this day opens and closes.
    fn on(&self, day: NaiveDate, zone: Tz) -> Option<(DateTime<Tz>, DateTime<Tz>)> {
        if !self.days.contains(&day.weekday()) || self.except.contains(&day) {
            return None;
        }
        let until = match self.to <= self.from {
            true => day.checked_add_days(Days::new(1))?,
            false => day,
        };
        let (from, to) = (day.and_time(self.from), until.and_time(self.to));
        let (opens, closes) = (resolve(from, zone), resolve(to, zone));
        match opens < closes {
            true => Some((opens, closes)),
            false => Some((opens, opens.checked_add_signed(to - from)?)),
        }
    }
}

/// The days whose window may touch this moment or come later, the earliest first. A window passes one midnight, and a
/// zone that moves across the date line can leave out a day.
fn days_around(at: DateTime<Tz>) -> Option<impl Iterator<Item = NaiveDate>> {
    let first = at.naive_local().date().checked_sub_days(Days::new(2))?;
    Some(first.iter_days())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::tests::{ALL_DAYS, at, date, time};
    use Weekday::{Fri, Mon, Thu, Tue, Wed};

    fn window(days: &[Weekday], from: &str, to: &str, except: &[&str]) -> Window {
        Window {
            days: days.to_vec(),
            from: time(from),
            to: time(to),
            except: except.iter().map(|d| date(d)).collect(),
        }
    }

    fn shown(moment: Option<DateTime<Tz>>) -> String {
        moment.map_or("never".into(), |m| m.format("%m-%d %H:%M %z").to_string())
    }

    /// Moment, when it closes, when it opens next.
    #[track_caller]
    fn holds(window: &Window, zone: &str, table: &[(&str, &str, &str)]) {
        for (moment, closes, opens) in table {
            let moment = at(moment, zone);
            assert_eq!(shown(window.closes(moment)), *closes, "closes, {moment}");
            assert_eq!(shown(window.next_open(moment)), *opens, "opens, {moment}");
        }
    }

    const NEW_YORK: &str = "America/New_York";

    #[test]
    fn from_is_inside_and_to_is_not() {
        holds(
            &window(&ALL_DAYS, "09:00", "17:00", &[]),
            "America/Phoenix",
            &[
                ("2026-05-04T08:59:59-07:00", "never", "05-04 09:00 -0700"),
                (
                    "2026-05-04T09:00:00-07:00",
                    "05-04 17:00 -0700",
                    "05-05 09:00 -0700",
                ),
                (
                    "2026-05-04T16:59:59-07:00",
                    "05-04 17:00 -0700",
                    "05-05 09:00 -0700",
                ),
                ("2026-05-04T17:00:00-07:00", "never", "05-05 09:00 -0700"),
            ],
        );
    }

    #[test]
    fn a_night_belongs_to_the_day_it_opened() {
        // 2026-12-24 is a Thursday. Christmas night does not open; its eve's night goes on until the morning.
        let nights = window(
            &[Mon, Tue, Wed, Thu, Fri],
            "22:00",
            "05:00",
            &["2026-12-25"],
        );
        holds(
            &nights,
            NEW_YORK,
            &[
                ("2026-12-24T21:59:59-05:00", "never", "12-24 22:00 -0500"),
                (
                    "2026-12-25T04:59:59-05:00",
                    "12-25 05:00 -0500",
                    "12-28 22:00 -0500",
                ),
                ("2026-12-25T05:00:00-05:00", "never", "12-28 22:00 -0500"),
                ("2026-12-25T23:00:00-05:00", "never", "12-28 22:00 -0500"),
                ("2026-12-26T02:00:00-05:00", "never", "12-28 22:00 -0500"),
                (
                    "2026-12-29T02:00:00-05:00",
                    "12-29 05:00 -0500",
                    "12-29 22:00 -0500",
                ),
            ],
        );
        // Friday's night ends on Saturday; Sunday's would be Monday morning.
        holds(
            &nights,
            NEW_YORK,
            &[
                (
                    "2026-12-05T02:00:00-05:00",
                    "12-05 05:00 -0500",
                    "12-07 22:00 -0500",
                ),
                ("2026-12-07T02:00:00-05:00", "never", "12-07 22:00 -0500"),
            ],
        );
    }

    #[test]
    fn when_the_clock_goes_forward() {
        let over = window(&ALL_DAYS, "22:00", "05:00", &[]);
        let into = window(&ALL_DAYS, "02:30", "03:30", &[]);
        let skipped = window(&ALL_DAYS, "02:00", "03:00", &[]);
        holds(
            &over,
            NEW_YORK,
            &[(
                "2026-03-08T01:00:00-05:00",
                "03-08 05:00 -0400",
                "03-08 22:00 -0400",
            )],
        );
        holds(
            &into,
            NEW_YORK,
            &[
                ("2026-03-08T01:59:59-05:00", "never", "03-08 03:00 -0400"),
                (
                    "2026-03-08T03:00:00-04:00",
                    "03-08 03:30 -0400",
                    "03-09 02:30 -0400",
                ),
            ],
        );
        holds(
            &skipped,
            NEW_YORK,
            &[
                ("2026-03-08T01:59:59-05:00", "never", "03-08 03:00 -0400"),
                (
                    "2026-03-08T03:59:59-04:00",
                    "03-08 04:00 -0400",
                    "03-09 02:00 -0400",
                ),
                ("2026-03-08T04:00:00-04:00", "never", "03-09 02:00 -0400"),
            ],
        );
    }

    #[test]
    fn when_the_clock_goes_back() {
        let around = window(&ALL_DAYS, "01:00", "02:00", &[]);
        let inside = window(&ALL_DAYS, "01:15", "01:45", &[]);
        holds(
            &around,
            NEW_YORK,
            &[
                ("2026-11-01T00:59:59-04:00", "never", "11-01 01:00 -0400"),
                (
                    "2026-11-01T01:30:00-04:00",
                    "11-01 02:00 -0500",
                    "11-02 01:00 -0500",
                ),
                (
                    "2026-11-01T01:30:00-05:00",
                    "11-01 02:00 -0500",
                    "11-02 01:00 -0500",
                ),
            ],
        );
        holds(
            &inside,
            NEW_YORK,
            &[
                (
                    "2026-11-01T01:30:00-04:00",
                    "11-01 01:45 -0400",
                    "11-02 01:15 -0500",
                ),
                ("2026-11-01T01:30:00-05:00", "never", "11-02 01:15 -0500"),
            ],
        );
    }

    #[test]
    fn half_an_hour_counts() {
        let window = window(&ALL_DAYS, "02:00", "02:30", &[]);
        holds(
            &window,
            "Australia/Lord_Howe",
            &[
                // 2026-10-04: 02:00 becomes 02:30 and skips all of it.
                ("2026-10-04T01:59:59+10:30", "never", "10-04 02:30 +1100"),
                (
                    "2026-10-04T02:45:00+11:00",
                    "10-04 03:00 +1100",
                    "10-05 02:00 +1100",
                ),
            ],
        );
    }

    #[test]
    fn never_is_found_within_bounds() {
        let none = window(&[], "02:00", "03:00", &[]);
        let moment = at("2026-05-04T08:00:00-04:00", NEW_YORK);
        assert_eq!((none.next_open(moment), none.closes(moment)), (None, None));
        let mut every = window(&ALL_DAYS, "02:00", "03:00", &[]);
        every.except = date("2026-05-04").iter_days().take(500).collect();
        assert_eq!(every.next_open(moment), None);
        every.except.truncate(300);
        assert_eq!(shown(every.next_open(moment)), "02-28 02:00 -0500");
    }
}
