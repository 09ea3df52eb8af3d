//! When schedules run next, and which of their times will be passed over.

use super::error::Result;
use super::status::{ScheduleEntry, entry};
use super::visible::Visible;
use crate::config::NamedSchedule;
use crate::intake::pause_on;
use crate::ledger::Pause;
use crate::schedule::{Schedule, words};
use crate::site::{Site, WaitReason, to_the_minute};
use crate::status::{OneOffNow, status_of_one_offs, to_the_second};
use chrono::{DateTime, FixedOffset, TimeDelta};
use chrono_tz::Tz;
use serde::Serialize;

/// Times of a schedule that are listed.
const TIMES: usize = 20;
/// Times that are looked at for these: those that are passed over for one reason, one after the other, are one entry.
const LOOKED_AT: usize = 5_000;

/// The schedules, and the runs that were asked for once.
#[derive(Debug, Serialize)]
pub(crate) struct ScheduleTimes {
    pub(crate) schedules: Vec<ListedSchedule>,
    /// Also those whose integration left the configuration: Scheduled but Deleted.
    pub(crate) one_offs: Vec<OneOffNow>,
    pub(crate) timezone: String,
    /// Whether a daemon runs: nothing else keeps schedules.
    pub(crate) daemon_runs: bool,
    /// All are on one page.
    pub(crate) next: Option<String>,
}

/// A schedule with its next times.
#[derive(Debug, Serialize)]
pub(crate) struct ListedSchedule {
    #[serde(flatten)]
    pub(crate) schedule: ScheduleEntry,
    /// When it runs, in words.
    pub(crate) words: String,
    pub(crate) times: Vec<FireTime>,
    /// What is said of the end of its times, if it ends within these.
    pub(crate) ends: Option<String>,
}

/// A time of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FireTime {
    #[serde(serialize_with = "to_the_second")]
    pub(crate) at: DateTime<FixedOffset>,
    /// How many times this stands for: those that follow are passed over for the same reason.
    pub(crate) count: usize,
    /// Why nothing begins then, if nothing does.
    pub(crate) passed_over: Option<String>,
    /// Why its run waits then, as things stand.
    pub(crate) waits: Option<String>,
    /// What the clock does before it.
    pub(crate) clock: Option<String>,
}

/// The schedules that run what may be seen, each with its next times.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn schedule_times(site: &Site, visible: &Visible) -> Result<ScheduleTimes> {
    let ledger = site.ledger_for_reading()?;
    let pauses = ledger.pauses()?;
    let seen = |name: &str| {
        let members = site.members(name).unwrap_or_default();
        visible.is_all() || members.iter().any(|member| visible.sees(&member.name))
    };
    let schedules = site.config.schedules.iter().filter(|s| seen(&s.run));
    let one_offs = status_of_one_offs(site)?.into_iter();
    Ok(ScheduleTimes {
        schedules: schedules
            .map(|schedule| listed(site, schedule, &pauses))
            .collect(),
        one_offs: one_offs.filter(|one| seen(&one.name)).collect(),
        timezone: site.config.site.timezone.name().to_owned(),
        daemon_runs: site.daemon_runs()?,
        next: None,
    })
}

/// The schedules that run an integration, by itself or in a set.
pub(super) fn schedules_of(site: &Site, name: &str, pauses: &[Pause]) -> Vec<ListedSchedule> {
    let all = site.config.schedules.iter();
    let mine = all.filter(|s| crate::intake::runs_integration(site, s, name));
    mine.map(|schedule| listed(site, schedule, pauses))
        .collect()
}

fn listed(site: &Site, schedule: &NamedSchedule, pauses: &[Pause]) -> ListedSchedule {
    let (times, over) = times(site, schedule, pauses);
    let zone = site.config.site.timezone;
    let ends = over.then(|| match schedule.timetable.end {
        Some(end) => format!("it ends at {} ({zone})", end.format("%Y-%m-%d %H:%M")),
        None => "it never runs again".to_owned(),
    });
    ListedSchedule {
        words: words(&schedule.timetable.timing),
        schedule: entry(site, schedule),
        times,
        ends,
    }
}

/// The next times of a schedule, and whether there are no more.
fn times(site: &Site, schedule: &NamedSchedule, pauses: &[Pause]) -> (Vec<FireTime>, bool) {
    let zone = site.config.site.timezone;
    // What rules times out is left off, so that these are found as well.
    let every = Schedule {
        except: Vec::new(),
        window: None,
        ..schedule.timetable.clone()
    };
    let mut found: Vec<FireTime> = Vec::new();
    let mut after = site.now().to_utc();
    for _ in 0..LOOKED_AT {
        let Some(moment) = every.next(after, zone) else {
            return (found, true);
        };
        let at = moment.with_timezone(&zone).fixed_offset();
        let before = found.last().map_or(site.now(), |last| last.at);
        let passed_over = passed_over(schedule, moment.with_timezone(&zone));
        after = moment;
        if let Some(last) = found.last_mut()
            && passed_over.is_some()
            && last.passed_over == passed_over
        {
            last.count += 1;
            continue;
        }
        if found.len() == TIMES {
            break;
        }
        found.push(FireTime {
            at,
            count: 1,
            waits: match passed_over {
                Some(_) => None,
                None => waits(site, schedule, pauses, at),
            },
            passed_over,
            clock: clock(before, at),
        });
    }
    (found, false)
}

/// Why a schedule passes over one of its times, if it does.
fn passed_over(schedule: &NamedSchedule, at: DateTime<Tz>) -> Option<String> {
    let timetable = &schedule.timetable;
    let day = at.date_naive();
    if timetable.except.contains(&day) {
        return Some(format!("{day} is under except"));
    }
    let window = timetable.window.as_ref()?;
    match window.closes(at) {
        Some(_) => None,
        None => Some(format!(
            "it is outside of the window {}",
            schedule.window.as_deref().unwrap_or_default()
        )),
    }
}

/// Why the run of this time waits, as far as it is known now.
fn waits(
    site: &Site,
    schedule: &NamedSchedule,
    pauses: &[Pause],
    at: DateTime<FixedOffset>,
) -> Option<String> {
    let zone = site.config.site.timezone;
    let mut reasons = Vec::new();
    let members = site.members(&schedule.run).unwrap_or_default();
    let alone = members.len() == 1;
    for member in members {
        let pause = pause_on(site, pauses, &member.name);
        let pause = pause.filter(|pause| pause.until.is_none_or(|until| until > at));
        let window = member
            .window
            .as_ref()
            .and_then(|name| site.config.window(name));
        let closed = window.filter(|window| window.closes(at.with_timezone(&zone)).is_none());
        let reason = match (pause, closed) {
            (Some(pause), _) => WaitReason::Paused(pause.clone()).to_string(),
            (None, Some(window)) => {
                let opens = window.next_open(at.with_timezone(&zone));
                let opens = opens.map(|opens| to_the_minute(&opens.fixed_offset()));
                let name = member.window.as_deref().unwrap_or_default();
                match opens {
                    Some(opens) => format!("the window {name} opens at {opens}"),
                    None => format!("the window {name} never opens again"),
                }
            }
            (None, None) => continue,
        };
        reasons.push(match alone {
            true => reason,
            false => format!("{}: {reason}", member.name),
        });
    }
    (!reasons.is_empty()).then(|| reasons.join("; "))
}

/// What the clock does between two moments, if its distance from UTC changes.
fn clock(before: DateTime<FixedOffset>, at: DateTime<FixedOffset>) -> Option<String> {
    let by = at.offset().local_minus_utc() - before.offset().local_minus_utc();
    let by = TimeDelta::seconds(i64::from(by));
    let way = match by {
        by if by > TimeDelta::zero() => "forward",
        by if by < TimeDelta::zero() => "back",
        _ => return None,
    };
    Some(format!(
        "the clock goes {way} by {} minutes before it: {} becomes {}",
        by.num_minutes().abs(),
        before.offset(),
        at.offset()
    ))
}
