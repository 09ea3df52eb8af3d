//! What has to hold between the keys of an integration.

use super::column_name::named;
use super::{amounts, output};
use crate::config::diagnostics::{Diagnostics, any_of, shown};
use crate::config::field_rules;
use crate::config::model::{FileContent, IdentityRules, Integration};
use crate::domain::column::{Column, Type};
use crate::domain::explanation::explain;
use crate::domain::{Code, Kind, Severity};
use crate::format::control::{Control, TotalPosition};
use crate::format::dialect::Quotes;
use crate::process::job::Omission;
use crate::validate::findings::{RecordFinding, Target};
use crate::validate::identity::IdentityChecks;
use crate::validate::{FieldRules, Findings, Values, demographic};
use chrono::NaiveDate;

pub(super) fn check(
    integration: &Integration,
    identity: &IdentityRules,
    diagnostics: &mut Diagnostics,
) {
    let path = format!("integration.{}", integration.name);
    if diagnostics.is_sound(&format!("{path}.kind")) {
        kind(integration, &path, diagnostics);
        columns(integration, &path, identity, diagnostics);
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
                format!("means nothing in {} integration", kind.with_article()),
                format!("leave it out: it is for {} integrations", only.as_str()),
            );
        }
    }
    if kind == Kind::Accounts {
        accounts(path, diagnostics);
    }
    let foreign = match (kind, integration.omission) {
        (Kind::Demographic, Omission::Stop) => Some(("deductions", "terminate")),
        (Kind::Deduction, Omission::Terminate) => Some(("employees", "stop")),
        _ => None,
    };
    if let Some((whom, own)) = foreign {
        let problem = format!("is for {whom}");
        let hint = format!("write \"{own}\", \"report\" or \"ignore\"");
        diagnostics.disagree(&format!("{path}.omission"), problem, hint);
    }
    if integration.content == FileContent::Changes {
        let missing = ["max_missing_percent", "max_missing_count"];
        let missing = missing.map(|key| format!("{path}.guards.{key}"));
        for key in missing.into_iter().chain([format!("{path}.omission")]) {
            if diagnostics.is_given(&key) && diagnostics.is_sound(&format!("{path}.content")) {
                diagnostics.disagree(
                    &key,
                    "means nothing when files hold changes only",
                    "add content = \"full\" if every file holds everything, or leave it out",
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
    output::actions(integration, path, diagnostics);
}

/// Keys that mean nothing to accounts: these are no employees, and are not sent on.
fn accounts(path: &str, diagnostics: &mut Diagnostics) {
    const DELIMITED: &str = "leave it out: accounts files are delimited; ask for a CSV file";
    const NOBODY: &str = "leave it out: accounts files hold no employees";
    for (key, hint) in [
        ("fixed_width", DELIMITED),
        ("eins", NOBODY),
        ("subscriber_id", NOBODY),
        ("username", NOBODY),
        (
            "omission",
            "leave it out: with content = \"full\" the accounts that a file lacks are gone",
        ),
        ("output", "leave it out: accounts are not sent on"),
    ] {
        let key = format!("{path}.{key}");
        if diagnostics.is_given(&key) {
            diagnostics.disagree(&key, "means nothing in an accounts integration", hint);
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
        let names = placed.iter().map(|(name, _)| name).collect();
        let hint = "say where they stand, such as ssn = { start = 1, length = 9 }, or give them under constants";
        lacking(
            integration,
            names,
            &format!("{path}.fixed_width"),
            hint,
            diagnostics,
        );
    }
    if let Some(positions) = &integration.positions {
        let mistakes = [
            (
                fixed,
                "positions",
                "means nothing in fixed-width files",
                "leave it out",
            ),
            (
                !integration.columns.is_empty(),
                "columns",
                "names headers, but files with positions have none",
                "leave it out: positions says which field each column is",
            ),
        ];
        for (wrong, key, problem, hint) in mistakes {
            if wrong {
                diagnostics.disagree(&format!("{path}.{key}"), problem, hint);
            }
        }
        let names = positions.iter().map(|(name, _)| name).collect();
        let hint = "say which field they are, such as ssn = 1, or give them under constants";
        lacking(
            integration,
            names,
            &format!("{path}.positions"),
            hint,
            diagnostics,
        );
    }
    amounts::check(integration, path, diagnostics);
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

/// Reports required columns that neither the layout nor a constant has.
fn lacking(
    integration: &Integration,
    names: Vec<&String>,
    path: &str,
    hint: &str,
    diagnostics: &mut Diagnostics,
) {
    let not_required = integration.not_required();
    let constant = integration.constants.iter().map(|(name, _)| name);
    let given: Vec<&String> = names.into_iter().chain(constant).collect();
    let columns = integration.kind.columns().iter();
    let missing = columns.filter(|c| {
        let here = given.iter().any(|name| *name == c.name);
        c.required && !here && !not_required.contains(&c.index)
    });
    let missing: Vec<&str> = missing.map(|c| c.name).collect();
    let kind = path
        .replace(".fixed_width", ".kind")
        .replace(".positions", ".kind");
    if !missing.is_empty() && diagnostics.is_sound(&kind) {
        let problem = format!("lacks required columns: {}", missing.join(", "));
        diagnostics.disagree(path, problem, hint);
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
fn columns(
    integration: &Integration,
    path: &str,
    identity: &IdentityRules,
    diagnostics: &mut Diagnostics,
) {
    let kind = integration.kind;
    let mapped = integration
        .columns
        .iter()
        .map(|(name, _)| ("columns", name));
    let placed = integration.fixed_width.iter().flatten();
    let placed = placed.map(|(name, _)| ("fixed_width", name));
    let positions = integration.positions.iter().flatten();
    let positions = positions.map(|(name, _)| ("positions", name));
    for (key, name) in mapped.chain(placed).chain(positions) {
        named(
            diagnostics,
            &format!("{path}.{key}.{name}"),
            kind,
            name,
            true,
        );
    }
    one_name(integration, path, diagnostics);
    constants(integration, path, identity, diagnostics);
    rows(integration, path, diagnostics);
    codes(integration, path, identity, diagnostics);
    output::columns(integration, path, diagnostics);
}

/// A column with the whole name is neither the first name nor the last one.
fn one_name(integration: &Integration, path: &str, diagnostics: &mut Diagnostics) {
    let header = |wanted: &str| {
        let found = integration.columns.iter().find(|(name, _)| name == wanted);
        found.map(|(_, header)| header.trim().to_lowercase())
    };
    let position = |wanted: &str| {
        let mut positions = integration.positions.iter().flatten();
        positions
            .find(|(name, _)| name == wanted)
            .map(|(_, field)| *field)
    };
    for (table, same) in [
        (
            "columns",
            header("first_name").is_some_and(|first| Some(first) == header("last_name")),
        ),
        (
            "positions",
            position("first_name").is_some_and(|first| Some(first) == position("last_name")),
        ),
    ] {
        if same {
            diagnostics.disagree(
                &format!("{path}.{table}.last_name"),
                "is the column of the first name too",
                "name a column of its own; where the sender has one column for both, ask for two",
            );
        }
    }
}

/// Constants are read like values of a file.
fn constants(
    integration: &Integration,
    path: &str,
    identity: &IdentityRules,
    diagnostics: &mut Diagnostics,
) {
    // No day is known here; only birth dates are compared with it.
    let rules = field_rules(identity, integration, NaiveDate::MAX);
    for (name, value) in &integration.constants {
        let path = format!("{path}.constants.{name}");
        named(diagnostics, &path, integration.kind, name, false);
        let Some(column) = integration.kind.column(name) else {
            continue;
        };
        let one_each = ["subscriber_id", "username", "ssn", "account_id", "email"];
        if one_each.contains(&column.name) {
            let problem = "would be the same for everybody";
            let hint = "leave it out: each person has one of their own";
            diagnostics.disagree(&path, problem, hint);
        } else if integration.named_columns().contains(&name) {
            let problem = "is read from the file too";
            let hint = "keep the constant, or the column of the file";
            diagnostics.disagree(&path, problem, hint);
        } else if let Some(code) = refused(integration.kind, column, value, &rules) {
            let text = explain(code);
            let problem = format!(
                "{} can't be a value of {name} ({code}: {})",
                shown(value),
                text.message
            );
            diagnostics.disagree(&path, problem, "write it as the sender would");
        }
    }
}

/// The code for which a value would be refused, alone in a record.
fn refused(kind: Kind, column: &Column, value: &str, rules: &FieldRules) -> Option<Code> {
    let mut findings = Findings::default();
    let read = rules.value(column, value.as_bytes(), &mut findings);
    if read.is_blank() {
        return Some(Code::RequiredMissing);
    }
    // The state and the ZIP code are judged with the record's other fields.
    if kind == Kind::Demographic {
        let mut values = Values::blank();
        *values.at_mut(column.index) = read;
        demographic::check(IdentityChecks::default(), &mut values, &mut findings);
    }
    let of_column = |f: &&RecordFinding| {
        f.target == Target::Column(column.index) && f.severity == Severity::Error
    };
    findings.all.iter().find(of_column).map(|f| f.code)
}

/// The columns by which rows are taken: files without a header line have no other names than those given here.
fn rows(integration: &Integration, path: &str, diagnostics: &mut Diagnostics) {
    let rows = &integration.rows;
    let only = rows
        .only
        .keys()
        .map(|name| (format!("rows.only.{name}"), name));
    let skip = rows
        .skip
        .keys()
        .map(|name| (format!("rows.skip.{name}"), name));
    let primary = integration.primary.iter();
    let primary = primary.map(|primary| ("primary.column".to_owned(), &primary.column));
    for (key, name) in only.chain(skip).chain(primary) {
        let (known, table, number) = if integration.fixed_width.is_some() {
            let known = integration.row_cut(name).is_some();
            (
                known,
                "fixed_width",
                "the characters from 1, such as \"1-2\"",
            )
        } else if integration.positions.is_some() {
            let known = integration.row_position(name).is_some();
            (known, "positions", "the number of the field, such as \"7\"")
        } else {
            return;
        };
        if !known {
            diagnostics.disagree(
                &format!("{path}.{key}"),
                format!("{} is no column of {table}", shown(name)),
                format!("write the name of a column there, or {number}"),
            );
        }
    }
}

/// Cross-reference tables: only for columns that are read through them everywhere, and only to values of the column.
fn codes(
    integration: &Integration,
    path: &str,
    identity: &IdentityRules,
    diagnostics: &mut Diagnostics,
) {
    let kind = integration.kind;
    let rules = FieldRules {
        cross: Vec::new(),
        ..field_rules(identity, integration, NaiveDate::MAX)
    };
    for (name, table) in &integration.codes {
        let path = format!("{path}.codes.{name}");
        named(diagnostics, &path, kind, name, false);
        if table.is_empty() {
            let hint = "add the sender's codes, or leave the table out to take codes as they come";
            diagnostics.disagree(&path, "is empty, so every code would be refused", hint);
        }
        let Some(column) = kind.column(name) else {
            continue;
        };
        if let Some(hint) = without_codes(column) {
            diagnostics.disagree(
                &path,
                "is a column that takes no cross-reference table",
                hint,
            );
            continue;
        }
        for (theirs, ours) in table {
            if refused(kind, column, ours, &rules).is_some() {
                let hint = match column.kind {
                    Type::Code(list) => format!("write {}", any_of(&list.codes())),
                    Type::Bool => "write \"true\" or \"false\"".to_owned(),
                    _ => format!("write a value of {name}"),
                };
                let problem = format!("{} is not a code of {name}", shown(ours));
                diagnostics.disagree(&format!("{path}.{theirs}"), problem, hint);
            }
        }
    }
}

/// Why a column takes no table: what to do instead.
fn without_codes(column: &Column) -> Option<&'static str> {
    match column.kind {
        Type::SubscriberId | Type::Username | Type::Ssn => {
            Some("leave it out: it says who a person is")
        }
        _ if ["employee_number", "account_id"].contains(&column.name) => {
            Some("leave it out: it says who a person is")
        }
        Type::Date | Type::EndDate => Some(
            "leave it out; values that mean \"no date\" or \"no end\" go to format.no_dates and format.open_dates",
        ),
        Type::Timestamp => Some("leave it out; values that mean \"no date\" go to format.no_dates"),
        Type::Amount => Some("leave it out: an amount is read as it is written"),
        _ => None,
    }
}
