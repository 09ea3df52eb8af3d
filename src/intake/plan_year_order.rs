//! The order of files by plan year: a file of an earlier year goes before one of a later year, and never on the same
//! day.

use crate::domain::{Code, RunStatus, RunSummary};
use crate::ledger::ImportedYear;
use crate::site::{EarlierYear, WaitReason};
use chrono::{Days, NaiveDate};

/// What decides today's order besides the files that wait. Years are named by their first day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PlanYearStanding {
    /// Years imported today, in the site's time zone.
    pub(super) imported: Vec<ImportedYear>,
    /// Years of held files, without those that are held only because they came after a later year.
    pub(super) held: Vec<ImportedYear>,
    /// Years of files whose runs are In-Progress.
    pub(super) under_way: Vec<ImportedYear>,
    /// Years of files that wait in other integrations of the roster.
    pub(super) elsewhere: Vec<NaiveDate>,
    /// Years that are out of the order.
    pub(super) passing: Vec<NaiveDate>,
}

impl PlanYearStanding {
    /// Adds a run of today that ended.
    pub(super) fn add(&mut self, summary: &RunSummary) {
        let Some(year) = summary.plan_year_start.filter(|_| !summary.test) else {
            return;
        };
        if self.passing.contains(&year) {
            return;
        }
        let run = (year, summary.integration_reference_id.clone());
        let late = summary
            .findings
            .contains_key(Code::PriorYearAfterCurrent.as_str());
        if summary.status == RunStatus::Held && !late {
            self.held.push(run);
        } else if summary.status.judged_records() && summary.records_accepted > 0 {
            self.imported.push(run);
        }
    }
}

/// Why each of the `waiting` files waits; `None`: it may go now. A file without a year has no place in the order and may
/// go now.
pub(super) fn plan_year_order(
    today: NaiveDate,
    waiting: &[Option<NaiveDate>],
    standing: &PlanYearStanding,
) -> Vec<Option<WaitReason>> {
    let under_way = standing.under_way.iter().map(|(year, _)| *year);
    let others = under_way.chain(standing.elsewhere.iter().copied());
    let mut to_come: Vec<NaiveDate> = waiting.iter().flatten().copied().chain(others).collect();
    to_come.sort_unstable();
    to_come.dedup();
    let turn = |year: &Option<NaiveDate>| turn(today, (*year)?, &to_come, standing);
    waiting.iter().map(turn).collect()
}

/// `to_come` are the years that wait or are In-Progress, each once, the earliest first.
fn turn(
    today: NaiveDate,
    year: NaiveDate,
    to_come: &[NaiveDate],
    standing: &PlanYearStanding,
) -> Option<WaitReason> {
    let earlier = |years: &[ImportedYear]| years.iter().find(|(y, _)| *y < year).cloned();
    if let Some((year, run)) = earlier(&standing.held) {
        return Some(WaitReason::EarlierYearHeld { year, run });
    }
    let first: Vec<NaiveDate> = to_come.iter().copied().filter(|y| *y < year).collect();
    // Each of the earlier years takes a day; the earliest may itself have to wait for tomorrow.
    let taken_today = |y: NaiveDate| standing.imported.iter().any(|(before, _)| *before < y);
    let lost = u64::from(taken_today(first.first().copied().unwrap_or(year)));
    let days = first.len() as u64 + lost;
    let day = today.checked_add_days(Days::new(days)).unwrap_or(today);
    let first = match (first.last(), earlier(&standing.imported)) {
        (Some(before), _) => EarlierYear::File(*before),
        (None, Some((year, run))) => EarlierYear::Run(year, run),
        (None, None) => return None,
    };
    Some(WaitReason::EarlierYear { day, first })
}

#[cfg(test)]
mod tests {
    use super::{EarlierYear, PlanYearStanding, WaitReason, plan_year_order};
    use crate::domain::ReferenceId;
    use chrono::{DateTime, NaiveDate};
    use chrono_tz::America::New_York;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn start(year: i32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, 1, 1).expect("a day")
    }

    fn run(year: i32) -> (NaiveDate, ReferenceId) {
        (start(year), ReferenceId::new("20261120", 4))
    }

    fn turns(waiting: &[i32], standing: &PlanYearStanding) -> Vec<Option<WaitReason>> {
        // 0 stands for a file whose year is not known.
        let year = |y: &i32| (*y > 0).then(|| start(*y));
        let waiting: Vec<_> = waiting.iter().map(year).collect();
        plan_year_order(day("2026-11-20"), &waiting, standing)
    }

    fn on_day(text: &str, first: EarlierYear) -> WaitReason {
        let day = day(text);
        WaitReason::EarlierYear { day, first }
    }

    fn after_run(text: &str, year: i32) -> WaitReason {
        let (year, run) = run(year);
        on_day(text, EarlierYear::Run(year, run))
    }

    fn on(text: &str, year: i32) -> WaitReason {
        on_day(text, EarlierYear::File(start(year)))
    }

    #[test]
    fn earlier_years_go_first_and_each_takes_a_day() {
        let none = PlanYearStanding::default();
        assert_eq!(turns(&[2027, 2027], &none), [None, None]);
        assert_eq!(
            turns(&[2027, 0, 2026, 2026], &none),
            [Some(on("2026-11-21", 2026)), None, None, None]
        );
        assert_eq!(
            turns(&[2027, 2026, 2025], &none),
            [
                Some(on("2026-11-22", 2026)),
                Some(on("2026-11-21", 2025)),
                None
            ]
        );
    }

    #[test]
    fn what_was_imported_today_keeps_later_years_until_tomorrow() {
        let standing = PlanYearStanding {
            imported: vec![run(2026)],
            ..PlanYearStanding::default()
        };
        let tomorrow = after_run("2026-11-21", 2026);
        assert_eq!(
            turns(&[2025, 2026], &standing),
            [None, Some(on("2026-11-21", 2025))]
        );
        let told = tomorrow.to_string();
        assert_eq!(
            turns(&[2028, 2027], &standing),
            [Some(on("2026-11-22", 2027)), Some(tomorrow)]
        );
        assert!(told.starts_with("Scheduled for 2026-11-21: run 20261120-000004 imported"));
    }

    #[test]
    fn what_is_under_way_goes_first_and_a_hold_has_to_be_ended() {
        let standing = PlanYearStanding {
            under_way: vec![run(2026)],
            ..PlanYearStanding::default()
        };
        assert_eq!(
            turns(&[2026, 2027], &standing),
            [None, Some(on("2026-11-21", 2026))]
        );
        let standing = PlanYearStanding {
            held: vec![run(2026)],
            ..PlanYearStanding::default()
        };
        assert_eq!(
            turns(&[2025, 2026, 2027, 0], &standing),
            [
                None,
                Some(on("2026-11-21", 2025)),
                Some(WaitReason::EarlierYearHeld {
                    year: start(2026),
                    run: run(2026).1
                }),
                None
            ]
        );
    }

    #[test]
    fn the_next_day_is_the_site_s_also_where_clocks_change() {
        let standing = PlanYearStanding {
            imported: vec![run(2026)],
            ..PlanYearStanding::default()
        };
        let at = |utc: &str| {
            let now: DateTime<chrono::Utc> = utc.parse().expect("a moment");
            let today = now.with_timezone(&New_York).date_naive();
            plan_year_order(today, &[Some(start(2027))], &standing).remove(0)
        };
        let until = |text| Some(after_run(text, 2026));
        assert_eq!(at("2026-11-21T04:59:59Z"), until("2026-11-21"));
        assert_eq!(at("2026-11-21T05:00:00Z"), until("2026-11-22"));
        // The day that has 25 hours, from its first to its last second.
        assert_eq!(at("2026-11-01T04:00:00Z"), until("2026-11-02"));
        assert_eq!(at("2026-11-02T04:59:59Z"), until("2026-11-02"));
        assert_eq!(at("2026-11-02T05:00:00Z"), until("2026-11-03"));
        // The day that has 23.
        assert_eq!(at("2026-03-08T05:00:00Z"), until("2026-03-09"));
        assert_eq!(at("2026-03-09T03:59:59Z"), until("2026-03-09"));
        assert_eq!(at("2026-03-09T04:00:00Z"), until("2026-03-10"));
    }
}
