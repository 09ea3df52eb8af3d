//! `feedgate rerun REF`: the same source file and parameters again.

use super::{Context, Stop, arguments::reference, handover};
use crate::domain::ReferenceId;
use crate::run::Errand;
use clap::Args;

/// Arguments of `rerun`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The run to repeat.
    #[arg(value_name = "REF", value_parser = reference)]
    reference: ReferenceId,
}

pub(super) fn perform(arguments: Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    let site = context.site()?;
    let errand = Errand::Rerun {
        reference: arguments.reference,
    };
    handover::perform(&site, &errand, context)
}
