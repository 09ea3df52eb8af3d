//! Fixtures of the ledger's tests.

use self::prelude::*;
use super::{Committed, NewRun, Origin, RunRow, RunState, SqliteLedger, history};
use crate::changeset::change::{Change, ChangeWriter};
use crate::changeset::shown;
use crate::domain::{Kind, Parameters, RunStatus, RunSummary, parameters::GivenParameters};
use crate::matching::roster::{Employee, Version};
use chrono::{DateTime, FixedOffset};
use std::sync::LazyLock;
use tempfile::TempDir;

/// The roles, whose methods the tests call.
pub(super) mod prelude {
    pub(in crate::ledger) use crate::ledger::roles::{
        Cursors, Employees, EndpointTroubles, Endpoints, Events, ImportedYears, OneTimeRuns,
        Outbox, OwnerIds, Pauses, Pulls, Rejections, Requests, RunHistory, RunRetention, RunSteps,
        StoredDeductions, UnitOfWork,
    };
}

pub(super) static PARAMETERS: LazyLock<Parameters> =
    LazyLock::new(|| GivenParameters::default().complete());

/// An empty ledger; it lives as long as the folder.
pub(super) fn ledger() -> (TempDir, SqliteLedger) {
    let folder = tempfile::tempdir().expect("folder");
    let ledger = SqliteLedger::open(&folder.path().join("ledger.db")).expect("ledger");
    (folder, ledger)
}

pub(super) fn moment(text: &str) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(text).expect("moment")
}

pub(super) fn new_run(integration: &str) -> NewRun<'_> {
    NewRun {
        integration,
        kind: Kind::Demographic,
        process_name: None,
        user: "scheduler",
        run_name: None,
        parameters: &PARAMETERS,
        start: moment("2026-11-20T05:30:12-05:00"),
        origin: Origin::None,
        source_path: None,
        source_name: None,
        resubmission_of: None,
        rerun_of: None,
        configuration_fingerprint: "0123456789abcdef",
        test: false,
        unattended: false,
    }
}

/// A summary that closes: `accepted` records created, `rejected` rejected.
pub(super) fn summary(run: &RunRow, status: RunStatus, accepted: u64, rejected: u64) -> RunSummary {
    let mut summary = run.fresh_summary();
    summary.status = status;
    summary.end_date = Some("2026-11-20T05:30:13-05:00".into());
    summary.records_processed = accepted + rejected;
    summary.records_accepted = accepted;
    summary.records_created = accepted;
    summary.errors = rejected;
    summary
}

pub(super) fn committed(summary: &RunSummary) -> Committed<'_> {
    Committed {
        summary,
        state: RunState::Delivering,
        watermark: true,
        publications: &[],
        outbox: &[],
        disposal: None,
        hold: &[],
        event: None,
    }
}

/// A run from begin to close without changes.
pub(super) fn whole_run(ledger: &mut SqliteLedger, new: &NewRun<'_>, status: RunStatus) -> RunRow {
    let run = ledger.begin(new).expect("run");
    let summary = summary(&run, status, 1, 1);
    let none = None;
    ledger
        .commit(run.number, &committed(&summary), none, "main")
        .expect("committed");
    ledger.close(run.number).expect("closed");
    history::require(ledger, &run.reference).expect("there")
}

/// The bytes of a change file, of a run that knew of no employees and deductions.
pub(super) fn changes(all: &[Change<'_>]) -> Vec<u8> {
    changes_to(Version::default(), all)
}

/// The bytes of a change file, of a run that knew this version.
pub(super) fn changes_to(base: Version, all: &[Change<'_>]) -> Vec<u8> {
    let mut writer = ChangeWriter::new(Vec::new()).based_on(base);
    for change in all {
        writer.write(change).expect("memory");
    }
    writer.finish().expect("memory")
}

/// The stored form of a made-up employee.
pub(super) fn employee(subject: u64, name: &str) -> Vec<u8> {
    let mut state = Vec::new();
    let employee = Employee {
        subscriber_hash: subject,
        content: subject + 1,
        ssn: subject + 2,
        username: subject + 3,
        run: 1,
        terminated: Employee::OPEN,
        ..Employee::default()
    };
    employee.store(&mut state);
    shown::push(&mut state, name.as_bytes());
    state
}
