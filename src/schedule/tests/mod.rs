//! Given clocks for the tests of this folder.

mod elapsed;
mod laws;
mod wall;

use super::{Missed, Schedule, Timing};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;

pub(super) const ALL_DAYS: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

pub(super) fn zone(name: &str) -> Tz {
    name.parse().unwrap()
}

pub(super) fn local(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
}

pub(super) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(super) fn time(text: &str) -> NaiveTime {
    NaiveTime::parse_from_str(text, "%H:%M").unwrap()
}

/// A moment with its offset, such as `2026-11-01T01:30:00-05:00`.
pub(super) fn utc(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

pub(super) fn at(text: &str, zone_name: &str) -> DateTime<Tz> {
    utc(text).with_timezone(&zone(zone_name))
}

/// A schedule without limits that makes up for every missed run.
pub(super) fn schedule(timing: Timing) -> Schedule {
    Schedule {
        timing,
        start: None,
        end: None,
        except: Vec::new(),
        window: None,
        missed: Missed::All,
    }
}

const NEW_YORK: &str = "America/New_York";

/// The next runs, one after another, as they are in that zone.
fn runs(schedule: &Schedule, zone_name: &str, after: &str, count: usize) -> Vec<String> {
    let zone = zone(zone_name);
    let first = schedule.next(utc(after), zone);
    std::iter::successors(first, |m| schedule.next(*m, zone))
        .take(count)
        .map(|m| m.with_timezone(&zone).format("%m-%d %H:%M %z").to_string())
        .collect()
}
