//! Rules between the fields of one deduction record.

use super::findings::Findings;
use super::identity::{self, IdentityChecks};
use super::value::{Value, Values};
use crate::domain::{Code, DeductionColumn as Column};

/// Validates a deduction record whose fields are parsed.
pub(crate) fn check(checks: IdentityChecks, values: &Values<'_, Column>, findings: &mut Findings) {
    amounts(values, findings);
    dates(values, findings);
    identity::check(checks, values, findings);
}

fn amounts(values: &Values<'_, Column>, findings: &mut Findings) {
    if let (Value::Cents(whole), Value::Cents(pre), Value::Cents(post)) = (
        values[Column::EmployeeAmount],
        values[Column::PretaxAmount],
        values[Column::PosttaxAmount],
    ) && pre + post != whole
    {
        findings.column(Column::EmployeeAmount, Code::AmountSplit);
    }
}

fn dates(values: &Values<'_, Column>, findings: &mut Findings) {
    if let (Some(start), Some(end)) = (
        values[Column::PlanYearStart].date(),
        values[Column::PlanYearEnd].date(),
    ) && start > end
    {
        findings.column(Column::PlanYearEnd, Code::DateOrder);
    }
    if let (Some(effective), Some(end)) = (
        values[Column::EffectiveDate].date(),
        values[Column::EndDate].date(),
    ) && end < effective
        && !declined(values)
    {
        findings.column(Column::EndDate, Code::DateOrder);
    }
}

/// Whether both amounts are zero or blank.
pub(crate) fn nothing(values: &Values<'_, Column>) -> bool {
    let zero = |column| matches!(values[column], Value::Blank | Value::Cents(0));
    zero(Column::EmployeeAmount) && zero(Column::EmployerAmount)
}

/// Whether the deduction ends the day before it begins and has no amounts, which means that the plan was declined.
pub(crate) fn declined(values: &Values<'_, Column>) -> bool {
    let date = |column: Column| values[column].date();
    let (effective, end) = (date(Column::EffectiveDate), date(Column::EndDate));
    end.is_some() && end.and_then(|e| e.succ_opt()) == effective && nothing(values)
}
