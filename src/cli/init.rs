//! `feedgate init DIR`: a site with a commented configuration and its folders.

use super::{CliError, Context};
use crate::domain::masking::shown;
use crate::operations;
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `init`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder of the new site; made if need be.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let folder = &arguments.folder;
    let site = operations::init(folder)?;
    if context.json {
        context.out.json(&site)?;
        return Ok(0);
    }
    let out = &mut *context.out;
    let file = shown(&folder.join("feedgate.toml"));
    writeln!(out, "Made a site in {}.\n", shown(folder))?;
    writeln!(out, "Next:")?;
    writeln!(
        out,
        "  1. Edit {file}: time zone, plan years, integrations."
    )?;
    writeln!(
        out,
        "  2. Check it:            feedgate --config {file} check"
    )?;
    writeln!(out, "  3. Put source files into their inbound folders:")?;
    for (name, kind) in &site.integrations {
        let inbound = folder.join("inbound").join(name);
        writeln!(out, "       {}/  ({})", shown(&inbound), kind.as_str())?;
    }
    writeln!(
        out,
        "  4. Look before you run: feedgate --config {file} validate FILE --integration NAME"
    )?;
    writeln!(
        out,
        "  5. Run:                 feedgate --config {file} run nightly"
    )?;
    Ok(0)
}
