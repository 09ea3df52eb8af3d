//! Requests from the command line, through the ledger.

use super::coordinator::{Coordinator, PendingJob};
use super::job::{Job, Work};
use super::log::Told;
use crate::run::{Answer, Errand, Result, RunError};
use chrono::TimeDelta;
use std::time::{Duration, Instant};

/// How long a request waits for its integration before it is told that it is busy. It is longer than the daemon's own
/// turns, so that only a run that goes on, or somebody else's, is in its way.
const PATIENCE: Duration = Duration::from_secs(3);
/// What the wakeup didn't tell is found after this time.
const LOOK: Duration = Duration::from_secs(5);

/// A request older than this was asked before a power cut.
const STALE: TimeDelta = TimeDelta::hours(1);

impl Coordinator {
    /// Takes what was asked for.
    pub(super) fn hear_requests(&mut self) -> Result<()> {
        let now = Instant::now();
        if !self.rung && now < self.timers.next_request {
            return Ok(());
        }
        self.pauses = self.ledger.pauses()?;
        self.timers.read_one_offs(&self.ledger)?;
        self.drop_cancelled();
        for asked in self.ledger.asked()? {
            if !self.ledger.take_request(asked.number)? {
                continue;
            }
            // Whoever asked so long ago waits no longer: the machine stood still.
            if self.site.now() - asked.at > STALE {
                self.answer(asked.number, &Answer::interrupted());
                continue;
            }
            let Some(errand) = Errand::read(&asked.body) else {
                self.answer(asked.number, &Answer::unreadable());
                continue;
            };
            let integrations = match errand.integrations(&self.site) {
                Ok(integrations) => integrations,
                Err(error) => {
                    self.answer(asked.number, &Answer::of(Err(error), Vec::new()));
                    continue;
                }
            };
            let waits = matches!(&errand, Errand::Run(request) if request.wait);
            let name = match &errand {
                Errand::Run(request) => request.name.clone(),
                _ => integrations.first().cloned().unwrap_or_default(),
            };
            tracing::info!(
                integration = name,
                user = asked.user,
                "asked for: {}",
                errand.act()
            );
            self.pending.push_back(PendingJob {
                job: Job {
                    work: Work::Errand {
                        number: asked.number,
                        user: asked.user,
                        errand,
                    },
                    name,
                    integrations,
                    told: Told::default(),
                },
                patience: (!waits).then(|| now + PATIENCE),
                not_before: None,
            });
        }
        self.rung = false;
        self.timers.next_request = now + LOOK;
        Ok(())
    }

    /// Whoever can't wait is told that it is busy, and by what.
    pub(super) fn answer_the_impatient(&mut self, now: Instant) {
        let (over, waiting): (Vec<PendingJob>, Vec<PendingJob>) = self
            .pending
            .drain(..)
            .partition(|p| p.patience.is_some_and(|until| until <= now));
        self.pending = waiting.into();
        for PendingJob { job, .. } in over {
            let Work::Errand { number, .. } = job.work else {
                continue;
            };
            let in_the_way = self.active.iter().find(|a| {
                let shared = |n: &String| job.integrations.contains(n);
                a.integrations.iter().any(shared)
            });
            let why = match in_the_way {
                Some(_) => "the daemon is running it",
                None => "all workers of the daemon are busy",
            };
            let busy = RunError::Busy(format!(
                "{} is busy: {why}; try again later, or wait for it with --wait",
                job.name
            ));
            self.answer(number, &Answer::of(Err(busy), Vec::new()));
        }
    }

    /// Requests that wait for their turn are done by those who asked, when the daemon has ended.
    pub(super) fn give_back(&mut self) -> Result<()> {
        while let Some(PendingJob { job, .. }) = self.pending.front() {
            if let Work::Errand { number, .. } = job.work {
                self.ledger.give_back(number)?;
            }
            self.pending.pop_front();
        }
        Ok(())
    }

    /// An answer for whoever asked.
    pub(super) fn answer(&mut self, number: i64, answer: &Answer) {
        self.unsaid.push((number, answer.written()));
    }

    /// Writes the answers down.
    pub(super) fn give_answers(&mut self) -> Result<()> {
        while let Some((number, answer)) = self.unsaid.first() {
            self.ledger.answer(*number, answer)?;
            self.unsaid.remove(0);
        }
        Ok(())
    }
}
