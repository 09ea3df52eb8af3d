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

/// Reads an amount: optional `$`, thousands commas, at most two decimals that aren't zero; negative by a leading or
/// trailing minus or by parentheses.
///
/// # Errors
/// `AMOUNT_PRECISION` where a third or later decimal is not zero, `SPREADSHEET_NUMBER` for scientific notation, else
/// `AMOUNT_INVALID`.
pub fn read(text: &[u8]) -> Result<i64, Code> {
    read_plain(text).map_or_else(|| read_any(text), Ok)
}

/// Whether a text is the dash that spreadsheets show for zero: `-`, `$-`, `$ -`.
pub(crate) fn is_dash(text: &[u8]) -> bool {
    without_dollar(text).0 == b"-"
}

fn read_any(text: &[u8]) -> Result<i64, Code> {
    if super::text::is_scientific(text) {
        return Err(Code::SpreadsheetNumber);
    }
    let (body, negative) = undressed(text);
    let (whole, fraction) = match memchr::memchr(b'.', body) {
        Some(dot) => (&body[..dot], &body[dot + 1..]),
        None => (body, &b""[..]),
    };
    if whole.is_empty() && fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
        return Err(Code::AmountInvalid);
    }
    let (cents, rest) = fraction.split_at(fraction.len().min(2));
    let value = match cents {
        [] => 0,
        [tens] => i64::from(tens - b'0') * 10,
        [tens, ones, ..] => i64::from(tens - b'0') * 10 + i64::from(ones - b'0'),
    } + dollars(whole)? * 100;
    if value > LARGEST {
        return Err(Code::AmountInvalid);
    }
    if rest.iter().any(|b| *b != b'0') {
        return Err(Code::AmountPrecision);
    }
    Ok(if negative { -value } else { value })
}

/// The whole dollars, with or without commas between thousands; nothing before the decimal point is zero.
fn dollars(whole: &[u8]) -> Result<i64, Code> {
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
    if since_comma.is_some_and(|n| n != 3) {
        return Err(Code::AmountInvalid);
    }
    Ok(value)
}

/// The text without its sign and its `$`, in either order, and whether it is negative. Only one of each is removed: two
/// are an error.
fn undressed(text: &[u8]) -> (&[u8], bool) {
    let (text, dollar) = without_dollar(text);
    let (text, negative) = match text {
        [b'(', inner @ .., b')'] | [b'-', inner @ ..] | [inner @ .., b'-'] => {
            (inner.trim_ascii(), true)
        }
        _ => (text, false),
    };
    let text = if dollar { text } else { without_dollar(text).0 };
    (text, negative)
}

/// The text without blanks around it and without a leading `$`, and whether it had one.
fn without_dollar(text: &[u8]) -> (&[u8], bool) {
    let text = text.trim_ascii();
    match text.strip_prefix(b"$") {
        Some(rest) => (rest.trim_ascii(), true),
        None => (text, false),
    }
}

#[cfg(test)]
mod tests {
    use super::{LARGEST, is_dash, read, read_any, read_plain};
    use crate::domain::Code;
    use proptest::prelude::*;
    use regex::Regex;
    use std::sync::LazyLock;

    /// Every place a sign and a `$` may have; N stands for the number.
    static DRESSES: LazyLock<Vec<(Regex, bool)>> = LazyLock::new(|| {
        let number = r"(?<whole>[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|)(?:\.(?<fraction>[0-9]*))?";
        let dress = |(words, negative): (&str, bool)| {
            let pattern = words.replace('N', number).replace(' ', " *");
            (
                Regex::new(&format!("^{pattern}$")).expect("a pattern"),
                negative,
            )
        };
        [
            (r" N ", false),
            (r" \$ N ", false),
            (r" - N ", true),
            (r" N - ", true),
            (r" \( N \) ", true),
            (r" - \$ N ", true),
            (r" \$ - N ", true),
            (r" \$ N - ", true),
            (r" \( \$ N \) ", true),
            (r" \$ \( N \) ", true),
        ]
        .map(dress)
        .to_vec()
    });

    /// The slow and obvious reading: which dress it is, then the number as a string of digits.
    fn slowly(text: &str) -> Result<i64, Code> {
        let found = DRESSES.iter().find_map(|(dress, negative)| {
            let parts = dress.captures(text)?;
            let whole = parts["whole"].replace(',', "");
            let fraction = parts.name("fraction").map_or("", |f| f.as_str());
            let any = !whole.is_empty() || !fraction.is_empty();
            any.then(|| (whole, fraction.to_owned(), *negative))
        });
        let (whole, mut fraction, negative) = found.ok_or(Code::AmountInvalid)?;
        while fraction.len() < 2 {
            fraction.push('0');
        }
        let (cents, rest) = fraction.split_at(2);
        let digits = format!("{whole}{cents}");
        let digits = digits.trim_start_matches('0');
        let cents: i64 = match digits.len() {
            0 => 0,
            1..=11 => digits.parse().expect("few digits"),
            _ => return Err(Code::AmountInvalid),
        };
        if !rest.trim_end_matches('0').is_empty() {
            return Err(Code::AmountPrecision);
        }
        Ok(if negative { -cents } else { cents })
    }

    proptest! {
        #[test]
        fn an_amount_is_what_the_slow_reading_says(
            text in "[ $(-]{0,4}[0-9]{0,4}(,[0-9]{3}){0,2}([.][0-9]{0,3}0{0,4})?[ )-]{0,2}|[$]? ?[(]?[0-9]{1,13}([.][0-9]{0,2}0{0,3}[1-9]?)?[)-]?|[ $(),.0-9-]{0,8}",
        ) {
            prop_assert_eq!(read(text.as_bytes()), slowly(&text), "{:?}", text);
            if is_dash(text.as_bytes()) {
                prop_assert_eq!(read(text.as_bytes()), Err(Code::AmountInvalid));
            }
        }

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
            ("999999999.99", LARGEST),
            ("125.0000", 12_500),
            ("12.3400", 1234),
            ("0.0000", 0),
            ("5.", 500),
            (".5", 50),
            ("$(4.50)", -450),
            ("($4.50)", -450),
            ("$ (4.50)", -450),
            ("-$4.50", -450),
            ("$4.50-", -450),
            ("1,234.50-", -123_450),
            ("$ 12.34", 1234),
            ("000000000000000012.00", 1200),
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
            ".",
            "$.",
            "-",
            "$ -",
            "$",
            "()",
            "(-5)",
            "-(5)",
            "-5-",
            "$$5",
            "$-$5",
            "5$",
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
        for text in ["1.234", "1.2345", "0.0010", "$(1.00001)", ".999"] {
            assert_eq!(read(text.as_bytes()), Err(Code::AmountPrecision), "{text}");
        }
        assert_eq!(read(b"1.2E+05"), Err(Code::SpreadsheetNumber));
    }

    #[test]
    fn a_dash_alone_is_no_other_amount() {
        for dash in ["-", "$-", "$ -", " $ -   "] {
            assert!(is_dash(dash.as_bytes()), "{dash}");
        }
        for other in ["--", "-$", "$", "", "-0", "(-)", "- -"] {
            assert!(!is_dash(other.as_bytes()), "{other}");
        }
    }
}
