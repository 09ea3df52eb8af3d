//! What waits in an integration's inbound folder, and which of it may go.

use super::day_order::{Turn, day_order};
use super::error::{Result, RunError};
use super::member::Member;
use super::queue::Queue;
use super::request::{corrections, judged};
use super::site::Site;
use super::way::Way;
use super::years::{Peek, ordered};
use crate::config::{Folder, Integration, name_patterns};
use crate::domain::file_name;
use crate::domain::masking;
use crate::domain::parameters::GivenParameters;
use crate::domain::{Parameters, ReferenceId};
use crate::ledger::{Ledger, Origin, RunRow};
use crate::spool::{Arriving, Look, Refused, Waiting};
use chrono::NaiveDate;
use globset::GlobSet;
use std::io::ErrorKind;
use std::path::Path;

/// The entries of an inbound folder.
pub(super) struct Sorted {
    /// Files that are taken, oldest first.
    pub(super) taken: Vec<Waiting>,
    /// Files of other names.
    pub(super) left: Vec<Waiting>,
    /// Files that are on their way.
    pub(super) arriving: Vec<Arriving>,
    /// What is never taken.
    pub(super) refused: Vec<Refused>,
}

/// Why a file of another name is not taken.
pub(crate) const OTHER_NAME: &str = "its name matches none of files";

impl Member<'_> {
    /// What waits in inbound under a name this integration takes, in its order.
    pub(super) fn queue(&self, way: &Way<'_>) -> Result<Queue> {
        let Sorted {
            taken, arriving, ..
        } = self.waiting(&way.ledger)?;
        self.queued(way, taken, &arriving)
    }

    /// Files in their order, of which `arriving` ones have a say in it, too.
    pub(super) fn queued(
        &self,
        way: &Way<'_>,
        taken: Vec<Waiting>,
        arriving: &[Arriving],
    ) -> Result<Queue> {
        let arriving: Vec<Waiting> = arriving.iter().map(|a| a.file.clone()).collect();
        let years = |files: &[Waiting]| match self.peek(way) {
            Some(peek) => self.years(&peek, &way.ledger, files, &self.parameters),
            None => Ok(vec![None; files.len()]),
        };
        Ok(Queue::new(years(&taken)?, taken, years(&arriving)?))
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
        let name = &self.integration.name;
        let year = |file: &Waiting| match file.misnamed {
            None => self.site.peeked.year(name, file, parameters, || {
                self.year(peek, ledger, (&file.path, &file.name), parameters)
            }),
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
        self.year_in_order(&peek, &way.ledger, &masking::masked(name), year, besides)
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
        self.year_in_order(&peek, &way.ledger, &masking::masked(name), year, besides)
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
        if waits && file_name::check_name(name).is_ok() {
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
            let other = masking::masked(&other.name);
            let sentence = format!("{name}: {other} is not taken: {OTHER_NAME}");
            self.watch.note(&sentence);
        }
        for one in &sorted.arriving {
            let file = masking::masked(&one.file.name);
            self.watch
                .note(&format!("{name}: {file} waits: {}", one.why));
        }
        Ok(sorted)
    }

    /// The entries that a look found, by what becomes of them.
    pub(super) fn sorted(&self, ledger: &Ledger, look: Look) -> Result<Sorted> {
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
pub(crate) struct Names<'a> {
    integration: &'a Integration,
    files: GlobSet,
    tests: GlobSet,
}

impl<'a> Names<'a> {
    /// The names of this integration's files.
    pub(crate) fn of(integration: &'a Integration) -> Names<'a> {
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
    pub(crate) fn take(&self, ledger: &Ledger, name: &str) -> Result<bool> {
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
