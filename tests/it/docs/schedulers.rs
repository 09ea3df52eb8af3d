//! The examples of `docs/schedulers.md` are run: the lines for cron, the units, the script for a monitor, and the commands
//! of the job definitions.

use super::fences::{Fence, fences};
use super::shell::{PROGRAM, shell, text};
use crate::people::{csv, people, person};
use crate::scenario::{DEMOGRAPHIC, Scenario, files};
use std::process::Command;

const PAGE: &str = "schedulers.md";
const SET: &str = r#"
[set.nightly]
integrations = ["demographic-export", "deduction-import"]
abort_on_failure = false
[integration.demographic-export.guards]
max_error_count = 1
"#;

fn site() -> Scenario {
    let site = Scenario::new().and_config(SET);
    for name in ["inbound/demographic-export", "inbound/deduction-import"] {
        std::fs::create_dir_all(site.path(name)).expect("inbound");
    }
    site
}

/// The only example of the page in a language.
fn example(language: &str) -> String {
    let mut found = fences(PAGE)
        .into_iter()
        .filter(|fence| fence.language == language);
    let Fence { text, .. } = found.next().expect("an example");
    assert!(found.next().is_none(), "two examples in {language}");
    text
}

/// The commands of the lines for cron: collect, run, purge, backup.
fn cron_lines() -> [String; 4] {
    let crontab = example("crontab");
    let lines = crontab.lines().filter(|line| line.contains(PROGRAM));
    let command = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(fields[5], "feedgate", "the user: {line}");
        let at = line.find(PROGRAM).expect("the program");
        line[at..].replace("\\%", "%")
    };
    let lines: Vec<String> = lines.map(command).collect();
    lines.try_into().expect("four lines")
}

#[test]
fn the_lines_for_cron_are_silent_where_nobody_has_to_act() {
    let site = site();
    let [collect, run, purge, backup] = cron_lines();
    let told = "feedgate run nightly: see run.log and feedgate status\n";
    let nothing = shell(&site, &run);
    assert_eq!(text(&nothing.stdout), told);
    assert!(
        text(&nothing.stderr).contains("a file was expected"),
        "{nothing:?}"
    );

    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(3)));
    let collected = shell(&site, &collect);
    assert!(collected.status.success(), "{collected:?}");
    assert_eq!(site.waiting(DEMOGRAPHIC), ["hr.csv"]);
    assert_eq!(files(&site.path("inbound")).len(), 0, "it is in the queue");
    let rejected = [person(4), person(5).with("ssn", "666-12-3456")];
    for (name, records) in [("hr.csv", vec![]), ("hr-2.csv", rejected.to_vec())] {
        if !records.is_empty() {
            site.inbound(DEMOGRAPHIC, name, csv(&records));
        }
        let done = shell(&site, &run);
        assert!(done.status.success(), "{done:?}");
        assert_eq!(text(&done.stdout), "", "{done:?}");
    }
    let log = std::fs::read_to_string(site.path("run.log")).expect("the log");
    assert!(log.contains("Completed with Errors: 1 of 2"), "{log}");

    let held = [6, 7].map(|n| person(n).with("ssn", "666-12-3456"));
    site.inbound(DEMOGRAPHIC, "hr-3.csv", csv(&held));
    assert_eq!(text(&shell(&site, &run).stdout), told);
    let purged = shell(&site, &purge);
    assert!(
        purged.status.success() && purged.stdout.is_empty(),
        "{purged:?}"
    );
    let kept = shell(&site, &backup);
    assert!(kept.status.success() && kept.stdout.is_empty(), "{kept:?}");
    let kept = files(&site.path("backups"));
    assert!(
        kept.iter().any(|path| path.ends_with("backup.json")),
        "{kept:?}"
    );
}

#[test]
fn a_monitor_lists_what_is_held() {
    let site = site();
    let script = example("sh").replace("feedgate status", &format!("{PROGRAM} status"));
    let script = script.replace("python3", "PATH=/usr/local/bin:/usr/bin:/bin python3");
    let quiet = shell(&site, &script);
    assert!(
        quiet.status.success() && quiet.stdout.is_empty(),
        "{quiet:?}"
    );
    let held = [1, 2].map(|n| person(n).with("ssn", "666-12-3456"));
    let held = site.send_people("hr.csv", &held, &[]);
    let told = shell(&site, &script);
    assert_eq!(told.status.code(), Some(1), "{told:?}");
    let line = format!("{} hr.csv GUARD_ERRORS\n", held.reference());
    assert_eq!(text(&told.stdout), line);
}

/// Every command line with which a unit or a job definition of the page starts the program.
fn job_commands() -> Vec<String> {
    let json: serde_json::Value = serde_json::from_str(&example("json")).expect("JSON");
    let control_m = &json["FeedgateNightly"]["FeedgateRun"]["Command"];
    let mut all = vec![control_m.as_str().expect("a command").to_owned()];
    let units = fences(PAGE).into_iter().filter(|f| f.language == "ini");
    for lines in units.map(|f| f.text).chain([example("jil")]) {
        for line in lines.lines() {
            let command = ["ExecStart=", "command: "]
                .iter()
                .find_map(|key| line.strip_prefix(key));
            all.extend(command.map(str::to_owned));
        }
    }
    all
}

#[test]
fn the_commands_of_jobs_run_without_any_environment() {
    let commands = job_commands();
    assert_eq!(commands.len(), 4, "{commands:?}");
    for command in commands {
        let site = site();
        site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(3)));
        let done = shell(&site, &format!("unset FEEDGATE_CONFIG; {command}"));
        assert!(done.status.success(), "{command}: {done:?}");
        let again = shell(&site, &format!("unset FEEDGATE_CONFIG; {command}"));
        let code = if command.contains("--expect-file") {
            4
        } else {
            0
        };
        assert_eq!(again.status.code(), Some(code), "{command}: {again:?}");
    }
}

#[test]
fn systemd_finds_no_mistake_in_the_units() {
    let folder = tempfile::tempdir().expect("a folder");
    let units = fences(PAGE).into_iter().filter(|f| f.language == "ini");
    let units: Vec<String> = units.map(|f| f.text).collect();
    let names = ["feedgate-run.service", "feedgate-run.timer"];
    assert_eq!(units.len(), names.len());
    for (name, unit) in names.iter().zip(&units) {
        let unit = unit.replace(PROGRAM, env!("CARGO_BIN_EXE_feedgate"));
        std::fs::write(folder.path().join(name), unit).expect("written");
    }
    let mut verify = Command::new("systemd-analyze");
    verify
        .arg("verify")
        .args(names.map(|name| folder.path().join(name)));
    match verify.output() {
        Ok(done) => {
            let said = text(&done.stderr);
            let ours = said.lines().filter(|line| line.contains("feedgate-run"));
            assert_eq!(ours.collect::<Vec<_>>(), [""; 0], "{said}");
        }
        Err(_) => crate::skipped::skip("systemd-analyze is missing"),
    }
}
