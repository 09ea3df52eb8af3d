//! Host keys on record, in OpenSSH's `known_hosts` format. No server is used whose key is not among them.

use super::host_patterns::{host_name, is_about};
use super::target::SshTarget;
use crate::transport::fault::{Fault, FaultKind};
use crate::transport::private_file;
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// Accepts keys whose unused last bits are not zero; padding is removed before.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// Types of host keys, in the order in which they are asked for.
pub(super) const KEY_TYPES: [&str; 5] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
];

pub(super) struct KnownHosts {
    path: PathBuf,
    lines: Vec<KnownHostsLine>,
}

pub(super) struct KnownHostsLine {
    marker: Marker,
    /// The servers that it is about, as written.
    names: String,
    key_type: String,
    key: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Marker {
    None,
    Revoked,
    /// Signs the keys of other servers; we support no certificates.
    Authority,
}

/// The lines about one server.
pub(super) struct ServerKeys<'a> {
    path: &'a Path,
    lines: Vec<&'a KnownHostsLine>,
}

/// What the lines about a server say of a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum KeyVerdict {
    Known,
    /// No key is on record.
    Unknown,
    /// Other keys are on record: their fingerprints.
    Other(Vec<String>),
    Revoked,
}

impl KnownHosts {
    /// Reads the file of host keys for a server, which others must not be able to change.
    pub(super) fn read(target: &SshTarget) -> Result<KnownHosts, Fault> {
        let path = target.known_hosts.as_path();
        let Some(text) = private_file::read_if_present(path)? else {
            let what = format!(
                "no host key of {} is on record yet; compare its fingerprint with what its owner tells you: \
                 type: feedgate trust {}",
                target.shown(),
                target.endpoint
            );
            return Err(Fault::new(FaultKind::HostKey, what));
        };
        KnownHosts::parse(path, &text)
    }

    pub(super) fn parse(path: &Path, text: &str) -> Result<KnownHosts, Fault> {
        let mut lines = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            match parsed(line) {
                Some(line) => lines.push(line),
                // A revocation that is skipped would let a bad key in.
                None if line.trim_start().starts_with('@') => {
                    return Err(Fault::secret(format!(
                        "line {number} of {} is not understood; write \"@revoked NAMES TYPE KEY\" or take it out",
                        path.display()
                    )));
                }
                None => {}
            }
        }
        Ok(KnownHosts {
            path: path.to_owned(),
            lines,
        })
    }

    /// The lines about a server: those that name its port too, or else those that name only the server.
    pub(super) fn of(&self, target: &SshTarget) -> ServerKeys<'_> {
        let with_port = host_name(&target.host, target.port);
        let alone = target.host.to_ascii_lowercase();
        let about = |name: &str| -> Vec<&KnownHostsLine> {
            let lines = self.lines.iter();
            lines.filter(|l| is_about(&l.names, name)).collect()
        };
        let mut lines = about(&with_port);
        if with_port != alone {
            let pinned = lines.iter().any(|l| l.marker == Marker::None);
            let others = about(&alone).into_iter();
            lines.extend(others.filter(|l| !pinned || l.marker == Marker::Revoked));
        }
        ServerKeys {
            path: &self.path,
            lines,
        }
    }
}

impl ServerKeys<'_> {
    fn pinned(&self) -> impl Iterator<Item = &KnownHostsLine> {
        let lines = self.lines.iter().copied();
        lines.filter(|l| l.marker == Marker::None)
    }

    /// The types of the keys on record, in the order of [`KEY_TYPES`].
    pub(super) fn types(&self) -> Vec<&'static str> {
        let on_record = |key_type: &&str| self.pinned().any(|l| l.key_type == *key_type);
        KEY_TYPES.into_iter().filter(on_record).collect()
    }

    /// The fingerprints of the keys of a type on record.
    pub(super) fn fingerprints(&self, key_type: &str) -> Vec<String> {
        let of_type = self.pinned().filter(|l| l.key_type == key_type);
        of_type.map(|l| fingerprint(&l.key)).collect()
    }

    pub(super) fn judge(&self, key: &[u8]) -> KeyVerdict {
        let revoked = |l: &&KnownHostsLine| l.marker == Marker::Revoked && l.key == key;
        if self.lines.iter().any(revoked) {
            return KeyVerdict::Revoked;
        }
        if self.pinned().any(|l| l.key == key) {
            return KeyVerdict::Known;
        }
        let others: Vec<String> = self.pinned().map(|l| fingerprint(&l.key)).collect();
        match others.is_empty() {
            true => KeyVerdict::Unknown,
            false => KeyVerdict::Other(others),
        }
    }

    /// A fault unless the key is on record for the server.
    pub(super) fn verify(&self, target: &SshTarget, key: &[u8]) -> Result<(), Fault> {
        let server = target.shown();
        let offered = format!("{} {}", key_type(key), fingerprint(key));
        let trust = format!("feedgate trust {}", target.endpoint);
        let what = match self.judge(key) {
            KeyVerdict::Known => return Ok(()),
            KeyVerdict::Unknown => {
                let authority = self.lines.iter().any(|l| l.marker == Marker::Authority);
                let but = match authority {
                    true => " (lines with @cert-authority are not used)",
                    false => "",
                };
                format!(
                    "the server {server} offers a host key that is not on record: {offered}{but}; \
                     compare it with what its owner tells you, then type: {trust}"
                )
            }
            KeyVerdict::Other(recorded) => format!(
                "the host key of {server} is not the one on record: it offers {offered}, on record is {}; \
                 somebody may stand in between: do nothing until the server's owner confirms the new key, \
                 then type: {trust}",
                recorded.join(" and ")
            ),
            KeyVerdict::Revoked => format!(
                "the server {server} offers a host key that is marked @revoked in {}: {offered}; \
                 ask its owner which key is the right one",
                self.path.display()
            ),
        };
        Err(Fault::new(FaultKind::HostKey, what))
    }
}

/// A line of the form `[@MARKER] NAMES TYPE KEY [COMMENT]`; `None`: it can't be used.
fn parsed(line: &str) -> Option<KnownHostsLine> {
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
    let (names, stated_type, key) = (words.next()?, words.next()?, words.next()?);
    let key = decoded(key)?;
    // A key states its type itself; a line that states another can't be trusted.
    (key_type(&key) == stated_type).then(|| KnownHostsLine {
        marker,
        names: names.to_owned(),
        key_type: stated_type.to_owned(),
        key,
    })
}

/// The bytes of a key, with or without `=` at the end of its text.
fn decoded(key: &str) -> Option<Vec<u8>> {
    BASE64.decode(key.trim_end_matches('=')).ok()
}

/// The fingerprint of a key, as OpenSSH shows it.
pub(super) fn fingerprint(key: &[u8]) -> String {
    format!("SHA256:{}", BASE64.encode(Sha256::digest(key)))
}

/// The type that a key states; `"unknown"` for anything that can't be a type's name.
pub(super) fn key_type(key: &[u8]) -> &str {
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
    use base64::engine::general_purpose::STANDARD;

    fn key(kind: &str, fill: u8) -> Vec<u8> {
        let length = u32::try_from(kind.len()).unwrap().to_be_bytes();
        [&length[..], kind.as_bytes(), &[0, 0, 0, 32], &[fill; 32]].concat()
    }

    fn line(names: &str, kind: &str, fill: u8) -> String {
        format!(
            "{names} {kind} {} comment\n",
            STANDARD.encode(key(kind, fill))
        )
    }

    fn known(text: &str) -> KnownHosts {
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
        let hosts = known(&text);
        let record = hosts.of(&target);
        assert_eq!(record.judge(&key(ed, 1)), KeyVerdict::Known);
        assert_eq!(record.judge(&key(ed, 3)), KeyVerdict::Revoked);
        let recorded = vec![fingerprint(&key(ed, 1))];
        assert_eq!(record.judge(&key(ed, 2)), KeyVerdict::Other(recorded));
        target.host = "unheard.example".into();
        assert_eq!(hosts.of(&target).judge(&key(ed, 1)), KeyVerdict::Unknown);
        assert_eq!(hosts.of(&target).types(), [""; 0]);
    }

    #[test]
    fn a_revoked_key_stays_so_where_it_is_pinned_too_and_for_every_port() {
        let mut target = target();
        (target.host, target.port) = ("h.example".into(), 2222);
        let ed = "ssh-ed25519";
        let text = line("[h.example]:2222", ed, 1) + &line("@revoked h.example", ed, 1);
        assert_eq!(
            known(&text).of(&target).judge(&key(ed, 1)),
            KeyVerdict::Revoked
        );
    }

    #[test]
    fn the_line_with_the_port_counts_more_than_the_one_without() {
        let mut target = target();
        (target.host, target.port) = ("h.example".into(), 2222);
        let ed = "ssh-ed25519";
        let alone = line("h.example", ed, 1);
        assert_eq!(
            known(&alone).of(&target).judge(&key(ed, 1)),
            KeyVerdict::Known
        );
        let both = alone + &line("[h.example]:2222", ed, 2);
        let hosts = known(&both);
        assert_ne!(hosts.of(&target).judge(&key(ed, 1)), KeyVerdict::Known);
        assert_eq!(hosts.of(&target).judge(&key(ed, 2)), KeyVerdict::Known);
    }

    #[test]
    fn only_types_on_record_are_asked_for() {
        let mut target = target();
        (target.host, target.port) = ("h.example".into(), 22);
        let text = line("h.example", "ssh-rsa", 1)
            + &line("h.example", "ssh-ed25519", 1)
            + &line("@revoked h.example", "ecdsa-sha2-nistp256", 1)
            + &line("@cert-authority h.example", "ecdsa-sha2-nistp384", 1);
        assert_eq!(known(&text).of(&target).types(), ["ssh-ed25519", "ssh-rsa"]);
    }

    #[test]
    fn lines_that_lie_or_are_broken_say_nothing_and_a_broken_revocation_is_refused() {
        let lying = format!(
            "h.example ssh-rsa {}\nh.example ssh-rsa !\nh.example\n",
            STANDARD.encode(key("ssh-ed25519", 1))
        );
        assert!(known(&lying).lines.is_empty());
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
    fn keys_are_read_with_or_without_padding_and_broken_ones_are_refused() {
        for text in ["Zm8", "Zm8=", "Zm8==", "Zm9="] {
            assert_eq!(decoded(text).as_deref(), Some(&b"fo"[..]), "{text}");
        }
        for text in ["A", "AAAAA", "Zm9v!", "Zm 9v", "Zg==Zg"] {
            assert_eq!(decoded(text), None, "{text}");
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
            assert_eq!(key_type(odd), "unknown");
        }
    }
}
