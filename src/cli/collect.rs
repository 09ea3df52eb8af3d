//! `feedgate collect [NAME]`.

use super::terminal::Terminal;
use super::{CliError, Context};
use crate::operations;
use clap::Args;
use std::io::Write;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// An integration or a set; all by default.
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let site = context.own_site()?;
    let collected = operations::collect(&site, arguments.name.as_deref(), &Terminal::new())?;
    let stuck = collected.iter().any(|one| one.stuck > 0);
    context.show(&collected, |all, out| {
        for one in all {
            let name = &one.integration;
            writeln!(
                out,
                "{name}: {} waiting, {} arriving",
                one.waiting, one.arriving
            )?;
        }
        Ok(())
    })?;
    Ok(u8::from(stuck))
}
