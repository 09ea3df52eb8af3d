//! What the rosters, the deductions and the rejected records hold of one person.

use super::employee_states::EmployeeStates;
use super::error::{OperationError, Result};
use super::listed_employee::{EmployeeReader, FoundEmployee, ListedEmployee};
use super::open_rejections::{PersonRejection, rejections_of};
use super::visible::Visible;
use crate::changeset::shown::DEDUCTION as DEDUCTION_FIELDS;
pub(crate) use crate::changeset::shown::EMPLOYEE as EMPLOYEE_FIELDS;
use crate::changeset::shown::{self, KeptField};
use crate::domain::handle::Handle;
use crate::domain::keyed_hash::HashedType;
use crate::domain::{Kind, ReferenceId, SiteKey};
use crate::ledger::{Ledger, NameKind, StoredDeduction, TrailStep};
use crate::matching::deductions::DeductionState;
use crate::matching::roster::Employee;
use crate::site::Site;
use crate::spool;
use chrono::{DateTime, NaiveDate, SecondsFormat};
use serde::Serialize;
use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of an employee.
#[derive(Debug, Serialize)]
pub(crate) struct EmployeeDetails {
    /// As the list of employees shows the entry that changed last.
    #[serde(flatten)]
    pub(crate) listed: Option<ListedEmployee>,
    /// Stands for the person in commands, in place of an ID that is not shown.
    pub(crate) handle: String,
    /// Whether the subscriber ID is an SSN, so that it is shown masked.
    pub(crate) id_is_masked: bool,
    pub(crate) rosters: Vec<RosterEntry>,
    /// Rosters from which the entry was removed, as long as that can be taken back.
    pub(crate) removed_from: Vec<String>,
    pub(crate) deductions: Vec<DeductionEntry>,
    /// Rejected records of this ID, newest first.
    pub(crate) rejections: Vec<PersonRejection>,
    /// What is known of what happened, newest first.
    pub(crate) history: Vec<HistoryEntry>,
}

/// A run that had to do with an employee.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct HistoryEntry {
    pub(crate) at: String,
    /// The run; `None` where a person chose a benefits level.
    pub(crate) reference_id: Option<String>,
    /// `create`, `update`, `link`, `deactivate` or `reactivate`, for a deduction `accepted`; `rejected`, `corrected` or
    /// `dismissed`.
    pub(crate) action: &'static str,
    /// The columns that an accepted record changed.
    pub(crate) columns: Vec<String>,
    pub(crate) by: String,
}

/// An employee's entry in one roster.
#[derive(Debug, Serialize)]
pub(crate) struct RosterEntry {
    pub(crate) roster: String,
    /// `active`, `left` or `test`.
    pub(crate) state: &'static str,
    pub(crate) ssn: Option<String>,
    /// Further fields by canonical name, as they were last accepted.
    pub(crate) fields: BTreeMap<&'static str, String>,
    /// The last run that accepted a record of this employee.
    pub(crate) last_run: Option<String>,
    /// Subscriber IDs that the employee had before leaving and being hired again; a handle where the ID is not shown.
    pub(crate) rehired_from: Vec<String>,
    /// Subscriber IDs under which the employee was hired again.
    pub(crate) rehired_as: Vec<String>,
}

/// A deduction of the employee.
#[derive(Debug, Serialize)]
pub(crate) struct DeductionEntry {
    pub(crate) integration: String,
    /// By canonical name, as they were last accepted.
    pub(crate) fields: BTreeMap<&'static str, String>,
    /// The last run that accepted it.
    pub(crate) last_run: Option<String>,
}

/// Looks up a person by subscriber ID, or by the handle that stands for an ID that is not shown.
///
/// # Errors
/// No roster, no deduction and no rejected record has this ID; several people have this handle; the ledger or the key can't be read.
pub(crate) fn employee(site: &Site, wanted: &str) -> Result<EmployeeDetails> {
    let ledger = &*site.ledger_for_reading()?;
    let (key, subject) = find(site, wanted, ledger)?;
    details(site, &key, subject, ledger)?.ok_or_else(|| OperationError::usage(UNKNOWN))
}

/// What is known of an employee of a roster, as far as it may be seen. `None`: nothing of it may, or the roster doesn't have the
/// employee.
///
/// # Errors
/// As [`employee`].
pub(crate) fn employee_of_roster(
    site: &Site,
    (roster, wanted): (&str, &str),
    visible: &Visible,
) -> Result<Option<EmployeeDetails>> {
    let mut details = employee(site, wanted)?;
    let seen = |name: &str| visible.sees(name);
    details
        .rejections
        .retain(|r| seen(&r.rejection.integration));
    let has = |entry: &RosterEntry| entry.roster == roster;
    let here = match &details.listed {
        Some(listed) => {
            let listed_here = listed.roster == roster || details.rosters.iter().any(has);
            listed_here && seen(&listed.integration)
        }
        None => !details.rejections.is_empty(),
    };
    if !here {
        return Ok(None);
    }
    if visible.is_all() {
        return Ok(Some(details));
    }
    details
        .deductions
        .retain(|deduction| seen(&deduction.integration));
    let rosters: BTreeSet<&str> = visible.integrations(site).map(|i| &*i.roster).collect();
    details
        .rosters
        .retain(|entry| rosters.contains(&*entry.roster));
    details
        .removed_from
        .retain(|roster| rosters.contains(&**roster));
    let ledger = site.ledger_for_reading()?;
    let mut history = Vec::new();
    for entry in details.history {
        let reference = entry.reference_id.as_deref().and_then(ReferenceId::parse);
        let run = reference
            .map(|reference| ledger.run(&reference))
            .transpose()?;
        let run = run.flatten();
        if run.is_none_or(|run| seen(&run.integration)) {
            history.push(entry);
        }
    }
    details.history = history;
    Ok(Some(details))
}

const UNKNOWN: &str = "no roster, no deduction and no rejected record has this subscriber ID; upper and lower case matter";

/// The site's key, and the hash of a person's subscriber ID. `wanted` is the ID, or a handle that a person of the rosters
/// (also one whose removal can be taken back), of the deductions or of the open rejections has.
///
/// # Errors
/// No person or more than one has this handle; there is no key, and so no person is known; the ledger can't be read.
pub(super) fn find(site: &Site, wanted: &str, ledger: &dyn Ledger) -> Result<(SiteKey, u64)> {
    let wanted = wanted.trim();
    let Some(key) = spool::read_key(&site.config.state())? else {
        return Err(OperationError::usage(UNKNOWN));
    };
    let subject = key.hash(HashedType::Subscriber, wanted.as_bytes());
    let Some(handle) = Handle::parse(wanted) else {
        return Ok((key, subject));
    };
    if details(site, &key, subject, ledger)?.is_some() {
        return Ok((key, subject));
    }
    let people = people_with(handle, site, &key, ledger)?;
    let mut people = people.into_iter();
    match (people.next(), people.len()) {
        (Some(subject), 0) => Ok((key, subject)),
        (None, _) => Err(OperationError::usage(
            "no roster, no deduction and no open rejection has a person with this handle",
        )),
        (Some(_), others) => Err(OperationError::usage(format!(
            "{} people have this handle; give the subscriber ID instead",
            others + 1
        ))),
    }
}

pub(super) fn rosters(site: &Site) -> BTreeSet<&str> {
    let integrations = site.config.integrations.iter();
    integrations.map(|i| i.roster.as_str()).collect()
}

/// Everybody with a handle, by the hashes of their subscriber IDs.
fn people_with(
    handle: Handle,
    site: &Site,
    key: &SiteKey,
    ledger: &dyn Ledger,
) -> Result<BTreeSet<u64>> {
    let has = |subject: &u64| Handle::of(*subject) == handle;
    let mut people = BTreeSet::new();
    for name in rosters(site) {
        let roster = ledger.load_roster(name)?;
        let subjects = roster.employees().iter().map(|e| e.subscriber_hash);
        // A place without an employee has no hash.
        people.extend(subjects.filter(|subject| *subject != 0 && has(subject)));
        people.extend(ledger.removed_employees(name)?.iter().filter(|s| has(s)));
    }
    let rejected = ledger.open_people()?;
    people.extend(
        rejected
            .iter()
            .filter_map(|r| r.id.owner())
            .filter(|s| has(s)),
    );
    let of_deductions = RefCell::new(BTreeSet::new());
    ledger.deductions_of(&|fields| {
        let subject = shown::subscriber_hash(fields, key);
        if has(&subject) {
            of_deductions.borrow_mut().insert(subject);
        }
        false
    })?;
    people.append(&mut of_deductions.into_inner());
    Ok(people)
}

/// What is known of the employee with this hash of the subscriber ID.
fn details(
    site: &Site,
    key: &SiteKey,
    subject: u64,
    ledger: &dyn Ledger,
) -> Result<Option<EmployeeDetails>> {
    let (mut entries, mut trail) = (Vec::new(), Vec::new());
    let mut known = EmployeeDetails {
        listed: None,
        handle: Handle::of(subject).to_string(),
        id_is_masked: false,
        rosters: Vec::new(),
        removed_from: Vec::new(),
        deductions: Vec::new(),
        rejections: rejections_of(ledger, key, subject)?,
        history: Vec::new(),
    };
    known.rejections.reverse();
    for roster in rosters(site) {
        if ledger.removed_employees(roster)?.contains(&subject) {
            known.removed_from.push(roster.to_owned());
        }
        if let Some((employee, fields)) = ledger.find_employee(roster, subject)? {
            known.id_is_masked |= has_masked_id(&fields);
            let mut entry = roster_entry(roster, &employee, &fields, ledger)?;
            let [before, after] = ledger.rehires(roster, subject)?;
            entry.rehired_from = subscriber_ids(roster, &before, ledger)?;
            entry.rehired_as = subscriber_ids(roster, &after, ledger)?;
            known.rosters.push(entry);
            trail.extend(ledger.trail_of(roster, &employee)?);
            entries.push((roster, employee, fields));
        }
    }
    known.listed = listed(site, key, subject, entries, ledger)?;
    let all = ledger.deductions_of(&|fields| shown::subscriber_hash(fields, key) == subject)?;
    for stored in &all {
        known.id_is_masked |= has_masked_id(&stored.fields);
        if let Some(fields) = deduction_fields(stored, &all) {
            known.deductions.push(DeductionEntry {
                integration: stored.integration.clone(),
                fields,
                last_run: last_run(stored.state.run, ledger)?,
            });
        }
    }
    known.history = history(&known, trail, (subject, ledger))?;
    let nothing =
        known.rosters.is_empty() && known.removed_from.is_empty() && known.deductions.is_empty();
    let nothing = nothing && known.rejections.is_empty();
    Ok((!nothing).then_some(known))
}

/// The entry of a person that changed last, as a list shows it.
fn listed(
    site: &Site,
    key: &SiteKey,
    subject: u64,
    entries: Vec<(&str, Employee, Vec<KeptField>)>,
    ledger: &dyn Ledger,
) -> Result<Option<ListedEmployee>> {
    let states = EmployeeStates::read(ledger, ledger.rejections_of(subject)?)?;
    let origins: BTreeSet<u16> = entries.iter().map(|(_, e, _)| e.origin).collect();
    let entries = entries.into_iter().map(|(roster, employee, fields)| {
        (roster, FoundEmployee::entry(employee, fields, &states))
    });
    let mut found: Vec<(&str, FoundEmployee)> = entries.collect();
    let names = ledger.names(NameKind::Integration)?;
    for rejection in states.rejections_of(subject) {
        let name = names.get(&rejection.integration);
        let integration = name.and_then(|name| site.config.integration(name));
        let of_people = integration.filter(|i| i.kind == Kind::Demographic);
        if let Some(integration) = of_people
            && !origins.contains(&rejection.integration)
        {
            let roster = integration.roster.as_str();
            let same = found.iter().find(|(of, _)| *of == roster);
            let entry = same.and_then(|(_, found)| found.entry.clone());
            let one = FoundEmployee::rejected(subject, rejection.clone(), entry);
            found.push((roster, one));
        }
    }
    let last = found.into_iter().max_by_key(|(_, found)| found.run());
    let Some((roster, last)) = last else {
        return Ok(None);
    };
    let listed = EmployeeReader::new(ledger, Some(key))?.read(roster, &[last])?;
    Ok(listed.into_iter().next())
}

/// The runs that accepted a person's records, rejected them, or closed their rejections, newest first. Of deductions only the
/// runs that accepted them last are known.
fn history(
    known: &EmployeeDetails,
    trail: Vec<TrailStep>,
    (subject, ledger): (u64, &dyn Ledger),
) -> Result<Vec<HistoryEntry>> {
    // What becomes of a rejection is told as later than what the same run does besides.
    let mut acts: BTreeMap<(String, bool, &str), Vec<String>> = BTreeMap::new();
    let mut traced = BTreeSet::new();
    for step in trail {
        let run = ledger.reference(step.run)?.to_string();
        traced.insert(run.clone());
        acts.insert((run, false, step.entry.action.as_str()), step.columns);
    }
    let rosters = known.rosters.iter().map(|entry| &entry.last_run);
    let deductions = known.deductions.iter().map(|entry| &entry.last_run);
    for run in rosters.chain(deductions).flatten() {
        if !traced.contains(run) {
            acts.insert((run.clone(), false, "accepted"), Vec::new());
        }
    }
    for entry in &known.rejections {
        let own = &entry.rejection.reference_id;
        acts.insert((own.to_string(), false, "rejected"), Vec::new());
        if let Some(run) = &entry.closed_by {
            let closed = if run == own { "dismissed" } else { "corrected" };
            acts.insert((run.to_string(), true, closed), Vec::new());
        }
    }
    let mut entries = Vec::new();
    for ((reference, _, action), columns) in acts.into_iter().rev() {
        let run = ReferenceId::parse(&reference).map(|reference| ledger.run(&reference));
        let summary = run.transpose()?.flatten().map(|run| run.fresh_summary());
        let (at, by) = summary.map(|s| (s.start_date, s.user)).unwrap_or_default();
        entries.push(HistoryEntry {
            at,
            reference_id: Some(reference),
            action,
            columns,
            by,
        });
    }
    for roster in &known.rosters {
        for choice in ledger.level_choices(&roster.roster, subject)? {
            entries.push(HistoryEntry {
                at: choice.at.to_rfc3339_opts(SecondsFormat::Secs, false),
                reference_id: None,
                action: "benefits_level",
                columns: vec!["benefits_level".to_owned()],
                by: choice.user,
            });
        }
    }
    let at = |entry: &HistoryEntry| DateTime::parse_from_rfc3339(&entry.at).ok();
    // Those of one second stay in their order.
    entries.sort_by_key(|entry| Reverse(at(entry)));
    Ok(entries)
}

/// Whether the subscriber ID, the first of fields, is encrypted.
fn has_masked_id(fields: &[KeptField]) -> bool {
    fields.first().is_some_and(KeptField::is_encrypted)
}

/// Fields by their names, as people may see them.
fn by_name<const N: usize>(
    names: [&'static str; N],
    fields: &[KeptField],
) -> BTreeMap<&'static str, String> {
    let shown = fields.iter().map(|field| field.shown().to_owned());
    names.into_iter().zip(shown).collect()
}

/// The fields of a deduction among all of its subscriber, with the day on which it ends because of what follows it. `None` for
/// what only ends another.
fn deduction_fields(
    stored: &StoredDeduction,
    all: &[StoredDeduction],
) -> Option<BTreeMap<&'static str, String>> {
    let of_series = |other: &&StoredDeduction| {
        other.integration == stored.integration && other.state.series == stored.state.series
    };
    let series = || all.iter().filter(of_series).map(|other| &other.state);
    let is_mark = |state: &DeductionState| state.is(DeductionState::MARK);
    if is_mark(&stored.state) && !series().all(is_mark) {
        return None;
    }
    let mut fields = by_name(DEDUCTION_FIELDS, &stored.fields);
    if stored.state.ends != stored.state.said {
        let day = NaiveDate::from_num_days_from_ce_opt(stored.state.ends);
        let day = day.filter(|_| stored.state.ends != DeductionState::OPEN);
        fields.insert("end_date", day.map(|d| d.to_string()).unwrap_or_default());
    }
    Some(fields)
}

fn roster_entry(
    roster: &str,
    employee: &Employee,
    fields: &[KeptField],
    ledger: &dyn Ledger,
) -> Result<RosterEntry> {
    let mut fields = by_name(EMPLOYEE_FIELDS, fields);
    let last4 = fields.remove("ssn_last4").filter(|last4| !last4.is_empty());
    Ok(RosterEntry {
        roster: roster.to_owned(),
        state: if employee.is(Employee::TEST) {
            "test"
        } else if employee.is(Employee::LEFT) {
            "left"
        } else {
            "active"
        },
        ssn: last4.map(|last4| format!("***-**-{last4}")),
        fields,
        last_run: last_run(employee.run, ledger)?,
        rehired_from: Vec::new(),
        rehired_as: Vec::new(),
    })
}

/// The subscriber IDs of entries; for one that is not shown, the person's handle.
fn subscriber_ids(roster: &str, subjects: &[u64], ledger: &dyn Ledger) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for subject in subjects {
        let found = ledger.find_employee(roster, *subject)?;
        let id = found.and_then(|(_, fields)| fields.into_iter().next());
        ids.extend(id.map(|id| match id.is_encrypted() {
            true => Handle::of(*subject).to_string(),
            false => id.shown().to_owned(),
        }));
    }
    Ok(ids)
}

fn last_run(number: u32, ledger: &dyn Ledger) -> Result<Option<String>> {
    match number {
        0 => Ok(None),
        n => Ok(Some(ledger.reference(n)?.to_string())),
    }
}
