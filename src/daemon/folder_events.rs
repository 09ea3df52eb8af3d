//! The events of one folder since its last scan, requests for another scan, and the file system events that make them: they
//! wake the watcher of a folder, nothing more. A scan decides what is there.

use crate::spool::{Sign, Signs};
use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// How many names are kept with their events. Further files are found by scans alone.
const MOST_SIGNS: usize = 200_000;

#[derive(Default)]
pub(super) struct FolderEvents {
    collected: Mutex<CollectedEvents>,
    rung: Condvar,
}

#[derive(Default)]
pub(super) struct CollectedEvents {
    pub(super) signs: Signs,
    /// Whether a scan was requested.
    pub(super) rung: bool,
    /// Whether the watched folder is gone, and its events with it.
    pub(super) lost: bool,
    /// Whether there will be no more scans.
    pub(super) over: bool,
}

impl FolderEvents {
    fn collected(&self) -> MutexGuard<'_, CollectedEvents> {
        locked(&self.collected)
    }

    /// Adds an event; `rings` requests a scan.
    pub(super) fn add(&self, name: &OsStr, sign: Sign, rings: bool) {
        let mut collected = self.collected();
        if collected.signs.len() < MOST_SIGNS || collected.signs.contains_key(name) {
            collected.signs.insert(name.to_owned(), sign);
        }
        collected.rung |= rings;
        drop(collected);
        if rings {
            self.rung.notify_all();
        }
    }

    pub(super) fn ring(&self) {
        self.collected().rung = true;
        self.rung.notify_all();
    }

    /// The folder was removed or moved: no more events until it is watched again.
    pub(super) fn lose(&self) {
        self.collected().lost = true;
        self.ring();
    }

    pub(super) fn end(&self) {
        self.collected().over = true;
        self.rung.notify_all();
    }

    pub(super) fn is_over(&self) -> bool {
        self.collected().over
    }

    /// Waits until a scan is requested, between `earliest` and `latest`, and takes what was collected.
    pub(super) fn wait(&self, earliest: Instant, latest: Instant) -> CollectedEvents {
        let mut collected = self.collected();
        loop {
            let now = Instant::now();
            let until = if collected.rung { earliest } else { latest };
            if collected.over || now >= until {
                return std::mem::take(&mut *collected);
            }
            collected = self
                .rung
                .wait_timeout(collected, until - now)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

/// Where a folder's events go.
enum Route {
    FolderEvents(Arc<FolderEvents>),
    /// Calls this whenever a file was written.
    Bell(Box<dyn Fn() + Send>),
}

impl Route {
    fn ring(&self) {
        match self {
            Route::FolderEvents(events) => events.ring(),
            Route::Bell(ring) => ring(),
        }
    }
}

type Routes = Arc<Mutex<HashMap<PathBuf, Route>>>;

/// Passes file system events on. Where the system has none, scans at intervals find the files.
pub(super) struct Wakeup {
    watcher: Mutex<Option<RecommendedWatcher>>,
    routes: Routes,
}

impl Wakeup {
    pub(super) fn new() -> Wakeup {
        let routes = Routes::default();
        let to = Arc::clone(&routes);
        let watcher = notify::recommended_watcher(move |event| hear(&to, event));
        if let Err(error) = &watcher {
            tracing::warn!(%error, "no events from the system; folders are looked at by the clock alone");
        }
        Wakeup {
            watcher: Mutex::new(watcher.ok()),
            routes,
        }
    }

    /// Passes the events of a folder to `events`. Returns whether the system will report them. To be repeated after the
    /// folder was replaced.
    pub(super) fn watch(&self, folder: &Path, events: &Arc<FolderEvents>) -> bool {
        self.route(folder, Route::FolderEvents(Arc::clone(events)))
    }

    /// Calls `ring` for every file that is written in a folder.
    pub(super) fn watch_bell(&self, folder: &Path, ring: impl Fn() + Send + 'static) -> bool {
        self.route(folder, Route::Bell(Box::new(ring)))
    }

    fn route(&self, folder: &Path, route: Route) -> bool {
        locked(&self.routes).insert(folder.to_owned(), route);
        let mut watcher = locked(&self.watcher);
        let Some(watcher) = watcher.as_mut() else {
            return false;
        };
        // The watch of a folder that was removed has ended silently.
        let _ = watcher.unwatch(folder);
        watcher.watch(folder, RecursiveMode::NonRecursive).is_ok()
    }

    pub(super) fn forget(&self, folder: &Path) {
        locked(&self.routes).remove(folder);
        if let Some(watcher) = locked(&self.watcher).as_mut() {
            let _ = watcher.unwatch(folder);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn hear(routes: &Routes, event: notify::Result<Event>) {
    let routes = locked(routes);
    let event = match event {
        Ok(event) if !event.need_rescan() => event,
        // Events were lost; scans find what they were about.
        _ => {
            routes.values().for_each(Route::ring);
            return;
        }
    };
    let gone = EventKind::Modify(ModifyKind::Name(RenameMode::From));
    if (event.kind.is_remove() || event.kind == gone)
        && let Some(Route::FolderEvents(events)) = event.paths.first().and_then(|p| routes.get(p))
    {
        events.lose();
        return;
    }
    // A rename by linking ends with the removal of the temporary name.
    if event.kind.is_remove()
        && let Some(folder) = event.paths.first().and_then(|p| p.parent())
        && let Some(Route::FolderEvents(events)) = routes.get(folder)
    {
        events.ring();
        return;
    }
    let Some((sign, rings)) = meaning(event.kind) else {
        return;
    };
    // A rename reported as one event has the new path second.
    let Some(path) = event.paths.last() else {
        return;
    };
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return;
    };
    match routes.get(folder) {
        Some(Route::FolderEvents(events)) => events.add(name, sign, rings),
        Some(bell) if sign == Sign::Closed => bell.ring(),
        _ => {}
    }
}

/// What an event says about its file, and whether it calls for a scan: a write alone completes no file.
fn meaning(kind: EventKind) -> Option<(Sign, bool)> {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some((Sign::Closed, true)),
        EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both)) => {
            Some((Sign::Renamed, true))
        }
        EventKind::Create(_) => Some((Sign::Made, true)),
        EventKind::Modify(ModifyKind::Data(_)) => Some((Sign::Written, false)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{FolderEvents, Wakeup};
    use crate::spool::Sign;
    use std::ffi::OsStr;
    use std::fs;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    #[test]
    fn the_last_sign_counts_and_a_ring_ends_the_wait() {
        let events = FolderEvents::default();
        let name = OsStr::new("hr.csv");
        events.add(name, Sign::Written, false);
        events.add(name, Sign::Closed, true);
        let (now, late) = (Instant::now(), Instant::now() + Duration::from_secs(600));
        let collected = events.wait(now, late);
        assert!(collected.rung && !collected.over);
        assert_eq!(collected.signs.get(name), Some(&Sign::Closed));
        // Emptied: only the clock or another ring ends the next wait.
        assert!(!events.wait(now, now).rung);
        events.end();
        assert!(events.wait(now, late).over);
    }

    #[test]
    fn a_folder_that_goes_away_is_told_of_and_may_be_watched_again() {
        let site = tempfile::tempdir().expect("folder");
        let folder = site.path().join("inbound");
        let (wakeup, events) = (Wakeup::new(), Arc::new(FolderEvents::default()));
        let late = || Instant::now() + Duration::from_secs(20);
        for away in [fs::remove_dir, |f: &std::path::PathBuf| {
            fs::rename(f, f.with_extension("old"))
        }] {
            fs::create_dir(&folder).expect("folder");
            assert!(wakeup.watch(&folder, &events));
            away(&folder).expect("gone");
            let collected = events.wait(Instant::now(), late());
            assert!(collected.rung && collected.lost);
        }
    }
}
