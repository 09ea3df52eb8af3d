//! An account that is limited to some integrations: no page shows anything of the others.

use super::signing_in::PASSWORD;
use super::test_pages::TestPages;
use crate::domain::{Authority, Role};
use crate::operations::users::{self, ChosenCredentials, SignInPolicy};
use crate::web::guard::Requires;
use crate::web::guard::policy;
use crate::web::routes::Line;
use axum::http::{Method, StatusCode};
use std::net::Ipv4Addr;

const OWN: &str = "deduction-import";

/// The session of an account that sees one integration.
fn cookie(pages: &TestPages) -> String {
    let authority = Authority {
        role: Role::Hr,
        see_values: true,
        integrations: Some([OWN.to_owned()].into()),
    };
    let made = users::add_account(&pages.site, "limited", &authority).expect("added");
    let (_, token) = made.link.rsplit_once('/').expect("a token");
    let chosen = ChosenCredentials {
        password: PASSWORD,
        code: "",
        address: Ipv4Addr::LOCALHOST.into(),
    };
    let policy = SignInPolicy {
        second_factor_required: false,
        ..policy(&pages.site)
    };
    let enrolled = users::enrol(&pages.site, token, &chosen, &policy).expect("no error");
    let session = enrolled.expect("enrolled").session;
    format!("feedgate={}", session.cookie.reveal())
}

#[test]
fn no_page_shows_anything_of_other_integrations() {
    let pages = TestPages::new();
    let mut browser = pages.browser();
    browser.cookie = Some(cookie(&pages));
    let others = pages
        .site
        .config
        .integrations
        .iter()
        .map(|i| i.name.as_str());
    let others: Vec<&str> = others.filter(|name| *name != OWN).collect();
    let ledger = pages.site.ledger_for_reading().expect("a ledger");
    let runs = ledger.runs(&Default::default(), 1_000).expect("runs");
    let (own, foreign): (Vec<_>, Vec<_>) = runs.iter().partition(|run| run.integration == OWN);
    assert!(!others.is_empty() && !own.is_empty() && !foreign.is_empty());
    let mut seen = 0;
    let of_accounts = |line: &&Line| line.requires != Requires::LoopbackOrToken;
    let lines = pages.lines.iter().filter(of_accounts);
    for line in lines.filter(|line| line.method == Method::GET) {
        let with = |integration: &str, reference: &str, account: &str| {
            line.path
                .replace("{integration}", integration)
                .replace("{reference}", reference)
                .replace("{account}", account)
                .replace("{roster}", "main")
                .replace("{id}", "N10001")
                .replace("{code}", "SSN_AREA")
                .replace("{name}", "none")
                .replace("{token}", "none")
        };
        let path = with(OWN, own[0].reference.as_str(), "limited");
        let answer = browser.get(&path);
        assert!(!answer.status.is_server_error(), "{path}: {}", answer.text);
        seen += usize::from(answer.status == StatusCode::OK);
        // A name in a longer word is another name.
        let words = answer
            .text
            .split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_');
        for word in words {
            assert!(!others.contains(&word), "{path} shows {word}");
        }
        for run in &foreign {
            assert!(
                !answer.text.contains(run.reference.as_str()),
                "{path} shows {}",
                run.reference
            );
        }
        let foreign = with(others[0], foreign[0].reference.as_str(), "limited");
        if foreign != path {
            let answer = browser.get(&foreign);
            let hidden = matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN);
            assert!(hidden, "{foreign}: {}", answer.status);
        }
    }
    assert!(seen > 10, "{seen} pages");
}
