//! How workers see inbound folders: through the lookouts, which hear the events and have seen what came before.

use super::board::Board;
use super::mailbox::Mailbox;
use crate::config::Integration;
use crate::run::{Inbound, RunError, Site};
use crate::spool::Look;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A folder that can't be looked into within this time is unknown: it may hang.
const PATIENCE: Duration = Duration::from_secs(30);

/// The lookouts, seen from a worker.
#[derive(Clone)]
pub(super) struct Eyes {
    board: Arc<Board>,
    mailboxes: Arc<HashMap<String, Arc<Mailbox>>>,
    seen: Option<(String, Arc<Look>)>,
}

impl Eyes {
    /// Sees through these lookouts.
    pub(super) fn new(board: &Arc<Board>, mailboxes: HashMap<String, Arc<Mailbox>>) -> Eyes {
        Eyes {
            board: Arc::clone(board),
            mailboxes: Arc::new(mailboxes),
            seen: None,
        }
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
        let mailbox = self
            .mailboxes
            .get(name)
            .ok_or_else(|| unseen("nobody looks into it".to_owned()))?;
        let now = Instant::now();
        mailbox.ring();
        match self.board.sighting_since(name, now, now + PATIENCE) {
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
