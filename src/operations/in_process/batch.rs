//! Running an integration or a set over the files that wait, and the result of it.

use super::received::answer_waiting;
use super::stopped_set::StoppedSet;
use crate::config::{Integration, name_patterns};
use crate::domain::masking;
use crate::domain::{Parameters, RunStatus, RunSummary};
use crate::intake::{
    self, Inbound, IncomingFile, Now, Queue, Starter, corrected, disk_full, file_in_order,
    named_path, queued, split_from, what_keeps,
};
use crate::ledger::Origin;
use crate::rules::parameters::without_effect;
use crate::run::{
    RunExecution, RunRequest, RunStart, answer_other_names, collect_files, collect_named,
    first_told, recover,
};
use crate::site::job_builder::parameter_problems;
use crate::site::{Observer, Result, RunError, Site, WaitReason};
use crate::spool::{self, Waiting};
use chrono::{NaiveDate, TimeDelta};
use std::ops::AddAssign;
use std::path::Path;

/// The runs that a command has led to.
#[derive(Debug, Default)]
pub struct BatchResult {
    /// The runs in their order.
    pub summaries: Vec<RunSummary>,
    /// Files that were not taken.
    pub left: FilesLeft,
    /// What kept the rest from happening, if not all could be done.
    pub failure: Option<RunError>,
    /// The exit code of all of them together.
    pub exit_code: u8,
}

/// The number of runs that a one-line summary names; the rest is counted.
const MOST_NAMED: usize = 10;

impl BatchResult {
    /// One-line summary of an unattended run, for the event log: the status of each run with its reference ID, and the
    /// number of files left.
    pub(crate) fn one_line(&self) -> String {
        let run = |s: &RunSummary| format!("{} {}", s.status, s.integration_reference_id);
        let runs: Vec<String> = self.summaries.iter().map(run).collect();
        let mut sentence = named(&runs);
        for (count, what) in [
            (self.left.waiting, "left waiting"),
            (self.left.arriving, "left on the way"),
        ] {
            match count {
                0 => {}
                1 => sentence.push_str(&format!(", 1 file {what}")),
                n => sentence.push_str(&format!(", {n} files {what}")),
            }
        }
        sentence
    }
}

fn named(runs: &[String]) -> String {
    match runs.len() {
        0 => "nothing to process".to_owned(),
        n if n > MOST_NAMED => format!(
            "{} and {} more",
            runs[..MOST_NAMED].join(", "),
            n - MOST_NAMED
        ),
        _ => runs.join(", "),
    }
}

/// Runs an integration or a set now, in the foreground.
///
/// # Errors
/// Before anything is touched: unknown names and bad parameters (all of them), a missing file, a busy integration.
/// What goes wrong later is [`BatchResult::failure`], beside the runs that ended before it.
pub fn run(site: &Site, request: &RunRequest, observer: &dyn Observer) -> Result<BatchResult> {
    batch(site, request, &Now, observer, true)
}

/// The same for the daemon's own runs, which look into inbound through `inbound`.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_from(
    site: &Site,
    request: &RunRequest,
    inbound: &dyn Inbound,
    observer: &dyn Observer,
) -> Result<BatchResult> {
    batch(site, request, inbound, observer, false)
}

/// `asked`: a command was given, and its user sees the exit code.
fn batch(
    site: &Site,
    request: &RunRequest,
    inbound: &dyn Inbound,
    observer: &dyn Observer,
    asked: bool,
) -> Result<BatchResult> {
    let plans = plans(site, request, site.today())?;
    let set = site.config.set(&request.name);
    let process_name = set.map(|s| s.name.as_str());
    let abort = set.is_some_and(|s| s.abort_on_failure);
    let integration = site.config.integration(&request.name);
    let file = request.file.as_deref();
    let file = file.map(|file| named_path(site, integration, file));
    let file = file.transpose()?;
    let mut summaries = Vec::new();
    let mut failure = None;
    let mut left = FilesLeft::default();
    // Whether a member of a set as a whole waits.
    let mut waits = false;
    let mut members = plans.into_iter();
    for (integration, parameters) in members.by_ref() {
        let before = summaries.len();
        let execution = RunExecution::open(site, integration, observer, request.wait);
        let run = execution.and_then(|execution| {
            let run = IntegrationRun {
                execution,
                parameters,
                process_name,
                run_name: request.run_name.as_deref(),
                unattended: request.unattended,
                inbound,
                asked,
            };
            run.run(file.as_deref(), &mut summaries)
        });
        match run {
            Ok(more) => left += more,
            // A set passes over what waits.
            Err(error @ RunError::Waits { .. }) if process_name.is_some() => {
                observer.note(&error.to_string());
                waits = true;
            }
            Err(error) if summaries.is_empty() => return Err(error),
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
        let stops = |s: &&RunSummary| s.status != RunStatus::Completed;
        if let Some(run) = summaries[before..].iter().find(stops).filter(|_| abort) {
            let left = members.map(|(left, _)| left.name.as_str());
            let stopped = StoppedSet {
                set: &request.name,
                run,
                left: left.collect(),
            };
            failure = stopped.tell(site, observer).err();
            break;
        }
    }
    waits |= left.waiting + left.arriving > 0;
    let nothing = summaries.is_empty() && !waits;
    if nothing {
        observer.note(&nothing_to_process(request));
    }
    Ok(BatchResult {
        exit_code: match &failure {
            Some(error) => error.exit_code(),
            None if nothing && left.first_told > 0 => 4,
            None if nothing && (request.expect_file || site.config.expects_file(&request.name)) => {
                4
            }
            None => worst(&summaries, waits).map_or(0, RunStatus::exit_code),
        },
        left,
        failure,
        summaries,
    })
}

fn nothing_to_process(request: &RunRequest) -> String {
    let though = match request.expect_file {
        true => ", though a file was expected; ask its sender",
        false => "",
    };
    format!("{}: nothing to process{though}", request.name)
}

/// Whether a request could be run on a later day, as far as can be said now.
///
/// # Errors
/// Unknown names and bad parameters, all of them.
pub(crate) fn check(site: &Site, request: &RunRequest, day: NaiveDate) -> Result<()> {
    plans(site, request, day).map(|_| ())
}

/// The integrations of a request with their complete parameters.
fn plans<'a>(
    site: &'a Site,
    request: &RunRequest,
    day: NaiveDate,
) -> Result<Vec<(&'a Integration, Parameters)>> {
    let members = site.members(&request.name)?;
    if request.file.is_some() && site.config.set(&request.name).is_some() {
        return Err(RunError::usage(
            "--file goes with an integration, not with a set",
        ));
    }
    let mut wrong = Vec::new();
    let mut plans: Vec<(&Integration, Parameters)> = Vec::new();
    for integration in members {
        let parameters = request.given.clone().or(&integration.parameters).complete();
        let problems = parameter_problems(&site.config, integration.kind, &parameters, day);
        wrong.extend(problems);
        plans.push((integration, parameters));
    }
    let used: Vec<_> = plans.iter().map(|(i, used)| (i.kind, used)).collect();
    wrong.extend(without_effect(&request.given, &used));
    wrong.dedup();
    if wrong.is_empty() {
        Ok(plans)
    } else {
        Err(RunError::Usage(wrong))
    }
}

/// The status of several runs together; `waits`: files wait, too.
pub(super) fn worst(summaries: &[RunSummary], waits: bool) -> Option<RunStatus> {
    let severity = |status: &RunStatus| match status {
        RunStatus::Completed => 0,
        RunStatus::CompletedWithErrors => 1,
        RunStatus::Scheduled => 2,
        RunStatus::Held => 3,
        RunStatus::InProgress => 4,
        RunStatus::Failed | RunStatus::ScheduledButDeleted => 5,
    };
    let all = summaries.iter().map(|s| s.status);
    all.chain(waits.then_some(RunStatus::Scheduled))
        .max_by_key(severity)
}

/// Files that were left in inbound.
#[derive(Clone, Copy, Debug, Default)]
pub struct FilesLeft {
    /// Complete files that wait.
    pub waiting: usize,
    /// Files that are not complete yet.
    pub arriving: usize,
    /// Files that could not be claimed; their runs are Failed.
    pub stuck: usize,
    /// Files whose names no pattern takes and that no command told of before.
    pub first_told: usize,
}

impl AddAssign for FilesLeft {
    fn add_assign(&mut self, other: FilesLeft) {
        self.waiting += other.waiting;
        self.arriving += other.arriving;
        self.stuck += other.stuck;
        self.first_told += other.first_told;
    }
}

/// One integration of a batch.
struct IntegrationRun<'a> {
    execution: RunExecution<'a>,
    parameters: Parameters,
    /// The integration set it runs in.
    process_name: Option<&'a str>,
    run_name: Option<&'a str>,
    unattended: bool,
    inbound: &'a dyn Inbound,
    /// Whether a command was given, whose user sees the exit code.
    asked: bool,
}

impl IntegrationRun<'_> {
    /// Runs over one file, or over everything that waits, oldest first.
    fn run(mut self, file: Option<&Path>, summaries: &mut Vec<RunSummary>) -> Result<FilesLeft> {
        recover(&mut self.execution, summaries)?;
        if let Some(file) = file {
            summaries.push(self.one_file(file)?);
            return Ok(FilesLeft::default());
        }
        let kept = self.kept()?;
        let observer = self.execution.observer;
        let sorted = match intake::look(&self.execution.context, self.inbound, observer) {
            Err(_) if kept.is_some() => {
                return self.unless_waiting(kept).map(|()| FilesLeft::default());
            }
            sorted => sorted?,
        };
        // What keeps files from being taken doesn't keep others from being answered, except where there is no room.
        if !matches!(kept, Some(WaitReason::DiskFull { .. })) {
            answer_other_names(&mut self.execution.context, &sorted.left, observer)?;
        }
        let (taken, not_moved) = match kept {
            Some(WaitReason::DiskFull { .. }) => (sorted.taken, 0),
            _ => self.collect(&sorted.taken)?,
        };
        self.unless_kept(kept)?;
        let context = &self.execution.context;
        let mut queue = Queue::new(context, &self.parameters, taken, &sorted.arriving)?;
        if !queue.is_empty() {
            let after = intake::after(
                context.site,
                context.integration,
                &*context.ledger,
                self.inbound,
                self.unattended,
            )?;
            self.unless_kept(after)?;
        }
        let taken = self.take_all(&mut queue, summaries);
        // The files before one that failed are where they belong.
        let settled = self.execution.settle();
        let stuck = taken? + not_moved;
        settled?;
        if !queue.left().is_empty() {
            self.answer_waiting()?;
        }
        let name = &self.execution.context.integration.name;
        for (waiting, reason) in queue.left() {
            if let Some(reason) = reason {
                let file = masking::masked(&waiting.name);
                observer.note(&format!("{name}: {file} is not taken: {reason}"));
            }
        }
        let first_told = match self.asked {
            true => first_told(&mut self.execution.context, &sorted.left)?,
            false => 0,
        };
        Ok(FilesLeft {
            waiting: queue.left().len(),
            arriving: queue.arriving(),
            stuck,
            first_told,
        })
    }

    /// Takes complete files from inbound into the queue. Returns all that waits there, and how many could not be moved.
    fn collect(&mut self, files: &[Waiting]) -> Result<(Vec<Waiting>, usize)> {
        let not_moved = collect_files(&mut self.execution, files)?;
        let context = &self.execution.context;
        Ok((queued(context.site, context.integration)?, not_moved))
    }

    /// Tells the senders of what waits in the queue that it was received. The daemon does so by itself.
    fn answer_waiting(&mut self) -> Result<()> {
        if !self.asked {
            return Ok(());
        }
        self.execution.settle()?;
        let context = &self.execution.context;
        answer_waiting(context.site, context.integration, TimeDelta::zero()).map(drop)
    }

    /// Ends the run if something keeps its files; what waits is answered before.
    fn unless_kept(&mut self, reason: Option<WaitReason>) -> Result<()> {
        if reason.is_some() && !matches!(reason, Some(WaitReason::DiskFull { .. })) {
            self.answer_waiting()?;
        }
        self.unless_waiting(reason)
    }

    /// Takes the files that may go now; the number of those that could not be claimed.
    fn take_all(&mut self, queue: &mut Queue, summaries: &mut Vec<RunSummary>) -> Result<usize> {
        let mut stuck = 0;
        // A run over many files ends with the window, and with a pause.
        while !self.execution.observer.should_yield()
            && self.kept()?.is_none()
            && let Some(waiting) = queue.next(&self.execution.context)?
        {
            // It may have been taken meanwhile. What its sender still writes to a file in the queue, the run finds.
            if !spool::still_there(&waiting) {
                continue;
            }
            self.execution.in_batch = queue.is_batch();
            let file = IncomingFile {
                origin: Origin::Inbound,
                path: &waiting.path,
                name: &waiting.name,
                arrival: waiting.arrival.as_ref(),
            };
            let summary = self.take(file, waiting.misnamed.is_some())?;
            queue.ended(&summary);
            stuck += usize::from(is_stuck(&summary, &waiting));
            summaries.push(summary);
        }
        Ok(stuck)
    }

    /// What keeps an unattended run waiting.
    fn kept(&self) -> Result<Option<WaitReason>> {
        if !self.unattended {
            return Ok(None);
        }
        let context = &self.execution.context;
        let pauses = context.ledger.pauses()?;
        let kept = what_keeps(
            context.site,
            context.integration,
            &pauses,
            Starter::Schedule,
        );
        // If the free space of the disk is unknown, the run is tried.
        Ok(kept.or_else(|| disk_full(context.site).ok().flatten()))
    }

    fn unless_waiting(&self, reason: Option<WaitReason>) -> Result<()> {
        let Some(reason) = reason else {
            return Ok(());
        };
        let name = &self.execution.context.integration.name;
        Err(RunError::Waits {
            what: format!("{name} is Scheduled"),
            reason: Box::new(reason),
        })
    }

    fn one_file(&mut self, path: &Path) -> Result<RunSummary> {
        let context = &self.execution.context;
        let file = IncomingFile::named(context.site, context.integration, path)?;
        file_in_order(context, self.inbound, file, &self.parameters, None)?;
        let queued = collect_named(&mut self.execution, file)?;
        self.take(file.queued(queued.as_ref()), false)
    }

    /// Takes a file. If it is misnamed, its run will end Failed because of its name, and nothing else is read from that.
    fn take(&mut self, file: IncomingFile<'_>, misnamed: bool) -> Result<RunSummary> {
        let context = &self.execution.context;
        let integration = context.integration;
        let test = !misnamed && name_patterns(&integration.test_files).is_match(file.name);
        let parent = if test || misnamed {
            None
        } else {
            corrected(integration, &*context.ledger, file.name)?
        };
        let split = split_from(integration, &*context.ledger, file.name)?;
        // What belongs to an earlier run has its parameters.
        let earlier = match &parent {
            Some(parent) => Some(parent.parameters(context.site, &self.parameters)),
            None => split.and_then(|run| run.parameters),
        };
        let row = self.execution.begin(&RunStart {
            parameters: earlier.as_ref().unwrap_or(&self.parameters),
            process_name: self.process_name,
            run_name: self.run_name,
            resubmission_of: parent.as_ref().map(|parent| &parent.reference),
            test,
            unattended: self.unattended,
            ..RunStart::by_hand(file, &self.parameters)
        })?;
        self.execution.run(&row, Some(file.path))
    }
}

/// Whether a file could not be claimed: its run is Failed, and it is still there.
fn is_stuck(summary: &RunSummary, file: &Waiting) -> bool {
    summary.status == RunStatus::Failed && spool::still_there(file)
}

#[cfg(test)]
mod tests {
    use super::{BatchResult, FilesLeft, named};

    #[test]
    fn runs_are_named_and_the_rest_is_counted() {
        let runs: Vec<String> = (1..=12).map(|n| format!("Completed {n}")).collect();
        assert_eq!(named(&runs[..2]), "Completed 1, Completed 2");
        assert!(named(&runs).ends_with("Completed 10 and 2 more"));
    }

    #[test]
    fn files_that_were_left_are_counted() {
        let result = BatchResult {
            left: FilesLeft {
                waiting: 1,
                arriving: 2,
                ..FilesLeft::default()
            },
            exit_code: 5,
            ..BatchResult::default()
        };
        let said = "nothing to process, 1 file left waiting, 2 files left on the way";
        assert_eq!(result.one_line(), said);
    }
}
