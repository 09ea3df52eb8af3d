//! Which of two versions of a record is the newer one, by what their senders say in `last_changed_at`.
//!
//! Files may come late or in another order than they were made. What decides is when a record was changed, as far as that
//! is certain, and never when its file was judged.

use crate::schedule::resolve;
use crate::validate::date::Moment;
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// The time within which a record was last changed, in seconds since 1970, UTC: of a day without a time all of that day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChangeTime {
    first: i64,
    last: i64,
}

/// What the change times of a file's records are compared with. Seconds are those since 1970, UTC.
#[derive(Clone, Copy, Debug)]
pub struct Versions {
    /// The site's time zone, for times without an offset.
    pub zone: Tz,
    /// When the file arrived: nothing in it was changed later, whatever the sender's clock says.
    pub arrived: u32,
    /// What is noted for a later moment than now was noted while a clock was ahead, and doesn't count.
    pub now: u32,
    /// A delta without a look-back leaves out what was last changed before and is as it was accepted last.
    pub watermark: Option<u32>,
    /// Whether records are left out that are older than what is known of theirs: not corrections, nor a file that is judged
    /// again.
    pub ordered: bool,
}

/// A moment as seconds; 0 where it lies before 1970.
pub(crate) fn seconds(moment: DateTime<Utc>) -> u32 {
    bounded(moment.timestamp())
}

fn bounded(seconds: i64) -> u32 {
    u32::try_from(seconds.max(0)).unwrap_or(u32::MAX)
}

impl Versions {
    /// The version of a record for the ledger: when it was changed at the earliest. 0 if that isn't known.
    pub(crate) fn version(&self, changed: ChangeTime) -> u32 {
        bounded(changed.first).min(self.arrived)
    }

    /// When a record was changed at the latest.
    pub(crate) fn newest(&self, changed: ChangeTime) -> u32 {
        bounded(changed.last).min(self.arrived)
    }

    /// Whether a record is certainly older than the version that is known of it.
    pub(crate) fn is_older(&self, changed: ChangeTime, known: u32) -> bool {
        let counts = (1..=self.now).contains(&known);
        self.ordered && counts && changed.last < i64::from(known)
    }

    /// Whether a record was certainly changed before the watermark.
    pub(crate) fn is_before_watermark(&self, changed: ChangeTime) -> bool {
        let before = |watermark: u32| changed.last < i64::from(watermark);
        self.watermark.is_some_and(before)
    }
}

/// Reads change times. It remembers how a day's clock differs from UTC, for most records of a file are of few days.
#[derive(Debug)]
pub(crate) struct ChangeClock {
    zone: Tz,
    day: Day,
}

/// A day on the site's clock.
#[derive(Clone, Copy, Debug)]
struct Day {
    date: NaiveDate,
    /// Seconds that the clock is ahead of UTC, if they are the same all day.
    ahead: Option<i64>,
}

impl Day {
    fn of(date: NaiveDate, zone: Tz) -> Day {
        let ahead = |date: Option<NaiveDate>| {
            let midnight = date?.and_time(NaiveTime::MIN);
            let moment = zone.from_local_datetime(&midnight).single()?;
            Some((midnight.and_utc().timestamp()) - moment.timestamp())
        };
        let before = ahead(Some(date));
        Day {
            date,
            ahead: before.filter(|_| before == ahead(date.succ_opt())),
        }
    }
}

impl ChangeClock {
    pub(crate) fn new(zone: Tz) -> ChangeClock {
        ChangeClock {
            zone,
            day: Day::of(NaiveDate::default(), zone),
        }
    }

    /// When a record was changed whose sender says so. A time that comes twice, as clocks are put back, may be either.
    pub(crate) fn time(&mut self, said: Moment) -> ChangeTime {
        let local = said.local;
        if let Some(offset) = said.offset {
            let at = local.and_utc().timestamp() - i64::from(offset);
            return ChangeTime {
                first: at,
                last: at,
            };
        }
        if self.day.date != local.date() {
            self.day = Day::of(local.date(), self.zone);
        }
        let Some(ahead) = self.day.ahead else {
            return self.around_a_change(said);
        };
        let first = local.and_utc().timestamp() - ahead;
        ChangeTime {
            first,
            last: if said.day { first + 86_399 } else { first },
        }
    }

    /// The time on a day on which clocks change.
    fn around_a_change(&self, said: Moment) -> ChangeTime {
        let first = |local: NaiveDateTime| resolve(local, self.zone).timestamp();
        let latest = |local: NaiveDateTime| {
            let moment = self.zone.from_local_datetime(&local).latest();
            moment.map_or_else(|| first(local), |moment| moment.timestamp())
        };
        let next = said.local.checked_add_days(Days::new(1));
        ChangeTime {
            first: first(said.local),
            last: match next.filter(|_| said.day) {
                Some(next) => first(next) - 1,
                None => latest(said.local),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ChangeClock, ChangeTime, Versions, seconds};
    use crate::validate::date::Moment;
    use chrono::{DateTime, NaiveDateTime, Utc};
    use chrono_tz::America::New_York;

    fn at(utc: &str) -> i64 {
        utc.parse::<DateTime<Utc>>().expect("a moment").timestamp()
    }

    fn said(text: &str, offset: Option<i32>) -> Moment {
        let (local, day) = match text.len() {
            10 => (format!("{text}T00:00:00"), true),
            _ => (text.to_owned(), false),
        };
        let local: NaiveDateTime = local.parse().expect("a time");
        Moment { local, offset, day }
    }

    #[test]
    fn a_time_is_read_on_the_site_s_clock_and_a_day_is_all_of_it() {
        let mut clock = ChangeClock::new(New_York);
        let mut between = |text: &str, offset, first: &str, last: &str| {
            let expected = ChangeTime {
                first: at(first),
                last: at(last),
            };
            assert_eq!(clock.time(said(text, offset)), expected, "{text}");
        };
        let noon = "2026-11-20T17:00:00Z";
        between("2026-11-20T12:00:00", None, noon, noon);
        between("2026-11-20T18:00:00", Some(3600), noon, noon);
        between(
            "2026-11-20",
            None,
            "2026-11-20T05:00:00Z",
            "2026-11-21T04:59:59Z",
        );
        // Clocks go back at 02:00: the hour before comes twice, and the day has 25 hours.
        between(
            "2026-11-01T01:30:00",
            None,
            "2026-11-01T05:30:00Z",
            "2026-11-01T06:30:00Z",
        );
        let after = "2026-11-01T08:00:00Z";
        between("2026-11-01T03:00:00", None, after, after);
        between(
            "2026-11-01",
            None,
            "2026-11-01T04:00:00Z",
            "2026-11-02T04:59:59Z",
        );
        // They go forward at 02:00: the hour after is left out.
        let gap = "2026-03-08T07:00:00Z";
        between("2026-03-08T02:30:00", None, gap, gap);
        between(
            "2026-03-08",
            None,
            "2026-03-08T05:00:00Z",
            "2026-03-09T03:59:59Z",
        );
        between("2026-11-20T12:00:00", None, noon, noon);
    }

    fn versions() -> Versions {
        let second = |utc: &str| u32::try_from(at(utc)).expect("after 1970");
        Versions {
            zone: New_York,
            arrived: second("2026-11-20T17:00:00Z"),
            now: second("2026-11-20T18:00:00Z"),
            watermark: Some(second("2026-11-20T12:00:00Z")),
            ordered: true,
        }
    }

    #[test]
    fn a_record_is_older_only_where_that_is_certain() {
        let versions = versions();
        let time = |utc: &str| ChangeTime {
            first: at(utc),
            last: at(utc),
        };
        let noon = versions.version(time("2026-11-20T12:00:00Z"));
        assert!(versions.is_older(time("2026-11-20T11:59:59Z"), noon));
        assert!(!versions.is_older(time("2026-11-20T12:00:00Z"), noon));
        assert!(versions.is_before_watermark(time("2026-11-20T11:59:59Z")));
        assert!(!versions.is_before_watermark(time("2026-11-20T12:00:00Z")));
        let day = ChangeClock::new(New_York).time(said("2026-11-20", None));
        assert!(!versions.is_older(day, noon) && !versions.is_before_watermark(day));
        assert!(!versions.is_older(time("2026-11-20T11:59:59Z"), versions.version(day)));
        let unordered = Versions {
            ordered: false,
            ..versions
        };
        assert!(!unordered.is_older(time("2026-11-20T11:59:59Z"), noon));
    }

    #[test]
    fn nothing_counts_as_later_than_its_file_nor_as_later_than_now() {
        let versions = versions();
        let ahead = ChangeTime {
            first: at("2027-01-01T00:00:00Z"),
            last: at("2027-01-01T00:00:00Z"),
        };
        assert_eq!(versions.version(ahead), versions.arrived);
        assert_eq!(versions.newest(ahead), versions.arrived);
        assert!(!versions.is_older(ahead, versions.arrived));
        let just_now = ChangeTime {
            first: at("2026-11-20T17:30:00Z"),
            last: at("2026-11-20T17:30:00Z"),
        };
        let noted_ahead = seconds("2027-01-01T00:00:00Z".parse().expect("a moment"));
        assert!(!versions.is_older(just_now, noted_ahead));
        let long_ago = ChangeTime {
            first: -5,
            last: -5,
        };
        assert_eq!(versions.version(long_ago), 0);
        assert!(!versions.is_older(long_ago, 0));
    }
}
