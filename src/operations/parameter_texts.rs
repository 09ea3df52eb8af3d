//! Run parameters as people type them, in flags and in forms.

use super::dispatch::parameter_problems;
use super::typed_words::iso_date;
use crate::domain::Enrollment;
use crate::domain::parameters::GivenParameters;
use crate::site::Site;
use chrono::NaiveDate;
use serde::Deserialize;

/// Run parameters as they were typed; `None`: not given.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ParameterTexts {
    pub(crate) delta: Option<String>,
    pub(crate) qualify_delta: Option<String>,
    pub(crate) lookback_days: Option<String>,
    pub(crate) include_employees: Option<String>,
    pub(crate) plan_year_start_date: Option<String>,
    pub(crate) enrollment: Option<String>,
    pub(crate) deduction_start_date: Option<String>,
}

impl ParameterTexts {
    /// The parameters, typed. If one can't be read, whatever is wrong with the others is said with it: by the time the run
    /// judges them it is too late to name both.
    ///
    /// # Errors
    /// What is wrong, one sentence each.
    pub(crate) fn read(&self, site: &Site) -> Result<GivenParameters, Vec<String>> {
        let mut mistakes = Vec::new();
        let given = self.typed(&mut mistakes);
        if mistakes.is_empty() {
            return Ok(given);
        }
        mistakes.extend(parameter_problems(site, &given));
        Err(mistakes)
    }

    /// Without the fields that a form leaves empty.
    pub(crate) fn without_empty(self) -> ParameterTexts {
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        ParameterTexts {
            delta: filled(self.delta),
            qualify_delta: filled(self.qualify_delta),
            lookback_days: filled(self.lookback_days),
            include_employees: filled(self.include_employees),
            plan_year_start_date: filled(self.plan_year_start_date),
            enrollment: filled(self.enrollment),
            deduction_start_date: filled(self.deduction_start_date),
        }
    }

    /// What was given, as options of the command line: name and value.
    pub(crate) fn options(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("delta", &self.delta),
            ("qualify-delta", &self.qualify_delta),
            ("lookback-days", &self.lookback_days),
            ("include-employees", &self.include_employees),
            ("plan-year-start-date", &self.plan_year_start_date),
            ("enrollment", &self.enrollment),
            ("deduction-start-date", &self.deduction_start_date),
        ];
        let given = all.into_iter();
        given
            .filter_map(|(name, text)| Some((name, text.as_deref()?)))
            .collect()
    }

    fn typed(&self, mistakes: &mut Vec<String>) -> GivenParameters {
        GivenParameters {
            delta: one(self.delta.as_ref(), "delta", yes_or_no, mistakes),
            qualify_delta: one(
                self.qualify_delta.as_ref(),
                "qualify-delta",
                yes_or_no,
                mistakes,
            ),
            lookback_days: one(self.lookback_days.as_ref(), "lookback-days", days, mistakes),
            include_employees: self
                .include_employees
                .as_ref()
                .map(|list| list.split(',').map(str::to_owned).collect()),
            plan_year_start_date: one(
                self.plan_year_start_date.as_ref(),
                "plan-year-start-date",
                date,
                mistakes,
            ),
            enrollment: one(self.enrollment.as_ref(), "enrollment", enrollment, mistakes),
            deduction_start_date: one(
                self.deduction_start_date.as_ref(),
                "deduction-start-date",
                date,
                mistakes,
            ),
        }
    }
}

fn one<T>(
    given: Option<&String>,
    flag: &str,
    read: fn(&str) -> Result<T, &'static str>,
    mistakes: &mut Vec<String>,
) -> Option<T> {
    match read(given?) {
        Ok(value) => Some(value),
        Err(takes) => {
            mistakes.push(format!("{flag} takes {takes}"));
            None
        }
    }
}

fn yes_or_no(text: &str) -> Result<bool, &'static str> {
    text.parse().map_err(|_| "true or false")
}

fn days(text: &str) -> Result<u32, &'static str> {
    text.parse().map_err(|_| "a whole number from 1 to 31")
}

fn date(text: &str) -> Result<NaiveDate, &'static str> {
    iso_date(text).ok_or("a date such as 2026-12-31")
}

fn enrollment(text: &str) -> Result<Enrollment, &'static str> {
    match text {
        "standard" => Ok(Enrollment::Standard),
        "open" => Ok(Enrollment::Open),
        "life-event" => Ok(Enrollment::LifeEvent),
        _ => Err("standard, open or life-event"),
    }
}
