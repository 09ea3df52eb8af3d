//! Column names: canonical ones of the kind, and custom ones.

use crate::config::mistake::{any_of, near_miss, shown};
use crate::config::model::Integration;
use crate::config::paper::Paper;
use crate::domain::Kind;
use crate::domain::column::{Type, normalized};
use std::collections::BTreeMap;

pub(super) fn check(integration: &Integration, paper: &mut Paper) {
    let path = format!("integration.{}", integration.name);
    if !paper.is_sound(&format!("{path}.kind")) {
        return;
    }
    let kind = integration.kind;
    let mut headers: BTreeMap<String, &str> = BTreeMap::new();
    for (name, header) in &integration.columns {
        let path = format!("{path}.columns.{name}");
        named(paper, &path, kind, name, true);
        if let Some(other) = headers.insert(normalized(header), name) {
            paper.disagree(
                &path,
                format!("takes the header {}, like {other}", shown(header)),
                "map each header to one column",
            );
        }
    }
    for (name, _) in integration.fixed_width.iter().flatten() {
        named(
            paper,
            &format!("{path}.fixed_width.{name}"),
            kind,
            name,
            true,
        );
    }
    codes(integration, &path, paper);
    output(integration, &path, paper);
}

/// Whether a name is a canonical column of the kind, or a custom one where those may be.
fn named(paper: &mut Paper, path: &str, kind: Kind, name: &str, custom: bool) {
    if let Some(own) = name.strip_prefix("custom.") {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if !custom {
            paper.disagree(
                path,
                "is a custom column",
                "only canonical columns can stand here",
            );
        } else if own.is_empty() || own.len() > 40 || !own.bytes().all(plain) {
            paper.disagree(
                path,
                format!("{} can't be the name of a custom column", shown(own)),
                "use 1 to 40 lower-case letters, digits and _ after \"custom.\"",
            );
        }
    } else if kind.column(name).is_none() {
        let hint = match near_miss(name, kind.columns().iter().map(|c| c.name)) {
            Some(meant) => format!("did you mean {meant:?}?"),
            None if custom => {
                "name a canonical column, or \"custom.NAME\" for one of your own".into()
            }
            None => "name a canonical column; docs/file-layouts.md lists them".into(),
        };
        let problem = format!("{} is not a {} column", shown(name), kind.as_str());
        paper.disagree(path, problem, hint);
    }
}

fn codes(integration: &Integration, path: &str, paper: &mut Paper) {
    let kind = integration.kind;
    for (name, table) in &integration.codes {
        let path = format!("{path}.codes.{name}");
        named(paper, &path, kind, name, false);
        if table.is_empty() {
            let hint = "add the sender's codes, or leave the table out to take codes as they come";
            paper.disagree(&path, "is empty, so every code would be refused", hint);
        }
        let Some(Type::Code(list)) = kind.column(name).map(|c| c.kind) else {
            continue;
        };
        for (theirs, ours) in table {
            if list.find(ours.as_bytes()).is_none() {
                paper.disagree(
                    &format!("{path}.{theirs}"),
                    format!("{} is not a code of {name}", shown(ours)),
                    format!("write {}", any_of(list.allowed)),
                );
            }
        }
    }
}

fn output(integration: &Integration, path: &str, paper: &mut Paper) {
    let path = format!("{path}.output.columns");
    let given = integration.columns.iter().map(|(name, _)| name);
    let placed = integration
        .fixed_width
        .iter()
        .flatten()
        .map(|(name, _)| name);
    let customs: Vec<&String> = given
        .chain(placed)
        .filter(|n| n.starts_with("custom."))
        .collect();
    let mut headers: Vec<&str> = Vec::new();
    for (n, column) in integration.output.columns.iter().flatten().enumerate() {
        let path = format!("{path}[{n}]");
        if column.from != "action" {
            named(paper, &path, integration.kind, &column.from, true);
        }
        if column.from.starts_with("custom.") && !customs.contains(&&column.from) {
            paper.disagree(
                &path,
                format!("{} is not read from the file", shown(&column.from)),
                "name its header under columns, or its place under fixed_width",
            );
        }
        if headers.contains(&column.as_.as_str()) {
            paper.disagree(
                &path,
                format!("a second column {}", shown(&column.as_)),
                "rename one of them with { from = \"…\", as = \"…\" }",
            );
        }
        headers.push(&column.as_);
    }
}
