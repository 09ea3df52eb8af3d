//! Those who sign in: users, links, sessions, tokens, and the limits of attempts.

use super::*;
use crate::domain::{Authority, Role, TokenHash};
use std::collections::BTreeSet;

const AT: &str = "2026-11-20T05:30:12-05:00";

fn hash(text: &str) -> TokenHash {
    TokenHash::of(text)
}

fn event(action: EventAction) -> Event {
    Event {
        at: moment(AT),
        user: "root".into(),
        action,
        subject: "ada".into(),
        why: None,
    }
}

fn authority(role: Role) -> Authority {
    Authority {
        role,
        see_values: false,
        integrations: None,
    }
}

fn link(text: &str) -> NewLink {
    NewLink {
        link: hash(text),
        until: moment("2026-11-21T05:30:12-05:00").to_utc(),
    }
}

fn add(ledger: &mut dyn Ledger, name: &str) -> User {
    let new = NewUser {
        name,
        authority: &authority(Role::Hr),
        at: moment(AT),
    };
    let added = ledger.add_user(&new, None, &event(EventAction::UserAdded));
    assert!(added.expect("written"));
    known(ledger, name)
}

fn known(ledger: &dyn Ledger, name: &str) -> User {
    ledger.user(name).expect("read").expect("there")
}

fn begin(ledger: &mut dyn Ledger, user: i64, cookie: &str, minutes: i64) -> i64 {
    let at = moment(AT).to_utc() + TimeDelta::minutes(minutes);
    let session = NewSession {
        cookie: hash(cookie),
        user,
        address: "192.0.2.1",
        at,
    };
    let stale = Sustained {
        created: at - TimeDelta::hours(12),
        seen: at - TimeDelta::minutes(30),
    };
    let begun = ledger.begin_session(&session, 3, stale, &event(EventAction::SignedIn));
    begun.expect("begun")
}

fn events(ledger: &dyn Ledger) -> usize {
    let all = ledger.events(&EventFilter::default(), 1_000);
    all.expect("read").len()
}

pub(in crate::ledger) fn a_user_is_added_once_and_read_back(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let limited = Authority {
        role: Role::Operator,
        see_values: true,
        integrations: Some(["hr".to_owned(), "a, \"b\"".to_owned()].into()),
    };
    let bob = add(&mut *ledger, "bob");
    let new = NewUser {
        name: "ada",
        authority: &limited,
        at: moment(AT),
    };
    let mut add_ada = || {
        let added = event(EventAction::UserAdded);
        ledger
            .add_user(&new, Some(&link("first")), &added)
            .expect("written")
    };
    assert!(add_ada());
    assert!(!add_ada());
    assert_eq!(events(&*ledger), 2);
    let ada = known(&*ledger, "ada");
    assert_eq!((&ada.authority, ada.created), (&limited, moment(AT)));
    assert_eq!(
        (ada.disabled, ada.enrolled, ada.second_factor, ada.signed_in),
        (false, false, false, None)
    );
    assert_eq!(
        ledger.credentials(ada.number).expect("read"),
        Credentials::default()
    );
    assert_eq!(ledger.users().expect("read"), [ada.clone(), bob]);
    assert_eq!(ledger.user("Ada").expect("read"), None);
    let other = authority(Role::Viewer);
    let changed = ledger.set_authority(ada.number, &other, &event(EventAction::UserChanged));
    changed.expect("written");
    assert_eq!(known(&*ledger, "ada").authority, other);
    let none = Authority {
        integrations: Some(BTreeSet::new()),
        ..other
    };
    let changed = ledger.set_authority(ada.number, &none, &event(EventAction::UserChanged));
    changed.expect("written");
    assert_eq!(known(&*ledger, "ada").authority, none);
}

pub(in crate::ledger) fn a_link_is_used_once_and_replaced_by_the_next(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let ada = add(&mut *ledger, "ada");
    let at = moment(AT).to_utc();
    for name in ["first", "second"] {
        let made = ledger.make_link(ada.number, &link(name), &event(EventAction::UserLinkMade));
        made.expect("written");
    }
    assert_eq!(ledger.enrolment(hash("first"), at).expect("read"), None);
    ledger
        .keep_pending(hash("second"), b"pending")
        .expect("written");
    let found = ledger
        .enrolment(hash("second"), at)
        .expect("read")
        .expect("there");
    assert_eq!(
        (found.user.name.as_str(), found.pending.as_deref()),
        ("ada", Some(&b"pending"[..]))
    );
    assert_eq!(
        ledger.enrolment(hash("second"), found.until).expect("read"),
        None
    );

    let old = begin(&mut *ledger, ada.number, "old", 0);
    let new = NewCredentials {
        user: ada.number,
        password: "$argon2id$",
        second_factor: Some((b"secret", 7, &[1, u64::MAX])),
    };
    let session = NewSession {
        cookie: hash("cookie"),
        user: ada.number,
        address: "::1",
        at,
    };
    let mut enrol = |link| {
        let used = event(EventAction::UserEnrolled);
        ledger
            .enrol(hash(link), &new, &session, &used)
            .expect("written")
    };
    assert_eq!(enrol("first"), None);
    let number = enrol("second").expect("used");
    assert_eq!(enrol("second"), None);
    assert_ne!(number, old);
    let sessions = ledger.sessions(ada.number).expect("read");
    assert_eq!(
        sessions.iter().map(|s| s.number).collect::<Vec<_>>(),
        [number]
    );
    let proof = ledger.credentials(ada.number).expect("read");
    let expected = Credentials {
        password: Some("$argon2id$".into()),
        totp: Some(b"secret".into()),
        codes: 2,
    };
    assert!(proof == expected);
    let ada = known(&*ledger, "ada");
    assert_eq!(
        (ada.enrolled, ada.second_factor, ada.signed_in),
        (true, true, Some(at))
    );
    // The step of the code that was given is taken.
    assert!(!ledger.take_step(ada.number, 7).expect("read"));

    // Where nothing new was chosen, the second factor stays; where the user is shut out, no link is of use.
    let reset = ledger.make_link(
        ada.number,
        &link("third"),
        &event(EventAction::UserLinkMade),
    );
    reset.expect("written");
    let only_password = NewCredentials {
        second_factor: None,
        ..new
    };
    let used = event(EventAction::UserEnrolled);
    let session = NewSession {
        cookie: hash("another"),
        ..session
    };
    let enrolled = ledger.enrol(hash("third"), &only_password, &session, &used);
    assert!(enrolled.expect("written").is_some());
    assert!(ledger.credentials(ada.number).expect("read") == expected);
    let made = ledger.make_link(ada.number, &link("fourth"), &used);
    made.expect("written");
    ledger
        .set_disabled(ada.number, true, &event(EventAction::UserDisabled))
        .expect("written");
    assert_eq!(ledger.enrolment(hash("fourth"), at).expect("read"), None);
    assert_eq!(ledger.sessions(ada.number).expect("read"), []);
    assert!(known(&*ledger, "ada").disabled);
}

pub(in crate::ledger) fn sessions_are_found_by_their_cookies_until_they_end(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let (ada, bob) = (add(&mut *ledger, "ada"), add(&mut *ledger, "bob"));
    let first = begin(&mut *ledger, ada.number, "first", 0);
    let other = begin(&mut *ledger, bob.number, "other", 1);
    let found = ledger.session(hash("first")).expect("read").expect("there");
    assert_eq!(
        (
            found.number,
            found.user.name.as_str(),
            found.address.as_str()
        ),
        (first, "ada", "192.0.2.1")
    );
    assert_eq!(ledger.session(hash("none")).expect("read"), None);
    let later = found.created + TimeDelta::minutes(5);
    ledger.session_seen(first, later).expect("written");
    ledger.session_seen(first, found.created).expect("written");
    let found = ledger.session(hash("first")).expect("read").expect("there");
    assert_eq!(found.seen, later);
    // Another user's session is not ended; the fourth of a user takes the place of the first.
    let ended = |ledger: &mut dyn Ledger, user, number| {
        let out = event(EventAction::SignedOut);
        ledger.end_session(user, number, &out).expect("written")
    };
    assert!(!ended(&mut *ledger, ada.number, other));
    let more: Vec<i64> = (2..5)
        .map(|n| begin(&mut *ledger, ada.number, &format!("more {n}"), n))
        .collect();
    assert_eq!(ledger.session(hash("first")).expect("read"), None);
    let listed = ledger.sessions(ada.number).expect("read");
    assert!(
        listed
            .iter()
            .map(|s| s.number)
            .eq(more.iter().rev().copied())
    );
    assert!(ended(&mut *ledger, ada.number, more[0]));
    assert!(!ended(&mut *ledger, ada.number, more[0]));
    // What was not used for too long goes when the next begins.
    begin(&mut *ledger, ada.number, "late", 34);
    let left: Vec<bool> = ["other", "more 3", "more 4", "late"]
        .iter()
        .map(|cookie| ledger.session(hash(cookie)).expect("read").is_some())
        .collect();
    assert_eq!(left, [false, false, true, true]);

    let pending = |ledger: &dyn Ledger, number| ledger.pending_in_session(number).expect("read");
    assert_eq!(pending(&*ledger, more[2]), None);
    ledger
        .keep_pending_in_session(more[2], Some(b"secret"))
        .expect("written");
    assert_eq!(pending(&*ledger, more[2]).as_deref(), Some(&b"secret"[..]));
    let changed = event(EventAction::PasswordChanged);
    ledger
        .set_password(ada.number, "$argon2id$", more[2], &changed)
        .expect("written");
    assert_eq!(ledger.session(hash("late")).expect("read"), None);
    let changed = event(EventAction::SecondFactorChanged);
    ledger
        .set_second_factor(ada.number, (b"secret", 3), &[5], more[2], &changed)
        .expect("written");
    assert_eq!(pending(&*ledger, more[2]), None);
    assert!(ledger.session(hash("more 4")).expect("read").is_some());
    let reset = event(EventAction::SecondFactorReset);
    ledger
        .reset_second_factor(ada.number, &link("new"), &reset)
        .expect("written");
    assert_eq!(ledger.session(hash("more 4")).expect("read"), None);
    let left = ledger.credentials(ada.number).expect("read");
    assert!(left.totp.is_none() && left.codes == 0 && left.password.is_some());
    assert!(
        ledger
            .enrolment(hash("new"), later)
            .expect("read")
            .is_some()
    );
}

pub(in crate::ledger) fn steps_and_codes_are_taken_once(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let (ada, bob) = (add(&mut *ledger, "ada"), add(&mut *ledger, "bob"));
    let mut step = |step| ledger.take_step(ada.number, step).expect("written");
    assert_eq!(
        [step(5), step(5), step(4), step(6)],
        [true, false, false, true]
    );
    assert!(ledger.take_step(bob.number, 0).expect("written"));
    let before = events(&*ledger);
    let codes = [1, 2, u64::MAX];
    let made = event(EventAction::OneTimeCodesMade);
    ledger
        .replace_codes(ada.number, &codes, &made)
        .expect("written");
    let used = event(EventAction::OneTimeCodeUsed);
    let mut code = |user: &User, code| ledger.take_code(user.number, code, &used).expect("written");
    assert_eq!(
        [code(&ada, 2), code(&ada, 2), code(&bob, 1), code(&ada, 3)],
        [true, false, false, false]
    );
    assert!(code(&ada, u64::MAX));
    assert_eq!(ledger.credentials(ada.number).expect("read").codes, 1);
    // One event for the new codes and one for each that was taken.
    assert_eq!(events(&*ledger), before + 3);
    ledger
        .replace_codes(ada.number, &[9], &made)
        .expect("written");
    assert!(!ledger.take_code(ada.number, 1, &used).expect("written"));
}

pub(in crate::ledger) fn a_token_is_found_until_it_is_revoked(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let (ada, bob) = (add(&mut *ledger, "ada"), add(&mut *ledger, "bob"));
    let mut add = |user: &User, label: &str, token: &str| {
        let new = NewApiToken {
            token: hash(token),
            user: user.number,
            label,
            at: moment(AT),
        };
        ledger
            .add_token(&new, &event(EventAction::TokenMade))
            .expect("written")
    };
    assert!(
        add(&ada, "payroll", "one") && add(&ada, "backup", "two") && add(&bob, "payroll", "three")
    );
    assert!(!add(&ada, "payroll", "four"));
    assert_eq!(ledger.token(hash("four")).expect("read"), None);
    let (found, user) = ledger.token(hash("one")).expect("read").expect("there");
    assert_eq!(
        (found.label.as_str(), found.used, user),
        ("payroll", None, ada.clone())
    );
    let at = moment(AT).to_utc();
    ledger.token_used(found.number, at).expect("written");
    let listed = ledger.tokens(ada.number).expect("read");
    let listed: Vec<_> = listed.iter().map(|t| (t.label.as_str(), t.used)).collect();
    assert_eq!(listed, [("backup", None), ("payroll", Some(at))]);
    let mut revoke = |label: &str| {
        let revoked = event(EventAction::TokenRevoked);
        ledger
            .revoke_token(ada.number, label, &revoked)
            .expect("written")
    };
    assert_eq!(
        [revoke("payroll"), revoke("payroll"), revoke("none")],
        [true, false, false]
    );
    assert_eq!(ledger.token(hash("one")).expect("read"), None);
    assert!(ledger.token(hash("three")).expect("read").is_some());
}

pub(in crate::ledger) fn failed_attempts_count_until_they_are_forgiven(backend: &dyn Backend) {
    let mut ledger = backend.open();
    let (at, hour) = (moment(AT).to_utc(), TimeDelta::hours(1));
    let attempt = |name, address, minutes| NewAttempt {
        name,
        address,
        at: at + TimeDelta::minutes(minutes),
        known_since: at - TimeDelta::days(30),
    };
    let limit = |by, most| AttemptLimit {
        by,
        most,
        within: hour,
    };
    let limits = [
        limit(LimitedBy::Address, 4),
        limit(LimitedBy::NameAndAddress, 2),
        limit(LimitedBy::NameElsewhere, 3),
    ];
    let mut begin = |name, address, minutes| {
        let begun = ledger.begin_attempt(&attempt(name, address, minutes), &limits);
        begun.expect("written")
    };
    assert!(begin(1, 1, 0).is_ok() && begin(1, 1, 10).is_ok());
    assert_eq!(begin(1, 1, 20), Err(at + hour));
    // The first has become an hour old; what was refused did not count.
    assert!(begin(1, 1, 60).is_ok());
    assert_eq!(begin(1, 1, 61), Err(at + TimeDelta::minutes(70)));
    // Of the name from elsewhere: with the two that count here it is the third.
    let third = begin(1, 2, 62).expect("begun");
    assert_eq!(begin(1, 3, 63), Err(at + TimeDelta::minutes(70)));
    let withdrawn = ledger.withdraw_attempt(third);
    withdrawn.expect("written");
    let mut begin = |name, address, minutes| {
        let begun = ledger.begin_attempt(&attempt(name, address, minutes), &limits);
        begun.expect("written")
    };
    let right = begin(1, 3, 63).expect("begun");
    ledger.attempt_succeeded(right).expect("written");
    // From a known address only its own failures count.
    let mut begin = |name, address, minutes| {
        let begun = ledger.begin_attempt(&attempt(name, address, minutes), &limits);
        begun.expect("written")
    };
    assert!(begin(1, 2, 64).is_ok() && begin(1, 4, 64).is_err());
    assert!(begin(1, 3, 64).is_ok() && begin(1, 3, 65).is_ok() && begin(1, 3, 66).is_err());
    // Of an address, whatever the names.
    assert!(begin(2, 3, 67).is_ok() && begin(3, 3, 67).is_ok() && begin(4, 3, 67).is_err());
    let later = ledger
        .attempt_after(&attempt(4, 3, 67), &limits)
        .expect("read");
    assert_eq!(later, Some(at + TimeDelta::minutes(124)));
    ledger.forget_failures(1).expect("written");
    let mut begin = |name, address, minutes| {
        let begun = ledger.begin_attempt(&attempt(name, address, minutes), &limits);
        begun.expect("written")
    };
    assert!(begin(1, 4, 68).is_ok() && begin(1, 1, 68).is_ok() && begin(1, 3, 68).is_ok());
    let reader = backend.open_for_reading();
    assert_eq!(
        reader
            .attempt_after(&attempt(9, 9, 69), &limits)
            .expect("read"),
        None
    );
}

pub(in crate::ledger) fn a_copy_of_the_ledger_opens_no_door(backend: &dyn Backend) {
    let at = moment(AT).to_utc();
    let lived_in = |backend: &dyn Backend| {
        let mut ledger = backend.open();
        let ada = add(&mut *ledger, "ada");
        begin(&mut *ledger, ada.number, "cookie", 0);
        let made = event(EventAction::UserLinkMade);
        ledger
            .make_link(ada.number, &link("link"), &made)
            .expect("written");
        let new = NewApiToken {
            token: hash("token"),
            user: ada.number,
            label: "payroll",
            at: moment(AT),
        };
        assert!(
            ledger
                .add_token(&new, &event(EventAction::TokenMade))
                .expect("written")
        );
        ledger
    };
    let opens = |ledger: &dyn Ledger| {
        [
            ledger.session(hash("cookie")).expect("read").is_some(),
            ledger.enrolment(hash("link"), at).expect("read").is_some(),
            ledger.token(hash("token")).expect("read").is_some(),
        ]
    };
    let mut copy = lived_in(backend);
    assert_eq!(opens(&*copy), [true; 3]);
    let identity = SiteIdentity {
        identity: "another".into(),
        key_check: 1,
    };
    copy.become_copy(&identity, &event(EventAction::Clone))
        .expect("written");
    assert_eq!(opens(&*copy), [false; 3]);
    assert!(copy.user("ada").expect("read").is_some());

    // Taken up again from a backup: what was ended since would live again.
    let another = backend.another();
    let mut restored = lived_in(&*another);
    restored
        .adopt(&Adopted {
            highest: None,
            queued: &[],
            lost: &[],
            ended: &[],
            reason: "",
            sent: &[],
            event: &event(EventAction::Recover),
        })
        .expect("written");
    assert_eq!(opens(&*restored), [false, false, true]);
}
