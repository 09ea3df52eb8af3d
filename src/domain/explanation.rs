//! What each finding code means and how to fix it. The texts are in `explanation.toml`.

use super::{Cause, Code};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The texts of one code: a section of `explanation.toml`. None of them holds a value of a record.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// What is to be mended.
    pub(crate) cause: Cause,
    /// One short plain sentence: the error file's `message` column.
    #[serde(deserialize_with = "one_line")]
    pub message: &'static str,
    /// What the code means, by which rule, and which policies change it. Markdown.
    #[serde(deserialize_with = "one_line")]
    pub meaning: &'static str,
    /// An example with made-up data. Markdown.
    #[serde(deserialize_with = "one_line")]
    pub example: &'static str,
    /// What to do, so that the record passes when it is sent again: the error file's `how_to_fix` column. Plain text.
    #[serde(deserialize_with = "one_line")]
    pub fix: &'static str,
}

/// Kept until the process ends, like the file it comes from.
fn one_line<'de, D: Deserializer<'de>>(text: D) -> Result<&'static str, D::Error> {
    let text = String::deserialize(text)?;
    Ok(text.replace('\n', " ").leak())
}

/// By code, in the order of [`Code::ALL`].
static EXPLANATIONS: LazyLock<Vec<Explanation>> = LazyLock::new(|| {
    let mut sections = sections();
    let explanation = |code: &Code| sections.remove(code.as_str());
    let all = Code::ALL.iter().map(explanation).collect::<Option<_>>();
    all.expect("a test finds a section for every code")
});

fn sections() -> BTreeMap<String, Explanation> {
    toml::from_str(include_str!("explanation.toml")).expect("a test reads the file")
}

/// The texts of a code.
pub fn explain(code: Code) -> &'static Explanation {
    &EXPLANATIONS[code as usize]
}

/// At most this many near misses are named.
const MOST: usize = 5;
/// Below this similarity (0 unlike, 1 equal) a code is no near miss.
const SIMILAR: f64 = 0.82;

/// The codes that `word` may have meant, likeliest first, at most five. Case, dashes and spaces don't matter;
/// a part of a code (`zip`) finds the codes that contain it.
pub(crate) fn suggestions(word: &str) -> Vec<Code> {
    let word = word.trim().to_uppercase().replace(['-', ' '], "_");
    if word.is_empty() {
        return Vec::new();
    }
    let mut near: Vec<(f64, Code)> = Code::ALL
        .iter()
        .map(|code| (similarity(&word, code.as_str()), *code))
        .filter(|(similar, _)| *similar >= SIMILAR)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    near.truncate(MOST);
    near.into_iter().map(|(_, code)| code).collect()
}

fn similarity(word: &str, code: &str) -> f64 {
    let similar = strsim::jaro_winkler(word, code);
    let whole_words = word.split('_').all(|w| code.split('_').any(|c| c == w));
    if whole_words {
        similar.max(0.9)
    } else {
        similar
    }
}

#[cfg(test)]
mod tests {
    use super::{explain, sections, suggestions};
    use crate::domain::{Code, Ssn};
    use std::collections::BTreeMap;

    #[test]
    fn texts_are_whole_plain_and_one_per_code() {
        let sections = sections();
        for code in Code::ALL {
            let found = sections.contains_key(code.as_str());
            assert!(found, "{code} has no section in explanation.toml");
        }
        assert_eq!(sections.len(), Code::COUNT, "a section without a code");
        let mut messages = BTreeMap::new();
        for code in Code::ALL {
            let text = explain(*code);
            let before = messages.insert(text.message, *code);
            assert_eq!(before, None, "{code} repeats a message");
            assert!(text.message.len() <= 110, "{code}: message too long");
            assert_eq!(sentences(text.message), 1, "{code}: message");
            assert!(
                (2..=4).contains(&sentences(text.meaning)),
                "{code}: meaning"
            );
            assert!((1..=2).contains(&sentences(text.fix)), "{code}: fix");
            assert!(!text.example.is_empty(), "{code}: example");
            for plain in [text.message, text.fix] {
                assert!(!plain.contains(['`', '\n']), "{code}: markup in a cell");
            }
            for part in [text.message, text.meaning, text.example, text.fix] {
                assert!(part.ends_with(['.', '?']), "{code}: unfinished sentence");
                assert!(!part.contains("  "), "{code}: doubled space");
            }
        }
    }

    #[test]
    fn no_text_holds_a_number_somebody_may_have() {
        for code in Code::ALL {
            let text = explain(*code);
            for part in [text.message, text.meaning, text.example, text.fix] {
                for word in part.split(|c: char| !c.is_ascii_digit() && c != '-') {
                    let digits: String = word.chars().filter(char::is_ascii_digit).collect();
                    let dashes: Vec<usize> = word.match_indices('-').map(|(at, _)| at).collect();
                    if digits.len() == 9 && matches!(dashes[..], [] | [3, 6]) {
                        let ssn = digits.parse().ok().and_then(Ssn::new).expect("nine digits");
                        let void = matches!(ssn.area(), 0 | 666 | 900..)
                            || ssn.group() == 0
                            || ssn.serial() == 0
                            || matches!(ssn.number(), 123_456_789 | 219_099_999);
                        assert!(void, "{code}: an example number could be real");
                    }
                }
            }
        }
    }

    fn sentences(text: &str) -> usize {
        text.split(". ").count()
    }

    #[test]
    fn typing_mistakes_and_parts_find_their_code() {
        assert_eq!(suggestions("SSN_AERA").first(), Some(&Code::SsnArea));
        assert_eq!(suggestions("ssn-masked").first(), Some(&Code::SsnMasked));
        assert_eq!(suggestions("zip"), [Code::ZipInvalid]);
        assert!(suggestions("mismatch").contains(&Code::IdentityMismatch));
        assert!(suggestions("xyzzy").is_empty());
        assert!(suggestions(" ").is_empty());
        assert!(suggestions("SSN").len() <= 5);
    }
}
