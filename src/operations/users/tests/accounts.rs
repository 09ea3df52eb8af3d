//! Accounts as those see them who manage them, and that no secret shows.

use super::*;

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
