//! What every command is given: where the configuration is, how to print, and where to.

use super::{Out, Stop};
use crate::config::{self, Config};
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
