//! Which integrations may be seen: all of them, or those of an account that is limited to some.

use super::error::{OperationError, Result};
use crate::config::Integration;
use crate::domain::{Authority, ReferenceId};
use crate::ledger::{Ledger, RunRow};
use crate::site::{Site, no_run};
use std::collections::BTreeSet;

/// Which integrations may be seen; by default all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Visible(Option<BTreeSet<String>>);

impl Visible {
    /// Those that an account sees.
    pub(crate) fn to(authority: &Authority) -> Visible {
        Visible(authority.integrations.clone())
    }

    /// These alone; `None`: all.
    pub(super) fn of(only: Option<BTreeSet<String>>) -> Visible {
        Visible(only)
    }

    pub(crate) fn sees(&self, integration: &str) -> bool {
        let only = self.0.as_ref();
        only.is_none_or(|only| only.contains(integration))
    }

    /// Whether all are seen, and with them what belongs to none.
    pub(crate) fn is_all(&self) -> bool {
        self.0.is_none()
    }

    /// As lists of the ledger take it.
    pub(super) fn only(&self) -> Option<BTreeSet<String>> {
        self.0.clone()
    }

    /// Those of the configuration, in its order.
    pub(super) fn integrations<'s>(&self, site: &'s Site) -> impl Iterator<Item = &'s Integration> {
        let all = site.config.integrations.iter();
        all.filter(|integration| self.sees(&integration.name))
    }

    /// The integration of this name.
    ///
    /// # Errors
    /// There is none, or it is not seen, which is told in the same words.
    pub(super) fn integration<'s>(&self, site: &'s Site, name: &str) -> Result<&'s Integration> {
        let found = self.integrations(site).find(|i| i.name == name);
        found.ok_or_else(|| {
            let known: Vec<&str> = self.integrations(site).map(|i| i.name.as_str()).collect();
            OperationError::usage(format!(
                "there is no integration `{}`; there are {}",
                crate::domain::masking::escape_control(name),
                known.join(", ")
            ))
        })
    }

    /// The run of this reference ID.
    ///
    /// # Errors
    /// There is none, or its integration is not seen, which is told in the same words; the ledger can't be read.
    pub(super) fn run(&self, ledger: &dyn Ledger, reference: &ReferenceId) -> Result<RunRow> {
        let row = ledger.run(reference)?;
        match row.filter(|row| self.sees(&row.integration)) {
            Some(row) => Ok(row),
            None => Err(no_run(reference).into()),
        }
    }
}
