//! Every route asked by every role: only who has the right gets further than the guard.

use super::test_pages::PAGES;
use crate::domain::{Authority, Right, Role};
use crate::web::guard::Requires;
use axum::http::{Method, StatusCode, header};
use strum::VariantArray;

/// An address of a route, with names that are there.
fn address(path: &str) -> String {
    let runs = PAGES.site.ledger_for_reading().expect("a ledger");
    let run = runs.runs(&Default::default(), 1).expect("runs").remove(0);
    path.replace("{integration}", "demographic-export")
        .replace("{reference}", run.reference.as_str())
        .replace("{roster}", "main")
        .replace("{id}", "N10001")
        .replace("{code}", "SSN_AREA")
        .replace("{name}", "none")
        .replace("{account}", "demo-viewer")
        .replace("{token}", "none")
        .replace("{file}", "none.csv")
}

fn grants(role: Role, right: Right) -> bool {
    let authority = Authority {
        role,
        see_values: role == Role::Admin,
        integrations: None,
    };
    authority.has(right)
}

#[test]
fn a_route_is_open_to_those_who_have_its_right_and_to_no_others() {
    for line in &PAGES.lines {
        let Requires::Right(right) = line.requires else {
            continue;
        };
        let path = address(line.path);
        for role in Role::VARIANTS {
            let allowed = grants(*role, right);
            // With the right, an act is not tried here.
            if allowed && line.method != Method::GET {
                continue;
            }
            let answer = PAGES.ask(PAGES.request(Some(*role), &line.method, &path));
            let refused = answer.status == StatusCode::FORBIDDEN;
            let what = format!("{role} {} {path}: {}", line.method, answer.status);
            assert_eq!(refused, !allowed, "{what}");
            assert!(!answer.status.is_server_error(), "{what}\n{}", answer.text);
        }
    }
}

#[test]
fn without_a_sign_in_there_is_nothing_but_the_way_to_sign_in() {
    for line in &PAGES.lines {
        if !matches!(line.requires, Requires::Right(_)) {
            continue;
        }
        let path = address(line.path);
        let answer = PAGES.ask(PAGES.request(None, &line.method, &path));
        let to = answer.headers.get(header::LOCATION);
        let to_sign_in = to.is_some_and(|to| to.as_bytes().starts_with(b"/sign-in"));
        let refused = answer.status == StatusCode::UNAUTHORIZED;
        assert!(
            to_sign_in || refused,
            "{} {path}: {}",
            line.method,
            answer.status
        );
    }
}

#[test]
fn what_another_site_sends_is_refused() {
    for line in PAGES.lines.iter().filter(|line| line.method != Method::GET) {
        let mut request = PAGES.request(Some(Role::Admin), &line.method, &address(line.path));
        let headers = request.headers_mut();
        headers.insert("sec-fetch-site", "cross-site".parse().expect("a value"));
        let answer = PAGES.ask(request);
        assert_eq!(
            answer.status,
            StatusCode::FORBIDDEN,
            "{} {}",
            line.method,
            line.path
        );
    }
}

#[test]
fn a_link_in_a_mail_comes_to_its_page() {
    let mut request = PAGES.request(None, &Method::GET, "/runs?open=true");
    let headers = request.headers_mut();
    headers.insert("sec-fetch-site", "cross-site".parse().expect("a value"));
    let answer = PAGES.ask(request);
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.text.contains("http-equiv=\"refresh\""));
    let direct = PAGES.ask(PAGES.request(None, &Method::GET, "/runs?open=true"));
    let to = direct.headers.get(header::LOCATION).expect("a way");
    assert_eq!(to, "/sign-in?to=%2Fruns%3Fopen%3Dtrue");
}
