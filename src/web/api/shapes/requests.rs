//! What clients send.

use super::{Shape, shape};

pub(super) const REQUESTS: &[Shape] = &[
    shape(
        "RunRequest",
        &[
            ("delta?", "flag?"),
            ("qualify_delta?", "flag?"),
            ("lookback_days?", "days?"),
            ("include_employees?", "[text]?"),
            ("plan_year_start_date?", "date?"),
            ("enrollment?", "enrollment?"),
            ("deduction_start_date?", "date?"),
            ("run_name?", "line?"),
        ],
    ),
    shape("Nothing", &[]),
    shape("Pause", &[("until?", "text?"), ("why?", "line?")]),
    shape("Resume", &[("from?", "date?")]),
    shape("Release", &[("why", "line"), ("for_year?", "flag")]),
    shape("Reason", &[("why", "line")]),
    shape("Dismiss", &[("records", "[record]"), ("why", "line")]),
    shape("Rows", &[("rows", "[Row]")]),
    shape("Row", &[("record", "record"), ("set", "{text}")]),
    shape(
        "Sync",
        &[
            ("ids?", "[text]"),
            ("all_in_state?", "state?"),
            ("search?", "line?"),
            ("integration?", "line?"),
            ("yes?", "flag"),
        ],
    ),
    shape(
        "BenefitsLevel",
        &[
            ("level", "level"),
            ("ids?", "[text]"),
            ("search?", "line?"),
            ("integration?", "line?"),
            ("yes?", "flag"),
            ("sync?", "flag"),
        ],
    ),
];
