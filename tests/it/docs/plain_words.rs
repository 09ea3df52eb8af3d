//! The pages for HR and for senders use plain words, and name codes and columns that exist.

use crate::people::person;
use crate::scenario::Scenario;
use feedgate::internal::domain::Code;

/// Words of the program that mean nothing to who reads these pages.
const OURS: [&str; 7] = [
    "roster",
    "subscriber",
    "accepted",
    "header",
    "delimiter",
    "integration",
    "cross-reference",
];

fn page(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    std::fs::read_to_string(path.join(name)).expect(name)
}

/// What stands in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn pages_for_hr_and_senders_use_plain_words_and_real_codes() {
    for name in ["hr.md", "senders.md"] {
        let text = page(name);
        let plain: String = text.split('`').step_by(2).collect();
        let plain = plain.to_lowercase();
        for word in OURS {
            assert!(!plain.contains(word), "{name}: {word}");
        }
        let is_code = |word: &&str| {
            word.contains('_') && word.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        };
        let codes: Vec<&str> = quoted(&text).filter(is_code).collect();
        assert!(codes.len() > 4, "{codes:?}");
        for code in codes {
            assert!(Code::parse(code).is_some(), "{name}: {code}");
        }
    }
}

#[test]
fn the_page_for_hr_explains_every_column_of_the_error_file() {
    let site = Scenario::new();
    let run = site.send_people("hr.csv", &[person(1).with("ssn", "666-12-3456")], &[]);
    let file = run.error_file().expect("an error file");
    let first = String::from_utf8(file).expect("UTF-8");
    let text = page("hr.md");
    for column in first.lines().next().expect("names").split(',') {
        assert!(quoted(&text).any(|word| word == column), "{column}");
    }
}
