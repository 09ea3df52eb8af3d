//! A large ledger, for measuring how long lists take: 400,000 runs with 10 million findings over 400 days.

use crate::domain::RunStatus;
use crate::domain::parameters::GivenParameters;
use crate::ledger::{LedgerError, NewRun, Origin, RunSteps, SqliteLedger};
use rusqlite::Transaction;
use std::path::Path;

const RUNS: u32 = 400_000;
const FINDINGS: u32 = 25;
const DAYS: i64 = 400;
const INTEGRATIONS: [&str; 4] = ["demographic-export", "deduction-import", "loans", "vision"];
const CODES: [&str; 8] = [
    "SSN_AREA",
    "SUBSCRIBER_UNKNOWN",
    "DATE_INVALID",
    "AMOUNT_INVALID",
    "CODE_UNKNOWN",
    "REQUIRED_MISSING",
    "SSN_SHARED",
    "DATE_AMBIGUOUS",
];

/// Fills an empty ledger. The last run begins at this moment (seconds since 1970).
pub(crate) fn fill(path: &Path, last: i64) -> Result<(), LedgerError> {
    let mut ledger = SqliteLedger::open(path)?;
    ledger
        .connection
        .pragma_update(None, "synchronous", "OFF")?;
    let summary = summary(&mut ledger)?;
    let transaction = ledger.immediate()?;
    transaction.execute_batch("DROP TRIGGER runs_inserted; DROP TRIGGER events_inserted;")?;
    for (place, name) in INTEGRATIONS.iter().enumerate() {
        transaction.execute(
            "INSERT OR IGNORE INTO names (number, kind, name) VALUES (?1 + 1, 'integration', ?2)",
            (i64::try_from(place).expect("few"), name),
        )?;
    }
    for n in 2..=RUNS {
        let start = (last - DAYS * 86_400 * i64::from(RUNS - n) / i64::from(RUNS)) * 1_000_000;
        insert(&transaction, n, start, &summary)?;
    }
    for n in 0..RUNS {
        let at = (last - DAYS * 86_400 * i64::from(RUNS - n) / i64::from(RUNS)) * 1_000_000;
        let subject = INTEGRATIONS[n as usize % INTEGRATIONS.len()];
        let action = if n % 1_000 == 7 {
            "release year"
        } else {
            "run failed"
        };
        transaction.prepare_cached(
            "INSERT INTO events (at, at_offset, user, action, subject, why, concerns) VALUES (?1, -18000, 'scheduler', ?2, ?3, 'x', ?3)",
        )?.execute((at, action, subject))?;
    }
    transaction.execute_batch(
        "INSERT INTO tallies SELECT integration, (started / 1000000 + started_offset) / 86400, 'records', 'accepted', SUM(accepted)
             FROM runs GROUP BY 1, 2;
         INSERT INTO tallies SELECT integration, (started / 1000000 + started_offset) / 86400, 'status', status, COUNT(*)
             FROM runs GROUP BY 1, 2, 4;
         INSERT INTO tallies SELECT integration, -1, what, word, SUM(count) FROM tallies GROUP BY integration, what, word;",
    )?;
    Ok(transaction.commit()?)
}

/// A summary as runs have it, from a run of its own.
fn summary(ledger: &mut SqliteLedger) -> Result<String, LedgerError> {
    let run = ledger.begin(&NewRun {
        integration: INTEGRATIONS[0],
        kind: crate::domain::Kind::Demographic,
        process_name: None,
        user: "scheduler",
        run_name: None,
        parameters: &GivenParameters::default().complete(),
        start: chrono::DateTime::UNIX_EPOCH.fixed_offset(),
        arrived: None,
        origin: Origin::Inbound,
        arrival: None,
        source_path: None,
        source_name: Some("hr_20261120.csv"),
        resubmission_of: None,
        rerun_of: None,
        configuration_fingerprint: "0123456789abcdef",
        test: false,
        unattended: true,
    })?;
    let mut summary = run.fresh_summary();
    summary.status = RunStatus::CompletedWithErrors;
    summary.reason = Some("12 of 4,310 records rejected".into());
    summary.records_processed = 10;
    summary.records_accepted = 8;
    summary.records_created = 8;
    summary.errors = 2;
    summary.findings = CODES.iter().map(|code| ((*code).to_owned(), 3)).collect();
    summary.columns_read = (0..30).map(|n| format!("column_{n}")).collect();
    summary.output_file =
        Some("outbound/demographic-export/output/hr_20261120.x.output.csv".into());
    Ok(serde_json::to_string(&summary).expect("a summary"))
}

fn insert(
    transaction: &Transaction<'_>,
    n: u32,
    start: i64,
    summary: &str,
) -> Result<(), LedgerError> {
    let integration = n as usize % INTEGRATIONS.len();
    let number = i64::try_from(integration).expect("few") + 1;
    let (status, open, unresolved) = match n % 5_000 {
        17 => ("Held", 0, 0),
        n if n % 25 == 1 => ("Failed", 0, i32::from(n % 1_000 == 1)),
        n if n % 10 == 3 => ("Completed with Errors", if n % 100 == 3 { 2 } else { 0 }, 0),
        _ => ("Completed", 0, 0),
    };
    transaction.prepare_cached(
        "INSERT INTO runs (number, reference, integration, kind, run_name, user, status, state, started, started_offset, arrived,
            ended, ended_offset, origin, source_name, sha256, processed, accepted, rejected, summary, parameters, configuration,
            unattended, source, open_rejections, unresolved)
         SELECT ?1, printf('20261120-%06d', ?1), ?2, 'demographic', 'run', 'scheduler', ?3, iif(?3 = 'Held', 'held', 'closed'), ?4,
            -18000, ?4, ?4 + 9000000, -18000, 'inbound', 'hr.csv', hex(randomblob(32)), 10, 8, 2, ?5, parameters, configuration, 1,
            'hr.csv', ?6, ?7 FROM runs WHERE number = 1",
    )?.execute((n, INTEGRATIONS[integration], status, start, summary, open, unresolved))?;
    let mut find = transaction.prepare_cached(
        "INSERT INTO findings (run, record, line, field, code, severity) VALUES (?1, ?2, ?2, 'ssn', ?3, 'error')",
    )?;
    for record in 0..FINDINGS {
        find.execute((n, record, CODES[record as usize % CODES.len()]))?;
    }
    let mut code = transaction.prepare_cached(
        "INSERT INTO run_codes (code, integration, started, run, findings) VALUES (?1, ?2, ?3, ?4, 3)",
    )?;
    for found in &CODES[..1 + n as usize % 4] {
        code.execute((found, number, start, n))?;
    }
    for record in 0..open {
        transaction.prepare_cached(
            "INSERT INTO rejections (run, integration, record, line, traits, person) VALUES (?1, ?2, ?3, ?3, x'', x'')",
        )?.execute((n, number, record))?;
    }
    Ok(())
}
