//! Run parameters and configuration mistakes: all are reported together, before any file is touched.

use crate::people::{csv, days_ago, deduction, people, person, this_year, today};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario, default_config};

#[test]
fn bad_parameters_are_refused_before_any_file_is_touched() {
    let site = Scenario::new();
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(2)))
        .inbound(DEDUCTION, "ded.csv", csv(&[deduction(1)]));
    let before = site.snapshot();
    let cases: &[(&str, &[&str])] = &[
        (DEMOGRAPHIC, &["--lookback-days", "0"]),
        (DEMOGRAPHIC, &["--lookback-days", "32"]),
        (DEMOGRAPHIC, &["--lookback-days", "-1"]),
        (DEMOGRAPHIC, &["--lookback-days", "1.5"]),
        (DEMOGRAPHIC, &["--lookback-days", "five"]),
        (DEMOGRAPHIC, &["--include-employees", "1001, 1002"]),
        (DEMOGRAPHIC, &["--include-employees", "1001,,1002"]),
        (DEMOGRAPHIC, &["--include-employees", "1001,"]),
        (DEMOGRAPHIC, &["--include-employees", ""]),
        (DEMOGRAPHIC, &["--include-employees", "1001,", "1002"]),
        (DEMOGRAPHIC, &["--delta", "maybe"]),
        (DEMOGRAPHIC, &["--qualify-delta", "2"]),
        (DEDUCTION, &["--plan-year-start-date", "12/31/2026"]),
        (DEDUCTION, &["--plan-year-start-date", "2026-02-30"]),
        (DEDUCTION, &["--plan-year-start-date", "1999-12-31"]),
        (DEDUCTION, &["--enrollment", "closed"]),
        (DEDUCTION, &["--enrollment", "open"]),
        (DEDUCTION, &["--enrollment", "life-event"]),
        (DEDUCTION, &["--deduction-start-date", "yesterday"]),
        (DEDUCTION, &["--deduction-start-date", "2026-11-31"]),
    ];
    for (integration, arguments) in cases {
        let outcome = site.run(integration, arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}: {outcome:?}");
        assert!(!outcome.stderr.trim().is_empty(), "{arguments:?}");
        assert!(outcome.summaries.is_empty(), "{arguments:?}: {outcome:?}");
        assert_eq!(site.snapshot(), before, "{arguments:?} touched the site");
    }
}

#[test]
fn all_bad_parameters_are_named_at_once() {
    let site = Scenario::new();
    site.inbound(DEDUCTION, "ded.csv", csv(&[deduction(1)]));
    let outcome = site.run(
        DEDUCTION,
        &[
            "--lookback-days",
            "40",
            "--include-employees",
            "1001, 1002",
            "--plan-year-start-date",
            "1999-12-31",
        ],
    );
    assert_eq!(outcome.code, 2, "{outcome:?}");
    for parameter in ["lookback-days", "include-employees", "plan-year-start-date"] {
        assert!(
            outcome.stderr.contains(parameter),
            "{parameter}: {outcome:?}"
        );
    }
}

#[test]
fn limits_of_parameters_are_accepted() {
    let site = Scenario::new();
    for days in ["1", "31"] {
        let name = format!("hr-{days}.csv");
        let outcome = site.send_people(
            &name,
            &[person(1).with("job_title", format!("Title {days}"))],
            &["--delta", "true", "--lookback-days", days],
        );
        outcome.completed();
        let given = outcome.summary()["parameters"]["lookback_days"].as_u64();
        assert_eq!(given.map(|d| d.to_string()).as_deref(), Some(days));
    }
}

#[test]
fn what_is_not_given_comes_from_the_configuration() {
    let site = Scenario::new().and_keys(
        DEMOGRAPHIC,
        "parameters = { delta = true, lookback_days = 7, qualify_delta = false }",
    );
    let records = [
        person(1).with("last_changed_at", days_ago(8)),
        person(2).with("last_changed_at", days_ago(6)),
    ];
    let outcome = site.send_people("a.csv", &records, &[]);
    outcome.completed().buckets([1, 0, 1, 0]);
    let parameters = &outcome.summary()["parameters"];
    assert_eq!(parameters["delta"], true);
    assert_eq!(parameters["lookback_days"], 7);
    assert_eq!(parameters["qualify_delta"], false);
    let outcome = site.send_people("b.csv", &[records[0].clone()], &["--lookback-days", "9"]);
    outcome.completed().buckets([1, 0, 0, 0]);
    let more = person(3).with("last_changed_at", days_ago(20));
    let outcome = site.send_people("c.csv", &[more], &["--delta", "false"]);
    outcome.completed().buckets([1, 0, 0, 0]);
}

#[test]
fn defaults_are_all_records_and_drop_what_is_unchanged() {
    let site = Scenario::new();
    let outcome = site.send_people("hr.csv", &people(1), &[]);
    let parameters = &outcome.summary()["parameters"];
    assert_eq!(parameters["delta"], false);
    assert_eq!(parameters["qualify_delta"], true);
    assert!(parameters["lookback_days"].is_null());
    assert!(parameters["include_employees"].is_null());
}

#[test]
fn bad_parameters_in_the_configuration_are_2() {
    for parameters in [
        "lookback_days = 32",
        "lookback_days = 0",
        "delta = \"yes\"",
        "include_employees = \"1001, 1002\"",
        "enrolment = \"open\"",
    ] {
        let site =
            Scenario::new().and_keys(DEMOGRAPHIC, &format!("parameters = {{ {parameters} }}"));
        site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(2)));
        let before = site.snapshot();
        let outcome = site.run(DEMOGRAPHIC, &[]);
        assert_eq!(outcome.code, 2, "{parameters}: {outcome:?}");
        assert_eq!(site.snapshot(), before, "{parameters}");
    }
}

#[test]
fn a_bad_configuration_stops_every_command_and_names_all_mistakes() {
    let config = default_config()
        .replace("America/New_York", "America/Nowhere")
        .replace("kind  = \"deduction\"", "kind  = \"deductions\"")
        + "[set.nightly]\nintegrations = [\"demographic-export\", \"no-such\"]\ncolour = \"red\"\n";
    let site = Scenario::new().config(&config);
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(2)));
    let before = site.snapshot();
    for arguments in [
        &["check"] as &[&str],
        &["run", DEMOGRAPHIC],
        &[
            "validate",
            "inbound/demographic-export/hr.csv",
            "--integration",
            DEMOGRAPHIC,
        ],
        &["runs"],
        &["files"],
        &["show", "20260101-000001"],
    ] {
        let outcome = site.feedgate(arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}: {outcome:?}");
        let told = format!("{}{}", outcome.stdout, outcome.stderr);
        for mistake in ["timezone", "kind", "no-such", "colour"] {
            assert!(told.contains(mistake), "{arguments:?} on {mistake}: {told}");
        }
        let line = config
            .lines()
            .position(|l| l.starts_with("colour"))
            .expect("there")
            + 1;
        assert!(told.contains(&format!("{line}")), "the line {line}: {told}");
        assert!(told.contains("feedgate.toml"), "{told}");
        assert_eq!(site.snapshot(), before, "{arguments:?}");
    }
}

#[test]
fn plan_year_parameters_belong_to_the_summary() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(1)));
    let day_before = format!("{}-12-31", this_year() - 1);
    let outcome = site.send_deductions(
        "ded.csv",
        &[deduction(1)],
        &[
            "--plan-year-start-date",
            &day_before,
            "--deduction-start-date",
            &days_ago(30).to_string(),
        ],
    );
    outcome.completed();
    let parameters = &outcome.summary()["parameters"];
    assert_eq!(parameters["plan_year_start_date"], day_before);
    assert_eq!(parameters["enrollment"], "standard");
    assert_eq!(parameters["deduction_start_date"], days_ago(30).to_string());
    let life = site.send_deductions(
        "life.csv",
        &[deduction(1).with("deduction_code", "DEN")],
        &[
            "--enrollment",
            "life-event",
            "--plan-year-start-date",
            &today().to_string(),
        ],
    );
    life.completed();
    assert_eq!(life.summary()["parameters"]["enrollment"], "life-event");
}

#[test]
fn run_name_and_user_are_in_the_summary() {
    let site = Scenario::new();
    let outcome = site.send_people(
        "hr.csv",
        &people(1),
        &["--run-name", "Open enrollment, first"],
    );
    outcome.completed();
    assert_eq!(
        outcome.text("integration_run_name"),
        "Open enrollment, first"
    );
    assert_eq!(outcome.text("integration_name"), DEMOGRAPHIC);
    assert_eq!(outcome.text("integration_type"), "Export");
    assert!(outcome.summary()["process_name"].is_null());
    assert!(!outcome.text("user").is_empty());
    let unnamed = site.send_people("hr2.csv", &people(2), &[]);
    assert!(
        unnamed
            .text("integration_run_name")
            .starts_with("demographic-export 20")
    );
}

#[test]
fn parameters_that_change_nothing_are_refused() {
    let site = Scenario::new().and_config(
        "[set.nightly]\nintegrations = [\"demographic-export\", \"deduction-import\"]\n",
    );
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(2)));
    let before = site.snapshot();
    let year = format!("{}-01-01", this_year());
    let cases: [(&str, &[&str], &str); 5] = [
        (DEMOGRAPHIC, &["--lookback-days", "7"], "lookback-days has"),
        (
            "nightly",
            &["--lookback-days", "7", "--delta", "false"],
            "lookback-days has",
        ),
        (
            DEMOGRAPHIC,
            &["--deduction-start-date", &year],
            "deduction-start-date has",
        ),
        (
            DEMOGRAPHIC,
            &["--enrollment", "open", "--plan-year-start-date", &year],
            "enrollment has",
        ),
        (
            DEMOGRAPHIC,
            &["--plan-year-start-date", &year],
            "plan-year-start-date has",
        ),
    ];
    for (name, arguments, said) in cases {
        let refused = site.run(name, arguments);
        assert_eq!(refused.code, 2, "{arguments:?}: {refused:?}");
        let whole = format!("{said} no effect");
        assert!(refused.stderr.contains(&whole), "{refused:?}");
        let mut words = vec!["validate", "inbound/demographic-export/hr.csv"];
        words.extend(["--integration", DEMOGRAPHIC]);
        words.extend(arguments);
        assert_eq!(site.feedgate(&words).code, 2, "{words:?}");
    }
    assert_eq!(site.snapshot(), before);
    // A set hands parameters to all its members; it is enough that one of them has a use for it.
    let words = ["--enrollment", "open", "--plan-year-start-date", &year];
    std::fs::create_dir_all(site.path("inbound").join(DEDUCTION)).expect("inbound");
    site.run("nightly", &words).completed();
}
