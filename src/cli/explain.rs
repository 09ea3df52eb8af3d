//! `feedgate explain CODE`: what a finding means and how to fix it.

use super::table::{bare, printed};
use super::{Context, Stop};
use crate::domain::Code;
use crate::domain::explanation::{explain, suggestions};
use crate::domain::finding_code::Subject;
use crate::domain::masking::escape_control;
use clap::Args;
use serde_json::{Value, json};
use std::io::Write;

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The finding code, such as SSN_AREA; all of them by subject without it.
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    match &arguments.code {
        Some(word) => one(find(word)?, context)?,
        None => all(context)?,
    }
    Ok(0)
}

fn find(word: &str) -> Result<Code, Stop> {
    let wanted = word.trim().to_uppercase().replace(['-', ' '], "_");
    Code::parse(&wanted).ok_or_else(|| {
        let near: Vec<&str> = suggestions(word).into_iter().map(Code::as_str).collect();
        let hint = if near.is_empty() {
            "`feedgate explain` lists all codes".to_owned()
        } else {
            format!("did you mean {}?", near.join(", "))
        };
        let shown: String = word.chars().take(60).collect();
        Stop::usage(format!(
            "{} is no finding code; {hint}",
            escape_control(&shown)
        ))
    })
}

fn one(code: Code, context: &mut Context<'_>) -> Result<(), Stop> {
    if context.json {
        return context.out.json(&object(code));
    }
    let text = explain(code);
    let mut rows = bare();
    rows.add_row(["Severity", &code.severity_in_words()]);
    rows.add_row(["Meaning", text.meaning]);
    rows.add_row(["Example", text.example]);
    rows.add_row(["How to fix", text.fix]);
    write!(
        context.out,
        "{code}: {}\n\n{}",
        text.message,
        printed(&mut rows)
    )?;
    Ok(())
}

fn all(context: &mut Context<'_>) -> Result<(), Stop> {
    if context.json {
        let list: Vec<Value> = Code::ALL.iter().map(|c| object(*c)).collect();
        return context.out.json(&list);
    }
    for (place, subject) in Subject::ALL.into_iter().enumerate() {
        if place > 0 {
            writeln!(context.out)?;
        }
        writeln!(context.out, "{}", subject.title())?;
        let mut rows = bare();
        for code in Code::ALL.iter().filter(|c| c.subject() == subject) {
            let name = format!("  {code}");
            rows.add_row([
                name.as_str(),
                &code.severity_in_words(),
                explain(*code).message,
            ]);
        }
        write!(context.out, "{}", printed(&mut rows))?;
    }
    Ok(())
}

fn object(code: Code) -> Value {
    let text = explain(code);
    json!({
        "code": code, "severity": code.severity_in_words(), "subject": code.subject().title(),
        "message": text.message, "meaning": text.meaning, "example": text.example, "how_to_fix": text.fix,
    })
}

#[cfg(test)]
mod tests {
    use super::{all, find, one};
    use crate::cli::context::Context;
    use crate::cli::out::tests::Printed;
    use crate::domain::Code;

    #[test]
    fn codes_are_found_however_they_are_typed() {
        assert_eq!(find("ssn-area").ok(), Some(Code::SsnArea));
        assert_eq!(find(" SSN_AREA ").ok(), Some(Code::SsnArea));
        let refused = find("SSN_AERA").expect_err("unknown");
        assert_eq!(refused.code, 2);
        assert!(refused.to_string().contains("did you mean SSN_AREA"));
        let refused = find("xyzzy").expect_err("unknown").to_string();
        assert!(refused.contains("feedgate explain"), "{refused}");
    }

    #[test]
    fn every_code_is_listed_and_explained_within_the_width() {
        let list = Printed::default();
        let mut out = list.out();
        all(&mut Context::new("x".into(), false, &mut out)).expect("printed");
        for code in Code::ALL {
            let name = format!("  {code} ");
            assert!(list.text().contains(&name), "{code}");
            let page = Printed::default();
            let mut out = page.out();
            one(*code, &mut Context::new("x".into(), false, &mut out)).expect("printed");
            assert!(page.text().contains("How to fix"), "{code}");
            let widest = page.text().lines().map(|l| l.chars().count()).max();
            assert!(widest.is_some_and(|w| w <= 110), "{code}: {widest:?}");
        }
    }
}
