//! `feedgate status [NAME]`: what is running, held and paused, and why each file waits. Changes nothing.

use super::table::{bare, section};
use super::{CliError, Context, Out};
use crate::domain::RunStatus;
use crate::domain::masking::escape_control;
use crate::operations;
use crate::status::{
    EndpointNow, HeldRun, IntegrationNow, LastRun, OLDER_CONFIGURATION, Overview, RunNow,
};
use chrono::{DateTime, FixedOffset};
use clap::Args;
use comfy_table::Table;
use std::fmt::Display;
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
    let site = context.site_to_look()?;
    let limit = if arguments.all { usize::MAX } else { LISTED };
    let now = operations::status(&site, arguments.name.as_deref(), limit)?;
    context.show(&now, print)
}

fn print(now: &Overview, out: &mut Out) -> Result<(), CliError> {
    let daemon = match (now.daemon.running, now.daemon.process) {
        (true, Some(process)) => format!("a daemon runs (process {process})"),
        (true, None) => "a daemon runs".to_owned(),
        (false, _) => "no daemon runs; only `feedgate run` takes files".to_owned(),
    };
    writeln!(out, "{}: {daemon}", minute(&now.time))?;
    if now.daemon.older_configuration && now.configuration_unsure.is_none() {
        writeln!(out, "The daemon {OLDER_CONFIGURATION}.")?;
    }
    if let Some(room) = &now.room {
        writeln!(out, "No file is taken {room}.")?;
    }
    for integration in &now.integrations {
        let mut rows = Rows(bare());
        rows.integration(integration);
        section(out, &integration.name, rows.0)?;
        let more = [
            (integration.held_more, "held run", "held runs"),
            (
                integration.inbox.files_more,
                "waiting file",
                "waiting files",
            ),
            (
                integration.inbox.not_taken_more,
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
    let (mut endpoints, mut left_behind, mut one_offs) = (Rows(bare()), Rows(bare()), Rows(bare()));
    let mut folders = Rows(bare());
    for endpoint in &now.endpoints {
        endpoints.endpoint(endpoint, now.daemon.running);
    }
    for run in &now.left_behind {
        left_behind.add(run.status, &run.reference_id, &run.why);
    }
    for folder in &now.orphaned_folders {
        folders.add(folder.place, &folder.integration, &folder.sentence());
    }
    for one in &now.one_offs {
        let sentence = format!("one-off {} of {}: {}", one.one_off, one.user, one.why);
        one_offs.add(one.status, &one.name, &sentence);
    }
    for (heading, rows) in [
        ("endpoints", endpoints),
        ("runs whose integration is gone", left_behind),
        ("folders of no integration", folders),
        ("runs asked for once", one_offs),
    ] {
        if !rows.0.is_empty() {
            section(out, heading, rows.0)?;
        }
    }
    Ok(())
}

/// Rows of a word, a name and a sentence.
struct Rows(Table);

impl Rows {
    fn add(&mut self, word: impl Display, name: impl Display, sentence: &str) {
        let name = escape_control(&name.to_string());
        self.0
            .add_row([format!("  {word}"), name, escape_control(sentence)]);
    }

    /// A further sentence on what the row above is about.
    fn more(&mut self, sentence: &str) {
        self.0.add_row(["", "", &escape_control(sentence)]);
    }

    /// A row for each fact of the integration, then for each run and file.
    fn integration(&mut self, now: &IntegrationNow) {
        if let Some(pause) = &now.paused {
            self.add("paused", &pause.name, &pause.sentence);
        }
        if let Some(window) = &now.window {
            let until = window.until.as_ref().map(minute);
            let sentence = match (window.open, until) {
                (true, Some(until)) => format!("open until {until}"),
                (true, None) => "open".to_owned(),
                (false, Some(until)) => format!("closed until {until}"),
                (false, None) => "closed; it never opens again".to_owned(),
            };
            self.add("window", &window.name, &sentence);
        }
        if let Some(next) = &now.next_run {
            let kept = next.kept.as_ref().map(|kept| format!("; {kept}"));
            let sentence = minute(&next.at) + &kept.unwrap_or_default();
            self.add("next run", &next.schedule, &sentence);
        }
        match &now.last_run {
            Some(last) => self.last_run(last),
            None => self.add("last run", "", "none yet"),
        }
        if let Some(failed) = &now.failed_try {
            let sentence = format!("failed at {}: {}", minute(&failed.at), failed.why);
            self.add("last try", "", &sentence);
        }
        if let Some(left) = &now.not_run {
            let sentence = format!("{}: {}", minute(&left.at), left.why);
            self.add("not run", "", &sentence);
        }
        for run in &now.running {
            self.running(run, &now.name);
        }
        for run in &now.held {
            self.held(run);
        }
        if let Some(why) = &now.inbound_unknown {
            self.add("inbound", "", &format!("unknown: {why}"));
        } else if now.inbox.files.is_empty() && now.inbox.files_more == 0 {
            self.add("inbound", "", "no file waits");
        }
        for file in &now.inbox.files {
            self.add(file.status, &file.name, &file.why);
        }
        for entry in &now.inbox.not_taken {
            self.add("not taken", &entry.name, &entry.why);
        }
    }

    fn last_run(&mut self, last: &LastRun) {
        let mut sentence = last.status.to_string();
        if let Some(ended) = last.ended.as_deref().and_then(|e| e.get(..16)) {
            sentence += &format!(" at {}", ended.replace('T', " "));
        }
        if let Some(file) = &last.file {
            sentence += &format!(", {file}");
        }
        // A held run has a row of its own, which gives the reason.
        let reason = last.reason.as_ref();
        if let Some(reason) = reason.filter(|_| last.status != RunStatus::Held) {
            sentence += &format!(": {reason}");
        }
        self.add("last run", &last.reference_id, &sentence);
    }

    fn running(&mut self, run: &RunNow, integration: &str) {
        let file = run.file.iter().map(|file| format!(", {file}"));
        let file: String = file.collect();
        let mut sentence = format!("since {}{file}, by {}", minute(&run.since), run.user);
        if !run.at_work {
            sentence += &format!(
                "; it was stopped, and the daemon or `feedgate run {integration}` finishes it"
            );
        }
        self.add(run.status, &run.reference_id, &sentence);
    }

    /// What holds the run, then the commands that end the hold, each on a line of its own so that it can be copied.
    fn held(&mut self, run: &HeldRun) {
        let file = run.file.as_deref().unwrap_or_default();
        let reason = run.reason.as_deref().unwrap_or_default();
        let sentence = format!("{file}: {reason}; end it with");
        self.add(run.status, &run.reference_id, &sentence);
        for command in &run.end_with {
            self.more(&format!("  {command} --why …"));
        }
    }

    /// The endpoint, what waits to be sent there, and what isn't sent unless a person acts.
    fn endpoint(&mut self, now: &EndpointNow, daemon: bool) {
        let by_hand = format!("`feedgate transfer {}`", now.name);
        let next_try = |next: &Option<DateTime<FixedOffset>>, failing: bool| match next {
            Some(next) => format!("; tried again at {}", next.format("%Y-%m-%d %H:%M:%S")),
            None if failing && !daemon => format!("; {by_hand} tries again"),
            None => String::new(),
        };
        let sentence = match (&now.why, &now.since) {
            _ if now.state == "gone" => {
                "the configuration has it no longer, and files are on their way; put it back"
                    .to_owned()
            }
            (Some(why), Some(since)) => format!("since {}: {why}", minute(since)),
            _ => match &now.last_contact {
                Some(last) => format!("answered at {}", minute(last)),
                None => "nobody has connected yet".to_owned(),
            },
        };
        let again = next_try(&now.next_try, now.state == "failing");
        self.add(now.state, &now.name, &(sentence + &again));
        match now.arrived {
            0 => {}
            1 => self.more("1 fetched file waits for its name in inbound"),
            n => self.more(&format!(
                "{n} fetched files wait for their names in inbound"
            )),
        }
        let files = match now.waiting {
            0 => None,
            1 => Some("1 file waits to be sent".to_owned()),
            n => Some(format!("{n} files wait to be sent")),
        };
        if let Some(files) = files {
            let how = match daemon {
                true => String::new(),
                false => format!("; {by_hand} sends what it can"),
            };
            self.more(&(files + &how));
        }
        for trouble in &now.troubles {
            let sentence = trouble.why.clone() + &next_try(&trouble.next_try, true);
            self.add("trouble", &trouble.integration, &sentence);
        }
        for file in &now.not_sent {
            let sentence = format!("{}: {}", file.file, file.why);
            self.add("not sent", &file.reference_id, &sentence);
        }
        if now.not_sent_more > 0 {
            self.more(&format!(
                "… and {} more (`--all` lists them)",
                now.not_sent_more
            ));
        }
    }
}

fn minute(moment: &DateTime<FixedOffset>) -> String {
    moment.format("%Y-%m-%d %H:%M").to_string()
}
