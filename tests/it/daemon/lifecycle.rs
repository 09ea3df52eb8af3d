//! Start, stop, reload and crash of the daemon, and failing folders and disks.

use super::{Daemon, busy, json, quick, wait_for, with_daemon};
use crate::people::{Record, csv, deduction, people, person, ssn};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario};
use feedgate::internal::spool::Lock;
use rustix::process::Signal;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The published files by name without reference ID, with their bytes; receipts contain times and are left out.
fn results(site: &Scenario) -> BTreeMap<String, Vec<u8>> {
    let reference = regex::Regex::new(r"\d{8}-\d{6}").expect("pattern");
    let mut all = BTreeMap::new();
    for path in site.outbound() {
        if !path.contains("receipt") {
            let name = reference.replace_all(&path, "REF").into_owned();
            let bytes = fs::read(site.path(&path)).expect("readable");
            assert!(all.insert(name, bytes).is_none(), "{path} came twice");
        }
    }
    all
}

/// Employees, some of whom are wrong.
fn many(count: usize) -> Vec<u8> {
    let one = |n: usize| match n % 50 {
        49 => person(n).with("ssn", "000-00-0000"),
        _ => person(n),
    };
    csv(&(0..count).map(one).collect::<Vec<Record>>())
}

fn undisturbed(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let site = quick();
    let done = site
        .inbound(DEMOGRAPHIC, "long.csv", bytes)
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(done.code, 3, "{done:?}");
    results(&site)
}

/// A daemon that has just claimed the file `long.csv`.
fn start_with_a_long_file(site: &Scenario, bytes: &[u8]) -> Daemon {
    site.inbox(DEMOGRAPHIC);
    let daemon = Daemon::start(site);
    site.inbound(DEMOGRAPHIC, "long.csv", bytes);
    wait_for("the claim", || {
        let tree = site.tree();
        tree.iter()
            .any(|path| path.starts_with("work/"))
            .then_some(())
    });
    daemon
}

#[test]
fn a_second_daemon_is_refused() {
    let site = quick();
    let daemon = Daemon::start(&site);
    let second = site.feedgate(&["daemon"]);
    assert_eq!(second.code, 6, "{second:?}");
    assert!(second.stderr.contains("another daemon"), "{second:?}");
    daemon.stop();
    // The lock is free again.
    Daemon::start(&site).stop();
    Daemon::start(&site).kill();
    Daemon::start(&site).stop();
}

#[test]
fn of_many_daemons_started_at_once_one_stays() {
    let site = quick();
    let start = || site.command(&["daemon"]).stderr(Stdio::null()).spawn();
    let mut all: Vec<Child> = (0..6).map(|_| start().expect("starts")).collect();
    let mut refused = 0;
    wait_for("all but one to end", || {
        all.retain_mut(|child| match child.try_wait().expect("a child") {
            Some(status) => {
                assert_eq!(status.code(), Some(6));
                refused += 1;
                false
            }
            None => true,
        });
        (all.len() == 1).then_some(())
    });
    assert_eq!(refused, 5);
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(3)));
    assert_eq!(site.receipt("hr")["status"], "Completed");
    for mut child in all {
        child.kill().expect("killed");
        child.wait().expect("ended");
    }
}

/// A run by hand that waits for the daemon's own, and the lock that keeps that one waiting.
fn queued(site: &Scenario) -> (Daemon, Lock, Child) {
    let (daemon, lock) = busy(site);
    let waits = site
        .command(&["run", DEMOGRAPHIC, "--wait"])
        .spawn()
        .expect("starts");
    daemon.await_log("asked for: run");
    (daemon, lock, waits)
}

#[test]
fn what_waits_for_its_turn_when_the_daemon_is_told_to_stop_is_done_without_it() {
    let site = quick();
    let (daemon, lock, waits) = queued(&site);
    daemon.signal(Signal::TERM);
    daemon.await_log("told to stop");
    site.inbound(DEMOGRAPHIC, "next.csv", csv(&people(4)));
    sleep(Duration::from_millis(1100));
    drop(lock);
    daemon.end();
    let told = waits.wait_with_output().expect("ended");
    assert_eq!(told.status.code(), Some(0), "{told:?}");
    for stem in ["long", "next"] {
        assert_eq!(site.receipts(stem, 1)[0]["status"], "Completed");
    }
}

#[test]
fn whoever_waits_for_a_daemon_that_is_killed_is_told() {
    let site = quick();
    let (daemon, lock, waits) = queued(&site);
    daemon.kill();
    drop(lock);
    let told = waits.wait_with_output().expect("ended");
    let said = String::from_utf8_lossy(&told.stderr);
    assert_eq!(told.status.code(), Some(1), "{said}");
    assert!(said.contains("feedgate runs"), "{said}");
    // What waits is taken by the next one.
    let daemon = Daemon::start(&site);
    assert_eq!(site.receipt("long")["status"], "Completed");
    daemon.stop();
}

#[test]
fn told_to_stop_it_finishes_the_file_at_work() {
    let bytes = many(20_000);
    let site = quick();
    let daemon = start_with_a_long_file(&site, &bytes);
    site.inbound(DEMOGRAPHIC, "next.csv", csv(&[person(39_000)]));
    daemon.stop();
    assert_eq!(site.published("long", "receipt").len(), 1);
    assert_eq!(results(&site), undisturbed(&bytes));
    assert_eq!(
        site.waiting(DEMOGRAPHIC),
        ["next.csv"],
        "nothing new is begun"
    );
}

#[test]
fn told_to_stop_it_leaves_a_file_that_takes_too_long() {
    let bytes = many(39_000);
    let site = with_daemon("stop_within = \"1s\"");
    let daemon = start_with_a_long_file(&site, &bytes);
    let began = Instant::now();
    // A second signal stops it at once.
    daemon.signal(Signal::TERM);
    sleep(Duration::from_millis(50));
    daemon.stop();
    assert!(
        began.elapsed() < Duration::from_secs(12),
        "{:?}",
        began.elapsed()
    );
    assert!(site.outbound().is_empty(), "{:?}", site.outbound());
    let daemon = Daemon::start(&site);
    assert_eq!(site.receipt("long")["records_processed"], 39_000);
    site.rests();
    daemon.stop();
    assert_eq!(results(&site), undisturbed(&bytes));
}

#[test]
fn killed_at_any_moment_it_goes_on_where_it_was() {
    let bytes = many(8_000);
    let want = undisturbed(&bytes);
    for wait in [20, 200, 500, 900] {
        let site = quick();
        let daemon = Daemon::start(&site);
        site.inbound(DEMOGRAPHIC, "long.csv", &bytes);
        sleep(Duration::from_millis(wait));
        daemon.kill();
        let daemon = Daemon::start(&site);
        assert_eq!(site.receipt("long")["records_processed"], 8_000);
        site.rests();
        daemon.stop();
        assert_eq!(results(&site), want, "killed after {wait} ms");
    }
}

#[test]
fn a_broken_configuration_is_not_taken() {
    let site = quick();
    let daemon = Daemon::start(&site);
    let good = fs::read_to_string(site.path("feedgate.toml")).expect("read");
    let site =
        site.config(&good.replace("kind  = \"deduction\"", "knid = \"deduction\"\nfiles = 3"));
    daemon.signal(Signal::HUP);
    daemon.await_log("goes on with the one it has");
    assert!(daemon.log().contains("knid"), "{}", daemon.log());
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(2)));
    daemon.await_log("run ended");
    let site = site.config(&good);
    assert_eq!(site.receipt("hr")["status"], "Completed");
    assert_eq!(site.event("reload refused", "")["subject"], "site");
    let is_older = |site: &Scenario| {
        let told = site.feedgate(&["status"]).stdout;
        told.contains("runs on an older configuration")
    };
    assert!(!is_older(&site));
    let site = site.and_config("# changed");
    assert!(is_older(&site));
    daemon.signal(Signal::HUP);
    daemon.await_log("the configuration was read again");
    assert_eq!(site.event("reload", "")["subject"], "site");
    assert!(!is_older(&site));
    daemon.stop();
}

#[test]
fn a_new_configuration_brings_and_takes_integrations() {
    let site = quick();
    let daemon = Daemon::start(&site);
    // Files that wait for an integration yet to come.
    site.inbound("other", "early.csv", csv(&people(2)));
    let before = fs::read_to_string(site.path("feedgate.toml")).expect("read");
    let site = site.and_config("[integration.other]\nkind = \"demographic\"\nroster = \"other\"\ncomplete = { settle = \"1s\" }",
    );
    daemon.signal(Signal::HUP);
    daemon.await_log("the configuration was read again");
    assert_eq!(site.receipt("early")["integration_name"], "other");
    site.inbound("other", "late.csv", csv(&people(3)));
    assert_eq!(site.receipt("late")["records_created"], 1);
    // Once it is removed, its files stay.
    let site = site.config(&before);
    daemon.signal(Signal::HUP);
    daemon.await_logs("the configuration was read again", 2);
    site.inbound("other", "left.csv", csv(&people(4)));
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(1)));
    site.receipt("hr");
    assert_eq!(site.waiting("other"), ["left.csv"]);
    daemon.stop();
}

#[test]
fn reloading_while_a_file_is_at_work_disturbs_nothing() {
    let bytes = many(20_000);
    let site = quick();
    let daemon = start_with_a_long_file(&site, &bytes);
    for times in 1..=5 {
        daemon.signal(Signal::HUP);
        daemon.await_logs("the configuration was read again", times);
    }
    site.receipt("long");
    site.rests();
    assert_eq!(results(&site), undisturbed(&bytes));
    daemon.stop();
}

#[test]
fn a_folder_that_is_away_is_unknown_and_not_empty() {
    let site = quick();
    site.roster("before.csv", csv(&people(2)));
    let (inbox, away) = (site.inbox(DEMOGRAPHIC), site.path("away"));
    let daemon = Daemon::start(&site);
    fs::rename(&inbox, &away).expect("renamed");
    let event = site.event("inbound unknown", "can't be listed");
    assert_eq!(event["subject"], DEMOGRAPHIC);
    site.inbound(DEDUCTION, "ded.csv", csv(&[deduction(3)]));
    let asked = site.feedgate(&["run", DEDUCTION, "--unattended"]);
    assert_eq!(asked.code, 5, "{asked:?}");
    assert!(asked.stderr.contains("can be looked into"), "{asked:?}");
    daemon.leaves_what_waits(DEDUCTION);
    assert_eq!(site.waiting(DEDUCTION), ["ded.csv"]);
    // While it is away a file comes into it; then it is back.
    fs::write(away.join("hr.csv"), csv(&people(3))).expect("written");
    fs::rename(&away, &inbox).expect("back");
    let ded = site.receipt("ded");
    assert_eq!(ded["status"], "Completed", "{ded}");
    site.receipt("hr");
    site.event("inbound seen again", "");
    // Another folder in its place is watched as well.
    fs::remove_dir(&inbox).expect("removed");
    daemon.await_logs("can't be listed", 2);
    site.inbound(DEMOGRAPHIC, "new.csv", csv(&people(4)));
    assert_eq!(site.receipt("new")["records_created"], 1);
    site.inbound(DEMOGRAPHIC, "new2.csv", csv(&people(5)));
    site.receipt("new2");
    daemon.stop();
}

#[test]
fn without_room_on_the_disk_nothing_is_taken() {
    let site = quick();
    let room = fs::read_to_string(site.path("feedgate.toml")).expect("read");
    let full = room.replace("[daemon]\n", "[daemon]\nmin_free_mib = 1000000000\n");
    let site = site.config(&full);
    let daemon = Daemon::start(&site);
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(2)));
    site.event("disk full", "min_free_mib");
    daemon.leaves_what_waits(DEMOGRAPHIC);
    assert_eq!(site.waiting(DEMOGRAPHIC), ["hr.csv"]);
    let site = site.config(&full.replace("1000000000", "0"));
    daemon.signal(Signal::HUP);
    daemon.await_log("the configuration was read again");
    assert_eq!(site.receipt("hr")["status"], "Completed");
    site.event("disk has room", "");
    daemon.stop();
}

#[test]
fn log_lines_are_objects_and_hold_no_record_value() {
    let site = with_daemon("log = \"json\"");
    let daemon = Daemon::start(&site);
    let wrong = [
        person(1),
        person(2).with("ssn", "666-12-3456"),
        person(3).with("birth_date", "1985-02-31"),
        person(4).with("work_email", "nowhere"),
    ];
    site.inbound(DEMOGRAPHIC, &format!("{}.csv", ssn(5)), csv(&wrong));
    site.inbound(DEMOGRAPHIC, "broken.csv", "\"Okafor,123-45-6789\n");
    site.inbound(DEMOGRAPHIC, "nothing.csv", "");
    fs::write(
        site.inbox(DEMOGRAPHIC).join(format!("-{}.csv", ssn(6))),
        "x",
    )
    .expect("written");
    wait_for("four receipts", || {
        let receipts = site
            .outbound()
            .into_iter()
            .filter(|p| p.contains("receipt"));
        (receipts.count() == 4).then_some(())
    });
    let log = daemon.stop();
    for line in log.lines() {
        let fact: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert!(
            fact["level"].is_string() && fact["timestamp"].is_string(),
            "{line}"
        );
    }
    assert!(
        log.contains("run ended") && log.contains("\"Completed with Errors\""),
        "{log}"
    );
    let mut secrets: Vec<String> = (1..=6).map(ssn).collect();
    secrets.extend(
        [
            "666-12-3456",
            "123-45-6789",
            "Okafor",
            "Ortega",
            "1985-02-31",
            "nowhere",
        ]
        .map(str::to_owned),
    );
    for secret in secrets {
        let bare = secret.replace('-', "");
        assert!(
            !log.contains(&secret) && !log.contains(&bare),
            "{secret}: {log}"
        );
    }
    nothing_readable_is_left(&site.path("state"));
}

/// The ledger's files hold no SSN either.
fn nothing_readable_is_left(state: &Path) {
    for file in crate::scenario::files(state) {
        let bytes = fs::read(&file).expect("readable");
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&ssn(1)), "{}", file.display());
    }
}

#[test]
fn a_missing_inbound_folder_is_told_of_once_and_taken_up_when_it_is_made() {
    let site = quick();
    fs::remove_dir(site.inbox(DEMOGRAPHIC)).expect("removed");
    fs::remove_dir(site.inbox(DEDUCTION)).expect("removed");
    let daemon = Daemon::start(&site);
    daemon.await_logs("can't be listed", 2);
    daemon.leaves_what_waits(DEMOGRAPHIC);
    assert_eq!(
        daemon.log().matches("can't be listed").count(),
        2,
        "{}",
        daemon.log()
    );
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(2)));
    let receipts = wait_for("a receipt", || site.published("hr", "receipt").pop());
    assert_eq!(json(&receipts)["status"], "Completed");
    daemon.stop();
}
