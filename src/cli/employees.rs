//! `feedgate employees --missing-from FILE`.

use super::{CliError, Context, Out};
use crate::domain::masking::escape_control;
use crate::operations::{self, BaselineGap};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Compare this file with the employees that are known: who is in one and not in the other.
    #[arg(long, value_name = "FILE")]
    missing_from: PathBuf,
    /// The integration whose file it is, where several have employees.
    #[arg(long, value_name = "NAME")]
    integration: Option<String>,
    /// Print a table with the columns `in` and `subscriber_id`.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let integration = arguments.integration.as_deref();
    let gap = operations::baseline_gap(&context.site()?, integration, &arguments.missing_from)?;
    context.show(&gap, |gap, out| match arguments.csv {
        true => Ok(out.write_all(&gap.csv())?),
        false => print(gap, out),
    })
}

fn print(gap: &BaselineGap, out: &mut Out) -> Result<(), CliError> {
    let integration = &gap.integration;
    writeln!(out, "{} people are known and in the file.", gap.both)?;
    list(
        out,
        "known, and not in the file",
        &gap.in_roster_only,
        "They may have left, or the file may be cut. Have the sender say which; if they left, their rows have to say so.",
    )?;
    list(
        out,
        "in the file, and not known",
        &gap.in_file_only,
        &format!(
            "They were never sent, or only in rows that were rejected (`feedgate rejects`). A file of changes does not bring \
             people who were hired before the first one. Take the whole file once: `feedgate run {integration} --delta false \
             --file FILE`."
        ),
    )
}

fn list(out: &mut Out, what: &str, ids: &[String], advice: &str) -> Result<(), CliError> {
    writeln!(
        out,
        "{} {what}{}",
        ids.len(),
        if ids.is_empty() { "." } else { ":" }
    )?;
    for id in ids {
        writeln!(out, "  {}", escape_control(id))?;
    }
    if !ids.is_empty() {
        writeln!(out, "{advice}")?;
    }
    Ok(())
}
