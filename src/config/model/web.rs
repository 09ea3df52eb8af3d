//! The dashboard and the API: where they are served, and how people sign in.

use crate::config::checker::table;
use crate::config::compound::table;
use crate::config::diagnostics::Problem;
use crate::config::forms::{Bool, Text, Words, words};
use crate::config::validators::{DURATION, FILE, SECRET, WEB_ADDRESS};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

table! {
    /// The pages of the site and its API.
    pub(crate) struct Web {
        listen: Option<Listen> = optional(LISTEN),
            "Where the daemon serves the dashboard and the API: an address and a port, or \"unix:FILE\" for a proxy on this \
             machine. Left out: no dashboard.";
        base_url: Option<String> = optional(WEB_ADDRESS),
            "How the dashboard is reached from outside, for links in notices and for the links by which people sign up, such as \
             \"https://feeds.example.com\".";
        tls: Option<WebTls> = optional(table::<WebTls>()),
            "The certificate that is shown to browsers. Without it, `listen` is an address of this machine itself or a proxy \
             stands before it.";
        behind_proxy: bool = default(Bool, "false"),
            "Whether a proxy with TLS passes on what it is asked. The address of who asks is then the last one in the header \
             X-Forwarded-For, and cookies are for HTTPS alone.";
        session: WebSession = default(table::<WebSession>(), "{}"),
            "How long a person stays signed in.";
        second_factor: SecondFactor = default(SECOND_FACTOR, "\"required\""),
            "Whether people need a code from their phone besides the password.";
    }
}

table! {
    /// The certificate of the dashboard.
    pub(crate) struct WebTls {
        certificate: PathBuf = required(FILE, "\"secrets/web.pem\""),
            "File with the certificate and those between it and its authority (PEM).";
        key: String = required(SECRET, "\"secrets/web.key\""),
            "Where its private key is (PEM): a file, `env:NAME` or `credential:NAME`.";
    }
}

table! {
    /// How long a person stays signed in.
    pub(crate) struct WebSession {
        idle: Duration = default(DURATION, "\"30m\""),
            "After so long without a page the session ends.";
        longest: Duration = default(DURATION, "\"12h\""),
            "After so long it ends in any case.";
    }
}

/// Where the dashboard is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listen {
    Tcp(SocketAddr),
    /// A socket file, from the site's folder.
    Unix(PathBuf),
}

const LISTEN: Text<Listen> = Text {
    words: "an address and a port such as \"127.0.0.1:8420\", or \"unix:FILE\"",
    read: |s| {
        let hint =
            "write an address and a port, such as \"127.0.0.1:8420\", or \"unix:state/web.sock\"";
        let problem = || Problem::of(s, "is no place to listen at", hint);
        if let Some(file) = s.strip_prefix("unix:") {
            let good = !file.trim().is_empty() && !file.chars().any(char::is_control);
            return match good && !file.starts_with('~') {
                true => Ok(Listen::Unix(PathBuf::from(file))),
                false => Err(problem()),
            };
        }
        s.parse().map(Listen::Tcp).map_err(|_| problem())
    },
};

/// Whether a second factor is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecondFactor {
    Required,
    Optional,
}

const SECOND_FACTOR: Words<SecondFactor> = words(&[
    ("required", SecondFactor::Required),
    ("optional", SecondFactor::Optional),
]);

#[cfg(test)]
mod tests {
    use super::{LISTEN, Listen};
    use std::path::PathBuf;

    #[test]
    fn a_place_to_listen_at_is_an_address_with_a_port_or_a_socket() {
        let read = |text| (LISTEN.read)(text).ok();
        let at = |text: &str| text.parse().ok().map(Listen::Tcp);
        assert_eq!(read("127.0.0.1:8420"), at("127.0.0.1:8420"));
        assert_eq!(read("[::1]:0"), at("[::1]:0"));
        let socket = Listen::Unix(PathBuf::from("state/web.sock"));
        assert_eq!(read("unix:state/web.sock"), Some(socket));
        for bad in [
            "8420",
            "localhost:8420",
            "127.0.0.1",
            "unix:",
            "unix:~/x",
            "1.2.3.4:70000",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
