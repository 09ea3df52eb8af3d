//! The plan year of a run, and records that don't belong to it.

use crate::people::{Record, csv, days_ago, deduction, people, this_year, today};
use crate::scenario::{DEDUCTION, Outcome, Scenario};
use chrono::Days;

fn site() -> Scenario {
    let site = Scenario::new().and_keys(DEDUCTION, "retro_days = 400");
    site.roster("hr.csv", csv(&people(6)));
    site
}

fn on(n: usize, date: impl ToString) -> Record {
    deduction(n).with("effective_date", date)
}

#[track_caller]
fn codes(outcome: &Outcome, expected: &[(&str, u64)]) {
    let expected = expected
        .iter()
        .map(|(c, n)| ((*c).to_owned(), *n))
        .collect();
    assert_eq!(outcome.findings(), expected, "{outcome:?}");
}

#[test]
fn standard_takes_the_day_before_and_names_it_when_given_the_start() {
    let site = site();
    let start = format!("{}-01-01", this_year() + 1);
    let before = format!("{}-12-31", this_year());
    site.inbound(DEDUCTION, "ded.csv", csv(&[on(1, &start)]));
    let tree = site.snapshot();
    let wrong = site.run(DEDUCTION, &["--plan-year-start-date", &start]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(
        wrong.stderr.contains(&before),
        "the date probably meant: {wrong:?}"
    );
    assert_eq!(site.snapshot(), tree);
    let right = site.run(DEDUCTION, &["--plan-year-start-date", &before]);
    right.completed().buckets([1, 0, 0, 0]);
}

#[test]
fn open_takes_the_start_and_names_it_when_given_the_day_before() {
    let site = site();
    let start = format!("{}-01-01", this_year() + 1);
    let before = format!("{}-12-31", this_year());
    site.inbound(DEDUCTION, "ded.csv", csv(&[on(1, &start)]));
    let open = |date: &str| {
        site.run(
            DEDUCTION,
            &["--enrollment", "open", "--plan-year-start-date", date],
        )
    };
    let wrong = open(&before);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.stderr.contains(&start), "{wrong:?}");
    open(&start).completed().buckets([1, 0, 0, 0]);
}

#[test]
fn a_life_event_takes_the_run_date_and_nothing_before_it() {
    let site = site();
    let tomorrow = today() + Days::new(1);
    let life = |date: String| {
        [
            "--enrollment".to_owned(),
            "life-event".to_owned(),
            "--plan-year-start-date".to_owned(),
            date,
        ]
    };
    site.inbound(
        DEDUCTION,
        "ded.csv",
        csv(&[on(1, today()), on(2, days_ago(1))]),
    );
    for wrong_date in [days_ago(1), tomorrow] {
        let arguments = life(wrong_date.to_string());
        let wrong = site.run(DEDUCTION, &arguments.each_ref().map(String::as_str));
        assert_eq!(wrong.code, 2, "{wrong:?}");
        assert!(wrong.stderr.contains(&today().to_string()), "{wrong:?}");
    }
    let arguments = life(today().to_string());
    let outcome = site.run(DEDUCTION, &arguments.each_ref().map(String::as_str));
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    assert!(
        outcome.codes().contains(&"PLAN_YEAR_OUTSIDE".to_owned()),
        "{outcome:?}"
    );
}

#[test]
fn records_of_no_or_another_or_the_wrong_year() {
    let site = site();
    let (this, next) = (this_year(), this_year() + 1);
    let records = [
        on(1, today()),
        on(2, format!("{}-06-01", this + 5)),
        on(3, format!("{next}-01-01")),
        on(4, format!("{next}-01-01"))
            .with("plan_year_start", format!("{this}-01-01"))
            .with("plan_year_end", format!("{this}-12-31")),
        on(5, today()).with("plan_year_start", format!("{this}-07-01")),
        on(6, format!("{this}-12-31")),
    ];
    let outcome = site.send_deductions("ded.csv", &records, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([2, 0, 0, 4]);
    codes(
        &outcome,
        &[
            ("PLAN_YEAR_UNKNOWN", 2),
            ("PLAN_YEAR_MIXED", 1),
            ("PLAN_YEAR_OUTSIDE", 1),
        ],
    );
}

#[test]
fn without_a_parameter_the_year_of_most_records_decides() {
    let site = site();
    let next = this_year() + 1;
    let records = [
        on(1, "not a date"),
        on(2, format!("{next}-03-01")),
        on(3, today()),
        on(4, format!("{next}-04-01")),
    ];
    let outcome = site.send_deductions("ded.csv", &records, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([2, 0, 0, 2]);
    codes(&outcome, &[("DATE_INVALID", 1), ("PLAN_YEAR_MIXED", 1)]);
}

#[test]
fn one_wrong_first_record_does_not_decide() {
    let next = this_year() + 1;
    let next_year = |n| on(n, format!("{next}-03-01"));
    let this_day = |n| on(n, today());
    for (records, taken) in [
        (vec![next_year(1), this_day(2), this_day(3)], 2),
        (vec![this_day(1), next_year(2), next_year(3)], 2),
        // A tie goes to the earlier year, whichever comes first.
        (vec![next_year(1), this_day(2)], 1),
    ] {
        let outcome = site().send_deductions("ded.csv", &records, &[]);
        let count = records.len() as u64;
        outcome
            .ended(3, "Completed with Errors")
            .buckets([taken, 0, 0, count - taken]);
        codes(&outcome, &[("PLAN_YEAR_MIXED", count - taken)]);
    }
}

#[test]
fn the_first_thousand_records_decide_wherever_chunks_are_cut() {
    let next = this_year() + 1;
    let record = |n: usize, date: String| on(1, date).with("deduction_code", format!("C{n:05}"));
    // 501 of the first thousand are of next year, and most of all are of this one.
    let dates = |n: usize| match n {
        0..501 => format!("{next}-03-01"),
        _ => today().to_string(),
    };
    let records: Vec<Record> = (0..1_600).map(|n| record(n, dates(n))).collect();
    for chunk in ["2000", "1000000"] {
        let site = site();
        site.inbound(DEDUCTION, "ded.csv", csv(&records));
        let done = site
            .command(&["run", DEDUCTION, "--json"])
            .env("FEEDGATE_CHUNK_BYTES", chunk)
            .output()
            .expect("the program starts");
        let run: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
        let run = &run[0];
        assert_eq!(run["plan_year_start"], format!("{next}-01-01"));
        assert_eq!(run["records_accepted"], 501);
        assert_eq!(run["errors"], 1_099);
    }
}

#[test]
fn the_initial_import_of_a_plan_year_is_late_for_no_one() {
    let (early, last) = (days_ago(200), today() + Days::new(100));
    let site = Scenario::new().config(&format!(
        "[site]\ntimezone = \"America/New_York\"\n[[plan_year]]\nstart = {early}\nend = {last}\n\
         [identity]\nmatch = \"shape-only\"\n[integration.deduction-import]\nkind = \"deduction\"\n"
    ));
    let first = site.send_deductions("a.csv", &[on(1, early), on(2, today())], &[]);
    first.completed();
    codes(&first, &[]);
    let late = site.send_deductions("b.csv", &[on(3, early)], &[]);
    late.completed();
    codes(&late, &[("RETRO", 1)]);
}

#[test]
fn the_parameter_decides_over_the_first_record() {
    let site = site();
    let next = this_year() + 1;
    let records = [on(1, today()), on(2, format!("{next}-03-01"))];
    let before = format!("{}-12-31", this_year());
    let outcome = site.send_deductions("ded.csv", &records, &["--plan-year-start-date", &before]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    codes(&outcome, &[("PLAN_YEAR_MIXED", 1)]);
    assert_eq!(outcome.column("effective_date"), [format!("{next}-03-01")]);
}

#[test]
fn plan_years_need_not_follow_the_calendar() {
    let year = this_year();
    let config = format!(
        "[site]\ntimezone = \"America/New_York\"\n\
         [[plan_year]]\nstart = {0}-07-01\nend = {1}-06-30\n[[plan_year]]\nstart = {1}-07-01\nend = {2}-06-30\n\
         [identity]\nmatch = \"shape-only\"\n[integration.deduction-import]\nkind = \"deduction\"\nretro_days = 3650\n",
        year - 1,
        year,
        year + 1
    );
    let site = Scenario::new().config(&config);
    let records = [
        on(1, format!("{year}-06-30")),
        on(2, format!("{year}-07-01")),
    ];
    let start = format!("{year}-06-30");
    let outcome = site.send_deductions("ded.csv", &records, &["--plan-year-start-date", &start]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    codes(&outcome, &[("PLAN_YEAR_MIXED", 1)]);
    assert_eq!(outcome.column("effective_date"), [format!("{year}-07-01")]);
}

#[test]
fn what_changes_nothing_is_no_retroactive_change() {
    let site = Scenario::new().config(&format!(
        "[site]\ntimezone = \"America/New_York\"\n[[plan_year]]\nstart = {}\nend = {}\n\
         [identity]\nmatch = \"shape-only\"\n[integration.deduction-import]\nkind = \"deduction\"\n",
        days_ago(200),
        today() + Days::new(100)
    ));
    let old = [on(1, days_ago(90)), on(2, days_ago(90))];
    site.send_deductions("first.csv", &old, &[]).completed();
    let [same, other] = old;
    let weekly = [same.clone(), other.with("employee_amount", "99.00")];
    let again = site.send_deductions("weekly.csv", &weekly, &[]);
    again.completed().buckets([1, 1, 0, 0]);
    codes(&again, &[("RETRO", 1)]);
    assert_eq!(again.errors()[0].record, Some(2));
    // Also where what changes nothing is written.
    let all = site.send_deductions("all.csv", &[same], &["--qualify-delta", "false"]);
    all.completed().buckets([1, 0, 0, 0]);
    codes(&all, &[]);
}

#[test]
fn retroactive_changes_warn_and_may_be_limited() {
    let year_start = chrono::NaiveDate::from_ymd_opt(this_year() - 1, 1, 1).expect("a date");
    let config = format!(
        "[site]\ntimezone = \"America/New_York\"\n[[plan_year]]\nstart = {year_start}\nend = {}-12-31\n\
         [identity]\nmatch = \"shape-only\"\n[integration.deduction-import]\nkind = \"deduction\"\nretro_reject_days = 90\n",
        this_year() + 1
    );
    let site = Scenario::new().config(&config);
    site.send_deductions("first.csv", &[on(5, today())], &[])
        .completed();
    let records = [
        on(1, days_ago(60)),
        on(2, days_ago(61)),
        on(3, days_ago(90)),
        on(4, days_ago(91)),
    ];
    let outcome = site.send_deductions("ded.csv", &records, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([3, 0, 0, 1]);
    codes(&outcome, &[("RETRO", 3)]);
    assert_eq!(outcome.count("warnings"), 2);
}
