//! A set that stops at a member: the members behind it are not run, and people have to hear of that.

use crate::domain::RunSummary;
use crate::ledger::{Event, EventAction};
use crate::site::{Observer, Result, Site};

/// A set that stopped.
pub(super) struct StoppedSet<'a> {
    pub(super) set: &'a str,
    /// The run that did not end Completed.
    pub(super) run: &'a RunSummary,
    /// The members that were not run.
    pub(super) left: Vec<&'a str>,
}

impl StoppedSet<'_> {
    /// Tells the observer, and writes events: one of the set that names the members that were not run, and one of each of
    /// these.
    ///
    /// # Errors
    /// The ledger failed.
    pub(super) fn tell(&self, site: &Site, observer: &dyn Observer) -> Result<()> {
        let run = self.run;
        let why = format!(
            "stopped after {}: run {} ended {}",
            run.integration_name, run.integration_reference_id, run.status
        );
        if self.left.is_empty() {
            observer.note(&format!("the set {} {why}", self.set));
            return Ok(());
        }
        let not_run = format!("{why}; not run: {}", self.left.join(", "));
        observer.warn(&format!("the set {} {not_run}", self.set));
        let now = site.now();
        let event = |action, subject: &str, why| Event {
            at: now,
            user: site.user().to_owned(),
            action,
            subject: subject.to_owned(),
            why: Some(why),
        };
        let why = format!("the set {} {why}", self.set);
        let members = self.left.iter();
        let mut events = vec![event(EventAction::SetStopped, self.set, not_run)];
        events.extend(members.map(|name| event(EventAction::NotRun, name, why.clone())));
        let mut ledger = site.ledger()?;
        Ok(ledger.record_events_and_marks(&events, &[], now.to_utc(), &[])?)
    }
}
