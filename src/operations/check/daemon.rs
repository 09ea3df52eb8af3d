//! What the daemon needs: that it runs where the configuration relies on it, and inotify watches and leases from the
//! system.

use super::CheckFinding;
use crate::config::{Config, Folder};
use crate::domain::CompleteBy;
use crate::site::{DAEMON, Site};
use crate::status::OLDER_CONFIGURATION;
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::io::Errno;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// The bit of `CAP_LEASE` in a process's set of capabilities.
const CAP_LEASE: u32 = 28;

/// Everything found is a note: `feedgate run` needs none of it.
pub(super) fn look(site: &Site) -> Vec<CheckFinding> {
    let config = &site.config;
    // The state folder has its own finding.
    let Ok(runs) = site.daemon_runs() else {
        return Vec::new();
    };
    let process = runs.then(|| site.coordination().holder(DAEMON)).flatten();
    let mut notes = Vec::new();
    if runs {
        let found = process.map_or_else(|| "runs".to_owned(), |p| format!("runs (process {p})"));
        notes.push(CheckFinding::ok("daemon", found));
        if site.daemon_is_elsewhere() {
            notes.push(CheckFinding::note("daemon", OLDER_CONFIGURATION));
        }
    } else if !config.schedules.is_empty() {
        let found = "no daemon runs, so no schedule starts anything; start `feedgate daemon`";
        notes.push(CheckFinding::note("daemon", found));
    }
    // A running daemon has its watches, and has logged it if it got too few.
    if !runs {
        notes.extend(watches(config).map(|found| CheckFinding::note("events", found)));
    }
    let others = shared_inbounds(config);
    if !others.is_empty() && !may_lease(process) {
        let who = match process {
            Some(_) => "the daemon",
            None => "this user",
        };
        let found = format!(
            "{who} may not ask who writes to files of other accounts (CAP_LEASE); in {} they count as whole when unchanged for complete.settle, or at a rename. The unit deploy/feedgate.service gives the daemon that right",
            others.join(", ")
        );
        notes.push(CheckFinding::note("leases", found));
    }
    notes
}

/// Why the system would not watch every inbound folder, found out by asking it. The watches end with this call.
fn watches(config: &Config) -> Option<String> {
    let (what, limit) = match watch_all(config) {
        Ok(()) => return None,
        Err(Errno::MFILE) => ("instances", "fs.inotify.max_user_instances"),
        Err(Errno::NOSPC) => ("watches", "fs.inotify.max_user_watches"),
        Err(error) => {
            return Some(format!(
                "the system tells of no events ({error}); the daemon looks into each inbound folder every daemon.scan_interval"
            ));
        }
    };
    Some(format!(
        "this user has no inotify {what} left for all inbound folders; raise {limit} with sysctl, or files are found only every daemon.scan_interval"
    ))
}

fn watch_all(config: &Config) -> Result<(), Errno> {
    let events = inotify::init(CreateFlags::CLOEXEC)?;
    let inbounds = config
        .integrations
        .iter()
        .map(|i| config.folder(i, Folder::Inbound));
    for folder in inbounds.chain([config.state()]) {
        match inotify::add_watch(&events, &folder, WatchFlags::CREATE) {
            // Folders that are missing or closed to this user have their own findings.
            Ok(_) | Err(Errno::NOENT | Errno::ACCESS | Errno::NOTDIR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The integrations whose files come from other accounts and are proved whole by a lease.
fn shared_inbounds(config: &Config) -> Vec<&str> {
    let me = rustix::process::geteuid().as_raw();
    let shared = |folder: PathBuf| {
        std::fs::metadata(folder).is_ok_and(|about| about.uid() != me || about.mode() & 0o022 != 0)
    };
    config
        .integrations
        .iter()
        .filter(|i| i.complete.by == CompleteBy::Auto && shared(config.folder(i, Folder::Inbound)))
        .map(|i| i.name.as_str())
        .collect()
}

/// Whether a process, or this one, may take leases on files of other accounts. Where the system doesn't tell, it counts
/// as allowed.
fn may_lease(process: Option<u32>) -> bool {
    let process = process.map_or_else(|| "self".to_owned(), |p| p.to_string());
    let about = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    capabilities(&about).is_none_or(|set| set & (1 << CAP_LEASE) != 0)
}

/// The effective capabilities in the text of `/proc/PID/status`.
fn capabilities(about: &str) -> Option<u64> {
    let set = about.lines().find_map(|l| l.strip_prefix("CapEff:"))?;
    u64::from_str_radix(set.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::{CAP_LEASE, capabilities};

    #[test]
    fn capabilities_are_read_as_the_kernel_writes_them() {
        let about = "Name:\tfeedgate\nCapPrm:\t0000000000000000\nCapEff:\t0000000010000000\n";
        assert_eq!(capabilities(about), Some(1 << CAP_LEASE));
        assert_eq!(capabilities("CapEff:\t0000000000000000\n"), Some(0));
        assert_eq!(capabilities("Name:\tfeedgate\n"), None);
    }
}
