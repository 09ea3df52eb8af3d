mod crossing;
mod example;
mod keys;
mod mistakes;
mod template;
mod test_copy;

use super::{Config, Diagnostic, parse};
use std::path::Path;

/// A head that every small configuration needs: line 1 and 2.
const SITE: &str = "[site]\ntimezone = \"America/New_York\"\n";

fn read(text: &str) -> Result<Config, Vec<Diagnostic>> {
    parse(text, Path::new("/srv/site/feedgate.toml"))
}

/// Mistakes as `line: key: problem; hint`, of a text put after [`SITE`].
fn mistakes(text: &str) -> Vec<String> {
    let all = match read(&format!("{SITE}{text}")) {
        Ok(_) => Vec::new(),
        Err(all) => all,
    };
    let place = "/srv/site/feedgate.toml:";
    all.iter()
        .map(|m| m.to_string().trim_start_matches(place).to_owned())
        .collect()
}

fn good(text: &str) -> Config {
    read(&format!("{SITE}{text}")).unwrap_or_else(|all| {
        let all: Vec<String> = all.iter().map(ToString::to_string).collect();
        panic!("{}", all.join("\n"))
    })
}

/// The text has one mistake, and its message has these parts.
#[track_caller]
fn refused(text: &str, parts: &[&str]) {
    let all = mistakes(text);
    assert_eq!(all.len(), 1, "{all:#?}");
    for part in parts {
        assert!(all[0].contains(part), "{part:?} is not in {}", all[0]);
    }
}
