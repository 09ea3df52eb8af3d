//! Runs whose integration was removed from the configuration are still reported.

use crate::people::deduction;
use crate::scenario::{DEDUCTION, Scenario};
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
