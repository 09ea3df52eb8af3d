//! The certificate that the dashboard shows, and its private key.

use super::fault::{Fault, FaultKind};
use super::private_file::SecretSource;
use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Reads a certificate with those between it and its authority, and its private key (PEM): what a server needs for TLS 1.2
/// and 1.3.
///
/// # Errors
/// One of them can't be read, is open to others, or they don't belong together. The sentence names the key of the
/// configuration.
pub(crate) fn server_certificate(
    certificate: &Path,
    key: &SecretSource,
) -> Result<Arc<ServerConfig>, Fault> {
    let wrong = |name: &str, error: &dyn Display| {
        let what = format!("web.tls.{name} can't be used: {error}");
        Fault::new(FaultKind::Secret, what)
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong("certificate", &error))?;
    let secret = key.read().map_err(|fault| wrong("key", &fault.what))?;
    let key = PrivateKeyDer::from_pem_slice(secret.text().as_bytes())
        .map_err(|_| wrong("key", &"it holds no private key in PEM format"))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| wrong("certificate", &error))?;
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::server_certificate;
    use crate::transport::SecretSource;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::process::Command;

    /// Makes a certificate and a key of its own.
    fn make(folder: &Path, name: &str) -> bool {
        let path = |ending: &str| folder.join(format!("{name}.{ending}"));
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ed25519",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
            ])
            .arg("-keyout")
            .arg(path("key"))
            .arg("-out")
            .arg(path("pem"))
            .output();
        let made = made.is_ok_and(|made| made.status.success());
        if made {
            fs::set_permissions(path("key"), Permissions::from_mode(0o600)).expect("a mode");
        }
        made
    }

    #[test]
    fn a_certificate_and_its_key_belong_together_and_the_key_is_private() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        if !make(folder.path(), "a") || !make(folder.path(), "b") {
            return crate::skipped::missing("openssl is not installed");
        }
        let read = |certificate: &str, key: &str| {
            server_certificate(&at(certificate), &SecretSource::File(at(key)))
        };
        assert!(read("a.pem", "a.key").is_ok());
        for (certificate, key, word) in [
            ("none.pem", "a.key", "web.tls.certificate"),
            ("a.pem", "b.key", "web.tls.certificate"),
            ("a.pem", "none.key", "web.tls.key"),
            ("a.pem", "a.pem", "web.tls.key"),
        ] {
            let Err(fault) = read(certificate, key) else {
                panic!("{word} was taken");
            };
            assert!(fault.what.contains(word), "{}", fault.what);
        }
        fs::set_permissions(at("a.key"), Permissions::from_mode(0o644)).expect("a mode");
        assert!(read("a.pem", "a.key").is_err());
    }
}
