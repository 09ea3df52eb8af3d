//! An integration of a site, with its open ledger and key.

use super::{HeldLock, OpenLedger, Result, Site};
use crate::config::{Folder, Integration};
use crate::domain::SiteKey;
use crate::ledger::RunRow;
use crate::spool;
use chrono::NaiveDate;
use std::path::PathBuf;

/// What every step of a run, and every look at waiting files, works with.
pub(crate) struct IntegrationContext<'a> {
    pub(crate) site: &'a Site,
    pub(crate) integration: &'a Integration,
    pub(crate) ledger: OpenLedger,
    pub(crate) key: SiteKey,
}

impl<'a> IntegrationContext<'a> {
    /// For a run. Until the locks are dropped, no other process runs this integration or writes its roster.
    pub(crate) fn lock(
        site: &'a Site,
        integration: &'a Integration,
        wait: bool,
    ) -> Result<(IntegrationContext<'a>, Vec<Box<dyn HeldLock>>)> {
        let name = &integration.name;
        let mut locks = vec![site.lock(&integration_lock(name), name, wait)?];
        if integration.kind.writes_roster() {
            let roster = &integration.roster;
            let what = format!("the roster {roster}");
            // Runs are short against the patience of a scheduler; two integrations of one roster take turns.
            locks.push(site.lock(&roster_lock(roster), &what, true)?);
        }
        let context = IntegrationContext {
            site,
            integration,
            ledger: OpenLedger::from(site.ledger()?),
            key: site.key()?,
        };
        Ok((context, locks))
    }

    pub(crate) fn for_reading(
        site: &'a Site,
        integration: &'a Integration,
    ) -> Result<IntegrationContext<'a>> {
        Ok(IntegrationContext {
            site,
            integration,
            ledger: site.ledger_for_reading()?,
            key: site.key_for_reading()?,
        })
    }

    /// The plan years, by their first days, of which a person lets files pass after a later year was imported. It holds for
    /// the roster, until the year is over.
    pub(crate) fn passing_years(&self) -> Result<Vec<NaiveDate>> {
        let (config, today) = (&self.site.config, self.site.today());
        let mut years = self.ledger.passing_years(&self.integration.roster)?;
        let goes_on = |start: &NaiveDate| {
            let mut years = config.plan_years.iter();
            years.any(|year| year.start == *start && today <= year.end)
        };
        years.retain(goes_on);
        Ok(years)
    }

    /// A folder of the integration.
    pub(crate) fn folder(&self, folder: Folder) -> PathBuf {
        self.site.config.folder(self.integration, folder)
    }

    /// The place of a run's held source.
    pub(crate) fn held_path(&self, row: &RunRow) -> PathBuf {
        let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
        spool::held_place(&self.folder(Folder::Held), &row.reference, name)
    }
}

/// The name of the lock of an integration.
pub(crate) fn integration_lock(name: &str) -> String {
    format!("integration-{name}")
}

/// The name of the lock of a roster: who holds it alone writes the roster.
pub(crate) fn roster_lock(roster: &str) -> String {
    format!("roster-{roster}")
}
