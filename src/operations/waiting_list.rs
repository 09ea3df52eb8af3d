//! What waits for a person: one sentence each, with the one act that it needs.

use super::error::Result;
use super::integration_list::{IntegrationList, listed_now};
use super::open_items::late_files;
use super::run_list::PAGE;
use super::status::status;
use super::visible::Visible;
use crate::domain::masking::masked;
use crate::domain::{ReferenceId, RunStatus};
use crate::ledger::{Ledger, RunFilter, RunRow};
use crate::site::Site;
use crate::status::{
    EndpointNow, IntegrationNow, OLDER_CONFIGURATION, Overview, to_the_second_if_any,
};
use chrono::{DateTime, FixedOffset};
use serde::Serialize;

/// Runs of one integration that are listed one by one.
const RUNS: usize = 10;

/// What waits for a person, what stops most first.
#[derive(Debug, Serialize)]
pub(crate) struct WaitingList {
    pub(crate) waiting: Vec<WaitingMatter>,
}

/// Something that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct WaitingMatter {
    /// The integration or set that it concerns.
    pub(crate) integration: Option<String>,
    pub(crate) sentence: String,
    #[serde(serialize_with = "to_the_second_if_any")]
    pub(crate) since: Option<DateTime<FixedOffset>>,
    #[serde(flatten)]
    pub(crate) act: NeededAct,
}

/// The act that something needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub(crate) enum NeededAct {
    /// Start the daemon, or have it read the changed configuration.
    StartDaemon,
    ReloadDaemon,
    /// Correct mistakes of the configuration.
    CorrectConfiguration,
    /// Make room on the disk.
    MakeRoom,
    /// Have the inbound folder mended or mounted.
    MendFolder,
    /// Release or refuse a held run.
    Release {
        reference_id: ReferenceId,
    },
    /// Correct the rejected records of a run.
    Correct {
        reference_id: ReferenceId,
    },
    /// Look at a run that Failed, and have its file sent again.
    Look {
        reference_id: ReferenceId,
    },
    /// Look at the list of further runs.
    ListRuns,
    /// Look at why a try failed, or a set stopped.
    LookAtEvents,
    /// Ask the sender for a file.
    AskSender,
    /// Have a file sent under another name, or removed.
    RenameFile,
    /// Mend an endpoint, or have it tried again.
    MendEndpoint {
        endpoint: String,
    },
    /// Put an integration back into the configuration.
    PutBack,
    /// End a pause that has no end.
    Resume {
        name: String,
    },
}

/// What waits for a person, and how the integrations stand, of one look at the site.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn front_page(site: &Site, visible: &Visible) -> Result<(WaitingList, IntegrationList)> {
    let ledger = site.ledger_for_reading()?;
    let overview = status(site, None, RUNS)?;
    let waiting = waiting_now(site, &*ledger, &overview, visible)?;
    Ok((waiting, listed_now(site, &*ledger, overview, visible)?))
}

fn waiting_now(
    site: &Site,
    ledger: &dyn Ledger,
    overview: &Overview,
    visible: &Visible,
) -> Result<WaitingList> {
    let mut waiting = Vec::new();
    if visible.is_all() {
        waiting.extend(of_site(overview));
    }
    let seen = |now: &&IntegrationNow| visible.sees(&now.name);
    for now in overview.integrations.iter().filter(seen) {
        waiting.extend(of_folder(now));
    }
    let names = ledger.integrations_with_runs()?.into_iter();
    let names: Vec<String> = names.filter(|name| visible.sees(name)).collect();
    for wanted in [
        RunStatus::Held,
        RunStatus::Failed,
        RunStatus::CompletedWithErrors,
    ] {
        for name in names
            .iter()
            .filter(|name| site.config.integration(name).is_some())
        {
            waiting.extend(of_runs(ledger, name, wanted)?);
        }
    }
    for late in late_files(site, ledger, visible)? {
        let since = Some(late.since);
        let sentence = format!("{}: {}", late.name, late.why);
        waiting.push(matter(
            Some(&late.name),
            sentence,
            since,
            NeededAct::AskSender,
        ));
    }
    if visible.is_all() {
        waiting.extend(overview.endpoints.iter().filter_map(of_endpoint));
    }
    for orphan in overview
        .left_behind
        .iter()
        .filter(|run| visible.sees(&run.integration))
    {
        let sentence = format!("run {} {}", orphan.reference_id, orphan.why);
        waiting.push(matter(
            Some(&orphan.integration),
            sentence,
            None,
            NeededAct::PutBack,
        ));
    }
    for folder in overview
        .orphaned_folders
        .iter()
        .filter(|_| visible.is_all())
    {
        let sentence = format!(
            "{}/{}: {}",
            folder.place,
            folder.integration,
            folder.sentence()
        );
        waiting.push(matter(
            Some(&folder.integration),
            sentence,
            None,
            NeededAct::PutBack,
        ));
    }
    let mut told = Vec::new();
    for now in overview.integrations.iter().filter(seen) {
        waiting.extend(of_pause(now, &mut told));
    }
    Ok(WaitingList { waiting })
}

fn matter(
    integration: Option<&str>,
    sentence: String,
    since: Option<DateTime<FixedOffset>>,
    act: NeededAct,
) -> WaitingMatter {
    WaitingMatter {
        integration: integration.map(str::to_owned),
        sentence,
        since,
        act,
    }
}

/// What keeps the whole site.
fn of_site(overview: &Overview) -> Vec<WaitingMatter> {
    let mut found = Vec::new();
    let mut add = |sentence: String, act| found.push(matter(None, sentence, None, act));
    if let Some(unsure) = &overview.configuration_unsure {
        add(unsure.clone(), NeededAct::CorrectConfiguration);
    }
    if !overview.daemon.running {
        let sentence = "no daemon runs: files are taken, and schedules kept, only by commands";
        add(sentence.to_owned(), NeededAct::StartDaemon);
    }
    if overview.daemon.older_configuration {
        let sentence = format!("the daemon {OLDER_CONFIGURATION}");
        add(sentence, NeededAct::ReloadDaemon);
    }
    if let Some(room) = &overview.room {
        add(format!("no file is taken {room}"), NeededAct::MakeRoom);
    }
    found
}

/// What keeps an integration, besides its runs.
fn of_folder(now: &IntegrationNow) -> Vec<WaitingMatter> {
    let name = Some(now.name.as_str());
    let mut found = Vec::new();
    if let Some(why) = &now.inbound_unknown {
        let sentence = format!("{}: what waits in inbound is unknown: {why}", now.name);
        found.push(matter(name, sentence, None, NeededAct::MendFolder));
    }
    if let Some(tried) = &now.failed_try {
        let sentence = format!("{}: a run could not be done: {}", now.name, tried.why);
        found.push(matter(
            name,
            sentence,
            Some(tried.at),
            NeededAct::LookAtEvents,
        ));
    }
    if let Some(passed) = &now.not_run {
        let sentence = format!("{}: it was not run: {}", now.name, passed.why);
        found.push(matter(
            name,
            sentence,
            Some(passed.at),
            NeededAct::LookAtEvents,
        ));
    }
    for refused in &now.inbox.not_taken {
        let sentence = format!(
            "{}: {} is not taken: {}",
            now.name, refused.name, refused.why
        );
        found.push(matter(name, sentence, None, NeededAct::RenameFile));
    }
    if now.inbox.not_taken_more > 0 {
        let more = now.inbox.not_taken_more;
        let sentence = format!("{}: {more} more entries of inbound are not taken", now.name);
        found.push(matter(name, sentence, None, NeededAct::RenameFile));
    }
    found
}

/// The runs of an integration with this status that need a person, newest first.
fn of_runs(ledger: &dyn Ledger, name: &str, status: RunStatus) -> Result<Vec<WaitingMatter>> {
    let filter = RunFilter {
        integration: Some(name.to_owned()),
        status: Some(status),
        open: true,
        ..RunFilter::default()
    };
    let rows = ledger.runs(&filter, PAGE + RUNS)?;
    let more = rows.len().saturating_sub(RUNS);
    let mut found: Vec<WaitingMatter> = rows.iter().take(RUNS).map(of_run).collect();
    if more > 0 {
        let more = match more > PAGE - 1 {
            true => format!("more than {PAGE}"),
            false => more.to_string(),
        };
        let sentence = format!("{name}: {more} further runs are {status} and need a person");
        found.push(matter(Some(name), sentence, None, NeededAct::ListRuns));
    }
    Ok(found)
}

fn of_run(row: &RunRow) -> WaitingMatter {
    let reference_id = row.reference.clone();
    let reason = row
        .summary
        .as_ref()
        .and_then(|summary| summary.reason.as_deref());
    let reason = reason.map_or_else(String::new, |reason| format!(", {}", masked(reason)));
    let run = format!(
        "{}: run {reference_id} {}{reason}",
        row.integration, row.status
    );
    let (sentence, act) = match row.status {
        RunStatus::Held => (run, NeededAct::Release { reference_id }),
        RunStatus::Failed => (run, NeededAct::Look { reference_id }),
        _ => {
            let wait = match row.open_rejections {
                1 => "1 waits for its correction".to_owned(),
                count => format!("{count} wait for their correction"),
            };
            (
                format!("{run}; {wait}"),
                NeededAct::Correct { reference_id },
            )
        }
    };
    matter(Some(&row.integration), sentence, Some(row.start), act)
}

/// An endpoint that does not work, or at which something does not go on by itself.
fn of_endpoint(endpoint: &EndpointNow) -> Option<WaitingMatter> {
    let name = &endpoint.name;
    let not_sent = endpoint.not_sent.len() + endpoint.not_sent_more;
    let why = endpoint.why.as_deref().unwrap_or_default();
    let sentence = match endpoint.state {
        "failing" | "stopped" => format!("endpoint {name} is {}: {why}", endpoint.state),
        "gone" => format!("endpoint {name} left the configuration with files in transfer"),
        _ if not_sent > 0 => {
            format!(
                "endpoint {name}: {not_sent} files are not sent unless someone has them tried again"
            )
        }
        _ => {
            let trouble = endpoint.troubles.first()?;
            format!("endpoint {name}, {}: {}", trouble.integration, trouble.why)
        }
    };
    let act = NeededAct::MendEndpoint {
        endpoint: name.clone(),
    };
    Some(matter(None, sentence, endpoint.since, act))
}

/// A pause without an end; one of all integrations is told once.
fn of_pause(now: &IntegrationNow, told: &mut Vec<String>) -> Option<WaitingMatter> {
    let pause = now.paused.as_ref().filter(|pause| pause.until.is_none())?;
    if told.contains(&pause.name) {
        return None;
    }
    told.push(pause.name.clone());
    let act = NeededAct::Resume {
        name: pause.name.clone(),
    };
    let sentence = format!("{}: {}", pause.name, pause.sentence);
    Some(matter(Some(&pause.name), sentence, Some(pause.since), act))
}
