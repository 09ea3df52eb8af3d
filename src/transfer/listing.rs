//! What of a folder's listing is to be fetched: whole files under names that the integration takes.

use super::backoff::after;
use crate::config::{Complete, CompleteBy};
use crate::domain::file_name::{NameFault, check_name, kept_name};
use crate::run::Result;
use crate::transport::RemoteFile;
use chrono::{DateTime, FixedOffset};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// A whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) modified: i64,
}

/// What a look found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Whole files, oldest first, then by name.
    pub(super) whole: Vec<Listed>,
    /// When another look may find more of them.
    pub(super) again: Option<DateTime<FixedOffset>>,
    /// Files that may still grow.
    pub(super) arriving: u64,
    /// What is never fetched, in sentences.
    pub(super) refused: Vec<String>,
}

/// What is known of a folder's files from look to look.
#[derive(Debug, Default)]
pub(super) struct Seen(HashMap<String, Sight>);

#[derive(Clone, Copy, Debug)]
struct Sight {
    size: u64,
    modified: i64,
    since: DateTime<FixedOffset>,
}

impl Seen {
    /// Looks at a listing that was asked for and answered at these moments. `takes`: whether the integration takes files of
    /// this name.
    ///
    /// # Errors
    /// Those of `takes`.
    pub(super) fn look(
        &mut self,
        entries: &[RemoteFile],
        complete: &Complete,
        mut takes: impl FnMut(&str) -> Result<bool>,
        (now, answered): (DateTime<FixedOffset>, DateTime<FixedOffset>),
    ) -> Result<Found> {
        let by_name: HashMap<&[u8], &RemoteFile> =
            entries.iter().map(|e| (&e.name[..], e)).collect();
        let mut found = Found::default();
        let mut before = std::mem::take(&mut self.0);
        for entry in entries {
            let raw = OsStr::from_bytes(&entry.name);
            let name = match check_name(raw) {
                Err(NameFault::StillUploading) => continue,
                Err(fault) => {
                    found
                        .refused
                        .push(format!("{}: its name {fault}", kept_name(raw)));
                    continue;
                }
                Ok(name) => name,
            };
            let marker = complete.by == CompleteBy::Marker && name.ends_with(&complete.marker);
            // No two files of a folder have one name, whatever a server says.
            if marker || self.0.contains_key(name) || !takes(name)? {
                continue;
            }
            if !entry.plain {
                found.refused.push(format!(
                    "{}: it is a folder, a link or a device, not a plain file; upload the file itself",
                    kept_name(raw)
                ));
                continue;
            }
            let sight = match before.remove(name) {
                Some(sight) if sight.is_of(entry) && sight.since <= answered => sight,
                _ => Sight {
                    size: entry.size,
                    modified: entry.modified,
                    since: answered,
                },
            };
            self.0.insert(name.to_owned(), sight);
            let whole = match complete.by {
                CompleteBy::Rename => true,
                CompleteBy::Marker => {
                    let marker = [&entry.name[..], complete.marker.as_bytes()].concat();
                    let marker = by_name.get(&marker[..]).filter(|m| m.plain);
                    // One left over from an earlier file of the name says nothing of this one.
                    marker.is_some_and(|m| m.modified >= entry.modified)
                }
                CompleteBy::Auto | CompleteBy::Quiet => {
                    let due = after(sight.since, complete.settle);
                    if due > now {
                        found.again = Some(found.again.map_or(due, |again| again.min(due)));
                    }
                    due <= now && sight.since < now || complete.settle.is_zero()
                }
            };
            if whole {
                found.whole.push(Listed {
                    name: name.to_owned(),
                    size: entry.size,
                    modified: entry.modified,
                });
            } else {
                found.arriving += 1;
            }
        }
        found
            .whole
            .sort_by(|a, b| (a.modified, &a.name).cmp(&(b.modified, &b.name)));
        found.refused.sort();
        Ok(found)
    }

    /// A file changed while it was fetched: its looks begin anew.
    pub(super) fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }
}

impl Sight {
    fn is_of(&self, entry: &RemoteFile) -> bool {
        (self.size, self.modified) == (entry.size, entry.modified)
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Seen};
    use crate::config::{Complete, CompleteBy};
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

    fn look(seen: &mut Seen, by: CompleteBy, entries: &[RemoteFile], seconds: i64) -> Found {
        let complete = Complete {
            by,
            marker: ".done".into(),
            settle: Duration::from_secs(30),
        };
        let takes = |name: &str| Ok(name.contains(".csv"));
        seen.look(entries, &complete, takes, (at(seconds), at(seconds)))
            .expect("looked")
    }

    fn names(found: &Found) -> Vec<&str> {
        found.whole.iter().map(|l| l.name.as_str()).collect()
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
        let found = look(&mut Seen::default(), CompleteBy::Rename, &entries, 0);
        assert_eq!(names(&found), ["c.csv", "a.csv", "b.csv"]);
        assert_eq!(found.refused.len(), 3, "{:?}", found.refused);
        assert!(found.refused[2].starts_with("sub/a.csv: its name has a slash"));
    }

    #[test]
    fn a_quiet_file_is_whole_after_two_looks_far_enough_apart() {
        let mut seen = Seen::default();
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
        let mut seen = Seen::default();
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
