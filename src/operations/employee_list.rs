//! Employees in their states: those of the rosters, and people whose records were only ever rejected.

use super::employee_states::EmployeeStates;
use super::error::{OperationError, Result};
use super::listed_employee::{COLUMNS, EmployeeReader, FoundEmployee, ListedEmployee};
use super::visible::Visible;
use crate::changeset::search_words::{SearchWords, terms_of};
use crate::changeset::shown::KeptField;
use crate::config::Integration;
use crate::domain::keyed_hash::HashedType;
use crate::domain::masking::escape_control;
use crate::domain::{EmployeeState, Kind, SiteKey, ValueCipher};
use crate::format::csv_rows::CsvRows;
use crate::ledger::{Ledger, NameKind, RejectedPerson};
use crate::matching::bits::BitSet;
use crate::matching::roster::Employee;
use crate::site::{Site, extend_indexes};
use crate::spool;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::str::FromStr;

/// Employees on a page.
const PAGE: usize = 50;
/// Employees that are read at once for a table of all.
const BATCH: usize = 4096;

/// Which employees are wanted; without anything, all.
#[derive(Clone, Debug, Default)]
pub(crate) struct EmployeeFilter {
    pub(crate) state: Option<EmployeeState>,
    pub(crate) integration: Option<String>,
    pub(crate) roster: Option<String>,
    /// The only integrations that who asks may see.
    pub(crate) only: Option<BTreeSet<String>>,
    /// Words that begin an ID, number, username, name or part of the e-mail address.
    pub(crate) search: Option<String>,
}

impl EmployeeFilter {
    /// The integrations that who asks may see.
    pub(super) fn visible(&self) -> Visible {
        Visible::of(self.only.clone())
    }
}

/// A page of employees.
#[derive(Debug, Serialize)]
pub(crate) struct EmployeePage {
    pub(crate) employees: Vec<ListedEmployee>,
    /// How many employees are in each state, whatever state is wanted.
    pub(crate) counts: BTreeMap<EmployeeState, u64>,
    /// After whom the next page begins.
    pub(crate) next: Option<EmployeeCursor>,
}

/// A place in the order of the list: by roster; within one first its employees by their numbers, then those who were only
/// ever rejected.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EmployeeCursor {
    roster: String,
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// Number of an employee.
    Entry(u32),
    /// Of an integration, with the subscriber's hash.
    Rejected(String, u64),
}

impl fmt::Display for EmployeeCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roster = &self.roster;
        match &self.place {
            Place::Entry(number) => write!(f, "{roster}/{number}"),
            Place::Rejected(integration, subject) => {
                write!(f, "{roster}/{integration}/{subject:016x}")
            }
        }
    }
}

impl FromStr for EmployeeCursor {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<EmployeeCursor, String> {
        let parts: Vec<&str> = text.split('/').collect();
        let place = match parts[..] {
            [_, number] => number.parse().ok().map(Place::Entry),
            [_, integration, subject] => u64::from_str_radix(subject, 16)
                .ok()
                .map(|subject| Place::Rejected(integration.to_owned(), subject)),
            _ => None,
        };
        let place = place.ok_or("take it from `next` of the page before")?;
        Ok(EmployeeCursor {
            roster: parts[0].to_owned(),
            place,
        })
    }
}

impl Serialize for EmployeeCursor {
    fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// A page of the employees that are wanted, after a place or from the first on.
///
/// # Errors
/// There is no such integration of employees, or no such roster; there is nothing to search for; the ledger can't be read.
pub(crate) fn employees(
    site: &Site,
    filter: &EmployeeFilter,
    after: Option<&EmployeeCursor>,
) -> Result<EmployeePage> {
    let ledger = site.ledger_for_reading()?;
    let selection = EmployeeSelection::read(site, &*ledger, filter)?;
    let mut places = selection.places(after, PAGE + 1);
    let more = places.len() > PAGE;
    places.truncate(PAGE);
    let next = places.last().filter(|_| more).map(Selected::cursor);
    Ok(EmployeePage {
        employees: selection.employees(&places)?,
        next,
        counts: EmployeeState::ALL
            .into_iter()
            .zip(selection.counts)
            .collect(),
    })
}

/// The entries of the rosters that are wanted, without people who were only ever rejected.
///
/// # Errors
/// As [`employees`].
pub(super) fn entries_of(
    site: &Site,
    ledger: &dyn Ledger,
    filter: &EmployeeFilter,
) -> Result<Vec<Employee>> {
    let selection = EmployeeSelection::read(site, ledger, filter)?;
    let mut found = Vec::new();
    for (roster, of) in &selection.rosters {
        let all = ledger.load_roster(roster)?;
        let wanted = of.numbers.iter().map(|number| *number as usize - 1);
        found.extend(wanted.filter_map(|place| all.employees().get(place)));
    }
    Ok(found)
}

/// All employees that are wanted, as parts of a table for a spreadsheet.
///
/// # Errors
/// As [`employees`], and whatever `write` fails with.
pub(crate) fn employees_table<E: From<OperationError>>(
    site: &Site,
    filter: &EmployeeFilter,
    mut write: impl FnMut(&[u8]) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let ledger = site.ledger_for_reading().map_err(OperationError::from)?;
    let selection = EmployeeSelection::read(site, &*ledger, filter)?;
    let mut rows = CsvRows::default();
    rows.push(COLUMNS);
    for some in selection.places(None, usize::MAX).chunks(BATCH) {
        for employee in selection.employees(some)? {
            rows.push(employee.row());
        }
        write(rows.as_bytes())?;
        rows.clear();
    }
    write(rows.as_bytes())
}

/// Brings the index of a roster up to date where no daemon does that between the runs. What can't be done now is no error:
/// what an index lacks is read one by one.
fn extend_before_search(site: &Site, ledger: &dyn Ledger, roster: &str) -> Result<()> {
    while ledger.is_index_behind(roster)? && !site.daemon_runs()? {
        if !extend_indexes(site).unwrap_or(false) {
            break;
        }
    }
    Ok(())
}

/// A person whose newest open rejection is of an integration that accepted no record last.
struct RejectedOnly {
    integration: String,
    subject: u64,
    rejection: RejectedPerson,
    /// Number of the person's entry in the roster, 0 if there is none.
    number: u32,
}

/// Those of a roster.
#[derive(Default)]
struct OfRoster {
    /// Numbers of employees, in order.
    numbers: Vec<u32>,
    /// By integration and subscriber.
    rejected: Vec<RejectedOnly>,
}

/// The employees that are wanted, as the ledger had them at one time.
struct EmployeeSelection<'l> {
    ledger: &'l dyn Ledger,
    key: Option<SiteKey>,
    states: EmployeeStates,
    rosters: BTreeMap<String, OfRoster>,
    /// By the places of states among all.
    counts: [u64; EmployeeState::ALL.len()],
}

/// One of a selection.
struct Selected<'s> {
    roster: &'s str,
    who: Who<'s>,
}

enum Who<'s> {
    Entry(u32),
    Rejected(&'s RejectedOnly),
}

impl Selected<'_> {
    fn cursor(&self) -> EmployeeCursor {
        EmployeeCursor {
            roster: self.roster.to_owned(),
            place: match &self.who {
                Who::Entry(number) => Place::Entry(*number),
                Who::Rejected(one) => Place::Rejected(one.integration.clone(), one.subject),
            },
        }
    }

    /// Number in the roster, 0 if there is none.
    fn number(&self) -> u32 {
        match &self.who {
            Who::Entry(number) => *number,
            Who::Rejected(one) => one.number,
        }
    }
}

impl<'l> EmployeeSelection<'l> {
    fn read(
        site: &Site,
        ledger: &'l dyn Ledger,
        filter: &EmployeeFilter,
    ) -> Result<EmployeeSelection<'l>> {
        let integrations = wanted_integrations(site, filter)?;
        let words = match &filter.search {
            Some(text) => Some(SearchWords::of(text).ok_or_else(|| {
                OperationError::usage("there is no letter and no digit to search for")
            })?),
            None => None,
        };
        let mut selection = EmployeeSelection {
            ledger,
            key: spool::read_key(&site.config.state())?,
            states: EmployeeStates::read(ledger, ledger.open_people()?)?,
            rosters: BTreeMap::new(),
            counts: [0; EmployeeState::ALL.len()],
        };
        let rosters: BTreeSet<&str> = integrations.iter().map(|i| i.roster.as_str()).collect();
        for roster in rosters {
            let of = |i: &&&Integration| i.roster == roster;
            let mut numbers = BTreeMap::new();
            for integration in integrations.iter().filter(of) {
                let name = &integration.name;
                numbers.insert(ledger.name_number(NameKind::Integration, name)?, &**name);
            }
            let search = match &words {
                Some(words) => {
                    extend_before_search(site, ledger, roster)?;
                    Some((words, ledger.search_employees(roster, words)?))
                }
                None => None,
            };
            selection.add(roster, filter, &numbers, search.as_ref())?;
        }
        Ok(selection)
    }

    /// Takes the employees of a roster, and the people whom these integrations rejected.
    fn add(
        &mut self,
        roster: &str,
        filter: &EmployeeFilter,
        integrations: &BTreeMap<u16, &str>,
        search: Option<&(&SearchWords, BitSet)>,
    ) -> Result<()> {
        let EmployeeSelection { states, counts, .. } = self;
        let mut of = OfRoster::default();
        let wanted = |state: EmployeeState| filter.state.is_none_or(|wanted| wanted == state);
        let any_origin = filter.integration.is_none() && filter.only.is_none();
        // Number and origin of those entries whose person has an open rejection.
        let mut known: HashMap<u64, (u32, u16)> = HashMap::new();
        let found = search.map(|(_, found)| found);
        // Of those who are not found, no entry is read.
        self.ledger.each_employee(roster, found, &mut |employee| {
            if employee.is(Employee::TEST) {
                return;
            }
            if !states.rejections_of(employee.subscriber_hash).is_empty() {
                known.insert(employee.subscriber_hash, (employee.id, employee.origin));
            }
            if !any_origin && !integrations.contains_key(&employee.origin) {
                return;
            }
            let state = states.of(employee);
            counts[state as usize] += 1;
            if wanted(state) {
                of.numbers.push(employee.id);
            }
        })?;
        #[expect(
            clippy::stable_sort_primitive,
            reason = "they come in a few falling runs, which only the stable sort makes use of"
        )]
        of.numbers.sort();
        let key = self.key.as_ref().map(|key| (key, ValueCipher::new(key)));
        // An ID that is masked is not searched.
        let sent_id = |subject: u64, kept: &KeptField| {
            let (key, cipher) = key.as_ref()?;
            let id = kept.value(cipher).ok()?;
            let whole = key.hash(HashedType::Subscriber, id.as_bytes()) == subject;
            whole.then(|| id.into_owned())
        };
        for (subject, rejection) in states.rejected() {
            let Some(integration) = integrations.get(&rejection.integration) else {
                continue;
            };
            let (number, origin) = known.get(&subject).copied().unwrap_or_default();
            if number > 0 && origin == rejection.integration {
                continue;
            }
            let matches = search.is_none_or(|(words, found)| {
                let id = sent_id(subject, &rejection.id);
                has(found, number) || id.is_some_and(|id| words.match_all(&terms_of(&id)))
            });
            if !matches {
                continue;
            }
            counts[EmployeeState::Failed as usize] += 1;
            if wanted(EmployeeState::Failed) {
                of.rejected.push(RejectedOnly {
                    integration: (*integration).to_owned(),
                    subject,
                    rejection: rejection.clone(),
                    number,
                });
            }
        }
        let order = |a: &RejectedOnly, b: &RejectedOnly| {
            (&a.integration, a.subject).cmp(&(&b.integration, b.subject))
        };
        of.rejected.sort_unstable_by(order);
        self.rosters.insert(roster.to_owned(), of);
        Ok(())
    }

    /// At most `most` after a place, in order.
    fn places(&self, after: Option<&EmployeeCursor>, most: usize) -> Vec<Selected<'_>> {
        let mut all = Vec::new();
        for (roster, of) in &self.rosters {
            let after = after.filter(|after| after.roster >= *roster);
            let [number, rejected] = match after.map(|after| (&after.roster, &after.place)) {
                Some((at, _)) if at > roster => continue,
                Some((_, Place::Entry(last))) => [of.numbers.partition_point(|n| n <= last), 0],
                Some((_, Place::Rejected(integration, subject))) => {
                    let last = (integration, subject);
                    let until = |one: &RejectedOnly| (&one.integration, &one.subject) <= last;
                    [of.numbers.len(), of.rejected.partition_point(until)]
                }
                None => [0, 0],
            };
            let entries = of.numbers[number..]
                .iter()
                .map(|number| Who::Entry(*number));
            let rejected = of.rejected[rejected..].iter().map(Who::Rejected);
            let room = most - all.len();
            let some = entries.chain(rejected).take(room);
            all.extend(some.map(|who| Selected { roster, who }));
        }
        all
    }

    /// What is shown of some of the selection.
    fn employees(&self, some: &[Selected<'_>]) -> Result<Vec<ListedEmployee>> {
        let mut reader = EmployeeReader::new(self.ledger, self.key.as_ref())?;
        let mut listed = Vec::with_capacity(some.len());
        for of_roster in some.chunk_by(|a, b| a.roster == b.roster) {
            let Some(Selected { roster, .. }) = of_roster.first() else {
                continue;
            };
            let numbers = of_roster.iter().map(Selected::number);
            let numbers: Vec<u32> = numbers.filter(|number| *number > 0).collect();
            let mut entries = self.ledger.employees_of(roster, &numbers)?.into_iter();
            let mut found = Vec::with_capacity(of_roster.len());
            for one in of_roster {
                let entry = if one.number() > 0 {
                    entries.next()
                } else {
                    None
                };
                // Removed meanwhile: it has no ID any more.
                let entry = entry.filter(|(employee, _)| employee.subscriber_hash != 0);
                match (&one.who, entry) {
                    (Who::Entry(_), None) => {}
                    (Who::Entry(_), Some((employee, fields))) => {
                        found.push(FoundEmployee::entry(employee, fields, &self.states));
                    }
                    (Who::Rejected(of), entry) => found.push(FoundEmployee::rejected(
                        of.subject,
                        of.rejection.clone(),
                        entry,
                    )),
                }
            }
            listed.extend(reader.read(roster, &found)?);
        }
        Ok(listed)
    }
}

/// Whether a number is among those found; an employee who came since is not.
fn has(found: &BitSet, number: u32) -> bool {
    (number as usize) < found.size() && found.has(number as usize)
}

/// The integrations of employees that a filter leaves.
fn wanted_integrations<'s>(
    site: &'s Site,
    filter: &EmployeeFilter,
) -> Result<Vec<&'s Integration>> {
    let all = site.config.integrations.iter();
    let mut all: Vec<_> = all.filter(|i| i.kind == Kind::Demographic).collect();
    if let Some(name) = &filter.integration {
        let integration = site.integration(name)?;
        if integration.kind != Kind::Demographic {
            return Err(OperationError::usage(format!(
                "{name} takes deductions; name an integration of employees"
            )));
        }
        all.retain(|i| i.name == *name);
    }
    if let Some(only) = &filter.only {
        all.retain(|i| only.contains(&i.name));
    }
    if let Some(roster) = &filter.roster {
        let known: BTreeSet<&str> = all.iter().map(|i| i.roster.as_str()).collect();
        if !known.contains(&**roster) {
            let known: Vec<&str> = known.into_iter().collect();
            return Err(OperationError::usage(format!(
                "there is no roster `{}`; there are {}",
                escape_control(roster),
                known.join(", ")
            )));
        }
        all.retain(|i| i.roster == *roster);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::{EmployeeCursor, Place};

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let at = |roster: &str, place| EmployeeCursor {
            roster: roster.to_owned(),
            place,
        };
        let mut all = vec![
            at("main", Place::Entry(7)),
            at("main", Place::Entry(12)),
            at("main", Place::Rejected("hr".to_owned(), 1 << 63)),
            at("plant", Place::Entry(1)),
        ];
        assert!(all.is_sorted());
        for place in all.drain(..) {
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for other in ["", "main", "main/x", "main/hr/x", "main/hr/1/2"] {
            assert!(other.parse::<EmployeeCursor>().is_err(), "{other}");
        }
    }
}
