//! Telling senders that their files were received and wait: the receipt `<stem>.<arrival>.received.json`. The receipt of
//! the run follows when it has ended.

use super::drafts::{self, to_send};
use super::execution::step;
use super::publications::stem_and_extension;
use crate::config::Folder;
use crate::domain::file_name;
use crate::domain::{ArrivalId, Published, ReferenceId};
use crate::ledger::{ArrivalRow, Publication};
use crate::site::{IntegrationContext, Result, RunError, Site};
use crate::spool::{self, PendingSync, Waiting};
use chrono::{DateTime, FixedOffset, SecondsFormat};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};

/// How many files are answered in one transaction.
const AT_ONCE: usize = 100;
/// Receipts of files that wait end in this.
const ENDING: &str = ".received.json";

/// A receipt of a file that waits. Never a record value.
#[derive(Debug, Serialize)]
struct ReceivedReceipt<'a> {
    arrival: &'a str,
    status: &'static str,
    integration_name: &'a str,
    /// Its name as sent.
    source_name: &'a str,
    /// Its size in bytes.
    size: u64,
    sha256: &'a str,
    received: String,
    /// What it waits for, as in `feedgate status --json`.
    waits_for: &'static str,
    /// When that ends by itself, as far as it is known.
    until: Option<String>,
    why: String,
}

/// A file of the queue, and why it waits.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedFile {
    pub(crate) file: Waiting,
    /// What it waits for, in a word.
    pub(crate) waits_for: &'static str,
    /// When that ends by itself, as far as it is known.
    pub(crate) until: Option<DateTime<FixedOffset>>,
    pub(crate) why: String,
}

/// Gives the senders of these files a receipt, once for each.
pub(crate) fn answer_received(
    context: &mut IntegrationContext<'_>,
    files: &[ReceivedFile],
) -> Result<()> {
    let lock = format!("received-{}", context.integration.name);
    let lock = context.site.coordination().try_lock(&lock)?;
    // Another process is answering.
    let Some(_lock) = lock else { return Ok(()) };
    publish_drafts(context)?;
    let rows = context.ledger.unanswered(&context.integration.name)?;
    let of = |row: &ArrivalRow| {
        let mut files = files.iter();
        files.find(|received| received.file.arrival.as_ref() == Some(&row.arrival))
    };
    let waiting: Vec<_> = rows
        .iter()
        .filter_map(|row| Some((row, of(row)?)))
        .collect();
    for some in waiting.chunks(AT_ONCE) {
        answer(context, some)?;
        publish_drafts(context)?;
    }
    Ok(())
}

/// Finishes the receipts of some files before the ledger has them.
fn answer(
    context: &mut IntegrationContext<'_>,
    files: &[(&ArrivalRow, &ReceivedFile)],
) -> Result<()> {
    let site = context.site;
    let drafts = drafts(context);
    let mut unsynced = PendingSync::default();
    spool::make_staging(&site.disk, &drafts)?;
    let (mut answered, mut publications) = (Vec::new(), Vec::new());
    for (row, received) in files {
        let digest = spool::open_waiting(&received.file.path).map(|open| spool::digest(&open));
        // Its run has begun meanwhile, or it can't be read: the run says so.
        let Ok(digest) = digest else { continue };
        let (sha256, _) = digest.map_err(RunError::io("reading a waiting file"))?;
        let publication = publication(context, row, &drafts);
        let bytes = receipt(site, row, &sha256, received)?;
        let written = site.disk.create_file(&publication.from);
        let written = written.and_then(|mut open| open.write_all(&bytes).map(|()| open));
        unsynced.file(written.map_err(RunError::io("writing a receipt"))?);
        answered.push((row.arrival.clone(), sha256));
        publications.push((ReferenceId::of_arrival(&row.arrival), vec![publication]));
    }
    unsynced.folder(&drafts);
    let durable = unsynced.sync_many(&site.disk);
    durable.map_err(RunError::io("making receipts durable"))?;
    let receipts = to_send(context, &publications)?;
    step(site, "ledger: received")?;
    Ok(context.ledger.answer_arrivals(&answered, &receipts)?)
}

fn publication(context: &IntegrationContext<'_>, row: &ArrivalRow, drafts: &Path) -> Publication {
    let (stem, _) = stem_and_extension(None, &row.name);
    let name = file_name::received(&stem, &row.arrival);
    Publication {
        what: Published::Receipt,
        from: drafts.join(&name),
        to: context.folder(Folder::Receipts).join(&name),
        replace: true,
        done_marker: false,
    }
}

fn receipt(site: &Site, row: &ArrivalRow, sha256: &str, waiting: &ReceivedFile) -> Result<Vec<u8>> {
    let zone = site.config.site.timezone;
    let rfc3339 = |at: DateTime<FixedOffset>| {
        let local = at.with_timezone(&zone);
        local.to_rfc3339_opts(SecondsFormat::Secs, false)
    };
    let receipt = ReceivedReceipt {
        arrival: row.arrival.as_str(),
        status: "Received",
        integration_name: &row.integration,
        source_name: &row.name,
        size: row.size,
        sha256,
        received: rfc3339(row.at),
        waits_for: waiting.waits_for,
        until: waiting.until.map(rfc3339),
        why: format!("received, waits: {}", waiting.why),
    };
    let text = serde_json::to_vec_pretty(&receipt);
    let mut text = text.map_err(|e| RunError::io("writing a receipt")(e.into()))?;
    text.push(b'\n');
    Ok(text)
}

fn publish_drafts(context: &mut IntegrationContext<'_>) -> Result<()> {
    let drafts = drafts(context);
    drafts::publish(context, &drafts, |ledger, name| {
        let arrival = name
            .strip_suffix(ENDING)
            .and_then(|name| name.rsplit('.').next());
        let Some(arrival) = arrival.and_then(ArrivalId::parse) else {
            return Ok(None);
        };
        let row = ledger.arrival(&arrival)?.filter(|row| row.answered);
        Ok(row.map(|_| Folder::Receipts))
    })
}

fn drafts(context: &IntegrationContext<'_>) -> PathBuf {
    let name = format!(".received-{}", context.integration.name);
    context.site.config.work().join(name)
}
