//! What a field says: without blanks, invisible characters and a spreadsheet's guards around it.

use crate::domain::character::{is_invisible, is_other_space};
use crate::domain::column::Type;

/// A field without white space and invisible characters around it, and without the guards that keep a spreadsheet from
/// reading a value in its own way: `="00123"`, and an apostrophe before a digit or before what it would execute (our error
/// file puts one there).
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
pub fn clean_as(kind: Type, raw: &[u8]) -> &[u8] {
    match kind {
        _ if is_clean(raw) => raw,
        Type::Text(_) => clean(raw),
        _ => clean_word(raw),
    }
}

/// Like [`clean`], where an apostrophe before a letter is a guard too.
pub(super) fn clean_word(raw: &[u8]) -> &[u8] {
    match clean(raw) {
        [b'\'', rest @ ..] if begins_word(rest) => rest,
        text => text,
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

/// Text without white space and invisible characters around it.
pub(super) fn edged(raw: &[u8]) -> &[u8] {
    let text = raw.trim_ascii();
    let ascii = |b: Option<&u8>| b.is_none_or(u8::is_ascii);
    if ascii(text.first()) && ascii(text.last()) {
        return text;
    }
    let edge =
        |c: char| (c.is_ascii() && c.is_ascii_whitespace()) || is_other_space(c) || is_invisible(c);
    std::str::from_utf8(text).map_or(text, |text| text.trim_matches(edge).as_bytes())
}

/// The bytes that a clean text may begin with. A Latin letter of two bytes is as good as one of ASCII.
const BEGINS: [bool; 256] = {
    let mut begins = [false; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        begins[byte as usize] = !matches!(byte, b'#' | b'\'' | b'=');
        byte += 1;
    }
    (begins[0xc3], begins[0xc4], begins[0xc5]) = (true, true, true);
    begins
};

/// A quick check that [`clean`] has nothing to remove, which holds for nearly every field. It is no for errors of
/// spreadsheets too (`#N/A`), so that the quick readers leave them alone.
#[inline]
pub(crate) fn is_clean(raw: &[u8]) -> bool {
    match raw {
        [first @ b'!'..=b'~']
        | [first, .., b'!'..=b'~']
        | [first, .., 0xc3..=0xc5, 0x80..=0xbf] => BEGINS[usize::from(*first)],
        // Nothing, or a letter of two bytes alone.
        [] | [0xc3..=0xc5, 0x80..=0xbf] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{clean, clean_as, edged, is_clean};
    use crate::domain::column::Type;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_clean_stays_as_it_is(
            text in "[ '=\"#0-9a\u{a0}\u{200b}é\t-]{0,12}|='?\"[ 'a-z0-9\u{feff}]{0,5}\"",
        ) {
            let once = clean(text.as_bytes());
            prop_assert_eq!(clean(once), once);
            for kind in [Type::Text(9), Type::SubscriberId] {
                let once = clean_as(kind, text.as_bytes());
                prop_assert_eq!(clean_as(kind, once), once);
            }
            if is_clean(text.as_bytes()) {
                prop_assert_eq!(clean(text.as_bytes()), text.as_bytes());
            }
        }

        #[test]
        fn edges_are_cut_at_characters(bytes in proptest::collection::vec(any::<u8>(), 0..12)) {
            let once = clean(&bytes);
            prop_assert_eq!(clean(once), once);
            prop_assert!(!is_clean(&bytes) || edged(&bytes) == bytes);
        }
    }

    #[test]
    fn invisible_characters_and_spaces_of_every_kind_are_taken_off_the_edges() {
        for edge in [
            "\u{200b}",
            "\u{feff}",
            "\u{2003}",
            "\u{3000}",
            "\u{ad}",
            "\u{202a} \u{200f}",
        ] {
            for (inside, text) in [
                ("Ann Lee", "Ann Lee"),
                ("=\"00123\"", "00123"),
                ("é", "é"),
                ("", ""),
            ] {
                let raw = format!("{edge}{inside}{edge}");
                assert_eq!(clean(raw.as_bytes()), text.as_bytes(), "{edge:?}{inside}");
            }
        }
        let within = "a\u{200b}\u{a0}b".as_bytes();
        assert_eq!(clean(within), within);
        assert_eq!(clean("=\"\u{200b}00123\"".as_bytes()), b"00123");
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
}
