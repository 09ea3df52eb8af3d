//! The file being checked: where each key stands, and what has been found wrong so far.

use super::key::Key;
use super::mistake::{Mistake, Refusal};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub(super) struct Paper {
    file: PathBuf,
    /// Byte offsets of line ends.
    line_ends: Vec<usize>,
    /// Path of a key → byte offset.
    offsets: BTreeMap<String, usize>,
    /// Keys the file gives, with their paths.
    given: Vec<(String, &'static Key)>,
    /// Paths whose value could not be taken; what stands there in the model is a stand-in.
    unsound: BTreeSet<String>,
    mistakes: Vec<Mistake>,
}

impl Paper {
    pub(super) fn new(file: &Path, text: &str) -> Paper {
        let line_ends = text.match_indices('\n').map(|(at, _)| at).collect();
        Paper {
            file: file.to_owned(),
            line_ends,
            offsets: BTreeMap::new(),
            given: Vec::new(),
            unsound: BTreeSet::new(),
            mistakes: Vec::new(),
        }
    }

    /// The line of a byte, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.line_ends.partition_point(|end| *end < offset) + 1
    }

    /// Remembers where a key or list entry stands.
    pub(super) fn place(&mut self, path: &str, offset: usize) {
        self.offsets.entry(path.to_owned()).or_insert(offset);
    }

    pub(super) fn give(&mut self, path: &str, key: &'static Key) {
        self.given.push((path.to_owned(), key));
    }

    /// The keys the file gives under this path.
    pub(super) fn given_under(&self, path: &str) -> Vec<(String, &'static Key)> {
        let inside = |p: &str| p.strip_prefix(path).is_some_and(|r| r.starts_with('.'));
        let found = self.given.iter().filter(|(p, _)| inside(p));
        found.cloned().collect()
    }

    /// The names the file uses directly under this path, where users choose them.
    pub(super) fn names_under(&self, path: &str) -> Vec<String> {
        let name = |p: &String| p.strip_prefix(path)?.strip_prefix('.').map(str::to_owned);
        self.offsets.keys().filter_map(name).collect()
    }

    pub(super) fn is_given(&self, path: &str) -> bool {
        self.given.iter().any(|(p, _)| p == path)
    }

    /// A value that could not be taken.
    pub(super) fn refuse(&mut self, path: &str, offset: Option<usize>, refusal: Refusal) {
        self.unsound.insert(path.to_owned());
        let offset = offset.or_else(|| self.offset_of(path));
        self.add(path, offset, refusal);
    }

    /// Values that could each be taken, but not together. Nothing is said where one of them is a stand-in.
    pub(super) fn disagree(
        &mut self,
        path: &str,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) {
        if self.is_sound(path) {
            let offset = self.offset_of(path);
            self.add(path, offset, Refusal::new(problem, hint));
        }
    }

    /// Whether the value at this path is what the file says.
    pub(super) fn is_sound(&self, path: &str) -> bool {
        !ancestors(path).any(|p| self.unsound.contains(p))
    }

    /// Whether everything at and under this path is what the file says.
    pub(super) fn is_sound_throughout(&self, path: &str) -> bool {
        self.is_sound(path) && !self.unsound.iter().any(|p| ancestors(p).any(|a| a == path))
    }

    /// All mistakes by line; none twice.
    pub(super) fn into_mistakes(mut self) -> Vec<Mistake> {
        self.mistakes
            .sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
        self.mistakes.dedup();
        self.mistakes
    }

    pub(super) fn is_clean(&self) -> bool {
        self.mistakes.is_empty()
    }

    fn offset_of(&self, path: &str) -> Option<usize> {
        ancestors(path).find_map(|p| self.offsets.get(p)).copied()
    }

    fn add(&mut self, path: &str, offset: Option<usize>, refusal: Refusal) {
        self.mistakes.push(Mistake {
            file: self.file.clone(),
            line: offset.map(|at| self.line(at)),
            key: path.to_owned(),
            problem: refusal.problem,
            hint: refusal.hint,
        });
    }
}

/// `a.b[0].c`, `a.b[0]`, `a.b`, `a`.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |p| p.rfind(['.', '[']).map(|at| &p[..at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_ancestors() {
        let paper = Paper::new(Path::new("f"), "ab\ncd\n\ne");
        assert_eq!([0, 2, 3, 6, 7].map(|at| paper.line(at)), [1, 1, 2, 3, 4]);
        let all: Vec<&str> = ancestors("a.b[0].c").collect();
        assert_eq!(all, ["a.b[0].c", "a.b[0]", "a.b", "a"]);
    }

    #[test]
    fn one_mistake_does_not_cause_another() {
        let mut paper = Paper::new(Path::new("f"), "");
        paper.refuse("a.b", Some(0), Refusal::new("is bad", "mend it"));
        paper.disagree("a.b[1]", "is odd", "mend it");
        assert!(!paper.is_sound_throughout("a") && paper.is_sound("a"));
        assert!(paper.is_sound_throughout("a.bc"));
        assert_eq!(paper.into_mistakes().len(), 1);
    }
}
