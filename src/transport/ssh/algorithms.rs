//! The algorithms that a server is offered.

use crate::domain::OPTIONAL_ALGORITHMS;
use ssh2::{MethodType, Session};

/// Offered to every server; the first that the server has too is used. Chosen so that nothing is offered whose code in the
/// library is young or has a history of flaws; `docs/security.md` gives the reasons.
const KEY_EXCHANGES: [&str; 5] = [
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
];
const CIPHERS: [&str; 3] = ["aes128-ctr", "aes192-ctr", "aes256-ctr"];
const MACS: [&str; 2] = ["hmac-sha2-256", "hmac-sha2-512"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    KeyExchange,
    Cipher,
    Mac,
}

/// The names offered for a purpose: the usual ones, then the optional ones that `widen` names.
fn offered(purpose: Purpose, widen: &[String]) -> String {
    let of = |name: &str| match name {
        mac if mac.starts_with("hmac-") => Purpose::Mac,
        exchange if exchange.starts_with("diffie-") => Purpose::KeyExchange,
        _ => Purpose::Cipher,
    };
    let mut names: Vec<&str> = match purpose {
        Purpose::KeyExchange => KEY_EXCHANGES.into(),
        Purpose::Cipher => CIPHERS.into(),
        Purpose::Mac => MACS.into(),
    };
    let named = |name: &&str| of(name) == purpose && widen.iter().any(|w| w == name);
    names.extend(OPTIONAL_ALGORITHMS.into_iter().filter(named));
    names.join(",")
}

/// Has a session offer algorithms, and ask for host keys of these types (see [`super::known_hosts::KEY_TYPES`]).
pub(super) fn offer(
    session: &Session,
    widen: &[String],
    key_types: &[&str],
) -> Result<(), ssh2::Error> {
    let ciphers = offered(Purpose::Cipher, widen);
    let macs = offered(Purpose::Mac, widen);
    session.method_pref(MethodType::Kex, &offered(Purpose::KeyExchange, widen))?;
    session.method_pref(MethodType::HostKey, &signatures(key_types))?;
    session.method_pref(MethodType::CryptCs, &ciphers)?;
    session.method_pref(MethodType::CryptSc, &ciphers)?;
    session.method_pref(MethodType::MacCs, &macs)?;
    session.method_pref(MethodType::MacSc, &macs)?;
    session.set_compress(false);
    Ok(())
}

/// The signatures that keys of these types make.
fn signatures(key_types: &[&str]) -> String {
    // Of all names of types only this one is not that of its signature.
    key_types
        .join(",")
        .replace("ssh-rsa", "rsa-sha2-512,rsa-sha2-256")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::ssh::known_hosts::KEY_TYPES;

    #[test]
    fn the_library_has_all_that_is_offered() {
        let session = Session::new().unwrap();
        let has = |method| session.supported_algs(method).unwrap();
        let wide: Vec<String> = OPTIONAL_ALGORITHMS
            .iter()
            .map(|w| (*w).to_owned())
            .collect();
        for (purpose, method) in [
            (Purpose::KeyExchange, MethodType::Kex),
            (Purpose::Cipher, MethodType::CryptCs),
            (Purpose::Mac, MethodType::MacCs),
        ] {
            for name in offered(purpose, &wide).split(',') {
                assert!(has(method).contains(&name), "{name}");
            }
        }
        for name in signatures(&KEY_TYPES).split(',') {
            assert!(has(MethodType::HostKey).contains(&name), "{name}");
        }
        assert!(offer(&session, &wide, &KEY_TYPES).is_ok());
    }

    #[test]
    fn nothing_wider_is_offered_unasked_and_nothing_unheard_of_at_all() {
        for purpose in [Purpose::KeyExchange, Purpose::Cipher, Purpose::Mac] {
            for name in offered(purpose, &[]).split(',') {
                assert!(!OPTIONAL_ALGORITHMS.contains(&name), "{name}");
            }
            let odd = ["none".to_owned(), "hmac-md5".to_owned()];
            assert_eq!(offered(purpose, &odd), offered(purpose, &[]));
        }
        let etm = ["hmac-sha2-256-etm@openssh.com".to_owned()];
        assert!(offered(Purpose::Mac, &etm).ends_with(",hmac-sha2-256-etm@openssh.com"));
        assert_eq!(
            offered(Purpose::Cipher, &etm),
            offered(Purpose::Cipher, &[])
        );
    }
}
