//! What becomes on the server of files that are ours: they are deleted, moved or left, each only as it was fetched.

use super::deliver::marker;
use super::session::{Session, path};
use super::stop_reason::{Faults, StopReason};
use super::trouble::{About, not_done};
use crate::config::{AfterPull, Integration};
use crate::domain::file_name::stem_and_extension;
use crate::ledger::{OpenPull, Part, PullState};
use crate::transport::{Fault, FaultKind};

/// What is told of a fetched file that can't be deleted or moved.
pub(super) const NOT_CLEARED: &str = "not cleared";

impl Session<'_> {
    /// Ends the way of every file that is ours.
    pub(super) fn settle(&mut self, integration: &Integration) -> Result<(), StopReason> {
        let ours = self.open(integration, PullState::Ours)?;
        if ours.is_empty() {
            return Ok(());
        }
        let pull = integration.pull.as_ref();
        match pull.filter(|p| p.endpoint == self.endpoint) {
            // Nobody says any more that they are to go.
            None => self.remember(&ours),
            Some(pull) => match &pull.after {
                AfterPull::Keep => self.remember(&ours),
                AfterPull::Delete => self.clear(integration, ours, None),
                AfterPull::Move(to) => self.clear(integration, ours, Some(to)),
            },
        }
    }

    fn remember(&mut self, files: &[OpenPull]) -> Result<(), StopReason> {
        let numbers: Vec<i64> = files.iter().map(|f| f.number).collect();
        self.step("ledger: settled")?;
        Ok(self.ledger.keep_pulls(&numbers)?)
    }

    /// Deletes files, or moves them to a folder.
    fn clear(
        &mut self,
        integration: &Integration,
        files: Vec<OpenPull>,
        to: Option<&str>,
    ) -> Result<(), StopReason> {
        let about = About::new(Part::Pull, &integration.name, NOT_CLEARED);
        let mut faults = Faults::default();
        let mut told = Vec::new();
        let mut done = Vec::new();
        let (still, gone) = self.still_there(&about, files, &mut faults, &mut told)?;
        self.done_with(integration, gone, &mut done, &mut faults)?;
        let still = match marker(integration) {
            Some(ending) => self.without_markers(&about, still, ending, &mut faults, &mut told)?,
            None => still,
        };
        let cleared = match to {
            None => self.delete(&still),
            Some(to) => self.move_to(&still, to),
        };
        let denied = |to: Option<&str>| match to {
            None => "it can't be deleted there".to_owned(),
            Some(to) => format!("it can't be moved to {to}"),
        };
        for (file, result) in still.iter().zip(cleared) {
            match result {
                Ok(()) => done.push(file.number),
                Err(fault) if fault.kind == FaultKind::Missing && to.is_none() => {
                    done.push(file.number);
                }
                Err(fault) => {
                    let what = match fault.kind {
                        FaultKind::Denied => format!(
                            "{}: {fault}; ask the server's owner for that right, or set pull.after = \"keep\"",
                            denied(to)
                        ),
                        FaultKind::Transient => match to {
                            None => not_done(&fault, "when it was to be deleted", &denied(to)),
                            Some(folder) => {
                                let failed = format!("when it was to be moved to {folder}");
                                not_done(&fault, &failed, &denied(to))
                            }
                        },
                        _ => fault.to_string(),
                    };
                    let why = format!("{}: fetched, but {what}", file.shown);
                    self.unless_lost(about.clone(), &fault, why);
                    if faults.sort(fault)?.is_some() {
                        told.push(format!("{}: {what}", file.shown));
                    }
                }
            }
        }
        if !done.is_empty() {
            self.step("ledger: settled")?;
            self.ledger.forget_pulls(&done)?;
        }
        self.trouble_each(&about, &told)?;
        faults.end()
    }

    /// Notes those that are gone from the server as done with. While their whole folder is gone, they may come back with it.
    fn done_with(
        &mut self,
        integration: &Integration,
        gone: Vec<OpenPull>,
        done: &mut Vec<i64>,
        faults: &mut Faults,
    ) -> Result<(), StopReason> {
        // A folder that is no longer looked into may be gone for good.
        let pull = integration.pull.as_ref().map(|p| p.folder.as_str());
        let there = match pull {
            Some(folder) if gone.iter().any(|f| f.folder == folder) => self.has_folder(folder),
            _ => Ok(true),
        };
        let there = match there {
            Ok(there) => there,
            Err(fault) => {
                faults.sort(fault)?;
                false
            }
        };
        let ended = |f: &&OpenPull| there || pull != Some(f.folder.as_str());
        done.extend(gone.iter().filter(ended).map(|f| f.number));
        Ok(())
    }

    /// Those that are on the server as they were fetched, and those that are gone, or others by now.
    fn still_there(
        &mut self,
        about: &About,
        files: Vec<OpenPull>,
        faults: &mut Faults,
        told: &mut Vec<String>,
    ) -> Result<(Vec<OpenPull>, Vec<OpenPull>), StopReason> {
        let looks = self.place.look(&paths(&files));
        let (mut still, mut gone) = (Vec::new(), Vec::new());
        for (file, look) in files.into_iter().zip(looks) {
            match look {
                Ok(Some(entry))
                    if entry.plain
                        && (entry.size, entry.modified) == (file.size, file.modified) =>
                {
                    still.push(file);
                }
                Ok(_) => gone.push(file),
                Err(fault) if fault.kind == FaultKind::Missing => gone.push(file),
                Err(fault) => {
                    let why = format!("{}: {fault}", file.shown);
                    self.unless_lost(about.clone(), &fault, why);
                    if let Some(fault) = faults.sort(fault)? {
                        told.push(format!("{}: {fault}", file.shown));
                    }
                }
            }
        }
        Ok((still, gone))
    }

    /// Deletes the markers first: the next file of a name needs its own. Returns the files whose marker is gone.
    fn without_markers(
        &mut self,
        about: &About,
        files: Vec<OpenPull>,
        ending: &str,
        faults: &mut Faults,
        told: &mut Vec<String>,
    ) -> Result<Vec<OpenPull>, StopReason> {
        let marked = |f: &OpenPull| path(&f.folder, &format!("{}{ending}", f.name));
        let markers: Vec<Vec<u8>> = files.iter().map(marked).collect();
        let removed = self.place.remove(&markers);
        let mut left = Vec::new();
        for (file, result) in files.into_iter().zip(removed) {
            match result {
                Err(fault) if fault.kind != FaultKind::Missing => {
                    let what = not_done(
                        &fault,
                        "when it was to be deleted",
                        "it can't be deleted there",
                    );
                    let why = format!("the marker of {}: {what}", file.shown);
                    self.unless_lost(about.clone(), &fault, why);
                    if let Some(fault) = faults.sort(fault)? {
                        told.push(format!("the marker of {}: {fault}", file.shown));
                    }
                }
                _ => left.push(file),
            }
        }
        Ok(left)
    }

    fn delete(&mut self, files: &[OpenPull]) -> Vec<Result<(), Fault>> {
        self.place.remove(&paths(files))
    }

    /// Moves files to a folder; one whose name is taken there gets its number before its extension.
    fn move_to(&mut self, files: &[OpenPull], to: &str) -> Vec<Result<(), Fault>> {
        let pair = |f: &OpenPull| (path(&f.folder, &f.name), path(to, &f.name));
        let pairs: Vec<(Vec<u8>, Vec<u8>)> = files.iter().map(pair).collect();
        let mut results = self.place.rename(&pairs);
        for (file, result) in files.iter().zip(&mut results) {
            if matches!(result, Err(fault) if fault.kind == FaultKind::Exists) {
                let pair = (
                    path(&file.folder, &file.name),
                    path(to, &numbered(&file.name, file.number)),
                );
                if let Some(again) = self.place.rename(&[pair]).pop() {
                    *result = again;
                }
            }
            // Either end may be what is missing; the next round's look tells a file that is gone.
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
