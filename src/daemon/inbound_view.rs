//! Inbound folders as workers see them: through the folder watchers, which know the events and the earlier scans.

use super::event_queue::EventQueue;
use super::folder_events::FolderEvents;
use crate::config::Integration;
use crate::intake::Inbound;
use crate::site::{RunError, Site};
use crate::spool::InboundScan;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A folder whose scan takes longer than this counts as unknown: its filesystem may hang.
const PATIENCE: Duration = Duration::from_secs(30);

/// The folder watchers, as a worker uses them.
#[derive(Clone)]
pub(super) struct InboundView {
    queue: Arc<EventQueue>,
    /// Shared with the workers: a reload replaces the watchers during a run.
    folders: Arc<Mutex<HashMap<String, Arc<FolderEvents>>>>,
    seen: Option<(String, Arc<InboundScan>)>,
}

impl InboundView {
    pub(super) fn new(queue: &Arc<EventQueue>) -> InboundView {
        InboundView {
            queue: Arc::clone(queue),
            folders: Arc::default(),
            seen: None,
        }
    }

    /// Replaces the watchers, for every clone as well.
    pub(super) fn set_folders(&self, folders: HashMap<String, Arc<FolderEvents>>) {
        *self.folders() = folders;
    }

    fn folders(&self) -> MutexGuard<'_, HashMap<String, Arc<FolderEvents>>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A clone that answers for this integration with this scan.
    pub(super) fn with_scan(&self, name: &str, look: &Arc<InboundScan>) -> InboundView {
        InboundView {
            seen: Some((name.to_owned(), Arc::clone(look))),
            ..self.clone()
        }
    }

    fn fresh(&self, name: &str) -> Result<InboundScan, RunError> {
        let unseen = |why: String| RunError::Unseen {
            name: name.to_owned(),
            why,
        };
        let events = self.folders().get(name).cloned();
        let events = events.ok_or_else(|| unseen("nobody looks into it".to_owned()))?;
        let now = Instant::now();
        events.ring();
        match self.queue.scan_since(name, now, PATIENCE) {
            Some(scan) => scan.found.map(|look| (*look).clone()).map_err(unseen),
            None => Err(unseen(format!(
                "a look into it takes longer than {} seconds",
                PATIENCE.as_secs()
            ))),
        }
    }
}

impl Inbound for InboundView {
    fn look(&self, _: &Site, integration: &Integration) -> Result<InboundScan, RunError> {
        match &self.seen {
            Some((name, look)) if *name == integration.name => Ok((**look).clone()),
            _ => self.fresh(&integration.name),
        }
    }

    fn glance(&self, _: &Site, integration: &Integration) -> Result<InboundScan, RunError> {
        self.fresh(&integration.name)
    }
}

#[cfg(test)]
mod tests {
    use super::InboundView;
    use crate::daemon::event_queue::EventQueue;
    use crate::daemon::folder_events::FolderEvents;
    use std::collections::HashMap;
    use std::sync::Arc;
    use std::thread;
    use std::time::{Duration, Instant};

    #[test]
    fn a_run_that_goes_on_sees_through_the_lookouts_of_a_reload() {
        let queue = Arc::new(EventQueue::default());
        let inbound = InboundView::new(&queue);
        let at_work = inbound.clone();
        assert!(at_work.fresh("hr").is_err());
        let events = Arc::new(FolderEvents::default());
        inbound.set_folders(HashMap::from([("hr".to_owned(), Arc::clone(&events))]));
        let watcher = thread::spawn(move || {
            let collected = events.wait(Instant::now(), Instant::now() + Duration::from_secs(20));
            assert!(collected.rung);
            queue.scan_finished(
                "hr",
                Instant::now(),
                Ok(crate::spool::InboundScan::default()),
            );
        });
        assert!(at_work.fresh("hr").is_ok());
        watcher.join().expect("looked");
    }
}
