//! The fingerprint of a record's content: what makes two records equal.

use crate::domain::column::{columns, shared};
use crate::domain::keyed::Domain;
use crate::domain::short_word::up_to_eight;
use crate::domain::{Kind, SiteKey, deduction};
use crate::format::{Fields, Layout};
use crate::validate::Value;
use crate::validate::field::Values;
use crate::validate::text::clean;
use chrono::Datelike;

/// Computes fingerprints; keeps its buffer between records.
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
    /// The fingerprint of a record: every canonical and custom column but the time of change; equal in any dress.
    /// A sender's `ADD` or `CHANGE` is no content, a `STOP` or `WAIVE` is. Never 0.
    pub fn of(
        &mut self,
        key: &SiteKey,
        kind: Kind,
        layout: &Layout,
        fields: &Fields<'_>,
        values: &Values<'_>,
    ) -> u64 {
        let out = &mut self.text;
        out.end = 0;
        let left_out = shared(kind).last_changed_at;
        for (place, value) in values[..columns(kind).len()].iter().enumerate() {
            if value.is_blank() || place == left_out {
                continue;
            }
            let said = kind == Kind::Deduction && place == deduction::ACTION;
            if said && matches!(value.text(), Some(b"ADD" | b"CHANGE")) {
                continue;
            }
            let place = [place as u8];
            match *value {
                Value::Blank => {}
                Value::Invalid => {
                    let sent = clean(layout.get(fields, usize::from(place[0])));
                    out.field([place[0], 0xff], sent);
                }
                Value::Text(text) | Value::Code(text) => out.field(place, text),
                Value::Date(date) => out.field(place, &date.num_days_from_ce().to_le_bytes()),
                Value::Moment(moment) => out.field(place, format!("{moment:?}").as_bytes()),
                Value::Cents(cents) => out.field(place, &cents.to_le_bytes()),
                Value::Flag(flag) => out.field(place, &[u8::from(flag)]),
                Value::Ssn(ssn) => out.field(place, &ssn.number().to_le_bytes()),
                Value::Zip(five, four) => {
                    let four = four.map_or(u32::MAX, u32::from);
                    let both = u64::from(five) | u64::from(four) << 32;
                    out.field(place, &both.to_le_bytes());
                }
                Value::Ein(number) => out.field(place, &number.to_le_bytes()),
            }
        }
        for (place, (_, index)) in layout.custom.iter().enumerate() {
            let cell = clean(index.map_or(&b""[..], |i| fields.get(usize::from(i))));
            if !cell.is_empty() {
                let [low, high] = (place as u16).to_le_bytes();
                out.field([0x80, low, high], cell);
            }
        }
        key.hash(Domain::Content, &out.buffer[..out.end]).max(1)
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
    use crate::domain::keyed::Domain;
    use crate::domain::{Kind, SiteKey, Ssn, deduction as d};
    use crate::format::{Fields, Layout};
    use crate::validate::Value;
    use crate::validate::field::{COLUMNS, Values};
    use chrono::{Datelike, NaiveDate};
    use proptest::prelude::*;

    fn of(fingerprint: &mut Fingerprint, values: &Values<'_>) -> u64 {
        let key = SiteKey::new([3; 16]);
        fingerprint.of(
            &key,
            Kind::Deduction,
            &Layout::default(),
            &Fields::none(),
            values,
        )
    }

    proptest! {
        #[test]
        fn the_bytes_hashed_are_those_that_ledgers_know(
            texts in proptest::collection::vec("[a-zé]{0,40}", 1..8),
            cents: i64,
            days in 1i32..3_000_000,
            number in 0u32..1_000_000_000,
        ) {
            let mut values = [Value::Blank; COLUMNS];
            let (mut want, mut fingerprint) = (Vec::new(), Fingerprint::default());
            let mut add = |place: usize, value, bytes: &[u8]| {
                values[place] = value;
                want.push(place as u8);
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
            add(d::ACTION, Value::Code(b"STOP"), b"STOP");
            let hash = SiteKey::new([3; 16]).hash(Domain::Content, &want);
            // What an earlier record left in the buffer doesn't show.
            for _ in 0..2 {
                prop_assert_eq!(of(&mut fingerprint, &values), hash);
                of(&mut fingerprint, &[Value::Text(b"something longer than that"); COLUMNS]);
            }
            let said = values[d::ACTION];
            values[d::ACTION] = Value::Blank;
            let unsaid = of(&mut fingerprint, &values);
            values[d::ACTION] = Value::Code(b"ADD");
            prop_assert_eq!(of(&mut fingerprint, &values), unsaid);
            values[d::LAST_CHANGED_AT] = said;
            prop_assert_eq!(of(&mut fingerprint, &values), unsaid);
        }
    }
}
