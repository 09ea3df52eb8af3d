//! The layouts of source files and of output files.

use crate::config::checker::table;
use crate::config::compound::{Either, Map, Mapped, SubTable, filled, list, table};
use crate::config::date_patterns::{DATE_PATTERN, OUTPUT_DATE_PATTERN, OUTPUT_TIME_PATTERN};
use crate::config::forms::{Bool, Date, Int, Text, Words, words};
use crate::config::validators::{HEADER_TEMPLATE, LINE_PATTERN, TEXT, TRAILER_TEMPLATE};
use crate::domain::Action;
use crate::format::Encoding;
use crate::format::amount::{Decimals, MOST_DECIMALS};
use crate::format::control::{Control, TotalPosition};
use crate::format::dialect::Quotes;
use crate::format::fields::FixedField;
use crate::format::lines::LinePattern;
use crate::format::output::{DateStyle, SsnStyle};
use crate::validate::date::DateForm;
use chrono::NaiveDate;
use std::collections::BTreeMap;

table! {
    /// How a sender writes its files.
    pub(crate) struct Format {
        delimiter: Option<u8> = default(Words(
            &[("auto", None), (",", Some(b',')), ("|", Some(b'|')), ("tab", Some(b'\t')), (";", Some(b';'))],
            &[
                ("\t", Some(b'\t')),
                ("comma", Some(b',')),
                ("pipe", Some(b'|')),
                ("semicolon", Some(b';')),
            ],
        ), "\"auto\""),
            "What separates fields.";
        quotes: Quotes = default(words(&[
            ("rfc4180", Quotes::Rfc4180),
            ("literal", Quotes::Literal),
            ("none", Quotes::None),
        ]), "\"rfc4180\""),
            "What double quotes mean. \"rfc4180\": a value may stand in quotes, those within it are doubled, and text \
             behind the closing one is QUOTE_MISPLACED; \"literal\": a value in quotes ends at the first quote before a \
             delimiter or line end, and others stand for themselves, such as `\"JOHN \"DUKE\"\"`; \"none\": a quote is \
             a character like others.";
        multiline: bool = default(Bool, "false"),
            "Whether lines within a quoted value are text even where they look like records; otherwise they are \
             QUOTE_RUNAWAY.";
        encoding: Option<Encoding> = default(Words(
            &[
                ("auto", None),
                ("utf-8", Some(Encoding::Utf8)),
                // Or Utf16Be: the byte order mark of the file decides, or its first line.
                ("utf-16", Some(Encoding::Utf16Le)),
                ("windows-1252", Some(Encoding::Windows1252)),
            ],
            &[
                ("utf8", Some(Encoding::Utf8)),
                ("utf16", Some(Encoding::Utf16Le)),
                ("cp1252", Some(Encoding::Windows1252)),
            ],
        ), "\"auto\""),
            "The character set; \"auto\" is UTF-8 where it is valid, else Windows-1252 with a warning; \"utf-16\" needs no byte order mark.";
        dates: Vec<DateForm> = default(filled(DATE_PATTERN),
            "[\"%Y-%m-%d\", \"%m/%d/%Y\", \"%Y%m%d\", \"%Y/%m/%d\", \"%Y-%m-%dT%H:%M:%S\"]"),
            "The forms in which dates are read, of %Y or %y (two digits), %m, %b (a month as a word) or %B, %d, %-m and %-d \
             without leading zeros, %j (day of the year), %H or %I and %p (AM, PM), %M %S; or \"%serial\", the day \
             numbers of spreadsheets.";
        century_pivot: u32 = default(Int(0, 100), "50"),
            "Years of two digits (%y) below this number are 20.., the others 19..; a birth date that would lie in the \
             future is a century older.";
        blanks: Vec<String> = default(list(TEXT), "[]"),
            "Words that count as an empty field in every column, in any case, such as `[\"NULL\", \"nan\"]`. A required \
             column is then REQUIRED_MISSING; without this list such words are SPREADSHEET_ERROR, PLACEHOLDER_BLANKED or \
             NAME_LOOKS_EMPTY.";
        no_dates: Vec<String> = default(list(DAY_OR_TEXT), "[]"),
            "Further values that mean \"no date\", in every date column; a day counts in each of the forms. Dates of \
             zeros (`00000000`, `0000-00-00`) always do. Such as `[\"1900-01-01\"]`.";
        open_dates: Vec<String> = default(list(DAY_OR_TEXT), "[]"),
            "Further values that mean \"no end\" as an end date or termination date; a day counts in each of the \
             forms. 2100-12-31, 4712-12-31 and 9999-12-31 always do. Such as `[\"2099-12-31\"]`.";
        dash_is_zero: bool = default(Bool, "false"),
            "Whether a dash in the place of an amount (`-`, `$ -`) is 0.00, as accounting formats of spreadsheets write \
             it; otherwise it is AMOUNT_INVALID.";
        decimals: Option<Decimals> = optional(DECIMALS),
            "Where the decimals of amounts are: \"explicit\" behind a decimal mark, so that 850 is 850.00; \"implied\" in \
             the last two digits without a mark, so that 00850 is 8.50, with a sign before, behind or punched over the \
             last digit. A fixed-width layout of deductions has to say it here or column by column; elsewhere \
             \"explicit\" when not given.";
        decimal_mark: u8 = default(words(&[(".", b'.'), (",", b',')]), "\".\""),
            "What stands before the decimals of an amount; the other of the two stands between thousands: `,` reads \
             `1.234,50`.";
        ignore: Vec<LinePattern> = default(list(LINE_PATTERN), "[]"),
            "Lines that are no records, wherever they stand; `*` stands for any text. They are set aside and counted, unless \
             they have an SSN or a required date in its column. Such as `[\"(* rows affected)\"]`.";
        header: Option<Control> = optional(table::<HeaderKeys>()),
            "A control record before the data.";
        trailer: Option<Control> = optional(table::<TrailerKeys>()),
            "A control record after the data; missing or mismatched, it fails the file.";
    }
}

/// A day, or a text that stands in the place of one.
const DAY_OR_TEXT: Either<Text<String>, Mapped<Date, NaiveDate, String>> =
    Either(TEXT, Mapped(Date, |day| day.to_string()));

/// The keys of a control record, which differ in the example of a marker.
macro_rules! control {
    ($Keys:ident, $example:literal) => {
        table! {
            keys $Keys -> Control {
                marker: String = required(TEXT, $example),
                    "The text the control record begins with.";
                count: Option<TotalPosition> = optional(PLACE),
                    "Where the number of data records stands: a field number from 1, or start and length (fixed width).";
                employee_amount: Option<TotalPosition> = optional(PLACE) for Deduction,
                    "Where the total employee amount stands.";
                employer_amount: Option<TotalPosition> = optional(PLACE) for Deduction,
                    "Where the total employer amount stands.";
            } => Control {
                marker,
                count,
                employee_amount,
                employer_amount,
            }
        }
    };
}

control!(HeaderKeys, "\"HDR\"");
control!(TrailerKeys, "\"TRL\"");

/// In delimited files the number of a field, in fixed-width files its characters.
const PLACE: Either<Mapped<Int, usize, TotalPosition>, SubTable<PlaceKeys>> = Either(
    Mapped(Int(1, 1024), |number| TotalPosition::Field(number - 1)),
    table(),
);

/// A record may have 1 MiB, a field 64 KiB.
const START: Int = Int(1, 1_048_576);
const LENGTH: Int = Int(1, 65_536);

table! {
    keys PlaceKeys -> TotalPosition {
        start: usize = required(START, "1"),
            "First character, from 1.";
        length: usize = required(LENGTH, "10"),
            "Number of characters.";
    } => TotalPosition::Characters {
        start: start - 1,
        length,
    }
}

const DECIMALS: Words<Decimals> = words(&[
    ("explicit", Decimals::Explicit),
    ("implied", Decimals::Implied(2)),
]);

/// A column of a fixed-width layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FixedColumn {
    pub(crate) place: FixedField,
    /// Where the decimals of its amounts are, if not where `format.decimals` says.
    pub(crate) decimals: Option<Decimals>,
}

table! {
    keys CutKeys -> FixedColumn {
        start: usize = required(START, "1"),
            "First character of the column, from 1.";
        length: usize = required(LENGTH, "10"),
            "Number of characters.";
        decimals: Option<Decimals> = optional(Either(
            Mapped(Int(0, i64::from(MOST_DECIMALS)), Decimals::Implied),
            DECIMALS,
        )),
            "How many of the last digits of an amount are decimals without a decimal mark; or \"explicit\" or \
             \"implied\", as for all columns in format.decimals.";
    } => FixedColumn {
        place: FixedField {
            start: start - 1,
            length,
        },
        decimals,
    }
}

table! {
    /// What an integration writes.
    pub(crate) struct OutputSettings {
        columns: Option<Vec<OutputColumn>> = optional(filled(Either(COLUMN_NAME, table::<OutputColumn>()))),
            "Choice and order of columns: canonical names, \"action\", custom.NAME; all when not given.";
        delimiter: u8 = default(Words(
            &[(",", b','), ("|", b'|'), ("tab", b'\t'), (";", b';')],
            &[("\t", b'\t'), ("comma", b','), ("pipe", b'|'), ("semicolon", b';')],
        ), "\",\""),
            "What separates fields.";
        dates: DateStyle = default(OUTPUT_DATE_PATTERN, "\"%Y-%m-%d\""),
            "The form in which dates are written.";
        timestamps: Option<DateStyle> = optional(OUTPUT_TIME_PATTERN),
            "The form in which last_changed_at is written, of %Y %m %d %H %M %S and %z (the sender's offset, if there \
             is one); as it was sent when not given.";
        ssn: SsnStyle = default(words(&[
            ("plain", SsnStyle::Plain),
            ("dashed", SsnStyle::Dashed),
            ("last4", SsnStyle::Last4),
        ]), "\"plain\""),
            "The form in which SSNs are written.";
        actions: Vec<(Action, String)> = default(Mapped(Map(TEXT), known_actions), "{}"),
            "The receiver's words for actions (create, update, deactivate, link, reactivate; add, change, stop, \
             waive; none), such as `create = \"A\"`.";
        column_header: bool = default(Bool, "true"),
            "Whether the first line names the columns.";
        ends: bool = default(Bool, "false") for Deduction,
            "Whether a row that stops it is written for each deduction that a new rate ends; the row of the new rate is \
             written in any case.";
        header: Option<String> = optional(HEADER_TEMPLATE),
            "A line before everything else.";
        trailer: Option<String> = optional(TRAILER_TEMPLATE),
            "A line after everything else.";
        done_marker: bool = default(Bool, "false"),
            "Whether an empty file NAME.done follows the output file.";
    }
}

table! {
    /// A column of the output file.
    pub(crate) struct OutputColumn {
        from: String = required(TEXT, "\"subscriber_id\""),
            "The column.";
        header = "as": String = required(TEXT, "\"Member ID\""),
            "Its header in the output file.";
    }
}

impl OutputSettings {
    /// The receiver's word for an action.
    pub(crate) fn word(&self, action: Action) -> &str {
        self.actions
            .iter()
            .find(|(a, _)| *a == action)
            .map_or(action.as_str(), |(_, word)| word)
    }
}

/// A column under its own name, without `custom.`.
const COLUMN_NAME: Text<OutputColumn> = Text {
    words: TEXT.words,
    read: |s| {
        let from = (TEXT.read)(s)?;
        let header = from.strip_prefix("custom.").unwrap_or(&from).to_owned();
        Ok(OutputColumn { from, header })
    },
};

/// The checks report words that are not actions.
fn known_actions(words: BTreeMap<String, String>) -> Vec<(Action, String)> {
    let known = words
        .into_iter()
        .filter_map(|(name, word)| Some((name.parse::<Action>().ok()?, word)));
    known.collect()
}
