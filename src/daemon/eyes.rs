//! How workers see inbound folders: through the lookouts, which hear the events and have seen what came before.

use super::board::Board;
use super::mailbox::Mailbox;
use crate::config::Integration;
use crate::run::{Inbound, RunError, Site};
use crate::spool::Look;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A folder that can't be looked into within this time is unknown: it may hang.
const PATIENCE: Duration = Duration::from_secs(30);

/// The lookouts, seen from a worker.
#[derive(Clone)]
pub(super) struct Eyes {
    board: Arc<Board>,
    /// Shared with the workers: a reload changes the lookouts under a run that goes on.
    mailboxes: Arc<Mutex<HashMap<String, Arc<Mailbox>>>>,
    seen: Option<(String, Arc<Look>)>,
}

impl Eyes {
    /// Sees nothing yet.
    pub(super) fn new(board: &Arc<Board>) -> Eyes {
        Eyes {
            board: Arc::clone(board),
            mailboxes: Arc::default(),
            seen: None,
        }
    }

    /// From now on sees through these lookouts; so do all that have been made from it.
    pub(super) fn see_through(&self, mailboxes: HashMap<String, Arc<Mailbox>>) {
        *self.mailboxes() = mailboxes;
    }

    fn mailboxes(&self) -> MutexGuard<'_, HashMap<String, Arc<Mailbox>>> {
        self.mailboxes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, having this look of an integration's folder at hand.
    pub(super) fn having_seen(&self, name: &str, look: &Arc<Look>) -> Eyes {
        Eyes {
            seen: Some((name.to_owned(), Arc::clone(look))),
            ..self.clone()
        }
    }

    fn fresh(&self, name: &str) -> Result<Look, RunError> {
        let unseen = |why: String| RunError::Unseen {
            name: name.to_owned(),
            why,
        };
        let mailbox = self.mailboxes().get(name).cloned();
        let mailbox = mailbox.ok_or_else(|| unseen("nobody looks into it".to_owned()))?;
        let now = Instant::now();
        mailbox.ring();
        match self.board.sighting_since(name, now, PATIENCE) {
            Some(sighting) => sighting.found.map(|look| (*look).clone()).map_err(unseen),
            None => Err(unseen(format!(
                "a look into it takes longer than {} seconds",
                PATIENCE.as_secs()
            ))),
        }
    }
}

impl Inbound for Eyes {
    fn look(&self, _: &Site, integration: &Integration) -> Result<Look, RunError> {
        match &self.seen {
            Some((name, look)) if *name == integration.name => Ok((**look).clone()),
            _ => self.fresh(&integration.name),
        }
    }

    fn glance(&self, _: &Site, integration: &Integration) -> Result<Look, RunError> {
        self.fresh(&integration.name)
    }
}

#[cfg(test)]
mod tests {
    use super::Eyes;
    use crate::daemon::board::Board;
    use crate::daemon::mailbox::Mailbox;
    use std::collections::HashMap;
    use std::sync::Arc;
    use std::thread;
    use std::time::{Duration, Instant};

    #[test]
    fn a_run_that_goes_on_sees_through_the_lookouts_of_a_reload() {
        let board = Arc::new(Board::default());
        let eyes = Eyes::new(&board);
        let at_work = eyes.clone();
        assert!(at_work.fresh("hr").is_err());
        let mailbox = Arc::new(Mailbox::default());
        eyes.see_through(HashMap::from([("hr".to_owned(), Arc::clone(&mailbox))]));
        let lookout = thread::spawn(move || {
            let mail = mailbox.wait(Instant::now(), Instant::now() + Duration::from_secs(20));
            assert!(mail.rung);
            board.looked("hr", Instant::now(), Ok(crate::spool::Look::default()));
        });
        assert!(at_work.fresh("hr").is_ok());
        lookout.join().expect("looked");
    }
}
