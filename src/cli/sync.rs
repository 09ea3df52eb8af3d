//! `feedgate sync`: sends employees who are not synced yet.

use super::run_commands::{exit_code, send_notices};
use super::terminal::{Terminal, stopped};
use super::value_parsers::employee_state;
use super::{CliError, Context, Out};
use crate::domain::EmployeeState;
use crate::domain::masking::escape_control;
use crate::operations::{self, EmployeeFilter, SyncPlan, SyncResult, Visible};
use clap::Args;
use serde_json::json;
use std::io::Write;

/// Arguments of `sync`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Subscriber IDs, or handles such as ~abcdefgh for IDs that are not shown.
    #[arg(
        value_name = "ID",
        required_unless_present = "all_in_state",
        conflicts_with = "all_in_state"
    )]
    ids: Vec<String>,
    /// Everybody in this state: not-syncing. Says how many they are; with --yes they are synced.
    #[arg(long, value_name = "STATE", value_parser = employee_state)]
    all_in_state: Option<EmployeeState>,
    /// Of these only those with these words, as `feedgate employees --search` finds them.
    #[arg(long, value_name = "TEXT", requires = "all_in_state")]
    search: Option<String>,
    /// Only of this integration.
    #[arg(long, value_name = "NAME")]
    integration: Option<String>,
    /// Do it, whatever their number.
    #[arg(long, requires = "all_in_state")]
    yes: bool,
}

pub(super) fn perform(arguments: Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let site = context.own_site()?;
    let integration = arguments.integration;
    let plan = match arguments.all_in_state {
        None => {
            let visible = Visible::default();
            operations::plan_sync(&site, &arguments.ids, integration.as_deref(), &visible)?
        }
        Some(state) => {
            let filter = EmployeeFilter {
                state: Some(state),
                integration,
                search: arguments.search,
                ..EmployeeFilter::default()
            };
            let plan = operations::plan_sync_all(&site, &filter)?;
            if !arguments.yes {
                return would_sync(&plan, context);
            }
            plan
        }
    };
    let done = plan.carry_out(&site, &Terminal::new());
    let done = done.map_err(|error| stopped(error, context.json))?;
    let code = exit_code(done.response.clone())?;
    context.show(&done, print)?;
    context.out.flush()?;
    send_notices(&site);
    Ok(code)
}

/// Says how many would be synced, and how that is done.
fn would_sync(plan: &SyncPlan, context: &mut Context<'_>) -> Result<u8, CliError> {
    let count = plan.count();
    context.show(&json!({ "would_sync": count }), |_, out| {
        let employees = if count == 1 { "employee" } else { "employees" };
        writeln!(
            out,
            "{count} {employees} of {} would be synced.",
            plan.integration
        )?;
        if count > 0 {
            writeln!(out, "To do it, repeat the command with --yes.")?;
        }
        Ok(())
    })
}

fn print(done: &SyncResult, out: &mut Out) -> Result<(), CliError> {
    match &done.integration_reference_id {
        Some(run) => writeln!(out, "Synced: {} (run {run}).", done.synced)?,
        None => writeln!(out, "Nobody is to be synced.")?,
    }
    if done.waiting > 0 {
        writeln!(
            out,
            "{} of them have no record in the archive any more; they go out with the next file that has them.",
            done.waiting
        )?;
    }
    if done.rejected > 0 {
        writeln!(
            out,
            "{} of their records are rejected: `feedgate rejects`.",
            done.rejected
        )?;
    }
    if done.already > 0 {
        writeln!(out, "Synced before: {}.", done.already)?;
    }
    if !done.unknown.is_empty() {
        let ids: Vec<String> = done.unknown.iter().map(|id| escape_control(id)).collect();
        writeln!(out, "Not known: {}.", ids.join(", "))?;
    }
    Ok(())
}
