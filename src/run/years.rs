//! Which plan year a file is about before it is claimed, and what of earlier years stands in its way.

use super::day_order::Standing;
use super::ending::held_path;
use super::error::{Result, RunError};
use super::plan::{self, Circumstances};
use super::request::judged;
use super::site::Site;
use crate::config::Integration;
use crate::domain::{Code, Kind, Parameters, RunStatus, RunSummary, SiteKey};
use crate::format::survey::{Survey, Surveyor};
use crate::ledger::{Ledger, RunFilter, RunRow, RunState};
use crate::matching::roster::Roster;
use crate::process::job::Known;
use crate::process::plan_year::plan_year;
use crate::spool;
use chrono::NaiveDate;
use std::cell::OnceCell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Most bytes of a file that are read to find its plan year.
const MOST: u64 = 64 << 20;
/// Bytes at the start of a file that show its encoding.
const HEAD: u64 = 1 << 20;

/// Whether the integration's files have an order by plan year at all.
pub(super) fn ordered(site: &Site, integration: &Integration) -> bool {
    integration.kind == Kind::Deduction && site.config.plan_years.len() > 1
}

/// Looks into files of an integration that are not claimed.
pub(super) struct Peek<'a> {
    site: &'a Site,
    integration: &'a Integration,
    ledger: &'a Ledger,
    key: SiteKey,
    /// Loaded once, when the first file is read: it knows test employees.
    roster: OnceCell<Option<Roster>>,
}

impl<'a> Peek<'a> {
    pub(super) fn new(
        site: &'a Site,
        integration: &'a Integration,
        ledger: &'a Ledger,
        key: SiteKey,
    ) -> Peek<'a> {
        Peek {
            site,
            integration,
            ledger,
            key,
            roster: OnceCell::new(),
        }
    }

    /// First day of the plan year that a run with these parameters would judge a file by; `parent` is the run whose
    /// corrections the file is. `None` where there is no such record in the part that is read, or where the file can't
    /// be read: its run will tell why.
    pub(super) fn year(
        &self,
        path: &Path,
        parameters: &Parameters,
        parent: Option<&RunRow>,
    ) -> Result<Option<NaiveDate>> {
        let Ok(survey) = spool::open_waiting(path)
            .map_err(io::Error::other)
            .and_then(head)
        else {
            return Ok(None);
        };
        if survey.fault(u64::MAX).is_some() {
            return Ok(None);
        }
        let circumstances = Circumstances {
            parameters,
            key: self.key,
            survey: &survey,
            reference: String::new(),
            number: u32::MAX,
            origin: 0,
            watermark: self.ledger.watermark(&self.integration.name, u32::MAX)?,
            corrects: parent.map(|p| p.number),
            plan_year: parent.and_then(year_of),
            repeats: Vec::new(),
            partial: true,
            rows: false,
            dry: true,
        };
        let known = Known {
            roster: self.roster()?,
            deductions: None,
            ssn_change: plan::ssn_change(&self.site.config),
        };
        let job = match plan::job(self.site, self.integration, &circumstances, known) {
            Ok(job) => job,
            // Its run will refuse the parameters with a sentence.
            Err(RunError::Usage(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let open = || {
            let file = spool::open_waiting(path).map_err(io::Error::other)?;
            Ok(AtMost { file, left: MOST })
        };
        Ok(plan_year(&job, open).ok().flatten().map(|year| year.start))
    }

    fn roster(&self) -> Result<Option<&Roster>> {
        if self.roster.get().is_none() {
            let wanted = plan::matches_roster(&self.site.config);
            let load = || self.ledger.load_roster(&self.integration.roster);
            let loaded = wanted.then(load).transpose()?;
            let _ = self.roster.set(loaded);
        }
        Ok(self.roster.get().and_then(Option::as_ref))
    }

    /// The plan year of a run's file, from its summary or from the file at `path`.
    pub(super) fn year_of_run(&self, row: &RunRow, path: &Path) -> Result<Option<NaiveDate>> {
        if let Some(year) = year_of(row) {
            return Ok(Some(year));
        }
        let parent = match &row.resubmission_of {
            Some(parent) => self.ledger.run(parent)?,
            None => None,
        };
        self.year(path, &row.parameters, parent.as_ref())
    }

    /// What stands in the way of later years today, apart from files that wait.
    pub(super) fn standing(&self) -> Result<Standing> {
        let name = &self.integration.name;
        let mut standing = Standing {
            imported: self.ledger.years_on(name, self.site.today())?,
            ..Standing::default()
        };
        let filter = RunFilter {
            integration: Some(name.clone()),
            status: Some(RunStatus::Held),
            since: None,
        };
        for row in self.ledger.runs(&filter, usize::MAX)? {
            if row.hold.contains(&Code::PriorYearAfterCurrent) {
                continue;
            }
            let path = held_path(self.site, self.integration, &row);
            if let Some(year) = self.year_of_run(&row, &path)? {
                standing.held.push((year, row.reference));
            }
        }
        for row in self.ledger.unfinished(name)? {
            if row.state != RunState::Claimed || row.test {
                continue;
            }
            let path = self.site.work(&row.reference).join(spool::SOURCE);
            if let Some(year) = self.year_of_run(&row, &path)? {
                standing.under_way.push((year, row.reference));
            }
        }
        Ok(standing)
    }
}

impl Standing {
    /// Takes in how a run of today ended.
    pub(super) fn add(&mut self, summary: &RunSummary) {
        let Some(year) = summary.plan_year_start.filter(|_| !summary.test) else {
            return;
        };
        let run = (year, summary.integration_reference_id.clone());
        let late = summary
            .findings
            .contains_key(Code::PriorYearAfterCurrent.as_str());
        if summary.status == RunStatus::Held && !late {
            self.held.push(run);
        } else if judged(summary.status) && summary.records_accepted > 0 {
            self.imported.push(run);
        }
    }
}

fn year_of(row: &RunRow) -> Option<NaiveDate> {
    row.summary.as_ref().and_then(|s| s.plan_year_start)
}

/// What the start of a file shows of its encoding.
fn head(file: File) -> io::Result<Survey> {
    let mut start = Vec::new();
    file.take(HEAD).read_to_end(&mut start)?;
    if start.len() as u64 == HEAD {
        // Part of a character at the end would look like another encoding.
        start.truncate(memchr::memrchr(b'\n', &start).map_or(start.len(), |at| at + 1));
    }
    let mut surveyor = Surveyor::default();
    surveyor.feed(&start);
    Ok(surveyor.finish())
}

/// Fails where a file goes on beyond a limit, so that no half record is taken for a whole one.
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
    use super::{AtMost, HEAD, head};
    use crate::format::Encoding;
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

    #[test]
    fn a_character_across_the_end_of_the_head_changes_no_encoding() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a");
        let line = "é".repeat(1 << 10) + "\n";
        fs::write(&path, line.repeat((HEAD >> 10) as usize)).expect("file");
        let survey = head(File::open(&path).expect("file")).expect("read");
        assert_eq!((survey.encoding, survey.assumed), (Encoding::Utf8, false));
        assert!(survey.bytes < HEAD && survey.bytes > HEAD / 2);
    }
}
