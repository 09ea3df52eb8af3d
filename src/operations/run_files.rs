//! The files of a run that the ledger names: which there are, which right each needs, and opening one.

use super::error::{OperationError, Result};
use super::visible::Visible;
use crate::config::Folder;
use crate::domain::masking::{masked, shown};
use crate::domain::{Published, ReferenceId, Right};
use crate::ledger::{Disposal, Event, EventAction, RunRow};
use crate::site::{RunError, Site};
use crate::spool::open_below;
use serde::Serialize;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What the source file is listed as.
const SOURCE: &str = "source";

/// The files of a run.
#[derive(Debug, Serialize)]
pub(crate) struct RunFiles {
    pub(crate) files: Vec<RunFile>,
    /// All are on one page.
    pub(crate) next: Option<String>,
}

/// A file of a run.
#[derive(Debug, Serialize)]
pub(crate) struct RunFile {
    /// Its name, masked: it is asked for by this name.
    pub(crate) name: String,
    /// `output`, `errors`, `rejects`, `rejects-table`, `held`, `later`, `receipt`, `answer` or `source`.
    pub(crate) what: &'static str,
    /// In bytes; none where it is gone: its receiver has taken it, or it was purged.
    pub(crate) size: Option<u64>,
    /// The right that fetching it needs.
    #[serde(skip)]
    pub(crate) right: Right,
    #[serde(skip)]
    path: PathBuf,
}

/// A file of a run, opened for reading.
#[derive(Debug)]
pub(crate) struct OpenedFile {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) file: File,
}

/// The right that a published file needs.
pub(crate) fn right_of(what: Published) -> Right {
    match what {
        Published::Output | Published::Later => Right::SeeValues,
        Published::Errors
        | Published::Rejects
        | Published::RejectsTable
        | Published::Held
        | Published::Answer => Right::Correct,
        Published::Receipt => Right::See,
    }
}

/// The files that a run published, and its source file where that is in the archive or held.
///
/// # Errors
/// There is no such run, or it may not be seen; the ledger can't be read.
pub(crate) fn run_files(
    site: &Site,
    reference: &ReferenceId,
    visible: &Visible,
) -> Result<RunFiles> {
    let ledger = site.ledger_for_reading()?;
    let row = visible.run(&*ledger, reference)?;
    Ok(RunFiles {
        files: files_of(&row),
        next: None,
    })
}

/// The file of a run that is listed under a name.
///
/// # Errors
/// There is no such run, or it may not be seen; it lists no such file; the ledger can't be read.
pub(crate) fn run_file(
    site: &Site,
    reference: &ReferenceId,
    name: &str,
    visible: &Visible,
) -> Result<RunFile> {
    let files = run_files(site, reference, visible)?.files.into_iter();
    let mut named = files.filter(|file| file.name == name);
    named.next().ok_or_else(|| {
        OperationError::usage(format!("run {reference} has no file {}", masked(name)))
    })
}

/// Opens a file of a run. That values can be seen in it is written into the event log, for the site's user. Whether the user has
/// [`RunFile::right`] is for the caller to check.
///
/// # Errors
/// It is gone, lies in no folder that its integration has now, or a link is in its place.
pub(crate) fn open_run_file(
    site: &Site,
    reference: &ReferenceId,
    file: &RunFile,
) -> Result<OpenedFile> {
    let row = site.find_run(reference)?;
    let (folder, relative) = place_of(site, &row, &file.path)?;
    let opened = open_below(&folder, &relative).map_err(|error| match error.kind() {
        ErrorKind::NotFound => OperationError::usage(format!(
            "the file {} is gone: its receiver has taken it, or it was purged",
            file.name
        )),
        _ => RunError::place(&file.path)(error).into(),
    })?;
    if file.right == Right::SeeValues {
        site.ledger()?.record_event(&Event {
            at: site.now(),
            user: site.user().to_owned(),
            action: EventAction::SeenUnmasked,
            subject: reference.to_string(),
            why: Some(format!("fetched {}", file.name)),
        })?;
    }
    let about = opened.metadata().map_err(RunError::place(&file.path))?;
    Ok(OpenedFile {
        name: file.name.clone(),
        size: about.len(),
        file: opened,
    })
}

/// The folder of the integration that a file lies in, and its path there.
fn place_of(site: &Site, row: &RunRow, path: &Path) -> Result<(PathBuf, PathBuf)> {
    let integration = site.integration_of(row)?;
    for folder in Folder::ALL {
        let folder = site.config.folder(integration, folder);
        if let Ok(relative) = path.strip_prefix(&folder) {
            let relative = relative.to_owned();
            return Ok((folder, relative));
        }
    }
    Err(OperationError::usage(format!(
        "{} lies in no folder that {} has now",
        shown(path),
        row.integration
    )))
}

fn files_of(row: &RunRow) -> Vec<RunFile> {
    let published = row.publications.iter();
    let published = published.map(|file| (file.what.as_str(), right_of(file.what), &file.to));
    let source = match &row.disposal {
        Some(Disposal::Archive(place) | Disposal::Held(place)) => Some(place),
        None => None,
    };
    let source = source.map(|place| (SOURCE, Right::SeeValues, place));
    let all = published.chain(source);
    all.map(|(what, right, path)| RunFile {
        name: masked(&path.file_name().unwrap_or_default().to_string_lossy()),
        what,
        size: plain_size(path),
        right,
        path: path.clone(),
    })
    .collect()
}

fn plain_size(path: &Path) -> Option<u64> {
    let about = std::fs::symlink_metadata(path).ok()?;
    about.is_file().then_some(about.len())
}
