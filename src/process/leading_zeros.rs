//! The leading zeros that a spreadsheet has taken from a correction.

use super::corrections::{half, hash, person_columns};
use super::job::FileContext;
use super::kind::RecordKind;
use crate::domain::column::{ColumnIndex, KindColumns};
use crate::format::cell::push_row;
use crate::format::clean::clean_as;
use crate::format::dialect::Quotes;
use crate::format::encoding::likely;
use crate::format::fields::FieldSplitter;
use crate::format::spans::RecordSpan;
use crate::format::split::Shape;
use crate::format::{Chunk, Fields};
use crate::matching::corrections::{Corrections, agreement};
use crate::matching::names::Names;
use crate::matching::rejections::OpenRejection;
use crate::matching::traits::{Part, Trait};
use crate::validate::Findings;
use std::marker::PhantomData;

/// The most digits of a number that may have had leading zeros.
const MOST_DIGITS: usize = 20;

/// A record that is not read as it was sent.
pub(super) struct Repaired {
    pub bytes: Vec<u8>,
    /// The columns with the leading zeros that a correction lacked.
    pub restored: Vec<ColumnIndex>,
}

/// A record whose bytes are not UTF-8 as what they most likely mean, and a correction with its leading zeros. `None` for
/// others.
pub(super) fn repaired<K: RecordKind>(
    context: FileContext<'_>,
    chunk: &Chunk,
    span: &RecordSpan,
    splitter: &mut FieldSplitter,
) -> Option<Repaired> {
    if chunk.is_broken(span) {
        return Some(Repaired {
            bytes: likely(&chunk.text[span.start..span.end]),
            restored: Vec::new(),
        });
    }
    let corrections = context.job.known.corrections?;
    restored::<K>(corrections, context, &chunk.fields(span, splitter))
}

/// A text with one, two and more zeros in front of it, if it consists of digits.
fn with_zeros(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let most = if digits { MOST_DIGITS } else { 0 };
    (1..=most.saturating_sub(text.len())).map(move |zeros| {
        let mut longer = vec![b'0'; zeros];
        longer.extend_from_slice(text);
        longer
    })
}

/// Puts back the leading zeros of an ID, where no open rejection of the person has it without them and one has it with
/// them; and those of the other columns that are kept of it.
fn restored<K: RecordKind>(
    corrections: &Corrections,
    context: FileContext<'_>,
    fields: &Fields<'_>,
) -> Option<Repaired> {
    if fields.misplaced().is_some() {
        return None;
    }
    let cells = Cells::<K>::of(context, fields);
    let ids = cells.open_ids(corrections);
    let fits = |id: &&Longer| {
        let mut rejections = corrections.of_subscriber(id.hash);
        rejections.any(|r| cells.is_person_of(r))
    };
    let mut fitting = ids.into_iter().filter(fits);
    let first = fitting.next()?;
    if !first.is_as_sent && fitting.next().is_some() {
        return None;
    }
    let mut texts: Vec<(ColumnIndex, Vec<u8>)> = Vec::new();
    if !first.is_as_sent {
        let column = K::Column::SHARED.id;
        texts.push((column.into(), first.text.clone()));
    }
    let rejections: Vec<&OpenRejection> = corrections.of_subscriber(first.hash).collect();
    for (column, part) in restorable::<K>().skip(1) {
        texts.extend(cells.of_rejection(column, part, &rejections));
    }
    let slots: Vec<(u16, ColumnIndex, Vec<u8>)> = texts
        .into_iter()
        .filter_map(|(column, text)| Some((context.layout.field(column)?, column, text)))
        .collect();
    let cell = |place: usize| {
        let restored = slots.iter().find(|(slot, ..)| usize::from(*slot) == place);
        restored.map_or(fields.get(place), |(_, _, text)| text)
    };
    let mut bytes = Vec::new();
    let Shape::Delimited(dialect) = context.shape else {
        return None;
    };
    if dialect.quotes != Quotes::Rfc4180 && fields.iter().any(|f| f.contains(&b'"')) {
        return None;
    }
    push_row(&mut bytes, (0..fields.len()).map(cell), dialect.delimiter);
    bytes.pop();
    let restored: Vec<ColumnIndex> = slots.iter().map(|(_, column, _)| *column).collect();
    (!restored.is_empty()).then_some(Repaired { bytes, restored })
}

/// The ID with more leading zeros under which a row is open that was refused, if there is one.
pub(super) fn open_id<K: RecordKind>(
    context: FileContext<'_>,
    fields: &Fields<'_>,
) -> Option<String> {
    let corrections = context.job.known.corrections?;
    let cells = Cells::<K>::of(context, fields);
    let mut ids = cells.open_ids(corrections).into_iter();
    let longer = ids.find(|id| !id.is_as_sent)?;
    String::from_utf8(longer.text.clone()).ok()
}

/// The columns whose leading zeros are put back; the ID is the first.
fn restorable<K: RecordKind>() -> impl Iterator<Item = (K::Column, Part)> {
    let key = K::KEY_PARTS.iter().filter(|(_, part)| *part != Part::Else);
    person_columns::<K>().chain(key.copied())
}

/// A text as sent, or with more leading zeros.
struct Longer {
    text: Vec<u8>,
    hash: u32,
    is_as_sent: bool,
}

/// The cells of a correction that say whose it is, as they were sent and with more leading zeros.
struct Cells<K: RecordKind> {
    sent: Vec<(Part, Vec<Longer>)>,
    names: Option<u32>,
    kind: PhantomData<K>,
}

impl<K: RecordKind> Cells<K> {
    fn of(context: FileContext<'_>, fields: &Fields<'_>) -> Cells<K> {
        let FileContext { job, layout, .. } = context;
        let text = |column: K::Column| {
            let sent = layout.get(fields, column);
            clean_as(column.definition().kind, sent).to_vec()
        };
        let columns = K::Column::SHARED;
        let names = Names::of(
            &job.key,
            &text(columns.first_name),
            &text(columns.last_name),
        );
        let longer = |(column, part): (K::Column, Part)| {
            let sent = text(column);
            let longer: Vec<Vec<u8>> = with_zeros(&sent).collect();
            let texts = std::iter::once((sent, true));
            let texts = texts.chain(longer.into_iter().map(|text| (text, false)));
            let read = texts.filter_map(|(text, is_as_sent)| {
                let mut findings = Findings::default();
                let value = job.fields.value(column.definition(), &text, &mut findings);
                let hash = hash(&job.key, part, value)?;
                (!findings.reject()).then_some(Longer {
                    text,
                    hash,
                    is_as_sent,
                })
            });
            (part, read.collect())
        };
        Cells {
            sent: restorable::<K>().map(longer).collect(),
            names: names.whole().map(half),
            kind: PhantomData,
        }
    }

    fn get(&self, part: Part) -> &[Longer] {
        let sent = self.sent.iter().find(|(own, _)| *own == part);
        sent.map_or(&[], |(_, texts)| texts)
    }

    /// The ID, as it was sent or with more leading zeros, as far as rejections of it are open.
    fn open_ids(&self, corrections: &Corrections) -> Vec<&Longer> {
        let ids = self.get(Part::Subscriber).iter();
        ids.filter(|id| corrections.of_subscriber(id.hash).next().is_some())
            .collect()
    }

    /// Whether the person may be that of a rejection of the same ID.
    fn is_person_of(&self, rejection: &OpenRejection) -> bool {
        let has = |kept: Trait| match kept.part {
            Part::Name => self.names == Some(kept.hash),
            part => self.get(part).iter().any(|own| own.hash == kept.hash),
        };
        let agreement = agreement(rejection, has);
        agreement.same > 0 || agreement.other == 0
    }

    /// The text of a column with the leading zeros that it has in one of the rejections.
    fn of_rejection(
        &self,
        column: K::Column,
        part: Part,
        rejections: &[&OpenRejection],
    ) -> Option<(ColumnIndex, Vec<u8>)> {
        let kept = |own: &&Longer| {
            let mut traits = rejections.iter().flat_map(|r| &r.traits);
            traits.any(|t| t.part == part && !t.doubted && t.hash == own.hash)
        };
        let mut found = self.get(part).iter().filter(kept);
        let (one, other) = (found.next()?, found.next());
        let lost = !one.is_as_sent && other.is_none();
        lost.then(|| (column.into(), one.text.clone()))
    }
}
