//! Tells complete files in an inbound folder from those still being uploaded.
//!
//! File system events are hints, a scan of the folder is the truth. A hint lets a file count as complete sooner; if one is
//! lost, the file counts as complete later.

use super::entry::{beside, changed};
use super::open_writers::{OpenWriters, writers_of};
use super::scan::{Refused, RenamingFile, ScanError, Waiting, scan};
use crate::domain::{ArrivalId, CompleteBy};
use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// The last event of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Renamed,
    /// A process that wrote to it has closed it.
    Closed,
    /// It was created, and not written to since.
    Made,
    Written,
}

/// Signs by name, since the last scan.
pub type Signs = HashMap<OsString, Sign>;

/// The time of a scan, by both clocks.
#[derive(Clone, Copy, Debug)]
pub struct ScanTime {
    /// Monotonic time, for settling.
    pub steady: Duration,
    /// Wall clock time, as file systems record it.
    pub wall: SystemTime,
}

impl ScanTime {
    /// Time since the inode of a file last changed, which its sender can't set; zero if that is in the future.
    pub fn age_of(file: &Waiting, now: SystemTime) -> Duration {
        let age = || {
            let (seconds, nanoseconds) = (file.changed.0.try_into(), file.changed.1.try_into());
            let changed = Duration::new(seconds.ok()?, nanoseconds.ok()?);
            now.duration_since(SystemTime::UNIX_EPOCH + changed).ok()
        };
        age().unwrap_or_default()
    }
}

/// Why a file is not taken yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotYet {
    #[error("its sender has it open for writing; it is taken when it is closed")]
    OpenForWriting,
    #[error("it may still be written to; it is taken when it has not changed for a while")]
    Settling,
    #[error(
        "this user may not read it; have its sender give it a mode that lets this user read it (umask 0027 with a common group)"
    )]
    Unreadable,
    #[error("its marker file is not there; upload the marker when the file is whole")]
    NoMarker,
    #[error("its marker file is older than the file itself; upload the marker again")]
    OldMarker,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arriving {
    pub file: Waiting,
    pub why: NotYet,
    /// How long after this scan the next one may find it complete; `None`: only an event can tell.
    pub after: Option<Duration>,
}

/// The files of an inbound folder at one scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InboundScan {
    /// Complete files, oldest first, then by name.
    pub complete: Vec<Waiting>,
    /// Files that are not complete, in the same order.
    pub arriving: Vec<Arriving>,
    pub refused: Vec<Refused>,
    /// What waits in the queue of the folder, where that was looked at as well.
    pub queued: Queued,
}

/// What waits in a queue: enough to see whether something has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queued {
    pub files: usize,
    pub newest: Option<ArrivalId>,
}

/// What is known of the files of one inbound folder, from scan to scan.
#[derive(Debug)]
pub struct InboundTracker {
    proof: CompleteBy,
    settle: Duration,
    marker: String,
    writers: fn(&Path) -> OpenWriters,
    seen: HashMap<OsString, SeenFile>,
    renaming: HashMap<OsString, Halfway>,
}

/// A file that had two names at the last scan.
#[derive(Debug)]
struct Halfway {
    inode: u64,
    since: Duration,
    sign: Option<Sign>,
}

#[derive(Debug)]
struct SeenFile {
    file: Waiting,
    /// Since when it is unchanged (monotonic).
    since: Duration,
    sign: Option<Sign>,
    complete: bool,
}

impl InboundTracker {
    /// `marker` is the ending of marker files.
    pub fn new(proof: CompleteBy, settle: Duration, marker: &str) -> InboundTracker {
        InboundTracker {
            proof,
            settle,
            marker: marker.to_owned(),
            writers: writers_of,
            seen: HashMap::new(),
            renaming: HashMap::new(),
        }
    }

    /// Scans the folder. `asked`: a person has just asked to take what is in it, so a closed file needs no time to settle.
    pub fn scan(
        &mut self,
        folder: &Path,
        now: ScanTime,
        signs: &Signs,
        asked: bool,
    ) -> Result<InboundScan, ScanError> {
        let scan = scan(folder)?;
        let mut found = InboundScan {
            refused: scan.refused,
            ..InboundScan::default()
        };
        let mut before = std::mem::take(&mut self.seen);
        let mut halfway = std::mem::take(&mut self.renaming);
        for file in scan.waiting {
            let name = file.path.file_name().unwrap_or_default().to_owned();
            if self.proof == CompleteBy::Marker && name.as_bytes().ends_with(self.marker.as_bytes())
            {
                continue;
            }
            let known = before.remove(&name);
            let sign = signs.get(&name).copied().or_else(|| {
                let halfway = halfway.get(&name).filter(|h| h.inode == file.inode);
                halfway.and_then(|h| h.sign)
            });
            let mut seen = see(known, file, sign, now.steady);
            match self.judge(&seen, now, asked) {
                Ok(()) => {
                    seen.complete = true;
                    found.complete.push(seen.file.clone());
                }
                Err((why, after)) => found.arriving.push(Arriving {
                    file: seen.file.clone(),
                    why,
                    after,
                }),
            }
            self.seen.insert(name, seen);
        }
        for file in scan.renaming {
            let known = halfway.remove(&file.file_name);
            let refused = Refused::linked(&file.file_name);
            if self.keeps_both(file, known, signs, now.steady) || asked {
                found.refused.push(refused);
            }
        }
        found.refused.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// Remembers a file with two names until the next scan. Returns whether it has had them for longer than any rename
    /// takes.
    fn keeps_both(
        &mut self,
        file: RenamingFile,
        known: Option<Halfway>,
        signs: &Signs,
        now: Duration,
    ) -> bool {
        let known = known.filter(|k| k.inode == file.inode);
        let since = known.as_ref().map_or(now, |k| k.since);
        let sign = signs.get(&file.file_name).copied();
        let sign = sign.or(known.and_then(|k| k.sign));
        let inode = file.inode;
        self.renaming
            .insert(file.file_name, Halfway { inode, since, sign });
        now.saturating_sub(since) >= self.settle
    }

    /// Also asks again about a file that was complete before: its sender may have reopened it or removed its marker.
    fn judge(
        &self,
        seen: &SeenFile,
        now: ScanTime,
        asked: bool,
    ) -> Result<(), (NotYet, Option<Duration>)> {
        let writers = (self.writers)(&seen.file.path);
        if writers == OpenWriters::Unreadable {
            return Err((NotYet::Unreadable, None));
        }
        match self.proof {
            CompleteBy::Rename => Ok(()),
            CompleteBy::Marker => self.marked(&seen.file),
            CompleteBy::Auto | CompleteBy::Quiet => match writers {
                OpenWriters::Present => Err((NotYet::OpenForWriting, None)),
                _ if seen.complete => Ok(()),
                writers if self.proven(seen, writers, now, asked) => Ok(()),
                _ => self.quiet(seen, now, asked),
            },
        }
    }

    /// Whether the system proves that a file without a known writer is complete.
    fn proven(&self, seen: &SeenFile, writers: OpenWriters, now: ScanTime, asked: bool) -> bool {
        self.proof == CompleteBy::Auto
            && match (seen.sign, writers) {
                (Some(Sign::Renamed), _) | (Some(Sign::Closed), OpenWriters::Absent) => true,
                // Created with its content: a rename that was done by linking.
                (Some(Sign::Made), OpenWriters::Absent) if seen.file.size > 0 => true,
                (_, writers) => {
                    writers == OpenWriters::Absent && (asked || self.rested(&seen.file, now))
                }
            }
    }

    /// Unchanged over two scans; where a person asks, the time since its last change counts as well.
    fn quiet(
        &self,
        seen: &SeenFile,
        now: ScanTime,
        asked: bool,
    ) -> Result<(), (NotYet, Option<Duration>)> {
        let quiet = now.steady.saturating_sub(seen.since);
        if quiet >= self.settle || (asked && self.rested(&seen.file, now)) {
            Ok(())
        } else {
            Err((NotYet::Settling, Some(self.settle.saturating_sub(quiet))))
        }
    }

    /// Whether the file is unchanged for the settling time.
    fn rested(&self, file: &Waiting, now: ScanTime) -> bool {
        ScanTime::age_of(file, now.wall) >= self.settle
    }

    /// A marker counts if the file has not changed since: one left over from an earlier file of the name does not count.
    fn marked(&self, file: &Waiting) -> Result<(), (NotYet, Option<Duration>)> {
        match std::fs::symlink_metadata(beside(&file.path, "", &self.marker)) {
            Ok(about) if about.is_file() => {
                if changed(&about) >= file.changed {
                    Ok(())
                } else {
                    Err((NotYet::OldMarker, None))
                }
            }
            _ => Err((NotYet::NoMarker, None)),
        }
    }
}

/// What is known of a file after a scan and the events before it. Signs from before a change of any kind, even of its
/// permissions alone, no longer count.
fn see(known: Option<SeenFile>, file: Waiting, sign: Option<Sign>, now: Duration) -> SeenFile {
    match known {
        Some(seen) if seen.file == file => SeenFile {
            sign: sign.or(seen.sign),
            complete: seen.complete && sign.is_none(),
            ..seen
        },
        _ => SeenFile {
            file,
            since: now,
            sign,
            complete: false,
        },
    }
}

#[cfg(test)]
mod tests;
