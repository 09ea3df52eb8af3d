//! Tests of enrolling, signing in and sessions, on a clock that the tests turn.

use super::second_factor::FactorSecret;
use super::*;
use crate::config;
use crate::domain::{Role, TokenHash};
use crate::ledger::EventFilter;
use crate::spool::Disk;
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use std::cell::Cell;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use tempfile::TempDir;

const START: i64 = 1_795_183_200;
const PASSWORD: &str = "correct horse battery";
const POLICY: SignInPolicy = SignInPolicy {
    idle: Duration::from_secs(30 * 60),
    longest: Duration::from_secs(12 * 3600),
    second_factor_required: true,
};
const OPTIONAL: SignInPolicy = SignInPolicy {
    second_factor_required: false,
    ..POLICY
};

thread_local! {
    static NOW: Cell<i64> = const { Cell::new(START) };
}

fn clock() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW.get(), 0).expect("a moment")
}

fn pass(time: TimeDelta) {
    NOW.set(NOW.get() + time.num_seconds());
}

/// A site whose user is an administrator at the machine's shell.
struct Stage {
    site: Site,
    _folder: TempDir,
}

fn home() -> IpAddr {
    Ipv4Addr::new(192, 0, 2, 1).into()
}

fn away(n: u8) -> IpAddr {
    Ipv4Addr::new(198, 51, 100, n).into()
}

fn authority(role: Role) -> Authority {
    Authority {
        role,
        see_values: false,
        integrations: None,
    }
}

/// What stands behind the last slash.
fn token_of(link: &MadeLink) -> String {
    let (_, token) = link.link.rsplit_once('/').expect("a slash");
    token.to_owned()
}

/// The secret that a person types into an app.
fn secret_of(setup: &SecondFactorSetup) -> Vec<u8> {
    let letters = setup.secret.replace(' ', "");
    let value = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        _ => c - b'2' + 26,
    };
    let mut bits = letters
        .bytes()
        .flat_map(|c| (0..5).rev().map(move |n| value(c) >> n & 1));
    let byte =
        |bits: &mut dyn Iterator<Item = u8>| bits.take(8).fold(0, |byte, bit| byte << 1 | bit);
    (0..20).map(|_| byte(&mut bits)).collect()
}

fn code_of(setup: &SecondFactorSetup) -> String {
    let secret: [u8; 20] = secret_of(setup).try_into().expect("twenty bytes");
    FactorSecret::of(secret).code(NOW.get())
}

impl Stage {
    fn new() -> Stage {
        NOW.set(START);
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("feedgate.toml");
        let text = "[site]\ntimezone = \"America/New_York\"\n[integration.people]\nkind = \"demographic\"\n";
        fs::write(&file, text).expect("written");
        let config = config::load(&file).expect("a configuration");
        Stage {
            site: Site::new(config).with(Disk::new(), clock).for_user("root"),
            _folder: folder,
        }
    }

    fn add(&self, name: &str) -> String {
        token_of(&add_account(&self.site, name, &authority(Role::Hr)).expect("added"))
    }

    /// Enrols with a second factor. Returns what the person has in the app, and what was answered.
    fn enrol(&self, token: &str) -> (SecondFactorSetup, Enrolled) {
        let setup = setup_of_enrolment(&self.site, token)
            .expect("read")
            .expect("a setup");
        let enrolled = self.try_to_enrol(token, &code_of(&setup), &POLICY);
        (setup, enrolled.expect("enrolled"))
    }

    fn try_to_enrol(
        &self,
        token: &str,
        code: &str,
        policy: &SignInPolicy,
    ) -> std::result::Result<Enrolled, CredentialProblem> {
        let chosen = ChosenCredentials {
            password: PASSWORD,
            code,
            address: home(),
        };
        enrol(&self.site, token, &chosen, policy).expect("no error")
    }

    fn sign_in(&self, name: &str, password: &str, code: Option<&str>, address: IpAddr) -> SignIn {
        let form = SignInForm {
            name,
            password,
            code,
            address,
        };
        sign_in(&self.site, &form, &POLICY).expect("no error")
    }

    fn session(&self, cookie: &SecretToken) -> Option<CurrentUser> {
        let ledger = self.site.ledger_for_reading().expect("a ledger");
        session(
            &self.site,
            &*ledger,
            cookie.reveal(),
            &POLICY,
            Activity::Person,
        )
        .expect("read")
    }

    fn bearer(&self, token: &str) -> Option<CurrentUser> {
        let ledger = self.site.ledger_for_reading().expect("a ledger");
        bearer(&self.site, &*ledger, token).expect("read")
    }

    /// The events, the oldest first, as `action by subject`.
    fn events(&self) -> Vec<String> {
        let ledger = self.site.ledger_for_reading().expect("a ledger");
        let events = ledger.events(&EventFilter::default(), 1_000).expect("read");
        let said = |e: Event| format!("{} by {}: {}", e.action, e.user, e.subject);
        events.into_iter().rev().map(said).collect()
    }
}

fn is_session(ended: SignIn) -> BegunSession {
    match ended {
        SignIn::Session(session) => session,
        other => panic!("no session: {other:?}"),
    }
}

#[test]
fn a_person_enrols_by_a_link_is_signed_in_and_signs_in_again() {
    let stage = Stage::new();
    let token = stage.add("Ada");
    let about = enrolment(&stage.site, &token)
        .expect("read")
        .expect("a link");
    assert_eq!(
        (about.name.as_str(), about.has_second_factor, about.enrolled),
        ("ada", false, false)
    );
    // A wrong first code and a short password change nothing; the setup stays the same.
    let shown = setup_of_enrolment(&stage.site, &token).expect("read");
    let wrong = stage.try_to_enrol(&token, "000000", &POLICY);
    assert_eq!(wrong.expect_err("refused"), CredentialProblem::WrongCode);
    let missing = stage.try_to_enrol(&token, " ", &POLICY);
    assert_eq!(
        missing.expect_err("refused"),
        CredentialProblem::CodeMissing
    );
    assert_eq!(
        setup_of_enrolment(&stage.site, &token).expect("read"),
        shown
    );

    let (setup, enrolled) = stage.enrol(&token);
    assert_eq!(enrolled.one_time_codes.len(), 10);
    let user = stage.session(&enrolled.session.cookie).expect("signed in");
    assert_eq!((user.name.as_str(), user.second_factor), ("ada", true));
    // The link is used up.
    assert_eq!(enrolment(&stage.site, &token).expect("read"), None);
    let again = stage.try_to_enrol(&token, &code_of(&setup), &POLICY);
    assert_eq!(again.expect_err("refused"), CredentialProblem::Link);

    // The code that enrolled is taken once; the next half minute has another.
    assert_eq!(
        stage.sign_in("ada", PASSWORD, None, home()),
        SignIn::CodeNeeded
    );
    let code = code_of(&setup);
    assert_eq!(
        stage.sign_in("ada", PASSWORD, Some(&code), home()),
        SignIn::Refused
    );
    pass(TimeDelta::seconds(30));
    let code = code_of(&setup);
    let session = is_session(stage.sign_in(" ADA ", PASSWORD, Some(&code), home()));
    assert!(stage.session(&session.cookie).is_some());
    assert_eq!(
        stage.sign_in("ada", PASSWORD, Some(&code), home()),
        SignIn::Refused
    );
    assert_eq!(
        stage.events(),
        [
            "add account by root: ada",
            "enrol by ada: ada",
            "sign in by ada: ada"
        ]
    );
}

#[test]
fn a_one_time_code_stands_for_the_phone_once() {
    let stage = Stage::new();
    let (_, enrolled) = stage.enrol(&stage.add("ada"));
    let code = enrolled.one_time_codes[3].reveal();
    is_session(stage.sign_in("ada", PASSWORD, Some(&code.to_uppercase()), home()));
    assert_eq!(
        stage.sign_in("ada", PASSWORD, Some(code), home()),
        SignIn::Refused
    );
    let user = stage.session(&enrolled.session.cookie).expect("signed in");
    assert_eq!(one_time_codes_left(&stage.site, &user).expect("read"), 9);
    // Another user's code is none.
    let (_, bob) = stage.enrol(&stage.add("bob"));
    let code = bob.one_time_codes[0].reveal();
    assert_eq!(
        stage.sign_in("ada", PASSWORD, Some(code), home()),
        SignIn::Refused
    );
    is_session(stage.sign_in("bob", PASSWORD, Some(code), home()));
}

#[test]
fn a_new_link_keeps_the_second_factor_and_a_reset_asks_for_another() {
    let stage = Stage::new();
    let (setup, enrolled) = stage.enrol(&stage.add("ada"));
    let link = new_link(&stage.site, "ada").expect("made");
    let token = token_of(&link);
    let about = enrolment(&stage.site, &token)
        .expect("read")
        .expect("a link");
    assert!(about.has_second_factor && about.enrolled);
    assert_eq!(setup_of_enrolment(&stage.site, &token).expect("read"), None);
    assert!(stage.session(&enrolled.session.cookie).is_some());
    for wrong in ["000000", ""] {
        assert!(stage.try_to_enrol(&token, wrong, &OPTIONAL).is_err());
    }
    pass(TimeDelta::minutes(1));
    let again = stage
        .try_to_enrol(&token, &code_of(&setup), &POLICY)
        .expect("enrolled");
    assert!(again.one_time_codes.is_empty());
    assert!(stage.session(&enrolled.session.cookie).is_none());
    assert!(stage.session(&again.session.cookie).is_some());

    let link = reset_second_factor(&stage.site, "ada").expect("made");
    assert!(stage.session(&again.session.cookie).is_none());
    assert_eq!(
        stage.sign_in("ada", PASSWORD, Some("123456"), home()),
        SignIn::LinkNeeded
    );
    let used = enrolled.one_time_codes[0].reveal();
    assert_eq!(
        stage.sign_in("ada", PASSWORD, Some(used), home()),
        SignIn::LinkNeeded
    );
    let (new, _) = stage.enrol(&token_of(&link));
    assert_ne!(new, setup);
    pass(TimeDelta::minutes(1));
    assert_eq!(
        stage.sign_in("ada", PASSWORD, Some(&code_of(&setup)), home()),
        SignIn::Refused
    );
    is_session(stage.sign_in("ada", PASSWORD, Some(&code_of(&new)), home()));
}

#[test]
fn a_link_ends_with_its_day_its_successor_and_its_account() {
    let stage = Stage::new();
    let usable = |token: &str| enrolment(&stage.site, token).expect("read").is_some();
    let first = stage.add("ada");
    let second = token_of(&new_link(&stage.site, "ada").expect("made"));
    assert!(!usable(&first) && usable(&second) && !usable("") && !usable("x"));
    pass(TimeDelta::hours(24) - TimeDelta::seconds(1));
    assert!(usable(&second));
    pass(TimeDelta::seconds(1));
    assert!(!usable(&second));
    let third = token_of(&new_link(&stage.site, "ada").expect("made"));
    assert!(disable_account(&stage.site, "ada").expect("done"));
    assert!(!usable(&third));
    assert!(new_link(&stage.site, "ada").is_err());
}

#[test]
fn without_a_second_factor_only_where_none_is_required() {
    let stage = Stage::new();
    let token = stage.add("ada");
    let enrolled = stage.try_to_enrol(&token, "", &OPTIONAL).expect("enrolled");
    assert!(enrolled.one_time_codes.is_empty());
    let form = SignInForm {
        name: "ada",
        password: PASSWORD,
        code: None,
        address: home(),
    };
    is_session(sign_in(&stage.site, &form, &OPTIONAL).expect("no error"));
    assert_eq!(
        sign_in(&stage.site, &form, &POLICY).expect("no error"),
        SignIn::LinkNeeded
    );
}

#[test]
fn a_session_ends_unused_old_signed_out_or_with_its_account() {
    let stage = Stage::new();
    let (_, enrolled) = stage.enrol(&stage.add("ada"));
    let cookie = &enrolled.session.cookie;
    assert!(stage.session(&SecretToken::of("", &[0; 32])).is_none());
    // Used every 29 minutes it lasts until its twelve hours are over.
    let mut minutes = 0;
    while minutes + 29 <= 12 * 60 {
        pass(TimeDelta::minutes(29));
        minutes += 29;
        assert!(stage.session(cookie).is_some(), "{minutes}");
    }
    pass(TimeDelta::minutes(12 * 60 - minutes) + TimeDelta::seconds(1));
    assert!(stage.session(cookie).is_none());

    let codes = &enrolled.one_time_codes;
    let sign_in = |n: usize| {
        let code = codes[n].reveal();
        is_session(stage.sign_in("ada", PASSWORD, Some(code), home()))
    };
    let second = sign_in(0);
    pass(TimeDelta::minutes(31));
    assert!(stage.session(&second.cookie).is_none());
    // A page that asks by itself keeps no session open.
    let third = sign_in(1);
    for _ in 0..31 {
        pass(TimeDelta::minutes(1));
        let ledger = stage.site.ledger_for_reading().expect("a ledger");
        let cookie = third.cookie.reveal();
        session(&stage.site, &*ledger, cookie, &POLICY, Activity::Poll).expect("read");
    }
    assert!(stage.session(&third.cookie).is_none());

    let (fourth, fifth) = (sign_in(2), sign_in(3));
    let user = stage.session(&fourth.cookie).expect("signed in");
    let listed = sessions_of(&stage.site, &user, &POLICY).expect("read");
    let current: Vec<bool> = listed.iter().map(|s| s.current).collect();
    assert_eq!(current, [false, true]);
    assert!(revoke_session(&stage.site, &user, fifth.number).expect("done"));
    assert!(!revoke_session(&stage.site, &user, fifth.number).expect("done"));
    assert!(stage.session(&fifth.cookie).is_none());
    sign_out(&stage.site, &user).expect("done");
    assert!(stage.session(&fourth.cookie).is_none());

    let last = sign_in(4);
    assert!(disable_account(&stage.site, "ada").expect("done"));
    assert!(stage.session(&last.cookie).is_none());
    assert_eq!(
        stage.sign_in("ada", PASSWORD, Some(codes[5].reveal()), home()),
        SignIn::Refused
    );
    assert!(enable_account(&stage.site, "ada").expect("done"));
    assert!(stage.session(&last.cookie).is_none());
    sign_in(5);
}

#[test]
fn a_session_of_another_user_is_out_of_reach() {
    let stage = Stage::new();
    let (_, ada) = stage.enrol(&stage.add("ada"));
    let (_, bob) = stage.enrol(&stage.add("bob"));
    let user = stage.session(&bob.session.cookie).expect("signed in");
    assert!(!revoke_session(&stage.site, &user, ada.session.number).expect("done"));
    assert!(stage.session(&ada.session.cookie).is_some());
}

#[test]
fn a_role_is_changed_at_once() {
    let stage = Stage::new();
    let (_, enrolled) = stage.enrol(&stage.add("ada"));
    let limited = Authority {
        role: Role::Viewer,
        see_values: true,
        integrations: Some(["people".to_owned()].into()),
    };
    set_authority(&stage.site, "ada", &limited).expect("set");
    let user = stage.session(&enrolled.session.cookie).expect("signed in");
    assert_eq!(user.authority, limited);
    let unknown = Authority {
        integrations: Some(["nowhere".to_owned()].into()),
        ..limited
    };
    assert!(set_authority(&stage.site, "ada", &unknown).is_err());
    assert!(set_authority(&stage.site, "bob", &authority(Role::Hr)).is_err());
}

#[test]
fn the_password_is_changed_with_the_old_one_and_ends_other_sessions() {
    let stage = Stage::new();
    let (_, enrolled) = stage.enrol(&stage.add("ada"));
    let code = enrolled.one_time_codes[0].reveal();
    let other = is_session(stage.sign_in("ada", PASSWORD, Some(code), home()));
    let user = stage.session(&other.cookie).expect("signed in");
    let change = |old: &str, new: &str| {
        change_password(&stage.site, &user, old, new, home()).expect("no error")
    };
    let new = "another horse battery";
    assert_eq!(change("wrong", new), Err(CredentialProblem::WrongPassword));
    assert_eq!(
        change(PASSWORD, "short"),
        Err(CredentialProblem::PasswordShort)
    );
    assert_eq!(change(PASSWORD, new), Ok(()));
    assert!(stage.session(&enrolled.session.cookie).is_none());
    assert!(stage.session(&other.cookie).is_some());
    let code = enrolled.one_time_codes[1].reveal();
    assert_eq!(
        stage.sign_in("ada", PASSWORD, Some(code), home()),
        SignIn::Refused
    );
    is_session(stage.sign_in("ada", new, Some(code), home()));
}

#[test]
fn a_new_second_factor_counts_only_after_its_code() {
    let stage = Stage::new();
    let (old, enrolled) = stage.enrol(&stage.add("ada"));
    let user = stage.session(&enrolled.session.cookie).expect("signed in");
    let begin =
        |proof: &str| begin_second_factor(&stage.site, &user, proof, home()).expect("no error");
    pass(TimeDelta::minutes(1));
    assert_eq!(begin(PASSWORD), Err(CredentialProblem::WrongCode));
    assert_eq!(
        pending_second_factor(&stage.site, &user).expect("read"),
        None
    );
    let new = begin(&code_of(&old)).expect("begun");
    let shown = pending_second_factor(&stage.site, &user).expect("read");
    assert_eq!(shown.as_ref(), Some(&new));
    let confirm = |code: &str| confirm_second_factor(&stage.site, &user, code).expect("no error");
    assert_eq!(confirm("000000"), Err(CredentialProblem::WrongCode));
    // Half done: the old one still counts.
    pass(TimeDelta::minutes(1));
    is_session(stage.sign_in("ada", PASSWORD, Some(&code_of(&old)), home()));
    let codes = confirm(&code_of(&new)).expect("confirmed");
    assert_eq!(codes.len(), 10);
    assert_eq!(
        pending_second_factor(&stage.site, &user).expect("read"),
        None
    );
    pass(TimeDelta::minutes(1));
    for void in [
        code_of(&old),
        enrolled.one_time_codes[0].reveal().to_owned(),
    ] {
        assert_eq!(
            stage.sign_in("ada", PASSWORD, Some(&void), home()),
            SignIn::Refused
        );
    }
    is_session(stage.sign_in("ada", PASSWORD, Some(&code_of(&new)), home()));
    is_session(stage.sign_in("ada", PASSWORD, Some(codes[0].reveal()), home()));
    let more = new_one_time_codes(&stage.site, &user, codes[1].reveal(), home());
    let more = more.expect("no error").expect("made");
    assert_eq!(
        stage.sign_in("ada", PASSWORD, Some(codes[2].reveal()), home()),
        SignIn::Refused
    );
    is_session(stage.sign_in("ada", PASSWORD, Some(more[0].reveal()), home()));
}

#[test]
fn a_token_has_the_authority_of_its_account_until_it_is_revoked() {
    let stage = Stage::new();
    stage.add("ada");
    let made = new_token(&stage.site, "ada", None).expect("made");
    let named = new_token(&stage.site, "ada", Some(" payroll ")).expect("made");
    assert_eq!(
        (made.label.as_str(), named.label.as_str()),
        ("token-1", "payroll")
    );
    assert!(new_token(&stage.site, "ada", Some("payroll")).is_err());
    let user = stage.bearer(made.token.reveal()).expect("taken");
    assert_eq!((user.authority.role, user.session), (Role::Hr, None));
    assert!(change_password(&stage.site, &user, PASSWORD, PASSWORD, home()).is_err());
    set_authority(&stage.site, "ada", &authority(Role::Viewer)).expect("set");
    let user = stage.bearer(made.token.reveal()).expect("taken");
    assert_eq!(user.authority.role, Role::Viewer);
    let tokens = tokens_of(&stage.site, "ada").expect("read");
    let used: Vec<bool> = tokens.iter().map(|t| t.last_used.is_some()).collect();
    assert_eq!(used, [false, true]);
    for wrong in ["", "fg_", "fg_x", &made.token.reveal()[3..], "Bearer"] {
        assert_eq!(stage.bearer(wrong), None, "{wrong}");
    }
    revoke_token(&stage.site, "ada", "token-1").expect("done");
    assert!(revoke_token(&stage.site, "ada", "token-1").is_err());
    assert_eq!(stage.bearer(made.token.reveal()), None);
    assert!(stage.bearer(named.token.reveal()).is_some());
    disable_account(&stage.site, "ada").expect("done");
    assert_eq!(stage.bearer(named.token.reveal()), None);
}

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
    // A quarter of an hour later it goes on, and a new link ends a wait at once.
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

#[test]
fn links_of_a_demonstration_are_in_its_process_alone() {
    let stage = Stage::new();
    let (links, shown) = DemoLinks::make(&stage.site).expect("made");
    let roles: Vec<Role> = shown.iter().map(|(role, _)| *role).collect();
    assert_eq!(roles, [Role::Viewer, Role::Operator, Role::Hr, Role::Admin]);
    let open = |links: &DemoLinks, token: &SecretToken| {
        links
            .sign_in(&stage.site, token.reveal(), home(), &POLICY)
            .expect("no error")
    };
    let (_, token) = &shown[3];
    let session = open(&links, token).expect("signed in");
    let user = stage.session(&session.cookie).expect("signed in");
    assert_eq!(
        (user.name.as_str(), user.authority.role),
        ("demo-admin", Role::Admin)
    );
    assert!(open(&links, token).is_none());
    assert_eq!(
        enrolment(&stage.site, shown[0].1.reveal()).expect("read"),
        None
    );
    assert_eq!(
        stage.sign_in("demo-viewer", "", None, home()),
        SignIn::Refused
    );
    // Another process has others.
    let (again, _) = DemoLinks::make(&stage.site).expect("made");
    assert!(open(&again, &shown[0].1).is_none());
    assert!(open(&links, &shown[0].1).is_some());
    stage.add("ada");
    assert!(DemoLinks::make(&stage.site).is_err());
}

#[test]
fn names_are_plain_and_not_those_of_the_program() {
    let stage = Stage::new();
    let add = |name: &str| add_account(&stage.site, name, &authority(Role::Viewer));
    for bad in [
        "",
        " ",
        "-x",
        "a b",
        "ädä",
        "scheduler",
        "Root",
        "a\u{7}",
        "123-45-6789",
        &"x".repeat(65),
    ] {
        assert!(add(bad).is_err(), "{bad}");
    }
    let made = add("Ada.Lee@example.com").expect("added");
    assert_eq!(made.account, "ada.lee@example.com");
    assert!(add("ada.lee@example.com").is_err());
}

#[test]
fn views_of_unmasked_values_are_listed() {
    let stage = Stage::new();
    let (_, enrolled) = stage.enrol(&stage.add("ada"));
    let user = stage.session(&enrolled.session.cookie).expect("signed in");
    record_view(&stage.site, &user, "20261120-000001", "line 14").expect("written");
    let seen = views(&stage.site, 9).expect("read");
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (seen[0].user.as_str(), seen[0].subject.as_str()),
        ("ada", "20261120-000001")
    );
}

#[test]
fn nothing_secret_is_stored_listed_logged_or_formatted() {
    let stage = Stage::new();
    let link = add_account(&stage.site, "ada", &authority(Role::Admin)).expect("added");
    let (setup, enrolled) = stage.enrol(&token_of(&link));
    let made = new_token(&stage.site, "ada", None).expect("made");
    let user = stage.session(&enrolled.session.cookie).expect("signed in");
    stage.sign_in("ada", "a wrong passphrase", None, home());
    stage.sign_in("a passphrase as a name", PASSWORD, None, home());
    let mut secrets: Vec<Vec<u8>> = vec![
        token_of(&link).into(),
        PASSWORD.into(),
        setup.secret.replace(' ', "").into(),
        secret_of(&setup),
        "a wrong passphrase".into(),
        "a passphrase as a name".into(),
    ];
    secrets.extend([&enrolled.session.cookie, &made.token].map(|t| t.reveal().into()));
    secrets.extend(enrolled.one_time_codes.iter().map(|c| c.reveal().into()));
    let hashes = [&enrolled.session.cookie, &made.token].map(SecretToken::hash);
    let listed = accounts(&stage.site).expect("read");
    let mut texts = vec![
        format!("{listed:?} {link:?} {setup:?} {enrolled:?} {made:?} {user:?} {hashes:?}"),
        serde_json::to_string(&listed).expect("JSON"),
        format!(
            "{:?}",
            sessions_of(&stage.site, &user, &POLICY).expect("read")
        ),
    ];
    let ledger = stage.site.ledger().expect("a ledger");
    let events = ledger.events(&EventFilter::default(), 100).expect("read");
    texts.push(format!("{events:?} {:?}", ledger.credentials(user.number)));
    let link = ledger.enrolment(TokenHash::of("x"), Utc::now());
    texts.push(format!("{link:?}"));
    drop(ledger);
    let said = texts.join("\n");
    assert!(!said.contains("argon2id"), "{said}");
    let mut stored = said.into_bytes();
    for entry in fs::read_dir(stage.site.config.state()).expect("state") {
        stored.extend(fs::read(entry.expect("a file").path()).unwrap_or_default());
    }
    for secret in secrets {
        let found = stored.windows(secret.len()).any(|w| w == secret);
        assert!(!found, "{}", String::from_utf8_lossy(&secret));
    }
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
