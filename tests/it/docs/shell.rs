//! Lines of the documentation, run by a shell on a site of a test.

use crate::scenario::Scenario;
use std::process::{Command, Output};

pub(super) const PROGRAM: &str = "/usr/local/bin/feedgate";
const SITE: &str = "/srv/feedgate";
const BACKUPS: &str = "/var/backups/feedgate";

/// A line as a shell runs it without any environment, with the paths of this site in place of the page's.
pub(super) fn shell(site: &Scenario, line: &str) -> Output {
    let root = site.root().to_str().expect("UTF-8");
    let line = line
        .replace(PROGRAM, env!("CARGO_BIN_EXE_feedgate"))
        .replace(BACKUPS, &format!("{root}/backups"))
        .replace(SITE, root);
    Command::new("/bin/sh")
        .args(["-c", &line])
        .env_clear()
        .env("FEEDGATE_CONFIG", site.path("feedgate.toml"))
        .current_dir("/")
        .output()
        .expect("a shell")
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
