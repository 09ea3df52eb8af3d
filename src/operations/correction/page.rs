//! The rejected records of a run, page by page, with what is wrong with them and which cells may be edited.

use super::cells::{FileColumn, ShownCell, own_ssn};
use super::draft::{ChangedCells, CorrectionDraft};
use super::draft_file;
use super::finding::RowFinding;
use super::rejected_numbers::records_with;
use super::source::RejectedSource;
use crate::domain::explanation::explain;
use crate::domain::{Code, Finding, Kind, ReferenceId, RunStatus, Severity};
use crate::format::Layout;
use crate::ledger::{Ledger, RejectedPlace};
use crate::operations::error::{OperationError, Result};
use crate::process::rejected::{ReadRecord, Teller};
use crate::site::{RunError, Site};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How many rejected records are on a page.
const PAGE: usize = 50;
/// How many places are read at once while a page is filled.
const BLOCK: usize = 4_096;

/// Which rejected records are listed.
#[derive(Clone, Debug, Default)]
pub(crate) struct RejectionFilter {
    /// Only those with an error of this code.
    pub(crate) code: Option<Code>,
    /// Only those that wait for their correction.
    pub(crate) open_only: bool,
    /// Where the page begins: what the page before had as `next`.
    pub(crate) after: Option<String>,
}

/// A page of rejected records.
#[derive(Debug, Serialize)]
pub(crate) struct RejectionPage {
    pub(crate) rejections: Vec<RejectedRow>,
    /// Where the next page begins.
    pub(crate) next: Option<String>,
    /// Why no values are shown and nothing can be corrected here, in a sentence.
    #[serde(skip)]
    pub(crate) without_values: Option<String>,
    /// The version of the draft whose values are shown.
    #[serde(skip)]
    pub(crate) version: u64,
}

/// A rejected record on a page.
#[derive(Debug, Serialize)]
pub(crate) struct RejectedRow {
    /// The data record's number.
    pub(crate) record: u64,
    /// The physical line where it starts.
    pub(crate) line: u64,
    /// As people may see it.
    pub(crate) subscriber_id: String,
    pub(crate) findings: Vec<RowFinding>,
    /// The run that accepted its correction; its own run where a user dismissed it.
    pub(crate) closed_by: Option<ReferenceId>,
    /// The cells in the order of the file; none where the values can't be read.
    #[serde(skip)]
    pub(crate) cells: Vec<RowCell>,
    /// Why the draft says that it is not to be sent.
    #[serde(skip)]
    pub(crate) not_to_be_sent: Option<String>,
}

/// A cell of a rejected record.
#[derive(Debug)]
pub(crate) struct RowCell {
    pub(crate) column: String,
    /// The sender's own header, or positions.
    pub(crate) header: String,
    /// The value that was rejected.
    pub(crate) sent: ShownCell,
    /// The value that the draft has in its place.
    pub(crate) changed: Option<ShownCell>,
    pub(crate) role: CellRole,
}

/// What a cell is on the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CellRole {
    /// An error is about it: it has an input.
    Faulty,
    /// It tells people which record it is.
    Context,
    Other,
}

/// Lists the rejected records of a run.
///
/// # Errors
/// There is no such run, it is Held, or the ledger or the draft can't be read.
pub(crate) fn rejections(
    site: &Site,
    reference: &ReferenceId,
    filter: &RejectionFilter,
) -> Result<RejectionPage> {
    let row = site.find_run(reference)?;
    if row.status == RunStatus::Held {
        return Err(OperationError::usage(format!(
            "run {reference} is Held; its rejected records can be corrected once it is released (the error file lists them)"
        )));
    }
    let ledger = site.ledger_for_reading()?;
    let (places, next) = places(&*ledger, row.number, filter)?;
    let mut findings = findings_of(&*ledger, row.number, &places)?;
    let draft = draft_file::load(site, reference)?;
    let mut page = RejectionPage {
        rejections: Vec::with_capacity(places.len()),
        next: next.map(|row| row.to_string()),
        without_values: None,
        version: draft.version,
    };
    let mut read = BTreeMap::new();
    if !places.is_empty() {
        match RejectedSource::open(site, reference) {
            Ok(source) => read = rows(&source, &places, &findings, &draft)?,
            Err(error) => page.without_values = Some(error.sentences().join(" ")),
        }
    }
    for place in places {
        let closed_by = place.closed_by.map(|run| ledger.reference(run));
        let closed_by = closed_by.transpose()?;
        let found = findings.remove(&place.record).unwrap_or_default();
        let shown = read.remove(&place.record);
        let mut shown = shown.unwrap_or_else(|| without_values(place, &found));
        shown.closed_by = closed_by;
        page.rejections.push(shown);
    }
    Ok(page)
}

/// The places of a page, and the last one where there are more.
fn places(
    ledger: &dyn Ledger,
    number: u32,
    filter: &RejectionFilter,
) -> Result<(Vec<RejectedPlace>, Option<i64>)> {
    let mut after = match &filter.after {
        Some(text) => text.parse().map_err(|_| {
            OperationError::usage("the page is not known; begin with the first one again")
        })?,
        None => 0,
    };
    let with_code = match filter.code {
        Some(code) => Some(records_with(ledger, number, code, None)?),
        None => None,
    };
    let wanted = |place: &RejectedPlace| {
        let open = place.closed_by.is_none() || !filter.open_only;
        open && with_code
            .as_ref()
            .is_none_or(|all| all.contains(&place.record))
    };
    let mut found: Vec<RejectedPlace> = Vec::new();
    loop {
        let block = ledger.rejected_places(number, after, BLOCK)?;
        let Some(last) = block.last() else {
            return Ok((found, None));
        };
        after = last.row;
        for place in block.into_iter().filter(wanted) {
            if found.len() == PAGE {
                let last = found.last().map(|place| place.row);
                return Ok((found, last));
            }
            found.push(place);
        }
    }
}

fn findings_of(
    ledger: &dyn Ledger,
    number: u32,
    places: &[RejectedPlace],
) -> Result<BTreeMap<u64, Vec<Finding>>> {
    let records: BTreeSet<u64> = places.iter().map(|place| place.record).collect();
    let mut findings: BTreeMap<u64, Vec<Finding>> = BTreeMap::new();
    if let (Some(first), Some(last)) = (records.first(), records.last()) {
        for finding in ledger.findings_between(number, *first, *last)? {
            if records.contains(&finding.record) {
                findings.entry(finding.record).or_default().push(finding);
            }
        }
    }
    Ok(findings)
}

/// The rows of these places with their values, by record.
fn rows(
    source: &RejectedSource<'_>,
    places: &[RejectedPlace],
    findings: &BTreeMap<u64, Vec<Finding>>,
    draft: &CorrectionDraft,
) -> Result<BTreeMap<u64, RejectedRow>> {
    let wanted = places.iter().map(|place| place.record).collect();
    let mut reader = source.reader()?;
    let (layout, teller) = (reader.layout().clone(), reader.teller());
    let view = RowView {
        source,
        columns: FileColumn::all(source.kind(), &layout),
        layout: &layout,
        teller,
        cells: draft.cells(),
        dismissed: draft.dismissed(),
    };
    let mut rows = BTreeMap::new();
    source.each(&mut reader, &wanted, |record| {
        let found = findings.get(&record.position.record);
        let row = view.row(record, found.map_or(&[][..], Vec::as_slice))?;
        rows.insert(row.record, row);
        Ok(())
    })?;
    Ok(rows)
}

/// What the rows of a page are made with.
struct RowView<'v> {
    source: &'v RejectedSource<'v>,
    columns: Vec<FileColumn<'v>>,
    layout: &'v Layout,
    teller: Teller<'v>,
    cells: ChangedCells<'v>,
    dismissed: BTreeMap<u64, &'v str>,
}

impl RowView<'_> {
    fn row(&self, record: &ReadRecord<'_>, findings: &[Finding]) -> Result<RejectedRow> {
        let told = self.teller.tell(record, findings);
        let told = told.map_err(RunError::io("telling what was found"))?;
        let (kind, fields) = (self.source.kind(), &record.fields);
        let own = own_ssn(kind, &self.source.job.fields, self.layout, fields);
        let number = record.position.record;
        let changed = self.cells.get(&number);
        let faulty = |name: &str| {
            let mut errors = findings.iter().filter(|f| f.severity == Severity::Error);
            errors.any(|finding| finding.field == name)
        };
        let cells = self.columns.iter().map(|column| RowCell {
            column: column.name.to_owned(),
            header: self.layout.header(column.field).to_owned(),
            sent: {
                let field = column.field.map_or(0, usize::from);
                ShownCell::of(*column, fields.get(field), own)
            },
            changed: changed
                .and_then(|cells| cells.get(column.name))
                .map(|value| ShownCell::of(*column, value.as_bytes(), own)),
            role: match column.name {
                name if faulty(name) => CellRole::Faulty,
                name if context_columns(kind).contains(&name) => CellRole::Context,
                _ => CellRole::Other,
            },
        });
        // Where it is in doubt what the fields are, any of them may hold anything.
        let cells = match record.has_whole_fields() && told.fields_known {
            true => cells.collect(),
            false => Vec::new(),
        };
        Ok(RejectedRow {
            record: number,
            line: record.position.line,
            subscriber_id: told.subscriber_id,
            findings: told.findings.into_iter().map(RowFinding::from).collect(),
            closed_by: None,
            cells,
            not_to_be_sent: self.dismissed.get(&number).map(|why| (*why).to_owned()),
        })
    }
}

/// The columns that tell people which record it is, besides the subscriber ID.
fn context_columns(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Deduction => &["last_name", "deduction_code", "effective_date"],
        Kind::Demographic | Kind::Accounts => &["first_name", "last_name"],
    }
}

/// What the ledger alone tells of a rejected record.
fn without_values(place: RejectedPlace, findings: &[Finding]) -> RejectedRow {
    let findings = findings.iter().map(|finding| {
        let explanation = explain(finding.code);
        RowFinding {
            field: finding.field.clone().into_owned(),
            header: String::new(),
            code: finding.code.as_str().to_owned(),
            severity: finding.severity.as_str().to_owned(),
            value: String::new(),
            message: explanation.message.to_owned(),
            how_to_fix: explanation.fix.to_owned(),
        }
    });
    RejectedRow {
        record: place.record,
        line: place.line,
        subscriber_id: String::new(),
        findings: findings.collect(),
        closed_by: None,
        cells: Vec::new(),
        not_to_be_sent: None,
    }
}
