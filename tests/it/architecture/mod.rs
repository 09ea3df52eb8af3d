//! The architecture page of `lib.rs` is the truth: this test reads the sources and holds them to it.

mod imports;
mod sources;
mod style;

use imports::reached;
use regex::Regex;
use sources::{Source, root, says, sources, without, without_tests};
use std::fs;

/// The top-level modules by floor. A module uses its own and lower floors; from [`PLACES`] on, not its neighbours.
const FLOORS: [&[&str]; 14] = [
    &["domain"],
    &["format"],
    &[
        "compare", "matching", "rules", "schedule", "select", "validate",
    ],
    &["changeset"],
    &["process"],
    &["config", "ledger", "spool", "transport"],
    &["site"],
    &["intake"],
    &["run"],
    &["notices", "status", "transfer"],
    &["operations"],
    &["web"],
    &["daemon"],
    &["cli"],
];
/// Floors below this one are pure.
const PLACES: usize = 5;

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|f| f.contains(&module))
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
    let listed: Vec<&str> = FLOORS.concat();
    let missing: Vec<_> = listed
        .iter()
        .filter(|f| !named.iter().any(|n| n == *f))
        .collect();
    assert!(
        missing.is_empty(),
        "FLOORS lists modules that don't exist: {missing:?}"
    );
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
        let Some(own) = floor(&source.module) else {
            continue;
        };
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
        floor(&s.module).is_none_or(|f| f >= PLACES)
    }));
}

#[test]
fn only_transport_knows_ssh2() {
    none(that_say(&sources(), &["ssh2"], |s| s.module == "transport"));
}

#[test]
fn only_the_web_knows_the_http_server() {
    const WORDS: [&str; 5] = ["axum", "askama", "hyper", "tower", "tokio"];
    none(that_say(&sources(), &WORDS, |s| s.module == "web"));
}

#[test]
fn only_the_spool_creates_files_and_opens_them_for_writing() {
    const WORDS: [&str; 12] = [
        "File::create",
        "File::create_new",
        "File::options",
        "OpenOptions",
        "create_dir",
        "create_dir_all",
        "create_new",
        "DirBuilder",
        "fs::write",
        "fs::copy",
        "hard_link",
        "set_permissions",
    ];
    // The database; keys and host keys of users, which belong to no site; sites that are made by a command.
    const EXCEPTIONS: [&str; 4] = [
        "ledger/mod.rs",
        "transport/private_file.rs",
        "operations/init.rs",
        "operations/demo/sshd.rs",
    ];
    none(that_say(&sources(), &WORDS, |s| {
        s.module == "spool" || EXCEPTIONS.contains(&&*s.name())
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
    // Besides the tests of the ledger itself: what no trait of the ledger does to its file, and the words above.
    const TESTS: [&str; 2] = ["support/sqlite_ledger.rs", "it/architecture/mod.rs"];
    let mut broken = Vec::new();
    for (folder, allowed) in [
        ("src", &["ledger/"][..]),
        ("tests", &TESTS),
        ("benches", &[]),
        ("fuzz", &[]),
    ] {
        let folder = root().with_file_name(folder);
        for entry in walkdir::WalkDir::new(&folder).sort_by_file_name() {
            let path = entry.expect("a readable folder").into_path();
            let inside = path.strip_prefix(&folder).expect("inside");
            let inside = inside.to_string_lossy();
            let rust = path.extension().is_some_and(|e| e == "rs");
            if !rust || allowed.iter().any(|start| inside.starts_with(start)) {
                continue;
            }
            let text = without(&fs::read_to_string(&path).expect("a source"), false);
            let mut said: Vec<&str> = SQL.into_iter().filter(|w| text.contains(w)).collect();
            said.extend(Some("rusqlite").filter(|crate_name| says(&text, crate_name)));
            broken.extend(said.iter().map(|w| format!("{}: {w}", path.display())));
        }
    }
    none(broken);
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

#[test]
fn pages_for_those_who_change_the_program_name_files_that_exist() {
    let top = root().parent().expect("the project").to_owned();
    let name = Regex::new(r"`([A-Za-z0-9_./-]+/(?:[A-Za-z0-9_-]+\.(?:rs|toml|sql|md))?)`")
        .expect("a form");
    let mut broken = Vec::new();
    for page in ["docs/architecture.md", "docs/contributing.md"] {
        let text = fs::read_to_string(top.join(page)).expect(page);
        let names: Vec<&str> = name
            .captures_iter(&text)
            .filter_map(|found| found.get(1).map(|path| path.as_str()))
            .collect();
        assert!(names.len() > 20, "{page}: {names:?}");
        let gone = names
            .iter()
            .filter(|path| !top.join(path).exists() && !root().join(path).exists());
        broken.extend(gone.map(|path| format!("{page}: {path}")));
    }
    none(broken);
}
