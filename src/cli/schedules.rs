//! `feedgate schedules`: what runs by itself, and when next.

use super::out::say;
use super::table::{break_only_the_last, printed, table};
use super::{CliError, Context, Out};
use crate::domain::masking::escape_control;
use crate::operations::{self, ScheduleEntry};
use clap::Args;
use std::io::Write;

/// Arguments of `schedules`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only those that run this integration, by itself or in a set.
    #[arg(long, value_name = "NAME")]
    integration: Option<String>,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let list = operations::schedules(&context.site()?, arguments.integration.as_deref())?;
    if !list.daemon_runs && !list.schedules.is_empty() {
        say("feedgate: no daemon runs on this site; schedules need `feedgate daemon`");
    }
    context.show(&list, |list, out| print(&list.schedules, out))
}

fn print(schedules: &[ScheduleEntry], out: &mut Out) -> Result<(), CliError> {
    if schedules.is_empty() {
        return Ok(writeln!(out, "No schedules.")?);
    }
    let mut columns = vec!["schedule", "runs", "next run", "window"];
    let given = schedules.iter().any(|s| !s.parameters.is_empty());
    columns.extend(given.then_some("parameters"));
    let mut rows = table(&columns, &[]);
    for schedule in schedules {
        let parameters = schedule.parameters.iter();
        let parameters: Vec<String> = parameters.map(|(k, v)| format!("{k} = {v}")).collect();
        let next = schedule.next_run.map(|at| at.format("%Y-%m-%d %H:%M"));
        let mut row = vec![
            escape_control(&schedule.name),
            escape_control(&schedule.run),
            next.map_or_else(|| "never".to_owned(), |at| at.to_string()),
            escape_control(schedule.window.as_deref().unwrap_or_default()),
        ];
        row.extend(given.then(|| escape_control(&parameters.join(", "))));
        rows.add_row(row);
    }
    break_only_the_last(&mut rows);
    Ok(write!(out, "{}", printed(&mut rows))?)
}
