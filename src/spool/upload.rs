//! Uploads into inbound folders, as a sender's own program does them: under a temporary name, then renamed.

use super::disk::Disk;
use super::entry::entries;
use super::{Arrival, SpoolError, arrive, free_mib, sync_folder};
use crate::domain::masking::shown;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What temporary names begin and end with: such a file is never taken.
const BEGINNING: &str = ".feedgate-upload-";
const ENDING: &str = ".part";
/// Temporary files that have not changed for this long are left of uploads that ended in a crash.
const LEFT_AFTER: Duration = Duration::from_secs(86_400);
/// After this many bytes it is asked again whether the disk has room.
const ROOM_CHECKED_EVERY: u64 = 16 << 20;

/// A file that is being uploaded. Dropped before it is finished, it leaves nothing.
#[derive(Debug)]
pub(crate) struct Upload<'a> {
    disk: &'a Disk,
    folder: PathBuf,
    temporary: PathBuf,
    file: Option<File>,
    size: u64,
    limits: UploadLimits,
}

/// How much an upload may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UploadLimits {
    /// Of the whole file.
    pub(crate) bytes: u64,
    /// What has to stay free on the disk.
    pub(crate) floor_mib: u64,
}

/// Why an upload can't go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadFault {
    /// It has more bytes than this.
    #[error("it has more than {0} bytes")]
    TooLarge(u64),
    /// Less than this would be free on the disk.
    #[error("less than {0} MiB are free on the disk")]
    DiskFull(u64),
    #[error(transparent)]
    Spool(#[from] SpoolError),
}

impl<'a> Upload<'a> {
    /// Begins a file in an inbound folder under a temporary name.
    pub(crate) fn begin(
        disk: &'a Disk,
        folder: &Path,
        limits: UploadLimits,
    ) -> Result<Upload<'a>, UploadFault> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        remove_left(disk, folder)?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let process = std::process::id();
        let temporary = folder.join(format!("{BEGINNING}{process}-{number}{ENDING}"));
        room(folder, limits.floor_mib)?;
        let file = disk.create_file(&temporary);
        Ok(Upload {
            disk,
            folder: folder.to_owned(),
            file: Some(file.map_err(SpoolError::io("write", &temporary))?),
            temporary,
            size: 0,
            limits,
        })
    }

    /// Writes the next bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), UploadFault> {
        let before = self.size;
        self.size += bytes.len() as u64;
        if self.size > self.limits.bytes {
            return Err(UploadFault::TooLarge(self.limits.bytes));
        }
        if before / ROOM_CHECKED_EVERY != self.size / ROOM_CHECKED_EVERY {
            room(&self.folder, self.limits.floor_mib)?;
        }
        let written = match &mut self.file {
            Some(file) => file.write_all(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        Ok(written.map_err(SpoolError::io("write", &self.temporary))?)
    }

    /// Gives the file its name, replacing nothing, durably. With `ending`, the ending of marker files, its marker follows.
    pub(crate) fn finish(
        mut self,
        name: &str,
        ending: Option<&str>,
    ) -> Result<Arrival, UploadFault> {
        if let Some(file) = self.file.take() {
            let synced = self.disk.sync_file(&file);
            synced.map_err(SpoolError::io("sync", &self.temporary))?;
        }
        let to = self.folder.join(name);
        let arrived = arrive(self.disk, &self.temporary, &to, self.size, ending)?;
        if arrived == Arrival::There {
            sync_folder(self.disk, &self.folder)?;
        }
        Ok(arrived)
    }

    /// How many bytes it has so far.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }
}

impl Drop for Upload<'_> {
    fn drop(&mut self) {
        // Nothing is there any more of one that has its name.
        let _ = self.disk.remove_file(&self.temporary);
    }
}

fn room(folder: &Path, floor_mib: u64) -> Result<(), UploadFault> {
    match free_mib(folder)? < floor_mib {
        true => Err(UploadFault::DiskFull(floor_mib)),
        false => Ok(()),
    }
}

/// Removes what uploads left that ended in a crash.
fn remove_left(disk: &Disk, folder: &Path) -> Result<(), UploadFault> {
    let listed = entries(folder)?.ok_or_else(|| SpoolError::Io {
        act: "list",
        path: shown(folder),
        source: io::ErrorKind::NotFound.into(),
    })?;
    for entry in listed {
        let name = entry.file_name();
        let ours = name
            .to_str()
            .is_some_and(|name| name.starts_with(BEGINNING) && name.ends_with(ENDING));
        let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
        if ours && age().is_some_and(|age| age >= LEFT_AFTER) {
            let removed = disk.remove_file(&entry.path());
            removed.map_err(SpoolError::io("remove", &entry.path()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{LEFT_AFTER, Upload, UploadFault, UploadLimits};
    use crate::spool::{Arrival, Disk, scan, set_modified};
    use std::fs;
    use std::time::SystemTime;

    const LIMITS: UploadLimits = UploadLimits {
        bytes: 8,
        floor_mib: 0,
    };

    #[test]
    fn nothing_is_seen_before_the_end_and_nothing_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = Disk::new();
        let path = folder.path();
        let mut upload = Upload::begin(&disk, path, LIMITS).expect("begun");
        upload.write(b"rows").expect("written");
        assert!(scan(path).expect("listed").waiting.is_empty());
        assert_eq!(
            upload.finish("hr.csv", Some(".ok")).expect("there"),
            Arrival::There
        );
        assert_eq!(fs::read(path.join("hr.csv")).expect("the file"), b"rows");
        assert!(path.join("hr.csv.ok").exists());
        let mut again = Upload::begin(&disk, path, LIMITS).expect("begun");
        again.write(b"other").expect("written");
        assert_eq!(again.finish("hr.csv", None).expect("tried"), Arrival::Taken);
        assert_eq!(fs::read(path.join("hr.csv")).expect("the file"), b"rows");
        assert_eq!(fs::read_dir(path).expect("the folder").count(), 2);
    }

    #[test]
    fn one_that_is_too_large_or_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = Disk::new();
        let mut upload = Upload::begin(&disk, folder.path(), LIMITS).expect("begun");
        upload.write(b"12345678").expect("written");
        assert_eq!(upload.size(), 8);
        let more = upload.write(b"9").expect_err("too large");
        assert!(matches!(more, UploadFault::TooLarge(8)));
        drop(upload);
        assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0);
        let floor_mib = 1 << 40;
        let full = Upload::begin(
            &disk,
            folder.path(),
            UploadLimits {
                floor_mib,
                ..LIMITS
            },
        );
        assert!(matches!(full, Err(UploadFault::DiskFull(_))));
        assert!(Upload::begin(&disk, &folder.path().join("gone"), LIMITS).is_err());
    }

    #[test]
    fn what_a_crash_left_is_removed_by_a_later_upload() {
        let folder = tempfile::tempdir().expect("a folder");
        let names = [
            ".feedgate-upload-1-0.part",
            ".feedgate-upload-1-1.part",
            ".other.part",
        ];
        let [old, new, other] = names.map(|name| folder.path().join(name));
        for file in [&old, &new, &other] {
            fs::write(file, "").expect("written");
        }
        for file in [&old, &other] {
            set_modified(file, SystemTime::now() - LEFT_AFTER * 2).expect("set");
        }
        let disk = Disk::new();
        drop(Upload::begin(&disk, folder.path(), LIMITS).expect("begun"));
        assert!(!old.exists() && new.exists() && other.exists());
    }
}
