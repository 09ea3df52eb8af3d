//! The clocks of tests that scan an inbound folder.

use feedgate::internal::spool::ScanTime;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// `steady` seconds after the clock of the test began, with the wall clock `ahead` seconds before the file system's.
pub(crate) fn scan_time(steady: u64, ahead: i64) -> ScanTime {
    let here = SystemTime::now();
    let off = Duration::from_secs(ahead.unsigned_abs());
    ScanTime {
        steady: Duration::from_secs(steady),
        wall: match ahead < 0 {
            true => here - off,
            false => here + off,
        },
    }
}

/// Waits until the file system's clock is past a file's last change, by the changes of a file `probe`: what changes from
/// now on is younger.
pub(crate) fn pass_last_change(file: &Path, probe: &Path) {
    let changed = |path: &Path| fs::metadata(path).map(|m| (m.ctime(), m.ctime_nsec()));
    let before = changed(file).expect("there");
    while {
        fs::write(probe, "").expect("probe");
        changed(probe).expect("probe") <= before
    } {
        std::thread::yield_now();
    }
}
