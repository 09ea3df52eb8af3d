//! `feedgate map FILE --integration NAME`.

use super::table::{section, table};
use super::{CliError, Context, Out};
use crate::domain::masking::escape_control;
use crate::operations::{self, ColumnMap};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A file of the sender; nothing of it is taken.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The integration whose file it is.
    #[arg(long, value_name = "NAME")]
    integration: String,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let map = operations::map(&context.site()?, &arguments.integration, &arguments.file)?;
    context.show(&map, print)
}

fn print(map: &ColumnMap, out: &mut Out) -> Result<(), CliError> {
    let mut rows = table(&["in the file", "read as", "by", "samples"], &[]);
    for column in &map.columns {
        let read_as = match (&column.column, column.suggestion) {
            (Some(name), _) => name.clone(),
            (None, suggestion) => format!("({}?)", suggestion.unwrap_or_default()),
        };
        let samples: Vec<String> = column.samples.iter().map(|s| escape_control(s)).collect();
        rows.add_row([
            escape_control(&column.header),
            read_as,
            column.by.words().to_owned(),
            samples.join("  "),
        ]);
    }
    for header in &map.ignored {
        rows.add_row([
            escape_control(header),
            "(ignored)".to_owned(),
            String::new(),
            String::new(),
        ]);
    }
    for name in &map.missing {
        rows.add_row(["(missing)", name, "required", ""]);
    }
    section(out, &format!("The columns of {}", map.integration), rows)?;
    if let Some(statuses) = &map.statuses {
        writeln!(
            out,
            "\nEmployment statuses that are taken: {}.",
            statuses.join(", ")
        )?;
    }
    if map.toml.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nOf this, add what is meant to feedgate.toml:\n")?;
    for line in map.toml.lines() {
        writeln!(out, "{}", escape_control(line))?;
    }
    Ok(())
}
