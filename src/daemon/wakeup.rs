//! File system events wake the watcher of a folder, nothing more: a scan decides what is there.

use super::folder_events::FolderEvents;
use crate::spool::Sign;
use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

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
        self.routes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(folder.to_owned(), route);
        let mut watcher = self.watcher.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(watcher) = watcher.as_mut() else {
            return false;
        };
        // The watch of a folder that was removed has ended silently.
        let _ = watcher.unwatch(folder);
        watcher.watch(folder, RecursiveMode::NonRecursive).is_ok()
    }

    /// Stops watching a folder.
    pub(super) fn forget(&self, folder: &Path) {
        self.routes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(folder);
        let mut watcher = self.watcher.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watcher) = watcher.as_mut() {
            let _ = watcher.unwatch(folder);
        }
    }
}

fn hear(routes: &Routes, event: notify::Result<Event>) {
    let routes = routes.lock().unwrap_or_else(PoisonError::into_inner);
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
    use super::Wakeup;
    use crate::daemon::folder_events::FolderEvents;
    use std::fs;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

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
