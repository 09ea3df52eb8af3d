//! The fingerprint of a record's content: two records are equal if their fingerprints are.

use crate::domain::SiteKey;
use crate::domain::column::{Column, ColumnIndex, KindColumns, MAX_COLUMNS};
use crate::domain::keyed_hash::HashedType;
use crate::domain::word::up_to_eight;
use crate::format::clean::clean_as;
use crate::format::{Fields, Layout};
use crate::validate::placeholders::BlankWords;
use crate::validate::{Value, Values};
use chrono::Datelike;

/// Computes fingerprints. Keeps its buffer between records.
#[derive(Default)]
pub struct Fingerprint {
    text: Canonical,
}

/// The bytes that equal records share.
#[derive(Default)]
struct Canonical {
    /// Zeros, or what an earlier record left, from `end` on.
    buffer: Vec<u8>,
    end: usize,
}

impl Fingerprint {
    /// The fingerprint of a record: every canonical and custom column but the time of change. Equal values have equal
    /// fingerprints, however they were written. A sender's `ADD` or `CHANGE` is no content, a `STOP` or `WAIVE` is.
    /// Never 0.
    pub fn of<C: KindColumns>(
        &mut self,
        key: &SiteKey,
        layout: &Layout,
        fields: &Fields<'_>,
        blanks: &BlankWords,
        values: &Values<'_, C>,
    ) -> u64 {
        let out = &mut self.text;
        out.end = 0;
        for (column, value) in C::COLUMNS.iter().zip(values.all()) {
            if is_content::<C>(column, *value) {
                out.column(column, *value, layout, fields);
            }
        }
        for (position, (_, index)) in (0u16..).zip(&layout.custom) {
            out.custom(position, *index, fields, blanks);
        }
        key.hash(HashedType::Content, &out.buffer[..out.end]).max(1)
    }

    /// Appends a print, 16 bits of a hash, of each column that is filled: before them which canonical columns these are, a bit
    /// each; the custom ones follow, each with its number in `custom`. `salt` is the employee's own, so that equal values of
    /// two employees have different prints.
    pub fn prints<C: KindColumns>(
        key: &SiteKey,
        layout: &Layout,
        fields: &Fields<'_>,
        blanks: &BlankWords,
        (values, custom, salt): (&Values<'_, C>, &[u32], u64),
        prints: &mut Vec<u8>,
    ) {
        // Pads of custom columns have higher numbers.
        const CUSTOM: u64 = 1 << 32;
        const PADS: usize = 4;
        let own = key.print_key(salt);
        // Put together here: it is quicker than to add two bytes at a time.
        let (mut all, mut count) = ([[0u8; 2]; MAX_COLUMNS], 0);
        let mut filled = 0u64;
        let (mut pads, mut of) = ([0; PADS], usize::MAX);
        for (column, value) in C::COLUMNS.iter().zip(values.all()) {
            if is_content::<C>(column, *value) {
                let place = column.index.get();
                filled |= 1 << place;
                if of != place / PADS {
                    of = place / PADS;
                    pads = own.pads(of as u64);
                }
                each_form(column, *value, layout, fields, |valid, bytes| {
                    let pad = pads[place % PADS] ^ u16::from(!valid);
                    all[count] = own.print(bytes, pad).to_le_bytes();
                    count += 1;
                });
            }
        }
        prints.extend_from_slice(&filled.to_le_bytes());
        prints.extend_from_slice(all[..count].as_flattened());
        for ((_, field), number) in layout.custom.iter().zip(custom) {
            let cell = custom_cell(*field, fields, blanks);
            if !cell.is_empty() {
                let [pad, ..] = own.pads(CUSTOM | u64::from(*number));
                prints.extend_from_slice(&number.to_le_bytes());
                prints.extend_from_slice(&own.print(cell, pad).to_le_bytes());
            }
        }
    }

    /// Appends a hash of each canonical and custom column: records of one layout differ in content where these differ.
    pub fn columns<C: KindColumns>(
        &mut self,
        key: &SiteKey,
        layout: &Layout,
        fields: &Fields<'_>,
        blanks: &BlankWords,
        values: &Values<'_, C>,
        hashes: &mut Vec<u32>,
    ) {
        let out = &mut self.text;
        let mut push = |out: &Canonical| {
            hashes.push(key.half_hash(HashedType::Cell, &out.buffer[..out.end]));
        };
        for (column, value) in C::COLUMNS.iter().zip(values.all()) {
            out.end = 0;
            if is_content::<C>(column, *value) {
                out.column(column, *value, layout, fields);
            }
            push(&*out);
        }
        for (position, (_, index)) in (0u16..).zip(&layout.custom) {
            out.end = 0;
            out.custom(position, *index, fields, blanks);
            push(&*out);
        }
    }
}

/// Whether a value is a part of the content.
#[inline]
fn is_content<C: KindColumns>(column: &Column, value: Value<'_>) -> bool {
    let left_out: Option<ColumnIndex> = C::SHARED.last_changed_at.map(Into::into);
    let action: Option<ColumnIndex> = C::ACTION.map(Into::into);
    let told = || action == Some(column.index) && matches!(value.text(), Some(b"ADD" | b"CHANGE"));
    !value.is_blank() && Some(column.index) != left_out && !told()
}

/// The bytes that equal values of a column share, unless it is blank, and whether the value is valid.
#[inline(always)]
#[expect(clippy::inline_always, reason = "for every value of every record")]
fn each_form(
    column: &Column,
    value: Value<'_>,
    layout: &Layout,
    fields: &Fields<'_>,
    mut take: impl FnMut(bool, &[u8]),
) {
    match value {
        Value::Blank => {}
        Value::Invalid => take(
            false,
            clean_as(column.kind, layout.get(fields, column.index)),
        ),
        Value::Text(text) | Value::Code(text) => take(true, text),
        Value::Date(date) => take(true, &date.num_days_from_ce().to_le_bytes()),
        Value::Moment(moment) => take(true, format!("{moment:?}").as_bytes()),
        Value::Cents(cents) => take(true, &cents.to_le_bytes()),
        Value::Flag(flag) => take(true, &[u8::from(flag)]),
        Value::Ssn(ssn) => take(true, &ssn.number().to_le_bytes()),
        Value::Zip(five, four) => {
            let four = four.map_or(u32::MAX, u32::from);
            let both = u64::from(five) | u64::from(four) << 32;
            take(true, &both.to_le_bytes());
        }
        Value::Ein(number) => take(true, &number.to_le_bytes()),
    }
}

/// The text of a custom column, empty where it is blank.
fn custom_cell<'f>(field: Option<u16>, fields: &Fields<'f>, blanks: &BlankWords) -> &'f [u8] {
    let cell = field.map_or(&b""[..], |i| fields.get(usize::from(i)));
    blanks.custom_text(cell)
}

impl Canonical {
    /// Appends a canonical column with its value.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "for every value of every record")]
    fn column(&mut self, column: &Column, value: Value<'_>, layout: &Layout, fields: &Fields<'_>) {
        let index = column.index.byte();
        each_form(column, value, layout, fields, |valid, bytes| match valid {
            true => self.field([index], bytes),
            false => self.field([index, 0xff], bytes),
        });
    }

    /// Appends a custom column, unless it is empty.
    fn custom(
        &mut self,
        position: u16,
        field: Option<u16>,
        fields: &Fields<'_>,
        blanks: &BlankWords,
    ) {
        let cell = custom_cell(field, fields, blanks);
        if !cell.is_empty() {
            let [low, high] = position.to_le_bytes();
            self.field([0x80, low, high], cell);
        }
    }

    /// Appends a field: what it is, its content, and its end. Most contents are short: those are written as one or two
    /// words.
    #[inline]
    fn field<const N: usize>(&mut self, head: [u8; N], content: &[u8]) {
        const END: u8 = 0xfe;
        let (from, to) = (self.end + N, self.end + N + content.len());
        // A word may be written beyond the end of a content that is shorter.
        let need = to + size_of::<u64>();
        if self.buffer.len() < need {
            self.buffer.resize(need.next_power_of_two(), 0);
        }
        self.buffer[self.end..from].copy_from_slice(&head);
        match (content.first_chunk::<8>(), content.last_chunk::<8>()) {
            (Some(first), Some(last)) if content.len() <= 16 => {
                self.buffer[from..from + 8].copy_from_slice(first);
                self.buffer[to - 8..to].copy_from_slice(last);
            }
            (None, _) => {
                let word = up_to_eight(content).to_le_bytes();
                self.buffer[from..from + 8].copy_from_slice(&word);
            }
            _ => self.buffer[from..to].copy_from_slice(content),
        }
        self.buffer[to] = END;
        self.end = to + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;
    use crate::domain::column::KindColumns;
    use crate::domain::keyed_hash::HashedType;
    use crate::domain::{DeductionColumn as Column, SiteKey, Ssn};
    use crate::format::{Fields, Layout};
    use crate::validate::placeholders::BlankWords;
    use crate::validate::{Value, Values};
    use chrono::{Datelike, NaiveDate};
    use proptest::prelude::*;

    fn of(fingerprint: &mut Fingerprint, values: &Values<'_, Column>) -> u64 {
        let key = SiteKey::new([3; 16]);
        let (layout, blanks) = (Layout::default(), BlankWords::default());
        fingerprint.of(&key, &layout, &Fields::none(), &blanks, values)
    }

    #[test]
    fn prints_tell_values_columns_and_owners_apart() {
        let prints = |values: &Values<'_, Column>, salt| {
            let (layout, blanks) = (Layout::default(), BlankWords::default());
            let mut out = Vec::new();
            let columns = (values, &[][..], salt);
            let key = SiteKey::new([3; 16]);
            Fingerprint::prints(&key, &layout, &Fields::none(), &blanks, columns, &mut out);
            let (filled, prints) = out.split_first_chunk().expect("the columns");
            (u64::from_le_bytes(*filled), prints.to_vec())
        };
        let mut values = Values::<Column>::blank();
        assert_eq!(prints(&values, 1), (0, Vec::new()));
        *values.at_mut(Column::COLUMNS[1].index) = Value::Text(b"some long text of a record");
        *values.at_mut(Column::COLUMNS[3].index) = Value::Text(b"some long text of a record");
        let (filled, one) = prints(&values, 1);
        assert_eq!((filled, one.len()), (0b1010, 4));
        assert_eq!(prints(&values, 1), (filled, one.clone()));
        assert_ne!(one[..2], one[2..]);
        let (_, other) = prints(&values, 2);
        assert!(other[..2] != one[..2] && other[2..] != one[2..]);
        *values.at_mut(Column::COLUMNS[3].index) = Value::Text(b"some long text of a recorD");
        let (_, changed) = prints(&values, 1);
        assert!(changed[..2] == one[..2] && changed[2..] != one[2..]);
    }

    proptest! {
        #[test]
        fn the_bytes_hashed_are_those_that_ledgers_know(
            texts in proptest::collection::vec("[a-zé]{0,40}", 1..8),
            cents: i64,
            days in 1i32..3_000_000,
            number in 0u32..1_000_000_000,
        ) {
            let mut values = Values::blank();
            let (mut want, mut fingerprint) = (Vec::new(), Fingerprint::default());
            let mut add = |index: usize, value, bytes: &[u8]| {
                let index = Column::COLUMNS[index].index;
                *values.at_mut(index) = value;
                want.push(index.byte());
                want.extend_from_slice(bytes);
                want.push(0xfe);
            };
            for (place, text) in texts.iter().enumerate() {
                add(place, Value::Text(text.as_bytes()), text.as_bytes());
            }
            let date = NaiveDate::from_num_days_from_ce_opt(days).expect("a date");
            add(10, Value::Ein(number), &number.to_le_bytes());
            add(11, Value::Cents(cents), &cents.to_le_bytes());
            add(12, Value::Flag(cents > 0), &[u8::from(cents > 0)]);
            let ssn = Ssn::new(number).map_or(Value::Blank, Value::Ssn);
            add(13, ssn, &number.to_le_bytes());
            let zip = [number.to_le_bytes(), u32::MAX.to_le_bytes()].concat();
            add(14, Value::Zip(number, None), &zip);
            add(15, Value::Date(date), &date.num_days_from_ce().to_le_bytes());
            add(Column::Action.definition().index.get(), Value::Code(b"STOP"), b"STOP");
            let hash = SiteKey::new([3; 16]).hash(HashedType::Content, &want);
            // What an earlier record left in the buffer doesn't show.
            for _ in 0..2 {
                prop_assert_eq!(of(&mut fingerprint, &values), hash);
                let mut longer = Values::blank();
                for column in Column::COLUMNS {
                    *longer.at_mut(column.index) = Value::Text(b"something longer than that");
                }
                of(&mut fingerprint, &longer);
            }
            let said = values[Column::Action];
            values[Column::Action] = Value::Blank;
            let unsaid = of(&mut fingerprint, &values);
            values[Column::Action] = Value::Code(b"ADD");
            prop_assert_eq!(of(&mut fingerprint, &values), unsaid);
            values[Column::LastChangedAt] = said;
            prop_assert_eq!(of(&mut fingerprint, &values), unsaid);
        }
    }
}
