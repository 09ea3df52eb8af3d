//! An integration: what it takes, from whom, and when its runs are held.

use super::folders::{FolderKeys, Folders};
use super::layout::{CutKeys, FixedColumn};
use super::site::ID_IS_SSN;
use super::{Format, OutputSettings, Pull, Push, TechnicalContact};
use crate::config::checker::{Given, table};
use crate::config::compound::{Columns, Either, Map, Mapped, filled, list, table};
use crate::config::forms::{Bool, Date, Int, Number, PersonNumbers, Text, words};
use crate::config::validators::{CELL, DURATION, EIN, GLOB, MARKER_SUFFIX, NAME, STATUS, TEXT};
use crate::domain::column::ColumnIndex;
use crate::domain::parameters::GivenParameters;
use crate::domain::{CompleteBy, DemographicColumn, Enrollment, Kind};
use crate::format::fault::limit;
use crate::format::fields::FixedField;
use crate::process::job::Omission;
use crate::rules::guards::{Guards, Limit};
use crate::validate::ssn::Policy;
use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::time::Duration;

table! {
    /// A named flow of one kind of record.
    pub(crate) struct Integration(name: String = Given::name) {
        kind: Kind = required(words(&[("demographic", Kind::Demographic), ("deduction", Kind::Deduction), ("accounts", Kind::Accounts)]), "\"demographic\""),
            "What the records are: employees, what is taken from their pay, or the accounts that the receiver of employees has.";
        files: Vec<String> = default(filled(GLOB), "[\"*.csv\", \"*.txt\"]"),
            "Names of files taken from the inbound folder.";
        test_files: Vec<String> = default(list(GLOB), "[]"),
            "Names of files that are judged and answered as a test: no output, no change to the roster.";
        start: Start = default(words(&[("arrival", Start::Arrival), ("schedule", Start::Schedule)]), "\"arrival\""),
            "Whether the daemon takes a file when it arrives, or it waits for a schedule or an explicit run.";
        window: Option<String> = optional(NAME),
            "The window outside of which files wait (status Scheduled); a run by hand takes them all the same.";
        after: Vec<String> = default(list(NAME), "[]"),
            "Integrations whose waiting files go first, and whose runs end first.";
        after_held: AfterHeld = default(words(&[("wait", AfterHeld::Wait), ("ignore", AfterHeld::Ignore)]), "\"wait\""),
            "Whether files of the integrations under after go first, too, that are held, paused or outside their window: \
             \"ignore\" goes on without them.";
        after_longest: Duration = default(DURATION, "\"1h\""),
            "How long a file of the integrations under after keeps files waiting that is still being uploaded.";
        roster: String = default(NAME, "\"main\""),
            "The roster it keeps (demographic), matches (deduction), or has the accounts for (accounts); one per employer.";
        enrolment: Enrolment = default(words(&[("automatic", Enrolment::Automatic), ("manual", Enrolment::Manual)]), "\"automatic\"") for Demographic,
            "Whether new employees go out at once, or wait until somebody syncs them (`feedgate sync`) or their record says \
             create_benefits_record. Who waits is checked all the same, and deductions know them.";
        link_by: Option<DemographicColumn> = default(words(&[
            ("none", None),
            ("work_email", Some(DemographicColumn::WorkEmail)),
            ("home_email", Some(DemographicColumn::HomeEmail)),
            ("services_email", Some(DemographicColumn::ServicesEmail)),
        ]), "\"none\"") for Demographic,
            "The address by which an employee who is sent for the first time is linked with an account of the roster's accounts \
             files; the output then has a column account_id. \"none\" links nobody.";
        content: FileContent = default(words(&[("changes", FileContent::Changes), ("full", FileContent::Full)]), "\"changes\""),
            "Whether a file holds what has changed, or everything: all employees, all deductions of a plan year, or all accounts.";
        omission: Omission = default(words(&[
            ("ignore", Omission::Ignore),
            ("report", Omission::Report),
            ("terminate", Omission::Terminate),
            ("stop", Omission::Stop),
        ]), "\"report\""),
            "What happens to what a full file lacks; only with content = \"full\". Employees are terminated, deductions \
             are stopped.";
        columns_gone: ColumnsGone = default(words(&[("hold", ColumnsGone::Hold), ("blank", ColumnsGone::Blank)]), "\"hold\""),
            "What happens to a file that lacks a column of the last accepted one: \"hold\" holds it where records would \
             lose a value (COLUMN_GONE); \"blank\" takes the column for blank.";
        plan_years: PlanYearsOfFile = default(words(&[("one", PlanYearsOfFile::One), ("split", PlanYearsOfFile::Split)]), "\"one\"") for Deduction,
            "What happens to a file with rows of several plan years: \"one\" takes those of one year and rejects the others \
             (PLAN_YEAR_MIXED); \"split\" takes those of the earliest year and makes the later ones a file of their own, \
             which waits its turn. Runs whose parameters name a plan year are never split.";
        statuses: Option<Vec<String>> = optional(filled(STATUS)) for Demographic,
            "Only employees of these employment statuses are taken; all when not given. Who was sent before and is now terminated or retired is deactivated all the same.";
        eins: Vec<u32> = default(list(EIN), "[]"),
            "Employers whose records belong here; a record of another is EIN_FOREIGN; any when empty.";
        allow_negative: bool = default(Bool, "false") for Deduction,
            "Whether amounts below zero are taken.";
        zero_stops: bool = default(Bool, "false") for Deduction,
            "Whether an amount of zero stops a deduction.";
        key: Vec<String> = default(list(TEXT), "[]") for Deduction,
            "Columns that tell apart deductions of one subscriber, code and effective date, such as `[\"plan_name\"]` or \
             `[\"custom.reference\"]`. Deductions that were accepted before keep the key they had, so choose it before the first \
             file.";
        retro_days: u32 = default(Int(0, 3650), "60") for Deduction,
            "Days back from which an effective date gets the warning RETRO, once something of its plan year was accepted.";
        retro_reject_days: Option<u32> = optional(Int(0, 3650)) for Deduction,
            "Days back from which an effective date is rejected; never when not given.";
        initial_import: InitialImport = default(words(&[("optional", InitialImport::Optional), ("required", InitialImport::Required)]), "\"optional\"") for Deduction,
            "\"required\" holds unattended runs until an initial import of the file's plan year has ended Completed: \
             a run over the whole file (delta = false) or one with a deduction_start_date. A run by hand is never \
             held for it.";
        parameters: GivenParameters = default(table::<ParameterKeys>(), "{}"),
            "Run parameters for what a run isn't given.";
        guards: Guards = default(table::<GuardKeys>(), "{}"),
            "Limits over which a run is held for a person; a guard that isn't given is off. Files under 20 records \
             are exempt from percentages (of missing employees only where there are under 20 of these to miss).";
        complete: Complete = default(table::<Complete>(), "{}"),
            "How a file that is still being uploaded is told from a whole one.";
        limits: Limits = default(table::<Limits>(), "{}"),
            "Sizes no file may go over.";
        folders: Folders = default(table::<FolderKeys>(), "{}"),
            "Folders elsewhere than in the site, for example in an SFTP chroot; relative to the configuration file.";
        receipts: Vec<ReceiptForm> = default(filled(words(&[("json", ReceiptForm::Json), ("text", ReceiptForm::Text)])), "[\"json\"]"),
            "The forms of receipts: \"json\" for machines, \"text\" for people (.receipt.txt).";
        retention: OutboundRetention = default(table::<OutboundRetention>(), "{}"),
            "How long its published files are kept.";
        rows: RowRules = default(table::<RowRules>(), "{}"),
            "Which rows of a file are this integration's, by any column of the sender; the others are skipped \
             (row_filtered) before anything else of them is checked.";
        primary: Option<PrimaryRule> = optional(table::<PrimaryRule>()) for Demographic,
            "Which of an employee's rows counts where one employer has several, for second jobs; the others are skipped \
             (non_primary_row).";
        columns: Vec<(String, String)> = default(Columns(TEXT), "{}"),
            "Header in this sender's files for a canonical column, where the aliases don't find it; custom.NAME \
             passes a column through. Such as `subscriber_id = \"Member Ref\"`.";
        positions: Option<Vec<(String, u16)>> = optional(Columns(POSITION)),
            "Makes the files ones without a header line: the field, from 1, of each canonical or custom column, such as \
             `ssn = 1`. One field may be several columns.";
        constants: Vec<(String, String)> = default(Columns(CONSTANT), "{}"),
            "Values of canonical columns that the sender doesn't send, such as `ein = \"12-3456789\"`; read like values \
             of the file.";
        subscriber_id: SubscriberIdColumn = default(table::<SubscriberIdColumn>(), "{}"),
            "What this sender's files say of subscriber IDs.";
        username: UsernameColumn = default(table::<UsernameColumn>(), "{}"),
            "What this sender's files say of usernames.";
        codes: BTreeMap<String, BTreeMap<String, String>> = default(Map(Map(TEXT)), "{}"),
            "Cross-reference tables: [integration.NAME.codes.COLUMN] with the sender's code = our code, such as \
             `MEDPPO = \"MED01\"`. A value that the table lacks is CODE_UNKNOWN.";
        fixed_width: Option<Vec<(String, FixedColumn)>> = optional(Columns(table::<CutKeys>())),
            "Makes the files fixed width: where each canonical or custom column stands, such as `ssn = { start = 11, \
             length = 9 }`.";
        format: Format = default(table::<Format>(), "{}"),
            "The sender's dialect.";
        output: OutputSettings = default(table::<OutputSettings>(), "{}"),
            "The layout of output files.";
        pull: Option<Pull> = optional(table::<Pull>()),
            "Fetches source files from an endpoint.";
        push: Option<Push> = optional(table::<Push>()),
            "Sends published files to an endpoint.";
        contact: Option<TechnicalContact> = optional(table::<TechnicalContact>()),
            "Who is mailed about this integration, in place of the site's contact.";
    }
}

impl Integration {
    /// Required columns that the sender may leave out.
    pub(crate) fn not_required(&self) -> Vec<ColumnIndex> {
        let username = self
            .kind
            .column("username")
            .filter(|_| !self.username.required);
        username.into_iter().map(|column| column.index).collect()
    }

    /// The values of columns that the sender doesn't send.
    pub(crate) fn constants(&self) -> Vec<(ColumnIndex, String)> {
        let constants = self.constants.iter();
        let indexed =
            |(name, value): &(String, String)| Some((self.kind.column(name)?.index, value.clone()));
        constants.filter_map(indexed).collect()
    }

    /// The columns that decide which rows are taken: those of `rows`, then that of `primary`.
    pub(crate) fn row_columns(&self) -> impl Iterator<Item = &String> {
        let primary = self.primary.iter().map(|primary| &primary.column);
        self.rows.columns().chain(primary)
    }

    /// The names of the columns that the configuration places or names, as far as files don't name them.
    pub(crate) fn named_columns(&self) -> Vec<&String> {
        let placed = self.fixed_width.iter().flatten().map(|(name, _)| name);
        let positions = self.positions.iter().flatten().map(|(name, _)| name);
        let mapped = self.columns.iter().map(|(name, _)| name);
        placed.chain(positions).chain(mapped).collect()
    }

    /// The field from 0 of a column by which rows are taken, in files without a header line: that of a named column, or a
    /// number from 1.
    pub(crate) fn row_position(&self, name: &str) -> Option<u16> {
        let named = self.positions.iter().flatten().find(|(n, _)| n == name);
        let number = || {
            let number: u16 = name.parse().ok()?;
            number
                .checked_sub(1)
                .filter(|field| usize::from(*field) < limit::COLUMNS)
        };
        named.map(|(_, field)| *field).or_else(number)
    }

    /// Where a column by which rows are taken stands in fixed-width files: a column of the layout, or characters such as
    /// `1-2`.
    pub(crate) fn row_cut(&self, name: &str) -> Option<FixedField> {
        let named = self.fixed_width.iter().flatten().find(|(n, _)| n == name);
        let (first, last) = name.split_once('-').unwrap_or((name, name));
        let characters = || {
            let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
            let start = first.checked_sub(1)?;
            let length = last.checked_sub(start).filter(|n| *n > 0)?;
            (last <= limit::RECORD_BYTES).then_some(FixedField { start, length })
        };
        named.map(|(_, column)| column.place).or_else(characters)
    }
}

/// What held, paused and windowed files of integrations that go first mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterHeld {
    /// They go first, like others that wait.
    Wait,
    /// They keep nothing waiting.
    Ignore,
}

/// How a receipt is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReceiptForm {
    Json,
    Text,
}

/// What starts a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// The arrival of a file.
    Arrival,
    /// A schedule or an explicit run.
    Schedule,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileContent {
    Changes,
    Full,
}

/// What happens to a file that lacks a column of the last accepted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnsGone {
    /// It is held where records would lose a value.
    Hold,
    /// The column is blank.
    Blank,
}

/// What happens to a file with rows of several plan years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlanYearsOfFile {
    /// The rows of one year are taken.
    One,
    /// Each year has a run.
    Split,
}

/// Whether unattended runs wait for a completed initial import of the plan year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InitialImport {
    Optional,
    /// They are held until then.
    Required,
}

table! {
    keys ParameterKeys -> GivenParameters {
        delta: Option<bool> = optional(Bool),
            "Only what differs from what was accepted last or, by last_changed_at, was changed since; false when not given.";
        qualify_delta: Option<bool> = optional(Bool),
            "Drop records equal to the last accepted state; true when not given.";
        lookback_days: Option<u32> = optional(Int(1, 31)),
            "With delta: take only records changed in the last N days, even if older ones differ.";
        include_employees: Option<Vec<String>> = optional(PersonNumbers),
            "Person numbers; no other employee is taken.";
        plan_year_start_date: Option<NaiveDate> = optional(Date) for Deduction,
            "Names the run's plan year, read by enrollment.";
        enrollment: Option<Enrollment> = optional(words(&[
            ("standard", Enrollment::Standard),
            ("open", Enrollment::Open),
            ("life-event", Enrollment::LifeEvent),
        ])) for Deduction,
            "How plan_year_start_date is read: the day before the plan year, its first day, or the run date; \
             \"standard\" when not given.";
        deduction_start_date: Option<NaiveDate> = optional(Date) for Deduction,
            "Only records changed on or after this date.";
    } => GivenParameters {
        delta,
        qualify_delta,
        lookback_days,
        include_employees,
        plan_year_start_date,
        enrollment,
        deduction_start_date,
    }
}

table! {
    keys GuardKeys -> Guards {
        max_error_percent: Option<f64> = optional(Number(0.0, 100.0)),
            "Rejected records, as a share of those judged.";
        max_error_count: Option<u64> = optional(Int(0, i64::MAX)),
            "Rejected records.";
        max_termination_percent: Option<f64> = optional(Number(0.0, 100.0)) for Demographic,
            "Terminations, as a share of the roster's active employees.";
        max_termination_count: Option<u64> = optional(Int(0, i64::MAX)) for Demographic,
            "Terminations.";
        max_missing_percent: Option<f64> = optional(Number(0.0, 100.0)),
            "What a full file lacks, as a share of what it has to have: employees whom this integration sent last, or \
             deductions in force.";
        max_missing_count: Option<u64> = optional(Int(0, i64::MAX)),
            "Employees, or deductions in force, that a full file lacks.";
        max_row_change_percent: Option<f64> = optional(Number(0.0, 1000.0)),
            "Difference in the number of records from the last accepted file; of deductions, from that of the same plan year if \
             there is one.";
        max_row_change_count: Option<u64> = optional(Int(0, i64::MAX)),
            "Difference in the number of records from the last accepted file; of deductions, from that of the same plan year if \
             there is one.";
        max_amount_change_percent: Option<f64> = optional(Number(0.0, 1000.0)) for Deduction,
            "Difference in the total amount from the last accepted file of the same plan year, or else of any.";
        max_amount_change: Option<u64> = optional(Int(0, 1_000_000_000_000)) for Deduction,
            "Difference in the total amount from the last accepted file of the same plan year, or else of any, in whole dollars.";
    } => Guards {
        errors: limit(max_error_percent, max_error_count),
        terminations: limit(max_termination_percent, max_termination_count),
        missing: limit(max_missing_percent, max_missing_count),
        rows: limit(max_row_change_percent, max_row_change_count),
        amount: limit(
            max_amount_change_percent,
            max_amount_change.map(|dollars| dollars.saturating_mul(100)),
        ),
    }
}

fn limit(percent: Option<f64>, count: Option<u64>) -> Limit {
    Limit { percent, count }
}

table! {
    /// How a complete file is told from one that is still being uploaded.
    pub(crate) struct Complete {
        by: CompleteBy = default(words(&[
            ("auto", CompleteBy::Auto),
            ("rename", CompleteBy::Rename),
            ("marker", CompleteBy::Marker),
            ("quiet", CompleteBy::Quiet),
        ]), "\"auto\""),
            "What proves that a file is whole. \"auto\": what the system can prove (a rename into place, or the \
             close of its last writer), else quiet; \"rename\": its name alone, for senders that upload under a \
             temporary name and rename; \"marker\": a marker file that is not older; \"quiet\": no change for the \
             settle time.";
        marker: String = default(MARKER_SUFFIX, "\".done\""),
            "Ending of the marker file, with by = \"marker\": NAME.done beside NAME. Markers are taken away with \
             their file.";
        settle: Duration = default(DURATION, "\"10s\""),
            "Time without any change after which a file counts as whole, with by = \"quiet\", and with by = \"auto\" \
             where the system can't prove it.";
    }
}

impl Complete {
    /// The ending of marker files, if they are what proves that a file is complete.
    pub(crate) fn marker_ending(&self) -> Option<&str> {
        (self.by == CompleteBy::Marker).then_some(self.marker.as_str())
    }
}

table! {
    /// Which rows of a file count, by columns of the sender and the values there.
    pub(crate) struct RowRules {
        only: BTreeMap<String, Vec<String>> = default(Map(filled(CELL)), "{}"),
            "Takes only rows that have one of the values in each of the columns. A column is called by the sender's \
             header or our name for it; with positions also by its number (`\"7\"`), in fixed-width files by its \
             characters (`\"1-2\"`). Capital and small letters and blanks around a value don't matter; `\"\"` is an empty field. Such as \
             `only = { \"Record Type\" = [\"EE\"] }`.";
        skip: BTreeMap<String, Vec<String>> = default(Map(filled(CELL)), "{}"),
            "Leaves out rows that have one of the values in one of the columns. Such as \
             `skip = { \"Row Kind\" = [\"TEST\", \"DEMO\"] }`.";
    }
}

table! {
    /// Which of the rows with the same ID and EIN counts.
    pub(crate) struct PrimaryRule {
        column: String = required(TEXT, "\"Job\""),
            "A column of the sender, called as in `rows`.";
        prefer: Vec<String> = required(filled(CELL), "[\"1\"]"),
            "Values of the column, the preferred one first; any other comes after them. Rows of the same rank that \
             differ stay in conflict, and a row that is the only one of its employee counts whatever its value.";
    }
}

/// When new employees go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Enrolment {
    /// With their first record that is taken.
    Automatic,
    /// When a person syncs them, or their record asks for it.
    Manual,
}

/// A position is a number from 1.
const POSITION: Mapped<Int, u16, u16> = Mapped(Int(1, 1024), |number| number - 1);

/// A date or a flag as TOML writes it.
type DateOrFlag = Either<Mapped<Date, NaiveDate, String>, Mapped<Bool, bool, String>>;

/// A text, or a date or a flag.
const CONSTANT: Either<Text<String>, DateOrFlag> = Either(
    TEXT,
    Either(
        Mapped(Date, |day| day.to_string()),
        Mapped(Bool, |flag| flag.to_string()),
    ),
);

table! {
    /// How long published files of an integration are kept.
    pub(crate) struct OutboundRetention {
        outbound_days: Option<u32> = optional(Int(0, 36_500)),
            "As site.retention.outbound_days, which holds when not given; 0 keeps them for ever.";
    }
}

table! {
    /// What a sender's files say of subscriber IDs.
    pub(crate) struct SubscriberIdColumn {
        is_ssn: Option<Policy> = optional(ID_IS_SSN),
            "Whether an ID that is the employee's SSN is taken; as identity.subscriber_id.is_ssn says when not given.";
    }
}

table! {
    /// What an integration says of the column `username`.
    pub(crate) struct UsernameColumn {
        required: bool = default(Bool, "true"),
            "Whether files must have the column and records must fill it.";
    }
}

impl RowRules {
    /// The names of the columns: of `only`, then of `skip`.
    fn columns(&self) -> impl Iterator<Item = &String> {
        self.only.keys().chain(self.skip.keys())
    }
}

table! {
    /// Sizes no file may exceed.
    #[expect(clippy::struct_field_names, reason = "the keys are called so")]
    pub(crate) struct Limits {
        max_file_bytes: u64 = default(Int(1, i64::MAX), "17_179_869_184"),
            "Bytes in a source file (default 16 GiB).";
        max_records: u64 = default(Int(1, i64::MAX), "50_000_000"),
            "Records in a source file.";
        max_listed_findings: u64 = default(Int(1, i64::MAX), "100_000"),
            "Findings listed in an error file; counts stay full.";
    }
}
