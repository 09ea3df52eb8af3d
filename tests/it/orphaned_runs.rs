//! Runs and folders whose integration was removed from the configuration are still reported.

use crate::people::{csv, deduction, people};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario};
use serde_json::Value;

#[test]
fn a_held_run_of_an_integration_that_is_gone_is_named_everywhere() {
    let site = Scenario::new();
    // There is no roster yet, which holds deductions.
    let held = site.send_deductions("ded.csv", &[deduction(1)], &[]);
    held.ended(5, "Held");
    let reference = held.reference();
    let whole = std::fs::read_to_string(site.path("feedgate.toml")).expect("read");
    let title = format!("[integration.{DEDUCTION}]");
    let (before, _) = whole.split_once(&title).expect("its table");
    let site = site.config(before);
    let why = format!(
        "is Held for `{DEDUCTION}`, which is no longer in the configuration; put the integration back under this name to release or refuse it"
    );
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let checked = site.feedgate(&["check"]);
    assert_eq!(checked.code, 0, "{checked:?}");
    assert!(
        checked.stdout.contains(&format!("run {reference}: {why}")),
        "{checked:?}"
    );
    let status = site.feedgate(&["status"]);
    assert!(
        flat(&status.stdout).contains(&format!("Held {reference} {why}")),
        "{status:?}"
    );
    let status: Value =
        serde_json::from_str(&site.feedgate(&["status", "--json"]).stdout).expect("JSON");
    let left = &status["left_behind"][0];
    assert_eq!(
        (&left["reference_id"], &left["integration"]),
        (&reference.into(), &DEDUCTION.into())
    );
    for command in [
        &["release", reference, "--why", "right"] as &[&str],
        &["refuse", reference, "--why", "wrong"],
        &["rerun", reference],
    ] {
        let refused = site.feedgate(command);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(
            refused.stderr.contains(&format!("run {reference} {why}")),
            "{refused:?}"
        );
    }
    let site = site.config(&whole);
    let refused = site.feedgate(&["refuse", reference, "--why", "wrong"]);
    assert_eq!(refused.code, 0, "{refused:?}");
}

#[test]
fn files_in_folders_of_an_integration_that_is_gone_are_named_everywhere() {
    let site = Scenario::new();
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(1)))
        .inbound("left", "waits.csv", csv(&people(1)))
        .inbound("left", "doe 880-12-3456.csv", "x");
    std::fs::create_dir_all(site.path("inbound/empty")).expect("a folder");
    let means = "no integration `left` is in the configuration; what lies there is taken by no run";
    let checked = site.feedgate(&["check"]);
    assert_eq!(checked.code, 0, "{checked:?}");
    let line = checked.stdout.lines().find(|l| l.contains("left inbound"));
    let line = line.unwrap_or_else(|| panic!("{checked:?}"));
    assert!(line.starts_with("note") && line.contains(&format!("has 2 files: {means}")));
    assert!(!checked.stdout.contains("inbound/empty"), "{checked:?}");
    let status: Value =
        serde_json::from_str(&site.feedgate(&["status", "--json"]).stdout).expect("JSON");
    let folders = status["orphaned_folders"].as_array().expect("an array");
    assert_eq!(folders.len(), 1, "{status}");
    let told = (
        &folders[0]["integration"],
        &folders[0]["place"],
        &folders[0]["files"],
    );
    assert_eq!(told, (&"left".into(), &"inbound".into(), &2.into()));
    let told = site.feedgate(&["status"]).stdout;
    assert!(told.contains("folders of no integration"), "{told}");
    for arguments in [
        &["files"] as &[&str],
        &["files", "--integration", "left"],
        &["files", "--place", "inbound"],
    ] {
        let listed = site.feedgate(arguments);
        let said = "its integration is not in the configuration";
        assert!(listed.stdout.contains("left inbound"), "{listed:?}");
        assert_eq!(listed.stdout.matches("waits.csv").count(), 1, "{listed:?}");
        assert!(
            listed.stdout.contains(said) && !listed.stdout.contains("880-12"),
            "{listed:?}"
        );
    }
    let held = site.feedgate(&["files", "--place", "held"]);
    assert!(!held.stdout.contains("left"), "{held:?}");
    let nowhere = site.feedgate(&["files", "--integration", "empty"]);
    assert_eq!(nowhere.code, 2, "{nowhere:?}");
}
