//! Taking complete files from inbound into the queue, without running them: `run` and the daemon do it by themselves, and a
//! scheduler that runs seldom can do it often, so that no upload overwrites another.

use super::error::Result;
use super::in_process::answer_waiting;
use crate::config::Integration;
use crate::intake::{self, Now, collect as collect_files, disk_full, queued};
use crate::site::{IntegrationContext, Observer, RunError, Site};
use crate::spool::PendingSync;
use chrono::TimeDelta;
use serde::Serialize;

/// What was done for one integration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Collected {
    pub(crate) integration: String,
    /// Files that wait in its queue now.
    pub(crate) waiting: usize,
    /// Files that are not complete yet.
    pub(crate) arriving: usize,
    /// Files that could not be moved.
    pub(crate) stuck: usize,
}

/// Takes the complete files of an integration or a set, or of all, into the queue, and gives their senders a receipt.
///
/// # Errors
/// There is no integration or set of this name, the disk is too full, or a folder or the ledger can't be read or written.
pub(crate) fn collect(
    site: &Site,
    name: Option<&str>,
    observer: &dyn Observer,
) -> Result<Vec<Collected>> {
    let integrations: Vec<&Integration> = match name {
        Some(name) => site.members(name)?,
        None => site.config.integrations.iter().collect(),
    };
    if let Some(reason) = disk_full(site).map_err(RunError::from)? {
        return Err(RunError::Waits {
            what: "no file is taken".to_owned(),
            reason: Box::new(reason),
        }
        .into());
    }
    let all = integrations.into_iter();
    all.map(|integration| of_one(site, integration, observer))
        .collect()
}

fn of_one(site: &Site, integration: &Integration, observer: &dyn Observer) -> Result<Collected> {
    let mut context = IntegrationContext {
        site,
        integration,
        ledger: site.ledger()?.into(),
        key: site.key()?,
    };
    let sorted = intake::look(&context, &Now, observer)?;
    let mut unsynced = PendingSync::default();
    let ledger = &mut *context.ledger;
    let left = collect_files(site, integration, ledger, &sorted.taken, &mut unsynced)?;
    let durable = unsynced.sync(&site.disk);
    durable.map_err(RunError::io("making files durable"))?;
    answer_waiting(site, integration, TimeDelta::zero())?;
    Ok(Collected {
        integration: integration.name.clone(),
        waiting: queued(site, integration)?.len(),
        arriving: sorted.arriving.len(),
        stuck: left.len(),
    })
}
