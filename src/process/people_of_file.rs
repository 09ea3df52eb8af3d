//! Whom a file has records of, whatever else its records say.

use super::job::SourceFormat;
use super::run_io::Result;
use super::shown_person::ShownPerson;
use super::source::SourceReader;
use crate::domain::column::KindColumns;
use crate::domain::{DemographicColumn, Kind};
use crate::validate::{FieldRules, Findings};
use std::io::Read;
use std::ops::ControlFlow;

/// Calls `person` for each record of a demographic file that has a subscriber ID, also for those that a run would reject:
/// with the ID, and with what gives the ID as it may be shown.
///
/// # Errors
/// A fault of the file, or an I/O error.
pub(crate) fn for_each_person(
    source: impl Read,
    reading: &SourceFormat,
    rules: &FieldRules,
    mut person: impl FnMut(&[u8], &dyn Fn() -> String),
) -> Result<()> {
    let column = DemographicColumn::SubscriberId.definition();
    let mut source = SourceReader::open(Kind::Demographic, source, reading)?;
    let layout = source.layout.clone();
    source.for_each_record(|fields| {
        let id = rules.text(column, layout.get(fields, column.index));
        let shown = || {
            let column = DemographicColumn::Ssn.definition();
            let sent = layout.get(fields, column.index);
            let own = rules.value(column, sent, &mut Findings::default());
            ShownPerson::of::<DemographicColumn>(&layout, fields, own.ssn()).id
        };
        if !id.is_empty() {
            person(id, &shown);
        }
        ControlFlow::Continue(())
    })
}
