//! Texts of the codes about plan years and dates of effect.

use super::Explanation;

pub(super) static PLAN_YEAR_UNKNOWN: Explanation = Explanation {
    message: "The record belongs to no plan year that this site knows.",
    meaning: "A deduction belongs to the plan year that the record names, or else to the one its effective date \
              falls into. Plan years are listed in the configuration under `[[plan_year]]` and need not follow the \
              calendar.",
    example: "Only 2026 is configured; the effective date is 2024-03-01.",
    fix: "Correct plan year and effective date. If the year is right, the operator adds it under [[plan_year]] and \
          the row can be sent again as it is.",
};

pub(super) static PLAN_YEAR_OUTSIDE: Explanation = Explanation {
    message: "The effective date lies outside the record's plan year.",
    meaning: "A deduction takes effect within the plan year it is sent for. With `enrollment` = `life-event` the \
              effective date must also not lie before the day of the run.",
    example: "Plan year 2026-01-01 to 2026-12-31 with effective date 2027-01-15.",
    fix: "Correct the effective date so that it lies within the plan year, or correct the plan year's dates. Under \
          life-event enrollment the date must be the day of the run or later.",
};

pub(super) static PLAN_YEAR_MIXED: Explanation = Explanation {
    message: "The record belongs to another plan year than the rest of the file.",
    meaning: "A file of deductions is for one plan year: that of the parameter `plan_year_start_date`, else that of \
              the first record with a readable one. Mixed years overwrite each other at the receiver.",
    example: "A file for 2026 with one record that takes effect on 2027-01-01.",
    fix: "Move the record to a file that holds only its plan year. Send the prior year's file first and the next \
          year's on a later day.",
};

pub(super) static RETRO: Explanation = Explanation {
    message: "The change takes effect far in the past.",
    meaning: "The effective date lies more than 60 days before the run (the number is configurable). The record is \
              accepted with this warning, because payroll has to settle the periods already paid by hand; where \
              the integration sets a reject limit, older changes are rejected.",
    example: "A run on 2026-11-20 with effective date 2026-02-01.",
    fix: "Tell payroll about the periods already paid, or correct the effective date if it is wrong.",
};
