//! Sets, windows and schedules.

use super::duration;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use serde::{Deserialize, Deserializer, de::Error};
use std::time::Duration;

/// Integrations run in order under one name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Set {
    /// Its name; no integration has the same.
    pub name: String,
    /// The members, in order; each exists.
    pub integrations: Vec<String>,
    /// Whether the set stops at the first member that fails.
    pub abort_on_failure: bool,
}

/// Times of the day when unattended runs may start.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Window {
    /// Its name.
    pub name: String,
    /// Days on which it opens.
    pub days: Vec<Weekday>,
    /// When it opens, in the site's time zone.
    #[serde(deserialize_with = "time_of_day")]
    pub from: NaiveTime,
    /// When it closes; before `from`: on the next day.
    #[serde(deserialize_with = "time_of_day")]
    pub to: NaiveTime,
    /// Dates on which it does not open.
    pub except: Vec<NaiveDate>,
}

/// When an integration or a set runs unattended.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Schedule {
    /// Its name.
    pub name: String,
    /// The integration or set; it exists.
    pub run: String,
    /// Runs again after this time. Exactly one of `every`, `cron` and `at` is given.
    #[serde(default, deserialize_with = "duration::deserialize_optional")]
    pub every: Option<Duration>,
    /// Runs by a cron expression of five fields.
    pub cron: Option<String>,
    /// Runs at this time of the day on `days`.
    #[serde(default, deserialize_with = "optional_time_of_day")]
    pub at: Option<NaiveTime>,
    /// Days on which it runs at `at`.
    pub days: Vec<Weekday>,
    /// Before this moment it does not run.
    pub start: Option<Moment>,
    /// After this moment it does not run.
    pub end: End,
    /// Dates on which it does not run.
    pub except: Vec<NaiveDate>,
    /// The window it keeps to.
    pub window: Option<String>,
    /// What happens to runs missed while the daemon was off.
    pub missed: Missed,
    /// Whether a run without a source file is worth a notice and exit code 4.
    pub expect_file: bool,
}

/// A moment in the site's time zone; a date alone means its first moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub NaiveDateTime);

/// When a schedule ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Never.
    Forever,
    /// Then.
    At(Moment),
}

/// What happens to missed runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Missed {
    /// Nothing.
    Skip,
    /// One run makes up for all of them.
    Once,
    /// Each is made up for.
    All,
}

impl Moment {
    /// Reads `2026-11-20T06:00:00` or `2026-11-20`.
    pub(in crate::config) fn parse(text: &str) -> Option<Moment> {
        let date_alone = || text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0);
        text.parse::<NaiveDateTime>()
            .ok()
            .or_else(date_alone)
            .map(Moment)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Moment, D::Error> {
        Moment::parse(&String::deserialize(d)?).ok_or_else(|| D::Error::custom("not a moment"))
    }
}

impl<'de> Deserialize<'de> for End {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<End, D::Error> {
        let text = String::deserialize(d)?;
        if text == "forever" {
            return Ok(End::Forever);
        }
        Moment::parse(&text)
            .map(End::At)
            .ok_or_else(|| D::Error::custom("not a moment"))
    }
}

fn time_of_day<'de, D: Deserializer<'de>>(d: D) -> Result<NaiveTime, D::Error> {
    NaiveTime::parse_from_str(&String::deserialize(d)?, "%H:%M").map_err(D::Error::custom)
}

fn optional_time_of_day<'de, D: Deserializer<'de>>(d: D) -> Result<Option<NaiveTime>, D::Error> {
    time_of_day(d).map(Some)
}
