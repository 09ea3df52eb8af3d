//! The plan year of a file before it is claimed, and which earlier years go before it.

use super::corrections::{FileNames, corrected, split_from};
use super::inbound::{Inbound, Now};
use super::plan_year_order::PlanYearStanding;
use super::source_file::SourceFile;
use crate::config::name_patterns;
use crate::domain::parameters::GivenParameters;
use crate::domain::{Code, Parameters, RunStatus};
use crate::ledger::{RunFilter, RunRow, RunState};
use crate::matching::roster::Roster;
use crate::process::job::Known;
use crate::process::plan_year::plan_year;
use crate::site::job_builder::{self, JobInputs};
use crate::site::{IntegrationContext, Result, RunError};
use crate::spool::{self, InboundScan, Waiting};
use chrono::NaiveDate;
use std::cell::OnceCell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Most bytes of a file that are read to find its plan year.
const MOST: u64 = 64 << 20;

/// Reads the plan years of files that are not claimed.
pub(super) struct PlanYearPeek<'a> {
    pub(super) context: &'a IntegrationContext<'a>,
    /// Years that are out of the order.
    passing: Vec<NaiveDate>,
    /// Loaded with the first file: it knows test employees.
    roster: OnceCell<Option<Roster>>,
}

impl<'a> PlanYearPeek<'a> {
    pub(super) fn new(context: &'a IntegrationContext<'a>) -> Result<PlanYearPeek<'a>> {
        Ok(PlanYearPeek {
            context,
            passing: context.passing_years()?,
            roster: OnceCell::new(),
        })
    }

    /// `None` where the integration's files have no order by plan year.
    pub(super) fn if_ordered(
        context: &'a IntegrationContext<'a>,
    ) -> Result<Option<PlanYearPeek<'a>>> {
        let ordered =
            context.integration.kind.has_plan_years() && context.site.config.plan_years.len() > 1;
        ordered.then(|| PlanYearPeek::new(context)).transpose()
    }

    /// The year, unless it is out of the order.
    fn in_order(&self, year: Option<NaiveDate>) -> Option<NaiveDate> {
        year.filter(|year| !self.passing.contains(year))
    }

    /// The plan years of waiting files; `None` for those that have no place in the order.
    pub(super) fn years(
        &self,
        files: &[Waiting],
        parameters: &Parameters,
    ) -> Result<Vec<Option<NaiveDate>>> {
        let cache = &self.context.site.plan_year_cache;
        let integration = &self.context.integration.name;
        let year = |file: &Waiting| match file.misnamed {
            None => cache.year(integration, file, parameters, || {
                self.year_in_file(&file.path, &file.name, parameters)
            }),
            Some(_) => Ok(None),
        };
        let year = |file| Ok(self.in_order(year(file)?));
        files.iter().map(year).collect()
    }

    /// The plan year of the file at `path` under this name; `None` if it has no place in the order.
    pub(super) fn file_year(
        &self,
        path: &Path,
        name: &str,
        parameters: &Parameters,
    ) -> Result<Option<NaiveDate>> {
        Ok(self.in_order(self.year_in_file(path, name, parameters)?))
    }

    fn year_in_file(
        &self,
        path: &Path,
        name: &str,
        parameters: &Parameters,
    ) -> Result<Option<NaiveDate>> {
        let context = self.context;
        if name_patterns(&context.integration.test_files).is_match(name) {
            return Ok(None);
        }
        if let Some(parent) = corrected(context.integration, &*context.ledger, name)? {
            let parameters = parent.parameters(context.site, parameters);
            return self.year(path, &parameters, parent.run.as_ref(), false);
        }
        match split_from(context.integration, &*context.ledger, name)? {
            Some(run) => {
                let parameters = run.parameters.as_ref().unwrap_or(parameters);
                self.year(path, parameters, None, true)
            }
            None => self.year(path, parameters, None, false),
        }
    }

    /// First day of the plan year that a run with these parameters would judge a file by; `parent` is the run whose
    /// corrections the file is, and `part` says that a run has split it off. `None` where there is no such record in the part that is read, or where the file can't
    /// be read: its run will say why.
    fn year(
        &self,
        path: &Path,
        parameters: &Parameters,
        parent: Option<&RunRow>,
        part: bool,
    ) -> Result<Option<NaiveDate>> {
        let file = SourceFile::Waiting(path);
        let Ok(survey) = file.survey_head() else {
            return Ok(None);
        };
        let declared = self.context.integration.format.encoding;
        if survey.fault(u64::MAX, declared).is_some() {
            return Ok(None);
        }
        let context = self.context;
        let inputs = JobInputs {
            again: false,
            parameters,
            survey: &survey,
            parent,
            part,
            origin: 0,
            watermark: None,
            arrived: context.site.now().to_utc(),
            imported: Vec::new(),
            repeats: Vec::new(),
            partial: true,
            rows: false,
            columns_before: Vec::new(),
        };
        let known = Known {
            roster: self.roster()?,
            deductions: None,
            accounts: None,
            levels: None,
            ssn_change: context.site.config.identity.ssn.change,
            rehire: context.site.config.identity.rehire,
            corrections: None,
            reopened: None,
        };
        let job = match job_builder::job(context, inputs, known) {
            Ok(job) => job,
            // Its run will refuse the parameters with a sentence.
            Err(RunError::Usage(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let open = || {
            let file = file.open().map_err(io::Error::other)?;
            Ok(AtMost { file, left: MOST })
        };
        Ok(plan_year(&job, open).ok().flatten().map(|year| year.start))
    }

    fn roster(&self) -> Result<Option<&Roster>> {
        if self.roster.get().is_none() {
            let context = self.context;
            let wanted = job_builder::matches_roster(&context.site.config);
            let load = || context.ledger.load_roster(&context.integration.roster);
            let loaded = wanted.then(load).transpose()?;
            let _ = self.roster.set(loaded);
        }
        Ok(self.roster.get().and_then(Option::as_ref))
    }

    /// The plan year of the corrections at `path` of records of a run; `None` if it has no place in the order.
    pub(super) fn correction_year(
        &self,
        path: &Path,
        parameters: &Parameters,
        parent: &RunRow,
    ) -> Result<Option<NaiveDate>> {
        Ok(self.in_order(self.year(path, parameters, Some(parent), false)?))
    }

    /// The plan year of a run's file, from its summary or from the file at `path`; `None` if it has no place in the order.
    pub(super) fn year_of_run(&self, row: &RunRow, path: &Path) -> Result<Option<NaiveDate>> {
        Ok(self.in_order(self.judged_year(row, path)?))
    }

    fn judged_year(&self, row: &RunRow, path: &Path) -> Result<Option<NaiveDate>> {
        if let Some(year) = row.summary.as_ref().and_then(|s| s.plan_year_start) {
            return Ok(Some(year));
        }
        let parent = match &row.resubmission_of {
            Some(parent) => self.context.ledger.run(parent)?,
            None => None,
        };
        let name = row.source_name.as_deref().unwrap_or_default();
        let part = split_from(self.context.integration, &*self.context.ledger, name)?.is_some();
        self.year(path, &row.parameters, parent.as_ref(), part)
    }

    /// What keeps later years waiting today, apart from the integration's own files that wait.
    pub(super) fn standing(&self) -> Result<PlanYearStanding> {
        let context = self.context;
        let site = context.site;
        let together = site.config.year_order(&context.integration.roster);
        let mut imported = context.ledger.years_on(&together, site.today())?;
        imported.retain(|(year, _)| !self.passing.contains(year));
        let mut standing = PlanYearStanding {
            imported,
            passing: self.passing.clone(),
            ..PlanYearStanding::default()
        };
        self.add_runs(&mut standing)?;
        for name in together
            .into_iter()
            .filter(|n| *n != context.integration.name)
        {
            let other = IntegrationContext::for_reading(site, site.integration(name)?)?;
            let peek = PlanYearPeek::new(&other)?;
            peek.add_runs(&mut standing)?;
            standing.elsewhere.extend(peek.waiting()?);
        }
        Ok(standing)
    }

    /// Adds the integration's runs that are held or under way.
    fn add_runs(&self, standing: &mut PlanYearStanding) -> Result<()> {
        let context = self.context;
        let name = &context.integration.name;
        let filter = RunFilter {
            integration: Some(name.clone()),
            status: Some(RunStatus::Held),
            ..RunFilter::default()
        };
        for row in context.ledger.runs(&filter, usize::MAX)? {
            if row.hold.contains(&Code::PriorYearAfterCurrent) {
                continue;
            }
            let path = context.held_path(&row);
            if let Some(year) = self.year_of_run(&row, &path)? {
                standing.held.push((year, row.reference));
            }
        }
        for row in context.ledger.unfinished(name)? {
            if row.state != RunState::Claimed || row.test {
                continue;
            }
            let path = context.site.work(&row.reference).join(spool::SOURCE);
            if let Some(year) = self.year_of_run(&row, &path)? {
                standing.under_way.push((year, row.reference));
            }
        }
        Ok(())
    }

    /// The plan years of the integration's files that wait or are arriving. A folder that can't be listed keeps no other
    /// integration waiting.
    fn waiting(&self) -> Result<impl Iterator<Item = NaiveDate> + use<>> {
        let context = self.context;
        let integration = context.integration;
        let look = match Now.glance(context.site, integration) {
            Err(RunError::Scan(_)) => InboundScan::default(),
            look => look?,
        };
        let arriving = look.arriving.into_iter().map(|one| one.file);
        let names = FileNames::of(integration);
        let mut files = Vec::new();
        for file in look.complete.into_iter().chain(arriving) {
            if names.take(&*context.ledger, &file.name)? {
                files.push(file);
            }
        }
        let given = GivenParameters::default().or(&integration.parameters);
        let years = self.years(&files, &given.complete())?;
        Ok(years.into_iter().flatten())
    }
}

/// Fails where a file is longer than the limit, so that part of a record is not taken for a whole one.
struct AtMost {
    file: File,
    left: u64,
}

impl Read for AtMost {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).unwrap_or(usize::MAX);
        let room = room.min(buffer.len());
        let read = self.file.read(&mut buffer[..room])?;
        self.left -= read as u64;
        if read == 0 && self.left == 0 && !buffer.is_empty() {
            return Err(io::Error::other("no plan year within the limit"));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::AtMost;
    use std::fs::{self, File};
    use std::io::Read;

    #[test]
    fn no_more_is_read_than_the_limit_and_its_end_is_no_end_of_file() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a");
        fs::write(&path, "12345").expect("file");
        let read = |left| {
            let file = File::open(&path).expect("file");
            let mut text = String::new();
            let ended = AtMost { file, left }.read_to_string(&mut text);
            ended.map(|_| text).map_err(|e| e.to_string())
        };
        assert_eq!(read(6), Ok("12345".to_owned()));
        for left in [5, 4, 0] {
            assert!(read(left).is_err(), "{left}");
        }
    }
}
