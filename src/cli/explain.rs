//! `feedgate explain CODE`: what a finding means and how to fix it.

use super::table::{bare, printed};
use super::{CliError, Context, Out};
use crate::domain::finding_code::Subject;
use crate::operations::{self, CodeExplanation};
use clap::Args;
use std::io::Write;

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The finding code, such as SSN_AREA; all of them by subject without it.
    #[expect(clippy::doc_markdown, reason = "--help prints this sentence")]
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    match &arguments.code {
        Some(word) => context.show(&operations::explain(word)?, one),
        None => context.show(&operations::explain_all()[..], all),
    }
}

fn one(code: &CodeExplanation, out: &mut Out) -> Result<(), CliError> {
    let mut rows = bare();
    rows.add_row(["Severity", &code.severity]);
    rows.add_row(["Meaning", code.meaning]);
    rows.add_row(["Example", code.example]);
    rows.add_row(["How to fix", code.how_to_fix]);
    write!(
        out,
        "{}: {}\n\n{}",
        code.code,
        code.message,
        printed(&mut rows)
    )?;
    Ok(())
}

fn all(codes: &[CodeExplanation], out: &mut Out) -> Result<(), CliError> {
    for (place, subject) in Subject::ALL.into_iter().enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}", subject.title())?;
        let mut rows = bare();
        for code in codes.iter().filter(|code| code.code.subject() == subject) {
            let name = format!("  {}", code.code);
            rows.add_row([name.as_str(), &code.severity, code.message]);
        }
        write!(out, "{}", printed(&mut rows))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{all, one};
    use crate::cli::out::tests::Printed;
    use crate::operations::explain_all;

    #[test]
    fn every_code_is_listed_and_explained_within_the_width() {
        let codes = explain_all();
        let list = Printed::default();
        all(&codes, &mut list.out()).expect("printed");
        for code in &codes {
            let name = format!("  {} ", code.code);
            assert!(list.text().contains(&name), "{name}");
            let page = Printed::default();
            one(code, &mut page.out()).expect("printed");
            assert!(page.text().contains("How to fix"), "{name}");
            let widest = page.text().lines().map(|l| l.chars().count()).max();
            assert!(widest.is_some_and(|w| w <= 110), "{name}: {widest:?}");
        }
    }
}
