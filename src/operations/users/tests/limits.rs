//! What is taken once, and how often it may be tried.

use super::*;
use crate::operations::users::attempts::Attempt;
use proptest::prelude::*;

#[test]
fn guesses_are_limited_and_the_person_at_the_usual_place_is_not_shut_out() {
    let stage = Stage::new();
    let (_, enrolled) = stage.enrol(&stage.add("ada"));
    let codes = &enrolled.one_time_codes;
    is_session(stage.sign_in("ada", PASSWORD, Some(codes[0].reveal()), home()));
    // Five wrong ones from one place, and none from there is judged any more, right or wrong.
    for _ in 0..5 {
        assert_eq!(
            stage.sign_in("ada", "wrong", None, away(1)),
            SignIn::Refused
        );
    }
    let limited = stage.sign_in("ada", PASSWORD, Some(codes[1].reveal()), away(1));
    let quarter = Duration::from_secs(15 * 60);
    assert_eq!(
        limited,
        SignIn::TooMany {
            retry_after: quarter
        }
    );
    for _ in 0..5 {
        assert_eq!(
            stage.sign_in("ada", "wrong", None, away(2)),
            SignIn::Refused
        );
    }
    // Ten from everywhere, and none from an unknown place is judged.
    let elsewhere = stage.sign_in("ada", PASSWORD, Some(codes[1].reveal()), away(3));
    assert!(matches!(elsewhere, SignIn::TooMany { .. }), "{elsewhere:?}");
    is_session(stage.sign_in("ada", PASSWORD, Some(codes[1].reveal()), home()));
    // An unknown name is answered alike.
    for n in 0..10 {
        assert_eq!(
            stage.sign_in("nobody", "wrong", None, away(10 + n % 2)),
            SignIn::Refused
        );
    }
    let unknown = stage.sign_in("nobody", "wrong", None, away(12));
    assert_eq!(
        unknown,
        SignIn::TooMany {
            retry_after: quarter
        }
    );
    let limited = stage
        .events()
        .into_iter()
        .filter(|e| e.starts_with("sign-ins limited"));
    assert_eq!(
        limited.collect::<Vec<_>>(),
        ["sign-ins limited by ada: ada"]
    );
    // Attempts are taken again after 15 minutes, and at once after a new link.
    pass(TimeDelta::minutes(15));
    for _ in 0..5 {
        assert_eq!(
            stage.sign_in("ada", "wrong", None, away(3)),
            SignIn::Refused
        );
    }
    let code = codes[2].reveal();
    assert!(matches!(
        stage.sign_in("ada", PASSWORD, Some(code), away(3)),
        SignIn::TooMany { .. }
    ));
    new_link(&stage.site, "ada").expect("made");
    is_session(stage.sign_in("ada", PASSWORD, Some(code), away(3)));
}

#[test]
fn one_place_that_tries_many_names_is_limited() {
    let stage = Stage::new();
    for n in 0..20 {
        assert_eq!(
            stage.sign_in(&format!("name{n}"), "wrong", None, away(1)),
            SignIn::Refused
        );
    }
    let more = stage.sign_in("name20", "wrong", None, away(1));
    assert!(matches!(more, SignIn::TooMany { .. }), "{more:?}");
    assert_eq!(
        stage.sign_in("name20", "wrong", None, away(2)),
        SignIn::Refused
    );
}

#[test]
fn a_missing_code_is_no_failure() {
    let stage = Stage::new();
    let (_, enrolled) = stage.enrol(&stage.add("ada"));
    for _ in 0..8 {
        assert_eq!(
            stage.sign_in("ada", PASSWORD, None, home()),
            SignIn::CodeNeeded
        );
    }
    let code = enrolled.one_time_codes[0].reveal();
    is_session(stage.sign_in("ada", PASSWORD, Some(code), home()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever codes are tried in whatever order, none is taken twice, and none after a later one.
    #[test]
    fn a_code_is_taken_once(tries in prop::collection::vec((0..4i64, 0..3i64), 1..25)) {
        let stage = Stage::new();
        let (setup, _) = stage.enrol(&stage.add("ada"));
        let ledger = &mut *stage.site.ledger().expect("a ledger");
        let user = ledger.user("ada").expect("read").expect("there");
        let stored = ledger.credentials(user.number).expect("read").totp.expect("there");
        let secret: [u8; 20] = secret_of(&setup).try_into().expect("twenty bytes");
        let secret = FactorSecret::of(secret);
        let mut last = START / 30;
        for (steps, behind) in tries {
            pass(TimeDelta::seconds(30 * steps));
            let step = NOW.get() / 30 - behind;
            let code = secret.code(step * 30);
            let taken = second_factor::take(&stage.site, ledger, &user, &stored, &code).expect("no error");
            prop_assert_eq!(taken, behind <= 1 && step > last, "step {} after {}", step, last);
            if taken {
                last = step;
            }
        }
    }
}

/// The law of the limits, said once more by counting all failures that were judged.
struct Counted {
    failures: Vec<(usize, u8, i64, bool)>,
    known: Vec<(usize, u8)>,
}

impl Counted {
    /// From when on an attempt is judged; `None`: now.
    fn after(&self, name: usize, place: u8) -> Option<i64> {
        let known = self.known.contains(&(name, place));
        let limits = [
            (20, 900, 0),
            (200, 86_400, 0),
            (5, 900, 1),
            (30, 86_400, 1),
            (10, 900, 2),
            (40, 86_400, 2),
        ];
        let limits = limits.iter().filter(|(.., by)| *by < 2 || !known);
        let reached = limits.filter_map(|(most, within, by)| {
            let counts = |f: &&(usize, u8, i64, bool)| match by {
                0 => f.1 == place,
                1 => (f.0, f.1) == (name, place),
                _ => f.0 == name && !f.3,
            };
            let recent = |f: &&(usize, u8, i64, bool)| f.2 > NOW.get() - within;
            let mut times: Vec<i64> = self
                .failures
                .iter()
                .filter(counts)
                .filter(recent)
                .map(|f| f.2)
                .collect();
            times.sort_unstable();
            times.iter().rev().nth(most - 1).map(|first| first + within)
        });
        reached.max()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn attempts_are_judged_as_the_limits_say(
        tries in prop::collection::vec((0..2usize, 0..3u8, prop::bool::weighted(0.1), 0..400i64), 20..120),
    ) {
        let stage = Stage::new();
        let ledger = &mut *stage.site.ledger().expect("a ledger");
        let mut counted = Counted { failures: Vec::new(), known: Vec::new() };
        for (name, place, right, seconds) in tries {
            // Mostly at once, now and then much later.
            pass(TimeDelta::seconds(if seconds < 300 { seconds / 100 } else { (seconds - 299) * 40 }));
            let text = ["ada", "a passphrase"][name];
            let begun = Attempt::begin(&stage.site, ledger, text, away(place)).expect("no error");
            match (begun, counted.after(name, place)) {
                (Ok(attempt), None) if right => {
                    attempt.succeeded(ledger).expect("written");
                    counted.failures.retain(|f| (f.0, f.1) != (name, place));
                    counted.known.push((name, place));
                }
                (Ok(attempt), None) => {
                    attempt.failed(&stage.site, ledger, None).expect("written");
                    let known = counted.known.contains(&(name, place));
                    counted.failures.push((name, place, NOW.get(), known));
                }
                (Err(CredentialProblem::TooMany { retry_after }), Some(after)) => {
                    let seconds = i64::try_from(retry_after.as_secs()).expect("a few");
                    prop_assert_eq!(NOW.get() + seconds, after);
                }
                (begun, after) => {
                    prop_assert!(false, "judged: {}, but after {:?}", begun.is_ok(), after);
                }
            }
        }
    }
}
