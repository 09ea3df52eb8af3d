//! Enrolling, second factors and signing in.

use super::*;

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
