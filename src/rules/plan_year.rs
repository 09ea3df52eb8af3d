//! Plan years: which one a deduction belongs to, and whether the run may take it.

use crate::domain::{Code, DeductionColumn as Column, Enrollment, Parameters, Severity};
use crate::validate::findings::Target;
use crate::validate::{Findings, Values};
use chrono::{Days, NaiveDate};

/// A plan year, both days included. It need not follow the calendar year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlanYear {
    pub start: NaiveDate,
    pub end: NaiveDate,
}

impl PlanYear {
    fn contains(self, date: NaiveDate) -> bool {
        (self.start..=self.end).contains(&date)
    }
}

/// What a run knows of plan years.
#[derive(Clone, Debug)]
pub struct PlanYearRules {
    pub years: Vec<PlanYear>,
    /// The year the parameter names.
    pub named: Option<PlanYear>,
    /// The year of the run that is corrected. Corrections are about it if any of their records is, unless all are of one
    /// other year.
    pub preferred: Option<PlanYear>,
    /// Whether rows of later years than the earliest of the file make up files of their own.
    pub split: bool,
    /// Life event: nothing takes effect before the run date.
    pub life_event: bool,
    /// First days of the plan years of which the integration has accepted deductions. An initial import is late for no one.
    pub imported: Vec<NaiveDate>,
    pub today: NaiveDate,
    /// Effective dates further back than this many days are warned of, once their plan year was imported.
    pub retro_days: u32,
    /// Effective dates further back than this many days are rejected.
    pub retro_reject_days: Option<u32>,
}

impl PlanYearRules {
    /// The year of a record: by its own plan year columns, else by its effective date.
    pub fn of(&self, values: &Values<'_, Column>) -> Option<PlanYear> {
        let by =
            |wanted: &dyn Fn(&PlanYear) -> bool| self.years.iter().copied().find(|y| wanted(y));
        if let Some(start) = values[Column::PlanYearStart].date() {
            return by(&|y| y.start == start);
        }
        if let Some(end) = values[Column::PlanYearEnd].date() {
            return by(&|y| y.end == end);
        }
        let effective = values[Column::EffectiveDate].date()?;
        by(&|y| y.contains(effective))
    }

    /// Judges a record against the run's plan year.
    pub fn check(
        &self,
        run_year: Option<PlanYear>,
        values: &Values<'_, Column>,
        findings: &mut Findings,
    ) {
        let effective = values[Column::EffectiveDate].date();
        let stated = [Column::PlanYearStart, Column::PlanYearEnd]
            .into_iter()
            .find(|c| values[*c].date().is_some());
        let year = self.of(values);
        match year {
            None => {
                if stated.is_some() || effective.is_some() {
                    findings.column(
                        stated.unwrap_or(Column::EffectiveDate),
                        Code::PlanYearUnknown,
                    );
                }
            }
            Some(year) => {
                if values[Column::PlanYearEnd]
                    .date()
                    .is_some_and(|end| end != year.end)
                {
                    findings.column(Column::PlanYearEnd, Code::PlanYearUnknown);
                }
                let early = self.life_event && effective.is_some_and(|e| e < self.today);
                if early || effective.is_some_and(|e| !year.contains(e)) {
                    findings.column(Column::EffectiveDate, Code::PlanYearOutside);
                }
                let another = |run| match self.split {
                    true => year < run,
                    false => year != run,
                };
                if run_year.is_some_and(another) {
                    findings.column(stated.unwrap_or(Column::EffectiveDate), Code::PlanYearMixed);
                }
            }
        }
        if let Some(effective) = effective {
            let imported = year.is_some_and(|year| self.imported.contains(&year.start));
            self.retro(effective, imported, findings);
        }
    }

    fn retro(&self, effective: NaiveDate, imported: bool, findings: &mut Findings) {
        let back = (self.today - effective).num_days();
        let over = |days: u32| back > i64::from(days);
        let severity = if self.retro_reject_days.is_some_and(over) {
            Severity::Error
        } else if imported && over(self.retro_days) {
            Severity::Warning
        } else {
            return;
        };
        findings.add(
            Target::Column(Column::EffectiveDate.into()),
            Code::Retro,
            severity,
        );
    }
}

/// The plan year that the parameters name.
///
/// # Errors
/// A sentence that says what is wrong and which date was probably meant.
pub(crate) fn named(
    years: &[PlanYear],
    parameters: &Parameters,
    today: NaiveDate,
) -> Result<Option<PlanYear>, String> {
    let Some(value) = parameters.plan_year_start_date else {
        return match parameters.enrollment {
            Enrollment::Standard => Ok(None),
            _ => Err("this enrollment needs plan_year_start_date".to_owned()),
        };
    };
    let starting = |day: NaiveDate| years.iter().copied().find(|y| y.start == day);
    let next = value.checked_add_days(Days::new(1));
    let after = next.and_then(starting);
    let on = starting(value);
    match parameters.enrollment {
        Enrollment::Standard => match (after, on) {
            (Some(year), _) => Ok(Some(year)),
            (None, Some(year)) => {
                let before = year.start.pred_opt().unwrap_or(year.start);
                Err(format!(
                    "{value} is a plan year's start; standard enrollment takes the day before it: {before} (or use --enrollment open)"
                ))
            }
            _ => Err(unknown(value, years)),
        },
        Enrollment::Open => match (on, after) {
            (Some(year), _) => Ok(Some(year)),
            (None, Some(year)) => Err(format!(
                "{value} is the day before a plan year's start; open enrollment takes the start itself: {}",
                year.start
            )),
            _ => Err(unknown(value, years)),
        },
        Enrollment::LifeEvent if value != today => Err(format!(
            "a life event takes the run date: {today}, not {value}"
        )),
        Enrollment::LifeEvent => match years.iter().copied().find(|y| y.contains(value)) {
            Some(year) => Ok(Some(year)),
            None => Err(format!("{value} is in no configured plan year")),
        },
    }
}

fn unknown(value: NaiveDate, years: &[PlanYear]) -> String {
    let starts: Vec<String> = years.iter().map(|y| y.start.to_string()).collect();
    let starts = if starts.is_empty() {
        "none".to_owned()
    } else {
        starts.join(", ")
    };
    format!("{value} fits no configured plan year (they start on: {starts})")
}

#[cfg(test)]
mod tests {
    use super::{PlanYear, PlanYearRules, named};
    use crate::domain::parameters::GivenParameters;
    use crate::domain::{DeductionColumn as Column, Enrollment};
    use crate::validate::findings::RecordFinding;
    use crate::validate::{Findings, Value, Values};
    use chrono::NaiveDate;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("date")
    }

    fn years() -> Vec<PlanYear> {
        [("2026-01-01", "2026-12-31"), ("2027-01-01", "2027-12-31")]
            .map(|(a, b)| PlanYear {
                start: date(a),
                end: date(b),
            })
            .to_vec()
    }

    fn name(enrollment: Enrollment, value: &str) -> Result<Option<PlanYear>, String> {
        let given = GivenParameters {
            enrollment: Some(enrollment),
            plan_year_start_date: Some(date(value)),
            ..GivenParameters::default()
        };
        named(&years(), &given.complete(), date("2026-11-20"))
    }

    #[test]
    fn the_other_reading_is_refused_with_the_date_meant() {
        assert_eq!(
            name(Enrollment::Standard, "2026-12-31"),
            Ok(Some(years()[1]))
        );
        let wrong = name(Enrollment::Standard, "2027-01-01").expect_err("other reading");
        assert!(wrong.contains("2026-12-31"), "{wrong}");
        assert_eq!(name(Enrollment::Open, "2027-01-01"), Ok(Some(years()[1])));
        let wrong = name(Enrollment::Open, "2026-12-31").expect_err("other reading");
        assert!(wrong.contains("2027-01-01"), "{wrong}");
        assert_eq!(
            name(Enrollment::LifeEvent, "2026-11-20"),
            Ok(Some(years()[0]))
        );
        let wrong = name(Enrollment::LifeEvent, "2026-11-19").expect_err("not today");
        assert!(wrong.contains("2026-11-20"), "{wrong}");
        assert!(name(Enrollment::Standard, "2026-07-01").is_err());
    }

    fn codes(
        start: Option<&str>,
        effective: &str,
        run: Option<PlanYear>,
        life_event: bool,
    ) -> String {
        let rules = PlanYearRules {
            years: years(),
            named: None,
            preferred: None,
            split: false,
            life_event,
            imported: vec![date("2026-01-01")],
            today: date("2026-11-20"),
            retro_days: 60,
            retro_reject_days: Some(200),
        };
        let mut values = Values::blank();
        values[Column::EffectiveDate] = Value::Date(date(effective));
        if let Some(start) = start {
            values[Column::PlanYearStart] = Value::Date(date(start));
        }
        let mut findings = Findings::default();
        rules.check(run, &values, &mut findings);
        let show = |f: &RecordFinding| format!("{} {}", f.code, f.severity.as_str());
        findings.all.iter().map(show).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn years_and_retro() {
        let [this, next] = [years()[0], years()[1]];
        assert_eq!(codes(None, "2026-12-01", Some(this), false), "");
        assert_eq!(
            codes(None, "2028-01-01", Some(this), false),
            "PLAN_YEAR_UNKNOWN error"
        );
        assert_eq!(
            codes(Some("2026-02-01"), "2026-12-01", Some(this), false),
            "PLAN_YEAR_UNKNOWN error"
        );
        assert_eq!(
            codes(Some("2026-01-01"), "2027-01-01", Some(this), false),
            "PLAN_YEAR_OUTSIDE error"
        );
        assert_eq!(
            codes(None, "2026-12-01", Some(next), false),
            "PLAN_YEAR_MIXED error"
        );
        assert_eq!(
            codes(None, "2026-11-19", Some(this), true),
            "PLAN_YEAR_OUTSIDE error"
        );
        assert_eq!(codes(None, "2026-11-20", Some(this), true), "");
        assert_eq!(codes(None, "2026-09-21", None, false), "");
        assert_eq!(codes(None, "2026-09-20", None, false), "RETRO warning");
        assert_eq!(codes(None, "2026-01-01", None, false), "RETRO error");
    }
}
