//! From the last accepted state of an employee to the action. That of a deduction follows from its
//! [series](crate::matching::series).

use crate::domain::Action;
use crate::matching::roster::Employee;

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

#[cfg(test)]
mod tests {
    use super::demographic;
    use crate::domain::Action;
    use crate::matching::roster::Employee;

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
}
