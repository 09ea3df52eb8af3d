//! One integration of a batch: its turn, and its files one after the other.

use crate::config::name_patterns;
use crate::domain::masking;
use crate::domain::{Parameters, RunStatus, RunSummary};
use crate::intake::{
    self, Inbound, IncomingFile, Queue, Starter, corrected, disk_full, file_in_order, what_keeps,
};
use crate::ledger::Origin;
use crate::run::{RunExecution, RunStart, recover};
use crate::site::{Result, RunError, WaitReason};
use crate::spool::{self, Waiting};
use std::ops::AddAssign;
use std::path::Path;

/// Files that were left in inbound.
#[derive(Clone, Copy, Debug, Default)]
pub struct FilesLeft {
    /// Complete files that wait.
    pub waiting: usize,
    /// Files that are not complete yet.
    pub arriving: usize,
    /// Files that could not be claimed; their runs are Failed.
    pub stuck: usize,
}

impl AddAssign for FilesLeft {
    fn add_assign(&mut self, other: FilesLeft) {
        self.waiting += other.waiting;
        self.arriving += other.arriving;
        self.stuck += other.stuck;
    }
}

/// One integration of a batch.
pub(super) struct IntegrationRun<'a> {
    pub(super) execution: RunExecution<'a>,
    pub(super) parameters: Parameters,
    /// The integration set it runs in.
    pub(super) process_name: Option<&'a str>,
    pub(super) run_name: Option<&'a str>,
    pub(super) unattended: bool,
    pub(super) inbound: &'a dyn Inbound,
}

impl IntegrationRun<'_> {
    /// Runs over one file, or over everything that waits, oldest first.
    pub(super) fn run(
        mut self,
        file: Option<&Path>,
        summaries: &mut Vec<RunSummary>,
    ) -> Result<FilesLeft> {
        recover(&mut self.execution, summaries)?;
        if let Some(file) = file {
            summaries.push(self.one_file(file)?);
            return Ok(FilesLeft::default());
        }
        self.unless_waiting(self.kept()?)?;
        let context = &self.execution.context;
        let observer = self.execution.observer;
        let mut queue = intake::queue(context, self.inbound, &self.parameters, observer)?;
        if !queue.is_empty() {
            self.unless_waiting(intake::after(
                context.site,
                context.integration,
                &*context.ledger,
                self.inbound,
                self.unattended,
            )?)?;
        }
        let taken = self.take_all(&mut queue, summaries);
        // The files before one that failed are where they belong.
        let settled = self.execution.settle();
        let stuck = taken?;
        settled?;
        let name = &self.execution.context.integration.name;
        for (waiting, reason) in queue.left() {
            if let Some(reason) = reason {
                let file = masking::masked(&waiting.name);
                observer.note(&format!("{name}: {file} is not taken: {reason}"));
            }
        }
        Ok(FilesLeft {
            waiting: queue.left().len(),
            arriving: queue.arriving(),
            stuck,
        })
    }

    /// Takes the files that may go now; the number of those that could not be claimed.
    fn take_all(&mut self, queue: &mut Queue, summaries: &mut Vec<RunSummary>) -> Result<usize> {
        let mut stuck = 0;
        // A run over many files ends with the window, and with a pause.
        while !self.execution.observer.should_yield()
            && self.kept()?.is_none()
            && let Some(waiting) = queue.next(&self.execution.context)?
        {
            // It may have been taken meanwhile, or its sender may be writing again.
            if !spool::still_waits(&waiting) {
                continue;
            }
            self.execution.in_batch = queue.is_batch();
            let file = IncomingFile {
                origin: Origin::Inbound,
                path: &waiting.path,
                name: &waiting.name,
            };
            let summary = self.take(file, waiting.misnamed.is_some())?;
            queue.ended(&summary);
            stuck += usize::from(is_stuck(&summary, &waiting));
            summaries.push(summary);
        }
        Ok(stuck)
    }

    /// What keeps an unattended run waiting.
    fn kept(&self) -> Result<Option<WaitReason>> {
        if !self.unattended {
            return Ok(None);
        }
        let context = &self.execution.context;
        let pauses = context.ledger.pauses()?;
        let kept = what_keeps(
            context.site,
            context.integration,
            &pauses,
            Starter::Schedule,
        );
        // If the free space of the disk is unknown, the run is tried.
        Ok(kept.or_else(|| disk_full(context.site).ok().flatten()))
    }

    fn unless_waiting(&self, reason: Option<WaitReason>) -> Result<()> {
        let Some(reason) = reason else {
            return Ok(());
        };
        let name = &self.execution.context.integration.name;
        Err(RunError::Waits {
            what: format!("{name} is Scheduled"),
            reason: Box::new(reason),
        })
    }

    fn one_file(&mut self, path: &Path) -> Result<RunSummary> {
        let context = &self.execution.context;
        let file = IncomingFile::named(context.site, context.integration, path)?;
        file_in_order(context, self.inbound, file, &self.parameters, None)?;
        self.take(file, false)
    }

    /// Takes a file. If it is misnamed, its run will end Failed because of its name, and nothing else is read from that.
    fn take(&mut self, file: IncomingFile<'_>, misnamed: bool) -> Result<RunSummary> {
        let context = &self.execution.context;
        let integration = context.integration;
        let test = !misnamed && name_patterns(&integration.test_files).is_match(file.name);
        let parent = if test || misnamed {
            None
        } else {
            corrected(integration, &*context.ledger, file.name)?
        };
        let corrections = parent
            .as_ref()
            .map(|parent| parent.parameters(context.site, &self.parameters));
        let row = self.execution.begin(&RunStart {
            parameters: corrections.as_ref().unwrap_or(&self.parameters),
            process_name: self.process_name,
            run_name: self.run_name,
            resubmission_of: parent.as_ref().map(|parent| &parent.reference),
            test,
            unattended: self.unattended,
            ..RunStart::by_hand(file, &self.parameters)
        })?;
        self.execution.run(&row, Some(file.path))
    }
}

/// Whether a file could not be claimed: its run is Failed, and it is still there.
fn is_stuck(summary: &RunSummary, file: &Waiting) -> bool {
    summary.status == RunStatus::Failed && spool::still_there(file)
}
