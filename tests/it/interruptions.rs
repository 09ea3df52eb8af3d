//! A site that is stopped before any durable step, or whose step fails, ends with the same files and the same ledger.
//!
//! One story covers everything a run can do: all kinds in a set, a duplicate, a refused name, a hold that is released
//! and one that is refused, corrections dropped back, a rerun. The suite stops before two of three steps and fails the
//! third with one error, taken in turn. To test every fault at every step:
//! `cargo test --test it interruptions -- --ignored --nocapture`

use crate::scenario::two_years;
use crate::site_folder::SiteFolder;
use crate::sqlite_ledger;
use chrono::{DateTime, Utc};
use feedgate::internal::domain::{ReferenceId, RunStatus};
use feedgate::internal::ledger::{RunFilter, RunRow};
use feedgate::internal::run::{self, RunRequest};
use feedgate::internal::site::{Quiet, Site};
use feedgate::internal::spool::{Disk, Faults};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// Files are whole under their names: with many threads and programs about, one may look open for a moment.
const CONFIG: &str = concat!(
    two_years!(),
    r#"[integration.accounts]
kind = "accounts"
complete = { by = "rename" }
[integration.people]
kind = "demographic"
link_by = "work_email"
complete = { by = "rename" }
guards = { max_error_count = 2 }
output = { done_marker = true }
[integration.pay]
kind = "deduction"
complete = { by = "rename" }
after = ["people"]
after_held = "ignore"
[set.nightly]
integrations = ["accounts", "people", "pay"]
abort_on_failure = false
"#
);

const HEAD: &str = "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status,work_email\n";

/// The account of the first of the people.
const ACCOUNTS: &str = "account_id,email\nA1,a1@example.com\n";

/// Four people; one record is faulty and one is in the file twice.
fn people() -> String {
    let row = |n: u32, status: &str| {
        format!(
            "S{n},user{n}x,52134{n:04},Ann,Lee,1990-01-0{n},2020-01-01,{status},a{n}@example.com\n"
        )
    };
    [
        HEAD,
        &row(1, "A"),
        &row(2, "A"),
        &row(2, "A"),
        &row(3, "??"),
        &row(4, "L"),
    ]
    .concat()
}

/// Three faulty records: over the guard.
fn held(first: u32) -> String {
    let row = |n: u32| format!("S{n},user{n}x,000-12-000{n},Ann,Lee,1990-01-01,2020-01-01,A,\n");
    [HEAD, &row(first), &row(first + 1), &row(first + 2)].concat()
}

const PAY: &str = "subscriber_id,username,ssn,deduction_code,employee_amount,effective_date\n\
    S1,user1x,521-34-0001,MED,10.00,2026-11-01\nS9,user9x,521-34-0009,MED,1.00,2026-11-01\n";

fn clock() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_170_000, 0).expect("a moment")
}

/// What a site goes through.
#[derive(Clone, Copy, PartialEq)]
enum Story {
    /// All that a run can do.
    Everything,
    /// Enough files that the steps after one commit are batched with those of the next.
    Crowd,
}

/// Files of a crowd; the last of them are too few to be one.
const CROWD: u32 = 19;

struct Bench {
    story: Story,
    folder: SiteFolder,
    /// Whether corrections were dropped back.
    corrected: AtomicBool,
}

impl Bench {
    fn new(story: Story) -> Bench {
        let bench = Bench {
            story,
            folder: SiteFolder::with_fixed_key(CONFIG),
            corrected: AtomicBool::new(false),
        };
        match story {
            Story::Everything => {
                bench.drop_file("accounts", "accounts.csv", ACCOUNTS, 70);
                bench.drop_file("people", "a.csv", &people(), 60);
                bench.drop_file("people", "b.csv", &people(), 50);
                bench.drop_file("people", "c.csv", &held(5), 40);
                let odd = OsStr::from_bytes(b"-123456789\n\xff.csv");
                bench.drop_file("people", odd, &people(), 30);
                bench.drop_file("people", "d.csv", &held(6), 20);
                bench.drop_file("pay", "pay.csv", PAY, 10);
            }
            Story::Crowd => {
                for other in ["accounts", "pay"] {
                    let inbound = bench.folder.path("inbound").join(other);
                    fs::create_dir_all(inbound).expect("inbound");
                }
                // One is a duplicate, one is held.
                for n in 1..=CROWD {
                    let text = match n {
                        2 => people(),
                        3 => held(5),
                        n => people().replace("Ann", &format!("Ann {}", n.max(2))),
                    };
                    let age = u64::from(60 - n);
                    bench.drop_file("people", format!("{n}.csv"), &text, age);
                }
            }
        }
        bench
    }

    fn drop_file(&self, integration: &str, name: impl AsRef<OsStr>, text: &str, seconds_old: u64) {
        let inbound = self.folder.path("inbound").join(integration);
        fs::create_dir_all(&inbound).expect("inbound");
        let path = inbound.join(name.as_ref());
        fs::write(&path, text).expect("file");
        let file = fs::File::options().write(true).open(path).expect("file");
        let old = SystemTime::now() - Duration::from_secs(seconds_old);
        file.set_modified(old).expect("time");
    }

    fn site(&self, disk: Disk) -> Site {
        self.folder.open(disk, clock)
    }

    /// Everything a user of the site would do; stops at the first failure.
    fn act(&self, disk: Disk) -> (Result<(), String>, u64) {
        let site = self.site(disk);
        let result = self.steps(&site);
        (result, site.steps())
    }

    fn steps(&self, site: &Site) -> Result<(), String> {
        let nightly = || {
            let request = RunRequest {
                name: "nightly".to_owned(),
                ..RunRequest::default()
            };
            let ended = run::run(site, &request, &Quiet).map_err(|e| e.to_string())?;
            ended.failure.map_or(Ok(()), |e| Err(e.to_string()))
        };
        nightly()?;
        if self.story == Story::Crowd {
            return Ok(());
        }
        let held = |name: &'static str| {
            self.run(move |run| run.status == RunStatus::Held && source(run) == name)
        };
        if let Some(held) = held("c.csv") {
            run::release(site, &held, "seen", &Quiet).map_err(|e| e.to_string())?;
        }
        if let Some(held) = held("d.csv") {
            run::refuse(site, &held, "sent by mistake").map_err(|e| e.to_string())?;
        }
        if !self.corrected.swap(true, Ordering::Relaxed) {
            self.correct("people", "a", "??", "A");
            self.correct(
                "pay",
                "pay",
                "S9,user9x,521-34-0009",
                "S2,user2x,521-34-0002",
            );
        }
        nightly()?;
        let pay = self.run(|run| source(run) == "pay.csv" && run.rerun_of.is_none());
        if let (Some(pay), None) = (pay, self.run(|run| run.rerun_of.is_some())) {
            run::rerun(site, &pay, &Quiet).map_err(|e| e.to_string())?;
        }
        Ok(())
    }

    /// Edits a rejects file and drops it back under its own name.
    fn correct(&self, integration: &str, stem: &str, wrong: &str, right: &str) {
        let file = format!("{stem}.csv");
        let first = self.run(|run| source(run) == file && run.integration == integration);
        let reference = first.expect("a run");
        let name = format!("{stem}.{reference}.rejects.csv");
        let errors = self.folder.path("outbound").join(integration);
        let text = fs::read_to_string(errors.join("errors").join(&name)).expect("rejects");
        assert!(text.contains(wrong), "{text}");
        self.drop_file(integration, &name, &text.replace(wrong, right), 5);
    }

    /// The first run that is so.
    fn run(&self, so: impl Fn(&RunRow) -> bool) -> Option<ReferenceId> {
        let ledger = self.folder.ledger_for_reading();
        let runs = ledger.runs(&RunFilter::default(), usize::MAX);
        let found = runs.expect("read").into_iter().rev().find(|run| so(run));
        found.map(|run| run.reference)
    }

    /// Every file outside the ledger, and every row of the ledger.
    fn picture(&self) -> BTreeMap<String, String> {
        let mut picture = BTreeMap::new();
        files(self.folder.root(), &mut |path| {
            let name = path
                .strip_prefix(self.folder.root())
                .expect("inside")
                .display()
                .to_string();
            if !name.starts_with("state/") && name != "work/.site" {
                let bytes = fs::read(path).expect("file");
                picture.insert(name, String::from_utf8_lossy(&bytes).into_owned());
            }
        });
        let mut tables = sqlite_ledger::rows(self.folder.root());
        // Its identity is drawn by lot.
        tables.remove("site");
        // It counts every change, also those of steps that are done again.
        tables.remove("changes");
        for (table, rows) in tables {
            for (n, row) in rows.into_iter().enumerate() {
                let cells: Vec<String> = row.into_iter().map(|(_, cell)| cell).collect();
                picture.insert(format!("{table} {n}"), cells.join(" "));
            }
        }
        picture
    }
}

/// The name of a run's source file.
fn source(run: &RunRow) -> &str {
    run.source_name.as_deref().unwrap_or_default()
}

fn files(folder: &Path, found: &mut dyn FnMut(&PathBuf)) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .expect("folder")
        .map(|e| e.expect("entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else {
            found(&path);
        }
    }
}

/// The entries in which two pictures of a site differ.
pub(crate) fn differences(
    want: &BTreeMap<String, String>,
    got: &BTreeMap<String, String>,
) -> Vec<String> {
    let names = want.keys().chain(got.keys());
    let mut out: Vec<String> = names
        .filter(|name| want.get(*name) != got.get(*name))
        .map(|name| format!("{name}: {:?} / {:?}", want.get(name), got.get(name)))
        .collect();
    out.sort();
    out.dedup();
    out
}

/// Runs a worker on as many threads as there are cores, and waits for all of them.
pub(crate) fn on_all_cores(worker: impl Fn() + Copy + Send) {
    std::thread::scope(|scope| {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..workers {
            scope.spawn(worker);
        }
    });
}

const ERRORS: [(&str, i32); 3] = [("a full disk", 28), ("a broken disk", 5), ("no access", 13)];

/// The story undisturbed, then with every fault that `faults` gives for each of its steps, and once more without.
fn walk(story: Story, faults: fn(u64) -> Vec<Faults>) {
    let bench = Bench::new(story);
    let (result, steps) = bench.act(Disk::new());
    assert_eq!(result, Ok(()));
    assert!(
        steps > 300 || story == Story::Crowd && steps > 200,
        "only {steps} steps: do they all pass the seam?"
    );
    let want = bench.picture();
    assert_eq!(bench.act(Disk::new()).0, Ok(()));
    assert_eq!(differences(&want, &bench.picture()), [""; 0], "done twice");
    match story {
        Story::Everything => told(&want),
        Story::Crowd => all_taken(&want),
    }
    let (next, walked) = (AtomicU64::new(1), AtomicU64::new(0));
    let worker = || loop {
        let step = next.fetch_add(1, Ordering::Relaxed);
        if step > steps {
            break;
        }
        for fault in faults(step) {
            let bench = Bench::new(story);
            let (failed, _) = bench.act(Disk::with_faults(fault));
            // A crowd waits in fewer steps or more, as fast as the disk is at the moment.
            let sure = story == Story::Everything;
            assert!(
                failed.is_err() || !sure,
                "{fault:?} of {steps} did not show"
            );
            let (result, _) = bench.act(Disk::new());
            assert_eq!(result, Ok(()), "after {fault:?}: {failed:?}");
            let differs = differences(&want, &bench.picture());
            assert!(
                differs.is_empty(),
                "after {fault:?}: {failed:?}: {differs:#?}"
            );
            walked.fetch_add(1, Ordering::Relaxed);
        }
    };
    on_all_cores(worker);
    println!("{steps} steps, {} faults", walked.into_inner());
}

/// What the story is about has happened.
fn told(picture: &BTreeMap<String, String>) {
    let names: Vec<&str> = picture.keys().map(String::as_str).collect();
    for ending in [
        "account_links 0",
        "accounts.20261120-000001.receipt.json",
        "a.20261120-000002.output.csv.done",
        "b.20261120-000003.receipt.json",
        "c.20261120-000004.output.csv",
        "source.20261120-000005.receipt.json",
        "d.20261120-000006.receipt.json",
        "pay.20261120-000007.output.csv",
        "a.20261120-000008.output.csv",
        "pay.20261120-000009.output.csv",
        "pay.20261120-000010.output.csv",
    ] {
        assert!(
            names.iter().any(|n| n.ends_with(ending)),
            "{ending}: {names:#?}"
        );
    }
    let left = |place: &&&str| {
        ["inbound/", "queue/", "work/", "held/"]
            .iter()
            .any(|p| place.starts_with(p))
    };
    assert_eq!(names.iter().find(left), None);
}

/// Every file of the crowd has its receipt.
fn all_taken(picture: &BTreeMap<String, String>) {
    let receipts = picture.keys().filter(|n| n.ends_with(".receipt.json"));
    assert_eq!(receipts.count(), CROWD as usize);
    let waits = picture.keys().find(|n| n.starts_with("inbound/"));
    assert_eq!(waits, None);
}

#[test]
fn stopped_or_failed_at_any_step() {
    walk(Story::Everything, |step| {
        let (_, error) = ERRORS[(step / 3 % ERRORS.len() as u64) as usize];
        match step % 3 {
            0 => vec![Faults::FailAt(step, error)],
            _ => vec![Faults::StopAt(step)],
        }
    });
}

#[test]
fn a_crowd_stopped_or_failed_at_any_step() {
    walk(Story::Crowd, |step| match step % 2 {
        0 => vec![Faults::StopAt(step)],
        _ => vec![Faults::FailAt(step, 5)],
    });
}

#[test]
#[ignore = "a few minutes: a stop and every error at every step"]
fn stopped_and_failed_at_any_step_in_any_way() {
    walk(Story::Everything, |step| {
        let fail = |(_, error): (&str, i32)| Faults::FailAt(step, error);
        let fails = ERRORS.map(fail);
        [&[Faults::StopAt(step)][..], &fails].concat()
    });
}
