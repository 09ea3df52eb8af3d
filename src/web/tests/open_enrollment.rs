//! The page of open enrollment.

use super::signing_in::{enrol, invite};
use super::test_pages::TestPages;
use crate::domain::Role;
use axum::http::StatusCode;

const PAGE: &str = "/integrations/pay/open-enrollment";

#[test]
fn the_page_leads_through_the_steps_and_refuses_others() {
    let pages = TestPages::bare("");
    let mut browser = pages.browser();
    enrol(&mut browser, &invite(&pages, "ada", Role::Operator));
    assert!(browser.get("/integrations/pay").text.contains(PAGE));
    assert!(
        !browser
            .get("/integrations/people")
            .text
            .contains("open-enrollment")
    );
    let first = browser.get(PAGE);
    assert_eq!(first.texts("option"), ["2026-01-01", "2099-01-01"]);
    let mut step =
        |name: &str, fields: &[(&str, &str)]| browser.post(&format!("{PAGE}/{name}"), fields);
    for (name, fields) in [
        ("run", vec![("delta", "false")]),
        ("ask", vec![("who", "the carrier")]),
        ("answer", vec![("answer", "fine")]),
        ("end", vec![]),
        ("begin", vec![("plan_year", "2026-02-01")]),
        ("begin", vec![("plan_year", "soon")]),
    ] {
        let refused = step(name, &fields);
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert_eq!(refused.texts("[role=alert]").len(), 1);
    }
    assert_eq!(
        step("begin", &[("plan_year", "2099-01-01")]).leads_to(),
        PAGE
    );
    let nothing = step("run", &[("delta", "false")]);
    assert_eq!(nothing.leads_to(), PAGE, "{}", nothing.text);
    let page = browser.get(PAGE);
    let said = page.texts(".said");
    assert_eq!(
        said.last().map(String::as_str),
        Some("No file waits, so nothing was run."),
        "{said:?}"
    );
    let ask = format!("{PAGE}/ask");
    let early = browser.post(&ask, &[("who", "x")]);
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.text
            .contains("open enrollment for the plan year from 2099-01-01")
    );
    assert!(
        page.text
            .contains("--enrollment open --plan-year-start-date 2099-01-01")
    );
    assert_eq!(browser.post(&format!("{PAGE}/end"), &[]).leads_to(), PAGE);
    assert!(
        browser
            .get(PAGE)
            .texts(".said")
            .join("")
            .contains("not paused")
    );
    let mut viewer = pages.browser();
    enrol(&mut viewer, &invite(&pages, "vic", Role::Viewer));
    assert!(viewer.get(PAGE).texts("main form").is_empty());
    assert_eq!(
        viewer.post(&format!("{PAGE}/begin"), &[]).status,
        StatusCode::FORBIDDEN
    );
}
