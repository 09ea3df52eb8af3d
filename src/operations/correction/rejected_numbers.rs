//! The numbers of a run's rejected records.

use crate::domain::Code;
use crate::ledger::{Ledger, RejectedPlace, RunRow};
use crate::operations::error::Result;
use std::collections::{BTreeSet, HashSet};

/// The open rejected records of a run.
pub(super) fn open_records(ledger: &dyn Ledger, row: &RunRow) -> Result<BTreeSet<u64>> {
    let places = ledger.rejected_places(row.number, 0, usize::MAX)?;
    let open = places.iter().filter(|place| place.closed_by.is_none());
    Ok(open.map(|place| place.record).collect())
}

/// Up to this number of records are looked up one by one.
const FEW: usize = 50;

/// Those of these records that are open rejected ones of a run.
pub(super) fn open_among(
    ledger: &dyn Ledger,
    row: &RunRow,
    records: &BTreeSet<u64>,
) -> Result<BTreeSet<u64>> {
    if records.len() > FEW {
        let open = open_records(ledger, row)?;
        return Ok(open.intersection(records).copied().collect());
    }
    let mut open = BTreeSet::new();
    for record in records {
        let place = rejected_place(ledger, row, *record)?;
        if place.is_some_and(|place| place.closed_by.is_none()) {
            open.insert(*record);
        }
    }
    Ok(open)
}

/// Where a rejected record of a run is; `None`: it was not rejected. The ledger has the rejected records of a run in the order
/// of their numbers, so the row is found by halving.
pub(super) fn rejected_place(
    ledger: &dyn Ledger,
    row: &RunRow,
    record: u64,
) -> Result<Option<RejectedPlace>> {
    let behind = |after: i64| -> Result<Option<RejectedPlace>> {
        Ok(ledger.rejected_places(row.number, after, 1)?.pop())
    };
    // The row is behind `low`, and not behind `high`.
    let (mut low, mut high) = (0, i64::MAX);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match behind(middle)? {
            Some(place) if place.record == record => return Ok(Some(place)),
            Some(place) if place.record < record => low = place.row,
            _ => high = middle,
        }
    }
    let found = behind(low)?;
    Ok(found.filter(|place| place.record == record))
}

/// The records of a run with an error of a code, be it in one column alone.
pub(super) fn records_with(
    ledger: &dyn Ledger,
    number: u32,
    code: Code,
    column: Option<&str>,
) -> Result<HashSet<u64>> {
    let mut records = HashSet::new();
    ledger.each_error(number, &mut |record, found, field| {
        if found == code && column.is_none_or(|column| column == field) {
            records.insert(record);
        }
    })?;
    Ok(records)
}
