//! The different values of a column among the open rejected records with one code, so that a wrong value can be replaced
//! wherever it stands.

use super::cells::{FileColumn, ShownCell, own_ssn};
use super::draft_file;
use super::rejected_numbers::{open_records, records_with};
use super::source::RejectedSource;
use crate::domain::column::Type;
use crate::domain::{Code, ReferenceId};
use crate::operations::error::{OperationError, Result};
use crate::site::Site;
use crate::validate::FieldRules;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

/// The most values that are listed.
const MOST_VALUES: usize = 200;
/// Below this similarity (0 unlike, 1 equal) a code is no suggestion.
const SIMILAR: f64 = 0.75;

/// The different values of a column.
#[derive(Debug, Serialize)]
pub(crate) struct DistinctValues {
    pub(crate) column: String,
    /// The most frequent first.
    pub(crate) values: Vec<DistinctValue>,
    /// How many more there are.
    pub(crate) more: usize,
    /// How many records have a value that is not shown.
    pub(crate) hidden: u64,
    /// The lines that the operator adds to the configuration if the sender's codes are right: of `CODE_UNKNOWN`.
    pub(crate) toml: Option<String>,
}

/// A value of several records.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct DistinctValue {
    pub(crate) value: String,
    pub(crate) records: u64,
    /// What is most likely meant, where the column has known codes.
    pub(crate) suggestion: Option<String>,
}

/// Lists the different values that columns have in the open records with an error of a code in them, as the draft has them. Columns
/// that tell who a person is, or that the file doesn't have, are left out.
///
/// # Errors
/// The records can't be corrected.
pub(crate) fn distinct_values(
    site: &Site,
    reference: &ReferenceId,
    code: Code,
    columns: &[String],
) -> Result<Vec<DistinctValues>> {
    let source = RejectedSource::open(site, reference)?;
    let layout = source.reader()?.layout().clone();
    let found = columns
        .iter()
        .filter_map(|name| FileColumn::named(source.kind(), &layout, name));
    let shared = found.filter(|column| column.is_shared());
    shared
        .map(|column| values_of(&source, reference, code, column))
        .collect()
}

fn values_of(
    source: &RejectedSource<'_>,
    reference: &ReferenceId,
    code: Code,
    column: FileColumn<'_>,
) -> Result<DistinctValues> {
    let mut reader = source.reader()?;
    let layout = reader.layout().clone();
    let site = source.context.site;
    let ledger = &*source.context.ledger;
    let mut wanted = open_records(ledger, &source.row)?;
    let of_code = records_with(ledger, source.row.number, code, Some(column.name))?;
    wanted.retain(|record| of_code.contains(record));
    let draft = draft_file::load(site, reference)?;
    let cells = draft.cells();
    let (mut counts, mut hidden) = (HashMap::<String, u64>::new(), 0);
    source.each(&mut reader, &wanted, |record| {
        let number = record.position.record;
        let changed = cells.get(&number).and_then(|cells| cells.get(column.name));
        let sent = record.fields.get(column.field.map_or(0, usize::from));
        let value = changed.map_or(sent, |value| value.as_bytes());
        let own = own_ssn(source.kind(), &source.job.fields, &layout, &record.fields);
        match ShownCell::of(column, value, own) {
            ShownCell::Plain { text } => *counts.entry(text).or_default() += 1,
            ShownCell::Sensitive { .. } => hidden += 1,
        }
        Ok(())
    })?;
    let mut values: Vec<(String, u64)> = counts.into_iter().collect();
    values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let more = values.len().saturating_sub(MOST_VALUES);
    values.truncate(MOST_VALUES);
    let known = KnownCodes::of(&source.job.fields, column);
    let values: Vec<DistinctValue> = values
        .into_iter()
        .map(|(value, records)| DistinctValue {
            suggestion: known.nearest(&value).map(str::to_owned),
            value,
            records,
        })
        .collect();
    let integration = &source.context.integration.name;
    Ok(DistinctValues {
        toml: (code == Code::CodeUnknown).then(|| toml(integration, column, &values, &known)),
        column: column.name.to_owned(),
        values,
        more,
        hidden,
    })
}

/// A column of a file whose values may be listed and replaced together.
///
/// # Errors
/// The file doesn't have it, or it tells who a person is.
pub(super) fn shared_column<'l>(
    source: &RejectedSource<'_>,
    layout: &'l crate::format::Layout,
    name: &str,
) -> Result<FileColumn<'l>> {
    let column = FileColumn::named(source.kind(), layout, name);
    let column = column.ok_or_else(|| {
        let names = layout.names(source.kind()).join(", ");
        OperationError::usage(format!(
            "the file has no column of this name; the columns it has are {names}"
        ))
    })?;
    match column.is_shared() {
        true => Ok(column),
        false => Err(OperationError::usage(format!(
            "{} tells who a person is, so its values are not listed and not replaced together; correct it row by row",
            column.name
        ))),
    }
}

/// The words that are taken in a column, each with the code of our own that it means.
struct KnownCodes {
    words: Vec<(String, String)>,
    /// Whether the integration has a cross-reference table for the column.
    has_table: bool,
}

impl KnownCodes {
    fn of(rules: &FieldRules, column: FileColumn<'_>) -> KnownCodes {
        let Some(canonical) = column.canonical else {
            return KnownCodes {
                words: Vec::new(),
                has_table: false,
            };
        };
        let table = rules
            .cross
            .iter()
            .find(|(index, _)| *index == canonical.index);
        let mut known: Vec<(String, String)> = match (table, canonical.kind) {
            (Some((_, table)), _) => table.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
            (None, Type::Code(list)) => (list.codes().into_iter())
                .map(|code| (code.to_owned(), code.to_owned()))
                .chain(
                    list.words()
                        .map(|(word, code)| (word.to_owned(), code.to_owned())),
                )
                .collect(),
            _ => Vec::new(),
        };
        known.sort_unstable();
        known.dedup();
        KnownCodes {
            words: known,
            has_table: table.is_some(),
        }
    }

    /// The word that is most like a value, if any is.
    fn nearest(&self, value: &str) -> Option<&str> {
        self.entry(value).map(|(word, _)| &word[..])
    }

    fn entry(&self, value: &str) -> Option<&(String, String)> {
        let value = value.to_uppercase();
        let similarity = |word: &str| strsim::jaro_winkler(&value, &word.to_uppercase());
        let scored = self.words.iter().map(|entry| (similarity(&entry.0), entry));
        let near = scored.filter(|(similar, _)| !value.is_empty() && *similar >= SIMILAR);
        let best = near.reduce(|best, next| if next.0 > best.0 { next } else { best });
        best.map(|(_, entry)| entry)
    }
}

/// The lines of the cross-reference table, one for each value. Where no code is like it, the operator fills in ours. A table
/// is the whole list of what is taken, so a new one has our own codes as well.
fn toml(
    integration: &str,
    column: FileColumn<'_>,
    values: &[DistinctValue],
    known: &KnownCodes,
) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut text = format!("[integration.{integration}.codes.{}]\n", column.name);
    for value in values.iter().filter(|value| !value.value.is_empty()) {
        let ours = known.entry(&value.value).map_or("", |(_, ours)| ours);
        text += &format!("{} = {}\n", quoted(&value.value), quoted(ours));
    }
    if !known.has_table {
        let own: BTreeSet<&str> = known.words.iter().map(|(_, ours)| &ours[..]).collect();
        text += "# The table is the whole list: what else this sender writes belongs here too.\n";
        for code in own {
            text += &format!("{} = {}\n", quoted(code), quoted(code));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::KnownCodes;

    #[test]
    fn the_nearest_code_is_suggested_and_none_that_is_far() {
        let known = ["MEDPPO", "DENPPO", "VIS"].map(|code| (code.to_owned(), format!("{code}1")));
        let known = KnownCodes {
            words: known.to_vec(),
            has_table: true,
        };
        for (value, suggestion) in [
            ("MEDPP0", Some("MEDPPO")),
            ("med ppo", Some("MEDPPO")),
            ("VISION", Some("VIS")),
            ("XYZ", None),
            ("", None),
        ] {
            assert_eq!(known.nearest(value), suggestion, "{value}");
        }
    }
}
