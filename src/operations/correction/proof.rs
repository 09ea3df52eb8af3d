//! What has become of the rejected records of a run: each is accepted by a linked run, dismissed, or open.

use crate::domain::ReferenceId;
use crate::ledger::{Ledger, RunRow};
use crate::operations::error::Result;
use crate::site::Site;
use serde::Serialize;
use std::collections::BTreeMap;

/// What has become of the rejected records of a run. The parts add up to the whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Proof {
    pub(crate) rejected: u64,
    /// By the run that accepted the corrections.
    pub(crate) accepted: BTreeMap<ReferenceId, u64>,
    pub(crate) dismissed: u64,
    pub(crate) open: u64,
}

impl Proof {
    /// The sum in words: `42 rejected = 37 accepted by 20261120-000019 + 1 dismissed + 4 open`.
    pub(crate) fn in_words(&self) -> String {
        let accepted = self.accepted.iter();
        let accepted = accepted.map(|(run, count)| format!("{count} accepted by {run}"));
        let dismissed = (self.dismissed > 0).then(|| format!("{} dismissed", self.dismissed));
        let open = format!("{} open", self.open);
        let parts: Vec<String> = accepted.chain(dismissed).chain([open]).collect();
        format!("{} rejected = {}", self.rejected, parts.join(" + "))
    }
}

/// What has become of the rejected records of a run.
///
/// # Errors
/// There is no such run, or the ledger can't be read.
pub(crate) fn proof(site: &Site, reference: &ReferenceId) -> Result<Proof> {
    let row = site.find_run(reference)?;
    let ledger = site.ledger_for_reading()?;
    proof_of(&*ledger, &row)
}

pub(super) fn proof_of(ledger: &dyn Ledger, row: &RunRow) -> Result<Proof> {
    let counts = ledger.rejections_by_end(row.number)?;
    let mut proof = Proof {
        rejected: counts.values().sum(),
        accepted: BTreeMap::new(),
        dismissed: 0,
        open: 0,
    };
    for (closed_by, count) in counts {
        match closed_by {
            None => proof.open = count,
            Some(run) if run == row.number => proof.dismissed = count,
            Some(run) => {
                proof.accepted.insert(ledger.reference(run)?, count);
            }
        }
    }
    Ok(proof)
}
