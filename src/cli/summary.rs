//! A run summary for people: the fields under their names, the findings with advice, the files written.

use super::Out;
use super::table::{bare, printed, table};
use crate::domain::explanation::explain;
use crate::domain::masking::{escape_control, masked};
use crate::domain::summary::SummaryAmounts;
use crate::domain::totals::Amounts;
use crate::domain::{Code, Parameters, RunStatus, RunSummary};
use std::io::{self, Write};

/// Width of the field names' column.
const NAMES: usize = 28;

/// Prints the whole summary.
pub(super) fn print(out: &mut Out, summary: &RunSummary) -> io::Result<()> {
    head(out, summary)?;
    counts(out, summary)?;
    tail(out, summary)?;
    amounts(out, summary)?;
    findings(out, summary)?;
    advice(out, summary)?;
    baseline(out, summary)
}

/// The status, coloured on a terminal, and its reason.
pub(super) fn status(out: &Out, summary: &RunSummary) -> String {
    let word = coloured(out, summary.status);
    match &summary.reason {
        Some(reason) => format!("{word}: {}", escape_control(reason)),
        None => word,
    }
}

fn coloured(out: &Out, status: RunStatus) -> String {
    let colour = match status {
        RunStatus::Completed => 32,
        RunStatus::Failed | RunStatus::ScheduledButDeleted => 31,
        RunStatus::CompletedWithErrors
        | RunStatus::Held
        | RunStatus::Scheduled
        | RunStatus::InProgress => 33,
    };
    if out.colours() {
        format!("\u{1b}[{colour}m{status}\u{1b}[0m")
    } else {
        status.to_string()
    }
}

fn head(out: &mut Out, s: &RunSummary) -> io::Result<()> {
    let status = status(out, s);
    let mut line = |name: &str, value: &str| writeln!(out, "{name:NAMES$}{value}");
    line(
        "Integration Run Name",
        &escape_control(&s.integration_run_name),
    )?;
    if let Some(set) = &s.process_name {
        line("Process Name", set)?;
    }
    line("Integration Name", &s.integration_name)?;
    line(
        "Integration Reference ID",
        s.integration_reference_id.as_str(),
    )?;
    line("User", &escape_control(&s.user))?;
    line("Integration Type", &s.integration_type)?;
    line("Start Date", &s.start_date)?;
    line("End Date", s.end_date.as_deref().unwrap_or_default())?;
    line("Status", &status)?;
    let linked = [
        ("Resubmission Of", &s.resubmission_of),
        ("Re-run Of", &s.rerun_of),
        ("Duplicate Of", &s.duplicate_of),
        ("Split From", &s.split_from),
    ];
    for (name, run) in linked {
        if let Some(run) = run {
            line(name, run.as_str())?;
        }
    }
    if s.test {
        line("Test", "judged only; nothing was taken")?;
    }
    Ok(())
}

fn counts(out: &mut Out, s: &RunSummary) -> io::Result<()> {
    let mut line = |name: &str, count: u64| writeln!(out, "{name:NAMES$}{count:>10}");
    line("Records Processed", s.records_processed)?;
    line("Records Accepted", s.records_accepted)?;
    line("  Records Created", s.records_created)?;
    line("  Records Updated", s.records_updated)?;
    line("  Records Deactivated", s.records_deactivated)?;
    for (name, count) in [
        ("  Records Linked", s.records_linked),
        ("  Records Reactivated", s.records_reactivated),
        ("  Records without Change", s.records_without_change),
    ] {
        if count > 0 {
            line(name, count)?;
        }
    }
    line("Records Unchanged", s.records_unchanged)?;
    line("Records Skipped", s.records_skipped)?;
    for (reason, count) in &s.skipped {
        line(&format!("  {reason}"), *count)?;
    }
    line("Errors", s.errors)?;
    line("Warnings", s.warnings)?;
    line("Employees Processed", s.employees_processed)?;
    for (name, count) in [
        ("Changes before Look-back", s.changes_outside_lookback),
        ("Rows of Later Years", s.rows_of_later_years),
        ("Employees New", s.employees_new),
        ("Employees Missing", s.employees_missing),
        ("Deactivated by Omission", s.deactivated_by_omission),
        ("Deductions Missing", s.deductions_missing),
        ("Stopped by Omission", s.stopped_by_omission),
        ("Accounts Gone", s.accounts_gone),
    ] {
        if count > 0 {
            line(name, count)?;
        }
    }
    Ok(())
}

fn tail(out: &mut Out, s: &RunSummary) -> io::Result<()> {
    let mut line = |name: &str, value: &str| writeln!(out, "{name:NAMES$}{value}");
    line("Parameters", &parameters(&s.parameters))?;
    if let Some(lines) = set_aside(s) {
        line("Lines Set Aside", &lines)?;
    }
    for (name, list) in [
        ("Include not found", &s.include_employees_not_found),
        ("Unknown Columns", &s.unknown_columns),
        ("Source Files", &s.source_files),
    ] {
        if !list.is_empty() {
            line(name, &escape_control(&masked(&list.join(", "))))?;
        }
    }
    let output = s.output_file.iter().map(|f| ("Output File", f));
    let errors = s.error_files.iter().map(|f| ("Error File", f));
    let later = s.later_file.iter().map(|f| ("Later File", f));
    let answer = s.answer_file.iter().map(|f| ("Answer File", f));
    for (name, file) in output.chain(errors).chain(answer).chain(later) {
        line(name, &escape_control(&masked(file)))?;
    }
    line("Configuration", &s.configuration_fingerprint)
}

/// How many lines were set aside, and which: `4 (lines 1-3, 57)`.
pub(super) fn set_aside(s: &RunSummary) -> Option<String> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for line in &s.set_aside_lines {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *line => *last = *line,
            _ => ranges.push((*line, *line)),
        }
    }
    let range = |(first, last): &(u64, u64)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    let named: Vec<String> = ranges.iter().map(range).collect();
    let (what, more) = match (s.lines_set_aside, s.set_aside_lines.len() as u64) {
        (0, _) => return None,
        (1, _) => ("line", ""),
        (all, named) if all > named => ("lines", ", …"),
        _ => ("lines", ""),
    };
    let count = s.lines_set_aside;
    Some(format!("{count} ({what} {}{more})", named.join(", ")))
}

/// The parameters as flags.
fn parameters(p: &Parameters) -> String {
    let mut text = format!("delta={} qualify-delta={}", p.delta, p.qualify_delta);
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            text.push_str(&format!(" {name}={value}"));
        }
    };
    add("lookback-days", p.lookback_days.map(|d| d.to_string()));
    let include = p.include_employees.as_ref().map(|i| i.join(","));
    add("include-employees", include.map(|i| escape_control(&i)));
    let date = p.plan_year_start_date.map(|d| d.to_string());
    add("plan-year-start-date", date);
    let enrollment = match p.enrollment {
        crate::domain::Enrollment::Standard => None,
        crate::domain::Enrollment::Open => Some("open".to_owned()),
        crate::domain::Enrollment::LifeEvent => Some("life-event".to_owned()),
    };
    add("enrollment", enrollment);
    let date = p.deduction_start_date.map(|d| d.to_string());
    add("deduction-start-date", date);
    for accepted in &p.accept {
        add("accept", Some(accepted.to_string()));
    }
    text
}

fn amounts(out: &mut Out, s: &RunSummary) -> io::Result<()> {
    if s.amounts == SummaryAmounts::default() {
        return Ok(());
    }
    let columns = [
        "Amounts",
        "in",
        "accepted",
        "unchanged",
        "skipped",
        "rejected",
    ];
    let mut rows = table(&columns, &[1, 2, 3, 4, 5]);
    let row = |name: &str, a: &Amounts| {
        let sums = [a.read, a.accepted, a.unchanged, a.skipped, a.rejected];
        let cells = sums.iter().map(ToString::to_string);
        std::iter::once(name.to_owned())
            .chain(cells)
            .collect::<Vec<_>>()
    };
    rows.add_row(row("  employee", &s.amounts.employee));
    rows.add_row(row("  employer", &s.amounts.employer));
    write!(out, "\n{}", printed(&mut rows))
}

/// The findings by code, most frequent first.
pub(super) fn by_count(findings: impl IntoIterator<Item = (String, u64)>) -> Vec<(String, u64)> {
    let mut all: Vec<(String, u64)> = findings.into_iter().collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all
}

fn findings(out: &mut Out, s: &RunSummary) -> io::Result<()> {
    if s.findings.is_empty() {
        return Ok(());
    }
    let mut rows = bare();
    for (code, count) in by_count(s.findings.clone()) {
        let fix = Code::parse(&code).map_or("", |c| explain(c).fix);
        rows.add_row([format!("  {count:>6}"), code, fix.to_owned()]);
    }
    write!(out, "\nFindings\n{}", printed(&mut rows))
}

fn advice(out: &mut Out, s: &RunSummary) -> io::Result<()> {
    let reference = &s.integration_reference_id;
    match s.status {
        RunStatus::Held => writeln!(
            out,
            "\nThe file waits for a decision:\n\
             \x20 feedgate release {reference} --why \"…\"   lets it go on\n\
             \x20 feedgate refuse {reference} --why \"…\"    sends it to the archive; nothing of it is taken"
        ),
        RunStatus::CompletedWithErrors if !s.test => writeln!(
            out,
            "\nTo correct: edit the rows of the rejects file, leave its name as it is, and drop it into \
             inbound, or\n  feedgate resubmit {reference} --file FILE"
        ),
        _ => Ok(()),
    }
}

/// Says how to fill a roster that was empty: a file of changes does not name every employee.
fn baseline(out: &mut Out, s: &RunSummary) -> io::Result<()> {
    if !s.roster_was_empty || s.test || s.employees_new == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "\nNobody was known before this file. If it does not hold everybody, take a whole file once:\n  \
         feedgate run {} --delta false --file FILE",
        s.integration_name
    )
}

#[cfg(test)]
mod tests {
    use super::{by_count, print};
    use crate::cli::out::tests::Printed;
    use crate::domain::RunSummary;
    use crate::operations::sample_run;

    fn text(summary: &RunSummary) -> String {
        let printed = Printed::default();
        print(&mut printed.out(), summary).expect("printed");
        printed.text()
    }

    #[test]
    fn fields_under_their_names_and_advice_by_code() {
        let text = text(&sample_run());
        for line in [
            "Status                      Completed with Errors: 1 of 9 records rejected",
            "Records Processed                    9",
            "  test_employee                      1",
            "Parameters                  delta=true qualify-delta=true lookback-days=7",
            "Source Files                doe xxx-xx-3456.csv",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\n{text}");
        }
        assert!(text.contains("1  SSN_AREA"), "{text}");
        assert!(text.contains("feedgate resubmit 20261120-000017"), "{text}");
        assert!(
            !text.contains("Amounts") && !text.contains('\u{1b}'),
            "{text}"
        );
    }

    #[test]
    fn amounts_are_shown_where_there_are_any() {
        let mut summary = sample_run();
        summary.amounts.employee.read = 12_345.into();
        summary.amounts.employee.accepted = 12_345.into();
        let text = text(&summary);
        let row = text.lines().find(|l| l.starts_with("  employee"));
        assert!(
            row.is_some_and(|r| r.matches("123.45").count() == 2),
            "{text}"
        );
    }

    #[test]
    fn the_most_frequent_comes_first_then_the_name() {
        let sorted = by_count([("B".into(), 1), ("C".into(), 5), ("A".into(), 1)]);
        let names: Vec<&str> = sorted.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!(names, ["C", "A", "B"]);
    }
}
