//! Employees.

use super::{Shape, shape};

pub(super) const PEOPLE: &[Shape] = &[
    shape(
        "EmployeePage",
        &[
            ("employees", "[ListedEmployee]"),
            ("counts", "{count}"),
            ("next", "text?"),
        ],
    ),
    shape(
        "ListedEmployee",
        &[
            ("roster", "text"),
            ("subscriber_id", "text"),
            ("employee_number", "text"),
            ("name", "text"),
            ("integration", "text"),
            ("state", "state"),
            ("since", "time?"),
            ("last_finding", "LastFinding?"),
            ("benefits_level", "text?"),
            ("account_id", "text?"),
            ("left", "flag"),
        ],
    ),
    shape(
        "LastFinding",
        &[
            ("code", "text?"),
            ("reference_id", "reference"),
            ("line", "count"),
        ],
    ),
    shape(
        "EmployeeDetails",
        &[
            ("roster?", "text"),
            ("subscriber_id?", "text"),
            ("employee_number?", "text"),
            ("name?", "text"),
            ("integration?", "text"),
            ("state?", "state"),
            ("since?", "time?"),
            ("last_finding?", "LastFinding?"),
            ("benefits_level?", "text?"),
            ("account_id?", "text?"),
            ("left?", "flag"),
            ("handle", "text"),
            ("id_is_masked", "flag"),
            ("rosters", "[object]"),
            ("removed_from", "[text]"),
            ("deductions", "[object]"),
            ("rejections", "[PersonRejection]"),
            ("history", "[HistoryEntry]"),
        ],
    ),
    shape(
        "PersonRejection",
        &[
            ("reference_id", "reference"),
            ("integration", "text"),
            ("line", "count"),
            ("record", "count"),
            ("subscriber_id", "text"),
            ("codes", "[text]"),
            ("since", "time"),
            ("rejects_file", "text?"),
            ("open", "flag"),
            ("closed_by", "reference?"),
        ],
    ),
    shape(
        "HistoryEntry",
        &[
            ("at", "time"),
            ("reference_id", "reference?"),
            ("action", "text"),
            ("columns", "[text]"),
            ("by", "text"),
        ],
    ),
    shape(
        "SyncResult",
        &[
            ("integration_reference_id", "reference?"),
            ("synced", "count"),
            ("already", "count"),
            ("unknown", "[text]"),
            ("waiting", "count"),
            ("rejected", "count"),
        ],
    ),
    shape("WouldSync", &[("would_sync", "count")]),
    shape(
        "LevelResult",
        &[
            ("level", "text"),
            ("set", "count"),
            ("unknown", "[text]"),
            ("integration_reference_ids", "[reference]"),
        ],
    ),
    shape("WouldSet", &[("would_set", "count")]),
];
