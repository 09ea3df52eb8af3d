//! `feedgate refuse REF`: a held file goes to the archive, and nothing of it is taken.

use super::{
    Context, Stop,
    arguments::{reason, reference},
    handover,
};
use crate::domain::ReferenceId;
use crate::run::Errand;
use clap::Args;

/// Arguments of `refuse`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The held run.
    #[arg(value_name = "REF", value_parser = reference)]
    reference: ReferenceId,
    /// Why the file is not taken; its receipt says so to the sender.
    #[arg(long, value_name = "REASON", value_parser = reason)]
    why: String,
}

/// Ends with 0: the run is Failed, as was asked for.
pub(super) fn perform(arguments: Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    let site = context.site()?;
    let errand = Errand::Refuse {
        reference: arguments.reference,
        why: arguments.why,
    };
    handover::perform(&site, &errand, context)
}
