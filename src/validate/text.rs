//! Free text, e-mail addresses, and identifying numbers as spreadsheets rewrite them.

use crate::domain::character::{is_invisible, letter_of_another_script};
use crate::domain::word::up_to_eight;

/// Whether text consists of printable ASCII characters and spaces: valid in every encoding, no control character, as
/// many characters as bytes.
#[inline]
pub(crate) fn is_plain(text: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const SPACES: u64 = ONES * b' ' as u64;
    // The high bit of a byte that is not; carries and borrows come from such bytes only.
    let odd =
        |word: u64| (word | word.wrapping_sub(SPACES) | word.wrapping_add(ONES)) & (0x80 * ONES);
    let Some(last) = text.last_chunk() else {
        // Fewer than eight bytes.
        let padding = SPACES << (8 * text.len());
        return odd(up_to_eight(text) | padding) == 0;
    };
    let odd = |found, word: &[u8; 8]| found | odd(u64::from_le_bytes(*word));
    odd(text.as_chunks().0.iter().fold(0, odd), last) == 0
}

/// Whether a number was written in scientific notation (`1.23E+08`).
#[inline]
pub(crate) fn is_scientific(text: &[u8]) -> bool {
    // A digit first and last, and a sign before the last one, two or three: hardly any other text has them.
    let [first, middle @ .., last] = text else {
        return false;
    };
    let signed = middle.iter().rev().take(3).any(|b| *b == b'+');
    first.is_ascii_digit() && last.is_ascii_digit() && signed && has_exponent(text)
}

fn has_exponent(text: &[u8]) -> bool {
    let Some(e) = text.iter().position(|b| matches!(b, b'E' | b'e')) else {
        return false;
    };
    let (mantissa, exponent) = (&text[..e], &text[e + 1..]);
    let Some(exponent) = exponent.strip_prefix(b"+") else {
        return false;
    };
    let digits = |t: &[u8]| !t.is_empty() && t.iter().all(u8::is_ascii_digit);
    let number = match mantissa {
        [d, b'.', rest @ ..] => d.is_ascii_digit() && digits(rest),
        _ => digits(mantissa),
    };
    number && digits(exponent) && exponent.len() <= 3
}

/// Whether a spreadsheet or a program rewrote an identifying number: scientific notation, or zeros behind a decimal point
/// (`1201.0`).
#[inline]
pub(crate) fn is_spreadsheet_number(text: &[u8]) -> bool {
    is_scientific(text) || has_zero_decimals(text)
}

#[inline]
fn has_zero_decimals(text: &[u8]) -> bool {
    if text.last() != Some(&b'0') {
        return false;
    }
    let zeros = text.iter().rev().take_while(|b| **b == b'0').count();
    match &text[..text.len() - zeros] {
        [whole @ .., b'.'] => !whole.is_empty() && whole.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Whether text holds a character that nothing shows and no value has: see [`first_unseen`].
pub fn has_control(text: &str) -> bool {
    !is_plain(text.as_bytes()) && first_unseen(text).is_some()
}

/// The first control character but tab and line ends, or the first invisible character, and its place in characters,
/// from 0.
pub(crate) fn first_unseen(text: &str) -> Option<(usize, char)> {
    // The letters of Western names, like all of ASCII that shows, begin with other bytes.
    let may_begin = |b: &u8| matches!(b, 0..b' ' | 0x7f | 0xc2 | 0xc6..);
    if !text.as_bytes().iter().any(may_begin) {
        return None;
    }
    let unseen = |c: char| match c {
        '\t' | '\n' | '\r' => false,
        c => c.is_control() || is_invisible(c),
    };
    text.chars().enumerate().find(|(_, c)| unseen(*c))
}

pub fn characters(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().count()
    }
}

/// Most bytes of an e-mail address.
const EMAIL_BYTES: usize = 254;

/// Whether plain text (see [`is_plain`]) has the form of an e-mail address, without the checks of [`is_email`] that other text needs.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "a loop without branches is vectorized"
)]
#[inline]
pub(crate) fn is_plain_email(text: &[u8]) -> bool {
    let parted = |b: &u8| matches!(b, b' ' | b',' | b';' | b'<' | b'>' | b'"');
    let parted = text.iter().fold(false, |found, b| found | parted(b));
    let signs = text
        .iter()
        .fold(0u8, |n, b| n.wrapping_add(u8::from(*b == b'@')));
    if parted || signs != 1 || text.len() > EMAIL_BYTES {
        return false;
    }
    let Some(at) = text.iter().position(|b| *b == b'@') else {
        return false;
    };
    let (local, domain) = (&text[..at], &text[at + 1..]);
    let dotted = |label: &[u8]| matches!(label, [] | [b'.', ..] | [.., b'.']);
    let double = domain
        .windows(2)
        .fold(false, |found, w| found | (w == b".."));
    !dotted(local) && !dotted(domain) && !double && domain.contains(&b'.')
}

/// Whether text has the shape of an e-mail address: one `@`, something before it, a dotted domain after it.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '@' | ',' | ';' | '<' | '>' | '"');
    text.len() <= EMAIL_BYTES
        && !local.is_empty()
        && !local.starts_with('.')
        && !local.ends_with('.')
        && local.chars().all(plain)
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
        && domain.chars().all(plain)
        && letter_of_another_script(text).is_none()
}

#[cfg(test)]
mod tests {
    use super::{
        has_control, has_exponent, is_email, is_plain, is_plain_email, is_scientific,
        is_spreadsheet_number,
    };
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_plain_to_see_is_so(text in "(?s)[ -~\\x00-\\x7f\u{a0}é']{0,70}") {
            let calm = text.bytes().all(|b| (b' '..0x7f).contains(&b));
            prop_assert_eq!(is_plain(text.as_bytes()), calm);
        }

        #[test]
        fn the_quick_look_for_an_exponent_misses_none(text in "[0-9.eE+-]{0,9}") {
            prop_assert_eq!(is_scientific(text.as_bytes()), has_exponent(text.as_bytes()));
        }

        #[test]
        fn a_number_with_zero_decimals_is_what_the_pattern_says(text in "[0-9]{0,4}[.]{0,2}0{0,3}[.0-9a]{0,2}") {
            let slow = regex::Regex::new(r"^[0-9]+\.0+$").expect("a pattern").is_match(&text);
            prop_assert_eq!(is_spreadsheet_number(text.as_bytes()), slow);
        }

        #[test]
        fn plain_emails_are_emails(text in "[ab@., ;<>\"]{0,12}|[a.]{1,3}@[a.]{1,5}", more in 0usize..300) {
            prop_assert_eq!(is_plain_email(text.as_bytes()), is_email(&text));
            let long = "x".repeat(more) + "@" + &text;
            prop_assert_eq!(is_plain_email(long.as_bytes()), is_email(&long));
        }
    }

    #[test]
    fn emails() {
        for good in [
            "a@b.co",
            "first.last+tag@mail.example.org",
            "o'brien@x.example",
            "josé@x.example",
            "почта@x.example",
        ] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@b",
            "@b.co",
            "a@b..co",
            "a@@b.co",
            "a b@c.de",
            "a@b.co,c@d.ef",
            ".a@b.co",
            "pаt@b.co",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn scientific_notation_and_control_characters() {
        assert!(is_scientific(b"1.23E+08") && is_scientific(b"1e+5"));
        assert!(!is_scientific(b"E+05") && !is_scientific(b"1E5") && !is_scientific(b"1.E+05"));
        assert!(has_control("a\u{7}b") && has_control("a\u{202e}b") && has_control("\u{85}"));
        assert!(has_control("a\u{200b}b") && has_control("\u{feff}") && has_control("a\u{200d}b"));
        assert!(!has_control("José\tline\nbreak"));
    }
}
