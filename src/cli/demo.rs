//! `feedgate demo`: a site of made-up people, run once, and what came of it.

use super::summary::{by_count, status};
use super::table::{bare, printed};
use super::{CliError, Context, Out};
use crate::daemon::Daemon;
use crate::domain::explanation::explain;
use crate::domain::masking::{escape_control, masked, shown};
use crate::domain::totals::Amounts;
use crate::domain::{Code, EmployeeState, RunSummary};
use crate::operations::{self, Demonstration, OperationError, SftpDemo};
use clap::Args;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use walkdir::WalkDir;

/// How long the daemon may take for the samples.
const WITHIN: Duration = Duration::from_secs(60);
/// The longest turn of the daemon.
const TURN: Duration = Duration::from_millis(50);

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder of the demonstration site; it must be empty or not there.
    #[arg(value_name = "DIR", default_value = "./feedgate-demo")]
    folder: PathBuf,
    /// Everything over real SFTP, from upload to error file: starts an `sshd` of its own for as long as it takes.
    #[arg(long)]
    sftp: bool,
    /// Then serve the dashboard of the demonstration, until Ctrl-C, and print links that sign in.
    #[arg(long, conflicts_with = "sftp")]
    serve: bool,
}

/// Ends with 0: that the samples hold errors is their purpose.
pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let folder = &arguments.folder;
    if arguments.sftp {
        return over_sftp(folder, context);
    }
    let demo = operations::demo(folder)?;
    context.show(&demo.runs[..], |_, out| print(folder, &demo, out))?;
    match arguments.serve {
        true => serve(folder, context),
        false => Ok(0),
    }
}

/// Runs the daemon with the dashboard until it is told to stop.
fn serve(folder: &Path, context: &mut Context<'_>) -> Result<u8, CliError> {
    let dashboard = operations::demo_dashboard(folder)?;
    if context.json {
        let links: BTreeMap<&str, &String> = dashboard
            .addresses
            .iter()
            .map(|(role, address)| (role.into(), address))
            .collect();
        context.out.json(&links)?;
    } else {
        let out = &mut *context.out;
        writeln!(
            out,
            "\nThe dashboard is served until Ctrl-C. Each link signs in once:\n"
        )?;
        for (role, address) in &dashboard.addresses {
            writeln!(out, "  {:<9} {address}", role.to_string())?;
        }
    }
    context.out.flush()?;
    let daemon = Daemon::start_demonstration(dashboard.site, dashboard.links);
    let ended = daemon.and_then(|mut daemon| daemon.run());
    ended.map_err(OperationError::from)?;
    Ok(0)
}

fn over_sftp(folder: &Path, context: &mut Context<'_>) -> Result<u8, CliError> {
    let demo = SftpDemo::set_up(folder)?;
    let json = context.json;
    // With --json only the result is printed.
    let mut silent = Out::plain(io::sink());
    let out = if json { &mut silent } else { &mut *context.out };
    writeln!(
        out,
        "A demonstration of made-up people in {}\nsshd on 127.0.0.1, port {}: it ends with this demonstration\n",
        shown(folder),
        demo.port()
    )?;
    let mut daemon = Daemon::start(demo.site()).map_err(OperationError::from)?;

    writeln!(out, "1. HR systems upload\n")?;
    for step in demo.uploads() {
        writeln!(out, "   sftp> {step}")?;
        demo.sftp(&step)?;
    }

    let runs = take_samples(&mut daemon, &demo)?;
    writeln!(
        out,
        "\n2. The daemon takes them, and fetches accounts and the carriers' files from the partner's server\n"
    )?;
    for run in &runs {
        compact(run, out)?;
    }

    writeln!(out, "3. The results are on the partner's server\n")?;
    for name in demo.sent()? {
        writeln!(out, "   results/{name}")?;
    }

    writeln!(out, "\n4. HR fetches the error files\n")?;
    for step in demo.downloads(&runs) {
        writeln!(out, "   sftp> {step}")?;
        demo.sftp(&step)?;
    }
    for file in demo.fetched()? {
        writeln!(out, "   {file}")?;
    }
    if json {
        context.out.json(&runs)?;
        return Ok(0);
    }
    writeln!(out, "\nEmployees: {}", states(&demo.employees()?))?;
    most_common(&runs, out)?;
    writeln!(
        out,
        "\nThe partner's server has ended; in this site `check` says so of its endpoint, and what is published now waits.\n"
    )?;
    try_next(folder, &runs, None, out)?;
    Ok(0)
}

/// Lets the daemon work until every sample has its run and nothing waits to be sent.
fn take_samples(daemon: &mut Daemon, demo: &SftpDemo) -> Result<Vec<RunSummary>, CliError> {
    let began = Instant::now();
    while began.elapsed() < WITHIN {
        daemon.turn(TURN).map_err(OperationError::from)?;
        if let Some(runs) = demo.ended_runs()?
            && daemon.is_idle()
        {
            return Ok(runs);
        }
    }
    Err(CliError::failed(
        "the daemon did not take all samples within a minute; `feedgate status` in the demonstration's folder says why",
    ))
}

fn print(folder: &Path, demo: &Demonstration, out: &mut Out) -> Result<(), CliError> {
    writeln!(
        out,
        "A demonstration site of made-up people in {}\n",
        shown(folder)
    )?;
    for run in &demo.runs {
        compact(run, out)?;
    }
    writeln!(
        out,
        "Every sum closes: each record, and each cent, is in exactly one bucket."
    )?;
    writeln!(out, "Employees: {}", states(&demo.employees))?;
    most_common(&demo.runs, out)?;
    let written = tree(folder).map_err(CliError::failed)?;
    writeln!(out, "\nWhat was written\n\n{written}")?;
    if let Some(folder) = demo.mails.first().and_then(|mail| mail.parent()) {
        writeln!(
            out,
            "Mails were not sent but written into {}, one about each integration that needs somebody; any mail\n\
             program opens them, or a text editor.\n",
            shown(folder)
        )?;
    }
    try_next(folder, &demo.runs, demo.mails.first(), out)
}

/// Such as `37 Successful, 2 Failed, 5 Not syncing`.
fn states(counts: &BTreeMap<EmployeeState, u64>) -> String {
    let counts = counts.iter().rev().filter(|(_, count)| **count > 0);
    let counts: Vec<String> = counts
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    counts.join(", ")
}

fn compact(run: &RunSummary, out: &mut Out) -> Result<(), CliError> {
    writeln!(
        out,
        "{}  {}  {}",
        run.integration_name,
        run.integration_reference_id,
        masked(&run.source_files.join(", "))
    )?;
    writeln!(out, "  {}", status(out, run))?;
    writeln!(
        out,
        "  records   {:>10} = {} accepted + {} unchanged + {} skipped + {} rejected",
        run.records_processed,
        run.records_accepted,
        run.records_unchanged,
        run.records_skipped,
        run.errors
    )?;
    for (name, sums) in [
        ("employee", &run.amounts.employee),
        ("employer", &run.amounts.employer),
    ] {
        if *sums != Amounts::default() {
            writeln!(
                out,
                "  {name}  {:>10} = {} accepted + {} unchanged + {} skipped + {} rejected",
                sums.read.to_string(),
                sums.accepted,
                sums.unchanged,
                sums.skipped,
                sums.rejected
            )?;
        }
    }
    if run.records_linked > 0 {
        writeln!(
            out,
            "  accepted  {:>10} = {} linked with an account + {} created",
            run.records_accepted, run.records_linked, run.records_created
        )?;
    }
    Ok(writeln!(out)?)
}

fn most_common(runs: &[RunSummary], out: &mut Out) -> Result<(), CliError> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (code, count) in runs.iter().flat_map(|r| &r.findings) {
        *counts.entry(code.clone()).or_default() += count;
    }
    writeln!(out, "\nThe most common findings\n")?;
    let mut rows = bare();
    for (code, count) in by_count(counts).into_iter().take(3) {
        let text = Code::parse(&code).map(explain);
        let advice = text.map(|t| format!("{} {}", t.message, t.fix));
        rows.add_row([count.to_string(), code, advice.unwrap_or_default()]);
    }
    Ok(write!(out, "{}", printed(&mut rows))?)
}

fn try_next(
    folder: &Path,
    runs: &[RunSummary],
    mail: Option<&PathBuf>,
    out: &mut Out,
) -> Result<(), CliError> {
    let with_errors = runs.iter().find(|r| r.errors > 0);
    let feedgate = program();
    writeln!(out, "Try next\n\n  cd {}", shown(folder))?;
    if let Some(run) = with_errors {
        let reference = &run.integration_reference_id;
        writeln!(out, "  {feedgate} show {reference}")?;
        writeln!(
            out,
            "  {feedgate} rejects {reference} --out fix.csv    # then correct rows in fix.csv"
        )?;
        writeln!(out, "  {feedgate} resubmit {reference} --file fix.csv")?;
        if let Some((code, _)) = run.findings.first_key_value() {
            writeln!(out, "  {feedgate} explain {code}")?;
        }
    }
    if let Some(mail) = mail {
        writeln!(out, "  cat {}", shown(mail))?;
    }
    writeln!(out, "  {feedgate} employee N10001")?;
    writeln!(out, "  {feedgate} employees --state not-syncing")?;
    writeln!(out, "  {feedgate} sync P30004")?;
    writeln!(out, "  {feedgate} runs")?;
    writeln!(out, "  {feedgate} files")?;
    Ok(writeln!(out, "  {feedgate} run nightly")?)
}

/// The name that starts this program from any folder.
fn program() -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path);
    if folders.any(|folder| folder.join("feedgate").is_file()) {
        return "feedgate".to_owned();
    }
    std::env::current_exe().map_or_else(|_| "feedgate".to_owned(), |exe| shown(&exe))
}

/// A folder's entries below each other, by name; empty folders are left out.
fn tree(folder: &Path) -> Result<String, walkdir::Error> {
    let mut text = format!("{}\n", escape_control(&masked(&folder.to_string_lossy())));
    let mut paths = Vec::new();
    for entry in WalkDir::new(folder).min_depth(1).sort_by_file_name() {
        let entry = entry?;
        if !entry.file_type().is_dir() {
            let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
            let parts: Vec<String> = below
                .iter()
                .map(|part| escape_control(&masked(&part.to_string_lossy())))
                .collect();
            paths.push(parts);
        }
    }
    let all: Vec<&[String]> = paths.iter().map(Vec::as_slice).collect();
    branches(&all, "", &mut text);
    Ok(text)
}

fn branches(paths: &[&[String]], indent: &str, text: &mut String) {
    let mut groups = paths.chunk_by(|a, b| a[0] == b[0]).peekable();
    while let Some(group) = groups.next() {
        let (branch, below) = match groups.peek() {
            Some(_) => ("├── ", "│   "),
            None => ("└── ", "    "),
        };
        let mut name = group[0][0].clone();
        let mut inside: Vec<&[String]> = group
            .iter()
            .map(|path| &path[1..])
            .filter(|rest| !rest.is_empty())
            .collect();
        // A folder with a single entry is printed on one line with it.
        while let [first, rest @ ..] = &inside[..] {
            if rest.iter().any(|r| r[0] != first[0]) {
                break;
            }
            name = format!("{name}/{}", first[0]);
            inside = inside
                .iter()
                .map(|path| &path[1..])
                .filter(|rest| !rest.is_empty())
                .collect();
        }
        let slash = if inside.is_empty() { "" } else { "/" };
        text.push_str(&format!("{indent}{branch}{name}{slash}\n"));
        branches(&inside, &format!("{indent}{below}"), text);
    }
}

#[cfg(test)]
mod tests {
    use super::tree;
    use std::fs;

    #[test]
    fn entries_by_name_chains_in_one_line_ssns_masked() {
        let folder = tempfile::tempdir().expect("folder");
        for file in [
            "b/c/x.csv",
            "b/c/y.csv",
            "a/1.csv",
            "a/d/880-12-3456.csv",
            "z",
        ] {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().expect("parent")).expect("folder");
            fs::write(path, "").expect("file");
        }
        fs::create_dir(folder.path().join("empty")).expect("folder");
        let text = tree(folder.path()).expect("tree");
        let lines: Vec<&str> = text.lines().skip(1).collect();
        let expected = [
            "├── a/",
            "│   ├── 1.csv",
            "│   └── d/xxx-xx-3456.csv",
            "├── b/c/",
            "│   ├── x.csv",
            "│   └── y.csv",
            "└── z",
        ];
        assert_eq!(lines, expected);
    }
}
