//! Moves source files to the archive or to `held`, and removes work folders.

use super::disk::{Disk, PRIVATE};
use super::entry::parent;
use super::{Delivery, PendingSync, SOURCE, SpoolError, deliver};
use crate::domain::ReferenceId;
use crate::domain::file_name::check_name;
use crate::domain::masking::shown;
use chrono::NaiveDate;
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
    unsynced
        .make_folder(disk, &folder, PRIVATE)
        .map_err(SpoolError::io("make", &folder))?;
    // A repetition can't tell whether the folder is durable.
    unsynced.folder(&parent(&folder));
    match deliver(disk, from, to, (false, false), unsynced)? {
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
    let entries = match std::fs::read_dir(work) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(SpoolError::io("list", work)(e)),
    };
    for entry in entries {
        let entry = entry.map_err(SpoolError::io("list", work))?;
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
