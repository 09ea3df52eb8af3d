//! Files as senders write them. Each folder of `fixtures/real_files` has inputs, configurations and `case.toml`: what is run,
//! and what is right. `scripts/cases` prints a line for each.
//!
//! The clock of these sites stands at 29 November 2026, noon in New York, so that dates in the files keep their meaning.

use crate::scenario::{ErrorRow, Scenario, read_csv};
use crate::site_folder::{files, names};
use chrono::{DateTime, Utc};
use feedgate::internal::config;
use feedgate::internal::domain::RunSummary;
use feedgate::internal::run::{self, RunRequest};
use feedgate::internal::site::Quiet;
use feedgate::internal::spool::Disk;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A case: runs on one site after the other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What it is about.
    about: String,
    /// The program does not do it yet; the case has to be changed as soon as it does.
    #[serde(default)]
    not_yet: bool,
    run: Vec<Run>,
}

/// One file for one integration, and what is right for it. What is left out is not looked at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    /// The configuration of a new site; without it the site of the run before goes on.
    site: Option<String>,
    /// Lines that are added to the configuration.
    #[serde(default)]
    and: String,
    /// Parts of the sentence with which the configuration is refused. There is no run then.
    #[serde(default)]
    check: Vec<String>,
    #[serde(default)]
    integration: String,
    #[serde(default)]
    file: String,
    exit: Option<u8>,
    /// Records by bucket and action, by the keys of the run summary.
    #[serde(default)]
    counts: BTreeMap<String, u64>,
    /// The lines that are set aside.
    set_aside: Option<Vec<u64>>,
    /// Reasons of skipped records.
    skipped: Option<BTreeMap<String, u64>>,
    /// Line, field and code of each finding, in the order of the error file.
    findings: Option<Vec<String>>,
    /// Parts of the messages or advice of the error file, or of the run's reason.
    #[serde(default)]
    says: Vec<String>,
    /// Cells of the output by subscriber ID and column.
    #[serde(default)]
    output: BTreeMap<String, BTreeMap<String, String>>,
    /// Subscriber IDs that the output must not have.
    #[serde(default)]
    absent: Vec<String>,
}

pub(crate) fn noon() -> DateTime<Utc> {
    "2026-11-29T17:00:00Z".parse().expect("a moment")
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/real_files")
}

/// What a run left to look at.
struct Judged {
    exit: u8,
    summary: RunSummary,
    errors: Vec<ErrorRow>,
    output: BTreeMap<String, BTreeMap<String, String>>,
}

fn judge(site: &Scenario, run: &Run, folder: &Path) -> Judged {
    let bytes = fs::read(folder.join(&run.file)).expect("an input");
    site.inbound(&run.integration, &run.file, bytes);
    let here = site.open(Disk::new(), noon);
    let request = RunRequest {
        name: run.integration.clone(),
        ..RunRequest::default()
    };
    let mut ended = run::run(&here, &request, &Quiet).expect("run");
    assert!(ended.failure.is_none(), "{ended:?}");
    assert_eq!(ended.summaries.len(), 1, "{ended:?}");
    let summary = ended.summaries.remove(0);
    let of = |what: &str| {
        let wanted = format!(".{}.{what}.", summary.integration_reference_id);
        let found = files(&site.path("outbound"));
        let path = found.iter().find(|p| p.to_string_lossy().contains(&wanted));
        path.map_or_else(Vec::new, |path| fs::read(path).expect("readable"))
    };
    let rows: Vec<BTreeMap<String, String>> = read_csv(&of("output"));
    let keyed = rows
        .into_iter()
        .map(|row| (row["subscriber_id"].clone(), row));
    Judged {
        exit: ended.exit_code,
        errors: read_csv(&of("errors")),
        output: keyed.collect(),
        summary,
    }
}

/// What is not as the case says.
fn differences(run: &Run, judged: &Judged) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut differs = |what: &str, found: String, right: String| {
        if found != right {
            wrong.push(format!("{what} is {found}, should be {right}"));
        }
    };
    if let Some(exit) = run.exit {
        differs("exit code", judged.exit.to_string(), exit.to_string());
    }
    let summary = serde_json::to_value(&judged.summary).expect("JSON");
    for (key, right) in &run.counts {
        differs(key, summary[key].to_string(), right.to_string());
    }
    if let Some(right) = &run.set_aside {
        let found = &judged.summary.set_aside_lines;
        differs("set aside", format!("{found:?}"), format!("{right:?}"));
    }
    if let Some(skipped) = &run.skipped {
        let right = serde_json::to_value(skipped).expect("JSON");
        differs("skipped", summary["skipped"].to_string(), right.to_string());
    }
    if let Some(right) = &run.findings {
        let found: Vec<String> = judged
            .errors
            .iter()
            .map(|row| {
                let line = row.line.map(|line| line.to_string()).unwrap_or_default();
                format!("{line} {} {}", row.field, row.code)
            })
            .collect();
        differs("findings", format!("{found:?}"), format!("{right:?}"));
    }
    for (id, cells) in &run.output {
        for (column, right) in cells {
            let found = judged.output.get(id).and_then(|row| row.get(column));
            differs(
                &format!("{column} of {id}"),
                format!("{found:?}"),
                format!("{:?}", Some(right)),
            );
        }
    }
    for id in &run.absent {
        differs(
            id,
            judged.output.contains_key(id).to_string(),
            "false".to_owned(),
        );
    }
    let texts: Vec<&str> = judged
        .errors
        .iter()
        .flat_map(|row| [row.message.as_str(), &row.how_to_fix])
        .chain(judged.summary.reason.as_deref())
        .collect();
    for part in &run.says {
        let said = texts.iter().any(|text| text.contains(part.as_str()));
        differs(
            &format!("saying {part:?}"),
            said.to_string(),
            "true".to_owned(),
        );
    }
    wrong
}

/// Runs a case; returns what is not as it says.
fn check(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("case.toml")).expect("a case");
    let case: Case = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut site = Scenario::new();
    let mut wrong = Vec::new();
    for (number, run) in (1..).zip(&case.run) {
        if let Some(name) = &run.site {
            let base = fs::read_to_string(folder.join(name)).expect("a configuration");
            site = Scenario::new().config(&format!("{base}\n{}\n", run.and));
        }
        let mistakes = mistakes(&site);
        let found = match (run.check.is_empty(), mistakes.is_empty()) {
            (false, _) => not_said(&run.check, &mistakes),
            (true, true) => differences(run, &judge(&site, run, folder)),
            (true, false) => vec![format!("the configuration is refused: {mistakes}")],
        };
        wrong.extend(
            found
                .into_iter()
                .map(|f| format!("run {number} ({}): {f}", run.file)),
        );
    }
    // `scripts/cases` shows these lines.
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let state = match (case.not_yet, wrong.is_empty()) {
        (false, true) => "as it should be",
        (false, false) => "WRONG",
        (true, false) => "not yet",
        (true, true) => "done; take `not_yet` away",
    };
    println!("case {name}: {state}: {}", case.about);
    match (case.not_yet, wrong.is_empty()) {
        (true, false) => Vec::new(),
        (true, true) => vec!["it is as it should be; take `not_yet` away".to_owned()],
        (false, _) => wrong,
    }
}

/// The mistakes in a site's configuration, in sentences; empty where it is right.
fn mistakes(site: &Scenario) -> String {
    let Err(mistakes) = config::load(&site.path("feedgate.toml")) else {
        return String::new();
    };
    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn not_said(parts: &[String], mistakes: &str) -> Vec<String> {
    let missing = parts
        .iter()
        .filter(|part| !mistakes.contains(part.as_str()));
    missing
        .map(|part| format!("the configuration is not refused with {part:?}: {mistakes}"))
        .collect()
}

#[test]
fn every_case_is_as_it_should_be() {
    let cases = names(&fixtures());
    assert!(cases.len() >= 23, "{cases:?}");
    let wrong: Vec<String> = cases
        .iter()
        .flat_map(|name| {
            let found = check(&fixtures().join(name));
            found.into_iter().map(move |f| format!("{name}: {f}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
