//! Open enrollment from November to January by `docs/open-enrollment.md`: the commands of that page in their order, on a
//! given clock. Each command is compared with the page, and so is what it prints.

mod weeks;

use crate::people::{Record, csv, deduction, person, subscriber_id};
use crate::scenario::{files, read_csv};
use crate::site_folder::names;
use serde_json::Value;
use std::collections::BTreeMap;
use weeks::{Weeks, configuration};

/// A deduction of medical, of 40.15 and a dollar more for each person.
fn medical(people: impl IntoIterator<Item = usize>, day: &str) -> Vec<Record> {
    people
        .into_iter()
        .map(|n| deduction(n).with("effective_date", day))
        .collect()
}

fn dental(people: impl IntoIterator<Item = usize>, day: &str) -> Vec<Record> {
    let code = |row: Record| row.with("deduction_code", "DEN01");
    medical(people, day).into_iter().map(code).collect()
}

const DONE: &str = "Completed";
const ERRORS: &str = "Completed with Errors";
const HELD: &str = "Held";

#[test]
fn the_whole_way_by_the_page() {
    let mut weeks = Weeks::new();
    the_new_year_is_opened(&mut weeks);
    files_wait_through_a_pause(&mut weeks);
    let new = the_new_year_comes(&mut weeks);
    hr_corrects(&mut weeks, new);
    the_old_year_goes_on(&mut weeks);
    both_years_come_by_turns(&mut weeks);
    a_guard_and_a_correction(&mut weeks);
    the_year_ends(&mut weeks);
    nothing_is_lost_and_nothing_doubled(&weeks);
}

/// The file of 2027 as the carrier has it: 31 rows of which one has a faulty amount, and one a person who is not known.
fn new_year() -> Vec<Record> {
    let mut rows = medical(1..=31, "2027-01-01");
    rows[29] = deduction(30)
        .with("effective_date", "2027-01-01")
        .with("employee_amount", "7O.15");
    rows
}

fn the_new_year_is_opened(weeks: &mut Weeks) {
    std::fs::write(weeks.site.path("medical-2027.csv"), csv(&new_year())).expect("written");
    let staff: Vec<Record> = (1..=30).map(person).collect();
    weeks.drop("employees", "hr.csv", csv(&staff));
    weeks.night(
        "2026-11-01",
        0,
        &[("employees", "hr.csv", DONE, [30, 0, 0])],
    );
    let (code, text) = weeks.run(
        "2026-11-02T09:00",
        "feedgate validate medical-2027.csv --integration medical --json",
    );
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("PLAN_YEAR_UNKNOWN"), "{text}");
    std::fs::write(weeks.site.path("feedgate.toml"), configuration()).expect("written");
    weeks.step("2026-11-02T09:05", "feedgate check", 0);
    weeks.send(
        "medical",
        "medical-1102.csv",
        &medical(1..=20, "2026-01-01"),
    );
    weeks.send("dental", "dental-1102.csv", &dental(1..=20, "2026-01-01"));
    let runs = weeks.night(
        "2026-11-02",
        0,
        &[
            ("medical", "medical-1102.csv", DONE, [20, 0, 0]),
            ("dental", "dental-1102.csv", DONE, [20, 0, 0]),
        ],
    );
    assert!(runs.iter().all(|run| run["warnings"] == 0), "{runs:?}");
}

fn files_wait_through_a_pause(weeks: &mut Weeks) {
    weeks.step(
        "2026-11-09T08:00",
        "feedgate pause carriers --why \"open enrollment: payroll looks at each file\"",
        0,
    );
    let mut rows = dental([21, 22], "2026-11-15");
    rows.extend(dental([23], "2026-01-01"));
    weeks.send("dental", "dental-1109.csv", &rows);
    weeks.night("2026-11-09", 5, &[]);
    let receipts = names(&weeks.site.path("outbound/dental/receipts"));
    assert!(
        receipts.contains(&"dental-1109.A20261109-000001.received.json".to_owned()),
        "{receipts:?}"
    );
    weeks.step("2026-11-10T08:00", "feedgate status dental", 0);
    weeks.step("2026-11-10T08:05", "feedgate run dental", 0);
    weeks.step("2026-11-16T08:00", "feedgate resume carriers", 0);
}

fn the_new_year_comes(weeks: &mut Weeks) -> Vec<Record> {
    weeks.step(
        "2026-11-16T09:00",
        "feedgate validate medical-2027.csv --integration medical",
        3,
    );
    let mut rows = medical(21..=24, "2026-11-15");
    rows.extend(medical(1..=16, "2026-01-01"));
    weeks.send("medical", "medical-1116.csv", &rows);
    let new = new_year();
    weeks.send("medical", "medical-2027.csv", &new);
    weeks.night(
        "2026-11-16",
        5,
        &[("medical", "medical-1116.csv", DONE, [4, 16, 0])],
    );
    weeks.step("2026-11-16T23:00", "feedgate status medical", 0);
    weeks.night(
        "2026-11-17",
        5,
        &[("medical", "medical-2027.csv", HELD, [29, 0, 2])],
    );
    weeks.step("2026-11-18T08:00", "feedgate show latest", 0);
    let held = weeks.for_hr("medical", "medical-2027.20261117-000001.held.csv");
    assert_eq!(held.lines().count(), 7, "{held}");
    weeks.step(
        "2026-11-18T09:00",
        "feedgate release 20261117-000001 --why \"the carrier confirms 31 enrollments\"",
        3,
    );
    new
}

fn hr_corrects(weeks: &mut Weeks, mut new: Vec<Record>) {
    weeks.step("2026-11-18T10:00", "feedgate rejects", 0);
    weeks.put_back(
        "medical",
        "medical-2027.20261117-000001.rejects.csv",
        "7O.15",
        "70.15",
    );
    new[29] = new[29].clone().with("employee_amount", "70.15");
    weeks.note(&new);
    let corrections = (
        "medical",
        "medical-2027.20261117-000001.rejects.csv",
        ERRORS,
        [1, 0, 1],
    );
    weeks.night("2026-11-18", 3, &[corrections]);
    let answer = weeks.for_hr("medical", "medical-2027.20261118-000001.answer.txt");
    assert!(
        answer.contains("1 still open") && answer.contains("N10031"),
        "{answer}"
    );
    weeks.drop("employees", "hr-1119.csv", csv(&[person(31)]));
    weeks.put_back(
        "medical",
        "medical-2027.20261118-000001.rejects.csv",
        "",
        "",
    );
    weeks.night(
        "2026-11-19",
        0,
        &[
            ("employees", "hr-1119.csv", DONE, [1, 0, 0]),
            (
                "medical",
                "medical-2027.20261118-000001.rejects.csv",
                DONE,
                [1, 0, 0],
            ),
        ],
    );
    let answer = weeks.for_hr("medical", "medical-2027.20261119-000002.answer.txt");
    assert!(answer.contains("nothing is open any more"), "{answer}");
}

fn the_old_year_goes_on(weeks: &mut Weeks) {
    let mut rows = medical(1..=15, "2026-01-01");
    rows.extend(medical(21..=24, "2026-11-15"));
    rows.extend(medical([25, 26], "2026-12-01"));
    weeks.send("medical", "medical-1123.csv", &rows);
    weeks.send("dental", "dental-1123.csv", &dental([24], "2026-12-01"));
    weeks.night(
        "2026-11-23",
        5,
        &[
            ("medical", "medical-1123.csv", HELD, [2, 19, 0]),
            ("dental", "dental-1123.csv", HELD, [1, 0, 0]),
        ],
    );
    weeks.send("medical", "medical-1124.csv", &medical([27], "2026-12-01"));
    weeks.night(
        "2026-11-24",
        5,
        &[("medical", "medical-1124.csv", HELD, [1, 0, 0])],
    );
    weeks.step("2026-11-25T08:00", "feedgate status", 0);
    let why = "--why \"payroll takes both years until the end of December\"";
    weeks.step(
        "2026-11-25T09:00",
        &format!("feedgate release 20261123-000001 --for-year {why}"),
        0,
    );
    for integration in ["medical", "dental"] {
        let guard = format!("--integration {integration} --guard PRIOR_YEAR_AFTER_CURRENT");
        weeks.step(
            "2026-11-25T09:05",
            &format!("feedgate release {guard} {why}"),
            0,
        );
    }
    weeks.step(
        "2026-11-25T09:10",
        "feedgate events --subject 20261123-000001",
        0,
    );
}

fn both_years_come_by_turns(weeks: &mut Weeks) {
    let rows = dental(1..=24, "2027-01-01");
    weeks.note(&rows);
    std::fs::write(weeks.site.path("dental-2027.csv"), csv(&rows)).expect("written");
    let open = "--enrollment open --plan-year-start-date 2027-01-01 --delta false";
    weeks.step(
        "2026-11-30T09:00",
        &format!("feedgate run dental {open} --file dental-2027.csv"),
        0,
    );
    let mut rows = medical([28], "2026-12-01");
    rows.extend(raised(&[1, 2], "88.00"));
    weeks.send("medical", "medical-1130.csv", &rows);
    weeks.night(
        "2026-11-30",
        0,
        &[("medical", "medical-1130.csv", DONE, [1, 0, 0])],
    );
    weeks.step("2026-12-01T08:00", "feedgate show latest", 0);
    let later = "medical-1130.20261130-000002.later.csv";
    let runs = weeks.night("2026-12-01", 0, &[("medical", later, DONE, [2, 0, 0])]);
    assert_eq!(runs[0]["split_from"], "20261130-000002");
}

/// New rates of 2027.
fn raised(people: &[usize], amount: &str) -> Vec<Record> {
    let rows = medical(people.iter().copied(), "2027-01-01").into_iter();
    rows.map(|row| row.with("employee_amount", amount))
        .collect()
}

fn a_guard_and_a_correction(weeks: &mut Weeks) {
    let masked: Vec<Record> = medical(1..=30, "2027-01-01")
        .into_iter()
        .enumerate()
        .map(|(n, row)| match n % 4 {
            0 => row.with("ssn", "***-**-1234"),
            _ => row,
        })
        .collect();
    weeks.drop("medical", "medical-1207.csv", csv(&masked));
    weeks.night(
        "2026-12-07",
        5,
        &[("medical", "medical-1207.csv", HELD, [1, 21, 8])],
    );
    weeks.step("2026-12-08T08:00", "feedgate show latest", 0);
    let why = "--why \"the export hides SSNs; the carrier sends it again\"";
    weeks.step(
        "2026-12-08T09:00",
        &format!("feedgate refuse 20261207-000001 {why}"),
        0,
    );
    let mut rows = raised(&[1, 2], "88.00");
    rows.extend(medical((3..=31).filter(|n| *n != 30), "2027-01-01"));
    weeks.send("medical", "medical-1208.csv", &rows);
    weeks.night(
        "2026-12-08",
        0,
        &[("medical", "medical-1208.csv", DONE, [0, 30, 0])],
    );

    let mut rows = dental(25..=27, "2026-12-01");
    weeks.note(&rows);
    rows[2] = rows[2].clone().with("employee_amount", "x");
    weeks.drop("dental", "dental-1214.csv", csv(&rows));
    weeks.night(
        "2026-12-14",
        3,
        &[("dental", "dental-1214.csv", ERRORS, [2, 0, 1])],
    );
    weeks.step("2026-12-15T08:00", "feedgate rejects latest", 0);
    weeks.step(
        "2026-12-15T08:05",
        "feedgate rejects 20261214-000001 --out fix.csv",
        0,
    );
    let path = weeks.site.path("fix.csv");
    let text = std::fs::read_to_string(&path).expect("rows");
    std::fs::write(&path, text.replace(",x,", ",67.15,")).expect("corrected");
    weeks.step(
        "2026-12-15T08:10",
        "feedgate resubmit 20261214-000001 --file fix.csv",
        0,
    );
}

fn the_year_ends(weeks: &mut Weeks) {
    weeks.send("medical", "medical-1231.csv", &medical([29], "2026-12-15"));
    weeks.night(
        "2026-12-31",
        0,
        &[("medical", "medical-1231.csv", DONE, [1, 0, 0])],
    );
    weeks.send("dental", "dental-late.csv", &dental([28], "2026-10-15"));
    let mut rows = raised(&[3], "99.00");
    rows.extend(medical((4..=31).filter(|n| *n != 30), "2027-01-01"));
    weeks.send("medical", "medical-0104.csv", &rows);
    weeks.night(
        "2027-01-04",
        5,
        &[("dental", "dental-late.csv", HELD, [1, 0, 0])],
    );
    weeks.step("2027-01-04T23:00", "feedgate status", 0);
    weeks.night(
        "2027-01-05",
        0,
        &[("medical", "medical-0104.csv", DONE, [1, 27, 0])],
    );
    let why = "--why \"payroll corrects October by hand\"";
    weeks.step(
        "2027-01-06T09:00",
        &format!("feedgate release 20270104-000001 {why}"),
        0,
    );
    // A file of the later year waits for the day after.
    weeks.send("medical", "medical-0106.csv", &raised(&[4], "99.00"));
    weeks.night("2027-01-06", 5, &[]);
    weeks.night(
        "2027-01-07",
        0,
        &[("medical", "medical-0106.csv", DONE, [1, 0, 0])],
    );
    weeks.step("2027-01-11T08:00", "feedgate rejects", 0);
    let status = weeks.step("2027-01-11T08:00", "feedgate status", 0);
    assert_eq!(status.matches("no file waits").count(), 3, "{status}");
    assert!(!status.contains("Held  "), "{status}");
    let runs = weeks.step(
        "2027-01-11T08:00",
        "feedgate runs --since 2026-11-01 --limit 50",
        0,
    );
    assert!(weeks.steps.is_empty(), "the page has more commands");
    assert_eq!(
        runs.matches(" Failed ").count(),
        1,
        "the refused one: {runs}"
    );
    without_the_old_year(weeks);
}

/// Once its plan year has left the configuration, a row of the old year is not known any more.
fn without_the_old_year(weeks: &Weeks) {
    let config = configuration();
    let old = "[[plan_year]]\nstart = 2026-01-01\nend   = 2026-12-31\n";
    assert!(config.contains(old));
    std::fs::write(weeks.site.path("feedgate.toml"), config.replace(old, "")).expect("written");
    std::fs::write(weeks.site.path("old.csv"), csv(&medical([5], "2026-12-01"))).expect("written");
    let (code, text) = weeks.run("2027-01-11T09:00", "feedgate check");
    assert_eq!(code, 0, "{text}");
    let (code, text) = weeks.run(
        "2027-01-11T09:00",
        "feedgate validate old.csv --integration medical",
    );
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("PLAN_YEAR_UNKNOWN"), "{text}");
}

fn nothing_is_lost_and_nothing_doubled(weeks: &Weeks) {
    let site = &weeks.site;
    for place in ["inbound", "queue", "work", "held"] {
        assert_eq!(
            files(&site.path(place)),
            [""; 0].map(std::path::PathBuf::from),
            "{place}"
        );
    }
    // Each file has one receipt of its run, and its source is in the archive.
    let archived = files(&site.path("archive"));
    for name in &weeks.dropped {
        let is = |path: &&std::path::PathBuf| path.file_name().is_some_and(|n| n == name.as_str());
        assert_eq!(archived.iter().filter(is).count(), 1, "{name}");
    }
    let receipts = files(&site.path("outbound")).into_iter();
    let receipts = receipts.filter(|path| path.to_string_lossy().ends_with(".receipt.json"));
    // Besides those that were dropped: the later rows of a file, a file and corrections that were named.
    assert_eq!(receipts.count(), weeks.dropped.len() + 3);
    the_ledger_has_what_was_sent_last(weeks);
    payroll_has_each_row_once(weeks);
}

/// What the ledger has of everybody is what was sent last.
fn the_ledger_has_what_was_sent_last(weeks: &Weeks) {
    let mut known = BTreeMap::new();
    for n in 1..=31 {
        let id = subscriber_id(n);
        let (code, text) = weeks.run(
            "2027-01-11T10:00",
            &format!("feedgate employee {id} --json"),
        );
        assert_eq!(code, 0, "{text}");
        let shown: Value = serde_json::from_str(&text).expect("JSON");
        for row in shown["deductions"].as_array().expect("deductions") {
            let field = |name: &str| row["fields"][name].as_str().expect("text").to_owned();
            let key = [id.clone(), field("deduction_code"), field("effective_date")];
            let twice = known.insert(key, field("employee_amount"));
            assert_eq!(twice, None, "{text}");
        }
    }
    assert_eq!(known, weeks.sent);
}

/// Of all output files together each deduction was told once at each of its amounts, the last one last.
fn payroll_has_each_row_once(weeks: &Weeks) {
    let mut told: BTreeMap<[String; 3], Vec<String>> = BTreeMap::new();
    let mut outputs: Vec<_> = files(&weeks.site.path("outbound")).into_iter().collect();
    outputs.retain(|path| {
        path.to_string_lossy().contains("/output/")
            && !path.to_string_lossy().contains("/employees/")
    });
    // Their names end in the reference IDs, which are in the order of time.
    outputs.sort_by_key(|path| {
        let name = path.to_string_lossy().into_owned();
        name.trim_end_matches(".output.csv")
            .rsplit('.')
            .next()
            .map(str::to_owned)
    });
    for path in outputs {
        let rows: Vec<BTreeMap<String, String>> = read_csv(&std::fs::read(path).expect("rows"));
        for row in rows {
            let key = ["subscriber_id", "deduction_code", "effective_date"].map(|c| row[c].clone());
            told.entry(key)
                .or_default()
                .push(row["employee_amount"].clone());
        }
    }
    for (key, amounts) in &told {
        let mut once = amounts.clone();
        once.dedup();
        assert_eq!(&once, amounts, "{key:?} was told twice");
    }
    let last = told
        .into_iter()
        .map(|(key, mut amounts)| (key, amounts.pop().expect("one")));
    assert_eq!(last.collect::<BTreeMap<_, _>>(), weeks.sent);
}
