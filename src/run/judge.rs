//! Judging a file: loads what is known, runs the record path, and checks the totals against the guards.

use super::known_accounts;
use crate::config::InitialImport;
use crate::domain::grouped::grouped;
use crate::domain::{Cents, Code, Kind, Parameters, ReferenceId};
use crate::format::FileFault;
use crate::format::fault::ReadError;
use crate::format::survey::Survey;
use crate::ledger::{Baseline, NameKind, RunRow};
use crate::matching::accounts::Accounts;
use crate::matching::corrections::{Corrections, Sought};
use crate::matching::deductions::Deductions;
use crate::matching::identity_moves::RehirePolicy;
use crate::matching::levels::ChosenLevels;
use crate::matching::rejections::{OpenRejection, OpenRejections};
use crate::matching::roster::Roster;
use crate::process::job::{Known, Omission, Reopened};
use crate::process::{
    JobSpec, Outcome, RunIdentity, RunIo, as_table, is_table, process, write_hold,
};
use crate::rules::guards::{self, Before, Lacking};
use crate::site::job_builder::{self, JobInputs};
use crate::site::{IntegrationContext, Observer, Result, RunError};
use std::io;
use std::sync::Arc;

/// The verdict on a file.
pub(crate) enum FileVerdict {
    /// The file as a whole is bad; no record was judged.
    Bad(FileFault),
    /// Every record was judged; what holds the file, each with its reason.
    Judged(Box<Outcome>, Vec<(Code, String)>),
    /// Nothing was judged: the file waits for a user.
    Held(Vec<(Code, String)>),
}

/// What records are compared with.
struct Knowledge {
    roster: Option<Roster>,
    deductions: Option<Deductions>,
    accounts: Option<Accounts>,
    levels: Option<ChosenLevels>,
    rejections: OpenRejections,
    /// The open rejections that the file may correct, if it is one of corrections.
    corrections: Option<Corrections>,
    reopened: Option<Reopened>,
    before: Before,
    /// The columns of the last accepted file.
    columns: Vec<String>,
}

/// A file to judge.
pub(crate) struct FileToJudge<'a> {
    pub(crate) context: &'a IntegrationContext<'a>,
    /// `None` for a dry run.
    pub(crate) run: Option<&'a RunRow>,
    pub(crate) parameters: &'a Parameters,
    /// The run whose rejected records the file corrects.
    pub(crate) resubmission_of: Option<&'a ReferenceId>,
    /// Runs that judged the same bytes, if some of their rejections, or of those that the file corrects, are open.
    pub(crate) same_bytes: &'a [u32],
    /// Of few corrections: the open rejections that they ask for are loaded, and what else they ask for is noted.
    pub(crate) sought: Option<&'a Arc<Sought>>,
    /// Whether a run has split the file off.
    pub(crate) part: bool,
    pub(crate) survey: &'a Survey,
    /// Whether output rows are wanted.
    pub(crate) rows: bool,
    /// Why it is held besides what its records say.
    pub(crate) hold: Option<(Code, String)>,
}

/// A number above those of all runs.
const NO_RUN_YET: u32 = u32::MAX;

impl FileToJudge<'_> {
    /// Corrections, bytes of which only the rejected records are judged again, files cut to some employees, and what was
    /// split off don't stand for the whole.
    fn partial(&self) -> bool {
        self.resubmission_of.is_some()
            || !self.same_bytes.is_empty()
            || self.parameters.include_employees.is_some()
            || self.parameters.sync
            || self.part
    }

    fn is_test(&self) -> bool {
        self.run.is_some_and(|row| row.test)
    }

    /// Whether a user has lifted a hold of this code.
    fn lifted(&self, code: Code) -> bool {
        self.run.is_some_and(|row| row.hold.contains(&code))
    }

    /// The run's number; runs before it have smaller ones.
    fn number(&self) -> u32 {
        self.run.map_or(NO_RUN_YET, |row| row.number)
    }

    /// Loads what records are compared with.
    fn load(&self) -> Result<Knowledge> {
        let IntegrationContext {
            site,
            integration,
            ledger,
            ..
        } = self.context;
        let cache = &site.roster_cache;
        let kind = integration.kind;
        let with_roster = kind.fills_roster()
            || kind == Kind::Deduction && job_builder::matches_roster(&site.config);
        let roster = with_roster
            .then(|| cache.roster(&**ledger, &integration.roster))
            .transpose()?;
        let deductions = (kind == Kind::Deduction)
            .then(|| cache.deductions(&**ledger, &integration.name))
            .transpose()?;
        let accounts = known_accounts::load(self.context)?;
        let levels = kind
            .fills_roster()
            .then(|| ledger.chosen_levels(&integration.roster));
        let rejections = match self.sought {
            Some(sought) if sought.len() == 0 => Vec::new(),
            Some(sought) => ledger.open_rejections_sought(&integration.name, sought)?,
            None => ledger.open_rejections(&integration.name)?,
        };
        let corrections = self.corrections(&rejections)?;
        let again = self.resubmission_of.is_none();
        let reopened = self.same_bytes.iter().min().filter(|_| again);
        let reopened = reopened.map(|since| Reopened {
            since: *since,
            records: (rejections.iter())
                .filter(|r| self.same_bytes.contains(&r.run))
                .map(|r| r.record)
                .collect(),
        });
        let mut same_bytes = self.repeats()?;
        same_bytes.extend(self.same_bytes);
        let last = ledger.baseline(&integration.name, None)?;
        Ok(Knowledge {
            before: Before {
                active: (roster.as_ref().map(Roster::active))
                    .or(accounts.as_ref().map(Accounts::active))
                    .unwrap_or(0),
                last: last.as_ref().map(Baseline::size),
            },
            columns: last.map(|b| b.columns).unwrap_or_default(),
            roster,
            deductions,
            accounts,
            levels: levels.transpose()?,
            rejections: OpenRejections::new(rejections, &same_bytes),
            corrections,
            reopened,
        })
    }

    /// What a file of corrections may hold: of the `open` rejections those of the run that it corrects, and of those that
    /// that one goes back to; for a re-run also those that the run it repeats has closed. A file whose run is purged is
    /// like any other.
    fn corrections(&self, open: &[OpenRejection]) -> Result<Option<Corrections>> {
        let lineage = self.chain(self.resubmission_of, |row| row.resubmission_of.clone())?;
        if lineage.is_empty() {
            return Ok(None);
        }
        let repeats = self.repeats()?;
        let of_lineage = |r: &&OpenRejection| lineage.iter().any(|row| row.number == r.run);
        let mut found: Vec<OpenRejection> = open.iter().filter(of_lineage).cloned().collect();
        if !repeats.is_empty() {
            for row in &lineage {
                let all = self.context.ledger.rejections(row.number)?.into_iter();
                let closed = all.filter(|r| r.closed_by.is_some_and(|run| repeats.contains(&run)));
                found.extend(closed.map(|r| r.rejection));
            }
        }
        let references = lineage.into_iter().map(|row| (row.number, row.reference));
        let same_bytes = self.same_bytes.to_vec();
        let mut corrections = Corrections::new(references.collect(), found, same_bytes);
        if let Some(sought) = self.sought {
            corrections = corrections.seeking(Arc::clone(sought));
        }
        Ok(Some(corrections.accepting(self.parameters.accept.clone())))
    }

    /// Numbers of the runs that this one repeats, the last one first.
    fn repeats(&self) -> Result<Vec<u32>> {
        let rerun_of = self.run.and_then(|row| row.rerun_of.as_ref());
        let repeats = self.chain(rerun_of, |row| row.rerun_of.clone())?;
        Ok(repeats.into_iter().map(|row| row.number).collect())
    }

    /// Keeps what was loaded for the next run.
    fn keep(&self, knowledge: Knowledge) {
        let integration = self.context.integration;
        let cache = &self.context.site.roster_cache;
        if let Some(roster) = knowledge.roster {
            cache.keep_roster(&integration.roster, roster);
        }
        if let Some(deductions) = knowledge.deductions {
            cache.keep_deductions(&integration.name, deductions);
        }
    }

    /// The runs that this one goes back to: the parent, its parent, and so on.
    fn chain(
        &self,
        first: Option<&ReferenceId>,
        before: impl Fn(&RunRow) -> Option<ReferenceId>,
    ) -> Result<Vec<RunRow>> {
        let mut found: Vec<RunRow> = Vec::new();
        let mut next = first.cloned();
        while let Some(reference) = next {
            let Some(row) = self.context.ledger.run(&reference)? else {
                break;
            };
            if found.iter().any(|known| known.number == row.number) {
                break;
            }
            next = before(&row);
            found.push(row);
        }
        Ok(found)
    }

    /// Judges the file; the observer may cancel it.
    pub(crate) fn judge(&self, io: &dyn RunIo, observer: &dyn Observer) -> Result<FileVerdict> {
        let mut knowledge = self.load()?;
        let verdict = self.judge_with(&mut knowledge, io, observer);
        self.keep(knowledge);
        verdict
    }

    fn judge_with(
        &self,
        knowledge: &mut Knowledge,
        io: &dyn RunIo,
        observer: &dyn Observer,
    ) -> Result<FileVerdict> {
        let integration = self.context.integration;
        let most = integration.limits.max_file_bytes;
        let declared = integration.format.encoding;
        let declared = declared.filter(|_| !self.parameters.sync);
        if let Some(fault) = self.survey.fault(most, declared) {
            return Ok(FileVerdict::Bad(fault));
        }
        if !integration.kind.fills_roster()
            && knowledge.roster.as_ref().is_some_and(Roster::is_empty)
            && !self.lifted(Code::RosterEmpty)
        {
            let reason = format!(
                "no employee is known yet in `{}`: run the files of the employees first, then release this one",
                integration.roster
            );
            let holds = vec![(Code::RosterEmpty, reason)];
            if self.run.is_some() {
                write_hold(io, &holds).map_err(RunError::io("writing the error file"))?;
            }
            return Ok(FileVerdict::Held(holds));
        }
        let known = Known {
            roster: knowledge.roster.as_ref(),
            deductions: knowledge.deductions.as_ref(),
            accounts: knowledge.accounts.as_ref(),
            levels: knowledge.levels.as_ref(),
            ssn_change: self.context.site.config.identity.ssn.change,
            rehire: self.context.site.config.identity.rehire,
            corrections: knowledge.corrections.as_ref(),
            reopened: knowledge.reopened.as_ref(),
        };
        let parent = match self.resubmission_of {
            Some(parent) => self.context.ledger.run(parent)?,
            None => None,
        };
        let mut inputs = self.inputs(parent.as_ref())?;
        inputs.columns_before.clone_from(&knowledge.columns);
        let mut job = job_builder::job(self.context, inputs, known)?;
        job.has_rejects_file = !self.is_test();
        if parent.is_some() && comes_as_table(io, &job)? {
            job.reading = as_table(job.reading);
            job.shape = None;
        }
        let run = self.run.map(|row| RunIdentity {
            number: row.number,
            reference: row.reference.clone(),
        });
        let rejections = &mut knowledge.rejections;
        let progress = |bytes| observer.advance(bytes);
        let judged = process(&job, run.as_ref(), io, rejections, &progress);
        let mut outcome = match judged {
            Ok(outcome) => outcome,
            Err(ReadError::File(fault)) => return Ok(FileVerdict::Bad(fault)),
            Err(ReadError::Io(e)) => return Err(RunError::io("judging the file")(e)),
        };
        let before = Before {
            last: self.last_of_year(&outcome)?.or(knowledge.before.last),
            ..knowledge.before
        };
        let mut holds = self.holds(&outcome, &before)?;
        holds.splice(0..0, self.hold.clone());
        let failed = outcome.fault.is_some();
        let wanted = self.run.is_some() || self.rows;
        if (failed || !holds.is_empty()) && wanted && !self.is_test() {
            // Its files say why, and there is no rejects file.
            if !failed {
                job.holds.clone_from(&holds);
            }
            job.has_rejects_file = self.run.is_none();
            rejections.reopen();
            let again = process(&job, run.as_ref(), io, rejections, &|_| ());
            outcome = again.map_err(|e| RunError::io("judging the file")(io::Error::other(e)))?;
        }
        outcome.first_file = knowledge.before.last.is_none();
        outcome.roster_was_empty = matches!(&knowledge.roster, Some(r) if r.employees().is_empty());
        Ok(FileVerdict::Judged(Box::new(outcome), holds))
    }

    fn inputs<'i>(&'i self, parent: Option<&'i RunRow>) -> Result<JobInputs<'i>> {
        let ledger = &self.context.ledger;
        let integration = &self.context.integration.name;
        let repeats = self.repeats()?;
        // The first of them shows what was in scope.
        let first = repeats.last().or(self.same_bytes.iter().min());
        let numbered = first.copied().unwrap_or(self.number());
        let now = self.context.site.now().to_utc();
        Ok(JobInputs {
            parameters: self.parameters,
            survey: self.survey,
            again: !self.same_bytes.is_empty(),
            parent,
            part: self.part,
            origin: ledger.name_number(NameKind::Integration, integration)?,
            watermark: ledger.watermark(integration, numbered, now)?,
            arrived: self.run.map_or(now, |row| row.arrived),
            imported: match self.context.integration.kind.has_plan_years() {
                true => ledger.imported_years(&[integration], self.number())?,
                false => Vec::new(),
            },
            repeats,
            partial: self.partial() || self.is_test(),
            rows: self.rows,
            columns_before: Vec::new(),
        })
    }

    /// Size and amount of the last accepted file of the same plan year: files of two years that come by turns are not
    /// compared with each other.
    fn last_of_year(&self, outcome: &Outcome) -> Result<Option<(u64, Cents)>> {
        let Some(year) = outcome.plan_year else {
            return Ok(None);
        };
        let name = &self.context.integration.name;
        let last = self.context.ledger.baseline(name, Some(year.start))?;
        Ok(last.as_ref().map(Baseline::size))
    }

    /// What holds a judged file, as far as no user has lifted it.
    fn holds(&self, outcome: &Outcome, before: &Before) -> Result<Vec<(Code, String)>> {
        let guards = job_builder::guards(
            self.context.integration,
            self.partial(),
            self.resubmission_of.is_some() || self.parameters.sync,
        );
        let kind = self.context.integration.kind;
        let mut holds = guards::tripped(
            &guards,
            &outcome.totals,
            &Lacking {
                kind,
                expected: outcome.expected,
                missing: outcome.missing,
                ended: outcome.deactivated_by_omission,
            },
            before,
        );
        let (omission, whom) = (self.context.integration.omission, lacked(kind));
        if omission != Omission::Ignore && outcome.missing > 0 && outcome.in_doubt > 0 {
            let what = match omission {
                _ if kind == Kind::Accounts => "taken for gone",
                Omission::Terminate => "deactivated by omission",
                Omission::Stop => "stopped by omission",
                _ => "reported as missing",
            };
            let reason = format!(
                "{} {whom} would be {what}, and of {} rejected records it is in doubt whose they are",
                outcome.missing, outcome.in_doubt
            );
            holds.push((Code::OmissionUnsure, reason));
        } else if outcome.deactivated_by_omission > 0 && outcome.totals.processed == 0 {
            let reason = format!(
                "the full file holds no records, and all {} {whom} would be ended by omission",
                outcome.deactivated_by_omission
            );
            holds.push((Code::OmissionUnsure, reason));
        }
        holds.extend(self.rehires(outcome));
        let who = match kind {
            Kind::Demographic => "people",
            other => lacked(other),
        };
        holds.extend(columns_gone(outcome, who));
        holds.extend(self.prior_year(outcome)?);
        holds.extend(self.initial_import(outcome)?);
        holds.retain(|(code, _)| !self.lifted(*code));
        Ok(holds)
    }

    /// The hold of a file with employees who left and come with another subscriber ID.
    fn rehires(&self, outcome: &Outcome) -> Option<(Code, String)> {
        let code = Code::RehireNewId;
        let found = outcome.findings.get(&code).copied().unwrap_or(0);
        let held = self.context.site.config.identity.rehire == RehirePolicy::Hold;
        let reason = format!(
            "{found} rows bring another ID of an employee who left; compare them in the error file, then release \
             the file if they are the same people"
        );
        (held && found > 0).then_some((code, reason))
    }

    /// The hold of an unattended run before the initial import of its plan year. Corrections and re-runs continue a run
    /// that had to pass here itself.
    fn initial_import(&self, outcome: &Outcome) -> Result<Option<(Code, String)>> {
        let integration = self.context.integration;
        let name = &integration.name;
        let unattended = |row: &RunRow| {
            row.unattended && !row.test && row.resubmission_of.is_none() && row.rerun_of.is_none()
        };
        let waits = integration.initial_import == InitialImport::Required
            && self.run.is_some_and(unattended)
            && outcome.totals.processed > 0;
        let year = outcome.plan_year.map(|year| year.start);
        if !waits || self.context.ledger.initial_import_done(name, year)? {
            return Ok(None);
        }
        let of = year.map_or_else(String::new, |y| format!(" of the plan year from {y}"));
        let reason = format!(
            "no initial import{of} has ended Completed; do it with `feedgate run {name} --delta false`, or with \
             `--deduction-start-date` and the day of its first change, then release this file"
        );
        Ok(Some((Code::InitialImportRequired, reason)))
    }

    /// The hold of a file whose plan year is before one that was imported already. Receivers take the last file as the
    /// truth, so it is the same for files of every origin: corrections and re-runs of an old year overwrite a new one
    /// just as well.
    fn prior_year(&self, outcome: &Outcome) -> Result<Option<(Code, String)>> {
        let Some(year) = outcome.plan_year.filter(|_| !self.is_test()) else {
            return Ok(None);
        };
        let context = self.context;
        if context.passing_years()?.contains(&year.start) {
            return Ok(None);
        }
        let together = context.site.config.year_order(&context.integration.roster);
        let imported = context.ledger.imported_years(&together, self.number())?;
        let latest = imported.last();
        Ok(latest.filter(|(start, _)| year.start < *start).map(|(start, run)| {
            let reason = format!(
                "this file is about the plan year from {}, and run {run} has imported the one from {start}",
                year.start
            );
            (Code::PriorYearAfterCurrent, reason)
        }))
    }
}

/// The hold of a file that lacks columns of the last accepted one, if anybody would lose a value by it.
fn columns_gone(outcome: &Outcome, who: &str) -> Option<(Code, String)> {
    let column = |(name, records): &(String, u64)| {
        let (is, lose) = (
            format!("{name} was in the last file and is missing"),
            grouped(*records),
        );
        match records {
            1 => format!("{is}: 1 of the {who} would lose it"),
            _ => format!("{is}: {lose} {who} would lose it"),
        }
    };
    let reasons: Vec<String> = outcome.columns_gone.iter().map(column).collect();
    (!reasons.is_empty()).then(|| (Code::ColumnGone, reasons.join("; ")))
}

/// What a full file of a kind may lack.
fn lacked(kind: Kind) -> &'static str {
    match kind {
        Kind::Demographic => "employees",
        Kind::Deduction => "deductions",
        Kind::Accounts => "accounts",
    }
}

/// Whether corrections of a fixed-width file come as the table of its rejects.
fn comes_as_table(io: &dyn RunIo, job: &JobSpec<'_>) -> Result<bool> {
    let source = io.source();
    let table = source.and_then(|source| is_table(source, &job.reading));
    table.map_err(RunError::io("reading the file"))
}
