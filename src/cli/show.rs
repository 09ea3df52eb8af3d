//! `feedgate show REF`: one run summary.

use super::{Context, Stop, arguments::reference, runs::summary_of, summary};
use crate::domain::{ReferenceId, RunSummary};
use clap::Args;
use serde::Serialize;
use std::io::Write;

/// Arguments of `show`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The run.
    #[arg(value_name = "REF", value_parser = reference)]
    reference: ReferenceId,
}

/// A run summary as it stands now.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    summary: RunSummary,
    /// Rejected records that no accepted record has corrected yet.
    open_rejections: usize,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    let (_, ledger) = context.site_and_ledger()?;
    let reference = &arguments.reference;
    let Some(run) = ledger.run(reference)? else {
        return Err(Stop::usage(format!(
            "there is no run {reference}; `feedgate runs` lists them"
        )));
    };
    let rejections = ledger.rejections(run.number)?;
    let open = rejections.iter().filter(|r| r.closed_by.is_none()).count();
    let shown = Shown {
        summary: summary_of(run),
        open_rejections: open,
    };
    if context.json {
        context.out.json(&shown)?;
        return Ok(0);
    }
    summary::print(context.out, &shown.summary)?;
    if !rejections.is_empty() {
        writeln!(
            context.out,
            "\nOpen rejections: {open} of {} (`feedgate rejects {reference}`).",
            rejections.len()
        )?;
    }
    Ok(0)
}
