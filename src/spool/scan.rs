//! Lists the files of an inbound folder.

use super::entry::{changed, what_is};
use crate::domain::ArrivalId;
use crate::domain::file_name::{NameFault, check_name, kept_name};
use crate::domain::masking::shown;
use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A file that waits in an inbound folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its checked name; of a misnamed file the form in which its name is kept ([`kept_name()`]).
    pub name: String,
    /// What is wrong with its name, if the name may not be used.
    pub misnamed: Option<NameFault>,
    pub path: PathBuf,
    pub size: u64,
    /// When it was last written, as its sender may have set it.
    pub modified: SystemTime,
    /// When its inode last changed (seconds and nanoseconds): no sender can set this back.
    pub changed: (i64, i64),
    pub inode: u64,
    /// Its ID, if it was taken from inbound into the queue.
    pub arrival: Option<ArrivalId>,
}

impl Waiting {
    pub(crate) fn identity(&self) -> FileIdentity {
        FileIdentity {
            path: self.path.clone(),
            size: self.size,
            modified: self.modified,
            inode: self.inode,
        }
    }
}

/// What tells a file from one that takes its place. Unlike what a scan compares, it stays the same where only owner or
/// mode change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FileIdentity {
    path: PathBuf,
    size: u64,
    modified: SystemTime,
    inode: u64,
}

impl FileIdentity {
    /// The file name and the rest, as bytes that can be hashed.
    pub(crate) fn parts(&self) -> [Vec<u8>; 4] {
        let name = self.path.file_name().unwrap_or_default();
        let modified = match self.modified.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => (true, since),
            Err(before) => (false, before.duration()),
        };
        let mut time = vec![u8::from(modified.0)];
        time.extend(modified.1.as_nanos().to_le_bytes());
        [
            name.as_encoded_bytes().to_vec(),
            self.size.to_le_bytes().to_vec(),
            time,
            self.inode.to_le_bytes().to_vec(),
        ]
    }
}

/// An entry that is never taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its name in the form that may be shown.
    pub name: String,
    pub why: RefusalReason,
}

impl Refused {
    pub(super) fn linked(file_name: &OsStr) -> Refused {
        Refused {
            name: kept_name(file_name),
            why: RefusalReason::Linked,
        }
    }
}

/// Why an entry is never taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusalReason {
    #[error("it is {0}, not a plain file; upload the file itself")]
    NotAFile(&'static str),
    #[error("it has more than one hard link; upload a copy of its own")]
    Linked,
}

/// A file that has both its final and its temporary name. Servers that rename without replacing, such as OpenSSH, link
/// the file under the new name and then remove the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RenamingFile {
    /// Its final name, unmasked.
    pub file_name: OsString,
    pub inode: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    /// Plain files, oldest first, then by name.
    pub waiting: Vec<Waiting>,
    /// Entries that are never taken, by name. Files still being uploaded are in neither list.
    pub refused: Vec<Refused>,
    /// Files in the middle of a rename.
    pub renaming: Vec<RenamingFile>,
}

/// A folder that can't be listed. What waits in it is unknown, which is not the same as empty.
#[derive(Debug, thiserror::Error)]
#[error(
    "the folder {folder} can't be listed: {source}; check that it exists, is mounted and may be read by this user"
)]
pub struct ScanError {
    pub folder: String,
    pub source: io::Error,
}

/// Device and inode number of a folder: its identity whatever path leads to it.
///
/// # Errors
/// It is missing or not a folder.
pub(crate) fn place_of(folder: &Path) -> Result<(u64, u64), ScanError> {
    let failed = |source| ScanError {
        folder: shown(folder),
        source,
    };
    let about = std::fs::metadata(folder).map_err(failed)?;
    if about.is_dir() {
        Ok((about.dev(), about.ino()))
    } else {
        Err(failed(io::ErrorKind::NotADirectory.into()))
    }
}

/// Whether a file still waits unchanged: it was not taken, swapped or written to.
pub fn still_waits(file: &Waiting) -> bool {
    std::fs::symlink_metadata(&file.path).is_ok_and(|about| {
        about.is_file()
            && (about.ino(), about.len(), changed(&about)) == (file.inode, file.size, file.changed)
    })
}

/// Whether a file is still in its folder, changed or not.
pub(crate) fn still_there(file: &Waiting) -> bool {
    std::fs::symlink_metadata(&file.path).is_ok_and(|about| about.ino() == file.inode)
}

/// Lists an inbound folder. Links are never followed.
pub(crate) fn scan(inbound: &Path) -> Result<Scan, ScanError> {
    let failed = |source| ScanError {
        folder: shown(inbound),
        source,
    };
    let mut found = Scan::default();
    let (mut uploading, mut twice) = (HashSet::new(), Vec::new());
    for entry in std::fs::read_dir(inbound).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let about = match entry.metadata() {
            Ok(about) => about,
            // Its sender removed it meanwhile.
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(e) => return Err(failed(e)),
        };
        let file_name = entry.file_name();
        let checked = check_name(&file_name);
        if checked == Err(NameFault::StillUploading) {
            if about.is_file() && about.nlink() == 2 {
                uploading.insert(about.ino());
            }
            continue;
        }
        let why = if !about.is_file() {
            RefusalReason::NotAFile(what_is(about.file_type()))
        } else if about.nlink() == 2 {
            twice.push(RenamingFile {
                file_name,
                inode: about.ino(),
            });
            continue;
        } else if about.nlink() != 1 {
            RefusalReason::Linked
        } else {
            found.waiting.push(Waiting {
                name: checked.map_or_else(|_| kept_name(&file_name), str::to_owned),
                misnamed: checked.err(),
                path: entry.path(),
                size: about.len(),
                modified: about.modified().map_err(failed)?,
                changed: changed(&about),
                inode: about.ino(),
                arrival: None,
            });
            continue;
        };
        let name = kept_name(&file_name);
        found.refused.push(Refused { name, why });
    }
    for file in twice {
        // Its other name may have gone while the folder was listed.
        let about = std::fs::symlink_metadata(inbound.join(&file.file_name));
        let has_one_name = about.is_ok_and(|about| about.nlink() == 1);
        if has_one_name || uploading.contains(&file.inode) {
            found.renaming.push(file);
        } else {
            found.refused.push(Refused::linked(&file.file_name));
        }
    }
    found
        .waiting
        .sort_by(|a, b| (a.modified, &a.name).cmp(&(b.modified, &b.name)));
    found.refused.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{RefusalReason, scan};
    use crate::domain::file_name::NameFault;
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use std::ffi::OsStr;
    use std::fs::{self, File};
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::time::{Duration, SystemTime};

    #[test]
    fn plain_files_oldest_first_and_everything_else_refused() {
        let folder = tempfile::tempdir().expect("folder");
        let at = |name: &str| folder.path().join(name);
        let epoch = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        for (name, age) in [
            ("c.csv", 1),
            ("b.csv", 2),
            ("a.csv", 2),
            (".d.csv", 0),
            ("e.csv.tmp", 0),
        ] {
            let file = File::create(at(name)).expect(name);
            file.set_modified(epoch + Duration::from_secs(age))
                .expect(name);
        }
        symlink(at("a.csv"), at("link.csv")).expect("link");
        symlink(at("nowhere"), at("dangling.csv")).expect("link");
        fs::create_dir(at("folder.csv")).expect("folder");
        mknodat(CWD, at("fifo.csv"), FileType::Fifo, Mode::RUSR, 0).expect("fifo");
        let odd = folder.path().join(OsStr::from_bytes(b"odd\xff"));
        for (path, age) in [(at("-x"), 3), (odd.clone(), 4)] {
            let file = File::create(path).expect("file");
            file.set_modified(epoch + Duration::from_secs(age))
                .expect("time");
        }
        symlink(at("nowhere"), at("a\nb")).expect("link");
        fs::write(at("one"), "").expect("file");
        fs::hard_link(at("one"), at("two")).expect("hard link");

        let found = scan(folder.path()).expect("listed");
        let names: Vec<_> = found.waiting.iter().map(|w| w.name.as_str()).collect();
        assert_eq!(names, ["c.csv", "a.csv", "b.csv", "-x", "odd\\x{ff}"]);
        let faults: Vec<_> = found.waiting.iter().map(|w| w.misnamed).collect();
        let (dash, bytes) = (NameFault::LeadingDash, NameFault::NotUtf8);
        assert_eq!(faults, [None, None, None, Some(dash), Some(bytes)]);
        assert_eq!(found.waiting[4].path, odd);
        let refused: Vec<_> = found
            .refused
            .iter()
            .map(|r| (r.name.as_str(), r.why))
            .collect();
        let expected = [
            ("a\\u{a}b", RefusalReason::NotAFile("a symbolic link")),
            ("dangling.csv", RefusalReason::NotAFile("a symbolic link")),
            ("fifo.csv", RefusalReason::NotAFile("a FIFO")),
            ("folder.csv", RefusalReason::NotAFile("a folder")),
            ("link.csv", RefusalReason::NotAFile("a symbolic link")),
            ("one", RefusalReason::Linked),
            ("two", RefusalReason::Linked),
        ];
        assert_eq!(refused, expected);
    }

    #[test]
    fn a_missing_folder_is_not_an_empty_one() {
        let folder = tempfile::tempdir().expect("folder");
        let error = scan(&folder.path().join("gone")).expect_err("missing");
        assert!(error.to_string().contains("can't be listed"));
        assert_eq!(scan(folder.path()).expect("empty").waiting.len(), 0);
    }
}
