//! What scans and claims may and must do, according to the model.

use super::stage::{Known, Stage};
use super::{BEGUN, FINAL, Post, SETTLE, inbound_clock};
use feedgate::internal::domain::CompleteBy;
use feedgate::internal::spool::{
    Arriving, Claimed, InboundScan, NotYet, OpenWriters, PendingSync, Sign, Signs, Waiting, claim,
    claim_marker, still_waits,
};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::time::Duration;

impl Stage {
    pub(super) fn look(&mut self, post: Post, asked: bool) {
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
        let now = inbound_clock::scan_time(self.steady, self.ahead);
        let given: Signs = signs.iter().map(|(n, s)| ((*n).into(), *s)).collect();
        let folder = self.folder.path().join("in");
        let mut look = || {
            let found = self.intake.scan(&folder, now, &given, asked);
            found.expect("listed")
        };
        let mut found = look();
        // Other tests of this process start programs: until its `exec`, a child has every file open that we have.
        for _ in 0..500 {
            let open = |a: &&Arriving| a.why == NotYet::OpenForWriting;
            let mut open = found.arriving.iter().filter(open);
            let child = |a: &Arriving| {
                let upload = self.lying.get(a.file.name.as_str());
                upload.is_some_and(|u| self.uploads[*u].writers.is_empty())
            };
            if !open.any(child) {
                break;
            }
            std::thread::sleep(Duration::from_millis(2));
            found = look();
        }
        let look = found;
        self.learn(&signs, asked);
        self.judge(&look, &signs, asked);
        let told = look.complete.into_iter().map(|w| {
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

    /// Compares the result of a scan with the files in the folder.
    fn judge(&self, look: &InboundScan, signs: &BTreeMap<&str, Sign>, asked: bool) {
        assert!(look.refused.is_empty(), "{look:?}");
        let key = |w: &Waiting| (w.modified, w.name.clone());
        assert!(look.complete.is_sorted_by_key(key), "{look:?}");
        let seen = look.complete.len() + look.arriving.len();
        let lying = FINAL.iter().filter(|n| self.lying.contains_key(*n));
        assert_eq!(seen, lying.clone().count(), "each file once: {look:?}");
        for name in lying {
            let upload = &self.uploads[self.lying[name]];
            let told = look.complete.iter().find(|w| w.name == *name);
            let arriving = look.arriving.iter().find(|a| a.file.name == *name);
            let file = told.or(arriving.map(|a| &a.file)).expect("told of");
            assert_eq!(file.size, upload.text.len() as u64, "{name}");
            let why = arriving.map(|a| a.why);
            let known = &self.known[name];
            let settled = self.steady - known.since >= SETTLE;
            match self.proof {
                CompleteBy::Rename => assert_eq!(why, None, "{name}"),
                CompleteBy::Marker => {
                    let expected = match self.marks.get(name) {
                        None => Some(NotYet::NoMarker),
                        Some(mark) if *mark < upload.changed => Some(NotYet::OldMarker),
                        Some(_) => None,
                    };
                    assert_eq!(why, expected, "{name}");
                }
                CompleteBy::Auto | CompleteBy::Quiet if !upload.writers.is_empty() => {
                    assert_eq!(why, Some(NotYet::OpenForWriting), "{name}");
                }
                CompleteBy::Auto => {
                    let sign = matches!(signs.get(name), Some(Sign::Closed | Sign::Renamed));
                    let must = settled || sign || asked || self.ahead > 0;
                    let may = settled || known.signed || known.asked || known.old;
                    assert!(told.is_some() || !must, "{name} is finished");
                    assert!(told.is_none() || may, "{name}: nothing proves it");
                }
                CompleteBy::Quiet => {
                    let must = settled || (asked && self.ahead > 0);
                    let may = settled || (known.asked && known.old);
                    assert!(told.is_some() || !must, "{name} is finished");
                    assert!(told.is_none() || may, "{name}: nothing proves it");
                }
            }
        }
    }

    /// Claims the files that the last scan found complete, as a run does. `at_once`: nothing has happened since.
    pub(super) fn take(&mut self, at_once: bool) {
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
            let mut unsynced = PendingSync::default();
            let claimed = claim(&self.disk, &waiting.path, &work, &mut unsynced).expect("claimed");
            if self.proof == CompleteBy::Marker {
                claim_marker(&self.disk, &waiting.path, ".done", &claimed).expect("used up");
                self.marks.remove(name);
            }
            self.lying.remove(name);
            assert_eq!(read(&claimed), self.uploads[upload].text, "{name}");
            let open = !self.uploads[upload].writers.is_empty();
            let child = || claimed.writers() == OpenWriters::Present && !open;
            for _ in (0..500).take_while(|_| child()) {
                std::thread::sleep(Duration::from_millis(2));
            }
            assert_eq!(claimed.writers() == OpenWriters::Present, open, "{name}");
            let guarded = matches!(self.proof, CompleteBy::Auto | CompleteBy::Quiet);
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
    pub(super) fn end(mut self) {
        self.settle();
        for name in FINAL {
            let left = self.lying.get(name).map(|u| &self.uploads[*u]);
            let rightly = left.is_none_or(|upload| match self.proof {
                CompleteBy::Rename => false,
                CompleteBy::Marker => self.marks.get(name).is_none_or(|m| *m < upload.changed),
                CompleteBy::Auto | CompleteBy::Quiet => !upload.writers.is_empty(),
            });
            assert!(rightly, "{name} is left lying");
        }
        for upload in &mut self.uploads {
            upload.writers.clear();
        }
        if self.proof == CompleteBy::Marker {
            for name in FINAL {
                self.mark(name);
            }
        }
        self.settle();
        let mut left: Vec<_> = fs::read_dir(self.path(""))
            .expect("listed")
            .map(|e| e.expect("listed").file_name())
            .filter(|n| !n.to_string_lossy().ends_with(".done"))
            .collect();
        left.sort();
        let begun = BEGUN.into_iter().filter(|n| self.lying.contains_key(n));
        assert_eq!(
            left,
            begun.collect::<Vec<_>>(),
            "only what was never finished"
        );
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
