//! Free text, e-mail addresses, and numbers as spreadsheets rewrite them.

use crate::domain::column::Type;
use crate::domain::word::up_to_eight;

/// A field without surrounding white space and without the guards that keep a spreadsheet from reading a value in its own
/// way: `="00123"`, and an apostrophe before a digit or before what it would execute (our error file puts one there).
pub fn clean(raw: &[u8]) -> &[u8] {
    if is_clean(raw) {
        return raw;
    }
    let mut text = edged(raw);
    while let Some(inner) = unguarded(text) {
        text = edged(inner);
    }
    text
}

/// Like [`clean`], for a column of some type. Only free text may begin with an apostrophe (`'t Hooft`): before a letter it
/// is a guard everywhere else.
pub(crate) fn clean_as(kind: Type, raw: &[u8]) -> &[u8] {
    if is_clean(raw) {
        return raw;
    }
    match (kind, clean(raw)) {
        (Type::Text(_), text) => text,
        (_, [b'\'', rest @ ..]) if begins_word(rest) => rest,
        (_, text) => text,
    }
}

/// Whether text begins with a letter or a digit, and isn't the rest of a text in single quotes.
fn begins_word(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_alphanumeric) && text.last() != Some(&b'\'')
}

/// What a guard stands before, if there is one.
fn unguarded(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b'=', b'"', inner @ .., b'"'] if !inner.contains(&b'"') => Some(inner),
        [b'\'', rest @ ..] => match rest.first() {
            None | Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r') => Some(rest),
            Some(b'0'..=b'9') if begins_word(rest) => Some(rest),
            _ => None,
        },
        _ => None,
    }
}

/// A field without surrounding white space.
fn edged(raw: &[u8]) -> &[u8] {
    const NBSP: &[u8] = "\u{a0}".as_bytes();
    let mut text = raw.trim_ascii();
    while let Some(rest) = text.strip_prefix(NBSP) {
        text = rest.trim_ascii_start();
    }
    while let Some(rest) = text.strip_suffix(NBSP) {
        text = rest.trim_ascii_end();
    }
    text
}

/// A quick check that [`clean`] has nothing to remove, which holds for nearly every field.
#[inline]
pub(crate) fn is_clean(raw: &[u8]) -> bool {
    match (raw.first(), raw.last()) {
        (Some(first), Some(last)) => {
            matches!(first, b'!'..=b'&' | b'('..=b'<' | b'>'..=b'~') && matches!(last, b'!'..=b'~')
        }
        _ => true,
    }
}

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

/// Whether text holds a character that no name or address has: control characters but tab and line ends,
/// and those that change the direction of text.
pub fn has_control(text: &str) -> bool {
    if text.bytes().all(|b| (b' '..0x7f).contains(&b)) {
        return false;
    }
    text.chars().any(|c| match c {
        '\t' | '\n' | '\r' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => true,
        c => c.is_control(),
    })
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
}

#[cfg(test)]
mod tests {
    use super::is_scientific;
    use super::{
        clean, clean_as, has_control, has_exponent, is_clean, is_email, is_plain, is_plain_email,
    };
    use crate::domain::column::Type;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_plain_to_see_is_so(text in "(?s)[ -~\\x00-\\x7f\u{a0}é']{0,70}") {
            let calm = text.bytes().all(|b| (b' '..0x7f).contains(&b));
            prop_assert_eq!(is_plain(text.as_bytes()), calm);
            if is_clean(text.as_bytes()) {
                prop_assert_eq!(clean(text.as_bytes()), text.as_bytes());
            }
        }

        #[test]
        fn what_is_clean_stays_as_it_is(text in "[ '=\"0-9a\u{a0}\t-]{0,12}|='?\"[ 'a-z0-9]{0,5}\"") {
            let once = clean(text.as_bytes());
            prop_assert_eq!(clean(once), once);
            for kind in [Type::Text(9), Type::SubscriberId] {
                let once = clean_as(kind, text.as_bytes());
                prop_assert_eq!(clean_as(kind, once), once);
            }
        }

        #[test]
        fn the_quick_look_for_an_exponent_misses_none(text in "[0-9.eE+-]{0,9}") {
            prop_assert_eq!(is_scientific(text.as_bytes()), has_exponent(text.as_bytes()));
        }

        #[test]
        fn plain_emails_are_emails(text in "[ab@., ;<>\"]{0,12}|[a.]{1,3}@[a.]{1,5}", more in 0usize..300) {
            prop_assert_eq!(is_plain_email(text.as_bytes()), is_email(&text));
            let long = "x".repeat(more) + "@" + &text;
            prop_assert_eq!(is_plain_email(long.as_bytes()), is_email(&long));
        }
    }

    #[test]
    fn our_own_guard_is_taken_off_and_no_other_apostrophe() {
        assert_eq!(clean(b"  '=1+1 "), b"=1+1");
        assert_eq!(clean(b"'-5"), b"-5");
        assert_eq!(clean(b"'t Hooft"), b"'t Hooft");
        assert_eq!(clean("\u{a0} x\u{a0}".as_bytes()), b"x");
    }

    #[test]
    fn guards_against_spreadsheets_are_taken_off() {
        for (raw, text) in [
            ("=\"00123\"", "00123"),
            (" =\" 02134 \" ", "02134"),
            ("=\"\"", ""),
            ("'=\"00123\"", "00123"),
            ("=\"'00123\"", "00123"),
            ("'00123", "00123"),
            ("'", ""),
            // Not a text alone, and texts in single quotes.
            ("=\"a\"&\"b\"", "=\"a\"&\"b\""),
            ("=00123", "=00123"),
            ("=\"", "=\""),
            ("'00123'", "'00123'"),
            ("''", "''"),
            ("'Aolani", "'Aolani"),
        ] {
            assert_eq!(clean(raw.as_bytes()), text.as_bytes(), "{raw}");
        }
        for (raw, text, word) in [
            ("'E1001", "'E1001", "E1001"),
            (" 't Hooft", "'t Hooft", "t Hooft"),
            ("'A'", "'A'", "'A'"),
            ("''A", "''A", "''A"),
        ] {
            let read = |kind| clean_as(kind, raw.as_bytes());
            assert_eq!(read(Type::Text(9)), text.as_bytes(), "{raw}");
            assert_eq!(read(Type::SubscriberId), word.as_bytes(), "{raw}");
        }
    }

    #[test]
    fn emails() {
        for good in [
            "a@b.co",
            "first.last+tag@mail.example.org",
            "o'brien@x.example",
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
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn scientific_notation_and_control_characters() {
        assert!(is_scientific(b"1.23E+08") && is_scientific(b"1e+5"));
        assert!(!is_scientific(b"E+05") && !is_scientific(b"1E5") && !is_scientific(b"1.E+05"));
        assert!(has_control("a\u{7}b") && has_control("a\u{202e}b") && has_control("\u{85}"));
        assert!(!has_control("José\tline\nbreak"));
    }
}
