//! Combined failures: the connection is cut, the server stopped, its disk full, the daemon killed.

use std::process::Command;

/// Runs the script with fewer files than its default of a thousand.
const FILES: &str = "150";

#[test]
fn every_file_comes_and_goes_once_whatever_happens() {
    if !super::partner::have_sshd() {
        return;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/torment");
    let mut command = Command::new("python3");
    command
        .args([script, FILES])
        .env("FEEDGATE", env!("CARGO_BIN_EXE_feedgate"));
    if std::path::Path::new("/dev/shm").is_dir() {
        command.env("SITES", "/dev/shm");
    }
    let done = command.output().expect("python3");
    let said = String::from_utf8_lossy(&done.stdout);
    let wrong = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}\n{wrong}");
}
