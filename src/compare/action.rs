//! From the last accepted state to the action.

use crate::domain::{Action, DeductionColumn as Column};
use crate::matching::deductions::DeductionState;
use crate::matching::roster::Employee;
use crate::validate::Values;
use crate::validate::deduction::{declined, nothing};

/// The action of a demographic record, or `None` where its content is the last accepted one. `leaves`: by it the employee
/// is no longer one.
pub(crate) fn demographic(known: Option<&Employee>, content: u64, leaves: bool) -> Option<Action> {
    let Some(employee) = known else {
        return Some(Action::Create);
    };
    if employee.content == content {
        return None;
    }
    Some(match (employee.is(Employee::LEFT), leaves) {
        (false, true) => Action::Deactivate,
        (true, false) => Action::Reactivate,
        _ => Action::Update,
    })
}

/// The action of a deduction record, or `None` where its content is the last accepted one.
///
/// What the sender calls it counts for STOP and WAIVE; ADD and CHANGE follow from what is known of the key.
pub(crate) fn deduction(
    known: Option<&DeductionState>,
    content: u64,
    values: &Values<'_, Column>,
    zero_stops: bool,
) -> Option<Action> {
    if known.is_some_and(|k| k.content == content) {
        return None;
    }
    let said = values[Column::Action].text();
    if said == Some(b"WAIVE") || declined(values) {
        return Some(Action::Waive);
    }
    if said == Some(b"STOP") || (zero_stops && nothing(values)) {
        return Some(Action::Stop);
    }
    let ends = values[Column::EndDate].date().is_some();
    Some(match known {
        None => Action::Add,
        Some(before) if ends && before.ends == DeductionState::OPEN => Action::Stop,
        Some(_) => Action::Change,
    })
}

#[cfg(test)]
mod tests {
    use super::{deduction, demographic};
    use crate::domain::{Action, DeductionColumn as Column};
    use crate::matching::deductions::DeductionState;
    use crate::matching::roster::Employee;
    use crate::validate::{Value, Values};
    use chrono::NaiveDate;

    #[test]
    fn coming_going_and_coming_back() {
        let here = Employee {
            content: 5,
            ..Employee::default()
        };
        let gone = Employee {
            flags: Employee::LEFT,
            ..here
        };
        assert_eq!(demographic(None, 5, false), Some(Action::Create));
        assert_eq!(demographic(Some(&here), 5, false), None);
        assert_eq!(demographic(Some(&here), 6, false), Some(Action::Update));
        assert_eq!(demographic(Some(&here), 6, true), Some(Action::Deactivate));
        assert_eq!(demographic(Some(&gone), 6, false), Some(Action::Reactivate));
        assert_eq!(demographic(Some(&gone), 6, true), Some(Action::Update));
    }

    #[test]
    fn deductions_begin_change_end_and_are_declined() {
        let open = DeductionState {
            content: 5,
            ends: DeductionState::OPEN,
            ..DeductionState::default()
        };
        let mut values = Values::blank();
        let day = NaiveDate::from_ymd_opt(2026, 6, 30);
        values[Column::EffectiveDate] = day.map_or(Value::Blank, Value::Date);
        values[Column::EmployeeAmount] = Value::Cents(100);
        assert_eq!(deduction(None, 6, &values, false), Some(Action::Add));
        assert_eq!(deduction(Some(&open), 5, &values, false), None);
        assert_eq!(
            deduction(Some(&open), 6, &values, false),
            Some(Action::Change)
        );
        values[Column::EndDate] = values[Column::EffectiveDate];
        assert_eq!(deduction(None, 6, &values, false), Some(Action::Add));
        assert_eq!(
            deduction(Some(&open), 6, &values, false),
            Some(Action::Stop)
        );
        values[Column::EndDate] = Value::Blank;
        values[Column::EmployeeAmount] = Value::Cents(0);
        assert_eq!(
            deduction(Some(&open), 6, &values, false),
            Some(Action::Change)
        );
        assert_eq!(deduction(Some(&open), 6, &values, true), Some(Action::Stop));
        values[Column::EndDate] = day
            .and_then(|d| d.pred_opt())
            .map_or(Value::Blank, Value::Date);
        assert_eq!(deduction(None, 6, &values, true), Some(Action::Waive));
    }
}
