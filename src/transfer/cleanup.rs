//! Deletes, moves or leaves remote files once they are delivered, each only as it was fetched.

use super::fetch::open_pulls;
use super::session::{Session, path};
use super::trouble::{About, ItemReport, Step, not_done};
use crate::config::{AfterPull, Integration, Pull};
use crate::domain::file_name::stem_and_extension;
use crate::ledger::{EventAction, OpenPull, Part, PullState};
use crate::site::RunError;
use crate::transport::{Fault, FaultKind, RemoteFile};

/// The action of events about fetched files that can't be deleted or moved.
const NOT_CLEARED: EventAction = EventAction::NotCleared;

/// Deletes or moves on the server what is in inbound, or leaves it there, as the integration's pull says.
pub(super) fn clean_up(session: &mut Session<'_>, integration: &Integration, pull: &Pull) -> Step {
    match &pull.after {
        AfterPull::Keep => Ok(leave(session, integration)?),
        AfterPull::Delete => clear(session, integration, pull, None),
        AfterPull::Move(to) => clear(session, integration, pull, Some(to)),
    }
}

/// Leaves what is in inbound where it is on the server, and remembers it.
pub(super) fn leave(session: &mut Session<'_>, integration: &Integration) -> Result<(), RunError> {
    let ours = open_pulls(session, integration, PullState::Ours)?;
    if ours.is_empty() {
        return Ok(());
    }
    let numbers: Vec<i64> = ours.iter().map(|f| f.number).collect();
    session.step("ledger: settled")?;
    Ok(session.ledger.keep_pulls(&numbers)?)
}

/// Deletes files, or moves them to a folder.
fn clear(
    session: &mut Session<'_>,
    integration: &Integration,
    pull: &Pull,
    to: Option<&str>,
) -> Step {
    let files = open_pulls(session, integration, PullState::Ours)?;
    if files.is_empty() {
        return Ok(());
    }
    let mut clearing = Clearing {
        session,
        about: About::new(Part::Pull, &integration.name, NOT_CLEARED),
        reports: Vec::new(),
    };
    let (mut present, gone) = clearing.still_there(files)?;
    let mut done = clearing.gone_for_good(&pull.folder, &gone)?;
    if let Some(ending) = integration.complete.marker_ending() {
        present = clearing.without_markers(present, ending)?;
    }
    let cleared = match to {
        None => clearing.session.place.remove(&paths(&present)),
        Some(to) => move_to(clearing.session, &present, to),
    };
    for (file, result) in present.iter().zip(cleared) {
        match result {
            Err(fault) if fault.kind != FaultKind::Missing || to.is_some() => {
                let why = not_cleared(file, &fault, to);
                clearing.report(fault, Some(why))?;
            }
            _ => done.push(file.number),
        }
    }
    let Clearing { reports, .. } = clearing;
    if !done.is_empty() {
        session.step("ledger: settled")?;
        session.ledger.forget_pulls(&done)?;
    }
    session.troubles.take(reports)
}

/// Files that are being deleted or moved, and what kept single ones back.
struct Clearing<'s, 'a> {
    session: &'s mut Session<'a>,
    about: About,
    reports: Vec<ItemReport>,
}

impl Clearing<'_, '_> {
    fn report(&mut self, fault: Fault, why: Option<String>) -> Step {
        self.reports.push(ItemReport::new(&self.about, fault, why)?);
        Ok(())
    }

    /// Divides files into those that are on the server as they were fetched, and those that are gone or were replaced.
    fn still_there(&mut self, files: Vec<OpenPull>) -> Step<(Vec<OpenPull>, Vec<OpenPull>)> {
        let looks = self.session.place.look(&paths(&files));
        let (mut present, mut gone) = (Vec::new(), Vec::new());
        for (file, look) in files.into_iter().zip(looks) {
            let same = |entry: &RemoteFile| {
                entry.plain && (entry.size, entry.modified) == (file.size, file.modified)
            };
            match look {
                Ok(Some(entry)) if same(&entry) => present.push(file),
                Ok(_) => gone.push(file),
                Err(fault) if fault.kind == FaultKind::Missing => gone.push(file),
                Err(fault) => {
                    let why = format!("{}: {fault}", file.shown);
                    self.report(fault, Some(why))?;
                }
            }
        }
        Ok((present, gone))
    }

    /// The numbers of the files that are gone from the server for good. While the folder that is `pulled` from is
    /// missing, they may come back with it.
    fn gone_for_good(&mut self, pulled: &str, gone: &[OpenPull]) -> Step<Vec<i64>> {
        let mut folder_is_there = true;
        if gone.iter().any(|f| f.folder == pulled) {
            folder_is_there = match self.session.has_folder(pulled) {
                Ok(there) => there,
                Err(fault) => {
                    self.report(fault, None)?;
                    false
                }
            };
        }
        // A folder that is no longer pulled from may be gone for good.
        let for_good = |f: &&OpenPull| folder_is_there || f.folder != pulled;
        Ok(gone.iter().filter(for_good).map(|f| f.number).collect())
    }

    /// Deletes the markers first: the next file of a name needs its own. Returns the files whose marker is gone.
    fn without_markers(&mut self, files: Vec<OpenPull>, ending: &str) -> Step<Vec<OpenPull>> {
        let marker = |f: &OpenPull| path(&f.folder, &format!("{}{ending}", f.name));
        let markers: Vec<Vec<u8>> = files.iter().map(marker).collect();
        let removed = self.session.place.remove(&markers);
        let mut left = Vec::new();
        for (file, result) in files.into_iter().zip(removed) {
            match result {
                Err(fault) if fault.kind != FaultKind::Missing => {
                    let failed = "when it was to be deleted";
                    let what = not_done(&fault, failed, "it can't be deleted there");
                    let why = format!("the marker of {}: {what}", file.shown);
                    self.report(fault, Some(why))?;
                }
                _ => left.push(file),
            }
        }
        Ok(left)
    }
}

/// Why a file was not deleted, or moved to a folder.
fn not_cleared(file: &OpenPull, fault: &Fault, to: Option<&str>) -> String {
    let (failed, could) = match to {
        None => (
            "when it was to be deleted".to_owned(),
            "it can't be deleted there".to_owned(),
        ),
        Some(to) => (
            format!("when it was to be moved to {to}"),
            format!("it can't be moved to {to}"),
        ),
    };
    let what = match fault.kind {
        FaultKind::Denied => format!(
            "{could}: {fault}; ask the server's owner for that right, or set pull.after = \"keep\""
        ),
        _ => not_done(fault, &failed, &could),
    };
    match fault.kind {
        FaultKind::Transient => format!("{}: fetched, but {what}", file.shown),
        _ => format!("{}: {what}", file.shown),
    }
}

/// Moves files to a folder; one whose name is taken there gets its number before its extension.
fn move_to(session: &mut Session<'_>, files: &[OpenPull], to: &str) -> Vec<Result<(), Fault>> {
    let pair = |f: &OpenPull| (path(&f.folder, &f.name), path(to, &f.name));
    let pairs: Vec<(Vec<u8>, Vec<u8>)> = files.iter().map(pair).collect();
    let mut results = session.place.rename(&pairs);
    for (file, result) in files.iter().zip(&mut results) {
        if matches!(result, Err(fault) if fault.kind == FaultKind::Exists) {
            let pair = (
                path(&file.folder, &file.name),
                path(to, &numbered(&file.name, file.number)),
            );
            if let Some(again) = session.place.rename(&[pair]).pop() {
                *result = again;
            }
        }
        // Either end may be what is missing; the next round finds out whether the file is gone.
        if let Err(fault) = result
            && fault.kind == FaultKind::Missing
        {
            fault.what = format!(
                "it can't be moved to {to}: {}; make that folder on the server",
                fault.what
            );
        }
    }
    results
}

fn paths(files: &[OpenPull]) -> Vec<Vec<u8>> {
    let path = |f: &OpenPull| path(&f.folder, &f.name);
    files.iter().map(path).collect()
}

/// The name with a number before its extension.
fn numbered(name: &str, number: i64) -> String {
    match stem_and_extension(name) {
        (stem, "") => format!("{stem}.{number}"),
        (stem, extension) => format!("{stem}.{number}.{extension}"),
    }
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn a_number_stands_before_the_extension() {
        assert_eq!(numbered("a.b.csv", 7), "a.b.7.csv");
        assert_eq!(numbered("plain", 7), "plain.7");
    }
}
