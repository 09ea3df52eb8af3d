//! Why each file of an inbound folder waits, or is never taken.

use super::integration::RunNow;
use super::{Viewpoint, key, to_the_second_if_any};
use crate::config::Integration;
use crate::domain::RunStatus;
use crate::domain::masking::masked;
use crate::domain::parameters::GivenParameters;
use crate::ledger::Ledger;
use crate::run::day_order::Turn;
use crate::run::error::Result;
use crate::run::inbound::{Inbound, Now};
use crate::run::inbox::{OTHER_NAME, Sorted};
use crate::run::member::Member;
use crate::run::order::{self, Starter, Wait, minute};
use crate::run::watch::Quiet;
use crate::run::way::Way;
use crate::schedule::resolve;
use crate::spool::{Arriving, NotYet, Waiting};
use chrono::{DateTime, FixedOffset, NaiveTime, TimeDelta};
use serde::Serialize;

/// A file that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaitingFile {
    /// Its name, masked.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Scheduled.
    pub status: RunStatus,
    /// What it waits for, in a word: `arriving`, `paused`, `window`, `start`, `one-off`, `room`, `plan-year`, `running`,
    /// `after`, `turn` (the daemon takes it) or `run` (no daemon runs).
    pub waits_for: &'static str,
    /// When that ends by itself, as far as it is known.
    #[serde(serialize_with = "to_the_second_if_any")]
    pub until: Option<DateTime<FixedOffset>>,
    /// The reason in a sentence.
    pub why: String,
}

/// An entry that is never taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotTaken {
    /// Its name, as it may be shown.
    pub name: String,
    /// Why.
    pub why: String,
}

/// What lies in an inbound folder.
#[derive(Default)]
pub(super) struct Inbox {
    pub(super) files: Vec<WaitingFile>,
    pub(super) files_more: usize,
    pub(super) not_taken: Vec<NotTaken>,
    pub(super) not_taken_more: usize,
}

/// Why a file waits.
struct Reason {
    waits_for: &'static str,
    until: Option<DateTime<FixedOffset>>,
    why: String,
}

impl Reason {
    fn new(waits_for: &'static str, why: impl Into<String>) -> Reason {
        Reason {
            waits_for,
            until: None,
            why: why.into(),
        }
    }

    fn of(mut self, file: &Waiting) -> WaitingFile {
        if let Some(fault) = file.misnamed {
            self.why += &format!("; its run will end Failed: its name {fault}");
        }
        WaitingFile {
            name: masked(&file.name),
            size: file.size,
            status: RunStatus::Scheduled,
            waits_for: self.waits_for,
            until: self.until,
            why: self.why,
        }
    }
}

impl From<&Wait> for Reason {
    fn from(wait: &Wait) -> Reason {
        Reason {
            waits_for: wait.word(),
            until: wait.until(),
            why: wait.to_string(),
        }
    }
}

impl Viewpoint<'_> {
    /// Looks into the inbound folder of an integration, without waiting for anything.
    pub(super) fn inbox(&self, integration: &Integration, running: &[RunNow]) -> Result<Inbox> {
        let site = self.site;
        let member = Member {
            site,
            integration,
            parameters: GivenParameters::default()
                .or(&integration.parameters)
                .complete(),
            process: None,
            run_name: None,
            unattended: true,
            inbound: &Now,
            watch: &Quiet,
        };
        let ledger = Ledger::open_read_only(&site.ledger_path())?;
        let way = Way::new(site, integration, ledger, key(site)?, &Quiet);
        let sorted = member.sorted(&way.ledger, Now.glance(site, integration)?)?;
        let (not_taken, not_taken_more) = self.not_taken(&sorted);
        let Sorted {
            taken, arriving, ..
        } = sorted;
        let count = taken.len() + arriving.len();
        let mut queue = member.queued(&way, taken, &arriving)?;
        queue.decide(&way)?;
        let mut files = Vec::new();
        let all = self.for_all(integration, running)?;
        let mut before = 0;
        for (file, turn) in queue.left() {
            let reason = match (&all, turn) {
                (Kept::Long(wait), _) => self.kept(wait, integration),
                (_, turn) if *turn != Turn::Now => self.turn(turn),
                (Kept::Shortly(reason), _) => Reason::new(reason.0, reason.1.clone()),
                (Kept::No, _) => self.next(before, integration),
            };
            before += usize::from(*turn == Turn::Now);
            files.push(reason.of(file));
            if files.len() >= self.limit {
                break;
            }
        }
        let room = self.limit - files.len().min(self.limit);
        let kept = match &all {
            Kept::Long(wait) => Some(self.kept(wait, integration)),
            Kept::Shortly(_) | Kept::No => None,
        };
        let on_their_way = arriving.iter().take(room);
        files.extend(on_their_way.map(|one| self.arriving(one, integration, kept.as_ref())));
        Ok(Inbox {
            files_more: count - files.len(),
            files,
            not_taken,
            not_taken_more,
        })
    }

    fn not_taken(&self, sorted: &Sorted) -> (Vec<NotTaken>, usize) {
        let refused = sorted.refused.iter().map(|entry| NotTaken {
            name: entry.name.clone(),
            why: entry.why.to_string(),
        });
        let others = sorted.left.iter().map(|file| NotTaken {
            name: masked(&file.name),
            why: OTHER_NAME.to_owned(),
        });
        let listed: Vec<NotTaken> = refused.chain(others).take(self.limit).collect();
        let more = sorted.refused.len() + sorted.left.len() - listed.len();
        (listed, more)
    }

    /// What keeps all files of an integration waiting.
    fn for_all(&self, integration: &Integration, running: &[RunNow]) -> Result<Kept> {
        let kept = order::keeps(self.site, integration, &self.pauses, Starter::Arrival);
        if let Some(wait) = kept.or_else(|| self.full.clone()) {
            return Ok(Kept::Long(wait));
        }
        if let Some(run) = running.iter().find(|run| run.at_work) {
            let why = format!("until run {} of it ends", run.reference_id);
            return Ok(Kept::Shortly(("running", why)));
        }
        let after = order::after(self.site, integration, self.ledger, &Now, true)?;
        Ok(match after {
            Some(wait) => Kept::Shortly((wait.word(), wait.to_string())),
            None => Kept::No,
        })
    }

    fn kept(&self, wait: &Wait, integration: &Integration) -> Reason {
        let by_hand = |why: String| match self.daemon {
            true => why,
            false => format!(
                "{why}; no daemon runs, so only `feedgate run {}` takes it",
                integration.name
            ),
        };
        // A one-off run minds neither pauses nor windows nor schedules.
        if !matches!(wait, Wait::Room { .. })
            && let Some(one) = self.first_one_off(&integration.name)
            && wait.until().is_none_or(|until| one.at < until)
        {
            let why = format!(
                "until one-off {} runs it at {}; without it, {wait}",
                one.number,
                minute(&one.at)
            );
            return Reason {
                until: Some(one.at),
                ..Reason::new("one-off", by_hand(why))
            };
        }
        let mut reason = Reason::from(wait);
        if matches!(wait, Wait::Start { next: Some(_) }) {
            reason.why = by_hand(reason.why);
        }
        reason
    }

    fn turn(&self, turn: &Turn) -> Reason {
        let zone = self.site.config.site.timezone;
        let until = match turn {
            Turn::On(day, _) => Some(resolve(day.and_time(NaiveTime::MIN), zone).fixed_offset()),
            Turn::Now | Turn::Ended(_) => None,
        };
        Reason {
            until,
            ..Reason::new("plan-year", turn.to_string())
        }
    }

    /// Nothing keeps the file, but for those `before` it.
    fn next(&self, before: usize, integration: &Integration) -> Reason {
        let name = &integration.name;
        if !self.daemon {
            let why = format!("no daemon runs; `feedgate run {name}` takes it");
            return Reason::new("run", why);
        }
        let why = match before {
            0 if self.busy => "until a worker of the daemon is free".to_owned(),
            0 => "next: the daemon takes it at once".to_owned(),
            1 => "until the file before it is done".to_owned(),
            n => format!("until the {n} files before it are done"),
        };
        Reason::new("turn", why)
    }

    /// A file on its way, and what `kept` it has to wait for when it is whole.
    fn arriving(
        &self,
        one: &Arriving,
        integration: &Integration,
        kept: Option<&Reason>,
    ) -> WaitingFile {
        let marker = format!("{}{}", masked(&one.file.name), integration.complete.marker);
        let why = match one.why {
            NotYet::NoMarker => {
                format!("its marker file is not there; upload {marker} when the file is whole")
            }
            NotYet::OldMarker => {
                format!("its marker file {marker} is older than the file itself; upload it again")
            }
            other => other.to_string(),
        };
        let until = one.after.and_then(|after| TimeDelta::from_std(after).ok());
        let mut reason = Reason {
            until: until.map(|after| self.site.now() + after),
            ..Reason::new("arriving", format!("arriving: {why}"))
        };
        if let Some(kept) = kept {
            reason.why += &format!("; then {}", kept.why);
            reason.until = kept.until;
        }
        reason.of(&one.file)
    }
}

/// What keeps all files of an integration waiting.
enum Kept {
    /// Until a time, or until a person does something: it says more than the order of the files.
    Long(Wait),
    /// Until something is done that goes on by itself.
    Shortly((&'static str, String)),
    /// Nothing.
    No,
}
