//! Run parameters as flags. They are read here rather than by clap, so that all mistakes are named at once.

use super::CliError;
use crate::domain::parameters::GivenParameters;
use crate::operations::{ParameterTexts, Site};
use clap::Args;

/// Run parameters; what isn't given comes from the integration's `parameters`.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Run parameters")]
pub(super) struct Flags {
    /// Only records that differ from what is known or were changed since.
    #[arg(long, value_name = "true|false", allow_hyphen_values = true)]
    delta: Option<String>,
    /// Drop records equal to the last accepted state.
    #[arg(long, value_name = "true|false", allow_hyphen_values = true)]
    qualify_delta: Option<String>,
    /// With delta: only records changed in the last N days, 1 to 31.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    lookback_days: Option<String>,
    /// Only these person numbers, separated by commas without spaces.
    #[arg(long, value_name = "A,B", allow_hyphen_values = true)]
    include_employees: Option<String>,
    /// Names the plan year; how it is read says --enrollment.
    #[arg(long, value_name = "YYYY-MM-DD", allow_hyphen_values = true)]
    plan_year_start_date: Option<String>,
    /// How the plan year start date is read.
    #[arg(
        long,
        value_name = "standard|open|life-event",
        allow_hyphen_values = true
    )]
    enrollment: Option<String>,
    /// Deductions: only records changed on or after this date.
    #[arg(long, value_name = "YYYY-MM-DD", allow_hyphen_values = true)]
    deduction_start_date: Option<String>,
}

impl Flags {
    /// The parameters, typed.
    pub(super) fn read(&self, site: &Site) -> Result<GivenParameters, CliError> {
        let texts = ParameterTexts {
            delta: self.delta.clone(),
            qualify_delta: self.qualify_delta.clone(),
            lookback_days: self.lookback_days.clone(),
            include_employees: self.include_employees.clone(),
            plan_year_start_date: self.plan_year_start_date.clone(),
            enrollment: self.enrollment.clone(),
            deduction_start_date: self.deduction_start_date.clone(),
        };
        texts.read(site).map_err(CliError::usage)
    }
}

#[cfg(test)]
mod tests {
    use super::Flags;
    use crate::config::{parse, template};
    use crate::domain::Enrollment;
    use crate::domain::parameters::GivenParameters;
    use crate::operations::Site;
    use chrono::NaiveDate;
    use clap::Parser;
    use std::path::Path;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        flags: Flags,
    }

    fn read(words: &[&str]) -> Result<GivenParameters, Vec<String>> {
        let config = parse(template(), Path::new("feedgate.toml")).expect("template");
        let site = Site::new(config);
        let line = Line::try_parse_from([&["x"], words].concat()).expect("parses");
        line.flags.read(&site).map_err(|e| e.sentences)
    }

    #[test]
    fn every_parameter_is_read() {
        let given = read(&[
            "--delta=true",
            "--qualify-delta=false",
            "--lookback-days=7",
            "--include-employees=1001,1002",
            "--plan-year-start-date=2027-01-01",
            "--enrollment=open",
            "--deduction-start-date=2026-01-01",
        ])
        .expect("good");
        assert_eq!(
            (given.delta, given.qualify_delta),
            (Some(true), Some(false))
        );
        assert_eq!(given.lookback_days, Some(7));
        assert_eq!(
            given.include_employees,
            Some(vec!["1001".to_owned(), "1002".to_owned()])
        );
        assert_eq!(given.enrollment, Some(Enrollment::Open));
        let first = NaiveDate::from_ymd_opt(2026, 1, 1);
        assert_eq!(given.deduction_start_date, first);
        assert_eq!(read(&[]).expect("nothing"), GivenParameters::default());
    }

    #[test]
    fn every_mistake_is_named_at_once() {
        let mistakes = read(&[
            "--delta=yes",
            "--lookback-days=40",
            "--include-employees=1001, 1002",
            "--enrollment=late",
            "--plan-year-start-date=01/01/2027",
            "--deduction-start-date=2026-02-30",
        ])
        .expect_err("bad");
        for flag in [
            "delta takes",
            "lookback-days is 40",
            "include-employees takes",
            "enrollment takes",
            "plan-year-start-date takes",
            "deduction-start-date takes",
        ] {
            let named = mistakes.iter().filter(|m| m.starts_with(flag)).count();
            assert_eq!(named, 1, "{flag}: {mistakes:?}");
        }
        assert_eq!(mistakes.len(), 6);
        let year = "--plan-year-start-date=2031-05-05";
        let both = read(&["--delta=1", year]).expect_err("bad");
        assert_eq!(both.len(), 2, "{both:?}");
    }
}
