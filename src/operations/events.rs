//! The event log: who did what, when and why.

use super::error::Result;
use super::local_time::start_of;
use super::site::read_ledger;
use crate::domain::masking::masked;
use crate::ledger::{Event, EventAction, EventFilter};
use crate::site::Site;
use crate::status::to_the_second;
use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::Serialize;

/// Which events to list.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventQuery {
    /// Only about this: a reference ID, an integration, a set, `all`.
    pub(crate) subject: Option<String>,
    /// Only on or after this day on the site's clock.
    pub(crate) since: Option<NaiveDate>,
    /// At most this many.
    pub(crate) limit: usize,
}

/// One event. What a sender may have written is masked.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct EventEntry {
    pub(crate) action: String,
    #[serde(serialize_with = "to_the_second")]
    pub(crate) at: DateTime<FixedOffset>,
    pub(crate) subject: String,
    pub(crate) user: String,
    pub(crate) why: Option<String>,
}

/// Lists events, newest first.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn events(site: &Site, query: EventQuery) -> Result<Vec<EventEntry>> {
    let filter = EventFilter {
        subject: query.subject,
        since: query.since.map(|day| start_of(day, site)),
        ..EventFilter::default()
    };
    let events = read_ledger(site)?.events(&filter, query.limit)?;
    Ok(events.into_iter().map(EventEntry::from).collect())
}

impl From<Event> for EventEntry {
    fn from(event: Event) -> EventEntry {
        // Fingerprints are ours and may happen to look like an SSN; everything else may come from a sender.
        let ours = matches!(event.action, EventAction::Reload | EventAction::Trust);
        EventEntry {
            subject: masked(&event.subject),
            why: event.why.map(|why| if ours { why } else { masked(&why) }),
            at: event.at,
            user: event.user,
            action: event.action.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::EventEntry;
    use crate::ledger::{Event, EventAction};
    use chrono::DateTime;

    #[test]
    fn a_fingerprint_is_no_ssn() {
        for (action, told) in [
            (EventAction::Reload, "535484933dbbcf97"),
            (EventAction::Pause, "xxx-xx-4933dbbcf97"),
        ] {
            let event = Event {
                at: DateTime::parse_from_rfc3339("2026-11-20T05:30:12-05:00").expect("moment"),
                user: "ada".into(),
                action,
                subject: "site".into(),
                why: Some("535484933dbbcf97".into()),
            };
            assert_eq!(EventEntry::from(event).why.as_deref(), Some(told));
        }
    }
}
