//! Names of source files in the names of published and archived files, and SSNs masked in them.

use crate::people::{csv, people, person};
use crate::scenario::{DEMOGRAPHIC, Scenario};
use std::fs;
use std::os::unix::ffi::OsStrExt;

#[test]
fn an_ssn_in_a_name_goes_no_further() {
    for (name, digits) in [
        ("123-45-6789.csv", "123-45-6789"),
        ("hr_456781234_final.csv", "456781234"),
        ("upload 456 78 1234.csv", "456 78 1234"),
    ] {
        let site = Scenario::new();
        let outcome = site.send_people(name, &[person(1), person(2).with("ssn", "0")], &[]);
        outcome.ended(3, "Completed with Errors");
        let shown = [
            outcome.stdout.clone(),
            outcome.stderr.clone(),
            site.feedgate(&["runs"]).stdout,
            site.feedgate(&["files"]).stdout,
            site.show(outcome.reference()).stdout,
            outcome.receipt().to_string(),
        ];
        for text in shown {
            assert!(!text.contains(digits), "{name}: {text}");
        }
        assert_eq!(site.outbound().len(), 4, "{:?}", site.outbound());
        for path in site.outbound() {
            assert!(!path.contains(digits), "{path}");
        }
        let ledger = fs::read(site.path("state/ledger.db")).expect("a ledger");
        let held = ledger.windows(digits.len()).any(|w| w == digits.as_bytes());
        assert!(!held, "{name} in the ledger");
    }
}

#[test]
fn published_names_carry_stem_and_reference() {
    let site = Scenario::new();
    let outcome = site.send_people(
        "HR export.2026.csv",
        &[person(1), person(2).with("ssn", "0")],
        &[],
    );
    let reference = outcome.reference();
    let expected = [
        format!("outbound/demographic-export/errors/HR export.2026.{reference}.errors.csv"),
        format!("outbound/demographic-export/errors/HR export.2026.{reference}.rejects.csv"),
        format!("outbound/demographic-export/output/HR export.2026.{reference}.output.csv"),
        format!("outbound/demographic-export/receipts/HR export.2026.{reference}.receipt.json"),
    ];
    assert_eq!(site.outbound(), expected);
    assert_eq!(outcome.text("output_file"), expected[2]);
    let error_files: Vec<&str> = outcome.summary()["error_files"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|v| v.as_str())
        .collect();
    assert_eq!(error_files, [expected[0].as_str(), expected[1].as_str()]);
    let day = crate::people::today().format("%Y/%m/%d");
    let archived = format!("archive/demographic-export/{day}/{reference}/HR export.2026.csv");
    assert!(site.tree().contains(&archived), "{:?}", site.tree());
    assert!(
        !site.tree().iter().any(|p| p.starts_with("work/")),
        "{:?}",
        site.tree()
    );
}

#[test]
fn rejects_keep_the_ending_of_their_source() {
    let site = Scenario::new();
    let outcome = site
        .inbound(DEMOGRAPHIC, "hr.txt", csv(&[person(1).with("ssn", "0")]))
        .run(DEMOGRAPHIC, &[]);
    let name = outcome.published("rejects").expect("a rejects file");
    assert!(name.to_string_lossy().ends_with(".rejects.txt"), "{name:?}");
}

#[test]
fn names_in_other_scripts_are_fine() {
    let site = Scenario::new();
    let outcome = site.send_people("Gehälter 給与 №5.csv", &people(1), &[]);
    outcome.completed();
    assert!(outcome.published("output").is_some());
}

#[test]
fn the_name_is_kept_byte_for_byte_in_the_archive() {
    let site = Scenario::new();
    let name = "Ünïcode näme.csv";
    let outcome = site.send_people(name, &people(1), &[]);
    outcome.completed();
    let archived = crate::scenario::files(&site.path("archive"));
    assert_eq!(archived.len(), 1);
    assert_eq!(
        archived[0].file_name().expect("a name").as_bytes(),
        name.as_bytes()
    );
    assert_eq!(fs::read(&archived[0]).expect("readable"), csv(&people(1)));
}
