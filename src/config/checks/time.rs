//! Plan years, windows and schedules.

use crate::config::model::{Config, End, Schedule};
use crate::config::paper::Paper;
use crate::schedule;
use chrono::{DateTime, Utc};

pub(super) fn check(config: &Config, paper: &mut Paper) {
    plan_years(config, paper);
    for window in &config.windows {
        if window.from == window.to {
            paper.disagree(
                &format!("window.{}.to", window.name),
                "is the same as from",
                "a window that is always open is no window: leave it out",
            );
        }
    }
    for schedule in &config.schedules {
        timing(config, schedule, paper);
    }
}

fn plan_years(config: &Config, paper: &mut Paper) {
    let sound = |paper: &Paper, n: usize| {
        paper.is_sound(&format!("plan_year[{n}].start"))
            && paper.is_sound(&format!("plan_year[{n}].end"))
    };
    let years = &config.plan_years;
    for (n, year) in years.iter().enumerate() {
        if !sound(paper, n) {
            continue;
        }
        if year.end < year.start {
            paper.disagree(
                &format!("plan_year[{n}].end"),
                format!("{} is before the start {}", year.end, year.start),
                "write the last day of the plan year",
            );
        }
        let clash = years[..n].iter().enumerate().find(|(m, other)| {
            sound(paper, *m) && year.start <= other.end && other.start <= year.end
        });
        if let Some((_, other)) = clash {
            paper.disagree(
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

fn timing(config: &Config, schedule: &Schedule, paper: &mut Paper) {
    let path = format!("schedule.{}", schedule.name);
    let ways = ["every", "cron", "at"];
    let given: Vec<&str> = ways
        .into_iter()
        .filter(|way| paper.is_given(&format!("{path}.{way}")))
        .collect();
    if given.len() != 1 {
        let problem = match given.as_slice() {
            [] => "does not say when it runs".to_owned(),
            several => format!("says in several ways when it runs: {}", several.join(", ")),
        };
        paper.disagree(&path, problem, "give exactly one of every, cron and at");
    }
    if paper.is_given(&format!("{path}.days")) && !given.contains(&"at") {
        paper.disagree(
            &format!("{path}.days"),
            "means nothing without at",
            "add at = \"02:00\", or say the days in cron",
        );
    }
    if let (Some(start), End::At(end)) = (schedule.start, schedule.end)
        && end <= start
    {
        paper.disagree(
            &format!("{path}.end"),
            "is not after the start",
            "write a later moment, or \"forever\"",
        );
    } else {
        fires(config, schedule, paper);
    }
}

/// Some day it runs; a schedule that did and is over is no mistake.
fn fires(config: &Config, schedule: &Schedule, paper: &mut Paper) {
    let path = format!("schedule.{}", schedule.name);
    let window = schedule.window.as_ref().map(|w| format!("window.{w}"));
    let parts = ["site.timezone", &path]
        .into_iter()
        .chain(window.as_deref());
    let sound = parts.into_iter().all(|p| paper.is_sound_throughout(p));
    let Some(mut timetable) = config.timetable(schedule).filter(|_| sound) else {
        return;
    };
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
        Some(name) if ever(&timetable) => paper.disagree(
            &format!("{path}.window"),
            format!("the schedule never runs: none of its times falls into window.{name}"),
            "move the time into the window, or leave the window out",
        ),
        _ => paper.disagree(
            &path,
            "never runs: no time is left between its start and its end",
            "widen start and end, or take dates out of except",
        ),
    }
}
