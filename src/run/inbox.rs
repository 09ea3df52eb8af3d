//! What waits in an integration's inbound folder, and which of it may go.

use super::day_order::{Standing, Turn, day_order};
use super::error::{Result, RunError};
use super::request::{Member, corrections, judged};
use super::way::Way;
use super::years::{Peek, ordered};
use crate::config::{Folder, name_patterns};
use crate::domain::parameters::GivenParameters;
use crate::domain::{Parameters, ReferenceId, RunSummary};
use crate::ledger::{Ledger, Origin, RunRow};
use crate::spool::{self, Refused, Waiting};
use chrono::NaiveDate;
use std::io::ErrorKind;
use std::path::Path;

/// Waiting files, and the order in which they go.
pub(super) struct Queue {
    files: Vec<Waiting>,
    /// The plan years of the files, as far as they have an order.
    years: Vec<Option<NaiveDate>>,
    /// What else has a say in the order, and on which day it had.
    standing: Option<(NaiveDate, Standing)>,
    turns: Vec<Turn>,
}

impl Queue {
    /// The next file that may go; it is no longer in the queue.
    pub(super) fn next(&mut self, way: &Way<'_>) -> Result<Option<Waiting>> {
        let today = way.site.today();
        if self.years.iter().all(Option::is_none) {
            self.turns = vec![Turn::Now; self.files.len()];
        } else {
            // What was imported before midnight no longer keeps anything waiting.
            let standing = match self.standing.take() {
                Some((day, standing)) if day == today => standing,
                _ => Peek::new(way.site, way.integration, &way.ledger, way.key).standing()?,
            };
            self.turns = day_order(today, &self.years, &standing);
            self.standing = Some((today, standing));
        }
        let Some(next) = self.turns.iter().position(|t| *t == Turn::Now) else {
            return Ok(None);
        };
        self.years.remove(next);
        self.turns.remove(next);
        Ok(Some(self.files.remove(next)))
    }

    /// Takes in how the last file ended.
    pub(super) fn ended(&mut self, summary: &RunSummary) {
        if let Some((_, standing)) = &mut self.standing {
            standing.add(summary);
        }
    }

    /// The files that wait for another day, and why.
    pub(super) fn left(&self) -> Vec<(&Waiting, &Turn)> {
        self.files.iter().zip(&self.turns).collect()
    }
}

/// The entries of an inbound folder.
struct Sorted {
    /// Files that are taken, oldest first.
    taken: Vec<Waiting>,
    /// Files of other names.
    left: Vec<Waiting>,
    /// What is never taken.
    refused: Vec<Refused>,
}

impl Member<'_> {
    /// What waits in inbound under a name this integration takes, in its order.
    pub(super) fn queue(&self, way: &Way<'_>) -> Result<Queue> {
        let files = self.waiting(&way.ledger)?;
        let years = match self.peek(way) {
            Some(peek) => self.years(&peek, &way.ledger, &files, &self.parameters)?,
            None => vec![None; files.len()],
        };
        Ok(Queue {
            files,
            years,
            standing: None,
            turns: Vec::new(),
        })
    }

    /// A look into files, where they have an order by plan year.
    fn peek<'w>(&'w self, way: &'w Way<'_>) -> Option<Peek<'w>> {
        let ordered = ordered(self.site, self.integration);
        ordered.then(|| Peek::new(self.site, self.integration, &way.ledger, way.key))
    }

    /// The plan years of waiting files; none of those that have no place in the order.
    fn years(
        &self,
        peek: &Peek<'_>,
        ledger: &Ledger,
        files: &[Waiting],
        parameters: &Parameters,
    ) -> Result<Vec<Option<NaiveDate>>> {
        let year = |file: &Waiting| match file.misnamed {
            None => self.year(peek, ledger, (&file.path, &file.name), parameters),
            Some(_) => Ok(None),
        };
        files.iter().map(year).collect()
    }

    fn year(
        &self,
        peek: &Peek<'_>,
        ledger: &Ledger,
        (path, name): (&Path, &str),
        parameters: &Parameters,
    ) -> Result<Option<NaiveDate>> {
        if name_patterns(&self.integration.test_files).is_match(name) {
            return Ok(None);
        }
        match self.corrected(ledger, name)? {
            Some(parent) => {
                let parameters = corrections(self.site, &parent.parameters);
                peek.year(path, &parameters, Some(&parent))
            }
            None => peek.year(path, parameters, None),
        }
    }

    /// Whether a file that was named may go before those that wait.
    ///
    /// # Errors
    /// [`super::RunError::Waits`] says what it waits for.
    pub(super) fn in_order(
        &self,
        way: &Way<'_>,
        (origin, path): (Origin, &Path),
        name: &str,
    ) -> Result<()> {
        let Some(peek) = self.peek(way) else {
            return Ok(());
        };
        let year = self.year(&peek, &way.ledger, (path, name), &self.parameters)?;
        let besides = (origin == Origin::Inbound).then_some(name);
        self.year_in_order(&peek, &way.ledger, &spool::masked(name), year, besides)
    }

    /// Whether a run's file may be judged anew before those that wait.
    ///
    /// # Errors
    /// [`super::RunError::Waits`] says what it waits for.
    pub(super) fn run_in_order(&self, way: &Way<'_>, row: &RunRow, path: &Path) -> Result<()> {
        let Some(peek) = self.peek(way).filter(|_| !row.test) else {
            return Ok(());
        };
        let year = peek.year_of_run(row, path)?;
        self.year_in_order(
            &peek,
            &way.ledger,
            &format!("the file of run {}", row.reference),
            year,
            None,
        )
    }

    /// Whether a file of corrections of `parent` may go before those that wait.
    ///
    /// # Errors
    /// [`super::RunError::Waits`] says what it waits for.
    pub(super) fn corrections_in_order(
        &self,
        way: &Way<'_>,
        parent: &RunRow,
        (origin, path): (Origin, &Path),
        name: &str,
    ) -> Result<()> {
        let Some(peek) = self.peek(way) else {
            return Ok(());
        };
        let parameters = corrections(self.site, &parent.parameters);
        let year = peek.year(path, &parameters, Some(parent))?;
        let besides = (origin == Origin::Inbound).then_some(name);
        self.year_in_order(&peek, &way.ledger, &spool::masked(name), year, besides)
    }

    fn year_in_order(
        &self,
        peek: &Peek<'_>,
        ledger: &Ledger,
        what: &str,
        year: Option<NaiveDate>,
        besides: Option<&str>,
    ) -> Result<()> {
        if year.is_none() {
            return Ok(());
        }
        let mut waiting = match self.sorted(ledger) {
            Ok(sorted) => sorted.taken,
            // Nothing waits in a folder that was never made.
            Err(RunError::Scan(e)) if e.source.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        waiting.retain(|w| Some(w.name.as_str()) != besides);
        // Parameters that are given now are not given to them.
        let unattended = GivenParameters::default()
            .or(&self.integration.parameters)
            .complete();
        let mut years = self.years(peek, ledger, &waiting, &unattended)?;
        years.push(year);
        let turns = day_order(self.site.today(), &years, &peek.standing()?);
        match turns.last() {
            None | Some(Turn::Now) => Ok(()),
            Some(turn) => Err(RunError::Waits(format!("{what} is not taken: {turn}"))),
        }
    }

    /// A file that lies in inbound is taken from there; any other stays where it is.
    pub(super) fn origin(&self, file: &Path, name: &str) -> Origin {
        let inbound = self.site.config.folder(self.integration, Folder::Inbound);
        let waits = inbound
            .canonicalize()
            .is_ok_and(|folder| file.parent() == Some(&folder));
        if waits && spool::check_name(name).is_ok() {
            Origin::Inbound
        } else {
            Origin::File
        }
    }

    /// What waits in inbound under a name this integration takes; says why the rest is not taken.
    fn waiting(&self, ledger: &Ledger) -> Result<Vec<Waiting>> {
        let sorted = self.sorted(ledger)?;
        let name = &self.integration.name;
        for refused in &sorted.refused {
            let sentence = format!("{name}: {} is not taken: {}", refused.name, refused.why);
            self.watch.note(&sentence);
        }
        for other in &sorted.left {
            let other = spool::masked(&other.name);
            let sentence = format!("{name}: {other} is not taken: its name matches none of files");
            self.watch.note(&sentence);
        }
        Ok(sorted.taken)
    }

    fn sorted(&self, ledger: &Ledger) -> Result<Sorted> {
        let inbound = self.site.config.folder(self.integration, Folder::Inbound);
        let scan = spool::scan(&inbound)?;
        let files = name_patterns(&self.integration.files);
        let tests = name_patterns(&self.integration.test_files);
        let (mut taken, mut left) = (Vec::new(), Vec::new());
        for waiting in scan.waiting {
            // As its sender wrote it: the kept form of a misnamed file may be cut.
            let name = waiting.path.file_name().unwrap_or_default();
            let takes = files.is_match(name) || tests.is_match(name);
            // Corrections come back under the name of their rejects file, whatever names the sender's files have.
            let takes = takes || self.corrected(ledger, &waiting.name)?.is_some();
            if takes { &mut taken } else { &mut left }.push(waiting);
        }
        Ok(Sorted {
            taken,
            left,
            refused: scan.refused,
        })
    }

    /// Files of the integrations named under `after` belong before these.
    pub(super) fn note_what_goes_first(&self) -> Result<()> {
        for name in &self.integration.after {
            let first = self.site.integration(name)?;
            let inbound = self.site.config.folder(first, Folder::Inbound);
            let files = name_patterns(&first.files);
            let waiting = spool::scan(&inbound).map(|s| {
                s.waiting
                    .iter()
                    .filter(|w| w.misnamed.is_none() && files.is_match(&w.name))
                    .count()
            });
            if let Ok(1..) = waiting {
                self.watch.note(&format!(
                    "{name} has waiting files that should go before {}",
                    self.integration.name
                ));
            }
        }
        Ok(())
    }

    /// The run whose corrections a file name makes it: one that carries the reference ID of a run that judged records
    /// of this integration. After a Failed or Held run the file is a whole new one.
    pub(super) fn corrected(&self, ledger: &Ledger, name: &str) -> Result<Option<RunRow>> {
        let Some(reference) = ReferenceId::find_in(name) else {
            return Ok(None);
        };
        let parent = ledger.run(&reference)?;
        Ok(parent.filter(|row| row.integration == self.integration.name && judged(row.status)))
    }
}
