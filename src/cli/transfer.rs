//! `feedgate transfer [ENDPOINT…]`: fetches and sends now what is due, without waiting for the daemon.

use super::out::say;
use super::{CliError, Context};
use crate::operations::{self, EndpointTransfer};
use clap::Args;
use std::io::Write;
use std::sync::Arc;

/// Arguments of `transfer`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The endpoints; without any, all.
    #[arg(value_name = "ENDPOINT")]
    endpoints: Vec<String>,
    /// Wait while the daemon, or another command, is at the endpoint; else the command ends as busy.
    #[arg(long)]
    wait: bool,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let site = Arc::new(context.own_site()?);
    let (mut code, mut transfers) = (0, Vec::new());
    for endpoint in operations::endpoints(&site, &arguments.endpoints)? {
        let transfer = operations::transfer(&site, endpoint, arguments.wait);
        if let Some(why) = &transfer.failure {
            say(format_args!("feedgate: {why}"));
        }
        // A failure outranks a wait.
        code = match (code, transfer.exit_code) {
            (1, _) | (_, 1) => 1,
            (before, now) => before.max(now),
        };
        if !context.json {
            print(&transfer, context)?;
        }
        transfers.push(transfer);
    }
    if context.json {
        context.out.json(&transfers)?;
    }
    Ok(code)
}

fn print(transfer: &EndpointTransfer, context: &mut Context<'_>) -> Result<(), CliError> {
    let mut parts = vec![
        format!("{} fetched", transfer.fetched),
        format!("{} sent", transfer.sent),
    ];
    for (count, what) in [
        (transfer.arriving, "still arriving there"),
        (transfer.waiting, "waiting to be sent"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    writeln!(context.out, "{}: {}", transfer.endpoint, parts.join(", "))?;
    for trouble in &transfer.troubles {
        writeln!(context.out, "  {trouble}")?;
    }
    Ok(())
}
