//! Conflicts between records of one file.

use super::story::{Story, deduction as of_deductions, demographic};
use crate::people::{deduction, person, ssn, username};
use feedgate::internal::domain::Code;

/// The table.
pub(super) fn stories() -> Vec<Story> {
    let people = || vec![person(1), person(2)];
    let second = || person(1).with("ein", "98-7654321");
    vec![
        demographic(Code::DuplicateRow, "", 0)
            .bad(vec![person(1), person(2), person(1)])
            .near(vec![
                person(1),
                person(2),
                second().with("is_primary_ein", "no"),
            ]),
        // Spelled differently, with the same content.
        demographic(Code::DuplicateRow, "", 0)
            .bad(vec![
                person(1),
                person(1).with("ssn", ssn(1).replace('-', "")),
            ])
            .near(vec![person(1), person(2)]),
        demographic(Code::DuplicateConflict, "", 2)
            .bad(vec![person(1), person(2), person(1).with("city", "Monona")])
            .near(vec![person(1), person(2).with("city", "Monona")]),
        demographic(Code::SsnShared, "ssn", 2)
            .bad(vec![
                person(1),
                person(2).with("ssn", ssn(1).replace('-', " ")),
                person(3),
            ])
            .near(vec![
                person(1),
                second().with("is_primary_ein", "N"),
                person(3),
            ]),
        demographic(Code::UsernameShared, "username", 2)
            .bad(vec![
                person(1),
                person(2).with("username", username(1).to_uppercase()),
            ])
            .near(vec![
                person(1),
                person(2).with("username", username(1) + "_2"),
            ]),
        demographic(Code::PrimaryEinConflict, "ein", 2)
            .bad(vec![person(1), second(), person(2)])
            .near(vec![
                person(1).with("is_primary_ein", "yes"),
                second().with("is_primary_ein", "no"),
            ]),
        of_deductions(Code::DuplicateRow, "", 0)
            .after(people())
            .bad(vec![deduction(1), deduction(1)])
            .near(vec![
                deduction(1),
                deduction(1).with("deduction_code", "DEN01"),
            ]),
        of_deductions(Code::DuplicateConflict, "", 2)
            .after(people())
            .bad(vec![
                deduction(1),
                deduction(2),
                deduction(1).with("employee_amount", "1.00"),
            ])
            .near(vec![
                deduction(1),
                deduction(1)
                    .with("employee_amount", "1.00")
                    .with("ein", "98-7654321"),
            ]),
        demographic(Code::EmployeeMissing, "", 0)
            .keys("content = 'full'\nomission = 'report'")
            .before(vec![person(1), person(2), person(3)])
            .bad(vec![person(1), person(2)])
            .near(vec![person(3).with("city", "Monona"), person(1), person(2)]),
        demographic(Code::LeftScope, "is_primary_ein", 0)
            .before(people())
            .bad(vec![second().with("is_primary_ein", "no"), person(2)])
            .near(vec![
                second().with("is_primary_ein", "no"),
                person(1),
                person(2),
            ]),
    ]
}
