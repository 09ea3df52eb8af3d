//! `feedgate account`: who may sign in, as the real program manages it.

use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario, files};
use serde_json::{Value, json};

fn json_of(site: &Scenario, line: &str) -> Value {
    let words: Vec<&str> = line.split(' ').chain(["--json"]).collect();
    let outcome = site.feedgate(&words);
    assert_eq!(outcome.code, 0, "{line}: {outcome:?}");
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|e| panic!("{e}: {outcome:?}"))
}

fn refused(site: &Scenario, line: &str, why: &str) -> Outcome {
    let words: Vec<&str> = line.split(' ').collect();
    let outcome = site.feedgate(&words);
    assert_eq!(outcome.code, 2, "{line}: {outcome:?}");
    let told = outcome
        .stderr
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(told.contains(why), "{line}: {outcome:?}");
    outcome
}

/// The accounts by name and state.
fn states(site: &Scenario) -> Vec<(String, String)> {
    let listed = json_of(site, "account list");
    let accounts = listed["accounts"].as_array().expect("accounts").iter();
    let text = |account: &Value, key: &str| account[key].as_str().expect(key).to_owned();
    accounts
        .map(|a| (text(a, "name"), text(a, "state")))
        .collect()
}

#[test]
fn an_account_is_added_changed_shut_out_and_let_in_again() {
    let site = Scenario::new().and_config("[web]\nbase_url = \"https://feeds.example.com/\"\n");
    let none = site.feedgate(&["account", "list"]);
    assert!(none.stdout.contains("feedgate account add"), "{none:?}");
    let added = json_of(
        &site,
        &format!("account add Ada --role hr --see-values --integrations {DEMOGRAPHIC},{DEDUCTION}"),
    );
    assert_eq!(added["account"], "ada");
    let link = added["link"].as_str().expect("a link");
    let token = link.strip_prefix("https://feeds.example.com/sign-in/");
    assert_eq!(token.map(str::len), Some(43), "{link}");
    assert!(added["until"].is_string());
    let listed = json_of(&site, "account list");
    let account = &listed["accounts"][0];
    assert_eq!(account["role"], "hr");
    assert_eq!(account["integrations"], json!([DEDUCTION, DEMOGRAPHIC]));
    assert_eq!(account["see_values"], true);
    assert_eq!(account["tokens"], json!([]));
    for key in account.as_object().expect("an object").keys() {
        let docs = include_str!("../../docs/commands.md");
        assert!(
            docs.contains(&format!("`{key}`")),
            "{key} is not documented"
        );
    }
    json_of(&site, "account change ada --role viewer");
    let account = &json_of(&site, "account list")["accounts"][0];
    assert_eq!(account["role"], "viewer");
    assert_eq!(
        (&account["integrations"], &account["see_values"]),
        (&Value::Null, &json!(false))
    );

    json_of(&site, "account disable ada");
    assert_eq!(states(&site), [("ada".to_owned(), "disabled".to_owned())]);
    refused(&site, "account link ada", "account enable ada");
    refused(
        &site,
        "account reset-second-factor ada",
        "account enable ada",
    );
    let again = site.feedgate(&["account", "disable", "ada"]);
    assert!(again.stdout.contains("before"), "{again:?}");
    json_of(&site, "account enable ADA");
    assert_eq!(states(&site), [("ada".to_owned(), "invited".to_owned())]);
    let other = json_of(&site, "account link ada");
    assert_ne!(other["link"], added["link"]);
    let reset = json_of(&site, "account reset-second-factor ada");
    assert_ne!(reset["link"], other["link"]);
    let actions: Vec<String> = site
        .ledger_for_reading()
        .events(&Default::default(), 20)
        .expect("read")
        .into_iter()
        .rev()
        .map(|event| format!("{} {}", event.action, event.subject))
        .collect();
    assert_eq!(
        actions,
        [
            "add account ada",
            "change account ada",
            "disable account ada",
            "enable account ada",
            "new link ada",
            "reset second factor ada"
        ]
    );
}

#[test]
fn what_can_not_be_is_refused_with_the_way_out() {
    let site = Scenario::new();
    refused(
        &site,
        "account add ada --role boss",
        "viewer, operator, hr, admin",
    );
    refused(
        &site,
        "account add ada --role hr --integrations nowhere",
        DEMOGRAPHIC,
    );
    refused(&site, "account add a/b --role hr", "such as ada");
    refused(&site, "account add scheduler --role hr", "choose another");
    refused(&site, "account disable ada", "account list");
    refused(&site, "account", "Usage");
    assert_eq!(states(&site), []);
    json_of(&site, "account add ada --role hr");
    refused(&site, "account add ada --role admin", "account change");
    refused(&site, "account revoke-token ada payroll", "account list");
    json_of(&site, "account token ada --name payroll");
    refused(&site, "account token ada --name payroll", "revoke-token");
    refused(
        &site,
        "account token ada --name 123-45-6789",
        "payroll-server",
    );
}

#[test]
fn tokens_and_links_are_shown_once_and_stored_nowhere() {
    let site = Scenario::new();
    let link = json_of(&site, "account add ada --role admin")["link"].clone();
    let link = link
        .as_str()
        .expect("a link")
        .rsplit('/')
        .next()
        .expect("a token")
        .to_owned();
    let made = json_of(&site, "account token ada");
    assert_eq!(
        (&made["account"], &made["label"]),
        (&json!("ada"), &json!("token-1"))
    );
    let token = made["token"].as_str().expect("a token").to_owned();
    assert!(token.starts_with("fg_"), "{token}");
    let shown = site.feedgate(&["account", "token", "ada", "--name", "payroll server"]);
    let second = shown
        .stdout
        .split_whitespace()
        .last()
        .expect("a token")
        .to_owned();
    assert!(second.starts_with("fg_") && second != token, "{shown:?}");

    let mut said = Vec::new();
    for line in [
        &["account", "list"][..],
        &["events"],
        &["account", "list", "--json"],
        &["events", "--json"],
    ] {
        let outcome = site.feedgate(line);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        said.push(outcome.stdout);
    }
    assert!(said[0].contains("payroll server, token-1"), "{}", said[0]);
    let written = files(site.root());
    let bytes = written
        .iter()
        .map(|path| std::fs::read(path).expect("readable"));
    for place in said.into_iter().map(String::into_bytes).chain(bytes) {
        for secret in [&link, &token, &second] {
            assert!(
                memchr::memmem::find(&place, secret.as_bytes()).is_none(),
                "{secret}"
            );
        }
    }
    let revoked = site.feedgate(&["account", "revoke-token", "ada", "payroll server"]);
    assert_eq!(revoked.code, 0, "{revoked:?}");
    let tokens = json_of(&site, "account list")["accounts"][0]["tokens"].clone();
    assert_eq!(tokens.as_array().map(Vec::len), Some(1), "{tokens}");
    assert_eq!(tokens[0]["label"], "token-1");
}

#[test]
fn a_test_copy_keeps_accounts_without_their_tokens() {
    let site = Scenario::new();
    json_of(&site, "account add ada --role admin");
    json_of(&site, "account token ada");
    let copy = site.path("copy");
    let cloned = site.feedgate(&["clone", copy.to_str().expect("UTF-8")]);
    assert_eq!(cloned.code, 0, "{cloned:?}");
    let file = copy.join("feedgate.toml");
    let listed = site.feedgate(&[
        "account",
        "list",
        "--json",
        "--config",
        file.to_str().expect("UTF-8"),
    ]);
    let listed: Value = serde_json::from_str(&listed.stdout).expect("JSON");
    assert_eq!(listed["accounts"][0]["name"], "ada");
    assert_eq!(listed["accounts"][0]["tokens"], json!([]));
}
