//! One batch of the outbox: uploaded under temporary names, renamed, marked, each file once.

use super::outbox::{NOT_SENT, comparison_path, local_path, part_path, target_path};
use super::session::{Session, path};
use super::trouble::{Step, StopReason, is_items_own, not_done};
use crate::ledger::{OutboxFile, SendState};
use crate::site::RunError;
use crate::spool;
use crate::transport::{Fault, FaultKind, FileTransfer, RemoteFile};
use std::collections::BTreeSet;

/// Another file on the server has the name.
const TAKEN: &str =
    "the server holds another file of this name, which is not overwritten; move it away there";
const NO_FOLDER: &str = "it is not there";
/// The bytes that were kept are no longer those that were published.
const BYTES_GONE: &str =
    "its bytes are no longer what the run published; repeat the run with `feedgate rerun`";

/// A file of a batch: what the steps report of it.
pub(super) struct SendReport {
    pub(super) file: OutboxFile,
    pub(super) stage: Stage,
}

pub(super) enum Stage {
    New,
    /// Its bytes are on the server under the temporary name; the ledger does not say so yet.
    Uploaded,
    /// The ledger says `renaming`.
    Announced,
    /// A file of its size has its name on the server: their content is to be compared. Its temporary file may be left.
    NameTaken {
        part_left: bool,
    },
    /// On the server under its name.
    Delivered,
    /// Its receiver has taken it from there already: only we remove temporary files, so it was renamed.
    Collected,
    /// A person has to look at it. Its temporary file may be left.
    Refused {
        why: String,
        part_left: bool,
    },
    /// Tried again with the next round, because of the server or, if [`blames_folder`], of its folder.
    Failed {
        fault: Fault,
        why: Option<String>,
    },
    /// Looked at again with the next round, or replaced by a later version.
    Skipped,
}

/// Whether the fault of a file is its folder's.
pub(super) fn blames_folder(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::Missing | FaultKind::Denied)
}

impl Stage {
    /// The stage of a file that a fault holds back. `failed` says what the server failed at.
    fn held_back(file: &OutboxFile, fault: Fault, failed: Option<&str>) -> Step<Stage> {
        let fault = StopReason::not_of_our_disk(fault)?;
        if is_items_own(&fault) && !blames_folder(&fault) {
            return Ok(Stage::refused(&fault.to_string(), false));
        }
        let what = match failed {
            Some(failed) => not_done(&fault, failed, "it can't be sent"),
            None => fault.to_string(),
        };
        let why = (fault.kind == FaultKind::Transient).then(|| format!("{}: {what}", file.name));
        Ok(Stage::Failed { fault, why })
    }

    fn refused(why: &str, part_left: bool) -> Stage {
        let why = why.to_owned();
        Stage::Refused { why, part_left }
    }

    /// The same for a file that is tried again with the next round rather than refused.
    fn or_skipped(self) -> Stage {
        match self {
            Stage::Refused { .. } => Stage::Skipped,
            stage => stage,
        }
    }

    fn is_there(&self) -> bool {
        matches!(self, Stage::Delivered | Stage::Collected)
    }
}

/// Sends a batch as far as possible. Reports how far each file got.
pub(super) fn send(session: &mut Session<'_>, batch: Vec<OutboxFile>) -> Step<Vec<SendReport>> {
    let mut batch = look(session, batch)?;
    upload(session, &mut batch)?;
    announce(session, &mut batch)?;
    rename(session, &mut batch)?;
    compare(session, &mut batch)?;
    let there = batch.iter().filter(|item| item.stage.is_there());
    let working: BTreeSet<String> = there.map(|item| item.file.folder.clone()).collect();
    mark(session, &mut batch)?;
    for item in &mut batch {
        // A folder that accepted other files is not at fault.
        if let Stage::Failed { fault, .. } = &item.stage
            && blames_folder(fault)
            && working.contains(&item.file.folder)
        {
            item.stage = Stage::refused(&fault.to_string(), true);
        }
    }
    finish(session, &batch)?;
    Ok(batch)
}

/// The files of a batch that are at a stage.
fn at(batch: &mut [SendReport], stage: impl Fn(&Stage) -> bool) -> Vec<&mut SendReport> {
    batch.iter_mut().filter(|item| stage(&item.stage)).collect()
}

/// Uploads the bytes of a file that is in the outbox, or nothing, to a path.
fn upload_to(
    session: &Session<'_>,
    file: &OutboxFile,
    path: Vec<u8>,
    size: u64,
) -> FileTransfer<'static> {
    let local = local_path(session, file);
    let local = Box::new(move || spool::open_plain(&local));
    FileTransfer { path, size, local }
}

/// Finds out from what is on the server how far each file is.
fn look(session: &mut Session<'_>, files: Vec<OutboxFile>) -> Step<Vec<SendReport>> {
    let both = |f: &OutboxFile| [target_path(f), part_path(f)];
    let paths: Vec<Vec<u8>> = files.iter().flat_map(both).collect();
    let mut looks = session.place.look(&paths).into_iter();
    let mut look = || looks.next().expect("a place answers for every path");
    let mut batch = Vec::new();
    for file in files {
        let stage = match (look(), look()) {
            (Ok(target), Ok(part)) => stage_of(&file, target, part),
            (Err(fault), _) | (_, Err(fault)) => Stage::held_back(&file, fault, None)?,
        };
        batch.push(SendReport { file, stage });
    }
    for item in at(&mut batch, |s| matches!(s, Stage::Collected)) {
        item.stage = match session.has_folder(&item.file.folder) {
            Ok(true) => Stage::Collected,
            Ok(false) => {
                let fault = Fault::new(FaultKind::Missing, NO_FOLDER);
                Stage::held_back(&item.file, fault, None)?
            }
            Err(fault) => Stage::held_back(&item.file, fault, None)?.or_skipped(),
        };
    }
    Ok(batch)
}

/// The stage of a file by what has its name and its temporary name on the server.
fn stage_of(file: &OutboxFile, target: Option<RemoteFile>, part: Option<RemoteFile>) -> Stage {
    let renaming = file.state == SendState::Renaming;
    let alike = |entry: &RemoteFile| entry.plain && entry.size == file.size;
    let part_left = part.is_some();
    match (target, part) {
        (None, None) if renaming => Stage::Collected,
        (Some(_), None) if renaming => Stage::Delivered,
        (None, Some(part)) if renaming && alike(&part) => Stage::Announced,
        (None, _) => Stage::New,
        (Some(target), _) if alike(&target) => Stage::NameTaken { part_left },
        (Some(_), _) => Stage::refused(TAKEN, part_left),
    }
}

/// Uploads new files under their temporary names, and makes sure that they are there whole.
fn upload(session: &mut Session<'_>, batch: &mut [SendReport]) -> Step {
    let is_new = |stage: &Stage| matches!(stage, Stage::New);
    for item in at(batch, is_new) {
        let bytes = spool::open_plain(&local_path(session, &item.file));
        let digest = bytes.and_then(|bytes| spool::digest(&bytes));
        if !matches!(digest, Ok((sha256, _)) if sha256 == item.file.sha256) {
            item.stage = Stage::refused(BYTES_GONE, false);
        }
    }
    let new = at(batch, is_new);
    let order = |item: &&mut SendReport| {
        upload_to(session, &item.file, part_path(&item.file), item.file.size)
    };
    let orders = new.iter().map(order).collect();
    for (item, result) in new.into_iter().zip(session.place.send(orders)) {
        if let Err(fault) = result {
            let failed = "while it was written (is its disk full?)";
            item.stage = Stage::held_back(&item.file, fault, Some(failed))?;
        }
    }
    let sent = at(batch, is_new);
    let paths: Vec<Vec<u8>> = sent.iter().map(|item| part_path(&item.file)).collect();
    let looks = session.place.look(&paths);
    for (item, look) in sent.into_iter().zip(looks) {
        item.stage = match look {
            Ok(Some(entry)) if entry.size == item.file.size => Stage::Uploaded,
            Ok(_) => {
                let what = "a file did not arrive with the size it was sent with";
                let fault = Fault::new(FaultKind::Transient, what);
                Stage::held_back(&item.file, fault, None)?
            }
            Err(fault) => Stage::held_back(&item.file, fault, None)?,
        };
    }
    Ok(())
}

/// Notes in the ledger that files are about to get their names. One that a later version replaced in the meantime is
/// removed.
fn announce(session: &mut Session<'_>, batch: &mut [SendReport]) -> Step {
    let uploaded = at(batch, |s| matches!(s, Stage::Uploaded));
    if uploaded.is_empty() {
        return Ok(());
    }
    session.step("ledger: renaming")?;
    let numbers: Vec<i64> = uploaded.iter().map(|item| item.file.number).collect();
    let moved = session
        .ledger
        .set_send_state(&numbers, SendState::Renaming)?;
    let mut replaced = Vec::new();
    for item in uploaded {
        item.stage = match moved.contains(&item.file.number) {
            true => Stage::Announced,
            false => {
                replaced.push(part_path(&item.file));
                Stage::Skipped
            }
        };
    }
    if !replaced.is_empty() {
        // The later version is uploaded over what stays.
        session.place.remove(&replaced);
    }
    Ok(())
}

fn rename(session: &mut Session<'_>, batch: &mut [SendReport]) -> Step {
    let announced = at(batch, |s| matches!(s, Stage::Announced));
    let pair = |item: &&mut SendReport| (part_path(&item.file), target_path(&item.file));
    let pairs: Vec<(Vec<u8>, Vec<u8>)> = announced.iter().map(pair).collect();
    let results = session.place.rename(&pairs);
    for (item, result) in announced.into_iter().zip(results) {
        let part_left = true;
        item.stage = match result {
            Ok(()) => Stage::Delivered,
            Err(fault) if fault.kind == FaultKind::Exists => Stage::NameTaken { part_left },
            Err(fault) => {
                let failed = "when it was to get its name";
                match Stage::held_back(&item.file, fault, Some(failed))? {
                    Stage::Refused { why, .. } => Stage::Refused { why, part_left },
                    stage => stage,
                }
            }
        };
    }
    Ok(())
}

/// A file of the same size under the same name is ours if its bytes are.
fn compare(session: &mut Session<'_>, batch: &mut [SendReport]) -> Step {
    let taken = at(batch, |s| matches!(s, Stage::NameTaken { .. }));
    let files: Vec<&OutboxFile> = taken.iter().map(|item| &item.file).collect();
    let matches = match_content(session, &files)?;
    for (item, matched) in taken.into_iter().zip(matches) {
        let part_left = matches!(item.stage, Stage::NameTaken { part_left: true });
        item.stage = match matched {
            Ok(ContentMatch::Ours) if part_left => remove_part(session, &item.file)?,
            Ok(ContentMatch::Ours) => Stage::Delivered,
            Ok(ContentMatch::Other) => Stage::refused(TAKEN, part_left),
            Ok(ContentMatch::Gone) => Stage::Skipped,
            Err(fault) => Stage::Failed { fault, why: None },
        };
    }
    Ok(())
}

/// What a file on the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ContentMatch {
    Ours,
    /// It has other bytes, or can't be read.
    Other,
    /// It was removed in the meantime.
    Gone,
}

/// Fetches files from the server that have the names and sizes of ours and compares their content. A fault that is not
/// the file's alone leaves it undecided.
fn match_content(
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
        FileTransfer {
            path: target_path(file),
            size: file.size,
            local: Box::new(move || disk.create_file(&into)),
        }
    };
    let fetches: Vec<FileTransfer<'_>> = files.iter().map(fetch).collect();
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
                let digest = spool::open_plain(&local).and_then(|f| spool::digest(&f));
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

/// Removes the temporary file of a file that is on the server under its name. The file is sent all the same where the server
/// refuses that; a person is told.
fn remove_part(session: &mut Session<'_>, file: &OutboxFile) -> Step<Stage> {
    let part = part_path(file);
    match session.place.remove(std::slice::from_ref(&part)).pop() {
        Some(Err(fault)) if fault.kind != FaultKind::Missing => {
            let fault = StopReason::not_of_our_disk(fault)?;
            if !is_items_own(&fault) {
                return Ok(Stage::Failed { fault, why: None });
            }
            let part = String::from_utf8_lossy(&part);
            let why = format!(
                "{part}: it was sent, and this temporary file of it can't be removed: {fault}; remove it there"
            );
            session.tell(NOT_SENT, &file.reference, &why)?;
        }
        _ => {}
    }
    Ok(Stage::Delivered)
}

/// Puts the markers beside delivered files that are to have one. For a collected file the marker was there, or its
/// receiver does not wait for one.
fn mark(session: &mut Session<'_>, batch: &mut [SendReport]) -> Step {
    let mut delivered = at(batch, |s| matches!(s, Stage::Delivered));
    delivered.retain(|item| item.file.done_marker);
    let order = |item: &&mut SendReport| {
        let marker = format!("{}.done", item.file.name);
        upload_to(session, &item.file, path(&item.file.folder, &marker), 0)
    };
    let orders = delivered.iter().map(order).collect();
    for (item, result) in delivered.into_iter().zip(session.place.send(orders)) {
        if let Err(fault) = result {
            // The file itself is there: the next round adds its marker.
            item.stage = Stage::held_back(&item.file, fault, None)?.or_skipped();
        }
    }
    Ok(())
}

/// Notes in the ledger which files were sent; their bytes are needed no more.
fn finish(session: &mut Session<'_>, batch: &[SendReport]) -> Step {
    let done = || batch.iter().filter(|item| item.stage.is_there());
    let numbers: Vec<i64> = done().map(|item| item.file.number).collect();
    if numbers.is_empty() {
        return Ok(());
    }
    session.step("ledger: sent")?;
    session.ledger.set_send_state(&numbers, SendState::Sent)?;
    session.round.sent += numbers.len() as u64;
    for item in done() {
        spool::remove_staged(session.disk(), &local_path(session, &item.file))?;
    }
    Ok(())
}
