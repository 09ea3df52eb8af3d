//! What a ledger does about employees and deductions; see [`super::roles`].

use super::error::Result;
use super::rosters::trails::TrailStep;
use super::{Event, NameKind, Restoration, RosterEdit, StoredDeduction};
use crate::changeset::search_words::SearchWords;
use crate::changeset::shown::KeptField;
use crate::matching::accounts::AccountState;
use crate::matching::bits::BitSet;
use crate::matching::deductions::Deductions;
use crate::matching::levels::ChosenLevels;
use crate::matching::roster::{Employee, Roster};
use chrono::{DateTime, FixedOffset};
use std::collections::BTreeMap;

/// Employees and deductions after their last accepted records.
pub trait Rosters:
    Employees
    + EmployeeSearch
    + RosterTrails
    + RosterEdits
    + Selections
    + AccountLinks
    + BenefitsLevels
    + StoredDeductions
    + OwnerIds
{
}
impl<
    T: Employees
        + EmployeeSearch
        + RosterTrails
        + RosterEdits
        + Selections
        + AccountLinks
        + BenefitsLevels
        + BenefitsLevels
        + StoredDeductions
        + OwnerIds,
> Rosters for T
{
}
pub trait Employees {
    fn load_roster(&self, name: &str) -> Result<Roster> {
        let mut roster = Roster::new(0);
        self.refresh_roster(name, &mut roster)?;
        Ok(roster)
    }

    /// Brings a roster that was loaded before to what is stored now, reading only what came since.
    ///
    /// # Errors
    /// After an error the roster may hold a part of what came since; it can be refreshed again or thrown away.
    fn refresh_roster(&self, name: &str, roster: &mut Roster) -> Result<()>;

    /// The employee of this subscriber hash, with the shown fields. Reads the keys of the whole roster.
    fn find_employee(
        &self,
        roster: &str,
        subject: u64,
    ) -> Result<Option<(Employee, Vec<KeptField>)>>;

    /// The subscriber hashes of the other entries of a person who left and was hired again under another ID: those before
    /// this one, and those after it.
    fn rehires(&self, roster: &str, subject: u64) -> Result<[Vec<u64>; 2]>;

    /// The shown fields of employees by their numbers, each in the order of [`crate::changeset::shown::EMPLOYEE`]: one pass over the
    /// roster's blocks, of which only those are read that may hold one of them.
    ///
    /// # Errors
    /// Also where a number was never given out.
    fn employees_fields(&self, roster: &str, ids: &[u32]) -> Result<Vec<Vec<KeptField>>> {
        let entries = self.employees_of(roster, ids)?;
        Ok(entries.into_iter().map(|(_, fields)| fields).collect())
    }

    /// The same with the last states of the employees.
    fn employees_of(&self, roster: &str, ids: &[u32]) -> Result<Vec<(Employee, Vec<KeptField>)>>;

    /// Visits the last state of each entry of a roster once, in no order, without the places of those that were removed: of
    /// all, or of those with the numbers in `only`, for which not every block is read.
    fn each_employee(
        &self,
        roster: &str,
        only: Option<&BitSet>,
        visit: &mut dyn FnMut(&Employee),
    ) -> Result<()>;
}

/// Finding employees by words of what is kept of them.
pub trait EmployeeSearch {
    /// The numbers of the employees whose terms all words begin; see [`SearchWords`]. Those of entries that were removed
    /// are not among them.
    fn search_employees(&self, roster: &str, words: &SearchWords) -> Result<BitSet>;

    /// Whether the index of a roster lacks more than a few states, which searches read one by one, or is in too many parts.
    fn is_index_behind(&self, roster: &str) -> Result<bool>;

    /// Brings the index of a roster a step nearer to what is stored, in a transaction of its own. `false`: there was nothing
    /// to do.
    fn extend_index(&mut self, roster: &str) -> Result<bool>;
}

/// What runs did to employees.
pub trait RosterTrails {
    /// The runs that accepted a record of an employee, oldest first, with the columns that changed. Of runs that are purged
    /// only the last is known, or none.
    fn trail_of(&self, roster: &str, employee: &Employee) -> Result<Vec<TrailStep>>;
}

/// Entries of a roster that people found to be mistakes.
pub trait RosterEdits {
    /// Removes an employee's entry, so that SSN and username are free, and writes the event of that. Who passed them on to
    /// this entry has them again. `false`: an entry is not there, and nothing was done.
    fn remove_employee(&mut self, edit: &RosterEdit<'_>, event: &Event) -> Result<bool>;

    /// Takes the removal of an employee's entry back, and writes the event of that. A run that changes the roster ends what
    /// can be taken back.
    fn restore_employee(
        &mut self,
        roster: &str,
        subject: u64,
        event: &Event,
    ) -> Result<Restoration>;

    /// Whose entries were removed and can be restored, by the hashes of their subscriber IDs.
    fn removed_employees(&self, roster: &str) -> Result<Vec<u64>>;
}

/// The accounts that the receiver of a roster's employees has, and whose they are.
pub trait AccountLinks {
    /// Shows the accounts of a roster, each with its ID.
    fn each_account(
        &self,
        roster: &str,
        take: &mut dyn FnMut(AccountState, KeptField) -> Result<()>,
    ) -> Result<()>;

    /// Shows the linked subscribers of a roster with the hashes of their accounts' IDs.
    fn each_link(&self, roster: &str, take: &mut dyn FnMut(u64, u64)) -> Result<()>;

    /// The ID of the account that a subscriber is linked with.
    fn account_of(&self, roster: &str, subscriber: u64) -> Result<Option<KeptField>>;

    /// Ends the link of a subscriber, and writes the event of that. `false`: there is none, and nothing is written.
    fn end_link(&mut self, roster: &str, subscriber: u64, event: &Event) -> Result<bool>;
}

/// A benefits level that a person chose for an employee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelChoice {
    pub level: String,
    pub at: DateTime<FixedOffset>,
    pub user: String,
}

/// Benefits levels that people chose.
pub trait BenefitsLevels {
    /// The levels that hold in a roster.
    fn chosen_levels(&self, roster: &str) -> Result<ChosenLevels>;

    /// Notes a level for these subscribers, each with the hash of the level that the file has, in place of one that was
    /// chosen before, and writes the event of that.
    fn choose_level(
        &mut self,
        roster: &str,
        level: &str,
        subscribers: &[(u64, u64)],
        event: &Event,
    ) -> Result<()>;

    /// All levels that were ever chosen for a subscriber, newest first.
    fn level_choices(&self, roster: &str, subscriber: u64) -> Result<Vec<LevelChoice>>;
}

/// Employees who are not synced yet.
pub trait Selections {
    /// Notes that these employees (their numbers) are to be synced, and writes the event of that: each goes out with the
    /// next record. Who is synced or selected already is left out. Returns how many were noted.
    fn select_employees(&mut self, roster: &str, ids: &[u32], event: &Event) -> Result<usize>;
}

pub trait StoredDeductions {
    /// The last accepted deductions of an integration.
    fn load_deductions(&self, integration: &str) -> Result<Deductions> {
        let mut all = Deductions::new(0);
        self.refresh_deductions(integration, &mut all)?;
        Ok(all)
    }

    /// Brings deductions that were loaded before to what is stored now, reading only what came since.
    ///
    /// # Errors
    /// After an error they may hold a part of what came since; they can be refreshed again or thrown away.
    fn refresh_deductions(&self, integration: &str, all: &mut Deductions) -> Result<()>;

    /// The shown fields of deductions by their numbers, each in the order of [`crate::changeset::shown::DEDUCTION`]; see
    /// [`Employees::employees_fields`].
    ///
    /// # Errors
    /// Also where a number was never given out.
    fn deductions_fields(&self, integration: &str, ids: &[u32]) -> Result<Vec<Vec<KeptField>>>;

    /// The deductions over all integrations whose stored fields are `wanted` (see
    /// [`crate::changeset::shown::subscriber_hash`]): integration by integration in the order in which they were first
    /// heard of, and of each in the order they first came. Reads them all.
    fn deductions_of(&self, wanted: &dyn Fn(&[u8]) -> bool) -> Result<Vec<StoredDeduction>>;
}

/// Small numbers that stand for integrations and rosters.
pub trait OwnerIds {
    /// The number of a name, from 1, given out on first use. In a ledger opened for reading only, an unused name is 0.
    fn name_number(&self, kind: NameKind, name: &str) -> Result<u16>;

    /// All names of a kind that were ever given a number.
    fn names(&self, kind: NameKind) -> Result<BTreeMap<u16, String>>;
}
