//! `feedgate runs` and `feedgate show REF`: past runs, newest first, and one of them.

use super::table::{break_only_the_last, printed, table};
use super::value_parsers::{RunName, day, run_name, run_status};
use super::{CliError, Context, Out, file_reading, summary};
use crate::domain::RunStatus;
use crate::domain::masking::{escape_control, masked};
use crate::operations::{self, HeldEntry, ListedRun};
use chrono::NaiveDate;
use clap::Args;
use std::io::Write;

/// Arguments of `runs`.
#[derive(Debug, Args)]
pub(super) struct RunsArguments {
    /// Only of this integration.
    #[arg(long, value_name = "NAME")]
    integration: Option<String>,
    /// Only with this status, such as held or completed-with-errors.
    #[arg(long, value_name = "STATUS", value_parser = run_status)]
    status: Option<RunStatus>,
    /// Only begun on or after this day.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    since: Option<NaiveDate>,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub(super) struct ShowArguments {
    /// The run; `latest` is the one that began last.
    #[arg(value_name = "REF", value_parser = run_name)]
    run: RunName,
}

pub(super) fn runs(arguments: RunsArguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let RunsArguments {
        integration,
        status,
        since,
        limit,
    } = arguments;
    let runs = operations::runs(&context.site_to_look()?, integration, status, since, limit)?;
    context.show(&runs[..], print)
}

pub(super) fn show(arguments: &ShowArguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let site = context.site_to_look()?;
    let reference = arguments.run.reference(&site)?;
    let run = operations::show(&site, &reference)?;
    context.show(&run, |run, out| {
        summary::print(out, &run.summary)?;
        if let Some(reading) = &run.reading {
            file_reading::print(out, reading)?;
        }
        if !run.held.is_empty() {
            print_held(&run.held, out)?;
        }
        if run.rejections > 0 {
            writeln!(
                out,
                "\nOpen rejections: {} of {} (`feedgate rejects {}`).",
                run.open_rejections, run.rejections, reference
            )?;
        }
        Ok(())
    })
}

/// Rows of a list that are printed; `--json` prints all.
const FIRST: usize = 50;

fn print_held(held: &[HeldEntry], out: &mut Out) -> Result<(), CliError> {
    let headings = ["guard", "line", "ID", "name", "what", "before", "after"];
    let mut rows = table(&headings, &[1, 5, 6]);
    for entry in held.iter().take(FIRST) {
        rows.add_row([
            entry.guard.clone(),
            entry.line.map(|line| line.to_string()).unwrap_or_default(),
            escape_control(&entry.subscriber_id),
            escape_control(&entry.name),
            escape_control(&entry.what),
            entry.before.clone(),
            entry.after.clone(),
        ]);
    }
    write!(out, "\n{}", printed(&mut rows))?;
    if held.len() > FIRST {
        let more = held.len() - FIRST;
        writeln!(out, "… and {more} more; --json lists all")?;
    }
    Ok(())
}

fn print(runs: &[ListedRun], out: &mut Out) -> Result<(), CliError> {
    if runs.is_empty() {
        return Ok(writeln!(out, "No runs.")?);
    }
    let headings = [
        "reference ID",
        "time",
        "integration",
        "status",
        "records",
        "errors",
        "open",
        "source file",
    ];
    let mut rows = table(&headings, &[4, 5, 6]);
    for listed in runs {
        let run = &listed.summary;
        // The day is in the reference ID, the offset is the site's, the seconds rarely matter.
        let time = run.start_date.get(11..16).unwrap_or(&run.start_date);
        rows.add_row([
            run.integration_reference_id.to_string(),
            time.to_owned(),
            run.integration_name.clone(),
            run.status.to_string(),
            run.records_processed.to_string(),
            run.errors.to_string(),
            listed.open_rejections.to_string(),
            escape_control(&masked(&run.source_files.join(", "))),
        ]);
    }
    break_only_the_last(&mut rows);
    Ok(write!(out, "{}", printed(&mut rows))?)
}

#[cfg(test)]
mod tests {
    use super::print;
    use crate::cli::out::tests::Printed;
    use crate::operations::{ListedRun, sample_run};

    #[test]
    fn a_line_per_run_within_the_width() {
        let printed = Printed::default();
        let run = |open_rejections| ListedRun {
            summary: sample_run(),
            open_rejections,
        };
        print(&[run(0), run(12)], &mut printed.out()).expect("printed");
        let text = printed.text();
        assert!(text.contains("       9       1    12  doe"), "{text}");
        assert!(text.contains("20261120-000017  05:30  hr"), "{text}");
        assert!(text.contains("xxx-xx-3456.csv"), "{text}");
        assert!(text.lines().all(|l| l.chars().count() <= 100), "{text}");
        let runs = text.lines().filter(|l| l.starts_with("2026"));
        assert_eq!(runs.count(), 2, "{text}");
    }
}
