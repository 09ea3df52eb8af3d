//! `feedgate status`: what runs, what is held, and why each file waits, at given times.

use crate::people::{csv, deduction, people};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario, two_years};
use chrono::{DateTime, Utc};
use feedgate::internal::config;
use feedgate::internal::domain::RunStatus;
use feedgate::internal::ledger::{Event, EventAction, OneOff, Pause};
use feedgate::internal::run::{self, Command, RunRequest};
use feedgate::internal::site::{Quiet, Site};
use feedgate::internal::spool::{Disk, Lock};
use feedgate::internal::status::{self, IntegrationNow, Overview, WaitingFile};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs::File;

const SITE: &str = concat!(
    two_years!(),
    r#"[identity]
match = "shape-only"
[integration.demographic-export]
kind = "demographic"
[integration.deduction-import]
kind = "deduction"
after = ["demographic-export"]
[daemon]
workers = 2
min_free_mib = 0
"#
);

/// Friday, half past ten in the morning on the site's clock.
fn friday() -> DateTime<Utc> {
    "2026-11-20T15:30:00Z".parse().expect("a moment")
}

fn open(site: &Scenario) -> Site {
    let loaded = config::load(&site.path("feedgate.toml")).expect("configuration");
    Site::new(loaded).with(Disk::new(), friday)
}

fn look(site: &Scenario) -> Overview {
    status::overview(&open(site), None, 20).expect("overview")
}

fn of<'o>(now: &'o Overview, name: &str) -> &'o IntegrationNow {
    let found = now.integrations.iter().find(|i| i.name == name);
    found.unwrap_or_else(|| panic!("no {name}: {now:?}"))
}

/// The only file of an integration that waits.
#[track_caller]
fn only(site: &Scenario, name: &str) -> WaitingFile {
    let now = look(site);
    let files = &of(&now, name).inbox.files;
    assert_eq!(files.len(), 1, "{now:?}");
    assert_eq!(files[0].status, RunStatus::Scheduled);
    files[0].clone()
}

/// What the daemon holds while it runs.
fn daemon(site: &Scenario) -> Lock {
    let lock = Lock::try_acquire(&site.path("state/locks/daemon.lock")).expect("lock");
    lock.expect("free")
}

/// Pauses an integration, or all, without an end.
fn pause(site: &Scenario, name: &str) {
    let here = open(site);
    let pause = Pause {
        name: Some(name.to_owned()).filter(|n| n != "all"),
        since: here.now(),
        user: "ada".to_owned(),
        why: Some("open enrollment".to_owned()),
        until: None,
    };
    let mut ledger = here.ledger().expect("ledger");
    ledger.pause(&pause).expect("paused");
}

/// Requests a run in that many hours.
fn later(site: &Scenario, name: &str, hours: i64) {
    let here = open(site);
    let request = RunRequest {
        name: name.to_owned(),
        ..RunRequest::default()
    };
    let one = OneOff {
        number: 0,
        name: name.to_owned(),
        at: here.now() + chrono::TimeDelta::hours(hours),
        user: "ada".to_owned(),
        body: Command::Run(request).written().expect("written"),
        asked: here.now(),
    };
    let mut ledger = here.ledger().expect("ledger");
    ledger.add_one_off(&one).expect("stored");
}

fn until(file: &WaitingFile) -> String {
    file.until.map(|at| at.to_rfc3339()).unwrap_or_default()
}

#[test]
fn a_file_that_nothing_keeps_is_taken_by_the_daemon_or_by_hand() {
    let site = Scenario::new().config(SITE);
    for n in 1..=3 {
        site.inbound(DEMOGRAPHIC, &format!("{n}.csv"), csv(&people(n)));
        site.age(DEMOGRAPHIC, &format!("{n}.csv"), 60 - n as u64);
    }
    let whys = |site: &Scenario| -> Vec<String> {
        let now = look(site);
        let files = &of(&now, DEMOGRAPHIC).inbox.files;
        files.iter().map(|f| f.why.clone()).collect()
    };
    let by_hand = "no daemon runs; `feedgate run demographic-export` takes it";
    assert_eq!(whys(&site), [by_hand; 3]);
    let _daemon = daemon(&site);
    let process = Some(std::process::id());
    let seen = look(&site).daemon;
    assert_eq!((seen.running, seen.process), (true, process));
    let expected = [
        "next: the daemon takes it at once",
        "until the file before it is done",
        "until the 2 files before it are done",
    ];
    assert_eq!(whys(&site), expected);
}

#[test]
fn pauses_windows_and_schedules_say_until_when() {
    let window = "[window.nightly]\ndays = [\"Mon\", \"Fri\"]\nfrom = \"22:00\"\nto = \"05:00\"\n";
    let site = Scenario::new()
        .config(SITE)
        .and_keys(DEMOGRAPHIC, "window = \"nightly\"")
        .and_config(window);
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(1)));
    let file = only(&site, DEMOGRAPHIC);
    assert_eq!(
        (file.waits_for, file.why.as_str()),
        (
            "window",
            "the window nightly is closed; until it opens at 2026-11-20 22:00"
        )
    );
    assert_eq!(until(&file), "2026-11-20T22:00:00-05:00");

    // A schedule at noon waits for its window; one at midnight comes after it has opened.
    let scheduled = |at: &str| {
        let keys = "start = \"schedule\"";
        let schedule = format!("[schedule.daily]\nrun = \"{DEMOGRAPHIC}\"\nat = \"{at}\"\n");
        let site = Scenario::new().config(SITE);
        let site = site.and_keys(DEMOGRAPHIC, &format!("{keys}\nwindow = \"nightly\""));
        let site = site.and_config(window).and_config(&schedule);
        site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(1)));
        site
    };
    assert_eq!(only(&scheduled("12:00"), DEMOGRAPHIC).waits_for, "window");
    let late = scheduled("23:30");
    let file = only(&late, DEMOGRAPHIC);
    assert_eq!(file.waits_for, "start");
    let said = "until the schedule runs it at 2026-11-20 23:30; no daemon runs, so only `feedgate run demographic-export` takes it";
    assert_eq!(file.why, said);
    let now = look(&late);
    let next = of(&now, DEMOGRAPHIC).next_run.as_ref().expect("a run");
    assert_eq!(next.schedule, "daily");

    let _daemon = daemon(&late);
    let kept = |site: &Scenario| {
        let now = look(site);
        of(&now, DEMOGRAPHIC).next_run.clone().expect("a run").kept
    };
    assert_eq!(kept(&late), None);
    pause(&late, DEMOGRAPHIC);
    let said = kept(&late);
    assert_eq!(said.as_deref(), Some("it waits for the end of the pause"));

    let here = open(&site);
    pause(&site, "all");
    let file = only(&site, DEMOGRAPHIC);
    let said =
        "paused by ada since 2026-11-20 10:30 (open enrollment); until `feedgate resume all`";
    assert_eq!((file.waits_for, file.why.as_str()), ("paused", said));
    // An unattended run reports the same reason.
    let request = RunRequest {
        name: DEMOGRAPHIC.to_owned(),
        unattended: true,
        ..RunRequest::default()
    };
    let waits = run::run(&here, &request, &Quiet).expect_err("waits");
    let told = format!("{DEMOGRAPHIC} is Scheduled: {said}");
    assert_eq!((waits.exit_code(), waits.to_string()), (5, told));
}

#[test]
fn files_of_others_and_of_earlier_years_go_first() {
    let site = Scenario::new().config(SITE);
    let of_year = |n: usize, day: &str| csv(&[deduction(n).with("effective_date", day)]);
    site.inbound(DEDUCTION, "next.csv", of_year(1, "2027-01-15"))
        .inbound(DEDUCTION, "this.csv", of_year(2, "2026-11-01"))
        .inbound(DEMOGRAPHIC, "hr.csv", csv(&people(1)));
    let now = look(&site);
    let files: Vec<_> = of(&now, DEDUCTION)
        .inbox
        .files
        .iter()
        .map(|f| (f.name.as_str(), f.waits_for, f.why.as_str()))
        .collect();
    let tomorrow = "Scheduled for 2026-11-21: a file of the plan year from 2026-01-01 goes first, and later years go on another day";
    let expected = [
        ("next.csv", "plan-year", tomorrow),
        (
            "this.csv",
            "after",
            "until 1 waiting file of demographic-export is done",
        ),
    ];
    assert_eq!(files, expected);
    assert_eq!(
        until(&of(&now, DEDUCTION).inbox.files[0]),
        "2026-11-21T00:00:00-05:00"
    );
}

#[test]
fn what_is_on_its_way_and_what_is_never_taken_is_told_apart() {
    let site = Scenario::new()
        .config(SITE)
        .and_config("[integration.deduction-import.complete]\nby = \"marker\"\n");
    site.inbound(DEMOGRAPHIC, "x.doc", "")
        .inbound(DEMOGRAPHIC, "880-12-3456.csv", csv(&people(1)))
        .inbound(DEDUCTION, "ded.csv", csv(&[deduction(1)]));
    std::fs::create_dir(site.path("inbound/demographic-export/folder")).expect("made");
    let path = site.path("inbound/demographic-export/880-12-3456.csv");
    let writer = File::options().append(true).open(path).expect("opened");
    let now = look(&site);
    let here = of(&now, DEMOGRAPHIC);
    let not_taken: Vec<_> = here
        .inbox
        .not_taken
        .iter()
        .map(|n| n.name.as_str())
        .collect();
    assert_eq!(not_taken, ["folder", "x.doc"]);
    assert_eq!(here.inbox.files[0].name, "xxx-xx-3456.csv");
    let why = "arriving: its sender has it open for writing; it is taken when it is closed";
    assert_eq!(
        (
            here.inbox.files[0].waits_for,
            here.inbox.files[0].why.as_str()
        ),
        ("arriving", why)
    );
    drop(writer);
    assert_eq!(only(&site, DEMOGRAPHIC).waits_for, "run");
    site.inbound(DEMOGRAPHIC, "-y.csv", csv(&people(1)));
    let now = look(&site);
    let misnamed = &of(&now, DEMOGRAPHIC).inbox.files[1];
    let said = "its run will end Failed: its name begins with a dash";
    assert!(misnamed.why.contains(said), "{misnamed:?}");
    let file = only(&site, DEDUCTION);
    let said = "arriving: its marker file is not there; upload ded.csv.done when the file is whole";
    assert_eq!(file.why, said);
    // Other reasons are reported at once.
    pause(&site, DEDUCTION);
    let file = only(&site, DEDUCTION);
    let both = format!("{said}; then paused by ada since 2026-11-20 10:30");
    assert!(file.why.starts_with(&both), "{file:?}");
    assert_eq!((file.waits_for, file.until), ("arriving", None));
    std::fs::remove_dir_all(site.path("inbound/deduction-import")).expect("removed");
    let now = look(&site);
    let unknown = of(&now, DEDUCTION).inbound_unknown.as_deref();
    assert!(
        unknown.is_some_and(|why| why.contains("can't be listed")),
        "{now:?}"
    );
}

#[test]
fn a_daemon_that_has_not_read_a_changed_configuration_is_told() {
    let site = Scenario::new().config(SITE);
    let lock = daemon(&site);
    assert!(!look(&site).daemon.older_configuration, "nothing is known");
    // What the daemon notes: the first 16 hexadecimal digits of the file's SHA-256.
    let file = std::fs::read(site.path("feedgate.toml")).expect("read");
    let hash = Sha256::digest(file);
    let fingerprint: String = hash[..8].iter().map(|b| format!("{b:02x}")).collect();
    lock.note(&fingerprint).expect("written");
    assert!(!look(&site).daemon.older_configuration);
    let site = site.and_config("# changed");
    assert!(look(&site).daemon.older_configuration);
    for command in ["status", "check"] {
        let told = site.feedgate(&[command]);
        let words = "runs on an older configuration than the file holds now";
        assert!(told.stdout.contains(words), "{told:?}");
    }
    drop(lock);
    assert!(!look(&site).daemon.older_configuration, "none runs");
}

#[test]
fn a_full_disk_keeps_what_nobody_asks_for() {
    let full = SITE.replace("min_free_mib = 0", "min_free_mib = 1_000_000_000");
    let site = Scenario::new().config(&full);
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(1)));
    let said = "until 1000000000 MiB are free on the site's disk (daemon.min_free_mib)";
    let file = only(&site, DEMOGRAPHIC);
    assert_eq!((file.waits_for, file.why.as_str()), ("room", said));
    assert_eq!(look(&site).room.as_deref(), Some(said));
    let unattended = site.run(DEMOGRAPHIC, &["--unattended"]);
    assert_eq!(unattended.code, 5, "{unattended:?}");
    assert!(unattended.stderr.contains(said), "{unattended:?}");
    site.run(DEMOGRAPHIC, &[]).completed();
}

#[test]
fn one_offs_whose_integration_is_gone_are_scheduled_but_deleted() {
    let site = Scenario::new().config(SITE);
    let here = open(&site);
    for (name, hours) in [("gone", 1), (DEMOGRAPHIC, 2)] {
        later(&site, name, hours);
    }
    let now = look(&site);
    let told: Vec<_> = now
        .one_offs
        .iter()
        .map(|o| (o.status, o.why.as_str()))
        .collect();
    let gone = "fails at 2026-11-20 11:30: `gone` is no longer in the configuration";
    let waits = "until 2026-11-20 12:30; no daemon runs, and `feedgate daemon` has to by then";
    let expected = [
        (RunStatus::ScheduledButDeleted, gone),
        (RunStatus::Scheduled, waits),
    ];
    assert_eq!(told, expected);
    let one = status::overview(&here, Some(DEMOGRAPHIC), 20).expect("overview");
    assert_eq!((one.integrations.len(), one.one_offs.len()), (1, 1));
}

#[test]
fn a_one_off_run_takes_files_before_their_schedule_and_says_what_keeps_it() {
    let schedule = format!("[schedule.daily]\nrun = \"{DEMOGRAPHIC}\"\nat = \"23:00\"\n");
    let site = Scenario::new()
        .config(SITE)
        .and_keys(DEMOGRAPHIC, "start = \"schedule\"")
        .and_config(&schedule);
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(1)));
    site.inbound(DEDUCTION, "ded.csv", csv(&[deduction(1)]));
    let _daemon = daemon(&site);
    assert_eq!(only(&site, DEMOGRAPHIC).waits_for, "start");
    later(&site, DEMOGRAPHIC, 14);
    assert_eq!(only(&site, DEMOGRAPHIC).waits_for, "start", "too late");
    later(&site, DEMOGRAPHIC, 2);
    let file = only(&site, DEMOGRAPHIC);
    let said = "until one-off 2 runs it at 2026-11-20 12:30; without it, until the schedule runs it at 2026-11-20 23:00";
    assert_eq!((file.waits_for, file.why.as_str()), ("one-off", said));
    assert_eq!(until(&file), "2026-11-20T12:30:00-05:00");

    // A run that is due but has to wait for other files.
    later(&site, DEDUCTION, -1);
    let now = look(&site);
    assert_eq!(
        now.one_offs[0].why,
        "due since 2026-11-20 09:30; until 1 waiting file of demographic-export is done"
    );
}

#[test]
fn a_try_that_failed_is_told_until_a_run_has_ended() {
    let site = Scenario::new().config(SITE);
    let here = open(&site);
    let event = Event {
        at: here.now(),
        user: "scheduler".to_owned(),
        action: EventAction::RunFailed,
        subject: DEMOGRAPHIC.to_owned(),
        why: Some("the disk is full".to_owned()),
    };
    let mut ledger = here.ledger().expect("ledger");
    ledger.record_event(&event).expect("written");
    let told = |site: &Scenario| {
        let now = look(site);
        of(&now, DEMOGRAPHIC).failed_try.clone()
    };
    let failed = told(&site).expect("told");
    assert_eq!(
        (failed.at, failed.why.as_str()),
        (event.at, "the disk is full")
    );
    let words = "failed at 2026-11-20 10:30: the disk is full";
    let status = site.feedgate(&["status"]);
    assert!(status.stdout.contains(words), "{status:?}");
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(1)));
    let later = || friday() + chrono::TimeDelta::minutes(1);
    let then = here.with(Disk::new(), later);
    let request = RunRequest {
        name: DEMOGRAPHIC.to_owned(),
        ..RunRequest::default()
    };
    run::run(&then, &request, &Quiet).expect("ran");
    assert_eq!(told(&site), None);
}

#[test]
fn the_command_lists_so_many_and_counts_the_rest() {
    let site = Scenario::new();
    let empty = site.feedgate(&["status"]);
    assert_eq!(empty.code, 0, "{empty:?}");
    assert!(!site.path("state").exists(), "nothing is made");
    let held = site.send_deductions("held.csv", &[deduction(1)], &[]);
    for n in 0..25 {
        site.inbound(DEMOGRAPHIC, &format!("hr-{n}.csv"), csv(&people(1)));
    }
    let text = site.feedgate(&["status"]);
    assert_eq!(text.code, 0, "{text:?}");
    for said in [
        "no daemon runs; only `feedgate run` takes files",
        "… and 5 more waiting files (`--all` lists them)",
        "ROSTER_EMPTY",
        &format!("feedgate release {} --why", held.reference()),
        "none yet",
    ] {
        assert!(
            text.stdout.replace('\n', " ").contains(said),
            "{said}: {text:?}"
        );
    }
    let json = |arguments: &[&str]| -> Value {
        let outcome = site.feedgate(arguments);
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|e| panic!("{e}: {outcome:?}"))
    };
    let some = json(&["status", DEMOGRAPHIC, "--json"]);
    let here = &some["integrations"][0];
    assert_eq!(here["files"].as_array().map(Vec::len), Some(20));
    assert_eq!(here["files_more"], 5);
    assert_eq!(here["files"][0]["status"], "Scheduled");
    assert_eq!(some["daemon"]["running"], false);
    let all = json(&["status", "--all", "--json"]);
    let files = all["integrations"][0]["files"].as_array().map(Vec::len);
    assert_eq!(files, Some(25));
    let docs = include_str!("../../docs/commands.md");
    for object in [
        &all,
        &all["integrations"][0],
        &all["integrations"][0]["files"][0],
    ] {
        for key in object.as_object().expect("an object").keys() {
            assert!(
                docs.contains(&format!("`{key}`")),
                "{key} is not documented"
            );
        }
    }
    let held_now = &all["integrations"][1]["held"][0];
    assert_eq!(held_now["codes"], serde_json::json!(["ROSTER_EMPTY"]));
    assert_eq!(held_now["reference_id"], held.reference());
    assert_eq!(all["integrations"][1]["last_run"]["status"], "Held");
    let unknown = site.feedgate(&["status", "nowhere"]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(unknown.stderr.contains("demographic-export"), "{unknown:?}");
}
