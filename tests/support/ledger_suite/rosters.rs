//! Employees and deductions after their last accepted records.

use super::*;

/// Commits states under their numbers, as a run that knew `base`.
pub(in crate::ledger) fn commit_states(
    ledger: &mut dyn Ledger,
    name: &str,
    base: Version,
    states: &[(u32, Vec<u8>)],
) -> Result<(), LedgerError> {
    let run = ledger.begin(&new_run("hr")).expect("run");
    let summary = summary(&run, RunStatus::Completed, 1, 0);
    let all: Vec<_> = states
        .iter()
        .map(|(id, state)| Change::Employee { id: *id, state })
        .collect();
    let bytes = changes_to(base, &all);
    let mut changes = ChangeReader::new(&bytes[..]);
    ledger.commit(run.number, &committed(&summary), Some(&mut changes), name)
}

pub(in crate::ledger) fn rosters_are_kept_apart_and_found_by_hash(backend: &dyn Backend) {
    let mut ledger = backend.open();
    for (subject, name) in [(5, "main"), (6, "other"), (8, "main")] {
        let base = ledger.load_roster(name).expect("roster").version();
        let state = employee(subject, &format!("S{subject}"));
        commit_states(&mut *ledger, name, base, &[(0, state)]).expect("committed");
    }
    let main = ledger.load_roster("main").expect("roster");
    let ids: Vec<u32> = main.employees().iter().map(|e| e.id).collect();
    assert_eq!(ids, [1, 2]);
    assert_eq!(main.ssn_owner(7, 0), Some(5));
    assert!(ledger.load_roster("none").expect("roster").is_empty());
    let (found, fields) = ledger
        .find_employee("main", 8)
        .expect("read")
        .expect("there");
    assert_eq!(found.id, 2);
    assert_eq!(fields, ["S8"]);
    assert_eq!(ledger.find_employee("main", 6).expect("read"), None);
    let fields = |name: &str, ids: &[u32]| ledger.employees_fields(name, ids);
    assert_eq!(fields("other", &[1]).expect("read"), [["S6"]]);
    assert_eq!(
        fields("main", &[2, 1, 2]).expect("read"),
        [["S8"], ["S5"], ["S8"]]
    );
    assert!(fields("main", &[1, 3]).is_err());
    assert!(fields("none", &[1]).is_err());
    assert!(fields("none", &[]).expect("nothing").is_empty());
    let entries = ledger.employees_of("main", &[2]).expect("read");
    assert_eq!(entries[0].0, found);
    assert_eq!(all_of(&*ledger, "main"), [(1, 5), (2, 8)]);
    assert_eq!(all_of(&*ledger, "none"), []);
    let words = SearchWords::of("s8").expect("words");
    let hits = ledger.search_employees("main", &words).expect("read");
    assert_eq!((hits.count(), hits.has(2)), (1, true));
    let mut one = Vec::new();
    let visited = ledger.each_employee("main", Some(&hits), &mut |e| one.push(*e));
    visited.expect("read");
    assert_eq!(one, [found]);
}

/// Numbers and subscribers of a roster, in order.
fn all_of(ledger: &dyn Ledger, roster: &str) -> Vec<(u32, u64)> {
    let mut all = Vec::new();
    let visited = ledger.each_employee(roster, None, &mut |e| all.push((e.id, e.subscriber_hash)));
    visited.expect("read");
    all.sort_unstable();
    all
}

pub(in crate::ledger) fn a_roster_of_another_ledger_is_loaded_anew(backend: &dyn Backend) {
    let (other, empty) = (backend.another(), backend.another());
    let (mut one, mut two, none) = (backend.open(), other.open(), empty.open());
    for (ledger, subject) in [(&mut *one, 5), (&mut *two, 6)] {
        let new = [
            (0, employee(subject, "S")),
            (0, employee(subject + 10, "S")),
        ];
        commit_states(ledger, "main", Version::default(), &new).expect("committed");
    }
    let mut roster = one.load_roster("main").expect("roster");
    two.refresh_roster("main", &mut roster).expect("read");
    assert!(roster.find(5).is_none() && roster.find(16).is_some());
    let known = roster.version();
    commit_states(&mut *two, "main", known, &[(1, employee(6, "T"))]).expect("committed");
    two.refresh_roster("main", &mut roster).expect("read");
    assert_eq!(roster.employees().len(), 2);
    assert_ne!(roster.version(), known);
    none.refresh_roster("main", &mut roster).expect("read");
    assert!(roster.employees().is_empty());
}

/// The stored form of a deduction of this subscriber.
pub(super) fn deduction(series: u64, subscriber: &str) -> Vec<u8> {
    let mut state = Vec::new();
    DeductionState {
        series,
        content: 1,
        run: 1,
        ends: DeductionState::OPEN,
        filled: 5,
        ..DeductionState::default()
    }
    .store(&mut state);
    shown::push(&mut state, subscriber.as_bytes());
    shown::push(&mut state, b"MED01");
    state
}

pub(in crate::ledger) fn kept_by_integration_and_found_by_subscriber(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let mut commit = |integration: &str, id: u32, state: &[u8]| {
        let run = ledger.begin(&new_run(integration)).expect("run");
        let summary = summary(&run, RunStatus::Completed, 1, 0);
        let base = ledger.load_deductions(integration).expect("read").version();
        let bytes = changes_to(base, &[Change::Deduction { id, state }]);
        super::commit(&mut *ledger, run.number, &committed(&summary), &bytes)
    };
    commit("med", 0, &deduction(u64::MAX, "S1")).expect("new");
    commit("den", 0, &deduction(7, "S1")).expect("new");
    commit("med", 0, &deduction(8, "S11")).expect("new");
    commit("med", 1, &deduction(u64::MAX, "S1")).expect("changed");
    let refused = commit("den", 2, &deduction(u64::MAX, "S1"));
    assert!(matches!(refused, Err(LedgerError::Changes(_))));

    let med = ledger.load_deductions("med").expect("deductions");
    assert_eq!(med.find(key(u64::MAX, 0)).map(|d| d.id), Some(1));
    assert!(med.find(key(7, 0)).is_none());
    let mut kept = Deductions::new(0);
    for name in ["den", "med", "none"] {
        ledger.refresh_deductions(name, &mut kept).expect("read");
        let med = name == "med";
        assert_eq!(
            (
                kept.find(key(8, 0)).is_some(),
                kept.find(key(7, 0)).is_some()
            ),
            (med, name == "den")
        );
    }
    let found = ledger.deductions_of(&|fields| fields.starts_with(b"S1\x1f"));
    let found = found.expect("found");
    let shown: Vec<_> = found
        .iter()
        .map(|d| {
            let fields: Vec<&str> = d.fields.iter().map(KeptField::shown).collect();
            (d.integration.as_str(), fields.join(","))
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("med", "S1,MED01".to_owned()),
            ("den", "S1,MED01".to_owned())
        ]
    );
}

pub(in crate::ledger) fn a_name_keeps_its_number(backend: &dyn Backend) {
    let ledger = backend.open();
    use NameKind::{Integration, Roster};
    let numbers = [
        (Integration, "hr"),
        (Roster, "hr"),
        (Integration, "plant"),
        (Integration, "hr"),
    ]
    .map(|(kind, name)| ledger.name_number(kind, name).expect(name));
    assert_eq!(numbers, [1, 2, 3, 1]);
}

pub(in crate::ledger) fn entries_of_one_person_are_linked(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let high = 1 << 63 | 7;
    for (former, later) in [(5, 6), (6, high), (5, 6)] {
        let run = ledger.begin(&new_run("hr")).expect("run");
        let summary = summary(&run, RunStatus::Completed, 1, 0);
        let bytes = changes_to(Version::default(), &[Change::Rehire { former, later }]);
        let mut changes = ChangeReader::new(&bytes[..]);
        let committed = committed(&summary);
        let done = ledger.commit(run.number, &committed, Some(&mut changes), "main");
        done.expect("committed");
    }
    let of = |subject| ledger.rehires("main", subject).expect("read");
    assert_eq!(of(6), [vec![5], vec![high]]);
    assert_eq!(of(5), [vec![], vec![6]]);
    let other = ledger.rehires("other", 6).expect("read");
    assert!(other.iter().all(Vec::is_empty), "{other:?}");
}

pub(in crate::ledger) fn a_removed_entry_is_known_to_no_reader_and_is_restored_until_a_run_changes_the_roster(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let states = [(0, employee(5, "S5")), (0, employee(25, "S25"))];
    commit_states(&mut *ledger, "main", Version::default(), &states).expect("committed");
    let mut kept = ledger.load_roster("main").expect("roster");
    let event = |action| Event {
        at: moment("2026-11-20T05:30:00-05:00"),
        user: "ada".into(),
        action,
        subject: "~aaaaaaaa".into(),
        why: None,
    };
    let removal = RosterEdit {
        roster: "main",
        subject: 5,
        into: None,
    };
    let removed = event(EventAction::EmployeeRemoved);
    let mut remove = |edit: &RosterEdit<'_>| ledger.remove_employee(edit, &removed);
    for (subject, into) in [(6, None), (5, Some(6))] {
        let nowhere = RosterEdit {
            subject,
            into,
            ..removal
        };
        assert!(!remove(&nowhere).expect("nothing"));
    }
    assert!(remove(&removal).expect("removed"));
    assert!(!remove(&removal).expect("nothing"));
    // Those who held the roster before, and those who load it now.
    ledger.refresh_roster("main", &mut kept).expect("refreshed");
    for roster in [&kept, &ledger.load_roster("main").expect("roster")] {
        assert_eq!(roster.find(5).map(|(_, e)| e.id), None);
        assert_eq!(
            (roster.ssn_owner(7, 0), roster.username_owner(8, 0)),
            (None, None)
        );
        assert_eq!((roster.active(), roster.ssn_owner(27, 0)), (1, Some(25)));
    }
    assert_eq!(ledger.find_employee("main", 5).expect("read"), None);
    assert_eq!(ledger.removed_employees("main").expect("read"), [5]);

    let restored = event(EventAction::EmployeeRestored);
    let mut restore = || ledger.restore_employee("main", 5, &restored).expect("told");
    assert_eq!(
        [restore(), restore()],
        [Restoration::Done, Restoration::Unknown]
    );
    let found = ledger.find_employee("main", 5).expect("read");
    let (found, fields) = found.expect("there again");
    assert_eq!((found.id, found.ssn), (1, 7));
    assert_eq!(fields, ["S5"]);
    let events = ledger.events(&EventFilter::default(), 9).expect("read");
    assert_eq!(events.len(), 2, "{events:?}");

    // A run that changes the roster may count on what it found.
    assert!(ledger.remove_employee(&removal, &removed).expect("removed"));
    let base = ledger.load_roster("main").expect("roster").version();
    commit_states(&mut *ledger, "main", base, &[(0, employee(5, "S5"))]).expect("committed");
    assert!(ledger.removed_employees("main").expect("read").is_empty());
    let late = ledger.restore_employee("main", 5, &restored);
    assert_eq!(late.expect("told"), Restoration::Unknown);
    let (found, _) = ledger
        .find_employee("main", 5)
        .expect("read")
        .expect("there");
    assert_eq!(found.id, 3);
    assert_eq!(ledger.load_roster("main").expect("roster").active(), 2);
}

pub(in crate::ledger) fn an_account_is_one_persons_until_it_passes_on_or_the_link_is_ended(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let account = |key: u64, email: u64, active: bool, id: &str| {
        let mut stored = Vec::new();
        let state = AccountState { key, email, active };
        state.store(&mut stored);
        shown::push(&mut stored, id.as_bytes());
        stored
    };
    let commit = |ledger: &mut dyn Ledger, all: &[Change<'_>], roster: &str| {
        let run = ledger.begin(&new_run("accounts")).expect("run");
        let summary = summary(&run, RunStatus::Completed, 1, 0);
        let bytes = changes(all);
        let mut changes = ChangeReader::new(&bytes[..]);
        let done = ledger.commit(run.number, &committed(&summary), Some(&mut changes), roster);
        done.expect("committed");
    };
    let link = |subscriber: u64, account: u64| Change::Link {
        subscriber,
        account,
    };
    let (one, two) = (account(1 << 63, 7, true, "A1"), account(2, 8, true, "A2"));
    let all = [
        Change::Account { state: &one },
        Change::Account { state: &two },
        link(1 << 63, 1 << 63),
        link(6, 2),
    ];
    commit(&mut *ledger, &all, "main");
    // A new state keeps the ID, and an account passes on to whom it is linked with last.
    let gone = account(2, 9, false, "");
    commit(
        &mut *ledger,
        &[Change::Account { state: &gone }, link(5, 2)],
        "main",
    );
    let other = [Change::Account { state: &one }, link(6, 1 << 63)];
    commit(&mut *ledger, &other, "other");
    let reader = backend.open_for_reading();
    let known = |ledger: &dyn Ledger, roster: &str| {
        let (mut accounts, mut links) = (Vec::new(), Vec::new());
        let mut take = |state: AccountState, id: KeptField| {
            accounts.push((state.key, state.email, state.active, id.shown().to_owned()));
            Ok(())
        };
        ledger.each_account(roster, &mut take).expect("read");
        let mut take = |subscriber, account| links.push((subscriber, account));
        ledger.each_link(roster, &mut take).expect("read");
        accounts.sort_unstable();
        links.sort_unstable();
        (accounts, links)
    };
    let accounts = vec![
        (2, 9, false, "A2".to_owned()),
        (1 << 63, 7, true, "A1".to_owned()),
    ];
    let links = vec![(5, 2), (1 << 63, 1 << 63)];
    assert_eq!(known(&*reader, "main"), (accounts, links));
    assert_eq!(known(&*reader, "other").1, [(6, 1 << 63)]);
    assert_eq!(known(&*reader, "none"), (Vec::new(), Vec::new()));
    let id = |ledger: &dyn Ledger, subscriber| ledger.account_of("main", subscriber).expect("read");
    assert_eq!(id(&*reader, 5).expect("linked"), "A2");
    assert_eq!(id(&*reader, 6), None);

    let event = Event {
        at: moment("2026-11-20T05:30:00-05:00"),
        user: "ada".into(),
        action: EventAction::EmployeeUnlinked,
        subject: "~aaaaaaaa".into(),
        why: None,
    };
    let mut end = |roster: &str, subscriber| ledger.end_link(roster, subscriber, &event);
    assert!(!end("main", 6).expect("nothing"));
    assert!(end("main", 5).expect("ended"));
    assert!(!end("main", 5).expect("nothing"));
    assert_eq!(id(&*ledger, 5), None);
    let events = ledger.events(&EventFilter::default(), 9).expect("read");
    assert_eq!(events.len(), 1, "{events:?}");
}
