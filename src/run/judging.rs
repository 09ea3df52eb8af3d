//! Judging a claimed file: what is known is loaded, the record path does its work, guards look at the whole.

use super::desk::{WorkDesk, WorkFiles};
use super::error::{Result, RunError};
use super::plan::{self, Circumstances};
use super::site::Site;
use super::watch::Watch;
use crate::config::{InitialImport, Integration};
use crate::domain::{Code, Kind, ReferenceId, SiteKey};
use crate::format::FileFault;
use crate::format::fault::ReadError;
use crate::format::survey::Survey;
use crate::ledger::{Ledger, NameKind, RunRow};
use crate::matching::deductions::Deductions;
use crate::matching::rejections::{OpenRejection, Rejections};
use crate::matching::roster::Roster;
use crate::process::job::Known;
use crate::process::{Desk, Outcome, process};
use crate::rules::guards::{self, Before};
use crate::spool::Claimed;

/// How judging a file came out.
pub(super) enum Verdict {
    /// The file as a whole is bad; no record was judged.
    Bad(FileFault),
    /// Every record was judged; what holds the file, each with its reason.
    Judged(Box<Outcome>, Vec<(Code, String)>),
    /// Nothing was judged: the file waits for a person.
    Held(Vec<(Code, String)>),
}

/// What a run knows before it reads records.
pub(super) struct Knowledge {
    roster: Option<Roster>,
    deductions: Option<Deductions>,
    rejections: Rejections,
    before: Before,
}

/// A run to judge.
pub(super) struct Case<'a> {
    pub(super) site: &'a Site,
    pub(super) integration: &'a Integration,
    pub(super) ledger: &'a Ledger,
    pub(super) key: SiteKey,
    pub(super) row: &'a RunRow,
    pub(super) survey: &'a Survey,
    /// Whether anybody reads the output rows.
    pub(super) rows: bool,
    pub(super) dry: bool,
}

impl Case<'_> {
    /// Corrections, and files cut to some employees, don't stand for the whole.
    pub(super) fn partial(&self) -> bool {
        self.row.resubmission_of.is_some() || self.row.parameters.include_employees.is_some()
    }

    /// The run whose rejected records these are.
    fn parent(&self) -> Result<Option<RunRow>> {
        Ok(match &self.row.resubmission_of {
            Some(parent) => self.ledger.run(parent)?,
            None => None,
        })
    }

    /// Loads what records are compared with.
    pub(super) fn load(&self) -> Result<Knowledge> {
        let (ledger, integration) = (self.ledger, self.integration);
        let demographic = integration.kind == Kind::Demographic;
        let roster = (demographic || plan::matches_roster(&self.site.config))
            .then(|| ledger.load_roster(&integration.roster))
            .transpose()?;
        let deductions = (!demographic)
            .then(|| ledger.load_deductions(&integration.name))
            .transpose()?;
        let open = |r: crate::ledger::OpenRejection| OpenRejection {
            row: r.row,
            run: r.run,
            key: r.key,
            traits: r.traits,
        };
        let rejections = ledger.open_rejections(&integration.name)?;
        let parents = |row: &RunRow| row.resubmission_of.clone();
        let lineage = self.chain(&self.row.resubmission_of, parents)?;
        let last = ledger.baseline(&integration.name)?;
        let origin = ledger.name_number(NameKind::Integration, &integration.name)?;
        Ok(Knowledge {
            before: Before {
                active: roster.as_ref().map_or(0, Roster::active),
                ours: roster.as_ref().map_or(0, |r| r.active_of(origin)),
                last: last.map(|b| (b.records_processed, b.employee_cents)),
            },
            roster,
            deductions,
            rejections: Rejections::new(rejections.into_iter().map(open).collect(), lineage),
        })
    }

    /// Numbers of the runs that this one goes back to: the parent, its parent, and so on.
    fn chain(
        &self,
        first: &Option<ReferenceId>,
        before: impl Fn(&RunRow) -> Option<ReferenceId>,
    ) -> Result<Vec<u32>> {
        let mut found: Vec<u32> = Vec::new();
        let mut next = first.clone();
        while let Some(reference) = next {
            let Some(row) = self.ledger.run(&reference)? else {
                break;
            };
            if found.contains(&row.number) {
                break;
            }
            found.push(row.number);
            next = before(&row);
        }
        Ok(found)
    }

    /// Judges the file at a desk.
    pub(super) fn judge(
        &self,
        desk: &dyn Desk,
        knowledge: &mut Knowledge,
        watch: &dyn Watch,
    ) -> Result<Verdict> {
        let (site, integration) = (self.site, self.integration);
        if let Some(fault) = self.survey.fault(integration.limits.max_file_bytes) {
            return Ok(Verdict::Bad(fault));
        }
        let lifted = |code: &Code| self.row.hold.contains(code);
        if integration.kind == Kind::Deduction
            && knowledge.roster.as_ref().is_some_and(Roster::is_empty)
            && !lifted(&Code::RosterEmpty)
        {
            let reason = format!(
                "the roster `{}` is empty: run the demographic files first, then release this one",
                integration.roster
            );
            return Ok(Verdict::Held(vec![(Code::RosterEmpty, reason)]));
        }
        let repeats = self.chain(&self.row.rerun_of, |row| row.rerun_of.clone())?;
        // The first of them shows what was in scope.
        let numbered = repeats.last().copied().unwrap_or(self.row.number);
        let parent = self.parent()?;
        let circumstances = Circumstances {
            parameters: &self.row.parameters,
            key: self.key,
            survey: self.survey,
            reference: self.row.reference.to_string(),
            number: self.row.number,
            origin: self
                .ledger
                .name_number(NameKind::Integration, &integration.name)?,
            watermark: self.ledger.watermark(&integration.name, numbered)?,
            corrects: parent.as_ref().map(|p| p.number),
            plan_year: parent
                .and_then(|p| p.summary)
                .and_then(|s| s.plan_year_start),
            repeats,
            partial: self.partial() || self.row.test,
            rows: self.rows,
            dry: self.dry,
        };
        let known = Known {
            roster: knowledge.roster.as_ref(),
            deductions: knowledge.deductions.as_ref(),
            ssn_change: plan::ssn_change(&site.config),
        };
        let job = plan::job(site, integration, &circumstances, known)?;
        let outcome = match process(&job, desk, &mut knowledge.rejections, &|bytes| {
            watch.advance(bytes)
        }) {
            Ok(outcome) => outcome,
            Err(ReadError::File(fault)) => return Ok(Verdict::Bad(fault)),
            Err(ReadError::Io(e)) => return Err(RunError::io("judging the file")(e)),
        };
        let guards = plan::guards(
            integration,
            self.partial(),
            self.row.resubmission_of.is_some(),
        );
        let mut holds = guards::tripped(
            &guards,
            &outcome.totals,
            outcome.missing,
            outcome.deactivated_by_omission,
            &knowledge.before,
        );
        if outcome.deactivated_by_omission > 0 && outcome.unattributed > 0 {
            let reason = format!(
                "{} employees would be deactivated by omission while {} rejected records could not be attributed to anyone",
                outcome.deactivated_by_omission, outcome.unattributed
            );
            holds.push((Code::OmissionUnsure, reason));
        } else if outcome.deactivated_by_omission > 0 && outcome.totals.processed == 0 {
            let reason = format!(
                "the full file holds no records, and all {} employees would be deactivated by omission",
                outcome.deactivated_by_omission
            );
            holds.push((Code::OmissionUnsure, reason));
        }
        holds.extend(self.prior_year(&outcome)?);
        holds.extend(self.initial_import(&outcome)?);
        holds.retain(|(code, _)| !lifted(code));
        Ok(Verdict::Judged(Box::new(outcome), holds))
    }

    /// The hold of a file that nobody asked for before the initial import of its plan year. Corrections and re-runs
    /// continue a run that had to pass here itself.
    fn initial_import(&self, outcome: &Outcome) -> Result<Option<(Code, String)>> {
        let (row, name) = (self.row, &self.integration.name);
        let waits = self.integration.kind == Kind::Deduction
            && self.integration.initial_import == InitialImport::Required
            && row.unattended
            && !row.test
            && row.resubmission_of.is_none()
            && row.rerun_of.is_none()
            && outcome.totals.processed > 0;
        let year = outcome.plan_year.map(|year| year.start);
        if !waits || self.ledger.initial_import_done(name, year)? {
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
        let Some(year) = outcome.plan_year.filter(|_| !self.row.test) else {
            return Ok(None);
        };
        let latest = self
            .ledger
            .latest_year(&self.integration.name, self.row.number)?;
        Ok(latest.filter(|(start, _)| year.start < *start).map(|(start, run)| {
            let reason = format!(
                "this file is about the plan year from {}, and run {run} has imported the one from {start}",
                year.start
            );
            (Code::PriorYearAfterCurrent, reason)
        }))
    }
}

/// Judges a claimed file into its work folder.
pub(super) fn claimed(
    case: &Case<'_>,
    claimed: &Claimed,
    files: &WorkFiles,
    watch: &dyn Watch,
) -> Result<Verdict> {
    let desk = WorkDesk {
        disk: &case.site.disk,
        source: claimed,
        files,
        ledger: case.ledger,
        roster: &case.integration.roster,
        watch,
    };
    let mut knowledge = case.load()?;
    case.judge(&desk, &mut knowledge, watch)
}
