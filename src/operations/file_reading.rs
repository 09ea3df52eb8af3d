//! How the start of a file was read, and which configuration would take it as it is.

use crate::config::{Integration, field_rules};
use crate::domain::RunSummary;
use crate::domain::column::custom_name;
use crate::intake::{SourceFile, archived_source};
use crate::process::description::{FileDescription, describe};
use crate::process::ruled::ruled_columns;
use crate::site::{Site, job_builder};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

mod amounts;
pub(super) mod column_map;
mod columns;
mod dates;

/// How the start of a file was read. It names columns and forms, and no value of a record.
#[derive(Debug, Serialize)]
pub(crate) struct FileReading {
    pub(crate) encoding: &'static str,
    /// What separates fields; `None` for fixed width.
    pub(crate) delimiter: Option<String>,
    /// How many records of its start were looked at.
    pub(crate) records: u64,
    /// The columns of the file, in its order.
    pub(crate) columns: Vec<ColumnReading>,
    /// Required columns that the file has not.
    pub(crate) missing: Vec<&'static str>,
    /// What to add to the configuration, or to change in it, so that the file is taken as it is, in TOML; empty where
    /// there is nothing to add. What only the sender knows is a comment.
    pub(crate) configuration: String,
    /// What would carry the ignored columns along, in TOML; empty where none is ignored.
    pub(crate) pass_through: String,
}

/// A column of the file.
#[derive(Debug, Serialize)]
pub(crate) struct ColumnReading {
    /// The sender's header, or where the column stands.
    pub(crate) header: String,
    /// The canonical or custom column; `None` where the file's column is ignored.
    pub(crate) column: Option<String>,
    /// Values that aren't blank.
    pub(crate) values: u64,
    /// How many dates or amounts are written in which form that the integration has.
    pub(crate) forms: BTreeMap<String, u64>,
    /// Dates and amounts that the integration's forms don't read.
    pub(crate) unread: u64,
}

impl FileReading {
    /// How the file of an ended run is read now, if the run explains that and its file is still there.
    pub(crate) fn of_run(site: &Site, summary: &RunSummary) -> Option<FileReading> {
        if !summary.explains_reading() {
            return None;
        }
        let row = site.find_run(&summary.integration_reference_id).ok()?;
        let integration = site.integration_of(&row).ok()?;
        let source = archived_source(site, &row).ok()?;
        FileReading::of(site, integration, SourceFile::Archived(&source))
    }

    /// How the start of a file is read as one of an integration's; `None` where it can't be, which its run says.
    pub(crate) fn of(
        site: &Site,
        integration: &Integration,
        source: SourceFile<'_>,
    ) -> Option<FileReading> {
        let survey = source.survey_head().ok()?;
        if survey
            .fault(u64::MAX, integration.format.encoding)
            .is_some()
        {
            return None;
        }
        let format = job_builder::reading(integration, &survey, true, false);
        let rules = field_rules(&site.config.identity, integration, site.today());
        let open = || source.open().map_err(io::Error::other);
        let Ok(description) = describe(integration.kind, &format, &rules, open) else {
            let columns = ruled_columns(integration.kind, &format, open)?;
            return Some(FileReading {
                encoding: format.encoding.name(),
                delimiter: None,
                records: 0,
                columns: Vec::new(),
                missing: Vec::new(),
                configuration: columns::ruled(integration, &columns),
                pass_through: String::new(),
            });
        };
        let delimiter = description.delimiter.map(|byte| match byte {
            b'\t' => "tab".to_owned(),
            byte => char::from(byte).to_string(),
        });
        let columns = columns(integration, &description);
        Some(FileReading {
            encoding: format.encoding.name(),
            delimiter,
            records: description.records,
            pass_through: pass_through(integration, &columns),
            columns,
            configuration: configuration(integration, &description),
            missing: description.missing,
        })
    }
}

fn columns(integration: &Integration, description: &FileDescription) -> Vec<ColumnReading> {
    let layout = &description.layout;
    let canonical = integration.kind.columns().iter();
    let canonical = canonical.zip(&layout.slots).zip(&description.notations);
    let mut found: Vec<(u16, ColumnReading)> = canonical
        .filter_map(|((column, slot), notation)| {
            let reading = ColumnReading {
                header: layout.header(*slot).to_owned(),
                column: Some(column.name.to_owned()),
                values: notation.values,
                forms: notation.forms.clone(),
                unread: notation.unread,
            };
            Some(((*slot)?, reading))
        })
        .collect();
    let without_forms = |field: u16, column: Option<String>, values: u64| {
        let reading = ColumnReading {
            header: layout.header(Some(field)).to_owned(),
            column,
            values,
            forms: BTreeMap::new(),
            unread: 0,
        };
        (field, reading)
    };
    let custom = layout.custom.iter().zip(&description.custom);
    found.extend(custom.filter_map(|((name, slot), values)| {
        Some(without_forms((*slot)?, Some(name.clone()), *values))
    }));
    let taken: BTreeSet<u16> = found.iter().map(|(field, _)| *field).collect();
    let all = 0..u16::try_from(layout.headers.len()).unwrap_or(u16::MAX);
    found.extend(
        all.filter(|f| !taken.contains(f))
            .map(|f| without_forms(f, None, 0)),
    );
    found.sort_by_key(|(field, _)| *field);
    found.into_iter().map(|(_, reading)| reading).collect()
}

/// The keys that would carry the ignored columns of a file with a header along.
fn pass_through(integration: &Integration, columns: &[ColumnReading]) -> String {
    if integration.fixed_width.is_some() || integration.positions.is_some() {
        return String::new();
    }
    let ignored = columns.iter().filter(|c| c.column.is_none());
    let mut lines: Vec<String> = Vec::new();
    let mut names = BTreeSet::new();
    for header in ignored.map(|c| &c.header) {
        let name = custom_name(header);
        if !header.trim().is_empty() && names.insert(name.clone()) {
            lines.push(format!("{} = {}\n", quoted(&name), quoted(header)));
        }
    }
    match lines.is_empty() {
        true => String::new(),
        false => format!(
            "[integration.{}.columns]\n{}",
            integration.name,
            lines.concat()
        ),
    }
}

/// The keys that would take the file as it is.
fn configuration(integration: &Integration, description: &FileDescription) -> String {
    let tables = columns::keys(integration.kind, description);
    configuration_of(integration, description, tables)
}

/// The keys that name the columns, and those that say how dates and amounts are written.
fn configuration_of(
    integration: &Integration,
    description: &FileDescription,
    mut tables: BTreeMap<&str, Vec<String>>,
) -> String {
    let format = tables.entry("format").or_default();
    format.extend(dates::keys(integration, &description.notations));
    format.extend(amounts::keys(integration, &description.notations));
    let mut text = String::new();
    for (table, lines) in tables.into_iter().filter(|(_, lines)| !lines.is_empty()) {
        text += &format!(
            "[integration.{}.{table}]\n{}\n",
            integration.name,
            lines.join("\n")
        );
    }
    text
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
