//! Permissions of accounts: senders see their own folders, HR sees error files, and no account gets a shell.

use super::{ACME, DEDUCTION, HR, OTHER, Server, accounts, well};
use crate::daemon::{Daemon, with_daemon};
use crate::people::{csv, person};
use crate::scenario::DEMOGRAPHIC;
use std::process::Stdio;
use std::time::Duration;

/// The lines of a listing, as names.
fn names(server: &Server, account: &str, folder: &str) -> Vec<String> {
    let done = well(server.sftp(account, &format!("ls -1 {folder}\n")));
    let text = String::from_utf8(done.stdout).expect("text");
    let lines = text.lines().filter(|l| !l.starts_with("sftp>"));
    lines
        .map(|l| l.trim().trim_start_matches('/').to_owned())
        .collect()
}

/// None of these commands succeeds.
#[track_caller]
fn refused(server: &Server, account: &str, commands: &[&str]) {
    for command in commands {
        let done = server.sftp(account, &format!("{command}\n"));
        assert!(!done.status.success(), "{account}: {command}: {done:?}");
    }
}

#[test]
fn senders_and_hr_see_their_own_and_nothing_else() {
    let Some((site, server)) = Server::with_site() else {
        return;
    };
    let daemon = Daemon::start(&site);
    let bad = csv(&[person(1), person(2).with("ssn", "000-12-3456")]);
    server.file("hr.csv", &bad);
    well(server.sftp(ACME, "put hr.csv /inbound/hr.csv\n"));
    let receipt = site.receipt("hr");
    assert_eq!(receipt["status"], "Completed with Errors");
    site.rests();
    daemon.stop();

    assert_eq!(names(&server, ACME, "/"), ["inbound", "output", "receipts"]);
    well(server.sftp(ACME, "get /receipts/*\nget /output/*\n"));
    well(server.sftp(HR, "get /demographic-export/errors/*\n"));
    let published = site.outbound();
    assert_eq!(published.len(), 4, "{published:?}");
    for file in &published {
        let name = file.rsplit('/').next().expect("a name");
        let got = std::fs::read(server.local(name)).expect("fetched");
        assert_eq!(got, std::fs::read(site.path(file)).expect("published"));
    }
    well(server.sftp(ACME, "put hr.csv /inbound/again.csv.part\n"));

    // HR: no inbound, no output, no receipts, and nothing to change.
    assert_eq!(names(&server, HR, "/"), [DEDUCTION, DEMOGRAPHIC]);
    assert_eq!(
        names(&server, HR, &format!("/{DEMOGRAPHIC}")),
        [format!("{DEMOGRAPHIC}/errors")]
    );
    refused(
        &server,
        HR,
        &[
            "ls /inbound",
            "ls /demographic-export/inbound",
            "ls /demographic-export/errors/../../inbound",
            "get /demographic-export/output/*",
            "put hr.csv /demographic-export/errors/hr.csv",
            "put hr.csv /demographic-export/hr.csv",
            "put hr.csv /hr.csv",
            "rm /demographic-export/errors/*",
        ],
    );
    // Another sender: its own folders only, however it asks.
    let inbound = site.path("inbound/demographic-export/again.csv.part");
    let get = format!("get {} stolen", inbound.display());
    assert_eq!(
        names(&server, OTHER, "/"),
        ["inbound", "output", "receipts"]
    );
    assert_eq!(names(&server, OTHER, "/inbound"), [""; 0]);
    assert_eq!(names(&server, OTHER, "/receipts"), [""; 0]);
    refused(
        &server,
        OTHER,
        &[
            &get,
            "ls /run/feedgate",
            "get ../acme/inbound/again.csv.part stolen",
            "get /inbound/../../acme/inbound/again.csv.part stolen",
            "get /etc/passwd stolen",
            "get /proc/self/environ stolen",
            "put hr.csv /hr.csv",
            "put hr.csv /receipts/hr.csv",
            "mkdir /more",
            "rename /inbound /mine",
            "rmdir /receipts",
            "symlink / /inbound/root",
            "symlink ../../acme/inbound /inbound/acme.csv",
            "ln /inbound/again.csv.part /inbound/again.csv",
        ],
    );
    refused(
        &server,
        ACME,
        &[
            "rm /receipts/*",
            "put hr.csv /output/hr.csv",
            "chown 0 /inbound",
        ],
    );
    assert!(inbound.exists() && !server.local("stolen").exists());
    let same = site.outbound();
    assert_eq!(same, published);
}

#[test]
fn nobody_gets_a_shell_or_a_tunnel() {
    let Some((site, server)) = Server::with_site() else {
        return;
    };
    for account in [ACME, HR] {
        for arguments in [&["id"][..], &["-s", "sh"], &["-tt"]] {
            let mut ssh = server.openssh("ssh", account);
            ssh.args(arguments.iter().filter(|a| a.starts_with('-')));
            ssh.arg(format!("{account}@127.0.0.1"));
            ssh.args(arguments.iter().filter(|a| !a.starts_with('-')));
            let done = ssh.stdin(Stdio::null()).output().expect("ssh");
            let said = String::from_utf8_lossy(&done.stdout);
            assert!(!said.contains("uid="), "{said}");
            // `-s sh` asks for a subsystem; whatever is asked for, the answer is SFTP, which ends without a word.
            assert!(
                said.is_empty() || said.contains("sftp connections only"),
                "{said}"
            );
        }
        let mut ssh = server.openssh("ssh", account);
        ssh.args(["-W", &format!("127.0.0.1:{}", server.port())]);
        let done = ssh.arg(format!("{account}@127.0.0.1")).stdin(Stdio::null());
        let done = done.output().expect("ssh");
        assert!(!done.stdout.starts_with(b"SSH-"), "{done:?}");
        assert!(!done.status.success());
    }
    // A password, another's key, or a user of the machine: no way in.
    for (account, key) in [(OTHER, ACME), ("root", ACME), ("nobody", HR)] {
        let mut sftp = server.openssh("sftp", key);
        sftp.arg(format!("{account}@127.0.0.1"))
            .stdin(Stdio::null());
        assert!(!sftp.output().expect("sftp").status.success(), "{account}");
    }
    let log = std::fs::read_to_string(site.path("sftp-server/log")).expect("log");
    assert!(!log.contains("Accepted password"));
}

#[test]
fn hr_may_drop_corrections_where_it_sees_nothing() {
    let site = with_daemon("");
    let mut more = accounts().to_vec();
    more.push("--corrections");
    let Some(server) = Server::start(&site, &more) else {
        return;
    };
    let daemon = Daemon::start(&site);
    server.file("fixed.csv", csv(&[person(5)]));
    well(server.sftp(ACME, "put fixed.csv /inbound/secret.csv.part\n"));
    let drop = format!("/{DEMOGRAPHIC}/corrections");
    well(server.sftp(HR, &format!("put fixed.csv {drop}/fixed.csv\n")));
    assert_eq!(site.receipt("fixed")["records_accepted"], 1);
    refused(
        &server,
        HR,
        &[
            &format!("ls {drop}"),
            &format!("get {drop}/secret.csv.part stolen"),
            &format!("put fixed.csv {drop}/secret.csv.part"),
        ],
    );
    daemon.stop();
}

#[test]
fn folders_that_lie_elsewhere_are_found_there() {
    let moved = "folders = { inbound = \"sftp/acme/in\", errors = \"sftp/hr/demographics\" }";
    let site = with_daemon("").and_keys(DEMOGRAPHIC, moved);
    std::fs::create_dir_all(site.path("sftp/acme/in")).expect("folder");
    let Some(server) = Server::start(&site, &accounts()) else {
        return;
    };
    let daemon = Daemon::start(&site);
    server.file("hr.csv", csv(&[person(1).with("ssn", "000-12-3456")]));
    well(server.sftp(ACME, "put hr.csv /inbound/hr.csv\n"));
    crate::daemon::wait_at_most(Duration::from_secs(20), "an error file for HR", || {
        let done = server.sftp(HR, "get /demographic-export/errors/*.errors.csv\n");
        done.status.success().then_some(())
    });
    assert!(!crate::scenario::files(&site.path("sftp/hr/demographics")).is_empty());
    daemon.stop();
}

#[test]
fn hr_reads_outputs_too_where_it_is_let() {
    let site = with_daemon("");
    let sent = csv(&[person(1), person(2).with("ssn", "000-12-3456")]);
    // Published before there are accounts.
    site.inbound(DEMOGRAPHIC, "before.csv", &sent)
        .run(DEMOGRAPHIC, &[]);
    let options = [&accounts()[..], &["--hr-outputs"]].concat();
    let Some(server) = Server::start(&site, &options) else {
        return;
    };
    let later = csv(&[person(3), person(4).with("ssn", "000-12-3456")]);
    site.inbound(DEMOGRAPHIC, "after.csv", &later)
        .run(DEMOGRAPHIC, &[]);
    let get = "get /demographic-export/output/*\nget /demographic-export/errors/*\n";
    well(server.sftp(HR, get));
    let published = site.outbound();
    let outputs = published.iter().filter(|f| f.ends_with(".output.csv"));
    let outputs: Vec<&String> = outputs.collect();
    assert_eq!(outputs.len(), 2, "{published:?}");
    for file in outputs {
        let name = file.rsplit('/').next().expect("a name");
        let got = std::fs::read(server.local(name)).expect("fetched");
        assert_eq!(got, std::fs::read(site.path(file)).expect("published"));
    }
    // Its sender reads them as before; HR still changes nothing and sees no inbound.
    well(server.sftp(ACME, "get /output/*\n"));
    refused(
        &server,
        HR,
        &[
            "ls /demographic-export/inbound",
            "rm /demographic-export/output/*",
            "put after.csv /demographic-export/output/after.csv",
        ],
    );
}
