//! The rejected records of a run, which are read again from the archived source.

use super::error::{OperationError, Result};
use crate::domain::{Code, ReferenceId, RunStatus};
use crate::format::Chunk;
use crate::format::fault::ReadError;
use crate::intake::{SourceFile, archived_source};
use crate::ledger::{Ledger, RunRow};
use crate::process::source::SourceReader;
use crate::site::{RunError, Site, job_builder};
use crate::spool::create_private;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

/// A rejected record: its place, its findings, and which run accepted its correction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RejectedRecord {
    /// The run that accepted its correction; the record's own run where a user dismissed it.
    pub(crate) closed_by: Option<ReferenceId>,
    pub(crate) findings: Vec<RejectedFinding>,
    /// The physical line where it starts.
    pub(crate) line: u64,
    /// The data record's number.
    pub(crate) record: u64,
}

/// A finding of a rejected record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RejectedFinding {
    pub(crate) code: Code,
    pub(crate) field: String,
}

/// The rejected records of a run; with `out`, its rejects file is written again from the archived source.
///
/// # Errors
/// The run is not known, or its source is no longer in the archive.
pub(crate) fn rejects(
    site: &Site,
    reference: &ReferenceId,
    out: Option<&Path>,
) -> Result<Vec<RejectedRecord>> {
    let row = site.find_run(reference)?;
    if row.status == RunStatus::Held {
        return Err(OperationError::usage(format!(
            "run {reference} is Held; its rejected records can be corrected once it is released (the error file lists them)"
        )));
    }
    let ledger = site.ledger_for_reading()?;
    let records = rejected_records(&*ledger, row.number)?;
    if let Some(out) = out {
        let open = records
            .iter()
            .filter(|r| r.closed_by.is_none())
            .map(|r| r.record);
        let source = archived_source(site, &row)?;
        write(site, &row, &source, &open.collect(), out)?;
    }
    Ok(records)
}

fn rejected_records(ledger: &dyn Ledger, number: u32) -> Result<Vec<RejectedRecord>> {
    let mut findings: BTreeMap<u64, Vec<RejectedFinding>> = BTreeMap::new();
    for finding in ledger.findings(number)? {
        let of_record = findings.entry(finding.record).or_default();
        of_record.push(RejectedFinding {
            code: finding.code,
            field: finding.field.into_owned(),
        });
    }
    let mut records = Vec::new();
    for rejection in ledger.rejections(number)? {
        let place = rejection.rejection;
        let closed_by = rejection
            .closed_by
            .map(|n| ledger.reference(n))
            .transpose()?;
        records.push(RejectedRecord {
            record: place.record,
            line: place.line,
            findings: findings.remove(&place.record).unwrap_or_default(),
            closed_by,
        });
    }
    Ok(records)
}

/// Copies the header and the wanted records of a source file, byte for byte.
fn write(
    site: &Site,
    row: &RunRow,
    source: &Path,
    wanted: &BTreeSet<u64>,
    out: &Path,
) -> Result<()> {
    let file = SourceFile::Archived(source);
    let survey = file.survey_without_hash(file.size()?)?;
    let integration = site.integration_of(row)?;
    let reading = job_builder::reading(integration, &survey, true, row.has_mixed_encoding());
    let fault = |e: ReadError| match e {
        ReadError::File(fault) => RunError::usage(format!(
            "the archived source can't be read any more: {fault}"
        )),
        ReadError::Io(e) => file.unreadable()(e),
    };
    let mut source = SourceReader::open(row.kind, file.open()?, &reading).map_err(fault)?;
    let mut bytes = std::mem::take(&mut source.rejects.head);
    let mut target = create_private(out).map_err(RunError::place(out))?;
    let mut chunk = Chunk::default();
    let mut number = 0;
    while source.next(&mut chunk).map_err(fault)? {
        for span in &chunk.spans {
            number += 1;
            if wanted.contains(&number) {
                let record = &chunk.text[span.start..span.next];
                source.rejects.push(record, &mut bytes);
            }
        }
        target
            .write_all(&bytes)
            .map_err(RunError::io("writing the rejects file"))?;
        bytes.clear();
    }
    let durable = target.sync_all();
    Ok(durable.map_err(RunError::io("writing the rejects file"))?)
}
