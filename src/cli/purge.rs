//! `feedgate purge`.

use super::{CliError, Context};
use crate::operations;
use std::io::Write;

pub(super) fn perform(context: &mut Context<'_>) -> Result<u8, CliError> {
    let retired = operations::purge(&context.own_site()?)?;
    context.show(&retired, |retired, out| {
        Ok(writeln!(
            out,
            "Purged: {} source files from the archive, {} published files, {} runs from the ledger.",
            retired.archived, retired.published, retired.runs
        )?)
    })
}
