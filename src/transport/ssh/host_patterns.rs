//! Which servers a line of `known_hosts` is about.

use ssh2::{CheckResult, KnownHostFileKind, Session};

/// The port that names leave out.
const DEFAULT_PORT: u16 = 22;
/// Any well-formed key: the library, which can read hashed names, wants a whole line.
const ANY_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The server's name as `known_hosts` writes it.
pub(super) fn host_name(host: &str, port: u16) -> String {
    let host = host.to_ascii_lowercase();
    match port {
        DEFAULT_PORT => host,
        _ => format!("[{host}]:{port}"),
    }
}

/// Whether a line's first field (patterns separated by commas, or one hashed name) is about the server of this name.
pub(super) fn is_about(field: &str, name: &str) -> bool {
    if field.starts_with("|1|") {
        return is_hash_of(field, name);
    }
    let mut found = false;
    for pattern in field.split(',') {
        match pattern.strip_prefix('!') {
            Some(not) if matches(not, name) => return false,
            Some(_) => {}
            None => found |= matches(pattern, name),
        }
    }
    found
}

/// Whether a pattern with `*` and `?` matches a name in lower case.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut in_name) = (0, 0);
    // Where to continue when what follows the last `*` doesn't match.
    let mut retry = None;
    while in_name < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                retry = Some((at, in_name));
                at += 1;
            }
            Some(c) if *c == b'?' || *c == name[in_name] => {
                at += 1;
                in_name += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    at = star + 1;
                    in_name = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|c| *c == b'*')
}

fn is_hash_of(field: &str, name: &str) -> bool {
    let answer = || -> Result<CheckResult, ssh2::Error> {
        let mut hosts = Session::new()?.known_hosts()?;
        hosts.read_str(&format!("{field} {ANY_KEY}"), KnownHostFileKind::OpenSSH)?;
        Ok(hosts.check(name, b"another key"))
    };
    // The key never matches.
    matches!(answer(), Ok(CheckResult::Mismatch | CheckResult::Match))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_not_the_usual_one_stands_in_the_name() {
        assert_eq!(host_name("SFTP.example.com", 22), "sftp.example.com");
        assert_eq!(
            host_name("sftp.example.com", 2222),
            "[sftp.example.com]:2222"
        );
    }

    #[test]
    fn patterns_are_those_of_openssh() {
        for (field, name, speaks) in [
            ("a.example", "a.example", true),
            ("A.Example", "a.example", true),
            ("b.example,a.example", "a.example", true),
            ("a.example", "aa.example", false),
            ("*.example", "a.example", true),
            ("*.example,!a.example", "a.example", false),
            ("!a.example", "b.example", false),
            ("?.example", "a.example", true),
            ("?.example", "ab.example", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("[a.example]:2222", "[a.example]:2222", true),
            ("a.example", "[a.example]:2222", false),
            ("", "a.example", false),
        ] {
            assert_eq!(is_about(field, name), speaks, "{field} {name}");
        }
    }

    #[test]
    fn hashed_names_are_known_and_broken_ones_are_nobodys() {
        // Made by `ssh-keygen -H` for "sftp.example.com".
        let field = "|1|pDuayJam9Bq4+wrAhE2ea4fgLZo=|bu23fLBSD9Y9B8JedK6cb+8Lbl8=";
        assert!(is_about(field, "sftp.example.com"));
        assert!(!is_about(field, "sftp.example.org"));
        assert!(!is_about("|1||", "sftp.example.com"));
        assert!(!is_about("|1|AAAA|AAAA", "sftp.example.com"));
    }
}
