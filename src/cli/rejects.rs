//! `feedgate rejects`: the rejected records that wait for their correction; of one run all that it rejected, and who
//! corrected them.

use super::table::{break_only_the_last, printed, table};
use super::terminal::{Terminal, stopped};
use super::value_parsers::{RunName, code, run_name};
use super::{CliError, Context, Out, run_commands};
use crate::domain::masking::{escape_control, shown};
use crate::domain::{Code, ReferenceId};
use crate::operations::{self, Command, ListedRejection, OpenRejectionPage, RejectedRecord};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Arguments of `rejects`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The run; `latest` is the one that began last. Without it, the open records of all runs.
    #[arg(value_name = "REF", value_parser = run_name)]
    run: Option<RunName>,
    /// Only of this integration.
    #[arg(long, value_name = "NAME", conflicts_with = "run")]
    integration: Option<String>,
    /// Only with this finding code.
    #[arg(long, value_name = "CODE", value_parser = code, conflicts_with = "run")]
    code: Option<Code>,
    /// Print CSV.
    #[arg(long, conflicts_with = "run")]
    csv: bool,
    /// Write the run's rejects file again, from the archived source file.
    #[arg(long, value_name = "FILE", requires = "run")]
    out: Option<PathBuf>,
    /// Close open records that nobody will correct (their record numbers, separated by commas).
    #[arg(long, value_name = "RECORDS", value_delimiter = ',', requires_all = ["run", "why"])]
    dismiss: Vec<u64>,
    /// Why they are dismissed; goes into the event log.
    #[arg(long, value_name = "WHY", requires = "dismiss")]
    why: Option<String>,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    // Who only looks makes nothing in the site.
    let site = match &arguments.why {
        Some(_) => context.own_site()?,
        None => context.site()?,
    };
    let Some(run) = &arguments.run else {
        let open =
            operations::open_rejections(&site, arguments.integration.as_deref(), arguments.code)?;
        if arguments.csv && !context.json {
            context.out.write_all(&open.csv())?;
            return Ok(0);
        }
        return context.show(&open, print_open);
    };
    let reference = &run.reference(&site)?;
    if let Some(why) = &arguments.why {
        let command = Command::Dismiss {
            reference: reference.clone(),
            records: arguments.dismiss.clone(),
            why: why.clone(),
        };
        let done = operations::dispatch(&site, &command, &Terminal::new());
        run_commands::exit_code(done.map_err(|error| stopped(error, context.json))?)?;
    }
    let file = arguments.out.as_deref();
    let records = operations::rejects(&site, reference, file)?;
    context.show(&records[..], |records, out| {
        print(records, reference, file, out)
    })
}

fn print_open(open: &OpenRejectionPage, out: &mut Out) -> Result<(), CliError> {
    if open.open.is_empty() {
        return Ok(writeln!(out, "No rejected record is open.")?);
    }
    let headings = [
        "run",
        "since",
        "integration",
        "line",
        "record",
        "codes",
        "ID",
    ];
    let mut rows = table(&headings, &[3, 4]);
    for rejection in &open.open {
        let codes: Vec<&str> = rejection.codes.iter().map(|code| code.as_str()).collect();
        rows.add_row([
            rejection.reference_id.to_string(),
            rejection.since.get(..10).unwrap_or_default().to_owned(),
            rejection.integration.clone(),
            rejection.line.to_string(),
            rejection.record.to_string(),
            codes.join(", "),
            escape_control(&who(rejection)),
        ]);
    }
    break_only_the_last(&mut rows);
    write!(out, "{}", printed(&mut rows))?;
    match open.open.len() {
        1 => writeln!(out, "\n1 rejected record is open.")?,
        many => writeln!(out, "\n{many} rejected records are open.")?,
    }
    Ok(())
}

/// The ID of a record, or where it is found.
fn who(rejection: &ListedRejection) -> String {
    match (&*rejection.subscriber_id, &rejection.rejects_file) {
        ("", Some(file)) => format!("in {file}"),
        ("", None) => "in the source file".to_owned(),
        (id, _) => id.to_owned(),
    }
}

fn print(
    records: &[RejectedRecord],
    reference: &ReferenceId,
    file: Option<&Path>,
    out: &mut Out,
) -> Result<(), CliError> {
    let open = records.iter().filter(|r| r.closed_by.is_none()).count();
    if records.is_empty() {
        writeln!(out, "Run {reference} rejected no record.")?;
    } else {
        let mut rows = table(&["line", "record", "findings", "corrected by"], &[0, 1]);
        for record in records {
            let findings: Vec<String> = record
                .findings
                .iter()
                .map(|found| {
                    format!("{} {}", found.code, found.field)
                        .trim_end()
                        .to_owned()
                })
                .collect();
            let closed = match &record.closed_by {
                Some(own) if own == reference => "dismissed",
                Some(run) => run.as_str(),
                None => "",
            };
            rows.add_row([
                record.line.to_string(),
                record.record.to_string(),
                findings.join(", "),
                closed.to_owned(),
            ]);
        }
        write!(out, "{}", printed(&mut rows))?;
        match records.len() {
            1 => writeln!(out, "\n1 record rejected, {open} open.")?,
            many => writeln!(out, "\n{many} records rejected, {open} of them open.")?,
        }
    }
    if let Some(file) = file {
        let file = shown(file);
        writeln!(
            out,
            "Written to {file}: correct the rows, then `feedgate resubmit {reference} --file {file}`."
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::print;
    use crate::cli::Context;
    use crate::cli::out::tests::Printed;
    use crate::domain::{Code, ReferenceId};
    use crate::operations::{RejectedFinding, RejectedRecord};
    use std::path::Path;

    fn found(field: &str, code: Code) -> RejectedFinding {
        let field = field.to_owned();
        RejectedFinding { code, field }
    }

    #[test]
    fn open_and_corrected_records_are_told_apart() {
        let records = [
            RejectedRecord {
                record: 9,
                line: 10,
                findings: vec![found("ssn", Code::SsnArea), found("", Code::FieldCount)],
                closed_by: None,
            },
            RejectedRecord {
                record: 12,
                line: 13,
                findings: vec![found("ssn", Code::SsnMasked)],
                closed_by: Some(ReferenceId::new("20261121", 3)),
            },
        ];
        let reference = ReferenceId::new("20261120", 17);
        let file = Path::new("fix.csv");
        for json in [false, true] {
            let printed = Printed::default();
            let mut out = printed.out();
            let mut context = Context::new("x".into(), json, &mut out);
            let shown = context.show(&records[..], |records, out| {
                print(records, &reference, Some(file), out)
            });
            assert_eq!(shown, Ok(0));
            let text = printed.text();
            assert!(text.contains("20261121-000003"), "{text}");
            if json {
                assert!(text.contains("\"closed_by\": null"), "{text}");
            } else {
                assert!(text.contains("SSN_AREA ssn, FIELD_COUNT"), "{text}");
                assert!(text.contains("2 records rejected, 1 of them open."));
                assert!(text.contains("resubmit 20261120-000017 --file fix.csv"));
            }
        }
    }
}
