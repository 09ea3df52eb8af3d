//! Amounts and dates in every form that an integration may choose, against slow and obvious readings.
//!
//! Input: which form, then the field.

use chrono::NaiveDate;
use feedgate::internal::format::amount::{AmountForm, Decimals, LARGEST, read};
use feedgate::internal::validate::date::DateForm;
use std::sync::LazyLock;

const PATTERNS: [&str; 16] = [
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%Y%m%d",
    "%m%d%Y",
    "%m/%d/%y",
    "%y%m%d",
    "%d-%b-%Y",
    "%d%b%y",
    "%B %d, %Y",
    "%Y%j",
    "%y%j",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M %p",
    "%d-%b-%y %I.%M.%S %p",
    "%serial",
];

static FORMS: LazyLock<[DateForm; PATTERNS.len()]> =
    LazyLock::new(|| PATTERNS.map(|pattern| DateForm::compile(pattern).expect("a pattern")));

/// Checks one input.
pub fn check(data: &[u8]) {
    let Some((which, text)) = data.split_first() else {
        return;
    };
    let form = AmountForm {
        mark: if which & 1 == 0 { b'.' } else { b',' },
        decimals: match which >> 1 & 0xf {
            10.. => Decimals::Explicit,
            decimals => Decimals::Implied(decimals),
        },
    };
    if let Ok(cents) = read(text, form) {
        assert!(cents.abs() <= LARGEST);
        assert_eq!(cents.to_string(), spelled(text, form));
    }
    let latest = NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date");
    date(usize::from(*which) % PATTERNS.len(), text, latest);
}

/// The cents of an amount that was accepted, by moving digits and without arithmetic.
fn spelled(text: &[u8], form: AmountForm) -> String {
    const PUNCHED: [&[u8; 10]; 2] = [b"{ABCDEFGHI", b"}JKLMNOPQR"];
    let mut negative = text.iter().any(|b| matches!(b, b'-' | b'('));
    let mut digits = String::new();
    let mut behind_mark = None;
    for byte in text {
        if byte.is_ascii_digit() {
            digits.push(char::from(*byte));
            behind_mark = behind_mark.map(|n: usize| n + 1);
        } else if let Some(row) = PUNCHED.iter().position(|row| row.contains(byte)) {
            let digit = PUNCHED[row].iter().position(|b| b == byte);
            digits += &digit.expect("found").to_string();
            negative = row == 1;
        } else if *byte == form.mark {
            behind_mark = Some(0);
        }
    }
    let decimals = match form.decimals {
        Decimals::Implied(decimals) => usize::from(decimals),
        Decimals::Explicit => behind_mark.unwrap_or(0),
    };
    digits += &"0".repeat(2usize.saturating_sub(decimals));
    let dropped = decimals.saturating_sub(2);
    let digits = format!("{digits:0>dropped$}");
    let (cents, dropped) = digits.split_at(digits.len() - dropped);
    assert!(dropped.bytes().all(|b| b == b'0'), "nothing is rounded");
    let cents = cents.trim_start_matches('0');
    match (cents, negative) {
        ("", _) => "0".to_owned(),
        (cents, true) => format!("-{cents}"),
        (cents, false) => cents.to_owned(),
    }
}

/// A date that is read is what its form would write.
fn date(which: usize, text: &[u8], latest: NaiveDate) {
    let Some(moment) = FORMS[which].read(text, latest) else {
        return;
    };
    let text = std::str::from_utf8(text).expect("dates are ASCII");
    let day = moment.local.date();
    if PATTERNS[which] == "%serial" {
        let whole: i64 = text
            .split('.')
            .next()
            .expect("a part")
            .parse()
            .expect("digits");
        let leap = NaiveDate::from_ymd_opt(1900, 3, 1).expect("a date");
        let zero = NaiveDate::from_ymd_opt(1899, 12, 31).expect("a date");
        let days = (day - zero).num_days() + i64::from(day >= leap);
        return assert_eq!(whole, days);
    }
    let written = moment.local.format(PATTERNS[which]).to_string();
    let parts = |text: &str| words(text).into_iter().take(3).collect::<Vec<_>>();
    assert_eq!(parts(text), parts(&written), "{}", PATTERNS[which]);
    let short = PATTERNS[which].contains("%y");
    assert!(!short || day <= latest, "a short year that lies ahead");
}

/// Runs of digits without leading zeros, and the first three letters of words.
fn words(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut last = ' ';
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            if last.is_ascii_digit() != c.is_ascii_digit() || !last.is_ascii_alphanumeric() {
                out.push(String::new());
            }
            let word = out.last_mut().expect("one");
            word.push(c.to_ascii_lowercase());
        }
        last = c;
    }
    let short = |word: String| match word.parse::<u64>() {
        Ok(number) => number.to_string(),
        Err(_) => word.chars().take(3).collect(),
    };
    out.into_iter().map(short).collect()
}
