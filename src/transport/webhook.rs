//! Posts JSON to a web address, signed.

use super::fault::{Fault, FaultKind};
use super::private_file::SecretSource;
use crate::format::survey::hex;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// How long it may take in all.
const PATIENCE: Duration = Duration::from_secs(10);

/// A message to a web address.
pub(crate) struct WebhookCall<'a> {
    pub(crate) url: &'a str,
    /// An object as JSON text.
    pub(crate) body: &'a str,
    /// Tells it from every other one; one that is sent again has the same.
    pub(crate) id: &'a str,
    /// Now, in seconds since 1970.
    pub(crate) time: i64,
    /// The key that signs it.
    pub(crate) secret: &'a SecretSource,
}

/// Posts a message. Only an answer of 200 to 299 counts as taken; redirects are not followed. After an error it may have
/// arrived all the same.
///
/// # Errors
/// The key can't be read, the server can't be reached or trusted, or its answer is another.
pub(crate) fn post(message: &WebhookCall<'_>) -> Result<(), Fault> {
    let secret = message.secret.read_line("webhook.secret")?;
    let signature = signature(secret.text().as_bytes(), message.time, message.body);
    let answer = agent()
        .post(message.url)
        .header("Content-Type", "application/json")
        .header("X-Feedgate-Id", message.id)
        .header("X-Feedgate-Signature", signature)
        .send(message.body);
    match answer {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => {
            let answered = answer.status().as_u16();
            Err(Fault::transient(format!(
                "the server answered {answered}; an answer of 200 to 299 is wanted"
            )))
        }
        // What it shows of an address is left out: some services know their callers by it alone.
        Err(ureq::Error::Timeout(_)) => Err(Fault::transient(format!(
            "no answer within {} seconds",
            PATIENCE.as_secs()
        ))),
        Err(ureq::Error::HostNotFound) => Err(Fault::transient("the server's name is not known")),
        Err(ureq::Error::Io(error)) => Err(Fault::transient(format!(
            "the server can't be reached ({})",
            error.kind()
        ))),
        Err(ureq::Error::Rustls(error)) => Err(Fault::transient(format!(
            "the server can't be trusted ({error})"
        ))),
        Err(_) => Err(Fault::new(
            FaultKind::Protocol,
            "the server's answer can't be understood",
        )),
    }
}

/// The time and the keyed hash of time and body: `t=<seconds>,v1=<HMAC-SHA256 of "seconds.body" in hexadecimal>`.
fn signature(key: &[u8], time: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length is taken");
    mac.update(format!("{time}.{body}").as_bytes());
    let code = mac.finalize().into_bytes();
    format!("t={time},v1={}", hex(&code))
}

fn agent() -> &'static Agent {
    static AGENT: OnceLock<Agent> = OnceLock::new();
    AGENT.get_or_init(|| {
        let found = rustls_native_certs::load_native_certs().certs;
        let roots: Vec<Certificate<'static>> = found
            .iter()
            .map(|der| Certificate::from_der(der).to_owned())
            .collect();
        let roots = match roots.is_empty() {
            true => RootCerts::WebPki,
            false => RootCerts::Specific(Arc::new(roots)),
        };
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent(concat!("feedgate/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(roots).build());
        config.build().into()
    })
}

#[cfg(test)]
mod tests {
    use super::signature;

    #[test]
    fn the_signature_is_that_of_any_other_program() {
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac key
        assert_eq!(
            signature(b"key", 1_700_000_000, r#"{"a":1}"#),
            "t=1700000000,v1=a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03"
        );
    }
}
