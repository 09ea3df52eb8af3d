//! One file's way: claimed → judged → committed → delivered → archived → closed.
//!
//! The order is the promise. The ledger's row is written before the rename it announces; everything is durable in the
//! work folder before the one transaction that commits; what is visible comes after it, and every step after it can
//! be repeated by [`super::recover`]. Before the commit nothing of the run is visible and it starts afresh.
//!
//! A run waits for the disk twice besides the ledger's own waits: before its commit, for its claim and its results; and
//! before its close, for everything put where it belongs. Where many files wait, the second wait of one is the first
//! of the next.

use super::again::archived;
use super::drafts::WorkFiles;
use super::ending::{self, Earlier, Ending};
use super::error::{Result, RunError};
use super::finish;
use super::judging::{self, Case, Verdict};
use super::look;
use super::outgoing::outgoing;
use super::site::Site;
use super::watch::{Followed, Watch};
use crate::compare::change::{Change, ChangeReader, ChangeWriter};
use crate::config::Integration;
use crate::domain::file_name;
use crate::domain::masking;
use crate::domain::{Code, ReferenceId, RunStatus, RunSummary, SiteKey};
use crate::format::FileFault;
use crate::format::survey::Survey;
use crate::ledger::{Committed, Ledger, Origin, RunRow, RunState};
use crate::spool::{self, Claimed, SpoolError, Unsynced, Writers};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often a file whose sender goes on writing is judged afresh.
const PATIENCE: u32 = 3;
/// How long a claimed file may stay open for writing before it counts as one whose sender goes on.
const OPEN_PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks whether it is closed.
const OPEN_PAUSE: Duration = Duration::from_millis(20);
/// A file of up to so many bytes is judged so soon that its claim may wait for the disk together with what comes of it.
const SOON: u64 = 1 << 20;

/// An integration at work, its locks held.
pub(super) struct Way<'a> {
    pub(super) site: &'a Site,
    pub(super) integration: &'a Integration,
    pub(super) ledger: Ledger,
    pub(super) key: SiteKey,
    pub(super) watch: &'a dyn Watch,
    /// Whether many more files wait: what has to be durable after the commit of one waits for that of the next.
    pub(super) crowd: bool,
    /// What the next wait for the disk is for.
    unsynced: Unsynced,
    /// Committed runs that are closed after it.
    published: Vec<u32>,
}

impl<'a> Way<'a> {
    /// An integration about to work.
    pub(super) fn new(
        site: &'a Site,
        integration: &'a Integration,
        ledger: Ledger,
        key: SiteKey,
        watch: &'a dyn Watch,
    ) -> Way<'a> {
        Way {
            site,
            integration,
            ledger,
            key,
            watch,
            crowd: false,
            unsynced: Unsynced::default(),
            published: Vec::new(),
        }
    }

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
                spool::clear_work(&self.site.disk, &work, &mut self.unsynced)?;
                self.settle()?;
                self.site
                    .disk
                    .step("ledger: abandon")
                    .map_err(RunError::io("writing the ledger"))?;
                self.ledger.abandon(row.number, &reason, self.site.now())?;
                return self.summary(row);
            }
            Err(error) => return Err(error),
        };
        let files = WorkFiles::new(&self.site.disk, &work);
        if claimed.size > SOON {
            self.settle()?;
        }
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
            let path = claimed.path;
            claimed = spool::claim(&self.site.disk, &path, &work, &mut self.unsynced)?;
        };
        let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
        self.watch.advance(0);
        self.go_on()?;
        let (site, integration) = (self.site, self.integration);
        let unsynced = &mut self.unsynced;
        let finished = ending::finished(site, integration, row, &result, &files, name, unsynced)?;
        self.commit(row, &finished, &files)?;
        let finished_run = self.finish(&row.reference);
        let settled = finished_run.and_then(|()| if self.crowd { Ok(()) } else { self.settle() });
        settled.map_err(|source| RunError::Unpublished {
            reference: row.reference.clone(),
            integration: row.integration.clone(),
            source: Box::new(source),
        })?;
        self.watch.end(&finished.summary);
        Ok(finished.summary)
    }

    /// Puts the files of a committed run where they belong; it is closed when that is durable.
    pub(super) fn finish(&mut self, reference: &ReferenceId) -> Result<()> {
        let (site, integration) = (self.site, self.integration);
        let unsynced = &mut self.unsynced;
        let number = finish::publish(site, integration, &mut self.ledger, reference, unsynced)?;
        self.published.extend(number);
        Ok(())
    }

    /// Waits until everything is durable that runs have done so far, and closes those that are committed.
    pub(super) fn settle(&mut self) -> Result<()> {
        let disk = &self.site.disk;
        let durable = if self.crowd {
            self.unsynced.sync_crowd(disk)
        } else {
            self.unsynced.sync(disk)
        };
        if self.unsynced.has_lost() {
            // Whoever takes them up again waits for theirs.
            self.published.clear();
        }
        durable.map_err(RunError::io("making files durable"))?;
        for number in std::mem::take(&mut self.published) {
            finish::close(self.site, &mut self.ledger, number)?;
        }
        Ok(())
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
    fn claim(&mut self, row: &RunRow, at: Option<&Path>, work: &Path) -> Result<Claimed> {
        let disk = &self.site.disk;
        let path = match (at, &row.source_path) {
            (Some(at), _) => at.to_owned(),
            (None, Some(masked)) => unmasked(masked),
            (None, None) => PathBuf::new(),
        };
        // A held file that was released comes from the held folder.
        let held = ending::held_path(self.site, self.integration, row);
        if held.exists() {
            return Ok(spool::claim(disk, &held, work, &mut self.unsynced)?);
        }
        Ok(match row.origin {
            Origin::Inbound => {
                let ending = self.integration.complete.marker_ending();
                // Of a run that was killed before the claim, the sender may have sent the name anew.
                if at.is_none()
                    && !work.join(spool::SOURCE).exists()
                    && spool::uploads_again(&path, ending)
                {
                    let path = masking::shown(&path);
                    return Err(SpoolError::Vanished { path }.into());
                }
                let claimed = spool::claim(disk, &path, work, &mut self.unsynced)?;
                if let Some(ending) = ending {
                    // A file that is back in inbound without its marker would look like one on its way.
                    self.settle()?;
                    spool::claim_marker(disk, &path, ending, &claimed)?;
                }
                claimed
            }
            Origin::File | Origin::Archive | Origin::None => spool::take_copy(disk, &path, work)?,
        })
    }

    fn judge(&mut self, row: &RunRow, claimed: &Claimed, files: &WorkFiles<'_>) -> Result<Ending> {
        let refused = refused(row);
        let (survey, early) = if claimed.size > SOON && refused.is_none() {
            self.judge_early(row, claimed, files)?
        } else {
            (self.survey(claimed)?, None)
        };
        self.site
            .disk
            .step("ledger: source")
            .map_err(RunError::io("writing the ledger"))?;
        self.ledger
            .set_source(row.number, survey.bytes, &survey.sha256)?;
        if let Some(fault) = refused {
            return Ok(Ending::judged(survey, Verdict::Bad(fault)));
        }
        if let Some(earlier) = self.duplicate(row, &survey.sha256)? {
            return Ok(Ending::duplicate(survey, earlier));
        }
        let verdict = match early {
            Some(verdict) => verdict?,
            None => self.verdict(row, claimed, files, &survey)?,
        };
        Ok(Ending::judged(survey, verdict))
    }

    fn survey(&self, claimed: &Claimed) -> Result<Survey> {
        let source = Followed {
            source: claimed.open()?,
            watch: self.watch,
        };
        look::survey(source, claimed.size)
    }

    fn verdict(
        &self,
        row: &RunRow,
        claimed: &Claimed,
        files: &WorkFiles<'_>,
        survey: &Survey,
    ) -> Result<Verdict> {
        let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
        self.watch
            .begin(&self.integration.name, &masking::masked(name), survey.bytes);
        let case = Case {
            site: self.site,
            integration: self.integration,
            ledger: &self.ledger,
            key: self.key,
            row,
            survey,
            rows: true,
            dry: false,
        };
        judging::claimed(&case, claimed, files, self.watch)
    }

    /// Looks at all of a long file while it is made durable, and judged as what its start shows it to be; the verdict
    /// counts only if all of it shows the same.
    fn judge_early(
        &self,
        row: &RunRow,
        claimed: &Claimed,
        files: &WorkFiles<'_>,
    ) -> Result<(Survey, Option<Result<Verdict>>)> {
        let most = self.integration.limits.max_file_bytes;
        let Some(guess) = look::guess(claimed.open()?, claimed.size, most)? else {
            return Ok((self.survey(claimed)?, None));
        };
        let (site, watch, source) = (self.site, self.watch, claimed.open()?);
        let surveyed = Followed {
            source: claimed.open()?,
            watch,
        };
        let (verdict, survey, durable) = std::thread::scope(|scope| {
            let durable = scope.spawn(|| site.disk.sync_file(&source));
            let survey = scope.spawn(|| look::survey(surveyed, claimed.size));
            let verdict = self.verdict(row, claimed, files, &guess);
            (verdict, survey.join(), durable.join())
        });
        let bug = || io::Error::other("a worker stopped on a bug");
        durable
            .unwrap_or_else(|_| Err(bug()))
            .map_err(RunError::io("making the source file durable"))?;
        let survey = survey.map_err(|_| RunError::io("reading the source file")(bug()))??;
        let as_guessed = survey.fault(most).is_none()
            && (survey.bytes, survey.encoding, survey.assumed)
                == (guess.bytes, guess.encoding, guess.assumed);
        Ok((survey, as_guessed.then_some(verdict)))
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
        files: &WorkFiles<'_>,
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
        let roster = &self.integration.roster;
        // Its sender may not have waited for the disk, and the archive has to hold what was judged.
        let source = File::open(files.path(spool::SOURCE));
        let source = source.map_err(RunError::io("making the source file durable"))?;
        self.unsynced.file(source);
        self.settle()?;
        self.site
            .disk
            .step("ledger: commit")
            .map_err(RunError::io("writing the ledger"))?;
        let changes = || files.changes().map_err(RunError::io("reading the changes"));
        if finished.applies {
            let mut reader = ChangeReader::new(changes()?);
            self.ledger
                .commit(row.number, &committed, Some(&mut reader), roster)?;
        } else {
            // What an end in the middle of the file has left there was never told.
            let kept = if finished.judged {
                findings_alone(changes()?).map_err(RunError::io("reading the changes"))?
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
    let fault = file_name::fault_of_kept(kept).filter(|_| row.origin == Origin::Inbound)?;
    let detail = format!("the file's name {fault}; then send the file anew");
    Some(FileFault::new(Code::FileNameRefused, 0, detail))
}

/// A sentence with paths relative to the site.
fn inside(site: &Site, sentence: &str) -> String {
    let root = format!("{}/", masking::shown(&site.config.root));
    sentence.replace(&root, "")
}

/// A path as the ledger may keep it.
pub(super) fn masked_path(path: &Path) -> PathBuf {
    match path.file_name() {
        Some(name) => path.with_file_name(file_name::kept_name(name)),
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
fn findings_alone(changes: impl Read) -> io::Result<Vec<u8>> {
    let mut reader = ChangeReader::new(changes);
    let mut kept = ChangeWriter::new(Vec::new());
    while let Some(change) = reader.next_change()? {
        if let Change::Finding(_) = change {
            kept.write(&change)?;
        }
    }
    kept.finish()
}
