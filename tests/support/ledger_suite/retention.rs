//! The purge of old runs.

use super::*;

/// Findings of a run that is too large to be purged in one short transaction.
pub(in crate::ledger) const MANY: u64 = 5_001;

/// The day from which on runs are kept.
fn limit() -> DateTime<FixedOffset> {
    moment("2026-11-20T00:00:00-05:00")
}

/// Parameters of a run that nothing looks back at but watermark and baseline.
static DELTA: LazyLock<Parameters> = LazyLock::new(|| Parameters {
    delta: true,
    ..PARAMETERS.clone()
});

fn on(start: &str) -> NewRun<'static> {
    NewRun {
        start: moment(start),
        parameters: &DELTA,
        ..new_run("hr")
    }
}

fn over(
    ledger: &mut dyn Ledger,
    new: &NewRun<'_>,
    status: RunStatus,
    all: &[Change<'_>],
    set: impl FnOnce(&mut RunSummary),
) -> RunRow {
    let run = ledger.begin(new).expect("run");
    let hash = format!("hash of {}", run.number);
    ledger.set_source(run.number, 9, &hash).expect("source");
    let mut summary = summary(&run, status, 1, 1);
    set(&mut summary);
    let result = Committed {
        watermark: (status == RunStatus::Completed && !summary.test)
            .then(|| moment("2026-11-01T00:00:00Z").to_utc() + TimeDelta::days(run.number.into())),
        ..committed(&summary)
    };
    commit(ledger, run.number, &result, &changes(all)).expect("committed");
    ledger.close(run.number).expect("closed");
    stored(ledger, &run)
}

fn finding(record: u64) -> Change<'static> {
    Change::Finding(Finding {
        record,
        line: record + 1,
        field: "ssn".into(),
        code: Code::SsnArea,
        severity: Severity::Error,
    })
}

const REJECTION: Change<'static> = Change::Rejection {
    record: 1,
    line: 2,
    key: Some(7),
    traits: &[],
    person: &[],
};

pub(in crate::ledger) fn an_old_run_goes_with_its_rows_but_its_number_name_and_bytes_stay_known(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let old = over(
        &mut *ledger,
        &on("2026-11-19T23:59:59-05:00"),
        RunStatus::CompletedWithErrors,
        &[finding(1), finding(2), REJECTION],
        |_| {},
    );
    let new = whole_run(
        &mut *ledger,
        &on("2026-11-20T00:00:00-05:00"),
        RunStatus::Completed,
    );
    let purged = ledger.purge_runs(limit(), 10).expect("purged");
    let expected = Purged {
        runs: 1,
        findings: 2,
        rejections: 1,
    };
    assert_eq!(purged, expected);
    assert_eq!(
        ledger.purge_runs(limit(), 10).expect("nothing"),
        Purged::default()
    );

    assert_eq!(ledger.run(&old.reference).expect("read"), None);
    assert!(ledger.run(&new.reference).expect("read").is_some());
    assert_eq!(ledger.reference(old.number).expect("kept"), old.reference);
    assert!(ledger.findings(old.number).expect("read").is_empty());
    assert!(ledger.open_rejections("hr").expect("read").is_empty());
    let taken = |sha256: &str| ledger.taken("hr", sha256, None).expect("read");
    assert_eq!(taken("hash of 1"), Some(old.reference.clone()));
    assert_eq!(taken("hash of 9"), None);
    for (integration, run, took) in [
        ("hr", &old, true),
        ("med", &old, false),
        ("hr", &new, false),
    ] {
        let known = ledger.purged_run_took(integration, &run.reference);
        assert_eq!(known.expect("read"), took, "{integration}");
    }
    let again = ledger.taken("hr", "hash of 1", Some(&old.reference));
    assert_eq!(again.expect("read"), None);
    assert_eq!(ledger.taken("med", "hash of 1", None).expect("read"), None);
}

pub(in crate::ledger) fn what_took_nothing_is_not_taken_after_the_purge_either(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    for (status, test) in [(RunStatus::Failed, false), (RunStatus::Completed, true)] {
        let new = on("2026-11-01T00:00:00-05:00");
        let run = over(&mut *ledger, &new, status, &[], |s| s.test = test);
        assert_eq!(ledger.purge_runs(limit(), 10).expect("purged").runs, 1);
        let hash = format!("hash of {}", run.number);
        assert_eq!(ledger.taken("hr", &hash, None).expect("read"), None);
        assert!(!ledger.purged_run_took("hr", &run.reference).expect("read"));
    }
}

pub(in crate::ledger) fn a_reference_id_is_never_given_twice(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let day = on("2026-11-19T08:00:00-05:00");
    whole_run(&mut *ledger, &day, RunStatus::Failed);
    whole_run(&mut *ledger, &day, RunStatus::Failed);
    assert_eq!(ledger.purge_runs(limit(), 10).expect("purged").runs, 2);
    let next = ledger.begin(&day).expect("run");
    assert_eq!(next.reference.as_str(), "20261119-000003");
    assert_eq!(next.number, 3);
}

pub(in crate::ledger) fn what_later_runs_look_back_at_stays(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let day = on("2026-11-01T08:00:00-05:00");
    let whole = NewRun {
        parameters: &PARAMETERS,
        ..day.clone()
    };
    let deduction = NewRun {
        integration: "med",
        kind: Kind::Deduction,
        ..day.clone()
    };
    let year = |start: &str| {
        let start = start.parse().ok();
        move |s: &mut RunSummary| s.plan_year_start = start
    };
    use RunStatus::{Completed, CompletedWithErrors, Held};
    let initial = over(&mut *ledger, &whole, Completed, &[], |_| {});
    over(&mut *ledger, &day, Completed, &[], |_| {});
    let before_held = over(&mut *ledger, &day, Completed, &[], |_| {});
    let held = over(&mut *ledger, &day, Held, &[], |_| {});
    over(&mut *ledger, &day, Completed, &[], |_| {});
    let watermark = over(&mut *ledger, &day, Completed, &[], |s| {
        s.records_processed = 0;
        s.records_accepted = 0;
        s.records_created = 0;
        s.errors = 0;
    });
    let parent = over(&mut *ledger, &day, CompletedWithErrors, &[], |_| {});
    let baseline = over(&mut *ledger, &day, CompletedWithErrors, &[], |_| {});
    let mut years = Vec::new();
    for start in ["2025-01-01", "2025-01-01", "2026-01-01"] {
        years.push(over(
            &mut *ledger,
            &deduction,
            CompletedWithErrors,
            &[],
            year(start),
        ));
    }
    // It imported nothing of its year; only guards look back at it.
    let nothing = over(&mut *ledger, &deduction, CompletedWithErrors, &[], |s| {
        year("2026-01-01")(s);
        s.records_accepted = 0;
        s.records_created = 0;
        s.errors = 2;
    });
    let correcting = NewRun {
        resubmission_of: Some(&parent.reference),
        ..day.clone()
    };
    let under_way = ledger.begin(&correcting).expect("run");
    let open = ledger.open_runs().expect("read");
    assert!(
        open.into_iter()
            .eq([held.reference.clone(), under_way.reference.clone()])
    );

    let purged = ledger.purge_runs(limit(), usize::MAX).expect("purged");
    assert_eq!(purged.runs, 3);
    let kept = [
        &initial,
        &before_held,
        &held,
        &watermark,
        &parent,
        &baseline,
        &years[1],
        &years[2],
        &nothing,
        &under_way,
    ];
    let left = ledger.runs(&RunFilter::default(), 99).expect("runs");
    let mut left: Vec<u32> = left.iter().map(|r| r.number).collect();
    left.reverse();
    assert_eq!(left, kept.map(|r| r.number));
    assert!(ledger.initial_import_done("hr", None).expect("read"));
    assert!(ledger.baseline("med", None).expect("read").is_some());
}

pub(in crate::ledger) fn a_run_with_more_rows_than_a_transaction_takes_goes_all_the_same(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let many: Vec<Change<'_>> = (1..=MANY).map(finding).collect();
    let day = on("2026-11-01T08:00:00-05:00");
    let failed = RunStatus::Failed;
    over(&mut *ledger, &day, failed, &many, |_| {});
    for _ in 0..3 {
        over(&mut *ledger, &day, failed, &[finding(1), REJECTION], |_| {});
    }
    let purged = ledger.purge_runs(limit(), 2).expect("purged");
    assert_eq!(
        (purged.runs, purged.findings),
        (2, usize::try_from(MANY).expect("few") + 1)
    );
    let purged = ledger.purge_runs(limit(), 9).expect("purged");
    assert_eq!((purged.runs, purged.rejections), (2, 2));
}
