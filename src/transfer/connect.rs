//! How an endpoint's server is connected to, from its configuration.

use crate::config::{Config, Endpoint};
use crate::transport::{Place, SecretSource, SignIn, SshTarget, Timeouts, over_ssh};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The server of an endpoint and how to sign in there. Setting `stop` ends all work on the connection at once.
pub(crate) fn target(config: &Config, endpoint: &Endpoint, stop: &Arc<AtomicBool>) -> SshTarget {
    let secret = |text: &String| SecretSource::parse(text, &config.root);
    let auth = &endpoint.auth;
    let sign_in = match (&auth.key, &auth.password) {
        (Some(key), _) => SignIn::Key {
            key: secret(key),
            passphrase: auth.passphrase.as_ref().map(secret),
        },
        (None, Some(password)) => SignIn::Password(secret(password)),
        (None, None) => SignIn::Agent,
    };
    SshTarget {
        endpoint: endpoint.name.clone(),
        host: endpoint.host.clone(),
        port: endpoint.port,
        user: endpoint.user.clone(),
        sign_in,
        known_hosts: config.root.join(&endpoint.host_keys),
        widen: endpoint.widen.clone(),
        timeouts: Timeouts::default(),
        stop: Arc::clone(stop),
    }
}

/// The server of an endpoint as a place that is not connected yet.
pub(crate) fn place(
    config: &Config,
    endpoint: &Endpoint,
    stop: &Arc<AtomicBool>,
) -> Box<dyn Place> {
    over_ssh(target(config, endpoint, stop), endpoint.sessions)
}
