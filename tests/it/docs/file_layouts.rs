//! `docs/file-layouts.md`, for senders and HR: the prose is in `file_layouts/`, the tables come from the columns and code
//! lists that the program works with.

use super::is_committed;
use feedgate::internal::domain::Kind;
use feedgate::internal::domain::code_list::{self, CodeList};
use feedgate::internal::domain::column::{Column, Type};
use std::fmt::Write as _;

/// The code lists in the order of the reference, with the columns that take them.
static LISTS: [(&str, &CodeList); 11] = [
    ("employment_status", &code_list::EMPLOYMENT_STATUS),
    ("gender", &code_list::GENDER),
    ("marital_status", &code_list::MARITAL_STATUS),
    ("employment_level", &code_list::EMPLOYMENT_LEVEL),
    ("pay_type", &code_list::PAY_TYPE),
    ("pay_frequency", &code_list::PAY_FREQUENCY),
    ("coverage_level", &code_list::COVERAGE_LEVEL),
    ("tax_treatment", &code_list::TAX_TREATMENT),
    ("frequency", &code_list::FREQUENCY),
    ("action", &code_list::ACTION),
    ("status", &code_list::ACCOUNT_STATUS),
];

/// The whole of `docs/file-layouts.md`.
fn page() -> String {
    let mut page = String::from(include_str!("file_layouts/reading.md"));
    page.push_str("\n## Demographic columns\n\n");
    page.push_str(include_str!("file_layouts/demographic.md"));
    column_table(&mut page, Kind::Demographic);
    page.push_str("\n## Deduction columns\n\n");
    page.push_str(include_str!("file_layouts/deduction.md"));
    column_table(&mut page, Kind::Deduction);
    page.push_str("\n## Accounts columns\n\n");
    page.push_str(include_str!("file_layouts/accounts.md"));
    column_table(&mut page, Kind::Accounts);
    page.push_str("\n## Changed records only\n\n");
    page.push_str(include_str!("file_layouts/changes.md"));
    page.push_str("\n## Code lists\n\n");
    page.push_str(include_str!("file_layouts/codes.md"));
    for (column, list) in LISTS {
        code_table(&mut page, column, list);
    }
    let _ = write!(
        page,
        "\n### state\n\nUSPS Publication 28, appendix B: {}.\n",
        code_list::STATES.join(" ")
    );
    page.push('\n');
    page.push_str(include_str!("file_layouts/written.md"));
    page
}

fn column_table(page: &mut String, kind: Kind) {
    page.push_str(
        "\n| column | value | required | other headers that mean it |\n|---|---|---|---|\n",
    );
    for column in kind.columns() {
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
        Type::Code(list) => format!("[{}](#{})", list.codes().join(" "), column.name),
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
    for code in list.codes() {
        let words: Vec<&str> = list
            .words()
            .filter(|(_, kept)| *kept == code)
            .map(|(word, _)| word)
            .collect();
        let _ = writeln!(page, "| `{code}` | {} |", words.join(", "));
    }
}

#[test]
fn the_committed_reference_is_the_one_of_the_program() {
    is_committed("file-layouts.md", &page());
}

#[test]
fn every_code_list_of_a_column_is_listed() {
    let page = page();
    for kind in Kind::ALL {
        for column in kind.columns() {
            assert!(page.contains(&format!("| `{}` |", column.name)));
            if let Type::Code(list) = column.kind {
                let listed = LISTS.iter().find(|(name, _)| *name == column.name);
                let same = listed.is_some_and(|(_, l)| std::ptr::eq(*l, list));
                assert!(same, "{}", column.name);
            }
        }
    }
}
