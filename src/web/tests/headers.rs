//! What every answer says to browsers.

use super::test_pages::PAGES;
use crate::domain::Role;
use crate::web::assets::ADDRESSES;
use axum::http::{StatusCode, header};

#[test]
fn a_page_lets_nothing_in_from_elsewhere_and_is_not_kept() {
    let answer = PAGES.get(Role::Viewer, "/runs");
    assert_eq!(answer.status, StatusCode::OK);
    let value = |name: header::HeaderName| {
        let value = answer.headers.get(name).expect("a header");
        value.to_str().expect("text").to_owned()
    };
    let policy = value(header::CONTENT_SECURITY_POLICY);
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(value(header::CACHE_CONTROL), "no-store");
    assert_eq!(value(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    for unwanted in ["style=\"", "<style", "onclick", "javascript:"] {
        assert!(!answer.text.contains(unwanted), "{unwanted}");
    }
}

#[test]
fn style_and_script_may_be_kept_for_ever() {
    for address in [&ADDRESSES.style, &ADDRESSES.script, &ADDRESSES.icon] {
        let answer = PAGES.get(Role::Viewer, address);
        assert_eq!(answer.status, StatusCode::OK);
        let kept = answer.headers.get(header::CACHE_CONTROL).expect("a header");
        assert!(kept.to_str().is_ok_and(|kept| kept.contains("immutable")));
    }
    let missing = PAGES.get(Role::Viewer, "/assets/feedgate-000000000000.css");
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[test]
fn an_address_that_is_not_there_is_a_page_of_its_own() {
    let answer = PAGES.get(Role::Viewer, "/nowhere");
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.texts("h1"), ["Not there"]);
    let answer = PAGES.get(Role::Viewer, "/runs?status=done");
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer
            .texts(".problem")
            .concat()
            .contains("the statuses are"),
        "{}",
        answer.text
    );
}

#[test]
fn the_live_answer_is_empty_while_nothing_changes() {
    let first = PAGES.get(Role::Viewer, "/live");
    let tag = first.headers.get(header::ETAG).expect("a tag").clone();
    let mut again = PAGES.request(Some(Role::Viewer), &axum::http::Method::GET, "/live");
    again.headers_mut().insert(header::IF_NONE_MATCH, tag);
    let again = PAGES.ask(again);
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    assert!(again.text.is_empty());
}
