//! From the file to the checked configuration.

use super::checks;
use super::mistake::{Mistake, Refusal};
use super::model::{Config, Parts};
use super::paper::Paper;
use super::walk::Walk;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use toml::de::DeTable;

/// A configuration larger than this is none.
const MAX_BYTES: u64 = 4 << 20;

/// Reads and checks a configuration file.
///
/// # Errors
/// Every mistake in the file, by line; also when the file can't be read.
pub fn load(path: &Path) -> Result<Config, Vec<Mistake>> {
    let whole = |problem: String, hint: &str| {
        vec![Mistake {
            file: path.to_owned(),
            line: None,
            key: String::new(),
            problem,
            hint: hint.to_owned(),
        }]
    };
    let bytes = read(path).map_err(|e| {
        whole(
            format!("the configuration can't be read ({e})"),
            "name it with --config FILE or FEEDGATE_CONFIG, or make a site with `feedgate init DIR`",
        )
    })?;
    let text = str::from_utf8(&bytes).map_err(|e| {
        let before = &bytes[..e.valid_up_to()];
        let mut mistakes = whole("is not UTF-8 text".into(), "save the file as UTF-8");
        for mistake in &mut mistakes {
            mistake.line = Some(before.iter().filter(|b| **b == b'\n').count() + 1);
        }
        mistakes
    })?;
    parse(text, path)
}

/// Checks the text of a configuration; `file` names it in mistakes and is where the site is.
///
/// # Errors
/// Every mistake in the text, by line.
pub fn parse(text: &str, file: &Path) -> Result<Config, Vec<Mistake>> {
    let mut paper = Paper::new(file, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // What a broken line was meant to say is a guess: nothing else is judged before it is mended.
        for error in errors {
            let offset = error.span().map(|span| span.start);
            paper.refuse("", offset, syntax(error.message()));
        }
        return Err(paper.into_mistakes());
    }
    let mut walk = Walk {
        paper: &mut paper,
        filling: false,
    };
    let tree = walk.table(table.get_ref(), "", "");
    let parts: Parts = match serde_json::from_value(Json::Object(tree)) {
        Ok(parts) => parts,
        Err(_) if !paper.is_clean() => return Err(paper.into_mistakes()),
        Err(e) => {
            let refusal = Refusal::new(format!("can't be taken ({e})"), "report this as a bug");
            paper.refuse("", None, refusal);
            return Err(paper.into_mistakes());
        }
    };
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let root = file.parent().map_or_else(PathBuf::new, Path::to_owned);
    let config = Config::new(parts, file, root, fingerprint(text));
    checks::all(&config, &mut paper);
    if paper.is_clean() {
        Ok(config)
    } else {
        Err(paper.into_mistakes())
    }
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

fn syntax(message: &str) -> Refusal {
    let hint = if message.contains("duplicate key") {
        "keep one of the two"
    } else {
        "write one `key = value` per line, text in quotes, lists in [ ], dates as 2026-12-31"
    };
    Refusal::new(format!("is not TOML ({message})"), hint)
}

fn fingerprint(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(8).map(|b| format!("{b:02x}")).collect()
}
