//! The result of a judged file: status, summary and receipt, and where its files go.

use super::correction_answer::{is_wanted, write_answer};
use super::earlier_run::EarlierRun;
use super::judge::FileVerdict;
use super::publications::{SourceContent, name_files, publications, write_receipt};
use super::run_io::WorkFiles;
use crate::config::Integration;
use crate::domain::masking;
use crate::domain::summary::RecordShape;
use crate::domain::{Code, Finding, Kind, Published, RunStatus, RunSummary, Severity, SkipReason};
use crate::format::survey::Survey;
use crate::format::{Encoding, FileFault};
use crate::intake::{archive_path, split_from};
use crate::ledger::{Disposal, Publication, RunRow};
use crate::process::Outcome;
use crate::site::{IntegrationContext, Result, RunError, Site, job_builder};
use crate::spool::{self, PendingSync};
use chrono::{DateTime, SecondsFormat, Utc};

/// What became of a file, before it is written down.
pub(super) enum FileOutcome {
    /// An earlier run took the same bytes.
    Duplicate(Survey, EarlierRun),
    Judged(Survey, FileVerdict),
    /// Its sender went on writing to it.
    StillWritten,
}

/// A run that can be committed as soon as its files are durable in the work folder.
pub(super) struct RunResult {
    pub(super) summary: RunSummary,
    pub(super) publications: Vec<Publication>,
    pub(super) disposal: Disposal,
    pub(super) hold: Vec<Code>,
    /// When the newest of its records was changed, if later runs are to look back at it.
    pub(super) watermark: Option<DateTime<Utc>>,
    /// Whether records were judged, so that their findings go into the ledger.
    pub(super) judged: bool,
    /// Whether all of the run's changes go into the ledger.
    pub(super) applies: bool,
}

impl RunResult {
    /// Writes the result files and the receipt into the work folder, and adds them to `unsynced`.
    pub(super) fn write(
        context: &IntegrationContext<'_>,
        row: &RunRow,
        outcome: &FileOutcome,
        files: &WorkFiles<'_>,
        unsynced: &mut PendingSync,
    ) -> Result<RunResult> {
        let site = context.site;
        let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
        let Decision {
            mut summary,
            mut published,
            hold,
            applies,
        } = Decision::of(context, row, outcome);
        let split_from = split_from(context.integration, &*context.ledger, name)?;
        summary.split_from = split_from.map(|run| run.reference);
        if published.contains(&Published::Later) && has_split(context, row)? {
            published.retain(|what| *what != Published::Later);
        }
        if is_wanted(context, row)? {
            published.insert(0, Published::Answer);
        }
        let publications = publications(context, row, &published, files);
        name_files(site, &mut summary, &publications);
        let drafted = |w: &&Published| !matches!(w, Published::Receipt | Published::Answer);
        for what in published.iter().filter(drafted) {
            let kept = files.keep(what.as_str());
            unsynced.file(kept.map_err(RunError::io("writing results"))?);
        }
        if published.contains(&Published::Answer) {
            let closed = match outcome {
                FileOutcome::Judged(_, FileVerdict::Judged(outcome, _)) if applies => {
                    &outcome.closed[..]
                }
                _ => &[],
            };
            unsynced.file(write_answer(
                context,
                row,
                &summary,
                closed,
                &publications,
                files,
            )?);
        }
        let declared = context.integration.format.encoding;
        let mixed = summary.findings.contains_key(Code::EncodingMixed.as_str());
        let encoding = |survey: &Survey| match survey.encoding_as(declared) {
            encoding if mixed && !encoding.is_utf16() => Encoding::Utf8,
            encoding => encoding,
        };
        let findings = first_findings(outcome);
        let content = match outcome {
            FileOutcome::Duplicate(survey, _) | FileOutcome::Judged(survey, _) => SourceContent {
                size: survey.bytes,
                sha256: Some(&survey.sha256),
                encoding: Some(encoding(survey).name()),
                findings: &findings,
            },
            FileOutcome::StillWritten => SourceContent::default(),
        };
        write_receipt(site, &summary, &content, &publications, unsynced)?;
        unsynced.folder(&site.work(&row.reference));
        Ok(RunResult {
            watermark: watermark(row, outcome, &summary).filter(|_| applies),
            disposal: if hold.is_empty() {
                Disposal::Archive(archive_path(site, context.integration, row, name))
            } else {
                Disposal::Held(context.held_path(row))
            },
            summary,
            publications,
            hold,
            judged: matches!(outcome, FileOutcome::Judged(_, FileVerdict::Judged(..))),
            applies,
        })
    }
}

/// The newest change of a whole file that ended Completed, which later deltas go on from.
fn watermark(row: &RunRow, outcome: &FileOutcome, summary: &RunSummary) -> Option<DateTime<Utc>> {
    let again = SkipReason::AlreadyJudged.as_str();
    let whole = row.resubmission_of.is_none()
        && row.rerun_of.is_none()
        && !summary.skipped.contains_key(again)
        && row.parameters.include_employees.is_none()
        && !row.parameters.sync
        && summary.split_from.is_none();
    let newest = match outcome {
        FileOutcome::Judged(_, FileVerdict::Judged(judged, _)) => judged.newest,
        _ => 0,
    };
    let counts = whole && newest > 0 && summary.status == RunStatus::Completed;
    DateTime::from_timestamp(newest.into(), 0).filter(|_| counts)
}

/// The findings that a receipt lists: on the file as a whole, then those of records.
fn first_findings(outcome: &FileOutcome) -> Vec<Finding> {
    let of_file = |code, line| Finding {
        code,
        field: "".into(),
        line,
        record: 0,
        severity: Severity::Error,
    };
    let reasons = |all: &[(Code, String)]| -> Vec<Finding> {
        all.iter().map(|(code, _)| of_file(*code, 0)).collect()
    };
    match outcome {
        FileOutcome::Duplicate(..) | FileOutcome::StillWritten => Vec::new(),
        FileOutcome::Judged(_, FileVerdict::Bad(fault)) => vec![of_file(fault.code, fault.line)],
        FileOutcome::Judged(_, FileVerdict::Held(why)) => reasons(why),
        FileOutcome::Judged(_, FileVerdict::Judged(outcome, why)) => {
            let fault = outcome.fault.iter().map(|f| of_file(f.code, f.line));
            let on_file = fault.chain(reasons(why));
            on_file
                .chain(outcome.first_findings.iter().cloned())
                .collect()
        }
    }
}

/// Whether a run that this one repeats has made a file of the rows of later years.
fn has_split(context: &IntegrationContext<'_>, row: &RunRow) -> Result<bool> {
    let mut before = row.rerun_of.clone();
    while let Some(reference) = before {
        let Some(row) = context.ledger.run(&reference)? else {
            break;
        };
        if row.publications.iter().any(|p| p.what == Published::Later) {
            return Ok(true);
        }
        before = row.rerun_of;
    }
    Ok(false)
}

/// What the outcome of a file means for its run.
struct Decision {
    summary: RunSummary,
    published: Vec<Published>,
    hold: Vec<Code>,
    /// Whether all of the run's changes go into the ledger.
    applies: bool,
}

impl Decision {
    fn of(context: &IntegrationContext<'_>, row: &RunRow, outcome: &FileOutcome) -> Decision {
        let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
        let mut decision = Decision {
            summary: row.fresh_summary(),
            published: Vec::new(),
            hold: Vec::new(),
            applies: false,
        };
        let summary = &mut decision.summary;
        summary.end_date = Some(end_date(context.site));
        summary.source_files = vec![masking::masked(name)];
        match outcome {
            FileOutcome::StillWritten => {
                summary.status = RunStatus::Failed;
                summary.reason = Some("the sender went on writing to the file after it was taken; send it again under a temporary name and rename it when it is whole".to_owned());
            }
            FileOutcome::Duplicate(_, earlier) => duplicate(summary, row, earlier),
            FileOutcome::Judged(_, FileVerdict::Bad(fault)) => fail(summary, fault),
            FileOutcome::Judged(_, FileVerdict::Held(reasons)) => {
                decision.hold = held(summary, reasons);
                decision.published.push(Published::Errors);
            }
            FileOutcome::Judged(_, FileVerdict::Judged(outcome, reasons)) => {
                decision.judged(context.integration, row, outcome, reasons);
            }
        }
        if row.test {
            let reason = decision.summary.reason.take();
            let reason = reason.map(|r| format!("; {r}")).unwrap_or_default();
            decision.summary.reason =
                Some(format!("test file: no output, and nobody is taken{reason}"));
        }
        if !decision.hold.is_empty() {
            // What a release has lifted before stays lifted after the next one.
            let lifted = row.hold.iter().filter(|code| !decision.hold.contains(code));
            let lifted: Vec<Code> = lifted.copied().collect();
            decision.hold.extend(lifted);
        }
        decision.published.push(Published::Receipt);
        decision
    }

    fn judged(
        &mut self,
        integration: &Integration,
        row: &RunRow,
        outcome: &Outcome,
        reasons: &[(Code, String)],
    ) {
        let summary = &mut self.summary;
        fill(summary, integration, outcome);
        if outcome.listed > 0 {
            self.published.push(Published::Errors);
        }
        if let Some(fault) = &outcome.fault {
            fail(summary, fault);
        } else if !reasons.is_empty() && !row.test {
            self.hold = held(summary, reasons);
            self.published = vec![Published::Errors, Published::Held];
        } else {
            complete(summary);
            self.applies = !row.test;
            if self.applies {
                if integration.kind.has_output() {
                    self.published.insert(0, Published::Output);
                }
                if outcome.totals.rejected > 0 {
                    self.published.push(Published::Rejects);
                    if outcome.rejects_table {
                        self.published.push(Published::RejectsTable);
                    }
                }
                if outcome.later.records > 0 {
                    self.published.push(Published::Later);
                }
            }
        }
    }
}

/// When a run ends that ends now, as its summary shows it.
pub(crate) fn end_date(site: &Site) -> String {
    site.now().to_rfc3339_opts(SecondsFormat::Secs, false)
}

fn duplicate(summary: &mut RunSummary, row: &RunRow, run: &EarlierRun) {
    let earlier = &run.reference;
    summary.status = RunStatus::Completed;
    summary.reason = Some(if run.held {
        format!(
            "duplicate of run {earlier}, which is Held with the same bytes; end its hold with `feedgate release {earlier}` or `feedgate refuse {earlier}`"
        )
    } else {
        format!(
            "duplicate of run {earlier}: the same bytes were taken before; `feedgate rerun {}` judges them again",
            // What is purged can't be judged again, but this copy can.
            if run.archived {
                earlier
            } else {
                &row.reference
            }
        )
    });
    summary.duplicate_of = Some(earlier.clone());
}

fn fail(summary: &mut RunSummary, fault: &FileFault) {
    summary.status = RunStatus::Failed;
    let line = if fault.line > 0 {
        format!(" (line {})", fault.line)
    } else {
        String::new()
    };
    summary.reason = Some(format!("{}{line}: {}", fault.code, fault.detail));
    count(summary, fault.code);
}

/// Counts a finding on the file as a whole.
fn count(summary: &mut RunSummary, code: Code) {
    let code = code.as_str().to_owned();
    summary.findings.entry(code).or_insert(1);
}

fn held(summary: &mut RunSummary, reasons: &[(Code, String)]) -> Vec<Code> {
    summary.status = RunStatus::Held;
    let sentences: Vec<String> = reasons
        .iter()
        .map(|(code, why)| format!("{code}: {why}"))
        .collect();
    summary.reason = Some(sentences.join("; "));
    for (code, _) in reasons {
        count(summary, *code);
    }
    reasons.iter().map(|(code, _)| *code).collect()
}

fn complete(summary: &mut RunSummary) {
    let mut reasons = Vec::new();
    summary.status = RunStatus::Completed;
    if summary.errors > 0 {
        summary.status = RunStatus::CompletedWithErrors;
        let (errors, all) = (summary.errors, summary.records_processed);
        reasons.push(format!("{errors} of {all} records rejected"));
    } else if summary.records_processed == 0 {
        reasons.push("the file holds no records".to_owned());
    }
    let left_out = summary.changes_outside_lookback;
    if let Some(days) = summary.parameters.lookback_days.filter(|_| left_out > 0) {
        reasons.push(format!(
            "left out by lookback_days = {days}: {left_out} records that differ from what was taken last"
        ));
    }
    summary.reason = (!reasons.is_empty()).then(|| reasons.join("; "));
    already_judged(summary);
}

/// Says how many records were left out because a run has judged them before.
fn already_judged(summary: &mut RunSummary) {
    let reason = SkipReason::AlreadyJudged.as_str();
    if let Some(records) = summary.skipped.get(reason) {
        let told = format!(
            "the same bytes were judged before: only what is still open is judged again, {records} records are not"
        );
        summary.reason = Some(match summary.reason.take() {
            Some(reason) => format!("{reason}; {told}"),
            None => told,
        });
    }
}

/// Takes counts and sums of an outcome into a summary.
fn fill(summary: &mut RunSummary, integration: &Integration, outcome: &Outcome) {
    summary.set_totals(integration.kind, &outcome.totals);
    summary.findings = outcome.by_code();
    if integration.kind != Kind::Accounts {
        summary.employees_processed = outcome.employees;
    }
    summary.changes_outside_lookback = outcome.left_out;
    summary.rows_of_later_years = outcome.later.records;
    summary.plan_year_start = outcome.plan_year.map(|year| year.start);
    // Accounts that a full file lacks are all gone.
    let mut gone = 0;
    let (missing, ended) = match integration.kind {
        Kind::Demographic => (
            &mut summary.employees_missing,
            &mut summary.deactivated_by_omission,
        ),
        Kind::Deduction => (
            &mut summary.deductions_missing,
            &mut summary.stopped_by_omission,
        ),
        Kind::Accounts => (&mut summary.accounts_gone, &mut gone),
    };
    (*missing, *ended) = (outcome.missing, outcome.deactivated_by_omission);
    summary.employees_new = outcome.new_people;
    summary.first_file = outcome.first_file;
    summary.roster_was_empty = integration.kind == Kind::Demographic && outcome.roster_was_empty;
    summary.lines_set_aside = outcome.set_aside.count;
    summary.set_aside_lines.clone_from(&outcome.set_aside.lines);
    summary.columns_read.clone_from(&outcome.columns);
    summary.unknown_columns.clone_from(&outcome.unknown_columns);
    let shape = outcome.shape;
    summary.record_shape = (shape != RecordShape::default()).then_some(shape);
    summary.include_employees_not_found = job_builder::not_found(summary, &outcome.included);
}

/// Writes the status and reason that a verdict would give into the summary of a dry run.
pub(crate) fn foretell(summary: &mut RunSummary, integration: &Integration, verdict: &FileVerdict) {
    match verdict {
        FileVerdict::Bad(fault) => fail(summary, fault),
        FileVerdict::Held(reasons) => drop(held(summary, reasons)),
        FileVerdict::Judged(outcome, reasons) => {
            fill(summary, integration, outcome);
            match &outcome.fault {
                Some(fault) => fail(summary, fault),
                None if !reasons.is_empty() => drop(held(summary, reasons)),
                None => complete(summary),
            }
        }
    }
}
