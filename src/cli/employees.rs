//! `feedgate employees`: who is known, and in which state; with `--missing-from FILE` who is in a file and not known.

use super::table::{break_only_the_last, printed, table};
use super::value_parsers::employee_state;
use super::{CliError, Context, Out};
use crate::domain::masking::escape_control;
use crate::domain::{Code, EmployeeState};
use crate::operations::{
    self, BaselineGap, EmployeeCursor, EmployeeFilter, EmployeePage, ListedEmployee,
};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only in this state: not-syncing, failed, in-progress or successful.
    #[arg(long, value_name = "STATE", value_parser = employee_state)]
    state: Option<EmployeeState>,
    /// Only of this integration; with --missing-from the one whose file it is, where several have employees.
    #[arg(long, value_name = "NAME")]
    integration: Option<String>,
    /// Only of this roster.
    #[arg(long, value_name = "NAME")]
    roster: Option<String>,
    /// Only with these words: an ID, number, username, name or e-mail address, or how they begin.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// The employees after this place, which the page before names.
    #[arg(long, value_name = "PLACE")]
    after: Option<EmployeeCursor>,
    /// Compare this file with the employees that are known: who is in one and not in the other.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["state", "roster", "search", "after"]
    )]
    missing_from: Option<PathBuf>,
    /// Print all as CSV.
    #[arg(long, conflicts_with = "after")]
    csv: bool,
}

pub(super) fn perform(arguments: Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let site = context.site()?;
    let Arguments {
        state,
        integration,
        roster,
        search,
        after,
        missing_from,
        csv,
    } = arguments;
    if let Some(file) = missing_from {
        let gap = operations::baseline_gap(&site, integration.as_deref(), &file)?;
        return context.show(&gap, |gap, out| match csv {
            true => Ok(out.write_all(&gap.csv())?),
            false => print_gap(gap, out),
        });
    }
    let filter = EmployeeFilter {
        state,
        integration,
        roster,
        search,
        only: None,
    };
    if csv && !context.json {
        operations::employees_table(&site, &filter, |rows| {
            Ok::<_, CliError>(context.out.write_all(rows)?)
        })?;
        return Ok(0);
    }
    let page = operations::employees(&site, &filter, after.as_ref())?;
    context.show(&page, print)
}

fn print(page: &EmployeePage, out: &mut Out) -> Result<(), CliError> {
    if page.counts.values().all(|count| *count == 0) {
        return Ok(writeln!(out, "No employee matches.")?);
    }
    if !page.employees.is_empty() {
        let several = |of: fn(&ListedEmployee) -> &str| {
            let mut all = page.employees.iter().map(of);
            let first = all.next();
            all.any(|other| Some(other) != first)
        };
        let rosters = several(|employee| &employee.roster);
        let mut headings = vec![
            "ID",
            "number",
            "name",
            "integration",
            "state",
            "since",
            "finding",
        ];
        if rosters {
            headings.insert(0, "roster");
        }
        let mut rows = table(&headings, &[]);
        for employee in &page.employees {
            let roster = rosters.then(|| employee.roster.clone());
            rows.add_row(roster.into_iter().chain(cells(employee)));
        }
        break_only_the_last(&mut rows);
        writeln!(out, "{}", printed(&mut rows))?;
    }
    let counts = page.counts.iter().filter(|(_, count)| **count > 0);
    let counts: Vec<String> = counts
        .map(|(state, count)| format!("{state}: {count}"))
        .collect();
    writeln!(out, "{}", counts.join(", "))?;
    if let Some(next) = &page.next {
        writeln!(
            out,
            "There are more: --after {next} shows the next, --csv all, --search those with a name or number."
        )?;
    }
    Ok(())
}

fn cells(employee: &ListedEmployee) -> [String; 7] {
    let since = employee.since.as_deref().unwrap_or_default();
    let state = employee.state.as_str();
    [
        escape_control(&employee.subscriber_id),
        escape_control(&employee.employee_number),
        escape_control(&employee.name),
        employee.integration.clone(),
        match employee.left {
            true => format!("{state}, left"),
            false => state.to_owned(),
        },
        since.get(..10).unwrap_or_default().to_owned(),
        employee
            .last_finding
            .as_ref()
            .map_or_else(String::new, |found| {
                let code = found.code.map(Code::as_str).unwrap_or_default();
                format!("{code} line {} of {}", found.line, found.reference_id)
            }),
    ]
}

fn print_gap(gap: &BaselineGap, out: &mut Out) -> Result<(), CliError> {
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
