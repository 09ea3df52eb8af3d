//! The files that a run publishes: their names and places, and the receipt that lists them.

use super::run_io::WorkFiles;
use crate::config::Folder;
use crate::domain::file_name;
use crate::domain::masking;
use crate::domain::{Published, ReferenceId, RunSummary};
use crate::format::receipt::Receipt;
use crate::ledger::{Publication, RunRow};
use crate::site::{IntegrationContext, Result, RunError, Site};
use crate::spool;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// The files that a run publishes.
pub(crate) fn publications(
    context: &IntegrationContext<'_>,
    row: &RunRow,
    published: &[Published],
    files: &WorkFiles<'_>,
) -> Vec<Publication> {
    let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
    let (stem, extension) = stem_and_extension(row.resubmission_of.as_ref(), name);
    let again = row.summary.is_some();
    let publication = |what: Published| {
        let folder = match what {
            Published::Output => Folder::Output,
            Published::Errors | Published::Rejects | Published::Held | Published::Answer => {
                Folder::Errors
            }
            Published::Receipt => Folder::Receipts,
            // It waits among the sender's own files.
            Published::Later => Folder::Inbound,
        };
        let corrected = row.resubmission_of.as_ref();
        let file = match what {
            Published::Later => file_name::later(&stem, &row.reference, corrected, &extension),
            _ => file_name::published(&stem, &row.reference, what.as_str(), &extension),
        };
        Publication {
            what,
            from: files.path(what.as_str()),
            to: context.folder(folder).join(file),
            replace: again && is_replaced(what),
            done_marker: context.integration.output.done_marker && what == Published::Output,
        }
    };
    published.iter().copied().map(publication).collect()
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
        .chain(of(Published::Held))
        .collect();
    summary.answer_file = of(Published::Answer).next();
}

/// A path, relative to the site if it lies in it.
fn shown(site: &Site, path: &Path) -> String {
    masking::shown(path.strip_prefix(&site.config.root).unwrap_or(path))
}

/// What a receipt says of the source file's bytes, as far as it is known.
#[derive(Default)]
pub(crate) struct SourceContent<'a> {
    pub(crate) size: u64,
    pub(crate) sha256: Option<&'a str>,
    pub(crate) encoding: Option<&'a str>,
}

/// Writes the receipt into the work folder; the open file is to be made durable.
pub(crate) fn write_receipt(
    site: &Site,
    summary: &RunSummary,
    content: &SourceContent<'_>,
    publications: &[Publication],
    files: &WorkFiles<'_>,
) -> Result<File> {
    let bytes = receipt_bytes(site, summary, content, publications)?;
    let file = site.disk.create_file(&files.path("receipt"));
    let written = file.and_then(|mut f| f.write_all(&bytes).map(|()| f));
    written.map_err(RunError::io("writing the receipt"))
}

/// A receipt as it is written.
pub(super) fn receipt_bytes(
    site: &Site,
    summary: &RunSummary,
    content: &SourceContent<'_>,
    publications: &[Publication],
) -> Result<Vec<u8>> {
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
    receipt
        .to_json()
        .map_err(|e| RunError::io("writing the receipt")(e.into()))
}
