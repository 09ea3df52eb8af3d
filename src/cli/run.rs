//! `feedgate run NAME`: an integration or a set, now, in the foreground.

use super::moment::{Typed, time};
use super::parameters::Flags;
use super::{Context, Stop, handover, later};
use crate::run::{Errand, Request};
use clap::Args;
use std::path::PathBuf;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The integration or integration set.
    #[arg(value_name = "NAME")]
    name: String,
    /// Take this file instead of what waits in inbound. It stays where it is, unless that is inbound.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Name of the run; the integration's name and the time otherwise.
    #[arg(long, value_name = "NAME")]
    run_name: Option<String>,
    /// Wait for another run of the integration to end instead of exiting with 6.
    #[arg(long)]
    wait: bool,
    /// For schedulers: obey pauses, windows and order, and exit with 5 if they keep files waiting.
    #[arg(long)]
    unattended: bool,
    /// Run later, once, on the site's clock: 2026-11-21T06:00, or 06:00 for the next time it is 6.
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with_all = ["file", "wait", "unattended"])]
    at: Option<Typed>,
    #[command(flatten)]
    parameters: Flags,
}

pub(super) fn perform(arguments: Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    let site = context.site()?;
    let today = site.now().date_naive();
    let request = Request {
        given: arguments.parameters.read(&site.config, today)?,
        name: arguments.name,
        file: arguments.file,
        run_name: arguments.run_name,
        wait: arguments.wait,
        unattended: arguments.unattended,
    };
    match arguments.at {
        Some(at) => later::store(&site, request, at, context),
        None => handover::perform(&site, &Errand::Run(request), context),
    }
}
