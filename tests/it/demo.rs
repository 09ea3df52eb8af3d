//! `feedgate demo`, in folders and over real SFTP.

use crate::sshd::is_installed;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What `feedgate demo` prints for a new site there.
fn demo(site: &Path, more: &[&str]) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_feedgate"))
        .arg("demo")
        .args(more)
        .arg(site)
        .output()
        .expect("run");
    let printed = String::from_utf8_lossy(&done.stdout).into_owned();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{printed}{said}");
    assert!(said.is_empty(), "{said}");
    printed
}

#[test]
fn what_waits_is_synced_and_mails_are_written() {
    let folder = tempfile::tempdir().expect("folder");
    let site = folder.path().join("site");
    let printed = demo(&site, &[]);
    for line in [
        "  accepted           2 = 1 linked with an account + 1 created",
        "Employees: 268 Successful, 42 Failed, 52 Not syncing",
    ] {
        assert!(printed.lines().any(|l| l == line), "{line}\n{printed}");
    }
    let output = fs::read_dir(site.join("outbound/plant-demographics/output")).expect("folder");
    let outputs = output.map(|file| fs::read_to_string(file.expect("entry").path()).expect("text"));
    let outputs: Vec<String> = outputs.collect();
    let linked = |text: &String| text.contains("P30001") && text.contains("A70001");
    assert!(outputs.iter().any(linked), "{outputs:?}");
    // One about each integration that needs somebody; the text names one.
    assert_eq!(count(&site.join("state/mail"), ".eml"), 4);
    let mail = printed.lines().find_map(|line| line.strip_prefix("  cat "));
    let mail = fs::read_to_string(site.join(mail.expect("a mail"))).expect("mail");
    assert!(mail.contains("Subject: carrier-deductions: "), "{mail}");
}

/// The table of the page on the samples says what becomes of their records.
#[test]
fn the_page_on_the_samples_counts_their_records() {
    let folder = tempfile::tempdir().expect("folder");
    let runs = demo(&folder.path().join("site"), &["--json"]);
    let runs: Vec<Value> = serde_json::from_str(&runs).expect("JSON");
    let page = include_str!("../../fixtures/demo/README.md");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let said: Vec<Vec<String>> = rows
        .map(|row| {
            let cells = row.trim_matches('|').split('|').map(str::trim);
            let cells: Vec<String> = cells.map(|cell| cell.replace('`', "")).collect();
            [&cells[..2], &cells[3..]].concat()
        })
        .collect();
    let [samples @ .., sync] = &runs[..] else {
        panic!("{runs:?}");
    };
    let of = |run: &Value| {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let counts = [
            "records_processed",
            "errors",
            "records_skipped",
            "records_accepted",
        ];
        let counts = counts.map(|key| run[key].to_string());
        [
            vec![
                text(&run["source_files"][0]),
                text(&run["integration_name"]),
            ],
            counts.to_vec(),
        ]
        .concat()
    };
    assert_eq!(samples.iter().map(of).collect::<Vec<_>>(), said);
    assert_eq!(sync["findings"]["EMAIL_AMBIGUOUS"], 1);
    assert_eq!(
        (&sync["records_linked"], &sync["records_created"]),
        (&1.into(), &1.into())
    );
}

#[test]
fn over_sftp_from_upload_to_error_file() {
    if !is_installed() {
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    // A name that a careless batch of `sftp` would break.
    let site = folder.path().join("a demonstration");
    let printed = demo(&site, &["--sftp"]);
    // One output and one receipt of each demographic file at the partner's, an error file of each file for HR.
    assert_eq!(count(&site.join("partner/results"), ".output.csv"), 3);
    assert_eq!(count(&site.join("partner/results"), ".receipt.json"), 3);
    assert_eq!(count(&site.join("fetched-by-hr"), ".errors.csv"), 5);
    assert_eq!(count(&site.join("partner/deductions"), ""), 0);
    assert_eq!(count(&site.join("partner/accounts"), ""), 0);
    assert_eq!(count(&site.join("inbound/demographic-export"), ""), 0);
    assert!(printed.contains("\ndeduction-import  "), "{printed}");
    assert!(
        printed.contains("\nEmployees: 266 Successful, "),
        "{printed}"
    );
}

fn count(folder: &Path, ending: &str) -> usize {
    let entries = fs::read_dir(folder).expect("folder");
    let names = entries.map(|e| e.expect("entry").file_name());
    names
        .filter(|name| name.to_string_lossy().ends_with(ending))
        .count()
}
