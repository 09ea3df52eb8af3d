//! `feedgate init DIR`: a site with a commented configuration and its folders.

use super::{CliError, Context, Out};
use crate::domain::masking::shown;
use crate::operations::{self, NewSite};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Arguments of `init`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder of the new site; made if need be.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let folder = &arguments.folder;
    context.show(&operations::init(folder)?, |site, out| {
        print(folder, site, out)
    })
}

fn print(folder: &Path, site: &NewSite, out: &mut Out) -> Result<(), CliError> {
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
    Ok(writeln!(
        out,
        "  5. Run:                 feedgate --config {file} run nightly"
    )?)
}
