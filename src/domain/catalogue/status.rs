//! Texts of the codes about employment status against termination date.

use super::Explanation;

pub(super) static TERMINATION_DATE_MISSING: Explanation = Explanation {
    message: "The employee is terminated, but the termination date is missing.",
    meaning: "With employment status T the receiver needs the day on which coverage and deductions end. An open \
              date such as 9999-12-31 counts as missing.",
    example: "`employment_status` T with an empty `termination_date`.",
    fix: "Fill in the termination date, or correct the employment status if the employee still works here.",
};

pub(super) static TERMINATION_WITHOUT_STATUS: Explanation = Explanation {
    message: "There is a termination date, but the employment status is not terminated.",
    meaning: "The record is accepted and its status counts; the employee is not deactivated. That is right for a \
              date that lies ahead. After a rehire an old termination date is often left behind.",
    example: "`employment_status` A with `termination_date` 2026-10-31.",
    fix: "Set the status to T if the employee has left, or empty the date after a rehire; nothing has to be done \
          for a termination that lies ahead.",
};
