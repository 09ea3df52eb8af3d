//! The pages on which accounts are managed.

use super::signing_in::{enrol, invite};
use super::test_pages::{Browser, PAGES, TestPages};
use crate::domain::Role;
use axum::http::{Method, StatusCode, header};

fn admin(pages: &TestPages) -> Browser<'_> {
    let mut browser = pages.browser();
    enrol(&mut browser, &invite(pages, "ada", Role::Admin));
    browser
}

#[test]
fn a_person_is_invited_and_the_link_is_shown_once() {
    let pages = TestPages::bare("");
    let mut ada = admin(&pages);
    let fields = [
        ("name", "Bob"),
        ("role", "operator"),
        ("see_values", "on"),
        ("limited", "yes"),
        ("integration", "pay"),
    ];
    let made = ada.post("/accounts", &fields);
    assert_eq!(made.status, StatusCode::OK);
    let link = made.texts("#secret").remove(0);
    let path = link
        .strip_prefix("http://127.0.0.1:8499")
        .expect("the address of the site");
    let list = ada.get("/accounts");
    assert!(!list.text.contains(&link));
    let row = list
        .texts("tbody tr")
        .into_iter()
        .find(|row| row.starts_with("bob"));
    let row = row.expect("a row");
    for word in ["invited", "operator", "unmasked", "pay", "never"] {
        assert!(row.contains(word), "{word}: {row}");
    }
    let mut bob = pages.browser();
    let welcome = bob.get(path);
    assert!(
        welcome
            .texts("li")
            .contains(&"for these integrations only: pay".to_owned())
    );
    enrol(&mut bob, path);
    assert_eq!(
        bob.get("/integrations/people").status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(bob.get("/accounts").status, StatusCode::FORBIDDEN);
    // What was typed stays where it was not taken.
    let again = ada.post("/accounts", &fields);
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        again.text.contains("value=\"Bob\"")
            && again.text.contains("there is an account bob already")
    );
    let nothing = [("name", "carl"), ("role", "hr"), ("limited", "yes")];
    assert_eq!(
        ada.post("/accounts", &nothing).status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(ada.get("/accounts/carl").status, StatusCode::NOT_FOUND);
}

#[test]
fn what_an_account_may_do_changes_at_once() {
    let pages = TestPages::bare("");
    let mut ada = admin(&pages);
    let mut bob = pages.browser();
    enrol(&mut bob, &invite(&pages, "bob", Role::Viewer));
    assert_eq!(
        bob.get("/integrations/pay/run").status,
        StatusCode::FORBIDDEN
    );
    let fields = [("role", "operator"), ("limited", "no")];
    assert_eq!(
        ada.post("/accounts/bob", &fields).leads_to(),
        "/accounts/bob"
    );
    assert_eq!(bob.get("/integrations/pay/run").status, StatusCode::OK);
    assert_eq!(
        ada.post("/accounts/bob/disable", &[]).leads_to(),
        "/accounts/bob"
    );
    assert_eq!(bob.get("/").leads_to(), "/sign-in?to=%2F");
    assert_eq!(
        ada.post("/accounts/bob/link", &[]).status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    ada.post("/accounts/bob/enable", &[]);
    let link = ada.post("/accounts/bob/reset-second-factor", &[]);
    assert_eq!(link.texts("#secret").len(), 1);
    assert!(
        ada.get("/accounts/bob")
            .texts("dd")
            .contains(&"none".to_owned())
    );
}

#[test]
fn the_last_administrator_stays() {
    let pages = TestPages::bare("");
    let mut ada = admin(&pages);
    // An account that has not enrolled can't let others in.
    invite(&pages, "bob", Role::Admin);
    let viewer = [("role", "viewer"), ("limited", "no")];
    let limited = [
        ("role", "admin"),
        ("limited", "yes"),
        ("integration", "pay"),
    ];
    for answer in [
        ada.post("/accounts/ada/disable", &[]),
        ada.post("/accounts/ada", &viewer),
        ada.post("/accounts/ada", &limited),
    ] {
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text.contains("the only account"), "{}", answer.text);
    }
    assert_eq!(ada.get("/accounts").status, StatusCode::OK);
    let mut carl = pages.browser();
    enrol(&mut carl, &invite(&pages, "carl", Role::Admin));
    assert_eq!(
        carl.post("/accounts/ada/disable", &[]).leads_to(),
        "/accounts/ada"
    );
    assert_eq!(ada.get("/accounts").leads_to(), "/sign-in?to=%2Faccounts");
}

#[test]
fn a_token_is_shown_once_and_revoked_with_one_act() {
    let pages = TestPages::bare("");
    let mut ada = admin(&pages);
    let made = ada.post("/accounts/ada/token", &[("label", "payroll-server")]);
    let token = made.texts("#secret").remove(0);
    let ask = || {
        let mut request = pages.request(None, &Method::GET, "/live");
        let bearer = format!("Bearer {token}").parse().expect("a value");
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
        pages.ask(request).status
    };
    assert_eq!(ask(), StatusCode::NO_CONTENT, "let in");
    let page = ada.get("/accounts/ada");
    assert!(page.text.contains("payroll-server") && !page.text.contains(&token));
    let twice = ada.post("/accounts/ada/token", &[("label", "payroll-server")]);
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    ada.post("/accounts/ada/revoke-token", &[("token", "payroll-server")]);
    assert_eq!(ask(), StatusCode::UNAUTHORIZED);
}

#[test]
fn every_right_stands_there_in_words() {
    let page = PAGES.get(Role::Admin, "/accounts/demo-hr");
    let rights = page.texts("main > ul li");
    assert!(
        rights
            .iter()
            .any(|right| right.starts_with("correct, resubmit and dismiss"))
    );
    assert!(rights.contains(&"for all integrations".to_owned()));
    assert!(!rights.iter().any(|right| right.contains("manage accounts")));
    let own = PAGES.get(Role::Viewer, "/me");
    assert_eq!(
        own.texts("main > ul li"),
        ["see all pages", "for all integrations"]
    );
}
