//! The folders of a site: whether they exist or can be created, are private where they have to be, and lie on one
//! filesystem where files are renamed between them.

use super::{CheckFinding, CheckStanding};
use crate::config::{Config, Folder};
use crate::domain::masking::shown;
use crate::site::orphaned_folders;
use rustix::fs::{Access, AtFlags, CWD, StatxFlags, statx};
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Who else may use a folder.
#[derive(Clone, Copy, Debug)]
enum Privacy {
    Shared,
    /// No other user may write, and none should read.
    Ours,
    /// No other user may do anything.
    Secret,
}

pub(super) fn look(config: &Config) -> Vec<CheckFinding> {
    let mut findings = vec![
        folder("state", &config.state(), Privacy::Secret),
        folder("work", &config.work(), Privacy::Ours),
        folder("queue", &config.queue(), Privacy::Ours),
    ];
    let mut renamed_between = BTreeMap::new();
    for integration in &config.integrations {
        for place in Folder::ALL {
            let path = config.folder(integration, place);
            let privacy = match place {
                Folder::Archive | Folder::Held => Privacy::Ours,
                Folder::Inbound | Folder::Output | Folder::Errors | Folder::Receipts => {
                    Privacy::Shared
                }
            };
            let what = format!("{} {}", integration.name, place.as_str());
            if place == Folder::Inbound && !path.exists() {
                // A missing inbound folder may be one that is not mounted: a run never makes it, and fails without it.
                let found = format!(
                    "{0} is missing; mount it, or run `mkdir -p {0}`",
                    shown(&path)
                );
                findings.push(CheckFinding::note(what, found));
                continue;
            }
            findings.push(folder(&what, &path, privacy));
            if matches!(place, Folder::Inbound | Folder::Held) {
                renamed_between.insert(what, path);
            }
        }
    }
    findings.extend(kept_for_ever(config));
    for folder in orphaned_folders(config) {
        let what = format!("{} {}", folder.integration, folder.place);
        let found = format!("{} has {}", shown(&folder.path), folder.sentence());
        findings.push(CheckFinding::note(what, found));
    }
    // The claim is a rename, so the source can't cross from one filesystem to another.
    let work = filesystem(&config.work());
    for (what, path) in renamed_between {
        if filesystem(&path) != work {
            findings.push(CheckFinding::problem(what,
                format!(
                    "{} lies on another filesystem or mount than {}; move one of them in the configuration",
                    shown(&path),
                    shown(&config.work())
                ),
            ));
        }
    }
    findings
}

/// Published files hold SSNs, and stay where nothing says otherwise.
fn kept_for_ever(config: &Config) -> Option<CheckFinding> {
    let kept = config.integrations.iter();
    let kept = kept.filter(|i| {
        i.retention
            .outbound_days
            .or(config.site.retention.outbound_days)
            .is_none()
    });
    let names: Vec<&str> = kept.map(|i| i.name.as_str()).collect();
    if names.is_empty() {
        return None;
    }
    let found = format!(
        "published files of {} stay until their receivers remove them, and output files hold SSNs; set outbound_days (0: for ever, without this note)",
        names.join(", ")
    );
    Some(CheckFinding::note("retention", found))
}

fn folder(what: &str, path: &Path, privacy: Privacy) -> CheckFinding {
    let name = shown(path);
    let line =
        |standing, found: String| CheckFinding::new(standing, what, format!("{name}{found}"));
    let Ok(about) = std::fs::metadata(path) else {
        return match nearest_existing(path) {
            Some(above) if above.is_dir() && may_write(above) => line(
                CheckStanding::Ok,
                " (not there yet; made when it is needed)".into(),
            ),
            above => {
                let above = above.map_or_else(String::new, shown);
                let why = format!(
                    " is missing and can't be made in {above}; make it, or check permissions there"
                );
                line(CheckStanding::Problem, why)
            }
        };
    };
    if !about.is_dir() {
        return line(
            CheckStanding::Problem,
            " is not a folder; move it away".into(),
        );
    }
    if !may_write(path) {
        let why =
            " may not be read and changed by this user; give it to the user that runs Feedgate";
        return line(CheckStanding::Problem, why.into());
    }
    let mode = about.mode() & 0o7777;
    let standing = match privacy {
        Privacy::Secret if mode & 0o077 != 0 => CheckStanding::Problem,
        Privacy::Ours if mode & 0o022 != 0 => CheckStanding::Problem,
        Privacy::Ours if mode & 0o077 != 0 => CheckStanding::Note,
        Privacy::Shared if mode & 0o002 != 0 => {
            let why = format!(
                " can be written to by everybody on this machine; run `chmod o-w {name}` (a sender who owns a folder can open it: with a setgid inbound folder `chmod 2770`)"
            );
            return line(CheckStanding::Note, why);
        }
        _ => return line(CheckStanding::Ok, String::new()),
    };
    let why = format!(" is open to other users of this machine; run `chmod 700 {name}`");
    line(standing, why)
}

/// The permission bits of an existing path.
pub(super) fn mode(path: &Path) -> Option<u32> {
    Some(std::fs::metadata(path).ok()?.mode() & 0o7777)
}

fn may_write(folder: &Path) -> bool {
    rustix::fs::access(folder, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

/// The path itself, or the nearest folder above it that exists.
fn nearest_existing(path: &Path) -> Option<&Path> {
    path.ancestors().find(|p| p.exists())
}

/// The filesystem that a folder is on, or will be on, and its mount if the system tells: files can't be renamed between
/// two mounts of one filesystem.
fn filesystem(path: &Path) -> Option<(u64, Option<u64>)> {
    let path = nearest_existing(path)?;
    let asked = statx(CWD, path, AtFlags::empty(), StatxFlags::MNT_ID).ok();
    let mount = asked.filter(|told| told.stx_mask & StatxFlags::MNT_ID.bits() != 0);
    let device = std::fs::metadata(path).ok()?.dev();
    Some((device, mount.map(|told| told.stx_mnt_id)))
}

#[cfg(test)]
mod tests {
    use super::{Privacy, filesystem, folder};
    use crate::operations::check::CheckStanding;
    use std::path::Path;

    #[test]
    fn a_folder_that_everybody_may_write_to_is_told() {
        use std::os::unix::fs::PermissionsExt;
        let here = tempfile::tempdir().expect("folder");
        for (mode, told) in [(0o777, CheckStanding::Note), (0o770, CheckStanding::Ok)] {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(here.path(), mode).expect("mode");
            let line = folder("hr inbound", here.path(), Privacy::Shared);
            assert_eq!(line.standing, told, "{line:?}");
        }
    }

    #[test]
    fn a_folder_to_be_made_belongs_to_the_filesystem_above_it() {
        let here = tempfile::tempdir().expect("folder");
        let below = here.path().join("a/b/c");
        assert_eq!(filesystem(&below), filesystem(here.path()));
        assert_ne!(filesystem(Path::new("/proc/self")), filesystem(here.path()));
        assert_eq!(
            folder("x", &below, Privacy::Shared).standing,
            CheckStanding::Ok
        );
        let nowhere = folder("x", Path::new("/dev/null/here"), Privacy::Shared);
        assert_eq!(nowhere.standing, CheckStanding::Problem);
    }
}
