//! The files in the folders of integrations, and why those in inbound are not taken.

use super::error::{OperationError, Result};
pub(crate) use crate::config::Folder;
use crate::config::Integration;
use crate::domain::CompleteBy;
use crate::domain::file_name::{NameFault, check_name, kept_name};
use crate::domain::masking::{masked, shown};
use crate::intake::{FileNames, queued};
use crate::ledger::Ledger;
use crate::site::{OrphanedFolder, Site, orphaned_folders};
use crate::spool;
use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use std::cmp::Reverse;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};
use walkdir::{DirEntry, WalkDir};

/// The folders in the order in which they are listed.
pub(crate) const PLACES: [Folder; 6] = [
    Folder::Inbound,
    Folder::Held,
    Folder::Output,
    Folder::Errors,
    Folder::Receipts,
    Folder::Archive,
];
/// How far below a folder files are listed; those in inbound lie in the folder itself.
const DEPTH: usize = 8;
/// An upload that has not changed for this long may have been abandoned.
const ABANDONED_AFTER: Duration = Duration::from_secs(86_400);

/// A file in one of an integration's folders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ListedFile {
    pub(crate) integration: String,
    pub(crate) place: &'static str,
    /// Relative to the folder, masked.
    pub(crate) name: String,
    /// In bytes; none for what is no plain file.
    pub(crate) size: Option<u64>,
    /// In the site's time zone, to the second.
    pub(crate) modified: Option<String>,
    /// Why it is not taken, if it isn't.
    pub(crate) note: Option<String>,
}

/// Lists files by integration and folder, the newest of each folder first; then those in folders of no integration.
///
/// # Errors
/// There is no such integration; a folder, or the ledger for a file of another name, can't be read.
pub(crate) fn files(
    site: &Site,
    integration: Option<&str>,
    folder: Option<Folder>,
) -> Result<Vec<ListedFile>> {
    let mut orphaned = orphaned_folders(&site.config);
    orphaned.retain(|found| integration.is_none_or(|name| name == found.integration));
    let integrations: Vec<&Integration> = match integration {
        Some(_) if !orphaned.is_empty() => Vec::new(),
        Some(name) => vec![site.integration(name)?],
        None => site.config.integrations.iter().collect(),
    };
    let ledger = site.ledger_for_reading()?;
    let mut files = Vec::new();
    for one in integrations {
        if folder.is_none() {
            files.extend(queue(site, one)?);
        }
        for place in PLACES {
            if folder.is_none_or(|folder| folder == place) {
                files.extend(list(site, &*ledger, one, place)?);
            }
        }
    }
    for found in orphaned {
        let asked = |folder: Folder| match found.place {
            "outbound" => [Folder::Output, Folder::Errors, Folder::Receipts].contains(&folder),
            place => folder.as_str() == place,
        };
        if folder.is_none_or(asked) {
            files.extend(list_orphaned(site, &found)?);
        }
    }
    Ok(files)
}

/// The files of an integration that wait in the queue, in the order of their arrival.
pub(super) fn queue(site: &Site, integration: &Integration) -> Result<Vec<ListedFile>> {
    let zone = site.config.site.timezone;
    let files = queued(site, integration)?.into_iter();
    let listed = files.map(|file| ListedFile {
        integration: integration.name.clone(),
        place: "queue",
        name: match &file.arrival {
            Some(arrival) => format!("{arrival}/{}", masked(&file.name)),
            None => masked(&file.name),
        },
        size: Some(file.size),
        modified: Some(moment(file.modified, zone)),
        note: None,
    });
    Ok(listed.collect())
}

/// The files of a folder of no integration, newest first.
fn list_orphaned(site: &Site, folder: &OrphanedFolder) -> Result<Vec<ListedFile>> {
    let one = FolderListing {
        integration: &folder.integration,
        place: folder.place,
        path: &folder.path,
        zone: site.config.site.timezone,
    };
    one.files(DEPTH, |entry, _| {
        if entry.file_type().is_dir() {
            return Ok(None);
        }
        let note = "its integration is not in the configuration".to_owned();
        Ok(Some((one.below(entry), Some(note))))
    })
}

/// The files of one folder, newest first.
pub(super) fn list(
    site: &Site,
    ledger: &dyn Ledger,
    integration: &Integration,
    place: Folder,
) -> Result<Vec<ListedFile>> {
    let folder = site.config.folder(integration, place);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let zone = site.config.site.timezone;
    let one = FolderListing {
        integration: &integration.name,
        place: place.as_str(),
        path: &folder,
        zone,
    };
    if place != Folder::Inbound {
        return one.files(DEPTH, |entry, _| {
            let folder = entry.file_type().is_dir();
            Ok((!folder).then(|| (one.below(entry), None)))
        });
    }
    let inbound = InboundNotes {
        integration,
        ledger,
        names: FileNames::of(integration),
        refused: spool::scan(&folder)?.refused,
        zone,
    };
    // What a configuration with mistakes would take is unknown.
    let certain = site.config.mistakes.is_empty();
    one.files(1, |entry, about| {
        let name = kept_name(entry.file_name());
        let note = match certain {
            true => inbound.note(entry, &name, about)?,
            false => None,
        };
        Ok(Some((name, note)))
    })
}

/// A folder whose files are listed.
struct FolderListing<'a> {
    integration: &'a str,
    place: &'static str,
    path: &'a Path,
    zone: Tz,
}

impl FolderListing<'_> {
    /// Its files, newest first. `describe` gives the name and the note of an entry, or `None` for one that is not listed.
    fn files(
        &self,
        depth: usize,
        describe: impl Fn(&DirEntry, Option<&Metadata>) -> Result<Option<(String, Option<String>)>>,
    ) -> Result<Vec<ListedFile>> {
        let mut found = Vec::new();
        for entry in WalkDir::new(self.path).min_depth(1).max_depth(depth) {
            let entry = match entry {
                Ok(entry) => entry,
                // Taken by its receiver, or archived, since the folder was read.
                Err(e) if e.io_error().is_some_and(is_gone) => continue,
                Err(e) => return Err(OperationError::failed(e)),
            };
            let about = entry.metadata().ok();
            let Some((name, note)) = describe(&entry, about.as_ref())? else {
                continue;
            };
            let modified = about.as_ref().and_then(|about| about.modified().ok());
            let listed = ListedFile {
                integration: self.integration.to_owned(),
                place: self.place,
                name,
                size: about.filter(Metadata::is_file).map(|about| about.len()),
                modified: modified.map(|modified| moment(modified, self.zone)),
                note,
            };
            found.push((Reverse(modified), listed));
        }
        found.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.name.cmp(&y.name)));
        Ok(found.into_iter().map(|(_, listed)| listed).collect())
    }

    /// The path of an entry below the folder, masked.
    fn below(&self, entry: &DirEntry) -> String {
        shown(entry.path().strip_prefix(self.path).unwrap_or(entry.path()))
    }
}

fn is_gone(e: &io::Error) -> bool {
    e.kind() == io::ErrorKind::NotFound
}

/// What there is to say of the entries of an inbound folder.
struct InboundNotes<'a> {
    integration: &'a Integration,
    ledger: &'a dyn Ledger,
    names: FileNames<'a>,
    refused: Vec<spool::Refused>,
    zone: Tz,
}

impl InboundNotes<'_> {
    fn note(
        &self,
        entry: &DirEntry,
        name: &str,
        about: Option<&Metadata>,
    ) -> Result<Option<String>> {
        if let Some(refused) = self.refused.iter().find(|refused| refused.name == name) {
            return Ok(Some(format!("not taken: {}", refused.why)));
        }
        let known = self
            .marker_of(entry.path())
            .or_else(|| self.upload(entry, about));
        match known {
            Some(note) => Ok(Some(note)),
            None => self.not_taken(entry, name),
        }
    }

    /// What a file with the ending of marker files marks, where the integration has them.
    fn marker_of(&self, path: &Path) -> Option<String> {
        let complete = &self.integration.complete;
        let name = path.file_name()?.to_str()?;
        let marked = name.strip_suffix(complete.marker.as_str())?;
        if complete.by != CompleteBy::Marker || marked.is_empty() {
            return None;
        }
        let shown = masked(marked);
        Some(match path.with_file_name(marked).exists() {
            true => format!("marker of {shown}"),
            false => {
                format!("marker of {shown}, which is not there; upload the file, or remove it")
            }
        })
    }

    /// Of a file under the name of an upload in progress: since when it has not changed.
    fn upload(&self, entry: &DirEntry, about: Option<&Metadata>) -> Option<String> {
        if check_name(entry.file_name()) != Err(NameFault::StillUploading) {
            return None;
        }
        // Unlike the time of its last modification, its sender can't set this one.
        let changed = about.and_then(|about| u64::try_from(about.ctime()).ok());
        let Some(changed) = changed else {
            return Some("still being uploaded".to_owned());
        };
        let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(changed);
        let since = moment(changed, self.zone);
        let since = since.get(..16).unwrap_or(&since).replace('T', " ");
        let age = changed.elapsed();
        let more = match age.is_ok_and(|age| age >= ABANDONED_AFTER) {
            true => "; perhaps abandoned",
            false => "",
        };
        Some(format!(
            "still being uploaded; unchanged since {since}{more}"
        ))
    }

    /// Why a plain file is not taken, or will fail.
    fn not_taken(&self, entry: &DirEntry, name: &str) -> Result<Option<String>> {
        if !self.names.take(self.ledger, name)? {
            let note = "not taken: its name matches none of `files`";
            return Ok(Some(note.to_owned()));
        }
        let fault = check_name(entry.file_name()).err();
        Ok(fault.map(|fault| format!("its run will end Failed: its name {fault}")))
    }
}

pub(super) fn moment(time: SystemTime, zone: Tz) -> String {
    DateTime::<Utc>::from(time)
        .with_timezone(&zone)
        .to_rfc3339_opts(SecondsFormat::Secs, false)
}

#[cfg(test)]
mod tests {
    use super::list;
    use crate::config::{Config, Folder, parse, template};
    use crate::site::{OpenLedger, Site};

    use std::fs;
    use std::path::Path;

    fn site(folder: &Path, text: &str) -> (Site, OpenLedger) {
        let config: Config = parse(text, &folder.join("feedgate.toml")).expect("template");
        let site = Site::new(config);
        let ledger = site.ledger_for_reading().expect("an empty ledger");
        (site, ledger)
    }

    #[test]
    fn names_masked_and_reasons_given() {
        let folder = tempfile::tempdir().expect("folder");
        let (site, ledger) = site(folder.path(), template());
        let integration = &site.config.integrations[0];
        let inbound = site.config.folder(integration, Folder::Inbound);
        fs::create_dir_all(inbound.join("sub.csv")).expect("folder");
        for name in [
            "doe 880-12-3456.csv",
            "-x.csv",
            "-x",
            "hr.csv.part",
            "hr.doc",
        ] {
            fs::write(inbound.join(name), "12").expect("file");
        }
        let held = site.config.folder(integration, Folder::Held);
        fs::create_dir_all(held.join("20261120-000001")).expect("folder");
        fs::write(held.join("20261120-000001/hr.csv"), "").expect("file");
        let listed: Vec<String> = [Folder::Inbound, Folder::Held, Folder::Archive]
            .into_iter()
            .flat_map(|place| list(&site, &*ledger, integration, place).expect("listed"))
            .map(|file| format!("{} {}", file.name, file.note.unwrap_or_default()))
            .collect();
        let text = listed.join("\n");
        for words in [
            "doe xxx-xx-3456.csv",
            "still being uploaded; unchanged since 20",
            "will end Failed: its name begins with a dash",
            "matches none of",
            "it is a folder",
            "20261120-000001/hr.csv",
        ] {
            assert!(text.contains(words), "{words}\n{text}");
        }
        assert!(!text.contains("880-12"), "{text}");
    }

    #[test]
    fn markers_are_told_from_files_that_are_not_taken() {
        let folder = tempfile::tempdir().expect("folder");
        let title = "[integration.demographic-export]\n";
        let keys = format!("{title}complete = {{ by = \"marker\", marker = \".ok\" }}\n");
        let (site, ledger) = site(folder.path(), &template().replace(title, &keys));
        let integration = &site.config.integrations[0];
        let inbound = site.config.folder(integration, Folder::Inbound);
        fs::create_dir_all(&inbound).expect("folder");
        for name in ["hr.csv", "hr.csv.ok", "gone.csv.ok", "hr.doc"] {
            fs::write(inbound.join(name), "").expect("file");
        }
        let listed = list(&site, &*ledger, integration, Folder::Inbound).expect("listed");
        let note = |name: &str| listed.iter().find(|l| l.name == name)?.note.as_deref();
        assert_eq!(note("hr.csv"), None);
        assert_eq!(note("hr.csv.ok"), Some("marker of hr.csv"));
        let orphan = note("gone.csv.ok").expect("a note");
        assert!(
            orphan.starts_with("marker of gone.csv, which is not there"),
            "{orphan}"
        );
        assert!(note("hr.doc").is_some_and(|n| n.starts_with("not taken")));
    }
}
