//! Near misses for a word that is no finding code.

use crate::domain::Code;

/// At most this many near misses are named.
const MOST: usize = 5;
/// Below this likeness (0 unlike, 1 equal) a code is no near miss.
const ALIKE: f64 = 0.82;

/// The codes that `word` may have meant, likeliest first, at most five. Case, dashes and spaces don't matter;
/// a part of a code (`zip`) finds the codes that hold it.
pub(crate) fn suggestions(word: &str) -> Vec<Code> {
    let word = word.trim().to_uppercase().replace(['-', ' '], "_");
    if word.is_empty() {
        return Vec::new();
    }
    let mut near: Vec<(f64, Code)> = Code::ALL
        .iter()
        .map(|code| (likeness(&word, code.as_str()), *code))
        .filter(|(alike, _)| *alike >= ALIKE)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    near.truncate(MOST);
    near.into_iter().map(|(_, code)| code).collect()
}

fn likeness(word: &str, code: &str) -> f64 {
    let alike = strsim::jaro_winkler(word, code);
    let whole_words = word.split('_').all(|w| code.split('_').any(|c| c == w));
    if whole_words { alike.max(0.9) } else { alike }
}

#[cfg(test)]
mod tests {
    use super::suggestions;
    use crate::domain::Code;

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
