//! The host keys that a server offers, for a person who compares them, and how one of them is put on record.

use super::connect;
use super::faults::{self, Phase};
use super::host_patterns::{host_name, is_about, matches};
use super::known_hosts::{KEY_TYPES, KeyVerdict, KnownHosts, fingerprint, key_type};
use super::target::SshTarget;
use crate::transport::fault::{Fault, FaultKind};
use crate::transport::private_file;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

/// A host key that a server offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct OfferedKey {
    pub(crate) algorithm: String,
    /// As OpenSSH shows it: `SHA256:` and base64 without `=`.
    pub(crate) fingerprint: String,
    /// The fingerprints of other keys of its type on record for the server, if it is [`HostKeyStatus::Changed`].
    pub(crate) instead_of: Vec<String>,
    /// Its line for `known_hosts`, without the end of the line.
    #[serde(skip)]
    pub(crate) line: String,
    #[serde(skip)]
    pub(crate) status: HostKeyStatus,
}

/// What is on record about a host key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostKeyStatus {
    OnRecord,
    /// Nothing of its type is on record for the server.
    New,
    /// Another key of its type is on record for the server.
    Changed,
    /// It is marked `@revoked` and can't be put on record.
    Revoked,
}

/// The host keys that a server offers now, with one connection for each type and without signing in. A file of host keys
/// that does not exist yet has nothing on record.
///
/// # Errors
/// The server can't be reached, offers no key at all, or the file of host keys can't be trusted.
pub(crate) fn offered_keys(target: &SshTarget) -> Result<Vec<OfferedKey>, Fault> {
    let text = private_file::read_if_present(&target.known_hosts)?;
    let hosts = KnownHosts::parse(&target.known_hosts, &text.unwrap_or_default())?;
    let keys = hosts.of(target);
    let recorded = keys.types();
    let mut found = Vec::new();
    let mut last = None;
    for asked in KEY_TYPES {
        let session = match connect::agreed(target, &[asked])? {
            Ok(session) => session,
            Err(failure) => {
                last = Some(failure);
                continue;
            }
        };
        let key = connect::host_key(&session);
        // A key of another type was not asked for.
        if key_type(&key) != asked {
            continue;
        }
        let status = match keys.judge(&key) {
            KeyVerdict::Known => HostKeyStatus::OnRecord,
            KeyVerdict::Revoked => HostKeyStatus::Revoked,
            KeyVerdict::Other(_) if recorded.contains(&asked) => HostKeyStatus::Changed,
            KeyVerdict::Other(_) | KeyVerdict::Unknown => HostKeyStatus::New,
        };
        found.push(OfferedKey {
            algorithm: asked.to_owned(),
            fingerprint: fingerprint(&key),
            line: format!(
                "{} {asked} {}",
                host_name(&target.host, target.port),
                STANDARD.encode(&key)
            ),
            instead_of: match status {
                HostKeyStatus::Changed => keys.fingerprints(asked),
                _ => Vec::new(),
            },
            status,
        });
    }
    match (found.is_empty(), last) {
        (true, Some(failure)) => Err(faults::of(target, Phase::Handshake, failure)),
        (true, None) => Err(Fault::protocol(format!(
            "{} offers no host key that we know the type of",
            target.shown()
        ))),
        (false, _) => Ok(found),
    }
}

/// The text of the file of host keys with this key on record for the server in place of others of its type. The caller
/// writes it, as a whole or not at all. A file that does not exist yet is empty.
///
/// # Errors
/// The file can't be trusted, or the key is marked as revoked there.
pub(crate) fn pinned(target: &SshTarget, key: &OfferedKey) -> Result<String, Fault> {
    if key.status == HostKeyStatus::Revoked {
        return Err(Fault::new(
            FaultKind::HostKey,
            format!(
                "{} is marked @revoked in {}; ask the server's owner which key is the right one",
                key.fingerprint,
                target.known_hosts.display()
            ),
        ));
    }
    let text = private_file::read_if_present(&target.known_hosts)?.unwrap_or_default();
    let own = [
        host_name(&target.host, target.port),
        target.host.to_ascii_lowercase(),
    ];
    let mut out = String::new();
    for line in text.lines() {
        if let Some(kept) = without(line, &own, &key.algorithm) {
            out += &kept;
            out.push('\n');
        }
    }
    out += &key.line;
    out.push('\n');
    Ok(out)
}

/// The line without these names, if it pins a key of this type for them; `None`: nothing is left of it.
fn without(line: &str, own: &[String], algorithm: &str) -> Option<String> {
    let mut words = line.split_ascii_whitespace();
    let (Some(field), Some(kind)) = (words.next(), words.next()) else {
        return Some(line.to_owned());
    };
    let about_it = own.iter().any(|name| is_about(field, name));
    if field.starts_with(['#', '@']) || kind != algorithm || !about_it {
        return Some(line.to_owned());
    }
    if field.starts_with('|') {
        return None;
    }
    let others: Vec<&str> = field
        .split(',')
        .filter(|pattern| !own.iter().any(|name| matches(pattern, name)))
        .collect();
    // Exceptions alone name no server.
    let named = others.iter().any(|pattern| !pattern.starts_with('!'));
    let rest = line.trim_ascii_start().strip_prefix(field);
    let rest = rest.expect("a line begins with its first word");
    named.then(|| others.join(",") + rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::ssh::tests::target;
    use std::fs;

    const OLD: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn offered() -> OfferedKey {
        OfferedKey {
            algorithm: "ssh-ed25519".into(),
            fingerprint: "SHA256:new".into(),
            line: "h.example ssh-ed25519 NEW".into(),
            status: HostKeyStatus::Changed,
            instead_of: vec!["SHA256:old".into()],
        }
    }

    #[test]
    fn a_pinned_key_takes_the_place_of_others_of_its_type_and_nobody_elses() {
        let dir = tempfile::tempdir().unwrap();
        let mut target = target();
        (target.host, target.port) = ("h.example".into(), 22);
        target.known_hosts = dir.path().join("known_hosts");
        assert_eq!(
            pinned(&target, &offered()).unwrap(),
            "h.example ssh-ed25519 NEW\n"
        );
        let text = format!(
            "# kept\n\
             h.example ssh-ed25519 {OLD}\n\
             H.example,g.example ssh-ed25519 {OLD} both\n\
             *.example,!g.example ssh-ed25519 {OLD}\n\
             h.example ssh-rsa {OLD}\n\
             @revoked h.example ssh-ed25519 {OLD}\n\
             g.example ssh-ed25519 {OLD}"
        );
        fs::write(&target.known_hosts, text).unwrap();
        assert_eq!(
            pinned(&target, &offered()).unwrap(),
            format!(
                "# kept\n\
                 g.example ssh-ed25519 {OLD} both\n\
                 h.example ssh-rsa {OLD}\n\
                 @revoked h.example ssh-ed25519 {OLD}\n\
                 g.example ssh-ed25519 {OLD}\n\
                 h.example ssh-ed25519 NEW\n"
            )
        );
    }

    #[test]
    fn a_revoked_key_is_never_pinned() {
        let key = OfferedKey {
            status: HostKeyStatus::Revoked,
            ..offered()
        };
        assert_eq!(
            pinned(&target(), &key).unwrap_err().kind,
            FaultKind::HostKey
        );
    }
}
