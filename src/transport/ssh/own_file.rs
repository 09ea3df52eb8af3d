//! Files on our side that a connection trusts: looked at before they are believed.

use super::super::{Fault, FaultKind};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use zeroize::Zeroizing;

/// The largest secret file, in bytes: a large RSA key has less than a tenth of it.
pub(super) const LARGEST_SECRET: usize = 64 * 1024;
/// The largest file of host keys, in bytes: some thousand servers.
pub(super) const LARGEST_KNOWN_HOSTS: usize = 1024 * 1024;

/// What others may not do with a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// Neither group nor others may do anything with it.
    Secret,
    /// Others may not; the group's bits are those of the access list by which systemd hands credentials out.
    Credential,
    /// Neither group nor others may change it.
    Unchanged,
}

impl Kept {
    fn forbidden(self) -> u32 {
        match self {
            Kept::Secret => 0o077,
            Kept::Credential => 0o007,
            Kept::Unchanged => 0o022,
        }
    }

    fn largest(self) -> usize {
        match self {
            Kept::Secret | Kept::Credential => LARGEST_SECRET,
            Kept::Unchanged => LARGEST_KNOWN_HOSTS,
        }
    }
}

/// The content of a regular file that belongs to us or to root and is kept from others as it has to be.
pub(super) fn read(path: &Path, kept: Kept) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let secret = |what: String| Fault::new(FaultKind::Secret, what);
    let unreadable = |e: std::io::Error| secret(unreadable(path, &e));
    // Opening a pipe would wait for its other end.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)
        .map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if let Some(what) = objection(path, kept, &metadata) {
        return Err(secret(what));
    }
    let content = bounded(&file, kept.largest()).map_err(unreadable)?;
    content.ok_or_else(|| {
        let largest = kept.largest() / 1024;
        secret(format!(
            "{} is larger than {largest} KiB; it can't be what it should be",
            path.display()
        ))
    })
}

/// Why the file can't be read, and what to do about it.
fn unreadable(path: &Path, error: &std::io::Error) -> String {
    let (shown, us) = (path.display(), rustix::process::geteuid().as_raw());
    match error.kind() {
        ErrorKind::NotFound => {
            format!("{shown} is not there; put it there, or correct its path in the configuration")
        }
        ErrorKind::PermissionDenied => format!(
            "{shown} can't be read by this user ({us}): it or its folder is another's; as root, type: chown {us} {shown}"
        ),
        _ => format!("{shown} can't be read: {error}"),
    }
}

/// Why the file is not to be trusted, and what to do about it.
fn objection(path: &Path, kept: Kept, metadata: &Metadata) -> Option<String> {
    let shown = path.display();
    if !metadata.is_file() {
        return Some(format!("{shown} is no regular file; put one there"));
    }
    let (us, owner) = (rustix::process::geteuid().as_raw(), metadata.uid());
    if owner != us && owner != 0 {
        return Some(format!(
            "{shown} belongs to another user ({owner}); type: chown {us} {shown}"
        ));
    }
    let mode = metadata.mode() & 0o7777;
    if mode & kept.forbidden() == 0 {
        return None;
    }
    Some(match kept {
        Kept::Secret => {
            format!("{shown} is open to others (mode {mode:04o}); type: chmod 600 {shown}")
        }
        Kept::Credential => format!(
            "{shown} is open to everyone (mode {mode:04o}); hand it over with systemd's LoadCredential="
        ),
        Kept::Unchanged => {
            format!("{shown} may be changed by others (mode {mode:04o}); type: chmod go-w {shown}")
        }
    })
}

/// All bytes of a file; `None`: there are more than so many. Room for them is made once, so that nothing of a secret
/// stays behind in memory that was given back.
fn bounded(file: &File, largest: usize) -> std::io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut content = Zeroizing::new(vec![0; largest + 1]);
    let (mut file, mut filled) = (file, 0);
    while filled < content.len() {
        match file.read(&mut content[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    if filled > largest {
        return Ok(None);
    }
    content.truncate(filled);
    Ok(Some(content))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn refused(path: &Path, kept: Kept) -> String {
        let fault = read(path, kept).map(|_| ()).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Secret);
        fault.what
    }

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_is_open_to_others_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        fs::write(&path, "secret").unwrap();
        for bad in [0o644, 0o640, 0o604, 0o610, 0o660] {
            mode(&path, bad);
            assert!(refused(&path, Kept::Secret).contains("type: chmod 600 "));
        }
        for good in [0o600, 0o400] {
            mode(&path, good);
            assert_eq!(**read(&path, Kept::Secret).unwrap(), *b"secret");
        }
        mode(&path, 0o440);
        assert!(read(&path, Kept::Credential).is_ok());
        mode(&path, 0o644);
        assert!(read(&path, Kept::Unchanged).is_ok());
        assert!(refused(&path, Kept::Credential).contains("everyone"));
        mode(&path, 0o664);
        assert!(refused(&path, Kept::Unchanged).contains("type: chmod go-w "));
    }

    #[test]
    fn only_a_regular_file_of_a_sane_size_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        assert!(refused(&path, Kept::Secret).contains("is not there; put it there"));
        let denied = unreadable(&path, &ErrorKind::PermissionDenied.into());
        assert!(denied.contains("type: chown "), "{denied}");
        assert!(!denied.contains("put it there"), "{denied}");
        assert!(refused(dir.path(), Kept::Secret).contains("no regular file"));
        let pipe = dir.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        assert!(refused(&pipe, Kept::Secret).contains("no regular file"));
        fs::write(&path, vec![b'x'; LARGEST_SECRET]).unwrap();
        mode(&path, 0o600);
        assert_eq!(read(&path, Kept::Secret).unwrap().len(), LARGEST_SECRET);
        fs::write(&path, vec![b'x'; LARGEST_SECRET + 1]).unwrap();
        assert!(refused(&path, Kept::Secret).contains("larger than 64 KiB"));
        fs::write(&path, vec![b'x'; LARGEST_KNOWN_HOSTS + 1]).unwrap();
        assert!(refused(&path, Kept::Unchanged).contains("larger than 1024 KiB"));
    }
}
