//! One file's way: claimed → judged → committed → delivered → archived → closed.
//!
//! The order is the promise. The ledger's row is written before the rename it announces; everything is durable in the
//! work folder before the one transaction that commits; what is visible comes after it, and every step after it can
//! be repeated by [`super::recover`]. Before the commit nothing of the run is visible and it starts afresh.

use super::again::archived;
use super::desk::WorkFiles;
use super::ending::{self, Earlier, Ending};
use super::error::{Result, RunError};
use super::finish::finish;
use super::inbound;
use super::judging::{self, Case, Verdict};
use super::look;
use super::outgoing::outgoing;
use super::site::Site;
use super::watch::{Followed, Watch};
use crate::compare::change::{Change, ChangeReader, ChangeWriter};
use crate::config::Integration;
use crate::domain::{Code, RunStatus, RunSummary, SiteKey};
use crate::format::FileFault;
use crate::ledger::{Committed, Ledger, Origin, RunRow, RunState};
use crate::spool::{self, Claimed, SpoolError, Writers};
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often a file whose sender goes on writing is judged afresh.
const PATIENCE: u32 = 3;
/// How long a claimed file may stay open for writing before it counts as one whose sender goes on.
const OPEN_PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks whether it is closed.
const OPEN_PAUSE: Duration = Duration::from_millis(20);

/// An integration at work, its locks held.
pub(super) struct Way<'a> {
    pub(super) site: &'a Site,
    pub(super) integration: &'a Integration,
    pub(super) ledger: Ledger,
    pub(super) key: SiteKey,
    pub(super) watch: &'a dyn Watch,
}

impl Way<'_> {
    /// Takes a claimed run from wherever its file is to its end.
    ///
    /// `at` is where the source file is, if the caller knows; the ledger knows its masked name only.
    pub(super) fn go(&mut self, row: &RunRow, at: Option<&Path>) -> Result<RunSummary> {
        let work = self.site.work(&row.reference);
        let mut claimed = match self.claim(row, at, &work) {
            Ok(claimed) => claimed,
            // Senders can take a file away, or swap it, between the look and the claim. That ends this run alone: the
            // files behind it and the runs after it go on.
            Err(RunError::Spool(error)) if error.is_about_the_file() => {
                let reason = match error {
                    SpoolError::Vanished { .. } => {
                        "the source file was gone before it was claimed".to_owned()
                    }
                    // Senders read it in their receipt: where the site lies is none of their business.
                    other => inside(self.site, &other.to_string()),
                };
                // While the run is claimed it is taken up again; afterwards nobody would look into its work folder.
                spool::clear_work(&self.site.disk, &work)?;
                self.site
                    .disk
                    .step("ledger: abandon")
                    .map_err(RunError::io("writing the ledger"))?;
                self.ledger.abandon(row.number, &reason, self.site.now())?;
                return self.summary(row);
            }
            Err(error) => return Err(error),
        };
        let files = WorkFiles::new(&work);
        let mut tries = 0;
        let result = loop {
            let result = self.judge(row, &claimed, &files)?;
            let closed = row.origin != Origin::Inbound || self.closed_by_sender(&claimed)?;
            if closed && claimed.still_same()? {
                break result;
            }
            tries += 1;
            if tries == PATIENCE || !closed {
                break Ending::still_written();
            }
            claimed = spool::claim(&self.site.disk, &claimed.path.clone(), &work)?;
        };
        let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
        self.watch.advance(0);
        self.go_on()?;
        let finished = ending::finished(self.site, self.integration, row, &result, &files, name)?;
        self.commit(row, &finished, &files)?;
        finish(
            self.site,
            self.integration,
            &mut self.ledger,
            &row.reference,
        )
        .map_err(|source| RunError::Unpublished {
            reference: row.reference.clone(),
            integration: row.integration.clone(),
            source: Box::new(source),
        })?;
        self.watch.end(&finished.summary);
        Ok(finished.summary)
    }

    /// Waits a while until nobody has a claimed file open for writing: some senders rename first and close then.
    fn closed_by_sender(&self, claimed: &Claimed) -> Result<bool> {
        let began = Instant::now();
        while claimed.writers() == Writers::Somebody {
            if began.elapsed() > OPEN_PATIENCE {
                return Ok(false);
            }
            self.go_on()?;
            std::thread::sleep(OPEN_PAUSE);
        }
        Ok(true)
    }

    fn go_on(&self) -> Result<()> {
        if self.watch.gives_up() {
            return Err(RunError::GivenUp);
        }
        Ok(())
    }

    fn summary(&self, row: &RunRow) -> Result<RunSummary> {
        let row = self.site.run(&self.ledger, &row.reference)?;
        let summary = row.summary.clone().unwrap_or_else(|| row.fresh_summary());
        self.watch.end(&summary);
        Ok(summary)
    }

    /// The source in its work folder, wherever it was before.
    fn claim(&self, row: &RunRow, at: Option<&Path>, work: &Path) -> Result<Claimed> {
        let disk = &self.site.disk;
        let path = match (at, &row.source_path) {
            (Some(at), _) => at.to_owned(),
            (None, Some(masked)) => unmasked(masked),
            (None, None) => PathBuf::new(),
        };
        // A held file that was released comes from the held folder.
        let held = ending::held_path(self.site, self.integration, row);
        if held.exists() {
            return Ok(spool::claim(disk, &held, work)?);
        }
        Ok(match row.origin {
            Origin::Inbound => {
                let ending = inbound::marker(self.integration);
                // Of a run that was killed before the claim, the sender may have sent the name anew.
                if at.is_none()
                    && !work.join(spool::SOURCE).exists()
                    && spool::uploads_again(&path, ending)
                {
                    let path = spool::shown(&path);
                    return Err(SpoolError::Vanished { path }.into());
                }
                let claimed = spool::claim(disk, &path, work)?;
                if let Some(ending) = ending {
                    spool::claim_marker(disk, &path, ending, &claimed)?;
                }
                claimed
            }
            Origin::File | Origin::Archive | Origin::None => spool::take_copy(disk, &path, work)?,
        })
    }

    fn judge(&mut self, row: &RunRow, claimed: &Claimed, files: &WorkFiles) -> Result<Ending> {
        let survey = look::survey(Followed {
            source: claimed.open()?,
            watch: self.watch,
        })?;
        self.site
            .disk
            .step("ledger: source")
            .map_err(RunError::io("writing the ledger"))?;
        self.ledger
            .set_source(row.number, survey.bytes, &survey.sha256)?;
        if let Some(fault) = refused(row) {
            return Ok(Ending::judged(survey, Verdict::Bad(fault)));
        }
        if let Some(earlier) = self.duplicate(row, &survey.sha256)? {
            return Ok(Ending::duplicate(survey, earlier));
        }
        let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
        self.watch
            .begin(&self.integration.name, &spool::masked(name), survey.bytes);
        let case = Case {
            site: self.site,
            integration: self.integration,
            ledger: &self.ledger,
            key: self.key,
            row,
            survey: &survey,
            rows: true,
            dry: false,
        };
        let verdict = judging::claimed(&case, claimed, files, self.watch)?;
        Ok(Ending::judged(survey, verdict))
    }

    /// The run that took the same bytes before. A re-run wants them again, and corrections are no copy of what they
    /// correct, even when nothing was changed.
    fn duplicate(&self, row: &RunRow, sha256: &str) -> Result<Option<Earlier>> {
        if row.rerun_of.is_some() || row.test {
            return Ok(None);
        }
        let parent = row.resubmission_of.as_ref();
        let taken = self.ledger.taken(&self.integration.name, sha256, parent)?;
        Ok(match taken.filter(|t| *t != row.reference) {
            Some(reference) => {
                // It may be purged since; held runs never are.
                let run = self.ledger.run(&reference)?;
                Some(Earlier {
                    held: run.as_ref().is_some_and(|r| r.status == RunStatus::Held),
                    archived: run.is_some_and(|r| archived(self.site, &r).is_ok()),
                    reference,
                })
            }
            None => None,
        })
    }

    fn commit(
        &mut self,
        row: &RunRow,
        finished: &ending::Finished,
        files: &WorkFiles,
    ) -> Result<()> {
        let outbox = outgoing(self.site, self.integration, &finished.publications)?;
        let committed = Committed {
            summary: &finished.summary,
            state: RunState::Delivering,
            watermark: finished.watermark,
            publications: &finished.publications,
            outbox: &outbox,
            disposal: Some(&finished.disposal),
            hold: &finished.hold,
            event: None,
        };
        let changes = files.path("changes");
        let roster = &self.integration.roster;
        // Its sender may not have waited for the disk, and the archive has to hold what was judged.
        File::open(files.path(spool::SOURCE))
            .and_then(|source| self.site.disk.sync_file(&source))
            .map_err(RunError::io("making the source file durable"))?;
        self.site
            .disk
            .step("ledger: commit")
            .map_err(RunError::io("writing the ledger"))?;
        if finished.applies {
            let file = File::open(&changes).map_err(RunError::io("reading the changes"))?;
            let mut reader = ChangeReader::new(BufReader::with_capacity(1 << 20, file));
            self.ledger
                .commit(row.number, &committed, Some(&mut reader), roster)?;
        } else {
            // What an end in the middle of the file has left there was never told.
            let kept = if finished.judged {
                findings_alone(&changes).map_err(RunError::io("reading the changes"))?
            } else {
                Vec::new()
            };
            let mut reader = ChangeReader::new(&kept[..]);
            self.ledger
                .commit(row.number, &committed, Some(&mut reader), roster)?;
        }
        Ok(())
    }
}

/// What is wrong with the name under which a sender left the file. A file that a person named may have any name.
fn refused(row: &RunRow) -> Option<FileFault> {
    let kept = row.source_name.as_deref().unwrap_or_default();
    let fault = spool::fault_of_kept(kept).filter(|_| row.origin == Origin::Inbound)?;
    let detail = format!("the file's name {fault}; then send the file anew");
    Some(FileFault::new(Code::FileNameRefused, 0, detail))
}

/// A sentence with paths relative to the site.
fn inside(site: &Site, sentence: &str) -> String {
    let root = format!("{}/", spool::shown(&site.config.root));
    sentence.replace(&root, "")
}

/// A path as the ledger may keep it.
pub(super) fn masked_path(path: &Path) -> PathBuf {
    match path.file_name() {
        Some(name) => path.with_file_name(spool::kept_name(name)),
        None => path.to_owned(),
    }
}

/// The file that a masked path stands for; the path itself where none is found.
fn unmasked(masked: &Path) -> PathBuf {
    if masked.exists() && masked_path(masked) == masked {
        return masked.to_owned();
    }
    let entries = masked
        .parent()
        .and_then(|folder| std::fs::read_dir(folder).ok());
    let mut paths = entries.into_iter().flatten().flatten().map(|e| e.path());
    paths
        .find(|p| masked_path(p) == masked)
        .unwrap_or_else(|| masked.to_owned())
}

/// The findings among a run's changes: what a run that changes nothing still tells.
fn findings_alone(changes: &Path) -> io::Result<Vec<u8>> {
    let mut reader = ChangeReader::new(BufReader::new(File::open(changes)?));
    let mut kept = ChangeWriter::new(Vec::new());
    while let Some(change) = reader.next_change()? {
        if let Change::Finding(_) = change {
            kept.write(&change)?;
        }
    }
    kept.finish()
}
