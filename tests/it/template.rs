//! The configuration that `init` writes: whatever is commented out in it can be switched on.

use crate::scenario::Scenario;

/// The keys that most senders need.
const SHOWN: [&str; 21] = [
    "content",
    "omission",
    "username",
    "constants",
    "delimiter",
    "encoding",
    "dates",
    "no_dates",
    "open_dates",
    "quotes",
    "multiline",
    "blanks",
    "ignore",
    "trailer",
    "subscriber_id",
    "decimals",
    "decimal_mark",
    "dash_is_zero",
    "ssn",
    "positions",
    "rows",
];

/// Keys that mean nothing without another one.
const BESIDE: [(&str, &str); 2] = [
    ("omission", "# content = \"full\""),
    ("window", "# [window.nights]"),
];

/// The setting that a line has commented out: a key with its value, or the heading of a table.
fn setting(line: &str) -> Option<&str> {
    let text = line.strip_prefix('#')?;
    let text = text.strip_prefix(' ').unwrap_or(text);
    let key = key(text);
    let is_key = !key.is_empty() && text[key.len()..].starts_with(" = ");
    (text.starts_with('[') || is_key).then_some(text)
}

fn key(text: &str) -> &str {
    let end = text.find(|c: char| !matches!(c, 'a'..='z' | 'A'..='Z' | '_' | '.'));
    &text[..end.unwrap_or(text.len())]
}

/// The lines that are switched on together with this one: those of its table up to the next empty line.
fn together(lines: &[&str], place: usize) -> Vec<usize> {
    match setting(lines[place]).is_some_and(|text| text.starts_with('[')) {
        false => vec![place],
        true => (place..lines.len())
            .take_while(|n| !lines[*n].is_empty())
            .filter(|n| setting(lines[*n]).is_some())
            .collect(),
    }
}

/// Every group of lines that can be switched on: tables as a whole, other settings one by one.
fn groups(lines: &[&str]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for place in 0..lines.len() {
        let taken = groups.last().is_some_and(|group| group.contains(&place));
        if setting(lines[place]).is_some() && !taken {
            groups.push(together(lines, place));
        }
    }
    groups
}

fn switched_on(lines: &[&str], on: &[usize]) -> String {
    let lines = lines.iter().enumerate();
    let lines = lines.map(|(n, line)| match setting(line) {
        Some(text) if on.contains(&n) => text,
        _ => *line,
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

#[test]
fn every_example_can_be_switched_on() {
    let site = Scenario::new();
    let made = site.feedgate(&["init", "site"]);
    assert_eq!(made.code, 0, "{made:?}");
    let path = site.path("site/feedgate.toml");
    let template = std::fs::read_to_string(&path).expect("written");
    let lines: Vec<&str> = template.lines().collect();
    let mut found: Vec<&str> = Vec::new();
    for mut group in groups(&lines) {
        let first = setting(lines[group[0]]).expect("a setting");
        found.push(first);
        for (_, other) in BESIDE.iter().filter(|(alone, _)| *alone == key(first)) {
            let place = lines.iter().position(|line| line == other);
            group.extend(together(&lines, place.expect("the other key")));
        }
        std::fs::write(&path, switched_on(&lines, &group)).expect("written");
        let checked = site.feedgate(&["--config", "site/feedgate.toml", "check"]);
        // Servers, accounts of others and secrets are not there; whether the configuration is right is known all the same.
        let elsewhere = ["[endpoint", "[sftp_server", "[contact"];
        let elsewhere = elsewhere.iter().any(|table| first.starts_with(table));
        let right = checked
            .stdout
            .contains("site/feedgate.toml: 2 integrations");
        let fine = checked.code == 0 || elsewhere && right;
        assert!(fine, "{first}\n{checked:?}");
    }
    for shown in SHOWN {
        let is = |first: &&str| key(first) == shown || first.contains(&format!(".{shown}]"));
        assert!(found.iter().any(is), "{shown} is not shown");
    }
}
