//! Commands other than `run`: their output, and that commands that only read change nothing.

use crate::people::{csv, deduction, people, person, subscriber_id};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario, showing_commands};
use serde_json::Value;
use std::io::Read;

/// A site that has completed, faulty, held and failed runs, and a waiting file.
fn lived_in() -> (Scenario, String) {
    let site =
        Scenario::new().and_config("[integration.deduction-import.guards]\nmax_error_count = 0\n");
    site.roster("hr.csv", csv(&people(4)));
    let errors = site.send_people("hr2.csv", &[person(5), person(6).with("ssn", "1")], &[]);
    let reference = errors.reference().to_owned();
    site.inbound(DEMOGRAPHIC, "bad.csv", "x\n1\n")
        .run(DEMOGRAPHIC, &[])
        .ended(1, "Failed");
    site.send_deductions("ok.csv", &[deduction(1)], &[])
        .completed();
    site.send_deductions("held.csv", &[deduction(2).with("ssn", "1")], &[])
        .ended(5, "Held");
    site.inbound(DEMOGRAPHIC, "waits.csv", csv(&people(7)));
    (site, reference)
}

#[test]
fn reading_commands_change_nothing() {
    let (site, reference) = lived_in();
    let before = site.snapshot();
    let id = subscriber_id(1);
    let waiting = "inbound/demographic-export/waits.csv";
    for command in showing_commands(&reference, &id, waiting) {
        for json in [false, true] {
            let mut arguments = command.clone();
            if json && command[0] != "generate" {
                arguments.push("--json");
            }
            let outcome = site.feedgate(&arguments);
            assert_eq!(outcome.code, 0, "{arguments:?}: {outcome:?}");
            assert!(!outcome.stdout.trim().is_empty(), "{arguments:?}");
            if json {
                serde_json::from_str::<Value>(&outcome.stdout)
                    .unwrap_or_else(|e| panic!("{arguments:?}: {e}: {outcome:?}"));
            }
            let after = site.snapshot();
            let changed: Vec<&String> = after
                .keys()
                .chain(before.keys())
                .filter(|k| after.get(*k) != before.get(*k))
                .collect();
            assert!(changed.is_empty(), "{arguments:?} changed {changed:?}");
        }
    }
}

#[test]
fn schedules_are_listed_with_their_next_runs() {
    let none = Scenario::new().feedgate(&["schedules"]);
    assert_eq!((none.code, none.stdout.trim()), (0, "No schedules."));
    let site = Scenario::new()
        .and_config("[set.nightly]\nintegrations = [\"demographic-export\", \"deduction-import\"]\n")
        .and_config("[schedule.past]\nrun = \"nightly\"\nat = \"02:00\"\nend = 2020-01-01T00:00:00\n")
        .and_config("[schedule.far]\nrun = \"deduction-import\"\nat = \"06:00\"\nstart = 2999-01-01T00:00:00\nparameters = { delta = false, lookback_days = 7 }\n");
    let all = site.feedgate(&["schedules", "--json"]);
    assert!(all.stderr.contains("no daemon runs"), "{all:?}");
    let all: Value = serde_json::from_str(&all.stdout).expect("JSON");
    let expected = serde_json::json!([
        {"name": "past", "run": "nightly", "next_run": null, "window": null, "expect_file": false,
            "parameters": {}},
        {"name": "far", "run": DEDUCTION, "next_run": "2999-01-01T06:00:00-05:00", "window": null,
            "expect_file": false, "parameters": {"delta": false, "lookback_days": 7}},
    ]);
    assert_eq!(all, expected);
    let one = site.feedgate(&["schedules", "--integration", DEMOGRAPHIC]);
    let lines: Vec<&str> = one.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{one:?}");
    assert!(
        lines[1].starts_with("past") && lines[1].contains("never"),
        "{one:?}"
    );
    let far = site
        .feedgate(&["schedules", "--integration", DEDUCTION])
        .stdout;
    assert!(far.contains("delta = false, lookback_days = 7"), "{far}");
    let unknown = site.feedgate(&["schedules", "--integration", "hr"]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
}

#[test]
fn reading_commands_make_nothing_on_a_new_site() {
    let site = Scenario::new();
    std::fs::write(site.path("hr.csv"), csv(&people(2))).expect("written");
    let before = site.snapshot();
    for arguments in showing_commands("20260101-000001", "N1", "hr.csv") {
        let outcome = site.feedgate(&arguments);
        assert!(
            [0, 2, 4].contains(&outcome.code),
            "{arguments:?}: {outcome:?}"
        );
        assert_eq!(site.snapshot(), before, "{arguments:?}");
    }
}

/// Commands that change something, and those that are tried by themselves.
const ACTING_COMMANDS: [&str; 22] = [
    "backup",
    "benefits-level",
    "cancel",
    "clone",
    "collect",
    "daemon",
    "demo",
    "help",
    "init",
    "pause",
    "purge",
    "recover",
    "refuse",
    "release",
    "rerun",
    "resubmit",
    "restore",
    "resume",
    "run",
    "sync",
    "transfer",
    "trust",
];

#[test]
fn every_command_is_known_to_show_or_to_act() {
    let shows = showing_commands("", "", "");
    let help = Scenario::new().feedgate(&["--help"]).stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<&str> = listed
        .map_while(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.contains(&"run"), "{help}");
    for command in commands {
        let known = shows.iter().any(|arguments| arguments[0] == command);
        assert!(
            known != ACTING_COMMANDS.contains(&command),
            "{command} belongs to `showing_commands` if it changes nothing, else to `ACTING_COMMANDS`"
        );
    }
}

#[test]
fn validate_counts_like_run_and_writes_only_where_told() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(3)));
    let records = [
        person(1),
        person(2).with("city", "Verona"),
        person(9),
        person(8).with("ssn", "1"),
    ];
    std::fs::write(site.path("next.csv"), csv(&records)).expect("written");
    let before = site.snapshot();
    let dry = site.feedgate(&[
        "validate",
        "next.csv",
        "--integration",
        DEMOGRAPHIC,
        "--json",
    ]);
    assert_eq!(dry.code, 3, "{dry:?}");
    assert_eq!(site.snapshot(), before);
    let told: Value = serde_json::from_str(&dry.stdout).expect("JSON");
    let summary = if told["records_processed"].is_number() {
        &told
    } else {
        &told["summary"]
    };
    assert_eq!(summary["records_processed"], 4, "{told}");
    assert_eq!(summary["records_created"], 1);
    assert_eq!(summary["records_updated"], 1);
    assert_eq!(summary["records_unchanged"], 1);
    assert_eq!(summary["errors"], 1);
    let out = site.feedgate(&[
        "validate",
        "next.csv",
        "--integration",
        DEMOGRAPHIC,
        "--out",
        "dry",
    ]);
    assert_eq!(out.code, 3, "{out:?}");
    let new: Vec<String> = site
        .snapshot()
        .into_keys()
        .filter(|k| !before.contains_key(k))
        .collect();
    assert!(
        new.iter().all(|k| k == "dry" || k.starts_with("dry/")),
        "{new:?}"
    );
    assert!(
        new.iter()
            .any(|k| k.ends_with(".csv") && k.contains("errors")),
        "{new:?}"
    );
    let real = site.send_people("next.csv", &records, &[]);
    real.ended(3, "Completed with Errors").buckets([2, 1, 0, 1]);
}

#[test]
fn run_with_a_named_file_leaves_it_and_the_waiting_ones() {
    let site = Scenario::new();
    std::fs::write(site.path("mine.csv"), csv(&people(2))).expect("written");
    site.inbound(DEMOGRAPHIC, "waits.csv", csv(&people(3)));
    let outcome = site.run(DEMOGRAPHIC, &["--file", "mine.csv"]);
    outcome.completed().buckets([2, 0, 0, 0]);
    assert_eq!(
        outcome.summary()["source_files"],
        serde_json::json!(["mine.csv"])
    );
    assert!(site.path("mine.csv").exists());
    assert_eq!(site.waiting(DEMOGRAPHIC), ["waits.csv"]);
    let again = site.run(DEMOGRAPHIC, &["--file", "mine.csv"]);
    again.completed().buckets([0, 0, 0, 0]);
    assert!(!again.text("duplicate_of").is_empty());
}

#[test]
fn runs_lists_newest_first_and_filters() {
    let (site, reference) = lived_in();
    let listed = |arguments: &[&str]| -> Vec<Value> {
        let mut all = vec!["runs", "--json"];
        all.extend(arguments);
        let outcome = site.feedgate(&all);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        outcome.summaries
    };
    let all = listed(&[]);
    assert_eq!(all.len(), 5);
    let id = |v: &Value| {
        v["integration_reference_id"]
            .as_str()
            .expect("a reference")
            .to_owned()
    };
    assert!(
        all.iter().map(id).is_sorted_by(|a, b| a > b),
        "newest first"
    );
    assert_eq!(listed(&["--integration", DEDUCTION]).len(), 2);
    assert_eq!(listed(&["--status", "Held"]).len(), 1);
    assert_eq!(
        listed(&["--status", "Completed with Errors"])
            .iter()
            .map(id)
            .collect::<Vec<_>>(),
        [reference]
    );
    assert_eq!(listed(&["--limit", "2"]).len(), 2);
    let tomorrow = (crate::people::today() + chrono::Days::new(2)).to_string();
    assert_eq!(listed(&["--since", &tomorrow]).len(), 0);
    assert_eq!(
        listed(&["--since", &crate::people::days_ago(2).to_string()]).len(),
        5
    );
    assert_eq!(site.feedgate(&["runs", "--status", "Happy"]).code, 2);
}

#[test]
fn show_gives_the_summary_the_run_printed() {
    let site = Scenario::new();
    let outcome = site.send_people("hr.csv", &[person(1), person(2).with("ssn", "1")], &[]);
    let shown = site.show(outcome.reference());
    assert_eq!(shown.code, 0, "{shown:?}");
    for (key, value) in outcome.summary().as_object().expect("an object") {
        assert_eq!(&shown.summary()[key], value, "{key}");
    }
    let text = site.feedgate(&["show", outcome.reference()]);
    for word in [
        "Completed with Errors",
        outcome.reference(),
        "SSN_",
        DEMOGRAPHIC,
        "Records Processed",
    ] {
        assert!(text.stdout.contains(word), "{word}: {text:?}");
    }
}

#[test]
fn files_lists_what_lies_where() {
    let (site, _) = lived_in();
    let outcome = site.feedgate(&["files"]);
    for word in [
        "waits.csv",
        "held.csv",
        "inbound",
        "held",
        "archive",
        "hr2.",
    ] {
        assert!(outcome.stdout.contains(word), "{word}: {outcome:?}");
    }
}

#[test]
fn files_says_not_taken_of_what_a_run_would_leave() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "files = [\"hr_*.csv\"]");
    let run = site.send_people("hr_1.csv", &[person(1), person(2).with("ssn", "1")], &[]);
    let corrections = format!("fixed.{}.csv", run.reference());
    // A name that holds the reference ID of no run of this integration is just another name.
    let other = "fixed.20200101-000001.csv";
    site.inbound(DEMOGRAPHIC, &corrections, csv(&[person(2)]))
        .inbound(DEMOGRAPHIC, other, csv(&[person(3)]));
    let listed = site.feedgate(&["files", "--place", "inbound", "--json"]);
    let listed: Value = serde_json::from_str(&listed.stdout).expect("JSON");
    let note = |name: &str| {
        let all = listed.as_array().expect("a list");
        let file = all.iter().find(|file| file["name"] == name);
        file.expect("listed")["note"].clone()
    };
    assert_eq!(note(&corrections), Value::Null);
    assert_eq!(note(other), "not taken: its name matches none of `files`");
    site.run(DEMOGRAPHIC, &[]).completed();
    assert_eq!(site.waiting(DEMOGRAPHIC), [other]);
}

#[test]
fn every_code_is_explained_and_a_near_miss_is_suggested() {
    let site = Scenario::new();
    for code in feedgate::internal::domain::Code::ALL {
        let outcome = site.feedgate(&["explain", code.as_str()]);
        assert_eq!(outcome.code, 0, "{code}: {outcome:?}");
        assert!(outcome.stdout.contains(code.as_str()), "{code}");
        assert!(outcome.stdout.lines().count() >= 4, "{code}: {outcome:?}");
    }
    let near = site.feedgate(&["explain", "SSN_AERA"]);
    assert_eq!(near.code, 2);
    assert!(near.stderr.contains("SSN_AREA"), "{near:?}");
    assert_eq!(
        site.feedgate(&["explain", "ssn_area"]).code,
        0,
        "in small letters too"
    );
}

#[test]
fn init_makes_a_site_that_passes_its_own_check() {
    let site = Scenario::new();
    let made = site.feedgate(&["init", "new-site"]);
    assert_eq!(made.code, 0, "{made:?}");
    assert!(site.path("new-site/feedgate.toml").exists());
    let config = site.path("new-site/feedgate.toml");
    let check = site.feedgate(&["--config", config.to_str().expect("UTF-8"), "check"]);
    assert_eq!(check.code, 0, "{check:?}");
    let before = site.snapshot();
    let again = site.feedgate(&["init", "new-site"]);
    assert_eq!(again.code, 2, "{again:?}");
    assert_eq!(site.snapshot(), before);
}

#[test]
fn demo_runs_by_itself_and_refuses_a_folder_in_use() {
    let site = Scenario::new();
    let demo = site.feedgate(&["demo", "show-me"]);
    assert_eq!(demo.code, 0, "{demo:?}");
    let outputs = site
        .tree()
        .iter()
        .filter(|p| p.starts_with("show-me/") && p.contains(".output.csv"))
        .count();
    assert!(outputs >= 2, "{:?}", site.tree());
    assert!(demo.stdout.contains("Completed"), "{demo:?}");
    let again = site.feedgate(&["demo", "show-me"]);
    assert_eq!(again.code, 2, "{again:?}");
}

#[test]
fn check_finds_what_is_wrong_with_folders() {
    use std::os::unix::fs::PermissionsExt;
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(1)));
    assert_eq!(site.feedgate(&["check"]).code, 0);
    let state = site.path("state");
    std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o777)).expect("changed");
    let outcome = site.feedgate(&["check"]);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(
        format!("{}{}", outcome.stdout, outcome.stderr).contains("state"),
        "{outcome:?}"
    );
}

#[test]
fn generated_texts_come_out_whole() {
    let site = Scenario::new();
    for shell in ["bash", "zsh", "fish"] {
        let outcome = site.feedgate(&["generate", "completions", shell]);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        assert!(outcome.stdout.contains("feedgate"));
    }
    let man = site.feedgate(&["generate", "man"]);
    assert!(man.code == 0 && man.stdout.contains(".TH"), "{man:?}");
    let schema = site.feedgate(&["generate", "schema"]);
    let schema: Value = serde_json::from_str(&schema.stdout).expect("JSON");
    assert!(schema["properties"]["integration"].is_object(), "{schema}");
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(1)));
    for arguments in [
        &["generate", "schema"] as &[&str],
        &["explain"],
        &["runs", "--json"],
        &["generate", "completions", "bash"],
    ] {
        let mut child = site.command(arguments).spawn().expect("starts");
        drop(child.stdout.take());
        let mut told = String::new();
        child
            .stderr
            .take()
            .expect("piped")
            .read_to_string(&mut told)
            .expect("text");
        let ended = child.wait().expect("ends");
        assert!(!told.contains("panic"), "{arguments:?}: {told}");
        assert_ne!(ended.code(), Some(70), "{arguments:?}");
    }
}

#[test]
fn a_set_takes_no_single_file() {
    let site =
        Scenario::new().and_config("[set.nightly]\nintegrations = [\"demographic-export\"]\n");
    std::fs::write(site.path("hr.csv"), csv(&people(1))).expect("written");
    let before = site.snapshot();
    let outcome = site.run("nightly", &["--file", "hr.csv"]);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert_eq!(site.snapshot(), before);
}

#[test]
fn employee_names_every_roster_that_knows_the_id() {
    let config = crate::scenario::default_config()
        + "[integration.other-export]\nkind = \"demographic\"\nroster = \"other\"\n";
    let site = Scenario::new().config(&config);
    site.roster("hr.csv", csv(&people(1)));
    site.inbound(
        "other-export",
        "hr.csv",
        csv(&[person(1).with("last_name", "Elsewhere")]),
    )
    .run("other-export", &[])
    .completed();
    let outcome = site.feedgate(&["employee", &subscriber_id(1)]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    for word in ["main", "other", "Elsewhere", person(1).get("last_name")] {
        assert!(outcome.stdout.contains(word), "{word}: {outcome:?}");
    }
}

#[test]
fn employee_shows_a_masked_record() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(2)));
    site.send_deductions("ded.csv", &[deduction(1)], &[])
        .completed();
    let outcome = site.feedgate(&["employee", &subscriber_id(1)]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let ssn = crate::people::ssn(1);
    assert!(
        outcome.stdout.contains(&format!("***-**-{}", &ssn[7..])),
        "{outcome:?}"
    );
    assert!(!outcome.stdout.contains(&ssn) && !outcome.stdout.contains(&ssn.replace('-', "")));
    assert!(outcome.stdout.contains("MED01"), "{outcome:?}");
    assert!(
        !outcome.stdout.contains(person(1).get("birth_date")),
        "{outcome:?}"
    );
    let nobody = site.feedgate(&["employee", "nobody-9"]);
    assert_ne!(nobody.code, 0, "{nobody:?}");
}

#[test]
fn rejects_lists_place_and_code_but_no_value() {
    let site = Scenario::new();
    let records = [
        person(1),
        person(2).with("ssn", "078-05-1120"),
        person(3).with("zip_code", "12"),
    ];
    let outcome = site.send_people("hr.csv", &records, &[]);
    let listed = site.feedgate(&["rejects", outcome.reference()]);
    assert_eq!(listed.code, 0, "{listed:?}");
    for word in ["SSN_NEVER_ISSUED", "ZIP_INVALID", "3", "4"] {
        assert!(listed.stdout.contains(word), "{word}: {listed:?}");
    }
    assert!(!listed.stdout.contains("078"), "{listed:?}");
}

#[test]
fn what_people_type_can_not_move_the_cursor() {
    let site = Scenario::new();
    let held = site.send_deductions(
        "ded.csv",
        &[deduction(1)],
        &["--run-name", "red \u{1b}[31m\u{202e}name"],
    );
    let reference = held.reference().to_owned();
    let refused = site.feedgate(&["refuse", &reference, "--why", "wrong \u{1b}[2J file\u{7}"]);
    for outcome in [
        refused,
        site.feedgate(&["runs"]),
        site.feedgate(&["show", &reference]),
    ] {
        let told = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(!told.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{told:?}");
    }
}

#[test]
fn root_changes_nothing_at_the_site_of_another_user() {
    if !rustix::process::geteuid().is_root() {
        return crate::skipped::skip("only root can give a site to another user");
    }
    let site = Scenario::new();
    let state = site.path("state");
    for place in [site.root(), &state] {
        std::fs::create_dir_all(place).expect("a folder");
        std::os::unix::fs::chown(place, Some(65_534), None).expect("given away");
    }
    let before = site.snapshot();
    let reference = "20260101-000001";
    let lines = [
        "run demographic-export",
        "run demographic-export --at 06:00",
        "cancel 1",
        &format!("rerun {reference}"),
        &format!("release {reference} --why x"),
        &format!("refuse {reference} --why x"),
        &format!("resubmit {reference} --file feedgate.toml"),
        &format!("rejects {reference} --dismiss 1 --why x"),
        "pause demographic-export",
        "resume demographic-export",
        "trust nowhere",
        "account add ada --role admin",
        "account change ada --role admin",
        "account disable ada",
        "account enable ada",
        "account link ada",
        "account reset-second-factor ada",
        "account token ada",
        "account revoke-token ada payroll",
        "transfer",
        "daemon",
    ];
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let refused = site.feedgate(&words);
        assert_eq!(refused.code, 2, "{line}: {refused:?}");
        let told = refused.stderr.contains("sudo -u ") && refused.stderr.contains(" feedgate ");
        assert!(told, "{line}: {refused:?}");
    }
    assert_eq!(site.snapshot(), before);
    assert_eq!(site.feedgate(&["status"]).code, 0);
}
