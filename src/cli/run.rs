//! `feedgate run NAME`: an integration or a set, now, in the foreground.

use super::parameters::Flags;
use super::progress::Progress;
use super::{Context, Stop, summary};
use crate::run::{self, Ended, Request};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The integration or integration set.
    #[arg(value_name = "NAME")]
    name: String,
    /// Take this file instead of what waits in inbound. It stays where it is, unless that is inbound.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Name of the run; the integration's name and the time otherwise.
    #[arg(long, value_name = "NAME")]
    run_name: Option<String>,
    /// Wait for another run of the integration to end instead of exiting with 6.
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    parameters: Flags,
}

pub(super) fn perform(arguments: Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    let site = context.site()?;
    let today = site.now().date_naive();
    let request = Request {
        given: arguments.parameters.read(&site.config, today)?,
        name: arguments.name,
        file: arguments.file,
        run_name: arguments.run_name,
        wait: arguments.wait,
        unattended: false,
    };
    let ended = run::run(&site, &request, &Progress::new())?;
    print(&ended, context)?;
    match ended.failure {
        Some(failure) => Err(failure.into()),
        None => Ok(ended.exit_code),
    }
}

/// Runs that found nothing to do have said so on standard error.
fn print(ended: &Ended, context: &mut Context<'_>) -> Result<(), Stop> {
    if context.json {
        return match &ended.summaries[..] {
            [only] if !ended.many => context.out.json(only),
            all => context.out.json(all),
        };
    }
    for (place, one) in ended.summaries.iter().enumerate() {
        if place > 0 {
            writeln!(context.out)?;
        }
        summary::print(context.out, one)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::print;
    use crate::cli::context::Context;
    use crate::cli::out::tests::Printed;
    use crate::cli::summary::tests::sample;
    use crate::run::Ended;

    fn printed(runs: usize, many: bool, json: bool) -> String {
        let ended = Ended {
            summaries: vec![sample(); runs],
            many,
            failure: None,
            exit_code: 0,
        };
        let printed = Printed::default();
        let mut out = printed.out();
        let mut context = Context::new("x".into(), json, &mut out);
        print(&ended, &mut context).expect("printed");
        printed.text()
    }

    #[test]
    fn one_object_or_an_array() {
        assert!(printed(1, false, true).starts_with("{\n"));
        assert!(printed(1, true, true).starts_with("[\n"));
        assert!(printed(2, true, true).starts_with("[\n"));
        assert_eq!(printed(0, false, true).trim(), "[]");
        assert_eq!(printed(0, false, false), "");
        let two = printed(2, true, false);
        assert_eq!(two.matches("Integration Run Name").count(), 2);
    }
}
