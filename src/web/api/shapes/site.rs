//! Integrations, schedules, events, notices, files and accounts.

use super::{Shape, shape};

pub(super) const SITE: &[Shape] = &[
    shape(
        "IntegrationList",
        &[("integrations", "[IntegrationEntry]"), ("next", "text?")],
    ),
    shape(
        "IntegrationEntry",
        &[
            ("name", "text"),
            ("kind", "text"),
            ("paused", "object?"),
            ("window", "object?"),
            ("next_run", "object?"),
            ("running", "[object]"),
            ("held", "[object]"),
            ("held_more", "count"),
            ("last_run", "object?"),
            ("failed_try", "object?"),
            ("not_run", "object?"),
            ("inbound_unknown", "text?"),
            ("files", "[WaitingFile]"),
            ("files_more", "count"),
            ("not_taken", "[NotTaken]"),
            ("not_taken_more", "count"),
            ("open", "OpenItems"),
            ("look", "object"),
            ("days", "[DayEntry]"),
        ],
    ),
    shape(
        "IntegrationDetails",
        &[
            ("runs", "[RunEntry]"),
            ("findings", "[CodeCount]"),
            ("schedules", "[ListedSchedule]"),
            ("folders", "{text}"),
        ],
    )
    .with(&["IntegrationEntry"]),
    shape(
        "WaitingFile",
        &[
            ("name", "text"),
            ("arrival", "text?"),
            ("size", "count"),
            ("status", "status"),
            ("waits_for", "text"),
            ("until", "time?"),
            ("why", "text"),
        ],
    ),
    shape("NotTaken", &[("name", "text"), ("why", "text")]),
    shape(
        "OpenItems",
        &[
            ("held", "count"),
            ("failed", "count"),
            ("rejected", "count"),
            ("late", "count"),
        ],
    ),
    shape(
        "DayEntry",
        &[
            ("day", "date"),
            ("outcome", "text"),
            ("runs", "{count}"),
            ("late", "flag"),
            ("paused", "flag"),
            ("records", "{count}"),
            ("employee", "{amount}"),
            ("employer", "{amount}"),
        ],
    ),
    shape(
        "ScheduleTimes",
        &[
            ("schedules", "[ListedSchedule]"),
            ("one_offs", "[OneOff]"),
            ("timezone", "text"),
            ("daemon_runs", "flag"),
            ("next", "text?"),
        ],
    ),
    shape(
        "ListedSchedule",
        &[
            ("name", "text"),
            ("run", "text"),
            ("expect_file", "flag"),
            ("next_run", "time?"),
            ("parameters", "object"),
            ("window", "text?"),
            ("words", "text"),
            ("times", "[FireTime]"),
            ("ends", "text?"),
        ],
    ),
    shape(
        "FireTime",
        &[
            ("at", "time"),
            ("count", "count"),
            ("passed_over", "text?"),
            ("waits", "text?"),
            ("clock", "text?"),
        ],
    ),
    shape(
        "OneOff",
        &[
            ("one_off", "count"),
            ("name", "text"),
            ("at", "time"),
            ("user", "text"),
            ("status", "status"),
            ("why", "text"),
        ],
    ),
    shape(
        "EventPage",
        &[("events", "[EventEntry]"), ("next", "text?")],
    ),
    shape(
        "EventEntry",
        &[
            ("at", "time"),
            ("user", "text"),
            ("action", "text"),
            ("subject", "text"),
            ("why", "text?"),
        ],
    ),
    shape(
        "NoticePage",
        &[
            ("notices", "[NoticeEntry]"),
            ("waiting", "[object]"),
            ("sent", "[object]"),
            ("next", "text?"),
        ],
    ),
    shape(
        "NoticeEntry",
        &[
            ("number", "count"),
            ("state", "text"),
            ("kind", "text"),
            ("subject", "text"),
            ("to", "text"),
            ("next_try", "time?"),
            ("sent", "time?"),
            ("tries", "count"),
            ("why", "text?"),
        ],
    ),
    shape("FilePage", &[("files", "[FileEntry]"), ("next", "text?")]),
    shape(
        "FileEntry",
        &[
            ("integration", "text"),
            ("place", "text"),
            ("name", "text"),
            ("size", "count?"),
            ("modified", "time?"),
            ("note", "text?"),
            ("waits_for", "text?"),
            ("way", "text?"),
        ],
    ),
    shape(
        "UploadedFile",
        &[("integration", "text"), ("name", "text"), ("size", "count")],
    ),
    shape(
        "CodeExplanation",
        &[
            ("code", "text"),
            ("severity", "text"),
            ("subject", "text"),
            ("message", "text"),
            ("meaning", "text"),
            ("example", "text"),
            ("how_to_fix", "text"),
        ],
    ),
    shape(
        "PauseEntry",
        &[
            ("name", "text"),
            ("since", "time"),
            ("until", "time?"),
            ("user", "text"),
            ("why", "text?"),
        ],
    ),
    shape("Resumed", &[("name", "text"), ("pause", "PauseEntry?")]),
    shape(
        "AccountList",
        &[("accounts", "[ListedAccount]"), ("next", "text?")],
    ),
    shape(
        "ListedAccount",
        &[
            ("name", "text"),
            ("role", "text"),
            ("see_values", "flag"),
            ("integrations", "[text]?"),
            ("state", "text"),
            ("second_factor", "flag"),
            ("created", "time"),
            ("last_sign_in", "time?"),
            ("tokens", "[ListedToken]"),
        ],
    ),
    shape(
        "ListedToken",
        &[
            ("label", "text"),
            ("created", "time"),
            ("last_used", "time?"),
        ],
    ),
];
