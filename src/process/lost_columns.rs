//! Columns that a file lacks: those that the configuration has headers for, and those of the last accepted file, with the
//! records that would lose a value by it.

use super::job::{JobSpec, Known};
use super::kind::RecordKind;
use crate::changeset::filled;
use crate::domain::DemographicColumn;
use crate::domain::column::KindColumns;
use crate::format::Layout;
use crate::matching::file_row::FileRow;

/// For each configured header that a file has not, a sentence that says so.
pub(super) fn headers_not_found(job: &JobSpec<'_>, layout: &Layout) -> Vec<String> {
    let settings = &job.reading.columns;
    let here = layout.names(job.kind);
    let lacking = settings
        .mapped
        .iter()
        .filter(|(name, _)| layout.width.is_some() && !here.contains(name));
    let sentence = |(name, header): &(String, String)| {
        let near = layout.near_miss(header);
        let near = near.map(|near| format!(" It has `{near}`."));
        format!(
            "The column `{header}`, which is agreed for {name}, is not in the file, so {name} is empty in every row.{}",
            near.unwrap_or_default()
        )
    };
    lacking.map(sentence).collect()
}

/// The columns that a file lacks.
pub(super) struct LostColumns(Vec<LostColumn>);

struct LostColumn {
    name: String,
    /// See [`filled`].
    bit: u64,
    /// Records whose stored state has a value in it.
    records: u64,
}

impl LostColumns {
    /// Those that a layout lacks.
    pub(super) fn new(job: &JobSpec<'_>, layout: &Layout) -> LostColumns {
        let here = layout.names(job.kind);
        // The first hire date lives on without its column.
        let kept = DemographicColumn::OriginalHireDate.definition().name;
        let before = job.columns_before.iter();
        let gone = before.filter(|name| !here.contains(name) && *name != kept);
        let lost = |name: &String| LostColumn {
            bit: filled::bit(job.kind, name),
            name: name.clone(),
            records: 0,
        };
        LostColumns(gone.map(lost).collect())
    }

    /// Counts a record that is taken in the columns that it would lose.
    pub(super) fn add<K: RecordKind>(&mut self, known: &Known<'_>, row: &FileRow) {
        if self.0.is_empty() || !row.stored {
            return;
        }
        let filled = filled_before::<K>(known, row);
        for lost in &mut self.0 {
            lost.records += u64::from(filled & lost.bit != 0);
        }
    }

    /// The columns that a record would lose.
    pub(super) fn of<K: RecordKind>(&self, known: &Known<'_>, row: &FileRow) -> Vec<&str> {
        let filled = filled_before::<K>(known, row);
        let lost = self.0.iter().filter(|lost| filled & lost.bit != 0);
        lost.map(|lost| lost.name.as_str()).collect()
    }

    /// The columns in which records would lose a value, with their number.
    pub(super) fn counted(self) -> Vec<(String, u64)> {
        let lost = self.0.into_iter().filter(|lost| lost.records > 0);
        lost.map(|lost| (lost.name, lost.records)).collect()
    }
}

/// The columns that the stored state of a record fills.
fn filled_before<K: RecordKind>(known: &Known<'_>, row: &FileRow) -> u64 {
    if !row.stored {
        return 0;
    }
    let at = row.stored_at as usize;
    let filled = match K::FILLS_ROSTER {
        true => known.roster.map(|r| r.employees()[at].filled),
        false => known.deductions.map(|d| d.at(at).filled),
    };
    filled.unwrap_or(0)
}
