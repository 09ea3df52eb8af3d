//! How a sender writes its files.

use crate::config::forms::{DATE_PATTERN, TEXT};
use crate::config::key::Presence::{Default, Optional, Required};
use crate::config::key::Type::{Columns, Either, Filled, Int, Map, Table, Text, Words};
use crate::config::key::{Key, Type};
use crate::domain::Kind::Deduction;

/// The places within a record: as many as a record may have bytes.
const PLACE: Type = Int(1, 1_048_576);
/// A field may have 64 KiB.
const LENGTH: Type = Int(1, 65_536);
const WHERE: Type = Either(&[Int(1, 1024), Table]);

pub(super) static KEYS: &[Key] = &[
    Key::new(
        "integration.*.columns",
        Columns(&Text(&TEXT)),
        Default("{}"),
        "Header in this sender's files for a canonical column, where the aliases don't find it; custom.NAME passes a column through. Such as `subscriber_id = \"Member Ref\"`.",
    ),
    Key::new(
        "integration.*.codes",
        Map(&TEXT, &Map(&TEXT, &Text(&TEXT))),
        Default("{}"),
        "Cross-reference tables: [integration.NAME.codes.COLUMN] with the sender's code = our code, such as `MEDPPO = \"MED01\"`.",
    ),
    Key::new(
        "integration.*.fixed_width",
        Columns(&Table),
        Optional,
        "Makes the files fixed width: where each canonical or custom column stands, such as `ssn = { start = 11, length = 9 }`.",
    ),
    Key::new(
        "integration.*.fixed_width.*.start",
        PLACE,
        Required("1"),
        "First character of the column, from 1.",
    ),
    Key::new(
        "integration.*.fixed_width.*.length",
        LENGTH,
        Required("10"),
        "Number of characters.",
    ),
    Key::new(
        "integration.*.format",
        Table,
        Default("{}"),
        "The sender's dialect.",
    ),
    Key::new(
        "integration.*.format.delimiter",
        Words(
            &["auto", ",", "|", "tab", ";"],
            &["\t", "comma", "pipe", "semicolon"],
        ),
        Default("\"auto\""),
        "What separates fields.",
    ),
    Key::new(
        "integration.*.format.encoding",
        Words(
            &["auto", "utf-8", "utf-16", "windows-1252"],
            &["utf8", "utf16", "cp1252"],
        ),
        Default("\"auto\""),
        "The character set; \"auto\" is UTF-8 where it is valid, else Windows-1252 with a warning.",
    ),
    Key::new(
        "integration.*.format.dates",
        Filled(&Text(&DATE_PATTERN)),
        Default("[\"%Y-%m-%d\", \"%m/%d/%Y\", \"%Y%m%d\", \"%Y/%m/%d\", \"%Y-%m-%dT%H:%M:%S\"]"),
        "The forms in which dates are read; %Y %m %d, %-m and %-d without leading zeros, %H %M %S.",
    ),
    Key::new(
        "integration.*.format.header",
        Table,
        Optional,
        "A control record before the data.",
    ),
    Key::new(
        "integration.*.format.header.marker",
        Text(&TEXT),
        Required("\"HDR\""),
        "The text the control record begins with.",
    ),
    Key::new(
        "integration.*.format.header.count",
        WHERE,
        Optional,
        "Where the number of data records stands: a field number from 1, or start and length (fixed width).",
    ),
    Key::new(
        "integration.*.format.header.count.start",
        PLACE,
        Required("1"),
        "First character, from 1.",
    ),
    Key::new(
        "integration.*.format.header.count.length",
        LENGTH,
        Required("10"),
        "Number of characters.",
    ),
    Key::new(
        "integration.*.format.header.employee_amount",
        WHERE,
        Optional,
        "Where the total employee amount stands.",
    )
    .only(Deduction),
    Key::new(
        "integration.*.format.header.employee_amount.start",
        PLACE,
        Required("1"),
        "First character, from 1.",
    ),
    Key::new(
        "integration.*.format.header.employee_amount.length",
        LENGTH,
        Required("10"),
        "Number of characters.",
    ),
    Key::new(
        "integration.*.format.header.employer_amount",
        WHERE,
        Optional,
        "Where the total employer amount stands.",
    )
    .only(Deduction),
    Key::new(
        "integration.*.format.header.employer_amount.start",
        PLACE,
        Required("1"),
        "First character, from 1.",
    ),
    Key::new(
        "integration.*.format.header.employer_amount.length",
        LENGTH,
        Required("10"),
        "Number of characters.",
    ),
    Key::new(
        "integration.*.format.trailer",
        Table,
        Optional,
        "A control record after the data; missing or mismatched, it fails the file.",
    ),
    Key::new(
        "integration.*.format.trailer.marker",
        Text(&TEXT),
        Required("\"TRL\""),
        "The text the control record begins with.",
    ),
    Key::new(
        "integration.*.format.trailer.count",
        WHERE,
        Optional,
        "Where the number of data records stands: a field number from 1, or start and length (fixed width).",
    ),
    Key::new(
        "integration.*.format.trailer.count.start",
        PLACE,
        Required("1"),
        "First character, from 1.",
    ),
    Key::new(
        "integration.*.format.trailer.count.length",
        LENGTH,
        Required("10"),
        "Number of characters.",
    ),
    Key::new(
        "integration.*.format.trailer.employee_amount",
        WHERE,
        Optional,
        "Where the total employee amount stands.",
    )
    .only(Deduction),
    Key::new(
        "integration.*.format.trailer.employee_amount.start",
        PLACE,
        Required("1"),
        "First character, from 1.",
    ),
    Key::new(
        "integration.*.format.trailer.employee_amount.length",
        LENGTH,
        Required("10"),
        "Number of characters.",
    ),
    Key::new(
        "integration.*.format.trailer.employer_amount",
        WHERE,
        Optional,
        "Where the total employer amount stands.",
    )
    .only(Deduction),
    Key::new(
        "integration.*.format.trailer.employer_amount.start",
        PLACE,
        Required("1"),
        "First character, from 1.",
    ),
    Key::new(
        "integration.*.format.trailer.employer_amount.length",
        LENGTH,
        Required("10"),
        "Number of characters.",
    ),
];
