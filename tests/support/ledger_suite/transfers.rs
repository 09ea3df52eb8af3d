//! Files that are fetched from endpoints or sent to them.

use super::*;

pub(in crate::ledger) const SOURCE: Source<'_> = Source {
    integration: "pay",
    endpoint: "carrier",
    folder: "/out",
};

/// A fetched file; its name and key are its number.
pub(in crate::ledger) fn new(n: u64, known: bool) -> NewPull {
    NewPull {
        key: n,
        shown: format!("{n}.csv"),
        name: format!("{n}.csv"),
        size: 7,
        modified: 11,
        sha256: Some(format!("hash {n}")),
        temporary: n.to_string(),
        known,
    }
}

pub(in crate::ledger) fn a_file_goes_its_way_and_is_forgotten(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let at = moment("2026-11-20T05:30:12-05:00");
    let files = [new(u64::MAX, false), new(2, false)];
    ledger.files_arrived(SOURCE, &files, at).expect("written");
    let open = ledger.open_pulls("carrier").expect("read");
    assert_eq!(open.len(), 2);
    assert_eq!(open[0].state, PullState::Arrived);
    assert_eq!((open[0].size, open[0].modified), (7, 11));
    assert_eq!(ledger.temporaries("carrier", "pay").expect("read").len(), 2);
    assert!(ledger.open_pulls("other").expect("read").is_empty());
    let first = open[0].number;
    ledger.files_ours(&[first]).expect("written");
    let open = ledger.open_pulls("carrier").expect("read");
    assert_eq!(open[0].state, PullState::Ours);
    assert_eq!(ledger.temporaries("carrier", "pay").expect("read").len(), 1);
    ledger.forget_pulls(&[first]).expect("written");
    assert_eq!(ledger.open_pulls("carrier").expect("read").len(), 1);
}

pub(in crate::ledger) fn what_is_kept_is_remembered_without_its_name_while_it_is_listed(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let at = moment("2026-11-20T05:30:12-05:00");
    let files = [new(1, false), new(2, true)];
    ledger.files_arrived(SOURCE, &files, at).expect("written");
    let open = ledger.open_pulls("carrier").expect("read");
    assert_eq!(open.len(), 1, "known bytes are settled at once");
    ledger.keep_pulls(&[open[0].number]).expect("written");
    let kept = ledger.kept_pulls(SOURCE).expect("read");
    assert_eq!(kept.iter().map(|k| k.key).collect::<Vec<_>>(), [1, 2]);
    assert!(kept.iter().all(|k| k.listed));
    let both = [kept[0].number, kept[1].number];
    let later = at + TimeDelta::days(1);
    ledger
        .note_listed(SOURCE, &both, &[], at, at)
        .expect("noted");
    ledger
        .note_listed(SOURCE, &[], &both[1..], later, later)
        .expect("noted");
    let kept = ledger.kept_pulls(SOURCE).expect("read");
    assert_eq!((kept.len(), kept[0].key, kept[0].listed), (1, 2, true));
}

/// A file that is to be sent to the endpoint `carrier`.
pub(super) fn receipt(sha256: &str) -> Outgoing {
    Outgoing {
        what: Published::Receipt,
        endpoint: "carrier".into(),
        folder: "/in".into(),
        published: "a.receipt.json".into(),
        size: 5,
        sha256: sha256.into(),
        done_marker: false,
        at: moment("2026-11-20T05:30:12-05:00"),
    }
}

fn commit_receipt(ledger: &mut dyn Ledger, run: &RunRow, status: RunStatus, sha256: &str) {
    let summary = summary(run, status, 1, 0);
    let result = Committed {
        outbox: &[receipt(sha256)],
        ..committed(&summary)
    };
    ledger
        .commit(run.number, &result, None, "main")
        .expect("committed");
}

fn reopen(ledger: &mut dyn Ledger, run: &RunRow) {
    let event = Event {
        at: moment("2026-11-20T05:30:12-05:00"),
        user: "ada".into(),
        action: EventAction::Release,
        subject: run.reference.to_string(),
        why: None,
    };
    ledger.reopen(run.number, &event).expect("released");
}

pub(in crate::ledger) fn files_are_sent_once_their_run_is_past_its_delivery(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let run = ledger.begin(&new_run("hr")).expect("run");
    commit_receipt(&mut *ledger, &run, RunStatus::Completed, "one");
    assert!(ledger.outbox("carrier").expect("read").is_empty());
    assert_eq!(ledger.outbox_of(run.number).expect("read").len(), 1);
    ledger.close(run.number).expect("closed");
    let waiting = ledger.outbox("carrier").expect("read");
    assert_eq!(waiting[0].name, "a.receipt.json");
    assert!(ledger.outbox("other").expect("read").is_empty());
    let number = [waiting[0].number];
    for state in [SendState::Renaming, SendState::Sent] {
        assert_eq!(
            ledger.set_send_state(&number, state).expect("moved"),
            number
        );
    }
    assert!(ledger.outbox("carrier").expect("read").is_empty());
    assert!(ledger.unsent().expect("read").is_empty());
    let late = ledger.set_send_state(&number, SendState::Renaming);
    assert!(late.expect("nothing moved").is_empty());
    let later = moment("2026-11-21T05:30:12-05:00");
    assert_eq!(ledger.purge_outbox(later).expect("purged"), 1);
}

pub(in crate::ledger) fn a_later_version_takes_the_place_of_one_that_was_not_sent_and_stands_beside_one_that_was(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let run = ledger.begin(&new_run("hr")).expect("run");
    commit_receipt(&mut *ledger, &run, RunStatus::Held, "one");
    ledger.close(run.number).expect("held");
    reopen(&mut *ledger, &run);
    commit_receipt(&mut *ledger, &run, RunStatus::Held, "two");
    ledger.close(run.number).expect("held");
    let waiting = ledger.outbox("carrier").expect("read");
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        (&*waiting[0].name, &*waiting[0].sha256),
        ("a.receipt.json", "two")
    );
    let sent = ledger.set_send_state(&[waiting[0].number], SendState::Sent);
    assert_eq!(sent.expect("sent").len(), 1);
    reopen(&mut *ledger, &run);
    commit_receipt(&mut *ledger, &run, RunStatus::Completed, "three");
    ledger.close(run.number).expect("closed");
    let waiting = ledger.outbox("carrier").expect("read");
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].name, "a.receipt.2.json");
}

pub(in crate::ledger) fn what_was_refused_or_given_up_is_tried_again_when_a_person_says_so(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let run = ledger.begin(&new_run("hr")).expect("run");
    commit_receipt(&mut *ledger, &run, RunStatus::Completed, "one");
    ledger.close(run.number).expect("closed");
    let number = ledger.outbox("carrier").expect("read")[0].number;
    let now = moment("2026-11-28T05:30:12-05:00");
    ledger
        .keep_unsent(number, SendState::Refused, "the name is taken", Some(now))
        .expect("noted");
    let kept = &ledger.outbox("carrier").expect("read")[0];
    assert_eq!(kept.why.as_deref(), Some("the name is taken"));
    assert_eq!(kept.next_try, Some(now.to_utc()));
    assert_eq!(ledger.try_again("carrier", now).expect("one"), 1);
    let again = &ledger.outbox("carrier").expect("read")[0];
    assert_eq!((again.state, again.at), (SendState::Waiting, now.to_utc()));
}

pub(in crate::ledger) fn waiting_files_are_sent_elsewhere_but_not_those_that_may_be_there(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let numbers = ["one", "two", "three"].map(|sha256| {
        let run = ledger.begin(&new_run("hr")).expect("run");
        commit_receipt(&mut *ledger, &run, RunStatus::Completed, sha256);
        ledger.close(run.number).expect("closed");
        ledger.outbox_of(run.number).expect("read")[0].number
    });
    ledger
        .set_send_state(&numbers[..1], SendState::Renaming)
        .expect("moved");
    ledger
        .keep_unsent(numbers[1], SendState::GivenUp, "too old", None)
        .expect("noted");
    let mut retarget = |integration, to| {
        let moved = ledger.retarget("carrier", integration, to).expect("moved");
        moved.iter().map(|f| f.number).collect::<Vec<_>>()
    };
    assert!(retarget("med", ("other", "/in")).is_empty());
    assert!(retarget("hr", ("carrier", "/in")).is_empty(), "as it was");
    assert_eq!(retarget("hr", ("other", "/new")), numbers[1..]);
    let left = ledger.outbox("carrier").expect("read");
    assert_eq!(
        left.iter().map(|f| f.number).collect::<Vec<_>>(),
        numbers[..1]
    );
    let moved = ledger.outbox("other").expect("read");
    let states: Vec<_> = moved.iter().map(|f| (&*f.folder, f.state)).collect();
    let expected = [("/new", SendState::GivenUp), ("/new", SendState::Waiting)];
    assert_eq!(states, expected);
}

pub(in crate::ledger) fn endpoints_with_work_are_those_with_files_in_either_direction(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let with_work = |ledger: &dyn Ledger| ledger.endpoints_with_work().expect("read");
    assert!(with_work(&*ledger).is_empty());
    let run = ledger.begin(&new_run("hr")).expect("run");
    commit_receipt(&mut *ledger, &run, RunStatus::Completed, "one");
    let source = Source {
        endpoint: "bank",
        ..SOURCE
    };
    let at = moment("2026-11-20T05:30:12-05:00");
    let files = [new(1, false), new(2, false)];
    ledger.files_arrived(source, &files, at).expect("written");
    assert_eq!(with_work(&*ledger), ["bank", "carrier"]);
    assert_eq!(ledger.arrived("bank").expect("read"), 2);
    let open = ledger.open_pulls("bank").expect("read");
    let numbers: Vec<i64> = open.iter().map(|pull| pull.number).collect();
    ledger.files_ours(&numbers[..1]).expect("written");
    assert_eq!(ledger.arrived("bank").expect("read"), 1);
    ledger.forget_pulls(&numbers).expect("written");
    assert_eq!(with_work(&*ledger), ["carrier"]);
}

pub(in crate::ledger) fn what_is_known_of_an_endpoint_is_read_back(backend: &dyn Backend) {
    let mut ledger = backend.open();
    assert_eq!(ledger.endpoint("carrier").expect("read"), None);
    let at = moment("2026-11-20T05:30:12-05:00");
    let mut row = EndpointRow {
        name: "carrier".into(),
        state: EndpointState::Stopped,
        since: at,
        why: Some("the host key is another".into()),
        next_try: None,
        last_contact: Some(at),
        fingerprint: Some("f".into()),
        told: Some(EndpointState::Stopped),
    };
    ledger.set_endpoint(&row).expect("written");
    assert_eq!(ledger.endpoint("carrier").expect("read"), Some(row.clone()));
    row.state = EndpointState::Failing;
    row.next_try = Some(at);
    ledger.set_endpoint(&row).expect("written");
    assert_eq!(ledger.endpoint("carrier").expect("read"), Some(row));
}

pub(in crate::ledger) fn troubles_are_those_of_the_last_attempts(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let mut troubles = Troubles::new();
    for part in [Part::Inbound, Part::Pull, Part::Push, Part::Target] {
        let trouble = Trouble {
            integration: "hr".into(),
            part,
            why: "the folder is missing".into(),
        };
        troubles.insert(trouble, Some(moment("2026-11-20T05:30:12-05:00")));
    }
    ledger.set_troubles("carrier", &troubles).expect("written");
    ledger.set_troubles("other", &troubles).expect("written");
    troubles.pop_last();
    ledger.set_troubles("carrier", &troubles).expect("written");
    assert_eq!(ledger.troubles("carrier").expect("read"), troubles);
    assert_eq!(ledger.troubles("other").expect("read").len(), 4);
    assert!(ledger.troubles("third").expect("read").is_empty());
}
