//! What the fields of one deduction record say together.

use super::field::{Marks, Values};
use super::identity;
use super::value::Value;
use crate::domain::{Code, Kind, deduction as d};

/// Judges a deduction record whose fields are parsed.
pub(crate) fn check(plansource: bool, values: &mut Values<'_>, marks: &mut Marks) {
    amounts(values, marks);
    dates(values, marks);
    identity::check(Kind::Deduction, plansource, values, marks);
}

fn amounts(values: &Values<'_>, marks: &mut Marks) {
    if let (Value::Cents(whole), Value::Cents(pre), Value::Cents(post)) = (
        values[d::EMPLOYEE_AMOUNT],
        values[d::PRETAX_AMOUNT],
        values[d::POSTTAX_AMOUNT],
    ) && pre + post != whole
    {
        marks.column(d::EMPLOYEE_AMOUNT, Code::AmountSplit);
    }
}

fn dates(values: &Values<'_>, marks: &mut Marks) {
    if let (Some(start), Some(end)) = (
        values[d::PLAN_YEAR_START].date(),
        values[d::PLAN_YEAR_END].date(),
    ) && start > end
    {
        marks.column(d::PLAN_YEAR_END, Code::DateOrder);
    }
    let (Some(effective), Some(end)) =
        (values[d::EFFECTIVE_DATE].date(), values[d::END_DATE].date())
    else {
        return;
    };
    let waived = end.succ_opt() == Some(effective) && nothing(values);
    if end < effective && !waived {
        marks.column(d::END_DATE, Code::DateOrder);
    }
}

/// Whether both amounts are nothing.
pub(crate) fn nothing(values: &Values<'_>) -> bool {
    let zero = |v: Value<'_>| matches!(v, Value::Blank | Value::Cents(0));
    zero(values[d::EMPLOYEE_AMOUNT]) && zero(values[d::EMPLOYER_AMOUNT])
}

/// Whether the record ends the day before it begins, which says that the plan was declined.
pub(crate) fn declined(values: &Values<'_>) -> bool {
    let (effective, end) = (values[d::EFFECTIVE_DATE].date(), values[d::END_DATE].date());
    end.is_some() && end.and_then(|e| e.succ_opt()) == effective && nothing(values)
}
