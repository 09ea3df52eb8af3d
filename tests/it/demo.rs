//! `feedgate demo` over real SFTP.

use crate::sshd::is_installed;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn over_sftp_from_upload_to_error_file() {
    if !is_installed() {
        return;
    }
    let folder = tempfile::tempdir().expect("folder");
    // A name that a careless batch of `sftp` would break.
    let site = folder.path().join("a demonstration");
    let done = Command::new(env!("CARGO_BIN_EXE_feedgate"))
        .args(["demo", "--sftp"])
        .arg(&site)
        .output()
        .expect("run");
    let printed = String::from_utf8_lossy(&done.stdout).into_owned();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{printed}{said}");
    assert!(said.is_empty(), "{said}");
    // One output and one receipt of each demographic file at the partner's, an error file of each file for HR.
    assert_eq!(count(&site.join("partner/results"), ".output.csv"), 3);
    assert_eq!(count(&site.join("partner/results"), ".receipt.json"), 3);
    assert_eq!(count(&site.join("fetched-by-hr"), ".errors.csv"), 5);
    assert_eq!(count(&site.join("partner/deductions"), ""), 0);
    assert_eq!(count(&site.join("inbound/demographic-export"), ""), 0);
    assert!(printed.contains("\ndeduction-import  "), "{printed}");
}

fn count(folder: &Path, ending: &str) -> usize {
    let entries = fs::read_dir(folder).expect("folder");
    let names = entries.map(|e| e.expect("entry").file_name());
    names
        .filter(|name| name.to_string_lossy().ends_with(ending))
        .count()
}
