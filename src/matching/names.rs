//! Whether two records have the same first or last name, however it is written.

use crate::domain::SiteKey;
use crate::domain::keyed_hash::HashedType;

/// A first and a last name as keyed hashes of their folded forms, 0 where there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Names {
    first: u64,
    last: u64,
}

impl Names {
    /// Of names as they were sent.
    pub(crate) fn of(key: &SiteKey, first: &[u8], last: &[u8]) -> Names {
        let hash = |name: &[u8]| {
            let folded = folded(&String::from_utf8_lossy(name));
            match folded.is_empty() {
                true => 0,
                false => key.hash(HashedType::Cell, folded.as_bytes()).max(1),
            }
        };
        Names {
            first: hash(first),
            last: hash(last),
        }
    }

    /// Both names as one number, if there is any.
    pub(crate) fn whole(self) -> Option<u64> {
        (self != Names::default()).then_some(self.first ^ self.last.rotate_left(1))
    }

    /// Whether the first or the last names are the same.
    pub(crate) fn agree(self, other: Names) -> bool {
        let same = |a: u64, b: u64| a != 0 && a == b;
        same(self.first, other.first) || same(self.last, other.last)
    }
}

/// Letters of Latin scripts by the letters that are written for them where accents are left out.
const PLAIN: [(&str, &str); 32] = [
    ("a", "àáâãäåāăąǎǻȁȃạảấầẩẫậắằẳẵặ"),
    ("ae", "æǽ"),
    ("b", "ḃ"),
    ("c", "çćĉċč"),
    ("d", "ďđðḍ"),
    ("e", "èéêëēĕėęěȅȇẹẻẽếềểễệ"),
    ("g", "ĝğġģǧ"),
    ("h", "ĥħḥ"),
    ("i", "ìíîïĩīĭįıǐȉȋỉị"),
    ("ij", "ĳ"),
    ("j", "ĵ"),
    ("k", "ķĸǩ"),
    ("l", "ĺļľŀłḷ"),
    ("m", "ṁṃ"),
    ("n", "ñńņňŉŋṇ"),
    ("o", "òóôõöøōŏőǒǿȍȏơọỏốồổỗộớờởỡợ"),
    ("oe", "œ"),
    ("p", "ṗ"),
    ("r", "ŕŗřȑȓṛ"),
    ("s", "śŝşšșṣ"),
    ("ss", "ß"),
    ("t", "ţťŧțṭ"),
    ("th", "þ"),
    ("u", "ùúûüũūŭůűųǔȕȗưụủứừửữự"),
    ("w", "ŵẁẃẅ"),
    ("x", "ẋ"),
    ("y", "ýÿŷȳỳỵỷỹ"),
    ("z", "źżžẓ"),
    ("f", "ƒ"),
    ("v", "ṽ"),
    ("q", "ɋ"),
    ("dz", "ǆǳ"),
];

/// A name in small letters, without accents and without whatever is no letter or digit, such as spaces and hyphens.
fn folded(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        push_folded(&mut out, letter);
    }
    out
}

/// Appends a letter or digit in small letters and without accents; anything else is left out.
pub(crate) fn push_folded(out: &mut String, letter: char) {
    if letter.is_ascii() {
        out.extend(
            letter
                .is_ascii_alphanumeric()
                .then_some(letter.to_ascii_lowercase()),
        );
        return;
    }
    for small in letter.to_lowercase() {
        if let Some((plain, _)) = PLAIN.iter().find(|(_, all)| all.contains(small)) {
            out.push_str(plain);
        } else if small.is_alphanumeric() {
            out.push(small);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, folded};
    use crate::domain::SiteKey;

    #[test]
    fn case_accents_spaces_and_hyphens_make_no_difference() {
        for (one, other) in [
            ("MARIA", "María"),
            // The accent as a character of its own.
            ("Rios", "Ri\u{301}os"),
            ("Smith-Jones", "SMITH JONES"),
            ("O'Neill", "ONeill"),
            ("Nguyễn", "NGUYEN"),
            ("Müller", "muller"),
            ("Weiß", "WEISS"),
            ("Иван", "иван"),
            ("St. John", "St John"),
        ] {
            assert_eq!(folded(one), folded(other), "{one}");
        }
        assert_ne!(folded("Müller"), folded("Miller"));
        assert_eq!(folded(" -'"), "");
    }

    #[test]
    fn one_name_is_enough_and_no_name_agrees_with_nothing() {
        let key = SiteKey::new([7; 16]);
        let names = |first: &str, last: &str| Names::of(&key, first.as_bytes(), last.as_bytes());
        let ann = names("Ann", "Lee");
        assert!(ann.agree(names("ANN", "Wong")) && ann.agree(names("Anna", "Lee")));
        assert!(!ann.agree(names("Lee", "Ann")) && !ann.agree(names("", "")));
        assert!(!names("", "").agree(names("-", "")));
    }
}
