//! The site and its plan years.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, de::Error};

/// The site as a whole.
#[derive(Clone, Debug, Deserialize)]
pub struct Site {
    /// Every "today", schedule, window and file date uses this time zone.
    #[serde(deserialize_with = "timezone")]
    pub timezone: chrono_tz::Tz,
    /// How long things are kept.
    pub retention: Retention,
}

/// How long things are kept.
#[derive(Clone, Debug, Deserialize)]
pub struct Retention {
    /// Days until an archived source file is purged.
    pub archive_days: u32,
    /// Days until a run and its findings are purged.
    pub runs_days: u32,
}

/// A plan year; both days belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct PlanYear {
    /// First day.
    pub start: NaiveDate,
    /// Last day.
    pub end: NaiveDate,
}

impl PlanYear {
    /// Whether this day lies in the plan year.
    pub fn contains(&self, day: NaiveDate) -> bool {
        self.start <= day && day <= self.end
    }
}

fn timezone<'de, D: Deserializer<'de>>(d: D) -> Result<chrono_tz::Tz, D::Error> {
    let name = String::deserialize(d)?;
    name.parse()
        .map_err(|_| D::Error::custom("not a time zone"))
}
