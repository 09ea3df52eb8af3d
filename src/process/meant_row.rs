//! Which rejected record a row is meant for that corrects none.

use super::job::FileContext;
use super::kind::RecordKind;
use super::leading_zeros;
use super::record::{RawRecord, Record};
use crate::domain::Kind;
use crate::domain::column::KindColumns;
use crate::domain::masking::value::{id_without_ssn, identifier};
use crate::matching::corrections::Belongs;

/// Which open rejection a row may be meant for that corrects none.
pub(super) fn meant_row<K: RecordKind>(
    context: FileContext<'_>,
    record: &Record<'_, K>,
    raw: &RawRecord<'_>,
) -> String {
    let own = record.values.any(K::Column::SHARED.ssn).ssn();
    if let Some(id) = leading_zeros::open_id::<K>(context, &raw.fields) {
        let id = identifier(&id_without_ssn(&id, own), own);
        return format!(
            " {id} is still open, but what else the row says of the person is different."
        );
    }
    let Some(Belongs::No(Some(place))) = record.belongs else {
        return String::new();
    };
    let known_by = match K::KIND {
        Kind::Demographic => "ID and employer",
        Kind::Deduction => "ID, employer, code and effective date",
        Kind::Accounts => "account ID",
    };
    let known = context.job.known.corrections;
    let Some(run) = known.and_then(|c| c.reference(place.run)) else {
        return String::new();
    };
    format!(
        " It may be meant for record {} of run {run}, whose {known_by} were right and have to stay as they were.",
        place.record
    )
}
