//! Enrolling, signing in and out, over HTTP.

use super::test_pages::{Answer, Browser, TestPages};
use crate::domain::{Authority, Role};
use crate::ledger::EventFilter;
use crate::operations::users;
use axum::http::{StatusCode, header};
use std::net::IpAddr;
use totp_rs::{Builder, Secret};

pub(super) const PASSWORD: &str = "correct horse battery";

/// The address of a link for a new account.
pub(super) fn invite(pages: &TestPages, name: &str, role: Role) -> String {
    let authority = Authority {
        role,
        see_values: false,
        integrations: None,
    };
    let made = users::add_account(&pages.site, name, &authority).expect("added");
    let (_, path) = made.link.split_once(":8499").expect("the port of the site");
    path.to_owned()
}

/// The secret that a page shows to be typed into an app.
pub(super) fn secret_on(page: &Answer) -> String {
    let shown = page.texts("ol code");
    shown.first().expect("a secret").replace(' ', "")
}

/// The code of a secret, so many steps from now.
pub(super) fn code(secret: &str, steps: i64) -> String {
    let value = |c: u8| match c {
        b'A'..=b'Z' => u32::from(c - b'A'),
        _ => u32::from(c - b'2') + 26,
    };
    let bits = secret
        .bytes()
        .flat_map(|c| (0..5).rev().map(move |n| value(c) >> n & 1));
    let bits: Vec<u32> = bits.collect();
    let bytes: Vec<u8> = bits
        .chunks_exact(8)
        .map(|byte| byte.iter().fold(0, |all, bit| all << 1 | *bit) as u8)
        .collect();
    let bytes: [u8; 20] = bytes.try_into().expect("twenty bytes");
    let totp = Builder::new()
        .with_secret(Secret::new_stack(bytes))
        .build_noncompliant();
    let now = chrono::Utc::now().timestamp() + steps * 30;
    totp.generate(now.cast_unsigned()).to_string()
}

/// Enrols by a link. Returns the secret of the second factor, and the one-time codes.
pub(super) fn enrol(browser: &mut Browser<'_>, link: &str) -> (String, Vec<String>) {
    let secret = secret_on(&browser.get(link));
    let code = code(&secret, 0);
    let fields = [("password", PASSWORD), ("again", PASSWORD), ("code", &code)];
    let answer = browser.post(link, &fields);
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    (secret, answer.texts(".codes code"))
}

fn said(answer: &Answer) -> String {
    answer.texts("[role=alert]").join(" ")
}

#[test]
fn a_link_enrols_once_and_signs_in() {
    let pages = TestPages::bare("");
    let link = invite(&pages, "ada", Role::Operator);
    let mut browser = pages.browser();
    let form = browser.get(&link);
    assert_eq!(form.status, StatusCode::OK);
    assert!(form.text.contains("<svg") && !form.text.contains("style="));
    for (name, word) in [
        ("name", "username"),
        ("password", "new-password"),
        ("again", "new-password"),
        ("code", "one-time-code"),
    ] {
        let field = format!("input[name={name}][autocomplete={word}]");
        assert_eq!(form.texts(&field).len(), 1, "{field}");
    }
    let right = code(&secret_on(&form), 0);
    for (fields, sentence) in [
        ([PASSWORD, "another", &right], "differ"),
        (["short", "short", &right], "too short"),
        ([PASSWORD, PASSWORD, ""], "Type the code"),
        ([PASSWORD, PASSWORD, "000"], "not right"),
    ] {
        let [password, again, code] = fields;
        let fields = [("password", password), ("again", again), ("code", code)];
        let answer = browser.post(&link, &fields);
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(said(&answer).contains(sentence), "{}", said(&answer));
        assert_eq!(secret_on(&answer), secret_on(&form), "the secret stays");
        assert!(!answer.text.contains(PASSWORD) && browser.cookie.is_none());
    }
    let (_, codes) = enrol(&mut browser, &link);
    assert_eq!(codes.len(), 10);
    assert_eq!(browser.get("/runs").status, StatusCode::OK);
    // Used up, for a second person and for a page that is sent again.
    let mut other = pages.browser();
    assert_eq!(other.get(&link).status, StatusCode::NOT_FOUND);
    let again = [
        ("password", PASSWORD),
        ("again", PASSWORD),
        ("code", &right),
    ];
    assert_eq!(other.post(&link, &again).status, StatusCode::NOT_FOUND);
    assert!(other.cookie.is_none());
}

#[test]
fn name_password_and_code_sign_in_and_lead_back() {
    let pages = TestPages::bare("");
    let mut browser = pages.browser();
    let link = invite(&pages, "ada", Role::Viewer);
    let (secret, codes) = enrol(&mut browser, &link);
    let form = pages.browser().get("/sign-in?to=%2Fruns%3Fopen%3Dtrue");
    assert!(form.text.contains("value=\"/runs?open=true\""));
    assert_eq!(form.texts("input[autocomplete=current-password]").len(), 1);
    let mut new = pages.browser();
    let mut sign_in = |code: &str, to: &str| {
        let fields = [
            ("name", "Ada "),
            ("password", PASSWORD),
            ("code", code),
            ("to", to),
        ];
        new.post("/sign-in", &fields)
    };
    let missing = sign_in("", "/runs");
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(said(&missing).contains("second factor"));
    assert!(missing.text.contains("value=\"Ada\"") && !missing.text.contains(PASSWORD));
    let answer = sign_in(&code(&secret, 1), "/runs?open=true");
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.leads_to(), "/runs?open=true");
    let cookie = answer.headers.get(header::SET_COOKIE).expect("a cookie");
    let cookie = cookie.to_str().expect("text");
    assert!(
        cookie.starts_with("feedgate=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict")
    );
    // A code is taken once; a one-time code takes its place, and leads nowhere else.
    assert_eq!(
        sign_in(&code(&secret, 1), "/").status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(sign_in(&codes[0], "//evil.example").leads_to(), "/");
    assert_eq!(new.get("/sign-in?to=/files").leads_to(), "/files");
    assert_eq!(new.get("/sign-in?to=https://evil.example").leads_to(), "/");
}

#[test]
fn over_https_the_cookie_is_for_this_host_and_https_alone() {
    let pages = TestPages::bare("");
    let mut browser = pages.browser();
    browser.secure = true;
    let (_, codes) = enrol(&mut browser, &invite(&pages, "ada", Role::Viewer));
    let mut new = pages.browser();
    new.secure = true;
    let fields = [("name", "ada"), ("password", PASSWORD), ("code", &codes[0])];
    let answer = new.post("/sign-in", &fields);
    let cookie = answer.headers.get(header::SET_COOKIE).expect("a cookie");
    let cookie = cookie.to_str().expect("text");
    assert!(
        cookie.starts_with("__Host-feedgate=") && cookie.contains("; Secure"),
        "attributes"
    );
    assert_eq!(new.get("/").status, StatusCode::OK);
}

#[test]
fn what_is_wrong_is_told_in_the_same_words() {
    let pages = TestPages::bare("");
    enrol(&mut pages.browser(), &invite(&pages, "ada", Role::Viewer));
    let try_as = |name: &str, password: &str| {
        let fields = [("name", name), ("password", password), ("code", "123456")];
        pages.browser().post("/sign-in", &fields)
    };
    let unknown = try_as("nemo", PASSWORD);
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    for other in [
        try_as("ada", "wrong horse battery"),
        try_as("ada", PASSWORD),
    ] {
        assert_eq!(other.status, unknown.status);
        assert_eq!(other.text.replace("ada", "nemo"), unknown.text);
    }
}

#[test]
fn a_flood_is_told_when_to_come_again() {
    let pages = TestPages::bare("");
    let (_, codes) = enrol(&mut pages.browser(), &invite(&pages, "ada", Role::Viewer));
    let fields = |password| {
        [
            ("name", "ada"),
            ("password", password),
            ("code", codes[0].as_str()),
        ]
    };
    let mut thief = pages.browser();
    thief.address = IpAddr::from([198, 51, 100, 1]);
    let mut answers = (0..20).map(|_| thief.post("/sign-in", &fields("wrong horse battery")));
    let limited = answers.find(|a| a.status == StatusCode::TOO_MANY_REQUESTS);
    let limited = limited.expect("a limit");
    let after = limited.headers.get(header::RETRY_AFTER).expect("a time");
    let after: u64 = after.to_str().expect("text").parse().expect("seconds");
    assert!((1..=900).contains(&after), "{after}");
    assert!(said(&limited).contains("Too many attempts failed"));
    drop(answers);
    let right = thief.post("/sign-in", &fields(PASSWORD));
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS, "not judged");
    // Where the person has signed in before, the person still can.
    let at_home = pages.browser().post("/sign-in", &fields(PASSWORD));
    assert_eq!(at_home.leads_to(), "/");
}

#[test]
fn after_signing_out_the_cookie_is_worth_nothing() {
    let pages = TestPages::bare("");
    let mut browser = pages.browser();
    enrol(&mut browser, &invite(&pages, "ada", Role::Viewer));
    let cookie = browser.cookie.clone();
    let out = browser.post("/sign-out", &[]);
    assert_eq!(out.leads_to(), "/sign-in");
    let set = out.headers.get(header::SET_COOKIE).expect("a cookie");
    assert!(set.to_str().expect("text").contains("Max-Age=0"));
    browser.cookie = cookie;
    assert_eq!(browser.get("/runs").leads_to(), "/sign-in?to=%2Fruns");
}

#[test]
fn an_account_without_the_factor_that_a_site_asks_for_needs_a_link() {
    let pages = TestPages::bare("second_factor = \"optional\"");
    let link = invite(&pages, "ada", Role::Viewer);
    let mut browser = pages.browser();
    assert!(
        browser
            .get(&link)
            .texts("legend")
            .contains(&"Second factor (optional)".to_owned())
    );
    let fields = [("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(browser.post(&link, &fields).leads_to(), "/");
    let required = pages.with_web("second_factor = \"required\"");
    let fields = [("name", "ada"), ("password", PASSWORD)];
    let answer = required.browser().post("/sign-in", &fields);
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(said(&answer).contains("new link"));
    // The session of before comes to the own account and nowhere else, and can be ended.
    let mut old = required.browser();
    old.cookie = browser.cookie.clone();
    assert_eq!(old.get("/runs").leads_to(), "/me");
    let own = old.get("/me");
    assert_eq!(own.status, StatusCode::OK);
    assert!(
        own.texts(".note")
            .join("")
            .contains("asks for a second factor")
    );
    assert_eq!(
        old.post("/me/second-factor", &[("proof", PASSWORD)])
            .leads_to(),
        "/me"
    );
    let secret = secret_on(&old.get("/me"));
    let codes = old.post("/me/second-factor/confirm", &[("code", &code(&secret, 0))]);
    assert_eq!(codes.texts(".codes code").len(), 10, "{}", codes.text);
    assert_eq!(old.get("/runs").status, StatusCode::OK);
}

#[test]
fn no_secret_is_in_an_event() {
    let pages = TestPages::bare("");
    let link = invite(&pages, "ada", Role::Admin);
    let mut browser = pages.browser();
    let (secret, codes) = enrol(&mut browser, &link);
    let cookie = browser.cookie.clone().expect("a cookie");
    let made = browser.post("/accounts/ada/token", &[]);
    let token = made.texts("#secret").remove(0);
    assert!(token.starts_with("fg_"));
    let new = browser.post(
        "/accounts",
        &[("name", "bob"), ("role", "hr"), ("limited", "no")],
    );
    let new = new.texts("#secret").remove(0);
    let (_, cookie) = cookie.split_once('=').expect("a value");
    let secrets = [PASSWORD, &secret, &codes[0], cookie, &token, &new, &link];
    let ledger = pages.site.ledger_for_reading().expect("a ledger");
    let events = ledger.events(&EventFilter::default(), 1_000).expect("read");
    assert!(events.len() >= 4);
    let shown = [
        format!("{events:?}"),
        browser.get("/me").text,
        browser.get("/accounts").text,
        browser.get("/accounts/ada").text,
        browser.get("/events").text,
        browser.get("/events/export").text,
        pages.browser().get("/sign-in").text,
    ];
    for text in shown {
        let letters = text.replace(' ', "");
        for secret in secrets {
            assert!(!text.contains(secret) && !letters.contains(secret));
        }
    }
}
