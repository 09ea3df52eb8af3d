//! What has to hold between the keys of an integration.

use crate::config::diagnostics::{Diagnostics, any_of, did_you_mean, shown};
use crate::config::model::{FileContent, Integration};
use crate::domain::Kind;
use crate::domain::column::{Type, normalized};
use crate::format::control::{Control, TotalPosition};
use crate::format::dialect::Quotes;
use std::collections::BTreeMap;

pub(super) fn check(integration: &Integration, diagnostics: &mut Diagnostics) {
    let path = format!("integration.{}", integration.name);
    if diagnostics.is_sound(&format!("{path}.kind")) {
        kind(integration, &path, diagnostics);
        columns(integration, &path, diagnostics);
    }
    layout(integration, &path, diagnostics);
}

/// Keys that make sense for one kind of integration, or together with another key.
fn kind(integration: &Integration, path: &str, diagnostics: &mut Diagnostics) {
    let kind = integration.kind;
    for (key, only) in diagnostics.given_for_one_kind(path) {
        if only != kind {
            diagnostics.disagree(
                &key,
                format!("means nothing in a {} integration", kind.as_str()),
                format!("leave it out: it is for {} integrations", only.as_str()),
            );
        }
    }
    if kind.fills_roster() && integration.content == FileContent::Changes {
        let missing = ["max_missing_percent", "max_missing_count"];
        let missing = missing.map(|key| format!("{path}.guards.{key}"));
        for key in missing.into_iter().chain([format!("{path}.omission")]) {
            if diagnostics.is_given(&key) && diagnostics.is_sound(&format!("{path}.content")) {
                diagnostics.disagree(
                    &key,
                    "means nothing when files hold changes only",
                    "add content = \"full\" if every file holds all employees, or leave it out",
                );
            }
        }
    }
    let reject = integration.retro_reject_days;
    if reject.is_some_and(|days| days < integration.retro_days) {
        diagnostics.disagree(
            &format!("{path}.retro_reject_days"),
            "is less than retro_days: records would be rejected before they are warned about",
            "write a number from retro_days on",
        );
    }
    actions(integration, path, diagnostics);
}

/// The actions a kind of integration has.
fn actions(integration: &Integration, path: &str, diagnostics: &mut Diagnostics) {
    let path = format!("{path}.output.actions");
    let actions = integration.kind.actions().iter();
    let known: Vec<&str> = actions.map(|action| action.as_str()).collect();
    for name in diagnostics.names_under(&path) {
        if !known.contains(&name.as_str()) {
            diagnostics.disagree(
                &format!("{path}.{name}"),
                format!(
                    "{} is not an action of a {} integration",
                    shown(&name),
                    integration.kind.as_str()
                ),
                format!("write {}", any_of(&known)),
            );
        }
    }
}

/// Fixed width or delimited: keys of the one mean nothing to the other.
fn layout(integration: &Integration, path: &str, diagnostics: &mut Diagnostics) {
    let fixed = integration.fixed_width.is_some();
    if let Some(placed) = &integration.fixed_width {
        if !integration.columns.is_empty() {
            diagnostics.disagree(
                &format!("{path}.columns"),
                "names headers, but fixed-width files have none",
                "leave it out: fixed_width says where the columns stand",
            );
        }
        for key in ["delimiter", "quotes", "multiline"] {
            let key = format!("{path}.format.{key}");
            if diagnostics.is_given(&key) {
                diagnostics.disagree(&key, "means nothing in fixed-width files", "leave it out");
            }
        }
        let missing: Vec<&str> = integration
            .kind
            .columns()
            .iter()
            .filter(|c| c.required && !placed.iter().any(|(name, _)| name == c.name))
            .map(|c| c.name)
            .collect();
        if !missing.is_empty() && diagnostics.is_sound(&format!("{path}.kind")) {
            diagnostics.disagree(
                &format!("{path}.fixed_width"),
                format!("lacks required columns: {}", missing.join(", ")),
                "say where they stand, such as ssn = { start = 1, length = 9 }",
            );
        }
    }
    let format = &integration.format;
    if format.multiline && format.quotes == Quotes::None {
        diagnostics.disagree(
            &format!("{path}.format.multiline"),
            "means nothing where quotes are characters like others: every line is a record",
            "leave it out, or choose other quotes",
        );
    }
    for (name, control) in [("header", &format.header), ("trailer", &format.trailer)] {
        if let Some(control) = control {
            let path = format!("{path}.format.{name}");
            places(control, fixed, &path, diagnostics);
        }
    }
}

fn places(control: &Control, fixed: bool, path: &str, diagnostics: &mut Diagnostics) {
    let all = [
        ("count", control.count),
        ("employee_amount", control.employee_amount),
        ("employer_amount", control.employer_amount),
    ];
    for (name, place) in all {
        let path = format!("{path}.{name}");
        match place {
            Some(TotalPosition::Field(_)) if fixed => diagnostics.disagree(
                &path,
                "is a field number, but the files are fixed width",
                "write { start = 1, length = 10 }",
            ),
            Some(TotalPosition::Characters { .. }) if !fixed => diagnostics.disagree(
                &path,
                "is a stretch of characters, but the files are delimited",
                "write the number of the field, from 1",
            ),
            _ => {}
        }
    }
}

/// Column names: canonical ones of the kind, and custom ones.
fn columns(integration: &Integration, path: &str, diagnostics: &mut Diagnostics) {
    let kind = integration.kind;
    let mut headers: BTreeMap<String, &str> = BTreeMap::new();
    for (name, header) in &integration.columns {
        let path = format!("{path}.columns.{name}");
        named(diagnostics, &path, kind, name, true);
        if let Some(other) = headers.insert(normalized(header), name) {
            diagnostics.disagree(
                &path,
                format!("takes the header {}, like {other}", shown(header)),
                "map each header to one column",
            );
        }
    }
    for (name, _) in integration.fixed_width.iter().flatten() {
        let path = format!("{path}.fixed_width.{name}");
        named(diagnostics, &path, kind, name, true);
    }
    rows(integration, path, diagnostics);
    codes(integration, path, diagnostics);
    output(integration, path, diagnostics);
}

/// The columns by which rows are taken: files without a header line have no other names than those given here.
fn rows(integration: &Integration, path: &str, diagnostics: &mut Diagnostics) {
    for (key, columns) in [
        ("only", &integration.rows.only),
        ("skip", &integration.rows.skip),
    ] {
        for name in columns.keys() {
            if integration.fixed_width.is_some() && integration.row_cut(name).is_none() {
                diagnostics.disagree(
                    &format!("{path}.rows.{key}.{name}"),
                    format!("{} is no column of fixed_width", shown(name)),
                    "write the name of a column there, or the characters from 1, such as \"1-2\"",
                );
            }
        }
    }
}

/// Whether a name is a canonical column of the kind, or a custom one where those may be.
fn named(diagnostics: &mut Diagnostics, path: &str, kind: Kind, name: &str, custom: bool) {
    if let Some(own) = name.strip_prefix("custom.") {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if !custom {
            diagnostics.disagree(
                path,
                "is a custom column",
                "only canonical columns can stand here",
            );
        } else if own.is_empty() || own.len() > 40 || !own.bytes().all(plain) {
            diagnostics.disagree(
                path,
                format!("{} can't be the name of a custom column", shown(own)),
                "use 1 to 40 lower-case letters, digits and _ after \"custom.\"",
            );
        }
    } else if kind.column(name).is_none() {
        let hint = match did_you_mean(name, kind.columns().iter().map(|c| c.name)) {
            Some(hint) => hint,
            None if custom => {
                "name a canonical column, or \"custom.NAME\" for one of your own".into()
            }
            None => "name a canonical column; docs/file-layouts.md lists them".into(),
        };
        let problem = format!("{} is not a {} column", shown(name), kind.as_str());
        diagnostics.disagree(path, problem, hint);
    }
}

fn codes(integration: &Integration, path: &str, diagnostics: &mut Diagnostics) {
    let kind = integration.kind;
    for (name, table) in &integration.codes {
        let path = format!("{path}.codes.{name}");
        named(diagnostics, &path, kind, name, false);
        if table.is_empty() {
            let hint = "add the sender's codes, or leave the table out to take codes as they come";
            diagnostics.disagree(&path, "is empty, so every code would be refused", hint);
        }
        let Some(Type::Code(list)) = kind.column(name).map(|c| c.kind) else {
            continue;
        };
        for (theirs, ours) in table {
            if list.find(ours.as_bytes()).is_none() {
                diagnostics.disagree(
                    &format!("{path}.{theirs}"),
                    format!("{} is not a code of {name}", shown(ours)),
                    format!("write {}", any_of(&list.codes())),
                );
            }
        }
    }
}

fn output(integration: &Integration, path: &str, diagnostics: &mut Diagnostics) {
    let path = format!("{path}.output.columns");
    let given = integration.columns.iter().map(|(name, _)| name);
    let placed = integration.fixed_width.iter().flatten();
    let read: Vec<&String> = given.chain(placed.map(|(name, _)| name)).collect();
    let mut headers: Vec<&str> = Vec::new();
    for (n, column) in integration.output.columns.iter().flatten().enumerate() {
        let path = format!("{path}[{n}]");
        if column.from != "action" {
            named(diagnostics, &path, integration.kind, &column.from, true);
        }
        if column.from.starts_with("custom.") && !read.contains(&&column.from) {
            diagnostics.disagree(
                &path,
                format!("{} is not read from the file", shown(&column.from)),
                "name its header under columns, or its place under fixed_width",
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
