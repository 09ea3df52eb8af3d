//! Every key of the configuration. This list drives the checks, the JSON Schema and the reference page.

mod daemon;
mod format;
mod integration;
mod output;
mod remote;
mod sftp_server;
mod site;
mod time;

use super::key::Key;

static GROUPS: [&[Key]; 8] = [
    site::KEYS,
    integration::KEYS,
    format::KEYS,
    output::KEYS,
    time::KEYS,
    daemon::KEYS,
    remote::KEYS,
    sftp_server::KEYS,
];

/// All keys, in the order of the reference page.
pub(super) fn all() -> impl Iterator<Item = &'static Key> {
    GROUPS.iter().flat_map(|group| group.iter())
}

/// The keys that stand directly in the table with this path pattern (`""`: the file itself).
pub(super) fn children(table: &str) -> impl Iterator<Item = &'static Key> {
    all().filter(move |key| key.split().0 == table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_key_is_listed_once_and_every_table_too() {
        let mut seen = BTreeSet::new();
        for key in all() {
            assert!(seen.insert(key.path), "{} twice", key.path);
            let (table, _) = key.split();
            let table = table.trim_end_matches(".*").trim_end_matches("[]");
            assert!(
                table.is_empty() || all().any(|k| k.path == table),
                "{} has no table",
                key.path
            );
            assert!(key.doc.ends_with('.'), "{}", key.path);
        }
    }
}
