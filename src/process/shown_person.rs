//! Who a row of the error file is about, as far as it may be shown.

use super::job::{FileContext, JobSpec};
use super::judged::JudgedChunk;
use super::kind::RecordKind;
use super::record::{Misshape, RawRecord, Record, subscriber_hash};
use crate::changeset::shown::{self, KeptField};
use crate::domain::column::{Column, KindColumns, Type};
use crate::domain::masking::value::{guarded, id_without_ssn, identifier, masked};
use crate::domain::{Kind, Ssn};
use crate::format::clean::clean_as;
use crate::format::{Fields, Layout};
use crate::validate::Findings;
use std::ops::Range;

/// The cells of a row that tell people whom it is about.
#[derive(Default)]
pub(super) struct ShownPerson {
    /// The ID without the apostrophe that keeps a spreadsheet from running it.
    pub(super) id: String,
    pub(super) subscriber_id: String,
    pub(super) employee_number: String,
    /// First and last name.
    pub(super) name: String,
}

impl ShownPerson {
    /// The identifying columns as sent. A value that is, or may be, the record's `own` SSN is masked.
    pub(super) fn of<C: KindColumns>(
        layout: &Layout,
        fields: &Fields<'_>,
        own: Option<Ssn>,
    ) -> ShownPerson {
        let sent = |column: C| text(layout, fields, column.definition());
        let shown = |column: C| identifier(&id_without_ssn(&sent(column), own), own);
        let columns = C::SHARED;
        let id = shown(columns.id);
        let names = [sent(columns.first_name), sent(columns.last_name)];
        ShownPerson {
            subscriber_id: guarded(id.clone()),
            id,
            employee_number: guarded(columns.employee_number.map(shown).unwrap_or_default()),
            name: full_name(&names, own),
        }
    }

    /// Of a record whose SSN is not read yet.
    pub(super) fn unjudged<C: KindColumns>(
        job: &JobSpec<'_>,
        layout: &Layout,
        fields: &Fields<'_>,
    ) -> ShownPerson {
        let own = C::SHARED.ssn.and_then(|column| {
            let sent = layout.get(fields, column);
            let own = job
                .fields
                .value(column.definition(), sent, &mut Findings::default());
            own.ssn()
        });
        ShownPerson::of::<C>(layout, fields, own)
    }

    /// Of a record, or of one whose fields are in doubt.
    pub(super) fn of_record<K: RecordKind>(
        context: FileContext<'_>,
        raw: &RawRecord<'_>,
        record: Option<&Record<'_, K>>,
    ) -> ShownPerson {
        let Some(record) = record else {
            return ShownPerson::of_misshapen::<K>(context, raw);
        };
        let own = record.values.any(K::Column::SHARED.ssn).ssn();
        ShownPerson::of::<K::Column>(context.layout, &raw.fields, own)
    }

    /// The ID and the name of a record with another number of fields than the header, where they can be read. Any other cell
    /// of it may hold anything.
    fn of_misshapen<K: RecordKind>(context: FileContext<'_>, raw: &RawRecord<'_>) -> ShownPerson {
        let FileContext { job, layout, .. } = context;
        let columns = K::Column::SHARED;
        let mut findings = Findings::default();
        let mut stands = |column: K::Column, looks_right: fn(&[u8]) -> bool| {
            let sent = layout.get(&raw.fields, column);
            let value = job.fields.value(column.definition(), sent, &mut findings);
            let valid = !value.is_blank() && findings.all.is_empty();
            valid && is_in_place(layout, raw, column, looks_right(sent))
        };
        let digit = |sent: &[u8]| sent.iter().any(u8::is_ascii_digit);
        if !stands(columns.id, digit) {
            return ShownPerson::default();
        }
        let word = |sent: &[u8]| !sent.iter().any(u8::is_ascii_digit);
        let named = stands(columns.first_name, word) && stands(columns.last_name, word);
        let shown = ShownPerson::unjudged::<K::Column>(job, layout, &raw.fields);
        ShownPerson {
            employee_number: String::new(),
            name: if named { shown.name } else { String::new() },
            ..shown
        }
    }

    /// An employee of the roster, by the fields kept of them.
    pub(super) fn kept(fields: &[KeptField]) -> ShownPerson {
        let field = |name: &str| {
            let place = shown::EMPLOYEE.iter().position(|known| *known == name);
            let kept = place.and_then(|place| fields.get(place));
            kept.map_or("", KeptField::shown).to_owned()
        };
        ShownPerson {
            id: field("subscriber_id"),
            subscriber_id: guarded(field("subscriber_id")),
            name: full_name(&[field("first_name"), field("last_name")], None),
            employee_number: String::new(),
        }
    }
}

/// Adds whose record a rejected one is, as far as that can be read; returns where it is.
pub(super) fn keep<K: RecordKind>(
    context: FileContext<'_>,
    raw: &RawRecord<'_>,
    record: Option<&Record<'_, K>>,
    out: &mut JudgedChunk,
) -> Range<usize> {
    let FileContext { job, layout, .. } = context;
    if K::KIND == Kind::Accounts {
        // The ID of an account is not that of a person.
        return 0..0;
    }
    let person = ShownPerson::of_record(context, raw, record);
    let sent = layout.get(&raw.fields, K::Column::SHARED.id);
    let subscriber = subscriber_hash(&job.key, clean_as(Type::SubscriberId, sent));
    out.push_person(&job.cipher, subscriber.unwrap_or(0), &person.id)
}

/// What was sent in a column, cleaned.
pub(super) fn text(layout: &Layout, fields: &Fields<'_>, column: &Column) -> String {
    let raw = layout.get(fields, column.index);
    String::from_utf8_lossy(clean_as(column.kind, raw)).into_owned()
}

/// Whether what stands in a column of a misshapen record belongs there. `looks_right`: it looks like what the column has.
fn is_in_place<C: KindColumns>(
    layout: &Layout,
    raw: &RawRecord<'_>,
    column: C,
    looks_right: bool,
) -> bool {
    let slot = layout.field(column).map(usize::from);
    match (raw.fields.misplaced(), raw.misshape) {
        (Some(quote), _) => quote.is_behind(layout.field(column)),
        // The last field that is there may be a part of one.
        (None, Some(Misshape::CutOff | Misshape::Torn { first: true })) => {
            slot.is_some_and(|slot| slot + 1 < raw.fields.len())
        }
        (None, Some(Misshape::Torn { first: false })) => false,
        (None, Some(Misshape::WithinAmount(_))) => true,
        // Behind a surplus field stands what belongs to another column, mostly words.
        (None, _) => slot == Some(0) || looks_right,
    }
}

/// First and last name in one cell.
fn full_name(names: &[String; 2], own: Option<Ssn>) -> String {
    let [first, last] = names.each_ref().map(|name| masked("", None, name, own));
    guarded(format!("{first} {last}").trim().to_owned())
}
