//! A stored run whose integration is gone: it fails with that reason, and people find it among the runs.

use super::error::Result;
use super::site::Site;
use crate::domain::parameters::GivenParameters;
use crate::domain::{Kind, Parameters};
use crate::ledger::{Ledger, NewRun, Origin, RunFilter};

/// Writes a run that ended Failed before it had a file.
///
/// # Errors
/// The ledger can't be written.
pub(crate) fn fail_without_file(
    site: &Site,
    ledger: &mut Ledger,
    name: &str,
    reason: &str,
) -> Result<()> {
    let filter = RunFilter {
        integration: Some(name.to_owned()),
        ..RunFilter::default()
    };
    // What it was, if it ever ran; a set never did by itself.
    let last = ledger.runs(&filter, 1)?.into_iter().next();
    let parameters: Parameters = GivenParameters::default().complete();
    let row = ledger.begin(&NewRun {
        integration: name,
        kind: last.map_or(Kind::Demographic, |row| row.kind),
        process_name: None,
        user: site.user(),
        run_name: None,
        parameters: &parameters,
        start: site.now(),
        origin: Origin::None,
        source_path: None,
        source_name: None,
        resubmission_of: None,
        rerun_of: None,
        configuration_fingerprint: &site.config.fingerprint,
        test: false,
        unattended: true,
    })?;
    Ok(ledger.abandon(row.number, reason, site.now())?)
}
