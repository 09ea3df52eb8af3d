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
use std::fs;
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
    _folder: Option<TempDir>,
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
        TestPages::of(Arc::new(site), Some(Arc::new(links)), cookies, Some(folder))
    }

    /// The pages of a small site without a demonstration: its people sign in with name, password and code.
    pub(super) fn bare(web: &str) -> TestPages {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("feedgate.toml");
        let text = format!(
            "[site]\ntimezone = \"America/New_York\"\n[web]\nlisten = \"127.0.0.1:8499\"\n{web}\n\
             [[plan_year]]\nstart = 2026-01-01\nend = 2098-12-31\n[[plan_year]]\nstart = 2099-01-01\nend = 2099-12-31\n\
             [integration.people]\nkind = \"demographic\"\n[integration.pay]\nkind = \"deduction\"\n"
        );
        fs::write(&file, text).expect("written");
        fs::create_dir_all(folder.path().join("inbound/pay")).expect("inbound");
        let site = Site::new(load(&file).expect("a configuration"));
        TestPages::of(Arc::new(site), None, Vec::new(), Some(folder))
    }

    /// The same site with another configuration of the dashboard.
    pub(super) fn with_web(&self, web: &str) -> TestPages {
        let file = self.site.config.root.join("feedgate.toml");
        let text = fs::read_to_string(&file).expect("read");
        let lines = text
            .lines()
            .filter(|line| !line.starts_with("second_factor"));
        let text = lines
            .collect::<Vec<_>>()
            .join("\n")
            .replace("[web]", &format!("[web]\n{web}"));
        fs::write(&file, text).expect("written");
        let site = Site::new(load(&file).expect("a configuration"));
        TestPages::of(Arc::new(site), None, Vec::new(), None)
    }

    /// The pages of a site.
    fn of(
        site: Arc<Site>,
        links: Option<Arc<DemoLinks>>,
        cookies: Vec<(Role, String)>,
        folder: Option<TempDir>,
    ) -> TestPages {
        let app = App::new(&site, links);
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

    /// Someone who has no session yet.
    pub(super) fn browser(&self) -> Browser<'_> {
        Browser {
            pages: self,
            cookie: None,
            address: HERE,
            secure: false,
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

/// A browser: it keeps the cookie that it is given.
pub(super) struct Browser<'p> {
    pages: &'p TestPages,
    pub(super) cookie: Option<String>,
    pub(super) address: IpAddr,
    pub(super) secure: bool,
}

impl Browser<'_> {
    pub(super) fn get(&mut self, path: &str) -> Answer {
        self.ask(&Method::GET, path, "")
    }

    pub(super) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        self.ask(&Method::POST, path, &form.finish())
    }

    fn ask(&mut self, method: &Method, path: &str, form: &str) -> Answer {
        let (mut head, _) = self.pages.request(None, method, path).into_parts();
        let kind = "application/x-www-form-urlencoded".parse().expect("a kind");
        head.headers.insert(header::CONTENT_TYPE, kind);
        if let Some(cookie) = &self.cookie {
            let cookie = cookie.parse().expect("a value");
            head.headers.insert(header::COOKIE, cookie);
        }
        head.extensions.insert(Origin {
            address: self.address,
            secure: self.secure,
        });
        let body = Body::from(form.to_owned());
        let answer = self.pages.ask(Request::from_parts(head, body));
        if let Some(set) = answer.headers.get(header::SET_COOKIE) {
            let set = set.to_str().expect("text");
            let pair = set.split(';').next().unwrap_or_default();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        answer
    }
}

impl Answer {
    /// An attribute of what a selector finds, one entry each.
    pub(super) fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let selector = Selector::parse(selector).expect("a selector");
        let page = Html::parse_document(&self.text);
        page.select(&selector)
            .filter_map(|found| found.attr(name).map(str::to_owned))
            .collect()
    }

    /// Where it leads.
    pub(super) fn leads_to(&self) -> &str {
        let to = self.headers.get(header::LOCATION);
        to.map_or("", |to| to.to_str().expect("text"))
    }

    /// The text of what a selector finds, one entry each.
    pub(super) fn texts(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).expect("a selector");
        let page = Html::parse_document(&self.text);
        page.select(&selector)
            .map(|found| found.text().collect::<String>().trim().to_owned())
            .collect()
    }
}
