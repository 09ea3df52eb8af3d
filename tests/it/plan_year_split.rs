//! Files with rows of several plan years: one run for each, the earliest now and the others in their order; and corrections
//! that are all of another plan year than their run.

use crate::scenario::{DEDUCTION, Scenario, files, read_csv, two_years};
use crate::site_folder::names;
use chrono::{DateTime, Utc};
use feedgate::internal::domain::{RunStatus, RunSummary};
use feedgate::internal::run::{self, RunRequest};
use feedgate::internal::site::Quiet;
use feedgate::internal::spool::{Disk, Faults};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const INTEGRATION: &str =
    "[identity]\nmatch = 'shape-only'\n[integration.deduction-import]\nkind = 'deduction'\n";
const SPLIT: &str = "plan_years = 'split'\n";
const HEAD: &str = "employee id,login,ssn,ded code,ee amount,er amount,effective date,end date\n";

fn site(keys: &str) -> Scenario {
    Scenario::new().config(&format!("{}{INTEGRATION}{keys}", two_years!()))
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

fn sunday() -> DateTime<Utc> {
    moment("2026-11-29T17:00:00Z")
}

fn monday() -> DateTime<Utc> {
    moment("2026-11-30T17:00:00Z")
}

fn tuesday() -> DateTime<Utc> {
    moment("2026-12-01T17:00:00Z")
}

/// A row of 100.00 and 10.00.
fn row(n: u32, effective: &str) -> String {
    format!("E100{n},user{n}x,89912100{n},MED,100.00,10.00,{effective},\n")
}

fn this(n: u32) -> String {
    row(n, "2026-12-05")
}

fn next(n: u32) -> String {
    row(n, "2027-01-01")
}

/// What waits is taken at this time: the runs, the exit code, and the number of files left.
fn run_on(
    site: &Scenario,
    disk: Disk,
    clock: fn() -> DateTime<Utc>,
) -> (Vec<RunSummary>, u8, usize) {
    let request = RunRequest {
        name: DEDUCTION.to_owned(),
        ..RunRequest::default()
    };
    let ended = run::run(&site.open(disk, clock), &request, &Quiet).expect("run");
    assert!(ended.failure.is_none(), "{ended:?}");
    (ended.summaries, ended.exit_code, ended.left.waiting)
}

/// The only run of a file that is taken at this time.
#[track_caller]
fn one_run(site: &Scenario, clock: fn() -> DateTime<Utc>) -> RunSummary {
    let (mut runs, ..) = run_on(site, Disk::new(), clock);
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs.remove(0)
}

#[track_caller]
fn send(site: &Scenario, text: impl AsRef<[u8]>, clock: fn() -> DateTime<Utc>) -> RunSummary {
    site.inbound(DEDUCTION, "oe.csv", text);
    one_run(site, clock)
}

/// The bytes of a file that a run has published.
fn published(site: &Scenario, run: &RunSummary, what: &str) -> String {
    let wanted = format!(".{}.{what}.", run.integration_reference_id);
    let found = files(site.root());
    let path = found.iter().find(|p| p.to_string_lossy().contains(&wanted));
    let path = path.unwrap_or_else(|| panic!("no {what}: {run:?}"));
    fs::read_to_string(path).expect("text")
}

/// The cells of one column of a run's output.
fn output(site: &Scenario, run: &RunSummary, column: &str) -> Vec<String> {
    let rows: Vec<BTreeMap<String, String>> = read_csv(published(site, run, "output").as_bytes());
    rows.iter().map(|row| row[column].clone()).collect()
}

/// The only file that waits.
#[track_caller]
fn waiting(site: &Scenario) -> (String, String) {
    let names = site.waiting(DEDUCTION);
    let [name] = &names[..] else {
        panic!("one file should wait: {names:?}")
    };
    let places = ["inbound", "queue"].map(|place| files(&site.path(place)));
    let mut places = places.iter().flatten();
    let path = places.find(|path| path.ends_with(name)).expect("there");
    (name.clone(), fs::read_to_string(path).expect("text"))
}

/// Nothing goes at this time.
#[track_caller]
fn waits(site: &Scenario, clock: fn() -> DateTime<Utc>) {
    let (runs, exit, waiting) = run_on(site, Disk::new(), clock);
    assert!(runs.is_empty(), "{runs:?}");
    assert_eq!((exit, waiting), (5, 1));
}

#[track_caller]
fn counted(run: &RunSummary, year: &str, [processed, accepted, later]: [u64; 3]) {
    let found = [
        run.records_processed,
        run.records_accepted,
        run.rows_of_later_years,
    ];
    assert_eq!(found, [processed, accepted, later], "{run:?}");
    let start = run.plan_year_start.map(|day| day.to_string());
    assert_eq!(start.as_deref(), Some(year), "{run:?}");
}

/// Rejects of a run, changed and dropped back under their name.
fn drop_back(site: &Scenario, run: &RunSummary, change: impl Fn(String) -> String) {
    let text = change(published(site, run, "rejects"));
    let name = format!("oe.{}.rejects.csv", run.integration_reference_id);
    site.inbound(DEDUCTION, &name, text);
}

#[test]
fn each_year_has_a_run_and_the_later_one_is_scheduled_for_the_next_day() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/real_files/22-two-plan-years-in-one-file");
    let text = fs::read_to_string(folder.join("oe-week.csv")).expect("the case");
    let site = site(SPLIT);
    let first = send(&site, &text, sunday);
    assert_eq!(first.status, RunStatus::Completed);
    counted(&first, "2026-01-01", [1, 1, 3]);
    assert!(
        first.findings.is_empty() && first.split_from.is_none(),
        "{first:?}"
    );
    assert_eq!(output(&site, &first, "effective_date"), ["2026-12-05"]);
    let (name, later) = waiting(&site);
    let reference = &first.integration_reference_id;
    assert_eq!(name, format!("oe.{reference}.later.csv"));
    assert_eq!(
        first.later_file,
        Some(format!("inbound/{DEDUCTION}/{name}"))
    );
    let of_2027: Vec<&str> = text.lines().filter(|l| !l.contains("2026")).collect();
    assert_eq!(later, of_2027.join("\n") + "\n");
    waits(&site, sunday);
    let second = one_run(&site, monday);
    assert_eq!(second.status, RunStatus::Completed);
    counted(&second, "2027-01-01", [3, 3, 0]);
    assert_eq!(second.split_from.as_ref(), Some(reference));
    assert_eq!(second.resubmission_of, None);
    let named = format!("oe.{}.output.csv", second.integration_reference_id);
    assert!(
        second
            .output_file
            .as_ref()
            .is_some_and(|f| f.ends_with(&named)),
        "{second:?}"
    );
    assert_eq!(
        output(&site, &second, "subscriber_id"),
        ["E1001", "E1002", "E1003"]
    );
    assert!(site.waiting(DEDUCTION).is_empty());
    // Files of one year are as before.
    let third = send(&site, HEAD.to_owned() + &next(4), monday);
    counted(&third, "2027-01-01", [1, 1, 0]);
}

#[test]
fn three_years_in_fixed_width_are_split_one_after_the_other() {
    let layout = "[integration.deduction-import.fixed_width]\nsubscriber_id = { start = 1, length = 6 }\n\
        username = { start = 7, length = 8 }\nssn = { start = 15, length = 9 }\ndeduction_code = { start = 24, length = 4 }\n\
        effective_date = { start = 28, length = 10 }\nemployee_amount = { start = 38, length = 7, decimals = 'explicit' }\n";
    let line = |n: u32, date: &str| format!("E100{n} user{n}x  89912100{n}MED {date} 100.00\r\n");
    let of_2028 = "[[plan_year]]\nstart = 2028-01-01\nend = 2028-12-31\n";
    let site = site(&format!("{SPLIT}{layout}{of_2028}"));
    let text = [
        line(1, "2028-02-01"),
        line(2, "2027-02-01"),
        line(3, "2026-12-01"),
        line(4, "2028-02-01"),
        line(5, "2026-13-01"),
        line(6, "2027-02-01"),
    ];
    let first = send(&site, text.concat(), sunday);
    counted(&first, "2026-01-01", [2, 1, 4]);
    // A row whose year can't be read stays in the first run.
    assert_eq!(
        first.findings,
        BTreeMap::from([("DATE_INVALID".to_owned(), 1)])
    );
    let rest = |places: [usize; 4]| places.map(|i| text[i].clone()).concat();
    assert_eq!(waiting(&site).1, rest([0, 1, 3, 5]));
    let second = one_run(&site, monday);
    counted(&second, "2027-01-01", [2, 2, 2]);
    let (name, last) = waiting(&site);
    assert_eq!(
        name,
        format!("oe.{}.later.csv", second.integration_reference_id)
    );
    assert_eq!(last, text[0].clone() + &text[3]);
    waits(&site, monday);
    let third = one_run(&site, tuesday);
    counted(&third, "2028-01-01", [2, 2, 0]);
    assert_eq!(third.split_from, Some(second.integration_reference_id));
}

#[test]
fn control_records_are_checked_over_the_whole_file_first() {
    let controls = "[integration.deduction-import.format]\n\
        trailer = { marker = 'TRL', count = 2, employee_amount = 3 }\nheader = { marker = 'HDR', count = 2 }\n";
    let text = |count: u32, cents: u32| {
        let rows = [this(1), next(2), next(3)].concat();
        format!("HDR,3\n{HEAD}{rows}TRL,{count},{cents}\n")
    };
    for (count, cents) in [(1, 10_000), (3, 10_000), (2, 30_000)] {
        let site = site(&format!("{SPLIT}{controls}"));
        let run = send(&site, text(count, cents), sunday);
        assert_eq!(run.status, RunStatus::Failed, "{run:?}");
        assert!(run.findings.contains_key("CONTROL_TOTAL"), "{run:?}");
        assert!(site.waiting(DEDUCTION).is_empty() && run.later_file.is_none());
    }
    let site = site(&format!("{SPLIT}{controls}"));
    counted(
        &send(&site, text(3, 30_000), sunday),
        "2026-01-01",
        [1, 1, 2],
    );
    let later = waiting(&site).1;
    assert_eq!(later, format!("HDR,3\n{HEAD}{}{}", next(2), next(3)));
    waits(&site, sunday);
    let second = one_run(&site, monday);
    assert_eq!(second.status, RunStatus::Completed, "{second:?}");
    counted(&second, "2027-01-01", [2, 2, 0]);
}

#[test]
fn the_later_file_is_taken_by_any_pattern_and_any_sign_of_completeness() {
    let complete = "files = ['oe.csv']\ncomplete = { by = 'marker', marker = '.ok' }\n";
    let site = site(&format!("{SPLIT}{complete}"));
    let text = [HEAD, &this(1), &next(2)].concat();
    site.inbound(DEDUCTION, "oe.csv", text)
        .inbound(DEDUCTION, "oe.csv.ok", "");
    let first = one_run(&site, sunday);
    let name = format!("oe.{}.later.csv", first.integration_reference_id);
    assert_eq!(
        site.waiting(DEDUCTION),
        [name.clone(), format!("{name}.ok")]
    );
    counted(&one_run(&site, monday), "2027-01-01", [1, 1, 0]);
    assert!(site.waiting(DEDUCTION).is_empty());
    // A name like it that no run has given is any other name.
    site.inbound(
        DEDUCTION,
        "x.20261129-000001.later.csv",
        HEAD.to_owned() + &next(3),
    );
    assert!(run_on(&site, Disk::new(), tuesday).0.is_empty());
}

#[test]
fn changes_of_later_rows_are_not_too_old_the_day_after() {
    let site = site(&format!(
        "{SPLIT}[integration.deduction-import.guards]\nmax_row_change_count = 1\n\
        [integration.deduction-import.parameters]\ndelta = true\n"
    ));
    let head = HEAD.replace('\n', ",last_changed_at\n");
    let at = |row: String, time: &str| row.replace('\n', &format!(",2026-11-{time}\n"));
    let text = |rows: &[String]| head.clone() + &rows.concat();
    let rows: Vec<String> = (1..=4).map(|n| at(this(n), "28T12:00:00")).collect();
    let with_next = [rows, vec![at(next(5), "28T12:00:00")]].concat();
    counted(
        &send(&site, text(&with_next), sunday),
        "2026-01-01",
        [4, 4, 1],
    );
    let second = one_run(&site, monday);
    assert_eq!(second.status, RunStatus::Completed, "{second:?}");
    counted(&second, "2027-01-01", [1, 1, 0]);
    // What changed between the first run and that of the later file is not too old either.
    let between: Vec<String> = (1..=4).map(|n| at(next(n), "30T08:00:00")).collect();
    let third = send(&site, text(&between), tuesday);
    counted(&third, "2027-01-01", [4, 4, 0]);
    // It has as many rows as the last whole file.
    assert_eq!(third.status, RunStatus::Completed, "{third:?}");
}

#[test]
fn a_full_file_lacks_no_deduction_that_has_a_row_of_any_year() {
    let site = site(&format!("{SPLIT}content = 'full'\nomission = 'stop'\n"));
    let of_2026 = [
        row(1, "2026-11-01"),
        row(2, "2026-11-01"),
        row(3, "2026-11-01"),
    ];
    counted(
        &send(&site, HEAD.to_owned() + &of_2026.concat(), sunday),
        "2026-01-01",
        [3, 3, 0],
    );
    let rows = [of_2026[0].clone(), row(2, "2027-01-01")];
    let first = send(&site, HEAD.to_owned() + &rows.concat(), sunday);
    counted(&first, "2026-01-01", [1, 0, 1]);
    // The third is missing, the second is not.
    assert_eq!(
        (first.deductions_missing, first.stopped_by_omission),
        (1, 1)
    );
    assert_eq!(output(&site, &first, "subscriber_id"), ["E1003"]);
    let second = one_run(&site, monday);
    counted(&second, "2027-01-01", [1, 1, 0]);
    assert_eq!(
        (second.deductions_missing, second.stopped_by_omission),
        (0, 0)
    );
}

#[test]
fn wherever_chunks_are_cut_the_result_is_the_same() {
    let year = crate::people::this_year();
    let line = |n: usize| {
        let year = if n % 3 == 1 || n == 1_999 {
            year
        } else {
            year + 1
        };
        format!("E{n},user{n}x,521340001,MED,1.00,1.00,{year}-12-01,\n")
    };
    // The earliest year comes first in the last row.
    let early = format!("E9999,userx9,521340002,MED,1.00,1.00,{}-12-01,", year - 1);
    let text = HEAD.to_owned() + &(0..2_000).map(line).collect::<String>() + &early;
    let mut results = Vec::new();
    for (workers, chunk) in [("1", "1000000"), ("1", "4096"), ("4", "4096")] {
        let plan_years: String = (year - 1..=year + 1)
            .map(|y| format!("[[plan_year]]\nstart = {y}-01-01\nend = {y}-12-31\n"))
            .collect();
        let config =
            format!("[site]\ntimezone = 'America/New_York'\n{plan_years}{INTEGRATION}{SPLIT}");
        let site = Scenario::new().config(&config);
        site.inbound(DEDUCTION, "oe.csv", &text);
        let done = site
            .command(&["run", DEDUCTION, "--json"])
            .env("FEEDGATE_WORKERS", workers)
            .env("FEEDGATE_CHUNK_BYTES", chunk)
            .output()
            .expect("the program starts");
        let [run]: [RunSummary; 1] = serde_json::from_slice(&done.stdout).expect("JSON");
        counted(&run, &format!("{}-01-01", year - 1), [1, 1, 2_000]);
        results.push((
            waiting(&site).1,
            published(&site, &run, "output").lines().count(),
        ));
    }
    assert_eq!(results[0].0.lines().count(), 2_001);
    assert!(results.iter().all(|r| *r == results[0]));
}

#[test]
fn a_run_that_is_stopped_at_any_step_leaves_one_later_file() {
    let text = [HEAD, &this(1), &next(2), &next(3)].concat();
    let first = |disk: Disk| {
        let site = site(&format!("{SPLIT}complete = {{ by = 'rename' }}\n"));
        site.inbound(DEDUCTION, "oe.csv", &text);
        let here = site.open(disk, sunday);
        let request = RunRequest {
            name: DEDUCTION.to_owned(),
            ..RunRequest::default()
        };
        let ended = run::run(&here, &request, &Quiet);
        let failed = ended.map_or(true, |ended| ended.failure.is_some());
        (site, failed, here.steps())
    };
    let (undisturbed, failed, steps) = first(Disk::new());
    let want = waiting(&undisturbed);
    assert!(!failed && steps > 30, "{steps}");
    let full_disk = 28;
    for step in 1..=steps {
        for fault in [Faults::StopAt(step), Faults::FailAt(step, full_disk)] {
            let (site, failed, _) = first(Disk::with_faults(fault));
            assert!(failed, "{fault:?}");
            let before = site.waiting(DEDUCTION);
            assert!(before.len() <= 1, "{fault:?}: {before:?}");
            run_on(&site, Disk::new(), sunday);
            assert_eq!(waiting(&site), want, "after {fault:?}");
            assert!(names(&site.path("work")).is_empty(), "{fault:?}");
            counted(&one_run(&site, monday), "2027-01-01", [2, 2, 0]);
        }
    }
}

#[test]
fn later_rows_stay_as_they_came_in_the_encoding_of_the_sender() {
    let site = site(SPLIT);
    let head = HEAD.replace('\n', ",plan\r\n");
    let rows = [this(1), next(2), next(3)].map(|row| row.replace('\n', ",\"Gehälter, 1\"\r\n"));
    let wide = |text: String| -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16().collect::<Vec<u16>>());
        units.flat_map(u16::to_le_bytes).collect()
    };
    // The last row has no line end.
    let text = head.clone() + &rows.concat();
    let first = send(&site, wide(text.trim_end().to_owned()), sunday);
    counted(&first, "2026-01-01", [1, 1, 2]);
    let later = format!("oe.{}.later.csv", first.integration_reference_id);
    let bytes = fs::read(site.path("inbound").join(DEDUCTION).join(later)).expect("bytes");
    assert_eq!(bytes, wide(head + &rows[1..].concat()));
    let second = one_run(&site, monday);
    counted(&second, "2027-01-01", [2, 2, 0]);
    assert_eq!(
        output(&site, &second, "plan_name"),
        ["Gehälter, 1", "Gehälter, 1"]
    );
}

#[test]
fn a_row_with_bytes_in_doubt_stays_in_the_first_run_whatever_its_year() {
    let site = site(SPLIT);
    let head = HEAD.replace('\n', ",plan\n");
    let named = |row: String, plan: &[u8]| [row.trim_end().as_bytes(), b",", plan, b"\n"].concat();
    let rows = [
        named(row(1, "2026-12-05"), "Gehälter".as_bytes()),
        named(row(2, "2027-01-01"), b"Geh\xe4lter"),
        named(row(3, "2027-01-01"), "Gehälter".as_bytes()),
    ];
    let first = send(&site, [head.as_bytes(), &rows.concat()].concat(), sunday);
    counted(&first, "2026-01-01", [2, 1, 1]);
    let code = "ENCODING_MIXED".to_owned();
    assert_eq!(first.findings, BTreeMap::from([(code, 1)]));
    let later = format!("{head}{}", String::from_utf8_lossy(&rows[2]));
    assert_eq!(waiting(&site).1, later);
}

#[test]
fn neither_a_rerun_nor_the_same_bytes_bring_the_later_rows_twice() {
    let site = site(SPLIT);
    let text = [HEAD, &this(1), &next(2)].concat();
    let first = send(&site, &text, sunday);
    let later = waiting(&site);
    let rerun = |of: &RunSummary| {
        let here = site.open(Disk::new(), sunday);
        run::rerun(&here, &of.integration_reference_id, &Quiet).expect("rerun")
    };
    let second = rerun(&first);
    counted(&second, "2026-01-01", [1, 0, 1]);
    let third = rerun(&second);
    assert!(second.later_file.is_none() && third.later_file.is_none());
    assert_eq!(waiting(&site), later);
    site.inbound(DEDUCTION, "again.csv", &text);
    let again = one_run(&site, sunday);
    assert_eq!(again.duplicate_of, Some(third.integration_reference_id));
    assert_eq!(waiting(&site), later);
    let of_2027 = one_run(&site, monday);
    // The later run is repeated from the archive, without a trailer as before.
    let here = site.open(Disk::new(), monday);
    let repeated = run::rerun(&here, &of_2027.integration_reference_id, &Quiet).expect("rerun");
    assert_eq!(repeated.split_from, Some(first.integration_reference_id));
    counted(&repeated, "2027-01-01", [1, 0, 0]);
}

#[test]
fn later_rows_of_a_held_file_come_with_its_release_and_not_before() {
    for release in [true, false] {
        let site = site(&format!(
            "{SPLIT}[integration.deduction-import.guards]\nmax_error_count = 0\n"
        ));
        let wrong = this(1).replace("100.00", "x");
        let text = [HEAD, &wrong, &this(2), &next(3)].concat();
        let held = send(&site, &text, sunday);
        assert_eq!(held.status, RunStatus::Held, "{held:?}");
        assert_eq!((held.rows_of_later_years, &held.later_file), (1, &None));
        assert!(site.waiting(DEDUCTION).is_empty());
        let here = site.open(Disk::new(), sunday);
        let reference = &held.integration_reference_id;
        if !release {
            run::refuse(&here, reference, "sent by mistake").expect("refused");
            assert!(site.waiting(DEDUCTION).is_empty());
            continue;
        }
        let released = run::release(&here, reference, "seen", &Quiet).expect("released");
        counted(&released, "2026-01-01", [2, 1, 1]);
        assert_eq!(waiting(&site).1, HEAD.to_owned() + &next(3));
        counted(&one_run(&site, monday), "2027-01-01", [1, 1, 0]);
    }
}

#[test]
fn a_named_year_is_not_split_and_a_mixed_file_is_as_before() {
    let keys = |integration: &str| {
        format!(
            "{integration}[integration.deduction-import.parameters]\nplan_year_start_date = 2025-12-31\n"
        )
    };
    for keys in [
        keys(SPLIT),
        String::new(),
        "plan_years = 'one'\n".to_owned(),
    ] {
        let site = site(&keys);
        let run = send(&site, [HEAD, &this(1), &this(2), &next(3)].concat(), sunday);
        counted(&run, "2026-01-01", [3, 2, 0]);
        assert_eq!(
            run.findings,
            BTreeMap::from([("PLAN_YEAR_MIXED".to_owned(), 1)])
        );
        assert!(site.waiting(DEDUCTION).is_empty());
    }
}

#[test]
fn corrections_that_are_all_of_one_other_year_are_a_file_of_that_year() {
    let named = "[integration.deduction-import.parameters]\nplan_year_start_date = 2025-12-31\n";
    for keys in ["", named] {
        let site = site(keys);
        let run = send(
            &site,
            [HEAD, &this(1), &this(2), &next(3), &this(4)].concat(),
            sunday,
        );
        assert_eq!(
            run.findings,
            BTreeMap::from([("PLAN_YEAR_MIXED".to_owned(), 1)])
        );
        drop_back(&site, &run, |text| text);
        waits(&site, sunday);
        let corrected = one_run(&site, monday);
        assert_eq!(corrected.status, RunStatus::Completed, "{corrected:?}");
        counted(&corrected, "2027-01-01", [1, 1, 0]);
        assert_eq!(
            corrected.resubmission_of,
            Some(run.integration_reference_id)
        );
    }
}

#[test]
fn corrections_of_two_years_stay_in_the_year_of_their_run() {
    let named = "[integration.deduction-import.parameters]\nplan_year_start_date = 2025-12-31\n";
    for keys in ["", named] {
        let site = site(keys);
        let wrong = this(4).replace("100.00", "x");
        let text = [HEAD, &this(1), &this(2), &next(3), &next(5), &wrong].concat();
        let run = send(&site, text, sunday);
        assert_eq!(run.errors, 3, "{run:?}");
        drop_back(&site, &run, |text| text.replace(",x,", ",100.00,"));
        let corrected = one_run(&site, sunday);
        counted(&corrected, "2026-01-01", [3, 1, 0]);
        assert_eq!(
            corrected.findings,
            BTreeMap::from([("PLAN_YEAR_MIXED".to_owned(), 2)])
        );
    }
}

#[test]
fn corrections_are_split_too_and_both_parts_close_the_rejections() {
    let site = site(SPLIT);
    let wrong = [this(1), this(2)].map(|row| row.replace("2026-12", "2026-13"));
    let run = send(&site, [HEAD, &wrong.concat(), &this(3)].concat(), sunday);
    counted(&run, "2026-01-01", [3, 1, 0]);
    drop_back(&site, &run, |text| {
        text.replacen("2026-13-05", "2026-12-05", 1)
            .replace("2026-13-05", "2027-01-05")
    });
    let corrected = one_run(&site, sunday);
    counted(&corrected, "2026-01-01", [1, 1, 1]);
    let parent = &run.integration_reference_id;
    let name = waiting(&site).0;
    let reference = &corrected.integration_reference_id;
    assert_eq!(name, format!("oe.{reference}.later.{parent}.rejects.csv"));
    waits(&site, sunday);
    let later = one_run(&site, monday);
    counted(&later, "2027-01-01", [1, 1, 0]);
    assert_eq!(later.resubmission_of.as_ref(), Some(parent));
    assert_eq!(later.split_from.as_ref(), Some(reference));
    let number = site
        .ledger_for_reading()
        .run(parent)
        .expect("read")
        .expect("there")
        .number;
    let rejections = site.ledger_for_reading().rejections(number).expect("read");
    assert_eq!(rejections.len(), 2);
    assert!(
        rejections.iter().all(|r| r.closed_by.is_some()),
        "{rejections:?}"
    );
}

#[test]
fn validate_counts_rows_of_later_years_and_does_not_reject_them() {
    let year = crate::people::this_year();
    let scenario = Scenario::new().and_keys(DEDUCTION, "plan_years = 'split'\nretro_days = 400");
    let scenario = scenario.and_config("[identity]\nmatch = 'shape-only'\n");
    let day = |n: u32, year: i32| row(n, &format!("{year}-12-31"));
    let text = [HEAD, &day(1, year + 1), &day(2, year), &day(3, year + 1)].concat();
    fs::write(scenario.path("oe.csv"), text).expect("written");
    let dry = scenario.feedgate(&["validate", "oe.csv", "--integration", DEDUCTION, "--json"]);
    assert_eq!(dry.code, 0, "{dry:?}");
    let summary = &dry.summary()["summary"];
    assert_eq!(summary["rows_of_later_years"], 2, "{dry:?}");
    assert_eq!(summary["records_accepted"], 1);
    assert_eq!(summary["findings"], serde_json::json!({}));
    let told = scenario.feedgate(&["validate", "oe.csv", "--integration", DEDUCTION]);
    assert!(
        told.stdout
            .contains("Rows of later plan years, which get a run of their own: 2"),
        "{told:?}"
    );
    assert!(scenario.waiting(DEDUCTION).is_empty());
}

#[test]
fn only_deductions_are_split() {
    let site = Scenario::new().and_keys("demographic-export", SPLIT.trim());
    let checked = site.feedgate(&["check"]);
    assert_eq!(checked.code, 2, "{checked:?}");
    assert!(checked.stderr.contains("plan_years"), "{checked:?}");
}
