//! Accounts files, and employees who are linked with accounts by e-mail at their first sync.

use crate::people::{Record, again, csv, gone, person, ssn, subscriber_id};
use crate::scenario::{DEMOGRAPHIC, Outcome, Scenario};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The integration that takes accounts.
const ACCOUNTS: &str = "platform-accounts";

fn site(content: &str) -> Scenario {
    Scenario::new()
        .and_keys(DEMOGRAPHIC, "link_by = \"work_email\"")
        .and_config(&format!(
            "[integration.{ACCOUNTS}]\nkind = \"accounts\"\ncontent = \"{content}\""
        ))
}

/// The account of person `n`: A1 has the address of person 1.
fn account(n: usize) -> Record {
    Record::of(&[
        ("Account ID", format!("A{n}")),
        ("E-Mail", format!("P{n}@Example.com")),
        ("Status", "Active".to_owned()),
    ])
}

impl Scenario {
    fn send_accounts(&self, name: &str, records: &[Record]) -> Outcome {
        self.inbound(ACCOUNTS, name, csv(records))
            .run(ACCOUNTS, &[])
    }
}

/// Action and account ID of each row of the output, by subscriber.
fn told(outcome: &Outcome) -> BTreeMap<String, (String, String)> {
    let row = |row: &BTreeMap<String, String>| {
        let said = (row["action"].clone(), row["account_id"].clone());
        (row["subscriber_id"].clone(), said)
    };
    outcome.rows().iter().map(row).collect()
}

fn rows<const N: usize>(rows: [(usize, &str, &str); N]) -> BTreeMap<String, (String, String)> {
    let row = |(n, action, account): (usize, &str, &str)| {
        (subscriber_id(n), (action.to_owned(), account.to_owned()))
    };
    rows.into_iter().map(row).collect()
}

fn shown(site: &Scenario, id: &str) -> Value {
    let shown = site.feedgate(&["employee", id, "--json"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    shown.summaries[0].clone()
}

fn account_of(site: &Scenario, n: usize) -> Value {
    shown(site, &subscriber_id(n))["account_id"].clone()
}

#[test]
fn one_account_links_several_reject_and_none_creates() {
    let site = site("changes");
    let double = account(2).with("Account ID", "A9");
    let list = [
        account(1),
        account(2),
        double,
        account(4).with("Status", "closed"),
    ];
    let list = site.send_accounts("accounts.csv", &list);
    list.completed().buckets([4, 0, 0, 0]);
    assert_eq!(list.output(), None);
    assert_eq!(list.summary()["output_file"], Value::Null);
    assert_eq!(list.receipt()["output_file"], Value::Null);
    let without = person(5).with("work_email", "");
    let people = [person(1), person(2), person(3), person(4), without];
    let first = site.send_people("hr.csv", &people, &[]);
    first
        .ended(3, "Completed with Errors")
        .buckets([4, 0, 0, 1]);
    assert_eq!(
        (
            first.count("records_linked"),
            first.count("records_created")
        ),
        (1, 3)
    );
    let expected = [
        (1, "link", "A1"),
        (3, "create", ""),
        (4, "create", ""),
        (5, "create", ""),
    ];
    assert_eq!(told(&first), rows(expected));
    let errors = first.errors();
    let [error] = &errors[..] else {
        panic!("{errors:?}");
    };
    assert_eq!(
        (&*error.code, &*error.field, &*error.message),
        (
            "EMAIL_AMBIGUOUS",
            "work_email",
            "Several accounts have this employee's e-mail address."
        )
    );
    assert_eq!(account_of(&site, 1), "A1");
    assert_eq!(account_of(&site, 3), Value::Null);
    let printed = site.feedgate(&["employee", &subscriber_id(1)]).stdout;
    assert!(printed.contains("account_id          A1"), "{printed}");
    // Once the double account is gone, the rejected record is taken as it is.
    let ended = account(2)
        .with("Account ID", "A9")
        .with("Status", "inactive");
    site.send_accounts("ended.csv", &[ended]).completed();
    let rejects = first.rejects().expect("rejects");
    let name = first.published_name("rejects");
    let corrected = site
        .inbound(DEMOGRAPHIC, &name, rejects)
        .run(DEMOGRAPHIC, &[]);
    corrected.completed().buckets([1, 0, 0, 0]);
    assert_eq!(told(&corrected), rows([(2, "link", "A2")]));
}

#[test]
fn the_link_stays_whatever_the_addresses_become() {
    let site = site("changes");
    site.send_accounts("accounts.csv", &[account(1), account(2)]);
    site.send_people("hr.csv", &[person(1)], &[]).completed();
    // The accounts file changes: nothing is said as long as the employee's record is the same.
    let renamed = account(1).with("E-Mail", "other@example.com");
    site.send_accounts("renamed.csv", &[renamed]).completed();
    let same = site.send_people("same.csv", &[person(1), person(3)], &[]);
    same.completed().buckets([1, 1, 0, 0]);
    assert_eq!(same.codes(), [""; 0]);
    let moved = person(1).with("city", "Verona");
    let told_of = site.send_people("moved.csv", std::slice::from_ref(&moved), &[]);
    told_of.completed().buckets([1, 0, 0, 0]);
    assert_eq!(told_of.codes(), ["EMAIL_CHANGED_ELSEWHERE"]);
    assert_eq!(told(&told_of), rows([(1, "update", "A1")]));
    // The employee's own address becomes that of another account.
    let taken = moved.with("work_email", "p2@example.com");
    let taken = site.send_people("taken.csv", &[taken], &[]);
    assert_eq!(told(&taken), rows([(1, "update", "A1")]));
    // Leaving and coming back, and an account that is gone, change nothing.
    site.send_accounts("gone.csv", &[account(1).with("Status", "inactive")])
        .completed();
    let left = site.send_people("left.csv", &[gone(1)], &[]);
    assert_eq!(told(&left), rows([(1, "deactivate", "A1")]));
    let back = site.send_people("back.csv", &[person(1).with("job_title", "Clerk")], &[]);
    assert_eq!(told(&back), rows([(1, "reactivate", "A1")]));
    // Whoever has the address later gets no account of somebody else.
    let next = person(4).with("work_email", "p1@example.com");
    let next = site.send_people("next.csv", &[next], &[]);
    assert_eq!(told(&next), rows([(4, "create", "")]));
}

#[test]
fn an_account_is_never_two_peoples() {
    let site = site("changes");
    site.send_accounts("accounts.csv", &[account(1), account(2)]);
    let shared = |n: usize| person(n).with("work_email", "p1@example.com");
    let both = site.send_people("both.csv", &[shared(3), person(2), shared(4)], &[]);
    both.ended(3, "Completed with Errors").buckets([1, 0, 0, 2]);
    assert_eq!(told(&both), rows([(2, "link", "A2")]));
    let errors = both.errors();
    let messages: Vec<_> = errors.iter().map(|e| (&*e.code, &*e.message)).collect();
    let message =
        "Rows of other new employees, or of this one, claim the same account or a second one.";
    assert_eq!(messages, [("EMAIL_AMBIGUOUS", message); 2]);
    let one = site.send_people("one.csv", &[shared(3)], &[]);
    assert_eq!(told(&one), rows([(3, "link", "A1")]));
    let other = site.send_people("other.csv", &[shared(4)], &[]);
    other
        .ended(3, "Completed with Errors")
        .buckets([0, 0, 0, 1]);
    let error = &other.errors()[0];
    assert_eq!(
        error.message,
        "The account with this e-mail address is linked with another employee."
    );
    assert!(error.how_to_fix.contains("--unlink"), "{error:?}");
}

#[test]
fn a_full_list_ends_what_it_lacks_and_a_list_of_changes_does_not() {
    for (content, action) in [("full", "create"), ("changes", "link")] {
        let site = site(content);
        site.send_accounts("accounts.csv", &[account(1), account(2)]);
        let next = site.send_accounts("next.csv", &[account(1), account(3)]);
        next.completed().buckets([1, 1, 0, 0]);
        assert_eq!(next.count("accounts_gone"), u64::from(content == "full"));
        let people = site.send_people("hr.csv", &[person(1), person(2), person(3)], &[]);
        let told = told(&people);
        assert_eq!(told[&subscriber_id(2)].0, action, "{content}");
        assert_eq!(
            told[&subscriber_id(3)],
            ("link".to_owned(), "A3".to_owned())
        );
    }
}

#[test]
fn a_full_list_with_rows_in_doubt_or_over_a_guard_is_held_and_changes_nothing() {
    let site = site("full").and_config(&format!(
        "[integration.{ACCOUNTS}.guards]\nmax_missing_count = 1"
    ));
    let all = [account(1), account(2), account(3)];
    site.send_accounts("accounts.csv", &all).completed();
    // A row is present by its ID, also if it is rejected.
    let bad = account(2).with("E-Mail", "nobody");
    let rejected = site.send_accounts("bad.csv", &[account(1), bad, account(3)]);
    rejected
        .ended(3, "Completed with Errors")
        .buckets([0, 2, 0, 1]);
    assert_eq!(rejected.count("accounts_gone"), 0);
    // Without its ID it may be any.
    let nameless = account(2).with("Account ID", "");
    let held = site.send_accounts("nameless.csv", &[account(1), nameless, account(3)]);
    held.ended(5, "Held");
    assert_eq!(held.codes(), ["OMISSION_UNSURE", "REQUIRED_MISSING"]);
    let short = site.send_accounts("short.csv", &[account(1)]);
    short.ended(5, "Held");
    assert_eq!(short.codes(), ["GUARD_MISSING"]);
    let list =
        String::from_utf8(std::fs::read(short.published("held").expect("a list")).expect("read"));
    assert!(list.expect("UTF-8").contains("A2"), "{short:?}");
    let people = site.send_people("hr.csv", &[person(2), person(3)], &[]);
    assert_eq!(told(&people), rows([(2, "link", "A2"), (3, "link", "A3")]));
    let released = site.feedgate(&[
        "release",
        short.reference(),
        "--why",
        "a small list",
        "--json",
    ]);
    released.completed();
    assert_eq!(released.count("accounts_gone"), 2);
}

#[test]
fn bad_rows_are_rejected_corrected_and_never_stored() {
    let site = site("changes");
    let list = [
        account(1),
        account(1),
        account(2),
        account(2).with("E-Mail", "second@example.com"),
        account(3).with("Status", "maybe"),
        account(4).with("E-Mail", ""),
        account(5).with("Account ID", "1.2E+09"),
    ];
    let list = site.send_accounts("accounts.csv", &list);
    list.ended(3, "Completed with Errors").buckets([1, 0, 1, 5]);
    let codes = [
        "CODE_UNKNOWN",
        "DUPLICATE_CONFLICT",
        "DUPLICATE_ROW",
        "REQUIRED_MISSING",
        "SPREADSHEET_NUMBER",
    ];
    assert_eq!(list.codes(), codes);
    let bad = site.send_accounts("bad.csv", &[account(9).with("E-Mail", "nobody")]);
    assert_eq!(
        bad.errors()[0].how_to_fix,
        "Write one address such as name@example.com."
    );
    let summary = list.summary();
    assert_eq!(
        (
            &summary["integration_type"],
            &summary["employees_processed"],
            &summary["records_created"],
            &summary["skipped"],
        ),
        (
            &json!("Import"),
            &json!(0),
            &json!(1),
            &json!({ "duplicate_row": 1 })
        )
    );
    let rejects = String::from_utf8(list.rejects().expect("rejects")).expect("UTF-8");
    assert_eq!(rejects.lines().next(), Some("Account ID,E-Mail,Status"));
    let fixed = "Account ID,E-Mail,Status\nA4,p4@example.com,Active\n";
    // A row that ends early before a bad one is no part of it.
    let short =
        "Account ID,E-Mail,First,Last,Status\nA7,p7@example.com\n,p8@example.com,Ruth,Okafor\n";
    let short = site
        .inbound(ACCOUNTS, "short.csv", short)
        .run(ACCOUNTS, &[]);
    short.buckets([1, 0, 0, 1]);
    let name = list.published_name("rejects");
    let corrected = site.inbound(ACCOUNTS, &name, fixed).run(ACCOUNTS, &[]);
    corrected.completed().buckets([1, 0, 0, 0]);
    assert_eq!(corrected.text("resubmission_of"), list.reference());
    let people = [person(1), person(2), person(3), person(4), person(5)];
    let people = site.send_people("hr.csv", &people, &[]);
    let expected = [
        (1, "link", "A1"),
        (2, "create", ""),
        (3, "create", ""),
        (4, "link", "A4"),
        (5, "create", ""),
    ];
    assert_eq!(told(&people), rows(expected));
    // The people of an accounts file are no employees.
    let open = site.feedgate(&["rejects", "--json"]).stdout;
    assert!(!open.contains("A2"), "{open}");
}

#[test]
fn the_same_bytes_are_a_duplicate_and_a_dry_run_takes_nothing() {
    let site = site("full");
    site.send_accounts("accounts.csv", &[account(1)])
        .completed();
    let again = site.send_accounts("again.csv", &[account(1)]);
    again.completed().buckets([0, 0, 0, 0]);
    assert!(
        again.text("reason").starts_with("duplicate of run"),
        "{again:?}"
    );
    std::fs::write(site.path("dry.csv"), csv(&[person(1), person(2)])).expect("written");
    let dry = [
        "validate",
        "dry.csv",
        "--integration",
        DEMOGRAPHIC,
        "--json",
    ];
    let dry = site.feedgate(&dry);
    assert_eq!(dry.summaries[0]["summary"]["records_linked"], 1, "{dry:?}");
    std::fs::write(site.path("list.csv"), csv(&[account(2)])).expect("written");
    let list = ["validate", "list.csv", "--integration", ACCOUNTS, "--json"];
    assert_eq!(
        site.feedgate(&list).summaries[0]["summary"]["accounts_gone"],
        1
    );
    let people = site.send_people("hr.csv", &[person(1), person(2)], &[]);
    assert_eq!(told(&people), rows([(1, "link", "A1"), (2, "create", "")]));
}

#[test]
fn an_administrator_ends_a_link_with_a_reason() {
    let site = site("changes");
    site.send_accounts("accounts.csv", &[account(1)]);
    site.send_people("hr.csv", &[person(1), person(2)], &[]);
    let id = subscriber_id(1);
    let why = ["--why", "the address was reused", "--json"];
    let edit = |act: &str, id: &str| site.feedgate(&[&["employee", id, act], &why[..]].concat());
    // An entry with a link is not removed with it.
    let refused = edit("--remove", &id);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("--unlink"), "{refused:?}");
    assert_eq!(site.feedgate(&["employee", &id, "--unlink"]).code, 2);
    let done = edit("--unlink", &id);
    assert_eq!(done.code, 0, "{done:?}");
    let handle = done.summaries[0]["handle"].as_str().expect("a handle");
    assert_eq!(
        done.summaries[0],
        json!({ "handle": handle, "roster": "main", "done": "unlinked", "into": null })
    );
    let event = &site.feedgate(&["events", "--json"]).summaries[0];
    assert_eq!(
        (&event["action"], &event["subject"], &event["why"]),
        (
            &json!("unlink employee"),
            &json!(handle),
            &json!("roster main: the address was reused")
        )
    );
    assert_eq!(edit("--unlink", &id).code, 2);
    assert_eq!(account_of(&site, 1), Value::Null);
    let next = site.send_people("next.csv", &[person(1).with("city", "Verona")], &[]);
    assert_eq!(told(&next), rows([(1, "update", "")]));
    // The account is free for whoever comes with its address.
    let other = person(3).with("work_email", "p1@example.com");
    let other = site.send_people("other.csv", &[other], &[]);
    assert_eq!(told(&other), rows([(3, "link", "A1")]));
}

#[test]
fn who_comes_back_under_another_id_keeps_the_account() {
    let site = site("changes");
    site.send_accounts("accounts.csv", &[account(1)]);
    site.send_people("hr.csv", &[person(1), person(2)], &[])
        .completed();
    site.send_people("left.csv", &[gone(1)], &[]).completed();
    let back = site.send_people("again.csv", &[again(1)], &[]);
    back.completed().buckets([1, 0, 0, 0]);
    assert_eq!(back.codes(), ["REHIRE_NEW_ID"]);
    assert_eq!(
        (back.column("action"), back.column("account_id")),
        (vec!["link".to_owned()], vec!["A1".to_owned()])
    );
    assert_eq!(account_of(&site, 1), Value::Null);
    assert_eq!(shown(&site, "R1")["account_id"], "A1");
    // Somebody else with the number is neither the person nor gets the account.
    let other = person(3)
        .with("ssn", ssn(1))
        .with("work_email", "p1@example.com");
    let other = site.send_people("other.csv", &[other], &[]);
    assert_eq!(other.codes(), ["EMAIL_AMBIGUOUS", "SSN_IN_USE"]);
}

#[test]
fn an_account_that_passes_on_within_a_file_goes_out_with_the_new_entry_alone() {
    let site = site("changes");
    site.send_accounts("accounts.csv", &[account(1)]);
    site.send_people("hr.csv", &[person(1)], &[]).completed();
    let both = site.send_people("both.csv", &[again(1), gone(1)], &[]);
    both.completed().buckets([2, 0, 0, 0]);
    assert_eq!(both.column("action"), ["link", "deactivate"]);
    assert_eq!(both.column("account_id"), ["A1", ""]);
}

#[test]
fn integrations_of_one_roster_share_accounts_and_links() {
    let site = site("changes").and_config(
        "[integration.second]\nkind = \"demographic\"\nlink_by = \"home_email\"\n\
         [integration.third]\nkind = \"demographic\"\n\
         [integration.elsewhere]\nkind = \"demographic\"\nroster = \"other\"",
    );
    site.send_accounts("accounts.csv", &[account(1), account(2)]);
    let send = |name: &str, file: &str, record: &Record| {
        site.inbound(name, file, csv([record])).run(name, &[])
    };
    let second = send(
        "second",
        "a.csv",
        &person(1).with("home_email", "p1@example.com"),
    );
    assert_eq!(told(&second), rows([(1, "link", "A1")]));
    let moved = person(1).with("city", "Verona");
    assert_eq!(
        told(&send(DEMOGRAPHIC, "b.csv", &moved)),
        rows([(1, "update", "A1")])
    );
    // Without link_by there is no column, and nobody is linked.
    for (name, n) in [("third", 2), ("elsewhere", 1)] {
        let outcome = send(name, "c.csv", &person(n));
        assert_eq!(outcome.column("action"), ["create"]);
        assert!(!outcome.rows()[0].contains_key("account_id"), "{name}");
    }
    // Who is known already is not linked any more.
    let known = person(2).with("city", "Verona");
    assert_eq!(
        told(&send(DEMOGRAPHIC, "d.csv", &known)),
        rows([(2, "update", "")])
    );
}

#[test]
fn the_column_stands_where_the_output_names_it_and_in_deactivations_by_omission() {
    let site = site("changes")
        .and_keys(DEMOGRAPHIC, "content = \"full\"\nomission = \"terminate\"")
        .and_config(&format!(
            "[integration.{DEMOGRAPHIC}.output]\ncolumns = [{{ from = \"account_id\", as = \"Account\" }}, \
             \"subscriber_id\", \"action\"]"
        ));
    site.send_accounts("accounts.csv", &[account(1)]);
    let output =
        |outcome: &Outcome| String::from_utf8(outcome.output().expect("rows")).expect("UTF-8");
    let first = site.send_people("hr.csv", &[person(1), person(2)], &[]);
    let (one, two) = (subscriber_id(1), subscriber_id(2));
    let expected = format!("Account,subscriber_id,action\nA1,{one},link\n,{two},create\n");
    assert_eq!(output(&first), expected);
    let next = site.send_people("next.csv", &[person(2)], &[]);
    assert_eq!(
        output(&next),
        format!("Account,subscriber_id,action\nA1,{one},deactivate\n")
    );
}

#[test]
fn an_account_id_that_may_be_an_ssn_is_kept_encrypted() {
    let site = site("changes");
    let number = ssn(7);
    let list = account(1).with("Account ID", &number);
    site.send_accounts("accounts.csv", &[list]).completed();
    let linked = site.send_people("hr.csv", &[person(1)], &[]);
    assert_eq!(linked.column("account_id"), [number.as_str()]);
    let masked = format!("***-**-{}", &number[7..]);
    assert_eq!(account_of(&site, 1), json!(masked));
    let ledger = std::fs::read(site.path("state/ledger.db")).expect("read");
    let holds = |text: &str| {
        ledger
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(!holds(&number) && !holds("P1@Example.com"));
}

#[test]
fn mistakes_of_the_configuration_say_what_to_do() {
    let accounts = format!("[integration.{ACCOUNTS}]\nkind = \"accounts\"\n");
    let check = |toml: &str| {
        let site = Scenario::new().and_config(toml);
        let checked = site.feedgate(&["check"]);
        assert_eq!(checked.code, 2, "{checked:?}");
        checked.stdout + &checked.stderr
    };
    let fixed = "fixed_width = { account_id = { start = 1, length = 9 }, email = { start = 10, length = 30 } }";
    for (keys, said) in [
        (fixed, "accounts files are delimited"),
        ("omission = \"ignore\"", "are gone"),
        ("eins = [\"12-3456789\"]", "hold no employees"),
        (
            "link_by = \"work_email\"",
            "means nothing in an accounts integration",
        ),
        (
            "constants = { email = \"all@example.com\" }",
            "the same for everybody",
        ),
        (
            "codes = { account_id = { A = \"B\" } }",
            "takes no cross-reference table",
        ),
        ("output = { delimiter = \";\" }", "are not sent on"),
    ] {
        let told = check(&format!("{accounts}{keys}"));
        assert!(told.contains(said), "{told}");
    }
    let told = check("[identity]\nemail = \"work\"");
    assert!(
        told.contains("identity.email") && told.contains("link_by"),
        "{told}"
    );
    let demographic = "[integration.hr]\nkind = \"demographic\"\nroster = \"other\"\n";
    let told = check(&format!("{accounts}{demographic}link_by = \"work_email\""));
    assert!(told.contains("those of the roster \"other\""), "{told}");
    let column = "output = { columns = [\"account_id\"] }";
    let told = check(&format!("{demographic}{column}"));
    assert!(told.contains("is empty without link_by"), "{told}");
}
