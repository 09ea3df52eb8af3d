//! The page that tells a person why a request came to nothing.

use super::failure::{Failure, title};
use super::layout::{Layout, html};
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "failure.html", config = "src/web/askama.toml")]
struct FailurePage<'a> {
    layout: Layout,
    sentences: &'a [String],
}

/// The failure as a page. `layout`: of who asked, where that is known.
pub(super) fn failure_page(failure: &Failure, layout: Option<Layout>) -> Response {
    let layout = layout.unwrap_or_default();
    let page = FailurePage {
        layout: layout.titled(title(failure.status)),
        sentences: &failure.sentences,
    };
    let mut response = html(&page);
    *response.status_mut() = failure.status;
    failure.with_headers(response)
}
