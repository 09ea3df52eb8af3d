//! `feedgate status [NAME]`: what is running, held and paused, and why each file waits. Changes nothing.

use super::table::{bare, break_only_the_last, printed};
use super::{CliError, Context, Out};
use crate::domain::RunStatus;
use crate::domain::masking::escape_control;
use crate::operations;
use crate::status::{
    EndpointNow, HeldRun, IntegrationNow, LastRun, OLDER_CONFIGURATION, OneOffNow, Overview, RunNow,
};
use chrono::{DateTime, FixedOffset};
use clap::Args;
use comfy_table::Table;
use std::io::Write;

/// Files, refused entries and held runs listed of each integration.
const LISTED: usize = 20;

/// Arguments of `status`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only this integration, or the integrations of this set.
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// List every file, refused entry and held run, not just the first 20 of each integration.
    #[arg(long)]
    all: bool,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let site = context.site()?;
    let limit = if arguments.all { usize::MAX } else { LISTED };
    let now = operations::status(&site, arguments.name.as_deref(), limit)?;
    if context.json {
        context.out.json(&now)?;
    } else {
        print(&now, context.out)?;
    }
    Ok(0)
}

fn print(now: &Overview, out: &mut Out) -> Result<(), CliError> {
    let daemon = match (now.daemon.running, now.daemon.process) {
        (true, Some(process)) => format!("a daemon runs (process {process})"),
        (true, None) => "a daemon runs".to_owned(),
        (false, _) => "no daemon runs; only `feedgate run` takes files".to_owned(),
    };
    writeln!(out, "{}: {daemon}", minute(&now.time))?;
    if now.daemon.older_configuration {
        writeln!(out, "The daemon {OLDER_CONFIGURATION}.")?;
    }
    if let Some(room) = &now.room {
        writeln!(out, "No file is taken {room}.")?;
    }
    for integration in &now.integrations {
        writeln!(out, "\n{}", integration.name)?;
        let mut rows = bare();
        fill(&mut rows, integration);
        break_only_the_last(&mut rows);
        write!(out, "{}", printed(&mut rows))?;
        let more = [
            (integration.held_more, "held run", "held runs"),
            (integration.files_more, "waiting file", "waiting files"),
            (
                integration.not_taken_more,
                "entry that is not taken",
                "entries that are not taken",
            ),
        ];
        for (count, one, many) in more {
            match count {
                0 => {}
                1 => writeln!(out, "  … and 1 more {one} (`--all` lists it)")?,
                n => writeln!(out, "  … and {n} more {many} (`--all` lists them)")?,
            }
        }
    }
    if !now.endpoints.is_empty() {
        writeln!(out, "\nendpoints")?;
        let mut rows = bare();
        for endpoint in &now.endpoints {
            fill_endpoint(&mut rows, endpoint, now.daemon.running);
        }
        break_only_the_last(&mut rows);
        write!(out, "{}", printed(&mut rows))?;
    }
    if !now.left_behind.is_empty() {
        writeln!(out, "\nruns whose integration is gone")?;
        let mut rows = bare();
        for run in &now.left_behind {
            let status = format!("  {}", run.status);
            let reference = run.reference_id.to_string();
            rows.add_row([status, reference, escape_control(&run.why)]);
        }
        break_only_the_last(&mut rows);
        write!(out, "{}", printed(&mut rows))?;
    }
    if !now.one_offs.is_empty() {
        writeln!(out, "\nruns asked for once")?;
        let mut rows = bare();
        for one in &now.one_offs {
            rows.add_row(one_off(one));
        }
        break_only_the_last(&mut rows);
        write!(out, "{}", printed(&mut rows))?;
    }
    Ok(())
}

/// A row for each fact of the integration, then for each run and file: a word, a name, a sentence.
fn fill(rows: &mut Table, now: &IntegrationNow) {
    if let Some(pause) = &now.paused {
        rows.add_row([
            "  paused",
            pause.name.as_str(),
            &escape_control(&pause.sentence),
        ]);
    }
    if let Some(window) = &now.window {
        let until = window.until.as_ref().map(minute);
        let sentence = match (window.open, until) {
            (true, Some(until)) => format!("open until {until}"),
            (true, None) => "open".to_owned(),
            (false, Some(until)) => format!("closed until {until}"),
            (false, None) => "closed; it never opens again".to_owned(),
        };
        rows.add_row(["  window", window.name.as_str(), &sentence]);
    }
    if let Some(next) = &now.next_run {
        let schedule = escape_control(&next.schedule);
        let kept = next.kept.as_ref().map(|kept| format!("; {kept}"));
        let sentence = minute(&next.at) + &kept.unwrap_or_default();
        rows.add_row(["  next run", &schedule, &sentence]);
    }
    match &now.last_run {
        Some(last) => rows.add_row(last_run(last)),
        None => rows.add_row(["  last run", "", "none yet"]),
    };
    if let Some(failed) = &now.failed_try {
        let sentence = format!(
            "failed at {}: {}",
            minute(&failed.at),
            escape_control(&failed.why)
        );
        rows.add_row(["  last try", "", &sentence]);
    }
    for run in &now.running {
        rows.add_row(running(run, &now.name));
    }
    for run in &now.held {
        held(rows, run);
    }
    if let Some(why) = &now.inbound_unknown {
        let sentence = format!("unknown: {}", escape_control(why));
        rows.add_row(["  inbound", "", &sentence]);
    } else if now.files.is_empty() && now.files_more == 0 {
        rows.add_row(["  inbound", "", "no file waits"]);
    }
    for file in &now.files {
        let status = format!("  {}", file.status);
        rows.add_row([
            status,
            escape_control(&file.name),
            escape_control(&file.why),
        ]);
    }
    for entry in &now.not_taken {
        rows.add_row([
            "  not taken",
            &escape_control(&entry.name),
            &escape_control(&entry.why),
        ]);
    }
}

/// The endpoint, what waits to be sent there, and what isn't sent unless a person acts.
fn fill_endpoint(rows: &mut Table, now: &EndpointNow, daemon: bool) {
    let by_hand = format!("`feedgate transfer {}`", escape_control(&now.name));
    let mut sentence = match (&now.why, &now.since) {
        _ if now.state == "gone" => {
            "the configuration has it no longer, and files are on their way; put it back".to_owned()
        }
        (Some(why), Some(since)) => format!("since {}: {}", minute(since), escape_control(why)),
        _ => match &now.last_contact {
            Some(last) => format!("answered at {}", minute(last)),
            None => "nobody has connected yet".to_owned(),
        },
    };
    if let Some(next) = &now.next_try {
        sentence.push_str(&format!("; tried again at {}", second(next)));
    } else if now.state == "failing" && !daemon {
        sentence.push_str(&format!("; {by_hand} tries again"));
    }
    let state = format!("  {}", now.state);
    rows.add_row([state, escape_control(&now.name), sentence]);
    match now.arrived {
        0 => {}
        1 => drop(rows.add_row(["", "", "1 fetched file waits for its name in inbound"])),
        n => {
            let sentence = format!("{n} fetched files wait for their names in inbound");
            rows.add_row(["", "", &sentence]);
        }
    }
    match now.waiting {
        0 => {}
        n => {
            let files = match n {
                1 => "1 file waits to be sent".to_owned(),
                n => format!("{n} files wait to be sent"),
            };
            let how = match daemon {
                true => String::new(),
                false => format!("; {by_hand} sends what it can"),
            };
            rows.add_row(["", "", &(files + &how)]);
        }
    }
    for trouble in &now.troubles {
        let next = match &trouble.next_try {
            Some(next) => format!("; tried again at {}", second(next)),
            None if !daemon => format!("; {by_hand} tries again"),
            None => String::new(),
        };
        let sentence = escape_control(&trouble.why) + &next;
        rows.add_row([
            "  trouble",
            &escape_control(&trouble.integration),
            &sentence,
        ]);
    }
    for file in &now.not_sent {
        let sentence = format!(
            "{}: {}",
            escape_control(&file.file),
            escape_control(&file.why)
        );
        rows.add_row(["  not sent", &file.reference_id, &sentence]);
    }
    if now.not_sent_more > 0 {
        let more = format!("… and {} more (`--all` lists them)", now.not_sent_more);
        rows.add_row(["", "", &more]);
    }
}

fn last_run(last: &LastRun) -> [String; 3] {
    let ended = last.ended.as_deref().and_then(|e| e.get(..16));
    let mut sentence = last.status.to_string();
    if let Some(ended) = ended {
        sentence.push_str(&format!(" at {}", ended.replace('T', " ")));
    }
    if let Some(file) = &last.file {
        sentence.push_str(&format!(", {}", escape_control(file)));
    }
    // A held run has a row of its own, which gives the reason.
    let reason = last.reason.as_ref();
    if let Some(reason) = reason.filter(|_| last.status != RunStatus::Held) {
        sentence.push_str(&format!(": {}", escape_control(reason)));
    }
    [
        "  last run".to_owned(),
        last.reference_id.to_string(),
        sentence,
    ]
}

fn running(run: &RunNow, integration: &str) -> [String; 3] {
    let mut sentence = format!("since {}", minute(&run.since));
    if let Some(file) = &run.file {
        sentence.push_str(&format!(", {}", escape_control(file)));
    }
    sentence.push_str(&format!(", by {}", escape_control(&run.user)));
    if !run.at_work {
        sentence.push_str(&format!(
            "; it was stopped, and the daemon or `feedgate run {integration}` finishes it"
        ));
    }
    [
        format!("  {}", run.status),
        run.reference_id.to_string(),
        sentence,
    ]
}

/// What holds the run, then the commands that end the hold, each on a line of its own so that it can be copied.
fn held(rows: &mut Table, run: &HeldRun) {
    let file = run.file.as_deref().map(escape_control).unwrap_or_default();
    let reason = run
        .reason
        .as_deref()
        .map(escape_control)
        .unwrap_or_default();
    rows.add_row([
        format!("  {}", run.status),
        run.reference_id.to_string(),
        format!("{file}: {reason}; end it with"),
    ]);
    for command in &run.end_with {
        rows.add_row(["", "", &format!("  {command} --why …")]);
    }
}

fn one_off(one: &OneOffNow) -> [String; 3] {
    let sentence = format!(
        "one-off {} of {}: {}",
        one.one_off,
        escape_control(&one.user),
        escape_control(&one.why)
    );
    [
        format!("  {}", one.status),
        escape_control(&one.name),
        sentence,
    ]
}

fn second(moment: &DateTime<FixedOffset>) -> String {
    moment.format("%Y-%m-%d %H:%M:%S").to_string()
}

fn minute(moment: &DateTime<FixedOffset>) -> String {
    moment.format("%Y-%m-%d %H:%M").to_string()
}
