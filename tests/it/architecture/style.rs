//! Names, comments and lengths of the sources.

use super::sources::{Source, says, sources};
use super::{none, that_say};
use regex::Regex;
use std::collections::BTreeMap;

const LONGEST_FILE: usize = 500;
/// Names of files that say nothing about their content.
const FORBIDDEN_FILES: [&str; 17] = [
    "desk", "way", "eyes", "board", "post", "lookout", "mailbox", "doorbell", "errand", "answer",
    "plan", "walk", "paper", "utils", "common", "helpers", "manager",
];
/// Names of types that say nothing alone; with a noun before them they do (`PullState`).
const FORBIDDEN_TYPES: [&str; 16] = [
    "Desk", "Way", "Eyes", "Board", "Post", "Errand", "Bench", "Thing", "Data", "Info", "Manager",
    "What", "Seen", "Stored", "Kept", "Standing",
];
/// Types of one name in many files: each command line command has its own.
const SHARED_TYPE_NAMES: [&str; 1] = ["Arguments"];
/// In how many files a type of one name may be declared.
const MOST_OF_ONE_NAME: usize = 2;
/// Words of comments that a plain sentence replaces.
const FORBIDDEN_WORDS: [&str; 7] = [
    "nobody",
    "somebody",
    "whoever",
    "anew",
    "on its way",
    "on their way",
    "so many",
];

fn declared(source: &Source) -> Vec<String> {
    let form = r"(?m)^(?:pub(?:\([^)]*\))? )?(?:struct|enum|trait|union) (\w+)";
    let form = Regex::new(form).expect("a form");
    let names = form.captures_iter(&source.code);
    names.map(|name| name[1].to_owned()).collect()
}

#[test]
fn an_inherent_impl_stands_in_the_file_of_its_type() {
    let form = Regex::new(r"(?m)^impl(?:<[^>]*>)? (\w+)(?:<[^>{]*>)?\s*(?:where[^{]*)?\{")
        .expect("a form");
    let mut broken = Vec::new();
    for source in sources() {
        // Also those that a macro declares.
        let own = |name: &str| {
            let words = ["struct", "enum", "union"].map(|word| format!("{word} {name}"));
            words
                .iter()
                .any(|declaration| says(&source.code, declaration))
        };
        let elsewhere = form.captures_iter(&source.code).map(|i| i[1].to_owned());
        let elsewhere = elsewhere.filter(|name| !own(name));
        broken.extend(elsewhere.map(|name| format!("{}: impl {name}", source.name())));
    }
    none(broken);
}

#[test]
fn files_and_types_have_names_that_say_what_they_are() {
    let mut broken = Vec::new();
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources() {
        let stem = source
            .path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy();
        if FORBIDDEN_FILES.contains(&stem.as_ref()) {
            broken.push(format!("{} (see FORBIDDEN_FILES)", source.name()));
        }
        for name in declared(&source) {
            if FORBIDDEN_TYPES.contains(&name.as_str()) {
                let file = source.name();
                broken.push(format!("{file}: {name} (see FORBIDDEN_TYPES)"));
            }
            files.entry(name).or_default().push(source.name());
        }
    }
    files.retain(|name, files| {
        files.len() > MOST_OF_ONE_NAME && !SHARED_TYPE_NAMES.contains(&name.as_str())
    });
    broken.extend(
        files.iter().map(|(name, files)| {
            format!("{name} is declared more than twice: {}", files.join(", "))
        }),
    );
    none(broken);
}

/// The comments of a source: each run of lines that begin alike, without the slashes.
fn comments(source: &Source) -> Vec<(bool, String)> {
    let mut all: Vec<(bool, String)> = Vec::new();
    let mut goes_on = false;
    for line in source.commented.lines().map(str::trim_start) {
        let doc = line.strip_prefix("///");
        let Some(text) = doc.or_else(|| line.strip_prefix("//")) else {
            goes_on = false;
            continue;
        };
        let text = text.trim_start_matches('!').trim();
        match all.last_mut() {
            Some((was_doc, before)) if goes_on && *was_doc == doc.is_some() => {
                before.push(' ');
                before.push_str(text);
            }
            _ => all.push((doc.is_some(), text.to_owned())),
        }
        goes_on = true;
    }
    all
}

#[test]
fn comments_are_plain_and_say_more_than_the_name() {
    let mut broken = Vec::new();
    for source in sources() {
        for (doc, text) in comments(&source) {
            // The help of the command line stands in doc comments.
            if doc && source.module == "cli" {
                continue;
            }
            let short = text.split_whitespace().count() <= 3 && !text.contains('`');
            if doc && short {
                let name = source.name();
                broken.push(format!(
                    "{name}: a doc comment of three words or fewer: {text}"
                ));
            }
            let lower = text.to_lowercase();
            let found = FORBIDDEN_WORDS.iter().find(|word| says(&lower, word));
            if let Some(word) = found {
                let name = source.name();
                broken.push(format!(
                    "{name}: \"{word}\" (see FORBIDDEN_WORDS) in: {text}"
                ));
            }
        }
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
