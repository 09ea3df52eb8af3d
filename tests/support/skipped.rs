//! Tests that a machine can't run say so, and `scripts/test` counts them at the end.

use std::fs::OpenOptions;
use std::io::{self, Write};

/// The file that collects the skipped tests of a run of `scripts/test`.
const LIST: &str = "FEEDGATE_SKIPPED_TESTS";

/// Notes that the calling test is skipped because something is missing that `.ci/run` installs. Fails where
/// `FEEDGATE_NEEDS_SSHD` says that it must be there.
#[track_caller]
pub(crate) fn missing(what: &str) {
    let needed = std::env::var_os("FEEDGATE_NEEDS_SSHD").is_some_and(|v| v == "1");
    assert!(!needed, "{what}, and FEEDGATE_NEEDS_SSHD is 1");
    skip(what);
}

/// Notes that the calling test is skipped because of what this machine is.
pub(crate) fn skip(why: &str) {
    let thread = std::thread::current();
    let line = format!("{}: {why}\n", thread.name().unwrap_or("a test"));
    // Not captured, unlike what eprintln! prints.
    let _ = io::stderr().write_all(format!("skipped: {line}").as_bytes());
    if let Some(list) = std::env::var_os(LIST) {
        let file = OpenOptions::new().append(true).create(true).open(list);
        let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
        written.expect("the list of skipped tests");
    }
}
