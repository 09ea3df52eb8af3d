//! Commands on files and runs: run, rerun, release, refuse, resubmit, validate, and the rejected records of a run.

use super::dispatch::{Caller, CommandResult, dispatch};
use super::error::Result;
use super::in_process::{self, RejectedRecord};
use super::json::by_key;
use crate::domain::masking::shown;
use crate::domain::parameters::GivenParameters;
use crate::domain::{Code, Finding, ReferenceId, RunSummary};
use crate::rules::parameters::problems;
use crate::run::{Command, RunRequest};
use crate::site::{Observer, Site};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Runs an integration or a set now, over what waits in inbound or over one file.
///
/// # Errors
/// The ledger failed, or the caller stopped waiting for the daemon. An error of the run itself is in the result.
pub(crate) fn run(site: &Site, request: RunRequest, caller: &dyn Caller) -> Result<CommandResult> {
    dispatch(site, &Command::Run(request), caller)
}

/// Judges the source file of a run again, with the same parameters.
///
/// # Errors
/// As [`run()`].
pub(crate) fn rerun(
    site: &Site,
    reference: ReferenceId,
    caller: &dyn Caller,
) -> Result<CommandResult> {
    dispatch(site, &Command::Rerun { reference }, caller)
}

/// Lets a held run continue.
///
/// # Errors
/// As [`run()`].
pub(crate) fn release(
    site: &Site,
    reference: ReferenceId,
    why: String,
    caller: &dyn Caller,
) -> Result<CommandResult> {
    dispatch(site, &Command::Release { reference, why }, caller)
}

/// Ends a held run as Failed; its file goes to the archive. The exit code is 0: that was asked for.
///
/// # Errors
/// As [`run()`].
pub(crate) fn refuse(
    site: &Site,
    reference: ReferenceId,
    why: String,
    caller: &dyn Caller,
) -> Result<CommandResult> {
    dispatch(site, &Command::Refuse { reference, why }, caller)
}

/// Judges corrections of a run's rejected records.
///
/// # Errors
/// As [`run()`].
pub(crate) fn resubmit(
    site: &Site,
    reference: ReferenceId,
    file: PathBuf,
    caller: &dyn Caller,
) -> Result<CommandResult> {
    dispatch(site, &Command::Resubmit { reference, file }, caller)
}

/// Closes rejected records of a run that will not be corrected.
///
/// # Errors
/// As [`run()`].
pub(crate) fn dismiss(
    site: &Site,
    reference: ReferenceId,
    records: Vec<u64>,
    why: String,
    caller: &dyn Caller,
) -> Result<CommandResult> {
    let command = Command::Dismiss {
        reference,
        records,
        why,
    };
    dispatch(site, &command, caller)
}

/// Lists the rejected records of a run; with `out`, writes its rejects file again there.
///
/// # Errors
/// There is no such run, it is Held, its source file is no longer in the archive, or `out` can't be written.
pub(crate) fn rejects(
    site: &Site,
    reference: &ReferenceId,
    out: Option<&Path>,
) -> Result<Vec<RejectedRecord>> {
    Ok(in_process::rejects(site, reference, out)?)
}

/// What is to be judged without being taken.
#[derive(Clone, Debug)]
pub(crate) struct ValidateRequest {
    pub(crate) file: PathBuf,
    /// The integration whose rules apply.
    pub(crate) integration: String,
    /// Parameters; what isn't given comes from the integration.
    pub(crate) given: GivenParameters,
    /// Where to write output, error file and rejects file.
    pub(crate) out: Option<PathBuf>,
}

/// What a file would come to.
#[derive(Debug, Serialize)]
pub(crate) struct Validation {
    /// The files that were written, as they may be shown.
    pub(crate) files: Vec<String>,
    pub(crate) findings: Vec<ValidationFinding>,
    /// The summary that a run would have.
    #[serde(serialize_with = "by_key")]
    pub(crate) summary: RunSummary,
}

/// A finding of a validation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ValidationFinding {
    pub(crate) code: Code,
    pub(crate) field: String,
    /// The physical line where the record starts; 0 for a finding on the file.
    pub(crate) line: u64,
    /// The record's number; 0 for a finding on the file.
    pub(crate) record: u64,
    pub(crate) severity: &'static str,
}

/// Judges a file as a run would. Nothing is taken.
///
/// # Errors
/// The integration, the parameters or the file are wrong, or something failed.
pub(crate) fn validate(
    site: &Site,
    request: ValidateRequest,
    observer: &dyn Observer,
) -> Result<Validation> {
    let found = in_process::validate(
        site,
        &request.integration,
        &request.file,
        request.given,
        request.out.as_deref(),
        observer,
    )?;
    Ok(Validation {
        files: found.files.iter().map(|file| shown(file)).collect(),
        findings: found
            .findings
            .into_iter()
            .map(ValidationFinding::from)
            .collect(),
        summary: found.summary,
    })
}

impl From<Finding> for ValidationFinding {
    fn from(finding: Finding) -> ValidationFinding {
        ValidationFinding {
            code: finding.code,
            field: finding.field.into_owned(),
            line: finding.line,
            record: finding.record,
            severity: finding.severity.as_str(),
        }
    }
}

/// Everything wrong with run parameters by themselves, whatever the integration, one sentence each.
pub(crate) fn parameter_problems(site: &Site, given: &GivenParameters) -> Vec<String> {
    problems(
        &given.clone().complete(),
        &site.config.plan_years,
        site.today(),
    )
}
