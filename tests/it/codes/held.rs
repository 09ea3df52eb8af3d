//! Codes that hold a file: accepted at the limit, held over it.

use super::story::{Story, deduction as of_deductions, demographic};
use crate::people::{Record, days_ago, deduction, people, person};
use feedgate::internal::domain::Code;

/// The table.
pub(super) fn stories() -> Vec<Story> {
    let guards =
        |integration: &str, guard: &str| format!("[integration.{integration}.guards]\n{guard}");
    let employees = |guard| guards("demographic-export", guard);
    let deductions = |guard| guards("deduction-import", guard);
    let gone = |n: usize| {
        person(n)
            .with("hire_date", "2019-01-01")
            .with("employment_status", "T")
            .with("termination_date", days_ago(3))
    };
    let less = |count: usize, column: &str| -> Vec<Record> {
        let mut records = people(count);
        for record in &mut records {
            record.cells.retain(|(name, _)| name != column);
        }
        records
    };
    let stranger = less(9, "work_email").remove(8);
    let full = "content = 'full'\nomission = 'terminate'";
    vec![
        of_deductions(Code::RosterEmpty, "", 0)
            .held()
            .bad(vec![deduction(1)])
            .near_after(people(1))
            .near(vec![deduction(1)]),
        demographic(Code::OmissionUnsure, "", 0)
            .held()
            .keys(full)
            .before(people(4))
            .bad(vec![
                person(1),
                person(2),
                person(3)
                    .with("subscriber_id", "N 1")
                    .without("ssn")
                    .with("username", ""),
            ])
            .near(people(3)),
        demographic(Code::ColumnGone, "", 0)
            .held()
            .before(people(3))
            .bad(less(2, "work_email"))
            // Nobody in the file has anything there.
            .near(vec![stranger]),
        demographic(Code::GuardErrors, "", 0)
            .held()
            .config(&employees("max_error_count = 0"))
            .bad(vec![person(1), person(2).without("ssn")])
            .near(people(2)),
        demographic(Code::GuardTerminations, "", 0)
            .held()
            .config(&employees("max_termination_count = 1"))
            .before(people(4))
            .bad(vec![gone(1), gone(2), person(3)])
            .near(vec![gone(1), person(3)]),
        demographic(Code::GuardMissing, "", 0)
            .held()
            .keys("content = 'full'")
            .config(&employees("max_missing_count = 1"))
            .before(people(4))
            .bad(people(2))
            .near(people(3)),
        demographic(Code::GuardRows, "", 0)
            .held()
            .config(&employees("max_row_change_count = 2"))
            .before(people(4))
            .bad(people(7))
            .near(people(6)),
        of_deductions(Code::GuardAmount, "", 0)
            .held()
            .config(&deductions("max_amount_change = 100"))
            .after(people(2))
            .before(vec![deduction(1).with("employee_amount", "50.00")])
            .bad(vec![deduction(1).with("employee_amount", "150.01")])
            .near(vec![deduction(1).with("employee_amount", "150.00")]),
    ]
}
