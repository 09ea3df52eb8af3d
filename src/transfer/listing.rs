//! Which files of a folder's listing are to be fetched: complete ones under names that the integration accepts.

use super::backoff::after;
use crate::config::Complete;
use crate::domain::CompleteBy;
use crate::domain::file_name::{NameFault, check_name, kept_name};
use crate::site::Result;
use crate::transport::RemoteFile;
use chrono::{DateTime, FixedOffset};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

pub(super) struct FolderListing<'a> {
    pub(super) entries: &'a [RemoteFile],
    /// When it was asked for.
    pub(super) asked: DateTime<FixedOffset>,
    /// When it was there.
    pub(super) answered: DateTime<FixedOffset>,
}

#[derive(Debug, Default)]
pub(super) struct FoundFiles {
    /// Complete files, oldest first, then by name.
    pub(super) complete: Vec<RemoteFile>,
    /// When another listing may show more of them.
    pub(super) again: Option<DateTime<FixedOffset>>,
    /// Files that may still be growing.
    pub(super) arriving: u64,
    /// What is never fetched, in sentences.
    pub(super) refused: Vec<String>,
}

/// What earlier listings of a folder showed of its files.
#[derive(Debug, Default)]
pub(super) struct SeenFiles(HashMap<String, ListedFile>);

#[derive(Clone, Copy, Debug)]
struct ListedFile {
    size: u64,
    modified: i64,
    since: DateTime<FixedOffset>,
}

impl SeenFiles {
    /// Looks through a listing. `accepts`: whether the integration accepts files of this name.
    pub(super) fn look(
        &mut self,
        listing: &FolderListing<'_>,
        complete: &Complete,
        mut accepts: impl FnMut(&str) -> Result<bool>,
    ) -> Result<FoundFiles> {
        let entries = listing.entries;
        let by_name: HashMap<&[u8], &RemoteFile> =
            entries.iter().map(|e| (&e.name[..], e)).collect();
        let mut found = FoundFiles::default();
        let mut before = std::mem::take(&mut self.0);
        for entry in entries {
            let raw = OsStr::from_bytes(&entry.name);
            let name = match check_name(raw) {
                Err(NameFault::StillUploading) => continue,
                Err(fault) => {
                    let sentence = format!("{}: its name {fault}", kept_name(raw));
                    found.refused.push(sentence);
                    continue;
                }
                Ok(name) => name,
            };
            let marker = complete.by == CompleteBy::Marker && name.ends_with(&complete.marker);
            // A server may list a name twice; a folder has one file of a name.
            if marker || self.0.contains_key(name) || !accepts(name)? {
                continue;
            }
            if !entry.plain {
                found.refused.push(format!(
                    "{}: it is a folder, a link or a device, not a plain file; upload the file itself",
                    kept_name(raw)
                ));
                continue;
            }
            let seen = match before.remove(name) {
                Some(seen) if seen.is(entry) && seen.since <= listing.answered => seen,
                _ => ListedFile {
                    size: entry.size,
                    modified: entry.modified,
                    since: listing.answered,
                },
            };
            self.0.insert(name.to_owned(), seen);
            let is_complete = match complete.by {
                CompleteBy::Rename => true,
                CompleteBy::Marker => {
                    let marker = [&entry.name[..], complete.marker.as_bytes()].concat();
                    let marker = by_name.get(&marker[..]).filter(|m| m.plain);
                    // A marker left over from an earlier file of the name is older than this one.
                    marker.is_some_and(|m| m.modified >= entry.modified)
                }
                CompleteBy::Auto | CompleteBy::Quiet => {
                    let due = after(seen.since, complete.settle);
                    if due > listing.asked {
                        found.again = Some(found.again.map_or(due, |again| again.min(due)));
                    }
                    due <= listing.asked && seen.since < listing.asked || complete.settle.is_zero()
                }
            };
            if is_complete {
                found.complete.push(entry.clone());
            } else {
                found.arriving += 1;
            }
        }
        found
            .complete
            .sort_by(|a, b| (a.modified, &a.name).cmp(&(b.modified, &b.name)));
        found.refused.sort();
        Ok(found)
    }

    /// A file changed while it was fetched: it has to be seen unchanged again.
    pub(super) fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }
}

impl ListedFile {
    fn is(&self, entry: &RemoteFile) -> bool {
        (self.size, self.modified) == (entry.size, entry.modified)
    }
}

#[cfg(test)]
mod tests {
    use super::{FolderListing, FoundFiles, SeenFiles};
    use crate::config::Complete;
    use crate::domain::CompleteBy;
    use crate::transport::RemoteFile;
    use chrono::{DateTime, FixedOffset, TimeDelta};
    use std::time::Duration;

    fn at(seconds: i64) -> DateTime<FixedOffset> {
        let start = DateTime::parse_from_rfc3339("2026-11-20T05:30:12-05:00").expect("moment");
        start + TimeDelta::seconds(seconds)
    }

    fn entry(name: &[u8], size: u64, modified: i64) -> RemoteFile {
        RemoteFile {
            name: name.to_vec(),
            size,
            modified,
            plain: true,
        }
    }

    fn look(
        seen: &mut SeenFiles,
        by: CompleteBy,
        entries: &[RemoteFile],
        seconds: i64,
    ) -> FoundFiles {
        let complete = Complete {
            by,
            marker: ".done".into(),
            settle: Duration::from_secs(30),
        };
        let listing = FolderListing {
            entries,
            asked: at(seconds),
            answered: at(seconds),
        };
        let accepts = |name: &str| Ok(name.contains(".csv"));
        seen.look(&listing, &complete, accepts).expect("looked")
    }

    fn names(found: &FoundFiles) -> Vec<&str> {
        let names = found.complete.iter().map(|e| &e.name[..]);
        let names = names.map(std::str::from_utf8);
        names.collect::<Result<_, _>>().expect("checked names")
    }

    #[test]
    fn the_oldest_file_goes_first_and_names_that_deceive_never() {
        let mut folder = entry(b"folder.csv", 0, 1);
        folder.plain = false;
        let entries = [
            entry(b"b.csv", 1, 5),
            entry(b"c.csv", 1, 4),
            entry(b"a.csv", 1, 5),
            entry(b"a.csv.part", 1, 1),
            entry(b".hidden.csv", 1, 1),
            entry(b"..", 1, 1),
            entry(b"../a.csv", 1, 1),
            entry(b"sub/a.csv", 1, 1),
            entry(b"\xff.csv", 1, 1),
            entry(b"other.txt", 1, 1),
            entry(b"b.csv", 2, 6),
            folder,
        ];
        let found = look(&mut SeenFiles::default(), CompleteBy::Rename, &entries, 0);
        assert_eq!(names(&found), ["c.csv", "a.csv", "b.csv"]);
        assert_eq!(found.refused.len(), 3, "{:?}", found.refused);
        assert!(found.refused[2].starts_with("sub/a.csv: its name has a slash"));
    }

    #[test]
    fn a_quiet_file_is_whole_after_two_looks_far_enough_apart() {
        let mut seen = SeenFiles::default();
        let first = look(&mut seen, CompleteBy::Auto, &[entry(b"a.csv", 1, 1)], 0);
        assert_eq!((names(&first).len(), first.again), (0, Some(at(30))));
        let grown = [entry(b"a.csv", 2, 1)];
        let second = look(&mut seen, CompleteBy::Auto, &grown, 29);
        assert_eq!((second.arriving, second.again), (1, Some(at(59))));
        assert!(names(&look(&mut seen, CompleteBy::Auto, &grown, 58)).is_empty());
        let last = look(&mut seen, CompleteBy::Auto, &grown, 59);
        assert_eq!((names(&last), last.again), (vec!["a.csv"], None));
        seen.forget("a.csv");
        assert!(names(&look(&mut seen, CompleteBy::Quiet, &grown, 60)).is_empty());
        // A clock that goes back doesn't make a file whole.
        let earlier = look(&mut seen, CompleteBy::Quiet, &grown, 20);
        assert_eq!(earlier.again, Some(at(50)));
    }

    #[test]
    fn a_marker_counts_for_a_file_that_is_not_younger() {
        let mut seen = SeenFiles::default();
        let mut entries = vec![
            entry(b"a.csv", 1, 5),
            entry(b"b.csv", 1, 5),
            entry(b"b.csv.done", 0, 5),
            entry(b"c.csv", 1, 5),
            entry(b"c.csv.done", 0, 4),
        ];
        let found = look(&mut seen, CompleteBy::Marker, &entries, 0);
        assert_eq!((names(&found), found.arriving), (vec!["b.csv"], 2));
        entries.push(entry(b"a.csv.done", 0, 6));
        let found = look(&mut seen, CompleteBy::Marker, &entries, 1);
        assert_eq!(names(&found), ["a.csv", "b.csv"]);
    }
}
