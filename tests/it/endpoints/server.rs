//! The temporary test server itself, tested with OpenSSH's client.

use crate::sshd::{self, Sshd};
use std::process::{Command, Output, Stdio};

fn sftp(sshd: &Sshd, folder: &std::path::Path) -> Output {
    let batch = folder.join("batch");
    std::fs::write(&batch, "pwd\n").expect("a batch");
    Command::new("sftp")
        .args(["-q", "-F", "none", "-b"])
        .arg(batch)
        .args(["-o", "StrictHostKeyChecking=yes", "-o"])
        .arg(format!(
            "UserKnownHostsFile={}",
            sshd.known_hosts().display()
        ))
        .arg("-i")
        .arg(sshd.client_key())
        .args(["-P", &sshd.port().to_string()])
        .arg(format!("{}@127.0.0.1", sshd::user()))
        .stdin(Stdio::null())
        .output()
        .expect("sftp")
}

#[test]
fn the_server_of_the_tests_starts_stops_and_changes_its_key() {
    let dir = tempfile::tempdir().expect("a folder");
    let Some(mut sshd) = Sshd::start(dir.path()) else {
        return;
    };
    let first = sftp(&sshd, dir.path());
    assert!(first.status.success(), "{first:?}\n{}", sshd.log());
    sshd.stop();
    assert!(!sftp(&sshd, dir.path()).status.success());
    sshd.start_again();
    assert!(sftp(&sshd, dir.path()).status.success());
    sshd.new_host_key();
    assert!(!sftp(&sshd, dir.path()).status.success());
    sshd.write_known_hosts();
    assert!(sftp(&sshd, dir.path()).status.success());
}
