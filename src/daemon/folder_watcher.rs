//! A watcher per inbound folder: a thread of its own, so that a folder that hangs or holds a hundred thousand files
//! keeps nobody else from being seen.

use super::event_queue::EventQueue;
use super::folder_events::FolderEvents;
use super::wakeup::Wakeup;
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

/// A watcher at work.
pub(super) struct FolderWatcher {
    events: Arc<FolderEvents>,
    wakeup: Arc<Wakeup>,
    folder: PathBuf,
}

impl FolderWatcher {
    /// Starts looking; what is found is put on the queue under the integration's name.
    pub(super) fn start(
        config: &Config,
        integration: &Integration,
        wakeup: &Arc<Wakeup>,
        queue: &Arc<EventQueue>,
    ) -> std::io::Result<FolderWatcher> {
        let events = Arc::new(FolderEvents::default());
        let folder = config.folder(integration, Folder::Inbound);
        let mut round = Round {
            name: integration.name.clone(),
            folder: folder.clone(),
            intake: intake(integration),
            interval: config.daemon.scan_interval,
            events: Arc::clone(&events),
            wakeup: Arc::clone(wakeup),
            queue: Arc::clone(queue),
            place: None,
            watched: false,
            start: Instant::now(),
        };
        thread::Builder::new()
            .name(format!("look {}", integration.name))
            .spawn(move || round.go())?;
        Ok(FolderWatcher {
            events,
            wakeup: Arc::clone(wakeup),
            folder,
        })
    }

    /// Asks for a look.
    pub(super) fn ring(&self) {
        self.events.ring();
    }

    /// Where looks are asked for.
    pub(super) fn events(&self) -> Arc<FolderEvents> {
        Arc::clone(&self.events)
    }
}

impl Drop for FolderWatcher {
    /// The thread ends after the look it is at, which nobody waits for.
    fn drop(&mut self) {
        self.wakeup.forget(&self.folder);
        self.events.end();
    }
}

struct Round {
    name: String,
    folder: PathBuf,
    intake: Intake,
    interval: Duration,
    events: Arc<FolderEvents>,
    wakeup: Arc<Wakeup>,
    queue: Arc<EventQueue>,
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
            let collected = self.events.wait(earliest, latest);
            if collected.over {
                return;
            }
            self.watched &= !collected.lost;
            let began = Instant::now();
            self.queue.looks(&self.name, began);
            let found = self.look(&collected.signs);
            let settling = match &found {
                Ok(look) => look.arriving.iter().filter_map(|a| a.after).min(),
                // Most folders that are away are soon back, and nothing rings then.
                Err(_) => Some(AWAY),
            };
            // Whoever looks in its place may look elsewhere by now.
            if self.events.is_over() {
                return;
            }
            self.queue.looked(&self.name, began, found);
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
            if !self.wakeup.watch(&self.folder, &self.events) {
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
