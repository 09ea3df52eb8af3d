//! Which files are an integration's: those whose names match its patterns, and corrections of its runs, which come back
//! under the names of their rejects files, and what its runs have split off.

use crate::config::{Integration, name_patterns};
use crate::domain::{Enrollment, Parameters, Published, ReferenceId, file_name};
use crate::ledger::{Ledger, RunRow};
use crate::site::{Result, Site};
use globset::GlobSet;
use std::path::Path;

/// Why a file of another name is not taken.
pub(crate) const OTHER_NAME: &str = "its name matches none of files";

/// The names of an integration's files.
pub(crate) struct FileNames<'a> {
    integration: &'a Integration,
    files: GlobSet,
    tests: GlobSet,
}

impl<'a> FileNames<'a> {
    pub(crate) fn of(integration: &'a Integration) -> FileNames<'a> {
        FileNames {
            integration,
            files: name_patterns(&integration.files),
            tests: name_patterns(&integration.test_files),
        }
    }

    /// Whether a file of this name is the integration's: by its name patterns, or because it comes back as the
    /// corrections of a run under the name of its rejects file, or was split off by a run, whatever names the sender's
    /// files have.
    ///
    /// # Errors
    /// The ledger can't be read.
    pub(crate) fn take(&self, ledger: &dyn Ledger, name: &str) -> Result<bool> {
        Ok(self.files.is_match(name)
            || self.tests.is_match(name)
            || corrected(self.integration, ledger, name)?.is_some()
            || split_from(self.integration, ledger, name)?.is_some())
    }
}

/// The run whose rejected records a file corrects.
pub(crate) struct Corrected {
    pub(crate) reference: ReferenceId,
    /// The run, unless it has been purged.
    pub(crate) run: Option<RunRow>,
}

impl Corrected {
    /// The parameters of the corrections: those of their run, or what else was asked for.
    pub(crate) fn parameters(&self, site: &Site, asked: &Parameters) -> Parameters {
        let run = self.run.as_ref();
        correction_parameters(site, run.map_or(asked, |run| &run.parameters))
    }
}

/// The run that a file corrects: its name carries the reference ID of a run of this integration that judged records,
/// however long ago. After a Failed or Held run the file is a new one.
pub(crate) fn corrected(
    integration: &Integration,
    ledger: &dyn Ledger,
    name: &str,
) -> Result<Option<Corrected>> {
    let judged = |named: &Corrected| match &named.run {
        Some(run) => run.status.judged_records(),
        None => true,
    };
    Ok(named_run(integration, ledger, name)?.filter(judged))
}

/// The run of this integration whose reference ID is in a file's name, however it has ended.
pub(crate) fn named_run(
    integration: &Integration,
    ledger: &dyn Ledger,
    name: &str,
) -> Result<Option<Corrected>> {
    let Some(reference) = ReferenceId::find_in(name) else {
        return Ok(None);
    };
    // What a run has split off was never rejected.
    if file_name::before_later(name).is_some_and(|(_, run)| run == reference) {
        return Ok(None);
    }
    let run = ledger.run(&reference)?;
    let ours = match &run {
        Some(run) => run.integration == integration.name,
        None => ledger.purged_run_took(&integration.name, &reference)?,
    };
    Ok(ours.then_some(Corrected { reference, run }))
}

/// A run that has split a file off.
pub(crate) struct SplitFrom {
    pub(crate) reference: ReferenceId,
    /// Its parameters, unless it has been purged.
    pub(crate) parameters: Option<Parameters>,
}

/// The run of this integration that split a file off: it has published rows of later plan years under this name.
pub(crate) fn split_from(
    integration: &Integration,
    ledger: &dyn Ledger,
    name: &str,
) -> Result<Option<SplitFrom>> {
    let Some((_, reference)) = file_name::before_later(name) else {
        return Ok(None);
    };
    let run = ledger.run(&reference)?;
    let is_named = |path: &Path| path.file_name().is_some_and(|n| n == name);
    let made = match &run {
        Some(run) => {
            let mut files = run.publications.iter();
            let made = files.any(|p| p.what == Published::Later && is_named(&p.to));
            made && run.integration == integration.name
        }
        None => ledger.purged_run_took(&integration.name, &reference)?,
    };
    Ok(made.then(|| SplitFrom {
        reference,
        parameters: run.map(|run| run.parameters),
    }))
}

/// The parameters of a run's corrections: its own, without the limits that its records have passed already.
pub(crate) fn correction_parameters(site: &Site, parent: &Parameters) -> Parameters {
    let life_event = parent.enrollment == Enrollment::LifeEvent;
    let start = parent.plan_year_start_date;
    Parameters {
        delta: false,
        lookback_days: None,
        include_employees: None,
        accept: Vec::new(),
        plan_year_start_date: if life_event {
            start.map(|_| site.today())
        } else {
            start
        },
        ..parent.clone()
    }
}
