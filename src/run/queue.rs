//! The files of one integration that wait, and the order in which they go.

use super::day_order::{Standing, Turn, day_order};
use super::error::Result;
use super::way::Way;
use super::years::Peek;
use crate::domain::RunSummary;
use crate::spool::Waiting;
use chrono::NaiveDate;

/// So many files that wait are many.
const CROWD: usize = 16;

/// Waiting files, and the order in which they go.
pub(super) struct Queue {
    files: Vec<Waiting>,
    /// The plan years of the files, as far as they have an order.
    years: Vec<Option<NaiveDate>>,
    /// The plan years of files that are on their way, as far as they can be told.
    arriving: Vec<Option<NaiveDate>>,
    /// What else has a say in the order, and on which day it had.
    standing: Option<(NaiveDate, Standing)>,
    turns: Vec<Turn>,
}

impl Queue {
    /// Files oldest first, the plan years of those that have one, and those of files on their way.
    pub(super) fn new(
        years: Vec<Option<NaiveDate>>,
        files: Vec<Waiting>,
        arriving: Vec<Option<NaiveDate>>,
    ) -> Queue {
        Queue {
            files,
            years,
            arriving,
            standing: None,
            turns: Vec::new(),
        }
    }

    /// When each file may go, as things stand now.
    pub(super) fn decide(&mut self, way: &Way<'_>) -> Result<()> {
        let today = way.site.today();
        if self.years.iter().all(Option::is_none) {
            self.turns = vec![Turn::Now; self.files.len()];
        } else {
            // What was imported before midnight no longer keeps anything waiting.
            let standing = match self.standing.take() {
                Some((day, standing)) if day == today => standing,
                _ => Peek::new(way.site, way.integration, &way.ledger, way.key).standing()?,
            };
            let years: Vec<_> = self.years.iter().chain(&self.arriving).copied().collect();
            self.turns = day_order(today, &years, &standing);
            self.turns.truncate(self.files.len());
            self.standing = Some((today, standing));
        }
        Ok(())
    }

    /// The next file that may go; it is no longer in the queue.
    pub(super) fn next(&mut self, way: &Way<'_>) -> Result<Option<Waiting>> {
        self.decide(way)?;
        let Some(next) = self.turns.iter().position(|t| *t == Turn::Now) else {
            return Ok(None);
        };
        self.years.remove(next);
        self.turns.remove(next);
        Ok(Some(self.files.remove(next)))
    }

    /// Takes in how the last file ended.
    pub(super) fn ended(&mut self, summary: &RunSummary) {
        if let Some((_, standing)) = &mut self.standing {
            standing.add(summary);
        }
    }

    /// Whether no whole file waits.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether so many files go one after the other, in any order, that waiting for the disk may wait for the next one.
    pub(super) fn is_crowd(&self) -> bool {
        self.files.len() >= CROWD && self.years.iter().all(Option::is_none)
    }

    /// How many files are still on their way.
    pub(super) fn arriving(&self) -> usize {
        self.arriving.len()
    }

    /// The files that are still in it, and when each may go.
    pub(super) fn left(&self) -> Vec<(&Waiting, &Turn)> {
        self.files.iter().zip(&self.turns).collect()
    }
}
