//! `feedgate check`: configuration, folders, key, ledger and what the daemon needs. Changes nothing.

use super::error::USAGE;
use super::{CliError, Context, Out};
use crate::operations::{self, CheckMistakes, CheckReport, CheckStanding, OperationError};
use std::io::Write;

pub(super) fn perform(context: &mut Context<'_>) -> Result<u8, CliError> {
    let report = match operations::check(&context.file) {
        Err(OperationError::Configuration(mistakes)) if context.json => {
            context.out.json(&CheckMistakes { mistakes })?;
            return Ok(USAGE);
        }
        other => other?,
    };
    context.show(&report, print)?;
    Ok(if report.problems() > 0 { USAGE } else { 0 })
}

fn print(report: &CheckReport, out: &mut Out) -> Result<(), CliError> {
    for finding in &report.findings {
        let (word, colour) = match finding.standing {
            CheckStanding::Ok => ("ok", 32),
            CheckStanding::Note => ("note", 33),
            CheckStanding::Problem => ("PROBLEM", 31),
        };
        let word = format!("{word:<8}");
        let word = if out.colours() {
            format!("\u{1b}[{colour}m{word}\u{1b}[0m")
        } else {
            word
        };
        let stop = if finding.what.is_empty() { "" } else { ": " };
        writeln!(out, "{word}{}{stop}{}", finding.what, finding.found)?;
    }
    match report.problems() {
        0 => writeln!(out, "\nNo problems.")?,
        1 => writeln!(out, "\n1 problem.")?,
        n => writeln!(out, "\n{n} problems.")?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::print;
    use crate::cli::out::tests::Printed;
    use crate::operations::{CheckFinding, CheckReport, CheckStanding};

    #[test]
    fn a_line_for_each_finding_and_the_problems_counted() {
        let finding = |standing, what: &str, found: &str| CheckFinding {
            found: found.to_owned(),
            standing,
            what: what.to_owned(),
        };
        let mut report = CheckReport {
            findings: vec![
                finding(CheckStanding::Ok, "state", "/srv/state"),
                finding(CheckStanding::Note, "", "a note about the whole"),
            ],
        };
        let printed = Printed::default();
        print(&report, &mut printed.out()).expect("printed");
        let expected =
            "ok      state: /srv/state\nnote    a note about the whole\n\nNo problems.\n";
        assert_eq!(printed.text(), expected);
        let problem = finding(CheckStanding::Problem, "work", "is not a folder");
        report.findings.push(problem);
        let printed = Printed::default();
        print(&report, &mut printed.out()).expect("printed");
        assert!(
            printed
                .text()
                .ends_with("PROBLEM work: is not a folder\n\n1 problem.\n")
        );
    }
}
