//! Telling senders that their files were received and wait.

use crate::config::Integration;
use crate::intake::queued;
use crate::run::{ReceivedFile, answer_received};
use crate::site::{IntegrationContext, Result, Site};
use crate::status::overview;
use chrono::TimeDelta;
use std::collections::BTreeMap;

/// Gives the senders of files that wait in the queue of an integration a receipt that says why, once for each. One that
/// only waits for its turn is answered when it has waited as long as `patience`. Returns whether some are not answered.
///
/// # Errors
/// The ledger, the queue or the receipts can't be read or written.
pub(crate) fn answer_waiting(
    site: &Site,
    integration: &Integration,
    patience: TimeDelta,
) -> Result<bool> {
    let ledger = site.ledger()?;
    let unanswered = ledger.unanswered(&integration.name)?.into_iter();
    let mut unanswered: BTreeMap<_, _> = unanswered.map(|row| (row.arrival, row.at)).collect();
    if unanswered.is_empty() {
        return Ok(false);
    }
    let overview = overview(site, Some(&integration.name), usize::MAX)?;
    let shown = overview
        .integrations
        .into_iter()
        .flat_map(|i| i.inbox.files);
    let shown = shown.filter_map(|file| Some((file.arrival.clone()?, file)));
    let shown: BTreeMap<_, _> = shown.collect();
    let (mut files, mut left) = (Vec::new(), false);
    for file in queued(site, integration)? {
        let Some(arrival) = &file.arrival else {
            continue;
        };
        let (Some(at), Some(why)) = (unanswered.remove(arrival), shown.get(arrival)) else {
            continue;
        };
        if matches!(why.waits_for, "turn" | "running") && site.now() - at < patience {
            left = true;
            continue;
        }
        files.push(ReceivedFile {
            waits_for: why.waits_for,
            until: why.until,
            why: why.why.clone(),
            file,
        });
    }
    let mut context = IntegrationContext {
        site,
        integration,
        ledger: ledger.into(),
        key: site.key()?,
    };
    answer_received(&mut context, &files)?;
    Ok(left)
}
