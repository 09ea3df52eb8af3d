//! `feedgate benefits-level`: chooses the benefits level of employees.

use super::run_commands::{exit_code, send_notices};
use super::terminal::{Terminal, stopped};
use super::{CliError, Context, Out};
use crate::domain::masking::escape_control;
use crate::operations::{self, EmployeeFilter, LevelResult, Visible};
use clap::Args;
use serde_json::json;
use std::io::Write;

/// Arguments of `benefits-level`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The level, as the receiver knows it.
    #[arg(value_name = "LEVEL")]
    level: String,
    /// Subscriber IDs, or handles such as ~abcdefgh for IDs that are not shown.
    #[arg(
        value_name = "ID",
        required_unless_present = "search",
        conflicts_with = "search"
    )]
    ids: Vec<String>,
    /// Everybody whom `feedgate employees --search` finds. Says how many they are; with --yes they get the level.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only of this integration.
    #[arg(long, value_name = "NAME", requires = "search")]
    integration: Option<String>,
    /// Do it, whatever their number.
    #[arg(long, requires = "search")]
    yes: bool,
    /// Send those who are synced at once; else the level goes out with the next record of each.
    #[arg(long)]
    sync: bool,
}

pub(super) fn perform(arguments: Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let site = context.own_site()?;
    let all = arguments.search.is_some();
    let filter = EmployeeFilter {
        search: arguments.search,
        integration: arguments.integration,
        ..EmployeeFilter::default()
    };
    let filter = all.then_some(&filter);
    let plan = operations::plan_level(
        &site,
        &arguments.level,
        &arguments.ids,
        filter,
        &Visible::default(),
    )?;
    if all && !arguments.yes {
        let count = plan.count();
        return context.show(&json!({ "would_set": count }), |_, out| {
            let employees = if count == 1 { "employee" } else { "employees" };
            writeln!(out, "{count} {employees} would get this benefits level.")?;
            if count > 0 {
                writeln!(out, "To do it, repeat the command with --yes.")?;
            }
            Ok(())
        });
    }
    let done = plan.carry_out(&site, arguments.sync, &Terminal::new());
    let done = done.map_err(|error| stopped(error, context.json))?;
    let code = exit_code(done.response.clone())?;
    context.show(&done, print)?;
    context.out.flush()?;
    send_notices(&site);
    Ok(code)
}

fn print(done: &LevelResult, out: &mut Out) -> Result<(), CliError> {
    let employees = if done.set == 1 {
        "employee has"
    } else {
        "employees have"
    };
    writeln!(
        out,
        "{} {employees} the benefits level {} from now on.",
        done.set,
        escape_control(&done.level)
    )?;
    for run in &done.integration_reference_ids {
        writeln!(out, "Sent by run {run}.")?;
    }
    if done.set > 0 && done.integration_reference_ids.is_empty() {
        writeln!(out, "It goes out with the next record of each.")?;
    }
    if !done.unknown.is_empty() {
        let ids: Vec<String> = done.unknown.iter().map(|id| escape_control(id)).collect();
        writeln!(out, "Not known: {}.", ids.join(", "))?;
    }
    Ok(())
}
