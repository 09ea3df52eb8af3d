//! The site, its plan years and its rules of identity.

use crate::config::forms::{PATTERN, TIMEZONE};
use crate::config::key::Presence::{Default, Required};
use crate::config::key::Type::{Bool, Date, Int, Table, Tables, Text, Words};
use crate::config::key::{Key, Type};

const POLICY: Type = Words(&["reject", "warn", "accept"], &[]);

pub(super) static KEYS: &[Key] = &[
    Key::new("site", Table, Default("{}"), "The site as a whole."),
    Key::new(
        "site.timezone",
        Text(&TIMEZONE),
        Required("\"America/New_York\""),
        "Every \"today\", schedule, window and file date uses this time zone.",
    ),
    Key::new(
        "site.retention",
        Table,
        Default("{}"),
        "How long things are kept.",
    ),
    Key::new(
        "site.retention.archive_days",
        Int(1, 36_500),
        Default("90"),
        "Days until an archived source file is purged.",
    ),
    Key::new(
        "site.retention.runs_days",
        Int(1, 36_500),
        Default("400"),
        "Days until a run and its findings are purged from the ledger; the file's hash stays.",
    ),
    Key::new(
        "plan_year",
        Tables,
        Default("[]"),
        "The plan years, client-wide; they need not follow the calendar year and may not overlap.",
    ),
    Key::new(
        "plan_year[].start",
        Date,
        Required("2026-01-01"),
        "First day of the plan year.",
    ),
    Key::new(
        "plan_year[].end",
        Date,
        Required("2026-12-31"),
        "Last day of the plan year.",
    ),
    Key::new(
        "identity",
        Table,
        Default("{}"),
        "How an employee is recognised.",
    ),
    Key::new(
        "identity.match",
        Words(&["roster", "shape-only"], &[]),
        Default("\"roster\""),
        "Whether deduction records must match the roster, or only look right (for sites without demographics).",
    ),
    Key::new(
        "identity.email",
        Words(&["work", "home", "services"], &[]),
        Default("\"work\""),
        "The e-mail address that links an employee to a known account at the first sync.",
    ),
    Key::new(
        "identity.ssn",
        Table,
        Default("{}"),
        "Policies for Social Security numbers.",
    ),
    Key::new(
        "identity.ssn.placeholders",
        POLICY,
        Default("\"reject\""),
        "An SSN that is a known placeholder, such as nine equal digits.",
    ),
    Key::new(
        "identity.ssn.itin",
        POLICY,
        Default("\"reject\""),
        "A taxpayer number (ITIN) in place of an SSN.",
    ),
    Key::new(
        "identity.ssn.change",
        POLICY,
        Default("\"reject\""),
        "A known employee who comes with another SSN.",
    ),
    Key::new(
        "identity.ssn.restore_leading_zeros",
        Bool,
        Default("false"),
        "Whether an SSN of 7 or 8 digits gets the leading zeros back that a spreadsheet took.",
    ),
    Key::new(
        "identity.subscriber_id",
        Table,
        Default("{}"),
        "The form of subscriber IDs.",
    ),
    Key::new(
        "identity.subscriber_id.pattern",
        Text(&PATTERN),
        Default("'[A-Za-z0-9._-]{1,50}'"),
        "What a whole subscriber ID looks like.",
    ),
    Key::new(
        "identity.username",
        Table,
        Default("{}"),
        "The form of usernames.",
    ),
    Key::new(
        "identity.username.pattern",
        Text(&PATTERN),
        Default("'[A-Za-z0-9._@-]{3,64}'"),
        "What a whole username looks like.",
    ),
    Key::new(
        "identity.username.rule",
        Words(&["none", "plansource"], &[]),
        Default("\"none\""),
        "\"plansource\" cross-checks the username with name and SSN and warns.",
    ),
];
