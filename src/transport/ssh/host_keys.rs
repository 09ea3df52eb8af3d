//! Host keys on record, in OpenSSH's `known_hosts` format. There is no way around them.

use super::super::{Fault, FaultKind};
use super::own_file::{self, Kept};
use super::{SshTarget, base64, names};
use sha2::{Digest, Sha256};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Types of host keys, in the order in which they are asked for.
pub(super) const KINDS: [&str; 5] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
];

/// The file of host keys.
pub(super) struct KnownHosts {
    path: PathBuf,
    entries: Vec<Entry>,
}

/// A line of it that can be used.
pub(super) struct Entry {
    marker: Marker,
    /// The names it speaks of, as written.
    names: String,
    kind: String,
    key: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Marker {
    None,
    Revoked,
    /// Signs the keys of other servers; we know no certificates.
    Authority,
}

/// What is on record about one server.
pub(super) struct Record<'a> {
    path: &'a Path,
    entries: Vec<&'a Entry>,
}

/// What the record says of a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is on record.
    Known,
    /// No key is on record.
    Unknown,
    /// Others are on record: their fingerprints.
    Other(Vec<String>),
    /// It is marked as not to be trusted.
    Revoked,
}

impl KnownHosts {
    /// Reads the file of host keys for a server; others may not be able to change it.
    pub(super) fn read(target: &SshTarget) -> Result<KnownHosts, Fault> {
        let path = target.known_hosts.as_path();
        let absent = path
            .symlink_metadata()
            .is_err_and(|e| e.kind() == ErrorKind::NotFound);
        if absent {
            let what = format!(
                "no host key of {} is on record yet; compare its fingerprint with what its owner tells you: \
                 type: feedgate trust {}",
                target.shown(),
                target.endpoint
            );
            return Err(Fault::new(FaultKind::HostKey, what));
        }
        let content = own_file::read(path, Kept::Unchanged)?;
        KnownHosts::parse(path, &String::from_utf8_lossy(&content))
    }

    pub(super) fn parse(path: &Path, text: &str) -> Result<KnownHosts, Fault> {
        let mut entries = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            match entry(line) {
                Some(entry) => entries.push(entry),
                // A revocation that is passed over would let a bad key in.
                None if line.trim_start().starts_with('@') => {
                    return Err(Fault::new(
                        FaultKind::Secret,
                        format!(
                            "line {number} of {} is not understood; write \"@revoked NAMES TYPE KEY\" or take it out",
                            path.display()
                        ),
                    ));
                }
                None => {}
            }
        }
        Ok(KnownHosts {
            path: path.to_owned(),
            entries,
        })
    }

    /// What is on record about a server: lines that name its port too, or else those that name the server alone.
    pub(super) fn of(&self, target: &SshTarget) -> Record<'_> {
        let with_port = names::name(&target.host, target.port);
        let alone = target.host.to_ascii_lowercase();
        let speaking = |name: &str| -> Vec<&Entry> {
            let speaks = |e: &&Entry| names::speaks_of(&e.names, name);
            self.entries.iter().filter(speaks).collect()
        };
        let mut entries = speaking(&with_port);
        if with_port != alone {
            let pinned = entries.iter().any(|e| e.marker == Marker::None);
            let others = speaking(&alone).into_iter();
            entries.extend(others.filter(|e| !pinned || e.marker == Marker::Revoked));
        }
        Record {
            path: &self.path,
            entries,
        }
    }
}

impl Record<'_> {
    fn pinned(&self) -> impl Iterator<Item = &Entry> {
        let pinned = |e: &&&Entry| e.marker == Marker::None;
        self.entries.iter().filter(pinned).copied()
    }

    /// The types of the keys on record, in the order of [`KINDS`].
    pub(super) fn kinds(&self) -> Vec<&'static str> {
        let on_record = |kind: &&str| self.pinned().any(|e| e.kind == *kind);
        KINDS.into_iter().filter(on_record).collect()
    }

    /// The fingerprints of the keys of a type on record.
    pub(super) fn fingerprints(&self, kind: &str) -> Vec<String> {
        let of_it = self.pinned().filter(|e| e.kind == kind);
        of_it.map(|e| fingerprint(&e.key)).collect()
    }

    pub(super) fn judge(&self, key: &[u8]) -> Verdict {
        let revoked = |e: &&Entry| e.marker == Marker::Revoked && e.key == key;
        if self.entries.iter().copied().any(|e| revoked(&e)) {
            return Verdict::Revoked;
        }
        if self.pinned().any(|e| e.key == key) {
            return Verdict::Known;
        }
        let others: Vec<String> = self.pinned().map(|e| fingerprint(&e.key)).collect();
        match others.is_empty() {
            true => Verdict::Unknown,
            false => Verdict::Other(others),
        }
    }

    /// Nothing, or why the server with this key is not the one we mean.
    pub(super) fn verify(&self, target: &SshTarget, key: &[u8]) -> Result<(), Fault> {
        let server = target.shown();
        let offered = format!("{} {}", kind(key), fingerprint(key));
        let trust = format!("feedgate trust {}", target.endpoint);
        let what = match self.judge(key) {
            Verdict::Known => return Ok(()),
            Verdict::Unknown => {
                let authority = self.entries.iter().any(|e| e.marker == Marker::Authority);
                let but = match authority {
                    true => " (lines with @cert-authority are not used)",
                    false => "",
                };
                format!(
                    "the server {server} offers a host key that is not on record: {offered}{but}; \
                     compare it with what its owner tells you, then type: {trust}"
                )
            }
            Verdict::Other(recorded) => format!(
                "the host key of {server} is not the one on record: it offers {offered}, on record is {}; \
                 somebody may stand in between: do nothing until the server's owner confirms the new key, \
                 then type: {trust}",
                recorded.join(" and ")
            ),
            Verdict::Revoked => format!(
                "the server {server} offers a host key that is marked @revoked in {}: {offered}; \
                 ask its owner which key is the right one",
                self.path.display()
            ),
        };
        Err(Fault::new(FaultKind::HostKey, what))
    }
}

/// What a line says: `[@MARKER] NAMES TYPE KEY [COMMENT]`; `None`: nothing that can be used.
fn entry(line: &str) -> Option<Entry> {
    let mut words = line.split_ascii_whitespace().peekable();
    let marker = match words.peek()? {
        &"@revoked" => Marker::Revoked,
        &"@cert-authority" => Marker::Authority,
        other if other.starts_with(['#', '@']) => return None,
        _ => Marker::None,
    };
    if marker != Marker::None {
        words.next();
    }
    let (names, kind, key) = (words.next()?, words.next()?, words.next()?);
    let key = base64::bytes(key)?;
    // A key says its type itself; a line that says another is not to be believed.
    (self::kind(&key) == kind).then(|| Entry {
        marker,
        names: names.to_owned(),
        kind: kind.to_owned(),
        key,
    })
}

/// The fingerprint of a key, as OpenSSH shows it.
pub(super) fn fingerprint(key: &[u8]) -> String {
    format!("SHA256:{}", base64::unpadded(&Sha256::digest(key)))
}

/// The type that a key says it is; `"unknown"` for all that can't be a type's name.
pub(super) fn kind(key: &[u8]) -> &str {
    let name = || {
        let (length, rest) = key.split_first_chunk::<4>()?;
        let name = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        let name = std::str::from_utf8(name).ok()?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-@.".contains(&b);
        (!name.is_empty() && name.len() <= 64 && name.bytes().all(plain)).then_some(name)
    };
    name().unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::ssh::tests::target;

    fn key(kind: &str, fill: u8) -> Vec<u8> {
        let length = u32::try_from(kind.len()).unwrap().to_be_bytes();
        [&length[..], kind.as_bytes(), &[0, 0, 0, 32], &[fill; 32]].concat()
    }

    fn line(names: &str, kind: &str, fill: u8) -> String {
        format!(
            "{names} {kind} {} comment\n",
            base64::padded(&key(kind, fill))
        )
    }

    fn parsed(text: &str) -> KnownHosts {
        KnownHosts::parse(Path::new("known_hosts"), text)
            .map_err(|f| f.what)
            .unwrap()
    }

    #[test]
    fn a_key_is_known_unknown_another_or_revoked() {
        let mut target = target();
        (target.host, target.port) = ("H.example".into(), 22);
        let ed = "ssh-ed25519";
        let text = format!(
            "# comment\n\n{}{}{}",
            line("g.example,h.example", ed, 1),
            line("other.example", ed, 2),
            line("@revoked *", ed, 3),
        );
        let hosts = parsed(&text);
        let record = hosts.of(&target);
        assert_eq!(record.judge(&key(ed, 1)), Verdict::Known);
        assert_eq!(record.judge(&key(ed, 3)), Verdict::Revoked);
        let recorded = vec![fingerprint(&key(ed, 1))];
        assert_eq!(record.judge(&key(ed, 2)), Verdict::Other(recorded));
        target.host = "unheard.example".into();
        assert_eq!(hosts.of(&target).judge(&key(ed, 1)), Verdict::Unknown);
        assert_eq!(hosts.of(&target).kinds(), [""; 0]);
    }

    #[test]
    fn a_revoked_key_stays_so_where_it_is_pinned_too_and_for_every_port() {
        let mut target = target();
        (target.host, target.port) = ("h.example".into(), 2222);
        let ed = "ssh-ed25519";
        let text = line("[h.example]:2222", ed, 1) + &line("@revoked h.example", ed, 1);
        assert_eq!(
            parsed(&text).of(&target).judge(&key(ed, 1)),
            Verdict::Revoked
        );
    }

    #[test]
    fn the_line_with_the_port_counts_more_than_the_one_without() {
        let mut target = target();
        (target.host, target.port) = ("h.example".into(), 2222);
        let ed = "ssh-ed25519";
        let alone = line("h.example", ed, 1);
        assert_eq!(
            parsed(&alone).of(&target).judge(&key(ed, 1)),
            Verdict::Known
        );
        let both = alone + &line("[h.example]:2222", ed, 2);
        let hosts = parsed(&both);
        assert_ne!(hosts.of(&target).judge(&key(ed, 1)), Verdict::Known);
        assert_eq!(hosts.of(&target).judge(&key(ed, 2)), Verdict::Known);
    }

    #[test]
    fn only_types_on_record_are_asked_for() {
        let mut target = target();
        (target.host, target.port) = ("h.example".into(), 22);
        let text = line("h.example", "ssh-rsa", 1)
            + &line("h.example", "ssh-ed25519", 1)
            + &line("@revoked h.example", "ecdsa-sha2-nistp256", 1)
            + &line("@cert-authority h.example", "ecdsa-sha2-nistp384", 1);
        assert_eq!(
            parsed(&text).of(&target).kinds(),
            ["ssh-ed25519", "ssh-rsa"]
        );
    }

    #[test]
    fn lines_that_lie_or_are_broken_say_nothing_and_a_broken_revocation_is_refused() {
        let lying = format!(
            "h.example ssh-rsa {}\nh.example ssh-rsa !\nh.example\n",
            base64::padded(&key("ssh-ed25519", 1))
        );
        assert!(parsed(&lying).entries.is_empty());
        for bad in [
            "@revoked h.example ssh-rsa",
            "@revokd h.example ssh-rsa AAAA",
        ] {
            let fault = KnownHosts::parse(Path::new("known_hosts"), &format!("\n{bad}\n"))
                .map(|_| ())
                .unwrap_err();
            assert_eq!(fault.kind, FaultKind::Secret);
            assert!(
                fault.what.contains("line 2 of known_hosts"),
                "{}",
                fault.what
            );
        }
    }

    #[test]
    fn fingerprints_are_those_of_openssh_and_types_are_plain() {
        // As `ssh-keygen -l` shows it.
        assert_eq!(
            fingerprint(&key("ssh-ed25519", 0)),
            "SHA256:kmYcvdi2GkPeWxB6XLjrZB8JHsy2Hm8luHMFp9GMvqk"
        );
        for odd in [
            &b""[..],
            b"\0\0\0\x09abc",
            b"\xff\xff\xff\xffabc",
            b"\0\0\0\x04a\x1b[2",
        ] {
            assert_eq!(kind(odd), "unknown");
        }
    }
}
