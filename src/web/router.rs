//! All routes with what stands around them, as the server passes requests to them.

use super::api;
use super::app::App;
use super::assets::asset;
use super::guard::{Guard, LIVE, Reader, Requires, guard};
use super::headers::set_headers;
use super::live::live;
use super::pages;
use super::routes::{Line, Routes};
use crate::domain::Right;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodFilter, any, on};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};
use tower_http::csrf::CsrfLayer;

/// All routes, and the table of them.
pub(super) fn router(app: &App) -> (Router, Vec<Line>) {
    let table = Routes::new(app)
        .get("/assets/{name}", Requires::Nothing, asset)
        .poll(LIVE, Requires::Right(Right::See), live);
    let (routes, lines) = api::routes(pages::routes(table)).into_parts();
    app.keep_document(api::document(&lines));
    let guarded = |reader| {
        let guarded = Guard {
            app: app.clone(),
            requires: Requires::Right(Right::See),
            reader,
        };
        from_fn_with_state(guarded, guard)
    };
    let no_page = on(MethodFilter::GET, pages::missing).layer(guarded(Reader::Person));
    let no_route = any(api::nothing).layer(guarded(Reader::Program(None)));
    let router = routes
        .route("/api/{*rest}", no_route)
        .fallback_service(no_page.with_state(app.clone()))
        .layer(csrf(app))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(api::as_problems))
        .layer(from_fn(set_headers))
        .layer(compression())
        .with_state(app.clone());
    (router, lines)
}

/// Pages and JSON are compressed, files are not: they are large, and their clients are near.
fn compression() -> CompressionLayer<impl Predicate> {
    let files = NotForContentType::const_new("application/octet-stream");
    CompressionLayer::new()
        .gzip(true)
        .compress_when(DefaultPredicate::new().and(files))
}

/// Refuses what a page of another site sends here.
fn csrf(app: &App) -> CsrfLayer {
    let base = app.site().config.web.base_url.clone();
    let own = base.and_then(|base| CsrfLayer::new().add_trusted_origin(base).ok());
    own.unwrap_or_default()
}
