//! Pages of the files in the folders of integrations, each with its way in words and the right that fetching it needs.
//!
//! Of a folder with very many files only the names are read, and what is on the page is looked at.

use super::error::{OperationError, Result};
use super::files::{Folder, ListedFile, PLACES, list, moment, queue};
use super::run_list::PAGE;
use super::status::status;
use super::visible::Visible;
use crate::config::Integration;
use crate::domain::masking::masked;
use crate::domain::{ReferenceId, Right};
use crate::ledger::Ledger;
use crate::site::{RunError, Site};
use crate::status::WaitingFile;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::ErrorKind;
use std::os::unix::fs::DirEntryExt;
use std::path::Path;
use std::str::FromStr;

/// How far below a folder files are listed.
const DEPTH: usize = 8;
/// The place of files that were taken from inbound.
pub(crate) const QUEUE: &str = "queue";

/// Which files are wanted; without anything, all that may be seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileQuery {
    pub(crate) integration: Option<String>,
    /// `queue` or a folder: `inbound`, `held`, `output`, `errors`, `receipts`, `archive`.
    pub(crate) place: Option<String>,
    /// `next` of the page before.
    pub(crate) cursor: Option<FileCursor>,
}

/// A page of files.
#[derive(Debug, Serialize)]
pub(crate) struct FilePage {
    pub(crate) files: Vec<FileEntry>,
    /// Where the next page begins.
    pub(crate) next: Option<FileCursor>,
}

/// A file in a list.
#[derive(Debug, Serialize)]
pub(crate) struct FileEntry {
    #[serde(flatten)]
    pub(crate) file: ListedFile,
    /// What it waits for, in a word and in a sentence, if it waits.
    pub(crate) waits_for: Option<&'static str>,
    pub(crate) way: Option<String>,
    /// The right that fetching a file of this place needs.
    #[serde(skip)]
    pub(crate) right: Right,
}

/// A place in the list. No name of a file can be read in it but masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct FileCursor {
    integration: String,
    place: String,
    /// Of each folder on the way, and of the file.
    keys: Vec<Key>,
}

/// The order of entries of a folder: by the reference ID in a name, then by the masked name, then by inode.
type Key = (String, u64);

impl fmt::Display for FileCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = (&self.integration, &self.place, &self.keys);
        let text = serde_json::to_string(&parts).map_err(|_| fmt::Error)?;
        text.bytes().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for FileCursor {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<FileCursor, &'static str> {
        const ADVICE: &str = "take it from `next` of the page before";
        let digits = text.as_bytes().chunks(2);
        let byte = |pair: &[u8]| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok()
        };
        let bytes: Option<Vec<u8>> = digits.map(byte).collect();
        let parts = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let (integration, place, keys) = parts.ok_or(ADVICE)?;
        Ok(FileCursor {
            integration,
            place,
            keys,
        })
    }
}

impl From<FileCursor> for String {
    fn from(cursor: FileCursor) -> String {
        cursor.to_string()
    }
}

impl TryFrom<String> for FileCursor {
    type Error = &'static str;

    fn try_from(text: String) -> std::result::Result<FileCursor, &'static str> {
        text.parse()
    }
}

/// A page of the files that are wanted: by integration, then by place; in the queue in the order of their arrival, in inbound
/// the newest first, elsewhere by reference ID, the last first.
///
/// # Errors
/// There is no such integration or place, or it may not be seen; a folder or the ledger can't be read.
pub(crate) fn file_page(site: &Site, query: &FileQuery, visible: &Visible) -> Result<FilePage> {
    let places: Vec<&str> = [QUEUE]
        .into_iter()
        .chain(PLACES.map(Folder::as_str))
        .collect();
    if let Some(place) = &query.place
        && !places.contains(&place.as_str())
    {
        return Err(OperationError::usage(format!(
            "there is no place of this name; there are {}",
            places.join(", ")
        )));
    }
    let integrations: Vec<&Integration> = match &query.integration {
        Some(name) => vec![visible.integration(site, name)?],
        None => visible.integrations(site).collect(),
    };
    let ledger = site.ledger_for_reading()?;
    let mut cursor = query.cursor.as_ref();
    let mut found: Vec<(FileCursor, FileEntry)> = Vec::new();
    for integration in integrations {
        let wanted = |place: &&&str| query.place.as_ref().is_none_or(|wanted| wanted == **place);
        for place in places.iter().filter(wanted) {
            let here = |c: &&FileCursor| c.integration == integration.name && c.place == **place;
            let after = match cursor {
                None => None,
                Some(at) if here(&at) => cursor.take(),
                Some(_) => continue,
            };
            let most = PAGE + 1 - found.len();
            let keys = after.map_or(&[][..], |after| &after.keys);
            let some = of_place(site, &*ledger, integration, place, keys, most)?;
            found.extend(some.into_iter().map(|(keys, entry)| {
                let cursor = FileCursor {
                    integration: integration.name.clone(),
                    place: (*place).to_owned(),
                    keys,
                };
                (cursor, entry)
            }));
        }
    }
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found
        .last()
        .filter(|_| more)
        .map(|(cursor, _)| cursor.clone());
    Ok(FilePage {
        files: found.into_iter().map(|(_, entry)| entry).collect(),
        next,
    })
}

/// At most `most` files of a place that come after one.
fn of_place(
    site: &Site,
    ledger: &dyn Ledger,
    integration: &Integration,
    place: &str,
    after: &[Key],
    most: usize,
) -> Result<Vec<(Vec<Key>, FileEntry)>> {
    if most == 0 {
        return Ok(Vec::new());
    }
    let folder = PLACES.into_iter().find(|folder| folder.as_str() == place);
    let right = match folder {
        Some(Folder::Errors) => Right::Correct,
        Some(Folder::Receipts) => Right::See,
        _ => Right::SeeValues,
    };
    let entry = |file| FileEntry {
        file,
        waits_for: None,
        way: None,
        right,
    };
    let Some(folder) = folder.filter(|folder| *folder != Folder::Inbound) else {
        // They are looked at anyway, because each is told why it waits.
        let all = match folder {
            Some(inbound) => list(site, ledger, integration, inbound)?,
            None => queue(site, integration)?,
        };
        let skipped = after.first().map_or(0, |(_, count)| *count);
        let numbered = (1..)
            .zip(all)
            .skip(usize::try_from(skipped).unwrap_or(usize::MAX));
        let some = numbered.take(most);
        let mut some: Vec<(Vec<Key>, FileEntry)> = some
            .map(|(number, file)| (vec![(String::new(), number)], entry(file)))
            .collect();
        add_ways(site, integration, &mut some)?;
        return Ok(some);
    };
    let root = site.config.folder(integration, folder);
    let mut walk = FolderWalk {
        site,
        integration: &integration.name,
        place: folder.as_str(),
        most,
        found: Vec::new(),
    };
    walk.walk(
        &root,
        &mut Vec::new(),
        "",
        Some(after).filter(|after| !after.is_empty()),
    )?;
    let found = walk.found.into_iter();
    Ok(found.map(|(keys, file)| (keys, entry(file))).collect())
}

/// Tells of each file in inbound or the queue why it waits.
fn add_ways(
    site: &Site,
    integration: &Integration,
    files: &mut [(Vec<Key>, FileEntry)],
) -> Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let mut overview = status(site, Some(&integration.name), usize::MAX)?;
    let now = overview.integrations.swap_remove(0);
    let is = |entry: &FileEntry, waiting: &WaitingFile| match &waiting.arrival {
        Some(arrival) => {
            let name = format!("{arrival}/{}", waiting.name);
            entry.file.place == QUEUE && entry.file.name == name
        }
        None => entry.file.place != QUEUE && entry.file.name == waiting.name,
    };
    for (_, entry) in files {
        let mut waiting = now.inbox.files.iter();
        if let Some(waiting) = waiting.find(|waiting| is(entry, waiting)) {
            entry.waits_for = Some(waiting.waits_for);
            entry.way = Some(waiting.why.clone());
        }
    }
    Ok(())
}

/// A walk through a folder, the last in order first.
struct FolderWalk<'a> {
    site: &'a Site,
    integration: &'a str,
    place: &'static str,
    most: usize,
    found: Vec<(Vec<Key>, ListedFile)>,
}

impl FolderWalk<'_> {
    /// Adds the files below a folder that come after a place; `above` is its path, masked.
    fn walk(
        &mut self,
        folder: &Path,
        keys: &mut Vec<Key>,
        above: &str,
        after: Option<&[Key]>,
    ) -> Result<()> {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            // It was never made, or was purged meanwhile.
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(RunError::place(folder)(e).into()),
        };
        let first = after.and_then(|after| after.first());
        let mut here = Vec::new();
        for entry in entries {
            let entry = entry.map_err(RunError::place(folder))?;
            let name = masked(&entry.file_name().to_string_lossy());
            let key = (order_of(&name), entry.ino());
            if first.is_none_or(|first| key <= *first) {
                here.push((key, name, entry));
            }
        }
        here.sort_unstable_by(|(a, ..), (b, ..)| b.cmp(a));
        for (key, name, entry) in here {
            if self.found.len() >= self.most {
                break;
            }
            let kind = entry.file_type().map_err(RunError::place(folder))?;
            let path = format!("{above}{name}");
            let rest = first
                .filter(|first| **first == key)
                .and(after)
                .map(|after| &after[1..]);
            keys.push(key);
            match (kind.is_dir(), rest) {
                (true, rest) if keys.len() <= DEPTH => {
                    let below = format!("{path}/");
                    self.walk(
                        &entry.path(),
                        keys,
                        &below,
                        rest.filter(|rest| !rest.is_empty()),
                    )?;
                }
                // It was on the page before.
                (false, Some(_)) | (true, _) => {}
                (false, None) => self.add(&entry.path(), path, keys),
            }
            keys.pop();
        }
        Ok(())
    }

    fn add(&mut self, path: &Path, name: String, keys: &[Key]) {
        // Gone since the folder was read.
        let Ok(about) = std::fs::symlink_metadata(path) else {
            return;
        };
        let modified = about.modified().ok();
        let file = ListedFile {
            integration: self.integration.to_owned(),
            place: self.place,
            name,
            size: about.is_file().then_some(about.len()),
            modified: modified.map(|at| moment(at, self.site.config.site.timezone)),
            note: None,
        };
        self.found.push((keys.to_vec(), file));
    }
}

/// A name as it is put in order: with the reference ID in it first.
fn order_of(name: &str) -> String {
    let mut parts = name.rsplit('.');
    match parts.find(|part| ReferenceId::parse(part).is_some()) {
        Some(reference) => format!("{reference} {name}"),
        None => name.to_owned(),
    }
}
