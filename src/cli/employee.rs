//! `feedgate employee ID`: what the rosters, the deductions and the rejected records hold of one person.

use super::table::{printed, table};
use super::{CliError, Context, Out};
use crate::domain::masking::escape_control;
use crate::operations::{self, EMPLOYEE_FIELDS, EmployeeDetails, HistoryEntry};
use clap::Args;
use std::io::Write;

/// Arguments of `employee`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The subscriber ID, or a handle such as ~abcdefgh for an ID that is not shown.
    #[arg(value_name = "ID")]
    subscriber_id: String,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let known = operations::employee(&context.site()?, &arguments.subscriber_id)?;
    context.show(&known, print)
}

/// The fields of a deduction that are shown.
const SHOWN: [&str; 6] = [
    "deduction_code",
    "effective_date",
    "end_date",
    "employee_amount",
    "employer_amount",
    "action",
];

fn print(known: &EmployeeDetails, out: &mut Out) -> Result<(), CliError> {
    if known.id_is_masked {
        writeln!(out, "{:20}{}\n", "handle", known.handle)?;
    }
    for entry in &known.rosters {
        let mut line = |name: &str, value: &str| -> Result<(), CliError> {
            if !value.is_empty() {
                writeln!(out, "{name:20}{}", escape_control(value))?;
            }
            Ok(())
        };
        line("roster", &entry.roster)?;
        line("state", entry.state)?;
        line("ssn", entry.ssn.as_deref().unwrap_or_default())?;
        for name in EMPLOYEE_FIELDS {
            line(name, entry.fields.get(name).map_or("", |v| v))?;
        }
        line("rehired from", &entry.rehired_from.join(", "))?;
        line("rehired as", &entry.rehired_as.join(", "))?;
        line(
            "last accepted by",
            entry.last_run.as_deref().unwrap_or_default(),
        )?;
        writeln!(out)?;
    }
    print_deductions(known, out)?;
    print_rejections(known, out)
}

fn print_rejections(known: &EmployeeDetails, out: &mut Out) -> Result<(), CliError> {
    if !known.rejections.is_empty() {
        let headings = [
            "rejected by",
            "integration",
            "line",
            "record",
            "codes",
            "now",
        ];
        let mut rows = table(&headings, &[2, 3]);
        for entry in &known.rejections {
            let rejection = &entry.rejection;
            let codes: Vec<&str> = rejection.codes.iter().map(|code| code.as_str()).collect();
            let now = match &entry.closed_by {
                None => "open".to_owned(),
                Some(run) if *run == rejection.reference_id => "dismissed".to_owned(),
                Some(run) => format!("corrected by {run}"),
            };
            rows.add_row([
                rejection.reference_id.to_string(),
                rejection.integration.clone(),
                rejection.line.to_string(),
                rejection.record.to_string(),
                codes.join(", "),
                now,
            ]);
        }
        write!(out, "\n{}", printed(&mut rows))?;
    }
    let mut rows = table(&["when", "run", "what", "by"], &[]);
    for entry in &known.history {
        let HistoryEntry {
            at,
            reference_id,
            action,
            by,
        } = entry;
        let at = at.get(..16).unwrap_or(at).replace('T', " ");
        rows.add_row([&at, reference_id, *action, &escape_control(by)]);
    }
    if !known.history.is_empty() {
        write!(out, "\n{}", printed(&mut rows))?;
    }
    Ok(())
}

fn print_deductions(known: &EmployeeDetails, out: &mut Out) -> Result<(), CliError> {
    if known.deductions.is_empty() {
        writeln!(out, "No deductions.")?;
        return Ok(());
    }
    let headings = [
        "deduction",
        "from",
        "to",
        "employee",
        "employer",
        "action",
        "integration",
        "last accepted by",
    ];
    let mut rows = table(&headings, &[3, 4]);
    for deduction in &known.deductions {
        let fields = SHOWN.map(|f| escape_control(deduction.fields.get(f).map_or("", |v| v)));
        let last = deduction.last_run.clone().unwrap_or_default();
        rows.add_row(
            fields
                .into_iter()
                .chain([deduction.integration.clone(), last]),
        );
    }
    write!(out, "{}", printed(&mut rows))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::print;
    use crate::cli::out::tests::Printed;
    use crate::operations::{DeductionEntry, EmployeeDetails, RosterEntry};
    use std::collections::BTreeMap;

    #[test]
    fn fields_that_are_empty_are_left_out() {
        let known = EmployeeDetails {
            handle: "~abcdefgh".into(),
            id_is_masked: true,
            rosters: vec![RosterEntry {
                roster: "main".into(),
                state: "active",
                ssn: Some("***-**-3456".into()),
                fields: BTreeMap::from([
                    ("subscriber_id", "N10002".to_owned()),
                    ("username", String::new()),
                ]),
                last_run: Some("20261120-000001".into()),
                rehired_from: vec!["N10001".to_owned()],
                rehired_as: Vec::new(),
            }],
            deductions: vec![DeductionEntry {
                integration: "deduction-import".into(),
                fields: BTreeMap::from([
                    ("deduction_code", "MED01".to_owned()),
                    ("effective_date", "2026-10-01".to_owned()),
                ]),
                last_run: None,
            }],
            rejections: Vec::new(),
            history: Vec::new(),
        };
        let printed = Printed::default();
        print(&known, &mut printed.out()).expect("printed");
        let text = printed.text();
        assert!(text.contains("handle              ~abcdefgh"), "{text}");
        assert!(text.contains("ssn                 ***-**-3456"), "{text}");
        assert!(!text.contains("username"), "{text}");
        assert!(text.contains("rehired from        N10001"), "{text}");
        assert!(!text.contains("rehired as"), "{text}");
        assert!(text.contains("MED01      2026-10-01"), "{text}");
        assert!(text.lines().all(|l| l.chars().count() <= 100), "{text}");
    }
}
