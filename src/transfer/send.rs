//! One batch of the outbox: uploaded under temporary names, renamed, marked, each file once.

use super::content_match::ContentMatch;
use super::session::{Session, path};
use super::stop_reason::{Faults, StopReason};
use super::trouble::not_done;
use crate::ledger::{OutboxFile, SendState};
use crate::spool;
use crate::transport::{Fault, FaultKind, RemoteFile, Upload};
use std::collections::BTreeSet;

/// Another file on the server has the name.
const TAKEN: &str =
    "the server holds another file of this name, which is not overwritten; move it away there";
const NO_FOLDER: &str = "it is not there";
/// The bytes that were kept aren't those that were published.
const BYTES_GONE: &str =
    "its bytes are no longer what the run published; repeat the run with `feedgate rerun`";

/// What of a batch is how far.
#[derive(Default)]
struct Sorted {
    /// To be uploaded.
    fresh: Vec<OutboxFile>,
    /// To be renamed: its bytes are there.
    uploaded: Vec<OutboxFile>,
    /// There under its name, perhaps with its temporary name still there, too: to be compared.
    doubtful: Vec<(OutboxFile, bool)>,
    /// There, or taken from there.
    there: Vec<(OutboxFile, Presence)>,
}

/// Whether a file that was sent is still there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    /// It is.
    There,
    /// Its receiver took it already: only we remove temporary names, so it was renamed.
    Taken,
}

/// The path of a file that is sent.
fn target(parcel: &OutboxFile) -> Vec<u8> {
    path(&parcel.folder, &parcel.name)
}

/// The temporary path of a file that is sent.
pub(super) fn part(parcel: &OutboxFile) -> Vec<u8> {
    let name = format!(".{}.{}.part", parcel.name, parcel.reference);
    path(&parcel.folder, &name)
}

/// What stood in a batch's way beside single files.
#[derive(Default)]
pub(super) struct Obstacles {
    pub(super) faults: Faults,
    /// Files that are missing their folder or may not be written: the folder's fault, unless it took others.
    pub(super) suspects: Vec<(OutboxFile, Fault)>,
    /// Folders that took files.
    pub(super) served: BTreeSet<String>,
    /// What the server failed to do with which integration's file.
    pub(super) failed: Vec<(String, Fault, String)>,
}

impl Obstacles {
    /// Sorts the fault of one file. The sentence, if the file alone is refused.
    fn sort(&mut self, parcel: &OutboxFile, fault: Fault) -> Result<Option<String>, StopReason> {
        self.sort_as(parcel, fault, None)
    }

    /// The same; `failed` says what a server did that only tells that it failed.
    fn sort_as(
        &mut self,
        parcel: &OutboxFile,
        fault: Fault,
        failed: Option<&str>,
    ) -> Result<Option<String>, StopReason> {
        if fault.kind == FaultKind::Transient {
            let what = match failed {
                Some(failed) => not_done(&fault, failed, "it can't be sent"),
                None => fault.to_string(),
            };
            let why = format!("{}: {what}", parcel.name);
            let copy = Fault::new(fault.kind, fault.what.clone());
            self.failed.push((parcel.integration.clone(), copy, why));
        }
        let Some(fault) = self.faults.sort(fault)? else {
            return Ok(None);
        };
        if matches!(fault.kind, FaultKind::Missing | FaultKind::Denied) {
            self.suspects.push((parcel.clone(), fault));
            return Ok(None);
        }
        Ok(Some(fault.to_string()))
    }
}

impl Session<'_> {
    /// Sends a batch as far as it goes.
    pub(super) fn send(
        &mut self,
        batch: Vec<OutboxFile>,
        obstacles: &mut Obstacles,
    ) -> Result<(), StopReason> {
        let mut sorted = self.sort(batch, obstacles)?;
        let fresh = std::mem::take(&mut sorted.fresh);
        let uploaded = self.upload(fresh, obstacles)?;
        sorted.uploaded.extend(self.announce(uploaded)?);
        self.rename(&mut sorted, obstacles)?;
        self.resolve(&mut sorted, obstacles)?;
        let served = sorted.there.iter().map(|(p, _)| p.folder.clone());
        obstacles.served.extend(served);
        let done = self.mark(sorted.there, obstacles)?;
        if done.is_empty() {
            return Ok(());
        }
        self.step("ledger: sent")?;
        let numbers: Vec<i64> = done.iter().map(|p| p.number).collect();
        self.ledger.parcels_are(&numbers, SendState::Sent)?;
        self.round.sent += done.len() as u64;
        for parcel in &done {
            spool::drop_transit(self.disk(), &self.parcel_path(parcel))?;
        }
        Ok(())
    }

    /// What is on the server tells how far each file is.
    fn sort(
        &mut self,
        batch: Vec<OutboxFile>,
        obstacles: &mut Obstacles,
    ) -> Result<Sorted, StopReason> {
        let paths: Vec<Vec<u8>> = batch.iter().flat_map(|p| [target(p), part(p)]).collect();
        let mut looks = self.place.look(&paths).into_iter();
        let (mut sorted, mut taken) = (Sorted::default(), Vec::new());
        for parcel in batch {
            let (Some(at_target), Some(at_part)) = (looks.next(), looks.next()) else {
                break;
            };
            let (at_target, at_part) = match (at_target, at_part) {
                (Ok(target), Ok(part)) => (target, part),
                (Err(fault), _) | (_, Err(fault)) => {
                    if let Some(why) = obstacles.sort(&parcel, fault)? {
                        self.refuse(&parcel, &why)?;
                    }
                    continue;
                }
            };
            let renaming = parcel.state == SendState::Renaming;
            let alike = |e: &RemoteFile| e.plain && e.size == parcel.size;
            match (at_target, at_part) {
                (None, None) if renaming => taken.push(parcel),
                (Some(_), None) if renaming => sorted.there.push((parcel, Presence::There)),
                (None, Some(part)) if renaming && alike(&part) => sorted.uploaded.push(parcel),
                (None, _) => sorted.fresh.push(parcel),
                (Some(target), part) if alike(&target) => {
                    sorted.doubtful.push((parcel, part.is_some()));
                }
                (Some(_), part) => self.taken(&parcel, part.is_some())?,
            }
        }
        for parcel in taken {
            match self.has_folder(&parcel.folder) {
                Ok(true) => sorted.there.push((parcel, Presence::Taken)),
                Ok(false) => {
                    obstacles.sort(&parcel, Fault::new(FaultKind::Missing, NO_FOLDER))?;
                }
                Err(fault) => {
                    obstacles.sort(&parcel, fault)?;
                }
            }
        }
        Ok(sorted)
    }

    /// Uploads files under their temporary names. Returns those that are there whole.
    fn upload(
        &mut self,
        fresh: Vec<OutboxFile>,
        obstacles: &mut Obstacles,
    ) -> Result<Vec<OutboxFile>, StopReason> {
        let mut sound = Vec::new();
        for parcel in fresh {
            let bytes =
                spool::open_transit(&self.parcel_path(&parcel)).and_then(|f| spool::digest(&f));
            match bytes {
                Ok((sha256, _)) if sha256 == parcel.sha256 => sound.push(parcel),
                _ => self.refuse(&parcel, BYTES_GONE)?,
            }
        }
        let outbox = self.site.outbox();
        let send = |parcel: &OutboxFile| {
            let from = outbox.join(parcel.number.to_string());
            Upload {
                path: part(parcel),
                size: parcel.size,
                from: Box::new(move || spool::open_transit(&from)),
            }
        };
        let results = self.place.send(sound.iter().map(send).collect());
        let mut sent = Vec::new();
        for (parcel, result) in sound.into_iter().zip(results) {
            match result {
                Ok(()) => sent.push(parcel),
                Err(fault) => {
                    let failed = Some("while it was written (is its disk full?)");
                    if let Some(why) = obstacles.sort_as(&parcel, fault, failed)? {
                        self.refuse(&parcel, &why)?;
                    }
                }
            }
        }
        let paths: Vec<Vec<u8>> = sent.iter().map(part).collect();
        let looks = self.place.look(&paths);
        let mut whole = Vec::new();
        for (parcel, look) in sent.into_iter().zip(looks) {
            match look {
                Ok(Some(entry)) if entry.size == parcel.size => whole.push(parcel),
                Ok(_) => {
                    let what = "a file did not arrive with the size it was sent with";
                    let fault = Fault::new(FaultKind::Transient, what);
                    obstacles.sort(&parcel, fault)?;
                }
                Err(fault) => {
                    if let Some(why) = obstacles.sort(&parcel, fault)? {
                        self.refuse(&parcel, &why)?;
                    }
                }
            }
        }
        Ok(whole)
    }

    /// Writes down that files are about to get their names. One that a later version has followed meanwhile goes.
    fn announce(&mut self, uploaded: Vec<OutboxFile>) -> Result<Vec<OutboxFile>, StopReason> {
        if uploaded.is_empty() {
            return Ok(uploaded);
        }
        self.step("ledger: renaming")?;
        let numbers: Vec<i64> = uploaded.iter().map(|p| p.number).collect();
        let moved = self.ledger.parcels_are(&numbers, SendState::Renaming)?;
        let (ours, followed): (Vec<OutboxFile>, Vec<OutboxFile>) = uploaded
            .into_iter()
            .partition(|p| moved.contains(&p.number));
        if !followed.is_empty() {
            let parts: Vec<Vec<u8>> = followed.iter().map(part).collect();
            // The later version is uploaded over what stays.
            self.place.remove(&parts);
        }
        Ok(ours)
    }

    fn rename(&mut self, sorted: &mut Sorted, obstacles: &mut Obstacles) -> Result<(), StopReason> {
        let uploaded = std::mem::take(&mut sorted.uploaded);
        let pair = |p: &OutboxFile| (part(p), target(p));
        let pairs: Vec<(Vec<u8>, Vec<u8>)> = uploaded.iter().map(pair).collect();
        let results = self.place.rename(&pairs);
        for (parcel, result) in uploaded.into_iter().zip(results) {
            match result {
                Ok(()) => sorted.there.push((parcel, Presence::There)),
                Err(fault) if fault.kind == FaultKind::Exists => {
                    sorted.doubtful.push((parcel, true));
                }
                Err(fault) => {
                    let failed = Some("when it was to get its name");
                    if let Some(why) = obstacles.sort_as(&parcel, fault, failed)? {
                        self.set_aside(&parcel, true, &why)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Files of the same size under the same names are ours if their bytes are.
    fn resolve(
        &mut self,
        sorted: &mut Sorted,
        obstacles: &mut Obstacles,
    ) -> Result<(), StopReason> {
        let doubtful = std::mem::take(&mut sorted.doubtful);
        let files: Vec<(&OutboxFile, Vec<u8>)> =
            doubtful.iter().map(|(p, _)| (p, target(p))).collect();
        let alike = self.compare(&files, &mut obstacles.faults)?;
        for ((parcel, left), likeness) in doubtful.into_iter().zip(alike) {
            match likeness {
                ContentMatch::Ours => {
                    let removed = !left || self.remove_part(&parcel, obstacles)?;
                    if removed {
                        sorted.there.push((parcel, Presence::There));
                    }
                }
                ContentMatch::Other => self.taken(&parcel, left)?,
                // It is looked at again with the next round.
                ContentMatch::Unknown => {}
            }
        }
        Ok(())
    }

    /// Removes a file under its temporary name. Whether it is gone.
    fn remove_part(
        &mut self,
        parcel: &OutboxFile,
        obstacles: &mut Obstacles,
    ) -> Result<bool, StopReason> {
        match self.place.remove(&[part(parcel)]).pop() {
            Some(Err(fault)) if fault.kind != FaultKind::Missing => {
                obstacles.faults.sort(fault)?;
                Ok(false)
            }
            _ => Ok(true),
        }
    }

    /// Another file has the name.
    fn taken(&mut self, parcel: &OutboxFile, left: bool) -> Result<(), StopReason> {
        self.set_aside(parcel, left, TAKEN)
    }

    /// A file is refused; what it may have left under its temporary name goes.
    pub(super) fn set_aside(
        &mut self,
        parcel: &OutboxFile,
        left: bool,
        why: &str,
    ) -> Result<(), StopReason> {
        // The ledger first: one that is `renaming` and has lost its temporary name counts as renamed.
        self.refuse(parcel, why)?;
        if left {
            // It is uploaded anew when it is tried again; what can't be removed is overwritten then.
            self.place.remove(&[part(parcel)]);
        }
        Ok(())
    }

    /// Puts the markers beside files that are to have one. Returns all that are done. Of a file that was taken the marker
    /// was there, or nobody waits for it.
    fn mark(
        &mut self,
        there: Vec<(OutboxFile, Presence)>,
        obstacles: &mut Obstacles,
    ) -> Result<Vec<OutboxFile>, StopReason> {
        let (to_mark, mut done): (Vec<_>, Vec<_>) = there
            .into_iter()
            .partition(|(p, presence)| p.done_marker && *presence == Presence::There);
        let outbox = self.site.outbox();
        let send = |(parcel, _): &(OutboxFile, Presence)| {
            let from = outbox.join(parcel.number.to_string());
            Upload {
                path: path(&parcel.folder, &format!("{}.done", parcel.name)),
                size: 0,
                from: Box::new(move || spool::open_transit(&from)),
            }
        };
        let results = self.place.send(to_mark.iter().map(send).collect());
        for ((parcel, presence), result) in to_mark.into_iter().zip(results) {
            match result {
                Ok(()) => done.push((parcel, presence)),
                // The file itself is there: its marker is made up for with the next round.
                Err(fault) => {
                    obstacles.sort(&parcel, fault)?;
                }
            }
        }
        Ok(done.into_iter().map(|(parcel, _)| parcel).collect())
    }
}
