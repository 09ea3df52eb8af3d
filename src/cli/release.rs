//! `feedgate release REF`: a held run goes on.

use super::{
    Context, Stop,
    arguments::{reason, reference},
    handover,
};
use crate::domain::ReferenceId;
use crate::run::Errand;
use clap::Args;

/// Arguments of `release`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The held run.
    #[arg(value_name = "REF", value_parser = reference)]
    reference: ReferenceId,
    /// Why the file is right as it is; kept in the event log.
    #[arg(long, value_name = "REASON", value_parser = reason)]
    why: String,
}

pub(super) fn perform(arguments: Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    let site = context.site()?;
    let errand = Errand::Release {
        reference: arguments.reference,
        why: arguments.why,
    };
    handover::perform(&site, &errand, context)
}
