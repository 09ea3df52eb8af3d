//! The same bytes again: a duplicate where they change no one, held where they do.

use super::judge::FileVerdict;
use super::run_io::WorkFiles;
use crate::changeset::change::{Change, ChangeReader};
use crate::changeset::shown;
use crate::domain::{Action, Code, Kind, ReferenceId, RunStatus};
use crate::intake::archived_source;
use crate::ledger::RunRow;
use crate::site::{IntegrationContext, Result};
use std::collections::HashSet;
use std::io::{self, Read};

/// The run that took the same bytes before.
#[derive(Clone)]
pub(super) struct EarlierRun {
    pub(super) reference: ReferenceId,
    /// Whether a user still has to end its hold.
    pub(super) held: bool,
    /// The runs that took the same bytes, if rejected records of them, or of the run that the bytes correct, still wait for
    /// their corrections.
    pub(super) open: Vec<u32>,
    /// Whether its source file is still in the archive.
    pub(super) archived: bool,
}

impl EarlierRun {
    /// The last run that took the same bytes. A re-run takes them again on purpose, a release as well, and corrections are
    /// no copy of what they correct, even when nothing was changed. Who is synced again, after an entry was removed, may have
    /// the same record.
    pub(super) fn of(
        context: &IntegrationContext<'_>,
        row: &RunRow,
        sha256: &str,
    ) -> Result<Option<EarlierRun>> {
        let again = row.rerun_of.is_some() || row.parameters.sync;
        if again || row.test || row.hold.contains(&Code::SameAsEarlier) {
            return Ok(None);
        }
        let ledger = &context.ledger;
        let parent = row.resubmission_of.as_ref();
        let taken = ledger.taken(&context.integration.name, sha256, parent)?;
        let Some(reference) = taken.filter(|t| *t != row.reference) else {
            return Ok(None);
        };
        // It may be purged since; held runs never are.
        let run = ledger.run(&reference)?;
        let mut runs = ledger.judged_bytes(&context.integration.name, sha256)?;
        let mut open = false;
        let parent = parent.map(|parent| ledger.run(parent)).transpose()?;
        for number in (parent.flatten().iter().map(|row| row.number)).chain(runs.iter().copied()) {
            let mut rejections = ledger.rejections(number)?.into_iter();
            open |= rejections.any(|r| r.closed_by.is_none());
        }
        if !open {
            runs.clear();
        }
        Ok(Some(EarlierRun {
            held: run.as_ref().is_some_and(|r| r.status == RunStatus::Held),
            open: runs,
            archived: run.is_some_and(|r| archived_source(context.site, &r).is_ok()),
            reference,
        }))
    }

    /// Why a file of the same bytes that would change some people is held.
    pub(super) fn reason(&self, people: u64) -> String {
        let people = match people {
            1 => "1 person".to_owned(),
            people => format!("{people} people"),
        };
        let earlier = &self.reference;
        format!("the file has the bytes of run {earlier}; taken again now it would change {people}")
    }
}

/// How many people the accepted records of a judged file would change.
pub(super) fn people_changed(
    kind: Kind,
    verdict: &FileVerdict,
    files: &WorkFiles<'_>,
) -> io::Result<u64> {
    let FileVerdict::Judged(outcome, _) = verdict else {
        return Ok(0);
    };
    if outcome.fault.is_some() {
        return Ok(0);
    }
    let of = |action: &Action| outcome.totals.with(*action);
    let changes = Action::ALL.iter().filter(|a| **a != Action::None).map(of);
    let changes = changes.sum::<u64>() + outcome.deactivated_by_omission;
    match kind.has_plan_years() && changes > 0 {
        true => subscribers(files.changes()?),
        false => Ok(changes),
    }
}

/// How many people the deductions among a run's changes are of.
fn subscribers(changes: impl Read) -> io::Result<u64> {
    let mut reader = ChangeReader::new(changes);
    let mut found = HashSet::new();
    while let Some(change) = reader.next_change()? {
        if let Change::Block { block, .. } = change {
            let entries = block.entries().map_err(io::Error::other)?;
            found.extend(
                entries.filter_map(|(_, _, shown)| shown::fields(shown).into_iter().next()),
            );
        }
    }
    Ok(found.len() as u64)
}
