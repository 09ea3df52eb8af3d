//! State and ZIP code, which mean something only in the United States.

use super::field::{Marks, Values, state, zip};
use super::text::is_scientific;
use super::value::Value;
use crate::domain::{Code, demographic as d};

/// Judges state and ZIP code of a record whose country is blank or the United States.
pub(crate) fn check(values: &mut Values<'_>, marks: &mut Marks) {
    if !values[d::COUNTRY].text().is_none_or(is_united_states) {
        return;
    }
    if let Value::Text(text) = values[d::STATE] {
        values[d::STATE] = match state(text) {
            Some(code) => Value::Code(code.as_bytes()),
            None => {
                marks.column(d::STATE, Code::CodeUnknown);
                Value::Invalid
            }
        };
    }
    if let Value::Text(text) = values[d::ZIP_CODE] {
        values[d::ZIP_CODE] = match zip(text) {
            Some((five, four)) => Value::Zip(five, four),
            None => {
                let scientific = is_scientific(text);
                let code = if scientific {
                    Code::SpreadsheetNumber
                } else {
                    Code::ZipInvalid
                };
                marks.column(d::ZIP_CODE, code);
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
