//! Taking a site up again whose ledger is older than its folders, lost, or another site's.
//!
//! Reference IDs go on above the highest that is found. What no run of the ledger owns is moved to `held/unknown` for a
//! person. Files that later runs have archived are known by their bytes from now on, so that they are not taken twice.
//! Everything is moved first and written last, so that a recovery that was interrupted is repeated.

use super::error::Result;
use crate::config::Folder;
use crate::domain::{ArrivalId, ReferenceId};
use crate::intake::{new_arrival, queued};
use crate::ledger::{
    Adopted, Event, EventAction, Ledger, LostRun, NewArrival, Pause, RunRow, RunState,
};
use crate::run::step;
use crate::site::{
    DAEMON, FoundRun, HeldLock, RunError, Site, all_runs, claim_ledger, inside, integration_lock,
    set_aside_folder,
};
use crate::spool;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Why runs end whose files are gone.
const ENDED: &str = "an older state folder was restored, and this run went on after its backup; its source file is in the archive, and its results were published then";

/// What a recovery found, and did.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Recovery {
    /// What is wrong; `None`: ledger, key and folders belong together, and nothing was done.
    pub(crate) fault: Option<String>,
    /// Whether it was taken up again.
    pub(crate) adopted: bool,
    /// Reference IDs go on above this one.
    pub(crate) highest: Option<ReferenceId>,
    /// Runs that the ledger doesn't know, oldest first.
    pub(crate) lost: Vec<LostRunEntry>,
    /// Runs that ended after the backup, as their files show.
    pub(crate) ended: Vec<ReferenceId>,
    /// Where files were moved that no run of the ledger owns.
    pub(crate) set_aside: Vec<String>,
    /// Integrations that are paused until a person has looked at their lost runs.
    pub(crate) paused: Vec<String>,
}

/// A run that the ledger doesn't know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LostRunEntry {
    pub(crate) reference_id: ReferenceId,
    pub(crate) integration: String,
    /// Where its source file is.
    pub(crate) source: String,
}

/// Says what is wrong with the state of a site, and with `adopt` takes it up again.
///
/// # Errors
/// The key isn't the ledger's, a daemon or another command works on the site, or something can't be read or written.
pub(crate) fn recover(site: &Site, adopt: bool) -> Result<Recovery> {
    let fault = match site.check_state() {
        Ok(()) => return Ok(Recovery::default()),
        Err(RunError::State(fault)) if fault.can_be_adopted() => fault.to_string(),
        Err(error) => return Err(error.into()),
    };
    let _locks = locks(site)?;
    let mut ledger = match adopt {
        true => site.unchecked_ledger()?.into(),
        false => site.ledger_for_reading()?,
    };
    let plan = Plan::of(site, &*ledger)?;
    let mut recovery = Recovery {
        fault: Some(fault),
        adopted: adopt,
        highest: plan.highest.clone(),
        lost: plan.lost.iter().map(|run| entry(site, run)).collect(),
        ended: plan.ended.iter().map(|run| run.reference.clone()).collect(),
        ..Recovery::default()
    };
    if adopt {
        recovery.set_aside = plan.set_aside(site)?;
        recovery.paused = plan.pause(site, &mut *ledger)?;
        plan.write(site, &mut *ledger)?;
    }
    Ok(recovery)
}

/// The locks of everything that works on a site.
fn locks(site: &Site) -> Result<Vec<Box<dyn HeldLock>>> {
    let mut locks = vec![site.lock(
        DAEMON,
        "the daemon's lock; stop the daemon first: it",
        false,
    )?];
    for integration in &site.config.integrations {
        let name = &integration.name;
        locks.push(site.lock(&integration_lock(name), name, false)?);
    }
    for endpoint in &site.config.endpoints {
        let what = format!("the endpoint {}", endpoint.name);
        locks.push(site.lock(&format!("endpoint-{}", endpoint.name), &what, false)?);
    }
    Ok(locks)
}

fn entry(site: &Site, run: &FoundRun) -> LostRunEntry {
    LostRunEntry {
        reference_id: run.reference.clone(),
        integration: run.integration.clone().unwrap_or_default(),
        source: inside(site, &run.path),
    }
}

/// What is to be done.
struct Plan {
    highest: Option<ReferenceId>,
    /// Archived runs that the ledger doesn't know.
    lost: Vec<FoundRun>,
    /// Runs that have not ended for the ledger, and whose files are gone.
    ended: Vec<RunRow>,
    /// Numbers of files to send whose bytes are gone.
    sent: Vec<i64>,
    /// Files and folders in the work folder that nothing in the ledger owns.
    unknown: Vec<PathBuf>,
}

impl Plan {
    fn of(site: &Site, ledger: &dyn Ledger) -> Result<Plan> {
        let found = all_runs(&site.config)?;
        let open = ledger.runs_not_ended()?;
        let (kept, ended): (Vec<_>, Vec<_>) = open
            .into_iter()
            .partition(|run| still_has_its_file(site, run, &found));
        let kept: BTreeSet<_> = kept
            .into_iter()
            .map(|run| (run.reference, run.number))
            .collect();
        let owns = |reference: &ReferenceId| kept.iter().any(|(kept, _)| kept == reference);
        let work = site.config.work();
        let (mut lost, mut unknown) = (Vec::new(), Vec::new());
        for run in &found {
            if run.path.starts_with(&work) {
                unknown.extend((!owns(&run.reference)).then(|| run.path.clone()));
            } else if !ledger.knows(&run.reference)? {
                lost.push(run.clone());
            }
        }
        let mut to_send = BTreeSet::from_iter(ledger.unsent()?);
        for name in spool::names_in(&site.outbox())? {
            let number = name.parse().ok();
            if !number.is_some_and(|number| to_send.remove(&number)) {
                unknown.push(site.outbox().join(name));
            }
        }
        for (_, number) in &kept {
            for file in ledger.outbox_of(*number)? {
                to_send.remove(&file.number);
            }
        }
        Ok(Plan {
            highest: highest(site, ledger, &found)?,
            lost,
            ended,
            sent: to_send.into_iter().collect(),
            unknown,
        })
    }

    /// Moves what nothing owns to `held/unknown`, where a person finds it.
    fn set_aside(&self, site: &Site) -> Result<Vec<String>> {
        let folder = set_aside_folder(&site.config);
        let mut moved = Vec::new();
        for path in &self.unknown {
            let to = spool::set_aside(&site.disk, path, &folder)?;
            moved.push(inside(site, &to));
        }
        Ok(moved)
    }

    /// Pauses the integrations whose lost runs changed employees or deductions that the ledger doesn't know.
    fn pause(&self, site: &Site, ledger: &mut dyn Ledger) -> Result<Vec<String>> {
        let mut lost: BTreeMap<&str, usize> = BTreeMap::new();
        for run in &self.lost {
            *lost
                .entry(run.integration.as_deref().unwrap_or_default())
                .or_default() += 1;
        }
        for (name, count) in &lost {
            step(site, "ledger: pause")?;
            ledger.pause(&Pause {
                name: Some((*name).to_owned()),
                until: None,
                since: site.now(),
                user: site.user().to_owned(),
                why: Some(format!(
                    "{count} of its runs are later than the restored state folder; look at them with their receivers"
                )),
            })?;
        }
        Ok(lost.into_keys().map(str::to_owned).collect())
    }

    fn write(&self, site: &Site, ledger: &mut dyn Ledger) -> Result<()> {
        let lost = self.lost.iter().map(|run| lost_run(site, run));
        let lost = lost.collect::<Result<Vec<_>>>()?;
        for one_off in ledger.one_offs()? {
            if one_off.at <= site.now() {
                let what = "not run: its time passed before the state folder was restored";
                ledger.end_one_off(one_off.number, what, site.user(), site.now())?;
            }
        }
        let queued = queued_unknown(site, ledger)?;
        let ended: Vec<u32> = self.ended.iter().map(|run| run.number).collect();
        let highest = self.highest.as_ref();
        let above = highest.map_or_else(String::new, |highest| format!(" above {highest}"));
        // Its identity first: without a row of the site there is no place for the highest reference ID.
        spool::remove_site_mark(&site.config.work())?;
        step(site, "claim the ledger")?;
        claim_ledger(site, ledger)?;
        step(site, "ledger: adopt")?;
        ledger.adopt(&Adopted {
            highest,
            queued: &queued,
            lost: &lost,
            ended: &ended,
            reason: ENDED,
            sent: &self.sent,
            event: &Event {
                at: site.now(),
                user: site.user().to_owned(),
                action: EventAction::Recover,
                subject: "site".to_owned(),
                why: Some(format!(
                    "reference IDs go on{above}; {} runs were unknown, {} had ended",
                    lost.len(),
                    ended.len()
                )),
            },
        })?;
        Ok(())
    }
}

/// Whether an open run can go on with the files that are there.
fn still_has_its_file(site: &Site, run: &RunRow, found: &BTreeSet<FoundRun>) -> bool {
    let at = |of: &dyn Fn(&FoundRun) -> bool| {
        let mut mine = found.iter().filter(|f| f.reference == run.reference);
        mine.any(of)
    };
    let work = site.config.work();
    match run.state {
        RunState::Claimed => site.work(&run.reference).join(spool::SOURCE).exists(),
        RunState::Delivering => at(&|f| f.path.starts_with(&work)),
        RunState::Held => site
            .config
            .integration(&run.integration)
            .is_none_or(|integration| {
                let held = site.config.folder(integration, Folder::Held);
                at(&|f| f.path.starts_with(&held))
            }),
        RunState::Closed => true,
    }
}

/// The highest reference ID of the ledger and all folders. Receivers can write into outbound: names there count only if
/// they are not of a later day.
fn highest(
    site: &Site,
    ledger: &dyn Ledger,
    found: &BTreeSet<FoundRun>,
) -> Result<Option<ReferenceId>> {
    let mut highest = ledger.highest_reference()?;
    let last = found.iter().map(|run| &run.reference).max();
    highest = highest.max(last.cloned());
    // What an interrupted recovery has moved there is of the work folder no more.
    for name in spool::names_in(&set_aside_folder(&site.config))? {
        highest = highest.max(ReferenceId::find_in(&name));
    }
    let today = site.today().format("%Y%m%d").to_string();
    for integration in &site.config.integrations {
        for place in [Folder::Output, Folder::Errors, Folder::Receipts] {
            for name in spool::names_in(&site.config.folder(integration, place))? {
                let reference = ReferenceId::find_in(&name);
                let told = reference.filter(|r| r.as_str()[..8] <= *today);
                highest = highest.max(told);
            }
        }
    }
    Ok(highest)
}

/// Files in the queue that the ledger doesn't know. No run has taken them, so they still wait.
fn queued_unknown(
    site: &Site,
    ledger: &dyn Ledger,
) -> Result<Vec<(String, ArrivalId, NewArrival)>> {
    let mut unknown = Vec::new();
    for integration in &site.config.integrations {
        for file in queued(site, integration)? {
            let Some(arrival) = &file.arrival else {
                continue;
            };
            if ledger.arrival(arrival).map_err(RunError::from)?.is_none() {
                let new = new_arrival(&file);
                unknown.push((integration.name.clone(), arrival.clone(), new));
            }
        }
    }
    Ok(unknown)
}

/// A lost run with the bytes of its archived file. Of a held file nothing was taken.
fn lost_run(site: &Site, run: &FoundRun) -> Result<LostRun> {
    let names = spool::names_in(&run.path).map_err(RunError::from)?;
    let path = run.path.join(names.into_iter().next().unwrap_or_default());
    let archived = path.is_file() && !is_held(site, run);
    Ok(LostRun {
        reference: run.reference.clone(),
        integration: run.integration.clone().unwrap_or_default(),
        sha256: archived.then(|| sha256(&path)).transpose()?,
    })
}

fn is_held(site: &Site, run: &FoundRun) -> bool {
    let name = run.integration.as_deref().unwrap_or_default();
    let integration = site.config.integration(name);
    integration.is_some_and(|i| run.path.starts_with(site.config.folder(i, Folder::Held)))
}

fn sha256(path: &Path) -> Result<String> {
    let read = File::open(path).and_then(|open| spool::digest(&open));
    Ok(read.map_err(RunError::place(path))?.0)
}
