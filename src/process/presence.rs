//! Whom the rejected and skipped records of a full file may be about. None of these people is missing.
//!
//! A shifted or sorted column puts one person's ID and another's SSN into a record, and a damaged one may have its
//! values anywhere. So everybody whom an ID, an SSN, a username or an employee number of such a record points to is
//! present, and where it is in doubt whose record it is, no one can be said to be missing.

use super::job::{FileContext, JobSpec};
use super::judged::Presence;
use super::kind::RecordKind;
use super::record::{Record, position_of, ssn_hash, subscriber_hash};
use crate::domain::column::{KindColumns, Type};
use crate::domain::keyed_hash::HashedType;
use crate::domain::{Code, SiteKey, Ssn};
use crate::format::Fields;
use crate::format::clean::{clean, clean_as};
use crate::matching::rejections::TELLING;
use crate::matching::roster::{Employee, Roster};
use crate::validate::{Findings, ssn};

/// The hash of an employee number as sent.
pub(super) fn number_hash(key: &SiteKey, number: &[u8]) -> u64 {
    key.hash(HashedType::Cell, number)
}

/// The people whom the identifying columns of a record point to.
#[derive(Default)]
struct NamedPeople {
    id: Option<u32>,
    ssn: [Option<u32>; 2],
    username: [Option<u32>; 2],
}

impl NamedPeople {
    fn people(&self) -> impl Iterator<Item = u32> {
        let all = [self.id].into_iter().chain(self.ssn);
        all.chain(self.username).flatten()
    }
}

/// Finds people by single cells.
struct Finder<'j> {
    job: &'j JobSpec<'j>,
    roster: &'j Roster,
}

impl Finder<'_> {
    fn id(&self, cell: &[u8]) -> Option<u32> {
        let (position, _) = self.roster.find(subscriber_hash(&self.job.key, cell)?)?;
        Some(position_of(position))
    }

    fn ssn(&self, ssn: Ssn) -> [Option<u32>; 2] {
        let hash = ssn_hash(&self.job.key, ssn.number());
        self.owners(|other_than| self.roster.ssn_position(hash, other_than))
    }

    fn username(&self, cell: &[u8]) -> [Option<u32>; 2] {
        let key = &self.job.key;
        let hash = key.hash_lower_case(HashedType::Username, cell).max(1);
        self.owners(|other_than| self.roster.username_position(hash, other_than))
    }

    /// Who has an identity: a roster may hold it twice.
    fn owners(&self, position: impl Fn(u64) -> Option<usize>) -> [Option<u32>; 2] {
        let first = position(0);
        let other = |p: usize| position(self.roster.employees()[p].subscriber_hash);
        [first, first.and_then(other)].map(|p| p.map(position_of))
    }

    fn named<K: RecordKind>(&self, context: FileContext<'_>, fields: &Fields<'_>) -> NamedPeople {
        let columns = K::Column::SHARED;
        let cell = |column| cell::<K>(context, fields, column);
        let ssn = ssn::of_a_person(cell(columns.ssn));
        let username = cell(columns.username);
        NamedPeople {
            id: self.id(cell(Some(columns.id))),
            ssn: ssn.map(|s| self.ssn(s)).unwrap_or_default(),
            username: match username {
                b"" => [None; 2],
                name => self.username(name),
            },
        }
    }

    /// Looks at every cell, whatever its column; returns who is found by an SSN, which no other cell looks like.
    fn anywhere(&self, fields: &Fields<'_>, presence: &mut Presence) -> Vec<u32> {
        let mut holders = Vec::new();
        for cell in fields.iter().map(clean).filter(|c| c.len() >= TELLING) {
            if let Some(ssn) = ssn::of_a_person(cell).filter(|_| cell.len() >= ssn::DIGITS) {
                holders.extend(self.ssn(ssn).into_iter().flatten());
            }
            let id = clean_as(Type::SubscriberId, cell);
            let found = [self.id(id)].into_iter().chain(self.username(cell));
            presence.people.extend(found.flatten());
        }
        presence.people.extend(&holders);
        holders
    }
}

/// The roster, where a file has to hold everyone in it: there it matters whom a record is about that isn't taken.
fn full_roster<'j>(job: &JobSpec<'j>) -> Option<&'j Roster> {
    let roster = job.known.roster.filter(|_| job.omission.is_some())?;
    (!roster.is_empty()).then_some(roster)
}

/// Adds whom a skipped record is about: the employee who was `found` by its ID, else who is found by what else it says.
pub(super) fn skipped<K: RecordKind>(
    context: FileContext<'_>,
    fields: &Fields<'_>,
    found: Option<(usize, &Employee)>,
    presence: &mut Presence,
) {
    if !K::FILLS_ROSTER {
        return of_deduction::<K>(context, fields, true, presence, |presence| {
            people_of_skipped::<K>(context, fields, found, presence);
        });
    }
    people_of_skipped::<K>(context, fields, found, presence);
}

fn people_of_skipped<K: RecordKind>(
    context: FileContext<'_>,
    fields: &Fields<'_>,
    found: Option<(usize, &Employee)>,
    presence: &mut Presence,
) {
    let job = context.job;
    let Some(roster) = full_roster(job) else {
        return;
    };
    if let Some((position, _)) = found {
        return presence.people.push(position_of(position));
    }
    let named = Finder { job, roster }.named::<K>(context, fields);
    presence.people.extend(named.people());
    number::<K>(presence, context, fields);
}

/// Adds whom a rejected record may be about. `record` is `None` where its fields could not be told apart.
pub(super) fn rejected<K: RecordKind>(
    context: FileContext<'_>,
    fields: &Fields<'_>,
    record: Option<&Record<'_, K>>,
    findings: &Findings,
    presence: &mut Presence,
) {
    if !K::FILLS_ROSTER {
        let shared = [Code::SsnShared, Code::UsernameShared];
        let unread = record.is_none_or(|r| r.identity.subscriber_hash.is_none())
            || findings.all.iter().any(|f| shared.contains(&f.code));
        presence.in_doubt += u64::from(unread && lacks_roster(context.job));
        return of_deduction::<K>(context, fields, record.is_some(), presence, |presence| {
            people_of_rejected::<K>(context, fields, record, findings, presence);
        });
    }
    people_of_rejected::<K>(context, fields, record, findings, presence);
}

fn people_of_rejected<K: RecordKind>(
    context: FileContext<'_>,
    fields: &Fields<'_>,
    record: Option<&Record<'_, K>>,
    findings: &Findings,
    presence: &mut Presence,
) {
    let job = context.job;
    let Some(roster) = full_roster(job) else {
        return;
    };
    let finder = Finder { job, roster };
    let named = finder.named::<K>(context, fields);
    let mut people: Vec<u32> = named.people().collect();
    presence.people.extend(&people);
    number::<K>(presence, context, fields);
    let before = presence.people.len();
    if record.is_none() || people.is_empty() {
        people.extend(finder.anywhere(fields, presence));
    }
    people.sort_unstable();
    people.dedup();
    let hinted = presence.people.len() > before;
    let in_doubt = match people.len() {
        0 => hinted || !record.is_some_and(is_of_a_new_person),
        // The ID alone may be the mistake if another record has it as well.
        1 => named.people().eq(named.id) && conflicts(findings),
        _ => true,
    };
    presence.in_doubt += u64::from(in_doubt);
}

/// Whether a full file is read without a roster, so that people are known by their IDs alone.
fn lacks_roster(job: &JobSpec<'_>) -> bool {
    job.omission.is_some() && full_roster(job).is_none()
}

/// Adds the deductions that a record may be about: those of its code, or all where the code can't be read, of the people
/// whom `people` adds and of its own ID.
fn of_deduction<K: RecordKind>(
    context: FileContext<'_>,
    fields: &Fields<'_>,
    told_apart: bool,
    presence: &mut Presence,
    people: impl FnOnce(&mut Presence),
) {
    let job = context.job;
    if job.omission.is_none() {
        return;
    }
    let code = K::code(job, context.layout, fields).filter(|_| told_apart);
    people(presence);
    let id = cell::<K>(context, fields, Some(K::Column::SHARED.id));
    let employees = job.known.roster.map_or(&[][..], Roster::employees);
    let people = std::mem::take(&mut presence.people);
    let known = people
        .iter()
        .map(|p| employees[*p as usize].subscriber_hash);
    let all = known.chain(subscriber_hash(&job.key, id));
    presence
        .deductions
        .extend(all.map(|subscriber| (subscriber, code)));
}

/// A cell of a column, cleaned; empty where the kind lacks the column.
fn cell<'a, K: RecordKind>(
    context: FileContext<'a>,
    fields: &Fields<'a>,
    column: Option<K::Column>,
) -> &'a [u8] {
    column.map_or(b"", |column| {
        clean_as(column.definition().kind, context.layout.get(fields, column))
    })
}

fn number<K: RecordKind>(presence: &mut Presence, context: FileContext<'_>, fields: &Fields<'_>) {
    let cell = cell::<K>(context, fields, K::Column::SHARED.employee_number);
    if !cell.is_empty() {
        presence.numbers.push(number_hash(&context.job.key, cell));
    }
}

/// Whether a row with an employee's ID has the SSN or the username of the employee: rows of dependents have the ID alone.
pub(super) fn is_own_row<K: RecordKind>(
    context: FileContext<'_>,
    fields: &Fields<'_>,
    employee: &Employee,
) -> bool {
    let (columns, key) = (K::Column::SHARED, &context.job.key);
    let cell = |column| cell::<K>(context, fields, column);
    let ssn = ssn::of_a_person(cell(columns.ssn)).map(|s| ssn_hash(key, s.number()));
    let name = cell(columns.username);
    let by_name = || {
        let hash = key.hash_lower_case(HashedType::Username, name).max(1);
        !name.is_empty() && hash == employee.username
    };
    ssn == Some(employee.ssn) || by_name()
}

/// Whether other records of the file have the ID of a rejected one.
fn conflicts(findings: &Findings) -> bool {
    let codes = [Code::DuplicateConflict, Code::PrimaryEinConflict];
    findings.all.iter().any(|f| codes.contains(&f.code))
}

/// Whether a record that points to no employee is about a person whom the roster doesn't know. Its ID alone doesn't say so:
/// it may be mistyped. With a second trait that the roster doesn't know either it would take two mistakes.
fn is_of_a_new_person<K: RecordKind>(record: &Record<'_, K>) -> bool {
    let columns = K::Column::SHARED;
    let text = |column| record.values.any(column).text().unwrap_or_default();
    let another_name = || {
        let name = text(columns.username);
        record.identity.username_hash.is_some()
            && !name.eq_ignore_ascii_case(text(Some(columns.id)))
    };
    record.identity.subscriber_hash.is_some() && (record.ssn_hash.is_some() || another_name())
}
