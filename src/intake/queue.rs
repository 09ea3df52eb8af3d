//! The waiting files of one integration, and the order in which they go.

use super::plan_year_order::{PlanYearStanding, plan_year_order};
use super::plan_year_peek::PlanYearPeek;
use crate::domain::{Parameters, RunSummary};
use crate::site::{IntegrationContext, Result, WaitReason};
use crate::spool::{Arriving, Waiting};
use chrono::NaiveDate;

/// The queue length from which files go in batches.
const BATCH_THRESHOLD: usize = 16;

/// Waiting files, and the order in which they go.
pub(crate) struct Queue {
    files: Vec<Waiting>,
    /// The plan years of the files, as far as they have an order.
    years: Vec<Option<NaiveDate>>,
    /// The plan years of arriving files, as far as they can be told.
    arriving: Vec<Option<NaiveDate>>,
    /// What else decides the order, and on which day it did.
    standing: Option<(NaiveDate, PlanYearStanding)>,
    /// Why each file waits; `None`: it may go now.
    turns: Vec<Option<WaitReason>>,
}

impl Queue {
    /// Complete files, oldest first; the plan years of arriving ones count, too.
    pub(crate) fn new(
        context: &IntegrationContext<'_>,
        parameters: &Parameters,
        files: Vec<Waiting>,
        arriving: &[Arriving],
    ) -> Result<Queue> {
        let arriving: Vec<Waiting> = arriving.iter().map(|a| a.file.clone()).collect();
        let peek = PlanYearPeek::if_ordered(context)?;
        let years = |files: &[Waiting]| match &peek {
            Some(peek) => peek.years(files, parameters),
            None => Ok(vec![None; files.len()]),
        };
        Ok(Queue {
            years: years(&files)?,
            files,
            arriving: years(&arriving)?,
            standing: None,
            turns: Vec::new(),
        })
    }

    /// Decides which files may go now.
    pub(crate) fn decide(&mut self, context: &IntegrationContext<'_>) -> Result<()> {
        if self.years.iter().all(Option::is_none) {
            self.turns = vec![None; self.files.len()];
            return Ok(());
        }
        let today = context.site.today();
        // What was imported before midnight no longer keeps anything waiting.
        let standing = match self.standing.take() {
            Some((day, standing)) if day == today => standing,
            _ => PlanYearPeek::new(context)?.standing()?,
        };
        let years: Vec<_> = self.years.iter().chain(&self.arriving).copied().collect();
        self.turns = plan_year_order(today, &years, &standing);
        self.turns.truncate(self.files.len());
        self.standing = Some((today, standing));
        Ok(())
    }

    /// Takes the next file that may go out of the queue.
    pub(crate) fn next(&mut self, context: &IntegrationContext<'_>) -> Result<Option<Waiting>> {
        self.decide(context)?;
        let Some(next) = self.turns.iter().position(Option::is_none) else {
            return Ok(None);
        };
        self.years.remove(next);
        self.turns.remove(next);
        Ok(Some(self.files.remove(next)))
    }

    /// Takes note of how the last file ended.
    pub(crate) fn ended(&mut self, summary: &RunSummary) {
        if let Some((_, standing)) = &mut self.standing {
            standing.add(summary);
        }
    }

    /// Whether no complete file waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether many files go one after the other, in any order: then one wait for the disk serves two of them.
    pub(crate) fn is_batch(&self) -> bool {
        self.files.len() >= BATCH_THRESHOLD && self.years.iter().all(Option::is_none)
    }

    /// The number of files that are not complete yet.
    pub(crate) fn arriving(&self) -> usize {
        self.arriving.len()
    }

    /// The files that are still in the queue, and why each waits.
    pub(crate) fn left(&self) -> Vec<(&Waiting, Option<&WaitReason>)> {
        let turns = self.turns.iter().map(Option::as_ref);
        self.files.iter().zip(turns).collect()
    }
}
