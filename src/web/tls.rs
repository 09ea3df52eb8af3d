//! TLS with a certificate and a key from files.

use crate::config::WebTls;
use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Reads certificate and key.
///
/// # Errors
/// What is wrong with them, and with which file.
pub(super) fn acceptor(tls: &WebTls, root: &Path) -> Result<TlsAcceptor, String> {
    let wrong = |key: &str, error: &dyn Display| format!("web.tls.{key} can't be used: {error}");
    let chain = CertificateDer::pem_file_iter(root.join(&tls.certificate))
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong("certificate", &error))?;
    let key =
        PrivateKeyDer::from_pem_file(root.join(&tls.key)).map_err(|error| wrong("key", &error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| wrong("certificate", &error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
