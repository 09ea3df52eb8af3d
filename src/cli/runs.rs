//! `feedgate runs`: past runs, newest first.

use super::moment::{day, first_moment};
use super::table::{break_only_the_last, printed, table};
use super::{Context, Stop};
use crate::domain::masking::escape_control;
use crate::domain::masking::masked;
use crate::domain::{RunStatus, RunSummary};
use crate::ledger::{RunFilter, RunRow};
use chrono::NaiveDate;
use clap::Args;
use std::io::Write;

/// Arguments of `runs`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only of this integration.
    #[arg(long, value_name = "NAME")]
    integration: Option<String>,
    /// Only with this status, such as held or completed-with-errors.
    #[arg(long, value_name = "STATUS", value_parser = status)]
    status: Option<RunStatus>,
    /// Only begun on or after this day.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    since: Option<NaiveDate>,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

pub(super) fn perform(arguments: Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    let (site, ledger) = context.site_and_ledger()?;
    let filter = RunFilter {
        integration: arguments.integration,
        status: arguments.status,
        since: arguments
            .since
            .map(|d| first_moment(d, site.config.site.timezone).to_utc()),
    };
    let runs: Vec<RunSummary> = ledger
        .runs(&filter, arguments.limit)?
        .into_iter()
        .map(summary_of)
        .collect();
    if context.json {
        context.out.json(&runs)?;
    } else {
        print(&runs, context)?;
    }
    Ok(0)
}

/// What the ledger knows of a run so far.
pub(super) fn summary_of(run: RunRow) -> RunSummary {
    let fresh = run.fresh_summary();
    run.summary.unwrap_or(fresh)
}

fn print(runs: &[RunSummary], context: &mut Context<'_>) -> Result<(), Stop> {
    if runs.is_empty() {
        writeln!(context.out, "No runs.")?;
        return Ok(());
    }
    let headings = [
        "reference ID",
        "time",
        "integration",
        "status",
        "records",
        "errors",
        "source file",
    ];
    let mut rows = table(&headings, &[4, 5]);
    for run in runs {
        // The day stands in the reference ID, the offset is the site's, the seconds rarely matter.
        let time = run.start_date.get(11..16).unwrap_or(&run.start_date);
        rows.add_row([
            run.integration_reference_id.to_string(),
            time.to_owned(),
            run.integration_name.clone(),
            run.status.to_string(),
            run.records_processed.to_string(),
            run.errors.to_string(),
            escape_control(&masked(&run.source_files.join(", "))),
        ]);
    }
    break_only_the_last(&mut rows);
    write!(context.out, "{}", printed(&mut rows))?;
    Ok(())
}

/// Reads a status, however it is written.
fn status(text: &str) -> Result<RunStatus, String> {
    let plain = |word: &str| word.to_lowercase().replace(['-', '_'], " ");
    RunStatus::ALL
        .into_iter()
        .find(|s| plain(s.as_str()) == plain(text))
        .ok_or_else(|| {
            let all: Vec<&str> = RunStatus::ALL.iter().map(|s| s.as_str()).collect();
            format!("the statuses are {}", all.join(", "))
        })
}

#[cfg(test)]
mod tests {
    use super::{print, status};
    use crate::cli::context::Context;
    use crate::cli::out::tests::Printed;
    use crate::cli::summary::tests::sample;
    use crate::domain::RunStatus;

    #[test]
    fn a_status_is_read_however_it_is_written() {
        for status_in_words in ["Completed with Errors", "completed-with-errors"] {
            assert_eq!(status(status_in_words), Ok(RunStatus::CompletedWithErrors));
        }
        assert_eq!(status("in-progress"), Ok(RunStatus::InProgress));
        assert!(status("done").is_err_and(|e| e.contains("Held")));
    }

    #[test]
    fn a_line_per_run_within_the_width() {
        let printed = Printed::default();
        let mut out = printed.out();
        let mut context = Context::new("x".into(), false, &mut out);
        print(&[sample(), sample()], &mut context).expect("printed");
        let text = printed.text();
        assert!(text.contains("20261120-000017  05:30  hr"), "{text}");
        assert!(text.contains("doe xxx-xx-3456.csv"), "{text}");
        assert!(text.lines().all(|l| l.chars().count() <= 100), "{text}");
        let runs = text.lines().filter(|l| l.starts_with("2026"));
        assert_eq!(runs.count(), 2, "{text}");
    }
}
