//! A draft of corrections: what people have changed of a run's rejected records and not sent yet.

use crate::domain::ReferenceId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A value that a person typed for a cell. It has no `Display`, and `Debug` doesn't show it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct CellText(String);

impl CellText {
    pub(crate) fn new(text: impl Into<String>) -> CellText {
        CellText(text.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CellText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CellText")
    }
}

/// A new value of a cell, by record and column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CellChange {
    pub(crate) record: u64,
    pub(crate) column: String,
    pub(crate) value: CellText,
}

/// What a person did in one act. It is taken back as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "lowercase")]
pub(crate) enum DraftAct {
    /// A new value of one cell.
    Edit(CellChange),
    /// One value of a column in the place of another, in all these records.
    Replace {
        column: String,
        from: CellText,
        to: CellText,
        records: Vec<u64>,
    },
    /// The differences of a corrected rejects file that was brought back.
    Upload { cells: Vec<CellChange> },
    /// Records that are not to be sent, with the reason.
    Dismiss { records: Vec<u64>, why: String },
}

/// An act with who did it, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DraftEntry {
    /// Its number in the draft, by which it is reverted.
    pub(crate) number: u64,
    /// The version of the draft that it made.
    pub(crate) version: u64,
    pub(crate) by: String,
    /// RFC 3339 with the site's offset.
    pub(crate) at: String,
    #[serde(flatten)]
    pub(crate) act: DraftAct,
}

/// Corrections that were sent off, or are about to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Submission {
    /// The one-time ID that the person's page had.
    pub(crate) id: String,
    pub(crate) by: String,
    /// RFC 3339 with the site's offset.
    pub(crate) at: String,
    /// The file of the corrections; its name has the ID.
    pub(crate) file: String,
    /// What the file holds.
    pub(crate) records: Vec<u64>,
    /// Records that are dismissed, with the reason.
    pub(crate) dismissed: BTreeMap<u64, String>,
    /// How it ended; `None` until it has.
    pub(crate) ended: Option<SubmissionEnd>,
}

/// How a submission ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SubmissionEnd {
    /// The linked run; `None` where records were only dismissed.
    pub(crate) run: Option<ReferenceId>,
}

/// The draft of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CorrectionDraft {
    /// Grows by one with each save.
    pub(crate) version: u64,
    /// How many entries there ever were.
    entries_ever: u64,
    pub(crate) entries: Vec<DraftEntry>,
    pub(crate) submissions: Vec<Submission>,
}

/// The new values of the records that have any, by column.
pub(crate) type ChangedCells<'d> = BTreeMap<u64, BTreeMap<&'d str, &'d str>>;

impl CorrectionDraft {
    /// Adds acts of a person, which make a new version.
    pub(crate) fn add(&mut self, by: &str, at: &str, acts: Vec<DraftAct>) {
        self.version += 1;
        for act in acts {
            self.entries_ever += 1;
            self.entries.push(DraftEntry {
                number: self.entries_ever,
                version: self.version,
                by: by.to_owned(),
                at: at.to_owned(),
                act,
            });
        }
    }

    /// Takes an act back. `false`: there is none of this number.
    pub(crate) fn revert(&mut self, number: u64) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.number != number);
        let found = self.entries.len() < before;
        self.version += u64::from(found);
        found
    }

    /// Each change of a cell, oldest first, with its entry.
    pub(crate) fn each_cell<'d>(
        &'d self,
        mut visit: impl FnMut(&'d DraftEntry, u64, &'d str, &'d str),
    ) {
        for entry in &self.entries {
            match &entry.act {
                DraftAct::Edit(cell) => {
                    visit(entry, cell.record, &cell.column, cell.value.as_str());
                }
                DraftAct::Upload { cells } => {
                    for cell in cells {
                        visit(entry, cell.record, &cell.column, cell.value.as_str());
                    }
                }
                DraftAct::Replace {
                    column,
                    to,
                    records,
                    ..
                } => {
                    for record in records {
                        visit(entry, *record, column, to.as_str());
                    }
                }
                DraftAct::Dismiss { .. } => {}
            }
        }
    }

    /// The new value of each changed cell: of several changes the last one counts.
    pub(crate) fn cells(&self) -> ChangedCells<'_> {
        let mut cells = ChangedCells::new();
        self.each_cell(|_, record, column, value| {
            cells.entry(record).or_default().insert(column, value);
        });
        cells
    }

    /// The records that are not to be sent, each with the reason.
    pub(crate) fn dismissed(&self) -> BTreeMap<u64, &str> {
        let mut dismissed = BTreeMap::new();
        for entry in &self.entries {
            if let DraftAct::Dismiss { records, why } = &entry.act {
                dismissed.extend(records.iter().map(|record| (*record, why.as_str())));
            }
        }
        dismissed
    }

    /// Drops what is about records that are closed.
    pub(crate) fn keep_open(&mut self, is_open: impl Fn(u64) -> bool) {
        for entry in &mut self.entries {
            match &mut entry.act {
                DraftAct::Replace { records, .. } | DraftAct::Dismiss { records, .. } => {
                    records.retain(|record| is_open(*record));
                }
                DraftAct::Upload { cells } => cells.retain(|cell| is_open(cell.record)),
                DraftAct::Edit(_) => {}
            }
        }
        self.entries.retain(|entry| match &entry.act {
            DraftAct::Edit(cell) => is_open(cell.record),
            DraftAct::Replace { records, .. } | DraftAct::Dismiss { records, .. } => {
                !records.is_empty()
            }
            DraftAct::Upload { cells } => !cells.is_empty(),
        });
    }

    /// The submission with this one-time ID.
    pub(crate) fn submission(&self, id: &str) -> Option<&Submission> {
        self.submissions.iter().find(|s| s.id == id)
    }

    /// Whether nothing is kept in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.submissions.iter().all(|s| s.ended.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::{CellChange, CellText, CorrectionDraft, DraftAct};

    fn edit(record: u64, value: &str) -> DraftAct {
        DraftAct::Edit(CellChange {
            record,
            column: "city".into(),
            value: CellText::new(value),
        })
    }

    fn value(draft: &CorrectionDraft, record: u64) -> Option<String> {
        let cells = draft.cells();
        Some((*cells.get(&record)?.get("city")?).to_owned())
    }

    #[test]
    fn the_last_change_counts_and_each_is_reverted_alone() {
        let mut draft = CorrectionDraft::default();
        draft.add("ada", "t1", vec![edit(1, "Rome"), edit(2, "Oslo")]);
        let replace = DraftAct::Replace {
            column: "city".into(),
            from: CellText::new("Rome"),
            to: CellText::new("Roma"),
            records: vec![1, 3],
        };
        draft.add("ben", "t2", vec![replace]);
        let all = |draft: &CorrectionDraft| [1, 2, 3].map(|record| value(draft, record));
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(all(&draft), [some("Roma"), some("Oslo"), some("Roma")]);
        assert!(draft.revert(3) && !draft.revert(3));
        assert_eq!(all(&draft), [some("Rome"), some("Oslo"), None]);
        draft.add("ada", "t3", vec![edit(2, "Bern")]);
        assert_eq!(draft.entries.last().map(|e| e.number), Some(4));
        assert_eq!((draft.version, value(&draft, 2)), (4, some("Bern")));
    }

    #[test]
    fn what_is_closed_leaves_the_draft() {
        let mut draft = CorrectionDraft::default();
        let dismiss = DraftAct::Dismiss {
            records: vec![3, 4],
            why: "left".into(),
        };
        draft.add("ada", "t", vec![edit(1, "a"), edit(2, "b"), dismiss]);
        draft.keep_open(|record| record == 2 || record == 4);
        assert_eq!(draft.cells().keys().copied().collect::<Vec<_>>(), [2]);
        assert_eq!(
            draft.dismissed().into_iter().collect::<Vec<_>>(),
            [(4, "left")]
        );
        draft.keep_open(|_| false);
        assert!(draft.is_empty());
    }

    #[test]
    fn no_value_is_formatted() {
        let mut draft = CorrectionDraft::default();
        draft.add("ada", "t", vec![edit(1, "521-34-1234")]);
        assert!(!format!("{draft:?}").contains("521"));
    }
}
