//! Times as people type them: on the site's clock, without an offset.

use super::parameters::iso_date;
use crate::run::Site;
use crate::schedule::resolve;
use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;

/// A time as it was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// `2026-11-21T06:00`
    At(NaiveDateTime),
    /// `2026-11-21`: its first moment.
    Day(NaiveDate),
    /// `06:00`: the next time the clock shows it.
    Next(NaiveTime),
}

impl Typed {
    /// The moment on the site's clock.
    pub(super) fn moment(self, site: &Site) -> DateTime<FixedOffset> {
        let zone = site.config.site.timezone;
        self.after(site.now().with_timezone(&zone)).fixed_offset()
    }

    fn after(self, now: DateTime<Tz>) -> DateTime<Tz> {
        let zone = now.timezone();
        match self {
            Typed::At(local) => resolve(local, zone),
            Typed::Day(day) => first_moment(day, zone),
            Typed::Next(time) => {
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
pub(super) fn first_moment(day: NaiveDate, zone: Tz) -> DateTime<Tz> {
    resolve(day.and_time(NaiveTime::MIN), zone)
}

/// Reads a day.
pub(super) fn day(text: &str) -> Result<NaiveDate, String> {
    iso_date(text).ok_or_else(|| "write a date such as 2026-12-31".to_owned())
}

/// Reads a time of a day, or the next time of the clock.
pub(super) fn time(text: &str) -> Result<Typed, String> {
    let at = text
        .split_once('T')
        .and_then(|(day, time)| Some(Typed::At(iso_date(day)?.and_time(clock(time)?))));
    at.or_else(|| clock(text).map(Typed::Next)).ok_or_else(|| {
        "write a time such as 2026-11-21T06:00, or 06:00 for the next time it is 6; it is read on the site's clock"
            .to_owned()
    })
}

/// Reads a day, a time of a day, or the next time of the clock.
pub(super) fn day_or_time(text: &str) -> Result<Typed, String> {
    iso_date(text).map(Typed::Day).map_or_else(
        || {
            time(text).map_err(|_| {
                "write a date such as 2026-12-01, a time such as 2026-12-01T06:00, or 06:00 for the next time it is 6; it is read on the site's clock"
                    .to_owned()
            })
        },
        Ok,
    )
}

fn clock(text: &str) -> Option<NaiveTime> {
    let shaped = text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit() || b == b':');
    NaiveTime::parse_from_str(text, "%H:%M")
        .ok()
        .filter(|_| shaped)
}

#[cfg(test)]
mod tests {
    use super::{Typed, day, day_or_time, first_moment, time};
    use chrono::{DateTime, NaiveDate};
    use chrono_tz::America::New_York;

    #[test]
    fn times_are_read_in_their_forms_and_no_others() {
        for good in ["2026-11-21T06:00", "06:00", "23:59"] {
            assert!(time(good).is_ok() && day_or_time(good).is_ok(), "{good}");
        }
        for bad in [
            "6:00",
            "24:00",
            "2026-11-21 06:00",
            "2026-11-21T6:00",
            "21.11.2026",
            "06:00Z",
            "",
        ] {
            assert!(time(bad).is_err() && day_or_time(bad).is_err(), "{bad}");
        }
        assert!(time("2026-11-21").is_err());
        let first = NaiveDate::from_ymd_opt(2026, 11, 21).expect("day");
        assert_eq!(day_or_time("2026-11-21"), Ok(Typed::Day(first)));
        assert_eq!(day("2026-11-21"), Ok(first));
        assert!(day("11/21/2026").is_err());
    }

    #[test]
    fn typed_times_become_moments_on_the_sites_clock() {
        let now = DateTime::parse_from_rfc3339("2026-11-20T06:00:00-05:00").expect("moment");
        let now = now.with_timezone(&New_York);
        for (text, expected) in [
            ("2026-11-21T06:00", "2026-11-21T06:00:00-05:00"),
            ("06:01", "2026-11-20T06:01:00-05:00"),
            // It is 6 already.
            ("06:00", "2026-11-21T06:00:00-05:00"),
            ("2026-07-01", "2026-07-01T00:00:00-04:00"),
            // Not there on the day of the gap.
            ("2026-03-08T02:30", "2026-03-08T03:00:00-04:00"),
        ] {
            let typed = day_or_time(text).expect(text);
            assert_eq!(typed.after(now).to_rfc3339(), expected, "{text}");
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
