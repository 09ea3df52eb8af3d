//! What a judged file comes to: status, summary, receipt, and where its files go.

use super::drafts::WorkFiles;
use super::error::{Result, RunError};
use super::judging::Verdict;
use super::plan;
use super::site::Site;
use crate::config::{Folder, Integration};
use crate::domain::file_name;
use crate::domain::masking;
use crate::domain::{Code, ReferenceId, RunStatus, RunSummary};
use crate::format::FileFault;
use crate::format::receipt::Receipt;
use crate::format::survey::Survey;
use crate::ledger::{Disposal, Publication, Published, RunRow};
use crate::process::Outcome;
use crate::spool::{self, Unsynced};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// How a file ended, before it is written down.
pub(super) struct Ending {
    survey: Option<Survey>,
    what: What,
}

/// The run that took the same bytes before.
pub(super) struct Earlier {
    pub(super) reference: ReferenceId,
    /// Whether a person still has to end its hold.
    pub(super) held: bool,
    /// Whether its source file is still in the archive.
    pub(super) archived: bool,
}

enum What {
    Duplicate(Earlier),
    Verdict(Verdict),
    StillWritten,
}

impl Ending {
    pub(super) fn duplicate(survey: Survey, earlier: Earlier) -> Ending {
        Ending {
            survey: Some(survey),
            what: What::Duplicate(earlier),
        }
    }

    pub(super) fn judged(survey: Survey, verdict: Verdict) -> Ending {
        Ending {
            survey: Some(survey),
            what: What::Verdict(verdict),
        }
    }

    pub(super) fn still_written() -> Ending {
        Ending {
            survey: None,
            what: What::StillWritten,
        }
    }
}

/// A finished run, ready to be committed when its files are durable in the work folder.
pub(super) struct Finished {
    pub(super) summary: RunSummary,
    pub(super) publications: Vec<Publication>,
    pub(super) disposal: Disposal,
    pub(super) hold: Vec<Code>,
    pub(super) watermark: bool,
    /// Whether records were judged, so that their findings go into the ledger.
    pub(super) judged: bool,
    /// Whether all of the run's changes go into the ledger.
    pub(super) applies: bool,
}

/// The place of a run's held source.
pub(super) fn held_path(site: &Site, integration: &Integration, row: &RunRow) -> PathBuf {
    let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
    let folder = site.config.folder(integration, Folder::Held);
    spool::held_place(&folder, &row.reference, name)
}

/// Writes status, summary and receipt; what is to be published is added to `unsynced`.
pub(super) fn finished(
    site: &Site,
    integration: &Integration,
    row: &RunRow,
    ending: &Ending,
    files: &WorkFiles<'_>,
    name: &str,
    unsynced: &mut Unsynced,
) -> Result<Finished> {
    let mut summary = row.fresh_summary();
    summary.end_date = Some(
        site.now()
            .to_rfc3339_opts(chrono::SecondsFormat::Secs, false),
    );
    summary.source_files = vec![masking::masked(name)];
    let mut published = Vec::new();
    let mut hold = Vec::new();
    let mut applies = false;
    match &ending.what {
        What::StillWritten => {
            summary.status = RunStatus::Failed;
            summary.reason = Some("the sender went on writing to the file after it was taken; send it again under a temporary name and rename it when it is whole".to_owned());
        }
        What::Duplicate(Earlier {
            reference: earlier,
            held,
            archived,
        }) => {
            summary.status = RunStatus::Completed;
            summary.reason = Some(if *held {
                format!(
                    "duplicate of run {earlier}, which is Held with the same bytes; end its hold with `feedgate release {earlier}` or `feedgate refuse {earlier}`"
                )
            } else {
                format!(
                    "duplicate of run {earlier}: the same bytes were taken before; `feedgate rerun {}` judges them again",
                    // What is purged can't be judged again, but this copy can.
                    if *archived { earlier } else { &row.reference }
                )
            });
            summary.duplicate_of = Some(earlier.clone());
        }
        What::Verdict(Verdict::Bad(fault)) => fail(&mut summary, fault),
        What::Verdict(Verdict::Held(reasons)) => hold = held(&mut summary, reasons),
        What::Verdict(Verdict::Judged(outcome, reasons)) => {
            fill(&mut summary, integration, outcome);
            if outcome.listed > 0 {
                published.push(Published::Errors);
            }
            if let Some(fault) = &outcome.fault {
                fail(&mut summary, fault);
            } else if !reasons.is_empty() && !row.test {
                hold = held(&mut summary, reasons);
            } else {
                complete(&mut summary);
                applies = !row.test;
                if applies {
                    published.insert(0, Published::Output);
                    if outcome.totals.rejected > 0 {
                        published.push(Published::Rejects);
                    }
                }
            }
        }
    }
    if row.test {
        let reason = summary
            .reason
            .take()
            .map(|r| format!("; {r}"))
            .unwrap_or_default();
        summary.reason = Some(format!("test file: no output, no roster{reason}"));
    }
    if !hold.is_empty() {
        // What a release has lifted before stays lifted after the next one.
        hold.extend(
            row.hold
                .iter()
                .filter(|code| !hold.contains(code))
                .copied()
                .collect::<Vec<_>>(),
        );
    }
    published.push(Published::Receipt);
    let publications = publications(site, integration, row, name, &published, files);
    name_files(site, &mut summary, &publications);
    let content = ending.survey.as_ref().map(|s| Content {
        size: s.bytes,
        sha256: Some(&s.sha256),
        encoding: Some(s.encoding.name()),
    });
    for what in published.iter().filter(|w| **w != Published::Receipt) {
        let kept = files.keep(what.as_str());
        unsynced.file(kept.map_err(RunError::io("writing results"))?);
    }
    let content = content.unwrap_or_default();
    let receipt = write_receipt(site, &summary, &content, &publications, files)?;
    unsynced.file(receipt);
    unsynced.folder(&site.work(&row.reference));
    let whole = row.resubmission_of.is_none()
        && row.rerun_of.is_none()
        && row.parameters.include_employees.is_none();
    Ok(Finished {
        // A file without records says nothing of what has changed since the last one.
        watermark: applies
            && whole
            && summary.records_processed > 0
            && summary.status == RunStatus::Completed,
        disposal: if hold.is_empty() {
            Disposal::Archive(archive_path(site, integration, row, name))
        } else {
            Disposal::Held(held_path(site, integration, row))
        },
        summary,
        publications,
        hold,
        judged: matches!(ending.what, What::Verdict(Verdict::Judged(..))),
        applies,
    })
}

/// The place of a run's archived source.
pub(super) fn archive_path(
    site: &Site,
    integration: &Integration,
    row: &RunRow,
    name: &str,
) -> PathBuf {
    let folder = site.config.folder(integration, Folder::Archive);
    spool::archive_place(&folder, row.start.date_naive(), &row.reference, name)
}

fn fail(summary: &mut RunSummary, fault: &FileFault) {
    summary.status = RunStatus::Failed;
    let line = if fault.line > 0 {
        format!(" (line {})", fault.line)
    } else {
        String::new()
    };
    summary.reason = Some(format!("{}{line}: {}", fault.code, fault.detail));
    summary
        .findings
        .entry(fault.code.as_str().to_owned())
        .or_insert(1);
}

fn held(summary: &mut RunSummary, reasons: &[(Code, String)]) -> Vec<Code> {
    summary.status = RunStatus::Held;
    let sentences: Vec<String> = reasons
        .iter()
        .map(|(code, why)| format!("{code}: {why}"))
        .collect();
    summary.reason = Some(sentences.join("; "));
    for (code, _) in reasons {
        summary
            .findings
            .entry(code.as_str().to_owned())
            .or_insert(1);
    }
    reasons.iter().map(|(code, _)| *code).collect()
}

fn complete(summary: &mut RunSummary) {
    if summary.errors > 0 {
        summary.status = RunStatus::CompletedWithErrors;
        summary.reason = Some(format!(
            "{} of {} records rejected",
            summary.errors, summary.records_processed
        ));
    } else {
        summary.status = RunStatus::Completed;
        if summary.records_processed == 0 {
            summary.reason = Some("the file holds no records".to_owned());
        }
    }
}

/// Takes counts and sums of an outcome into a summary.
pub(super) fn fill(summary: &mut RunSummary, integration: &Integration, outcome: &Outcome) {
    summary.set_totals(integration.kind, &outcome.totals);
    summary.findings = outcome.by_code();
    summary.employees_processed = outcome.employees;
    summary.plan_year_start = outcome.plan_year.map(|year| year.start);
    summary.employees_missing = outcome.missing;
    summary.deactivated_by_omission = outcome.deactivated_by_omission;
    summary.unknown_columns.clone_from(&outcome.unknown_columns);
    summary.include_employees_not_found = plan::not_found(summary, &outcome.included);
}

/// Status and reason that a verdict would give, for dry runs.
pub(super) fn foretell(summary: &mut RunSummary, integration: &Integration, verdict: &Verdict) {
    match verdict {
        Verdict::Bad(fault) => fail(summary, fault),
        Verdict::Held(reasons) => drop(held(summary, reasons)),
        Verdict::Judged(outcome, reasons) => {
            fill(summary, integration, outcome);
            match &outcome.fault {
                Some(fault) => fail(summary, fault),
                None if !reasons.is_empty() => drop(held(summary, reasons)),
                None => complete(summary),
            }
        }
    }
}

fn publications(
    site: &Site,
    integration: &Integration,
    row: &RunRow,
    name: &str,
    published: &[Published],
    files: &WorkFiles<'_>,
) -> Vec<Publication> {
    let (stem, extension) = stem(row, name);
    // A run that was held has published these before; its release brings newer ones.
    let again = row.summary.is_some();
    let publication = |what: Published| {
        let folder = match what {
            Published::Output => Folder::Output,
            Published::Errors | Published::Rejects => Folder::Errors,
            Published::Receipt => Folder::Receipts,
        };
        let file = file_name::published(&stem, &row.reference, what.as_str(), &extension);
        Publication {
            what,
            from: files.path(what.as_str()),
            to: site.config.folder(integration, folder).join(file),
            replace: again && matches!(what, Published::Errors | Published::Receipt),
            done_marker: integration.output.done_marker && what == Published::Output,
        }
    };
    published.iter().copied().map(publication).collect()
}

/// Stem and extension that published names are made of. Corrections go on under the name of the first file.
pub(super) fn stem(row: &RunRow, name: &str) -> (String, String) {
    let safe = file_name::check_name(name).unwrap_or(spool::SOURCE);
    let (stem, extension) = file_name::stem_and_extension(safe);
    let stem = match &row.resubmission_of {
        Some(parent) => match stem.split_once(&format!(".{parent}")) {
            Some((first, _)) if !first.is_empty() => first,
            _ => stem,
        },
        None => stem,
    };
    (stem.to_owned(), extension.to_owned())
}

/// Names the published files in the summary, relative to the site where they lie in it.
fn name_files(site: &Site, summary: &mut RunSummary, publications: &[Publication]) {
    let shown = |p: &Publication| shown(site, &p.to);
    let of = |what: Published| {
        publications
            .iter()
            .filter(move |p| p.what == what)
            .map(shown)
    };
    summary.output_file = of(Published::Output).next();
    summary.error_files = of(Published::Errors)
        .chain(of(Published::Rejects))
        .collect();
}

/// A path relative to the site where it lies in it.
pub(super) fn shown(site: &Site, path: &Path) -> String {
    masking::shown(path.strip_prefix(&site.config.root).unwrap_or(path))
}

/// What a receipt tells of the source file's bytes, as far as it is known.
#[derive(Default)]
pub(super) struct Content<'a> {
    pub(super) size: u64,
    pub(super) sha256: Option<&'a str>,
    pub(super) encoding: Option<&'a str>,
}

/// Writes the receipt into the work folder; the open file is to be made durable.
pub(super) fn write_receipt(
    site: &Site,
    summary: &RunSummary,
    content: &Content<'_>,
    publications: &[Publication],
    files: &WorkFiles<'_>,
) -> Result<File> {
    let written: Vec<String> = publications.iter().map(|p| shown(site, &p.to)).collect();
    let receipt = Receipt {
        reference_id: summary.integration_reference_id.as_str(),
        source_name: summary.source_files.first().map_or("", String::as_str),
        size: content.size,
        sha256: content.sha256,
        encoding: content.encoding,
        files_written: written.iter().map(String::as_str).collect(),
        summary,
    };
    let bytes = receipt
        .to_json()
        .map_err(|e| RunError::io("writing the receipt")(e.into()))?;
    let file = site.disk.create_file(&files.path("receipt"));
    let written = file.and_then(|mut f| f.write_all(&bytes).map(|()| f));
    written.map_err(RunError::io("writing the receipt"))
}
