//! Showing a value to people: masked where it is sensitive, harmless in a spreadsheet, on one line.

use crate::domain::Ssn;
use crate::domain::column::Type;

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
        Some(Type::Username) => stars(&text, 0),
        Some(Type::Date | Type::EndDate) if name == "birth_date" => stars(&text, 0),
        _ => hide_ssns(&text),
    })
}

/// An ID as sent, for people to find the record by: nine digits of it are no SSN, unless they are `own`.
pub fn identifier(raw: &str, own: Option<Ssn>) -> String {
    cut(&hide_own(one_line(raw), own))
}

/// Text without an SSN that is known, also where it is part of a longer number.
fn hide_own(mut text: String, own: Option<Ssn>) -> String {
    let Some(ssn) = own else { return text };
    let (area, group, serial) = (ssn.area(), ssn.group(), ssn.serial());
    for separator in ["", "-", " ", "."] {
        let spelled = format!("{area:03}{separator}{group:02}{separator}{serial:04}");
        // What is left beside a mask may spell it again.
        while text.contains(&spelled) {
            text = text.replace(&spelled, &ssn.to_string());
        }
    }
    text
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
    cut(&one_line(&stars(raw, 0)))
}

/// Text with every digit but the last `keep` replaced by a star.
fn stars(raw: &str, keep: usize) -> String {
    let digits = raw.chars().filter(char::is_ascii_digit).count();
    let mut seen = 0;
    raw.chars()
        .map(|c| {
            seen += usize::from(c.is_ascii_digit());
            let hide = c.is_ascii_digit() && seen + keep <= digits;
            if hide { '*' } else { c }
        })
        .collect()
}

/// Text with every run that has the shape of an SSN (nine digits, or 3-2-4) masked to its last four digits:
/// in a file with shifted columns an SSN may stand anywhere.
pub fn hide_ssns(raw: &str) -> String {
    let chars: Vec<char> = raw.chars().collect();
    let mut out = String::with_capacity(raw.len());
    let mut at = 0;
    while at < chars.len() {
        let run = ssn_run(&chars[at..]);
        let before = at > 0 && chars[at - 1].is_ascii_digit();
        if run > 0 && !before {
            let last: String = chars[at + run - 4..at + run].iter().collect();
            out += &format!("***-**-{last}");
            at += run;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

/// Length of the SSN-shaped run that text starts with, 0 if there is none.
fn ssn_run(text: &[char]) -> usize {
    let separator = text
        .get(3)
        .copied()
        .filter(|c| matches!(c, '-' | ' ' | '.'));
    let mut at = 0;
    for group in [3usize, 2, 4] {
        let digits = text[at..]
            .iter()
            .take(group)
            .take_while(|c| c.is_ascii_digit())
            .count();
        if digits < group {
            return 0;
        }
        at += group;
        if group != 4 && separator.is_some() {
            if text.get(at).copied() != separator {
                return 0;
            }
            at += 1;
        }
    }
    let more = text.get(at).is_some_and(char::is_ascii_digit);
    if more { 0 } else { at }
}

/// Control characters replaced by spaces.
fn one_line(text: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(clean).collect()
}

/// No more than a screenful.
fn cut(text: &str) -> String {
    let mut out: String = text.chars().take(LONGEST).collect();
    if text.chars().count() > LONGEST {
        out.push('…');
    }
    out
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
    use super::{Type, guarded, hide_ssns, identifier, masked, ssn};
    use crate::domain::Ssn;

    #[test]
    fn an_ssn_keeps_its_last_four_and_nothing_else() {
        assert_eq!(ssn("521-34-1234"), "***-**-1234");
        assert_eq!(ssn("521341234"), "***-**-1234");
        assert_eq!(ssn("XXX-XX-1234"), "***-**-1234");
        assert_eq!(ssn("2134"), "****");
        assert_eq!(ssn("521-34-12A4"), "***-**-**A*");
        assert_eq!(ssn("n/a"), "n/a");
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
    fn formulas_are_guarded() {
        assert_eq!(guarded("=1+1".into()), "'=1+1");
        assert_eq!(guarded("O'Brien".into()), "O'Brien");
    }
}
