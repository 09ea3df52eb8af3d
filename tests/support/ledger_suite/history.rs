//! What later runs look back at.

use super::*;

/// A run over a file with these bytes.
fn over(ledger: &mut dyn Ledger, sha256: &str, set: impl FnOnce(&mut RunSummary)) -> RunRow {
    let run = ledger.begin(&new_run("hr")).expect("run");
    ledger.set_source(run.number, 9, sha256).expect("source");
    let mut summary = summary(&run, RunStatus::Completed, 1, 0);
    set(&mut summary);
    ledger
        .commit(run.number, &committed(&summary), None, "main")
        .expect("committed");
    run
}

pub(in crate::ledger) fn bytes_are_taken_once_but_not_by_failures_tests_and_duplicates(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    over(&mut *ledger, "aa", |s| s.status = RunStatus::Failed);
    over(&mut *ledger, "aa", |s| s.test = true);
    let pending = ledger.begin(&new_run("hr")).expect("run");
    ledger.set_source(pending.number, 9, "aa").expect("source");
    assert_eq!(ledger.taken("hr", "aa", None).expect("read"), None);
    let first = over(&mut *ledger, "aa", |s| s.status = RunStatus::Held);
    over(&mut *ledger, "aa", |s| {
        s.duplicate_of = Some(first.reference.clone());
        s.records_processed = 0;
        s.records_accepted = 0;
    });
    assert_eq!(
        ledger.taken("hr", "aa", None).expect("read"),
        Some(first.reference)
    );
    assert_eq!(ledger.taken("hr", "bb", None).expect("read"), None);
    assert_eq!(ledger.taken("other", "aa", None).expect("read"), None);
    let judged = |ledger: &dyn Ledger| ledger.judged_bytes("hr", "aa").expect("read");
    assert!(judged(&*ledger).is_empty(), "a held run has not ended");
    let done = [RunStatus::Completed, RunStatus::CompletedWithErrors];
    let done = done.map(|status| over(&mut *ledger, "aa", |s| s.status = status).number);
    assert_eq!(judged(&*ledger), done);
}

pub(in crate::ledger) fn the_watermark_is_the_newest_change_that_is_not_ahead(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let at = |hour: u32| moment(&format!("2026-11-20T{hour:02}:00:00-05:00")).to_utc();
    let watermark = |ledger: &dyn Ledger, before| {
        let found = ledger.watermark("hr", before, at(12));
        found.expect("read")
    };
    assert_eq!(watermark(&*ledger, u32::MAX), None);
    let mut numbers = Vec::new();
    for newest in [Some(at(6)), Some(at(8)), Some(at(7)), Some(at(13)), None] {
        let run = ledger.begin(&new_run("hr")).expect("run");
        let summary = summary(&run, RunStatus::Completed, 1, 0);
        let result = Committed {
            watermark: newest,
            ..committed(&summary)
        };
        let none = None;
        ledger
            .commit(run.number, &result, none, "main")
            .expect("committed");
        numbers.push(run.number);
    }
    assert_eq!(watermark(&*ledger, u32::MAX), Some(at(8)));
    assert_eq!(watermark(&*ledger, numbers[1]), Some(at(6)));
    assert_eq!(watermark(&*ledger, numbers[0]), None);
    let other = ledger.watermark("other", u32::MAX, at(12));
    assert_eq!(other.expect("read"), None);
}

pub(in crate::ledger) fn the_baseline_is_the_last_file_with_records(backend: &dyn Backend) {
    let mut ledger = backend.open();
    assert_eq!(ledger.baseline("hr", None).expect("none"), None);
    over(&mut *ledger, "aa", |s| {
        s.status = RunStatus::CompletedWithErrors;
        s.amounts.employee.read = Cents(1250);
        s.amounts.employee.accepted = Cents(1250);
        s.columns_read = vec!["ssn".to_owned()];
    });
    over(&mut *ledger, "bb", |s| s.status = RunStatus::Held);
    over(&mut *ledger, "cc", |s| s.test = true);
    let baseline = Baseline {
        records_processed: 1,
        employee_cents: Cents(1250),
        columns: vec!["ssn".to_owned()],
    };
    assert_eq!(ledger.baseline("hr", None).expect("read"), Some(baseline));
}

pub(in crate::ledger) fn an_initial_import_takes_the_whole_file_or_a_given_start(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let delta = Parameters {
        delta: true,
        ..PARAMETERS.clone()
    };
    let some = Parameters {
        include_employees: Some(vec!["7".into()]),
        ..PARAMETERS.clone()
    };
    let dated = Parameters {
        deduction_start_date: "2026-01-01".parse().ok(),
        ..delta.clone()
    };
    for (integration, parameters, status, done) in [
        ("a", &delta, RunStatus::Completed, false),
        ("b", &some, RunStatus::Completed, false),
        ("c", &*PARAMETERS, RunStatus::CompletedWithErrors, false),
        ("c", &*PARAMETERS, RunStatus::Completed, true),
        ("d", &dated, RunStatus::Completed, true),
    ] {
        let new = NewRun {
            parameters,
            ..new_run(integration)
        };
        whole_run(&mut *ledger, &new, status);
        assert_eq!(
            ledger.initial_import_done(integration, None).expect("read"),
            done,
            "{integration}"
        );
        let other = "2026-01-01".parse().ok();
        let other = ledger.initial_import_done(integration, other);
        assert!(!other.expect("read"), "{integration}");
    }
}

pub(in crate::ledger) fn runs_are_listed_newest_first_and_filtered(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let first = whole_run(&mut *ledger, &new_run("hr"), RunStatus::Completed);
    let later = NewRun {
        start: moment("2026-11-21T00:00:00-05:00"),
        ..new_run("med")
    };
    let second = whole_run(&mut *ledger, &later, RunStatus::Failed);
    let last = NewRun {
        start: moment("2026-11-21T00:00:00-05:00"),
        ..new_run("hr")
    };
    let third = ledger.begin(&last).expect("run");
    let numbers = |filter: &RunFilter, limit| -> Vec<u32> {
        let runs = ledger.runs(filter, limit).expect("read");
        runs.iter().map(|r| r.number).collect()
    };
    assert_eq!(
        numbers(&RunFilter::default(), 9),
        [third.number, second.number, first.number]
    );
    assert_eq!(numbers(&RunFilter::default(), 1), [third.number]);
    let hr = RunFilter {
        integration: Some("hr".into()),
        ..RunFilter::default()
    };
    assert_eq!(numbers(&hr, 9), [third.number, first.number]);
    let failed = RunFilter {
        status: Some(RunStatus::Failed),
        ..RunFilter::default()
    };
    assert_eq!(numbers(&failed, 9), [second.number]);
    let since = RunFilter {
        since: Some(later.start.to_utc()),
        ..RunFilter::default()
    };
    assert_eq!(numbers(&since, 9), [third.number, second.number]);
    let until = RunFilter {
        until: Some(later.start.to_utc()),
        ..RunFilter::default()
    };
    assert_eq!(numbers(&until, 9), [first.number]);
    let only = RunFilter {
        only: Some(["med".to_owned()].into()),
        ..RunFilter::default()
    };
    assert_eq!(numbers(&only, 9), [second.number]);
    let after = |run: &RunRow| RunFilter {
        after: Some(run.place()),
        ..RunFilter::default()
    };
    assert_eq!(numbers(&after(&third), 9), [second.number, first.number]);
    assert!(numbers(&after(&first), 9).is_empty());
    let waiting = ledger.unfinished("hr").expect("read");
    assert_eq!(waiting, std::slice::from_ref(&third));
    assert_eq!(ledger.runs_not_ended().expect("read"), [third]);
}

pub(in crate::ledger) fn a_corrected_file_is_no_duplicate_of_its_corrections(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let first = over(&mut *ledger, "aa", |_| ());
    let parent = Some(&first.reference);
    assert_eq!(ledger.taken("hr", "aa", parent).expect("read"), None);
    let other = over(&mut *ledger, "aa", |_| ());
    let taken = ledger.taken("hr", "aa", parent).expect("read");
    assert_eq!(taken, Some(other.reference));
}
