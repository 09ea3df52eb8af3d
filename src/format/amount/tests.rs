use super::{
    AmountForm, Decimals, LARGEST, MOST_DECIMALS, is_dash, read_plain, read_plain_cents, read_total,
};
use crate::domain::Code;
use proptest::prelude::*;
use regex::Regex;
use std::sync::LazyLock;

fn read(text: &[u8]) -> Result<i64, Code> {
    super::read(text, AmountForm::default())
}

fn implied(decimals: u8) -> AmountForm {
    AmountForm {
        decimals: Decimals::Implied(decimals),
        ..AmountForm::default()
    }
}

const COMMA: AmountForm = AmountForm {
    mark: b',',
    decimals: Decimals::Explicit,
};

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

/// The slow and obvious reading: the digits as a number with a point at that many places from its end.
fn slowly_implied(text: &str, decimals: u8) -> Result<i64, Code> {
    const PUNCHED: [&str; 2] = ["{ABCDEFGHI", "}JKLMNOPQR"];
    static SIGNED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("^ *([+-]?) *([0-9]*)([0-9A-R{}]) *([+-]?) *$").expect("a pattern")
    });
    let parts = SIGNED.captures(text).ok_or(Code::AmountInvalid)?;
    let mut signs = vec![&parts[1], &parts[4]];
    signs.retain(|sign| !sign.is_empty());
    let mut negative = signs.contains(&"-");
    let mut digits = parts[2].to_owned();
    match PUNCHED.iter().position(|row| row.contains(&parts[3])) {
        Some(row) => {
            signs.push("");
            negative = row == 1;
            digits += &PUNCHED[row].find(&parts[3]).expect("found").to_string();
        }
        None => digits += &parts[3],
    }
    if signs.len() > 1 {
        return Err(Code::AmountInvalid);
    }
    let least = usize::from(decimals) + 1;
    let digits = format!("{digits:0>least$}");
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(decimals));
    let sign = if negative { "-" } else { "" };
    slowly(&format!("{sign}{whole}.{fraction}"))
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

    /// Point and comma change their parts, and nothing else.
    #[test]
    fn a_decimal_comma_is_the_mirror_of_a_point(text in "[ $(-]{0,2}[0-9.,]{0,9}[ )-]{0,2}|[1-9]{1,3}([.][0-9]{3}){0,2},[0-9]{0,3}") {
        let turned: String = text.chars().map(|c| match c { '.' => ',', ',' => '.', c => c }).collect();
        prop_assert_eq!(super::read(text.as_bytes(), COMMA), slowly(&turned), "{:?}", text);
    }

    #[test]
    fn implied_decimals_are_what_the_slow_reading_says(
        text in "[ +-]{0,2}[0-9]{0,14}[A-R{}]?[ +-]{0,2}|0{0,9}[0-9]{0,6}[{}AIJR-]?|[0-9,.$()]{0,8}",
        decimals in 0..=MOST_DECIMALS,
    ) {
        let form = implied(decimals);
        let read = super::read(text.as_bytes(), form);
        prop_assert_eq!(read, slowly_implied(&text, decimals), "{:?}", text);
        if let (Ok(cents), false) = (read, text.contains('.')) {
            prop_assert_eq!(read_total(text.as_bytes(), form), Some(cents.into()));
        }
        if let Some(cents) = read_plain_cents(text.as_bytes()) {
            prop_assert_eq!(super::read(text.as_bytes(), implied(2)), Ok(cents));
        }
    }

    #[test]
    fn a_plain_amount_is_what_any_amount_is(text in "[0-9]{0,11}[.,]?[0-9]{0,3}[E+-]?") {
        if let Some(cents) = read_plain(text.as_bytes()) {
            prop_assert_eq!(read(text.as_bytes()), Ok(cents));
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
    assert_eq!(read(b"1.2E+05"), Err(Code::AmountInvalid));
}

#[test]
fn implied_decimals() {
    for (text, cents) in [
        ("00850", 850),
        ("850", 850),
        ("5", 5),
        ("00000", 0),
        ("0085{", 850),
        ("0085A", 851),
        ("0085}", -850),
        ("0085J", -851),
        ("}", 0),
        ("00850-", -850),
        ("00850 -", -850),
        ("-00850", -850),
        ("+00850", 850),
        ("99999999999", LARGEST),
    ] {
        let read = super::read(text.as_bytes(), implied(2));
        assert_eq!(read, Ok(cents), "{text}");
    }
    for text in [
        "8.50",
        "8,50",
        "$850",
        "(850)",
        "-0085}",
        "0085}-",
        "8}5",
        "0085a",
        "",
        "-",
        "8 50",
        "100000000000",
    ] {
        let read = super::read(text.as_bytes(), implied(2));
        assert_eq!(read, Err(Code::AmountInvalid), "{text}");
    }
    let four = |text: &str| super::read(text.as_bytes(), implied(4));
    assert_eq!(four("0085000"), Ok(850));
    assert_eq!(four("0085010"), Err(Code::AmountPrecision));
    assert_eq!(super::read(b"12", implied(0)), Ok(1200));
}

#[test]
fn a_decimal_comma() {
    for (text, cents) in [
        ("1.234,50", 123_450),
        ("0,5", 50),
        ("1.234", 123_400),
        ("-3,00", -300),
    ] {
        assert_eq!(super::read(text.as_bytes(), COMMA), Ok(cents), "{text}");
    }
    for text in ["1,234.50", "12.50", "1.23,00"] {
        let read = super::read(text.as_bytes(), COMMA);
        assert_eq!(read, Err(Code::AmountInvalid), "{text}");
    }
}

#[test]
fn totals_are_cents_or_have_a_mark() {
    let total = |text: &str, form| read_total(text.as_bytes(), form);
    for (text, cents) in [
        ("000123", 123),
        ("1.23", 123),
        ("-45", -45),
        ("150.0000", 15_000),
        ("$1,234.5", 123_450),
        ("1234E", 12_345),
        ("123456789012345678", 123_456_789_012_345_678),
    ] {
        assert_eq!(total(text, AmountForm::default()), Some(cents), "{text}");
    }
    for text in ["", "x", "1,234", "1.005", "1.2.3"] {
        assert_eq!(total(text, AmountForm::default()), None, "{text}");
    }
    assert_eq!(total("1500000", implied(4)), Some(15_000));
    assert_eq!(total("150.00", implied(4)), Some(15_000));
    assert_eq!(total("1.234,50", COMMA), Some(123_450));
}

#[test]
fn an_example_is_read_back() {
    for form in [
        AmountForm::default(),
        COMMA,
        implied(1),
        implied(2),
        implied(4),
    ] {
        let read = super::read(form.example().as_bytes(), form);
        assert_eq!(read, Ok(123_450), "{form:?}");
    }
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
