//! The files that a run publishes: their names and places, and the receipt that lists them.

use super::run_io::WorkFiles;
use crate::config::{Folder, ReceiptForm};
use crate::domain::file_name;
use crate::domain::masking;
use crate::domain::{Finding, Published, ReferenceId, RunSummary};
use crate::format::fault::limit;
use crate::format::receipt::{ListedFinding, Receipt};
use crate::ledger::{Publication, RunRow};
use crate::site::{IntegrationContext, Result, RunError, Site};
use crate::spool::{self, PendingSync};
use std::io::Write;
use std::path::Path;

/// The name of a receipt as text in the work folder.
const TEXT_RECEIPT: &str = "receipt.txt";

/// How the names of output files begin in a test copy of a site.
const TEST_COPY: &str = "TEST.";

/// The files that a run publishes; a receipt in each form that the integration has.
pub(crate) fn publications(
    context: &IntegrationContext<'_>,
    row: &RunRow,
    published: &[Published],
    files: &WorkFiles<'_>,
) -> Vec<Publication> {
    let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
    let (stem, extension) = stem_and_extension(row.resubmission_of.as_ref(), name);
    let again = row.summary.is_some();
    let publication = |what: Published, text: bool| {
        let folder = match what {
            Published::Output => Folder::Output,
            Published::Errors
            | Published::Rejects
            | Published::RejectsTable
            | Published::Held
            | Published::Answer => Folder::Errors,
            Published::Receipt => Folder::Receipts,
            // It waits among the sender's own files.
            Published::Later => Folder::Inbound,
        };
        let corrected = row.resubmission_of.as_ref();
        let file = match what {
            Published::Later => file_name::later(&stem, &row.reference, corrected, &extension),
            _ => file_name::published(&stem, &row.reference, what.as_str(), &extension),
        };
        let file = match context.site.config.test_copy {
            Some(_) if what == Published::Output => format!("{TEST_COPY}{file}"),
            _ => file,
        };
        let (from, file) = match (text, file.strip_suffix(".json")) {
            (true, Some(stem)) => (TEXT_RECEIPT, format!("{stem}.txt")),
            _ => (what.as_str(), file),
        };
        Publication {
            what,
            from: files.path(from),
            to: context.folder(folder).join(file),
            replace: again && is_replaced(what),
            done_marker: context.integration.output.done_marker && what == Published::Output,
        }
    };
    let forms = |what: &Published| match what {
        Published::Receipt => context.integration.receipts.clone(),
        _ => vec![ReceiptForm::Json],
    };
    let publications = published.iter().flat_map(|what| {
        let forms = forms(what).into_iter();
        forms.map(|form| publication(*what, form == ReceiptForm::Text))
    });
    publications.collect()
}

/// The file that people correct the rejected records in, if there is one.
pub(crate) fn rejects_for_people(publications: &[Publication]) -> Option<&Publication> {
    let of = |what: Published| publications.iter().find(|p| p.what == what);
    of(Published::RejectsTable).or_else(|| of(Published::Rejects))
}

/// Whether a run that was held has published a file of a kind, of which its release brings a newer one.
fn is_replaced(what: Published) -> bool {
    matches!(
        what,
        Published::Errors | Published::Held | Published::Receipt | Published::Answer
    )
}

/// Stem and extension of published names. Corrections and files of later plan years keep the name of the first file.
pub(crate) fn stem_and_extension(
    resubmission_of: Option<&ReferenceId>,
    name: &str,
) -> (String, String) {
    let safe = file_name::check_name(name).unwrap_or(spool::SOURCE);
    let (stem, extension) = file_name::stem_and_extension(safe);
    let stem = match resubmission_of {
        Some(parent) => match stem.split_once(&format!(".{parent}")) {
            Some((first, _)) if !first.is_empty() => first,
            _ => stem,
        },
        None => stem,
    };
    let stem = file_name::before_later(stem).map_or(stem, |(first, _)| first);
    (stem.to_owned(), extension.to_owned())
}

/// Names the published files in the summary.
pub(super) fn name_files(site: &Site, summary: &mut RunSummary, publications: &[Publication]) {
    let shown = |p: &Publication| shown(site, &p.to);
    let of = |what: Published| {
        publications
            .iter()
            .filter(move |p| p.what == what)
            .map(shown)
    };
    summary.output_file = of(Published::Output).next();
    summary.later_file = of(Published::Later).next();
    summary.error_files = of(Published::Errors)
        .chain(of(Published::Rejects))
        .chain(of(Published::RejectsTable))
        .chain(of(Published::Held))
        .collect();
    summary.answer_file = of(Published::Answer).next();
}

/// A path, relative to the site if it lies in it.
fn shown(site: &Site, path: &Path) -> String {
    masking::shown(path.strip_prefix(&site.config.root).unwrap_or(path))
}

/// What a receipt says of the source file's bytes and of what was found in them, as far as it is known.
#[derive(Default)]
pub(crate) struct SourceContent<'a> {
    pub(crate) size: u64,
    pub(crate) sha256: Option<&'a str>,
    pub(crate) encoding: Option<&'a str>,
    /// The first findings; those that a receipt lists.
    pub(crate) findings: &'a [Finding],
}

/// Writes the receipts into the work folder, and adds them to `unsynced`.
pub(crate) fn write_receipt(
    site: &Site,
    summary: &RunSummary,
    content: &SourceContent<'_>,
    publications: &[Publication],
    unsynced: &mut PendingSync,
) -> Result<()> {
    for receipt in publications.iter().filter(|p| p.what == Published::Receipt) {
        let text = receipt.from.ends_with(TEXT_RECEIPT);
        let bytes = receipt_bytes(site, summary, content, publications, text)?;
        let file = site.disk.create_file(&receipt.from);
        let written = file.and_then(|mut f| f.write_all(&bytes).map(|()| f));
        unsynced.file(written.map_err(RunError::io("writing the receipt"))?);
    }
    Ok(())
}

/// A receipt as it is written: as `text`, or as JSON.
pub(super) fn receipt_bytes(
    site: &Site,
    summary: &RunSummary,
    content: &SourceContent<'_>,
    publications: &[Publication],
    text: bool,
) -> Result<Vec<u8>> {
    let listed = content.findings.iter().take(limit::RECEIPT_FINDINGS);
    let listed_findings: Vec<_> = listed.map(ListedFinding::of).collect();
    let found: u64 = summary.findings.values().sum();
    let written: Vec<String> = publications.iter().map(|p| shown(site, &p.to)).collect();
    let receipt = Receipt {
        reference_id: summary.integration_reference_id.as_str(),
        source_name: summary.source_files.first().map_or("", String::as_str),
        size: content.size,
        sha256: content.sha256,
        encoding: content.encoding,
        files_written: written.iter().map(String::as_str).collect(),
        more_findings: found.saturating_sub(listed_findings.len() as u64),
        listed_findings,
        summary,
    };
    if text {
        return Ok(receipt.to_text().into_bytes());
    }
    receipt
        .to_json()
        .map_err(|e| RunError::io("writing the receipt")(e.into()))
}
