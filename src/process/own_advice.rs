//! Advice in the words of an integration: with the sender's own headers, and without forms that the integration refuses.

use super::job::FileContext;
use super::kind::RecordKind;
use crate::domain::column::{Column, KindColumns, Type};
use crate::domain::{Code, Kind};
use crate::matching::accounts::Ambiguity;
use crate::rules::plan_year::PlanYear;
use crate::validate::advice;
use chrono::NaiveDate;

/// Most values of a setting that advice names.
const MOST: usize = 5;

/// The advice as it fits the integration and the file.
pub(super) fn adapted<K: RecordKind>(fix: &str, code: Code, context: FileContext<'_>) -> String {
    let text = without_refused_forms::<K>(fix, code, context);
    let columns = named::<K>(&text);
    let told = columns.into_iter();
    told.fold(text, |text, column| with_own_header(text, column, context))
}

/// Message and advice about an employee whose account is in doubt.
pub(super) fn of_account(ambiguity: Ambiguity) -> (&'static str, &'static str) {
    match ambiguity {
        Ambiguity::Several => (
            "Several accounts have this employee's e-mail address.",
            "Give the employee an address of their own in the row and in the account, or have the accounts file corrected; \
             then send the row again.",
        ),
        Ambiguity::Taken => (
            "The account with this e-mail address is linked with another employee.",
            "If the address is wrong, correct it and send the row again. If the account is this person's, an administrator \
             ends the other link (feedgate employee ID --unlink); then send the row again.",
        ),
        Ambiguity::Shared => (
            "Rows of other new employees, or of this one, claim the same account or a second one.",
            "Correct the rows whose address is wrong, so that each new employee has one address that no other has; then \
             send the rows again.",
        ),
    }
}

/// The columns that a text names. Most names are words of plain English, too, and are not meant.
fn named<K: RecordKind>(text: &str) -> Vec<&'static Column> {
    let mut columns: Vec<&Column> = Vec::new();
    for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        let told = word.contains('_') || word == "country";
        let column = K::Column::COLUMNS.iter().find(|c| told && c.name == word);
        columns.extend(column.filter(|c| !columns.iter().any(|known| known.index == c.index)));
    }
    columns
}

/// Without what the integration refuses, or what doesn't fit the columns of a fixed-width line.
fn without_refused_forms<K: RecordKind>(fix: &str, code: Code, context: FileContext<'_>) -> String {
    let job = context.job;
    let narrow = |name: &str, characters: usize| {
        let placed = job.reading.fixed.iter().flatten();
        let mut own = placed.filter(|(column, _)| column == name);
        own.any(|(_, place)| place.length < characters)
    };
    match code {
        Code::UsernameShared if !job.identity.plansource => {
            fix.replace(" (PlanSource adds _2)", "")
        }
        Code::SsnLength if narrow("ssn", "AAA-GG-SSSS".len()) => {
            "Write the SSN as nine digits, without dashes.".to_owned()
        }
        Code::EmailInvalid if job.kind == Kind::Accounts => {
            fix.replace(", or leave the field empty", "")
        }
        Code::EinInvalid if narrow("ein", "NN-NNNNNNN".len()) => {
            "Write the employer's EIN as nine digits, with its leading zeros.".to_owned()
        }
        Code::ZipInvalid if narrow("zip_code", "02134-1234".len()) => {
            fix.replace(" or nine (02134-1234)", "")
        }
        Code::EinForeign if !job.fields.eins.is_empty() => {
            let eins = job.fields.eins.iter();
            let eins = eins.map(|ein| format!("{:02}-{:07}", ein / 10_000_000, ein % 10_000_000));
            format!("{fix} Taken here: {}.", list(eins))
        }
        Code::PlanYearUnknown if !job.plan_years.years.is_empty() => {
            let years = job.plan_years.years.iter().map(|year| span(*year, context));
            format!("{fix} Plan years here: {}.", list(years))
        }
        Code::PlanYearOutside => match context.year {
            Some(year) => format!("{fix} The plan year is {}.", span(year, context)),
            None => fix.to_owned(),
        },
        _ => fix.to_owned(),
    }
}

/// A plan year in the form in which the integration writes dates.
fn span(year: PlanYear, context: FileContext<'_>) -> String {
    let day = |day: NaiveDate| advice::written(day, &context.job.fields.dates);
    format!("{} to {}", day(year.start), day(year.end))
}

fn list(all: impl ExactSizeIterator<Item = String>) -> String {
    let more = all.len().saturating_sub(MOST);
    let mut named: Vec<String> = all.take(MOST).collect();
    if more > 0 {
        named.push(format!("and {more} more"));
    }
    named.join(", ")
}

/// With the sender's header in the place of a column's name, and with the words that the integration takes there.
fn with_own_header(text: String, column: &Column, context: FileContext<'_>) -> String {
    let FileContext { job, layout, .. } = context;
    let Some(at) = place_of(&text, column.name) else {
        return text;
    };
    let own = match layout.slots[column.index.get()] {
        Some(slot) => layout.header(Some(slot)).to_owned(),
        None => format!("{} (a column that the file does not have)", column.name),
    };
    let mut text = text;
    text.replace_range(at..at + column.name.len(), &own);
    match (column.kind, job.fields.codes(Some(column))) {
        (Type::Bool, Some(words)) => format!("{text} Words for yes and no here: {words}."),
        _ => text,
    }
}

/// Where a column is named in a sentence, and not as a key of the configuration.
fn place_of(text: &str, name: &str) -> Option<usize> {
    let mut places = text.match_indices(name).map(|(at, _)| at);
    places.find(|at| {
        let (before, behind) = (&text[..*at], &text[at + name.len()..]);
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '"' | '`');
        let key = behind.starts_with(" =");
        let word = !before.ends_with(part) && !behind.starts_with(['_', '"', '`']);
        word && !key && !behind.starts_with(|c: char| c.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::place_of;

    #[test]
    fn a_column_is_named_in_a_sentence_and_not_in_a_key() {
        let name = "test_employee";
        for (text, at) in [
            ("Set test_employee to true.", Some(4)),
            ("Write no into test_employee.", Some(14)),
            ("the operator sets test_employee = true", None),
            ("custom.test_employee", None),
            ("`test_employee`", None),
            ("test_employees", None),
        ] {
            assert_eq!(place_of(text, name), at, "{text}");
        }
    }
}
