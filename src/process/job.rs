//! Everything that has to be known of a file before its first byte is read.

use crate::domain::column::KindColumns;
use crate::domain::summary::RecordShape;
use crate::domain::{Code, DemographicColumn, Kind, ReferenceId, SiteKey, ValueCipher};
use crate::format::amount::AmountForm;
use crate::format::control::Control;
use crate::format::dialect::Quotes;
use crate::format::fields::{FieldSplitter, FixedField};
use crate::format::layout::ColumnSettings;
use crate::format::lines::{LinePattern, LineRules};
use crate::format::output::{From, OutputLayout};
use crate::format::split::Shape;
use crate::format::{Encoding, Fields, Layout};
use crate::matching::accounts::Accounts;
use crate::matching::corrections::Corrections;
use crate::matching::deductions::Deductions;
use crate::matching::duplicates::Conflicts;
use crate::matching::identity_moves::RehirePolicy;
use crate::matching::levels::ChosenLevels;
use crate::matching::roster::Roster;
use crate::rules::after_termination::Grace;
use crate::rules::plan_year::{PlanYear, PlanYearRules};
use crate::rules::versions::Versions;
use crate::select::Selection;
use crate::validate::FieldRules;
use crate::validate::identity::IdentityChecks;
use crate::validate::ssn::Policy;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

/// What happens to employees or deductions that a full file lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Omission {
    Ignore,
    /// They are listed in the error file (`EMPLOYEE_MISSING`, `DEDUCTION_MISSING`).
    Report,
    /// The employees are deactivated; the rows come last in the output.
    Terminate,
    /// The deductions are stopped; the rows come last in the output.
    Stop,
}

/// How a source file is read.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches of the configuration"
)]
#[derive(Clone, Debug)]
pub struct SourceFormat {
    pub encoding: Encoding,
    /// Whether the encoding is a guess (`ENCODING_ASSUMED`).
    pub assumed: bool,
    /// Whether records may hold bytes other than UTF-8, or half a character of UTF-16 (`ENCODING_MIXED`); else these fail
    /// the file.
    pub mixed: bool,
    /// The delimiter, if it is configured.
    pub delimiter: Option<u8>,
    /// What a double quote means in delimited files.
    pub quotes: Quotes,
    /// Whether quoted fields of several lines are text, whatever their lines look like.
    pub multiline: bool,
    /// Fixed-width columns in configured order; `None` for delimited files.
    pub fixed: Option<Vec<(String, FixedField)>>,
    /// What the integration says of the columns.
    pub columns: ColumnSettings,
    /// Lines that are set aside wherever they stand.
    pub ignore: Vec<LinePattern>,
    /// A control record before the column names.
    pub header: Option<Control>,
    /// A control record after the last data record.
    pub trailer: Option<Control>,
    /// How employee and employer amounts are written, which control records add up.
    pub amounts: [AmountForm; 2],
    /// Whether a missing trailer is a fault (not for resubmissions: a rejects file has none).
    pub trailer_required: bool,
    pub max_records: u64,
    /// Whether the file holds everyone, so that one that was cut off fails.
    pub full: bool,
    /// How many bytes of the file are text; what lies behind them is no record.
    pub text_bytes: u64,
    /// Bytes a chunk aims for.
    pub chunk_bytes: usize,
}

/// What a record is compared with.
pub struct Known<'a> {
    /// The roster; `None` switches roster matching off (`identity.match = "shape-only"`).
    pub roster: Option<&'a Roster>,
    /// The last accepted deductions.
    pub deductions: Option<&'a Deductions>,
    /// The accounts of the roster, where files hold accounts or employees are linked with them.
    pub accounts: Option<&'a Accounts>,
    /// Benefits levels that people chose for employees.
    pub levels: Option<&'a ChosenLevels>,
    /// What a changed SSN of a known employee is.
    pub ssn_change: Policy,
    /// What an employee hired again under another ID is.
    pub rehire: RehirePolicy,
    /// The open rejections that the file may correct, if it is one of corrections.
    pub corrections: Option<&'a Corrections>,
    /// The only records that are judged, if the bytes were judged before.
    pub reopened: Option<&'a Reopened>,
}

impl Known<'_> {
    /// Whether a record was judged before and is not judged again.
    pub(super) fn was_judged(&self, record: u64) -> bool {
        let left_out = |again: &Reopened| !again.records.contains(&record);
        self.reopened.is_some_and(left_out)
    }
}

/// The records of bytes that were judged before whose rejections are still open.
#[derive(Debug)]
pub struct Reopened {
    /// Number of the first run that judged the bytes.
    pub since: u32,
    /// The data records' numbers.
    pub records: HashSet<u64>,
}

/// Whether the ordered stage has listed as many findings as it may. Records that are still to be judged come later in the
/// file, so their findings need no rows.
#[derive(Debug, Default)]
pub struct ListingLimit(AtomicBool);

impl ListingLimit {
    /// Whether the list is full.
    pub fn is_full(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Sets whether it is; every pass over a file begins with an empty list.
    pub fn set_full(&self, full: bool) {
        self.0.store(full, Ordering::Relaxed);
    }
}

/// The run that a file is judged for. A dry run has none, and keeps nothing for the ledger but findings.
pub struct RunIdentity {
    /// Stored states carry it as the run that last accepted them.
    pub number: u32,
    pub reference: ReferenceId,
}

/// The rules for one file, and what its records are compared with.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches of the configuration"
)]
pub struct JobSpec<'a> {
    /// The kind of record.
    pub kind: Kind,
    /// The site's key for hashes.
    pub key: SiteKey,
    /// How the file is read.
    pub reading: SourceFormat,
    /// How fields are judged.
    pub fields: FieldRules,
    /// How the columns that say who a record is about are checked.
    pub identity: IdentityChecks,
    /// Whether IDs that are, or may be, SSNs are stored encrypted.
    pub encrypts_ids: bool,
    /// Encrypts values for the ledger, and decrypts them.
    pub cipher: ValueCipher,
    /// Which records the run is about.
    pub selection: Selection,
    /// What the change times of records are compared with.
    pub versions: Versions,
    pub plan_years: PlanYearRules,
    /// What records are compared with.
    pub known: Known<'a>,
    /// Employees: the address by which they are linked with accounts at the first sync.
    pub link_by: Option<DemographicColumn>,
    /// Employees: new ones wait until a person syncs them, or their record says so.
    pub manual_enrolment: bool,
    /// Drop records equal to the last accepted state.
    pub qualify_delta: bool,
    /// Deductions: an amount of nothing stops.
    pub zero_stops: bool,
    /// Deductions: columns that belong to the key besides the usual ones.
    pub key_columns: Vec<From>,
    /// Deductions: a row is written for each that a new rate ends.
    pub write_ends: bool,
    /// Deductions: how long they may take effect after the termination of their employee.
    pub after_termination: Grace,
    /// What output files look like.
    pub output: OutputLayout,
    /// The number of the integration.
    pub origin: u16,
    /// The run whose corrections these are.
    pub corrects: Option<u32>,
    /// What the records of the file that is corrected have in common, if it is known.
    pub shape: Option<RecordShape>,
    /// The run that this one repeats, and the one that that one repeated.
    pub repeats: Vec<u32>,
    /// Full files hold everyone: what is done about the employees one lacks. `None` for files of changes.
    pub omission: Option<Omission>,
    /// The columns of the last accepted file, which this one should have too; none where that doesn't matter.
    pub columns_before: Vec<String>,
    /// Most findings listed in the error file and the ledger.
    pub max_listed: u64,
    /// Whether the list of findings is full.
    pub listing: ListingLimit,
    /// Why the file is held, once that is known: then it is judged once more, and its files say so.
    pub holds: Vec<(Code, String)>,
    /// Whether a rejects file is published.
    pub has_rejects_file: bool,
    /// Threads that judge chunks; results don't depend on it.
    pub workers: usize,
    /// Whether output rows are wanted; a dry run may have no file for them.
    pub rows: bool,
}

/// One pass over a file: what all who judge and merge its records share.
#[derive(Clone, Copy)]
pub(crate) struct FileContext<'a> {
    pub job: &'a JobSpec<'a>,
    pub run: Option<&'a RunIdentity>,
    pub layout: &'a Layout,
    /// How the records of the file are separated.
    pub shape: Shape,
    pub lines: &'a LineRules,
    /// What an earlier pass found.
    pub conflicts: &'a Conflicts,
    /// The plan year that the file is about, once it is known.
    pub year: Option<PlanYear>,
    pub splitter: &'a FieldSplitter,
}

impl FileContext<'_> {
    /// A readable amount, for the sums, which include records that are not taken.
    pub(super) fn cents<C: KindColumns>(&self, fields: &Fields<'_>, column: C) -> i64 {
        let sent = self.layout.get(fields, column);
        self.job.fields.cents(column.into(), sent)
    }
}
