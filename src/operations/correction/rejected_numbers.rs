//! The numbers of a run's rejected records.

use crate::domain::Code;
use crate::ledger::{Ledger, RunRow};
use crate::operations::error::Result;
use std::collections::{BTreeSet, HashSet};

/// The open rejected records of a run.
pub(super) fn open_records(ledger: &dyn Ledger, row: &RunRow) -> Result<BTreeSet<u64>> {
    let places = ledger.rejected_places(row.number, 0, usize::MAX)?;
    let open = places.iter().filter(|place| place.closed_by.is_none());
    Ok(open.map(|place| place.record).collect())
}

/// Whether a record of a run was rejected, be it closed by now.
pub(super) fn is_rejected(ledger: &dyn Ledger, row: &RunRow, record: u64) -> Result<bool> {
    let places = ledger.rejected_places(row.number, 0, usize::MAX)?;
    Ok(places.iter().any(|place| place.record == record))
}

/// The records of a run with an error of a code.
pub(super) fn records_with(ledger: &dyn Ledger, number: u32, code: Code) -> Result<HashSet<u64>> {
    let mut records = HashSet::new();
    ledger.each_error(number, &mut |record, found, _| {
        if found == code {
            records.insert(record);
        }
    })?;
    Ok(records)
}
