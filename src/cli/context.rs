//! What every command is given: where the configuration is, how to print, and where to.

use super::{Out, Stop, summary};
use crate::config::{self, Config};
use crate::domain::RunSummary;
use crate::ledger::Ledger;
use crate::run::Site;
use std::path::PathBuf;

/// What every command is given.
pub(super) struct Context<'a> {
    /// The configuration file as named.
    pub(super) file: PathBuf,
    /// Whether to print JSON.
    pub(super) json: bool,
    /// Where to print.
    pub(super) out: &'a mut Out,
}

impl<'a> Context<'a> {
    pub(super) fn new(file: PathBuf, json: bool, out: &'a mut Out) -> Context<'a> {
        Context { file, json, out }
    }

    /// The configuration, checked; every mistake otherwise.
    pub(super) fn config(&self) -> Result<Config, Stop> {
        Ok(config::load(&self.file)?)
    }

    /// The site of the configuration.
    pub(super) fn site(&self) -> Result<Site, Stop> {
        Ok(Site::new(self.config()?))
    }

    /// The site and its ledger, for reading only.
    pub(super) fn site_and_ledger(&self) -> Result<(Site, Ledger), Stop> {
        let site = self.site()?;
        let ledger = Ledger::open_read_only(&site.ledger_path())?;
        Ok((site, ledger))
    }
}

impl Context<'_> {
    /// Prints the summary of a run that a command has just ended, and says how the command exits.
    pub(super) fn ended(&mut self, ended: &RunSummary) -> Result<u8, Stop> {
        if self.json {
            self.out.json(ended)?;
        } else {
            summary::print(self.out, ended)?;
        }
        Ok(ended.status.exit_code())
    }
}
