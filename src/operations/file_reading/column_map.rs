//! What each column of a sender's file is taken for and why, with masked samples, and the configuration for the rest.

use super::columns::misspelt;
use super::{columns, configuration_of, quoted};
use crate::config::{Integration, field_rules};
use crate::domain::column::{Column, custom_name, normalized};
use crate::domain::masking::shown;
use crate::format::Layout;
use crate::format::survey::Survey;
use crate::intake::{SourceFile, survey_start};
use crate::operations::error::{OperationError, Result};
use crate::operations::visible::Visible;
use crate::process::description::{FileDescription, describe};
use crate::process::samples;
use crate::site::{RunError, Site, job_builder};
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::Path;

/// What the columns of a file are taken for.
#[derive(Debug, Serialize)]
pub(crate) struct ColumnMap {
    pub(crate) integration: String,
    /// The columns that are read, and those that may be meant, in the order of the file.
    pub(crate) columns: Vec<MappedColumn>,
    /// Required columns that the file has not, also those for which there is a suggestion.
    pub(crate) missing: Vec<&'static str>,
    /// The sender's headers that mean nothing here.
    pub(crate) ignored: Vec<String>,
    /// The employment statuses that are taken; `None`: all.
    pub(crate) statuses: Option<Vec<String>>,
    /// What to add to the configuration: suggestions, the forms of dates and amounts, and the ignored columns as custom
    /// ones.
    pub(crate) toml: String,
}

/// A column of the file.
#[derive(Debug, Serialize)]
pub(crate) struct MappedColumn {
    /// The sender's header, or where the column stands.
    pub(crate) header: String,
    /// The canonical or custom column that it is read as.
    pub(crate) column: Option<String>,
    pub(crate) by: MatchedBy,
    /// The column that may be meant, of a near miss.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) suggestion: Option<&'static str>,
    /// The first values, masked.
    pub(crate) samples: Vec<String>,
}

/// Why a column is taken for what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MatchedBy {
    CanonicalName,
    Alias,
    /// `columns`, `positions` or `fixed_width` of the integration.
    Configuration,
    /// Its header looks like the name of a column that the file has not.
    NearMiss,
}

impl MatchedBy {
    /// Why, as people read it.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            MatchedBy::CanonicalName => "its name",
            MatchedBy::Alias => "a usual name",
            MatchedBy::Configuration => "the configuration",
            MatchedBy::NearMiss => "looks like it",
        }
    }
}

/// Looks at the start of a file as one of the integration's. Takes nothing and writes nothing.
///
/// # Errors
/// There is no such integration, or the file can't be read.
pub(crate) fn map(site: &Site, integration: &str, file: &Path) -> Result<ColumnMap> {
    let integration = site.integration(integration)?;
    let source = SourceFile::Named(file);
    let survey = source.survey_head()?;
    let open = || source.open().map_err(io::Error::other);
    map_source(site, integration, &survey, open, &shown(file))
}

/// The same of a sample that stands in memory, so that nothing of it is ever written.
///
/// # Errors
/// There is no such integration, or it may not be seen; the sample can't be read as a file.
pub(crate) fn map_sample(
    site: &Site,
    integration: &str,
    sample: &[u8],
    visible: &Visible,
) -> Result<ColumnMap> {
    let integration = visible.integration(site, integration)?;
    let survey = survey_start(sample).map_err(RunError::io("reading the sample"))?;
    let map = map_source(site, integration, &survey, || Ok(sample), "the sample");
    map.map_err(|error| match error {
        // Its sender can send another one.
        OperationError::Failed(sentence) => OperationError::usage(sentence),
        error => error,
    })
}

fn map_source<R: Read>(
    site: &Site,
    integration: &Integration,
    survey: &Survey,
    open: impl Fn() -> io::Result<R>,
    name: &str,
) -> Result<ColumnMap> {
    let unreadable =
        |what: &dyn std::fmt::Display| OperationError::failed(format_args!("{name}: {what}"));
    if let Some(fault) = survey.fault(u64::MAX, integration.format.encoding) {
        return Err(unreadable(&fault));
    }
    let format = job_builder::reading(integration, survey, true, false);
    let rules = field_rules(&site.config.identity, integration, site.today());
    let description = describe(integration.kind, &format, &rules, &open);
    let description = description.map_err(|error| unreadable(&error))?;
    let samples = open().and_then(|source| {
        samples(integration.kind, &format, &rules, source).map_err(io::Error::other)
    });
    let samples = samples.map_err(|error| unreadable(&error))?;
    let suggestions = suggestions(integration, &description);
    let layout = &description.layout;
    let columns = (0_u16..).zip(&layout.headers).zip(samples);
    let columns = columns.filter_map(|((field, header), samples)| {
        let (column, by, suggestion) = match meaning(integration, layout, field) {
            Some((column, by)) => (Some(column), by, None),
            None => {
                let (column, _) = suggestions.iter().find(|(_, h)| h == header)?;
                (None, MatchedBy::NearMiss, Some(*column))
            }
        };
        Some(MappedColumn {
            header: header.clone(),
            column,
            by,
            suggestion,
            samples,
        })
    });
    let suggested = |header: &&String| suggestions.iter().any(|(_, h)| h == *header);
    let named = |header: &&String| !header.trim().is_empty() && !suggested(header);
    let ignored: Vec<String> = layout.unknown.iter().filter(named).cloned().collect();
    Ok(ColumnMap {
        integration: integration.name.clone(),
        columns: columns.collect(),
        toml: toml(integration, &description, &suggestions, &ignored),
        missing: description.missing,
        ignored,
        statuses: integration.statuses.clone(),
    })
}

/// What a field of the file is read as, and why.
fn meaning(integration: &Integration, layout: &Layout, field: u16) -> Option<(String, MatchedBy)> {
    let mut columns = integration.kind.columns().iter();
    let Some(column) = columns.find(|c| layout.slots[c.index.get()] == Some(field)) else {
        let custom = layout
            .custom
            .iter()
            .find(|(_, slot)| *slot == Some(field))?;
        return Some((custom.0.clone(), MatchedBy::Configuration));
    };
    let own = normalized(layout.header(Some(field)));
    let mapped = integration
        .columns
        .iter()
        .any(|(name, _)| name == column.name);
    let by = if mapped || layout.width.is_none() {
        MatchedBy::Configuration
    } else if own == normalized(column.name) {
        MatchedBy::CanonicalName
    } else {
        MatchedBy::Alias
    };
    Some((column.name.to_owned(), by))
}

/// The ignored headers that look like the name of a column that the file has not: of required columns also those that
/// have a word more.
fn suggestions(
    integration: &Integration,
    description: &FileDescription,
) -> Vec<(&'static str, String)> {
    let layout = &description.layout;
    let constant = |column: &Column| layout.constants.iter().any(|(c, _)| *c == column.index);
    let lacking = integration.kind.columns().iter();
    let lacking = lacking.filter(|c| layout.slots[c.index.get()].is_none() && !constant(c));
    let (required, others): (Vec<&Column>, Vec<&Column>) =
        lacking.partition(|c| description.missing.contains(&c.name));
    let near = required.iter().map(|c| (c.name, layout.near_miss(c.name)));
    let near = near.chain(others.iter().map(|c| (c.name, misspelt(c.name, layout))));
    let mut taken = BTreeSet::new();
    near.filter_map(|(column, header)| Some((column, header?.to_owned())))
        .filter(|(_, header)| taken.insert(header.clone()))
        .collect()
}

/// What would take the file: the suggestions in the place of the questions that they answer, and the ignored columns.
fn toml(
    integration: &Integration,
    description: &FileDescription,
    suggestions: &[(&str, String)],
    ignored: &[String],
) -> String {
    let mut tables = columns::keys(integration.kind, description);
    let lines = tables.entry("columns").or_default();
    let about = |line: &str, column: &str| {
        let key = line.trim_start_matches("# ").split(" = ").next();
        key == Some(column)
    };
    lines.retain(|line| !suggestions.iter().any(|(column, _)| about(line, column)));
    for (column, header) in suggestions {
        lines.push(format!("{column} = {}", quoted(header)));
    }
    let mut names = BTreeSet::new();
    for header in ignored
        .iter()
        .filter(|_| description.layout.width.is_some())
    {
        let name = custom_name(header);
        if names.insert(name.clone()) {
            lines.push(format!("{} = {}", quoted(&name), quoted(header)));
        }
    }
    configuration_of(integration, description, tables)
}
