//! Whether a file in inbound is whole, or still being uploaded.
//!
//! Events of the folder are signs; what a look finds is the truth. A sign can make a file whole sooner, and losing one
//! only makes it whole later.

use super::lease::{Writers, writers_of};
use super::scan::{Refused, Renaming, ScanError, Waiting, scan};
use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// What proves that a file is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// What the system can prove, else quiet.
    Auto,
    /// Its final name: senders upload under another one and rename.
    Rename,
    /// A marker file beside it.
    Marker,
    /// No change between two looks.
    Quiet,
}

/// What the folder's events said last of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It was renamed to this name.
    Renamed,
    /// Somebody who wrote to it has closed it.
    Closed,
    /// It was made, and not written to since.
    Made,
    /// It was written to.
    Written,
}

/// Signs by name, since the last look.
pub type Signs = HashMap<OsString, Sign>;

/// The moment of a look, by both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Time since any fixed moment, which nobody sets back: for settling.
    pub steady: Duration,
    /// The time of day, as file systems write it.
    pub wall: SystemTime,
}

impl Moment {
    /// How long ago anything about a file last changed, which its sender can't set; zero if that is still to come.
    pub fn age_of(file: &Waiting, now: SystemTime) -> Duration {
        let (seconds, nanoseconds) = file.changed;
        let changed = u64::try_from(seconds)
            .ok()
            .and_then(|s| Some(Duration::new(s, u32::try_from(nanoseconds).ok()?)));
        changed
            .and_then(|c| now.duration_since(SystemTime::UNIX_EPOCH + c).ok())
            .unwrap_or_default()
    }
}

/// Why a file is not taken yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotYet {
    /// Somebody has it open for writing.
    #[error("its sender has it open for writing; it is taken when it is closed")]
    OpenForWriting,
    /// It may still grow.
    #[error("it may still be written to; it is taken when it has not changed for a while")]
    Settling,
    /// This user may not read it.
    #[error(
        "this user may not read it; have its sender give it a mode that lets this user read it (umask 0027 with a common group)"
    )]
    Unreadable,
    /// There is no marker file for it.
    #[error("its marker file is not there; upload the marker when the file is whole")]
    NoMarker,
    /// The marker is of an earlier file of the name.
    #[error("its marker file is older than the file itself; upload the marker again")]
    OldMarker,
}

/// A file that is still on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arriving {
    /// The file.
    pub file: Waiting,
    /// Why it is not taken yet.
    pub why: NotYet,
    /// When another look may find it whole, after this one; `None`: only an event can tell.
    pub after: Option<Duration>,
}

/// What a look found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Whole files, oldest first, then by name.
    pub whole: Vec<Waiting>,
    /// Files on their way, in the same order.
    pub arriving: Vec<Arriving>,
    /// Entries that are never taken.
    pub refused: Vec<Refused>,
}

/// What is known of the files of one inbound folder from look to look.
#[derive(Debug)]
pub struct Intake {
    proof: Proof,
    settle: Duration,
    marker: String,
    writers: fn(&Path) -> Writers,
    seen: HashMap<OsString, Seen>,
    renaming: HashMap<OsString, Halfway>,
}

/// A file that had two names.
#[derive(Debug)]
struct Halfway {
    inode: u64,
    /// Since when (steady clock).
    since: Duration,
    sign: Option<Sign>,
}

/// A file as the looks saw it.
#[derive(Debug)]
struct Seen {
    file: Waiting,
    /// Since when it has looked like this (steady clock).
    since: Duration,
    sign: Option<Sign>,
    whole: bool,
}

impl Intake {
    /// Nothing seen yet. `marker` is the ending of marker files.
    pub fn new(proof: Proof, settle: Duration, marker: &str) -> Intake {
        Intake {
            proof,
            settle,
            marker: marker.to_owned(),
            writers: writers_of,
            seen: HashMap::new(),
            renaming: HashMap::new(),
        }
    }

    /// Looks into the folder. `asked`: a person says now that what lies there is to be taken, so a closed file needs
    /// no time to settle.
    pub fn look(
        &mut self,
        folder: &Path,
        now: Moment,
        signs: &Signs,
        asked: bool,
    ) -> Result<Look, ScanError> {
        let scan = scan(folder)?;
        let mut look = Look {
            refused: scan.refused,
            ..Look::default()
        };
        let mut before = std::mem::take(&mut self.seen);
        let mut halfway = std::mem::take(&mut self.renaming);
        for file in scan.waiting {
            let name = file.path.file_name().unwrap_or_default().to_owned();
            if self.proof == Proof::Marker && name.as_bytes().ends_with(self.marker.as_bytes()) {
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
                    seen.whole = true;
                    look.whole.push(seen.file.clone());
                }
                Err((why, after)) => look.arriving.push(Arriving {
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
                look.refused.push(refused);
            }
        }
        look.refused.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(look)
    }

    /// Remembers a file with two names until the next look. Says whether it has kept them for longer than any rename.
    fn keeps_both(
        &mut self,
        file: Renaming,
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

    /// Every look asks afresh, also about a file that was whole before: its sender may have opened it again, or have
    /// taken its marker back.
    fn judge(
        &self,
        seen: &Seen,
        now: Moment,
        asked: bool,
    ) -> Result<(), (NotYet, Option<Duration>)> {
        let writers = (self.writers)(&seen.file.path);
        if writers == Writers::Unreadable {
            return Err((NotYet::Unreadable, None));
        }
        match self.proof {
            Proof::Rename => Ok(()),
            Proof::Marker => self.marked(&seen.file),
            Proof::Auto | Proof::Quiet => match writers {
                Writers::Somebody => Err((NotYet::OpenForWriting, None)),
                _ if seen.whole => Ok(()),
                writers if self.proven(seen, writers, now, asked) => Ok(()),
                _ => self.quiet(seen, now, asked),
            },
        }
    }

    /// Whether the system proves that a file which nobody is known to write to is whole.
    fn proven(&self, seen: &Seen, writers: Writers, now: Moment, asked: bool) -> bool {
        self.proof == Proof::Auto
            && match (seen.sign, writers) {
                (Some(Sign::Renamed), _) | (Some(Sign::Closed), Writers::Nobody) => true,
                // It came with its content: a rename by linking.
                (Some(Sign::Made), Writers::Nobody) if seen.file.size > 0 => true,
                (_, writers) => {
                    writers == Writers::Nobody && (asked || self.rested(&seen.file, now))
                }
            }
    }

    /// Unchanged over two looks; for a person who asks, the time since its last change counts as well.
    fn quiet(
        &self,
        seen: &Seen,
        now: Moment,
        asked: bool,
    ) -> Result<(), (NotYet, Option<Duration>)> {
        let quiet = now.steady.saturating_sub(seen.since);
        if quiet >= self.settle || (asked && self.rested(&seen.file, now)) {
            Ok(())
        } else {
            Err((NotYet::Settling, Some(self.settle - quiet)))
        }
    }

    /// Whether nothing about the file has changed for the time it has to settle.
    fn rested(&self, file: &Waiting, now: Moment) -> bool {
        Moment::age_of(file, now.wall) >= self.settle
    }

    /// A marker counts for a file that has not changed since: one left over from an earlier file of the name doesn't.
    fn marked(&self, file: &Waiting) -> Result<(), (NotYet, Option<Duration>)> {
        match std::fs::symlink_metadata(marker(&file.path, &self.marker)) {
            Ok(about) if about.is_file() => {
                if (about.ctime(), about.ctime_nsec()) >= file.changed {
                    Ok(())
                } else {
                    Err((NotYet::OldMarker, None))
                }
            }
            _ => Err((NotYet::NoMarker, None)),
        }
    }
}

/// Whether a file of a name that was whole before is a new upload that goes on: somebody writes to it, or it has not
/// got its marker, where `ending` is that of marker files.
pub(crate) fn uploads_again(path: &Path, ending: Option<&str>) -> bool {
    let unmarked = |ending| !marker(path, ending).is_file();
    writers_of(path) == Writers::Somebody || ending.is_some_and(unmarked)
}

/// The marker file of a file.
pub(super) fn marker(path: &Path, ending: &str) -> std::path::PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

/// What is known of a file after a look found it like this and events said that. Signs of what it was before any
/// change, even one of its rights alone, say nothing of it now.
fn see(known: Option<Seen>, file: Waiting, sign: Option<Sign>, now: Duration) -> Seen {
    match known {
        Some(seen) if seen.file == file => Seen {
            sign: sign.or(seen.sign),
            whole: seen.whole && sign.is_none(),
            ..seen
        },
        _ => Seen {
            file,
            since: now,
            sign,
            whole: false,
        },
    }
}

#[cfg(test)]
mod tests;
