//! Syncing employees by hand: their last known records go out in a run of its own.

use crate::config::field_rules;
use crate::domain::parameters::GivenParameters;
use crate::domain::{ReferenceId, RunSummary};
use crate::intake::{IncomingFile, SourceFile, archived_source};
use crate::ledger::{Event, EventAction, NameKind, Origin, RunRow};
use crate::matching::roster::Employee;
use crate::process::{SyncSource, as_table, is_table};
use crate::run::{RunExecution, RunStart, recover, step};
use crate::site::job_builder::{reading, sync_columns, sync_reading_of, whole_selection};
use crate::site::{Observer, Result, RunError, Site};
use crate::spool;
use std::collections::{BTreeMap, HashSet};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// The name of the run, and of its source file without the ending.
const NAME: &str = "sync";

/// Selects those of these employees (keyed hashes of their subscriber IDs) who are not synced yet, and sends their last
/// known records. Whose record is no longer in the archive goes out with the next file that has it. `again`: it is those who
/// are synced already that are sent, if anything of them differs from what was sent; no one is selected.
///
/// # Errors
/// The integration is busy or has no employees; the ledger can't be written. Where something goes wrong after the
/// selection, the same command sends the rest.
pub(super) fn sync(
    site: &Site,
    integration: &str,
    (subjects, again): (&[u64], bool),
    observer: &dyn Observer,
) -> Result<Option<RunSummary>> {
    let integration = site.integration(integration)?;
    let mut execution = RunExecution::open(site, integration, observer, false)?;
    recover(&mut execution, &mut Vec::new())?;
    let folder = site.config.work().join(".sync");
    let path = folder.join(format!("{}.csv", integration.name));
    // A process that was killed may have left it; its run is done now, or never began.
    let remove = || {
        let removed = spool::remove_copy(&site.disk, &path);
        removed.map_err(RunError::io("removing the copied records"))
    };
    remove()?;
    let ledger = &mut execution.context.ledger;
    let origin = ledger.name_number(NameKind::Integration, &integration.name)?;
    let roster = ledger.load_roster(&integration.roster)?;
    let found = subjects.iter().filter_map(|subject| roster.find(*subject));
    let chosen: Vec<Employee> = found
        .map(|(_, employee)| *employee)
        .filter(|e| e.origin == origin && !e.is(Employee::TEST))
        .filter(|e| e.is(Employee::NOT_SYNCING) != again)
        .collect();
    drop(roster);
    if chosen.is_empty() {
        return Ok(None);
    }
    if !again {
        select(&mut execution, &chosen)?;
    }
    write_source(&execution, &chosen, &path)?;
    let mut parameters = GivenParameters::default().complete();
    parameters.sync = true;
    let file = IncomingFile {
        origin: Origin::File,
        path: &path,
        name: "sync.csv",
        arrival: None,
    };
    let row = execution.begin(&RunStart {
        run_name: Some(NAME),
        ..RunStart::by_hand(file, &parameters)
    })?;
    let summary = execution.run(&row, Some(&path))?;
    remove()?;
    Ok(Some(summary))
}

/// Notes that these employees are to be synced.
fn select(execution: &mut RunExecution<'_>, chosen: &[Employee]) -> Result<()> {
    let (site, integration) = (execution.context.site, execution.context.integration);
    let ids: Vec<u32> = chosen.iter().map(|employee| employee.id).collect();
    let event = Event {
        at: site.now(),
        user: site.user().to_owned(),
        action: EventAction::EmployeesSelected,
        subject: integration.name.clone(),
        why: Some(format!("to be synced: {}", chosen.len())),
    };
    step(site, "ledger: select employees")?;
    let ledger = &mut execution.context.ledger;
    ledger.select_employees(&integration.roster, &ids, &event)?;
    Ok(())
}

/// Copies the last known records of employees from the archived files that they came in.
fn write_source(execution: &RunExecution<'_>, chosen: &[Employee], path: &Path) -> Result<()> {
    let (site, integration) = (execution.context.site, execution.context.integration);
    let writing = || RunError::io("copying the records to sync");
    let open = spool::begin_copy(&site.disk, path).map_err(writing())?;
    let mut copied =
        SyncSource::new(BufWriter::new(open), sync_columns(integration)).map_err(writing())?;
    let mut by_run: BTreeMap<u32, HashSet<u64>> = BTreeMap::new();
    for employee in chosen {
        let of_run = by_run.entry(employee.run).or_default();
        of_run.insert(employee.subscriber_hash);
    }
    for (run, subscribers) in by_run {
        let Some((row, source)) = source_of(execution, run)? else {
            continue;
        };
        let source_file = SourceFile::Named(&source);
        let survey = source_file.survey_without_hash(source_file.size()?)?;
        let mut format = match row.parameters.sync {
            true => sync_reading_of(integration, &survey),
            false => reading(
                integration,
                &survey,
                row.resubmission_of.is_some(),
                row.has_mixed_encoding(),
            ),
        };
        let corrections = row.resubmission_of.is_some();
        if corrections && is_table(source_file.open()?, &format).map_err(writing())? {
            format = as_table(format);
        }
        let rules = field_rules(&site.config.identity, integration, site.today());
        let selection = whole_selection(integration);
        let read = copied.copy(
            source_file.open()?,
            &format,
            (&rules, &selection, &execution.context.key),
            &subscribers,
        );
        // A file that was taken once and can't be read now: its records go out with the next file.
        if let Err(error) = read {
            execution
                .observer
                .note(&format!("run {}: {error}", row.reference));
        }
    }
    let (mut out, _) = copied.finish();
    out.flush().map_err(writing())
}

/// A run and its archived source file, if both are still there.
fn source_of(execution: &RunExecution<'_>, run: u32) -> Result<Option<(RunRow, PathBuf)>> {
    let ledger = &execution.context.ledger;
    let reference: ReferenceId = ledger.reference(run)?;
    let Some(row) = ledger.run(&reference)? else {
        return Ok(None);
    };
    match archived_source(execution.context.site, &row) {
        Ok(path) => Ok(Some((row, path))),
        Err(RunError::Nothing(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
