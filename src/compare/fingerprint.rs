//! The fingerprint of a record's content: two records are equal if their fingerprints are.

use crate::domain::SiteKey;
use crate::domain::column::{ColumnIndex, KindColumns};
use crate::domain::keyed_hash::HashedType;
use crate::domain::word::up_to_eight;
use crate::format::{Fields, Layout};
use crate::validate::text::{clean, clean_as};
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
        values: &Values<'_, C>,
    ) -> u64 {
        let out = &mut self.text;
        out.end = 0;
        let left_out: ColumnIndex = C::SHARED.last_changed_at.into();
        let action: Option<ColumnIndex> = C::ACTION.map(Into::into);
        for (column, value) in C::COLUMNS.iter().zip(values.all()) {
            if value.is_blank() || column.index == left_out {
                continue;
            }
            if action == Some(column.index) && matches!(value.text(), Some(b"ADD" | b"CHANGE")) {
                continue;
            }
            let head = [column.index.byte()];
            match *value {
                Value::Blank => {}
                Value::Invalid => {
                    let sent = clean_as(column.kind, layout.get(fields, column.index));
                    out.field([column.index.byte(), 0xff], sent);
                }
                Value::Text(text) | Value::Code(text) => out.field(head, text),
                Value::Date(date) => out.field(head, &date.num_days_from_ce().to_le_bytes()),
                Value::Moment(moment) => out.field(head, format!("{moment:?}").as_bytes()),
                Value::Cents(cents) => out.field(head, &cents.to_le_bytes()),
                Value::Flag(flag) => out.field(head, &[u8::from(flag)]),
                Value::Ssn(ssn) => out.field(head, &ssn.number().to_le_bytes()),
                Value::Zip(five, four) => {
                    let four = four.map_or(u32::MAX, u32::from);
                    let both = u64::from(five) | u64::from(four) << 32;
                    out.field(head, &both.to_le_bytes());
                }
                Value::Ein(number) => out.field(head, &number.to_le_bytes()),
            }
        }
        for (position, (_, index)) in (0u16..).zip(&layout.custom) {
            let cell = clean(index.map_or(&b""[..], |i| fields.get(usize::from(i))));
            if !cell.is_empty() {
                let [low, high] = position.to_le_bytes();
                out.field([0x80, low, high], cell);
            }
        }
        key.hash(HashedType::Content, &out.buffer[..out.end]).max(1)
    }
}

impl Canonical {
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
    use crate::validate::{Value, Values};
    use chrono::{Datelike, NaiveDate};
    use proptest::prelude::*;

    fn of(fingerprint: &mut Fingerprint, values: &Values<'_, Column>) -> u64 {
        let key = SiteKey::new([3; 16]);
        fingerprint.of(&key, &Layout::default(), &Fields::none(), values)
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
