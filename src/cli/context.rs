//! What every command is given: where the configuration is, how to print, and where to.

use super::{CliError, Out};
use crate::operations::{self, Site};
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

    /// The site of the configuration; every mistake in it otherwise.
    pub(super) fn site(&self) -> Result<Site, CliError> {
        Ok(operations::open_site(&self.file)?)
    }

    /// The site, for a command that makes files in it: root is refused at the site of another user.
    pub(super) fn own_site(&self) -> Result<Site, CliError> {
        Ok(operations::open_own_site(&self.file)?)
    }
}
