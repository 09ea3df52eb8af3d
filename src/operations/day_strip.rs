//! What happened to an integration day by day.

use super::error::Result;
use super::local_time::start_of;
use crate::config::Integration;
use crate::domain::{Cents, RunStatus};
use crate::ledger::{EventAction, EventFilter, Ledger, Pause, RunFilter, Tallied, Tally};
use crate::site::Site;
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Days of a strip, today included.
pub(crate) const DAYS: u64 = 30;
/// Pauses and late files that are looked at for a strip.
const MOST_EVENTS: usize = 1_000;

/// What happened on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct DayEntry {
    pub(crate) day: NaiveDate,
    pub(crate) outcome: DayOutcome,
    /// How many runs that began then ended with each status, or are Held.
    pub(crate) runs: BTreeMap<String, u64>,
    /// Whether an expected file was missed then.
    pub(crate) late: bool,
    /// Whether it was paused at the end of the day, or now.
    pub(crate) paused: bool,
    /// Records by their bucket.
    pub(crate) records: BTreeMap<String, u64>,
    /// Employee amounts by bucket.
    pub(crate) employee: BTreeMap<String, Cents>,
    /// Employer amounts by bucket.
    pub(crate) employer: BTreeMap<String, Cents>,
}

/// What a day is shown as: of several things the one that needs people most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DayOutcome {
    /// A run that began then is Held.
    Held,
    Failed,
    /// A run Completed with Errors.
    Errors,
    /// An expected file did not come.
    Late,
    /// All of its runs Completed.
    Ok,
    /// Nothing ran, and it was paused.
    Paused,
    #[default]
    Nothing,
}

/// The last days of an integration, the earliest first.
pub(super) fn days(
    site: &Site,
    ledger: &dyn Ledger,
    integration: &Integration,
) -> Result<Vec<DayEntry>> {
    let today = site.today();
    let first = today.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(today);
    let name = &integration.name;
    let mut days: BTreeMap<NaiveDate, DayEntry> = first
        .iter_days()
        .take_while(|day| *day <= today)
        .map(|day| {
            (
                day,
                DayEntry {
                    day,
                    ..DayEntry::default()
                },
            )
        })
        .collect();
    for tally in ledger.tallies(name, Some(first))? {
        if let Some(entry) = tally.day.and_then(|day| days.get_mut(&day)) {
            entry.add(&tally);
        }
    }
    let held = RunFilter {
        integration: Some(name.clone()),
        status: Some(RunStatus::Held),
        open: true,
        since: Some(start_of(first, site)),
        ..RunFilter::default()
    };
    for row in ledger.runs(&held, usize::MAX)? {
        if let Some(entry) = days.get_mut(&row.start.date_naive()) {
            *entry.runs.entry(RunStatus::Held.to_string()).or_default() += 1;
        }
    }
    for day in late_days(site, ledger, name, first)? {
        if let Some(entry) = days.get_mut(&day) {
            entry.late = true;
        }
    }
    let pauses = Pauses::of(site, ledger, name, first)?;
    let mut all: Vec<DayEntry> = days.into_values().collect();
    for entry in &mut all {
        let end = entry.day.succ_opt().map(|next| start_of(next, site));
        let end = end.unwrap_or_default().min(site.now().to_utc());
        entry.paused = pauses.on(end);
        entry.outcome = entry.outcome();
    }
    Ok(all)
}

impl DayEntry {
    fn add(&mut self, tally: &Tally) {
        let cents = Cents::from(tally.count);
        let (word, count) = (tally.word.clone(), tally.count.cast_unsigned());
        match tally.what {
            Tallied::Status => drop(self.runs.insert(word, count)),
            Tallied::Records => drop(self.records.insert(word, count)),
            Tallied::Employee => drop(self.employee.insert(word, cents)),
            Tallied::Employer => drop(self.employer.insert(word, cents)),
            Tallied::Findings | Tallied::Seconds | Tallied::Time => {}
        }
    }

    fn outcome(&self) -> DayOutcome {
        let ran = |status: RunStatus| self.runs.contains_key(status.as_str());
        if ran(RunStatus::Held) {
            DayOutcome::Held
        } else if ran(RunStatus::Failed) {
            DayOutcome::Failed
        } else if ran(RunStatus::CompletedWithErrors) {
            DayOutcome::Errors
        } else if self.late {
            DayOutcome::Late
        } else if ran(RunStatus::Completed) {
            DayOutcome::Ok
        } else if self.paused {
            DayOutcome::Paused
        } else {
            DayOutcome::Nothing
        }
    }
}

/// The days on which a file of an integration, or of a set that has it, was expected and did not come.
fn late_days(
    site: &Site,
    ledger: &dyn Ledger,
    name: &str,
    first: NaiveDate,
) -> Result<BTreeSet<NaiveDate>> {
    let schedules = site.config.schedules.iter().filter(|s| s.expect_file);
    let mine = schedules.filter(|s| crate::intake::runs_integration(site, s, name));
    let subjects: BTreeSet<&str> = mine.map(|s| s.run.as_str()).collect();
    let mut days = BTreeSet::new();
    for subject in subjects {
        let told = EventFilter {
            subject: Some(subject.to_owned()),
            action: Some(EventAction::FileExpected),
            since: Some(start_of(first, site)),
            ..EventFilter::default()
        };
        let events = ledger.events(&told, MOST_EVENTS)?.into_iter();
        days.extend(events.map(|event| event.at.date_naive()));
    }
    Ok(days)
}

/// When an integration was paused, by itself or with all.
struct Pauses(Vec<(DateTime<Utc>, Option<DateTime<Utc>>)>);

impl Pauses {
    /// From the event log, and from what is paused now.
    fn of(site: &Site, ledger: &dyn Ledger, name: &str, first: NaiveDate) -> Result<Pauses> {
        let mut spans = Vec::new();
        for subject in [Some(name), None].map(Pause::subject) {
            let mut events = Vec::new();
            for action in [EventAction::Pause, EventAction::Resume] {
                let told = EventFilter {
                    subject: Some(subject.clone()),
                    action: Some(action),
                    since: Some(start_of(first, site)),
                    ..EventFilter::default()
                };
                events.extend(ledger.events(&told, MOST_EVENTS)?);
            }
            events.sort_by_key(|event| event.at);
            let mut since = None;
            for event in events {
                match event.action {
                    EventAction::Pause => since = Some(event.at.to_utc()),
                    // Its pause may have begun before the first day.
                    _ => {
                        let from = since.take().unwrap_or(start_of(first, site));
                        spans.push((from, Some(event.at.to_utc())));
                    }
                }
            }
        }
        let mine = |pause: &Pause| pause.name.as_deref().is_none_or(|of| of == name);
        for pause in ledger.pauses()?.into_iter().filter(mine) {
            spans.push((
                pause.since.to_utc(),
                pause.until.map(|until| until.to_utc()),
            ));
        }
        Ok(Pauses(spans))
    }

    fn on(&self, at: DateTime<Utc>) -> bool {
        let mut spans = self.0.iter();
        spans.any(|(from, until)| *from < at && until.is_none_or(|until| at <= until))
    }
}
