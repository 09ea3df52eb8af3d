//! What an integration writes.

use crate::config::forms::{HEADER_TEMPLATE, OUTPUT_DATE_PATTERN, TEXT, TRAILER_TEMPLATE};
use crate::config::key::Key;
use crate::config::key::Presence::{Default, Optional, Required};
use crate::config::key::Type::{Bool, Either, Filled, Map, Table, Text, Words};

pub(super) static KEYS: &[Key] = &[
    Key::new(
        "integration.*.output",
        Table,
        Default("{}"),
        "The layout of output files.",
    ),
    Key::new(
        "integration.*.output.columns",
        Filled(&Either(&[Text(&TEXT), Table])),
        Optional,
        "Choice and order of columns: canonical names, \"action\", custom.NAME; all when not given.",
    ),
    Key::new(
        "integration.*.output.columns[].from",
        Text(&TEXT),
        Required("\"subscriber_id\""),
        "The column.",
    ),
    Key::new(
        "integration.*.output.columns[].as",
        Text(&TEXT),
        Required("\"Member ID\""),
        "Its header in the output file.",
    ),
    Key::new(
        "integration.*.output.delimiter",
        Words(
            &[",", "|", "tab", ";"],
            &["\t", "comma", "pipe", "semicolon"],
        ),
        Default("\",\""),
        "What separates fields.",
    ),
    Key::new(
        "integration.*.output.dates",
        Text(&OUTPUT_DATE_PATTERN),
        Default("\"%Y-%m-%d\""),
        "The form in which dates are written.",
    ),
    Key::new(
        "integration.*.output.ssn",
        Words(&["plain", "dashed", "last4"], &[]),
        Default("\"plain\""),
        "The form in which SSNs are written.",
    ),
    Key::new(
        "integration.*.output.actions",
        Map(&TEXT, &Text(&TEXT)),
        Default("{}"),
        "The receiver's words for actions (create, update, deactivate, link, reactivate; add, change, stop, waive; none), such as `create = \"A\"`.",
    ),
    Key::new(
        "integration.*.output.column_header",
        Bool,
        Default("true"),
        "Whether the first line names the columns.",
    ),
    Key::new(
        "integration.*.output.header",
        Text(&HEADER_TEMPLATE),
        Optional,
        "A line before everything else.",
    ),
    Key::new(
        "integration.*.output.trailer",
        Text(&TRAILER_TEMPLATE),
        Optional,
        "A line after everything else.",
    ),
    Key::new(
        "integration.*.output.done_marker",
        Bool,
        Default("false"),
        "Whether an empty file NAME.done follows the output file.",
    ),
];
