//! What the fields of one demographic record say together.

use super::address;
use super::field::{Marks, Values};
use super::identity;
use crate::domain::{Code, Kind, demographic as d};

/// Judges a demographic record whose fields are parsed.
pub(crate) fn check(plansource: bool, values: &mut Values<'_>, marks: &mut Marks) {
    address::check(values, marks);
    dates(values, marks);
    status(values, marks);
    identity::check(Kind::Demographic, plansource, values, marks);
}

fn dates(values: &Values<'_>, marks: &mut Marks) {
    let date = |column: usize| values[column].date();
    let mut in_order = |earlier: usize, later: usize, blame: usize| {
        if let (Some(a), Some(b)) = (date(earlier), date(later))
            && a > b
        {
            marks.column(blame, Code::DateOrder);
        }
    };
    in_order(d::BIRTH_DATE, d::HIRE_DATE, d::HIRE_DATE);
    in_order(d::ORIGINAL_HIRE_DATE, d::HIRE_DATE, d::ORIGINAL_HIRE_DATE);
    in_order(d::HIRE_DATE, d::TERMINATION_DATE, d::TERMINATION_DATE);
}

fn status(values: &Values<'_>, marks: &mut Marks) {
    let Some(status) = values[d::EMPLOYMENT_STATUS].text() else {
        return;
    };
    let ended = values[d::TERMINATION_DATE];
    if status == b"T" && ended.is_blank() {
        marks.column(d::TERMINATION_DATE, Code::TerminationDateMissing);
    }
    if matches!(status, b"A" | b"L" | b"P") && ended.date().is_some() {
        marks.column(d::TERMINATION_DATE, Code::TerminationWithoutStatus);
    }
}
