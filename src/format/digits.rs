//! Numbers, amounts and dates as digits, for outputs.

use chrono::{Datelike, NaiveDate};
use std::io::Write;

/// The digits of every number below a hundred.
static PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut i = 0u8;
    while i < 100 {
        pairs[i as usize] = [b'0' + i / 10, b'0' + i % 10];
        i += 1;
    }
    pairs
};

fn pair(number: u32) -> [u8; 2] {
    PAIRS[(number % 100) as usize]
}

/// The last two digits of a number, with leading zero.
#[inline]
pub(crate) fn push_two(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&pair(number));
}

/// The last four digits of a number, with leading zeros.
#[inline]
pub(crate) fn push_four(out: &mut Vec<u8>, number: u32) {
    let ([a, b], [c, d]) = (pair(number / 100), pair(number));
    out.extend_from_slice(&[a, b, c, d]);
}

/// An amount in cents: `-12.30`.
#[inline]
pub(crate) fn push_cents(out: &mut Vec<u8>, cents: i64) {
    // Sign, nineteen digits, point.
    let mut text = [0u8; 21];
    let mut start = text.len();
    let mut put = |bytes: &[u8]| {
        start -= bytes.len();
        text[start..start + bytes.len()].copy_from_slice(bytes);
        start
    };
    let magnitude = cents.unsigned_abs();
    put(&pair((magnitude % 100) as u32));
    let mut from = put(b".");
    let mut rest = magnitude / 100;
    loop {
        if rest < 10 {
            from = put(&[b'0' + (rest % 10) as u8]);
            break;
        }
        from = put(&pair((rest % 100) as u32)).min(from);
        rest /= 100;
        if rest == 0 {
            break;
        }
    }
    if cents < 0 {
        from = put(b"-");
    }
    out.extend_from_slice(&text[from..]);
}

/// An employer identification number: `NN-NNNNNNN`.
#[inline]
pub(crate) fn push_ein(out: &mut Vec<u8>, number: u32) {
    let ([a, b], [_, c]) = (pair(number / 10_000_000), pair(number / 1_000_000));
    let [[d, e], [f, g], [h, i]] = [10_000, 100, 1].map(|part| pair(number / part));
    out.extend_from_slice(&[a, b, b'-', c, d, e, f, g, h, i]);
}

/// A ZIP code: five digits, and four more after a dash.
#[inline]
pub(crate) fn push_zip(out: &mut Vec<u8>, five: u32, four: Option<u16>) {
    let [[_, a], [b, c], [d, e]] = [10_000, 100, 1].map(|part| pair(five / part));
    out.extend_from_slice(&[a, b, c, d, e]);
    if let Some(four) = four {
        out.push(b'-');
        push_four(out, u32::from(four));
    }
}

/// A date: `YYYY-MM-DD`.
#[inline]
pub(crate) fn push_date(out: &mut Vec<u8>, date: NaiveDate) {
    let Ok(year @ 0..=9999) = u32::try_from(date.year()) else {
        let written = write!(out, "{date}");
        debug_assert!(written.is_ok(), "memory takes every write");
        return;
    };
    let ([a, b], [c, d]) = (pair(year / 100), pair(year));
    let ([e, f], [g, h]) = (pair(date.month()), pair(date.day()));
    out.extend_from_slice(&[a, b, c, d, b'-', e, f, b'-', g, h]);
}

#[cfg(test)]
mod tests {
    use super::{push_cents, push_date, push_ein, push_four, push_zip};
    use crate::domain::Cents;
    use chrono::NaiveDate;
    use proptest::prelude::*;

    fn written(push: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        push(&mut out);
        String::from_utf8(out).expect("ASCII")
    }

    proptest! {
        #[test]
        fn digits_are_those_of_formatting(
            cents in prop_oneof![any::<i64>(), -100_000i64..100_000],
            nine in 0u32..1_000_000_000,
            four in 0u16..10_000,
            days in prop_oneof![any::<i32>(), 0..4_000_000],
        ) {
            prop_assert_eq!(written(|o| push_cents(o, cents)), Cents::from(cents).to_string());
            let ein = format!("{:02}-{:07}", nine / 10_000_000, nine % 10_000_000);
            prop_assert_eq!(written(|o| push_ein(o, nine)), ein);
            let five = nine % 100_000;
            prop_assert_eq!(written(|o| push_zip(o, five, None)), format!("{five:05}"));
            let long = format!("{five:05}-{four:04}");
            prop_assert_eq!(written(|o| push_zip(o, five, Some(four))), long);
            prop_assert_eq!(written(|o| push_four(o, u32::from(four))), format!("{four:04}"));
            if let Some(date) = NaiveDate::from_num_days_from_ce_opt(days) {
                prop_assert_eq!(written(|o| push_date(o, date)), date.to_string());
            }
        }
    }
}
