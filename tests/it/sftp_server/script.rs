//! Start, stop and error messages of `scripts/sftp-server`.

use super::{ACME, SCRIPT, Server, accounts, script};
use crate::daemon::with_daemon;
use crate::scenario::DEMOGRAPHIC;
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

fn said(command: &mut Command) -> (i32, String) {
    let done = command.output().expect("starts");
    let text = [done.stdout, done.stderr].concat();
    let code = done.status.code().expect("an exit code");
    (code, String::from_utf8(text).expect("text"))
}

#[test]
fn it_starts_once_and_leaves_the_machine_as_it_was() {
    let site = with_daemon("");
    let files = ["passwd", "group", "shadow"].map(|f| format!("/etc/{f}"));
    let before = files.each_ref().map(|f| std::fs::read(f).expect("read"));
    let Some(server) = Server::start(&site, &accounts()) else {
        return;
    };
    let (code, text) = said(script(site.root()).arg("start").args(accounts()));
    assert!(code == 0 && text.starts_with("it runs already"), "{text}");
    let pid = std::fs::read_to_string(site.path("sftp-server/pid")).expect("pid");
    let (code, text) = said(script(site.root()).arg("status"));
    assert!(
        code == 0 && text.contains(&format!("process {pid}")),
        "{text}"
    );
    assert!(text.contains(&format!("{ACME}@127.0.0.1")), "{text}");
    // Keys are root's alone, uploads the sender's and the daemon's.
    let mode = |path: &str| std::fs::metadata(site.path(path)).expect("there").mode() & 0o7777;
    assert_eq!(mode("sftp-server"), 0o700);
    assert_eq!(mode("sftp-server/keys/acme"), 0o600);
    assert_eq!(mode(&format!("inbound/{DEMOGRAPHIC}")), 0o2770);
    let mounts = std::fs::read_to_string("/proc/self/mounts").expect("mounts");
    assert!(!mounts.contains("/run/feedgate"));
    for _ in 0..2 {
        assert_eq!(said(script(site.root()).arg("stop")).0, 0);
        assert_eq!(said(script(site.root()).arg("status")).0, 1);
    }
    let port = server.plan["port"].as_u64().expect("a port");
    let port = u16::try_from(port).expect("a port");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    // The next start keeps keys and ids.
    let key = std::fs::read(server.key(ACME)).expect("key");
    let owner = |site: &crate::scenario::Scenario| {
        let inbound = site.inbox(DEMOGRAPHIC);
        std::fs::metadata(inbound).expect("there").uid()
    };
    let uid = owner(&site);
    let again = Server::start(
        &site,
        &[
            "--account",
            "new=deduction-import",
            "--account",
            "acme=demographic-export",
        ],
    );
    let again = again.expect("starts");
    assert_eq!(std::fs::read(again.key(ACME)).expect("key"), key);
    assert_eq!(owner(&site), uid);
    let after = files.each_ref().map(|f| std::fs::read(f).expect("read"));
    assert!(before == after, "the machine's users were changed");
}

#[test]
fn what_is_wrong_is_said_with_what_to_do() {
    let site = with_daemon("");
    let Some(_server) = Server::start(&site, &accounts()) else {
        return;
    };
    let empty = tempfile::tempdir().expect("folder");
    let (code, text) = said(&mut script(empty.path()));
    assert!(code == 2 && text.contains("feedgate init"), "{text}");
    let other = with_daemon("");
    for (account, words) in [
        ("acme=nothing", "there is no integration 'nothing'"),
        ("root=demographic-export", "this machine has a user"),
        ("../x=demographic-export", "can't be an account"),
        ("hr=demographic-export", "give HR another name"),
        ("acme=demographic-export,demographic-export", "two accounts"),
    ] {
        let (code, text) = said(script(other.root()).args(["--port", "0", "--account", account]));
        assert!(code == 2 && text.contains(words), "{text}");
    }
    assert!(!other.path("sftp-server").exists());
    let mut unprivileged = Command::new("setpriv");
    unprivileged.args(["--reuid", "65534", "--clear-groups", SCRIPT]);
    let (code, text) = said(unprivileged.arg(other.root()));
    assert!(code == 2 && text.contains("sudo"), "{text}");
}

#[test]
fn accounts_outlive_the_replacement_of_the_machines_own() {
    let site = with_daemon("");
    let Some(server) = Server::start(&site, &accounts()) else {
        return;
    };
    // What useradd does: another file takes the name of the first.
    for file in ["passwd", "group", "shadow"] {
        let (path, new) = (
            format!("/etc/{file}"),
            format!("/etc/.{file}.feedgate-test"),
        );
        let copied = Command::new("cp").args(["-p", &path, &new]).status();
        assert!(copied.expect("cp starts").success());
        std::fs::rename(new, path).expect("replaced");
    }
    super::well(server.sftp(ACME, "ls /inbound\nls /output"));
    let (code, text) = said(script(site.root()).arg("status"));
    assert_eq!(code, 0, "{text}");
}

#[test]
fn status_tries_to_sign_in() {
    let site = with_daemon("");
    let Some(server) = Server::start(&site, &accounts()) else {
        return;
    };
    let other = std::fs::read(server.key("other")).expect("a key");
    std::fs::write(server.key(ACME), other).expect("written");
    let (code, text) = said(script(site.root()).arg("status"));
    let told = text.contains("acme can't sign in") && text.contains("Permission denied");
    assert!(code == 1 && told, "{text}");
    std::fs::remove_file(server.key(ACME)).expect("removed");
    let (code, text) = said(script(site.root()).arg("status"));
    assert_eq!(code, 0, "{text}");
}
