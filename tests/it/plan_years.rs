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
fn without_a_parameter_the_first_readable_record_decides() {
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
fn retroactive_changes_warn_and_may_be_limited() {
    let year_start = chrono::NaiveDate::from_ymd_opt(this_year() - 1, 1, 1).expect("a date");
    let config = format!(
        "[site]\ntimezone = \"America/New_York\"\n[[plan_year]]\nstart = {year_start}\nend = {}-12-31\n\
         [identity]\nmatch = \"shape-only\"\n[integration.deduction-import]\nkind = \"deduction\"\nretro_reject_days = 90\n",
        this_year() + 1
    );
    let site = Scenario::new().config(&config);
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
