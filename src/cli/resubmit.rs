//! `feedgate resubmit REF --file F`: corrected records of a run.

use super::{Context, Stop, arguments::reference, handover};
use crate::domain::ReferenceId;
use crate::run::Errand;
use clap::Args;
use std::path::PathBuf;

/// Arguments of `resubmit`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The run that rejected the records.
    #[arg(value_name = "REF", value_parser = reference)]
    reference: ReferenceId,
    /// The rejects file with its rows corrected.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn perform(arguments: Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    let site = context.site()?;
    let errand = Errand::Resubmit {
        reference: arguments.reference,
        file: arguments.file,
    };
    handover::perform(&site, &errand, context)
}
