//! Runs: their steps, findings, rejections and plan years.

use super::*;
use crate::domain::{SiteKey, ValueCipher};
use crate::matching::rejections::OpenRejection;
use crate::matching::traits::{Part, Trait};

pub(in crate::ledger) fn counts_through_the_day_and_never_goes_back(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let mut begun = |start: &str| {
        let new = NewRun {
            start: moment(start),
            ..new_run("hr")
        };
        ledger.begin(&new).expect("run").reference.to_string()
    };
    assert_eq!(begun("2026-11-20T23:59:59-05:00"), "20261120-000001");
    assert_eq!(begun("2026-11-20T23:59:59-05:00"), "20261120-000002");
    assert_eq!(begun("2026-11-21T00:00:00-05:00"), "20261121-000001");
    assert_eq!(begun("2026-11-20T23:59:59-05:00"), "20261121-000002");
    assert_eq!(begun("2026-12-01T00:00:00-05:00"), "20261201-000001");
}

pub(in crate::ledger) fn the_row_tells_everything_that_was_given(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let parent = ReferenceId::new("20261119", 3);
    let run = ledger
        .begin(&NewRun {
            process_name: Some("nightly"),
            origin: Origin::Inbound,
            arrival: None,
            source_path: Some(Path::new("/site/inbound/hr/a.csv")),
            source_name: Some("a.csv"),
            resubmission_of: Some(&parent),
            test: true,
            unattended: true,
            ..new_run("hr")
        })
        .expect("run");
    assert_eq!(run.run_name, "hr 2026-11-20 05:30:12");
    assert_eq!(
        (run.state, run.status),
        (RunState::Claimed, RunStatus::InProgress)
    );
    assert_eq!(
        run.source_path.as_deref(),
        Some(Path::new("/site/inbound/hr/a.csv"))
    );
    assert_eq!(run.resubmission_of.as_ref(), Some(&parent));
    assert_eq!(
        (run.process_name.as_deref(), run.test, run.unattended),
        (Some("nightly"), true, true)
    );
    let summary = run.fresh_summary();
    assert_eq!(summary.start_date, "2026-11-20T05:30:12-05:00");
    assert_eq!(summary.source_files, ["a.csv"]);
    assert_eq!(ledger.run(&run.reference).expect("read"), Some(run));
}

pub(in crate::ledger) fn a_held_run_waits_is_released_and_ends(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let run = ledger.begin(&new_run("hr")).expect("run");
    assert!(matches!(
        ledger.close(run.number),
        Err(LedgerError::WrongState { .. })
    ));
    ledger.set_source(run.number, 12, "ab").expect("source");
    let held = summary(&run, RunStatus::Held, 0, 0);
    let commit = Committed {
        hold: &[Code::GuardErrors],
        ..committed(&held)
    };
    let none = || None;
    ledger
        .commit(run.number, &commit, none(), "main")
        .expect("held");
    for _ in 0..2 {
        ledger.close(run.number).expect("delivered");
    }
    assert_eq!(stored(&*ledger, &run).state, RunState::Held);
    assert!(ledger.unfinished("hr").expect("none").is_empty());

    let event = Event {
        at: moment("2026-11-20T05:31:00-05:00"),
        user: "ada".into(),
        action: EventAction::Release,
        subject: run.reference.to_string(),
        why: Some("seen".into()),
    };
    for _ in 0..2 {
        let again = ledger.reopen(run.number, &event).expect("released");
        assert_eq!(
            (again.state, again.status),
            (RunState::Claimed, RunStatus::InProgress)
        );
        assert_eq!(
            (again.hold, again.size),
            (vec![Code::GuardErrors], Some(12))
        );
    }
    assert_eq!(ledger.unfinished("hr").expect("one").len(), 1);
    let done = summary(&run, RunStatus::Completed, 2, 0);
    ledger
        .commit(run.number, &committed(&done), none(), "main")
        .expect("done");
    ledger.close(run.number).expect("closed");
    let run = stored(&*ledger, &run);
    assert_eq!(
        (run.state, run.status),
        (RunState::Closed, RunStatus::Completed)
    );
    assert!(run.hold.is_empty());
    assert!(ledger.reopen(run.number, &event).is_err());
    let told = ledger.events(&EventFilter::default(), 9).expect("read");
    assert_eq!(told, [event]);
}

pub(in crate::ledger) fn an_abandoned_run_is_failed_with_its_reason(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let run = ledger.begin(&new_run("hr")).expect("run");
    let end = moment("2026-11-20T05:31:00-05:00");
    for _ in 0..2 {
        ledger
            .abandon(run.number, "the file vanished", end)
            .expect("abandoned");
    }
    let run = stored(&*ledger, &run);
    assert_eq!(
        (run.state, run.status),
        (RunState::Closed, RunStatus::Failed)
    );
    let reason = run.summary.and_then(|s| s.reason);
    assert_eq!(reason.as_deref(), Some("the file vanished"));
    assert!(matches!(
        ledger.abandon(9, "", end),
        Err(LedgerError::UnknownRun { .. })
    ));
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// A run of this plan year; `began` and `ended` in New York.
fn import(
    ledger: &mut dyn Ledger,
    year: &str,
    [began, ended]: [&str; 2],
    set: impl FnOnce(&mut RunSummary),
) -> RunRow {
    let new = NewRun {
        start: moment(began),
        ..new_run("pay")
    };
    let run = ledger.begin(&new).expect("run");
    let mut summary = summary(&run, RunStatus::Completed, 1, 0);
    summary.plan_year_start = Some(day(year));
    summary.end_date = Some(ended.to_owned());
    set(&mut summary);
    ledger
        .commit(run.number, &committed(&summary), None, "main")
        .expect("committed");
    run
}

const NOON: [&str; 2] = ["2026-11-20T12:00:00-05:00", "2026-11-20T12:00:01-05:00"];

pub(in crate::ledger) fn imported_years_are_of_runs_that_took_records(backend: &dyn Backend) {
    let mut ledger = backend.open();
    assert_eq!(ledger.imported_years(&["pay"], 0).expect("none"), []);
    let next = import(&mut *ledger, "2027-01-01", NOON, |s| {
        s.status = RunStatus::CompletedWithErrors;
    });
    let this = import(&mut *ledger, "2026-01-01", NOON, |_| ());
    import(&mut *ledger, "2028-01-01", NOON, |s| {
        s.status = RunStatus::Held;
    });
    import(&mut *ledger, "2028-01-01", NOON, |s| {
        s.status = RunStatus::Failed;
    });
    import(&mut *ledger, "2028-01-01", NOON, |s| s.test = true);
    import(&mut *ledger, "2028-01-01", NOON, |s| {
        s.records_accepted = 0;
        s.records_unchanged = 1;
    });
    let again = import(&mut *ledger, "2026-01-01", NOON, |_| ());
    let of = |besides| {
        ledger
            .imported_years(&["pay", "other"], besides)
            .expect("read")
    };
    let year = |start: &str, run: &RunRow| (day(start), run.reference.clone());
    let first = |run: &RunRow| year("2026-01-01", run);
    assert_eq!(of(0), [first(&again), year("2027-01-01", &next)]);
    assert_eq!(of(next.number), [first(&again)]);
    assert_eq!(of(again.number)[0], first(&this));
    assert_eq!(ledger.imported_years(&["other"], 0).expect("none"), []);
}

pub(in crate::ledger) fn a_day_is_the_site_s_day_also_where_clocks_change(backend: &dyn Backend) {
    let mut ledger = backend.open();
    // The first of November has 25 hours in New York; in UTC the third run begins on the second.
    for (year, times) in [
        (
            "2025-01-01",
            ["2026-10-31T23:59:58-04:00", "2026-10-31T23:59:59-04:00"],
        ),
        (
            "2026-01-01",
            ["2026-11-01T00:00:00-04:00", "2026-11-01T00:00:01-04:00"],
        ),
        (
            "2027-01-01",
            ["2026-11-01T23:59:59-05:00", "2026-11-02T00:00:00-05:00"],
        ),
    ] {
        import(&mut *ledger, year, times, |_| ());
    }
    let on = |text| -> Vec<String> {
        let years = ledger.years_on(&["pay"], day(text)).expect("read");
        years.iter().map(|(year, _)| year.to_string()).collect()
    };
    assert_eq!(on("2026-10-31"), ["2025-01-01"]);
    assert_eq!(on("2026-11-01"), ["2026-01-01", "2027-01-01"]);
    // What ended after midnight was imported on the new day.
    assert_eq!(on("2026-11-02"), ["2027-01-01"]);
    assert!(on("2026-11-03").is_empty());
}

pub(in crate::ledger) fn findings_come_back_in_order(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let run = ledger.begin(&new_run("hr")).expect("run");
    let summary = summary(&run, RunStatus::CompletedWithErrors, 1, 1);
    let finding = |record, field: &'static str, code, severity| Finding {
        record,
        line: record + 1,
        field: field.into(),
        code,
        severity,
    };
    let findings = [
        finding(2, "custom.badge", Code::TextTooLong, Severity::Error),
        finding(1, "", Code::Retro, Severity::Warning),
    ];
    let bytes = changes(&findings.clone().map(Change::Finding));
    commit(&mut *ledger, run.number, &committed(&summary), &bytes).expect("committed");
    assert_eq!(ledger.findings(run.number).expect("findings"), findings);
}

pub(in crate::ledger) fn open_until_a_later_run_closes_it(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let cipher = ValueCipher::new(&SiteKey::new([1; 16]));
    let mut person = Vec::new();
    shown::push_encrypted(&mut person, &cipher, 77, "", b"S1");
    let mut commit_all = |all: &[Change<'_>], status| {
        let run = ledger.begin(&new_run("hr")).expect("run");
        let summary = summary(&run, status, 1, 2);
        let bytes = changes(all);
        commit(&mut *ledger, run.number, &committed(&summary), &bytes).expect("committed");
        run.number
    };
    let kept = [(Part::Ssn, false, 1), (Part::Subscriber, true, u32::MAX)];
    let kept = kept.map(|(part, doubted, hash)| Trait {
        part,
        doubted,
        hash,
    });
    let mut traits = Vec::new();
    for one in kept {
        one.store(&mut traits);
    }
    let rejected = commit_all(
        &[
            Change::Rejection {
                record: 3,
                line: 5,
                key: Some(u64::MAX),
                traits: &traits,
                person: &person,
            },
            Change::Rejection {
                record: 4,
                line: 6,
                key: None,
                traits: &[],
                person: &[],
            },
        ],
        RunStatus::CompletedWithErrors,
    );
    let corrected = commit_all(&[Change::Closed(2)], RunStatus::Completed);
    let open = ledger.open_rejections("hr").expect("open");
    let expected = OpenRejection {
        row: 1,
        run: rejected,
        record: 3,
        line: 5,
        key: Some(u64::MAX),
        traits: kept.to_vec(),
    };
    assert_eq!(open, [expected]);
    let all = ledger.rejections(rejected).expect("all");
    assert_eq!(all[1].closed_by, Some(corrected));
    assert_eq!(all[0].closed_by, None);
    assert!(ledger.open_rejections("other").expect("none").is_empty());
    let people = ledger.open_people().expect("people");
    assert_eq!((people.len(), people[0].record), (1, 3));
    assert_eq!(people[0].id.value(&cipher).expect("ours"), "S1");
    assert_eq!(ledger.rejections_of(77).expect("people"), people);
    assert!(ledger.rejections_of(78).expect("none").is_empty());
    let open = RunFilter {
        open: true,
        ..RunFilter::default()
    };
    let open = ledger.runs(&open, 9).expect("runs");
    let counts: Vec<_> = open.iter().map(|r| (r.number, r.open_rejections)).collect();
    assert_eq!(counts, [(rejected, 1)]);
}

pub(in crate::ledger) fn a_person_dismisses_open_rejections_of_one_run(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let rejection = |record| Change::Rejection {
        record,
        line: record + 1,
        key: None,
        traits: &[],
        person: &[],
    };
    let [first, second] = [[3, 4], [3, 5]].map(|records| {
        let run = ledger.begin(&new_run("hr")).expect("run");
        let summary = summary(&run, RunStatus::CompletedWithErrors, 0, 2);
        let bytes = changes(&records.map(rejection));
        commit(&mut *ledger, run.number, &committed(&summary), &bytes).expect("committed");
        run
    });
    let event = Event {
        at: moment("2026-11-20T05:31:00-05:00"),
        user: "ada".into(),
        action: EventAction::DismissRecords(vec![3, 9]),
        subject: first.reference.to_string(),
        why: Some("a test employee".into()),
    };
    for closed in [1, 0] {
        let dismissed = ledger.dismiss(first.number, &[3, 9], &event);
        assert_eq!(dismissed.expect("written"), closed);
    }
    let of = |run: &RunRow| -> Vec<(u64, Option<u32>)> {
        let all = ledger.rejections(run.number).expect("read");
        all.iter()
            .map(|r| (r.rejection.record, r.closed_by))
            .collect()
    };
    assert_eq!(of(&first), [(3, Some(first.number)), (4, None)]);
    assert_eq!(of(&second), [(3, None), (5, None)]);
    let told = ledger.events(&EventFilter::default(), 9).expect("read");
    assert_eq!(told, [event.clone(), event]);
}
