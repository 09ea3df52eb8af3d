//! The pages of a demonstration site, asked without a network by somebody of each role.

use crate::config::load;
use crate::domain::Role;
use crate::operations::users::DemoLinks;
use crate::operations::{Site, demo};
use crate::web::app::App;
use crate::web::guard::policy;
use crate::web::request::Origin;
use crate::web::router::router;
use crate::web::routes::Line;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use scraper::{Html, Selector};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A demonstration site with its pages.
pub(super) struct TestPages {
    pub(super) site: Arc<Site>,
    pub(super) lines: Vec<Line>,
    router: Router,
    runtime: Runtime,
    /// The cookies of the roles.
    cookies: Vec<(Role, String)>,
    _folder: TempDir,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

/// The pages of one site, for tests that change nothing in it.
pub(super) static PAGES: LazyLock<TestPages> = LazyLock::new(TestPages::new);

impl TestPages {
    pub(super) fn new() -> TestPages {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("site");
        demo(&root).expect("a demonstration");
        let site = Site::new(load(&root.join("feedgate.toml")).expect("a configuration"));
        let (links, shown) = DemoLinks::make(&site).expect("links");
        let cookie = |token: &str| {
            let signed_in = links.sign_in(&site, token, HERE, &policy(&site));
            let session = signed_in.expect("signed in").expect("a session");
            format!("feedgate={}", session.cookie.reveal())
        };
        let cookies = shown
            .iter()
            .map(|(role, token)| (*role, cookie(token.reveal())))
            .collect();
        let site = Arc::new(site);
        let app = App::new(Arc::clone(&site), Some(Arc::new(links)));
        let (router, lines) = router(&app);
        TestPages {
            site,
            lines,
            router,
            runtime: Runtime::new().expect("a runtime"),
            cookies,
            _folder: folder,
        }
    }

    /// A request in the name of a role; the caller adds what else it needs.
    pub(super) fn request(&self, role: Option<Role>, method: &Method, path: &str) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some((_, cookie)) = self.cookies.iter().find(|(of, _)| Some(*of) == role) {
            request = request.header(header::COOKIE, cookie);
        }
        let mut request = request.body(Body::empty()).expect("a request");
        request.extensions_mut().insert(Origin {
            address: HERE,
            secure: false,
        });
        request
    }

    pub(super) fn ask(&self, request: Request<Body>) -> Answer {
        self.runtime.block_on(async {
            let answer = self.router.clone().oneshot(request).await;
            let Ok(answer) = answer;
            let (head, body) = answer.into_parts();
            let bytes = to_bytes(body, usize::MAX).await.expect("a body");
            Answer {
                status: head.status,
                headers: head.headers,
                text: String::from_utf8_lossy(&bytes).into_owned(),
            }
        })
    }

    pub(super) fn get(&self, role: Role, path: &str) -> Answer {
        self.ask(self.request(Some(role), &Method::GET, path))
    }

    /// Sends a form.
    pub(super) fn post(&self, role: Role, path: &str, form: &str) -> Answer {
        let (mut head, _) = self.request(Some(role), &Method::POST, path).into_parts();
        let kind = "application/x-www-form-urlencoded".parse().expect("a kind");
        head.headers.insert(header::CONTENT_TYPE, kind);
        self.ask(Request::from_parts(head, Body::from(form.to_owned())))
    }
}

impl Answer {
    /// The text of what a selector finds, one entry each.
    pub(super) fn texts(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).expect("a selector");
        let page = Html::parse_document(&self.text);
        page.select(&selector)
            .map(|found| found.text().collect::<String>().trim().to_owned())
            .collect()
    }
}
