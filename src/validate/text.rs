//! Free text, e-mail addresses, and identifying numbers as spreadsheets rewrite them.

use crate::domain::character::{is_invisible, letter_of_another_script};
use crate::domain::word::up_to_eight;
use wide::u8x16;

/// Whether text consists of printable ASCII characters and spaces: valid in every encoding, no control character, as
/// many characters as bytes.
#[inline]
pub(crate) fn is_plain(text: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const SPACES: u64 = ONES * b' ' as u64;
    if let Some(last) = text.last_chunk() {
        // How far behind the space a byte is; those before it are farther than the tilde.
        let place = |part: &[u8; 16]| u8x16::new(*part) - u8x16::splat(b' ');
        let parts = text.as_chunks().0.iter();
        let farthest = parts.fold(place(last), |most, part| most.max(place(part)));
        let tilde = u8x16::splat(b'~' - b' ');
        return farthest.max(tilde).simd_eq(tilde).all();
    }
    // The high bit of a byte that is not; carries and borrows come from such bytes only.
    let odd =
        |word: u64| (word | word.wrapping_sub(SPACES) | word.wrapping_add(ONES)) & (0x80 * ONES);
    match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => {
            let [first, last] = [first, last].map(|word| u64::from_le_bytes(*word));
            odd(first) | odd(last) == 0
        }
        _ => odd(up_to_eight(text) | SPACES << (8 * text.len())) == 0,
    }
}

/// Whether text consists of printable ASCII characters, spaces and Latin letters of the blocks that hold nearly all others
/// of names: valid UTF-8, and every character shows something.
pub(crate) fn is_latin(mut text: &[u8]) -> bool {
    loop {
        text = match text {
            [] => return true,
            [b' '..=b'~', rest @ ..]
            // U+00C0 to U+017F, and U+1E00 to U+1EFF.
            | [0xc3..=0xc5, 0x80..=0xbf, rest @ ..]
            | [0xe1, 0xb8..=0xbb, 0x80..=0xbf, rest @ ..] => rest,
            _ => return false,
        };
    }
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
    // Either begins and ends with a digit.
    matches!(text, [b'0'..=b'9', .., b'0'..=b'9'])
        && (is_scientific(text) || has_zero_decimals(text))
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

/// The first control character but tab and line ends, invisible character or replacement of a letter that was lost, and
/// its place in characters, from 0.
pub(crate) fn first_unseen(text: &str) -> Option<(usize, char)> {
    // The letters of Western names, like all of ASCII that shows, begin with other bytes.
    let may_begin = |b: &u8| matches!(b, 0..b' ' | 0x7f | 0xc2 | 0xc6..);
    if !text.as_bytes().iter().any(may_begin) {
        return None;
    }
    let unseen = |c: char| match c {
        '\t' | '\n' | '\r' => false,
        c => c.is_control() || is_invisible(c) || c == char::REPLACEMENT_CHARACTER,
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

/// Where a text of 16 to 64 bytes has what matters in an e-mail address, lowest bit first.
#[derive(Default)]
struct EmailMarks {
    sign: u64,
    dot: u64,
    /// What no address has.
    other: u64,
}

impl EmailMarks {
    #[inline]
    fn of(text: &[u8]) -> Option<EmailMarks> {
        const LONGEST: usize = 64;
        let last = text.last_chunk().filter(|_| text.len() <= LONGEST)?;
        let mut marks = EmailMarks::default();
        for (part, at) in text.as_chunks().0.iter().zip((0..).step_by(16)) {
            marks.add(part, at);
        }
        marks.add(last, text.len() - 16);
        Some(marks)
    }

    #[inline]
    fn add(&mut self, part: &[u8; 16], at: usize) {
        let part = u8x16::new(*part);
        let is = |byte: u8| part.simd_eq(u8x16::splat(byte));
        let bits = |found: u8x16| u64::from(found.to_bitmask()) << at;
        self.sign |= bits(is(b'@'));
        self.dot |= bits(is(b'.'));
        self.other |= bits(is(b' ') | is(b',') | is(b';') | is(b'<') | is(b'>') | is(b'"'));
    }

    /// Whether an e-mail address of this length has these marks.
    #[inline]
    fn are_fine(&self, length: usize) -> bool {
        let (sign, dot) = (self.sign, self.dot);
        // Text and dots must not begin or end with what they don't have on both sides.
        let edges = 1 | 1 << (length - 1) | sign << 1 | sign >> 1;
        let domain = dot & !(sign | sign.wrapping_sub(1));
        sign.is_power_of_two()
            && self.other == 0
            && (dot | sign) & edges == 0
            && domain != 0
            && domain & domain >> 1 == 0
    }
}

/// Whether plain text (see [`is_plain`]) has the form of an e-mail address, without the checks of [`is_email`] that other text needs.
#[inline]
pub(crate) fn is_plain_email(text: &[u8]) -> bool {
    match EmailMarks::of(text) {
        Some(marks) => marks.are_fine(text.len()),
        None => is_any_plain_email(text),
    }
}

fn is_any_plain_email(text: &[u8]) -> bool {
    let parted = |b: &u8| matches!(b, b' ' | b',' | b';' | b'<' | b'>' | b'"');
    let signs = memchr::memchr_iter(b'@', text).count();
    if text.iter().any(parted) || signs != 1 || text.len() > EMAIL_BYTES {
        return false;
    }
    let Some(at) = text.iter().position(|b| *b == b'@') else {
        return false;
    };
    let (local, domain) = (&text[..at], &text[at + 1..]);
    let dotted = |label: &[u8]| matches!(label, [] | [b'.', ..] | [.., b'.']);
    let double = domain.windows(2).any(|w| w == b"..");
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
        first_unseen, has_control, has_exponent, is_email, is_latin, is_plain, is_plain_email,
        is_scientific, is_spreadsheet_number,
    };
    use crate::domain::character::is_other_space;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_plain_to_see_is_so(text in "(?s)[ -~\\x00-\\x7f\u{a0}é']{0,70}") {
            let calm = text.bytes().all(|b| (b' '..0x7f).contains(&b));
            prop_assert_eq!(is_plain(text.as_bytes()), calm);
        }

        #[test]
        fn latin_text_shows(text in "[ -~\\x00-\u{250}\u{1df0}-\u{1f10}]{0,4}", bytes in proptest::collection::vec(any::<u8>(), 0..6)) {
            if is_latin(text.as_bytes()) {
                prop_assert!(first_unseen(&text).is_none());
                prop_assert!(!text.contains(|c| is_other_space(c) || c.is_control()));
            }
            prop_assert!(!is_latin(&bytes) || std::str::from_utf8(&bytes).is_ok());
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

        #[test]
        fn plain_emails_of_common_lengths_are_emails(text in "[a-c.@]{0,3}[a-c.]{6,30}@[a-c.]{6,40}[a-c.@,; <>\"]{0,3}|[a.@]{14,18}|[a-c.]{20,62}@a[.]b") {
            prop_assert_eq!(is_plain_email(text.as_bytes()), is_email(&text));
        }
    }

    #[test]
    fn names_are_latin() {
        for name in ["", "Ann", "José", "Łukasz", "Nguyễn", "Ó'Brien Ñ", "Ÿ"] {
            assert!(is_latin(name.as_bytes()), "{name}");
        }
        for other in ["a\u{a0}b", "a\u{ad}", "\u{85}", "Е", "O’Brien", "\u{7}"] {
            assert!(!is_latin(other.as_bytes()), "{other}");
        }
        assert!(!is_latin(b"a\xc3") && !is_latin(b"\xa9") && !is_latin(b"\xc3a"));
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
        assert!(has_control("Nu\u{fffd}ez") && !has_control("Nu?ez \u{ffe6}"));
        assert!(!has_control("José\tline\nbreak"));
    }
}
