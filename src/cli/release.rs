//! `feedgate release REF`: a held run goes on.

use super::progress::Progress;
use super::{
    Context, Stop,
    arguments::{reason, reference},
};
use crate::domain::ReferenceId;
use crate::run;
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

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    let site = context.site()?;
    let watch = Progress::new();
    let ended = run::release(&site, &arguments.reference, &arguments.why, &watch)?;
    context.ended(&ended)
}
