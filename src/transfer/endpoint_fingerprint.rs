//! Detects that a person changed something that a stopped endpoint depends on.

use crate::config::{Config, Endpoint};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The prefixes of secrets that are not in a file of the site.
const CREDENTIAL: &str = "credential:";
const VARIABLE: &str = "env:";

/// A fingerprint of an endpoint's configuration and of the metadata (never the content) of the files it names.
pub(super) fn fingerprint(config: &Config, endpoint: &Endpoint) -> String {
    let mut text = format!("{endpoint:?}");
    let auth = &endpoint.auth;
    let secrets = [&auth.key, &auth.passphrase, &auth.password];
    let files = secrets
        .into_iter()
        .flatten()
        .filter_map(|s| file(config, s));
    for file in files.chain([config.root.join(&endpoint.host_keys)]) {
        let _ = write!(text, "\n{}", state(&file));
    }
    let digest = Sha256::digest(text.as_bytes());
    digest[..8].iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The file that a secret is in.
fn file(config: &Config, secret: &str) -> Option<PathBuf> {
    if secret.starts_with(VARIABLE) {
        return None;
    }
    match secret.strip_prefix(CREDENTIAL) {
        Some(name) => Some(PathBuf::from(std::env::var_os("CREDENTIALS_DIRECTORY")?).join(name)),
        None => Some(config.root.join(secret)),
    }
}

fn state(file: &Path) -> String {
    match std::fs::metadata(file) {
        Ok(about) => format!(
            "{} {} {} {:o} {}.{}",
            about.ino(),
            about.len(),
            about.uid(),
            about.mode(),
            about.ctime(),
            about.ctime_nsec()
        ),
        Err(_) => "none".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn a_change_of_the_configuration_or_of_a_file_it_names_shows() {
        let folder = tempfile::tempdir().expect("folder");
        let of = |user: &str| {
            let text = format!(
                "[site]\ntimezone = \"UTC\"\n[[plan_year]]\nstart = \"2026-01-01\"\nend = \"2026-12-31\"\n\
                 [endpoint.carrier]\nhost = \"h\"\nuser = \"{user}\"\nauth = {{ password = \"./secret\" }}\n\
                 host_keys = \"known\"\n"
            );
            let path = folder.path().join("feedgate.toml");
            std::fs::write(&path, text).expect("file");
            let config = crate::config::load(&path).expect("configuration");
            fingerprint(&config, &config.endpoints[0])
        };
        let first = of("acme");
        assert_eq!(of("acme"), first);
        assert_ne!(of("other"), first);
        std::fs::write(folder.path().join("known"), "key").expect("file");
        let second = of("acme");
        assert_ne!(second, first);
        std::fs::write(folder.path().join("secret"), "word").expect("file");
        assert_ne!(of("acme"), second);
    }
}
