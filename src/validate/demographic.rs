//! Rules between the fields of one demographic record.

use super::address;
use super::findings::Findings;
use super::identity;
use super::value::Values;
use crate::domain::{Code, DemographicColumn as Column};

/// Validates a demographic record whose fields are parsed.
pub(crate) fn check(plansource: bool, values: &mut Values<'_, Column>, findings: &mut Findings) {
    address::check(values, findings);
    dates(values, findings);
    status(values, findings);
    identity::check(plansource, values, findings);
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
