//! Rules between the fields of one demographic record.

use super::findings::Findings;
use super::identity::{self, IdentityChecks};
use super::postal::{state, zip};
use super::value::{Value, Values};
use crate::domain::{Code, DemographicColumn as Column};

/// Validates a demographic record whose fields are parsed.
pub(crate) fn check(
    checks: IdentityChecks,
    values: &mut Values<'_, Column>,
    findings: &mut Findings,
) {
    address(values, findings);
    dates(values, findings);
    status(values, findings);
    identity::check(checks, values, findings);
}

fn dates(values: &Values<'_, Column>, findings: &mut Findings) {
    let mut in_order = |earlier: Column, later: Column, blame: Column| {
        if let (Some(a), Some(b)) = (values[earlier].date(), values[later].date())
            && a > b
        {
            findings.column(blame, Code::DateOrder);
        }
    };
    in_order(Column::BirthDate, Column::HireDate, Column::HireDate);
    in_order(
        Column::BirthDate,
        Column::OriginalHireDate,
        Column::OriginalHireDate,
    );
    in_order(
        Column::OriginalHireDate,
        Column::HireDate,
        Column::OriginalHireDate,
    );
    in_order(
        Column::HireDate,
        Column::TerminationDate,
        Column::TerminationDate,
    );
}

fn status(values: &Values<'_, Column>, findings: &mut Findings) {
    let Some(status) = values[Column::EmploymentStatus].text() else {
        return;
    };
    let ended = values[Column::TerminationDate];
    if status == b"T" && ended.is_blank() {
        findings.column(Column::TerminationDate, Code::TerminationDateMissing);
    }
    if matches!(status, b"A" | b"L" | b"P") && ended.date().is_some() {
        findings.column(Column::TerminationDate, Code::TerminationWithoutStatus);
    }
}

/// Validates state and ZIP code, which are defined only in the United States: the country of the record, or blank.
fn address(values: &mut Values<'_, Column>, findings: &mut Findings) {
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
                findings.column(Column::ZipCode, Code::ZipInvalid);
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
