//! Values of a file's first records, masked, for the person who says what its columns are.

use super::job::SourceFormat;
use super::run_io::Result;
use super::source::SourceReader;
use crate::domain::column::{Column, Type};
use crate::domain::masking::value::{masked, ssn};
use crate::domain::{Kind, Ssn};
use crate::format::Layout;
use crate::validate::{FieldRules, Findings};
use std::io::Read;
use std::ops::ControlFlow;

/// How many values of a column are shown.
const SAMPLES: usize = 3;
/// How many records are looked at for them.
const RECORDS: usize = 100;
/// The longest code that is shown whole.
const CODE: usize = 12;

/// For each field of the file, its first different values, masked.
///
/// # Errors
/// A fault of the file that leaves no columns, or an I/O error.
pub(crate) fn samples(
    kind: Kind,
    reading: &SourceFormat,
    rules: &FieldRules,
    source: impl Read,
) -> Result<Vec<Vec<String>>> {
    let mut described = reading.clone();
    described.columns.described = true;
    let mut source = SourceReader::open(kind, source, &described)?;
    let layout = source.layout.clone();
    let columns: Vec<Option<&Column>> = (0..layout.headers.len())
        .map(|field| column_of(kind, &layout, field))
        .collect();
    let number = columns
        .iter()
        .position(|c| c.is_some_and(|c| matches!(c.kind, Type::Ssn)));
    let mut found = vec![Vec::new(); columns.len()];
    let mut records = 0;
    // A fault further down is told by the run.
    let _ = source.for_each_record(|fields| {
        let own = number.and_then(|field| {
            let value = rules.value(columns[field]?, fields.get(field), &mut Findings::default());
            value.ssn()
        });
        for (field, (column, samples)) in columns.iter().zip(&mut found).enumerate() {
            let raw = String::from_utf8_lossy(fields.get(field).trim_ascii());
            let sample = sample(*column, &raw, own);
            if samples.len() < SAMPLES && !sample.is_empty() && !samples.contains(&sample) {
                samples.push(sample);
            }
        }
        records += 1;
        match records < RECORDS {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    });
    Ok(found)
}

/// The column that a field is.
fn column_of(kind: Kind, layout: &Layout, field: usize) -> Option<&'static Column> {
    let is = |slot: &Option<u16>| slot.is_some_and(|slot| usize::from(slot) == field);
    kind.columns()
        .iter()
        .find(|c| is(&layout.slots[c.index.get()]))
}

/// A value of which only its form, or its first and last letters, can be seen.
fn sample(column: Option<&Column>, raw: &str, own: Option<Ssn>) -> String {
    let kind = column.map(|column| column.kind);
    match kind {
        Some(Type::Ssn) => ssn(raw),
        Some(Type::Code(_) | Type::Bool) if is_word(raw) => raw.to_owned(),
        // Digits become stars, as those of a birth date do in error files.
        Some(Type::Date | Type::EndDate | Type::Timestamp | Type::Amount) => {
            masked("birth_date", Some(Type::Date), raw, own)
        }
        _ => ends(&masked("", kind, raw, own)),
    }
}

fn is_word(raw: &str) -> bool {
    raw.len() <= CODE && raw.chars().all(char::is_alphabetic)
}

/// The first and last two characters of a text, or the first one of a short text.
fn ends(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    match &characters[..] {
        [] => String::new(),
        [a, b, .., y, z] if characters.len() >= 6 => format!("{a}{b}…{y}{z}"),
        [first, ..] => format!("{first}…"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Column, Kind, sample};

    fn column(name: &str) -> Option<&'static Column> {
        Kind::Demographic.column(name)
    }

    #[test]
    fn a_sample_shows_the_form_and_not_the_value() {
        for (name, value, shown) in [
            ("ssn", "521-34-1234", "***-**-1234"),
            ("subscriber_id", "S000002", "S0…02"),
            ("subscriber_id", "521-34-1234", "**…34"),
            ("first_name", "Ada", "A…"),
            ("last_name", "Lovelace", "Lo…ce"),
            ("birth_date", "1984-03-02", "****-**-**"),
            ("hire_date", "3/2/2020", "*/*/****"),
            ("annual_salary", "85,000.00", "**,***.**"),
            ("employment_status", "Active", "Active"),
            ("employment_status", "521341234", "**…34"),
            ("work_email", "ada@example.com", "ad…om"),
            ("nothing", "521341234", "**…34"),
            ("nothing", "", ""),
        ] {
            assert_eq!(sample(column(name), value, None), shown, "{name} {value}");
        }
    }
}
