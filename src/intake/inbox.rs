//! The files in an integration's inbound folder, and whether one of them may go before the others.

use super::arrivals::queued;
use super::corrections::{FileNames, OTHER_NAME};
use super::inbound::Inbound;
use super::plan_year_order::plan_year_order;
use super::plan_year_peek::PlanYearPeek;
use crate::config::{Folder, Integration};
use crate::domain::file_name;
use crate::domain::masking;
use crate::domain::parameters::GivenParameters;
use crate::domain::{ArrivalId, Parameters};
use crate::ledger::{Origin, RunRow};
use crate::site::{IntegrationContext, Observer, Result, RunError, Site};
use crate::spool::{Arriving, InboundScan, Refused, Waiting};
use chrono::NaiveDate;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A file that is to be taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IncomingFile<'a> {
    pub(crate) origin: Origin,
    pub(crate) path: &'a Path,
    pub(crate) name: &'a str,
    /// Its ID, if it was taken from inbound into the queue.
    pub(crate) arrival: Option<&'a ArrivalId>,
}

impl<'a> IncomingFile<'a> {
    /// A file named by a user: one that lies in inbound is taken from there; any other stays where it is.
    ///
    /// # Errors
    /// Its name is not text.
    pub(crate) fn named(site: &Site, integration: &Integration, path: &'a Path) -> Result<Self> {
        let name = path.file_name().and_then(|n| n.to_str());
        let name =
            name.ok_or_else(|| RunError::usage("the file's name is not valid UTF-8; rename it"))?;
        let inbound = site.config.folder(integration, Folder::Inbound);
        let is_in = |folder: PathBuf| path.parent() == Some(&folder);
        let waits = inbound.canonicalize().is_ok_and(is_in)
            || site
                .queue(integration)
                .canonicalize()
                .is_ok_and(|queue| path.starts_with(queue));
        let origin = if waits && file_name::check_name(name).is_ok() {
            Origin::Inbound
        } else {
            Origin::File
        };
        Ok(IncomingFile {
            origin,
            path,
            name,
            arrival: None,
        })
    }
}

/// The full path of a file that a user named. One that was taken from inbound since is where it waits in the queue.
///
/// # Errors
/// It is not there.
pub(crate) fn named_path(
    site: &Site,
    integration: Option<&Integration>,
    file: &Path,
) -> Result<PathBuf> {
    let missing = match std::fs::canonicalize(file) {
        Ok(path) => return Ok(path),
        Err(missing) => missing,
    };
    let folder = file.parent().and_then(|folder| folder.canonicalize().ok());
    if let Some(integration) = integration
        && let Some(folder) = folder
        && let Ok(inbound) = site
            .config
            .folder(integration, Folder::Inbound)
            .canonicalize()
        && folder == inbound
    {
        let mut queued = queued(site, integration)?.into_iter();
        let newest = queued.rfind(|waiting| waiting.path.file_name() == file.file_name());
        if let Some(path) = newest.and_then(|waiting| waiting.path.canonicalize().ok()) {
            return Ok(path);
        }
    }
    let shown = masking::shown(file);
    Err(RunError::Nothing(format!(
        "{shown}: {missing}; nothing was processed"
    )))
}

impl<'a> IncomingFile<'a> {
    /// The same file where it is now in the queue, if it was taken there.
    pub(crate) fn queued(self, waiting: Option<&'a Waiting>) -> IncomingFile<'a> {
        match waiting {
            Some(waiting) => IncomingFile {
                path: &waiting.path,
                arrival: waiting.arrival.as_ref(),
                ..self
            },
            None => self,
        }
    }
}

/// The entries of an inbound folder.
pub(crate) struct Sorted {
    /// Complete files that are the integration's: those in its queue in the order of their arrival, then those in
    /// inbound, oldest first.
    pub(crate) taken: Vec<Waiting>,
    /// Files of other names.
    pub(crate) left: Vec<Waiting>,
    /// The integration's files that are not complete yet.
    pub(crate) arriving: Vec<Arriving>,
    /// Entries that are never taken.
    pub(crate) refused: Vec<Refused>,
}

/// Sorts the entries that a look found, behind the files in the queue.
pub(crate) fn sort(context: &IntegrationContext<'_>, look: InboundScan) -> Result<Sorted> {
    let names = FileNames::of(context.integration);
    let mut taken = queued(context.site, context.integration)?;
    let (mut left, mut arriving) = (Vec::new(), Vec::new());
    for file in look.complete {
        if names.take(&*context.ledger, &file.name)? {
            taken.push(file);
        } else {
            left.push(file);
        }
    }
    for one in look.arriving {
        if names.take(&*context.ledger, &one.file.name)? {
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

/// What lies in inbound; the observer is told why entries are not taken.
pub(crate) fn look(
    context: &IntegrationContext<'_>,
    inbound: &dyn Inbound,
    observer: &dyn Observer,
) -> Result<Sorted> {
    let look = inbound.look(context.site, context.integration)?;
    let sorted = sort(context, look)?;
    let name = &context.integration.name;
    for refused in &sorted.refused {
        let sentence = format!("{name}: {} is not taken: {}", refused.name, refused.why);
        observer.note(&sentence);
    }
    for other in &sorted.left {
        let other = masking::masked(&other.name);
        let sentence = format!("{name}: {other} is not taken: {OTHER_NAME}");
        observer.note(&sentence);
    }
    for one in &sorted.arriving {
        let file = masking::masked(&one.file.name);
        observer.note(&format!("{name}: {file} waits: {}", one.why));
    }
    Ok(sorted)
}

/// Whether a file that a user named may go before those that wait; with `parent`, it corrects records of that run.
///
/// # Errors
/// [`RunError::Waits`] says what it waits for.
pub(crate) fn file_in_order(
    context: &IntegrationContext<'_>,
    inbound: &dyn Inbound,
    file: IncomingFile<'_>,
    parameters: &Parameters,
    parent: Option<&RunRow>,
) -> Result<()> {
    let Some(peek) = PlanYearPeek::if_ordered(context)? else {
        return Ok(());
    };
    let year = match parent {
        Some(parent) => peek.correction_year(file.path, parameters, parent)?,
        None => peek.file_year(file.path, file.name, parameters)?,
    };
    let besides = (file.origin == Origin::Inbound).then_some(file.name);
    year_in_order(&peek, inbound, &masking::masked(file.name), year, besides)
}

/// Whether a run's file may be judged again before those that wait.
///
/// # Errors
/// [`RunError::Waits`] says what it waits for.
pub(crate) fn run_in_order(
    context: &IntegrationContext<'_>,
    inbound: &dyn Inbound,
    row: &RunRow,
    path: &Path,
) -> Result<()> {
    let Some(peek) = PlanYearPeek::if_ordered(context)?.filter(|_| !row.test) else {
        return Ok(());
    };
    let year = peek.year_of_run(row, path)?;
    let what = format!("the file of run {}", row.reference);
    year_in_order(&peek, inbound, &what, year, None)
}

fn year_in_order(
    peek: &PlanYearPeek<'_>,
    inbound: &dyn Inbound,
    what: &str,
    year: Option<NaiveDate>,
    besides: Option<&str>,
) -> Result<()> {
    if year.is_none() {
        return Ok(());
    }
    let context = peek.context;
    let look = inbound.glance(context.site, context.integration);
    let mut waiting = match look.and_then(|look| sort(context, look)) {
        Ok(sorted) => {
            let arriving = sorted.arriving.into_iter().map(|a| a.file);
            sorted.taken.into_iter().chain(arriving).collect()
        }
        // Nothing waits in a folder that was never made.
        Err(RunError::Scan(e)) if e.source.kind() == ErrorKind::NotFound => Vec::<Waiting>::new(),
        Err(error) => return Err(error),
    };
    waiting.retain(|w| Some(w.name.as_str()) != besides);
    // Parameters that are given now are not given to them.
    let unattended = GivenParameters::default()
        .or(&context.integration.parameters)
        .complete();
    let mut years = peek.years(&waiting, &unattended)?;
    years.push(year);
    let turns = plan_year_order(context.site.today(), &years, &peek.standing()?);
    match turns.into_iter().last().flatten() {
        None => Ok(()),
        Some(reason) => Err(RunError::Waits {
            what: format!("{what} is not taken"),
            reason: Box::new(reason),
        }),
    }
}
