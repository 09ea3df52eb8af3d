//! Run summaries and receipts, as text and as JSON.

use crate::people::{csv, people, person};
use crate::scenario::{DEMOGRAPHIC, Scenario};

#[test]
fn people_read_the_summary_too() {
    let site = Scenario::new();
    let records = [person(1), person(2).with("ssn", "078-05-1120")];
    let outcome = site
        .inbound(DEMOGRAPHIC, "hr.csv", csv(&records))
        .feedgate(&["run", DEMOGRAPHIC]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    for word in [
        "Completed with Errors",
        "Records Processed",
        "SSN_NEVER_ISSUED",
        ".errors.csv",
        ".output.csv",
    ] {
        assert!(outcome.stdout.contains(word), "{word}: {outcome:?}");
    }
    assert!(!outcome.stdout.contains("078-05") && !outcome.stdout.contains("07805"));
    let mut coloured = site.command(&["runs"]);
    let coloured = coloured.env_remove("NO_COLOR").output().expect("starts");
    assert!(!coloured.stdout.contains(&0x1b), "no colours into a pipe");
}

#[test]
fn every_source_file_gets_a_receipt() {
    let site = Scenario::new()
        .and_keys(DEMOGRAPHIC, "test_files = [\"TEST_*\"]")
        .and_config("[integration.demographic-export.guards]\nmax_error_count = 1\n");
    let two_bad = [
        person(8).with("zip_code", "1"),
        person(9).with("zip_code", "1"),
    ];
    let files: [(&str, Vec<u8>, &str); 8] = [
        ("good.csv", csv(&people(2)), "Completed"),
        ("again.csv", csv(&people(2)), "Completed"),
        (
            "errors.csv",
            csv(&[person(3), person(4).with("zip_code", "1")]),
            "Completed with Errors",
        ),
        ("empty.csv", Vec::new(), "Failed"),
        ("binary.csv", b"PK\x03\x04\x00\x00".to_vec(), "Failed"),
        ("header.csv", b"what,is,this\n1,2,3\n".to_vec(), "Failed"),
        ("held.csv", csv(&two_bad), "Held"),
        ("TEST_1.csv", csv(&[person(5)]), "Completed"),
    ];
    for (name, bytes, status) in files {
        let outcome = site
            .inbound(DEMOGRAPHIC, name, &bytes)
            .run(DEMOGRAPHIC, &[]);
        assert_eq!(outcome.status(), status, "{name}: {outcome:?}");
        let receipt = outcome.receipt();
        assert_eq!(receipt["source_name"], name);
        assert_eq!(receipt["status"], status);
        assert_eq!(receipt["size"], bytes.len(), "{name}");
        assert_eq!(receipt["sha256"].as_str().map(str::len), Some(64), "{name}");
        let plain = name == "good.csv";
        assert!(
            plain || !receipt["reason"].as_str().unwrap_or_default().is_empty(),
            "{name} says why: {receipt}"
        );
        assert!(site.waiting(DEMOGRAPHIC).is_empty(), "{name}");
    }
}

#[test]
fn the_receipt_holds_the_summary() {
    let site = Scenario::new();
    let outcome = site.send_people("hr.csv", &[person(1), person(2).with("ssn", "1")], &[]);
    let receipt = outcome.receipt();
    let bytes = csv(&[person(1), person(2).with("ssn", "1")]);
    assert_eq!(receipt["source_name"], "hr.csv");
    assert_eq!(receipt["size"], bytes.len());
    assert_eq!(receipt["reference_id"], outcome.reference());
    let sha = receipt["sha256"].as_str().expect("a hash");
    assert!(
        sha.len() == 64 && sha.bytes().all(|b| b.is_ascii_hexdigit()),
        "{sha}"
    );
    let summary = outcome.summary().as_object().expect("an object");
    // How the file was read is for those who set up the sender.
    for (key, value) in summary.iter().filter(|(key, _)| *key != "reading") {
        assert_eq!(&receipt[key], value, "{key}");
    }
    let written = receipt["files_written"].as_array().expect("a list").len();
    assert!(written >= 3, "{receipt}");
}

#[test]
fn days_are_those_of_the_site() {
    for zone in ["Pacific/Kiritimati", "Etc/GMT+12"] {
        let config = crate::scenario::default_config().replace("America/New_York", zone)
            + "[identity]\nmatch = \"shape-only\"\n";
        let site = Scenario::new().config(&config);
        let today = |zone: &str| {
            let zone: chrono_tz::Tz = zone.parse().expect("a zone");
            chrono::Utc::now().with_timezone(&zone).date_naive()
        };
        let before = today(zone);
        let outcome = site.send_people("hr.csv", &people(1), &[]);
        if today(zone) != before {
            return; // midnight passed
        }
        outcome.completed();
        assert!(
            outcome
                .reference()
                .starts_with(&before.format("%Y%m%d").to_string()),
            "{zone}: {outcome:?}"
        );
        assert!(
            outcome.text("start_date").starts_with(&before.to_string()),
            "{zone}: {outcome:?}"
        );
        // A birth date after today is refused, and today depends on the site's time zone.
        let tomorrow = before + chrono::Days::new(1);
        let records = [
            person(2)
                .with("birth_date", before)
                .with("hire_date", tomorrow),
            person(3)
                .with("birth_date", tomorrow)
                .with("hire_date", tomorrow),
        ];
        let outcome = site.send_people("births.csv", &records, &[]);
        assert_eq!(outcome.codes(), ["DATE_RANGE"], "{zone}: {outcome:?}");
        assert_eq!(outcome.count("errors"), 1, "{zone}");
    }
}
