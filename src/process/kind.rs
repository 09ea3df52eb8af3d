//! What the record path has to know of a kind of record.

use super::job::{FileContext, JobSpec, Known, RunIdentity};
use super::record::{Record, StoredState};
use crate::changeset::change::Change;
use crate::changeset::trail::without_prints;
use crate::domain::column::KindColumns;
use crate::domain::{Action, Kind};
use crate::format::{Fields, Layout};
use crate::matching::accounts::LinkClaim;
use crate::matching::file_row::{RowKey, RowKeys};
use crate::matching::identity_moves::Identity;
use crate::matching::names::Names;
use crate::matching::roster::Version;
use crate::matching::series::FileSeries;
use crate::matching::traits::Part;
use crate::rules::plan_year::PlanYear;
use crate::validate::findings::Target;
use crate::validate::identity::IdentityChecks;
use crate::validate::{Findings, Values};
use std::borrow::Cow;

/// The values of a record of kind `K`.
pub(super) type ValuesOf<'a, K> = Values<'a, <K as RecordKind>::Column>;

/// A kind of record: its columns, keys, rules and stored state.
///
/// The record path is compiled once for each kind, so that nothing is dispatched while records are read. A further kind
/// is one more implementation, its columns and description in `domain`, and its arm where [`super::process()`] chooses.
pub(crate) trait RecordKind: Sized + Sync + 'static {
    const KIND: Kind;
    type Column: KindColumns;
    /// What makes two rows of a file the same.
    const ROW_KEY: RowKey;
    /// The columns of the key besides the subscriber ID, each with what is kept of it of a rejected record.
    const KEY_PARTS: &'static [(Self::Column, Part)];
    /// The employee's and the employer's amount, which the totals of a file add up.
    const AMOUNTS: Option<[Self::Column; 2]>;
    /// Whether the records make up the roster. If so, a record says itself whether it is about a test employee, and the
    /// roster remembers it; otherwise the roster says it.
    const FILLS_ROSTER: bool = Self::KIND.fills_roster();
    /// What is done to an employee whom a full file lacks: no record came of which the columns could be told.
    const OMITTED: &'static [u8] = match Self::FILLS_ROSTER {
        true => &without_prints(Action::Deactivate),
        false => &[],
    };

    /// The version of the stored states that records are compared with, and that changes are made to.
    fn version(known: &Known<'_>) -> Option<Version>;

    /// Checks the fields of a record against each other.
    fn check(checks: IdentityChecks, values: &mut ValuesOf<'_, Self>, findings: &mut Findings);

    /// The keys of a record.
    fn keys(
        context: FileContext<'_>,
        fields: &Fields<'_>,
        subscriber_hash: Option<u64>,
        ein: u32,
        values: &ValuesOf<'_, Self>,
    ) -> RowKeys;

    /// Position and fingerprint of the state that a record is compared with.
    fn compared_with(stored: &StoredState<'_>) -> Option<(usize, u64)>;

    /// The number of the run that last accepted a record of this key.
    fn last_accepted(stored: &StoredState<'_>) -> Option<u32>;

    /// The version of the state that a record is compared with, in seconds since 1970; 0 if it isn't known.
    fn version_of(stored: &StoredState<'_>) -> u32;

    /// Checks a record against the roster and the plan years. Returns the identities that the roster has with others, each
    /// with the position of one who has it, where records make up the roster.
    fn check_known(
        record: &Record<'_, Self>,
        context: FileContext<'_>,
        findings: &mut Findings,
    ) -> Vec<(Identity, u32)>;

    /// Finds the account that an employee has, or gets at the first sync; says whether the record is rejected for it,
    /// whatever other records of the file give up. `found`: its content, the identities that
    /// [`RecordKind::check_known`] has found with others, and what is wrong with it.
    fn find_account(
        _record: &mut Record<'_, Self>,
        _context: FileContext<'_>,
        _found: (u64, &[(Identity, u32)], &mut Findings),
        _claims: &mut Vec<LinkClaim>,
    ) -> bool {
        false
    }

    /// Whether a record says that its employee has left.
    fn has_left(_values: &ValuesOf<'_, Self>) -> bool {
        false
    }

    /// Puts the benefits level that a person chose in place of the file's, or notes that it holds no longer.
    fn choose_level<'a>(_record: &mut Record<'a, Self>, _job: &'a JobSpec<'_>) {}

    /// Whether its employee is not synced yet and goes on waiting for that.
    fn waits_for_sync(_record: &Record<'_, Self>, _job: &JobSpec<'_>) -> bool {
        false
    }

    /// When its employee left or will leave, as days from the Common Era; 0 if the record doesn't say so.
    fn ended(_values: &ValuesOf<'_, Self>) -> i32 {
        0
    }

    /// The names of its employee.
    fn names(_job: &JobSpec<'_>, _values: &ValuesOf<'_, Self>) -> Names {
        Names::default()
    }

    /// The fingerprint of a record's content; `fingerprint` gives that of values.
    fn content(
        record: &mut Record<'_, Self>,
        fingerprint: impl FnOnce(&ValuesOf<'_, Self>) -> u64,
    ) -> u64 {
        fingerprint(&record.values)
    }

    /// Judges a record without errors among those of its [`series`](crate::matching::series), and adds what that means for
    /// others.
    fn settle(
        _record: &mut Record<'_, Self>,
        _context: FileContext<'_>,
        _content: u64,
        _findings: &mut Findings,
        _out: &mut FileSeries,
    ) {
    }

    /// What happens to the receiver's data, or `None` where the content is the last accepted one.
    fn action(record: &Record<'_, Self>, job: &JobSpec<'_>, content: u64) -> Option<Action>;

    /// Fills what a blank means, so that the output is complete and equal records are equal.
    fn fill_blanks(job: &JobSpec<'_>, values: &mut ValuesOf<'_, Self>);

    /// Adds to a record that is written what only the stored state knows. That state is pushed before.
    fn complete(_record: &mut Record<'_, Self>, _job: &JobSpec<'_>) {}

    /// The hash of the code of a record that was not read, if the kind has one and it can be read.
    fn code(_job: &JobSpec<'_>, _layout: &Layout, _fields: &Fields<'_>) -> Option<u32> {
        None
    }

    /// What is said of a copy of an earlier record in place of the usual advice.
    fn advice_on_copy(
        _job: &JobSpec<'_>,
        _layout: &Layout,
        _fields: &Fields<'_>,
    ) -> Option<&'static str> {
        None
    }

    /// The plan year of a record that was not read yet.
    fn plan_year(_job: &JobSpec<'_>, _layout: &Layout, _fields: &Fields<'_>) -> Option<PlanYear> {
        None
    }

    /// Appends the new state of an accepted record; returns the number of the entry it replaces, 0 for a new one.
    /// `passed_on`: see [`crate::matching::roster::Employee::SSN_PASSED_ON`].
    fn push_state(
        record: &Record<'_, Self>,
        job: &JobSpec<'_>,
        run: &RunIdentity,
        content: u64,
        action: Action,
        passed_on: u8,
        out: &mut Vec<u8>,
    ) -> u32;

    /// Appends the new state of a record without change, written or not, if it has one; returns the number of the entry
    /// it replaces.
    fn push_unchanged_state(
        record: &Record<'_, Self>,
        job: &JobSpec<'_>,
        content: u64,
        passed_on: u8,
        out: &mut Vec<u8>,
    ) -> Option<u32>;

    /// Appends the row that ends the deduction of a record, if a later one newly ends it; returns whether it does.
    fn push_end(_record: &Record<'_, Self>, _context: FileContext<'_>, _out: &mut Vec<u8>) -> bool {
        false
    }

    /// What a finding is about, as it is listed.
    fn field_name(layout: &Layout, target: Target) -> Cow<'static, str> {
        match target {
            Target::Record => "".into(),
            Target::Column(index) => Self::Column::COLUMNS[index.get()].name.into(),
            Target::Custom(position) => layout.custom[usize::from(position)].0.clone().into(),
        }
    }

    /// The change that stores a state.
    fn change(id: u32, state: &[u8]) -> Change<'_>;
}
