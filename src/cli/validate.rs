//! `feedgate validate FILE`: a dry run.

use super::parameters::Flags;
use super::table::{printed, section, table};
use super::terminal::Terminal;
use super::{CliError, Context, Out, summary};
use crate::domain::masking::escape_control;
use crate::operations::{self, FileReading, Validation};
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
        arguments.parameters.read(&site)?,
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
        "{} records: {} accepted, {} unchanged, {} skipped, {} rejected; {} warnings",
        summary.records_processed,
        summary.records_accepted,
        summary.records_unchanged,
        summary.records_skipped,
        summary.errors,
        summary.warnings
    )?;
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
        print_reading(reading, out)?;
    }
    for file in files {
        writeln!(out, "Written: {file}")?;
    }
    Ok(())
}

/// How the file was read, and what would take it as it is.
fn print_reading(reading: &FileReading, out: &mut Out) -> Result<(), CliError> {
    let separated = match &reading.delimiter {
        Some(delimiter) => format!("fields separated by {delimiter}"),
        None => "fixed width".to_owned(),
    };
    let heading = format!(
        "How the first {} records were read: {}, {separated}",
        reading.records, reading.encoding
    );
    let mut rows = table(
        &["in the file", "read as", "values", "dates and amounts"],
        &[2],
    );
    for column in &reading.columns {
        let (known, values) = match &column.column {
            Some(name) => (name.as_str(), column.values.to_string()),
            None => ("(ignored)", String::new()),
        };
        let unread = ("not read".to_owned(), column.unread);
        let forms = column.forms.iter().map(|(form, n)| (form.clone(), *n));
        let forms = forms.chain([unread]).filter(|(_, n)| *n > 0);
        let forms: Vec<String> = forms.map(|(form, n)| format!("{n} {form}")).collect();
        rows.add_row([
            escape_control(&column.header),
            known.to_owned(),
            values,
            forms.join(", "),
        ]);
    }
    for name in &reading.missing {
        rows.add_row(["(missing)", name, "", ""]);
    }
    section(out, &heading, rows)?;
    if !reading.configuration.is_empty() {
        writeln!(
            out,
            "\nTo take the file as it is, add this to feedgate.toml:\n"
        )?;
        for line in reading.configuration.lines() {
            writeln!(out, "{}", escape_control(line))?;
        }
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
        assert!(text.contains("9 records: 6 accepted, 1 unchanged, 1 skipped, 1 rejected"));
        assert!(text.contains("Written: out/hr.errors.csv"), "{text}");
        assert_eq!(printed(60, true).matches("\"SSN_AREA\": 1").count(), 1);
        assert_eq!(
            printed(60, true).matches("\"code\": \"SSN_AREA\"").count(),
            60
        );
        assert!(!printed(50, false).contains("more;"));
    }
}
