//! What an integration says of its output files.

use super::column_name::named;
use crate::config::diagnostics::{Diagnostics, any_of, shown};
use crate::config::model::Integration;
use crate::domain::{ACCOUNT_ID, Kind};

/// The actions a kind of integration has.
pub(super) fn actions(integration: &Integration, path: &str, diagnostics: &mut Diagnostics) {
    let path = format!("{path}.output.actions");
    let actions = integration.kind.actions().iter();
    let known: Vec<&str> = actions.map(|action| action.as_str()).collect();
    for name in diagnostics.names_under(&path) {
        if !known.contains(&name.as_str()) {
            diagnostics.disagree(
                &format!("{path}.{name}"),
                format!(
                    "{} is not an action of {} integration",
                    shown(&name),
                    integration.kind.with_article()
                ),
                format!("write {}", any_of(&known)),
            );
        }
    }
}

/// The columns are read from the file, and have a title each.
pub(super) fn columns(integration: &Integration, path: &str, diagnostics: &mut Diagnostics) {
    let path = format!("{path}.output.columns");
    let read = integration.named_columns();
    let mut headers: Vec<&str> = Vec::new();
    for (n, column) in integration.output.columns.iter().flatten().enumerate() {
        let path = format!("{path}[{n}]");
        if column.from == ACCOUNT_ID && integration.kind == Kind::Demographic {
            if integration.link_by.is_none() {
                let hint = "add link_by = \"work_email\", or leave the column out";
                diagnostics.disagree(&path, "is empty without link_by", hint);
            }
        } else if column.from != "action" {
            named(diagnostics, &path, integration.kind, &column.from, true);
        }
        if column.from.starts_with("custom.") && !read.contains(&&column.from) {
            diagnostics.disagree(
                &path,
                format!("{} is not read from the file", shown(&column.from)),
                "name its header under columns, or its place under positions or fixed_width",
            );
        }
        if headers.contains(&column.header.as_str()) {
            diagnostics.disagree(
                &path,
                format!("a second column {}", shown(&column.header)),
                "rename one of them with { from = \"…\", as = \"…\" }",
            );
        }
        headers.push(&column.header);
    }
}
