//! A run's first row and its reference ID.

use super::error::PATH;
use super::row::{micros, offset};
use super::{LedgerError, Origin, RunRow, RunState, SqliteLedger, history};
use crate::domain::{Kind, Parameters, ReferenceId, RunStatus};
use chrono::{DateTime, FixedOffset};
use rusqlite::{OptionalExtension, Transaction, named_params};
use std::path::Path;

/// What is known of a run before its source file is touched.
#[derive(Clone, Debug)]
pub struct NewRun<'a> {
    pub integration: &'a str,
    pub kind: Kind,
    /// The integration set it runs in.
    pub process_name: Option<&'a str>,
    pub user: &'a str,
    /// The run name; without one it is the integration's name and the start.
    pub run_name: Option<&'a str>,
    pub parameters: &'a Parameters,
    /// Now, in the site's time zone: its day becomes the reference ID's.
    pub start: DateTime<FixedOffset>,
    /// Where the source file comes from.
    pub origin: Origin,
    /// The source file's path.
    pub source_path: Option<&'a Path>,
    /// The source file's name.
    pub source_name: Option<&'a str>,
    /// The run whose rejects the source file corrects.
    pub resubmission_of: Option<&'a ReferenceId>,
    /// The run it repeats.
    pub rerun_of: Option<&'a ReferenceId>,
    /// Fingerprint of the configuration.
    pub configuration_fingerprint: &'a str,
    /// Judged and answered as a test.
    pub test: bool,
    /// Not started by hand: it began on arrival, by a schedule, or with `--unattended`.
    pub unattended: bool,
}

pub(super) fn begin(ledger: &mut SqliteLedger, new: &NewRun<'_>) -> Result<RunRow, LedgerError> {
    let parameters = serde_json::to_string(new.parameters).map_err(|_| LedgerError::Limit {
        what: "a run parameter",
        fix: "give other parameters",
    })?;
    let default_name = format!(
        "{} {}",
        new.integration,
        new.start.format("%Y-%m-%d %H:%M:%S")
    );
    let source_path = new
        .source_path
        .map(|p| p.to_str().ok_or(PATH))
        .transpose()?;
    let transaction = ledger.immediate()?;
    let reference = next_reference(&transaction, &new.start.format("%Y%m%d").to_string())?;
    transaction
        .prepare_cached(
            "INSERT INTO runs (reference, integration, kind, run_name, process_name, user, status, state,
                started, started_offset, origin, source_path, source_name, parameters, resubmission_of, rerun_of,
                test, configuration, unattended)
             VALUES (:reference, :integration, :kind, :run_name, :process_name, :user, :status, :state,
                :started, :started_offset, :origin, :source_path, :source_name, :parameters, :resubmission_of,
                :rerun_of, :test, :configuration, :unattended)",
        )?
        .execute(named_params! {
            ":reference": reference.as_str(),
            ":integration": new.integration,
            ":kind": new.kind.as_str(),
            ":run_name": new.run_name.unwrap_or(&default_name),
            ":process_name": new.process_name,
            ":user": new.user,
            ":status": RunStatus::InProgress.as_str(),
            ":state": RunState::Claimed.as_str(),
            ":started": micros(&new.start),
            ":started_offset": offset(&new.start),
            ":origin": new.origin.as_str(),
            ":source_path": source_path,
            ":source_name": new.source_name,
            ":parameters": parameters,
            ":resubmission_of": new.resubmission_of.map(ReferenceId::as_str),
            ":rerun_of": new.rerun_of.map(ReferenceId::as_str),
            ":test": new.test,
            ":configuration": new.configuration_fingerprint,
            ":unattended": new.unattended,
        })?;
    if transaction.last_insert_rowid() > i64::from(u32::MAX) {
        return Err(LedgerError::Limit {
            what: "the number of runs",
            fix: "start a new site",
        });
    }
    transaction.commit()?;
    history::require(ledger, &reference)
}

/// The next reference ID, never one of a purged run. When the clock goes back, the last day goes on, so that IDs still sort by time.
fn next_reference(transaction: &Transaction<'_>, today: &str) -> Result<ReferenceId, LedgerError> {
    let last: Option<String> = transaction
        .prepare_cached(
            "SELECT MAX(reference) FROM (SELECT MAX(reference) AS reference FROM runs
             UNION ALL SELECT MAX(reference) FROM purged)",
        )?
        .query_row([], |row| row.get(0))
        .optional()?
        .flatten();
    let (day, counter) = match last.as_deref().and_then(|l| l.split_once('-')) {
        Some((day, counter)) if day >= today => {
            let counter: u32 = counter.parse().map_err(|_| LedgerError::Damaged {
                what: "the last reference ID",
            })?;
            (day, counter + 1)
        }
        _ => (today, 1),
    };
    if counter > 999_999 {
        return Err(LedgerError::DayFull);
    }
    Ok(ReferenceId::new(day, counter))
}
