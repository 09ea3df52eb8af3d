//! Secrets: where they are, and reading them.

use super::private_file::{self, FileAccess};
use crate::transport::fault::Fault;
use std::path::{Path, PathBuf};
use std::{env, fs, io};
use zeroize::{Zeroize, Zeroizing};

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
            SecretSource::File(path) => text(private_file::read(path, FileAccess::Secret)?, path),
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
                text(private_file::read(&path, FileAccess::Credential)?, &path)
            }
        }
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
        io::ErrorKind::PermissionDenied => format!(
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
}
