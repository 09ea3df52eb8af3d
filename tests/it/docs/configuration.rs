//! `docs/configuration.md`, the reference of all keys.

use super::is_committed;
use feedgate::internal::config::{ListedKey, Presence, all_keys};
use std::fmt::Write;

const BEGINNING: &str = "\
# Configuration reference

One TOML file, `feedgate.toml`, in the site's folder. Unknown keys are refused; `feedgate check` reports all mistakes at
once with line, key, problem and hint. `feedgate init DIR` writes a commented file to start from, and
`feedgate generate schema` prints a JSON Schema for editors. Secrets are never in this file: where one is needed, the
key says where it is (a file, `env:NAME` or `credential:NAME`).

In headings, NAME is a name you choose: 1 to 64 lower-case letters, digits, `_` and `-`. A table may also be written
inline: `guards = { max_error_percent = 20 }` is the same as a section `[integration.NAME.guards]`. Some keys are read
and checked but have no effect in this version; `feedgate check` names those you use.

This page is made from the program's own list of keys.
";

/// The Markdown of the reference page.
fn reference() -> String {
    let all = all_keys();
    let mut out = String::from(BEGINNING);
    for key in &all {
        let Some((heading, table)) = section(key) else {
            continue;
        };
        write!(out, "\n## {heading}\n\n{}{}\n", key.key.doc, only(key))
            .expect("written into a text");
        let mut rows = String::new();
        for row in children(&all, &table).filter(|key| section(key).is_none()) {
            line(&mut rows, &all, row, "");
        }
        if !rows.is_empty() {
            out.push_str("\n| key | value | default | meaning |\n|---|---|---|---|\n");
            out.push_str(&rows);
        }
    }
    out
}

/// A key's line, then those of keys that may stand inside its value.
fn line(out: &mut String, all: &[ListedKey], key: &ListedKey, before: &str) {
    let name = format!("{before}{}", key.key.name);
    writeln!(
        out,
        "| `{name}` | {} | {} | {}{} |",
        cell(&key.key.value()),
        cell(&default(key)),
        cell(key.key.doc),
        only(key),
    )
    .expect("written into a text");
    for inside in [key.path(), format!("{}[]", key.path())] {
        for inner in children(all, &inside) {
            line(out, all, inner, &format!("{name}."));
        }
    }
}

fn children<'a>(all: &'a [ListedKey], table: &str) -> impl Iterator<Item = &'a ListedKey> {
    all.iter().filter(move |key| key.table == table)
}

/// The heading of a table and the path of its keys.
fn section(key: &ListedKey) -> Option<(String, String)> {
    let path = key.path();
    let named = path.replace('*', "NAME");
    match key.key.value().as_str() {
        "a table of keys" => Some((format!("`[{named}]`"), path)),
        "a list of tables" => Some((format!("`[[{named}]]`"), format!("{path}[]"))),
        "tables with names" => Some((format!("`[{named}.NAME]`"), format!("{path}.*"))),
        value if value.starts_with("a table: ") => {
            Some((format!("`[{named}]`"), format!("{path}.*")))
        }
        _ => None,
    }
}

fn default(key: &ListedKey) -> String {
    match key.key.presence {
        Presence::Required(example) => format!("required, such as `{example}`"),
        Presence::Default(text) => format!("`{text}`"),
        Presence::Optional => "none".into(),
    }
}

fn only(key: &ListedKey) -> String {
    match key.key.only {
        Some(kind) => format!(" Only for {} integrations.", kind.as_str()),
        None => String::new(),
    }
}

/// Text in a table cell: a bar would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[test]
fn the_committed_page_is_the_one_made_from_the_keys() {
    is_committed("configuration.md", &reference());
}

#[test]
fn every_key_is_on_the_page() {
    let page = reference();
    for key in all_keys() {
        let name = key.key.name;
        let shown = page.contains(&format!("| `{name}` |"))
            || page.contains(&format!(".{name}` |"))
            || page.contains(&format!("[{}", key.path().replace('*', "NAME")));
        assert!(shown, "{}", key.path());
    }
}
