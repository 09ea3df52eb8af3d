//! Plan years and effective dates. The years are relative to today, so that the tests pass on every day.

use super::story::{Story, deduction as of_deductions};
use crate::people::{days_ago, deduction, person, today};
use chrono::{Days, NaiveDate};
use feedgate::internal::domain::Code;

fn later(days: u64) -> NaiveDate {
    today().checked_add_days(Days::new(days)).expect("a date")
}

/// One long year around today, and the one after it.
fn config(more: &str) -> String {
    let (start, end) = (days_ago(300), later(100));
    let (next, last) = (later(101), later(400));
    format!(
        "[site]\ntimezone = 'America/New_York'\n\
         [[plan_year]]\nstart = {start}\nend = {end}\n\
         [[plan_year]]\nstart = {next}\nend = {last}\n\
         [integration.demographic-export]\nkind = 'demographic'\n\
         [integration.deduction-import]\nkind = 'deduction'\n{more}\n"
    )
}

/// The table.
pub(super) fn stories() -> Vec<Story> {
    let story = |code, field, rejected| {
        of_deductions(code, field, rejected)
            .site(&config(""))
            .after(vec![person(1), person(2)])
    };
    let on = |n: usize, date: NaiveDate| deduction(n).with("effective_date", date);
    let of_year = |n: usize, date: NaiveDate| on(n, date).with("plan_year_start", days_ago(300));
    vec![
        story(Code::PlanYearUnknown, "effective_date", 1)
            .bad(vec![on(1, later(401))])
            .near(vec![on(1, later(400))]),
        story(Code::PlanYearUnknown, "plan_year_start", 1)
            .bad(vec![on(1, today()).with("plan_year_start", days_ago(299))])
            .near(vec![of_year(1, today())]),
        story(Code::PlanYearUnknown, "plan_year_end", 1)
            .bad(vec![of_year(1, today()).with("plan_year_end", later(99))])
            .near(vec![of_year(1, today()).with("plan_year_end", later(100))]),
        story(Code::PlanYearOutside, "effective_date", 1)
            .bad(vec![of_year(1, later(101))])
            .near(vec![of_year(1, later(100))]),
        story(Code::PlanYearOutside, "effective_date", 1)
            .arguments(&[
                "--enrollment",
                "life-event",
                "--plan-year-start-date",
                &today().to_string(),
            ])
            .bad(vec![on(1, days_ago(1))])
            .near(vec![on(1, today())]),
        story(Code::PlanYearMixed, "effective_date", 1)
            .bad(vec![on(1, today()), on(2, later(101))])
            .near(vec![on(1, today()), on(2, later(100))]),
        // Records with a readable year decide; of as many in two years, those of the earlier.
        story(Code::PlanYearMixed, "effective_date", 1)
            .bad(vec![
                deduction(1)
                    .with("effective_date", "")
                    .with("deduction_code", "VIS01"),
                on(1, today()).with("deduction_code", "DEN01"),
                on(2, later(101)),
            ])
            .also(&[Code::RequiredMissing])
            .near(vec![on(1, later(101)), on(2, later(102))]),
        // Once the plan year was imported.
        story(Code::Retro, "effective_date", 0)
            .before(vec![on(2, today())])
            .bad(vec![on(1, days_ago(61))])
            .near(vec![on(1, days_ago(60))]),
        of_deductions(Code::Retro, "effective_date", 1)
            .site(&config("retro_days = 10\nretro_reject_days = 20"))
            .after(vec![person(1)])
            // An initial import, too, takes nothing from beyond the limit.
            .bad(vec![on(1, days_ago(21))])
            .near(vec![on(1, days_ago(10))]),
    ]
}
