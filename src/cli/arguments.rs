//! The command line as clap reads it. What a command takes stands in the command's own file.

use super::pause::{PauseArguments, ResumeArguments};
use super::run::{CancelArguments, RunArguments};
use super::run_commands::{RefuseArguments, ReleaseArguments, RerunArguments, ResubmitArguments};
use super::runs::{RunsArguments, ShowArguments};
use super::{
    account, backup, benefits_level, collect, demo, employee, employees, events, explain, files,
    generate, init, map, notices, recover, rejects, schedules, status, sync, transfer, trust,
    validate,
};
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// The exit codes, for `--help` and the man page.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0   Completed
  1   Failed
  2   usage or configuration
  3   Completed with Errors
  4   nothing to process though a file was expected or named, or one has a name that no pattern takes
  5   held, paused, outside the window or waiting
  6   busy: another run has it
  70  a bug in Feedgate";

/// The gate every employee-benefits file passes: judges demographic and deduction files and keeps a ledger of
/// every run.
#[derive(Debug, Parser)]
#[command(name = "feedgate", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(super) struct Arguments {
    /// The site's configuration.
    #[arg(
        long,
        global = true,
        env = "FEEDGATE_CONFIG",
        value_name = "FILE",
        default_value = "./feedgate.toml",
        hide_env_values = true
    )]
    pub(super) config: PathBuf,
    /// Print JSON.
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Make a site with a commented configuration.
    Init(init::Arguments),
    /// Make a demonstration site, run its integrations and show the results.
    Demo(demo::Arguments),
    /// Check configuration and folders; changes nothing.
    Check,
    /// Judge a file without taking it: counts and findings, nothing is written.
    Validate(validate::Arguments),
    /// Watch the inbound folders, keep the schedules and run, until told to stop.
    Daemon,
    /// Run an integration or a set now, over what waits in inbound or over one file.
    Run(RunArguments),
    /// Say what is running, held and paused, and why each file waits.
    Status(status::Arguments),
    /// List runs, newest first.
    Runs(RunsArguments),
    /// Show one run's summary.
    Show(ShowArguments),
    /// Run the same source file and parameters again.
    Rerun(RerunArguments),
    /// Let a held run go on.
    Release(ReleaseArguments),
    /// Send a held file to the archive; nothing of it is taken.
    Refuse(RefuseArguments),
    /// List the rejected records of a run, or write its rejects file again.
    Rejects(rejects::Arguments),
    /// Take corrected records of a run.
    Resubmit(ResubmitArguments),
    /// Stop an integration's unattended runs; its files wait.
    Pause(PauseArguments),
    /// End a pause, now or on a day.
    Resume(ResumeArguments),
    /// Take back a run that was asked for at a later time.
    Cancel(CancelArguments),
    /// List the schedules, and when each of them runs next.
    Schedules(schedules::Arguments),
    /// List who did what, when and why, newest first.
    Events(events::Arguments),
    /// List what people are told by mail and webhooks: what waits, and what was sent.
    Notices(notices::Arguments),
    /// List the files in inbound, held, outbound and archive.
    Files(files::Arguments),
    /// Show the host keys of an endpoint's server, and put one on record.
    Trust(trust::Arguments),
    /// Fetch from endpoints and send to them now.
    Transfer(transfer::Arguments),
    /// Take complete files from inbound into the queue, where they wait for their runs.
    Collect(collect::Arguments),
    /// Remove what is older than the site keeps it, where no daemon does that.
    Purge,
    /// Copy ledger, key and configuration into a folder, also while the daemon runs.
    Backup(backup::BackupArguments),
    /// Put a backup back as the state folder of a site.
    Restore(backup::RestoreArguments),
    /// Make a test copy of the site, paused and without endpoints.
    Clone(backup::CloneArguments),
    /// Say whether ledger and folders belong together, and take a site up again.
    Recover(recover::Arguments),
    /// Say what a finding code means and how to fix it.
    Explain(explain::Arguments),
    /// Show what the roster and the runs know of one employee.
    Employee(employee::Arguments),
    /// Show what each column of a file is taken for, and how to take the rest.
    Map(map::Arguments),
    /// List employees and their states, or say who is in a file and not known.
    Employees(employees::Arguments),
    /// Choose the benefits level of employees.
    BenefitsLevel(benefits_level::Arguments),
    /// Send employees who are not synced yet.
    Sync(sync::Arguments),
    /// Say who may sign in to the dashboard and use the API.
    Account(account::Arguments),
    /// Print shell completions, the man page, or the JSON Schema of the configuration.
    Generate(generate::Arguments),
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Verb};
    use clap::{CommandFactory, Parser};

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_definition_holds_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_and_exit_code_is_documented() {
        let page = include_str!("../../docs/commands.md");
        let changes = include_str!("../../CHANGELOG.md");
        for command in Arguments::command().get_subcommands() {
            let heading = format!("\n### `feedgate {}", command.get_name());
            assert!(page.contains(&heading), "{heading}");
            let name = format!("`{}", command.get_name());
            let mut ends = [" ", "`"].iter();
            let named = ends.any(|end| changes.contains(&format!("{name}{end}")));
            assert!(named, "CHANGELOG.md does not name {}", command.get_name());
        }
        for line in super::EXIT_CODES.lines().skip(1) {
            let code = line.split_whitespace().next().expect("code");
            assert!(page.contains(&format!("\n| {code} |")), "{code}");
        }
    }

    #[test]
    fn common_options_may_stand_anywhere() {
        let before = parse("feedgate --json --config a.toml runs").expect("parses");
        let after = parse("feedgate runs --config a.toml --json").expect("parses");
        for parsed in [before, after] {
            assert!(parsed.json);
            assert_eq!(parsed.config.to_str(), Some("a.toml"));
            assert!(matches!(parsed.verb, Verb::Runs(_)));
        }
    }

    #[test]
    fn bad_lines_are_usage_errors() {
        for line in [
            "feedgate",
            "feedgate rnu x",
            "feedgate show 2026-17",
            "feedgate release 20261120-000001",
            "feedgate run hr --include-employees 1001, 1002",
            "feedgate validate a.csv",
            "feedgate runs --status Done",
            "feedgate runs --since 11/20/2026",
            "feedgate run hr --at tomorrow",
            "feedgate run hr --at 06:00 --file a.csv",
            "feedgate pause",
            "feedgate pause hr --until Monday",
            "feedgate resume hr --from 06:00",
            "feedgate events --since yesterday",
        ] {
            let refused = parse(line).expect_err(line);
            assert_eq!(refused.exit_code(), 2, "{line}");
        }
        assert_eq!(parse("feedgate --help").expect_err("help").exit_code(), 0);
    }
}
