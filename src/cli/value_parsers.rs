//! Values of command line arguments that name a run. The other ones are read as those of forms are.

use crate::domain::ReferenceId;
use crate::operations::{self, OperationError, Site};

pub(super) use crate::operations::typed_words::{
    code, day, day_or_time, employee_state, reason, run_status, time,
};

/// Reads a reference ID.
pub(super) fn reference(text: &str) -> Result<ReferenceId, String> {
    ReferenceId::parse(text).ok_or_else(|| {
        "a reference ID looks like 20261120-000017; `feedgate runs` lists them".to_owned()
    })
}

/// How a user names a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RunName {
    /// The one that began last.
    Latest,
    Of(ReferenceId),
}

impl RunName {
    /// The reference ID of the run.
    pub(super) fn reference(&self, site: &Site) -> Result<ReferenceId, OperationError> {
        match self {
            RunName::Latest => operations::latest_run(site),
            RunName::Of(reference) => Ok(reference.clone()),
        }
    }
}

/// Reads a reference ID, or `latest`.
pub(super) fn run_name(text: &str) -> Result<RunName, String> {
    match text {
        "latest" => Ok(RunName::Latest),
        text => reference(text).map(RunName::Of),
    }
}
