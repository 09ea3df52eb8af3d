//! What other processes see of a ledger, and what two of them do at once.

use super::*;

pub(in crate::ledger) fn what_one_writes_the_others_see_and_a_later_one_too(backend: &dyn Backend) {
    let mut first = backend.open();
    let second = backend.open();
    let run = first.begin(&new_run("hr")).expect("run");
    assert_eq!(stored(&*second, &run), run);
    let at = moment("2026-11-20T05:30:12-05:00");
    let mut state = first.load_roster("main").expect("roster");
    let bytes = changes(&[Change::Employee {
        id: 0,
        state: &employee(5, "S5"),
    }]);
    let summary = summary(&run, RunStatus::Completed, 1, 0);
    commit(&mut *first, run.number, &committed(&summary), &bytes).expect("committed");
    first.close(run.number).expect("closed");
    first.set_mark("retention", at.to_utc()).expect("kept");
    let number = first.ask("ada", "{}", at).expect("asked");
    second.refresh_roster("main", &mut state).expect("read");
    assert!(state.find(5).is_some());
    drop((first, second));
    for later in [backend.open_for_reading(), backend.open()] {
        assert_eq!(stored(&*later, &run).state, RunState::Closed);
        assert_eq!(later.employees_fields("main", &[1]).expect("row"), [["S5"]]);
        assert_eq!(later.mark("retention").expect("read"), Some(at.to_utc()));
        assert_eq!(later.asked().expect("read")[0].number, number);
    }
}

pub(in crate::ledger) fn one_that_only_reads_changes_nothing(backend: &dyn Backend) {
    let mut none = backend.open_for_reading();
    assert!(none.load_roster("main").expect("roster").is_empty());
    assert!(none.begin(&new_run("hr")).is_err());
    let reference = backend.open().begin(&new_run("hr")).expect("run").reference;
    let mut reader = backend.open_for_reading();
    assert!(reader.run(&reference).expect("read").is_some());
    assert!(reader.begin(&new_run("hr")).is_err());
    let number = reader.name_number(NameKind::Integration, "new");
    assert_eq!(number.expect("none is given out"), 0);
    let event = Event {
        at: moment("2026-11-20T05:30:12-05:00"),
        user: "ada".into(),
        action: EventAction::Trust,
        subject: "carrier".into(),
        why: None,
    };
    assert!(reader.record_event(&event).is_err());
    let events = backend.open().events(&EventFilter::default(), 9);
    assert!(events.expect("read").is_empty());
}

/// The bytes of a change file, and what is done when a commit has read half of them.
struct Midway<F: FnMut()> {
    bytes: io::Cursor<Vec<u8>>,
    then: F,
}

impl<F: FnMut()> Read for Midway<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let half = self.bytes.get_ref().len() / 2;
        if self.bytes.position() >= half as u64 {
            (self.then)();
        }
        let most = buffer.len().min(half.max(1));
        self.bytes.read(&mut buffer[..most])
    }
}

/// Commits a run with one employee and does something in the middle of it.
fn commit_and_midway(ledger: &mut dyn Ledger, run: &RunRow, then: impl FnMut()) {
    let state = employee(5, "S5");
    let change = Change::Employee {
        id: 0,
        state: &state,
    };
    let midway = Midway {
        bytes: io::Cursor::new(changes(&[change])),
        then,
    };
    let summary = summary(run, RunStatus::Completed, 1, 0);
    let mut changes = ChangeReader::new(midway);
    ledger
        .commit(run.number, &committed(&summary), Some(&mut changes), "main")
        .expect("committed");
}

pub(in crate::ledger) fn a_reader_sees_no_part_of_a_commit_under_way(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let reader = backend.open_for_reading();
    let run = ledger.begin(&new_run("hr")).expect("run");
    let mut looked = 0;
    commit_and_midway(&mut *ledger, &run, || {
        assert_eq!(stored(&*reader, &run), run);
        assert!(reader.load_roster("main").expect("read").is_empty());
        looked += 1;
    });
    assert!(looked > 0);
    assert_eq!(stored(&*reader, &run).state, RunState::Delivering);
    assert!(reader.load_roster("main").expect("read").find(5).is_some());
}

pub(in crate::ledger) fn a_second_writer_waits_for_its_patience_and_is_told_that_the_ledger_is_busy(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let mut second = backend.open();
    second.set_patience(Duration::ZERO).expect("set");
    let run = ledger.begin(&new_run("hr")).expect("run");
    let mut refused = 0;
    commit_and_midway(&mut *ledger, &run, || {
        let busy = second.begin(&new_run("hr")).expect_err("busy");
        assert!(matches!(busy, LedgerError::Busy), "{busy}");
        assert!(busy.is_transient());
        refused += 1;
    });
    assert!(refused > 0);
    let next = second.begin(&new_run("hr")).expect("free again");
    assert_eq!(next.number, run.number + 1);
}

pub(in crate::ledger) fn of_two_runs_on_the_same_roster_the_second_is_overtaken(
    backend: &dyn Backend,
) {
    let (mut first, mut second) = (backend.open(), backend.open());
    let bytes = |subject| {
        let state = employee(subject, "S");
        changes(&[Change::Employee {
            id: 0,
            state: &state,
        }])
    };
    // Both have read the roster before either has written.
    super::commit::commit_new(&mut *first, &bytes(5)).expect("the first");
    let refused = super::commit::commit_new(&mut *second, &bytes(6)).expect_err("overtaken");
    let roster = LedgerError::Overtaken { table: "roster" };
    assert_eq!(refused.to_string(), roster.to_string());
    let employees = second.load_roster("main").expect("read");
    assert!(employees.find(5).is_some() && employees.find(6).is_none());
}

pub(in crate::ledger) fn a_run_is_committed_by_one_of_two_only(backend: &dyn Backend) {
    let (mut first, mut second) = (backend.open(), backend.open());
    let run = first.begin(&new_run("hr")).expect("run");
    let [completed, failed] =
        [RunStatus::Completed, RunStatus::Failed].map(|status| summary(&run, status, 1, 0));
    let commit = |ledger: &mut dyn Ledger, summary: &RunSummary| {
        ledger.commit(run.number, &committed(summary), None, "main")
    };
    commit(&mut *first, &completed).expect("committed");
    let refused = commit(&mut *second, &failed).expect_err("too late");
    assert!(
        matches!(refused, LedgerError::WrongState { .. }),
        "{refused}"
    );
    assert_eq!(stored(&*second, &run).status, RunStatus::Completed);
    let gone = second.abandon(run.number, "lost", moment("2026-11-20T06:00:00-05:00"));
    assert!(matches!(gone, Err(LedgerError::WrongState { .. })));
}
