//! Exit codes: 0 Completed, 1 Failed, 2 usage or configuration, 3 Completed with Errors, 4 nothing to process though
//! a file was named, 5 held, 6 busy (in `ledger_recovery`).

use crate::people::{csv, deduction, people, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario, default_config};

#[test]
fn completed_is_0_and_with_errors_3_and_failed_1() {
    let site = Scenario::new();
    site.send_people("good.csv", &people(3), &[]).completed();
    let mixed = [person(4), person(5).with("ssn", "000-12-3456")];
    let outcome = site.send_people("mixed.csv", &mixed, &[]);
    outcome.ended(3, "Completed with Errors");
    assert!(
        outcome.text("reason").contains("1 of 2"),
        "{}",
        outcome.text("reason")
    );
    site.inbound(DEMOGRAPHIC, "bad.csv", "subscriber_id,username\nN1,abc\n")
        .run(DEMOGRAPHIC, &[])
        .ended(1, "Failed");
}

#[test]
fn only_errors_is_still_completed_with_errors() {
    let site = Scenario::new();
    let outcome = site.send_people("hr.csv", &[person(1).without("ssn")], &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([0, 0, 0, 1]);
}

#[test]
fn warnings_alone_are_completed() {
    let site = Scenario::new();
    let test_name = [person(1)
        .with("first_name", "Test")
        .with("last_name", "Employee")];
    let outcome = site.send_people("hr.csv", &test_name, &[]);
    outcome.completed();
    assert!(outcome.count("warnings") > 0, "{outcome:?}");
    assert!(outcome.codes().contains(&"NAME_LOOKS_TEST".to_owned()));
    outcome.buckets([1, 0, 0, 0]);
}

#[test]
fn usage_mistakes_are_2() {
    let site = Scenario::new();
    for arguments in [
        &["run"] as &[&str],
        &["run", "no-such-integration"],
        &["run", DEMOGRAPHIC, "--no-such-flag"],
        &["no-such-command"],
        &["show", "not-a-reference"],
        &["explain", "NO_SUCH_CODE"],
        &["validate", "hr.csv"],
        &["validate", "hr.csv", "--integration", "no-such-integration"],
        &["release", "20260101-000001"],
        &["generate", "nonsense"],
    ] {
        let outcome = site.feedgate(arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}: {outcome:?}");
        assert!(!outcome.stderr.trim().is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_and_version_are_0() {
    let site = Scenario::new();
    for arguments in [&["--help"] as &[&str], &["--version"], &["run", "--help"]] {
        let outcome = site.feedgate(arguments);
        assert_eq!(outcome.code, 0, "{arguments:?}: {outcome:?}");
        assert!(!outcome.stdout.trim().is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_run_reference_that_does_not_exist_is_2() {
    let site = Scenario::new();
    site.send_people("hr.csv", &people(1), &[]).completed();
    for arguments in [
        &["show", "20260101-000001"] as &[&str],
        &["rerun", "20260101-000001"],
        &["rejects", "20260101-000001"],
        &["release", "20260101-000001", "--why", "checked"],
        &["refuse", "20260101-000001", "--why", "checked"],
    ] {
        let outcome = site.feedgate(arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}: {outcome:?}");
    }
}

#[test]
fn missing_configuration_is_2() {
    let site = Scenario::new();
    std::fs::remove_file(site.path("feedgate.toml")).expect("removed");
    let before = site.snapshot();
    let outcome = site.feedgate(&["run", DEMOGRAPHIC]);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(outcome.stderr.contains("feedgate.toml"), "{outcome:?}");
    assert_eq!(site.snapshot(), before);
}

#[test]
fn a_named_file_that_is_not_there_is_4() {
    let site = Scenario::new();
    let outcome = site.feedgate(&["run", DEMOGRAPHIC, "--file", "no-such.csv", "--json"]);
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert!(outcome.stderr.contains("no-such.csv"), "{outcome:?}");
}

#[test]
fn nothing_waits_and_nothing_was_expected_is_0() {
    let site = Scenario::new();
    std::fs::create_dir_all(site.path("inbound").join(DEMOGRAPHIC)).expect("inbound");
    let outcome = site.run(DEMOGRAPHIC, &[]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(site.outbound().is_empty());
}

#[test]
fn nothing_waits_though_a_schedule_expects_a_file_is_4() {
    let site = Scenario::new().and_config(
        "[schedule.nightly]\nrun = \"demographic-export\"\nat = \"02:00\"\nexpect_file = true\n",
    );
    std::fs::create_dir_all(site.path("inbound").join(DEMOGRAPHIC)).expect("inbound");
    let outcome = site.run(DEMOGRAPHIC, &[]);
    assert_eq!(outcome.code, 4, "{outcome:?}");
    site.send_people("hr.csv", &people(1), &[]).completed();
}

#[test]
fn an_inbound_folder_that_is_not_there_is_unknown_not_empty() {
    let site = Scenario::new();
    let outcome = site.run(DEMOGRAPHIC, &[]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(outcome.stderr.contains("inbound"), "{outcome:?}");
}

#[test]
fn held_is_5() {
    let site = Scenario::new();
    let held = site.send_deductions("ded.csv", &[deduction(1)], &[]);
    held.ended(5, "Held");
}

#[test]
fn release_exits_like_run() {
    let site = Scenario::new()
        .and_config("[integration.demographic-export.guards]\nmax_error_count = 0\n");
    let mixed = [person(1), person(2).with("ssn", "123")];
    let held = site.send_people("hr.csv", &mixed, &[]);
    held.ended(5, "Held");
    let released = site.feedgate(&["release", held.reference(), "--why", "known", "--json"]);
    released.ended(3, "Completed with Errors");
    let again = site.feedgate(&["release", held.reference(), "--why", "known", "--json"]);
    assert_eq!(again.code, 2, "not held any more: {again:?}");
}

#[test]
fn validate_is_0_or_3_or_1() {
    let site = Scenario::new();
    for (name, bytes, code) in [
        ("good.csv", csv(&people(2)), 0),
        ("errors.csv", csv(&[person(1).with("zip_code", "1")]), 3),
        ("bad.csv", b"\"never closed,".to_vec(), 1),
        ("empty.csv", Vec::new(), 1),
    ] {
        std::fs::write(site.path(name), bytes).expect("written");
        let outcome = site.feedgate(&["validate", name, "--integration", DEMOGRAPHIC]);
        assert_eq!(outcome.code, code, "{name}: {outcome:?}");
    }
    let outcome = site.feedgate(&["validate", "none.csv", "--integration", DEMOGRAPHIC]);
    assert_eq!(outcome.code, 4, "{outcome:?}");
}

#[test]
fn several_waiting_files_exit_with_the_worst() {
    let site = Scenario::new();
    site.inbound(DEMOGRAPHIC, "a.csv", csv(&[person(1).with("ssn", "12")]))
        .inbound(DEMOGRAPHIC, "b.csv", csv(&[person(2)]));
    site.age(DEMOGRAPHIC, "a.csv", 100);
    let outcome = site.run(DEMOGRAPHIC, &[]);
    assert_eq!(outcome.statuses(), ["Completed with Errors", "Completed"]);
    assert_eq!(
        outcome.code, 3,
        "an exit code 0 for a run with errors must never be met: {outcome:?}"
    );
}

#[test]
fn an_unreadable_ledger_is_1_and_takes_no_file() {
    let site = Scenario::new();
    site.send_people("hr.csv", &people(2), &[]).completed();
    std::fs::write(site.path("state/ledger.db"), "this is no database at all").expect("written");
    let _ = std::fs::remove_file(site.path("state/ledger.db-wal"));
    let outbound = site.outbound();
    let outcome = site
        .inbound(DEMOGRAPHIC, "next.csv", csv(&people(3)))
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(!outcome.stderr.trim().is_empty(), "{outcome:?}");
    assert_eq!(site.waiting(DEMOGRAPHIC), ["next.csv"]);
    assert_eq!(site.outbound(), outbound);
}

#[test]
fn configuration_is_found_by_flag_environment_and_folder() {
    let site = Scenario::new();
    let elsewhere = tempfile::TempDir::new().expect("a folder");
    let config = site.path("feedgate.toml");
    let config = config.to_str().expect("UTF-8");
    let run = |command: &mut std::process::Command| {
        let done = command.output().expect("starts");
        done.status.code()
    };
    let mut flag = site.command(&["--config", config, "runs"]);
    assert_eq!(
        run(flag.current_dir(&elsewhere).env_remove("FEEDGATE_CONFIG")),
        Some(0)
    );
    let mut environment = site.command(&["runs"]);
    assert_eq!(run(environment.current_dir(&elsewhere)), Some(0));
    let mut folder = site.command(&["runs"]);
    assert_eq!(run(folder.env_remove("FEEDGATE_CONFIG")), Some(0));
    let mut none = site.command(&["runs"]);
    assert_eq!(
        run(none.current_dir(&elsewhere).env_remove("FEEDGATE_CONFIG")),
        Some(2)
    );
    std::fs::write(
        elsewhere.path().join("broken.toml"),
        default_config() + "[nonsense]\n",
    )
    .expect("written");
    let mut broken = site.command(&["--config", "broken.toml", "runs"]);
    assert_eq!(
        run(broken.current_dir(&elsewhere)),
        Some(2),
        "the flag goes before the environment"
    );
}

#[test]
fn a_held_deduction_run_is_not_taken_for_waiting() {
    let site = Scenario::new();
    site.send_deductions("ded.csv", &[deduction(1)], &[])
        .ended(5, "Held");
    let again = site.run(DEDUCTION, &[]);
    assert_eq!(
        again.code, 0,
        "nothing waits in inbound any more: {again:?}"
    );
}

#[test]
fn nothing_waits_and_the_command_expects_a_file_is_4() {
    let site = Scenario::new();
    std::fs::create_dir_all(site.path("inbound").join(DEMOGRAPHIC)).expect("inbound");
    let outcome = site.run(DEMOGRAPHIC, &["--expect-file"]);
    assert_eq!(outcome.code, 4, "{outcome:?}");
    assert_eq!(outcome.stdout.trim(), "[]");
    assert!(
        outcome.stderr.contains("a file was expected"),
        "{outcome:?}"
    );
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(1)))
        .run(DEMOGRAPHIC, &["--expect-file"])
        .completed();
    for other in ["--file=hr.csv", "--at=06:00"] {
        let refused = site.run(DEMOGRAPHIC, &["--expect-file", other]);
        assert_eq!(refused.code, 2, "{refused:?}");
    }
}

#[test]
fn runs_are_an_array_and_errors_an_object_with_json() {
    let site = Scenario::new();
    let one = site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(1)));
    let one = one.run(DEMOGRAPHIC, &[]);
    assert!(one.stdout.starts_with('['), "{one:?}");
    let broken = Scenario::new().and_keys(DEMOGRAPHIC, "colour = 1");
    let cases: [(&Scenario, &[&str], &str, i32, &str); 6] = [
        (&site, &["run", "nowhere"], "usage", 2, "[]"),
        (
            &site,
            &["run", DEMOGRAPHIC, "--delta", "x"],
            "usage",
            2,
            "[]",
        ),
        (&site, &["run", DEMOGRAPHIC, "--fiel", "x"], "usage", 2, ""),
        (
            &site,
            &["run", DEMOGRAPHIC, "--file", "x"],
            "nothing",
            4,
            "[]",
        ),
        (&site, &["show", "20200101-000001"], "usage", 2, ""),
        (&broken, &["run", DEMOGRAPHIC], "configuration", 2, "[]"),
    ];
    for (site, arguments, word, code, printed) in cases {
        let words = [arguments, &["--json"]].concat();
        let outcome = site.feedgate(&words);
        assert_eq!(outcome.code, code, "{words:?}: {outcome:?}");
        assert_eq!(outcome.stdout.trim(), printed, "{words:?}: {outcome:?}");
        let last = outcome.stderr.lines().last().unwrap_or_default();
        let error: serde_json::Value = serde_json::from_str(last).expect("JSON");
        assert_eq!(
            (&error["code"], &error["exit_code"]),
            (&word.into(), &code.into()),
            "{words:?}: {outcome:?}"
        );
        let message = error["message"].as_str().unwrap_or_default();
        assert!(!message.is_empty(), "{words:?}: {outcome:?}");
    }
}
