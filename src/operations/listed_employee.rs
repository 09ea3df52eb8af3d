//! An employee as a list shows it.

use super::employee_states::EmployeeStates;
use super::error::Result;
use super::open_rejections::{PersonRejection, told};
use crate::changeset::shown::{EMPLOYEE, KeptField};
use crate::domain::handle::Handle;
use crate::domain::keyed_hash::HashedType;
use crate::domain::masking::value::guarded;
use crate::domain::{Code, EmployeeState, ReferenceId, SiteKey};
use crate::ledger::{Ledger, NameKind, RejectedPerson};
use crate::matching::roster::Employee;
use serde::Serialize;
use std::collections::BTreeMap;

/// An employee in one integration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ListedEmployee {
    pub(crate) roster: String,
    /// The ID as it was sent, or the handle that stands for one that is not shown.
    pub(crate) subscriber_id: String,
    pub(crate) employee_number: String,
    /// First and last name.
    pub(crate) name: String,
    pub(crate) integration: String,
    pub(crate) state: EmployeeState,
    /// When it came to this state: the end of the run that made it; `None` where that run is purged.
    pub(crate) since: Option<String>,
    /// Of the record that was rejected.
    pub(crate) last_finding: Option<LastFinding>,
    pub(crate) benefits_level: Option<String>,
    /// The account that the employee is linked to.
    pub(crate) account_id: Option<String>,
    /// Whether the employee has left.
    pub(crate) left: bool,
}

/// The columns of the table, named like the keys of the JSON.
pub(super) const COLUMNS: [&str; 13] = [
    "roster",
    "subscriber_id",
    "employee_number",
    "name",
    "integration",
    "state",
    "since",
    "code",
    "reference_id",
    "line",
    "benefits_level",
    "account_id",
    "left",
];

impl ListedEmployee {
    /// Its row in a table for a spreadsheet.
    pub(super) fn row(&self) -> [String; COLUMNS.len()] {
        let finding = self.last_finding.as_ref();
        let code = finding.and_then(|finding| finding.code);
        let text = |value: &Option<String>| guarded(value.clone().unwrap_or_default());
        [
            self.roster.clone(),
            guarded(self.subscriber_id.clone()),
            guarded(self.employee_number.clone()),
            guarded(self.name.clone()),
            self.integration.clone(),
            self.state.to_string(),
            self.since.clone().unwrap_or_default(),
            code.map(|code| code.to_string()).unwrap_or_default(),
            finding.map_or_else(String::new, |f| f.reference_id.to_string()),
            finding.map_or_else(String::new, |f| f.line.to_string()),
            text(&self.benefits_level),
            text(&self.account_id),
            self.left.to_string(),
        ]
    }
}

/// What was found in the record that an employee failed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LastFinding {
    /// The first error of the record; `None` where the run had too many to list.
    pub(crate) code: Option<Code>,
    /// The run that rejected it.
    pub(crate) reference_id: ReferenceId,
    /// The physical line where the record starts.
    pub(crate) line: u64,
}

/// Who is to be shown.
#[derive(Clone, Debug)]
pub(super) struct FoundEmployee {
    pub(super) subject: u64,
    /// Number of the integration.
    pub(super) integration: u16,
    /// The entry of the roster, if there is one.
    pub(super) entry: Option<(Employee, Vec<KeptField>)>,
    pub(super) state: EmployeeState,
    /// The rejected record that made the state.
    pub(super) rejection: Option<RejectedPerson>,
}

impl FoundEmployee {
    /// An entry of a roster, in the integration it came through last.
    pub(super) fn entry(
        employee: Employee,
        fields: Vec<KeptField>,
        states: &EmployeeStates,
    ) -> FoundEmployee {
        FoundEmployee {
            subject: employee.subscriber_hash,
            integration: employee.origin,
            state: states.of(&employee),
            rejection: states.rejection(&employee).cloned(),
            entry: Some((employee, fields)),
        }
    }

    /// A person whose record an integration rejected and of whom it never accepted any.
    pub(super) fn rejected(
        subject: u64,
        rejection: RejectedPerson,
        entry: Option<(Employee, Vec<KeptField>)>,
    ) -> FoundEmployee {
        FoundEmployee {
            subject,
            integration: rejection.integration,
            entry,
            state: EmployeeState::Failed,
            rejection: Some(rejection),
        }
    }

    /// The run that made the state.
    pub(super) fn run(&self) -> u32 {
        let accepted = self.entry.as_ref().map_or(0, |(employee, _)| employee.run);
        match (&self.rejection, self.state) {
            (Some(rejection), EmployeeState::Failed) => rejection.run,
            _ => accepted,
        }
    }
}

/// Says of employees what a list shows.
pub(super) struct EmployeeReader<'l> {
    ledger: &'l dyn Ledger,
    key: Option<&'l SiteKey>,
    integrations: BTreeMap<u16, String>,
    /// When runs ended, as far as they were asked for.
    ends: BTreeMap<u32, Option<String>>,
}

impl<'l> EmployeeReader<'l> {
    /// # Errors
    /// The ledger can't be read.
    pub(super) fn new(
        ledger: &'l dyn Ledger,
        key: Option<&'l SiteKey>,
    ) -> Result<EmployeeReader<'l>> {
        Ok(EmployeeReader {
            ledger,
            key,
            integrations: ledger.names(NameKind::Integration)?,
            ends: BTreeMap::new(),
        })
    }

    /// The employees of a roster, in the order they are given.
    ///
    /// # Errors
    /// The ledger can't be read.
    pub(super) fn read(
        &mut self,
        roster: &str,
        found: &[FoundEmployee],
    ) -> Result<Vec<ListedEmployee>> {
        let mut rejected: Vec<RejectedPerson> =
            found.iter().filter_map(|f| f.rejection.clone()).collect();
        rejected.sort_unstable_by_key(|r| (r.run, r.record));
        let mut all = BTreeMap::new();
        for of_run in rejected.chunk_by(|a, b| a.run == b.run) {
            // All of a run are told, or none.
            let about = of_run.iter().map(|r| (r.run, r.record));
            all.extend(about.zip(told(self.ledger, self.key, of_run.to_vec(), None)?));
        }
        let levels = self.ledger.chosen_levels(roster)?;
        let mut listed = Vec::with_capacity(found.len());
        for one in found {
            let rejection = one.rejection.as_ref();
            let rejection = rejection.and_then(|r| all.get(&(r.run, r.record)));
            let since = self.end(one.run())?;
            let account = self.ledger.account_of(roster, one.subject)?;
            let mut shown = self.one(roster, one, rejection, since);
            shown.account_id = account.map(|id| id.shown().to_owned());
            if let Some(chosen) = levels.get(&one.subject) {
                shown.benefits_level = Some(chosen.level.clone());
            }
            listed.push(shown);
        }
        Ok(listed)
    }

    fn one(
        &self,
        roster: &str,
        found: &FoundEmployee,
        rejection: Option<&PersonRejection>,
        since: Option<String>,
    ) -> ListedEmployee {
        let fields = found.entry.as_ref().map(|(_, fields)| fields.as_slice());
        let field = |name: &str| {
            let place = EMPLOYEE.iter().position(|known| *known == name)?;
            let value = fields?.get(place)?.shown();
            (!value.is_empty()).then(|| value.to_owned())
        };
        let names = [field("first_name"), field("last_name")];
        let names: Vec<String> = names.into_iter().flatten().collect();
        let id = match fields.and_then(<[KeptField]>::first) {
            Some(id) => (!id.is_encrypted()).then(|| id.shown().to_owned()),
            None => rejection.and_then(|r| self.sent_id(found.subject, r)),
        };
        let rejection = rejection.map(|told| &told.rejection);
        ListedEmployee {
            roster: roster.to_owned(),
            subscriber_id: id.unwrap_or_else(|| Handle::of(found.subject).to_string()),
            employee_number: field("employee_number").unwrap_or_default(),
            name: names.join(" "),
            integration: (self.integrations.get(&found.integration))
                .cloned()
                .unwrap_or_default(),
            state: found.state,
            since,
            last_finding: rejection.map(|told| LastFinding {
                code: told.codes.first().copied(),
                reference_id: told.reference_id.clone(),
                line: told.line,
            }),
            benefits_level: field("benefits_level"),
            account_id: None,
            left: matches!(&found.entry, Some((employee, _)) if employee.is(Employee::LEFT)),
        }
    }

    /// The ID of a rejected record, where it is shown whole.
    fn sent_id(&self, subject: u64, rejection: &PersonRejection) -> Option<String> {
        let id = &rejection.rejection.subscriber_id;
        let hash = self.key?.hash(HashedType::Subscriber, id.as_bytes());
        (hash == subject).then(|| id.clone())
    }

    /// When a run ended, or began if it has not ended yet.
    fn end(&mut self, run: u32) -> Result<Option<String>> {
        if let Some(end) = self.ends.get(&run) {
            return Ok(end.clone());
        }
        let reference = match run {
            0 => None,
            run => Some(self.ledger.reference(run)?),
        };
        let row = reference.map(|reference| self.ledger.run(&reference));
        let summary = row.transpose()?.flatten().map(|row| {
            let fresh = row.fresh_summary();
            row.summary.unwrap_or(fresh)
        });
        let end = summary.map(|s| s.end_date.unwrap_or(s.start_date));
        self.ends.insert(run, end.clone());
        Ok(end)
    }
}
