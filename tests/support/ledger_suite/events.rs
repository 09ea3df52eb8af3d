//! Events, and moments that survive a restart.

use super::*;

fn release() -> Event {
    Event {
        at: moment("2026-11-20T05:30:12-05:00"),
        user: "ada".into(),
        action: EventAction::Release,
        subject: "20261120-000001".into(),
        why: Some("the layoff is real".into()),
    }
}

pub(in crate::ledger) fn the_newest_event_comes_first_and_a_filter_leaves_what_it_names(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let first = release();
    let second = Event {
        at: moment("2026-11-20T23:59:00-05:00"),
        user: "bob".into(),
        action: EventAction::Pause,
        subject: "hr".into(),
        why: None,
    };
    for event in [&first, &second] {
        ledger.record_event(event).expect("written");
    }
    let listed = |filter: EventFilter, limit| ledger.events(&filter, limit).expect("read");
    let none = EventFilter::default;
    assert_eq!(listed(none(), 9), [second.clone(), first.clone()]);
    assert_eq!(listed(none(), 1), std::slice::from_ref(&second));
    for filter in [
        EventFilter {
            subject: Some("hr".into()),
            ..none()
        },
        EventFilter {
            action: Some(EventAction::Pause),
            ..none()
        },
        EventFilter {
            user: Some("bob".into()),
            ..none()
        },
        // Later than the text of the second event, but not later than its moment.
        EventFilter {
            since: Some(moment("2026-11-21T04:59:00+00:00").to_utc()),
            ..none()
        },
    ] {
        assert_eq!(listed(filter, 9), std::slice::from_ref(&second));
    }
}

pub(in crate::ledger) fn an_event_that_is_told_once_is_told_again_for_another_reason_or_on_another_day(
    backend: &dyn Backend,
) {
    let mut ledger = backend.open();
    let mut event = release();
    assert!(ledger.record_event_once(&event).expect("written"));
    event.at = moment("2026-11-21T05:30:11-05:00");
    event.user = "bob".into();
    assert!(!ledger.record_event_once(&event).expect("known"));
    event.at = moment("2026-11-21T05:30:12-05:00");
    assert!(ledger.record_event_once(&event).expect("written"));
    event.why = None;
    assert!(ledger.record_event_once(&event).expect("written"));
    assert!(!ledger.record_event_once(&event).expect("known"));
    assert_eq!(
        ledger
            .events(&EventFilter::default(), 9)
            .expect("read")
            .len(),
        3
    );
}

pub(in crate::ledger) fn a_mark_is_kept_to_the_microsecond(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let first = moment("2026-11-20T05:30:12-05:00").to_utc();
    let later = first + TimeDelta::microseconds(7);
    assert_eq!(ledger.mark("schedule.hourly").expect("none"), None);
    ledger.set_mark("schedule.hourly", first).expect("set");
    ledger.set_mark("schedule.hourly", later).expect("set");
    ledger.set_mark("retention", first).expect("set");
    assert_eq!(ledger.mark("schedule.hourly").expect("read"), Some(later));
    let all = [
        ("retention".to_owned(), first),
        ("schedule.hourly".to_owned(), later),
    ];
    assert_eq!(ledger.marks().expect("read"), all);
    assert!(ledger.remove_mark("retention").expect("removed"));
    assert!(!ledger.remove_mark("retention").expect("gone"));
}

pub(in crate::ledger) fn events_and_marks_are_written_together(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let at = moment("2026-11-20T05:30:12-05:00").to_utc();
    let marks = ["one".to_owned(), "two".to_owned()];
    let events = [release(), release()];
    let reference = ReferenceId::new("20261120", 1);
    let receipt = OutgoingReceipt {
        reference: &reference,
        integration: "hr",
        file: Outgoing {
            what: Published::Receipt,
            endpoint: "partner".into(),
            folder: "/in".into(),
            published: "a.receipt.json".into(),
            size: 1,
            sha256: "0".repeat(64),
            done_marker: false,
            at: moment("2026-11-20T05:30:12-05:00"),
        },
        not_before: moment("2026-11-20T05:31:12-05:00"),
    };
    let written = ledger.record_events_and_marks(&events, &marks, at, &[receipt]);
    written.expect("written");
    let listed = ledger.events(&EventFilter::default(), 9);
    assert_eq!(listed.expect("read"), events);
    let kept = marks.map(|mark| (mark, at));
    assert_eq!(ledger.marks().expect("read"), kept);
    let sent = ledger.outbox_of(NO_RUN).expect("read");
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].next_try, Some(at + TimeDelta::minutes(1)));
    assert_eq!(ledger.outbox("partner").expect("read"), sent);
    let mut reader = backend.open_for_reading();
    let refused = reader.record_events_and_marks(&events, &["three".to_owned()], at, &[]);
    assert!(refused.is_err());
    assert_eq!(ledger.marks().expect("read"), kept);
}
