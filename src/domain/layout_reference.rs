//! The reference of the file layouts, `docs/file-layouts.md`, for senders and HR: the prose stands in
//! `layout_reference/`, the tables come from the columns and code lists the program works with.

use super::Kind;
use super::codes::{self, CodeList};
use super::column::{Column, Type, columns};
use std::fmt::Write as _;

/// The code lists in the order of the reference, with the columns that take them.
static LISTS: [(&str, &CodeList); 10] = [
    ("employment_status", &codes::EMPLOYMENT_STATUS),
    ("gender", &codes::GENDER),
    ("marital_status", &codes::MARITAL_STATUS),
    ("employment_level", &codes::EMPLOYMENT_LEVEL),
    ("pay_type", &codes::PAY_TYPE),
    ("pay_frequency", &codes::PAY_FREQUENCY),
    ("coverage_level", &codes::COVERAGE_LEVEL),
    ("tax_treatment", &codes::TAX_TREATMENT),
    ("frequency", &codes::FREQUENCY),
    ("action", &codes::ACTION),
];

/// The whole of `docs/file-layouts.md`.
pub(crate) fn reference() -> String {
    let mut page = String::from(include_str!("layout_reference/reading.md"));
    page.push_str("\n## Demographic columns\n\n");
    page.push_str(include_str!("layout_reference/demographic.md"));
    column_table(&mut page, Kind::Demographic);
    page.push_str("\n## Deduction columns\n\n");
    page.push_str(include_str!("layout_reference/deduction.md"));
    column_table(&mut page, Kind::Deduction);
    page.push_str("\n## Code lists\n\n");
    page.push_str(include_str!("layout_reference/codes.md"));
    for (column, list) in LISTS {
        code_table(&mut page, column, list);
    }
    let _ = write!(
        page,
        "\n### state\n\nUSPS Publication 28, appendix B: {}.\n",
        codes::STATES.join(" ")
    );
    page.push('\n');
    page.push_str(include_str!("layout_reference/written.md"));
    page
}

fn column_table(page: &mut String, kind: Kind) {
    page.push_str(
        "\n| column | value | required | other headers that mean it |\n|---|---|---|---|\n",
    );
    for column in columns(kind) {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            column.name,
            value(column),
            required(column),
            column.aliases.join(", ")
        );
    }
}

fn required(column: &Column) -> &'static str {
    match (column.required, column.name) {
        (true, _) => "yes",
        (false, "termination_date") => "when the status is T",
        (false, _) => "",
    }
}

fn value(column: &Column) -> String {
    match column.kind {
        Type::SubscriberId => "ID, by the site's pattern".to_owned(),
        Type::Username => "username, by the site's pattern".to_owned(),
        Type::Ssn => "SSN, nine digits".to_owned(),
        Type::Text(most) => format!("text, at most {most}"),
        Type::Number(most) => format!("number or code kept as text, at most {most}"),
        Type::Date => "date".to_owned(),
        Type::EndDate => "date; empty or a date far ahead is open".to_owned(),
        Type::Timestamp => "date or moment".to_owned(),
        Type::Amount => "amount".to_owned(),
        Type::Code(list) => format!("[{}](#{})", list.allowed.join(" "), column.name),
        Type::Bool if column.name == "is_primary_ein" => "yes or no; empty is yes".to_owned(),
        Type::Bool => "yes or no; empty is no".to_owned(),
        Type::Email => "e-mail address".to_owned(),
        Type::State => "[USPS state code](#state)".to_owned(),
        Type::Zip => "ZIP of 5 or 9 digits".to_owned(),
        Type::Ein => "EIN, NN-NNNNNNN".to_owned(),
    }
}

fn code_table(page: &mut String, column: &str, list: &CodeList) {
    let _ = write!(
        page,
        "\n### {column}\n\n| kept as | read from |\n|---|---|\n"
    );
    for code in list.allowed {
        let words: Vec<&str> = list
            .words
            .iter()
            .filter(|(_, kept)| kept == code)
            .map(|(word, _)| *word)
            .collect();
        let _ = writeln!(page, "| `{code}` | {} |", words.join(", "));
    }
}

#[cfg(test)]
mod tests {
    use super::{LISTS, reference};
    use crate::domain::Kind;
    use crate::domain::column::{Type, columns};

    #[test]
    fn the_committed_reference_is_the_one_of_the_program() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/file-layouts.md");
        if std::env::var_os("FEEDGATE_BLESS").is_some() {
            std::fs::write(path, reference()).expect("docs can be written");
        }
        let committed = std::fs::read_to_string(path).expect("docs/file-layouts.md");
        assert!(
            committed == reference(),
            "docs/file-layouts.md is out of date: run this test with FEEDGATE_BLESS=1"
        );
    }

    #[test]
    fn every_code_list_of_a_column_is_listed() {
        let page = reference();
        for kind in [Kind::Demographic, Kind::Deduction] {
            for column in columns(kind) {
                assert!(page.contains(&format!("| `{}` |", column.name)));
                if let Type::Code(list) = column.kind {
                    let listed = LISTS.iter().find(|(name, _)| *name == column.name);
                    let same = listed.is_some_and(|(_, l)| std::ptr::eq(*l, list));
                    assert!(same, "{}", column.name);
                }
            }
        }
    }
}
