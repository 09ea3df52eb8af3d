//! `initial_import = "required"`: unattended runs are held until the plan year has had its initial import.

use crate::people::{Record, csv, deduction, people, today};
use crate::scenario::{DEDUCTION, Outcome, Scenario, two_years};
use chrono::{DateTime, Utc};
use feedgate::internal::config;
use feedgate::internal::domain::RunStatus;
use feedgate::internal::run::{self, RunRequest};
use feedgate::internal::site::{Quiet, Site};
use feedgate::internal::spool::Disk;

fn site() -> Scenario {
    let keys = "initial_import = \"required\"\ntest_files = [\"TEST_*\"]\nretro_days = 400";
    let site = Scenario::new().and_keys(DEDUCTION, keys);
    let site = site.and_config("[integration.deduction-import.parameters]\ndelta = true\n");
    site.roster("hr.csv", csv(&people(6)));
    site
}

fn of_this_year(n: usize) -> Record {
    deduction(n).with("effective_date", today())
}

fn arrives(site: &Scenario, name: &str, records: &[Record]) -> Outcome {
    site.send_deductions(name, records, &["--unattended"])
}

#[track_caller]
fn is_held(outcome: &Outcome) {
    outcome.ended(5, "Held");
    let reason = outcome.text("reason");
    assert!(reason.starts_with("INITIAL_IMPORT_REQUIRED: "), "{reason}");
}

#[test]
fn what_arrives_is_held_until_a_person_has_run_the_whole_file() {
    let site = site();
    let held = arrives(&site, "weekly.csv", &[of_this_year(1)]);
    is_held(&held);
    let status = site.feedgate(&["status", DEDUCTION]);
    assert!(
        status.stdout.contains("INITIAL_IMPORT_REQUIRED"),
        "{status:?}"
    );

    // Manual runs are not held; files of changes and test files are no initial import.
    site.send_deductions("changes.csv", &[of_this_year(2)], &[])
        .completed();
    let test = arrives(&site, "TEST_1.csv", &[of_this_year(3)]);
    assert_eq!(test.status(), "Completed", "{test:?}");
    is_held(&arrives(&site, "weekly-2.csv", &[of_this_year(3)]));

    let whole = [of_this_year(1), of_this_year(2), of_this_year(4)];
    site.send_deductions("whole.csv", &whole, &["--delta", "false"])
        .completed();
    arrives(&site, "weekly-3.csv", &[of_this_year(5)]).completed();
    let released = site.feedgate(&["release", held.reference(), "--why", "imported", "--json"]);
    assert_eq!(released.status(), "Completed", "{released:?}");
}

const FIXED: &str = concat!(
    two_years!(),
    r#"[identity]
match = "shape-only"
[integration.deduction-import]
kind = "deduction"
initial_import = "required"
parameters = { delta = true }
"#
);

/// A run at a moment, of what waits: the status of its only file.
fn run_at(site: &Scenario, clock: fn() -> DateTime<Utc>, by_hand: bool) -> RunStatus {
    let loaded = config::load(&site.path("feedgate.toml")).expect("configuration");
    let here = Site::new(loaded).with(Disk::new(), clock);
    let mut request = RunRequest {
        name: DEDUCTION.to_owned(),
        unattended: !by_hand,
        ..RunRequest::default()
    };
    request.given.delta = by_hand.then_some(false);
    let ended = run::run(&here, &request, &Quiet).expect("run");
    assert_eq!(ended.summaries.len(), 1, "{ended:?}");
    ended.summaries[0].status
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

#[test]
fn each_plan_year_has_its_own() {
    let site = Scenario::new().config(FIXED);
    let drop = |name: &str, n: usize, day: &str| {
        let record = deduction(n).with("effective_date", day);
        site.inbound(DEDUCTION, name, csv(&[record]));
    };
    let first = || moment("2026-11-20T15:00:00Z");
    drop("whole.csv", 1, "2026-11-01");
    assert_eq!(run_at(&site, first, true), RunStatus::Completed);
    drop("weekly.csv", 2, "2026-11-01");
    assert_eq!(run_at(&site, first, false), RunStatus::Completed);

    let second = || moment("2026-11-21T15:00:00Z");
    drop("next.csv", 3, "2027-01-01");
    assert_eq!(run_at(&site, second, false), RunStatus::Held);
    drop("whole-next.csv", 4, "2027-01-01");
    assert_eq!(run_at(&site, second, true), RunStatus::Completed);
    drop("weekly-next.csv", 5, "2027-01-01");
    assert_eq!(run_at(&site, second, false), RunStatus::Completed);
}

#[test]
fn corrections_and_reruns_continue_what_a_person_began() {
    let site = site();
    let mixed = [
        of_this_year(1),
        of_this_year(2).with("employee_amount", "x"),
    ];
    let first = site.send_deductions("first.csv", &mixed, &["--delta", "false"]);
    first.ended(3, "Completed with Errors");
    // It ended with errors, so the year still waits for its import.
    is_held(&arrives(&site, "weekly.csv", &[of_this_year(3)]));
    let name = format!("first.{}.rejects.csv", first.reference());
    let fixed = arrives(&site, &name, &[of_this_year(2)]);
    assert_eq!(fixed.status(), "Completed", "{fixed:?}");
    is_held(&arrives(&site, "weekly-2.csv", &[of_this_year(4)]));
    let rerun = site.feedgate(&["rerun", first.reference(), "--json"]);
    assert_ne!(rerun.status(), "Held", "{rerun:?}");
}
