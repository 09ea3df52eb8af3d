//! Integrations as pages show them: how each stands, what it did, and what comes next.

use super::day_strip::{DayEntry, days};
use super::error::Result;
use super::open_items::{OpenItems, open_items_of};
use super::run_list::{CodeCount, RunEntry};
use super::schedule_times::{ListedSchedule, schedules_of};
use super::status::status;
use super::visible::Visible;
use crate::config::{Folder, Integration};
use crate::domain::masking::shown;
use crate::ledger::{Ledger, RunFilter, Tallied};
use crate::site::{FolderLook, Site};
use crate::status::{IntegrationNow, Overview, to_the_second_if_any};
use chrono::{DateTime, Days, FixedOffset};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Files, held runs and refused entries that are listed of an integration among others, and of one alone.
const LISTED: usize = 5;
const LISTED_ALONE: usize = 50;
/// Runs that are drawn as bars.
const BARS: usize = 30;
/// Days whose findings are added up.
const CODE_DAYS: u64 = 30;

/// The integrations that may be seen.
#[derive(Debug, Serialize)]
pub(crate) struct IntegrationList {
    pub(crate) integrations: Vec<IntegrationEntry>,
    /// All are on one page.
    pub(crate) next: Option<String>,
}

/// An integration among others.
#[derive(Debug, Serialize)]
pub(crate) struct IntegrationEntry {
    #[serde(flatten)]
    pub(crate) now: IntegrationNow,
    pub(crate) open: OpenItems,
    pub(crate) look: LookEntry,
    /// The earliest first; the last one is today.
    pub(crate) days: Vec<DayEntry>,
}

/// An integration on its own page.
#[derive(Debug, Serialize)]
pub(crate) struct IntegrationDetails {
    #[serde(flatten)]
    pub(crate) entry: IntegrationEntry,
    /// Its last runs, newest first.
    pub(crate) runs: Vec<RunEntry>,
    /// What its runs of the last 30 days found, most often first.
    pub(crate) findings: Vec<CodeCount>,
    pub(crate) schedules: Vec<ListedSchedule>,
    /// Its folders, relative to the site where they lie in it.
    pub(crate) folders: BTreeMap<&'static str, String>,
}

/// When the daemon last looked into an inbound folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct LookEntry {
    /// When it was last listed; none where no daemon runs in this process, or it never was.
    #[serde(serialize_with = "to_the_second_if_any")]
    pub(crate) listed: Option<DateTime<FixedOffset>>,
    pub(crate) seconds_ago: Option<i64>,
    /// Why the last try failed, if it did.
    pub(crate) failed: Option<String>,
    /// Whether the system tells of files that come; otherwise it is looked at by the clock only. None: it is not known here.
    pub(crate) by_events: Option<bool>,
}

impl LookEntry {
    pub(super) fn of(site: &Site, name: &str) -> LookEntry {
        let Some(look) = site.folder_looks.of(name) else {
            return LookEntry::default();
        };
        let FolderLook {
            listed,
            failed,
            by_events,
        } = look;
        let zone = site.config.site.timezone;
        LookEntry {
            seconds_ago: listed.map(|at| (site.now().to_utc() - at).num_seconds().max(0)),
            listed: listed.map(|at| at.with_timezone(&zone).fixed_offset()),
            failed,
            by_events: Some(by_events),
        }
    }
}

/// The integrations that may be seen, in the order of the configuration.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn integrations(site: &Site, visible: &Visible) -> Result<IntegrationList> {
    let ledger = site.ledger_for_reading()?;
    listed_now(site, &*ledger, status(site, None, LISTED)?, visible)
}

/// The integrations that may be seen, as they stand in an overview.
pub(super) fn listed_now(
    site: &Site,
    ledger: &dyn Ledger,
    overview: Overview,
    visible: &Visible,
) -> Result<IntegrationList> {
    let seen = overview.integrations.into_iter();
    let seen = seen.filter(|now| visible.sees(&now.name));
    let entries = seen.map(|now| entry(site, ledger, now));
    Ok(IntegrationList {
        integrations: entries.collect::<Result<_>>()?,
        next: None,
    })
}

/// One integration.
///
/// # Errors
/// There is none of this name, or it may not be seen; the ledger can't be read.
pub(crate) fn integration_details(
    site: &Site,
    name: &str,
    visible: &Visible,
) -> Result<IntegrationDetails> {
    let integration = visible.integration(site, name)?;
    let ledger = site.ledger_for_reading()?;
    let mut overview = status(site, Some(name), LISTED_ALONE)?;
    let now = overview.integrations.swap_remove(0);
    let last = RunFilter {
        integration: Some(name.to_owned()),
        ..RunFilter::default()
    };
    Ok(IntegrationDetails {
        entry: entry(site, &*ledger, now)?,
        runs: ledger
            .runs(&last, BARS)?
            .into_iter()
            .map(RunEntry::of)
            .collect(),
        findings: findings(site, &*ledger, name)?,
        schedules: schedules_of(site, name, &ledger.pauses()?),
        folders: folders(site, integration),
    })
}

fn entry(site: &Site, ledger: &dyn Ledger, now: IntegrationNow) -> Result<IntegrationEntry> {
    let integration = site.integration(&now.name)?;
    Ok(IntegrationEntry {
        open: open_items_of(site, ledger, &now.name)?,
        look: LookEntry::of(site, &now.name),
        days: days(site, ledger, integration)?,
        now,
    })
}

fn findings(site: &Site, ledger: &dyn Ledger, name: &str) -> Result<Vec<CodeCount>> {
    let since = site.today().checked_sub_days(Days::new(CODE_DAYS - 1));
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for tally in ledger.tallies(name, since)? {
        if tally.what == Tallied::Findings {
            *counts.entry(tally.word).or_default() += tally.count.cast_unsigned();
        }
    }
    let counts = counts.into_iter();
    let mut codes: Vec<CodeCount> = counts
        .map(|(code, findings)| CodeCount { code, findings })
        .collect();
    codes.sort_by_key(|code| Reverse(code.findings));
    Ok(codes)
}

fn folders(site: &Site, integration: &Integration) -> BTreeMap<&'static str, String> {
    let place = |folder: Folder| {
        let path = site.config.folder(integration, folder);
        let inside = path.strip_prefix(&site.config.root).unwrap_or(&path);
        (folder.as_str(), shown(inside))
    };
    Folder::ALL.map(place).into()
}
