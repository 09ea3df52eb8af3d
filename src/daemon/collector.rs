//! Takes complete files into the queue as soon as a scan shows them, whatever runs or keeps their integration, and tells
//! the senders of those that wait.

use crate::config::Integration;
use crate::domain::masking::masked;
use crate::intake::{FileNames, collect, count_queued, disk_full};
use crate::operations::in_process::answer_waiting;
use crate::site::{Result, Site};
use crate::spool::{InboundScan, PendingSync, Waiting};
use chrono::TimeDelta;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Between the arrival of files and the receipts of those that something keeps waiting.
const ANSWERED_AFTER: Duration = Duration::from_secs(2);
/// A file that a run takes within this time needs no receipt that says it waits.
const PATIENCE: TimeDelta = TimeDelta::seconds(60);
/// Between two looks for files that have waited as long.
const LOOKED_AFTER: Duration = Duration::from_secs(10);
/// How many sentences are remembered; further ones are logged each time.
const MOST_TOLD: usize = 100;

pub(super) struct Collector {
    site: Arc<Site>,
    integration: Integration,
    /// When files are answered that wait; `None`: there are none that are not answered.
    answers_at: Option<Instant>,
    /// What was logged already.
    told: HashSet<String>,
}

impl Collector {
    pub(super) fn new(site: &Arc<Site>, integration: &Integration) -> Collector {
        Collector {
            site: Arc::clone(site),
            integration: integration.clone(),
            // What an earlier process has taken may be unanswered.
            answers_at: Some(Instant::now() + ANSWERED_AFTER),
            told: HashSet::new(),
        }
    }

    /// When the next receipts are due.
    pub(super) fn answers_in(&self) -> Option<Duration> {
        Some(self.answers_at?.saturating_duration_since(Instant::now()))
    }

    /// Takes the complete files of a scan into the queue; those that are left stay in the scan. A failure is logged, and
    /// the next scan tries again.
    pub(super) fn collect(&mut self, look: &mut InboundScan) {
        if let Err(error) = self.take(look) {
            self.tell(&error.to_string());
        }
        if self.answers_in() == Some(Duration::ZERO) {
            let left = answer_waiting(&self.site, &self.integration, PATIENCE);
            let left = left.unwrap_or_else(|error| {
                self.tell(&error.to_string());
                true
            });
            self.answers_at = left.then(|| Instant::now() + LOOKED_AFTER);
        }
    }

    fn take(&mut self, look: &mut InboundScan) -> Result<()> {
        if !look.complete.is_empty() && disk_full(&self.site)?.is_none() {
            self.move_to_queue(look)?;
        }
        look.queued = count_queued(&self.site, &self.integration)?;
        Ok(())
    }

    fn move_to_queue(&mut self, look: &mut InboundScan) -> Result<()> {
        // Opened each time: the log beside the ledger holds names of files as they are until the last connection is closed,
        // and this thread isn't waited for when the daemon ends.
        let mut ledger = self.site.ledger()?;
        let names = FileNames::of(&self.integration);
        let mut mine: Vec<Waiting> = Vec::new();
        let mut others = Vec::new();
        for file in look.complete.drain(..) {
            match names.take(&*ledger, &file.name)? {
                true => mine.push(file),
                false => others.push(file),
            }
        }
        look.complete = others;
        if !mine.is_empty() {
            let (site, integration) = (&self.site, &self.integration);
            let mut unsynced = PendingSync::default();
            let left = collect(site, integration, &mut *ledger, &mine, &mut unsynced);
            let durable = unsynced.sync_many(&site.disk);
            durable.map_err(crate::site::RunError::io("making files durable"))?;
            self.answers_at = Some(Instant::now() + ANSWERED_AFTER);
            for (file, why) in left? {
                self.tell(&format!("{} is not taken: {why}", masked(&file.name)));
                look.complete.push(file);
            }
        }
        Ok(())
    }

    /// Logs a sentence, once.
    fn tell(&mut self, sentence: &str) {
        if self.told.len() >= MOST_TOLD || self.told.insert(sentence.to_owned()) {
            tracing::warn!(integration = self.integration.name, "{sentence}");
        }
    }
}
