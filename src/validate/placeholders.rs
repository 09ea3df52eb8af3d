//! What stands in a cell in the place of a value: errors of spreadsheets, words for nothing, and what an integration lists
//! as blank.

use crate::format::clean::clean;

/// Words that programs write for a value they don't have.
const NOTHING: [&str; 4] = ["nan", "null", "none", "n/a"];

/// The words that an integration lists as blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlankWords {
    words: Vec<String>,
    /// The bytes that one of these words or of [`NOTHING`] begins with.
    first: Box<[bool; 256]>,
    /// The length of the longest of them.
    longest: usize,
}

impl Default for BlankWords {
    fn default() -> BlankWords {
        BlankWords::new(&[])
    }
}

impl BlankWords {
    /// Words as they are written in the list.
    pub fn new(words: &[String]) -> BlankWords {
        let mut first = Box::new([false; 256]);
        let all = || words.iter().map(String::as_str).chain(NOTHING);
        for byte in all().filter_map(|word| word.bytes().next()) {
            for byte in [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()] {
                first[usize::from(byte)] = true;
            }
        }
        BlankWords {
            words: words.to_vec(),
            first,
            longest: all().map(str::len).max().unwrap_or(0),
        }
    }

    /// Whether a clean text is one of the list; case doesn't count.
    pub(crate) fn lists(&self, text: &[u8]) -> bool {
        let same = |word: &String| word.as_bytes().eq_ignore_ascii_case(text);
        self.words.iter().any(same)
    }

    /// The text of a field of a custom column, empty where it is blank or stands for nothing.
    pub(crate) fn custom_text<'a>(&self, raw: &'a [u8]) -> &'a [u8] {
        let text = clean(raw);
        if self.may_have(text) && (self.lists(text) || stands_for_nothing(text)) {
            return b"";
        }
        text
    }

    /// Whether a clean text is one of the list or a word for nothing.
    #[inline]
    pub(super) fn has(&self, text: &[u8]) -> bool {
        self.may_have(text) && (self.lists(text) || is_word_for_nothing(text))
    }

    /// Whether nothing is listed.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// A quick look: no means that a clean text is neither listed nor a word for nothing.
    #[inline]
    pub(super) fn may_have(&self, text: &[u8]) -> bool {
        text.len() <= self.longest && text.first().is_some_and(|b| self.first[usize::from(*b)])
    }
}

/// Whether a clean text is a word that programs write for a value they don't have, in any case: `nan` (pandas), `NULL`
/// (databases), `None` (Python), `N/A`.
pub(super) fn is_word_for_nothing(text: &[u8]) -> bool {
    let same = |word: &&str| word.as_bytes().eq_ignore_ascii_case(text);
    NOTHING.iter().any(same)
}

/// Whether such a word stands for nothing in a free text. `NONE` and `none` are values there, such as a level of benefits;
/// Python's `None` is none.
pub(super) fn stands_for_nothing(text: &[u8]) -> bool {
    is_word_for_nothing(text) && !matches!(text, b"NONE" | b"none")
}

/// Whether a clean text is what a spreadsheet shows in the place of a value: `#N/A`, `#REF!`, `#NAME?` and other words
/// with a mark, also in other languages, or nothing but number signs, which fill a column that is too narrow.
pub(super) fn is_spreadsheet_error(text: &[u8]) -> bool {
    const WITHOUT_MARK: [&str; 4] = ["N/A", "N/D", "NV", "GETTING_DATA"];
    let [b'#', rest @ ..] = text else {
        return false;
    };
    let in_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_');
    match rest {
        [first, middle @ .., b'!' | b'?'] => {
            first.is_ascii_alphabetic() && middle.iter().all(in_word)
        }
        [] => false,
        _ => {
            let same = |word: &&str| word.as_bytes().eq_ignore_ascii_case(rest);
            rest.iter().all(|b| *b == b'#') || WITHOUT_MARK.iter().any(same)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BlankWords, is_spreadsheet_error, is_word_for_nothing, stands_for_nothing};

    #[test]
    fn errors_of_spreadsheets_and_what_only_begins_like_one() {
        for error in [
            "#N/A",
            "#n/a",
            "#REF!",
            "#VALUE!",
            "#DIV/0!",
            "#NAME?",
            "#NULL!",
            "#NUM!",
            "#SPILL!",
            "#BEZUG!",
            "#NV",
            "#GETTING_DATA",
            "##",
            "#######",
        ] {
            assert!(is_spreadsheet_error(error.as_bytes()), "{error}");
        }
        for other in [
            "#",
            "#12",
            "#4 B",
            "# 4",
            "#A",
            "#N/A 1",
            "#!",
            "#1!",
            "###-##-1234",
            "N/A",
            "",
        ] {
            assert!(!is_spreadsheet_error(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn words_for_nothing_and_listed_words_count_in_any_case() {
        let listed = BlankWords::new(&["NULL".to_owned(), "not given".to_owned(), "É".to_owned()]);
        for (text, nothing, lists) in [
            ("nan", true, false),
            ("NaN", true, false),
            ("Null", true, true),
            ("N/a", true, false),
            ("NOT GIVEN", false, true),
            ("É", false, true),
            ("NAN1", false, false),
            ("NA", false, false),
            ("Nanna", false, false),
            ("", false, false),
        ] {
            let bytes = text.as_bytes();
            assert_eq!(is_word_for_nothing(bytes), nothing, "{text}");
            assert_eq!(listed.lists(bytes), lists, "{text}");
            assert!(listed.may_have(bytes) || !nothing && !lists, "{text}");
        }
        assert!(
            ["None", "nan", "NULL"]
                .iter()
                .all(|t| stands_for_nothing(t.as_bytes()))
        );
        assert!(
            !["NONE", "none", "Nanna"]
                .iter()
                .any(|t| stands_for_nothing(t.as_bytes()))
        );
        assert!(!BlankWords::default().may_have(b"Nanna") && BlankWords::default().is_empty());
    }
}
