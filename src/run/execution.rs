//! One file through its run: claimed → judged → committed → delivered → archived → closed.
//!
//! The order is the guarantee. The ledger's row is written before the rename it announces; everything is durable in the
//! work folder before the one transaction that commits; what is visible comes after it, and every step after it can
//! be repeated by [`super::recover()`]. Before the commit nothing of the run is visible and it starts again.
//!
//! A run waits for the disk twice besides the ledger's own waits: before its commit, for its claim and its results; and
//! before its close, for everything put where it belongs. Where many files wait, the second wait of one is the first
//! of the next.

use super::earlier_run::{EarlierRun, people_changed};
use super::judge::{FileToJudge, FileVerdict};
use super::publish::{self, outgoing};
use super::result::{FileOutcome, RunResult};
use super::run_io::{WorkFiles, WorkIo};
use crate::changeset::change::{Change, ChangeReader, ChangeWriter};
use crate::config::Integration;
use crate::domain::file_name;
use crate::domain::masking;
use crate::domain::{Code, Parameters, ReferenceId, RunSummary};
use crate::format::FileFault;
use crate::format::survey::Survey;
use crate::intake::{IncomingFile, SourceFile, split_from};
use crate::ledger::{Committed, NewRun, Origin, RunRow, RunState};
use crate::site::{HeldLock, IntegrationContext, Observer, Result, RunError, Site, known_run};
use crate::spool::{self, Claimed, OpenWriters, PendingSync, SpoolError};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How often a file that its sender changes meanwhile is judged.
const MOST_TRIES: u32 = 3;
/// How long a claimed file may stay open for writing before its sender counts as still writing.
const OPEN_PATIENCE: Duration = Duration::from_secs(10);
/// Between two checks whether it is closed.
const OPEN_POLL: Duration = Duration::from_millis(20);
/// A file up to this size is judged so soon that its claim may wait for the disk together with its results.
const SMALL_FILE: u64 = 1 << 20;

/// The runs of one integration, its locks held.
pub(crate) struct RunExecution<'a> {
    pub(crate) context: IntegrationContext<'a>,
    pub(crate) observer: &'a dyn Observer,
    /// Whether many more files wait: what has to be durable after the commit of one waits for that of the next.
    pub(crate) in_batch: bool,
    /// What the next wait for the disk is for.
    pub(super) unsynced: PendingSync,
    /// Committed runs that are closed after it.
    published: Vec<u32>,
    _locks: Vec<Box<dyn HeldLock>>,
}

/// What is known of a run before its file is touched.
#[derive(Clone, Copy)]
pub(crate) struct RunStart<'a> {
    pub(crate) file: IncomingFile<'a>,
    pub(crate) parameters: &'a Parameters,
    /// The integration set it runs in.
    pub(crate) process_name: Option<&'a str>,
    pub(crate) run_name: Option<&'a str>,
    pub(crate) resubmission_of: Option<&'a ReferenceId>,
    pub(crate) rerun_of: Option<&'a ReferenceId>,
    pub(crate) test: bool,
    pub(crate) unattended: bool,
}

impl<'a> RunStart<'a> {
    /// A run that a user asks for by hand.
    pub(crate) fn by_hand(file: IncomingFile<'a>, parameters: &'a Parameters) -> RunStart<'a> {
        RunStart {
            file,
            parameters,
            process_name: None,
            run_name: None,
            resubmission_of: None,
            rerun_of: None,
            test: false,
            unattended: false,
        }
    }
}

impl<'a> RunExecution<'a> {
    /// Locks an integration for its runs; waits until another process has ended its own if `wait` is set.
    pub(crate) fn open(
        site: &'a Site,
        integration: &'a Integration,
        observer: &'a dyn Observer,
        wait: bool,
    ) -> Result<RunExecution<'a>> {
        let (context, locks) = IntegrationContext::lock(site, integration, wait)?;
        Ok(RunExecution {
            context,
            observer,
            in_batch: false,
            unsynced: PendingSync::default(),
            published: Vec::new(),
            _locks: locks,
        })
    }

    /// Writes the run's first row.
    pub(crate) fn begin(&mut self, start: &RunStart<'_>) -> Result<RunRow> {
        let (site, integration) = (self.context.site, self.context.integration);
        step(site, "ledger: begin")?;
        let now = site.now();
        let arrived = match (start.file.origin, start.rerun_of) {
            (Origin::Inbound, _) => spool::arrived(start.file.path),
            (_, Some(repeated)) => self.context.ledger.run(repeated)?.map(|row| row.arrived),
            _ => None,
        };
        Ok(self.context.ledger.begin(&NewRun {
            integration: &integration.name,
            kind: integration.kind,
            process_name: start.process_name,
            user: site.user(),
            run_name: start.run_name.map(masking::masked).as_deref(),
            parameters: start.parameters,
            start: now,
            arrived: arrived.map(|arrived| arrived.min(now.to_utc())),
            origin: start.file.origin,
            arrival: start.file.arrival,
            source_path: Some(&masked_path(start.file.path)),
            source_name: Some(&masking::masked(start.file.name)),
            resubmission_of: start.resubmission_of,
            rerun_of: start.rerun_of,
            configuration_fingerprint: &site.config.fingerprint,
            test: start.test,
            unattended: start.unattended,
        })?)
    }

    /// Takes a claimed run to its end, wherever its file is.
    ///
    /// `at` is where the source file is, if the caller knows; the ledger knows only its masked name.
    pub(crate) fn run(&mut self, row: &RunRow, at: Option<&Path>) -> Result<RunSummary> {
        let site = self.context.site;
        let work = site.work(&row.reference);
        // A run that has just begun has no files yet: what lies there is another run's.
        if at.is_some() && work.symlink_metadata().is_ok() {
            let folder = inside(site, &masking::shown(&work));
            return self.fail(row, &format!("{folder} has files of another run; nothing was taken, and the file waits; tell the operator, who runs `feedgate check`"));
        }
        let claimed = match self.claim(row, at, &work) {
            Ok(claimed) => claimed,
            // Senders can take a file away, or swap it, between the look and the claim. That ends this run alone: the
            // files behind it and the runs after it go on.
            Err(RunError::Spool(error)) if error.is_about_the_file() => {
                return self.abandon(row, &error, &work);
            }
            Err(error) => return Err(error),
        };
        let files = WorkFiles::new(&site.disk, &work);
        if claimed.size > SMALL_FILE {
            self.settle()?;
        }
        let outcome = self.judge_unchanged(row, claimed, &files)?;
        self.observer.advance(0);
        self.unless_cancelled()?;
        let result = RunResult::write(&self.context, row, &outcome, &files, &mut self.unsynced)?;
        self.commit(row, &result, &files)?;
        let published = self.publish(&row.reference);
        let settled = published.and_then(|()| if self.in_batch { Ok(()) } else { self.settle() });
        settled.map_err(|source| RunError::Unpublished {
            reference: row.reference.clone(),
            integration: row.integration.clone(),
            source: Box::new(source),
        })?;
        self.observer.end(&result.summary);
        Ok(result.summary)
    }

    /// Judges a claimed file; again if its sender changes it meanwhile.
    fn judge_unchanged(
        &mut self,
        row: &RunRow,
        mut claimed: Claimed,
        files: &WorkFiles<'_>,
    ) -> Result<FileOutcome> {
        let site = self.context.site;
        let mut tries = 0;
        loop {
            let outcome = self.judge(row, &claimed, files)?;
            let closed = row.origin != Origin::Inbound || self.closed_by_sender(&claimed)?;
            if closed && claimed.still_same()? {
                return Ok(outcome);
            }
            tries += 1;
            if tries == MOST_TRIES || !closed {
                return Ok(FileOutcome::StillWritten);
            }
            let work = site.work(&row.reference);
            let path = claimed.path;
            claimed = spool::claim(&site.disk, &path, &work, &mut self.unsynced)?;
        }
    }

    /// Ends a run whose file could not be claimed.
    fn abandon(&mut self, row: &RunRow, error: &SpoolError, work: &Path) -> Result<RunSummary> {
        let site = self.context.site;
        let reason = match error {
            SpoolError::Vanished { .. } => {
                "the source file was gone before it was claimed".to_owned()
            }
            // Senders read it in their receipt, and they need not know where the site lies.
            other => inside(site, &other.to_string()),
        };
        // While the run is claimed it is taken up again; afterwards nothing would look into its work folder.
        spool::clear_work(&site.disk, work, &mut self.unsynced)?;
        self.settle()?;
        self.fail(row, &reason)
    }

    /// Ends a run Failed that has no file.
    fn fail(&mut self, row: &RunRow, reason: &str) -> Result<RunSummary> {
        let site = self.context.site;
        step(site, "ledger: abandon")?;
        let ledger = &mut self.context.ledger;
        ledger.abandon(row.number, reason, site.now())?;
        let row = known_run(&**ledger, &row.reference)?;
        let summary = row.summary.clone().unwrap_or_else(|| row.fresh_summary());
        self.observer.end(&summary);
        Ok(summary)
    }

    /// Puts the files of a committed run where they belong; it is closed when that is durable.
    pub(crate) fn publish(&mut self, reference: &ReferenceId) -> Result<()> {
        let number = publish::publish(&mut self.context, reference, &mut self.unsynced)?;
        self.published.extend(number);
        Ok(())
    }

    /// Waits until everything is durable that runs have done so far, and closes those that are committed.
    pub(crate) fn settle(&mut self) -> Result<()> {
        let site = self.context.site;
        let durable = if self.in_batch {
            self.unsynced.sync_many(&site.disk)
        } else {
            self.unsynced.sync(&site.disk)
        };
        if self.unsynced.has_lost() {
            // The next process that takes them up waits for their files.
            self.published.clear();
        }
        durable.map_err(RunError::io("making files durable"))?;
        for number in std::mem::take(&mut self.published) {
            step(site, "ledger: close")?;
            self.context.ledger.close(number)?;
        }
        Ok(())
    }

    /// Waits a while until a claimed file is no longer open for writing: some senders rename first and close then.
    fn closed_by_sender(&self, claimed: &Claimed) -> Result<bool> {
        let began = Instant::now();
        while claimed.writers() == OpenWriters::Present {
            if began.elapsed() > OPEN_PATIENCE {
                return Ok(false);
            }
            self.unless_cancelled()?;
            std::thread::sleep(OPEN_POLL);
        }
        Ok(true)
    }

    fn unless_cancelled(&self) -> Result<()> {
        if self.observer.is_cancelled() {
            return Err(RunError::Cancelled);
        }
        Ok(())
    }

    /// The source in its work folder, wherever it was before.
    fn claim(&mut self, row: &RunRow, at: Option<&Path>, work: &Path) -> Result<Claimed> {
        let disk = &self.context.site.disk;
        let path = match (at, &row.source_path) {
            (Some(at), _) => at.to_owned(),
            (None, Some(masked)) => unmasked(masked),
            (None, None) => PathBuf::new(),
        };
        // A held file that was released comes from the held folder.
        let held = self.context.held_path(row);
        if held.exists() {
            return Ok(spool::claim(disk, &held, work, &mut self.unsynced)?);
        }
        if row.origin != Origin::Inbound {
            return Ok(spool::take_copy(disk, &path, work)?);
        }
        let claimed = spool::claim(disk, &path, work, &mut self.unsynced)?;
        let queue = self.context.site.config.queue();
        if let Some(folder) = path.parent().filter(|folder| folder.starts_with(queue)) {
            spool::leave_queue(disk, folder, &mut self.unsynced)?;
        }
        Ok(claimed)
    }

    fn judge(
        &mut self,
        row: &RunRow,
        claimed: &Claimed,
        files: &WorkFiles<'_>,
    ) -> Result<FileOutcome> {
        let refused = refused(row);
        let (survey, early) = if claimed.size > SMALL_FILE && refused.is_none() {
            self.judge_early(row, claimed, files)?
        } else {
            let source = SourceFile::Claimed(claimed);
            (source.survey(claimed.size, self.observer)?, None)
        };
        step(self.context.site, "ledger: source")?;
        self.context
            .ledger
            .set_source(row.number, survey.bytes, &survey.sha256)?;
        if let Some(fault) = refused {
            return Ok(FileOutcome::Judged(survey, FileVerdict::Bad(fault)));
        }
        let earlier = EarlierRun::of(&self.context, row, &survey.sha256)?;
        if let Some(earlier) = earlier.as_ref().filter(|e| e.held) {
            return Ok(FileOutcome::Duplicate(survey, earlier.clone()));
        }
        let same_bytes = earlier.as_ref().map_or(&[][..], |earlier| &earlier.open);
        let verdict = match early.filter(|_| same_bytes.is_empty()) {
            Some(verdict) => verdict?,
            None => self.verdict(row, claimed, files, &survey, (same_bytes, None))?,
        };
        if let Some(earlier) = earlier.filter(|e| e.open.is_empty()) {
            let people = people_changed(row.kind, &verdict, files);
            let people = people.map_err(RunError::io("reading the changes"))?;
            if people == 0 {
                return Ok(FileOutcome::Duplicate(survey, earlier));
            }
            let hold = (Code::SameAsEarlier, earlier.reason(people));
            let verdict = self.verdict(row, claimed, files, &survey, (&[], Some(hold)))?;
            return Ok(FileOutcome::Judged(survey, verdict));
        }
        Ok(FileOutcome::Judged(survey, verdict))
    }

    fn verdict(
        &self,
        row: &RunRow,
        claimed: &Claimed,
        files: &WorkFiles<'_>,
        survey: &Survey,
        (same_bytes, hold): (&[u32], Option<(Code, String)>),
    ) -> Result<FileVerdict> {
        let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
        let integration = &self.context.integration.name;
        let shown = masking::masked(name);
        let split = split_from(self.context.integration, &*self.context.ledger, name)?;
        self.observer.begin(integration, &shown, survey.bytes);
        let file = FileToJudge {
            context: &self.context,
            run: Some(row),
            parameters: &row.parameters,
            resubmission_of: row.resubmission_of.as_ref(),
            same_bytes,
            sought: None,
            part: split.is_some(),
            survey,
            rows: true,
            hold,
        };
        let io = WorkIo {
            source: SourceFile::Claimed(claimed),
            files,
            ledger: &*self.context.ledger,
            roster: &self.context.integration.roster,
            integration: &self.context.integration.name,
            observer: self.observer,
        };
        file.judge(&io, self.observer)
    }

    /// Surveys a long file while it is made durable and judged as what its start shows it to be; the verdict counts only
    /// if all of the file shows the same.
    fn judge_early(
        &self,
        row: &RunRow,
        claimed: &Claimed,
        files: &WorkFiles<'_>,
    ) -> Result<(Survey, Option<Result<FileVerdict>>)> {
        let most = self.context.integration.limits.max_file_bytes;
        let source = SourceFile::Claimed(claimed);
        let Some(guess) = source.guess(claimed.size, most)? else {
            return Ok((source.survey(claimed.size, self.observer)?, None));
        };
        let (disk, observer, open) = (&self.context.site.disk, self.observer, source.open()?);
        let (verdict, survey, durable) = std::thread::scope(|scope| {
            let durable = scope.spawn(|| disk.sync_file(&open));
            let survey = scope.spawn(|| source.survey(claimed.size, observer));
            let verdict = self.verdict(row, claimed, files, &guess, (&[], None));
            (verdict, survey.join(), durable.join())
        });
        let bug = || io::Error::other("a worker stopped on a bug");
        durable
            .unwrap_or_else(|_| Err(bug()))
            .map_err(RunError::io("making the source file durable"))?;
        let survey = survey.map_err(|_| source.unreadable()(bug()))??;
        let declared = self.context.integration.format.encoding;
        let as_guessed = survey.fault(most, declared).is_none()
            && (survey.bytes, survey.text_bytes) == (guess.bytes, guess.text_bytes)
            && (survey.encoding, survey.assumed) == (guess.encoding, guess.assumed)
            && survey.mixed == guess.mixed;
        Ok((survey, as_guessed.then_some(verdict)))
    }

    fn commit(&mut self, row: &RunRow, result: &RunResult, files: &WorkFiles<'_>) -> Result<()> {
        let context = &self.context;
        let outbox = outgoing(context, &result.publications)?;
        let committed = Committed {
            summary: &result.summary,
            state: RunState::Delivering,
            watermark: result.watermark,
            publications: &result.publications,
            outbox: &outbox,
            disposal: Some(&result.disposal),
            hold: &result.hold,
            event: None,
        };
        let roster = &context.integration.roster;
        // Its sender may not have waited for the disk, and the archive has to hold what was judged.
        let source = File::open(files.path(spool::SOURCE));
        let source = source.map_err(RunError::io("making the source file durable"))?;
        self.unsynced.file(source);
        self.settle()?;
        step(self.context.site, "ledger: commit")?;
        let ledger = &mut self.context.ledger;
        let changes = || files.changes().map_err(RunError::io("reading the changes"));
        if result.applies {
            let mut reader = ChangeReader::new(changes()?);
            ledger.commit(row.number, &committed, Some(&mut reader), roster)?;
        } else {
            // A file whose reading ended early has left changes there that are not part of its result.
            let kept = if result.judged {
                findings_alone(changes()?).map_err(RunError::io("reading the changes"))?
            } else {
                Vec::new()
            };
            let mut reader = ChangeReader::new(&kept[..]);
            ledger.commit(row.number, &committed, Some(&mut reader), roster)?;
        }
        Ok(())
    }
}

/// Passes the seam for faults before the ledger is written.
pub(crate) fn step(site: &Site, what: &str) -> Result<()> {
    let passed = site.disk.step(what);
    passed.map_err(RunError::io("writing the ledger"))
}

/// What is wrong with the name under which a sender left the file. A file that a user named may have any name.
fn refused(row: &RunRow) -> Option<FileFault> {
    let kept = row.source_name.as_deref().unwrap_or_default();
    let fault = file_name::fault_of_kept(kept).filter(|_| row.origin == Origin::Inbound)?;
    let detail = format!("the file's name {fault}; then send the file anew");
    Some(FileFault::new(Code::FileNameRefused, 0, detail))
}

/// A sentence with paths relative to the site.
pub(super) fn inside(site: &Site, sentence: &str) -> String {
    let root = format!("{}/", masking::shown(&site.config.root));
    sentence.replace(&root, "")
}

/// A path as the ledger may keep it.
fn masked_path(path: &Path) -> PathBuf {
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

/// The findings among a run's changes, which are kept of a run that changes nothing.
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
