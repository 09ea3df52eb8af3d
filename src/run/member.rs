//! One integration of a request: its turn, its files, and their first rows in the ledger.

use super::day_order::Turn;
use super::error::{Result, RunError};
use super::inbound::Inbound;
use super::inbox::corrected;
use super::order::{self, Starter, Wait};
use super::queue::Queue;
use super::recover::recover;
use super::site::Site;
use super::watch::Watch;
use super::way::{Way, masked_path};
use crate::config::{Integration, name_patterns};
use crate::domain::masking;
use crate::domain::{Kind, Parameters, ReferenceId, RunStatus, RunSummary};
use crate::ledger::{Ledger, NewRun, Origin, RunRow};
use crate::spool::{self, Lock, Waiting};
use std::path::Path;

/// Files that a run has left in inbound.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rest {
    /// They wait for their turn.
    pub(super) waiting: usize,
    /// They are still on their way.
    pub(super) arriving: usize,
    /// They could not be claimed.
    pub(super) stuck: usize,
}

/// One integration of a request.
pub(super) struct Member<'a> {
    pub(super) site: &'a Site,
    pub(super) integration: &'a Integration,
    pub(super) parameters: Parameters,
    pub(super) process: Option<&'a str>,
    pub(super) run_name: Option<&'a str>,
    pub(super) unattended: bool,
    pub(super) inbound: &'a dyn Inbound,
    pub(super) watch: &'a dyn Watch,
}

/// Where a run's file comes from and what it continues.
#[derive(Default)]
pub(super) struct Lineage<'a> {
    pub(super) resubmission_of: Option<&'a ReferenceId>,
    pub(super) rerun_of: Option<&'a ReferenceId>,
    pub(super) test: bool,
}

impl<'a> Member<'a> {
    /// Opens the way: nobody else runs this integration, or writes its roster, until the locks are dropped.
    pub(super) fn open(&self, wait: bool) -> Result<(Way<'a>, Vec<Lock>)> {
        let (site, integration) = (self.site, self.integration);
        let key = spool::site_key(&site.config.state(), &site.ledger_path())?;
        let name = &integration.name;
        let mut locks = vec![site.lock(&format!("integration-{name}"), name, wait)?];
        if integration.kind == Kind::Demographic {
            let roster = &integration.roster;
            let what = format!("the roster {roster}");
            // Runs are short against the patience of a scheduler; two integrations of one roster take turns.
            locks.push(site.lock(&format!("roster-{roster}"), &what, true)?);
        }
        let ledger = Ledger::open(&site.ledger_path())?;
        let way = Way::new(site, integration, ledger, key, self.watch);
        Ok((way, locks))
    }

    /// Runs over one file, or over everything that waits, oldest first; whether files are left waiting for their turn.
    pub(super) fn run(
        &self,
        file: Option<&Path>,
        wait: bool,
        summaries: &mut Vec<RunSummary>,
    ) -> Result<Rest> {
        let (mut way, _locks) = self.open(wait)?;
        recover(&mut way, summaries)?;
        if let Some(file) = file {
            summaries.push(self.one_file(&mut way, file)?);
            return Ok(Rest::default());
        }
        self.scheduled(self.kept(&way.ledger)?)?;
        let mut queue = self.queue(&way)?;
        if !queue.is_empty() {
            self.scheduled(order::after(
                self.site,
                self.integration,
                &way.ledger,
                self.inbound,
                self.unattended,
            )?)?;
        }
        let taken = self.take_all(&mut way, &mut queue, summaries);
        // The files before one that failed are where they belong.
        let settled = way.settle();
        let stuck = taken?;
        settled?;
        for (waiting, turn) in queue.left() {
            if *turn == Turn::Now {
                continue;
            }
            let name = masking::masked(&waiting.name);
            self.watch.note(&format!(
                "{}: {name} is not taken: {turn}",
                self.integration.name
            ));
        }
        Ok(Rest {
            waiting: queue.left().len(),
            arriving: queue.arriving(),
            stuck,
        })
    }

    /// Takes the files that may go now; how many of them could not be claimed.
    fn take_all(
        &self,
        way: &mut Way<'_>,
        queue: &mut Queue,
        summaries: &mut Vec<RunSummary>,
    ) -> Result<usize> {
        let mut stuck = 0;
        // A run over many files ends with the window, and when somebody pauses it.
        while !self.watch.has_enough()
            && self.kept(&way.ledger)?.is_none()
            && let Some(waiting) = queue.next(way)?
        {
            // Others may have taken it meanwhile, or its sender may be at it again.
            if !spool::still_waits(&waiting) {
                continue;
            }
            way.crowd = queue.is_crowd();
            let origin = (Origin::Inbound, waiting.path.as_path());
            let summary = match waiting.misnamed {
                None => self.take(way, origin, &waiting.name)?,
                Some(_) => self.take_misnamed(way, &waiting)?,
            };
            queue.ended(&summary);
            stuck +=
                usize::from(summary.status == RunStatus::Failed && spool::still_there(&waiting));
            summaries.push(summary);
        }
        Ok(stuck)
    }

    /// What keeps a run waiting that nobody watches.
    fn kept(&self, ledger: &Ledger) -> Result<Option<Wait>> {
        if !self.unattended {
            return Ok(None);
        }
        let kept = order::keeps(
            self.site,
            self.integration,
            &ledger.pauses()?,
            Starter::Schedule,
        );
        // A disk that doesn't say how full it is gets a try.
        Ok(kept.or_else(|| order::room(self.site).ok().flatten()))
    }

    /// What waits, said as an error.
    fn scheduled(&self, wait: Option<Wait>) -> Result<()> {
        let name = &self.integration.name;
        wait.map_or(Ok(()), |wait| {
            Err(RunError::Waits(format!("{name} is Scheduled: {wait}")))
        })
    }

    fn one_file(&self, way: &mut Way<'_>, file: &Path) -> Result<RunSummary> {
        let name = file.file_name().and_then(|n| n.to_str());
        let name =
            name.ok_or_else(|| RunError::usage("the file's name is not valid UTF-8; rename it"))?;
        let origin = self.origin(file, name);
        self.in_order(way, (origin, file), name)?;
        self.take(way, (origin, file), name)
    }

    fn take(&self, way: &mut Way<'_>, origin: (Origin, &Path), name: &str) -> Result<RunSummary> {
        let test = name_patterns(&self.integration.test_files).is_match(name);
        let parent = if test {
            None
        } else {
            corrected(self.integration, &way.ledger, name)?
        };
        let lineage = Lineage {
            resubmission_of: parent.as_ref().map(|p| &p.reference),
            rerun_of: None,
            test,
        };
        let corrections = parent
            .as_ref()
            .map(|p| p.parameters(self.site, &self.parameters));
        let parameters = corrections.as_ref().unwrap_or(&self.parameters);
        let row = self.begin(way, origin, name, &lineage, parameters)?;
        way.go(&row, Some(origin.1))
    }

    /// Takes a file whose run will end Failed because of its name; nothing else is read from that name.
    fn take_misnamed(&self, way: &mut Way<'_>, file: &Waiting) -> Result<RunSummary> {
        let origin = (Origin::Inbound, file.path.as_path());
        let none = Lineage::default();
        let row = self.begin(way, origin, &file.name, &none, &self.parameters)?;
        way.go(&row, Some(&file.path))
    }

    /// Writes the run's first row.
    pub(super) fn begin(
        &self,
        way: &mut Way<'_>,
        (origin, path): (Origin, &Path),
        name: &str,
        lineage: &Lineage<'_>,
        parameters: &Parameters,
    ) -> Result<RunRow> {
        let disk = &self.site.disk;
        disk.step("ledger: begin")
            .map_err(RunError::io("writing the ledger"))?;
        Ok(way.ledger.begin(&NewRun {
            integration: &self.integration.name,
            kind: self.integration.kind,
            process_name: self.process,
            user: self.site.user(),
            run_name: self.run_name.map(masking::masked).as_deref(),
            parameters,
            start: self.site.now(),
            origin,
            source_path: Some(&masked_path(path)),
            source_name: Some(&masking::masked(name)),
            resubmission_of: lineage.resubmission_of,
            rerun_of: lineage.rerun_of,
            configuration_fingerprint: &self.site.config.fingerprint,
            test: lineage.test,
            unattended: self.unattended,
        })?)
    }
}
