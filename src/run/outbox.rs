//! The files of a run that go to an endpoint: written into the outbox with the run's result, and their bytes kept until
//! they are sent.

use crate::ledger::{Outgoing, Publication, RunRow};
use crate::site::{IntegrationContext, Result, RunError};
use crate::spool;
use std::fs::File;

/// Those of a run's files that its integration sends, as they lie finished in the work folder.
pub(crate) fn outgoing(
    context: &IntegrationContext<'_>,
    publications: &[Publication],
) -> Result<Vec<Outgoing>> {
    let Some(push) = &context.integration.push else {
        return Ok(Vec::new());
    };
    let mut out = Vec::new();
    for file in publications {
        if !push.files.contains(&file.what) {
            continue;
        }
        let read = File::open(&file.from).and_then(|open| spool::digest(&open));
        let (sha256, size) = read.map_err(RunError::io("reading what is to be sent"))?;
        out.push(Outgoing {
            what: file.what,
            endpoint: push.endpoint.clone(),
            folder: push.folder.clone(),
            published: name(file),
            size,
            sha256,
            done_marker: file.done_marker,
            at: context.site.now(),
        });
    }
    Ok(out)
}

/// Keeps the bytes of a committed run's files that are to be sent, before its receiver can take them from outbound.
pub(super) fn keep(context: &IntegrationContext<'_>, row: &RunRow) -> Result<()> {
    let site = context.site;
    let mut kept = false;
    for parcel in context.ledger.outbox_of(row.number)? {
        let mut files = row.publications.iter();
        if let Some(file) = files.find(|file| name(file) == parcel.published) {
            let to = site.outbox().join(parcel.number.to_string());
            spool::keep_for_sending(&site.disk, &file.from, &to)?;
            kept = true;
        }
    }
    if kept && site.outbox().is_dir() {
        spool::sync_folder(&site.disk, &site.outbox())?;
    }
    Ok(())
}

fn name(file: &Publication) -> String {
    let name = file.to.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
