//! `feedgate recover`.

use super::out::Out;
use super::{CliError, Context};
use crate::operations::{self, Recovery};
use clap::Args;
use std::io::Write;

/// Exit code where something is wrong and nothing was done.
const WRONG: u8 = 2;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Take the site up again from what its folders show; without it, only say what is wrong.
    #[arg(long)]
    adopt: bool,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let recovery = operations::recover(&context.own_site()?, arguments.adopt)?;
    let wrong = recovery.fault.is_some() && !recovery.adopted;
    context.show(&recovery, print)?;
    Ok(if wrong { WRONG } else { 0 })
}

fn print(recovery: &Recovery, out: &mut Out) -> Result<(), CliError> {
    let Some(fault) = &recovery.fault else {
        writeln!(
            out,
            "Ledger, key and folders belong together; nothing was done."
        )?;
        return Ok(());
    };
    if recovery.adopted {
        writeln!(out, "Taken up again.")?;
    } else {
        writeln!(out, "{fault}.")?;
    }
    if let Some(highest) = &recovery.highest {
        writeln!(out, "Reference IDs go on above {highest}.")?;
    }
    for lost in &recovery.lost {
        writeln!(
            out,
            "Unknown to the ledger: run {} of {}; its file is in {}. The same file is not taken a second time.",
            lost.reference_id, lost.integration, lost.source
        )?;
    }
    for ended in &recovery.ended {
        writeln!(
            out,
            "Ended: run {ended}, which went on after the backup, or whose file is gone."
        )?;
    }
    for path in &recovery.set_aside {
        writeln!(
            out,
            "Set aside: {path}, which no run of the ledger owns; look at it, then send it again or delete it."
        )?;
    }
    for name in &recovery.paused {
        writeln!(
            out,
            "Paused: {name}. Ask its receivers what they have of the unknown runs, have the sender send a full file, then `feedgate resume {name}`."
        )?;
    }
    Ok(())
}
