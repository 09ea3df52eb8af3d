//! The fingerprint of a record's content: what makes two records equal.

use crate::domain::column::{columns, shared};
use crate::domain::keyed::Domain;
use crate::domain::{Kind, SiteKey, deduction};
use crate::format::{Fields, Layout};
use crate::validate::Value;
use crate::validate::field::Values;
use crate::validate::text::clean;

/// Computes fingerprints; keeps its buffer between records.
#[derive(Default)]
pub struct Fingerprint {
    buffer: Vec<u8>,
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
        let buffer = &mut self.buffer;
        buffer.clear();
        let left_out = shared(kind).last_changed_at;
        for (place, value) in values[..columns(kind).len()].iter().copied().enumerate() {
            if value.is_blank() || place == left_out {
                continue;
            }
            let said = kind == Kind::Deduction && place == deduction::ACTION;
            if said && matches!(value.text(), Some(b"ADD" | b"CHANGE")) {
                continue;
            }
            buffer.push(place as u8);
            match value {
                Value::Invalid => {
                    buffer.push(0xff);
                    buffer.extend_from_slice(clean(layout.get(fields, place)));
                }
                _ => value.canonical(buffer),
            }
            buffer.push(0xfe);
        }
        for (place, (_, index)) in layout.custom.iter().enumerate() {
            let cell = clean(index.map_or(&b""[..], |i| fields.get(usize::from(i))));
            if !cell.is_empty() {
                buffer.push(0x80);
                buffer.extend_from_slice(&(place as u16).to_le_bytes());
                buffer.extend_from_slice(cell);
                buffer.push(0xfe);
            }
        }
        key.hash(Domain::Content, buffer).max(1)
    }
}
