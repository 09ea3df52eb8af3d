//! Sessions, passwords and tokens.

use super::*;

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
    let listed = accounts(&stage.site).expect("read").accounts;
    let ada = listed.iter().find(|account| account.name == "ada");
    let used: Vec<bool> = ada
        .expect("listed")
        .tokens
        .iter()
        .map(|t| t.last_used.is_some())
        .collect();
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
