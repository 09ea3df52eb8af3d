//! `feedgate backup DIR`, `feedgate restore DIR` and `feedgate clone DIR`.

use super::{CliError, Context};
use crate::operations;
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `backup`.
#[derive(Debug, Args)]
pub(super) struct BackupArguments {
    /// A folder that does not exist yet, or is empty.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
pub(super) struct RestoreArguments {
    /// A folder that `feedgate backup` has written.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Arguments of `clone`.
#[derive(Debug, Args)]
pub(super) struct CloneArguments {
    /// A folder that does not exist yet, or is empty.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) fn clone_site(
    arguments: &CloneArguments,
    context: &mut Context<'_>,
) -> Result<u8, CliError> {
    let made = operations::clone_site(&context.own_site()?, &arguments.folder)?;
    context.show(&made, |made, out| {
        writeln!(out, "Test copy: {}.", made.configuration.display())?;
        for sentence in &made.to_be_set_again {
            writeln!(out, "{}.", sentence.trim_end_matches('.'))?;
        }
        Ok(writeln!(
            out,
            "All of it is paused; `feedgate resume all` in it ends that. It has the roster and the key: keep it as private as the site."
        )?)
    })
}

pub(super) fn back_up(
    arguments: &BackupArguments,
    context: &mut Context<'_>,
) -> Result<u8, CliError> {
    let made = operations::back_up(&context.own_site()?, &arguments.folder)?;
    context.show(&made, |made, out| {
        let last = made.highest.as_ref();
        let last = last.map_or_else(String::new, |last| format!(", up to run {last}"));
        Ok(writeln!(
            out,
            "Backup in {}{last}: {}. It holds the key of the hashes: keep it as private as the site.",
            made.folder.display(),
            made.files.join(", ")
        )?)
    })
}

pub(super) fn restore(
    arguments: &RestoreArguments,
    context: &mut Context<'_>,
) -> Result<u8, CliError> {
    let restored = operations::restore(&context.file, &arguments.folder)?;
    context.show(&restored, |restored, out| {
        writeln!(
            out,
            "Restored: {} is as it was at {}.",
            restored.state.display(),
            restored.made.format("%Y-%m-%d %H:%M")
        )?;
        if let Some(before) = &restored.before {
            writeln!(out, "What was there before is in {}.", before.display())?;
        }
        if let Some(other) = &restored.other_configuration {
            writeln!(
                out,
                "The configuration stays as it is; that of the backup is {}.",
                other.display()
            )?;
        }
        match &restored.fault {
            Some(fault) => writeln!(out, "Next: {fault}.")?,
            None => writeln!(out, "Ledger, key and folders belong together.")?,
        }
        Ok(())
    })
}
