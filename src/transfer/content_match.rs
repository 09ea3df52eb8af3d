//! Whether files on the server have the content of those that were to be sent.

use super::outbox::{comparison_path, target_path};
use super::report::{Step, StopReason, is_items_own};
use super::session::Session;
use crate::ledger::OutboxFile;
use crate::site::RunError;
use crate::spool;
use crate::transport::{Fault, FaultKind, Fetch};

/// What a file on the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ContentMatch {
    /// It has our bytes.
    Ours,
    /// It has other bytes, or can't be read.
    Other,
    /// It was removed in the meantime.
    Gone,
}

/// Fetches files from the server that have the names and sizes of ours and compares their content. A fault that is not
/// the file's alone leaves it undecided.
pub(super) fn match_content(
    session: &mut Session<'_>,
    files: &[&OutboxFile],
) -> Step<Vec<Result<ContentMatch, Fault>>> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    spool::make_staging(session.disk(), &session.site.outbox())?;
    let disk = &session.site.disk;
    let fetch = |file: &&OutboxFile| {
        let into = comparison_path(session, file);
        Fetch {
            path: target_path(file),
            size: file.size,
            into: Box::new(move || disk.create_file(&into)),
        }
    };
    let fetches: Vec<Fetch<'_>> = files.iter().map(fetch).collect();
    let fetched = session.place.fetch(fetches);
    let paths: Vec<Vec<u8>> = files.iter().map(|file| target_path(file)).collect();
    let looks = session.place.look(&paths);
    let mut matches = Vec::new();
    for ((file, result), look) in files.iter().zip(fetched).zip(looks) {
        let local = comparison_path(session, file);
        let matched = match result.and(look) {
            // No more bytes were fetched than ours has: a longer file may continue differently.
            Ok(Some(entry)) if !entry.plain || entry.size != file.size => Ok(ContentMatch::Other),
            Ok(None) => Ok(ContentMatch::Gone),
            Ok(Some(_)) => {
                let digest = spool::open_staged(&local).and_then(|f| spool::digest(&f));
                let (digest, _) = digest.map_err(RunError::io("comparing a file"))?;
                match digest == file.sha256 {
                    true => Ok(ContentMatch::Ours),
                    false => Ok(ContentMatch::Other),
                }
            }
            Err(fault) if fault.kind == FaultKind::Missing => Ok(ContentMatch::Gone),
            Err(fault) => match StopReason::not_of_our_disk(fault)? {
                fault if is_items_own(&fault) => Ok(ContentMatch::Other),
                fault => Err(fault),
            },
        };
        matches.push(matched);
        spool::remove_staged(session.disk(), &local)?;
    }
    Ok(matches)
}
