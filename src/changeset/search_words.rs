//! The words by which employees are found: those of the kept fields that people know them by. An ID, username or number
//! that is an SSN is encrypted and gives none; the last digits of SSNs give none either.

use super::shown;
use crate::matching::names::push_folded;

/// Places of the fields among those that are kept of an employee: ID, username, first and last name, e-mail address.
const FIELDS: [usize; 5] = [0, 1, 4, 5, 11];
/// The place of the employee number, which is found without its leading zeros as well.
const NUMBER: usize = 3;
/// Bytes of a term. What is longer is cut, in what is searched for as well.
const LONGEST: usize = 96;

/// What is searched for: words that all have to match the beginning of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchWords(Vec<String>);

impl SearchWords {
    /// The words of a text; `None`: there is no letter and no digit in it.
    pub(crate) fn of(text: &str) -> Option<SearchWords> {
        let mut all = Vec::new();
        for word in text.split_whitespace() {
            let mut folded = String::new();
            fold(word, &mut folded);
            if !folded.is_empty() {
                all.push(folded);
            }
        }
        all.sort_unstable();
        all.dedup();
        (!all.is_empty()).then_some(SearchWords(all))
    }

    pub(crate) fn words(&self) -> &[String] {
        &self.0
    }

    /// Whether each word begins one of the terms.
    pub(crate) fn match_all(&self, terms: &[String]) -> bool {
        let has = |word: &String| terms.iter().any(|term| term.starts_with(word));
        self.0.iter().all(has)
    }
}

/// The terms of an employee's kept fields, as the ledger has them. A term that begins another may be left out.
pub(crate) fn each_term(stored: &[u8], mut take: impl FnMut(&str)) {
    let mut folded = String::new();
    for (place, value) in shown::plain_fields(stored).enumerate() {
        let number = place == NUMBER;
        if let Some(value) = value
            && (number || FIELDS.contains(&place))
        {
            each_of(value, number, &mut folded, &mut take);
        }
    }
}

/// The terms of one value, which is no field of an entry, such as the ID of a rejected record.
pub(crate) fn terms_of(value: &str) -> Vec<String> {
    let mut all = Vec::new();
    each_of(value, false, &mut String::new(), &mut |term| {
        all.push(term.to_owned());
    });
    all
}

fn each_of(value: &str, number: bool, folded: &mut String, take: &mut impl FnMut(&str)) {
    for word in value.split_whitespace() {
        folded.clear();
        fold(word, folded);
        if !folded.is_empty() {
            take(folded);
        }
        let parts = folded.split(|c: char| !c.is_alphanumeric());
        for (place, part) in parts.filter(|part| !part.is_empty()).enumerate() {
            // The first is the beginning of the whole.
            if place > 0 {
                take(part);
            }
            let digits = part.trim_start_matches('0');
            let all_digits = part.bytes().all(|b| b.is_ascii_digit());
            if number && all_digits && digits.len() < part.len() && !digits.is_empty() {
                take(digits);
            }
        }
    }
}

/// A word in small letters and without accents. Punctuation stays within it, and goes at both ends.
fn fold(word: &str, out: &mut String) {
    for letter in word.trim_matches(|c: char| !c.is_alphanumeric()).chars() {
        match letter {
            '\u{300}'..='\u{36f}' => {}
            '’' => out.push('\''),
            letter if letter.is_alphanumeric() => push_folded(out, letter),
            other => out.push(other),
        }
    }
    if out.len() > LONGEST {
        let end = (0..=LONGEST).rfind(|at| out.is_char_boundary(*at));
        out.truncate(end.unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::{SearchWords, each_term};
    use crate::changeset::shown;

    fn terms(fields: &[(usize, &str)]) -> Vec<String> {
        let mut stored = Vec::new();
        for place in 0..shown::EMPLOYEE.len() {
            let field = fields.iter().find(|(at, _)| *at == place);
            shown::push(&mut stored, field.map_or("", |(_, value)| value).as_bytes());
        }
        let mut all = Vec::new();
        each_term(&stored, |term| all.push(term.to_owned()));
        all
    }

    fn found(text: &str, fields: &[(usize, &str)]) -> bool {
        let words = SearchWords::of(text).expect("words");
        words.match_all(&terms(fields))
    }

    #[test]
    fn every_way_to_name_an_employee_finds_it() {
        let ada = [
            (0, "S-000_002"),
            (1, "alovelace.7"),
            (2, "4321"),
            (3, "000123"),
            (4, "Zoë Ada"),
            (5, "O’Brien-Lovelace"),
            (7, "2020-01-31"),
            (11, "Ada.Lovelace@x.example.com"),
        ];
        for text in [
            "ada",
            "ADA lov",
            "s-000_002",
            "S-000",
            "002",
            "alovelace.7",
            "000123",
            "123",
            "12",
            "zoe",
            "o'brien",
            "o’brien",
            "brien-love",
            "brien",
            "ada.lovelace@x.example.com",
            "ada.love",
            "example",
            "x",
            "Lovelace, Ada",
            "(ada)",
        ] {
            let expected = text != "brien-love";
            assert_eq!(found(text, &ada), expected, "{text}");
        }
        for text in ["4321", "2020", "31", "ada grace", "da", "23", "lovelace@x"] {
            assert!(!found(text, &ada), "{text}");
        }
    }

    #[test]
    fn a_text_without_letters_and_digits_searches_for_nothing() {
        assert_eq!(SearchWords::of(" -, ' "), None);
        assert_eq!(SearchWords::of(""), None);
    }

    #[test]
    fn encrypted_fields_have_no_terms() {
        use crate::domain::{SiteKey, ValueCipher};
        let key = SiteKey::new([1; 16]);
        let mut stored = Vec::new();
        let cipher = ValueCipher::new(&key);
        shown::push_encrypted(&mut stored, &cipher, 7, "***-**-1234", b"521341234");
        shown::push(&mut stored, b"user");
        let mut all = Vec::new();
        each_term(&stored, |term| all.push(term.to_owned()));
        assert_eq!(all, ["user"]);
    }

    #[test]
    fn long_terms_are_cut_on_both_sides() {
        let long = "é".repeat(200);
        let longer = "x".repeat(300);
        assert!(found(&long, &[(5, &long)]));
        assert!(found(&longer, &[(5, &longer)]));
        assert!(terms(&[(5, &longer)]).iter().all(|t| t.len() <= 96));
    }
}
