//! Actions of senders, performed on disk and in the model.

use super::{Action, BEGUN, FINAL, SETTLE, inbound_clock};
use feedgate::internal::domain::CompleteBy;
use feedgate::internal::spool::{Claimed, Disk, InboundTracker, OpenWriters, Sign, Waiting};
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

/// A file that some sender made, wherever it lies now.
pub(super) struct Upload {
    pub(super) text: Vec<u8>,
    pub(super) writers: Vec<File>,
    /// The count of changes when it last changed.
    pub(super) changed: u64,
}

/// What looks have learnt of a file since it last changed.
pub(super) struct Known {
    pub(super) upload: usize,
    pub(super) changed: u64,
    pub(super) since: u64,
    /// A sign said that it is whole.
    pub(super) signed: bool,
    pub(super) asked: bool,
    /// By the wall clock it was long settled.
    pub(super) old: bool,
}

pub(super) struct Stage {
    pub(super) folder: TempDir,
    pub(super) proof: CompleteBy,
    pub(super) intake: InboundTracker,
    pub(super) disk: Disk,
    pub(super) steady: u64,
    pub(super) ahead: i64,
    /// Changes so far. Every write makes its file 16 times as long as that, so no two versions look alike.
    pub(super) changes: u64,
    pub(super) uploads: Vec<Upload>,
    pub(super) lying: BTreeMap<&'static str, usize>,
    /// Markers, by the count of changes when they came.
    pub(super) marks: BTreeMap<&'static str, u64>,
    pub(super) known: BTreeMap<&'static str, Known>,
    pub(super) events: Vec<(&'static str, Sign)>,
    pub(super) told: Vec<(Waiting, usize, u64)>,
    pub(super) claimed: Vec<(usize, Claimed)>,
}

fn name(n: usize) -> &'static str {
    FINAL.iter().chain(&BEGUN).nth(n).expect("a name")
}

impl Stage {
    pub(super) fn new(proof: CompleteBy) -> Stage {
        let folder = tempfile::tempdir().expect("folder");
        for inside in ["in", "work"] {
            fs::create_dir(folder.path().join(inside)).expect(inside);
        }
        Stage {
            folder,
            proof,
            intake: InboundTracker::new(proof, Duration::from_secs(SETTLE), ".done"),
            disk: Disk::new(),
            steady: 0,
            ahead: 0,
            changes: 0,
            uploads: Vec::new(),
            lying: BTreeMap::new(),
            marks: BTreeMap::new(),
            known: BTreeMap::new(),
            events: Vec::new(),
            told: Vec::new(),
            claimed: Vec::new(),
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("in").join(name)
    }

    /// Opens what lies under a name, or a new file, and rings.
    fn open(&mut self, name: &'static str) -> (usize, File) {
        let mut how = OpenOptions::new();
        let file = how.create(true).append(true).open(self.path(name));
        let upload = *self.lying.entry(name).or_insert_with(|| {
            self.events.push((name, Sign::Written));
            self.changes += 1;
            self.uploads.push(Upload {
                text: Vec::new(),
                writers: Vec::new(),
                changed: self.changes,
            });
            self.uploads.len() - 1
        });
        (upload, file.expect("opened"))
    }

    fn write(&mut self, upload: usize, writer: &mut File) {
        self.changes += 1;
        let upload = &mut self.uploads[upload];
        let word = format!("{:015}\n", self.changes);
        let words = self.changes as usize - upload.text.len() / word.len();
        let piece = word.repeat(words);
        writer.write_all(piece.as_bytes()).expect("written");
        upload.text.extend_from_slice(piece.as_bytes());
        upload.changed = self.changes;
    }

    pub(super) fn act(&mut self, action: Action) {
        match action {
            Action::Drop(n) => {
                let (upload, mut writer) = self.open(name(n));
                writer.set_len(0).expect("truncated");
                self.uploads[upload].text.clear();
                self.write(upload, &mut writer);
                self.events
                    .extend([(name(n), Sign::Written), (name(n), Sign::Closed)]);
            }
            Action::Open(n) => {
                let (upload, writer) = self.open(name(n));
                self.uploads[upload].writers.push(writer);
            }
            Action::Append(n) => {
                if let Some(&upload) = self.lying.get(name(n))
                    && let Some(mut writer) = self.uploads[upload].writers.pop()
                {
                    self.write(upload, &mut writer);
                    self.uploads[upload].writers.push(writer);
                    self.events.push((name(n), Sign::Written));
                }
            }
            Action::Close(n) => {
                if let Some(upload) = self.lying.get(name(n))
                    && self.uploads[*upload].writers.pop().is_some()
                {
                    self.events.push((name(n), Sign::Closed));
                }
            }
            Action::Rename(n) => {
                if let Some(upload) = self.lying.remove(BEGUN[n]) {
                    fs::rename(self.path(BEGUN[n]), self.path(FINAL[n])).expect("renamed");
                    self.changes += 1;
                    self.uploads[upload].changed = self.changes;
                    self.lying.insert(FINAL[n], upload);
                    self.events.push((FINAL[n], Sign::Renamed));
                }
            }
            Action::Delete(n) => {
                if self.lying.remove(name(n)).is_some() {
                    fs::remove_file(self.path(name(n))).expect("deleted");
                }
            }
            Action::Age(n) => {
                if let Some(&upload) = self.lying.get(name(n)) {
                    self.changes += 1;
                    let then = Timespec {
                        tv_sec: self.changes.cast_signed(),
                        tv_nsec: 0,
                    };
                    let times = Timestamps {
                        last_access: then,
                        last_modification: then,
                    };
                    utimensat(CWD, self.path(name(n)), &times, AtFlags::empty()).expect("aged");
                    self.uploads[upload].changed = self.changes;
                }
            }
            Action::Mark(n) if self.proof == CompleteBy::Marker => self.mark(FINAL[n]),
            Action::Unmark(n) if self.marks.remove(FINAL[n]).is_some() => {
                fs::remove_file(self.marker(FINAL[n])).expect("unmarked");
            }
            Action::Mark(_) | Action::Unmark(_) => {}
            Action::Straggle => self.straggle(),
            Action::Pass(seconds) => self.steady += seconds,
            Action::Clock(ahead) => self.ahead = ahead,
            Action::Look { post, asked, take } => {
                self.look(post, asked);
                if take {
                    self.take(true);
                }
            }
            Action::TakeLate => self.take(false),
        }
    }

    fn marker(&self, name: &str) -> PathBuf {
        self.path(&format!("{name}.done"))
    }

    /// Puts a marker, and waits until the file system's clock has moved on: what changes from now on is younger.
    pub(super) fn mark(&mut self, name: &'static str) {
        fs::write(self.marker(name), "").expect("marked");
        self.changes += 1;
        self.marks.insert(name, self.changes);
        let probe = self.folder.path().join("probe");
        inbound_clock::pass_last_change(&self.marker(name), &probe);
    }

    fn straggle(&mut self) {
        let open = |(u, _): &&(usize, Claimed)| !self.uploads[*u].writers.is_empty();
        let Some((upload, claimed)) = self.claimed.iter().find(open).cloned() else {
            return;
        };
        assert_eq!(claimed.writers(), OpenWriters::Present);
        let mut writer = self.uploads[upload].writers.pop().expect("a writer");
        self.write(upload, &mut writer);
        assert!(!claimed.still_same().expect("looked at"));
    }
}
