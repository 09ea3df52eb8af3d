//! Plan years, windows and schedules.

use crate::config::diagnostics::Diagnostics;
use crate::config::model::{Config, NamedSchedule};
use crate::domain::Kind;
use crate::schedule;
use chrono::{DateTime, Utc};

pub(super) fn check(config: &Config, diagnostics: &mut Diagnostics) {
    plan_years(config, diagnostics);
    for window in &config.windows {
        if window.hours.from == window.hours.to {
            diagnostics.disagree(
                &format!("window.{}.to", window.name),
                "is the same as from",
                "a window that is always open is no window: leave it out",
            );
        }
    }
    for schedule in &config.schedules {
        timing(config, schedule, diagnostics);
        parameters(config, schedule, diagnostics);
    }
}

/// Each parameter is one that an integration which the schedule runs can have.
fn parameters(config: &Config, schedule: &NamedSchedule, diagnostics: &mut Diagnostics) {
    let path = format!("schedule.{}.parameters", schedule.name);
    let set = config.set(&schedule.run);
    let members = set.map_or(std::slice::from_ref(&schedule.run), |s| &s.integrations);
    let members = members.iter().filter_map(|name| config.integration(name));
    let kinds: Vec<Kind> = members.map(|i| i.kind).collect();
    for (key, only) in diagnostics.given_for_one_kind(&path) {
        if !kinds.is_empty() && !kinds.contains(&only) {
            diagnostics.disagree(
                &key,
                format!(
                    "is for {} integrations, and the schedule runs none",
                    only.as_str()
                ),
                "leave it out",
            );
        }
    }
}

fn plan_years(config: &Config, diagnostics: &mut Diagnostics) {
    let sound = |diagnostics: &Diagnostics, n: usize| {
        diagnostics.is_sound(&format!("plan_year[{n}].start"))
            && diagnostics.is_sound(&format!("plan_year[{n}].end"))
    };
    let years = &config.plan_years;
    for (n, year) in years.iter().enumerate() {
        if !sound(diagnostics, n) {
            continue;
        }
        if year.end < year.start {
            diagnostics.disagree(
                &format!("plan_year[{n}].end"),
                format!("{} is before the start {}", year.end, year.start),
                "write the last day of the plan year",
            );
        }
        let clash = years[..n].iter().enumerate().find(|(m, other)| {
            sound(diagnostics, *m) && year.start <= other.end && other.start <= year.end
        });
        if let Some((_, other)) = clash {
            diagnostics.disagree(
                &format!("plan_year[{n}].start"),
                format!(
                    "the plan year {} to {} overlaps the one from {} to {}",
                    year.start, year.end, other.start, other.end
                ),
                "let it start the day after the other's end",
            );
        }
    }
}

fn timing(config: &Config, schedule: &NamedSchedule, diagnostics: &mut Diagnostics) {
    let path = format!("schedule.{}", schedule.name);
    let ways = ["every", "cron", "at"];
    let given: Vec<&str> = ways
        .into_iter()
        .filter(|way| diagnostics.is_given(&format!("{path}.{way}")))
        .collect();
    if given.len() != 1 {
        let problem = match given.as_slice() {
            [] => "does not say when it runs".to_owned(),
            several => format!("says in several ways when it runs: {}", several.join(", ")),
        };
        diagnostics.disagree(&path, problem, "give exactly one of every, cron and at");
    }
    if diagnostics.is_given(&format!("{path}.days")) && !given.contains(&"at") {
        diagnostics.disagree(
            &format!("{path}.days"),
            "means nothing without at",
            "add at = \"02:00\", or say the days in cron",
        );
    }
    let timetable = &schedule.timetable;
    if let (Some(start), Some(end)) = (timetable.start, timetable.end)
        && end <= start
    {
        diagnostics.disagree(
            &format!("{path}.end"),
            "is not after the start",
            "write a later moment, or \"forever\"",
        );
    } else if given.len() == 1 {
        fires(config, schedule, diagnostics);
    }
}

/// Some day it runs; a schedule that did and is over is no mistake.
fn fires(config: &Config, schedule: &NamedSchedule, diagnostics: &mut Diagnostics) {
    let path = format!("schedule.{}", schedule.name);
    let window = schedule.window.as_ref().map(|w| format!("window.{w}"));
    let parts = ["site.timezone", &path]
        .into_iter()
        .chain(window.as_deref());
    let sound = parts
        .into_iter()
        .all(|p| diagnostics.is_sound_throughout(p));
    let mut timetable = schedule.timetable.clone();
    let known = schedule.window.is_some() == timetable.window.is_some();
    if !sound || !known {
        return;
    }
    let ever = |timetable: &schedule::Schedule| {
        timetable
            .next(DateTime::<Utc>::UNIX_EPOCH, config.site.timezone)
            .is_some()
    };
    if ever(&timetable) {
        return;
    }
    timetable.window = None;
    match &schedule.window {
        Some(name) if ever(&timetable) => diagnostics.disagree(
            &format!("{path}.window"),
            format!("the schedule never runs: none of its times falls into window.{name}"),
            "move the time into the window, or leave the window out",
        ),
        _ => diagnostics.disagree(
            &path,
            "never runs: no time is left between its start and its end",
            "widen start and end, or take dates out of except",
        ),
    }
}
