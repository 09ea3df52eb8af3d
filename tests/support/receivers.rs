//! A real mail server and a real web server on the loopback interface, for notices.

// Two test programs share this file, and neither uses all of it.
#![allow(dead_code)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

/// Pythons that may have `aiosmtpd`: Debian's package is for Debian's Python, which need not be the first in the path.
const PYTHONS: [&str; 2] = ["python3", "/usr/bin/python3"];

/// Running servers. They end when this is dropped.
pub(super) struct Receivers {
    folder: PathBuf,
    child: Child,
    /// Its end is the servers' end.
    _alive: ChildStdin,
    pub(super) mail_port: u16,
    pub(super) web_port: u16,
}

impl Receivers {
    /// Starts servers that keep what they take in this folder; `None` where `aiosmtpd` is not installed. With a certificate
    /// and its key, the mail server wants TLS, the account `feeds` and the password `open sesame`.
    pub(super) fn start(folder: &Path, certificate: Option<[&Path; 2]>) -> Option<Receivers> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/receivers.py");
        let able = |python: &&&str| {
            let asked = Command::new(python)
                .args(["-c", "import aiosmtpd"])
                .stderr(Stdio::null())
                .status();
            asked.is_ok_and(|status| status.success())
        };
        let python = PYTHONS.iter().find(able)?;
        fs::create_dir_all(folder).expect("a folder");
        let mut child = Command::new(python)
            .arg(script)
            .arg(folder)
            .args(certificate.into_iter().flatten())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let mut line = String::new();
        let out = child.stdout.take().expect("piped");
        BufReader::new(out).read_line(&mut line).expect("the ports");
        let mut ports = line
            .split_whitespace()
            .map(|port| port.parse().expect("a port"));
        let (mail_port, web_port) = (ports.next().expect("two"), ports.next().expect("two"));
        Some(Receivers {
            folder: folder.to_owned(),
            _alive: child.stdin.take().expect("piped"),
            child,
            mail_port,
            web_port,
        })
    }

    /// From now on nothing is taken, or everything again.
    pub(super) fn refuse(&self, refuse: bool) {
        let sign = self.folder.join("refuse");
        match refuse {
            true => fs::write(sign, "").expect("written"),
            false => fs::remove_file(sign).expect("removed"),
        }
    }

    /// The mails that were taken, in their order.
    pub(super) fn mails(&self) -> Vec<String> {
        self.taken("eml")
    }

    /// What the web server took: headers, an empty line, and the body.
    pub(super) fn posts(&self) -> Vec<String> {
        self.taken("post")
    }

    fn taken(&self, suffix: &str) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).expect("listed");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let mut paths: Vec<PathBuf> = paths
            .filter(|p| p.extension().is_some_and(|e| e == suffix))
            .collect();
        paths.sort();
        paths
            .iter()
            .map(|path| fs::read_to_string(path).expect("text"))
            .collect()
    }
}

impl Drop for Receivers {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
