//! A dry run: the same judgement as a run's, with nothing written but what the user asks for.

use crate::changeset::change::{Change, ChangeReader};
use crate::domain::masking;
use crate::domain::parameters::GivenParameters;
use crate::domain::summary::RunHead;
use crate::domain::{Finding, Parameters, ReferenceId, RunSummary, Severity};
use crate::format::survey::Survey;
use crate::intake::{SourceFile, corrected};
use crate::run::{DryRunIo, FileToJudge, Verdict, end_date, foretell, lock, stem_and_extension};
use crate::site::job_builder::parameter_problems;
use crate::site::{IntegrationContext, Observer, Result, RunError, Site};
use crate::spool;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// The result of a dry run.
#[derive(Debug)]
pub(crate) struct Validation {
    /// The summary a run would have.
    pub(crate) summary: RunSummary,
    /// The findings, as far as they are listed.
    pub(crate) findings: Vec<Finding>,
    /// The files written to the folder the user named.
    pub(crate) files: Vec<PathBuf>,
}

/// Judges a file as a run of the integration would, against the ledger as it is.
///
/// # Errors
/// Before anything is read: an unknown integration, bad parameters, a missing file.
pub(crate) fn validate(
    site: &Site,
    integration: &str,
    file: &Path,
    given: GivenParameters,
    out: Option<&Path>,
    observer: &dyn Observer,
) -> Result<Validation> {
    let integration = site.integration(integration)?;
    let parameters = given.or(&integration.parameters).complete();
    let wrong = parameter_problems(&site.config, integration.kind, &parameters, site.today());
    if !wrong.is_empty() {
        return Err(RunError::Usage(wrong));
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
    if let Some(folder) = out {
        spool::create_folder(folder).map_err(RunError::io("making the folder for the results"))?;
    }
    let changes = Mutex::new(Vec::new());
    let resubmission_of = parent.as_ref().map(|parent| &parent.reference);
    let dry_run = DryRun {
        io: DryRunIo {
            source,
            out,
            names: result_names(resubmission_of, name),
            ledger: &*context.ledger,
            roster: &integration.roster,
            changes: &changes,
            nul: AtomicBool::new(false),
        },
        context: &context,
        parameters: &parameters,
        resubmission_of,
        name: masking::masked(name),
        size,
        observer,
    };
    let verdict = dry_run.verdict(guess.as_ref())?;
    let names = dry_run.io.names.iter();
    let files = match (out, &verdict) {
        (Some(folder), Verdict::Judged(..)) => names.map(|n| folder.join(n)).collect(),
        _ => Vec::new(),
    };
    let mut summary = dry_run.fresh_summary();
    foretell(&mut summary, integration, &verdict);
    summary.end_date = Some(end_date(site));
    observer.end(&summary);
    let mut findings = listed(&lock(&changes)).map_err(RunError::io("collecting the findings"))?;
    if let Verdict::Bad(fault) = &verdict {
        findings.push(Finding {
            record: 0,
            line: fault.line,
            field: "".into(),
            code: fault.code,
            severity: Severity::Error,
        });
    }
    Ok(Validation {
        summary,
        findings,
        files,
    })
}

struct DryRun<'a> {
    context: &'a IntegrationContext<'a>,
    parameters: &'a Parameters,
    resubmission_of: Option<&'a ReferenceId>,
    io: DryRunIo<'a>,
    /// The name of the file, masked.
    name: String,
    size: u64,
    observer: &'a dyn Observer,
}

impl DryRun<'_> {
    /// Judges the file as what its start shows it to be, and again if all of it shows something else.
    fn verdict(&self, guess: Option<&Survey>) -> Result<Verdict> {
        if let Some(guess) = guess
            && let verdict @ Verdict::Judged(..) = self.judge(guess)?
            // It was read to its end, and all of it was what it was taken for.
            && (guess.encoding.is_utf16() || !self.io.nul.load(Ordering::Relaxed))
        {
            return Ok(verdict);
        }
        self.judge(&self.io.source.survey_without_hash(self.size)?)
    }

    fn judge(&self, survey: &Survey) -> Result<Verdict> {
        let integration = &self.context.integration.name;
        self.observer.begin(integration, &self.name, self.size);
        // A file that is bad as a whole has no findings of records.
        lock(self.io.changes).clear();
        let file = FileToJudge {
            context: self.context,
            run: None,
            parameters: self.parameters,
            resubmission_of: self.resubmission_of,
            survey,
            rows: self.io.out.is_some(),
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

/// Names of the output file, the error file and the rejects file.
fn result_names(resubmission_of: Option<&ReferenceId>, name: &str) -> [String; 3] {
    let (stem, extension) = stem_and_extension(resubmission_of, name);
    let stem = masking::masked(&stem);
    let extension = match extension.as_str() {
        "" => "txt",
        extension => extension,
    };
    [
        format!("{stem}.output.csv"),
        format!("{stem}.errors.csv"),
        format!("{stem}.rejects.{extension}"),
    ]
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
