//! What of a value or a name may be shown to people.
//!
//! Two mask texts: file names use `xxx-xx-1234`, because a star has a meaning to shells; values of records use
//! `***-**-1234` ([`value`]).

pub(crate) mod value;

use std::path::Path;

/// A file name or a path in text with every SSN as `xxx-xx-1234`. What looks like an SSN: `ddd-dd-dddd`, the same with
/// spaces, underscores, dots, backslashes or control characters, and exactly nine digits in a row. Reference IDs and dates
/// stay.
pub(crate) fn masked(text: &str) -> String {
    mask_ssns(text, "xxx-xx-", |separator, alone| match separator {
        b'-' => true,
        b' ' | b'_' | b'.' | b'\\' | ..b' ' => alone,
        _ => false,
    })
}

/// Text with the first five digits of every SSN replaced by `mask`: nine digits without another beside them, or 3, 2 and
/// 4 digits with the same separator between them. `separates` says whether a byte counts as a separator, given whether
/// no other digit is beside the number.
fn mask_ssns(text: &str, mask: &str, separates: impl Fn(u8, bool) -> bool) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let (mut kept, mut at) = (0, 0);
    while at < bytes.len() {
        if let Some(length) = ssn_at(bytes, at, &separates) {
            // Only ASCII is cut out, so both ends are character boundaries.
            out.push_str(&text[kept..at]);
            out.push_str(mask);
            kept = at + length - 4;
            at += length;
        } else {
            at += 1;
        }
    }
    out.push_str(&text[kept..]);
    out
}

/// A path for messages: masked and on one line.
pub(crate) fn shown(path: &Path) -> String {
    escape_control(&masked(&path.to_string_lossy()))
}

/// Text for a terminal or a log: control characters, line breaks and direction marks are written out.
pub(crate) fn escape_control(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_control_or_line_break(c) || is_direction_mark(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a character is a control character or a line break.
pub(crate) fn is_control_or_line_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a character changes the direction of the text around it.
pub(crate) fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Length of the SSN that begins here.
fn ssn_at(bytes: &[u8], at: usize, separates: impl Fn(u8, bool) -> bool) -> Option<usize> {
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let digits = |from: usize, n: usize| (from..from + n).all(digit);
    let alone = |length: usize| (at == 0 || !digit(at - 1)) && !digit(at + length);
    if digits(at, 9) && alone(9) {
        return Some(9);
    }
    let separator = *bytes.get(at + 3)?;
    let parted = bytes.get(at + 6) == Some(&separator)
        && digits(at, 3)
        && digits(at + 4, 2)
        && digits(at + 7, 4);
    (parted && separates(separator, alone(11))).then_some(11)
}

#[cfg(test)]
mod tests {
    use super::{escape_control, masked, shown};
    use std::path::Path;

    #[test]
    fn ssns_are_masked_and_nothing_else() {
        for (name, expected) in [
            ("doe_123-45-6789.csv", "doe_xxx-xx-6789.csv"),
            ("123456789", "xxx-xx-6789"),
            ("é123456789é123 45 6789", "éxxx-xx-6789éxxx-xx-6789"),
            ("a.123_45_6789.b", "a.xxx-xx-6789.b"),
            ("123\t45\t6789", "xxx-xx-6789"),
            ("1234567890", "1234567890"),
            ("hr.20261120-000017.rejects", "hr.20261120-000017.rejects"),
            ("hr 2026-11-20 05.30.12", "hr 2026-11-20 05.30.12"),
            ("", ""),
        ] {
            assert_eq!(masked(name), expected);
        }
    }

    #[test]
    fn a_shown_path_can_not_move_the_cursor() {
        let shown = shown(Path::new("in/\u{1b}[2J123456789\n\u{202e}"));
        assert_eq!(shown, "in/\\u{1b}[2Jxxx-xx-6789\\u{a}\\u{202e}");
    }

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(escape_control("a\u{1b}[2Jé"), "a\\u{1b}[2Jé");
    }
}
