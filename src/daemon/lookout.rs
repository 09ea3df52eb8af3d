//! A lookout per inbound folder: a thread of its own, so that a folder that hangs or holds a hundred thousand files
//! keeps nobody else from being seen.

use super::board::Board;
use super::doorbell::Doorbell;
use super::mailbox::Mailbox;
use crate::config::{Config, Folder, Integration};
use crate::run::intake;
use crate::spool::{Intake, Look, Moment, place_of};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// After a look the next one waits so many times as long as it took: looking never takes more than a part of a core.
const REST: u32 = 3;

/// After a look that failed the next one waits no longer.
const AWAY: Duration = Duration::from_secs(1);

/// A lookout at work.
pub(super) struct Lookout {
    mailbox: Arc<Mailbox>,
    doorbell: Arc<Doorbell>,
    folder: PathBuf,
}

impl Lookout {
    /// Starts looking; what is found is put on the board under the integration's name.
    pub(super) fn start(
        config: &Config,
        integration: &Integration,
        doorbell: &Arc<Doorbell>,
        board: &Arc<Board>,
    ) -> std::io::Result<Lookout> {
        let mailbox = Arc::new(Mailbox::default());
        let folder = config.folder(integration, Folder::Inbound);
        let mut round = Round {
            name: integration.name.clone(),
            folder: folder.clone(),
            intake: intake(integration),
            interval: config.daemon.scan_interval,
            mailbox: Arc::clone(&mailbox),
            doorbell: Arc::clone(doorbell),
            board: Arc::clone(board),
            place: None,
            watched: false,
            start: Instant::now(),
        };
        thread::Builder::new()
            .name(format!("look {}", integration.name))
            .spawn(move || round.go())?;
        Ok(Lookout {
            mailbox,
            doorbell: Arc::clone(doorbell),
            folder,
        })
    }

    /// Asks for a look.
    pub(super) fn ring(&self) {
        self.mailbox.ring();
    }

    /// Where looks are asked for.
    pub(super) fn mailbox(&self) -> Arc<Mailbox> {
        Arc::clone(&self.mailbox)
    }
}

impl Drop for Lookout {
    /// The thread ends after the look it is at, which nobody waits for.
    fn drop(&mut self) {
        self.doorbell.forget(&self.folder);
        self.mailbox.end();
    }
}

struct Round {
    name: String,
    folder: PathBuf,
    intake: Intake,
    interval: Duration,
    mailbox: Arc<Mailbox>,
    doorbell: Arc<Doorbell>,
    board: Arc<Board>,
    /// Device and inode of the folder that is watched.
    place: Option<(u64, u64)>,
    /// Whether it still is, as far as its events tell: another folder may lie in the very same place.
    watched: bool,
    start: Instant,
}

impl Round {
    fn go(&mut self) {
        let (mut earliest, mut latest) = (self.start, self.start);
        loop {
            let mail = self.mailbox.wait(earliest, latest);
            if mail.over {
                return;
            }
            self.watched &= !mail.lost;
            let began = Instant::now();
            self.board.looks(&self.name, began);
            let found = self.look(&mail.signs);
            let settling = match &found {
                Ok(look) => look.arriving.iter().filter_map(|a| a.after).min(),
                // Most folders that are away are soon back, and nothing rings then.
                Err(_) => Some(AWAY),
            };
            // Whoever looks in its place may look elsewhere by now.
            if self.mailbox.is_over() {
                return;
            }
            self.board.looked(&self.name, began, found);
            let ended = Instant::now();
            earliest = ended + (ended - began) * REST;
            latest = ended + settling.map_or(self.interval, |s| s.min(self.interval));
        }
    }

    /// A look. A folder that is not there, or that lies in another place than before, is watched afresh, and what
    /// waits in it is unknown until a look at it succeeds.
    fn look(&mut self, signs: &crate::spool::Signs) -> Result<Look, String> {
        let place = place_of(&self.folder).map_err(|e| e.to_string())?;
        if self
            .place
            .is_some_and(|before| lost_mount(before, place, &self.folder))
        {
            return Err(format!(
                "the folder {} is no longer on its filesystem; mount it again, or reload the configuration if it was moved on purpose",
                crate::domain::masking::shown(&self.folder)
            ));
        }
        if self.place != Some(place) || !self.watched {
            if !self.doorbell.watch(&self.folder, &self.mailbox) {
                tracing::warn!(
                    integration = self.name,
                    "the system tells no events of the inbound folder; it is looked at by the clock (daemon.scan_interval)"
                );
            }
            self.place = Some(place);
            self.watched = true;
        }
        let now = Moment {
            steady: self.start.elapsed(),
            wall: SystemTime::now(),
        };
        self.intake
            .look(&self.folder, now, signs, false)
            .map_err(|e| e.to_string())
    }
}

/// Whether a folder that lay on a filesystem mounted at it or above it now lies on the one that was below: what was
/// mounted there is gone, and the folder only seems empty.
fn lost_mount(before: (u64, u64), now: (u64, u64), folder: &std::path::Path) -> bool {
    let below = folder.parent().and_then(|p| place_of(p).ok());
    before.0 != now.0 && below.is_some_and(|p| p.0 == now.0)
}
