//! Times on the site's clock, as people write them: without an offset.

use super::error::{OperationError, Result};
use crate::schedule::resolve;
use crate::site::Site;
use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;

/// A time on the site's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClockTime {
    /// `2026-11-21T06:00`
    At(NaiveDateTime),
    /// `2026-11-21`: its first moment.
    Day(NaiveDate),
    /// `06:00`: the next time the clock shows it.
    Next(NaiveTime),
}

impl ClockTime {
    /// The moment it means.
    ///
    /// # Errors
    /// It has passed.
    pub(super) fn in_future(self, site: &Site) -> Result<DateTime<FixedOffset>> {
        let now = site.now();
        let zone = site.config.site.timezone;
        let at = self.after(now.with_timezone(&zone)).fixed_offset();
        if at > now {
            return Ok(at);
        }
        Err(OperationError::usage(format!(
            "{} has passed; on the site's clock it is {}",
            at.format("%Y-%m-%d %H:%M"),
            now.format("%Y-%m-%d %H:%M")
        )))
    }

    fn after(self, now: DateTime<Tz>) -> DateTime<Tz> {
        let zone = now.timezone();
        match self {
            ClockTime::At(local) => resolve(local, zone),
            ClockTime::Day(day) => first_moment(day, zone),
            ClockTime::Next(time) => {
                let today = resolve(now.date_naive().and_time(time), zone);
                let tomorrow = now.date_naive() + Days::new(1);
                if today > now {
                    today
                } else {
                    resolve(tomorrow.and_time(time), zone)
                }
            }
        }
    }
}

/// The first moment of a day.
fn first_moment(day: NaiveDate, zone: Tz) -> DateTime<Tz> {
    resolve(day.and_time(NaiveTime::MIN), zone)
}

/// The first moment of a day on the site's clock.
pub(super) fn start_of(day: NaiveDate, site: &Site) -> DateTime<Utc> {
    first_moment(day, site.config.site.timezone).to_utc()
}

#[cfg(test)]
mod tests {
    use super::{ClockTime, first_moment};
    use chrono::{DateTime, NaiveDate};
    use chrono_tz::America::New_York;

    #[test]
    fn typed_times_become_moments_on_the_sites_clock() {
        let now = DateTime::parse_from_rfc3339("2026-11-20T06:00:00-05:00").expect("moment");
        let now = now.with_timezone(&New_York);
        let at = |text: &str| ClockTime::At(text.parse().expect(text));
        let next = |text: &str| ClockTime::Next(text.parse().expect(text));
        for (typed, expected) in [
            (at("2026-11-21T06:00:00"), "2026-11-21T06:00:00-05:00"),
            (next("06:01:00"), "2026-11-20T06:01:00-05:00"),
            // It is 6 already.
            (next("06:00:00"), "2026-11-21T06:00:00-05:00"),
            (
                ClockTime::Day("2026-07-01".parse().expect("day")),
                "2026-07-01T00:00:00-04:00",
            ),
            // Not there on the day of the gap.
            (at("2026-03-08T02:30:00"), "2026-03-08T03:00:00-04:00"),
        ] {
            assert_eq!(typed.after(now).to_rfc3339(), expected, "{typed:?}");
        }
    }

    #[test]
    fn a_day_begins_where_its_clock_says() {
        // Beirut has no midnight on that day.
        let day = NaiveDate::from_ymd_opt(2026, 3, 29).expect("day");
        let beirut = first_moment(day, chrono_tz::Asia::Beirut).to_utc();
        assert_eq!(beirut.to_rfc3339(), "2026-03-28T22:00:00+00:00");
    }
}
