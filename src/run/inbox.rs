//! What waits in an integration's inbound folder, and which of it may go.

use super::day_order::{Standing, Turn, day_order};
use super::error::{Result, RunError};
use super::request::{Member, corrections, judged};
use super::site::Site;
use super::way::Way;
use super::years::{Peek, ordered};
use crate::config::{Folder, Integration, name_patterns};
use crate::domain::parameters::GivenParameters;
use crate::domain::{Parameters, ReferenceId, RunSummary};
use crate::ledger::{Ledger, Origin, RunRow};
use crate::spool::{self, Arriving, Look, Refused, Waiting};
use chrono::NaiveDate;
use globset::GlobSet;
use std::io::ErrorKind;
use std::path::Path;

/// Waiting files, and the order in which they go.
pub(super) struct Queue {
    files: Vec<Waiting>,
    /// The plan years of the files, as far as they have an order.
    years: Vec<Option<NaiveDate>>,
    /// The plan years of files that are on their way, as far as they can be told.
    arriving: Vec<Option<NaiveDate>>,
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
            let years: Vec<_> = self.years.iter().chain(&self.arriving).copied().collect();
            self.turns = day_order(today, &years, &standing);
            self.turns.truncate(self.files.len());
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

    /// Whether no whole file waits.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// How many files are still on their way.
    pub(super) fn arriving(&self) -> usize {
        self.arriving.len()
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
    /// Files that are on their way.
    arriving: Vec<Arriving>,
    /// What is never taken.
    refused: Vec<Refused>,
}

impl Member<'_> {
    /// What waits in inbound under a name this integration takes, in its order.
    pub(super) fn queue(&self, way: &Way<'_>) -> Result<Queue> {
        let sorted = self.waiting(&way.ledger)?;
        let arriving: Vec<Waiting> = sorted.arriving.into_iter().map(|a| a.file).collect();
        let years = |files: &[Waiting]| match self.peek(way) {
            Some(peek) => self.years(&peek, &way.ledger, files, &self.parameters),
            None => Ok(vec![None; files.len()]),
        };
        Ok(Queue {
            years: years(&sorted.taken)?,
            arriving: years(&arriving)?,
            files: sorted.taken,
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
        match corrected(self.integration, ledger, name)? {
            Some(parent) => {
                let parameters = parent.parameters(self.site, parameters);
                peek.year(path, &parameters, parent.run.as_ref())
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
        let glance = self.inbound.glance(self.site, self.integration);
        let mut waiting = match glance.and_then(|look| self.sorted(ledger, look)) {
            Ok(sorted) => {
                let arriving = sorted.arriving.into_iter().map(|a| a.file);
                sorted.taken.into_iter().chain(arriving).collect()
            }
            // Nothing waits in a folder that was never made.
            Err(RunError::Scan(e)) if e.source.kind() == ErrorKind::NotFound => {
                Vec::<Waiting>::new()
            }
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
    fn waiting(&self, ledger: &Ledger) -> Result<Sorted> {
        let look = self.inbound.look(self.site, self.integration)?;
        let sorted = self.sorted(ledger, look)?;
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
        for one in &sorted.arriving {
            let file = spool::masked(&one.file.name);
            self.watch
                .note(&format!("{name}: {file} waits: {}", one.why));
        }
        Ok(sorted)
    }

    fn sorted(&self, ledger: &Ledger, look: Look) -> Result<Sorted> {
        let names = Names::of(self.integration);
        let (mut taken, mut left, mut arriving) = (Vec::new(), Vec::new(), Vec::new());
        for file in look.whole {
            if names.take(ledger, &file.name)? {
                taken.push(file);
            } else {
                left.push(file);
            }
        }
        for one in look.arriving {
            if names.take(ledger, &one.file.name)? {
                arriving.push(one);
            }
        }
        Ok(Sorted {
            taken,
            left,
            arriving,
            refused: look.refused,
        })
    }
}

/// The names of an integration's files.
pub struct Names<'a> {
    integration: &'a Integration,
    files: GlobSet,
    tests: GlobSet,
}

impl<'a> Names<'a> {
    /// The names of this integration's files.
    pub fn of(integration: &'a Integration) -> Names<'a> {
        Names {
            integration,
            files: name_patterns(&integration.files),
            tests: name_patterns(&integration.test_files),
        }
    }

    /// Whether a file of this name is the integration's: by its name patterns, or because it comes back as the
    /// corrections of a run under the name of its rejects file, whatever names the sender's files have.
    ///
    /// # Errors
    /// The ledger can't be read.
    pub fn take(&self, ledger: &Ledger, name: &str) -> Result<bool> {
        Ok(self.files.is_match(name)
            || self.tests.is_match(name)
            || corrected(self.integration, ledger, name)?.is_some())
    }
}

/// The run whose rejected records a file corrects.
pub(super) struct Corrected {
    pub(super) reference: ReferenceId,
    /// The run, unless it is purged since.
    pub(super) run: Option<RunRow>,
}

impl Corrected {
    /// The parameters of the corrections: like their run's, or what else was asked for.
    pub(super) fn parameters(&self, site: &Site, asked: &Parameters) -> Parameters {
        let run = self.run.as_ref();
        corrections(site, run.map_or(asked, |run| &run.parameters))
    }
}

/// The run whose corrections a file name makes it: one that carries the reference ID of a run that judged records
/// of this integration, however long ago. After a Failed or Held run the file is a whole new one.
pub(super) fn corrected(
    integration: &Integration,
    ledger: &Ledger,
    name: &str,
) -> Result<Option<Corrected>> {
    let Some(reference) = ReferenceId::find_in(name) else {
        return Ok(None);
    };
    let run = ledger.run(&reference)?;
    let corrects = match &run {
        Some(run) => run.integration == integration.name && judged(run.status),
        None => ledger.purged_run_took(&integration.name, &reference)?,
    };
    Ok(corrects.then_some(Corrected { reference, run }))
}
