//! Pages of `docs/`: some are generated from the program's own tables and texts, of others the examples are run.
//!
//! Each test of a generated page compares a committed page with the generated one.
//! `FEEDGATE_BLESS=1 cargo test --test it docs::` rewrites the pages instead.

mod configuration;
pub(crate) mod fences;
mod file_layouts;
mod findings;
mod links;
mod new_sender;
mod operations;
mod plain_words;
mod readme;
mod schedulers;
mod shell;
mod shown_commands;

use std::path::Path;

/// Compares a page of `docs/` with its generated text, or writes it where `FEEDGATE_BLESS` is set.
fn is_committed(name: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(name);
    if std::env::var_os("FEEDGATE_BLESS").is_some() {
        std::fs::write(&path, generated).expect("docs can be written");
    }
    let committed = std::fs::read_to_string(&path).expect(name);
    assert!(
        committed == generated,
        "docs/{name} is out of date: run `FEEDGATE_BLESS=1 cargo test --test it docs::` and commit it"
    );
}
