//! Checking run parameters before any file is touched.

use super::plan_year::{self, PlanYear};
use crate::domain::character::is_invisible;
use crate::domain::parameters::GivenParameters;
use crate::domain::{Kind, Parameters};
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// Days that `lookback_days` may be.
pub(crate) const LOOKBACK: std::ops::RangeInclusive<u32> = 1..=31;

/// Everything wrong with the parameters, one sentence each.
pub(crate) fn problems(
    parameters: &Parameters,
    years: &[PlanYear],
    today: NaiveDate,
) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(days) = parameters.lookback_days.filter(|d| !LOOKBACK.contains(d)) {
        out.push(format!(
            "lookback-days is {days}; it takes a whole number from 1 to 31"
        ));
    }
    if let Some(include) = &parameters.include_employees {
        out.extend(include_problem(include));
    }
    if let Err(problem) = plan_year::named(years, parameters, today) {
        out.push(format!("plan-year-start-date: {problem}"));
    }
    out
}

/// A sentence for each parameter that was given and changes nothing in any of the integrations of a run: these are their
/// kinds, and the complete parameters of each.
pub(crate) fn without_effect(given: &GivenParameters, used: &[(Kind, &Parameters)]) -> Vec<String> {
    let mut out = Vec::new();
    if given.lookback_days.is_some() && !used.iter().any(|(_, used)| used.delta) {
        out.push(
            "lookback-days has no effect without delta; add --delta true, or leave it out"
                .to_owned(),
        );
    }
    let for_deductions = [
        ("plan-year-start-date", given.plan_year_start_date.is_some()),
        ("enrollment", given.enrollment.is_some()),
        ("deduction-start-date", given.deduction_start_date.is_some()),
    ];
    if !used.iter().any(|(kind, _)| kind.has_plan_years()) {
        let named = for_deductions.iter().filter(|(_, given)| *given);
        out.extend(
            named.map(|(name, _)| {
                format!("{name} has no effect on demographic files; leave it out")
            }),
        );
    }
    out
}

fn include_problem(include: &[String]) -> Option<String> {
    let unwritable = |c: char| c.is_whitespace() || is_invisible(c);
    if include.is_empty() || include.iter().any(String::is_empty) {
        return Some("include-employees has an empty person number; write 1001,1002".to_owned());
    }
    if include.iter().any(|n| n.contains(unwritable)) {
        return Some(
            "include-employees takes person numbers separated by commas without spaces and invisible characters".to_owned(),
        );
    }
    let distinct: BTreeSet<&String> = include.iter().collect();
    (distinct.len() < include.len())
        .then(|| "include-employees names a person number twice".to_owned())
}

#[cfg(test)]
mod tests {
    use super::problems;
    use crate::domain::parameters::GivenParameters;
    use chrono::NaiveDate;

    #[test]
    fn all_problems_at_once() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 20).expect("date");
        let given = GivenParameters {
            delta: Some(true),
            lookback_days: Some(32),
            include_employees: Some(vec!["1001".into(), " 1002".into()]),
            plan_year_start_date: Some(today),
            ..GivenParameters::default()
        };
        assert_eq!(problems(&given.complete(), &[], today).len(), 3);
        let fine = GivenParameters {
            delta: Some(true),
            lookback_days: Some(31),
            include_employees: Some(vec!["1001".into()]),
            ..GivenParameters::default()
        };
        assert!(problems(&fine.complete(), &[], today).is_empty());
    }
}
