//! When the daemon of this process last looked into the inbound folders. No other process knows it.

use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The last looks into inbound folders, by integration.
#[derive(Debug, Default)]
pub(crate) struct FolderLooks(Mutex<BTreeMap<String, FolderLook>>);

/// The last looks into an inbound folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FolderLook {
    /// When it was last listed.
    pub(crate) listed: Option<DateTime<Utc>>,
    /// Why the last try failed, if it did.
    pub(crate) failed: Option<String>,
    /// Whether the system tells of files that come; otherwise it is looked at by the clock only.
    pub(crate) by_events: bool,
}

impl FolderLooks {
    /// Notes a look that ended now.
    pub(crate) fn note(
        &self,
        integration: &str,
        now: DateTime<Utc>,
        failed: Option<&str>,
        by_events: bool,
    ) {
        let mut looks = self.looks();
        let before = looks.get(integration).and_then(|look| look.listed);
        let look = FolderLook {
            listed: if failed.is_none() { Some(now) } else { before },
            failed: failed.map(str::to_owned),
            by_events,
        };
        looks.insert(integration.to_owned(), look);
    }

    /// The last looks into the folder of an integration; `None`: this process has not looked into it.
    pub(crate) fn of(&self, integration: &str) -> Option<FolderLook> {
        self.looks().get(integration).cloned()
    }

    /// A panic elsewhere leaves every entry whole.
    fn looks(&self) -> MutexGuard<'_, BTreeMap<String, FolderLook>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::FolderLooks;
    use chrono::DateTime;

    #[test]
    fn a_failed_look_leaves_the_time_of_the_last_good_one() {
        let looks = FolderLooks::default();
        let at = |second| DateTime::from_timestamp(second, 0).expect("a moment");
        assert_eq!(looks.of("hr"), None);
        looks.note("hr", at(1), None, true);
        looks.note("hr", at(2), Some("it is gone"), true);
        let look = looks.of("hr").expect("known");
        assert_eq!(
            (look.listed, look.failed.as_deref()),
            (Some(at(1)), Some("it is gone"))
        );
        looks.note("hr", at(3), None, false);
        let look = looks.of("hr").expect("known");
        assert_eq!(
            (look.listed, look.failed, look.by_events),
            (Some(at(3)), None, false)
        );
    }
}
