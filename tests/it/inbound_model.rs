//! Senders, looks and claims in any order, on real files by a given clock, held against a simple model of what lies in
//! the folder: nothing is taken too soon, twice or changed, and nothing is left lying.

use feedgate::spool::{
    Claimed, Disk, Intake, Look, Moment, NotYet, Proof, Sign, Signs, Waiting, Writers, claim,
    claim_marker, still_waits, writers_of,
};
use proptest::prelude::*;
use proptest::test_runner::Config;
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

/// Seconds; far more than a test takes, so that only the given clock can pass them.
const SETTLE: u64 = 3_600;
const FINAL: [&str; 3] = ["a.csv", "b.csv", "c.csv"];
/// The names under which senders begin uploads.
const BEGUN: [&str; 3] = ["a.csv.part", "b.csv.part", "c.csv.part"];

#[derive(Clone, Copy, Debug)]
enum Action {
    /// Written from its start and closed, over what lies there.
    Drop(usize),
    Open(usize),
    Append(usize),
    Close(usize),
    /// From its first name to its final one, over what lies there.
    Rename(usize),
    Delete(usize),
    /// Its sender sets an mtime of long ago.
    Age(usize),
    Mark(usize),
    Unmark(usize),
    /// A writer that still has a claimed file open writes to it.
    Straggle,
    Pass(u64),
    /// The wall clock is set so many seconds off.
    Clock(i64),
    Look {
        post: Post,
        asked: bool,
        take: bool,
    },
    /// What the last look told whole is taken now, whatever has happened since.
    TakeLate,
}

/// What becomes of the events since the last look.
#[derive(Clone, Copy, Debug)]
enum Post {
    Arrives,
    IsLost,
    /// The first half now, the rest later.
    IsLate,
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    // Mostly one name, so that much happens to it.
    let any = || prop::sample::select(vec![0, 0, 0, 0, 1, 2, 3, 3, 4]);
    let last = || prop::sample::select(vec![0, 0, 0, 1]);
    let post = prop::sample::select(vec![Post::Arrives, Post::IsLost, Post::IsLate]);
    let look = (post, prop::bool::weighted(0.15), prop::bool::weighted(0.3));
    let one = prop_oneof![
        3 => any().prop_map(Action::Drop),
        4 => any().prop_map(Action::Open),
        3 => any().prop_map(Action::Append),
        4 => any().prop_map(Action::Close),
        3 => last().prop_map(Action::Rename),
        1 => any().prop_map(Action::Delete),
        1 => any().prop_map(Action::Age),
        2 => last().prop_map(Action::Mark),
        1 => last().prop_map(Action::Unmark),
        1 => Just(Action::Straggle),
        3 => prop::sample::select(vec![1, SETTLE - 1, SETTLE]).prop_map(Action::Pass),
        1 => prop::sample::select(vec![-86_400, 0, 2 * SETTLE as i64]).prop_map(Action::Clock),
        8 => look.prop_map(|(post, asked, take)| Action::Look { post, asked, take }),
        1 => Just(Action::TakeLate),
    ];
    prop::collection::vec(one, 1..60)
}

/// A file that some sender made, wherever it lies now.
struct Upload {
    text: Vec<u8>,
    writers: Vec<File>,
    /// The count of changes when it last changed.
    changed: u64,
}

/// What looks have learnt of a file since it last changed.
struct Known {
    upload: usize,
    changed: u64,
    since: u64,
    /// A sign said that it is whole.
    signed: bool,
    asked: bool,
    /// By the wall clock it was long settled.
    old: bool,
}

struct Stage {
    folder: TempDir,
    proof: Proof,
    intake: Intake,
    disk: Disk,
    steady: u64,
    ahead: i64,
    /// Changes so far. Every write makes its file 16 times as long as that, so no two versions look alike.
    changes: u64,
    uploads: Vec<Upload>,
    lying: BTreeMap<&'static str, usize>,
    /// Markers, by the count of changes when they came.
    marks: BTreeMap<&'static str, u64>,
    known: BTreeMap<&'static str, Known>,
    events: Vec<(&'static str, Sign)>,
    told: Vec<(Waiting, usize, u64)>,
    claimed: Vec<(usize, Claimed)>,
}

fn name(n: usize) -> &'static str {
    FINAL.iter().chain(&BEGUN).nth(n).expect("a name")
}

impl Stage {
    fn new(proof: Proof) -> Stage {
        let folder = tempfile::tempdir().expect("folder");
        for inside in ["in", "work"] {
            fs::create_dir(folder.path().join(inside)).expect(inside);
        }
        Stage {
            folder,
            proof,
            intake: Intake::new(proof, Duration::from_secs(SETTLE), ".done"),
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

    fn path(&self, name: &str) -> PathBuf {
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

    fn act(&mut self, action: Action) {
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
            Action::Mark(n) if self.proof == Proof::Marker => self.mark(FINAL[n]),
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
    fn mark(&mut self, name: &'static str) {
        fs::write(self.marker(name), "").expect("marked");
        self.changes += 1;
        self.marks.insert(name, self.changes);
        let changed = |path: PathBuf| fs::metadata(path).map(|m| (m.ctime(), m.ctime_nsec()));
        let before = changed(self.marker(name)).expect("there");
        let probe = self.folder.path().join("probe");
        while {
            fs::write(&probe, "").expect("probe");
            changed(probe.clone()).expect("probe") <= before
        } {
            std::thread::yield_now();
        }
    }

    fn straggle(&mut self) {
        let open = |(u, _): &&(usize, Claimed)| !self.uploads[*u].writers.is_empty();
        let Some((upload, claimed)) = self.claimed.iter().find(open).cloned() else {
            return;
        };
        assert_eq!(claimed.writers(), Writers::Somebody);
        let mut writer = self.uploads[upload].writers.pop().expect("a writer");
        self.write(upload, &mut writer);
        assert!(!claimed.still_same().expect("looked at"));
    }

    fn look(&mut self, post: Post, asked: bool) {
        let late = match post {
            Post::Arrives => Vec::new(),
            Post::IsLost => std::mem::take(&mut self.events),
            Post::IsLate => self.events.split_off(self.events.len() / 2),
        };
        let signs: BTreeMap<_, _> = match post {
            Post::IsLost => BTreeMap::new(),
            _ => self.events.drain(..).collect(),
        };
        if let Post::IsLate = post {
            self.events = late;
        }
        let here = SystemTime::now();
        let off = Duration::from_secs(self.ahead.unsigned_abs());
        let now = Moment {
            steady: Duration::from_secs(self.steady),
            wall: if self.ahead < 0 {
                here - off
            } else {
                here + off
            },
        };
        let given: Signs = signs.iter().map(|(n, s)| ((*n).into(), *s)).collect();
        let look = self
            .intake
            .look(&self.folder.path().join("in"), now, &given, asked)
            .expect("listed");
        self.learn(&signs, asked);
        self.judge(&look, &signs, asked);
        let told = look.whole.into_iter().map(|w| {
            let upload = self.lying[w.name.as_str()];
            (w, upload, self.uploads[upload].changed)
        });
        self.told = told.collect();
    }

    /// What the model learns from a look.
    fn learn(&mut self, signs: &BTreeMap<&str, Sign>, asked: bool) {
        self.known.retain(|name, _| self.lying.contains_key(name));
        for (name, upload) in &self.lying {
            let changed = self.uploads[*upload].changed;
            let fresh = Known {
                upload: *upload,
                changed,
                since: self.steady,
                signed: false,
                asked: false,
                old: false,
            };
            let known = match self.known.remove(name) {
                Some(k) if (k.upload, k.changed) == (*upload, changed) => k,
                _ => fresh,
            };
            let sign = signs.get(name);
            let known = Known {
                signed: known.signed || matches!(sign, Some(Sign::Closed | Sign::Renamed)),
                asked: known.asked || asked,
                old: known.old || self.ahead > 0,
                ..known
            };
            self.known.insert(name, known);
        }
    }

    /// Holds what a look told against what lies there.
    fn judge(&self, look: &Look, signs: &BTreeMap<&str, Sign>, asked: bool) {
        assert!(look.refused.is_empty(), "{look:?}");
        let key = |w: &Waiting| (w.modified, w.name.clone());
        assert!(look.whole.is_sorted_by_key(key), "{look:?}");
        let seen = look.whole.len() + look.arriving.len();
        let lying = FINAL.iter().filter(|n| self.lying.contains_key(*n));
        assert_eq!(seen, lying.clone().count(), "each file once: {look:?}");
        for name in lying {
            let upload = &self.uploads[self.lying[name]];
            let told = look.whole.iter().find(|w| w.name == *name);
            let arriving = look.arriving.iter().find(|a| a.file.name == *name);
            let file = told.or(arriving.map(|a| &a.file)).expect("told of");
            assert_eq!(file.size, upload.text.len() as u64, "{name}");
            let why = arriving.map(|a| a.why);
            let known = &self.known[name];
            let settled = self.steady - known.since >= SETTLE;
            match self.proof {
                Proof::Rename => assert_eq!(why, None, "{name}"),
                Proof::Marker => {
                    let expected = match self.marks.get(name) {
                        None => Some(NotYet::NoMarker),
                        Some(mark) if *mark < upload.changed => Some(NotYet::OldMarker),
                        Some(_) => None,
                    };
                    assert_eq!(why, expected, "{name}");
                }
                Proof::Auto | Proof::Quiet if !upload.writers.is_empty() => {
                    assert_eq!(why, Some(NotYet::OpenForWriting), "{name}");
                }
                Proof::Auto => {
                    let sign = matches!(signs.get(name), Some(Sign::Closed | Sign::Renamed));
                    let must = settled || sign || asked || self.ahead > 0;
                    let may = settled || known.signed || known.asked || known.old;
                    assert!(told.is_some() || !must, "{name} is finished");
                    assert!(told.is_none() || may, "{name}: nothing proves it");
                }
                Proof::Quiet => {
                    let must = settled || (asked && self.ahead > 0);
                    let may = settled || (known.asked && known.old);
                    assert!(told.is_some() || !must, "{name} is finished");
                    assert!(told.is_none() || may, "{name}: nothing proves it");
                }
            }
        }
    }

    /// Claims what the last look told whole, as a run does. `at_once`: nothing has happened since that look.
    fn take(&mut self, at_once: bool) {
        for (waiting, upload, changed) in std::mem::take(&mut self.told) {
            let name = FINAL.into_iter().find(|n| *n == waiting.name);
            let name = name.expect("a final name");
            let still = self.lying.get(name) == Some(&upload)
                && self.uploads[upload].text.len() as u64 == waiting.size;
            let waits = still_waits(&waiting);
            if still && self.uploads[upload].changed == changed {
                assert!(waits, "{name} has not changed");
            }
            if !waits {
                continue;
            }
            assert!(still, "{name} is another file, or has changed");
            let work = self.folder.path().join("work");
            let work = work.join(self.claimed.len().to_string());
            let claimed = claim(&self.disk, &waiting.path, &work).expect("claimed");
            if self.proof == Proof::Marker {
                claim_marker(&self.disk, &waiting.path, ".done").expect("used up");
                self.marks.remove(name);
            }
            self.lying.remove(name);
            assert_eq!(read(&claimed), self.uploads[upload].text, "{name}");
            let open = !self.uploads[upload].writers.is_empty();
            assert_eq!(claimed.writers() == Writers::Somebody, open, "{name}");
            let guarded = matches!(self.proof, Proof::Auto | Proof::Quiet);
            assert!(
                !(open && at_once && guarded),
                "{name} is still being written"
            );
            self.claimed.push((upload, claimed));
        }
    }

    /// Two looks a settling time apart, without a sign.
    fn settle(&mut self) {
        for wait in [0, SETTLE] {
            self.steady += wait;
            self.look(Post::IsLost, false);
        }
        self.take(true);
    }

    /// Whatever has happened: what is finished is taken within two looks, and everything is where it belongs.
    fn end(mut self) {
        self.settle();
        for name in FINAL {
            let left = self.lying.get(name).map(|u| &self.uploads[*u]);
            let rightly = left.is_none_or(|upload| match self.proof {
                Proof::Rename => false,
                Proof::Marker => self.marks.get(name).is_none_or(|m| *m < upload.changed),
                Proof::Auto | Proof::Quiet => !upload.writers.is_empty(),
            });
            assert!(rightly, "{name} is left lying");
        }
        for upload in &mut self.uploads {
            upload.writers.clear();
        }
        if self.proof == Proof::Marker {
            FINAL.into_iter().for_each(|n| self.mark(n));
        }
        self.settle();
        let mut left: Vec<_> = fs::read_dir(self.path(""))
            .expect("listed")
            .map(|e| e.expect("listed").file_name())
            .filter(|n| !n.to_string_lossy().ends_with(".done"))
            .collect();
        left.sort();
        let begun = BEGUN.into_iter().filter(|n| self.lying.contains_key(n));
        assert_eq!(left, Vec::from_iter(begun), "only what was never finished");
        for (at, (upload, claimed)) in self.claimed.iter().enumerate() {
            assert_eq!(read(claimed), self.uploads[*upload].text);
            let others = &self.claimed[at + 1..];
            assert!(others.iter().all(|(u, _)| u != upload), "taken twice");
        }
    }
}

fn read(claimed: &Claimed) -> Vec<u8> {
    let mut text = Vec::new();
    let mut file = claimed.open().expect("opened");
    file.read_to_end(&mut text).expect("read");
    text
}

fn play(proof: Proof, actions: &[Action]) {
    let mut stage = Stage::new(proof);
    let probe = stage.folder.path().join("probe");
    fs::write(&probe, "").expect("probe");
    if writers_of(&probe) == Writers::Unknown {
        eprintln!("this filesystem doesn't say who writes; nothing was tested");
        return;
    }
    for action in actions {
        stage.act(*action);
    }
    stage.end();
}

proptest! {
    #![proptest_config(Config {
        cases: 64,
        max_shrink_iters: 500,
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn by_what_the_system_can_prove(actions in actions()) {
        play(Proof::Auto, &actions);
    }

    #[test]
    fn by_quiet(actions in actions()) {
        play(Proof::Quiet, &actions);
    }

    #[test]
    fn by_rename(actions in actions()) {
        play(Proof::Rename, &actions);
    }

    #[test]
    fn by_marker(actions in actions()) {
        play(Proof::Marker, &actions);
    }
}
