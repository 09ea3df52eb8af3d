//! Who is known and not in a file, and who is in a file and not known: the gap of a late first sync, in which people were
//! hired before it and never sent.

use super::error::{OperationError, Result};
use crate::config::field_rules;
use crate::domain::Kind;
use crate::domain::handle::Handle;
use crate::domain::keyed_hash::HashedType;
use crate::domain::masking::shown;
use crate::domain::masking::value::guarded;
use crate::format::csv_rows::CsvRows;
use crate::format::fault::ReadError;
use crate::intake::SourceFile;
use crate::ledger::Ledger;
use crate::process::for_each_person;
use crate::site::job_builder::reading;
use crate::site::{RunError, Site};
use serde::Serialize;
use std::collections::{BTreeSet, HashSet};
use std::path::Path;

/// The employees whose fields are asked for at once.
const BATCH: usize = 4096;

/// Who a roster and a file have not in common.
#[derive(Debug, Serialize)]
pub(crate) struct BaselineGap {
    /// The integration as whose file it was read.
    pub(crate) integration: String,
    /// Subscriber IDs of active employees that the file lacks; a handle where the ID is not shown.
    pub(crate) in_roster_only: Vec<String>,
    /// Subscriber IDs of the file that the roster doesn't know.
    pub(crate) in_file_only: Vec<String>,
    /// People of the file whom the roster knows.
    pub(crate) both: u64,
}

impl BaselineGap {
    /// A row for each person of the gap.
    pub(crate) fn csv(&self) -> Vec<u8> {
        let mut rows = CsvRows::default();
        rows.push(["in", "subscriber_id"]);
        for (place, ids) in [
            ("roster", &self.in_roster_only),
            ("file", &self.in_file_only),
        ] {
            for id in ids {
                rows.push([place, &guarded(id.clone())]);
            }
        }
        rows.as_bytes().to_vec()
    }
}

/// Compares a file with the roster of the integration. Takes nothing and writes nothing.
///
/// # Errors
/// It is not an integration of employees, several are and none is named, or the file can't be read as one of its files.
pub(crate) fn baseline_gap(
    site: &Site,
    integration: Option<&str>,
    file: &Path,
) -> Result<BaselineGap> {
    let integration = match integration {
        Some(name) => site.integration(name)?,
        None => {
            let mut all = site.config.integrations.iter();
            let first = all.find(|i| i.kind == Kind::Demographic);
            match (first, all.any(|i| i.kind == Kind::Demographic)) {
                (Some(only), false) => only,
                _ => {
                    return Err(OperationError::usage(
                        "name the integration with --integration",
                    ));
                }
            }
        }
    };
    if integration.kind != Kind::Demographic {
        return Err(OperationError::usage(format!(
            "{} takes no employees; name an integration of kind demographic",
            integration.name
        )));
    }
    let ledger = site.ledger_for_reading()?;
    let roster = ledger
        .load_roster(&integration.roster)
        .map_err(RunError::from)?;
    let key = site.key_for_reading()?;
    let source = SourceFile::Named(file);
    let survey = source.survey_without_hash(source.size()?)?;
    let fault = survey.fault(
        integration.limits.max_file_bytes,
        integration.format.encoding,
    );
    if let Some(fault) = fault {
        return Err(unreadable(file, &fault.into()));
    }
    let rules = field_rules(&site.config.identity, integration, site.today());
    let format = reading(integration, &survey, false, false);
    let shows_ids = !site.config.ssn_as_id(integration);
    let mut seen = HashSet::new();
    let mut both = 0;
    let mut unknown = BTreeSet::new();
    for_each_person(source.open()?, &format, &rules, |id, shown_id| {
        let subject = key.hash(HashedType::Subscriber, id);
        if !seen.insert(subject) {
            return;
        }
        if roster.find(subject).is_some() {
            both += 1;
        } else {
            unknown.insert(match shows_ids {
                true => shown_id(),
                false => Handle::of(subject).to_string(),
            });
        }
    })
    .map_err(|error| unreadable(file, &error))?;
    let lacking = roster.employees().iter();
    // A place without an employee has no hash.
    let lacking = lacking
        .filter(|e| e.subscriber_hash != 0 && e.is_active() && !seen.contains(&e.subscriber_hash));
    let lacking: Vec<(u32, u64)> = lacking.map(|e| (e.id, e.subscriber_hash)).collect();
    Ok(BaselineGap {
        in_roster_only: ids(&*ledger, &integration.roster, &lacking)?,
        integration: integration.name.clone(),
        in_file_only: unknown.into_iter().collect(),
        both,
    })
}

/// The subscriber IDs of employees, by their numbers and hashes, sorted.
fn ids(ledger: &dyn Ledger, roster: &str, employees: &[(u32, u64)]) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for some in employees.chunks(BATCH) {
        let numbers: Vec<u32> = some.iter().map(|(number, _)| *number).collect();
        let fields = ledger
            .employees_fields(roster, &numbers)
            .map_err(RunError::from)?;
        for ((_, subject), fields) in some.iter().zip(fields) {
            let id = fields.first();
            ids.push(match id.filter(|id| !id.is_encrypted()) {
                Some(id) => id.shown().to_owned(),
                None => Handle::of(*subject).to_string(),
            });
        }
    }
    ids.sort_unstable();
    Ok(ids)
}

fn unreadable(file: &Path, error: &ReadError) -> OperationError {
    OperationError::failed(format_args!("{}: {error}", shown(file)))
}
