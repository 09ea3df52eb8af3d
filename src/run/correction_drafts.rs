//! Drafts of corrections whose time is over: they hold values of records, and stay no longer than what they correct.

use crate::domain::ReferenceId;
use crate::intake::archived_source;
use crate::ledger::Ledger;
use crate::site::{Result, RunError, Site};
use crate::spool::{names_in, remove_whole};

/// Removes what is kept of the corrections of a run that has no open rejected record any more, whose source is no longer in
/// the archive, or that is purged.
pub(super) fn purge_drafts(site: &Site, ledger: &dyn Ledger) -> Result<()> {
    let folder = site.correction_drafts();
    let names = names_in(&folder)?;
    if names.is_empty() {
        return Ok(());
    }
    for name in names {
        // Of a file that no run is named by, nothing is known.
        let Some(reference) = ReferenceId::find_in(&name) else {
            continue;
        };
        if !is_wanted(site, ledger, &reference)? {
            let name = name.strip_prefix('.').unwrap_or(&name);
            let name = name.strip_suffix(".part").unwrap_or(name);
            remove_whole(&site.disk, &folder, name)?;
        }
    }
    Ok(())
}

fn is_wanted(site: &Site, ledger: &dyn Ledger, reference: &ReferenceId) -> Result<bool> {
    let Some(row) = ledger.run(reference)? else {
        return Ok(false);
    };
    if row.open_rejections == 0 {
        return Ok(false);
    }
    match archived_source(site, &row) {
        Err(RunError::Nothing(_)) => Ok(false),
        // An integration that has left the configuration may come back.
        Ok(_) | Err(RunError::Usage(_)) => Ok(true),
        Err(error) => Err(error),
    }
}
