//! Sets, windows and schedules.

use super::integration::ParameterKeys;
use crate::config::checker::{Given, table};
use crate::config::compound::{Either, Mapped, filled, list, table};
use crate::config::forms::{Bool, Date, DateAndTime, Words, words};
use crate::config::validators::{CRON, DURATION, NAME, TIME_OF_DAY};
use crate::domain::parameters::GivenParameters;
use crate::schedule::{self, Cron, Missed, Timing};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use std::time::Duration;

table! {
    /// Integrations that run in order under one name.
    pub(crate) struct Set(name: String = Given::name) {
        integrations: Vec<String> = required(filled(NAME), "[\"demographic-export\", \"deduction-import\"]"),
            "The members, in order.";
        abort_on_failure: bool = default(Bool, "true"),
            "Whether the set stops at the first member that ends Failed, Held or Completed with Errors.";
    }
}

/// Times of the day when unattended runs may start.
#[derive(Clone, Debug)]
pub(crate) struct NamedWindow {
    pub(crate) name: String,
    pub(crate) hours: schedule::Window,
}

table! {
    keys WindowKeys(name: String = Given::name) -> NamedWindow {
        days: Vec<Weekday> = default(filled(DAY), EVERY_DAY),
            "Days on which the window opens.";
        from: NaiveTime = required(TIME_OF_DAY, "\"22:00\""),
            "When it opens.";
        to: NaiveTime = required(TIME_OF_DAY, "\"05:00\""),
            "When it closes; may pass midnight.";
        except: Vec<NaiveDate> = default(list(Date), "[]"),
            "Dates on which it does not open.";
    } => NamedWindow {
        name,
        hours: schedule::Window {
            days,
            from,
            to,
            except,
        },
    }
}

const DAY: Words<Weekday> = words(&[
    ("Mon", Weekday::Mon),
    ("Tue", Weekday::Tue),
    ("Wed", Weekday::Wed),
    ("Thu", Weekday::Thu),
    ("Fri", Weekday::Fri),
    ("Sat", Weekday::Sat),
    ("Sun", Weekday::Sun),
]);

const EVERY_DAY: &str = r#"["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]"#;

/// When an integration or a set runs unattended.
#[derive(Clone, Debug)]
pub(crate) struct NamedSchedule {
    pub(crate) name: String,
    /// The integration or set; it exists.
    pub(crate) run: String,
    /// The window that the timetable keeps to; it exists.
    pub(crate) window: Option<String>,
    pub(crate) expect_file: bool,
    /// For its runs, before those of the integrations.
    pub(crate) parameters: GivenParameters,
    pub(crate) timetable: schedule::Schedule,
}

table! {
    keys ScheduleKeys(name: String = Given::name) -> NamedSchedule {
        run: String = required(NAME, "\"demographic-export\""),
            "The integration or set to run.";
        every: Option<Duration> = optional(DURATION),
            "Runs again after this time, counted from start, or else from midnight; or cron, or at.";
        cron: Option<Cron> = optional(CRON),
            "Runs by a cron expression; or every, or at.";
        at: Option<NaiveTime> = optional(TIME_OF_DAY),
            "Runs at this time of the day; or every, or cron.";
        days: Vec<Weekday> = default(filled(DAY), EVERY_DAY),
            "Days on which it runs; only with at.";
        start: Option<NaiveDateTime> = optional(DateAndTime),
            "Before this moment it does not run.";
        end: Option<NaiveDateTime> = default(Either(words(&[("forever", None::<NaiveDateTime>)]), Mapped(DateAndTime, Some::<NaiveDateTime>)), "\"forever\""),
            "After this moment it does not run.";
        except: Vec<NaiveDate> = default(list(Date), "[]"),
            "Dates on which it does not run.";
        window: Option<String> = optional(NAME),
            "The window it keeps to: a time outside is passed over.";
        missed: Missed = default(words(&[("skip", Missed::Skip), ("once", Missed::Once), ("all", Missed::All)]), "\"once\""),
            "What happens to runs missed while the daemon was off: none, one for all of them, or each (the newest \
             100).";
        expect_file: bool = default(Bool, "false"),
            "Whether it is told when no source file has come by its time, of a set: to none of its members. An event \
             of the daemon, exit code 4 of `feedgate run`.";
        parameters: GivenParameters = default(table::<ParameterKeys>(), "{}"),
            "Run parameters of its runs, such as { delta = false }; what is not given here comes from the integration. They hold for \
             files that wait for the schedule: start = \"schedule\".";
    } => NamedSchedule {
        name,
        run,
        window,
        expect_file,
        parameters,
        timetable: schedule::Schedule {
            timing: match (every, cron, at) {
                (Some(every), None, None) => Timing::Every(every),
                (None, Some(cron), None) => Timing::Cron(cron),
                (None, None, Some(time)) => Timing::At { time, days },
                // The checks take exactly one of them.
                _ => Timing::At { time: NaiveTime::MIN, days },
            },
            start,
            end,
            except,
            window: None,
            missed,
        },
    }
}
