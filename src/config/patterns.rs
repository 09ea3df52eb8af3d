//! Name patterns: which files of an inbound folder an integration takes.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Compiles name patterns; capital and small letters are the same (`*.csv` takes `HR.CSV`). A pattern that can't be
/// read, which loading the configuration has refused, matches nothing.
pub(crate) fn name_patterns<'a>(patterns: impl IntoIterator<Item = &'a String>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        if let Ok(glob) = GlobBuilder::new(pattern).case_insensitive(true).build() {
            set.add(glob);
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}

#[cfg(test)]
mod tests {
    use super::name_patterns;

    #[test]
    fn any_of_them_in_any_case() {
        let set = name_patterns(&["*.csv".to_owned(), "hr-*.txt".to_owned()]);
        assert!(set.is_match("HR.CSV") && set.is_match("hr-north.txt"));
        assert!(!set.is_match("hr.txt") && !set.is_match("a.csv.gpg"));
    }
}
