//! Amounts of money, in cents and never in floats. Many notations are read; anything ambiguous is refused.

use crate::domain::Code;

/// Largest amount of one record in cents, 999,999,999.99: no file within the limit of records can sum up to more than
/// the ledger holds.
pub const LARGEST: i64 = 99_999_999_999;

/// Reads an amount in the most common notation, digits with or without two decimals; `None` leaves it to [`read`].
#[inline]
pub(crate) fn read_plain(text: &[u8]) -> Option<i64> {
    const DIGITS: usize = 9;
    let (whole, cents) = match text {
        [whole @ .., b'.', a @ b'0'..=b'9', b @ b'0'..=b'9'] => {
            (whole, (a - b'0') * 10 + (b - b'0'))
        }
        _ => (text, 0),
    };
    if !(1..=DIGITS).contains(&whole.len()) {
        return None;
    }
    let mut value = 0u32;
    for byte in whole {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u32::from(byte - b'0');
    }
    Some(i64::from(value) * 100 + i64::from(cents))
}

/// Reads an amount: optional `$`, thousands commas, at most two decimals; negative by a leading or trailing minus
/// or by parentheses.
///
/// # Errors
/// `AMOUNT_PRECISION` for three or more decimals, `SPREADSHEET_NUMBER` for scientific notation, else `AMOUNT_INVALID`.
pub fn read(text: &[u8]) -> Result<i64, Code> {
    read_plain(text).map_or_else(|| read_any(text), Ok)
}

fn read_any(text: &[u8]) -> Result<i64, Code> {
    if super::text::is_scientific(text) {
        return Err(Code::SpreadsheetNumber);
    }
    let (body, negative) = sign(text);
    let body = body.strip_prefix(b"$").unwrap_or(body).trim_ascii();
    let (whole, fraction) = match memchr::memchr(b'.', body) {
        Some(dot) => (&body[..dot], Some(&body[dot + 1..])),
        None => (body, None),
    };
    let mut value: i64 = 0;
    let mut since_comma: Option<usize> = None;
    for (i, b) in whole.iter().enumerate() {
        match b {
            b'0'..=b'9' => {
                value = value * 10 + i64::from(b - b'0');
                since_comma = since_comma.map(|n| n + 1);
            }
            b',' if i > 0 && i <= 3 && since_comma.is_none() => since_comma = Some(0),
            b',' if since_comma == Some(3) => since_comma = Some(0),
            _ => return Err(Code::AmountInvalid),
        }
        if value > LARGEST {
            return Err(Code::AmountInvalid);
        }
    }
    if since_comma.is_some_and(|n| n != 3) || (whole.is_empty() && fraction.is_none()) {
        return Err(Code::AmountInvalid);
    }
    value *= 100;
    if let Some(fraction) = fraction {
        if fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
            return Err(Code::AmountInvalid);
        }
        if fraction.len() > 2 {
            return Err(Code::AmountPrecision);
        }
        let tens = i64::from(fraction[0] - b'0') * 10;
        value += tens + fraction.get(1).map_or(0, |b| i64::from(b - b'0'));
    }
    if value > LARGEST {
        return Err(Code::AmountInvalid);
    }
    Ok(if negative { -value } else { value })
}

/// The text without its sign, and whether it is negative. Only one sign is removed: two are an error.
fn sign(text: &[u8]) -> (&[u8], bool) {
    match text {
        [b'(', inner @ .., b')'] | [b'-', inner @ ..] | [inner @ .., b'-'] => {
            (inner.trim_ascii(), true)
        }
        [b'$', b'-', inner @ ..] => (inner, true),
        _ => (text, false),
    }
}

#[cfg(test)]
mod tests {
    use super::{read, read_any, read_plain};
    use crate::domain::Code;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_plain_amount_is_what_any_amount_is(text in "[0-9]{0,11}[.,]?[0-9]{0,3}[E+-]?") {
            if let Some(cents) = read_plain(text.as_bytes()) {
                prop_assert_eq!(read_any(text.as_bytes()), Ok(cents));
            }
        }
    }

    #[test]
    fn the_most_common_dress_is_plain() {
        assert_eq!(read_plain(b"158556.78"), Some(15_855_678));
        assert_eq!(read_plain(b"999999999"), Some(99_999_999_900));
        assert_eq!(read_plain(b"1000000000"), None);
        assert_eq!(read_plain(b".50"), None);
    }

    #[test]
    fn every_accepted_dress() {
        for (text, cents) in [
            ("12", 1200),
            ("12.5", 1250),
            ("$1,234.50", 123_450),
            ("1,234,567", 123_456_700),
            ("(12.00)", -1200),
            ("12.00-", -1200),
            ("-12.00", -1200),
            ("$-5", -500),
            ("-$5", -500),
            (".50", 50),
            ("0", 0),
            ("999999999.99", super::LARGEST),
        ] {
            assert_eq!(read(text.as_bytes()), Ok(cents), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_code() {
        for text in [
            "12.3.4",
            "abc",
            "1,23.00",
            "12,34",
            ",123",
            "1234,567",
            "1.",
            ".",
            "",
            "--5",
            "(5",
            "1 000",
            "€5",
            "1000000000",
            "1.234,50",
        ] {
            assert_eq!(read(text.as_bytes()), Err(Code::AmountInvalid), "{text}");
        }
        assert_eq!(read(b"1.234"), Err(Code::AmountPrecision));
        assert_eq!(read(b"1.2E+05"), Err(Code::SpreadsheetNumber));
    }
}
