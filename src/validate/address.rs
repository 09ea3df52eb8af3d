//! State and ZIP code, which are defined only in the United States.

use super::findings::Findings;
use super::postal::{state, zip};
use super::text::is_scientific;
use super::value::{Value, Values};
use crate::domain::{Code, DemographicColumn as Column};

/// Validates state and ZIP code of a record whose country is blank or the United States.
pub(crate) fn check(values: &mut Values<'_, Column>, findings: &mut Findings) {
    if !values[Column::Country].text().is_none_or(is_united_states) {
        return;
    }
    if let Value::Text(text) = values[Column::State] {
        values[Column::State] = match state(text) {
            Some(code) => Value::Code(code.as_bytes()),
            None => {
                findings.column(Column::State, Code::CodeUnknown);
                Value::Invalid
            }
        };
    }
    if let Value::Text(text) = values[Column::ZipCode] {
        values[Column::ZipCode] = match zip(text) {
            Some((five, four)) => Value::Zip(five, four),
            None => {
                let scientific = is_scientific(text);
                let code = if scientific {
                    Code::SpreadsheetNumber
                } else {
                    Code::ZipInvalid
                };
                findings.column(Column::ZipCode, code);
                Value::Invalid
            }
        };
    }
}

fn is_united_states(country: &[u8]) -> bool {
    const NAMES: [&str; 6] = [
        "US",
        "USA",
        "U.S.",
        "U.S.A.",
        "United States",
        "United States of America",
    ];
    country == b"US"
        || NAMES
            .iter()
            .any(|n| n.as_bytes().eq_ignore_ascii_case(country))
}
