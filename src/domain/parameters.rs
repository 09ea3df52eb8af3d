//! Run parameters.

use super::AcceptedFinding;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// How `plan_year_start_date` is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Enrollment {
    /// The value is the day before a plan year's start.
    #[default]
    Standard,
    /// Open enrollment: the value is the plan year's start.
    Open,
    /// Life event: the value is the run date.
    LifeEvent,
}

/// The parameters of one run, complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameters {
    pub delta: bool,
    /// Drop records equal to the last accepted state.
    pub qualify_delta: bool,
    /// Days to look back from the run date, 1–31.
    pub lookback_days: Option<u32>,
    /// Person numbers; no other employee is taken.
    pub include_employees: Option<Vec<String>>,
    /// Names the run's plan year, read by `enrollment`.
    pub plan_year_start_date: Option<NaiveDate>,
    /// How `plan_year_start_date` is read.
    pub enrollment: Enrollment,
    /// Only records changed on or after this date.
    pub deduction_start_date: Option<NaiveDate>,
    /// Corrections: findings that a person lets pass on single records of the run that they correct.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accept: Vec<AcceptedFinding>,
    /// The last known records of employees whom a person syncs.
    #[serde(default, skip_serializing_if = "is_no")]
    pub sync: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_no(flag: &bool) -> bool {
    !flag
}

/// Parameters as given on the command line or under `parameters`; `None` where not given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GivenParameters {
    /// See [`Parameters::delta`]; `false` when not given anywhere.
    pub delta: Option<bool>,
    /// See [`Parameters::qualify_delta`]; `true` when not given anywhere.
    pub qualify_delta: Option<bool>,
    /// See [`Parameters::lookback_days`].
    pub lookback_days: Option<u32>,
    /// See [`Parameters::include_employees`].
    pub include_employees: Option<Vec<String>>,
    /// See [`Parameters::plan_year_start_date`].
    pub plan_year_start_date: Option<NaiveDate>,
    /// See [`Parameters::enrollment`]; standard when not given anywhere.
    pub enrollment: Option<Enrollment>,
    /// See [`Parameters::deduction_start_date`].
    pub deduction_start_date: Option<NaiveDate>,
}

impl GivenParameters {
    /// Takes values that are missing here from `defaults`.
    #[must_use]
    pub fn or(self, defaults: &GivenParameters) -> GivenParameters {
        GivenParameters {
            delta: self.delta.or(defaults.delta),
            qualify_delta: self.qualify_delta.or(defaults.qualify_delta),
            lookback_days: self.lookback_days.or(defaults.lookback_days),
            include_employees: self
                .include_employees
                .or_else(|| defaults.include_employees.clone()),
            plan_year_start_date: self.plan_year_start_date.or(defaults.plan_year_start_date),
            enrollment: self.enrollment.or(defaults.enrollment),
            deduction_start_date: self.deduction_start_date.or(defaults.deduction_start_date),
        }
    }

    /// The complete parameters, with the product's defaults for missing values.
    pub fn complete(self) -> Parameters {
        Parameters {
            delta: self.delta.unwrap_or(false),
            qualify_delta: self.qualify_delta.unwrap_or(true),
            lookback_days: self.lookback_days,
            include_employees: self.include_employees,
            plan_year_start_date: self.plan_year_start_date,
            enrollment: self.enrollment.unwrap_or_default(),
            deduction_start_date: self.deduction_start_date,
            accept: Vec::new(),
            sync: false,
        }
    }
}
