//! Secrets and other local files that a connection trusts. Their owner and permissions are checked before they are read.

use crate::transport::fault::Fault;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::{env, fs, io};
use zeroize::{Zeroize, Zeroizing};

/// The largest secret file, in bytes: a large RSA key has less than a tenth of it.
const LARGEST_SECRET: usize = 64 * 1024;
/// The largest file of host keys, in bytes: thousands of servers.
const LARGEST_KNOWN_HOSTS: usize = 1024 * 1024;

/// What users other than the owner must not be able to do with a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FileAccess {
    /// Neither group nor others have any access.
    Secret,
    /// Others have no access. The group's bits are those of the access list by which systemd hands credentials out.
    Credential,
    /// Neither group nor others can change it.
    Unchanged,
}

impl FileAccess {
    /// The bits that a file's mode must not have, and the largest size of such a file.
    fn bounds(self) -> (u32, usize) {
        match self {
            FileAccess::Secret => (0o077, LARGEST_SECRET),
            FileAccess::Credential => (0o007, LARGEST_SECRET),
            FileAccess::Unchanged => (0o022, LARGEST_KNOWN_HOSTS),
        }
    }
}

/// The content of a regular file that belongs to us or to root and whose permissions are as strict as `access` demands.
fn read(path: &Path, access: FileAccess) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let unreadable = |e: io::Error| Fault::secret(unreadable(path, &e));
    // Opening a pipe would otherwise wait for its other end.
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)
        .map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if let Some(what) = objection(path, access, &metadata) {
        return Err(Fault::secret(what));
    }
    let (_, largest) = access.bounds();
    let content = bounded(&file, largest).map_err(unreadable)?;
    content.ok_or_else(|| {
        Fault::secret(format!(
            "{} is larger than {} KiB; it can't be what it should be",
            path.display(),
            largest / 1024
        ))
    })
}

/// The text of a file that others must not be able to change; `None`: there is no such file.
pub(super) fn read_if_present(path: &Path) -> Result<Option<String>, Fault> {
    match path.symlink_metadata() {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        _ => {
            let content = read(path, FileAccess::Unchanged)?;
            Ok(Some(String::from_utf8_lossy(&content).into_owned()))
        }
    }
}

/// Why the file can't be read, and what to do about it.
fn unreadable(path: &Path, error: &io::Error) -> String {
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

/// Why the file can't be trusted, and what to do about it.
fn objection(path: &Path, access: FileAccess, metadata: &Metadata) -> Option<String> {
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
    if mode & access.bounds().0 == 0 {
        return None;
    }
    Some(match access {
        FileAccess::Secret => {
            format!("{shown} is open to others (mode {mode:04o}); type: chmod 600 {shown}")
        }
        FileAccess::Credential => format!(
            "{shown} is open to everyone (mode {mode:04o}); hand it over with systemd's LoadCredential="
        ),
        FileAccess::Unchanged => {
            format!("{shown} may be changed by others (mode {mode:04o}); type: chmod go-w {shown}")
        }
    })
}

/// All bytes of a file; `None`: it is larger than this. The buffer is allocated once, so that no part of a secret stays
/// behind in freed memory.
fn bounded(file: &File, largest: usize) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut content = Zeroizing::new(vec![0; largest + 1]);
    let (mut file, mut filled) = (file, 0);
    while filled < content.len() {
        match file.read(&mut content[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    if filled > largest {
        return Ok(None);
    }
    content.truncate(filled);
    Ok(Some(content))
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// In a file that only we may read.
    File(PathBuf),
    /// In a variable of the environment.
    Env(String),
    /// In a credential that systemd hands over.
    Credential(String),
}

/// A secret. It can't be formatted, and its memory is wiped when it is dropped.
pub(super) struct Secret(Zeroizing<String>);

impl Secret {
    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

impl SecretSource {
    /// From the text in the configuration: `env:NAME`, `credential:NAME` or the path of a file, relative to the site.
    pub(crate) fn parse(text: &str, site: &Path) -> SecretSource {
        match (text.strip_prefix("env:"), text.strip_prefix("credential:")) {
            (Some(name), _) => SecretSource::Env(name.to_owned()),
            (_, Some(name)) => SecretSource::Credential(name.to_owned()),
            _ => SecretSource::File(site.join(text)),
        }
    }

    pub(super) fn read(&self) -> Result<Secret, Fault> {
        match self {
            SecretSource::File(path) => text(read(path, FileAccess::Secret)?, path),
            SecretSource::Env(name) => match env::var(name) {
                Ok(value) => Ok(Secret(Zeroizing::new(value))),
                Err(_) => Err(Fault::secret(format!(
                    "the environment variable {name} is not set or no text; set it for the service (Environment= or \
                         EnvironmentFile= in its unit), then restart it"
                ))),
            },
            SecretSource::Credential(name) => {
                let Some(folder) = env::var_os("CREDENTIALS_DIRECTORY") else {
                    return Err(Fault::secret(format!(
                        "there are no credentials from systemd; add LoadCredential={name}:/PATH to the service's \
                             unit, then restart it"
                    )));
                };
                let path = Path::new(&folder).join(name);
                text(read(&path, FileAccess::Credential)?, &path)
            }
        }
    }

    /// Whether a passphrase or password can be read. `key` is the configuration's key of the source.
    ///
    /// # Errors
    /// What is missing, or open to others.
    pub(crate) fn look(&self, key: &str) -> Result<(), Fault> {
        self.read_line(key).map(drop)
    }

    /// Reads a passphrase or password, which ends with its line. `key` is the configuration's key of the source: the path of
    /// a missing file is not shown, since it may be the secret itself, typed by mistake.
    pub(super) fn read_line(&self, key: &str) -> Result<Secret, Fault> {
        if let SecretSource::File(path) = self {
            fs::metadata(path).map_err(|e| unseen(key, &e))?;
        }
        let mut secret = self.read()?;
        let length = secret.0.trim_end_matches(['\r', '\n']).len();
        secret.0.truncate(length);
        Ok(secret)
    }
}

fn unseen(key: &str, error: &io::Error) -> Fault {
    let what = match error.kind() {
        ErrorKind::PermissionDenied => format!(
            "the file that {key} names can't be looked at by this user ({}): its folder is another's; let this user in",
            rustix::process::geteuid().as_raw()
        ),
        _ => format!(
            "the file that {key} names is not there; put it there, or correct {key} (never write the secret itself)"
        ),
    };
    Fault::secret(what)
}

fn text(mut content: Zeroizing<Vec<u8>>, path: &Path) -> Result<Secret, Fault> {
    let none = || {
        Fault::secret(format!(
            "{} holds no text; private keys are wanted in OpenSSH's or PEM format",
            path.display()
        ))
    };
    if content.contains(&0) {
        return Err(none());
    }
    match String::from_utf8(std::mem::take(&mut *content)) {
        Ok(text) => Ok(Secret(Zeroizing::new(text))),
        Err(e) => {
            e.into_bytes().zeroize();
            Err(none())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::fault::FaultKind;
    use std::os::unix::fs::PermissionsExt;

    fn written(dir: &Path, content: &[u8]) -> SecretSource {
        let path = dir.join("secret");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        SecretSource::File(path)
    }

    #[test]
    fn references_are_told_apart() {
        let site = Path::new("/site");
        let parse = |text| SecretSource::parse(text, site);
        assert_eq!(parse("env:PW"), SecretSource::Env("PW".into()));
        assert_eq!(
            parse("credential:pw"),
            SecretSource::Credential("pw".into())
        );
        assert_eq!(
            parse("secrets/k"),
            SecretSource::File("/site/secrets/k".into())
        );
        assert_eq!(parse("/etc/k"), SecretSource::File("/etc/k".into()));
    }

    #[test]
    fn a_password_ends_with_its_line_and_a_key_is_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let source = written(dir.path(), b" two words\r\n");
        assert_eq!(source.read_line("key").unwrap().text(), " two words");
        assert_eq!(source.read().unwrap().text(), " two words\r\n");
    }

    #[test]
    fn what_is_missing_or_no_text_is_said_without_the_secret() {
        let dir = tempfile::tempdir().unwrap();
        let missing = SecretSource::Env("FEEDGATE_TEST_UNSET".into());
        let fault = missing.read().map(|_| ()).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Secret);
        assert!(fault.what.contains("FEEDGATE_TEST_UNSET"));
        let typed = SecretSource::parse("hunter/2", dir.path());
        let fault = typed.read_line("the.key").map(|_| ()).unwrap_err();
        assert!(fault.what.contains("the file that the.key names"));
        assert!(!fault.what.contains("hunter"), "{}", fault.what);
        for bad in [&b"hunter\xff2"[..], b"hunter\x002"] {
            let fault = written(dir.path(), bad).read().map(|_| ()).unwrap_err();
            assert_eq!(fault.kind, FaultKind::Secret);
            assert!(!fault.what.contains("hunter"));
        }
    }

    fn refused(path: &Path, access: FileAccess) -> String {
        let fault = read(path, access).map(|_| ()).unwrap_err();
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
            assert!(refused(&path, FileAccess::Secret).contains("type: chmod 600 "));
        }
        for good in [0o600, 0o400] {
            mode(&path, good);
            assert_eq!(**read(&path, FileAccess::Secret).unwrap(), *b"secret");
        }
        mode(&path, 0o440);
        assert!(read(&path, FileAccess::Credential).is_ok());
        mode(&path, 0o644);
        assert!(read(&path, FileAccess::Unchanged).is_ok());
        assert!(refused(&path, FileAccess::Credential).contains("everyone"));
        mode(&path, 0o664);
        assert!(refused(&path, FileAccess::Unchanged).contains("type: chmod go-w "));
    }

    #[test]
    fn only_a_regular_file_of_a_sane_size_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        assert!(refused(&path, FileAccess::Secret).contains("is not there; put it there"));
        let denied = unreadable(&path, &ErrorKind::PermissionDenied.into());
        assert!(denied.contains("type: chown "), "{denied}");
        assert!(!denied.contains("put it there"), "{denied}");
        assert!(refused(dir.path(), FileAccess::Secret).contains("no regular file"));
        let pipe = dir.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        assert!(refused(&pipe, FileAccess::Secret).contains("no regular file"));
        fs::write(&path, vec![b'x'; LARGEST_SECRET]).unwrap();
        mode(&path, 0o600);
        assert_eq!(
            read(&path, FileAccess::Secret).unwrap().len(),
            LARGEST_SECRET
        );
        fs::write(&path, vec![b'x'; LARGEST_SECRET + 1]).unwrap();
        assert!(refused(&path, FileAccess::Secret).contains("larger than 64 KiB"));
        fs::write(&path, vec![b'x'; LARGEST_KNOWN_HOSTS + 1]).unwrap();
        assert!(refused(&path, FileAccess::Unchanged).contains("larger than 1024 KiB"));
    }
}
