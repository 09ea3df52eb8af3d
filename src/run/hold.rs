//! Ending a hold: one logged act of a person.

use super::again::{find, member};
use super::drafts::WorkFiles;
use super::ending::{Content, archive_path, held_path, stem, write_receipt};
use super::error::{Result, RunError};
use super::outgoing::outgoing;
use super::recover::recover;
use super::request::judged;
use super::site::Site;
use super::watch::{Quiet, Watch};
use crate::compare::change::ChangeReader;
use crate::config::Folder;
use crate::domain::file_name;
use crate::domain::masking;
use crate::domain::{ReferenceId, RunStatus, RunSummary};
use crate::ledger::{
    Committed, Disposal, Event, Ledger, Publication, Published, RunFilter, RunRow, RunState,
};
use crate::spool::{self, Unsynced};

fn held(site: &Site, reference: &ReferenceId, why: &str) -> Result<RunRow> {
    let row = find(site, reference)?;
    if row.status != RunStatus::Held {
        return Err(RunError::usage(format!(
            "run {reference} is {}, not Held; there is no hold to end",
            row.status
        )));
    }
    if why.trim().is_empty() {
        return Err(RunError::usage(
            "say with --why what was found out; it goes into the event log",
        ));
    }
    Ok(row)
}

fn event(site: &Site, action: &str, row: &RunRow, why: &str) -> Event {
    let codes: Vec<&str> = row.hold.iter().map(|c| c.as_str()).collect();
    Event {
        at: site.now(),
        user: site.user().to_owned(),
        action: action.to_owned(),
        subject: row.reference.to_string(),
        why: Some(format!(
            "{} ({})",
            masking::masked(why.trim()),
            codes.join(", ")
        )),
    }
}

/// A file that waited long may be older than what was taken since.
fn warn_of_newer(ledger: &Ledger, row: &RunRow, watch: &dyn Watch) -> Result<()> {
    let filter = RunFilter {
        integration: Some(row.integration.clone()),
        ..RunFilter::default()
    };
    const LOOK_BACK: usize = 1000;
    let newer = ledger
        .runs(&filter, LOOK_BACK)?
        .into_iter()
        .find(|r| r.number > row.number && judged(r.status));
    if let Some(newer) = newer {
        watch.note(&format!(
            "run {} of {} was taken after this file arrived; where both speak of somebody, this file now has the last word",
            newer.reference, row.integration
        ));
    }
    Ok(())
}

/// Lets a held run go on past the guards that hold it, and no others.
///
/// # Errors
/// The run is not Held, or no reason is given.
pub fn release(
    site: &Site,
    reference: &ReferenceId,
    why: &str,
    watch: &dyn Watch,
) -> Result<RunSummary> {
    let row = held(site, reference, why)?;
    let member = member(site, &row, watch)?;
    let (mut way, _locks) = member.open(false)?;
    recover(&mut way, &mut Vec::new())?;
    // Another process may have ended the hold before the lock was free.
    if site.run(&way.ledger, reference)?.status != RunStatus::Held {
        return Err(RunError::usage(format!(
            "run {reference} is no longer Held"
        )));
    }
    let source = held_path(site, way.integration, &row);
    if !source.is_file() {
        return Err(RunError::usage(format!(
            "the held file {} is gone; put it back, or end the hold with `feedgate refuse {reference} --why …`",
            masking::shown(&source)
        )));
    }
    member.run_in_order(&way, &row, &source)?;
    warn_of_newer(&way.ledger, &row, watch)?;
    site.disk
        .step("ledger: release")
        .map_err(RunError::io("writing the ledger"))?;
    let event = event(site, "release", &row, why);
    let row = way.ledger.reopen(row.number, &event)?;
    way.go(&row, None)
}

/// Ends a held run as Failed: nothing of it is taken, its source file goes to the archive.
///
/// # Errors
/// The run is not Held, or no reason is given.
pub fn refuse(site: &Site, reference: &ReferenceId, why: &str) -> Result<RunSummary> {
    let row = held(site, reference, why)?;
    let member = member(site, &row, &Quiet)?;
    let (mut way, _locks) = member.open(false)?;
    recover(&mut way, &mut Vec::new())?;
    let row = site.run(&way.ledger, &row.reference)?;
    if row.status != RunStatus::Held {
        return Err(RunError::usage(format!(
            "run {reference} is no longer Held"
        )));
    }
    let mut summary = row.summary.clone().unwrap_or_else(|| row.fresh_summary());
    summary.status = RunStatus::Failed;
    summary.reason = Some(format!(
        "refused by {}: {}",
        site.user(),
        masking::masked(why.trim())
    ));
    summary.end_date = Some(
        site.now()
            .to_rfc3339_opts(chrono::SecondsFormat::Secs, false),
    );
    let integration = way.integration;
    let work = site.work(&row.reference);
    let folder = |e| RunError::io("making the work folder")(e);
    site.disk.make_folder(&work, 0o700).map_err(folder)?;
    let files = WorkFiles::new(&site.disk, &work);
    let name = row
        .source_name
        .clone()
        .unwrap_or_else(|| spool::SOURCE.to_owned());
    let (stem, extension) = stem(&row, &name);
    let file = file_name::published(&stem, &row.reference, "receipt", &extension);
    let receipt = Publication {
        what: Published::Receipt,
        from: files.path("receipt"),
        to: site.config.folder(integration, Folder::Receipts).join(file),
        replace: true,
        done_marker: false,
    };
    let publications = [receipt];
    let content = Content {
        size: row.size.unwrap_or_default(),
        sha256: row.sha256.as_deref(),
        encoding: None,
    };
    let mut unsynced = Unsynced::default();
    unsynced.file(write_receipt(
        site,
        &summary,
        &content,
        &publications,
        &files,
    )?);
    unsynced.folder(&work);
    let durable = unsynced.sync(&site.disk);
    durable.map_err(RunError::io("making the receipt durable"))?;
    let disposal = Disposal::Archive(archive_path(site, integration, &row, &name));
    let outbox = outgoing(site, integration, &publications)?;
    let committed = Committed {
        summary: &summary,
        state: RunState::Delivering,
        watermark: false,
        publications: &publications,
        outbox: &outbox,
        disposal: Some(&disposal),
        hold: &row.hold,
        event: Some(&event(site, "refuse", &row, why)),
    };
    let none = None::<&mut ChangeReader<&[u8]>>;
    site.disk
        .step("ledger: refuse")
        .map_err(RunError::io("writing the ledger"))?;
    way.ledger
        .commit(row.number, &committed, none, &integration.roster)?;
    way.finish(&row.reference)?;
    way.settle()?;
    Ok(summary)
}
