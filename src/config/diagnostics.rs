//! What is wrong in a configuration file, with line, key and hint.

use crate::domain::Kind;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

/// One mistake in a configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The file as it was named.
    pub file: PathBuf,
    /// The line, from 1; `None` when it is about the file as a whole.
    pub line: Option<usize>,
    /// The key with its tables, such as `integration.x.kind`; empty when it is about the text itself.
    pub key: String,
    pub problem: String,
    /// What to write instead.
    pub hint: String,
}

/// A mistake of which the place is not known yet.
#[derive(Debug)]
pub(super) struct Problem {
    problem: String,
    hint: String,
}

/// The mistakes found so far in a file, and what is needed to place them.
pub(super) struct Diagnostics {
    file: PathBuf,
    /// Byte offsets of line ends.
    line_ends: Vec<usize>,
    /// Path of a key or an entry → byte offset.
    offsets: BTreeMap<String, usize>,
    /// Path of a key that the file gives → the kind of integration it is for, unless it is for both.
    given: BTreeMap<String, Option<Kind>>,
    /// Paths of values that could not be taken; in the model, defaults or examples stand in for them.
    refused: BTreeSet<String>,
    found: Vec<Diagnostic>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}; {}", self.problem, self.hint)
    }
}

impl Problem {
    pub(super) fn new(problem: impl Into<String>, hint: impl Into<String>) -> Problem {
        Problem {
            problem: problem.into(),
            hint: hint.into(),
        }
    }

    /// What is wrong with a value, which the sentence begins with.
    pub(super) fn of(value: &str, problem: impl fmt::Display, hint: impl Into<String>) -> Problem {
        Problem::new(format!("{} {problem}", shown(value)), hint)
    }

    /// As a mistake in the file as a whole, or in one of its lines.
    pub(super) fn of_file(self, file: &Path, line: Option<usize>) -> Diagnostic {
        Diagnostic {
            file: file.to_owned(),
            line,
            key: String::new(),
            problem: self.problem,
            hint: self.hint,
        }
    }
}

impl Diagnostics {
    pub(super) fn new(file: &Path, text: &str) -> Diagnostics {
        Diagnostics {
            file: file.to_owned(),
            line_ends: text.match_indices('\n').map(|(at, _)| at).collect(),
            offsets: BTreeMap::new(),
            given: BTreeMap::new(),
            refused: BTreeSet::new(),
            found: Vec::new(),
        }
    }

    /// The line of a byte, from 1.
    fn line(&self, offset: usize) -> usize {
        self.line_ends.partition_point(|end| *end < offset) + 1
    }

    /// Remembers where a key or an entry is.
    pub(super) fn locate(&mut self, path: &str, offset: usize) {
        self.offsets.entry(path.to_owned()).or_insert(offset);
    }

    pub(super) fn give(&mut self, path: &str, only: Option<Kind>) {
        self.given.insert(path.to_owned(), only);
    }

    /// The keys that the file gives under this path and that are for one kind of integration.
    pub(super) fn given_for_one_kind(&self, path: &str) -> Vec<(String, Kind)> {
        let inside = |p: &str| p.strip_prefix(path).is_some_and(|r| r.starts_with('.'));
        let given = self.given.iter().filter(|(p, _)| inside(p));
        given
            .filter_map(|(p, only)| Some((p.clone(), (*only)?)))
            .collect()
    }

    /// The names the file uses directly under this path, where users choose them.
    pub(super) fn names_under(&self, path: &str) -> Vec<String> {
        let name = |p: &String| p.strip_prefix(path)?.strip_prefix('.').map(str::to_owned);
        self.offsets.keys().filter_map(name).collect()
    }

    pub(super) fn is_given(&self, path: &str) -> bool {
        self.given.contains_key(path)
    }

    /// Reports a value that can't be taken.
    pub(super) fn refuse(&mut self, path: &str, offset: Option<usize>, problem: Problem) {
        self.refused.insert(path.to_owned());
        let offset = offset.or_else(|| self.offset_of(path));
        self.add(path, offset, problem);
    }

    /// Reports values that can't be taken together, unless one of them was refused already.
    pub(super) fn disagree(
        &mut self,
        path: &str,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) {
        if self.is_sound(path) {
            let offset = self.offset_of(path);
            self.add(path, offset, Problem::new(problem, hint));
        }
    }

    /// Whether the value at this path is what the file says.
    pub(super) fn is_sound(&self, path: &str) -> bool {
        !ancestors(path).any(|p| self.refused.contains(p))
    }

    /// Whether everything at and under this path is what the file says.
    pub(super) fn is_sound_throughout(&self, path: &str) -> bool {
        self.is_sound(path) && !self.refused.iter().any(|p| ancestors(p).any(|a| a == path))
    }

    /// All mistakes by line; none twice.
    pub(super) fn into_list(mut self) -> Vec<Diagnostic> {
        self.found
            .sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
        self.found.dedup();
        self.found
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    fn offset_of(&self, path: &str) -> Option<usize> {
        ancestors(path).find_map(|p| self.offsets.get(p)).copied()
    }

    fn add(&mut self, path: &str, offset: Option<usize>, problem: Problem) {
        self.found.push(Diagnostic {
            key: path.to_owned(),
            ..problem.of_file(&self.file, offset.map(|at| self.line(at)))
        });
    }
}

/// `a.b[0].c`, `a.b[0]`, `a.b`, `a`.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |p| p.rfind(['.', '[']).map(|at| &p[..at]))
}

/// A value as it is shown in a mistake: quoted, escaped, cut after 60 characters.
pub(super) fn shown(value: &str) -> String {
    const LONGEST: usize = 60;
    let mut cut: String = value.chars().take(LONGEST).collect();
    if cut.len() < value.len() {
        cut.push('…');
    }
    format!("{cut:?}")
}

/// The known word that `word` was probably meant to be.
fn near_miss<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LIKE_ENOUGH: f64 = 0.7;
    /// The comparison takes memory by the product of both lengths.
    const LONGEST: usize = 100;
    known
        .into_iter()
        .filter(|_| word.len() <= LONGEST)
        .map(|k| (strsim::normalized_damerau_levenshtein(word, k), k))
        .filter(|(likeness, _)| *likeness >= LIKE_ENOUGH)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| k)
}

/// The hint at the known word that `word` was probably meant to be.
pub(super) fn did_you_mean<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    near_miss(word, known).map(|meant| format!("did you mean {meant:?}?"))
}

/// `"a"`, `"a" or "b"`, `"a", "b" or "c"`.
pub(super) fn any_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("{w:?}")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((only, _)) => only.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_a_compiler_message() {
        let mistake = Diagnostic {
            file: "feedgate.toml".into(),
            line: Some(12),
            key: "integration.x.kind".into(),
            problem: format!("{} is not known here", shown("demografic")),
            hint: format!("write {}", any_of(&["demographic", "deduction"])),
        };
        assert_eq!(
            mistake.to_string(),
            "feedgate.toml:12: integration.x.kind: \"demografic\" is not known here; \
             write \"demographic\" or \"deduction\""
        );
    }

    #[test]
    fn a_near_miss_is_near() {
        let known = ["timezone", "retention"];
        assert_eq!(near_miss("timezon", known), Some("timezone"));
        assert_eq!(near_miss("time_zone", known), Some("timezone"));
        assert_eq!(near_miss("zone", known), None);
    }

    #[test]
    fn lines_and_ancestors() {
        let diagnostics = Diagnostics::new(Path::new("f"), "ab\ncd\n\ne");
        let lines = [0, 2, 3, 6, 7].map(|at| diagnostics.line(at));
        assert_eq!(lines, [1, 1, 2, 3, 4]);
        let all: Vec<&str> = ancestors("a.b[0].c").collect();
        assert_eq!(all, ["a.b[0].c", "a.b[0]", "a.b", "a"]);
    }

    #[test]
    fn one_mistake_does_not_cause_another() {
        let mut diagnostics = Diagnostics::new(Path::new("f"), "");
        diagnostics.refuse("a.b", Some(0), Problem::new("is bad", "mend it"));
        diagnostics.disagree("a.b[1]", "is odd", "mend it");
        assert!(!diagnostics.is_sound_throughout("a") && diagnostics.is_sound("a"));
        assert!(diagnostics.is_sound_throughout("a.bc"));
        assert_eq!(diagnostics.into_list().len(), 1);
    }
}
