//! Values of records as error files and `show` print them: on one line, masked where sensitive, inert in a spreadsheet.

use super::super::Ssn;
use super::super::character::{is_invisible, is_other_space};
use super::super::column::Type;
use super::mask_ssns;

/// Most characters of a value that are shown.
const LONGEST: usize = 80;

/// The masked form of a field's value for the error file; `own` is the SSN of its record.
pub fn masked(name: &str, kind: Option<Type>, raw: &str, own: Option<Ssn>) -> String {
    if raw.is_empty() {
        return String::new();
    }
    // Spaces first: a line end within an SSN becomes one.
    let text = hide_own(one_line(raw), own);
    cut(&match kind {
        Some(Type::Ssn) => return ssn(&text),
        Some(Type::Username) => stars(&text),
        Some(Type::Date | Type::EndDate) if name == "birth_date" => stars(&text),
        // Where dates are expected, people have to see which one was sent.
        Some(Type::Date | Type::EndDate | Type::Timestamp) => hide_ssns(&text),
        _ => hide_dates(&hide_ssns(&text)),
    })
}

/// An identifier in which no SSN is left to hide, for people to find the record by: written out, but for dates and the
/// record's `own` SSN.
pub(crate) fn identifier(raw: &str, own: Option<Ssn>) -> String {
    let text = hide_own(one_line(raw), own);
    let digits_alone = text.bytes().all(|b| b.is_ascii_digit());
    cut(&if digits_alone {
        text
    } else {
        hide_dates(&text)
    })
}

/// An ID or a username without an SSN. Nine digits alone may be an ID, unless they are the SSN of the record or that SSN
/// can't be read. With separators they are an SSN.
pub(crate) fn id_without_ssn(raw: &str, ssn: Option<Ssn>) -> String {
    let own = ssn.is_none_or(|s| s.is_spelled_by(raw.as_bytes()));
    let parts = |c: char| matches!(c, '-' | ' ' | '.') || c.is_control();
    if own || raw.contains(parts) {
        hide_ssns(raw)
    } else {
        raw.to_owned()
    }
}

/// Masks a known SSN, also where it is part of a longer number.
fn hide_own(mut text: String, own: Option<Ssn>) -> String {
    let Some(ssn) = own.filter(|ssn| may_spell(text.as_bytes(), *ssn)) else {
        return text;
    };
    let (area, group, serial) = (ssn.area(), ssn.group(), ssn.serial());
    for separator in ["", "-", " ", ".", "/", "_"] {
        let spelled = format!("{area:03}{separator}{group:02}{separator}{serial:04}");
        // The rest beside a mask may spell it again.
        while text.contains(&spelled) {
            text = text.replace(&spelled, &ssn.to_string());
        }
    }
    text
}

/// Whether a text has the digits of an SSN in sequence, whatever is between them.
fn may_spell(text: &[u8], ssn: Ssn) -> bool {
    const ALL: u64 = 1_000_000_000;
    let (mut digits, mut last_nine) = (0, 0);
    text.iter().filter(|b| b.is_ascii_digit()).any(|digit| {
        digits += 1;
        last_nine = (last_nine * 10 + u64::from(digit - b'0')) % ALL;
        digits >= 9 && last_nine == u64::from(ssn.number())
    })
}

/// Whether text has enough digits for an SSN.
pub(crate) fn may_hold_ssn(text: &[u8]) -> bool {
    const DIGITS: usize = 9;
    let digits = || text.iter().filter(|b| b.is_ascii_digit()).count();
    text.len() >= DIGITS && digits() >= DIGITS
}

/// `***-**-1234`, or stars alone where no four digits would be left beside at least three others.
pub fn ssn(raw: &str) -> String {
    let digits: Vec<char> = raw.chars().filter(char::is_ascii_digit).collect();
    let end = raw.chars().rev().take_while(char::is_ascii_digit).count();
    let masked = raw.chars().any(|c| matches!(c, 'X' | 'x' | '*' | '#'));
    if end >= 4 && (digits.len() >= 7 || masked) {
        let last: String = digits[digits.len() - 4..].iter().collect();
        return format!("***-**-{last}");
    }
    cut(&one_line(&stars(raw)))
}

/// Text with every digit, of any script, replaced by a star.
fn stars(raw: &str) -> String {
    raw.replace(char::is_numeric, "*")
}

/// Text with every run that has the shape of an SSN (nine digits, or 3-2-4) masked to its last four digits:
/// in a file with shifted columns an SSN may stand anywhere.
/// Control characters become spaces, which may stand between its groups.
pub fn hide_ssns(raw: &str) -> String {
    let line = one_line(raw);
    if !may_hold_ssn(line.as_bytes()) {
        return line;
    }
    mask_ssns(&line, "***-**-", |separator, alone| {
        alone && matches!(separator, b'-' | b' ' | b'.')
    })
}

/// Text with the digits of every date masked: in a row with shifted columns a birth date may stand anywhere.
pub(crate) fn hide_dates(raw: &str) -> String {
    let mut out: Vec<u8> = raw.as_bytes().to_vec();
    let mut at = 0;
    while at < out.len() {
        let before = at > 0 && out[at - 1].is_ascii_digit();
        let run = if before {
            0
        } else {
            date_run(&raw.as_bytes()[at..])
        };
        for byte in &mut out[at..at + run] {
            if byte.is_ascii_digit() {
                *byte = b'*';
            }
        }
        at += run.max(1);
    }
    String::from_utf8(out).expect("one ASCII byte replaced another")
}

/// Length of the date that text starts with (year, month and day in either order, or eight digits), 0 if there is none.
fn date_run(text: &[u8]) -> usize {
    let digits = |at: usize| {
        let rest = text.iter().skip(at);
        rest.take_while(|b| b.is_ascii_digit()).count()
    };
    let first = digits(0);
    if first == 8 {
        let number = |from: usize, to: usize| {
            text[from..to]
                .iter()
                .fold(0u32, |n, b| n * 10 + u32::from(b - b'0'))
        };
        let date = |year, month, day| {
            (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
        };
        let is = date(number(0, 4), number(4, 6), number(6, 8))
            || date(number(4, 8), number(0, 2), number(2, 4));
        return if is { 8 } else { 0 };
    }
    let second = digits(first + 1);
    let third = digits(first + second + 2);
    let separators = (text.get(first), text.get(first + second + 1));
    let parted = matches!(separators, (Some(b'-' | b'/' | b'.'), other) if other == separators.0);
    let short = |count: usize| matches!(count, 1 | 2);
    let date = short(second) && (first == 4 && short(third) || short(first) && third == 4);
    if parted && date {
        first + second + third + 2
    } else {
        0
    }
}

/// Control characters and spaces of other kinds replaced by plain spaces, without invisible characters: they would hide
/// an SSN, and the message of a finding names them.
fn one_line(text: &str) -> String {
    let space = |c: char| c.is_control() || is_other_space(c);
    let shown = text.chars().filter(|c| !is_invisible(*c));
    shown.map(|c| if space(c) { ' ' } else { c }).collect()
}

/// Cuts masked text to [`LONGEST`] characters. A number is kept whole or dropped: the rest of a longer one could look
/// like an SSN.
fn cut(masked: &str) -> String {
    let Some((end, next)) = masked.char_indices().nth(LONGEST) else {
        return masked.to_owned();
    };
    let mut out = &masked[..end];
    if next.is_ascii_digit() {
        out = out.trim_end_matches(|c: char| c.is_ascii_digit());
    }
    format!("{out}…")
}

/// A text cell that a spreadsheet would execute gets a leading apostrophe.
pub fn guarded(text: String) -> String {
    match text.as_bytes().first() {
        Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r') => format!("'{text}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{Type, guarded, hide_dates, hide_ssns, id_without_ssn, identifier, masked, ssn};
    use crate::domain::Ssn;

    #[test]
    fn an_ssn_keeps_its_last_four_and_nothing_else() {
        assert_eq!(ssn("521-34-1234"), "***-**-1234");
        assert_eq!(ssn("521341234"), "***-**-1234");
        assert_eq!(ssn("XXX-XX-1234"), "***-**-1234");
        assert_eq!(ssn("2134"), "****");
        assert_eq!(ssn("521-34-12A4"), "***-**-**A*");
        assert_eq!(ssn("n/a"), "n/a");
        assert_eq!(ssn("８９９１２１００４"), "*********");
    }

    #[test]
    fn the_own_ssn_is_hidden_in_longer_numbers_too() {
        let own = Ssn::new(1_011_234);
        for (text, shown) in [
            ("S001011234", "S***-**-1234"),
            ("S9001011234", "S9***-**-1234"),
            ("x001/01/1234x", "x***-**-1234x"),
            ("S000000012", "S000000012"),
            ("S01011234", "S01011234"),
            ("00101 1234 and 001-01-1234", "00101 1234 and ***-**-1234"),
        ] {
            assert_eq!(super::hide_own(text.to_owned(), own), shown);
        }
    }

    #[test]
    fn an_ssn_is_hidden_wherever_it_stands() {
        assert_eq!(
            hide_ssns("id 521-34-1234, 521341234."),
            "id ***-**-1234, ***-**-1234."
        );
        assert_eq!(
            hide_ssns("20261120-000017 1234567890 12345-6789"),
            "20261120-000017 1234567890 12345-6789"
        );
        assert_eq!(
            masked("first_name", Some(Type::Text(35)), "521 34 1234", None),
            "***-**-1234"
        );
        assert_eq!(
            masked("username", Some(Type::Username), "alee1234", None),
            "alee****"
        );
        assert_eq!(
            masked("birth_date", Some(Type::Date), "1980-02-30", None),
            "****-**-**"
        );
        assert_eq!(
            masked("hire_date", Some(Type::Date), "2020-02-30", None),
            "2020-02-30"
        );
        assert_eq!(masked("city", None, "a\nb", None), "a b");
    }

    #[test]
    fn the_record_s_own_ssn_is_hidden_in_longer_numbers_too() {
        let own = Ssn::new(521_341_234);
        let shown = |raw| masked("first_name", None, raw, own);
        assert_eq!(shown("1521341234.5"), "1***-**-1234.5");
        assert_eq!(shown("9521-34-1234"), "9***-**-1234");
        assert_eq!(shown("521\n34\n1234"), "***-**-1234");
        assert_eq!(identifier("S521341235", own), "S521341235");
        assert_eq!(identifier("S521341234", own), "S***-**-1234");
        let ones = Ssn::new(111_111_111);
        let shown = masked("city", None, &"1".repeat(17), ones);
        assert!(!shown.contains("111111111"), "{shown}");
    }

    #[test]
    fn a_cut_leaves_no_part_of_a_number() {
        let shown = |digits: &str| masked("city", None, &("x".repeat(71) + digits), None);
        assert_eq!(shown("521341234"), format!("{}***-**-…", "x".repeat(71)));
        for longer in ["5213412345", "521341234521341234"] {
            assert_eq!(shown(longer), format!("{}…", "x".repeat(71)));
        }
        assert_eq!(masked("city", None, &"7".repeat(81), None), "…");
        assert_eq!(masked("city", None, &"7".repeat(80), None), "7".repeat(80));
        let dashed = "x".repeat(69) + "521-34-12345";
        assert_eq!(identifier(&dashed, None), "x".repeat(69) + "521-34-…");
        assert_eq!(
            masked("city", None, &"é".repeat(81), None).chars().count(),
            81
        );
    }

    #[test]
    fn control_characters_hide_no_ssn() {
        for raw in [
            "521\t34\t1234",
            "521\u{1f}34 1234",
            "521\n34\r1234",
            "521\u{200b}34\u{200b}1234",
            "52\u{2060}1341234",
            "521\u{a0}34\u{2003}1234",
        ] {
            assert_eq!(hide_ssns(raw), "***-**-1234");
        }
    }

    #[test]
    fn a_date_is_hidden_where_none_is_expected() {
        assert_eq!(
            hide_dates("né 1980-02-03, 2/3/1980 19800203 02031980"),
            "né ****-**-**, */*/**** ******** ********"
        );
        let no_dates = "99999999 1.2.3 12-3456789 1980-02/03 119800203";
        assert_eq!(hide_dates(no_dates), no_dates);
        assert_eq!(
            masked("gender", Some(Type::Text(1)), "1980-02-03", None),
            "****-**-**"
        );
    }

    #[test]
    fn formulas_are_guarded() {
        assert_eq!(guarded("=1+1".into()), "'=1+1");
        assert_eq!(guarded("O'Brien".into()), "O'Brien");
    }

    #[test]
    fn an_id_with_control_characters_is_no_way_around() {
        let own = Ssn::new(521_341_234);
        for raw in ["521-34-1235", "521\t34\t1235", "521\u{7}34\u{7}1235"] {
            assert_eq!(id_without_ssn(raw, own), "***-**-1235");
        }
        assert_eq!(id_without_ssn("521341235", own), "521341235");
        assert_eq!(id_without_ssn("521341234", own), "***-**-1234");
    }
}
