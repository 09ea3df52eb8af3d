//! The page of the own account.

use super::signing_in::{PASSWORD, code, enrol, invite, secret_on};
use super::test_pages::TestPages;
use crate::domain::Role;
use axum::http::StatusCode;

#[test]
fn a_session_is_ended_from_another() {
    let pages = TestPages::bare("");
    let mut first = pages.browser();
    let (secret, codes) = enrol(&mut first, &invite(&pages, "ada", Role::Viewer));
    let sign_in = |code: &str| {
        let mut browser = pages.browser();
        let fields = [("name", "ada"), ("password", PASSWORD), ("code", code)];
        assert_eq!(browser.post("/sign-in", &fields).leads_to(), "/");
        browser
    };
    let (mut second, mut third) = (sign_in(&codes[0]), sign_in(&code(&secret, 1)));
    let page = first.get("/me");
    assert_eq!(page.texts("tbody tr").len(), 3);
    assert_eq!(page.texts("tbody tr form").len(), 2, "not the own one");
    let number = page.attributes("tbody button[name=session]", "value");
    // The newest stands first.
    assert_eq!(
        first
            .post("/me/sessions/end", &[("session", &number[0])])
            .leads_to(),
        "/me"
    );
    assert_eq!(third.get("/").leads_to(), "/sign-in?to=%2F");
    assert_eq!(second.get("/").status, StatusCode::OK);
    first.post("/me/sessions/end", &[("session", "others")]);
    assert_eq!(second.get("/").leads_to(), "/sign-in?to=%2F");
    assert_eq!(first.get("/me").texts("tbody tr").len(), 1);
    assert!(first.get("/me").texts(".said").is_empty(), "said once");
}

#[test]
fn sessions_of_others_are_out_of_reach() {
    let pages = TestPages::bare("");
    let (mut ada, mut bob) = (pages.browser(), pages.browser());
    enrol(&mut ada, &invite(&pages, "ada", Role::Viewer));
    enrol(&mut bob, &invite(&pages, "bob", Role::Admin));
    bob.post("/me/sessions/end", &[("session", "1")]);
    assert!(
        bob.get("/me")
            .texts(".said")
            .join("")
            .contains("has ended before")
    );
    assert_eq!(ada.get("/").status, StatusCode::OK);
}

#[test]
fn a_password_is_changed_with_the_old_one() {
    let pages = TestPages::bare("");
    let mut browser = pages.browser();
    let (_, codes) = enrol(&mut browser, &invite(&pages, "ada", Role::Viewer));
    let new = "battery staple horse";
    let mut change = |old: &str, again: &str| {
        let fields = [("old", old), ("password", new), ("again", again)];
        browser.post("/me/password", &fields)
    };
    for refused in [
        change("wrong horse battery", new),
        change(PASSWORD, "other"),
    ] {
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!refused.text.contains(new));
    }
    assert_eq!(change(PASSWORD, new).leads_to(), "/me");
    let fields = |password| {
        [
            ("name", "ada"),
            ("password", password),
            ("code", codes[0].as_str()),
        ]
    };
    let mut other = pages.browser();
    assert_eq!(
        other.post("/sign-in", &fields(PASSWORD)).status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(other.post("/sign-in", &fields(new)).leads_to(), "/");
}

#[test]
fn a_second_factor_is_replaced_with_a_code_and_counts_when_confirmed() {
    let pages = TestPages::bare("");
    let mut browser = pages.browser();
    let (_, codes) = enrol(&mut browser, &invite(&pages, "ada", Role::Viewer));
    let wrong = browser.post("/me/second-factor", &[("proof", PASSWORD)]);
    assert_eq!(
        wrong.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "a password is no proof"
    );
    assert_eq!(
        browser
            .post("/me/second-factor", &[("proof", &codes[0])])
            .leads_to(),
        "/me"
    );
    let secret = secret_on(&browser.get("/me"));
    let wrong = browser.post("/me/second-factor/confirm", &[("code", "000")]);
    assert_eq!(secret_on(&wrong), secret, "the secret stays");
    let fields = |code| [("name", "ada"), ("password", PASSWORD), ("code", code)];
    // The old one counts until then.
    assert_eq!(
        pages
            .browser()
            .post("/sign-in", &fields(&codes[1]))
            .leads_to(),
        "/"
    );
    let new = browser.post("/me/second-factor/confirm", &[("code", &code(&secret, 0))]);
    let new = new.texts(".codes code");
    assert_eq!(new.len(), 10);
    let old = pages.browser().post("/sign-in", &fields(&codes[2]));
    assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY);
    // New one-time codes, for a code.
    assert!(
        browser
            .get("/me")
            .texts("p")
            .contains(&"Set up. One-time codes left: 10.".to_owned())
    );
    let newest = browser.post("/me/codes", &[("code", &new[0])]);
    assert_eq!(newest.texts(".codes code").len(), 10);
    let again = browser.post("/me/codes", &[("code", &new[0])]);
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.texts(".codes code").is_empty());
}
