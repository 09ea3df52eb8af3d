//! Who looked at what is otherwise masked.

use super::{CurrentUser, event};
use crate::ledger::{EventAction, EventFilter};
use crate::operations::error::Result;
use crate::operations::history::EventEntry;
use crate::site::Site;

/// Writes down that a user looks at unmasked values: of what (a reference ID, an employee's subscriber ID), and which part of it (a
/// line, the name of a column or a file; never a value). It is called before the values are shown.
///
/// # Errors
/// The ledger can't be written: then nothing may be shown.
pub(crate) fn record_view(
    site: &Site,
    user: &CurrentUser,
    subject: &str,
    part: &str,
) -> Result<()> {
    let seen = event(
        site,
        &user.name,
        EventAction::SeenUnmasked,
        subject,
        Some(part.to_owned()),
    );
    Ok(site.ledger()?.record_event(&seen)?)
}

/// At most `limit` of these views, newest first.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn views(site: &Site, limit: usize) -> Result<Vec<EventEntry>> {
    let filter = EventFilter {
        action: Some(EventAction::SeenUnmasked),
        ..EventFilter::default()
    };
    let events = site.ledger_for_reading()?.events(&filter, limit)?;
    Ok(events.into_iter().map(EventEntry::from).collect())
}
