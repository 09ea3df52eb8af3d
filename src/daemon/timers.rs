//! What is due by the clock: schedules, one-off runs, ends of pauses, purging.

use super::coordinator::{Coordinator, PendingJob};
use super::job::{Job, SCHEDULER, Work};
use super::log::Told;
use crate::ledger::{Ledger, OneOff, RunFilter};
use crate::run::{Errand, Request, Result, Site};
use crate::schedule::{MOST_MADE_UP, Missed, Schedule, due};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Instant;

/// What a schedule's mark in the ledger begins with: until when its runs are done.
const SCHEDULE: &str = "schedule.";
/// What the mark begins with that says when a schedule's last run was done.
const DONE: &str = "done.";
/// What lies farther ahead was written by a clock that was wrong. A smaller step back must not make what ran run again.
const CLOCK_WAS_WRONG: TimeDelta = TimeDelta::minutes(10);
/// The mark of purging.
const RETENTION: &str = "retention";
/// Between two purges.
const RETENTION_EVERY: TimeDelta = TimeDelta::days(1);

/// What the clock is watched for.
pub(super) struct Timers {
    schedules: Vec<Timed>,
    one_offs: Vec<OneOff>,
    /// When the ledger is looked at for requests at the latest.
    pub(super) next_request: Instant,
    purging: bool,
    purged: Option<DateTime<Utc>>,
}

/// A schedule and how far the clock has been looked at for it.
struct Timed {
    name: String,
    run: String,
    expect_file: bool,
    timetable: Schedule,
    since: DateTime<Utc>,
}

impl Timers {
    /// The schedules of a site, from where `before` or else an earlier process left them. A new one begins now.
    pub(super) fn new(site: &Site, ledger: &mut Ledger, before: Option<&Timers>) -> Result<Timers> {
        let now = site.now().with_timezone(&Utc);
        let mut schedules = Vec::new();
        for schedule in &site.config.schedules {
            let Some(timetable) = site.config.timetable(schedule) else {
                continue;
            };
            let known = before.and_then(|b| b.schedules.iter().find(|t| t.name == schedule.name));
            let mark = format!("{SCHEDULE}{}", schedule.name);
            let since = match known.map(|timed| timed.since) {
                Some(since) => since,
                None => match ledger.mark(&mark)? {
                    Some(since) => since,
                    // From now on it can miss a run.
                    None => {
                        ledger.set_mark(&mark, now)?;
                        now
                    }
                },
            };
            schedules.push(Timed {
                name: schedule.name.clone(),
                run: schedule.run.clone(),
                expect_file: schedule.expect_file,
                timetable,
                since,
            });
        }
        Ok(Timers {
            schedules,
            one_offs: ledger.one_offs()?,
            next_request: Instant::now(),
            purging: false,
            purged: ledger.mark(RETENTION)?,
        })
    }

    pub(super) fn read_one_offs(&mut self, ledger: &Ledger) -> Result<()> {
        self.one_offs = ledger.one_offs()?;
        Ok(())
    }
}

impl Coordinator {
    /// One-off runs that were taken back while they waited for their turn.
    pub(super) fn drop_cancelled(&mut self) {
        let one_offs = &self.timers.one_offs;
        self.pending.retain(|p| match p.job.work {
            Work::OneOff { number, .. } => one_offs.iter().any(|o| o.number == number),
            _ => true,
        });
    }

    /// Whatever is due by the clock becomes a job.
    pub(super) fn keep_time(&mut self) -> Result<()> {
        let now = self.site.now();
        self.fire(now.with_timezone(&Utc))?;
        for one_off in self.timers.one_offs.clone() {
            if one_off.at <= now {
                self.run_one_off(one_off)?;
            }
        }
        if self
            .pauses
            .iter()
            .any(|p| p.until.is_some_and(|u| u <= now))
        {
            // Somebody may have made it longer meanwhile.
            self.pauses = self.ledger.pauses()?;
        }
        for pause in self.pauses.clone() {
            if pause.until.is_some_and(|until| until <= now) {
                let name = pause.name.as_deref();
                self.ledger.resume(name, SCHEDULER, now)?;
                tracing::info!(integration = name.unwrap_or("all"), "the pause is over");
                self.pauses = self.ledger.pauses()?;
            }
        }
        let utc = now.with_timezone(&Utc);
        let due = self
            .timers
            .purged
            .is_none_or(|at| (utc - at).abs() >= RETENTION_EVERY);
        if due && !self.timers.purging {
            self.timers.purging = true;
            self.due(Job {
                work: Work::Purge,
                name: String::new(),
                integrations: Vec::new(),
                told: Told::default(),
            });
        }
        Ok(())
    }

    fn fire(&mut self, now: DateTime<Utc>) -> Result<()> {
        let zone = self.site.config.site.timezone;
        let mut jobs = Vec::new();
        for timed in &mut self.timers.schedules {
            if timed.since - now > CLOCK_WAS_WRONG {
                timed.since = now;
            }
            let fires = due(&timed.timetable, timed.since, now, zone);
            // A clock that was set back must not make what ran run again.
            timed.since = timed.since.max(now);
            for at in fires {
                jobs.push((
                    timed.name.clone(),
                    timed.run.clone(),
                    timed.timetable.missed,
                    at,
                ));
            }
        }
        for (schedule, name, missed, at) in jobs {
            let same = |p: &PendingJob| matches!(&p.job.work, Work::Scheduled { schedule: s, .. } if *s == schedule);
            // One that still waits for its turn stands for those after it, unless each is to be made up for.
            let this = |job: &Job| matches!(&job.work, Work::Scheduled { schedule: s, at: t, .. } if *s == schedule && *t == at);
            let known = self
                .pending
                .iter()
                .map(|p| &p.job)
                .chain(&self.active)
                .any(this);
            if known || (missed != Missed::All && self.pending.iter().any(same)) {
                continue;
            }
            // Where runs can't begin for long, so many are made up for and no more: the newest.
            while self.pending.iter().filter(|p| same(p)).count() >= MOST_MADE_UP
                && let Some(oldest) = self.pending.iter().position(same)
            {
                self.pending.remove(oldest);
            }
            let integrations = match self.site.config.set(&name) {
                Some(set) => set.integrations.clone(),
                None => vec![name.clone()],
            };
            tracing::info!(schedule, runs = name, "due");
            self.due(Job {
                work: Work::Scheduled {
                    schedule,
                    at,
                    since: now,
                },
                name,
                integrations,
                told: Told::default(),
            });
        }
        Ok(())
    }

    /// A schedule's run is done.
    pub(super) fn fired(
        &mut self,
        job: &Job,
        schedule: &str,
        at: DateTime<Utc>,
        nothing: bool,
    ) -> Result<()> {
        let done = format!("{DONE}{schedule}");
        let before = match self.ledger.mark(&done)? {
            Some(before) => Some(before),
            None => self.ledger.mark(&format!("{SCHEDULE}{schedule}"))?,
        };
        self.mark(schedule, at)?;
        // Runs begin at whole seconds: what began in this one belongs to this run of the schedule.
        let now = self.site.now().with_timezone(&Utc);
        self.ledger.set_mark(&done, now + TimeDelta::seconds(1))?;
        let timed = self.timers.schedules.iter().find(|t| t.name == schedule);
        if !nothing || !timed.is_some_and(|t| t.expect_file) {
            return Ok(());
        }
        // One that was taken on its arrival has come, too.
        for name in &job.integrations {
            let filter = RunFilter {
                integration: Some(name.clone()),
                since: before,
                ..RunFilter::default()
            };
            if before.is_some() && !self.ledger.runs(&filter, 1)?.is_empty() {
                return Ok(());
            }
        }
        let expected = at.with_timezone(&self.site.config.site.timezone);
        let why = format!(
            "schedule.{schedule} expected a file by {}, and none came; ask its sender",
            expected.format("%Y-%m-%d %H:%M")
        );
        tracing::warn!(integration = job.name, "{why}");
        self.record("file expected", &job.name, &why)
    }

    /// A schedule's run of this time is done. If no other waits, so is all that was due up to now.
    pub(super) fn mark(&mut self, schedule: &str, at: DateTime<Utc>) -> Result<()> {
        let mut waiting = self.pending.iter().filter_map(|p| match &p.job.work {
            Work::Scheduled {
                schedule: s, at, ..
            } if *s == *schedule => Some(*at),
            _ => None,
        });
        let timed = self.timers.schedules.iter().find(|t| t.name == schedule);
        let until = match waiting.next() {
            None => timed.map_or(at, |t| t.since.max(at)),
            Some(first) if waiting.fold(first, DateTime::min) < at => return Ok(()),
            Some(_) => at,
        };
        let mark = format!("{SCHEDULE}{schedule}");
        Ok(self.ledger.set_mark(&mark, until)?)
    }

    fn run_one_off(&mut self, one_off: OneOff) -> Result<()> {
        let number = one_off.number;
        self.timers.one_offs.retain(|o| o.number != number);
        let known = |job: &Job| matches!(job.work, Work::OneOff { number: n, .. } if n == number);
        let ended = self.ended.iter().any(|(n, ..)| *n == number);
        if ended || self.pending.iter().any(|p| known(&p.job)) || self.active.iter().any(known) {
            return Ok(());
        }
        let errand = Errand::read(&one_off.body);
        let integrations = errand.as_ref().map(|e| e.integrations(&self.site));
        let (Some(Errand::Run(request)), Some(Ok(integrations))) = (errand, integrations) else {
            return self.deleted(&one_off);
        };
        tracing::info!(one_off = number, runs = one_off.name, "due");
        self.due(Job {
            work: Work::OneOff {
                number,
                user: one_off.user,
                request: Request {
                    wait: true,
                    ..request
                },
                since: self.site.now().with_timezone(&Utc),
            },
            name: one_off.name,
            integrations,
            told: Told::default(),
        });
        Ok(())
    }

    /// The integration or set of a one-off run left the configuration before its time came.
    fn deleted(&mut self, one_off: &OneOff) -> Result<()> {
        let name = &one_off.name;
        let why = format!("Scheduled but Deleted: `{name}` is no longer in the configuration");
        tracing::error!(one_off = one_off.number, runs = name, "{why}");
        let site = self.site.for_user(&one_off.user);
        crate::run::fail_without_file(&site, &mut self.ledger, name, &why)?;
        self.one_off_ended(one_off.number, why, &one_off.user);
        Ok(())
    }

    /// A one-off run is done. Until that is written down, it is not run again.
    pub(super) fn one_off_ended(&mut self, number: i64, what: impl Into<String>, user: &str) {
        self.ended.push((number, what.into(), user.to_owned()));
    }

    /// Writes down which one-off runs are done.
    pub(super) fn end_one_offs(&mut self) -> Result<()> {
        let now = self.site.now();
        while let Some((number, what, user)) = self.ended.first() {
            self.ledger.end_one_off(*number, what, user, now)?;
            self.timers.one_offs.retain(|o| o.number != *number);
            self.ended.remove(0);
        }
        Ok(())
    }

    /// A job is due and waits for its turn.
    pub(super) fn due(&mut self, job: Job) {
        self.pending.push_back(PendingJob {
            job,
            patience: None,
            not_before: None,
        });
    }

    /// A purge is done; `more`: there is more to purge now.
    pub(super) fn retention_done(&mut self, more: bool) -> Result<()> {
        self.timers.purging = false;
        if !more {
            let now = self.site.now().with_timezone(&Utc);
            self.timers.purged = Some(now);
            self.ledger.set_mark(RETENTION, now)?;
        }
        Ok(())
    }
}
