//! No text of an output differs from the one that was sent, except by the rules that are named.

use super::{job, judging, ssn};
use crate::matching::roster::Roster;
use proptest::prelude::*;
use std::collections::HashMap;

/// The obvious reading of a cell: other spaces are plain, other dashes hyphens where they are meant, and blanks, what shows
/// nothing, and guards are taken off. `free`: a text that may begin with an apostrophe.
fn read_slowly(raw: &str, dashed: bool, free: bool) -> String {
    let edge = [' ', '\u{200b}', '\u{feff}', '\u{200e}'];
    let mut text = raw.replace(['\u{a0}', '\u{2003}', '\u{3000}'], " ");
    if dashed {
        text = text.replace(['–', '\u{2011}', '\u{2212}'], "-");
    }
    loop {
        text = text.trim_matches(edge).to_owned();
        let inner = text.strip_prefix("=\"").and_then(|t| t.strip_suffix('"'));
        if let Some(inner) = inner.filter(|inner| !inner.contains('"')) {
            text = inner.to_owned();
            continue;
        }
        let Some(rest) = text.strip_prefix('\'') else {
            return text;
        };
        let word = rest.starts_with(|c: char| c.is_ascii_alphanumeric()) && !rest.ends_with('\'');
        if rest.is_empty()
            || rest.starts_with(['-', '@'])
            || word && rest.as_bytes()[0].is_ascii_digit()
        {
            text = rest.to_owned();
        } else if word && !free {
            return rest.to_owned();
        } else {
            return text;
        }
    }
}

/// Text columns, whether dashes are folded in them, and whether they are free text.
const TEXTS: [(&str, bool, bool); 11] = [
    ("subscriber_id", false, false),
    ("username", false, false),
    ("employee_number", false, false),
    ("first_name", false, true),
    ("last_name", false, true),
    ("city", false, true),
    ("zip_code", true, false),
    ("work_email", false, false),
    ("home_phone", true, false),
    ("custom.a", false, true),
    ("job_title", false, true),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]
    #[test]
    fn an_accepted_text_is_what_was_sent_but_for_the_named_rules(
        cells in proptest::collection::vec(
            (
                0..TEXTS.len(),
                "[ \u{a0}\u{2003}\u{200b}\u{200e}]{0,2}('|=\")?[\u{feff} ]?[A-Zé]?[a-z0-9'#.@\u{a0}\u{3000}\u{200b}–\u{2011}-]{0,6}[\"\u{a0}\u{200b} ]{0,2}|[nN](one|ull|/a)",
            ),
            1..12,
        ),
    ) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let titles = TEXTS.map(|(name, ..)| name);
        let rest = ["ssn", "birth_date", "hire_date", "employment_status", "country"];
        writer.write_record(titles.iter().chain(&rest)).expect("memory");
        for (number, (column, cell)) in (0..).zip(&cells) {
            let mut row = vec!["Ann".to_owned(); TEXTS.len()];
            // No cell has an underscore, so no cell is another record's ID.
            row[0] = format!("S_{number}");
            row[1] = format!("user_{number}");
            row[7] = format!("u{number}@example.com");
            row[*column].clone_from(cell);
            row.extend(
                [&ssn(number).to_string(), "1980-01-02", "2020-02-03", "A", "Canada"]
                    .map(str::to_owned),
            );
            writer.write_record(&row).expect("memory");
        }
        let source = writer.into_inner().expect("memory");
        let roster = Roster::default();
        let mut job = job(&roster, 1, 1 << 20);
        job.reading.columns.mapped = vec![("custom.a".to_owned(), "custom.a".to_owned())];
        let custom = (crate::format::output::From::Custom(0), "custom.a".to_owned());
        job.output.columns.push(custom);
        let (_, files) = judging::run(&job, &source).expect("judged");
        let mut reader = csv::Reader::from_reader(&files.0[0][..]);
        let mut accepted = HashMap::new();
        for row in reader.deserialize::<HashMap<String, String>>() {
            let row = row.expect("a row");
            accepted.insert(row["ssn"].clone(), row);
        }
        for (number, (column, cell)) in (0..).zip(&cells) {
            let (name, dashed, free) = TEXTS[*column];
            let text = read_slowly(cell, dashed, free);
            let word = ["none", "null", "n/a"].contains(&text.to_lowercase().as_str())
                && !(free && text == "none");
            let needed = ["subscriber_id", "username"].contains(&name);
            let seen = !text.contains(['\u{200b}', '\u{feff}', '\u{200e}']);
            let want = if word && !name.ends_with("_name") { "" } else { &text };
            match accepted.get(&ssn(number).to_string()) {
                Some(row) => {
                    prop_assert_eq!(&row[name], want, "{} of {:?}", name, cell);
                    prop_assert!(seen && !(needed && want.is_empty()), "{} of {:?}", name, cell);
                }
                // An address has a shape, and some texts are refused.
                None => prop_assert!(
                    !seen || want.is_empty() || text.starts_with('#') || text.contains(".0")
                        || ["work_email", "username", "subscriber_id"].contains(&name),
                    "{} of {:?} is refused", name, cell
                ),
            }
        }
    }
}
