//! Rejected records as rows of the page: their faulty cells as fields, and the findings below them.

use super::form::{CELL, SHOWN};
use crate::operations::correction::{
    CellRole, DraftCheck, RejectedRow, RowCell, RowFinding, ShownCell,
};

/// What the judge says of a row that the draft has corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowState {
    /// The draft has no new value of it.
    AsSent,
    /// The draft says that it is not to be sent.
    NotToBeSent,
    WouldBeAccepted,
    StillRejected,
}

/// A rejected record as a row.
pub(super) struct CorrectRow {
    pub(super) record: u64,
    pub(super) line: u64,
    pub(super) subscriber_id: String,
    /// What tells people which record it is: columns and values.
    pub(super) context: Vec<(String, String)>,
    pub(super) cells: Vec<CorrectCell>,
    /// Findings of the record as a whole, and of columns that have no field here.
    pub(super) findings: Vec<RowFinding>,
    pub(super) state: RowState,
    pub(super) why_not: String,
    /// Whether it has cells that are not shown.
    pub(super) has_more: bool,
    /// Whether its cells can't be edited one by one.
    pub(super) in_doubt: bool,
}

/// A cell with its field.
pub(super) struct CorrectCell {
    /// What ties label, field and findings together.
    pub(super) id: String,
    /// The name of its field.
    pub(super) name: String,
    /// The name of the field that keeps what was shown, and what that is; none where the value is hidden.
    pub(super) shown: Option<(String, String)>,
    pub(super) label: String,
    /// The value as it was sent, where that doesn't stand in the field.
    pub(super) sent: Option<String>,
    /// The hidden value that the draft has.
    pub(super) drafted: Option<String>,
    pub(super) value: String,
    pub(super) findings: Vec<RowFinding>,
    /// Whether something is still wrong with it.
    pub(super) invalid: bool,
}

impl CorrectRow {
    /// The row as the page shows it, with all cells if it is `open`.
    pub(super) fn of(row: RejectedRow, check: Option<&DraftCheck>, open: bool) -> CorrectRow {
        let changed = row.cells.iter().any(|cell| cell.changed.is_some());
        let rejected = check.and_then(|check| {
            let mut rejected = check.rejected.iter();
            rejected.find(|found| found.record == row.record)
        });
        let state = match (&row.not_to_be_sent, changed && check.is_some(), rejected) {
            (Some(_), ..) => RowState::NotToBeSent,
            (None, false, _) => RowState::AsSent,
            (None, true, Some(_)) => RowState::StillRejected,
            (None, true, None) => RowState::WouldBeAccepted,
        };
        let mut findings = rejected.map_or(row.findings, |found| found.findings.clone());
        let in_doubt = row.cells.is_empty();
        let shown = |cell: &&RowCell| {
            open || cell.role == CellRole::Faulty
                || cell.changed.is_some()
                || findings.iter().any(|found| found.field == cell.column)
        };
        let (with_field, without): (Vec<_>, Vec<_>) =
            row.cells.iter().partition(|cell| shown(cell));
        let context = without.iter().filter(|cell| cell.role == CellRole::Context);
        let context = context
            .map(|cell| (cell.column.clone(), cell.sent.text().to_owned()))
            .collect();
        let mut cells = Vec::with_capacity(with_field.len());
        for cell in with_field {
            let of = findings.extract_if(.., |found| found.field == cell.column);
            let of = of.collect();
            cells.push(CorrectCell::of(row.record, cell, of, state));
        }
        CorrectRow {
            record: row.record,
            line: row.line,
            subscriber_id: row.subscriber_id,
            context,
            has_more: !open && !without.is_empty(),
            cells,
            findings,
            state,
            why_not: row.not_to_be_sent.unwrap_or_default(),
            in_doubt,
        }
    }

    /// Whether it would be accepted as the draft has it.
    pub(super) fn is_right(&self) -> bool {
        self.state == RowState::WouldBeAccepted
    }

    pub(super) fn is_still_rejected(&self) -> bool {
        self.state == RowState::StillRejected
    }

    pub(super) fn is_not_to_be_sent(&self) -> bool {
        self.state == RowState::NotToBeSent
    }
}

impl CorrectCell {
    fn of(record: u64, cell: &RowCell, findings: Vec<RowFinding>, state: RowState) -> CorrectCell {
        let column = &cell.column;
        let now = cell.changed.as_ref().unwrap_or(&cell.sent);
        let hidden = |shown: &ShownCell| matches!(shown, ShownCell::Sensitive { .. });
        // A hidden value is told as it was sent even where the draft has a new one.
        let sent = (hidden(now) || cell.changed.is_some()).then(|| match cell.sent.text() {
            "" => "(empty)".to_owned(),
            text => text.to_owned(),
        });
        CorrectCell {
            id: format!("{record}-{}", column.replace([' ', '.'], "_")),
            name: format!("{CELL}{record}.{column}"),
            shown: (!hidden(now))
                .then(|| (format!("{SHOWN}{record}.{column}"), now.input().to_owned())),
            label: match cell.header.is_empty() || cell.header == *column {
                true => column.clone(),
                false => format!("{} ({column})", cell.header),
            },
            sent,
            drafted: cell
                .changed
                .as_ref()
                .filter(|changed| hidden(changed))
                .map(|changed| changed.text().to_owned()),
            value: now.input().to_owned(),
            invalid: state != RowState::WouldBeAccepted
                && findings.iter().any(RowFinding::is_error),
            findings,
        }
    }
}
