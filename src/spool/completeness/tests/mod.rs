//! Real files in a folder of their own, looked at by a given clock.

mod auto;
mod hostile;
#[path = "../../../../tests/support/inbound_clock.rs"]
mod inbound_clock;
mod marker;
mod quiet;

use super::{InboundScan, InboundTracker, NotYet, Sign, Signs};
use crate::domain::CompleteBy;
use crate::spool::OpenWriters;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

const SETTLE: u64 = 10;
/// The file that most scenes are about.
const FILE: &str = "hr.csv";

/// An inbound folder and what looks at it know of it.
struct Scene {
    folder: TempDir,
    intake: InboundTracker,
    steady: u64,
    /// How far the wall clock is ahead of the file system's, in seconds.
    ahead: i64,
}

impl Scene {
    fn new(proof: CompleteBy) -> Scene {
        Scene {
            folder: tempfile::tempdir().expect("folder"),
            intake: InboundTracker::new(proof, Duration::from_secs(SETTLE), ".done"),
            steady: 0,
            ahead: 0,
        }
    }

    /// The same where the system doesn't say who writes.
    fn unknowing(proof: CompleteBy) -> Scene {
        let mut scene = Scene::new(proof);
        scene.intake.writers = |_| OpenWriters::Unknown;
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file written and closed.
    fn drop(&self, name: &str, text: &str) -> &Self {
        fs::write(self.path(name), text).expect("written");
        self
    }

    /// A file being written to.
    fn writer(&self, name: &str) -> File {
        let mut writer = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path(name))
            .expect("opened");
        writer.write_all(b"a piece").expect("written");
        writer
    }

    fn pass(&mut self, seconds: u64) -> &mut Self {
        self.steady += seconds;
        self
    }

    fn all(&mut self, signs: &[(&str, Sign)], asked: bool) -> InboundScan {
        let now = inbound_clock::scan_time(self.steady, self.ahead);
        let signs: Signs = signs.iter().map(|(n, s)| ((*n).into(), *s)).collect();
        self.intake
            .scan(self.folder.path(), now, &signs, asked)
            .expect("listed")
    }

    /// What a look says of the one file, given the last sign of it.
    fn look(&mut self, sign: impl Into<Option<Sign>>) -> Result<(), NotYet> {
        let signs: Vec<_> = sign.into().map(|s| (FILE, s)).into_iter().collect();
        only(self.all(&signs, false))
    }

    fn asked(&mut self) -> Result<(), NotYet> {
        only(self.all(&[], true))
    }

    /// Waits until the file system's clock is past this file's last change.
    fn tick(&self, name: &str) -> &Self {
        inbound_clock::pass_last_change(&self.path(name), &self.path(".probe"));
        self
    }
}

fn only(look: InboundScan) -> Result<(), NotYet> {
    match (&look.complete[..], &look.arriving[..]) {
        ([_], []) => Ok(()),
        ([], [one]) => Err(one.why),
        _ => panic!("not one file: {look:?}"),
    }
}

fn names(look: &InboundScan) -> Vec<&str> {
    look.complete.iter().map(|w| w.name.as_str()).collect()
}

fn set_modified(path: &Path, seconds: u64) {
    OpenOptions::new()
        .write(true)
        .open(path)
        .and_then(|f| f.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)))
        .expect("mtime");
}

#[test]
fn by_rename_every_final_name_is_whole_at_once_and_no_other() {
    let mut scene = Scene::new(CompleteBy::Rename);
    scene.drop("hr.csv.part", "rows").drop(".hr.csv", "rows");
    assert_eq!(names(&scene.all(&[], true)), [""; 0]);
    fs::rename(scene.path("hr.csv.part"), scene.path(FILE)).expect("renamed");
    assert_eq!(scene.look(None), Ok(()));
    let _writer = scene.writer(FILE);
    assert_eq!(scene.look(Sign::Written), Ok(()));
}

#[test]
fn thousands_of_names_are_told_apart() {
    let mut scene = Scene::new(CompleteBy::Auto);
    let all: Vec<String> = (0..3_000).map(|n| format!("{n:04}.csv")).collect();
    for (n, name) in all.iter().enumerate() {
        scene.drop(name, "rows");
        set_modified(&scene.path(name), n as u64);
    }
    let writers: Vec<File> = (0..10).map(|n| scene.writer(&all[n * 300])).collect();
    let closed: Vec<_> = (all.iter().skip(1).step_by(2))
        .map(|n| (n.as_str(), Sign::Closed))
        .collect();
    let look = scene.all(&closed, false);
    assert_eq!(names(&look), Vec::from_iter(closed.iter().map(|c| c.0)));
    assert_eq!(look.arriving.len(), 1_500);
    let look = scene.pass(SETTLE).all(&[], false);
    assert_eq!((look.complete.len(), look.arriving.len()), (2_990, 10));
    let open: Vec<_> = look.arriving.iter().map(|a| a.why).collect();
    assert_eq!(open, [NotYet::OpenForWriting; 10]);
    drop(writers);
    // Those were written to last, so they are the youngest, and they have to settle from this look on.
    let look = scene.pass(SETTLE).all(&[], false);
    assert_eq!((look.complete.len(), look.arriving.len()), (3_000, 0));
    assert_eq!(look.complete[2_990].name, "0000.csv");
}

#[test]
fn what_left_the_folder_is_forgotten() {
    let mut scene = Scene::new(CompleteBy::Quiet);
    scene.drop(FILE, "rows");
    assert_eq!(scene.look(None), Err(NotYet::Settling));
    fs::rename(scene.path(FILE), scene.path(".away")).expect("away");
    assert_eq!(names(&scene.pass(SETTLE).all(&[], false)), [""; 0]);
    fs::rename(scene.path(".away"), scene.path(FILE)).expect("back");
    assert_eq!(scene.look(None), Err(NotYet::Settling));
    assert_eq!(scene.pass(SETTLE).look(None), Ok(()));
}
