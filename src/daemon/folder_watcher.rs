//! Watches one inbound folder on a thread of its own, so that a folder that hangs or holds a hundred thousand files does
//! not delay the others.

use super::collector::Collector;
use super::event_queue::EventQueue;
use super::folder_events::{FolderEvents, Wakeup};
use crate::config::{Folder, Integration};
use crate::intake::tracker;
use crate::site::Site;
use crate::spool::{InboundScan, InboundTracker, ScanTime, Signs, place_of};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// The pause after a scan is at least this many times its duration: scanning takes only a part of one core.
const REST: u32 = 3;

/// The longest wait after a scan that failed.
const AWAY: Duration = Duration::from_secs(1);

pub(super) struct FolderWatcher {
    events: Arc<FolderEvents>,
    wakeup: Arc<Wakeup>,
    folder: PathBuf,
}

impl FolderWatcher {
    /// Starts scanning; results go to the queue under the integration's name.
    pub(super) fn start(
        site: &Arc<Site>,
        integration: &Integration,
        wakeup: &Arc<Wakeup>,
        queue: &Arc<EventQueue>,
    ) -> std::io::Result<FolderWatcher> {
        let events = Arc::new(FolderEvents::default());
        let config = &site.config;
        let folder = config.folder(integration, Folder::Inbound);
        let mut scan_loop = ScanLoop {
            site: Arc::clone(site),
            name: integration.name.clone(),
            collector: Collector::new(site, integration),
            folder: folder.clone(),
            intake: tracker(integration),
            interval: config.daemon.scan_interval,
            events: Arc::clone(&events),
            wakeup: Arc::clone(wakeup),
            queue: Arc::clone(queue),
            place: None,
            watched: false,
            by_events: false,
            start: Instant::now(),
        };
        thread::Builder::new()
            .name(format!("look {}", integration.name))
            .spawn(move || scan_loop.run())?;
        Ok(FolderWatcher {
            events,
            wakeup: Arc::clone(wakeup),
            folder,
        })
    }

    pub(super) fn ring(&self) {
        self.events.ring();
    }

    /// Where scans are requested.
    pub(super) fn events(&self) -> Arc<FolderEvents> {
        Arc::clone(&self.events)
    }
}

impl Drop for FolderWatcher {
    /// The thread ends after its current scan, which is not waited for.
    fn drop(&mut self) {
        self.wakeup.forget(&self.folder);
        self.events.end();
    }
}

struct ScanLoop {
    site: Arc<Site>,
    name: String,
    collector: Collector,
    folder: PathBuf,
    intake: InboundTracker,
    interval: Duration,
    events: Arc<FolderEvents>,
    wakeup: Arc<Wakeup>,
    queue: Arc<EventQueue>,
    /// Device and inode of the watched folder.
    place: Option<(u64, u64)>,
    /// Whether it is still watched, as far as its events tell: another folder may have taken its place.
    watched: bool,
    /// Whether the system tells its events.
    by_events: bool,
    start: Instant,
}

impl ScanLoop {
    fn run(&mut self) {
        let (mut earliest, mut latest) = (self.start, self.start);
        loop {
            let collected = self.events.wait(earliest, latest);
            if collected.over {
                return;
            }
            self.watched &= !collected.lost;
            let began = Instant::now();
            self.queue.scan_started(&self.name, began);
            let found = self.look(&collected.signs);
            let settling = match &found {
                Ok(look) => {
                    let settling = look.arriving.iter().filter_map(|a| a.after);
                    settling.chain(self.collector.answers_in()).min()
                }
                // Most folders that are missing are soon back, and no event reports it.
                Err(_) => Some(AWAY),
            };
            // A replacement may already watch another folder under this name.
            if self.events.is_over() {
                return;
            }
            let failed = found.as_ref().err().map(String::as_str);
            let now = self.site.now().to_utc();
            let looks = &self.site.folder_looks;
            looks.note(&self.name, now, failed, self.by_events);
            self.queue.scan_finished(&self.name, began, found);
            let ended = Instant::now();
            earliest = ended + (ended - began) * REST;
            latest = ended + settling.map_or(self.interval, |s| s.min(self.interval));
        }
    }

    /// One scan. A folder that is missing or was replaced is watched again; what waits in it is unknown until a scan
    /// succeeds.
    fn look(&mut self, signs: &Signs) -> Result<InboundScan, String> {
        let place = place_of(&self.folder).map_err(|e| e.to_string())?;
        let before = self.place;
        if before.is_some_and(|before| lost_mount(before, place, &self.folder)) {
            return Err(format!(
                "the folder {} is no longer on its filesystem; mount it again, or reload the configuration if it was moved on purpose",
                crate::domain::masking::shown(&self.folder)
            ));
        }
        if self.place != Some(place) || !self.watched {
            self.by_events = self.wakeup.watch(&self.folder, &self.events);
            if !self.by_events {
                tracing::warn!(
                    integration = self.name,
                    "the system tells no events of the inbound folder; it is looked at by the clock (daemon.scan_interval)"
                );
            }
            self.place = Some(place);
            self.watched = true;
        }
        let now = ScanTime {
            steady: self.start.elapsed(),
            wall: SystemTime::now(),
        };
        let scanned = self.intake.scan(&self.folder, now, signs, false);
        let mut look = scanned.map_err(|e| e.to_string())?;
        self.collector.collect(&mut look);
        Ok(look)
    }
}

/// Whether the filesystem that was mounted at or above the folder is gone: the folder then only seems empty.
fn lost_mount(before: (u64, u64), now: (u64, u64), folder: &std::path::Path) -> bool {
    let below = folder.parent().and_then(|p| place_of(p).ok());
    before.0 != now.0 && below.is_some_and(|p| p.0 == now.0)
}
