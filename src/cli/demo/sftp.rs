//! `feedgate demo --sftp`: the demonstration over real SFTP, both ways. HR systems upload, the daemon takes their files,
//! fetches the carriers' from a partner's server and sends results there, HR fetches the error files.

use super::sshd::{Login, Sshd};
use super::{CONFIGURATION, SAMPLES, closes, compact, init, most_common, must_be_empty, try_next};
use crate::cli::{Context, Stop};
use crate::config::{Config, Folder};
use crate::daemon::Daemon;
use crate::domain::masking::shown;
use crate::domain::{Kind, RunSummary};
use crate::ledger::RunFilter;
use crate::run::Site;
use std::fs::create_dir_all;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long the daemon may take for the samples.
const WITHIN: Duration = Duration::from_secs(60);
/// The longest turn of the daemon.
const TURN: Duration = Duration::from_millis(50);

/// Who signs in: HR systems and carriers upload, HR reads, and the site itself at the partner's.
const LOGINS: [Login; 3] = [
    Login {
        name: "sender",
        reads: false,
    },
    Login {
        name: "hr",
        reads: true,
    },
    Login {
        name: "partner",
        reads: false,
    },
];

/// The folders of the demonstration, as whole paths.
struct Places {
    /// What a partner's server would hold.
    partner: PathBuf,
    /// Where HR puts what it fetched.
    hr: PathBuf,
    /// Where the senders' files are before they are uploaded.
    senders: PathBuf,
}

/// Ends with 0: that the samples hold errors is their purpose.
pub(super) fn perform(folder: &Path, context: &mut Context<'_>) -> Result<u8, Stop> {
    must_be_empty(folder)?;
    make(folder)?;
    let root = folder.canonicalize().map_err(Stop::from)?;
    let places = Places {
        partner: root.join("partner"),
        hr: root.join("fetched-by-hr"),
        senders: root.join("senders"),
    };
    let sshd = Sshd::start(&root.join("sshd"), &LOGINS)?;
    let config = init::make(folder, &configuration(&sshd, &places))?;
    for below in ["deductions", "results"] {
        make(&places.partner.join(below))?;
    }
    make(&places.hr)?;
    lay_out(&config, &places)?;
    let expected = SAMPLES.len();
    let loud = !context.json;
    let mut say = |line: String| match loud {
        true => writeln!(context.out, "{line}"),
        false => Ok(()),
    };
    say(format!(
        "A demonstration of made-up people in {}\nsshd on 127.0.0.1, port {}: it ends with this demonstration\n",
        shown(folder),
        sshd.port
    ))?;
    let mut daemon = Daemon::start(Site::new(config.clone()))?;

    say("1. HR systems upload\n".to_owned())?;
    for step in uploads(&config, &places) {
        say(format!("   sftp> {step}"))?;
        sshd.sftp("sender", &step)?;
    }

    let site = Site::new(config);
    let runs = work(&mut daemon, &site, expected)?;
    say(
        "\n2. The daemon takes them, and fetches the carriers' files from the partner's server\n"
            .to_owned(),
    )?;
    if loud {
        for run in &runs {
            compact(run, context.out)?;
        }
    }
    let sent = names(&places.partner.join("results"))?;
    if !runs.iter().all(closes) {
        return Err(Stop::failed(
            "the sums of a run do not close; please report this as a bug",
        ));
    }
    let mut say = |line: String| match loud {
        true => writeln!(context.out, "{line}"),
        false => Ok(()),
    };
    say("3. The results are on the partner's server\n".to_owned())?;
    for name in &sent {
        say(format!("   results/{name}"))?;
    }

    say("\n4. HR fetches the error files\n".to_owned())?;
    for step in downloads(&site.config, &runs, &places) {
        say(format!("   sftp> {step}"))?;
        sshd.sftp("hr", &step)?;
    }
    for name in names(&places.hr)? {
        say(format!("   {}", shown(&places.hr.join(name))))?;
    }
    if context.json {
        context.out.json(&runs)?;
        return Ok(0);
    }
    most_common(&runs, context.out)?;
    writeln!(
        context.out,
        "\nThe partner's server has ended; in this site `check` says so of its endpoint, and what is published now waits.\n"
    )?;
    try_next(folder, &runs, context.out)?;
    Ok(0)
}

fn make(folder: &Path) -> Result<(), Stop> {
    create_dir_all(folder)
        .map_err(|e| Stop::failed(format_args!("can't make {}: {e}", shown(folder))))
}

/// The demonstration's configuration with an endpoint: the carriers' files are fetched there, results sent.
fn configuration(sshd: &Sshd, places: &Places) -> String {
    let (key, known) = (sshd.key("partner"), sshd.known_hosts());
    let (key, known) = (key.display(), known.display());
    let (port, user, partner) = (sshd.port, &sshd.user, places.partner.display());
    let mut text = format!(
        "{CONFIGURATION}
# The partner's server. It ended with the demonstration.
[endpoint.partner]
host      = \"127.0.0.1\"
port      = {port}
user      = \"{user}\"
auth      = {{ key = \"{key}\" }}
host_keys = \"{known}\"
"
    );
    for sample in &SAMPLES {
        let name = sample.integration;
        if text.contains(&format!("[integration.{name}.pu")) {
            continue;
        }
        text += &match is_carriers(name) {
            true => format!(
                "
[integration.{name}.pull]
endpoint = \"partner\"
folder   = \"{partner}/deductions\"
every    = \"1s\"
after    = \"delete\"
[integration.{name}.complete]
by = \"rename\"
"
            ),
            false => format!(
                "
[integration.{name}.push]
endpoint = \"partner\"
folder   = \"{partner}/results\"
files    = [\"output\", \"receipts\"]
"
            ),
        };
    }
    text
}

fn is_carriers(integration: &str) -> bool {
    integration.contains("deduction")
}

/// The HR systems' files where they come from, the carriers' on the partner's server.
fn lay_out(config: &Config, places: &Places) -> Result<(), Stop> {
    for sample in &SAMPLES {
        let folder = match is_carriers(sample.integration) {
            true => places.partner.join("deductions"),
            false => places.senders.clone(),
        };
        debug_assert!(config.integration(sample.integration).is_some());
        make(&folder)?;
        init::write_new(&folder.join(sample.name), sample.bytes)?;
    }
    Ok(())
}

/// What the senders type.
fn uploads(config: &Config, places: &Places) -> Vec<String> {
    let mine = SAMPLES.iter().filter(|s| !is_carriers(s.integration));
    mine.filter_map(|sample| {
        let integration = config.integration(sample.integration)?;
        let inbound = config.folder(integration, Folder::Inbound);
        Some(format!(
            "put \"{}\" \"{}\"",
            places.senders.join(sample.name).display(),
            absolute(&inbound).join(sample.name).display()
        ))
    })
    .collect()
}

/// What HR types.
fn downloads(config: &Config, runs: &[RunSummary], places: &Places) -> Vec<String> {
    let with_errors = |kind: Kind| {
        config.integrations.iter().filter(move |i| {
            i.kind == kind
                && runs
                    .iter()
                    .any(|r| r.integration_name == i.name && r.errors > 0)
        })
    };
    [Kind::Demographic, Kind::Deduction]
        .into_iter()
        .flat_map(with_errors)
        .map(|integration| {
            format!(
                "get \"{}\"/*.errors.csv \"{}\"",
                absolute(&config.folder(integration, Folder::Errors)).display(),
                places.hr.display()
            )
        })
        .collect()
}

fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Lets the daemon work until every sample has its run and nothing waits to be sent.
fn work(daemon: &mut Daemon, site: &Site, expected: usize) -> Result<Vec<RunSummary>, Stop> {
    let began = Instant::now();
    while began.elapsed() < WITHIN {
        daemon.turn(TURN)?;
        let ledger = site.ledger()?;
        let rows = ledger.runs(&RunFilter::default(), expected + 1)?;
        let ended: Vec<RunSummary> = rows
            .into_iter()
            .filter_map(|row| row.summary)
            .rev()
            .collect();
        let sent = ledger.outbox("partner")?.is_empty();
        if ended.len() == expected && sent && daemon.is_idle() {
            return Ok(ended);
        }
    }
    Err(Stop::failed(
        "the daemon did not take all samples within a minute; `feedgate status` in the demonstration's folder says why",
    ))
}

fn names(folder: &Path) -> Result<Vec<String>, Stop> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
