//! The host keys that a server offers, and how one is put on record: for a person who compares them.

use super::super::{Fault, FaultKind};
use super::host_keys::{KINDS, KnownHosts, Verdict, fingerprint, kind};
use super::own_file::{self, Kept};
use super::{SshTarget, base64, connect, names};
use std::path::Path;

/// A host key that a server offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OfferedKey {
    /// Its type, such as `ssh-ed25519`.
    pub algorithm: String,
    /// Its fingerprint as OpenSSH shows it: `SHA256:` and base64 without `=`.
    pub fingerprint: String,
    /// Its line for `known_hosts`, without the end of the line.
    pub line: String,
    /// What is on record about it.
    pub status: HostKeyStatus,
    /// The fingerprints of other keys of its type on record for the server, if its status is [`HostKeyStatus::Changed`].
    pub instead_of: Vec<String>,
}

/// What is on record about a host key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostKeyStatus {
    /// It is on record.
    OnRecord,
    /// Nothing of its type is on record for the server.
    New,
    /// Another key of its type is on record for the server.
    Changed,
    /// It is marked `@revoked`; it is not to be put on record.
    Revoked,
}

/// The host keys that a server offers now, one connection for each type; nobody signs in. A file of host keys that
/// does not exist yet has nothing on record.
///
/// # Errors
/// The server can't be reached, offers no key at all, or the file of host keys is not to be trusted.
pub(crate) fn offered_keys(target: &SshTarget) -> Result<Vec<OfferedKey>, Fault> {
    let hosts = on_record(&target.known_hosts)?;
    let record = hosts.of(target);
    let recorded = record.kinds();
    let mut found = Vec::new();
    let mut last = None;
    for asked in KINDS {
        let link = match connect::agreed(target, &[asked])? {
            Ok(link) => link,
            Err(halt) => {
                last = Some(halt);
                continue;
            }
        };
        let key = connect::host_key(&link);
        // Whatever a server sends instead is none of what was asked for.
        if kind(&key) != asked {
            continue;
        }
        let standing = match record.judge(&key) {
            Verdict::Known => HostKeyStatus::OnRecord,
            Verdict::Revoked => HostKeyStatus::Revoked,
            Verdict::Other(_) if recorded.contains(&asked) => HostKeyStatus::Changed,
            Verdict::Other(_) | Verdict::Unknown => HostKeyStatus::New,
        };
        found.push(OfferedKey {
            algorithm: asked.to_owned(),
            fingerprint: fingerprint(&key),
            line: format!(
                "{} {asked} {}",
                names::name(&target.host, target.port),
                base64::padded(&key)
            ),
            instead_of: match standing {
                HostKeyStatus::Changed => record.fingerprints(asked),
                _ => Vec::new(),
            },
            status: standing,
        });
    }
    match (found.is_empty(), last) {
        (true, Some(halt)) => Err(super::faults::of(
            target,
            super::faults::Doing::Handshake,
            halt,
        )),
        (true, None) => Err(Fault::new(
            FaultKind::Protocol,
            format!(
                "{} offers no host key that we know the type of",
                target.shown()
            ),
        )),
        (false, _) => Ok(found),
    }
}

/// The text of the file of host keys with this key on record for the server, instead of others of its type. The caller
/// writes it, as a whole or not at all. A file that does not exist yet is empty.
///
/// # Errors
/// The file is not to be trusted, or the key is marked as revoked there.
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
    let text = content(&target.known_hosts)?;
    let own = [
        names::name(&target.host, target.port),
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

/// The line without these names if it pins a key of this type for them; `None`: nothing is left of it.
fn without(line: &str, own: &[String], algorithm: &str) -> Option<String> {
    let mut words = line.split_ascii_whitespace();
    let (Some(field), Some(kind)) = (words.next(), words.next()) else {
        return Some(line.to_owned());
    };
    let speaks = own.iter().any(|name| names::speaks_of(field, name));
    if field.starts_with(['#', '@']) || kind != algorithm || !speaks {
        return Some(line.to_owned());
    }
    if field.starts_with('|') {
        return None;
    }
    let others: Vec<&str> = field
        .split(',')
        .filter(|pattern| !own.iter().any(|name| names::fits(pattern, name)))
        .collect();
    // Exceptions alone name nobody.
    let named = others.iter().any(|pattern| !pattern.starts_with('!'));
    let rest = line.trim_start().strip_prefix(field).unwrap_or_default();
    named.then(|| others.join(",") + rest)
}

fn on_record(path: &Path) -> Result<KnownHosts, Fault> {
    KnownHosts::parse(path, &content(path)?)
}

/// The text of the file; nothing if there is no such file.
fn content(path: &Path) -> Result<String, Fault> {
    match path.symlink_metadata() {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        _ => {
            let content = own_file::read(path, Kept::Unchanged)?;
            Ok(String::from_utf8_lossy(&content).into_owned())
        }
    }
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
