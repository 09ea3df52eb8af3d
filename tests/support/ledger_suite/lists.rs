//! Lists of runs, what they are found by, and what runs did together.

use super::*;
use crate::ledger::runs::tallies::Tallied;
use std::collections::BTreeMap;

fn of_source(name: &str) -> NewRun<'_> {
    NewRun {
        source_name: Some(name),
        ..new_run("hr")
    }
}

fn numbers(ledger: &dyn Ledger, filter: &RunFilter) -> Vec<u32> {
    let runs = ledger.runs(filter, 99).expect("read");
    runs.iter().map(|run| run.number).collect()
}

fn open() -> RunFilter {
    RunFilter {
        open: true,
        ..RunFilter::default()
    }
}

pub(in crate::ledger) fn a_failure_is_open_until_a_file_of_its_source_is_taken(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let ledger = &mut *ledger;
    let failed = whole_run(ledger, &of_source("hr_20261120.csv"), RunStatus::Failed);
    let other = whole_run(ledger, &of_source("leavers.csv"), RunStatus::Failed);
    let test = NewRun {
        test: true,
        ..of_source("TEST_1.csv")
    };
    let test = ledger.begin(&test).expect("run");
    let mut ended = summary(&test, RunStatus::Failed, 0, 0);
    ended.test = true;
    ledger
        .commit(test.number, &committed(&ended), None, "main")
        .expect("committed");
    let vanished = ledger.begin(&new_run("hr")).expect("run");
    let end = moment("2026-11-20T05:30:14-05:00");
    ledger
        .abandon(vanished.number, "its file vanished", end)
        .expect("abandoned");
    assert_eq!(
        numbers(ledger, &open()),
        [vanished.number, other.number, failed.number]
    );
    whole_run(ledger, &of_source("hr_20261121.csv"), RunStatus::Failed);
    assert_eq!(numbers(ledger, &open()).len(), 4);
    let taken = whole_run(ledger, &of_source("hr_20261122.csv"), RunStatus::Completed);
    assert_eq!(numbers(ledger, &open()), [other.number]);
    assert!(stored(ledger, &other).unresolved && !stored(ledger, &taken).unresolved);
    let totals = ledger.open_totals("hr").expect("read");
    assert_eq!((totals.held, totals.failed, totals.rejected), (0, 1, 0));
    assert_eq!(ledger.open_totals("med").expect("read").failed, 0);
}

pub(in crate::ledger) fn what_a_person_refuses_needs_nobody(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let held = whole_run(&mut *ledger, &new_run("hr"), RunStatus::Held);
    assert_eq!(numbers(&*ledger, &open()), [held.number]);
    let event = Event {
        at: moment("2026-11-20T06:00:00-05:00"),
        user: "ada".into(),
        action: EventAction::Refuse,
        subject: held.reference.to_string(),
        why: Some("the wrong file".into()),
    };
    let mut refused = summary(&held, RunStatus::Failed, 1, 1);
    refused.reason = Some("refused by ada".into());
    let committed = Committed {
        event: Some(&event),
        ..committed(&refused)
    };
    ledger
        .commit(held.number, &committed, None, "main")
        .expect("refused");
    ledger.close(held.number).expect("closed");
    assert!(numbers(&*ledger, &open()).is_empty());
}

/// The open rejections of runs, counted one by one, and as their rows have them.
fn counts(ledger: &dyn Ledger) -> (BTreeMap<u32, u64>, BTreeMap<u32, u64>) {
    let mut counted: BTreeMap<u32, u64> = BTreeMap::new();
    for person in ledger.open_people().expect("read") {
        *counted.entry(person.run).or_default() += 1;
    }
    let rows = ledger.runs(&RunFilter::default(), 99).expect("read");
    let rows = rows.into_iter().filter(|row| row.open_rejections > 0);
    (
        counted,
        rows.map(|row| (row.number, row.open_rejections)).collect(),
    )
}

pub(in crate::ledger) fn open_rejections_are_counted_as_they_open_and_close(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let ledger = &mut *ledger;
    let rejection = |record| Change::Rejection {
        record,
        line: record + 1,
        key: None,
        traits: &[],
        person: &[],
    };
    let run_with = |ledger: &mut dyn Ledger, all: &[Change<'_>], status| {
        let run = ledger.begin(&new_run("hr")).expect("run");
        let summary = summary(&run, status, 0, 2);
        commit(ledger, run.number, &committed(&summary), &changes(all)).expect("committed");
        run
    };
    let with_errors = RunStatus::CompletedWithErrors;
    let first = run_with(ledger, &[rejection(3), rejection(4)], with_errors);
    run_with(ledger, &[rejection(5)], with_errors);
    let (counted, kept) = counts(ledger);
    assert_eq!((counted.len(), &counted), (2, &kept));
    // Closed by a run that is held, and open again as its release closes other ones.
    let rows = ledger.open_rejections("hr").expect("read");
    let held = run_with(
        ledger,
        &[Change::Closed(rows[0].row), rejection(1)],
        RunStatus::Held,
    );
    ledger.close(held.number).expect("held");
    let (counted, kept) = counts(ledger);
    assert_eq!((counted[&first.number], &counted), (1, &kept));
    let event = Event {
        at: moment("2026-11-20T06:00:00-05:00"),
        user: "ada".into(),
        action: EventAction::Release,
        subject: held.reference.to_string(),
        why: Some("right".into()),
    };
    ledger.reopen(held.number, &event).expect("released");
    let again = summary(&held, with_errors, 0, 2);
    let all = changes(&[
        Change::Closed(rows[1].row),
        Change::Closed(rows[2].row),
        rejection(1),
    ]);
    commit(ledger, held.number, &committed(&again), &all).expect("committed");
    let (counted, kept) = counts(ledger);
    assert_eq!(
        (counted.len(), counted[&first.number], &counted),
        (2, 1, &kept)
    );
    ledger
        .dismiss(first.number, &[3, 4], &event)
        .expect("dismissed");
    let (counted, kept) = counts(ledger);
    assert_eq!(
        (counted.keys().copied().collect::<Vec<_>>(), &counted),
        (vec![held.number], &kept)
    );
}

pub(in crate::ledger) fn runs_are_found_by_a_code_with_other_filters(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let ledger = &mut *ledger;
    let run_with = |ledger: &mut dyn Ledger, name, status, codes: &[(&str, u64)]| {
        let run = ledger.begin(&new_run(name)).expect("run");
        let mut ended = summary(&run, status, 1, 1);
        let found = codes
            .iter()
            .map(|(code, found)| ((*code).to_owned(), *found));
        ended.findings = found.collect();
        ledger
            .commit(run.number, &committed(&ended), None, "main")
            .expect("committed");
        ledger.close(run.number).expect("closed");
        run
    };
    let with_errors = RunStatus::CompletedWithErrors;
    let first = run_with(
        ledger,
        "hr",
        with_errors,
        &[("SSN_AREA", 2), ("SSN_SHARED", 1)],
    );
    let second = run_with(ledger, "med", RunStatus::Held, &[("SSN_AREA", 1)]);
    run_with(ledger, "hr", RunStatus::Completed, &[]);
    let area = RunFilter {
        code: Some(Code::SsnArea),
        ..RunFilter::default()
    };
    assert_eq!(numbers(ledger, &area), [second.number, first.number]);
    let also = |filter| numbers(ledger, &filter);
    assert_eq!(
        also(RunFilter {
            open: true,
            ..area.clone()
        }),
        [second.number]
    );
    assert_eq!(
        also(RunFilter {
            status: Some(with_errors),
            ..area.clone()
        }),
        [first.number]
    );
    assert_eq!(
        also(RunFilter {
            status: Some(RunStatus::Held),
            ..area.clone()
        }),
        [second.number]
    );
    assert_eq!(
        also(RunFilter {
            integration: Some("hr".into()),
            ..area.clone()
        }),
        [first.number]
    );
    assert_eq!(
        also(RunFilter {
            after: Some(second.place()),
            ..area.clone()
        }),
        [first.number]
    );
    let shared = Some(Code::SsnShared);
    assert_eq!(
        also(RunFilter {
            code: shared,
            ..RunFilter::default()
        }),
        [first.number]
    );
    // Released without the finding.
    let event = Event {
        at: moment("2026-11-20T06:00:00-05:00"),
        user: "ada".into(),
        action: EventAction::Release,
        subject: second.reference.to_string(),
        why: None,
    };
    let reopened = ledger.reopen(second.number, &event).expect("released");
    let ended = summary(&reopened, RunStatus::Completed, 2, 0);
    ledger
        .commit(second.number, &committed(&ended), None, "main")
        .expect("committed");
    assert_eq!(numbers(ledger, &area), [first.number]);
}

pub(in crate::ledger) fn a_later_page_goes_on_where_the_one_before_ended(backend: &dyn Backend) {
    let mut ledger = backend.open();
    for n in 0..7 {
        let name = if n % 2 == 0 { "hr" } else { "med" };
        ledger.begin(&new_run(name)).expect("run");
    }
    let mut filter = RunFilter::default();
    let mut seen = Vec::new();
    loop {
        let page = ledger.runs(&filter, 3).expect("read");
        let Some(last) = page.last() else { break };
        // As it is in an address.
        filter.after = Some(last.place().to_string().parse().expect("a place"));
        seen.extend(page.iter().map(|run| run.number));
    }
    assert_eq!(seen, [7, 6, 5, 4, 3, 2, 1]);
    assert!("7".parse::<crate::ledger::RunPlace>().is_err());
    assert_eq!(
        ledger.integrations_with_runs().expect("read"),
        ["hr", "med"]
    );
}

pub(in crate::ledger) fn what_runs_did_is_added_up_once_and_outlives_them(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let ledger = &mut *ledger;
    let held = whole_run(ledger, &new_run("hr"), RunStatus::Held);
    whole_run(ledger, &new_run("hr"), RunStatus::Completed);
    let count = |ledger: &dyn Ledger, what, word: &str| {
        let all = ledger.tallies("hr", None).expect("read");
        let found = all
            .iter()
            .find(|tally| tally.what == what && tally.word == word);
        found.map_or(0, |tally| tally.count)
    };
    assert_eq!(count(ledger, Tallied::Records, "accepted"), 1);
    assert_eq!(count(ledger, Tallied::Status, "Held"), 1);
    let day = held.start.date_naive();
    let of_day = ledger.tallies("hr", Some(day)).expect("read");
    assert!(
        of_day
            .iter()
            .all(|tally| tally.day == Some(day) && tally.word != "Held")
    );
    let next = day.succ_opt();
    assert!(ledger.tallies("hr", next).expect("read").is_empty());
    let event = Event {
        at: moment("2026-11-20T06:00:00-05:00"),
        user: "ada".into(),
        action: EventAction::Release,
        subject: held.reference.to_string(),
        why: None,
    };
    let reopened = ledger.reopen(held.number, &event).expect("released");
    let ended = summary(&reopened, RunStatus::Completed, 5, 0);
    ledger
        .commit(held.number, &committed(&ended), None, "main")
        .expect("committed");
    ledger.close(held.number).expect("closed");
    assert_eq!(count(ledger, Tallied::Records, "accepted"), 6);
    assert_eq!(count(ledger, Tallied::Seconds, "1"), 2);
    let later = moment("2026-12-20T00:00:00-05:00");
    ledger.purge_runs(later, 99).expect("purged");
    assert_eq!(count(ledger, Tallied::Records, "accepted"), 6);
    assert!(ledger.tallies("hr", Some(day)).expect("read").is_empty());
    assert_eq!(ledger.tallied_integrations().expect("read"), ["hr"]);
}

pub(in crate::ledger) fn every_change_that_people_see_is_counted(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let other = backend.open_for_reading();
    let mut before = other.changes().expect("read");
    let mut grown = |what: &str| {
        let now = other.changes().expect("read");
        assert!(now > before, "{what}");
        before = now;
    };
    let run = ledger.begin(&new_run("hr")).expect("run");
    grown("a run began");
    let ended = summary(&run, RunStatus::Completed, 1, 0);
    ledger
        .commit(run.number, &committed(&ended), None, "main")
        .expect("committed");
    grown("it was committed");
    ledger.close(run.number).expect("closed");
    grown("it was closed");
    let pause = Pause {
        name: None,
        since: moment("2026-11-20T06:00:00-05:00"),
        user: "ada".into(),
        why: None,
        until: None,
    };
    ledger.pause(&pause).expect("paused");
    grown("a pause");
    ledger.resume(None, "ada", pause.since).expect("resumed");
    grown("the end of it");
    drop(ledger);
    assert_eq!(other.changes().expect("read"), before);
}

pub(in crate::ledger) fn runs_around_a_run_are_found(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let ledger = &mut *ledger;
    let done = RunStatus::Completed;
    let first = whole_run(ledger, &of_source("hr_1.csv"), done);
    let other = whole_run(ledger, &of_source("leavers.csv"), done);
    let again = NewRun {
        rerun_of: Some(&first.reference),
        ..of_source("hr_1.csv")
    };
    let again = whole_run(ledger, &again, done);
    let corrections = NewRun {
        resubmission_of: Some(&first.reference),
        ..of_source("hr_1.rejects.csv")
    };
    let corrections = whole_run(ledger, &corrections, done);
    let made = ledger.runs_made_of(&first).expect("read");
    assert_eq!(made, [again.clone(), corrections]);
    assert_eq!(
        ledger.run_before(&other).expect("read").as_ref(),
        Some(&first)
    );
    assert_eq!(ledger.run_before(&first).expect("read"), None);
    let next = whole_run(ledger, &of_source("hr_2.csv"), RunStatus::Held);
    assert_eq!(ledger.last_taken(&next).expect("read"), Some(again));
    let unknown = whole_run(ledger, &of_source("hires.csv"), RunStatus::Held);
    let last = ledger.last_taken(&unknown).expect("read").expect("one");
    assert!(last.status == done && last.resubmission_of.is_none());
}

pub(in crate::ledger) fn events_are_paged_and_limited_to_integrations(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let run = whole_run(&mut *ledger, &new_run("hr"), RunStatus::Held);
    for (subject, action) in [
        (run.reference.as_str(), EventAction::Release),
        ("hr", EventAction::Pause),
        ("med", EventAction::Pause),
        (
            run.reference.as_str(),
            EventAction::DismissRecords(vec![3, 4]),
        ),
        ("site", EventAction::ReleaseYear),
    ] {
        let event = Event {
            at: moment("2026-11-20T06:00:00-05:00"),
            user: "ada".into(),
            action,
            subject: subject.into(),
            why: None,
        };
        ledger.record_event(&event).expect("written");
    }
    let subjects = |filter: &EventFilter| -> Vec<String> {
        let mut filter = filter.clone();
        let mut all = Vec::new();
        loop {
            let page = ledger.placed_events(&filter, 2).expect("read");
            let Some((last, _)) = page.last() else {
                return all;
            };
            filter.after = Some(last.to_string().parse().expect("a place"));
            all.extend(page.into_iter().map(|(_, event)| event.action.to_string()));
        }
    };
    let none = EventFilter::default();
    let all = [
        "release year",
        "dismiss record 3, 4",
        "pause",
        "pause",
        "release",
    ];
    assert_eq!(subjects(&none), all);
    let only = EventFilter {
        only: Some(["hr".to_owned()].into()),
        ..none.clone()
    };
    assert_eq!(subjects(&only), ["dismiss record 3, 4", "pause", "release"]);
    for (kind, found) in [
        ("release", "release"),
        ("dismiss record ", "dismiss record 3, 4"),
    ] {
        let kind = EventAction::kinds().iter().find(|k| **k == kind).copied();
        assert!(kind.is_some());
        assert_eq!(
            subjects(&EventFilter {
                kind,
                ..none.clone()
            }),
            [found]
        );
    }
    let until = EventFilter {
        until: Some(moment("2026-11-20T06:00:00-05:00").to_utc()),
        ..none
    };
    assert!(subjects(&until).is_empty());
}
