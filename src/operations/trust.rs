//! Host keys: which ones an endpoint's server offers, and putting one of them on record.

use super::error::{OperationError, Result};
use crate::config::Endpoint;
use crate::domain::masking::shown;
use crate::ledger::{Event, EventAction};
use crate::site::Site;
use crate::spool::Disk;
use crate::transfer::target;
use crate::transport::{HostKeyStatus, OfferedKey, SshTarget, offered_keys, pinned};
use serde::Serialize;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// The mode of a folder made for secrets.
const PRIVATE: u32 = 0o700;

/// The host keys that an endpoint's server offers.
#[derive(Debug, Serialize)]
pub(crate) struct HostKeys {
    pub(crate) endpoint: String,
    pub(crate) keys: Vec<HostKey>,
    /// Whether one of them is on record.
    pub(crate) trusted: bool,
    /// The server's host name and port.
    #[serde(skip)]
    pub(crate) server: (String, u16),
    #[serde(skip)]
    target: SshTarget,
}

/// A host key that a server offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct HostKey {
    #[serde(flatten)]
    pub(crate) offered: OfferedKey,
    pub(crate) standing: KeyStanding,
}

/// What is on record about a host key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KeyStanding {
    /// It was put on record just now.
    Pinned,
    /// It is on record.
    #[serde(rename = "on record")]
    OnRecord,
    /// Nothing of its type is on record for the server.
    New,
    /// Another key of its type is on record for the server.
    Changed,
    /// It is marked as revoked and can't be put on record.
    Revoked,
}

/// Reads a fingerprint as people paste it.
///
/// # Errors
/// There is none in the text; it is never repeated in the message.
pub(crate) fn read_fingerprint(text: &str) -> Result<String> {
    given(text).map_err(OperationError::usage)
}

/// Asks an endpoint's server for its host keys. Nothing is put on record.
///
/// # Errors
/// The server can't be reached, or the file of host keys can't be trusted.
pub(crate) fn host_keys(site: &Site, endpoint: &Endpoint) -> Result<HostKeys> {
    let target = target(&site.config, endpoint, &Arc::default());
    let offered = offered_keys(&target).map_err(OperationError::failed)?;
    let keys: Vec<HostKey> = offered.into_iter().map(HostKey::from).collect();
    Ok(HostKeys {
        endpoint: endpoint.name.clone(),
        trusted: keys.iter().any(|k| k.standing == KeyStanding::OnRecord),
        keys,
        server: (target.host.clone(), target.port),
        target,
    })
}

impl HostKeys {
    /// The file that records host keys, as it may be shown.
    pub(crate) fn known_hosts(&self) -> String {
        shown(&self.target.known_hosts)
    }

    /// Puts the key with this fingerprint on record, and writes the event. A key that is on record stays there.
    ///
    /// # Errors
    /// The server does not offer it, it is revoked, or the file of host keys or the ledger can't be written.
    pub(crate) fn trust(&mut self, site: &Site, fingerprint: &str) -> Result<()> {
        let mut keys = self.keys.iter_mut();
        let found = keys.find(|k| k.offered.fingerprint == fingerprint);
        let key = found.ok_or_else(|| {
            OperationError::usage(format!(
                "the server offers no key with the fingerprint {fingerprint}; nothing was put on record. If its owner \
                 gave you this one, you are not talking to their server"
            ))
        })?;
        if key.standing != KeyStanding::OnRecord {
            put_on_record(site, &self.target, &key.offered)?;
            key.standing = KeyStanding::Pinned;
        }
        self.trusted = true;
        Ok(())
    }
}

impl From<OfferedKey> for HostKey {
    fn from(offered: OfferedKey) -> HostKey {
        HostKey {
            standing: match offered.status {
                HostKeyStatus::OnRecord => KeyStanding::OnRecord,
                HostKeyStatus::New => KeyStanding::New,
                HostKeyStatus::Changed => KeyStanding::Changed,
                HostKeyStatus::Revoked => KeyStanding::Revoked,
            },
            offered,
        }
    }
}

fn put_on_record(site: &Site, target: &SshTarget, key: &OfferedKey) -> Result<()> {
    let text = pinned(target, key).map_err(OperationError::failed)?;
    let file = &target.known_hosts;
    write(file, text.as_bytes())
        .map_err(|e| OperationError::failed(format_args!("can't write {}: {e}", shown(file))))?;
    site.ledger()?.record_event(&Event {
        at: site.now(),
        user: site.user().to_owned(),
        action: EventAction::Trust,
        subject: target.endpoint.clone(),
        why: Some(format!("{} {}", key.algorithm, key.fingerprint)),
    })?;
    // An endpoint that stopped for its host key continues.
    site.coordination().wake();
    Ok(())
}

/// Writes the file as a whole or not at all.
fn write(file: &Path, text: &[u8]) -> io::Result<()> {
    let disk = Disk::new();
    let folder = file.parent().unwrap_or(Path::new("."));
    disk.make_folder(folder, PRIVATE)?;
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = file.with_file_name(name);
    let mut part = disk.create_file(&new)?;
    part.write_all(text)?;
    disk.sync_file(&part)?;
    disk.rename_over(&new, file)?;
    disk.sync_folder(folder)
}

/// What a fingerprint begins with.
const KIND: &str = "SHA256:";
/// The characters after that: 32 bytes in base64 without `=`.
const LENGTH: usize = 43;

/// The fingerprint `SHA256:…` in what was given: with or without its beginning, or a whole line of `ssh-keygen -l`.
///
/// # Errors
/// There is none in it; the sentence says what one looks like, and never repeats what was given.
fn given(text: &str) -> std::result::Result<String, &'static str> {
    let words = || text.split_ascii_whitespace();
    let whole = words().find_map(|word| digest(word.strip_prefix(KIND)?));
    let alone = || digest(text.trim());
    if let Some(digest) = whole.or_else(alone) {
        return Ok(format!("{KIND}{digest}"));
    }
    Err(match words().any(is_md5) {
        true => {
            "that is an MD5 fingerprint, which proves nothing any more; ask the server's owner for the one that begins \
             with SHA256: (ssh-keygen -l -E sha256)"
        }
        false => {
            "that is no fingerprint of a host key; one looks like SHA256: and 43 characters, as ssh-keygen -l shows it"
        }
    })
}

fn digest(text: &str) -> Option<&str> {
    let digest = text.trim_end_matches('=');
    let base64 = |b: u8| b.is_ascii_alphanumeric() || b"+/".contains(&b);
    (digest.len() == LENGTH && digest.bytes().all(base64)).then_some(digest)
}

/// Sixteen pairs of digits with colons between them.
fn is_md5(word: &str) -> bool {
    let pairs = word.strip_prefix("MD5:").unwrap_or(word).split(':');
    let pair = |p: &str| p.len() == 2 && p.bytes().all(|b| b.is_ascii_hexdigit());
    pairs.clone().count() == 16 && pairs.clone().all(pair)
}

#[cfg(test)]
mod tests {
    use super::given;

    #[test]
    fn every_spelling_of_a_fingerprint_is_taken() {
        let digest = "kmYcvdi2GkPeWxB6XLjrZB8JHsy2Hm8luHMFp9GMvqk";
        let whole = format!("SHA256:{digest}");
        for text in [
            digest.to_owned(),
            whole.clone(),
            format!("{whole}="),
            format!(" {whole}\n"),
            format!("256 {whole} me@there (ED25519)"),
        ] {
            assert_eq!(given(&text).as_ref(), Ok(&whole), "{text}");
        }
    }

    #[test]
    fn what_is_none_is_said_to_be_none() {
        let md5 = "2048 MD5:aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99 x (RSA)";
        assert!(given(md5).expect_err("MD5").contains("MD5"));
        assert!(given("SHA256:wrong").expect_err("short").contains("43"));
        assert!(given("").is_err());
    }
}
