//! The site's secret key for hashes: `state/key`, sixteen random bytes, mode 0600, in a folder of mode 0700.

use super::disk::{Disk, PRIVATE};
use super::entry::open_plain;
use super::single_file::create_private;
use crate::domain::SiteKey;
use crate::domain::masking::shown;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// An error of the key; its message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Other users can read the folder or the file.
    #[error(
        "{path} is open to other users of this machine; run `chmod {mode:o} {path}`, and if others had access, treat the SSN hashes as known to them"
    )]
    Open { path: String, mode: u32 },
    /// Not sixteen bytes in a plain file.
    #[error("{path} is not a key; restore it from the backup of the state folder")]
    Damaged { path: String },
    /// There is a ledger but no key: with a new one every known employee would be unknown.
    #[error(
        "{path} is missing though the site has a ledger: without it every known employee would be unknown; restore it with `feedgate restore DIR`, or, if it is lost for good, move the ledger away and begin anew with `feedgate recover --adopt`"
    )]
    Lost { path: String },
    #[error("can't read or make {path}: {source}; check the permissions of the state folder")]
    Io { path: String, source: io::Error },
}

const LENGTH: usize = 16;

/// The site's key, created on first use together with the state folder. `ledger` is the site's ledger file: where that
/// exists, no new key is created.
pub(crate) fn site_key(state: &Path, ledger: &Path) -> Result<SiteKey, KeyError> {
    // Checked first: another process may be creating both, the key before the ledger.
    let had_ledger = ledger.exists();
    if let Some(key) = read_key(state)? {
        return Ok(key);
    }
    let path = state.join("key");
    if had_ledger {
        return Err(KeyError::Lost { path: shown(&path) });
    }
    make(state, &path).map_err(failed(&path))?;
    // Read back, because another process may have been faster.
    read_key(state)?.ok_or(KeyError::Damaged { path: shown(&path) })
}

/// The site's key, if it has one. Writes nothing.
pub(crate) fn read_key(state: &Path) -> Result<Option<SiteKey>, KeyError> {
    let path = state.join("key");
    let mut file = match open_plain(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(failed(&path)(e)),
    };
    let about = file.metadata().map_err(failed(&path))?;
    if !about.is_file() || about.len() != LENGTH as u64 {
        return Err(KeyError::Damaged { path: shown(&path) });
    }
    let folder = std::fs::metadata(state).map_err(failed(state))?;
    for (path, about, mode) in [(state, &folder, PRIVATE), (&path, &about, 0o600)] {
        if about.mode() & 0o077 != 0 {
            return Err(KeyError::Open {
                path: shown(path),
                mode,
            });
        }
    }
    let mut bytes = [0; LENGTH];
    file.read_exact(&mut bytes).map_err(failed(&path))?;
    Ok(Some(SiteKey::new(bytes)))
}

/// A temporary key, for a dry run on a site that has none.
pub(crate) fn random_key() -> Result<SiteKey, KeyError> {
    random_bytes().map(SiteKey::new)
}

/// An identity for a new site: 32 hexadecimal digits drawn by lot.
pub(crate) fn random_identity() -> Result<String, KeyError> {
    Ok(format!("{:032x}", u128::from_be_bytes(random_bytes()?)))
}

/// Secret bytes, drawn by lot.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], KeyError> {
    random().map_err(failed(Path::new(RANDOM)))
}

const RANDOM: &str = "/dev/urandom";

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open(RANDOM)?.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn make(state: &Path, path: &Path) -> io::Result<()> {
    let disk = Disk::new();
    disk.make_folder(state, PRIVATE)?;
    let part = state.join(format!(".key.{}.part", std::process::id()));
    disk.remove_file(&part)?;
    let mut file = create_private(&part)?;
    file.write_all(&random::<LENGTH>()?)?;
    disk.sync_file(&file)?;
    match disk.rename_new(&part, path) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => disk.remove_file(&part)?,
        other => other?,
    }
    disk.sync_folder(state)
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> KeyError {
    let path = shown(path);
    move |source| KeyError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use super::{KeyError, read_key, site_key};
    use crate::domain::keyed_hash::HashedType;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn made_once_and_private() {
        let site = tempfile::tempdir().expect("folder");
        let state = site.path().join("state");
        let ledger = state.join("ledger.db");
        assert!(read_key(&state).expect("none").is_none());
        assert!(!state.exists());
        let first = site_key(&state, &ledger).expect("made");
        let again = site_key(&state, &ledger).expect("read");
        let hash = |key: crate::domain::SiteKey| key.hash(HashedType::Ssn, b"x");
        assert_eq!(hash(first), hash(again));
        for (path, mode) in [(state.clone(), 0o700), (state.join("key"), 0o600)] {
            let about = fs::metadata(&path).expect("there");
            assert_eq!(about.permissions().mode() & 0o777, mode);
        }
        assert_eq!(fs::read_dir(&state).expect("state").count(), 1);

        fs::write(&ledger, "").expect("ledger");
        fs::remove_file(state.join("key")).expect("lost");
        let lost = site_key(&state, &ledger);
        assert!(matches!(lost, Err(KeyError::Lost { .. })));
    }

    #[test]
    fn open_damaged_and_linked_keys_are_refused() {
        let site = tempfile::tempdir().expect("folder");
        let state = site.path().join("state");
        let ledger = state.join("ledger.db");
        let key = state.join("key");
        site_key(&state, &ledger).expect("made");
        for (path, open, closed) in [(&key, 0o640, 0o600), (&state, 0o750, 0o700)] {
            fs::set_permissions(path, Permissions::from_mode(open)).expect("mode");
            let refused = site_key(&state, &ledger).expect_err("open");
            assert!(refused.to_string().contains(&format!("chmod {closed:o}")));
            fs::set_permissions(path, Permissions::from_mode(closed)).expect("mode");
        }
        fs::write(&key, "short").expect("damage");
        let damaged = site_key(&state, &ledger);
        assert!(matches!(damaged, Err(KeyError::Damaged { .. })));
        fs::rename(&key, state.join("elsewhere")).expect("moved");
        symlink(state.join("elsewhere"), &key).expect("link");
        assert!(matches!(
            site_key(&state, &ledger),
            Err(KeyError::Io { .. })
        ));
    }
}
