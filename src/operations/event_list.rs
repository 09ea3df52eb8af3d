//! Pages of the event log, and its export as JSON lines.

use super::error::{OperationError, Result};
use super::history::EventEntry;
use super::local_time::start_of;
use super::run_list::PAGE;
use super::visible::Visible;
use crate::ledger::{Event, EventAction, EventFilter, EventPlace};
use crate::site::Site;
use chrono::NaiveDate;
use serde::Serialize;

/// Events that are read at once for an export.
const BATCH: usize = 1_000;

/// Which events are wanted; without anything, all that may be seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventQuery {
    /// A kind of action, such as `release`: one of [`event_kinds`].
    pub(crate) action: Option<String>,
    /// A reference ID, an integration, a set, an endpoint, `all`.
    pub(crate) subject: Option<String>,
    pub(crate) user: Option<String>,
    /// On or after this day on the site's clock.
    pub(crate) from: Option<NaiveDate>,
    /// On or before this day.
    pub(crate) to: Option<NaiveDate>,
    /// `next` of the page before.
    pub(crate) cursor: Option<EventPlace>,
}

/// A page of events, newest first.
#[derive(Debug, Serialize)]
pub(crate) struct EventPage {
    pub(crate) events: Vec<EventEntry>,
    /// Where the next page begins.
    pub(crate) next: Option<String>,
}

/// The kinds of actions that events record.
pub(crate) fn event_kinds() -> impl Iterator<Item = &'static str> {
    EventAction::kinds().iter().map(|kind| kind.trim_end())
}

/// A page of the events that are wanted. An account that is limited to some integrations sees what is about these and their
/// runs.
///
/// # Errors
/// There is no such kind of action, or the ledger can't be read.
pub(crate) fn event_page(site: &Site, query: &EventQuery, visible: &Visible) -> Result<EventPage> {
    let filter = filter(site, query, visible)?;
    let ledger = site.ledger_for_reading()?;
    let mut found = ledger.placed_events(&filter, PAGE + 1)?;
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let next = found.last().filter(|_| more);
    Ok(EventPage {
        next: next.map(|(place, _)| place.to_string()),
        events: entries(found).collect(),
    })
}

/// All events that are wanted, newest first, one line of JSON each, in parts.
///
/// # Errors
/// As [`event_page`], and whatever `write` fails with.
pub(crate) fn export_events<E: From<OperationError>>(
    site: &Site,
    query: &EventQuery,
    visible: &Visible,
    mut write: impl FnMut(&[u8]) -> std::result::Result<(), E>,
) -> std::result::Result<(), E> {
    let mut filter = filter(site, query, visible)?;
    let ledger = site.ledger_for_reading().map_err(OperationError::from)?;
    loop {
        let found = ledger.placed_events(&filter, BATCH);
        let found = found.map_err(OperationError::from)?;
        let Some((last, _)) = found.last() else {
            return Ok(());
        };
        filter.after = Some(*last);
        let mut lines = Vec::new();
        for entry in entries(found) {
            serde_json::to_writer(&mut lines, &entry).map_err(OperationError::failed)?;
            lines.push(b'\n');
        }
        write(&lines)?;
    }
}

fn filter(site: &Site, query: &EventQuery, visible: &Visible) -> Result<EventFilter> {
    let kind = |wanted: &String| {
        let mut kinds = EventAction::kinds().iter();
        let found = kinds.find(|kind| kind.trim_end() == wanted);
        found.copied().ok_or_else(|| {
            let kinds: Vec<&str> = event_kinds().collect();
            OperationError::usage(format!(
                "no event has this action; there are {}",
                kinds.join(", ")
            ))
        })
    };
    let day_after = query.to.and_then(|day| day.succ_opt());
    Ok(EventFilter {
        kind: query.action.as_ref().map(kind).transpose()?,
        subject: query.subject.clone(),
        user: query.user.clone(),
        only: visible.only(),
        since: query.from.map(|day| start_of(day, site)),
        until: day_after.map(|day| start_of(day, site)),
        after: query.cursor,
        ..EventFilter::default()
    })
}

fn entries(found: Vec<(EventPlace, Event)>) -> impl Iterator<Item = EventEntry> {
    found.into_iter().map(|(_, event)| EventEntry::from(event))
}
