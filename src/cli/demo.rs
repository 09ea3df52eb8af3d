//! `feedgate demo`: a site of made-up people, run once, and what came of it.

mod sftp;
mod sshd;

use super::summary::{by_count, status};
use super::table::{bare, printed};
use super::{Context, Out, Stop, init, tree::tree};
use crate::config::{Config, Folder};
use crate::domain::explanation::explain;
use crate::domain::masking::{masked, shown};
use crate::domain::totals::Amounts;
use crate::domain::{Code, Kind, RunSummary};
use crate::run::{self, Request, Site};
use clap::Args;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder of the demonstration site; it must be empty or not there.
    #[arg(value_name = "DIR", default_value = "./feedgate-demo")]
    folder: PathBuf,
    /// Everything over real SFTP, from upload to error file: starts an `sshd` of its own for as long as it takes.
    #[arg(long)]
    sftp: bool,
}

const CONFIGURATION: &str = include_str!("../../fixtures/demo/feedgate.toml");

/// A sample file.
struct Sample {
    integration: &'static str,
    name: &'static str,
    bytes: &'static [u8],
}

/// In the order in which their senders upload them.
const SAMPLES: [Sample; 5] = [
    Sample {
        integration: "demographic-export",
        name: "hr-north.csv",
        bytes: include_bytes!("../../fixtures/demo/hr-north.csv"),
    },
    Sample {
        integration: "demographic-export",
        name: "hr-south.txt",
        bytes: include_bytes!("../../fixtures/demo/hr-south.txt"),
    },
    Sample {
        integration: "plant-demographics",
        name: "hr-plant.txt",
        bytes: include_bytes!("../../fixtures/demo/hr-plant.txt"),
    },
    Sample {
        integration: "deduction-import",
        name: "carrier-med.csv",
        bytes: include_bytes!("../../fixtures/demo/carrier-med.csv"),
    },
    Sample {
        integration: "carrier-deductions",
        name: "carrier-ded.txt",
        bytes: include_bytes!("../../fixtures/demo/carrier-ded.txt"),
    },
];

/// Ends with 0: that the samples hold errors is their purpose.
pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    let folder = &arguments.folder;
    if arguments.sftp {
        return sftp::perform(folder, context);
    }
    let site = Site::new(set_up(folder)?);
    let mut runs = Vec::new();
    for kind in [Kind::Demographic, Kind::Deduction] {
        for integration in site.config.integrations.iter().filter(|i| i.kind == kind) {
            let request = Request {
                name: integration.name.clone(),
                ..Request::default()
            };
            runs.extend(run::run(&site, &request, &run::Quiet)?.summaries);
        }
    }
    if context.json {
        context.out.json(&runs)?;
    } else {
        print(folder, &runs, context.out)?;
    }
    Ok(0)
}

/// Makes the site and uploads the samples.
fn set_up(folder: &Path) -> Result<Config, Stop> {
    must_be_empty(folder)?;
    let config = init::make(folder, CONFIGURATION)?;
    for (place, sample) in SAMPLES.iter().enumerate() {
        let Some(integration) = config.integration(sample.integration) else {
            continue;
        };
        let path = config
            .folder(integration, Folder::Inbound)
            .join(sample.name);
        init::write_new(&path, sample.bytes)?;
        // Files go oldest first.
        let age = Duration::from_secs(60 * (SAMPLES.len() - place) as u64);
        std::fs::File::options()
            .append(true)
            .open(&path)
            .and_then(|file| file.set_modified(SystemTime::now() - age))
            .map_err(|e| Stop::failed(format_args!("can't date {}: {e}", shown(&path))))?;
    }
    Ok(config)
}

fn must_be_empty(folder: &Path) -> Result<(), Stop> {
    let used = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if used {
        return Err(Stop::usage(format!(
            "{} is not empty and was not touched; name another folder, or remove this one",
            shown(folder)
        )));
    }
    Ok(())
}

fn print(folder: &Path, runs: &[RunSummary], out: &mut Out) -> Result<(), Stop> {
    writeln!(
        out,
        "A demonstration site of made-up people in {}\n",
        shown(folder)
    )?;
    for run in runs {
        compact(run, out)?;
    }
    if runs.iter().all(closes) {
        writeln!(
            out,
            "Every sum closes: each record, and each cent, is in exactly one bucket."
        )?;
    } else {
        return Err(Stop::failed(
            "the sums of a run do not close; please report this as a bug",
        ));
    }
    most_common(runs, out)?;
    let written = tree(folder).map_err(Stop::failed)?;
    writeln!(out, "\nWhat was written\n\n{written}")?;
    try_next(folder, runs, out)
}

fn compact(run: &RunSummary, out: &mut Out) -> Result<(), Stop> {
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
    Ok(writeln!(out)?)
}

/// The sum law, as the summary shows it.
fn closes(run: &RunSummary) -> bool {
    let records = run.records_accepted + run.records_unchanged + run.records_skipped + run.errors;
    let cents = |a: &Amounts| a.read.0 == a.accepted.0 + a.unchanged.0 + a.skipped.0 + a.rejected.0;
    run.records_processed == records && cents(&run.amounts.employee) && cents(&run.amounts.employer)
}

fn most_common(runs: &[RunSummary], out: &mut Out) -> Result<(), Stop> {
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

fn try_next(folder: &Path, runs: &[RunSummary], out: &mut Out) -> Result<(), Stop> {
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
    writeln!(out, "  {feedgate} employee N10001")?;
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

#[cfg(test)]
mod tests {
    use super::{SAMPLES, closes, set_up};
    use crate::cli::summary::tests::sample;
    use crate::config::Folder;
    use crate::spool::scan;

    #[test]
    fn the_samples_wait_in_the_order_of_their_upload() {
        let folder = tempfile::tempdir().expect("folder");
        let config = set_up(&folder.path().join("demo")).expect("site");
        for sample in &SAMPLES {
            assert!(config.integration(sample.integration).is_some());
        }
        let inbound = config.folder(&config.integrations[0], Folder::Inbound);
        let waiting = scan(&inbound).expect("inbound").waiting;
        let names: Vec<&str> = waiting.iter().map(|w| w.name.as_str()).collect();
        assert_eq!(names, ["hr-north.csv", "hr-south.txt"]);
    }

    #[test]
    fn a_folder_with_anything_in_it_is_refused() {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("mine"), "").expect("file");
        let refused = set_up(folder.path()).expect_err("refused");
        assert_eq!(refused.code, 2);
        assert!(!folder.path().join("feedgate.toml").exists());
    }

    #[test]
    fn a_sum_that_is_off_by_one_does_not_close() {
        let mut summary = sample();
        assert!(closes(&summary));
        summary.records_skipped += 1;
        assert!(!closes(&summary));
        let mut summary = sample();
        summary.amounts.employer.rejected = 1.into();
        assert!(!closes(&summary));
    }
}
