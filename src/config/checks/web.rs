//! The dashboard is not served to other machines without encryption.

use crate::config::diagnostics::Diagnostics;
use crate::config::model::{Listen, Web};

pub(super) fn check(web: &Web, diagnostics: &mut Diagnostics) {
    let loopback = match &web.listen {
        Some(Listen::Tcp(address)) => address.ip().is_loopback(),
        Some(Listen::Unix(_)) => {
            if web.tls.is_some() {
                diagnostics.disagree(
                    "web.tls",
                    "is given, but a socket file is for a proxy on this machine",
                    "leave it out: the proxy shows the certificate",
                );
            }
            return;
        }
        None => return,
    };
    if !loopback && web.tls.is_none() && !web.behind_proxy {
        diagnostics.disagree(
            "web.listen",
            "would serve record values to other machines without encryption",
            "give web.tls a certificate and a key, listen at 127.0.0.1, or say behind_proxy = true where a proxy with TLS is the \
             only way to it",
        );
    }
    if web.session.idle > web.session.longest {
        diagnostics.disagree(
            "web.session.idle",
            "is longer than web.session.longest",
            "make it shorter",
        );
    }
}
