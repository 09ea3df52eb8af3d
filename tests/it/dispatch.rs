//! While a daemon runs on the site, commands that act are dispatched to it, with the same output and exit code. The
//! daemon here is a thread of the test that holds the daemon's lock and answers.

use crate::people::{csv, deduction, people, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use feedgate::internal::config;
use feedgate::internal::ledger::{Asked, Ledger};
use feedgate::internal::run::{Command, Noting, Response, perform};
use feedgate::internal::site::{Quiet, Site};
use feedgate::internal::spool::Lock;
use regex::Regex;
use rustix::process::{Pid, Signal, kill_process};
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

fn site_of(scenario: &Scenario) -> Site {
    Site::new(config::load(&scenario.path("feedgate.toml")).expect("configuration"))
}

/// The lock of a daemon.
fn lock(scenario: &Scenario) -> Lock {
    let lock = Lock::try_acquire(&scenario.path("state/locks/daemon.lock")).expect("lock");
    lock.expect("no daemon yet")
}

/// Asks again until there is an answer.
fn await_some<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "nothing came");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A daemon that only performs the commands it receives.
struct Daemon {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<String>>,
}

impl Daemon {
    fn start(scenario: &Scenario) -> Daemon {
        let site = site_of(scenario);
        let lock = lock(scenario);
        let stop = Arc::<AtomicBool>::default();
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            let _lock = lock;
            let mut ledger = site.ledger().expect("ledger");
            let mut done = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                for asked in ledger.asked().expect("read") {
                    if ledger.take_request(asked.number).expect("taken") {
                        answer(&site, &mut *ledger, &asked);
                        done.push(asked.user);
                    }
                }
                thread::sleep(Duration::from_millis(2));
            }
            done
        });
        Daemon { stop, thread }
    }

    /// Who asked for something.
    fn stop(self) -> Vec<String> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("ended")
    }
}

fn answer(site: &Site, ledger: &mut dyn Ledger, asked: &Asked) {
    let errand = Command::read(&asked.body).expect("an errand");
    let noting = Noting::new(&Quiet);
    let ended = perform(&site.for_user(&asked.user), &errand, &noting);
    let answer = Response::of(ended, noting.into_notes());
    ledger
        .answer(asked.number, &answer.written())
        .expect("answered");
}

/// What a command printed and how it exited, without times, the site's own folder, and what its key makes of IDs.
fn told(scenario: &Scenario, outcome: &Outcome) -> (i32, String, String) {
    let handles = Regex::new("~[a-z]{8}").expect("pattern");
    let times = Regex::new(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d").expect("pattern");
    let plain = |text: &str| {
        let text = text.replace(&scenario.root().to_string_lossy().into_owned(), "SITE");
        let text = handles.replace_all(&text, "HANDLE");
        times.replace_all(&text, "TIME").into_owned()
    };
    (outcome.code, plain(&outcome.stdout), plain(&outcome.stderr))
}

/// All commands that act, with everything that can come of them.
fn everything(scenario: &Scenario) -> Vec<(i32, String, String)> {
    let mut all = Vec::new();
    let mut perform = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let outcome = scenario.feedgate(&words);
        all.push(told(scenario, &outcome));
        outcome
    };
    scenario.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(3)));
    perform("run demographic-export --json");
    perform("run demographic-export --json");
    scenario.inbound(DEMOGRAPHIC, "a.csv", csv(&people(4)));
    scenario.inbound(DEMOGRAPHIC, "x.doc", "");
    scenario.inbound(DEMOGRAPHIC, "b.csv", "x\n1\n");
    perform("run demographic-export");
    perform("run nightly --json");
    perform("run nowhere");
    perform("run demographic-export --lookback-days 40 --delta maybe");
    perform("run demographic-export --lookback-days 40");
    perform("run demographic-export --file no/such.csv");
    perform("run nightly --file feedgate.toml");
    std::fs::write(scenario.path("by-hand.csv"), csv(&people(5))).expect("written");
    perform("run demographic-export --file by-hand.csv --run-name By_hand");
    let bad = [person(7), person(8).with("ssn", "1")];
    scenario.inbound(DEMOGRAPHIC, "bad.csv", csv(&bad));
    let rejected = perform("run demographic-export --json");
    let reference = rejected.reference().to_owned();
    perform(&format!("rerun {reference}"));
    perform("rerun 20200101-000001");
    std::fs::write(scenario.path("fix.csv"), csv(&[person(8).with("ssn", "2")])).expect("written");
    perform(&format!("resubmit {reference} --file fix.csv --json"));
    perform(&format!("resubmit {reference} --file nowhere.csv"));
    perform(&format!("rejects {reference} --dismiss 1 --why wrong"));
    perform(&format!("rejects {reference} --dismiss 2 --why gone"));
    perform("employee N10001 --remove --why mistake");
    perform("employee N10001 --remove --why mistake --json");
    perform("employee N10001 --undo --why no");
    perform("employee N10001 --merge-into N10002 --why mistake");
    for name in ["held.csv", "held2.csv"] {
        let person = deduction(name.len()).with("ssn", "1");
        scenario.inbound(DEDUCTION, name, csv(&[person]));
        let held = perform("run deduction-import --json");
        let reference = held.reference().to_owned();
        let act = if name == "held.csv" {
            "release"
        } else {
            "refuse"
        };
        perform(&format!("{act} {reference} --why checked --json"));
        perform(&format!("{act} {reference} --why checked"));
    }
    all
}

fn scenario() -> Scenario {
    Scenario::new().and_config(
        "[integration.deduction-import.guards]\nmax_error_count = 0\n
         [set.nightly]\nintegrations = [\"demographic-export\", \"deduction-import\"]",
    )
}

#[test]
fn every_command_says_and_exits_the_same_with_a_daemon_as_without() {
    let (alone, with_daemon) = (scenario(), scenario());
    let expected = everything(&alone);
    let daemon = Daemon::start(&with_daemon);
    let told = everything(&with_daemon);
    let asked = daemon.stop();
    for (one, other) in expected.iter().zip(&told) {
        assert_eq!(one, other);
    }
    assert_eq!(expected.len(), told.len());
    // What names a file that is not there, or can't be typed so, is refused without the daemon.
    assert_eq!(asked.len(), told.len() - 4);
    let codes: std::collections::BTreeSet<i32> = told.iter().map(|t| t.0).collect();
    assert!(codes.is_superset(&[0, 1, 2, 3, 4, 5].into()), "{codes:?}");
}

#[test]
fn the_daemon_acts_in_the_name_of_who_asks() {
    let scenario = Scenario::new();
    let daemon = Daemon::start(&scenario);
    scenario.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(1)));
    let (mut command, named) =
        scenario.through_sudo(4_000_000_001, &["run", DEMOGRAPHIC, "--json"]);
    let done = command.output().expect("starts");
    assert_eq!(daemon.stop(), std::slice::from_ref(&named));
    let summary: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(summary[0]["user"], named);
}

#[test]
fn the_environment_names_no_user() {
    let scenario = Scenario::new();
    let mut users = Vec::new();
    for name in ["ada", "grace"] {
        scenario.inbound(DEMOGRAPHIC, &format!("{name}.csv"), csv(&people(1)));
        let mut command = scenario.command(&["run", DEMOGRAPHIC, "--json"]);
        let named = command.env("USER", name).env("LOGNAME", name);
        let done = named.output().expect("starts");
        let summary: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
        users.push(summary[0]["user"].as_str().expect("a user").to_owned());
    }
    let asked = std::process::Command::new("id").arg("-un").output();
    let us = String::from_utf8(asked.expect("id starts").stdout).expect("a name");
    assert_eq!(users, [us.trim(), us.trim()]);
}

/// A daemon that has begun and answers nothing, and a command that waits for it.
fn waiting(scenario: &Scenario) -> (Lock, Box<dyn Ledger>, Child, Asked) {
    scenario.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(1)));
    let site = site_of(scenario);
    let lock = lock(scenario);
    let ledger = site.ledger().expect("ledger");
    let child = scenario
        .command(&["run", DEMOGRAPHIC, "--json"])
        .spawn()
        .expect("starts");
    let asked = await_some(|| ledger.asked().expect("read").pop());
    let rung = scenario.path("state/bell/request");
    await_some(|| rung.exists().then_some(()));
    (lock, ledger, child, asked)
}

#[test]
fn what_the_daemon_had_not_begun_when_it_ended_is_done_without_it() {
    let scenario = Scenario::new();
    let (lock, ledger, child, _) = waiting(&scenario);
    drop(lock);
    let done = child.wait_with_output().expect("ended");
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert!(ledger.asked().expect("read").is_empty());
    assert_eq!(scenario.outbound().len(), 2, "{:?}", scenario.outbound());
}

#[test]
fn what_the_daemon_had_begun_when_it_ended_is_told() {
    let scenario = Scenario::new();
    let (lock, mut ledger, child, asked) = waiting(&scenario);
    assert!(ledger.take_request(asked.number).expect("taken"));
    drop(lock);
    let done = child.wait_with_output().expect("ended");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(1), "{said}");
    assert!(
        said.contains("the daemon ended while it was at this"),
        "{said}"
    );
    assert!(scenario.outbound().is_empty());
    // The next daemon gives the same answer to commands that still wait.
    let answer = Response::interrupted().written();
    assert_eq!(ledger.drop_taken(&answer).expect("one"), 1);
}

#[test]
fn an_interruption_takes_the_request_back_unless_the_daemon_is_at_it() {
    for (begun, said) in [(false, "nothing was done"), (true, "goes on")] {
        let scenario = Scenario::new();
        let (_lock, mut ledger, child, asked) = waiting(&scenario);
        if begun {
            assert!(ledger.take_request(asked.number).expect("taken"));
        }
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process"), Signal::INT).expect("sent");
        let done = child.wait_with_output().expect("ended");
        assert_eq!(done.status.signal(), Some(Signal::INT.as_raw()));
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(told.contains(said), "{told}");
        assert!(ledger.asked().expect("read").is_empty());
        assert!(scenario.outbound().is_empty());
    }
}

#[test]
fn an_answer_that_cannot_be_read_is_a_failure_with_advice() {
    let scenario = Scenario::new();
    let (_lock, mut ledger, child, asked) = waiting(&scenario);
    assert!(ledger.take_request(asked.number).expect("taken"));
    ledger.answer(asked.number, "?").expect("answered");
    let done = child.wait_with_output().expect("ended");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(1), "{said}");
    assert!(said.contains("restart the daemon"), "{said}");
}
