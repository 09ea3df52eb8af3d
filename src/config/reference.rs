//! The reference page of the configuration, `docs/configuration.md`.

use super::key::{Key, Presence, Type};
use super::keys;
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
pub(crate) fn reference() -> String {
    let mut out = String::from(BEGINNING);
    for key in keys::all() {
        let Some((heading, pattern)) = section(key) else {
            continue;
        };
        // Writing into a String can't fail.
        let _ = write!(out, "\n## {heading}\n\n{}{}\n", key.doc, only(key));
        let rows: Vec<&Key> = keys::children(&pattern)
            .filter(|k| section(k).is_none())
            .collect();
        if rows.is_empty() {
            continue;
        }
        out.push_str("\n| key | value | default | meaning |\n|---|---|---|---|\n");
        for row in rows {
            line(&mut out, row, "");
        }
    }
    out
}

/// A key's line, then those of keys that may stand inside its value.
fn line(out: &mut String, key: &Key, before: &str) {
    let name = format!("{before}{}", key.split().1);
    // Writing into a String can't fail.
    let _ = writeln!(
        out,
        "| `{name}` | {} | {} | {}{} |",
        cell(&key.ty.describe()),
        cell(&default(key)),
        cell(key.doc),
        only(key),
    );
    for inside in [key.path.to_owned(), format!("{}[]", key.path)] {
        for inner in keys::children(&inside) {
            line(out, inner, &format!("{name}."));
        }
    }
}

/// The heading of a table and the pattern of its keys.
fn section(key: &Key) -> Option<(String, String)> {
    let named = key.path.replace('*', "NAME");
    match key.ty {
        Type::Table => Some((format!("`[{named}]`"), key.path.to_owned())),
        Type::Tables => Some((format!("`[[{named}]]`"), format!("{}[]", key.path))),
        Type::Named(_) => Some((format!("`[{named}.NAME]`"), format!("{}.*", key.path))),
        Type::Map(..) => Some((format!("`[{named}]`"), format!("{}.*", key.path))),
        Type::Columns(_) => Some((format!("`[{named}]`"), format!("{}.*", key.path))),
        _ => None,
    }
}

fn default(key: &Key) -> String {
    match key.presence {
        Presence::Required(example) => format!("required, such as `{example}`"),
        Presence::Default(text) => format!("`{text}`"),
        Presence::Optional => "none".into(),
    }
}

fn only(key: &Key) -> String {
    match key.only {
        Some(kind) => format!(" Only for {} integrations.", kind.as_str()),
        None => String::new(),
    }
}

/// Text in a table cell: a bar would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_committed_page_is_the_one_made_from_the_keys() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
        let made = reference();
        if std::env::var_os("FEEDGATE_BLESS").is_some() {
            std::fs::create_dir_all(page.parent().unwrap()).unwrap();
            std::fs::write(&page, &made).unwrap();
        }
        let committed = std::fs::read_to_string(&page).unwrap_or_default();
        assert!(
            committed == made,
            "docs/configuration.md is out of date; run `FEEDGATE_BLESS=1 cargo test --lib committed_page` and commit it"
        );
    }

    #[test]
    fn every_key_is_on_the_page() {
        let page = reference();
        for key in keys::all() {
            let name = key.split().1;
            let shown = page.contains(&format!("| `{name}` |"))
                || page.contains(&format!(".{name}` |"))
                || page.contains(&format!("[{}", key.path.replace('*', "NAME")));
            assert!(shown, "{}", key.path);
        }
    }
}
