//! Room on a disk.

use super::SpoolError;
use crate::domain::masking::shown;
use std::path::Path;

/// Free room for this user on the filesystem of a path, in MiB.
///
/// # Errors
/// The system doesn't say.
pub(crate) fn free_mib(path: &Path) -> Result<u64, SpoolError> {
    let about = rustix::fs::statvfs(path).map_err(|e| SpoolError::Io {
        act: "ask for the free room at",
        path: shown(path),
        source: e.into(),
    })?;
    Ok(about.f_bavail.saturating_mul(about.f_frsize) >> 20)
}

#[cfg(test)]
mod tests {
    use super::free_mib;

    #[test]
    fn a_disk_has_some_room_and_a_missing_one_has_none() {
        let folder = tempfile::tempdir().expect("folder");
        assert!(free_mib(folder.path()).expect("told") > 0);
        assert!(free_mib(&folder.path().join("gone")).is_err());
    }
}
