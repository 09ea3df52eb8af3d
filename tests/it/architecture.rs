//! The architecture page of `lib.rs` is the truth: this test reads the sources and holds them to it.

use std::fs;
use std::path::{Path, PathBuf};

/// The top-level modules by floor. A module uses its own and lower floors; from [`PLACES`] on, not its neighbours.
const FLOORS: [&[&str]; 13] = [
    &["domain"],
    &["format"],
    &[
        "compare", "matching", "rules", "schedule", "select", "validate",
    ],
    &["changeset"],
    &["process"],
    &[
        "config",
        "ledger",
        "notice",
        "observe",
        "spool",
        "transport",
    ],
    &["site"],
    &["intake"],
    &["run"],
    &["status", "transfer"],
    &["operations"],
    &["daemon"],
    &["cli", "web"],
];
/// Floors below this one are pure.
const PLACES: usize = 5;
const LONGEST_FILE: usize = 500;

/// A source file: its module, its lines as written, and its code without comments, text in quotes and tests.
struct Source {
    path: PathBuf,
    module: String,
    lines: usize,
    code: String,
    /// The same code, with what stands in quotes.
    spoken: String,
}

impl Source {
    fn read(root: &Path, path: PathBuf) -> Source {
        let text = fs::read_to_string(&path).expect("a readable source");
        let inside = path.strip_prefix(root).expect("a path under src");
        let first = inside.components().next().expect("a name");
        let module = first.as_os_str().to_string_lossy();
        let tests = inside.components().any(|c| c.as_os_str() == "tests");
        let spoken = if tests {
            String::new()
        } else {
            without_tests(&without(&text, false), &without(&text, true))
        };
        let code = if tests {
            String::new()
        } else {
            let bare = without(&text, true);
            without_tests(&bare, &bare)
        };
        Source {
            module: module.trim_end_matches(".rs").to_owned(),
            lines: text.lines().count(),
            path,
            code,
            spoken,
        }
    }

    fn floor(&self) -> Option<usize> {
        floor(&self.module)
    }
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|f| f.contains(&module))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources() -> Vec<Source> {
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
fn without(text: &str, quotes: bool) -> String {
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
fn without_tests(code: &str, bare: &str) -> String {
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
fn says(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        let starts = !word.starts_with(part) || !before.is_some_and(part);
        let ends = !word.ends_with(part) || !after.is_some_and(part);
        starts && ends
    })
}

/// The top-level modules that code reaches through `crate::`, also in braces.
fn reached(code: &str) -> Vec<String> {
    let name = |t: &str| -> String {
        let part = |c: &char| c.is_alphanumeric() || *c == '_';
        t.trim_start().chars().take_while(part).collect()
    };
    let mut found = Vec::new();
    for (at, path) in code.match_indices("crate::") {
        let rest = &code[at + path.len()..];
        match rest.strip_prefix('{') {
            None => found.push(name(rest)),
            Some(list) => {
                let mut depth = 0;
                for (i, c) in list.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 && (i == 0 || c == ',') {
                        found.push(name(&list[i + usize::from(c == ',')..]));
                    }
                }
            }
        }
    }
    found.retain(|n| !n.is_empty());
    found
}

/// Every file that breaks a rule, in one message.
fn none(broken: Vec<String>) {
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

fn that_say(found: &[Source], words: &[&str], allowed: impl Fn(&Source) -> bool) -> Vec<String> {
    let mut broken = Vec::new();
    for source in found.iter().filter(|s| !allowed(s)) {
        let said = words.iter().filter(|w| says(&source.code, w));
        broken.extend(said.map(|w| format!("{}: {w}", source.path.display())));
    }
    broken
}

#[test]
fn every_module_has_a_floor_and_lib_names_them_in_floor_order() {
    let lib = fs::read_to_string(root().join("lib.rs")).expect("lib.rs");
    let bare = without(&lib, true);
    let code = without_tests(&bare, &bare);
    let module = |line: &str| {
        let line = line.trim().trim_start_matches("pub ");
        Some(line.strip_prefix("mod ")?.strip_suffix(';')?.to_owned())
    };
    let mut named: Vec<String> = code.lines().filter_map(module).collect();
    // What tests reach: names from every floor.
    named.retain(|m| m != "internal");
    assert!(named.len() >= 8, "{named:?}");
    let floors: Vec<usize> = named
        .iter()
        .map(|m| floor(m).unwrap_or_else(|| panic!("{m} stands on no floor; name it in FLOORS")))
        .collect();
    assert!(floors.is_sorted(), "{named:?} stand on {floors:?}");
}

#[test]
fn a_module_uses_lower_floors_only() {
    let mut broken = Vec::new();
    for source in sources() {
        let Some(own) = source.floor() else { continue };
        for used in reached(&source.code) {
            let Some(other) = floor(&used) else { continue };
            let neighbour = own == other && used != source.module;
            if other > own || (neighbour && own >= PLACES) {
                broken.push(format!("{} uses {used}", source.path.display()));
            }
        }
    }
    none(broken);
}

#[test]
fn the_command_line_uses_operations_and_nothing_below_them() {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|s| s.module == "cli") {
        let name = source.path.file_name().expect("a name").to_string_lossy();
        for used in reached(&source.code) {
            let allowed = match used.as_str() {
                "cli" | "domain" | "operations" | "status" => true,
                // `feedgate daemon`, and the demonstration over SFTP, which needs one.
                "daemon" => ["mod.rs", "demo.rs"].contains(&name.as_ref()),
                _ => false,
            };
            if !allowed {
                broken.push(format!("{} uses {used}", source.path.display()));
            }
        }
    }
    none(broken);
}

#[test]
fn the_lower_floors_do_no_io_read_no_clock_and_log_nothing() {
    const WORDS: [&str; 19] = [
        "std::fs",
        "fs::",
        "File::",
        "std::env",
        "env::var",
        "std::net",
        "std::process",
        "SystemTime",
        "Instant",
        "Utc::now",
        "Local::now",
        "Local",
        "thread::sleep",
        "println!",
        "eprintln!",
        "print!",
        "eprint!",
        "tracing",
        "dbg!",
    ];
    let found = sources();
    none(that_say(&found, &WORDS, |s| {
        s.floor().is_none_or(|f| f >= PLACES)
    }));
}

#[test]
fn only_the_spool_renames_and_deletes() {
    const WORDS_OF_FILES: [&str; 6] = [
        "fs::rename",
        "renameat",
        "remove_file",
        "remove_dir",
        "remove_dir_all",
        "unlink",
    ];
    const WORDS: [&str; 9] = [
        "fs::rename",
        "rename",
        "renameat",
        "renameat_with",
        "remove_file",
        "remove_dir",
        "remove_dir_all",
        "unlink",
        "unlinkat",
    ];
    // `#[serde(rename = …)]` renames a key.
    let found: Vec<Source> = sources().into_iter().map(without_serde).collect();
    none(that_say(&found, &WORDS, |s| {
        ["spool", "transport"].contains(&s.module.as_str()) || s.module == "transfer"
    }));
    // Transfers rename and remove at servers only.
    let transfers: Vec<Source> = found
        .into_iter()
        .filter(|s| s.module == "transfer")
        .collect();
    none(that_say(&transfers, &WORDS_OF_FILES, |_| false));
}

fn without_serde(mut source: Source) -> Source {
    while let Some(at) = source.code.find("serde(") {
        let end = source.code[at..]
            .find(")]")
            .map_or(source.code.len(), |n| at + n);
        source.code.replace_range(at..end, "");
    }
    source
}

#[test]
fn only_the_ledger_speaks_sql() {
    const SQL: [&str; 8] = [
        "SELECT ",
        "INSERT INTO ",
        "UPDATE ",
        "DELETE FROM ",
        "CREATE TABLE ",
        "PRAGMA ",
        "BEGIN IMMEDIATE",
        "ON CONFLICT",
    ];
    let found = sources();
    let mut broken = that_say(&found, &["rusqlite"], |s| s.module == "ledger");
    for source in found.iter().filter(|s| s.module != "ledger") {
        let said = SQL.iter().filter(|w| source.spoken.contains(*w));
        broken.extend(said.map(|w| format!("{}: {w}", source.path.display())));
    }
    none(broken);
}

#[test]
fn files_are_short() {
    let found = sources();
    let long = found.iter().filter(|s| s.lines > LONGEST_FILE);
    none(
        long.map(|s| format!("{}: {} lines", s.path.display(), s.lines))
            .collect(),
    );
    let mut lines: Vec<usize> = found.iter().map(|s| s.lines).collect();
    lines.sort_unstable();
    let median = lines[lines.len() / 2];
    assert!(median < 180, "the median file has {median} lines");
}

#[test]
fn nothing_is_left_to_do() {
    none(that_say(
        &sources(),
        &["todo!", "unimplemented!", "dbg!"],
        |_| false,
    ));
}

#[test]
fn the_reader_of_sources_reads_them_right() {
    let text = "use crate::{a::{b, c}, d}; // crate::x\nlet s = \"crate::y\"; /* crate::z */\nlet q = '\"'; crate::e();\n#[cfg(test)]\nmod t { fn f() { crate::g(); } }\nlet r = r#\"a \" crate::h\"#; crate::i;";
    let bare = without(text, true);
    let code = without_tests(&bare, &bare);
    assert_eq!(reached(&code), ["a", "d", "e", "i"]);
    assert_eq!(bare.lines().count(), text.lines().count());
    assert!(without(text, false).contains("crate::y"));
    assert!(says("std::fs::rename(a)", "rename") && !says("renamed", "rename"));
    assert!(says("File::open", "File") && !says("FileFault", "File"));
}
