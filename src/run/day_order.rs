//! Plan years in their order: a prior-year file goes before a later one, and never on the same day.

use crate::ledger::ImportedYear;
use chrono::{Days, NaiveDate};
use std::fmt;

/// What has a say in today's order besides the files that wait. Years are named by their first day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// Years imported today, in the site's time zone.
    pub(super) imported: Vec<ImportedYear>,
    /// Years of held files, but not of those that wait only because they came after a later year.
    pub(super) held: Vec<ImportedYear>,
    /// Years of files whose runs are In-Progress.
    pub(super) under_way: Vec<ImportedYear>,
}

/// When a file may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// At once.
    Now,
    /// On a later day.
    On(NaiveDate, Before),
    /// When a person has ended the hold of a run of an earlier year.
    Ended(ImportedYear),
}

/// What goes before a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// A file of this earlier year, which waits or is In-Progress.
    File(NaiveDate),
    /// A run that imported an earlier year today.
    Run(ImportedYear),
}

impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Turn::Now => f.write_str("may go now"),
            Turn::On(day, Before::File(year)) => write!(
                f,
                "Scheduled for {day}: a file of the plan year from {year} goes first, and later years go on another day"
            ),
            Turn::On(day, Before::Run((year, run))) => write!(
                f,
                "Scheduled for {day}: run {run} imported the plan year from {year} today, and later years go on another day"
            ),
            Turn::Ended((year, run)) => write!(
                f,
                "Scheduled: run {run} holds a file of the plan year from {year}, which goes first; release or refuse it"
            ),
        }
    }
}

/// When each of the `waiting` files may go; one without a year has no place in the order and may go now.
pub(super) fn day_order(
    today: NaiveDate,
    waiting: &[Option<NaiveDate>],
    standing: &Standing,
) -> Vec<Turn> {
    let under_way = standing.under_way.iter().map(|(year, _)| *year);
    let mut to_come: Vec<NaiveDate> = waiting.iter().flatten().copied().chain(under_way).collect();
    to_come.sort_unstable();
    to_come.dedup();
    let turn = |year: &Option<NaiveDate>| match *year {
        Some(year) => turn(today, year, &to_come, standing),
        None => Turn::Now,
    };
    waiting.iter().map(turn).collect()
}

/// `to_come` are the years that wait or are In-Progress, each once, the earliest first.
fn turn(today: NaiveDate, year: NaiveDate, to_come: &[NaiveDate], standing: &Standing) -> Turn {
    let earlier = |years: &[ImportedYear]| years.iter().find(|(y, _)| *y < year).cloned();
    if let Some(held) = earlier(&standing.held) {
        return Turn::Ended(held);
    }
    let first: Vec<NaiveDate> = to_come.iter().copied().filter(|y| *y < year).collect();
    // Each of the earlier years takes a day; the earliest may itself have to wait for tomorrow.
    let taken_today = |y: NaiveDate| standing.imported.iter().any(|(before, _)| *before < y);
    let lost = u64::from(taken_today(first.first().copied().unwrap_or(year)));
    let days = first.len() as u64 + lost;
    let day = today.checked_add_days(Days::new(days)).unwrap_or(today);
    match (first.last(), earlier(&standing.imported)) {
        (Some(before), _) => Turn::On(day, Before::File(*before)),
        (None, Some(run)) => Turn::On(day, Before::Run(run)),
        (None, None) => Turn::Now,
    }
}

#[cfg(test)]
mod tests {
    use super::{Before, Standing, Turn, day_order};
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

    fn turns(waiting: &[i32], standing: &Standing) -> Vec<Turn> {
        // 0 stands for a file whose year is not known.
        let year = |y: &i32| (*y > 0).then(|| start(*y));
        let waiting: Vec<_> = waiting.iter().map(year).collect();
        day_order(day("2026-11-20"), &waiting, standing)
    }

    fn on(text: &str, year: i32) -> Turn {
        Turn::On(day(text), Before::File(start(year)))
    }

    #[test]
    fn earlier_years_go_first_and_each_takes_a_day() {
        let none = Standing::default();
        assert_eq!(turns(&[2027, 2027], &none), [Turn::Now, Turn::Now]);
        assert_eq!(
            turns(&[2027, 0, 2026, 2026], &none),
            [on("2026-11-21", 2026), Turn::Now, Turn::Now, Turn::Now]
        );
        assert_eq!(
            turns(&[2027, 2026, 2025], &none),
            [on("2026-11-22", 2026), on("2026-11-21", 2025), Turn::Now]
        );
    }

    #[test]
    fn what_was_imported_today_keeps_later_years_until_tomorrow() {
        let standing = Standing {
            imported: vec![run(2026)],
            ..Standing::default()
        };
        let tomorrow = Turn::On(day("2026-11-21"), Before::Run(run(2026)));
        assert_eq!(
            turns(&[2025, 2026], &standing),
            [Turn::Now, on("2026-11-21", 2025)]
        );
        let told = tomorrow.to_string();
        assert_eq!(
            turns(&[2028, 2027], &standing),
            [on("2026-11-22", 2027), tomorrow]
        );
        assert!(told.starts_with("Scheduled for 2026-11-21: run 20261120-000004 imported"));
    }

    #[test]
    fn what_is_under_way_goes_first_and_a_hold_has_to_be_ended() {
        let standing = Standing {
            under_way: vec![run(2026)],
            ..Standing::default()
        };
        assert_eq!(
            turns(&[2026, 2027], &standing),
            [Turn::Now, on("2026-11-21", 2026)]
        );
        let standing = Standing {
            held: vec![run(2026)],
            ..Standing::default()
        };
        assert_eq!(
            turns(&[2025, 2026, 2027, 0], &standing),
            [
                Turn::Now,
                on("2026-11-21", 2025),
                Turn::Ended(run(2026)),
                Turn::Now
            ]
        );
    }

    #[test]
    fn the_next_day_is_the_site_s_also_where_clocks_change() {
        let standing = Standing {
            imported: vec![run(2026)],
            ..Standing::default()
        };
        let at = |utc: &str| {
            let now: DateTime<chrono::Utc> = utc.parse().expect("a moment");
            let today = now.with_timezone(&New_York).date_naive();
            day_order(today, &[Some(start(2027))], &standing).remove(0)
        };
        let until = |text| Turn::On(day(text), Before::Run(run(2026)));
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
