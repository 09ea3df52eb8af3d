//! A corrected rejects file that is brought back: its differences become one entry of the draft.

use super::cells::{FileColumn, ShownCell, own_ssn};
use super::corrected_file::replaced;
use super::draft::{CellChange, CellText, ChangedCells, DraftAct};
use super::draft_file;
use super::edit::now;
use super::rejected_numbers::open_records;
use super::source::RejectedSource;
use crate::config::{field_rules, rules_of_corrections};
use crate::domain::ReferenceId;
use crate::domain::column::Type;
use crate::format::Fields;
use crate::format::fault::ReadError;
use crate::format::survey::Surveyor;
use crate::operations::error::{OperationError, Result};
use crate::process::rejected::RejectedReader;
use crate::process::{as_table, is_table};
use crate::site::{RunError, Site};
use crate::validate::{FieldRules, Findings, Value};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;

/// The most differences that are listed; all of them are in the draft.
const MOST_LISTED: usize = 1_000;
/// Cells shorter than this tell no record from another.
const TELLING: usize = 4;
/// Values that this many records share tell none of them.
const COMMON: usize = 64;

const OF_NO_RECORD: &str = "it belongs to no open rejected record of this run, or to one that another row belongs to already";

/// What a file that was brought back differs in.
#[derive(Debug, Serialize)]
pub(crate) struct BroughtBack {
    /// The version of the draft that has the differences.
    pub(crate) version: u64,
    /// The entry of the draft, by which they are taken back together; `None` where nothing differs.
    pub(crate) entry: Option<u64>,
    /// How many cells differ.
    pub(crate) cells: usize,
    /// The first of them.
    pub(crate) differences: Vec<Difference>,
    /// Rows that belong to no open rejected record. They are not taken.
    pub(crate) unknown: Vec<UnknownRow>,
    /// Open records that the file has no row for.
    pub(crate) without_row: usize,
}

/// A cell that differs.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    pub(crate) record: u64,
    pub(crate) column: String,
    pub(crate) before: ShownCell,
    pub(crate) after: ShownCell,
}

/// A row of the file that belongs to no open rejected record, or can't be taken.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct UnknownRow {
    /// The physical line in the file that was brought back.
    pub(crate) line: u64,
    pub(crate) why: String,
}

/// A row of the file: the value of each column, and where it is.
struct BroughtRow {
    line: u64,
    values: BTreeMap<String, String>,
}

/// Takes the differences of a corrected rejects file into the draft of its run, for the site's user.
///
/// # Errors
/// The records can't be corrected now, the file can't be read as a rejects file of the run, or the draft can't be
/// written.
pub(crate) fn bring_back(site: &Site, reference: &ReferenceId, file: &[u8]) -> Result<BroughtBack> {
    let source = RejectedSource::open(site, reference)?;
    let rows = read(&source, file)?;
    let open = open_records(&*source.context.ledger, &source.row)?;
    let integration = source.context.integration;
    let rules = field_rules(&site.config.identity, integration, site.today());
    let rules = rules_of_corrections(rules, integration);
    let matched = Matched::of(&source, &rules, &open, rows)?;
    let _lock = draft_file::lock(site)?;
    let mut draft = draft_file::load(site, reference)?;
    let mut found = differences((&source, &rules), &matched, &draft.cells())?;
    let mut unknown = matched.unknown;
    unknown.append(&mut found.refused);
    unknown.sort_by_key(|row| row.line);
    let cells = found.cells.len();
    let mut entry = None;
    if cells > 0 {
        let act = DraftAct::Upload { cells: found.cells };
        draft.add(site.user(), &now(site), vec![act]);
        draft_file::save(site, reference, &draft)?;
        entry = draft.entries.last().map(|entry| entry.number);
    }
    Ok(BroughtBack {
        version: draft.version,
        entry,
        cells,
        differences: found.listed,
        unknown,
        without_row: open.len() - matched.rows.len(),
    })
}

/// The rows of a file that was brought back.
fn read(source: &RejectedSource<'_>, file: &[u8]) -> Result<Vec<BroughtRow>> {
    let mut surveyor = Surveyor::without_hash();
    surveyor.feed(file);
    let survey = surveyor.finish();
    let integration = source.context.integration;
    let refused = |why: String| {
        OperationError::usage(format!(
            "this is no corrected rejects file of run {}: {why}",
            source.row.reference
        ))
    };
    let declared = integration.format.encoding;
    if let Some(fault) = survey.fault(integration.limits.max_file_bytes, declared) {
        return Err(refused(fault.to_string()));
    }
    let mut job = source.corrections_job(&survey)?;
    if is_table(file, &job.reading).map_err(RunError::io("reading the file"))? {
        job.reading = as_table(job.reading);
        job.shape = None;
    }
    let faulty = |e: ReadError| refused(e.to_string());
    let mut reader = RejectedReader::open(&job, || Ok(file)).map_err(faulty)?;
    let layout = reader.layout().clone();
    let columns = FileColumn::all(source.kind(), &layout);
    let mut rows = Vec::new();
    let read = reader.each(
        |_| true,
        |record| {
            let value = |column: &FileColumn<'_>| {
                let field = record.fields.get(column.field.map_or(0, usize::from));
                let text = String::from_utf8_lossy(column.clean(field)).into_owned();
                (column.name.to_owned(), text)
            };
            rows.push(BroughtRow {
                line: record.position.line,
                values: columns.iter().map(value).collect(),
            });
            ControlFlow::Continue(())
        },
    );
    read.map_err(faulty)?;
    Ok(rows)
}

/// Which row belongs to which open record.
struct Matched {
    rows: BTreeMap<u64, BroughtRow>,
    unknown: Vec<UnknownRow>,
}

/// The columns that say whose record it is.
const IDENTIFYING: [&str; 5] = [
    "subscriber_id",
    "employee_number",
    "ssn",
    "username",
    "account_id",
];

/// How much a value of a column tells of which record it is.
fn weight(column: &str, value: &str) -> usize {
    match IDENTIFYING.contains(&column) && !value.is_empty() {
        true => 3,
        false => usize::from(value.len() >= TELLING),
    }
}

/// A value of a column, without what spreadsheets change.
fn told_by(rules: &FieldRules, column: FileColumn<'_>, value: &str) -> (String, String) {
    let read = |column| rules.value(column, value.as_bytes(), &mut Findings::default());
    let plain = match column.canonical.map(read).and_then(Value::date) {
        Some(date) => date.to_string(),
        None => value.trim_start_matches('0').to_lowercase(),
    };
    (column.name.to_owned(), plain)
}

impl Matched {
    /// A row belongs to the record with which it shares the most that tells of it, at least half of that. Of equal ones the
    /// first that has no row yet is taken: rejects files have their records in order.
    fn of(
        source: &RejectedSource<'_>,
        rules: &FieldRules,
        open: &BTreeSet<u64>,
        rows: Vec<BroughtRow>,
    ) -> Result<Matched> {
        let mut index: HashMap<(String, String), Vec<u64>> = HashMap::new();
        let mut telling: HashMap<u64, usize> = HashMap::new();
        let mut reader = source.reader()?;
        let layout = reader.layout().clone();
        let columns = FileColumn::all(source.kind(), &layout);
        source.each(&mut reader, open, |record| {
            let number = record.position.record;
            for (column, value) in values(&columns, &record.fields) {
                let weight = weight(column.name, &value);
                if weight > 0 {
                    *telling.entry(number).or_default() += weight;
                    let places = index.entry(told_by(rules, *column, &value)).or_default();
                    places.push(number);
                }
            }
            Ok(())
        })?;
        // Where few records are open, a value that most of them have still tells something.
        index.retain(|_, places| places.len() <= COMMON);
        let mut matched = Matched {
            rows: BTreeMap::new(),
            unknown: Vec::new(),
        };
        for row in rows {
            let (mut shared, mut own) = (BTreeMap::<u64, usize>::new(), 0);
            for column in &columns {
                let value = row.values.get(column.name).map_or("", String::as_str);
                let weight = weight(column.name, value);
                own += weight;
                let key = (weight > 0).then(|| told_by(rules, *column, value));
                let places = key.and_then(|key| index.get(&key)).into_iter().flatten();
                for record in places {
                    *shared.entry(*record).or_default() += weight;
                }
            }
            let all = |record: &u64| telling.get(record).copied().unwrap_or(0).min(own);
            let best = shared
                .iter()
                .filter(|(record, sum)| **sum * 2 >= all(record))
                .filter(|(record, _)| !matched.rows.contains_key(*record))
                .max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
            match best.map(|(record, _)| *record) {
                Some(record) => {
                    matched.rows.insert(record, row);
                }
                None => matched.unknown.push(UnknownRow {
                    line: row.line,
                    why: OF_NO_RECORD.to_owned(),
                }),
            }
        }
        Ok(matched)
    }
}

fn values<'c, 'l>(
    columns: &'c [FileColumn<'l>],
    fields: &'c Fields<'_>,
) -> impl Iterator<Item = (&'c FileColumn<'l>, String)> {
    columns.iter().map(|column| {
        let field = fields.get(column.field.map_or(0, usize::from));
        let text = String::from_utf8_lossy(column.clean(field)).into_owned();
        (column, text)
    })
}

#[derive(Default)]
struct Differences {
    cells: Vec<CellChange>,
    listed: Vec<Difference>,
    refused: Vec<UnknownRow>,
}

/// The cells in which rows differ from their records, as the draft has them.
fn differences(
    (source, rules): (&RejectedSource<'_>, &FieldRules),
    matched: &Matched,
    cells: &ChangedCells<'_>,
) -> Result<Differences> {
    let mut found = Differences::default();
    let mut reader = source.reader()?;
    let layout = reader.layout().clone();
    let columns = FileColumn::all(source.kind(), &layout);
    let encoding = reader.rejects_format().encoding;
    let wanted: BTreeSet<u64> = matched.rows.keys().copied().collect();
    source.each(&mut reader, &wanted, |record| {
        let number = record.position.record;
        let Some(row) = matched.rows.get(&number) else {
            return Ok(());
        };
        let own = own_ssn(source.kind(), rules, &layout, &record.fields);
        let drafted = cells.get(&number);
        let mut changed: BTreeMap<&str, &str> = BTreeMap::new();
        let mut listed = Vec::new();
        for (column, sent) in values(&columns, &record.fields) {
            let before = drafted.and_then(|cells| cells.get(column.name));
            let before = before.map_or(&sent[..], |value| value);
            // A column that the file has not says nothing of the record.
            let Some(after) = row
                .values
                .get(column.name)
                .filter(|after| !is_same(rules, *column, before, after))
            else {
                continue;
            };
            changed.insert(column.name, after);
            listed.push(Difference {
                record: number,
                column: column.name.to_owned(),
                before: ShownCell::of(*column, before.as_bytes(), own),
                after: ShownCell::of(*column, after.as_bytes(), own),
            });
        }
        if let Err(error) = replaced(&columns, encoding, record, &changed) {
            found.refused.push(UnknownRow {
                line: row.line,
                why: error.sentences().join(" "),
            });
            return Ok(());
        }
        let cells = changed.into_iter().map(|(column, value)| CellChange {
            record: number,
            column: column.to_owned(),
            value: CellText::new(value),
        });
        found.cells.extend(cells);
        let room = MOST_LISTED.saturating_sub(found.listed.len());
        found.listed.extend(listed.into_iter().take(room));
        Ok(())
    })?;
    Ok(found)
}

/// Whether two texts are the same value, also where a spreadsheet has written it in its own way.
fn is_same(rules: &FieldRules, column: FileColumn<'_>, before: &str, after: &str) -> bool {
    if before == after {
        return true;
    }
    let Some(canonical) = column.canonical else {
        return false;
    };
    let spelled = |text: &str| text.trim_start_matches('0').to_owned();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let numbered = !matches!(canonical.kind, Type::Text(_) | Type::Date | Type::EndDate);
    if numbered && digits(before) && digits(after) && spelled(before) == spelled(after) {
        return true;
    }
    let read = |text| {
        let mut findings = Findings::default();
        let value = rules.value(canonical, text, &mut findings);
        (!value.is_blank() && findings.all.is_empty()).then_some(value)
    };
    let value = read(before.as_bytes());
    value.is_some() && value == read(after.as_bytes())
}
