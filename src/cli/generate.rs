//! `feedgate generate`: shell completions, the man page, the JSON Schemas of the configuration and of receipts.

use super::{CliError, Context, arguments};
use crate::operations;
use clap::{Args, CommandFactory, Subcommand, ValueEnum};
use clap_complete::Shell;
use clap_mangen::Man;
use std::io::{self, Write};

/// Arguments of `generate`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: GeneratedText,
}

#[derive(Debug, Subcommand)]
enum GeneratedText {
    /// Completions for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// The man page, in roff.
    Man,
    /// The JSON Schema of the configuration, for editors, or of receipts.
    Schema {
        /// What it describes.
        #[arg(value_enum, default_value = "configuration")]
        of: Described,
    },
}

/// What there is a JSON Schema of.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Described {
    Configuration,
    Receipt,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    match &arguments.what {
        GeneratedText::Completions { shell } => {
            let mut text = Vec::new();
            let mut command = arguments::Arguments::command();
            clap_complete::generate(*shell, &mut command, "feedgate", &mut text);
            context.out.write_all(&text)?;
        }
        GeneratedText::Man => context.out.write_all(&man()?)?,
        GeneratedText::Schema { of } => context.out.json(&match of {
            Described::Configuration => operations::configuration_schema(),
            Described::Receipt => operations::receipt_schema(),
        })?,
    }
    Ok(0)
}

/// One page for the program and all its commands.
fn man() -> io::Result<Vec<u8>> {
    let mut command = arguments::Arguments::command();
    command.build();
    let mut page = Vec::new();
    let whole = Man::new(command.clone());
    whole.render_title(&mut page)?;
    whole.render_name_section(&mut page)?;
    whole.render_synopsis_section(&mut page)?;
    whole.render_description_section(&mut page)?;
    whole.render_options_section(&mut page)?;
    section(&command, "feedgate", &mut page)?;
    writeln!(page, ".SH EXIT STATUS\n.nf")?;
    for line in arguments::EXIT_CODES.lines().skip(1) {
        writeln!(page, "{line}")?;
    }
    writeln!(page, ".fi")?;
    Ok(page)
}

/// The sections of the subcommands of `command`; their own headings become subheadings.
fn section(command: &clap::Command, name: &str, page: &mut Vec<u8>) -> io::Result<()> {
    for below in command.get_subcommands().filter(|c| c.get_name() != "help") {
        let name = format!("{name} {}", below.get_name());
        let own = below.clone().mut_args(|a| {
            let common = a.is_global_set() || matches!(a.get_id().as_str(), "help" | "version");
            a.hide(common)
        });
        let man = Man::new(own);
        let mut text = Vec::new();
        man.render_synopsis_section(&mut text)?;
        man.render_description_section(&mut text)?;
        man.render_options_section(&mut text)?;
        writeln!(page, ".SH {}", name.to_uppercase().replace('-', "\\-"))?;
        for line in text.split_inclusive(|b| *b == b'\n') {
            match line.strip_prefix(b".SH ") {
                Some(heading) => {
                    page.extend_from_slice(b".SS ");
                    page.extend_from_slice(heading);
                }
                None => page.extend_from_slice(line),
            }
        }
        section(below, &name, page)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::man;
    use crate::cli::arguments::Arguments;
    use clap::CommandFactory;

    #[test]
    fn the_man_page_has_every_command_and_the_exit_codes() {
        let page = String::from_utf8(man().expect("page")).expect("UTF-8");
        for command in Arguments::command().get_subcommands() {
            let name = command.get_name().to_uppercase().replace('-', "\\-");
            let heading = format!(".SH FEEDGATE {name}\n");
            assert!(page.contains(&heading), "{heading}");
        }
        assert!(page.contains("EXIT STATUS") && page.contains("Completed with Errors"));
    }
}
