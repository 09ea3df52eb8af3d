//! Moves source files to the archive or to `held`, removes work folders, and removes archived files by age. Of the archive,
//! only paths of the form `<archive>/YYYY/MM/DD/<reference ID>/<file>` are removed: anything else was not put there by a
//! run and stays.

use super::disk::{Disk, PRIVATE};
use super::entry::{entries, parent};
use super::{Delivery, PendingSync, SOURCE, SpoolError, deliver};
use crate::domain::ReferenceId;
use crate::domain::file_name::check_name;
use crate::domain::masking::shown;
use chrono::{Datelike, NaiveDate};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The path of an archived file: `<archive>/YYYY/MM/DD/<reference ID>/<name>`, with the run's day in the site's time zone.
pub(crate) fn archive_place(
    archive: &Path,
    day: NaiveDate,
    reference: &ReferenceId,
    name: &str,
) -> PathBuf {
    archive
        .join(day.format("%Y/%m/%d").to_string())
        .join(reference.as_str())
        .join(safe(name))
}

/// The path of a held file: `<held>/<reference ID>/<name>`.
pub(crate) fn held_place(held: &Path, reference: &ReferenceId, name: &str) -> PathBuf {
    held.join(reference.as_str()).join(safe(name))
}

/// A file named by the user may have a name that senders can't use.
fn safe(name: &str) -> &str {
    check_name(name).unwrap_or("source")
}

/// Moves a source file to the archive or to `held`, in private folders. May be repeated.
pub(crate) fn put_away(
    disk: &Disk,
    from: &Path,
    to: &Path,
    unsynced: &mut PendingSync,
) -> Result<(), SpoolError> {
    let folder = parent(to);
    unsynced.make_folder(disk, &folder, PRIVATE)?;
    // A repetition can't tell whether the folder is durable.
    unsynced.folder(&parent(&folder));
    match deliver(disk, from, to, (false, None), unsynced)? {
        Delivery::Published | Delivery::Before => Ok(()),
        // Files are not fetched from the archive.
        Delivery::Fetched => Err(SpoolError::Lost {
            from: shown(from),
            to: shown(to),
        }),
    }
}

/// Removes a folder of one run (its work folder, or the empty one in `held`) with the files in it. May be repeated.
pub(crate) fn clear_work(
    disk: &Disk,
    work: &Path,
    unsynced: &mut PendingSync,
) -> Result<(), SpoolError> {
    let Some(entries) = entries(work)? else {
        return Ok(());
    };
    for entry in entries {
        let path = entry.path();
        // A sender can have swapped a folder in for its file at the moment of the claim.
        let removed = match entry.file_type() {
            Ok(kind) if kind.is_dir() && entry.file_name() == SOURCE => disk.remove_tree(&path),
            _ => disk.remove_file(&path),
        };
        removed.map_err(SpoolError::io("remove", &path))?;
    }
    disk.remove_folder(work)
        .map_err(SpoolError::io("remove", work))?;
    unsynced.forget(work);
    unsynced.folder(&parent(work));
    Ok(())
}

/// Removes the folders of runs of days before `before`, oldest first, at most `limit` of them, and date folders that
/// become empty. `keep`: runs whose source file is still to be archived. Returns the number of runs removed.
///
/// No link is followed. May be repeated.
pub(crate) fn purge_archive(
    disk: &Disk,
    archive: &Path,
    before: NaiveDate,
    keep: &BTreeSet<ReferenceId>,
    limit: usize,
) -> Result<usize, SpoolError> {
    let mut removed = 0;
    for (year, in_year) in dated(archive, 4)? {
        for (month, in_month) in dated(&in_year, 2)? {
            for (day, in_day) in dated(&in_month, 2)? {
                let old = NaiveDate::from_ymd_opt(year.cast_signed(), month, day)
                    .is_some_and(|d| d < before);
                if !old {
                    continue;
                }
                removed += purge_day(disk, &in_day, keep, limit - removed)?;
                if removed == limit {
                    return Ok(removed);
                }
                remove_empty(disk, &in_day)?;
            }
            // A run of today may be about to create its day.
            if (year.cast_signed(), month) < (before.year(), before.month()) {
                remove_empty(disk, &in_month)?;
            }
        }
        if year.cast_signed() < before.year() {
            remove_empty(disk, &in_year)?;
        }
    }
    Ok(removed)
}

/// The folders of the days of an archive, oldest first.
pub(crate) fn archived_days(archive: &Path) -> Result<Vec<PathBuf>, SpoolError> {
    let mut days = Vec::new();
    for (_, year) in dated(archive, 4)? {
        for (_, month) in dated(&year, 2)? {
            days.extend(dated(&month, 2)?.into_iter().map(|(_, day)| day));
        }
    }
    Ok(days)
}

/// The newest day of an archive that has runs.
pub(crate) fn newest_archived_day(archive: &Path) -> Result<Option<PathBuf>, SpoolError> {
    for (_, year) in dated(archive, 4)?.into_iter().rev() {
        for (_, month) in dated(&year, 2)?.into_iter().rev() {
            for (_, day) in dated(&month, 2)?.into_iter().rev() {
                if !folders(&day)?.is_empty() {
                    return Ok(Some(day));
                }
            }
        }
    }
    Ok(None)
}

/// The folders in a folder that have a run's reference ID for a name; none if it is missing.
pub(crate) fn run_folders(folder: &Path) -> Result<Vec<(ReferenceId, PathBuf)>, SpoolError> {
    let of_runs =
        |(name, path): (OsString, PathBuf)| Some((ReferenceId::parse(name.to_str()?)?, path));
    Ok(folders(folder)?.into_iter().filter_map(of_runs).collect())
}

/// Removes the folders of runs in one day's folder.
fn purge_day(
    disk: &Disk,
    day: &Path,
    keep: &BTreeSet<ReferenceId>,
    limit: usize,
) -> Result<usize, SpoolError> {
    let (mut removed, mut unsynced) = (0, PendingSync::default());
    for (name, folder) in folders(day)? {
        let reference = name.to_str().and_then(ReferenceId::parse);
        if removed < limit
            && reference.is_some_and(|r| !keep.contains(&r))
            && folders(&folder)?.is_empty()
        {
            clear_work(disk, &folder, &mut unsynced)?;
            removed += 1;
        }
    }
    unsynced.sync(disk).map_err(SpoolError::io("sync", day))?;
    Ok(removed)
}

/// The folders in a folder whose names are numbers of `digits` digits, in order.
fn dated(folder: &Path, digits: usize) -> Result<Vec<(u32, PathBuf)>, SpoolError> {
    let number = |name: &OsString| -> Option<u32> {
        let text = name.to_str()?;
        let all_digits = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
        all_digits.then(|| text.parse().ok())?
    };
    let found = folders(folder)?.into_iter();
    Ok(found
        .filter_map(|(name, path)| Some((number(&name)?, path)))
        .collect())
}

/// The folders in a folder, by name, without links; none if it is missing.
fn folders(folder: &Path) -> Result<Vec<(OsString, PathBuf)>, SpoolError> {
    let mut found = Vec::new();
    for entry in entries(folder)?.unwrap_or_default() {
        let kind = entry.file_type().map_err(SpoolError::io("list", folder))?;
        if kind.is_dir() {
            found.push((entry.file_name(), entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

fn remove_empty(disk: &Disk, folder: &Path) -> Result<(), SpoolError> {
    let mut entries = std::fs::read_dir(folder).map_err(SpoolError::io("list", folder))?;
    if entries.next().is_some() {
        return Ok(());
    }
    match disk.remove_folder(folder) {
        Err(e) if e.kind() == ErrorKind::DirectoryNotEmpty => Ok(()),
        other => other.map_err(SpoolError::io("remove", folder)),
    }
}

#[cfg(test)]
mod tests {
    use super::{archive_place, clear_work, held_place, put_away};
    use crate::domain::ReferenceId;
    use crate::spool::{Disk, Faults, PendingSync, SpoolError, claim};
    use chrono::NaiveDate;
    use std::fs;
    use std::path::Path;

    #[test]
    fn places_stay_inside_their_folder() {
        let reference = ReferenceId::new("20261120", 17);
        let day = NaiveDate::from_ymd_opt(2026, 11, 20).expect("day");
        let place = |name| archive_place(Path::new("archive/hr"), day, &reference, name);
        assert_eq!(
            place("hr.csv"),
            Path::new("archive/hr/2026/11/20/20261120-000017/hr.csv")
        );
        for name in ["/etc/passwd", "..", ""] {
            assert_eq!(
                place(name),
                Path::new("archive/hr/2026/11/20/20261120-000017/source")
            );
            let held = held_place(Path::new("held/hr"), &reference, name);
            assert_eq!(held, Path::new("held/hr/20261120-000017/source"));
        }
    }

    #[test]
    fn from_claim_to_archive_whatever_step_it_was_stopped_at() {
        for stop in 1.. {
            let folder = tempfile::tempdir().expect("folder");
            let [inbound, work, archive] =
                ["hr.csv", "work/1", "archive/hr.csv"].map(|p| folder.path().join(p));
            fs::write(&inbound, "rows").expect("file");
            let way = |disk: &Disk| {
                let mut unsynced = PendingSync::default();
                if !archive.exists() {
                    claim(disk, &inbound, &work, &mut unsynced)?;
                }
                put_away(disk, &work.join("source"), &archive, &mut unsynced)?;
                clear_work(disk, &work, &mut unsynced)?;
                unsynced.sync(disk).map_err(SpoolError::io("sync", &work))
            };
            let disk = Disk::with_faults(Faults::StopAt(stop));
            if way(&disk).is_ok() {
                assert!(stop > 5, "{stop} steps are too few");
                return;
            }
            for _ in 0..2 {
                way(&Disk::new()).expect("finished");
            }
            assert_eq!(fs::read(&archive).expect("archived"), b"rows");
            assert!(!inbound.exists() && !work.exists());
        }
    }

    #[test]
    fn a_source_file_that_is_nowhere_is_an_error() {
        let folder = tempfile::tempdir().expect("folder");
        let [from, to] = ["work/source", "archive/hr.csv"].map(|p| folder.path().join(p));
        let lost = put_away(&Disk::new(), &from, &to, &mut PendingSync::default());
        assert!(matches!(lost, Err(SpoolError::Lost { .. })));
    }

    #[test]
    fn a_folder_with_folders_in_it_is_not_a_work_folder() {
        let folder = tempfile::tempdir().expect("folder");
        fs::create_dir_all(folder.path().join("work/deep")).expect("folders");
        let unsynced = &mut PendingSync::default();
        assert!(clear_work(&Disk::new(), &folder.path().join("work"), unsynced).is_err());
        assert!(folder.path().join("work/deep").exists());
    }
}

#[cfg(test)]
mod purge_tests {
    use super::purge_archive;
    use crate::domain::ReferenceId;
    use crate::spool::{Disk, Faults};
    use chrono::NaiveDate;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;
    use walkdir::WalkDir;

    fn put(root: &Path, path: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("parent")).expect("folders");
        fs::write(path, "rows").expect("file");
    }

    /// Every path under a folder, relative.
    fn tree(root: &Path) -> Vec<String> {
        let all = WalkDir::new(root).min_depth(1).sort_by_file_name();
        let relative = |e: walkdir::DirEntry| {
            let path = e.path().strip_prefix(root).expect("inside");
            path.display().to_string()
        };
        all.into_iter()
            .map(|e| relative(e.expect("entry")))
            .collect()
    }

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 20).expect("day")
    }

    fn purge(disk: &Disk, root: &Path, limit: usize) -> usize {
        purge_archive(disk, root, day(), &BTreeSet::new(), limit).expect("purged")
    }

    const OLD: [&str; 4] = [
        "2025/12/31/20251231-000001/hr.csv",
        "2026/11/19/20261119-000001/hr.csv",
        "2026/11/19/20261119-000002/hr.csv",
        "2026/11/19/20261119-000002/second.csv",
    ];

    #[test]
    fn runs_of_earlier_days_go_oldest_first_with_their_empty_folders() {
        let folder = tempfile::tempdir().expect("folder");
        let root = folder.path();
        for path in OLD {
            put(root, path);
        }
        put(root, "2026/11/20/20261120-000001/hr.csv");
        assert_eq!(purge(&Disk::new(), root, 2), 2);
        assert!(!root.join("2025").exists());
        assert!(root.join("2026/11/19/20261119-000002/hr.csv").exists());
        assert_eq!(purge(&Disk::new(), root, 9), 1);
        assert_eq!(purge(&Disk::new(), root, 9), 0);
        let left = [
            "2026",
            "2026/11",
            "2026/11/20",
            "2026/11/20/20261120-000001",
        ];
        assert_eq!(tree(root)[..4], left);
        assert_eq!(purge(&Disk::new(), &root.join("none"), 9), 0);
    }

    #[test]
    fn what_no_run_put_there_and_what_is_on_its_way_stays() {
        let folder = tempfile::tempdir().expect("folder");
        let (root, outside) = (folder.path().join("hr"), folder.path().join("outside"));
        put(&outside, "20200101-000001/hr.csv");
        for path in [
            "notes/old.txt",
            "2020/13/01/20200101-000001/hr.csv",
            "2020/1/01/20200101-000001/hr.csv",
            "2020/01/01/20200101-000001.csv",
            "2020/01/02/copies/hr.csv",
            "2020/01/03/20200103-000001/deep/hr.csv",
            "2020/01/04/20200104-000007/hr.csv",
        ] {
            put(&root, path);
        }
        std::os::unix::fs::symlink(&outside, root.join("2020/01/05")).expect("link");
        let inside = outside.join("20200101-000001");
        std::os::unix::fs::symlink(inside, root.join("2020/01/01/20200101-000009")).expect("link");
        let before = (tree(&root), tree(&outside));
        let keep = BTreeSet::from([ReferenceId::new("20200104", 7)]);
        let removed = purge_archive(&Disk::new(), &root, day(), &keep, 99).expect("purged");
        assert_eq!(removed, 0);
        assert_eq!((tree(&root), tree(&outside)), before);
    }

    #[test]
    fn a_link_among_the_files_goes_and_not_what_it_points_to() {
        let folder = tempfile::tempdir().expect("folder");
        let (root, target) = (folder.path().join("hr"), folder.path().join("target"));
        fs::write(&target, "rows").expect("file");
        put(&root, OLD[0]);
        let link = root.join("2025/12/31/20251231-000001/link");
        std::os::unix::fs::symlink(&target, link).expect("link");
        assert_eq!(purge(&Disk::new(), &root, 9), 1);
        assert!(target.exists() && tree(&root).is_empty());
    }

    #[test]
    fn stopped_at_any_step_it_is_finished_by_the_next() {
        for stop in 1.. {
            let folder = tempfile::tempdir().expect("folder");
            for path in OLD {
                put(folder.path(), path);
            }
            let disk = Disk::with_faults(Faults::StopAt(stop));
            if purge_archive(&disk, folder.path(), day(), &BTreeSet::new(), 9).is_ok() {
                assert!(stop > 10, "{stop} steps are too few");
                return;
            }
            purge(&Disk::new(), folder.path(), 9);
            assert!(!folder.path().join("2025").exists());
            assert_eq!(tree(folder.path()), ["2026", "2026/11"]);
        }
    }
}
