//! The commit of a run: all or nothing.

use super::*;

pub(in crate::ledger) fn the_result_is_read_back_whole(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let run = ledger.begin(&new_run("hr")).expect("run");
    let mut summary = summary(&run, RunStatus::CompletedWithErrors, 6, 1);
    summary.amounts.employee.read = Cents(-250);
    summary.amounts.employee.rejected = Cents(-250);
    let publications = [Publication {
        what: Published::Receipt,
        from: "work/1/receipt".into(),
        to: "outbound/hr/receipts/a.receipt.json".into(),
        replace: true,
        done_marker: false,
    }];
    let disposal = Disposal::Archive("archive/hr/a.csv".into());
    let result = Committed {
        publications: &publications,
        disposal: Some(&disposal),
        hold: &[Code::GuardRows, Code::GuardAmount],
        ..committed(&summary)
    };
    ledger
        .commit(run.number, &result, None, "main")
        .expect("committed");
    let row = stored(&*ledger, &run);
    assert_eq!(row.summary.as_ref(), Some(&summary));
    assert_eq!(row.publications, publications);
    assert_eq!(row.disposal, Some(disposal.clone()));
    assert_eq!(row.hold, [Code::GuardRows, Code::GuardAmount]);
    assert_eq!(
        (row.state, row.status),
        (RunState::Delivering, RunStatus::CompletedWithErrors)
    );
    let again = ledger.commit(run.number, &result, None, "main");
    assert!(matches!(again, Err(LedgerError::WrongState { .. })));
}

pub(in crate::ledger) fn nothing_is_written_when_the_sums_do_not_close(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let run = ledger.begin(&new_run("hr")).expect("run");
    let mut broken = summary(&run, RunStatus::Completed, 2, 0);
    broken.records_accepted = 1;
    let bytes = changes(&[Change::Employee {
        id: 0,
        state: &employee(5, "S5"),
    }]);
    let refused = commit(&mut *ledger, run.number, &committed(&broken), &bytes);
    assert!(matches!(refused, Err(LedgerError::SumLaw)), "{refused:?}");
    assert!(ledger.load_roster("main").expect("roster").is_empty());
    assert_eq!(stored(&*ledger, &run).state, RunState::Claimed);
}

pub(in crate::ledger) fn a_second_commit_of_a_released_run_replaces_the_first(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let run = ledger.begin(&new_run("hr")).expect("run");
    let [finding, rejection] = rejected_record();
    let bytes = changes(&[finding, rejection]);
    for status in [RunStatus::Held, RunStatus::CompletedWithErrors] {
        let summary = summary(&run, status, 3, 1);
        commit(&mut *ledger, run.number, &committed(&summary), &bytes).expect("committed");
        ledger.close(run.number).expect("closed");
        assert_eq!(ledger.findings(run.number).expect("findings").len(), 1);
        assert_eq!(ledger.rejections(run.number).expect("rejections").len(), 1);
    }
}

pub(in crate::ledger) fn another_runs_summary_is_refused(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let first = ledger.begin(&new_run("hr")).expect("run");
    let second = ledger.begin(&new_run("hr")).expect("run");
    let summary = summary(&first, RunStatus::Completed, 1, 0);
    assert!(
        ledger
            .commit(second.number, &committed(&summary), None, "main")
            .is_err()
    );
}

/// A whole run with these changes.
pub(super) fn commit_new(ledger: &mut dyn Ledger, changes: &[u8]) -> Result<(), LedgerError> {
    let run = ledger.begin(&new_run("hr")).expect("run");
    let summary = summary(&run, RunStatus::Completed, 1, 0);
    commit(ledger, run.number, &committed(&summary), changes)
}

/// What a run notes of a record with a wrong SSN.
fn rejected_record() -> [Change<'static>; 2] {
    let finding = Finding {
        record: 1,
        line: 2,
        field: "ssn".into(),
        code: Code::SsnArea,
        severity: Severity::Error,
    };
    let rejection = Change::Rejection {
        record: 1,
        line: 2,
        key: None,
        traits: &[],
        person: &[],
    };
    [Change::Finding(finding), rejection]
}

/// A change to each table, of a run that knew of nothing.
fn every_change() -> Vec<u8> {
    let [finding, rejection] = rejected_record();
    let [state, deduction] = [employee(5, "S5"), rosters::deduction(7, "S5")];
    changes(&[
        finding,
        rejection,
        Change::Employee {
            id: 0,
            state: &state,
        },
        Change::Deduction {
            id: 0,
            state: &deduction,
        },
    ])
}

pub(in crate::ledger) fn everything_of_a_commit_is_there_or_nothing(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let run = ledger.begin(&new_run("hr")).expect("run");
    let summary = summary(&run, RunStatus::CompletedWithErrors, 1, 1);
    let event = Event {
        at: moment("2026-11-20T05:30:12-05:00"),
        user: "ada".into(),
        action: EventAction::Refuse,
        subject: run.reference.to_string(),
        why: None,
    };
    let result = Committed {
        outbox: &[transfers::receipt("one")],
        event: Some(&event),
        ..committed(&summary)
    };
    let rows = |ledger: &dyn Ledger| {
        let events = ledger.events(&EventFilter::default(), 9).expect("events");
        [
            ledger.findings(run.number).expect("findings").len(),
            ledger.rejections(run.number).expect("rejections").len(),
            ledger.open_rejections("hr").expect("open").len(),
            ledger.load_roster("main").expect("read").employees().len(),
            ledger
                .deductions_of(&|fields| fields.starts_with(b"S5\x1f"))
                .expect("deductions")
                .len(),
            ledger.outbox_of(run.number).expect("outbox").len(),
            events.len(),
        ]
    };
    let whole = every_change();
    // The stream ends too early, after parts of it were applied.
    let refused = commit(&mut *ledger, run.number, &result, &whole[..whole.len() - 1]);
    assert!(matches!(refused, Err(LedgerError::Changes(_))));
    assert_eq!(rows(&*ledger), [0; 7]);
    assert_eq!(stored(&*ledger, &run), run);
    commit(&mut *ledger, run.number, &result, &whole).expect("committed");
    assert_eq!(rows(&*ledger), [1; 7]);
    // The same once more changes nothing.
    let again = commit(&mut *ledger, run.number, &result, &whole);
    assert!(matches!(again, Err(LedgerError::WrongState { .. })));
    assert_eq!(rows(&*backend.open()), [1; 7]);
}

pub(in crate::ledger) fn what_an_earlier_commit_closed_is_open_again_unless_it_closes_it_again(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let rejection = |record| Change::Rejection {
        record,
        line: record + 1,
        key: None,
        traits: &[],
        person: &[],
    };
    commit_new(&mut *ledger, &changes(&[rejection(1), rejection(2)])).expect("committed");
    let run = ledger.begin(&new_run("hr")).expect("run");
    let open = ledger.open_rejections("hr").expect("open");
    for (status, row) in [
        (RunStatus::Held, open[0].row),
        (RunStatus::Completed, open[1].row),
    ] {
        let summary = summary(&run, status, 1, 0);
        let bytes = changes(&[Change::Closed(row)]);
        commit(&mut *ledger, run.number, &committed(&summary), &bytes).expect("committed");
        ledger.close(run.number).expect("closed");
        let left = ledger.open_rejections("hr").expect("open");
        assert!(left.len() == 1 && left[0].row != row);
    }
}

pub(in crate::ledger) fn changes_to_what_is_no_more_roll_everything_back(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let version = |ledger: &dyn Ledger| ledger.load_roster("main").expect("read").version();
    let change = |base, all: &[(u32, &[u8])]| {
        let all = all
            .iter()
            .map(|(id, state)| Change::Employee { id: *id, state });
        changes_to(base, &all.collect::<Vec<_>>())
    };
    let (state, newer) = (employee(5, "S5"), employee(5, "S5b"));
    let before = version(&*ledger);
    let new = change(before, &[(0, &state)]);
    commit_new(&mut *ledger, &new).expect("new");
    let shown = |ledger: &dyn Ledger| ledger.employees_fields("main", &[1]).expect("row");
    // The same once more, a change to what another run read, and a number that was never given out.
    let base = version(&*ledger);
    let overtaken = [new, change(before, &[(1, &newer)])];
    for bytes in overtaken {
        let refused = commit_new(&mut *ledger, &bytes).expect_err("refused");
        assert!(matches!(
            refused,
            LedgerError::Overtaken { table: "roster" }
        ));
    }
    let unknown = change(base, &[(1, &newer), (0, &state), (2, &state)]);
    let refused = commit_new(&mut *ledger, &unknown).expect_err("refused");
    assert!(matches!(refused, LedgerError::Changes(_)));
    assert_eq!(version(&*ledger), base);
    assert_eq!(shown(&*ledger), [["S5"]]);
    commit_new(&mut *ledger, &change(base, &[(1, &newer)])).expect("changed");
    assert_eq!(shown(&*ledger), [["S5b"]]);
}

pub(in crate::ledger) fn a_damaged_or_cut_stream_writes_nothing(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let state = employee(5, "S5");
    let new = Change::Employee {
        id: 0,
        state: &state,
    };
    let whole = changes(std::slice::from_ref(&new));
    let twice = [&whole[..], &whole[..whole.len() - 1]].concat();
    let mut longer = whole.clone();
    longer[5 + 16] += 1;
    for bytes in [&twice[..], &whole[..20], &longer] {
        let refused = commit_new(&mut *ledger, bytes).expect_err("refused");
        assert!(matches!(refused, LedgerError::Changes(_)), "{refused}");
    }
    let roster = ledger.load_roster("main").expect("read");
    assert!(roster.employees().is_empty());
}
