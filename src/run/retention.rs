//! Purging by age: archived source files, runs with their findings, and published files where that is configured.

use super::correction_drafts::purge_drafts;
use super::outbound_retention::purge_outbound;
use crate::config::Folder;
use crate::ledger::{Event, EventAction};
use crate::site::{Result, RunError, Site};
use crate::spool::purge_archive;
use chrono::{Days, TimeDelta};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Archived files that one call removes.
const FILES_AT_ONCE: usize = 500;
/// Published files that one call removes.
const PUBLISHED_AT_ONCE: usize = 500;
/// Runs that one call removes.
const RUNS_AT_ONCE: usize = 1_000;
/// How long responses to commands are kept; they are read within seconds.
const ANSWERS_KEPT: TimeDelta = TimeDelta::days(1);

/// What purging has removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Retired {
    /// The number of runs whose source files were removed from the archive.
    pub archived: usize,
    /// Published files, from the outbound folders.
    pub published: usize,
    /// Runs, from the ledger.
    pub runs: usize,
    pub findings: usize,
    pub rejections: usize,
    /// Whether there is more to purge, which another call removes.
    #[serde(skip)]
    pub more: bool,
}

impl Retired {
    /// The sum of two calls.
    #[must_use]
    pub(crate) fn and(self, next: Retired) -> Retired {
        Retired {
            archived: self.archived + next.archived,
            published: self.published + next.published,
            runs: self.runs + next.runs,
            findings: self.findings + next.findings,
            rejections: self.rejections + next.rejections,
            more: next.more,
        }
    }
}

/// Purges what is older than the site keeps it, as far as one call goes, and writes one event that says what it was.
/// Integrations that left the configuration are purged like the others.
///
/// # Errors
/// A folder or the ledger can't be read or written. What can be purged nevertheless has been.
pub fn purge(site: &Site) -> Result<Retired> {
    let kept = &site.config.site.retention;
    let now = site.now();
    let mut ledger = site.ledger()?;
    let mut retired = Retired::default();
    let mut failure = None;
    if let Some(before) = site
        .today()
        .checked_sub_days(Days::new(kept.archive_days.into()))
    {
        let keep = ledger.open_runs()?;
        for archive in archives(site) {
            let room = FILES_AT_ONCE - retired.archived;
            match purge_archive(&site.disk, &archive, before, &keep, room) {
                Ok(removed) => retired.archived += removed,
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        retired.more = retired.archived == FILES_AT_ONCE;
    }
    if let Some(before) = now.checked_sub_days(Days::new(kept.runs_days.into())) {
        site.disk
            .step("ledger: purge")
            .map_err(RunError::io("writing the ledger"))?;
        // Before the runs that they are about.
        ledger.purge_notices(before.to_utc())?;
        let purged = ledger.purge_runs(before, RUNS_AT_ONCE)?;
        retired.runs = purged.runs;
        retired.findings = purged.findings;
        retired.rejections = purged.rejections;
        retired.more |= purged.runs == RUNS_AT_ONCE;
        ledger.purge_outbox(before)?;
    }
    // After the archive and the runs: a draft goes with what it corrects.
    purge_drafts(site, &*ledger)?;
    let outbound = purge_outbound(site, &mut *ledger, PUBLISHED_AT_ONCE);
    retired.published = *outbound.as_ref().unwrap_or(&0);
    retired.more |= retired.published == PUBLISHED_AT_ONCE;
    ledger.forget_requests((now - ANSWERS_KEPT).to_utc())?;
    if retired.archived + retired.runs > 0 {
        ledger.record_event(&Event {
            at: now,
            user: site.user().to_owned(),
            action: EventAction::Purge,
            subject: "retention".to_owned(),
            why: Some(format!(
                "archived source files: {} (over {} days old); runs: {} (over {} days old), findings: {}, rejected records: {}",
                retired.archived,
                kept.archive_days,
                retired.runs,
                kept.runs_days,
                retired.findings,
                retired.rejections
            )),
        })?;
    }
    match failure {
        Some(error) => Err(error.into()),
        None => outbound.map(|_| retired),
    }
}

/// The archive folders of all integrations, and the default ones of those that are no longer configured.
fn archives(site: &Site) -> BTreeSet<PathBuf> {
    let configured = site.config.integrations.iter();
    let mut found: BTreeSet<PathBuf> = configured
        .map(|i| site.config.folder(i, Folder::Archive))
        .collect();
    let entries = std::fs::read_dir(site.config.root.join(Folder::Archive.as_str()));
    for entry in entries.into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            found.insert(entry.path());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Retired, purge};
    use crate::domain::{Kind, parameters::GivenParameters};
    use crate::ledger::{EventFilter, NewRun, Origin};
    use crate::site::Site;
    use crate::spool::Disk;
    use chrono::{DateTime, TimeDelta, Utc};
    use std::fs;
    use tempfile::TempDir;

    const CONFIG: &str = "
        [site]
        timezone = \"America/New_York\"
        retention = { archive_days = 90, runs_days = 400 }
        [integration.hr]
        kind = \"demographic\"
        folders = { archive = \"elsewhere\" }";

    /// Half past midnight in New York.
    fn clock() -> DateTime<Utc> {
        "2026-11-20T05:30:00Z".parse().expect("moment")
    }

    fn site() -> (TempDir, Site) {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("feedgate.toml");
        fs::write(&file, CONFIG).expect("written");
        let config = crate::config::load(&file).expect("configuration");
        (folder, Site::new(config).with(Disk::new(), clock))
    }

    #[test]
    fn what_is_too_old_goes_also_of_integrations_that_left_and_one_event_says_so() {
        let (folder, site) = site();
        // A new ledger beside folders with runs would be a lost one.
        site.ledger().expect("ledger");
        let put = |day: &str| {
            let place = folder.path().join(day);
            fs::create_dir_all(&place).expect("folders");
            fs::write(place.join("hr.csv"), "rows").expect("file");
            place
        };
        let old = [
            put("elsewhere/2026/08/21/20260821-000001"),
            put("archive/left/2026/08/21/20260821-000002"),
        ];
        let kept = [
            put("elsewhere/2026/08/22/20260822-000001"),
            put("archive/left/2026/11/20/20261120-000009"),
        ];
        let mut ledger = site.ledger().expect("ledger");
        let parameters = GivenParameters::default().complete();
        for days in [401, 399] {
            let begun = ledger.begin(&NewRun {
                integration: "hr",
                kind: Kind::Demographic,
                process_name: None,
                user: "ada",
                run_name: None,
                parameters: &parameters,
                start: site.now() - TimeDelta::days(days),
                arrived: None,
                origin: Origin::None,
                arrival: None,
                source_path: None,
                source_name: None,
                resubmission_of: None,
                rerun_of: None,
                configuration_fingerprint: "f",
                test: false,
                unattended: false,
            });
            let number = begun.expect("run").number;
            ledger.abandon(number, "gone", site.now()).expect("ended");
        }
        let retired = purge(&site).expect("purged");
        let expected = Retired {
            archived: 2,
            runs: 1,
            ..Retired::default()
        };
        assert_eq!(retired, expected);
        assert!(old.iter().all(|p| !p.exists()) && kept.iter().all(|p| p.exists()));
        assert_eq!(purge(&site).expect("nothing"), Retired::default());
        let events = ledger.events(&EventFilter::default(), 9).expect("events");
        assert_eq!(events.len(), 1);
        assert_eq!(
            events[0].why.as_deref(),
            Some(
                "archived source files: 2 (over 90 days old); runs: 1 (over 400 days old), findings: 0, rejected records: 0"
            )
        );
    }

    #[test]
    fn a_folder_that_cannot_be_listed_keeps_nothing_else() {
        let (folder, site) = site();
        // A new ledger beside folders with runs would be a lost one.
        site.ledger().expect("ledger");
        fs::write(folder.path().join("elsewhere"), "no folder").expect("file");
        let left = folder
            .path()
            .join("archive/left/2026/08/21/20260821-000002");
        fs::create_dir_all(&left).expect("folders");
        purge(&site).expect_err("told");
        assert!(!left.exists());
    }
}
