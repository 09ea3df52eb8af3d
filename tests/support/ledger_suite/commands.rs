//! What people ask for: at once, later, or not for now.

use super::*;

pub(in crate::ledger) fn a_request_is_taken_or_withdrawn_and_answered_once(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let at = moment("2026-11-20T05:30:12-05:00");
    let first = ledger.ask("ada", "{\"a\":1}", at).expect("asked");
    let second = ledger.ask("bob", "{}", at).expect("asked");
    let third = ledger.ask("bob", "{}", at).expect("asked");
    let waiting = ledger.asked().expect("read");
    let expected = Asked {
        number: first,
        user: "ada".into(),
        body: "{\"a\":1}".into(),
        at,
    };
    assert_eq!(waiting[0], expected);
    assert_eq!(waiting.len(), 3);

    assert!(ledger.take_request(first).expect("taken"));
    assert!(!ledger.take_request(first).expect("once"));
    assert!(!ledger.withdraw(first).expect("too late"));
    assert!(ledger.withdraw(second).expect("withdrawn"));
    assert!(!ledger.take_request(second).expect("gone"));
    assert_eq!(ledger.answer_to(first).expect("none yet"), None);
    assert_eq!(ledger.answer_to(second).expect("gone"), None);

    ledger.answer(first, "done").expect("answered");
    assert!(ledger.take_request(third).expect("taken"));
    assert_eq!(ledger.drop_taken("the daemon ended").expect("one"), 1);
    assert_eq!(
        ledger.answer_to(first).expect("read").as_deref(),
        Some("done")
    );
    let dropped = ledger.answer_to(third).expect("read");
    assert_eq!(dropped.as_deref(), Some("the daemon ended"));
}

pub(in crate::ledger) fn a_request_that_is_given_back_waits_again(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let at = moment("2026-11-20T05:30:12-05:00");
    let [first, second] = ["{}", "[]"].map(|body| ledger.ask("ada", body, at).expect("asked"));
    assert!(ledger.take_request(first).expect("taken"));
    assert_eq!(ledger.asked().expect("read")[0].number, second);
    ledger.give_back(first).expect("given back");
    assert_eq!(ledger.asked().expect("read")[0].number, first);
    ledger.answer(first, "done").expect("answered");
    // What is answered is not taken and not given back.
    ledger.give_back(first).expect("nothing");
    assert!(!ledger.take_request(first).expect("answered"));
    assert_eq!(ledger.asked().expect("read").len(), 1);
}

pub(in crate::ledger) fn only_old_answers_are_forgotten(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let old = moment("2026-11-20T05:30:12-05:00");
    let waiting = ledger.ask("ada", "{}", old).expect("asked");
    let answered = ledger.ask("ada", "{}", old).expect("asked");
    let newer = ledger
        .ask("ada", "{}", moment("2026-11-21T05:30:12-05:00"))
        .expect("asked");
    for number in [answered, newer] {
        ledger.answer(number, "done").expect("answered");
    }
    let before = moment("2026-11-21T00:00:00-05:00").to_utc();
    assert_eq!(ledger.forget_requests(before).expect("one"), 1);
    assert_eq!(ledger.answer_to(answered).expect("gone"), None);
    assert!(ledger.answer_to(newer).expect("kept").is_some());
    assert_eq!(ledger.asked().expect("kept")[0].number, waiting);
}

pub(in crate::ledger) fn one_offs_wait_in_the_order_of_their_times_and_end_once(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let mut one = OneOff {
        number: 0,
        name: "hr".into(),
        at: moment("2026-11-21T06:00:00-05:00"),
        user: "ada".into(),
        body: "{}".into(),
        asked: moment("2026-11-20T05:30:12-05:00"),
    };
    let late = ledger.add_one_off(&one).expect("stored");
    // Earlier, though its text sorts later.
    one.at = moment("2026-11-21T11:30:00+01:00");
    let early = ledger.add_one_off(&one).expect("stored");
    let waiting = ledger.one_offs().expect("read");
    one.number = early;
    assert_eq!(waiting[0], one);
    assert_eq!(waiting[1].number, late);

    let end = moment("2026-11-21T06:00:00-05:00");
    let mut started = || ledger.end_one_off(early, "started", "daemon", end);
    assert!(started().expect("ended"));
    assert!(!started().expect("once only"));
    assert_eq!(ledger.one_offs().expect("read").len(), 1);
    let events = ledger.events(&EventFilter::default(), 9).expect("events");
    assert_eq!(events.len(), 3);
    assert_eq!(events[0].why.as_deref(), Some("one-off 2: started"));
    let asked = "one-off 1 at 2026-11-21T06:00:00-05:00";
    assert_eq!(events[2].why.as_deref(), Some(asked));
    // A number is never given again.
    assert!(
        ledger
            .end_one_off(late, "cancelled", "ada", end)
            .expect("ended")
    );
    assert_eq!(ledger.add_one_off(&one).expect("stored"), 3);
}

pub(in crate::ledger) fn a_pause_is_replaced_listed_and_ended_each_with_its_event(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let all = Pause {
        name: None,
        since: moment("2026-11-20T05:30:12-05:00"),
        user: "ada".into(),
        why: None,
        until: Some(moment("2026-12-01T00:00:00-05:00")),
    };
    let hr = Pause {
        name: Some("hr".into()),
        why: Some("the carrier asked".into()),
        until: None,
        ..all.clone()
    };
    let longer = Pause {
        until: all.until,
        ..hr.clone()
    };
    for pause in [&hr, &all, &longer] {
        ledger.pause(pause).expect("paused");
    }
    assert_eq!(ledger.pauses().expect("read"), [all, longer]);

    let at = moment("2026-11-21T00:00:00-05:00");
    let from = moment("2026-11-30T00:00:00-05:00");
    assert!(ledger.resume_from(None, from, "bob", at).expect("changed"));
    assert!(
        !ledger
            .resume_from(Some("med"), from, "bob", at)
            .expect("nothing")
    );
    assert_eq!(ledger.pauses().expect("read")[0].until, Some(from));
    assert!(ledger.resume(Some("hr"), "bob", at).expect("ended"));
    assert!(!ledger.resume(Some("hr"), "bob", at).expect("nothing"));
    assert!(ledger.resume(None, "bob", at).expect("ended"));
    assert!(ledger.pauses().expect("read").is_empty());

    let events = ledger.events(&EventFilter::default(), 9).expect("events");
    let told: Vec<_> = events
        .iter()
        .map(|e| (&*e.user, e.action.clone(), &*e.subject, e.why.as_deref()))
        .collect();
    let until = "until 2026-12-01T00:00:00-05:00";
    let asked = format!("{until}: the carrier asked");
    assert_eq!(
        told,
        [
            ("bob", EventAction::Resume, "all", None),
            ("bob", EventAction::Resume, "hr", None),
            (
                "bob",
                EventAction::Resume,
                "all",
                Some("from 2026-11-30T00:00:00-05:00")
            ),
            ("ada", EventAction::Pause, "hr", Some(&*asked)),
            ("ada", EventAction::Pause, "all", Some(until)),
            ("ada", EventAction::Pause, "hr", Some("the carrier asked")),
        ]
    );
}
