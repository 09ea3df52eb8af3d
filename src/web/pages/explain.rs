//! `/explain/CODE`: what a finding code means, with an example and how to correct it.

use crate::domain::Code;
use crate::operations::{self, CodeExplanation, OpenRejectionPage};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::layout::{Layout, html};
use crate::web::request::Who;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

#[derive(Template)]
#[template(path = "explain.html", config = "src/web/askama.toml")]
struct ExplainPage {
    layout: Layout,
    code: CodeExplanation,
    /// In how many open records of which integrations it stands now.
    open: Vec<(String, usize)>,
}

impl ExplainPage {
    /// A text without the marks that the command line shows code by.
    fn plain(&self, text: &str) -> String {
        text.replace('`', "")
    }
}

pub(super) async fn explain(
    State(app): State<App>,
    who: Who,
    Path(word): Path<String>,
) -> Result<Response, Failure> {
    let asked = word.clone();
    let code = operations::explain(&asked)
        .map_err(|error| Failure::not_found(error.sentences().join(" ")))?;
    let wanted: Code = code.code;
    let page: OpenRejectionPage = app
        .read(move |site| operations::open_rejections(site, None, Some(wanted)))
        .await?;
    let mut open: Vec<(String, usize)> = Vec::new();
    for rejection in page.open {
        if !who.sees(&rejection.integration) {
            continue;
        }
        match open
            .iter_mut()
            .find(|(name, _)| *name == rejection.integration)
        {
            Some((_, count)) => *count += 1,
            None => open.push((rejection.integration, 1)),
        }
    }
    let name = code.code.as_str();
    let layout = Layout::of(&app, &who, name).await?.same_as(
        format!("feedgate explain {name}"),
        format!("GET /api/v1/findings/{name}"),
    );
    Ok(html(&ExplainPage { layout, code, open }))
}
