//! The source file of a run with rejected records, read again from the archive as the run has read it.

use crate::domain::{Kind, ReferenceId, RunStatus};
use crate::format::fault::ReadError;
use crate::format::survey::Survey;
use crate::intake::{SourceFile, archived_source, split_from};
use crate::ledger::{NameKind, RunRow};
use crate::operations::error::{OperationError, Result};
use crate::process::job::Known;
use crate::process::rejected::{ReadRecord, RejectedReader};
use crate::process::{JobSpec, as_table, is_table};
use crate::site::job_builder::{self, JobInputs};
use crate::site::{IntegrationContext, RunError, Site};
use std::collections::BTreeSet;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// A run with rejected records, and its source file.
pub(crate) struct RejectedSource<'s> {
    pub(crate) context: IntegrationContext<'s>,
    pub(crate) row: RunRow,
    pub(crate) job: JobSpec<'static>,
    path: PathBuf,
}

/// The run, if its rejected records can be corrected now.
///
/// # Errors
/// It is not known, under way, Held, or has none.
pub(super) fn correctable(site: &Site, reference: &ReferenceId) -> Result<RunRow> {
    let row = site.find_run(reference)?;
    match row.status {
        RunStatus::CompletedWithErrors => Ok(row),
        RunStatus::Held => Err(OperationError::usage(format!(
            "run {reference} is Held; its rejected records can be corrected once it is released (the error file lists them)"
        ))),
        RunStatus::InProgress => Err(RunError::Busy(format!(
            "run {reference} is In-Progress; its rejected records can be corrected when it has ended"
        ))
        .into()),
        status => Err(OperationError::usage(format!(
            "run {reference} is {status}; only a run that Completed with Errors has rejected records to correct"
        ))),
    }
}

impl<'s> RejectedSource<'s> {
    /// Finds the source file of a run.
    ///
    /// # Errors
    /// Its records can't be corrected now, or its source is no longer in the archive.
    pub(crate) fn open(site: &'s Site, reference: &ReferenceId) -> Result<RejectedSource<'s>> {
        let row = correctable(site, reference)?;
        let integration = site.integration_of(&row)?;
        let path = archived_source(site, &row)?;
        let context = IntegrationContext::for_reading(site, integration)?;
        let job = job(&context, &row, &path)?;
        Ok(RejectedSource {
            context,
            row,
            job,
            path,
        })
    }

    /// The job of a file of corrections of the run, for reading its records alone.
    ///
    /// # Errors
    /// The ledger can't be read.
    pub(crate) fn corrections_job(&self, survey: &Survey) -> Result<JobSpec<'static>> {
        reading_job(&self.context, (&self.row, false), Some(&self.row), survey)
    }

    pub(crate) fn kind(&self) -> Kind {
        self.row.kind
    }

    /// Opens it at its first record.
    ///
    /// # Errors
    /// It can't be read any more.
    pub(crate) fn reader(&self) -> Result<RejectedReader<'_, File>> {
        RejectedReader::open(&self.job, || File::open(&self.path)).map_err(|e| self.fault(e))
    }

    /// Shows records by their numbers, in their order.
    ///
    /// # Errors
    /// The file can't be read any more, or `take` failed.
    pub(crate) fn each(
        &self,
        reader: &mut RejectedReader<'_, File>,
        wanted: &BTreeSet<u64>,
        mut take: impl FnMut(&ReadRecord<'_>) -> Result<()>,
    ) -> Result<()> {
        let Some(last) = wanted.last() else {
            return Ok(());
        };
        let mut failure = None;
        let read = reader.each(
            |record| wanted.contains(&record),
            |record| {
                failure = take(record).err();
                match failure.is_some() || record.position.record == *last {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            },
        );
        read.map_err(|e| self.fault(e))?;
        failure.map_or(Ok(()), Err)
    }

    fn fault(&self, error: ReadError) -> OperationError {
        match error {
            ReadError::File(fault) => OperationError::usage(format!(
                "the archived source of run {} can't be read any more: {fault}",
                self.row.reference
            )),
            ReadError::Io(error) => RunError::io("reading the archived source")(error).into(),
        }
    }
}

/// The job of the run, for reading its records alone.
fn job(context: &IntegrationContext<'_>, row: &RunRow, path: &Path) -> Result<JobSpec<'static>> {
    let file = SourceFile::Archived(path);
    let survey = file.survey_without_hash(file.size()?)?;
    let parent = match &row.resubmission_of {
        Some(parent) => context.ledger.run(parent)?,
        None => None,
    };
    let name = row.source_name.as_deref().unwrap_or_default();
    let part = split_from(context.integration, &*context.ledger, name)?;
    let mut job = reading_job(context, (row, part.is_some()), parent.as_ref(), &survey)?;
    if row.resubmission_of.is_some() {
        // Their run may be purged meanwhile, and they were read as corrections all the same.
        job.reading.trailer_required = false;
        let table = is_table(file.open()?, &job.reading);
        if table.map_err(RunError::io("reading the archived source"))? {
            job.reading = as_table(job.reading);
            job.shape = None;
        }
    }
    Ok(job)
}

/// The job of a file of a run, or of corrections of its `parent`, for reading the records alone. The run may be a `part`
/// that another one has split off.
fn reading_job(
    context: &IntegrationContext<'_>,
    (row, part): (&RunRow, bool),
    parent: Option<&RunRow>,
    survey: &Survey,
) -> Result<JobSpec<'static>> {
    let (site, integration) = (context.site, context.integration);
    let inputs = JobInputs {
        parameters: &row.parameters,
        survey,
        again: false,
        parent,
        part,
        origin: (context.ledger).name_number(NameKind::Integration, &integration.name)?,
        watermark: None,
        arrived: row.arrived,
        imported: Vec::new(),
        repeats: Vec::new(),
        partial: true,
        rows: false,
        columns_before: Vec::new(),
    };
    let known = Known {
        roster: None,
        deductions: None,
        accounts: None,
        levels: None,
        ssn_change: site.config.identity.ssn.change,
        rehire: site.config.identity.rehire,
        corrections: None,
        reopened: None,
    };
    Ok(job_builder::job(context, inputs, known)?)
}
