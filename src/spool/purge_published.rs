//! Removes published files by age. Only names with a reference ID between two dots are removed: anything else in the
//! folder was not put there by Feedgate and stays.

use super::disk::Disk;
use super::entry::entries;
use super::{PendingSync, SpoolError};
use crate::domain::ReferenceId;
use chrono::{DateTime, FixedOffset, Utc};
use std::path::Path;

/// Removes the files of a folder that were published before a moment, at most `limit` of them and not those that `keep`
/// names. A file is as old as its reference ID or its last modification, whichever is later. Returns how many were removed.
///
/// No link is followed. May be repeated.
pub(crate) fn purge_published(
    disk: &Disk,
    folder: &Path,
    before: DateTime<FixedOffset>,
    keep: &dyn Fn(&str) -> bool,
    limit: usize,
) -> Result<usize, SpoolError> {
    let (mut removed, mut unsynced) = (0, PendingSync::default());
    for entry in entries(folder)?.unwrap_or_default() {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|_| removed < limit) else {
            continue;
        };
        let old_name = ReferenceId::day_in(name).is_some_and(|day| day < before.date_naive());
        if !old_name || keep(name) {
            continue;
        }
        // Its receiver may have taken it meanwhile.
        let Ok(about) = entry.metadata() else {
            continue;
        };
        let modified = about.modified().map(DateTime::<Utc>::from);
        if about.is_file() && modified.is_ok_and(|modified| modified < before) {
            let path = entry.path();
            disk.remove_file(&path)
                .map_err(SpoolError::io("remove", &path))?;
            removed += 1;
        }
    }
    if removed > 0 {
        unsynced.folder(folder);
    }
    unsynced
        .sync(disk)
        .map_err(SpoolError::io("sync", folder))?;
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::purge_published;
    use crate::spool::Disk;
    use chrono::{DateTime, FixedOffset, TimeDelta};
    use std::fs::{self, File};
    use std::path::Path;
    use std::time::SystemTime;

    fn before() -> DateTime<FixedOffset> {
        DateTime::parse_from_rfc3339("2026-11-20T00:30:00-05:00").expect("moment")
    }

    /// A file that was modified this number of days before.
    fn put(folder: &Path, name: &str, days: i64) {
        let file = File::create(folder.join(name)).expect("file");
        let time = SystemTime::from(before() - TimeDelta::days(days));
        file.set_modified(time).expect("aged");
    }

    #[test]
    fn only_old_files_that_were_published_here_go() {
        let folder = tempfile::tempdir().expect("folder");
        let root = folder.path();
        let old = [
            "hr.20261119-000001.output.csv",
            "hr.20261119-000001.output.csv.done",
            "x.N20261119-kgtwqmzdrb.receipt.json",
        ];
        for name in old {
            put(root, name, 1);
        }
        // Of a run that was released yesterday.
        put(root, "held.20260101-000001.output.csv", -1);
        put(root, "hr.20261120-000001.output.csv", 1);
        put(root, "notes 20261101-000001.csv", 90);
        put(root, "hr.csv", 90);
        put(root, "unsent.20261101-000001.output.csv", 90);
        fs::create_dir(root.join("dir.20261101-000001.output.csv")).expect("folder");
        let target = root.join("hr.csv");
        std::os::unix::fs::symlink(target, root.join("l.20261101-000001.csv")).expect("link");
        let keep = |name: &str| name.starts_with("unsent");
        let purge = |limit| purge_published(&Disk::new(), root, before(), &keep, limit);
        assert_eq!(purge(2).expect("purged"), 2);
        assert_eq!(purge(9).expect("purged"), 1);
        assert_eq!(purge(9).expect("purged"), 0);
        assert!(old.iter().all(|name| !root.join(name).exists()));
        assert_eq!(fs::read_dir(root).expect("listed").count(), 7);
        let nowhere = purge_published(&Disk::new(), &root.join("none"), before(), &keep, 9);
        assert_eq!(nowhere.expect("nothing"), 0);
    }
}
