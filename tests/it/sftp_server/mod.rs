//! The site's SFTP server, started by `scripts/sftp-server`, with a real daemon and real clients.

mod accounts;
mod clients;
mod hostile;
mod script;

use crate::daemon::with_daemon;
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario};
use crate::skipped;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/sftp-server");
/// The sender of the demographic integration.
const ACME: &str = "acme";
/// The sender of the deduction integration.
const OTHER: &str = "other";
const HR: &str = "hr";

/// Whether a program is there; where it isn't, the calling test is skipped.
fn have(program: &str) -> bool {
    let there = std::env::var_os("PATH").is_some_and(|path| {
        let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
        folders.map(|f| f.join(program)).any(|p| p.is_file())
    });
    if !there {
        skipped::missing(&format!("{program} is missing"));
    }
    there
}

/// The Python that has paramiko: the first of the path, or the system's, for which Debian's package is.
fn python() -> Option<&'static str> {
    ["python3", "/usr/bin/python3"].into_iter().find(|python| {
        let asked = Command::new(python)
            .args(["-c", "import paramiko"])
            .output();
        asked.is_ok_and(|done| done.status.success())
    })
}

fn have_paramiko() -> bool {
    let found = python().is_some();
    if !found {
        skipped::missing("paramiko is missing");
    }
    found
}

/// A server that is stopped when the test ends.
struct Server {
    home: PathBuf,
    plan: Value,
    /// Where clients keep their files.
    here: TempDir,
}

impl Server {
    /// The server of a site; `None` where this machine can't have one.
    fn start(site: &Scenario, more: &[&str]) -> Option<Server> {
        if !["sshd", "sftp", "python3", "unshare"].into_iter().all(have) {
            return None;
        }
        // What no package brings is no failure anywhere.
        if !rustix::process::geteuid().is_root() {
            skipped::skip("it needs root");
            return None;
        }
        let mut command = script(site.root());
        command.args(["start", "--port", "0"]).args(more);
        let done = command.output().expect("the script starts");
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        if said.contains("allows no mount namespace") {
            skipped::skip(said.trim());
            return None;
        }
        assert!(done.status.success(), "{said}");
        let home = site.path("sftp-server");
        let plan = std::fs::read(home.join("plan.json")).expect("a plan");
        Some(Server {
            plan: serde_json::from_slice(&plan).expect("JSON"),
            home,
            here: tempfile::tempdir().expect("folder"),
        })
    }

    /// A site whose files are taken when something proves them whole, and hardly by waiting, and its server.
    fn with_site() -> Option<(Scenario, Server)> {
        let site = with_daemon("");
        let toml = std::fs::read_to_string(site.path("feedgate.toml")).expect("read");
        let site = site.config(&toml.replace("settle = \"1s\"", "settle = \"50s\""));
        let server = Server::start(&site, &accounts())?;
        Some((site, server))
    }

    fn port(&self) -> String {
        self.plan["port"].to_string()
    }

    fn key(&self, account: &str) -> PathBuf {
        self.home.join("keys").join(account)
    }

    fn known_hosts(&self) -> PathBuf {
        self.home.join("known_hosts")
    }

    /// A path on the client's side.
    fn local(&self, name: &str) -> PathBuf {
        self.here.path().join(name)
    }

    /// A file on the client's side.
    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.local(name);
        std::fs::write(&path, bytes).expect("written");
        path
    }

    /// `ssh`, `sftp` or `scp` as far as they sign in alike.
    fn openssh(&self, program: &str, account: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.here.path())
            .args([
                "-F",
                "none",
                "-o",
                "IdentitiesOnly=yes",
                "-o",
                "BatchMode=yes",
            ])
            .arg("-i")
            .arg(self.key(account))
            .arg("-o")
            .arg(format!(
                "UserKnownHostsFile={}",
                self.known_hosts().display()
            ))
            .args(["-o", &format!("Port={}", self.port())]);
        command
    }

    /// Commands of OpenSSH's `sftp`, one per line; a leading `-` lets a command fail.
    fn sftp(&self, account: &str, batch: &str) -> Output {
        let batch = self.file(".batch", batch);
        let mut command = self.openssh("sftp", account);
        command.arg("-b").arg(batch);
        command.arg(format!("{account}@127.0.0.1"));
        command.output().expect("sftp starts")
    }

    /// Python that finds a connected `sftp` of paramiko.
    fn paramiko(&self, account: &str, program: &str) -> Command {
        let sign_in = format!(
            r#"
import paramiko, sys, time
client = paramiko.SSHClient()
client.load_host_keys({hosts:?})
client.connect("127.0.0.1", {port}, {account:?}, key_filename={key:?}, look_for_keys=False, allow_agent=False)
sftp = client.open_sftp()
"#,
            hosts = self.known_hosts(),
            port = self.port(),
            key = self.key(account),
        );
        let mut command = Command::new(python().expect("paramiko"));
        command.current_dir(self.here.path());
        command.args(["-c", &format!("{sign_in}\n{program}")]);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(site) = self.home.parent() {
            let _ = script(site).arg("stop").output();
        }
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.home.join("log")).unwrap_or_default();
            let last = log.lines().count().saturating_sub(20);
            let last: Vec<&str> = log.lines().skip(last).collect();
            eprintln!("the end of the server's log:\n{}", last.join("\n"));
        }
    }
}

fn script(site: &Path) -> Command {
    let mut command = Command::new(SCRIPT);
    command.arg(site);
    command
}

/// One account for each integration of the default site.
fn accounts() -> [&'static str; 4] {
    const OF_ACME: &str = "acme=demographic-export";
    const OF_OTHER: &str = "other=deduction-import";
    debug_assert!(OF_ACME.ends_with(DEMOGRAPHIC) && OF_OTHER.ends_with(DEDUCTION));
    ["--account", OF_ACME, "--account", OF_OTHER]
}

/// A command that has to succeed.
#[track_caller]
fn succeeds(mut command: Command) -> Output {
    let done = command.output().expect("starts");
    well(done)
}

/// What has to have succeeded.
#[track_caller]
fn well(done: Output) -> Output {
    assert!(done.status.success(), "{done:?}");
    done
}
