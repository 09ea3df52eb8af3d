//! Reads the sources of the program for the rules that they are held to.

use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its module, its lines as written, and its code without comments, text in quotes and tests.
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) module: String,
    pub(super) lines: usize,
    pub(super) code: String,
    /// The same code with comments and what stands in quotes.
    pub(super) commented: String,
}

impl Source {
    fn read(root: &Path, path: PathBuf) -> Source {
        let text = fs::read_to_string(&path).expect("a readable source");
        let inside = path.strip_prefix(root).expect("a path under src");
        let first = inside.components().next().expect("a name");
        let module = first.as_os_str().to_string_lossy();
        let tests = inside.components().any(|c| c.as_os_str() == "tests");
        let bare = without(&text, true);
        let product = |text: &str| match tests {
            true => String::new(),
            false => without_tests(text, &bare),
        };
        Source {
            module: module.trim_end_matches(".rs").to_owned(),
            lines: text.lines().count(),
            path,
            code: product(&bare),
            commented: product(&text),
        }
    }

    /// Its path below `src`, for messages and lists of exceptions.
    pub(super) fn name(&self) -> String {
        let inside = self.path.strip_prefix(root()).expect("a path under src");
        inside.to_string_lossy().into_owned()
    }
}

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

pub(super) fn sources() -> Vec<Source> {
    let (root, mut found) = (root(), Vec::new());
    for entry in walkdir::WalkDir::new(&root).sort_by_file_name() {
        let path = entry.expect("a readable folder").into_path();
        if path.extension().is_some_and(|e| e == "rs") {
            found.push(Source::read(&root, path));
        }
    }
    assert!(found.len() > 50, "only {} sources found", found.len());
    found
}

/// Blanks out comments and, if `quotes`, what stands in quotes. Line ends stay.
pub(super) fn without(text: &str, quotes: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let (length, kept) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), false)
        } else if rest.starts_with("/*") {
            (rest.find("*/").map_or(rest.len(), |n| n + 2), false)
        } else if let Some(length) = raw_text(rest) {
            (length, !quotes)
        } else if rest.starts_with('"') {
            (closed(rest), !quotes)
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") {
            (3 + usize::from(rest.starts_with("'\\")), !quotes)
        } else {
            (rest.chars().next().map_or(1, char::len_utf8), true)
        };
        let taken = &bytes[at..at + length];
        match kept {
            true => out.extend_from_slice(taken),
            false => out.extend(taken.iter().map(|b| if *b == b'\n' { b'\n' } else { b' ' })),
        }
        at += length;
    }
    String::from_utf8(out).expect("whole characters were replaced")
}

/// The length of raw text (`r"…"`, `r#"…"#`) that the code starts with.
fn raw_text(code: &str) -> Option<usize> {
    let after = code.strip_prefix("br").or_else(|| code.strip_prefix('r'))?;
    let hashes = after.bytes().take_while(|b| *b == b'#').count();
    let start = code.len() - after.len() + hashes;
    code[start..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let inside = &code[start + 1..];
    Some(start + 1 + inside.find(&end)? + end.len())
}

/// The length of text in quotes that the code starts with.
fn closed(code: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in code.bytes().enumerate().skip(1) {
        match byte {
            b'\\' if !escaped => escaped = true,
            b'"' if !escaped => return at + 1,
            _ => escaped = false,
        }
    }
    code.len()
}

/// Blanks out every item marked `#[cfg(test)]`; `bare` is the same code without quotes, for counting braces.
pub(super) fn without_tests(code: &str, bare: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut at = 0;
    while let Some(found) = bare[at..].find("#[cfg(test)]") {
        let start = at + found;
        out += &code[at..start];
        let mut depth = 0usize;
        let item = &bare[start..];
        let end = item.bytes().position(|b| {
            depth = match b {
                b'{' => depth + 1,
                b'}' => depth.saturating_sub(1),
                _ => depth,
            };
            depth == 0 && matches!(b, b'}' | b';')
        });
        at = end.map_or(bare.len(), |n| start + n + 1);
    }
    out + &code[at..]
}

/// Whether a word stands in code, not as part of a longer one.
pub(super) fn says(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        let starts = !word.starts_with(part) || !before.is_some_and(part);
        let ends = !word.ends_with(part) || !after.is_some_and(part);
        starts && ends
    })
}
