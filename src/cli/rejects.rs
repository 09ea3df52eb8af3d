//! `feedgate rejects REF`: the records a run rejected, and who corrected them.

use super::table::{printed, table};
use super::terminal::{Terminal, stopped};
use super::value_parsers::reference;
use super::{CliError, Context, Out, run_commands};
use crate::domain::ReferenceId;
use crate::domain::masking::shown;
use crate::operations::{self, Command, RejectedRecord};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `rejects`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The run.
    #[arg(value_name = "REF", value_parser = reference)]
    reference: ReferenceId,
    /// Write the run's rejects file again, from the archived source file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Close open records that nobody will correct (their record numbers, separated by commas).
    #[arg(long, value_name = "RECORDS", value_delimiter = ',', requires = "why")]
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
    let reference = &arguments.reference;
    if let Some(why) = &arguments.why {
        let command = Command::Dismiss {
            reference: reference.clone(),
            records: arguments.dismiss.clone(),
            why: why.clone(),
        };
        let done = operations::dispatch(&site, &command, &Terminal::new());
        run_commands::exit_code(done.map_err(|error| stopped(error, context.json))?)?;
    }
    let records = operations::rejects(&site, reference, arguments.out.as_deref())?;
    context.show(&records[..], |records, out| print(records, arguments, out))
}

fn print(records: &[RejectedRecord], arguments: &Arguments, out: &mut Out) -> Result<(), CliError> {
    let reference = &arguments.reference;
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
        writeln!(
            out,
            "\n{} records rejected, {open} of them open.",
            records.len()
        )?;
    }
    if let Some(file) = &arguments.out {
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
    use super::{Arguments, print};
    use crate::cli::Context;
    use crate::cli::out::tests::Printed;
    use crate::domain::{Code, ReferenceId};
    use crate::operations::{RejectedFinding, RejectedRecord};

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
        let arguments = Arguments {
            reference: ReferenceId::new("20261120", 17),
            out: Some("fix.csv".into()),
            dismiss: Vec::new(),
            why: None,
        };
        for json in [false, true] {
            let printed = Printed::default();
            let mut out = printed.out();
            let mut context = Context::new("x".into(), json, &mut out);
            let shown = context.show(&records[..], |records, out| print(records, &arguments, out));
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
