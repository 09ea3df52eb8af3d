//! `feedgate validate FILE`: a dry run.

use super::parameters::Flags;
use super::table::{printed, table};
use super::terminal::Terminal;
use super::{CliError, Context, Out, file_reading, summary};
use crate::operations::{self, Validation};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The file to judge.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The integration whose rules apply.
    #[arg(long, value_name = "NAME")]
    integration: String,
    /// Write output, error file and rejects file into this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    parameters: Flags,
}

/// Findings that are printed; `--json` prints all.
const FIRST: usize = 50;

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let site = context.site()?;
    let validation = operations::validate(
        &site,
        &arguments.integration,
        &arguments.file,
        &arguments.parameters.read(&site)?,
        arguments.out.as_deref(),
        &Terminal::new(),
    )?;
    context.show(&validation, print)?;
    Ok(validation.exit_code())
}

fn print(validation: &Validation, out: &mut Out) -> Result<(), CliError> {
    let Validation {
        files,
        findings,
        reading,
        summary,
    } = validation;
    let status = summary::status(out, summary);
    writeln!(out, "{status} (nothing was taken)\n")?;
    writeln!(
        out,
        "{} records: {} taken, {} unchanged, {} skipped, {} rejected; {} warnings",
        summary.records_processed,
        summary.records_accepted,
        summary.records_unchanged,
        summary.records_skipped,
        summary.errors,
        summary.warnings
    )?;
    if summary.rows_of_later_years > 0 {
        let rows = summary.rows_of_later_years;
        writeln!(
            out,
            "Rows of later plan years, which get a run of their own: {rows}"
        )?;
    }
    if let Some(lines) = summary::set_aside(summary) {
        writeln!(out, "No records, set aside: {lines}")?;
    }
    if !findings.is_empty() {
        let headings = ["line", "record", "field", "code", "severity"];
        let mut rows = table(&headings, &[0, 1]);
        for finding in findings.iter().take(FIRST) {
            rows.add_row([
                place(finding.line),
                place(finding.record),
                finding.field.to_string(),
                finding.code.to_string(),
                finding.severity.as_str().to_owned(),
            ]);
        }
        write!(out, "\n{}", printed(&mut rows))?;
        if findings.len() > FIRST {
            writeln!(
                out,
                "… and {} more; --json or --out DIR lists all",
                findings.len() - FIRST
            )?;
        }
        writeln!(out, "\n`feedgate explain CODE` says how to fix a finding.")?;
    }
    if let Some(reading) = reading {
        file_reading::print(out, reading)?;
    }
    for file in files {
        writeln!(out, "Written: {file}")?;
    }
    Ok(())
}

/// Findings on the file as a whole have no line and record.
fn place(number: u64) -> String {
    match number {
        0 => String::new(),
        n => n.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::print;
    use crate::cli::Context;
    use crate::cli::out::tests::Printed;
    use crate::domain::{Code, Finding, Severity};
    use crate::operations::{Validation, sample_run};

    fn printed(findings: u64, json: bool) -> String {
        let findings = (1..=findings).map(|record| Finding {
            record,
            line: record + 1,
            field: "ssn".into(),
            code: Code::SsnArea,
            severity: Severity::Error,
        });
        let validation = Validation {
            summary: sample_run(),
            findings: findings.collect(),
            reading: None,
            files: vec!["out/hr.errors.csv".into()],
        };
        let printed = Printed::default();
        let mut out = printed.out();
        let mut context = Context::new("x".into(), json, &mut out);
        context.show(&validation, print).expect("printed");
        printed.text()
    }

    #[test]
    fn the_first_fifty_for_people_and_all_for_machines() {
        let text = printed(60, false);
        assert_eq!(text.matches("SSN_AREA").count(), 50);
        assert!(text.contains("… and 10 more"), "{text}");
        assert!(text.contains("9 records: 6 taken, 1 unchanged, 1 skipped, 1 rejected"));
        assert!(text.contains("Written: out/hr.errors.csv"), "{text}");
        assert_eq!(printed(60, true).matches("\"SSN_AREA\": 1").count(), 1);
        assert_eq!(
            printed(60, true).matches("\"code\": \"SSN_AREA\"").count(),
            60
        );
        assert!(!printed(50, false).contains("more;"));
    }
}
