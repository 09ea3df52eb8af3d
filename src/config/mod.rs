//! The configuration: one TOML file, every mistake at once.
//!
//! [`load`] reads the file into a [`Config`]. The tables in `model/` declare each key once, with the form of its value,
//! its default and its meaning. The same declarations make the struct, its reader ([`checker`]), [`schema()`] and
//! `docs/configuration.md`. Then `checks/` looks at what has to hold between keys.

mod checker;
mod checks;
mod compound;
mod date_patterns;
mod diagnostics;
mod field_rules;
mod forms;
mod key;
mod model;
mod validators;

#[cfg(test)]
mod tests;

pub(crate) use diagnostics::Diagnostic;
pub(crate) use field_rules::{amount_forms, field_rules, rules_of_corrections};
pub use key::{ListedKey, Presence};
pub use model::Config;
pub(crate) use model::{
    AfterHeld, AfterPull, ColumnsGone, Complete, Endpoint, Enrolment, FileContent, Folder,
    InitialImport, Integration, Listen, LogForm, Mail, MailServer, MatchMode, NamedSchedule,
    NoticeOn, PlanYearsOfFile, Pull, ReceiptForm, SecondFactor, Start, TechnicalContact,
    UsernameRule, Web, Webhook,
};
pub(crate) use validators::{is_this_machine, name_patterns};

use checker::{Checker, KeyTable};
use diagnostics::{Diagnostics, Problem};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use toml::de::DeTable;

const MAX_BYTES: u64 = 4 << 20;

/// Reads and checks a configuration file.
///
/// # Errors
/// Every mistake in the file, by line; also when the file can't be read.
pub fn load(path: &Path) -> Result<Config, Vec<Diagnostic>> {
    without_mistakes(load_in_spite_of_mistakes(path))
}

fn without_mistakes(config: Config) -> Result<Config, Vec<Diagnostic>> {
    match config.mistakes.is_empty() {
        true => Ok(config),
        false => Err(config.mistakes),
    }
}

/// Reads a configuration file as far as that is possible. What is wrong is in [`Config::mistakes`]; what can't be taken is
/// missing, or has its default or example. For looking at the ledger only: nothing may be run by it.
pub(crate) fn load_in_spite_of_mistakes(path: &Path) -> Config {
    let unread = |problem: Problem, line, text: &str| Config {
        mistakes: vec![problem.of_file(path, line)],
        ..recover(text, path)
    };
    let bytes = match read(path) {
        Ok(bytes) => bytes,
        Err(e) => {
            let problem = Problem::new(
                format!("the configuration can't be read ({e})"),
                "name it with --config FILE or FEEDGATE_CONFIG, or make a site with `feedgate init DIR`",
            );
            return unread(problem, None, "");
        }
    };
    match str::from_utf8(&bytes) {
        Ok(text) => recover(text, path),
        Err(e) => {
            let before = &bytes[..e.valid_up_to()];
            let line = memchr::memchr_iter(b'\n', before).count() + 1;
            let problem = Problem::new("is not UTF-8 text", "save the file as UTF-8");
            unread(problem, Some(line), &String::from_utf8_lossy(&bytes))
        }
    }
}

/// Checks the text of a configuration; `file` names it in mistakes and is where the site is.
///
/// # Errors
/// Every mistake in the text, by line.
pub fn parse(text: &str, file: &Path) -> Result<Config, Vec<Diagnostic>> {
    without_mistakes(recover(text, file))
}

fn recover(text: &str, file: &Path) -> Config {
    let mut diagnostics = Diagnostics::new(file, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    // What a broken line was meant to say is a guess: mistakes in the rest are not told until it is corrected.
    let mut broken = Diagnostics::new(file, text);
    for error in errors {
        let offset = error.span().map(|span| span.start);
        broken.refuse("", offset, syntax(error.message()));
    }
    let mut checker = Checker::new(&mut diagnostics, all_keys);
    let mut config = checker.table::<Config>(table.get_ref(), "", "");
    config.file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    config.root = config
        .file
        .parent()
        .map_or_else(PathBuf::new, Path::to_owned);
    config.fingerprint = fingerprint(text);
    config.resolve_windows();
    config.switch_off_in_copy();
    checks::all(&config, &mut diagnostics);
    config.mistakes = match broken.is_empty() {
        true => diagnostics.into_list(),
        false => broken.into_list(),
    };
    config
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "it is larger than 4 MiB",
        ));
    }
    Ok(bytes)
}

fn syntax(message: &str) -> Problem {
    let hint = if message.contains("duplicate key") {
        "keep one of the two"
    } else {
        "write one `key = value` per line, text in quotes, lists in [ ], dates as 2026-12-31"
    };
    Problem::new(format!("is not TOML ({message})"), hint)
}

fn fingerprint(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest[..8].iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a String takes all text");
        hex
    })
}

/// All keys, each table before the tables inside of it.
pub fn all_keys() -> Vec<ListedKey> {
    let mut all = Vec::new();
    key::list("", Config::keys(), &mut all);
    all
}

/// The JSON Schema (2020-12) of the configuration file, for editors that complete and check TOML by one.
pub(crate) fn schema() -> serde_json::Value {
    let mut schema = key::table_schema(&Config::keys());
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = "feedgate.toml".into();
    schema
}

/// The configuration that `init` writes: a commented `feedgate.toml` with a demographic and a deduction integration. It
/// loads as it is.
pub(crate) fn template() -> &'static str {
    include_str!("template.toml")
}
