//! What a request says of who asks: the signed-in user, from where, and whether a browser or a program asks.

use super::failure::Failure;
use crate::domain::Right;
use crate::operations::users::Activity;
use crate::operations::{CurrentUser, Visible};
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

/// The cookie of a session where only HTTPS carries it; browsers then hold it to this host.
const SECURE_COOKIE: &str = "__Host-feedgate";
/// The cookie of a session on this machine itself, without TLS.
const PLAIN_COOKIE: &str = "feedgate";

/// Who asks. The guard of the route has put it into the request.
#[derive(Clone)]
pub(super) struct Who {
    user: Arc<CurrentUser>,
    /// The address that is asked for.
    path: Arc<str>,
    activity: Activity,
}

impl Who {
    pub(super) fn new(user: CurrentUser, path: &str, activity: Activity) -> Who {
        Who {
            user: Arc::new(user),
            path: Arc::from(path),
            activity,
        }
    }

    /// Whether a person asked, and not a page that looks for what is new.
    pub(super) fn asked_in_person(&self) -> bool {
        self.activity == Activity::Person
    }

    /// The address that is asked for.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn user(&self) -> &CurrentUser {
        &self.user
    }

    pub(super) fn name(&self) -> &str {
        &self.user.name
    }

    /// Whether the account has a right.
    pub(super) fn may(&self, right: Right) -> bool {
        self.user.authority.has(right)
    }

    /// Whether the account sees an integration.
    pub(super) fn sees(&self, integration: &str) -> bool {
        self.user.authority.sees(integration)
    }

    /// Which integrations the account sees, as operations take it.
    pub(super) fn visible(&self) -> Visible {
        Visible::to(&self.user.authority)
    }

    /// What tells this session from others, for messages that follow an act.
    pub(super) fn session(&self) -> String {
        let session = self.user.session.unwrap_or_default();
        format!("{}-{session}", self.user.number)
    }
}

impl<S: Sync> FromRequestParts<S> for Who {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Who, Failure> {
        let who = parts.extensions.get::<Who>();
        who.cloned().ok_or_else(Failure::signed_out)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Who {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Who>, Infallible> {
        Ok(parts.extensions.get::<Who>().cloned())
    }
}

/// How a request came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    /// From which address; that which the proxy names, where one stands before us.
    pub(super) address: IpAddr,
    /// Whether the browser uses HTTPS.
    pub(super) secure: bool,
}

impl Origin {
    /// Of a connection from `peer`. `proxied`: the last address in X-Forwarded-For is who asks.
    pub(super) fn of(peer: IpAddr, headers: &HeaderMap, proxied: bool, tls: bool) -> Origin {
        let forwarded = headers.get_all("x-forwarded-for").iter().next_back();
        let forwarded = forwarded.and_then(|value| value.to_str().ok());
        let last = forwarded.and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
        Origin {
            address: last.filter(|_| proxied).unwrap_or(peer),
            secure: proxied || tls,
        }
    }

    /// The name of the session's cookie.
    pub(super) fn cookie_name(self) -> &'static str {
        match self.secure {
            true => SECURE_COOKIE,
            false => PLAIN_COOKIE,
        }
    }

    /// The header that gives a browser a session, or with `None` ends it.
    pub(super) fn set_cookie(self, token: Option<&str>) -> String {
        let name = self.cookie_name();
        let secure = if self.secure { "; Secure" } else { "" };
        let value = token.unwrap_or_default();
        let end = if token.is_none() { "; Max-Age=0" } else { "" };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{end}")
    }
}

impl<S: Sync> FromRequestParts<S> for Origin {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Origin, Failure> {
        let origin = parts.extensions.get::<Origin>();
        origin.copied().ok_or_else(Failure::bug)
    }
}

/// The value of a cookie.
pub(super) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).iter();
    let mut pairs = all
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// The token of a program: `Authorization: Bearer …`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether a person asks, or a page by itself for what is new.
pub(super) fn activity(headers: &HeaderMap) -> Activity {
    match headers.contains_key("x-feedgate-live") {
        true => Activity::Poll,
        false => Activity::Person,
    }
}

/// Whether a request came from another site, as its browser says.
pub(super) fn is_cross_site(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .is_some_and(|site| site == "cross-site")
}

#[cfg(test)]
mod tests {
    use super::{Origin, bearer, cookie};
    use axum::http::{HeaderMap, HeaderValue};
    use std::net::{IpAddr, Ipv4Addr};

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn cookies_and_tokens_are_found() {
        let sent = headers(&[
            ("cookie", "a=1; feedgate=xyz"),
            ("authorization", "bearer fg_1"),
        ]);
        assert_eq!(cookie(&sent, "feedgate"), Some("xyz"));
        assert_eq!(cookie(&sent, "gate"), None);
        assert_eq!(bearer(&sent), Some("fg_1"));
        assert_eq!(bearer(&headers(&[("authorization", "Basic fg_1")])), None);
    }

    #[test]
    fn only_a_proxy_says_who_asks() {
        let sent = headers(&[("x-forwarded-for", "6.6.6.6, 10.1.2.3")]);
        let proxied = Origin::of(HERE, &sent, true, false);
        assert_eq!(proxied.address.to_string(), "10.1.2.3");
        assert!(proxied.set_cookie(Some("t")).contains("; Secure"));
        let direct = Origin::of(HERE, &sent, false, false);
        assert_eq!(direct.address, HERE);
        assert!(!direct.set_cookie(Some("t")).contains("Secure"));
        assert!(direct.set_cookie(None).contains("Max-Age=0"));
    }
}
