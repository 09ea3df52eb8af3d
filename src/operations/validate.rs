//! A dry run: the same judgement as a run's, with nothing written but what the user asks for.

use super::by_key;
use super::error::Result;
use super::file_reading::FileReading;
use crate::changeset::change::{Change, ChangeReader};
use crate::domain::masking;
use crate::domain::parameters::GivenParameters;
use crate::domain::summary::RunHead;
use crate::domain::{Finding, Parameters, ReferenceId, RunStatus, RunSummary, Severity};
use crate::format::survey::Survey;
use crate::intake::{SourceFile, corrected, split_from};
use crate::rules::parameters::without_effect;
use crate::run::{
    DryRunIo, FileToJudge, FileVerdict, end_date, foretell, lock, stem_and_extension,
};
use crate::site::job_builder::parameter_problems;
use crate::site::{self, IntegrationContext, Observer, RunError, Site};
use crate::spool;
use serde::Serialize;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a file would come to.
#[derive(Debug, Serialize)]
pub(crate) struct Validation {
    /// The files written to the folder the user named, as they may be shown.
    pub(crate) files: Vec<String>,
    /// As far as they are listed.
    pub(crate) findings: Vec<Finding>,
    /// How its start was read; `None` where it is no text that could be.
    pub(crate) reading: Option<FileReading>,
    /// The summary that a run would have.
    #[serde(serialize_with = "by_key")]
    pub(crate) summary: RunSummary,
}

impl Validation {
    /// 0, 3 (records with errors) or 1 (the file would not be taken).
    pub(crate) fn exit_code(&self) -> u8 {
        match self.summary.status {
            RunStatus::Completed => 0,
            RunStatus::Failed => RunStatus::Failed.exit_code(),
            _ if self.summary.errors > 0 => RunStatus::CompletedWithErrors.exit_code(),
            _ => RunStatus::Failed.exit_code(),
        }
    }
}

/// Judges a file as a run of the integration would, against the ledger as it is.
///
/// # Errors
/// Before anything is read: an unknown integration, bad parameters, a missing file.
pub(crate) fn validate(
    site: &Site,
    integration: &str,
    file: &Path,
    given: &GivenParameters,
    out: Option<&Path>,
    observer: &dyn Observer,
) -> Result<Validation> {
    let integration = site.integration(integration)?;
    let parameters = given.clone().or(&integration.parameters).complete();
    let kind = integration.kind;
    let mut wrong = parameter_problems(&site.config, kind, &parameters, site.today());
    wrong.extend(without_effect(given, &[(kind, &parameters)]));
    if !wrong.is_empty() {
        return Err(RunError::Usage(wrong).into());
    }
    let missing = |e| RunError::Nothing(format!("{}: {e}", masking::shown(file)));
    std::fs::metadata(file).map_err(missing)?;
    let source = SourceFile::Named(file);
    let size = source.size()?;
    // What is written for the user is written once all of the file is surveyed.
    let guess = match out {
        Some(_) => None,
        None => source.guess(size, integration.limits.max_file_bytes)?,
    };
    let context = IntegrationContext::for_reading(site, integration)?;
    let name = file.file_name().and_then(|n| n.to_str());
    let name = name.unwrap_or(spool::SOURCE);
    let parent = corrected(integration, &*context.ledger, name)?;
    let split = split_from(integration, &*context.ledger, name)?;
    if let Some(folder) = out {
        spool::create_folder(folder).map_err(RunError::io("making the folder for the results"))?;
    }
    let resubmission_of = parent.as_ref().map(|parent| &parent.reference);
    let dry_run = DryRun {
        io: DryRunIo {
            source,
            out,
            names: result_names(resubmission_of, name),
            has_output: integration.kind.has_output(),
            ledger: &*context.ledger,
            roster: &integration.roster,
            integration: &integration.name,
            changes: Mutex::default(),
            nul: AtomicBool::new(false),
            odd_end: AtomicBool::new(false),
        },
        context: &context,
        parameters: &parameters,
        resubmission_of,
        part: split.is_some(),
        name: masking::masked(name),
        size,
        observer,
    };
    let verdict = dry_run.verdict(guess.as_ref())?;
    let files = out.map_or_else(Vec::new, |folder| written(folder, &dry_run.io, &verdict));
    let mut summary = dry_run.fresh_summary();
    foretell(&mut summary, integration, &verdict);
    summary.split_from = split.map(|run| run.reference);
    summary.end_date = Some(end_date(site));
    observer.end(&summary);
    let findings = findings(&dry_run.io, &verdict)?;
    Ok(Validation {
        files,
        findings,
        reading: FileReading::of(site, integration, source),
        summary,
    })
}

struct DryRun<'a> {
    context: &'a IntegrationContext<'a>,
    parameters: &'a Parameters,
    resubmission_of: Option<&'a ReferenceId>,
    /// Whether a run has split the file off.
    part: bool,
    io: DryRunIo<'a>,
    /// The name of the file, masked.
    name: String,
    size: u64,
    observer: &'a dyn Observer,
}

impl DryRun<'_> {
    /// Judges the file as what its start shows it to be, and again if all of it shows something else.
    fn verdict(&self, guess: Option<&Survey>) -> site::Result<FileVerdict> {
        if let Some(guess) = guess
            && let verdict @ FileVerdict::Judged(..) = self.judge(guess)?
            // It was read to its end, and all of it was what it was taken for.
            && !self.io.odd_end.load(Ordering::Relaxed)
            && (guess.encoding.is_utf16() || !self.io.nul.load(Ordering::Relaxed))
        {
            return Ok(verdict);
        }
        self.judge(&self.io.source.survey_without_hash(self.size)?)
    }

    fn judge(&self, survey: &Survey) -> site::Result<FileVerdict> {
        let integration = &self.context.integration.name;
        self.observer.begin(integration, &self.name, self.size);
        // A file that is bad as a whole has no findings of records.
        lock(&self.io.changes).clear();
        let file = FileToJudge {
            context: self.context,
            run: None,
            parameters: self.parameters,
            resubmission_of: self.resubmission_of,
            same_bytes: &[],
            sought: None,
            part: self.part,
            survey,
            rows: self.io.out.is_some(),
            hold: None,
        };
        file.judge(&self.io, self.observer)
    }

    fn fresh_summary(&self) -> RunSummary {
        let (site, integration) = (self.context.site, self.context.integration);
        RunSummary::fresh(RunHead {
            run_name: format!("{} (dry run)", integration.name),
            process_name: None,
            integration: integration.name.clone(),
            reference: ReferenceId::of_dry_run(site.today()),
            user: site.user().to_owned(),
            kind: integration.kind,
            start: site.now(),
            parameters: self.parameters.clone(),
            source_name: Some(self.name.clone()),
            resubmission_of: self.resubmission_of.cloned(),
            rerun_of: None,
            test: false,
            configuration_fingerprint: site.config.fingerprint.clone(),
        })
    }
}

/// Names of the output file, the error file, the rejects file, the table of rejects and the list of what holds the file.
fn result_names(resubmission_of: Option<&ReferenceId>, name: &str) -> [String; 5] {
    let (stem, extension) = stem_and_extension(resubmission_of, name);
    let stem = masking::masked(&stem);
    let extension = match extension.as_str() {
        "" => "txt",
        extension => extension,
    };
    let table = match extension.eq_ignore_ascii_case("csv") {
        true => "rejects-table",
        false => "rejects",
    };
    [
        format!("{stem}.output.csv"),
        format!("{stem}.errors.csv"),
        format!("{stem}.rejects.{extension}"),
        format!("{stem}.{table}.csv"),
        format!("{stem}.held.csv"),
    ]
}

/// The files that were written for the user.
fn written(folder: &Path, io: &DryRunIo<'_>, verdict: &FileVerdict) -> Vec<String> {
    let FileVerdict::Judged(outcome, holds) = verdict else {
        return Vec::new();
    };
    let [output, errors, rejects, table, held] = &io.names;
    let output = Some(output).filter(|_| io.has_output);
    let as_table = outcome.rejects_table && outcome.totals.rejected > 0;
    let table = Some(table).filter(|_| as_table);
    let held = Some(held).filter(|_| !holds.is_empty());
    let all = (output.into_iter())
        .chain([errors, rejects])
        .chain(table)
        .chain(held);
    all.map(|name| masking::shown(&folder.join(name))).collect()
}

/// What was found in the file's records, or is wrong with the file.
fn findings(io: &DryRunIo<'_>, verdict: &FileVerdict) -> Result<Vec<Finding>> {
    let listed = listed(&lock(&io.changes));
    let mut findings = listed.map_err(RunError::io("collecting the findings"))?;
    if let FileVerdict::Bad(fault) = verdict {
        findings.push(Finding {
            record: 0,
            line: fault.line,
            field: "".into(),
            code: fault.code,
            severity: Severity::Error,
        });
    }
    Ok(findings)
}

fn listed(changes: &[u8]) -> std::io::Result<Vec<Finding>> {
    let mut reader = ChangeReader::new(changes);
    let mut findings = Vec::new();
    while let Some(change) = reader.next_change()? {
        if let Change::Finding(finding) = change {
            findings.push(finding);
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::Validation;
    use crate::domain::RunStatus;
    use crate::operations::sample_run;

    #[test]
    fn exit_codes_are_0_3_and_1() {
        let mut validation = Validation {
            files: Vec::new(),
            findings: Vec::new(),
            reading: None,
            summary: sample_run(),
        };
        assert_eq!(validation.exit_code(), 3);
        validation.summary.status = RunStatus::Held;
        assert_eq!(validation.exit_code(), 3);
        validation.summary.errors = 0;
        assert_eq!(validation.exit_code(), 1);
        validation.summary.status = RunStatus::Completed;
        assert_eq!(validation.exit_code(), 0);
        validation.summary.status = RunStatus::Failed;
        validation.summary.errors = 3;
        assert_eq!(validation.exit_code(), 1);
    }
}
