//! The wakeup: the system's events ring for a folder, nothing more. What is in the folder, a look finds out.

use super::folder_events::FolderEvents;
use crate::spool::Sign;
use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Who hears a folder's events.
enum Route {
    /// A watcher.
    FolderEvents(Arc<FolderEvents>),
    /// Somebody who only wants to know that something was written.
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

/// Rings folders when something happens in their folders. Where the system has no events, nothing rings, and looks
/// at intervals find what there is.
pub(super) struct Wakeup {
    watcher: Mutex<Option<RecommendedWatcher>>,
    routes: Routes,
}

impl Wakeup {
    /// A wakeup without folders.
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

    /// From now on events in this folder ring this events. Says whether the system promises to tell them; may be
    /// repeated when the folder was replaced.
    pub(super) fn watch(&self, folder: &Path, events: &Arc<FolderEvents>) -> bool {
        self.route(folder, Route::FolderEvents(Arc::clone(events)))
    }

    /// From now on every file that is written in this folder rings this bell.
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
        // The watch of a folder that was removed ends without a word.
        let _ = watcher.unwatch(folder);
        watcher.watch(folder, RecursiveMode::NonRecursive).is_ok()
    }

    /// Events in this folder ring nobody any more.
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
        // Events were lost: whatever there is, looks will find it.
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
    // Of a rename that is told as a whole, the second path is the new one.
    let Some(path) = event.paths.last() else {
        return;
    };
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return;
    };
    match routes.get(folder) {
        Some(Route::FolderEvents(events)) => events.post(name, sign, rings),
        Some(bell) if sign == Sign::Closed => bell.ring(),
        _ => {}
    }
}

/// What an event says of its file, and whether it is worth a look: a write alone makes no file whole.
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
