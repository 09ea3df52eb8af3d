//! Sets, windows and schedules.

use crate::config::forms::{CRON, DURATION, NAME, TIME_OF_DAY};
use crate::config::key::Presence::{Default, Optional, Required};
use crate::config::key::Type::{Bool, Date, Either, Filled, List, Moment, Named, Text, Words};
use crate::config::key::{Key, Type};

const DAY: Type = Words(&["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], &[]);
const EVERY_DAY: &str = r#"["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]"#;

pub(super) static KEYS: &[Key] = &[
    Key::new(
        "set",
        Named(&NAME),
        Default("{}"),
        "Integration sets: integrations run in order under one name.",
    ),
    Key::new(
        "set.*.integrations",
        Filled(&Text(&NAME)),
        Required("[\"demographic-export\", \"deduction-import\"]"),
        "The members, in order.",
    ),
    Key::new(
        "set.*.abort_on_failure",
        Bool,
        Default("true"),
        "Whether the set stops at the first member that ends Failed, Held or Completed with Errors.",
    ),
    Key::new(
        "window",
        Named(&NAME),
        Default("{}"),
        "Windows: times of the day when unattended runs may start, on the site's clock. A run that began before its window closes goes on to its end.",
    ),
    Key::new(
        "window.*.days",
        Filled(&DAY),
        Default(EVERY_DAY),
        "Days on which the window opens.",
    ),
    Key::new(
        "window.*.from",
        Text(&TIME_OF_DAY),
        Required("\"22:00\""),
        "When it opens.",
    ),
    Key::new(
        "window.*.to",
        Text(&TIME_OF_DAY),
        Required("\"05:00\""),
        "When it closes; may pass midnight.",
    ),
    Key::new(
        "window.*.except",
        List(&Date),
        Default("[]"),
        "Dates on which it does not open.",
    ),
    Key::new(
        "schedule",
        Named(&NAME),
        Default("{}"),
        "Schedules: when the daemon runs integrations and sets, on the site's clock. A time that a change of the clock swallows runs right after the gap, a doubled one runs once.",
    ),
    Key::new(
        "schedule.*.run",
        Text(&NAME),
        Required("\"demographic-export\""),
        "The integration or set to run.",
    ),
    Key::new(
        "schedule.*.every",
        Text(&DURATION),
        Optional,
        "Runs again after this time, counted from start, or else from midnight; or cron, or at.",
    ),
    Key::new(
        "schedule.*.cron",
        Text(&CRON),
        Optional,
        "Runs by a cron expression; or every, or at.",
    ),
    Key::new(
        "schedule.*.at",
        Text(&TIME_OF_DAY),
        Optional,
        "Runs at this time of the day; or every, or cron.",
    ),
    Key::new(
        "schedule.*.days",
        Filled(&DAY),
        Default(EVERY_DAY),
        "Days on which it runs; only with at.",
    ),
    Key::new(
        "schedule.*.start",
        Moment,
        Optional,
        "Before this moment it does not run.",
    ),
    Key::new(
        "schedule.*.end",
        Either(&[Words(&["forever"], &[]), Moment]),
        Default("\"forever\""),
        "After this moment it does not run.",
    ),
    Key::new(
        "schedule.*.except",
        List(&Date),
        Default("[]"),
        "Dates on which it does not run.",
    ),
    Key::new(
        "schedule.*.window",
        Text(&NAME),
        Optional,
        "The window it keeps to: a time outside is passed over.",
    ),
    Key::new(
        "schedule.*.missed",
        Words(&["skip", "once", "all"], &[]),
        Default("\"once\""),
        "What happens to runs missed while the daemon was off: none, one for all of them, or each (the newest 100).",
    ),
    Key::new(
        "schedule.*.expect_file",
        Bool,
        Default("false"),
        "Whether it is told when no source file has come by its time, of a set: to none of its members. An event of the daemon, exit code 4 of `feedgate run`.",
    ),
];
