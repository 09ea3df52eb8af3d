//! Publishing: a finished file of the work folder appears under its name, completely or not at all.

use super::disk::{Disk, SHARED};
use super::entry::{beside, exists, open_plain, parent};
use super::{PendingSync, SpoolError};
use crate::domain::masking::shown;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::Path;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    Published,
    /// It was published before a crash.
    Before,
    /// It is neither in the work folder nor under its name. Only a delivery takes files out of the work folder, so its
    /// receiver has most likely fetched and removed it before the run was closed; worth an event.
    Fetched,
}

/// Publishes `from` as `to`. May be repeated: a file that is delivered already is left alone.
///
/// With `replace`, it replaces an earlier file of that name. With the ending of a `marker`, such as `.done`, an empty file
/// `<to>.done` follows once the file is durable; otherwise it is durable once `unsynced` is.
pub(crate) fn deliver(
    disk: &Disk,
    from: &Path,
    to: &Path,
    (replace, marker): (bool, Option<&str>),
    unsynced: &mut PendingSync,
) -> Result<Delivery, SpoolError> {
    let delivery = if exists(from)? {
        let folder = parent(to);
        unsynced.make_folder(disk, &folder, SHARED)?;
        publish(disk, from, to, replace).map_err(|e| match e.kind() {
            ErrorKind::AlreadyExists => SpoolError::Taken { path: shown(to) },
            _ => SpoolError::io("publish", to)(e),
        })?;
        Delivery::Published
    } else if exists(to)? {
        Delivery::Before
    } else {
        return Ok(Delivery::Fetched);
    };
    // Also on a repetition: the first attempt may have stopped between the rename and this.
    unsynced.folder(&parent(to));
    unsynced.folder(&parent(from));
    let marker = marker.map(|ending| beside(to, "", ending));
    if let Some(marker) = marker
        && !exists(&marker)?
    {
        unsynced.sync(disk).map_err(SpoolError::io("sync", to))?;
        mark(disk, &marker).map_err(SpoolError::io("write", &marker))?;
    }
    Ok(delivery)
}

fn publish(disk: &Disk, from: &Path, to: &Path, replace: bool) -> io::Result<()> {
    let rename = |from: &Path| {
        if replace {
            disk.rename_over(from, to)
        } else {
            disk.rename_new(from, to)
        }
    };
    match rename(from) {
        Err(e) if e.kind() == ErrorKind::CrossesDevices => {
            let part = beside(to, ".", ".part");
            disk.copy(&open_plain(from)?, &part)?;
            match rename(&part) {
                Err(e) if e.kind() == ErrorKind::AlreadyExists && same_content(&part, to)? => {
                    disk.remove_file(&part)?;
                }
                other => other?,
            }
            disk.sync_folder(&parent(to))?;
            disk.remove_file(from)
        }
        // Copied from another filesystem before, and stopped before the original was removed.
        Err(e) if e.kind() == ErrorKind::AlreadyExists && same_content(from, to)? => {
            disk.sync_folder(&parent(to))?;
            disk.remove_file(from)
        }
        other => other,
    }
}

fn mark(disk: &Disk, marker: &Path) -> io::Result<()> {
    let file = disk.create_file(marker)?;
    disk.sync_file(&file)?;
    disk.sync_folder(&parent(marker))
}

fn same_content(a: &Path, b: &Path) -> io::Result<bool> {
    if !std::fs::symlink_metadata(b)?.is_file() {
        return Ok(false);
    }
    let (a, b) = (open_plain(a)?, open_plain(b)?);
    if a.metadata()?.len() != b.metadata()?.len() {
        return Ok(false);
    }
    let reader = |file: File| BufReader::with_capacity(1 << 16, file);
    let (mut a, mut b) = (reader(a), reader(b));
    loop {
        let (left, right) = (a.fill_buf()?, b.fill_buf()?);
        let n = left.len().min(right.len());
        if left[..n] != right[..n] {
            return Ok(false);
        }
        if n == 0 {
            return Ok(left.len() == right.len());
        }
        a.consume(n);
        b.consume(n);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Disk, Faults, PendingSync, SpoolError};
    use super::Delivery;
    use rustix::io::Errno;
    use std::fs;
    use std::path::{Path, PathBuf};
    use tempfile::TempDir;

    /// A folder, a finished file in its work folder, and the name to publish it under.
    fn site() -> (TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().expect("folder");
        fs::create_dir(folder.path().join("work")).expect("work");
        let from = folder.path().join("work/output");
        fs::write(&from, "rows").expect("file");
        let to = folder.path().join("out/hr/hr.csv");
        (folder, from, to)
    }

    fn deliver(
        disk: &Disk,
        from: &Path,
        to: &Path,
        replace: bool,
        done_marker: bool,
    ) -> Result<Delivery, SpoolError> {
        let mut unsynced = PendingSync::default();
        let how = (replace, done_marker.then_some(".done"));
        let delivery = super::deliver(disk, from, to, how, &mut unsynced)?;
        let durable = unsynced.sync(disk).map_err(SpoolError::io("sync", to));
        durable.map(|()| delivery)
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .expect("folder")
            .map(|e| e.expect("entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn delivered_whole_and_only_once_wherever_it_was_stopped() {
        let rename = 2;
        let other_filesystem = Faults::FailAt(rename, Errno::XDEV.raw_os_error());
        for crossing in [false, true] {
            let (_folder, from, to) = site();
            let disk = if crossing {
                Disk::with_faults(other_filesystem)
            } else {
                Disk::new()
            };
            deliver(&disk, &from, &to, false, true).expect("delivered");
            assert_eq!(fs::read(&to).expect("there"), b"rows");
            assert_eq!(
                names(to.parent().expect("folder")),
                ["hr.csv", "hr.csv.done"]
            );
            assert!(!from.exists());
        }
        let all = {
            let (_folder, from, to) = site();
            let disk = Disk::new();
            deliver(&disk, &from, &to, false, true).expect("delivered");
            disk.steps()
        };
        for stop in 1..=all {
            let (_folder, from, to) = site();
            let stopped = Disk::with_faults(Faults::StopAt(stop));
            assert!(
                deliver(&stopped, &from, &to, false, true).is_err(),
                "{stop}"
            );
            for _ in 0..2 {
                deliver(&Disk::new(), &from, &to, false, true).expect("finished");
            }
            assert_eq!(
                names(to.parent().expect("folder")),
                ["hr.csv", "hr.csv.done"]
            );
            assert!(!from.exists());
        }
    }

    #[test]
    fn a_stop_amid_a_copy_to_another_filesystem_is_finished() {
        let (_folder, from, to) = site();
        let out = to.parent().expect("folder");
        fs::create_dir_all(out).expect("out");
        fs::write(out.join(".hr.csv.part"), "ro").expect("half a copy");
        let crossing = || Disk::with_faults(Faults::FailAt(2, Errno::XDEV.raw_os_error()));
        deliver(&crossing(), &from, &to, false, false).expect("delivered");
        assert_eq!(names(out), ["hr.csv"]);
        // Stopped between the rename and the removal of the original.
        for disk in [crossing(), Disk::new()] {
            fs::write(&from, "rows").expect("file");
            deliver(&disk, &from, &to, false, false).expect("finished");
            assert_eq!(
                (names(out), from.exists()),
                (vec!["hr.csv".to_owned()], false)
            );
        }
    }

    #[test]
    fn another_file_of_the_name_is_kept_unless_it_is_to_be_replaced() {
        let (_folder, from, to) = site();
        fs::create_dir_all(to.parent().expect("folder")).expect("out");
        fs::write(&to, "ROWS").expect("file");
        let taken = deliver(&Disk::new(), &from, &to, false, true);
        assert!(matches!(taken, Err(SpoolError::Taken { .. })));
        assert_eq!(fs::read(&to).expect("there"), b"ROWS");
        assert_eq!(names(to.parent().expect("folder")), ["hr.csv"]);
        deliver(&Disk::new(), &from, &to, true, false).expect("replaced");
        assert_eq!(fs::read(&to).expect("there"), b"rows");
    }

    #[test]
    fn a_file_fetched_before_the_repetition_does_not_come_back() {
        let (_folder, from, to) = site();
        let marker = to.with_file_name("hr.csv.done");
        let mut outcomes = Vec::new();
        for fetched in [false, false, true] {
            if fetched {
                fs::remove_file(&to).expect("fetched");
                fs::remove_file(&marker).expect("fetched");
            }
            outcomes.push(deliver(&Disk::new(), &from, &to, false, true).expect("works"));
        }
        let expected = [Delivery::Published, Delivery::Before, Delivery::Fetched];
        assert_eq!(outcomes, expected);
        assert!(!marker.exists());
    }
}
