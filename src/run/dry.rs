//! A dry run: the same judgement, nothing written but what the user asks for.

use super::desk::{DryDesk, lock};
use super::ending::foretell;
use super::error::{Result, RunError};
use super::inbox::corrected;
use super::judging::{Case, Verdict};
use super::look;
use super::request::parameter_problems;
use super::site::Site;
use super::watch::Watch;
use crate::compare::change::{Change, ChangeReader};
use crate::domain::masking;
use crate::domain::parameters::GivenParameters;
use crate::domain::{Finding, ReferenceId, RunStatus, RunSummary, Severity};
use crate::format::survey::Survey;
use crate::ledger::{Ledger, Origin, RunRow, RunState};
use crate::spool;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a dry run found.
#[derive(Debug)]
pub(crate) struct Validation {
    /// The summary a run would have.
    pub summary: RunSummary,
    /// The findings, as far as they are listed.
    pub findings: Vec<Finding>,
    /// The files written to the folder the user named.
    pub files: Vec<PathBuf>,
}

/// Judges a file as a run of the integration would, against the ledger as it is.
///
/// # Errors
/// Before anything is read: an unknown integration, bad parameters, a missing file.
pub(crate) fn validate(
    site: &Site,
    integration: &str,
    file: &Path,
    given: GivenParameters,
    out: Option<&Path>,
    watch: &dyn Watch,
) -> Result<Validation> {
    let integration = site.integration(integration)?;
    let parameters = given.or(&integration.parameters).complete();
    let wrong = parameter_problems(site, integration.kind, &parameters, site.today());
    if !wrong.is_empty() {
        return Err(RunError::Usage(wrong));
    }
    let missing = |e| RunError::Nothing(format!("{}: {e}", masking::shown(file)));
    std::fs::metadata(file).map_err(missing)?;
    let size = spool::open_named(file)?
        .metadata()
        .map_err(RunError::io("reading the source file"))?
        .len();
    let most = integration.limits.max_file_bytes;
    // What is written for the user is written once all is known of the file.
    let guess = match out {
        Some(_) => None,
        None => look::guess(spool::open_named(file)?, size, most)?,
    };
    let whole = || look::survey_without_hash(spool::open_named(file)?, size);
    let ledger = Ledger::open_read_only(&site.ledger_path())?;
    let key = match spool::read_key(&site.config.state())? {
        Some(key) => key,
        None => spool::random_key()?,
    };
    let name = file
        .file_name()
        .and_then(|n| n.to_str())
        .unwrap_or(spool::SOURCE);
    let parent = corrected(integration, &ledger, name)?;
    let row = RunRow {
        number: u32::MAX,
        reference: ReferenceId::new(&site.today().format("%Y%m%d").to_string(), 0),
        integration: integration.name.clone(),
        kind: integration.kind,
        run_name: format!("{} (dry run)", integration.name),
        process_name: None,
        user: site.user().to_owned(),
        status: RunStatus::InProgress,
        state: RunState::Claimed,
        start: site.now(),
        origin: Origin::File,
        source_path: None,
        source_name: Some(masking::masked(name)),
        size: None,
        sha256: None,
        parameters,
        summary: None,
        publications: Vec::new(),
        disposal: None,
        hold: Vec::new(),
        resubmission_of: parent.map(|p| p.reference),
        rerun_of: None,
        test: false,
        unattended: false,
        configuration_fingerprint: site.config.fingerprint.clone(),
    };
    if let Some(folder) = out {
        std::fs::create_dir_all(folder)
            .map_err(RunError::io("making the folder for the results"))?;
    }
    let (stem, extension) = super::ending::stem(&row, name);
    let extension = if extension.is_empty() {
        "txt".to_owned()
    } else {
        extension
    };
    let stem = masking::masked(&stem);
    let changes = Mutex::new(Vec::new());
    let names = ["output.csv", "errors.csv"].map(|e| format!("{stem}.{e}"));
    let [output, errors] = names;
    let desk = DryDesk {
        source: file,
        out,
        names: [output, errors, format!("{stem}.rejects.{extension}")],
        ledger: &ledger,
        roster: &integration.roster,
        changes: &changes,
        nul: AtomicBool::new(false),
    };
    let judge = |survey: &Survey| {
        watch.begin(&integration.name, &masking::masked(name), size);
        // A whole that is bad has no findings of records.
        lock(&changes).clear();
        let case = Case {
            site,
            integration,
            ledger: &ledger,
            key,
            row: &row,
            survey,
            rows: out.is_some(),
            dry: true,
        };
        let mut knowledge = case.load()?;
        let verdict = case.judge(&desk, &mut knowledge, watch);
        case.keep(knowledge);
        verdict
    };
    let early = match &guess {
        Some(guess) => Some(judge(guess)?),
        None => None,
    };
    let verdict = match (early, &guess) {
        // It was read to its end, and all of it was what it was taken for.
        (Some(Verdict::Judged(outcome, holds)), Some(guess))
            if guess.encoding.is_utf16() || !desk.nul.load(Ordering::Relaxed) =>
        {
            Verdict::Judged(outcome, holds)
        }
        _ => judge(&whole()?)?,
    };
    let files = match (out, &verdict) {
        (Some(folder), Verdict::Judged(..)) => desk.names.iter().map(|n| folder.join(n)).collect(),
        _ => Vec::new(),
    };
    let mut summary = row.fresh_summary();
    foretell(&mut summary, integration, &verdict);
    summary.end_date = Some(
        site.now()
            .to_rfc3339_opts(chrono::SecondsFormat::Secs, false),
    );
    watch.end(&summary);
    let mut findings = listed(&lock(&changes)).map_err(RunError::io("collecting the findings"))?;
    if let Verdict::Bad(fault) = &verdict {
        findings.push(Finding {
            record: 0,
            line: fault.line,
            field: "".into(),
            code: fault.code,
            severity: Severity::Error,
        });
    }
    Ok(Validation {
        summary,
        findings,
        files,
    })
}

fn listed(changes: &[u8]) -> std::io::Result<Vec<Finding>> {
    let mut reader = ChangeReader::new(changes);
    let mut findings = Vec::new();
    while let Some(change) = reader.next_change()? {
        if let Change::Finding(finding) = change {
            findings.push(finding);
        }
    }
    Ok(findings)
}
