//! The table of routes: each with its method, its address, what it requires, and its handler. There is no other way to add
//! a route, so none is without its right.

use super::app::App;
use super::description::Description;
use super::guard::{Guard, Reader, Requires, guard};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::{Method, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};
use std::time::Duration;
use tower_http::timeout::TimeoutLayer;

/// The largest form, in bytes. Files are sent by routes of their own.
const LARGEST_FORM: usize = 4 << 20;
/// How long a page may take. An act that takes longer goes on in the daemon.
const PAGE_WITHIN: Duration = Duration::from_secs(60);

/// A line of the table.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) requires: Requires,
    /// What the API says of it; none of pages.
    pub(super) description: Option<&'static Description>,
}

/// How much a route takes.
#[derive(Clone, Copy)]
enum Size {
    /// A form, in a short time.
    Small,
    /// A form, for as long as a run takes.
    Long,
    /// A file, as long as it keeps coming.
    File,
}

/// Routes while the table is written.
pub(super) struct Routes {
    app: App,
    router: Router<App>,
    lines: Vec<Line>,
}

impl Routes {
    pub(super) fn new(app: &App) -> Routes {
        Routes {
            app: app.clone(),
            router: Router::new(),
            lines: Vec::new(),
        }
    }

    /// The router, and the lines of the table.
    pub(super) fn into_parts(self) -> (Router<App>, Vec<Line>) {
        (self.router, self.lines)
    }

    /// A page that a browser asks for.
    pub(super) fn get<H, T>(self, path: &'static str, requires: Requires, handler: H) -> Routes
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.route(
            Method::GET,
            path,
            requires,
            Reader::Person,
            Size::Small,
            handler,
        )
    }

    /// What a form of a page is sent to.
    pub(super) fn post<H, T>(self, path: &'static str, requires: Requires, handler: H) -> Routes
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.route(
            Method::POST,
            path,
            requires,
            Reader::Person,
            Size::Small,
            handler,
        )
    }

    /// What a form with a file is sent to.
    pub(super) fn post_file<H, T>(
        self,
        path: &'static str,
        requires: Requires,
        handler: H,
    ) -> Routes
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.route(
            Method::POST,
            path,
            requires,
            Reader::Person,
            Size::File,
            handler,
        )
    }

    /// What pages ask for by themselves.
    pub(super) fn poll<H, T>(self, path: &'static str, requires: Requires, handler: H) -> Routes
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.route(
            Method::GET,
            path,
            requires,
            Reader::Program(None),
            Size::Small,
            handler,
        )
    }

    /// A route of the API. There is none without its description, of which the document is made.
    pub(super) fn api<H, T>(
        self,
        method: Method,
        path: &'static str,
        requires: Requires,
        description: &'static Description,
        handler: H,
    ) -> Routes
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let size = match (description.takes_file(), description.takes_long) {
            (true, _) => Size::File,
            (false, true) => Size::Long,
            (false, false) => Size::Small,
        };
        let reader = Reader::Program(Some(description));
        self.route(method, path, requires, reader, size, handler)
    }

    fn route<H, T>(
        mut self,
        method: Method,
        path: &'static str,
        requires: Requires,
        reader: Reader,
        size: Size,
        handler: H,
    ) -> Routes
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let app = self.app.clone();
        let guarded = from_fn_with_state(
            Guard {
                app,
                requires,
                reader,
            },
            guard,
        );
        let filter = match method {
            Method::POST => MethodFilter::POST,
            Method::PUT => MethodFilter::PUT,
            Method::DELETE => MethodFilter::DELETE,
            _ => MethodFilter::GET,
        };
        let routed = on(filter, handler);
        let routed: MethodRouter<App> = match size {
            Size::Small => {
                let within =
                    TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, PAGE_WITHIN);
                let small: MethodRouter<App> = routed.layer(DefaultBodyLimit::max(LARGEST_FORM));
                small.layer(within)
            }
            Size::Long => routed.layer(DefaultBodyLimit::max(LARGEST_FORM)),
            Size::File => routed.layer(DefaultBodyLimit::disable()),
        };
        // Another method is told so before anything else.
        let routed = routed.route_layer(guarded);
        self.router = self.router.route(path, routed);
        self.lines.push(Line {
            method,
            path,
            requires,
            description: match reader {
                Reader::Program(description) => description,
                Reader::Person => None,
            },
        });
        self
    }
}
