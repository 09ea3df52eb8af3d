//! Matching records to employees of the roster.

use crate::people::{
    Record, csv, days_ago, deduction, people, person, ssn, subscriber_id, today, username,
};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario, default_config};
use chrono::Days;

fn site_with_roster(count: usize) -> Scenario {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(count)));
    site
}

/// Sends one record and gives the codes it gets.
fn judge(site: &Scenario, integration: &str, name: &str, record: Record) -> Vec<String> {
    let outcome = site
        .inbound(integration, name, csv(&[record]))
        .run(integration, &[]);
    assert!([0, 3].contains(&outcome.code), "{outcome:?}");
    outcome.codes()
}

#[test]
fn deductions_must_be_those_of_a_known_employee() {
    let site = site_with_roster(3);
    let cases: Vec<(Record, &[&str])> = vec![
        (deduction(1), &[]),
        (deduction(4), &["SUBSCRIBER_UNKNOWN"]),
        (deduction(1).with("ssn", ssn(9)), &["SSN_MISMATCH"]),
        (deduction(1).with("ssn", ssn(2)), &["SSN_MISMATCH"]),
        (
            deduction(1).with("username", username(2)),
            &["USERNAME_MISMATCH"],
        ),
        (
            deduction(1).with("username", username(1).to_uppercase()),
            &[],
        ),
        (
            deduction(1)
                .with("ssn", ssn(2))
                .with("username", username(2)),
            &["IDENTITY_MISMATCH"],
        ),
        (
            deduction(1).with("subscriber_id", subscriber_id(1).to_lowercase()),
            &["SUBSCRIBER_UNKNOWN"],
        ),
        (deduction(1).with("ssn", ssn(1).replace('-', " ")), &[]),
    ];
    for (i, (record, expected)) in cases.into_iter().enumerate() {
        let codes = judge(
            &site,
            DEDUCTION,
            &format!("{i}.csv"),
            record.with("plan_name", i),
        );
        assert_eq!(codes, expected, "case {i}");
    }
}

#[test]
fn identity_mismatch_names_nobody() {
    let site = site_with_roster(2);
    let shifted = deduction(1)
        .with("ssn", ssn(2))
        .with("username", username(2));
    let outcome = site.send_deductions("ded.csv", &[shifted], &[]);
    let errors = outcome.errors();
    assert_eq!(errors.len(), 1, "one finding, not two: {errors:?}");
    assert_eq!(errors[0].code, "IDENTITY_MISMATCH");
    let row = format!("{:?}", errors[0]);
    for name in [username(2), subscriber_id(2), ssn(2)] {
        assert!(!row.contains(&name), "{row}");
    }
}

#[test]
fn deductions_after_the_termination_are_refused() {
    let site = Scenario::new();
    let left = days_ago(10);
    let terminated = person(1)
        .with("employment_status", "T")
        .with("termination_date", left);
    site.roster("hr.csv", csv(&[terminated, person(2)]));
    let on = |date: chrono::NaiveDate| deduction(1).with("effective_date", date);
    assert_eq!(judge(&site, DEDUCTION, "on.csv", on(left)), [""; 0]);
    let after = left + Days::new(1);
    assert_eq!(
        judge(&site, DEDUCTION, "after.csv", on(after)),
        ["EMPLOYEE_TERMINATED"]
    );
    // A planned termination of an active employee counts from its day on.
    let planned = person(2).with("termination_date", today());
    site.send_people("hr2.csv", &[planned], &[]).completed();
    assert_eq!(judge(&site, DEDUCTION, "two.csv", deduction(2)), [""; 0]);
    // Rehired: deductions go on.
    let back = person(1).with("hire_date", days_ago(2));
    site.send_people("hr3.csv", &[back], &[]).completed();
    assert_eq!(judge(&site, DEDUCTION, "back.csv", on(today())), [""; 0]);
}

#[test]
fn a_rejected_demographic_record_does_not_enter_the_roster() {
    let site = Scenario::new();
    let outcome = site.send_people(
        "hr.csv",
        &[person(1), person(2).with("zip_code", "53")],
        &[],
    );
    outcome.ended(3, "Completed with Errors");
    assert_eq!(judge(&site, DEDUCTION, "1.csv", deduction(1)), [""; 0]);
    assert_eq!(
        judge(&site, DEDUCTION, "2.csv", deduction(2)),
        ["SUBSCRIBER_UNKNOWN"]
    );
}

#[test]
fn ssns_and_usernames_belong_to_one_employee() {
    let site = site_with_roster(2);
    let cases: Vec<(Record, &[&str])> = vec![
        (person(3).with("ssn", ssn(1)), &["SSN_IN_USE"]),
        (
            person(3).with("username", username(1)),
            &["USERNAME_IN_USE"],
        ),
        (
            person(3).with("username", username(1).to_uppercase()),
            &["USERNAME_IN_USE"],
        ),
        (
            person(3).with("username", username(2)).with("ssn", ssn(1)),
            &["SSN_IN_USE", "USERNAME_IN_USE"],
        ),
        (person(1).with("username", "a.new.name"), &[]),
        // Now the old one is free.
        (person(3).with("username", username(1)), &[]),
    ];
    for (i, (record, expected)) in cases.into_iter().enumerate() {
        let codes = judge(&site, DEMOGRAPHIC, &format!("{i}.csv"), record);
        assert_eq!(codes, expected, "case {i}");
    }
}

#[test]
fn the_error_file_of_a_used_ssn_names_no_other_employee() {
    let site = site_with_roster(2);
    let outcome = site.send_people("hr2.csv", &[person(3).with("ssn", ssn(1))], &[]);
    let row = format!("{:?}", outcome.errors());
    assert!(
        !row.contains(&subscriber_id(1)) && !row.contains(&ssn(1)),
        "{row}"
    );
    assert!(row.contains(&format!("***-**-{}", &ssn(1)[7..])), "{row}");
}

#[test]
fn a_changed_ssn_goes_by_the_policy() {
    for (policy, code, findings, action) in [
        ("reject", 3, 1, None),
        ("warn", 0, 1, Some("update")),
        ("accept", 0, 0, Some("update")),
    ] {
        let site = Scenario::new().and_config(&format!("[identity.ssn]\nchange = \"{policy}\"\n"));
        site.roster("hr.csv", csv(&people(1)));
        let outcome = site.send_people("hr2.csv", &[person(1).with("ssn", ssn(77))], &[]);
        assert_eq!(outcome.code, code, "{policy}: {outcome:?}");
        let found = outcome.findings().get("SSN_CHANGED").copied().unwrap_or(0);
        assert_eq!(found, findings, "{policy}");
        assert_eq!(
            outcome.column("action"),
            action.map(String::from).into_iter().collect::<Vec<_>>()
        );
        // What the roster holds from now on.
        let holds = if action.is_some() { ssn(77) } else { ssn(1) };
        let codes = judge(&site, DEDUCTION, "ded.csv", deduction(1).with("ssn", holds));
        assert_eq!(codes, [""; 0], "{policy}");
    }
}

#[test]
fn within_a_file_one_subscriber_has_one_ssn_and_one_username() {
    let site = Scenario::new();
    let records = [
        person(1),
        person(2),
        person(2),
        person(3),
        person(3).with("city", "Monona"),
        person(4).with("ssn", ssn(5)),
        person(5),
        person(6).with("username", username(7).to_uppercase()),
        person(7),
        person(8),
    ];
    let outcome = site.send_people("hr.csv", &records, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([3, 0, 1, 6]);
    let expected = [
        ("DUPLICATE_CONFLICT", 2),
        ("DUPLICATE_ROW", 1),
        ("SSN_SHARED", 2),
        ("USERNAME_SHARED", 2),
    ];
    assert_eq!(
        outcome.findings(),
        expected.map(|(c, n)| (c.to_owned(), n)).into()
    );
    assert_eq!(outcome.skipped(), [("duplicate_row".to_owned(), 1)].into());
    assert_eq!(
        outcome.column("subscriber_id"),
        [1, 2, 8].map(subscriber_id)
    );
    assert_eq!(outcome.count("warnings"), 1);
}

#[test]
fn conflicts_are_seen_over_the_whole_of_a_large_file() {
    let site = Scenario::new();
    let mut records = people(6000);
    records.push(person(1).with("city", "Monona"));
    records.push(person(7000).with("ssn", ssn(2)));
    let outcome = site.send_people("hr.csv", &records, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([5998, 0, 0, 4]);
    let taken = outcome.column("subscriber_id");
    assert_eq!(taken.len(), 5998);
    assert!(!taken.contains(&subscriber_id(1)) && !taken.contains(&subscriber_id(2)));
}

#[test]
fn shape_only_takes_deductions_without_a_roster() {
    let site = Scenario::new().and_config("[identity]\nmatch = \"shape-only\"\n");
    let outcome = site.send_deductions(
        "ded.csv",
        &[deduction(1), deduction(2).with("ssn", "1")],
        &[],
    );
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    assert_eq!(outcome.column("action"), ["add"]);
    let again = site.send_deductions("ded2.csv", &[deduction(1)], &[]);
    again.completed().buckets([0, 1, 0, 0]);
}

#[test]
fn an_empty_roster_holds_deductions() {
    let site = Scenario::new();
    let held = site.send_deductions("ded.csv", &[deduction(1)], &[]);
    held.ended(5, "Held");
    assert!(
        held.codes().contains(&"ROSTER_EMPTY".to_owned()),
        "{held:?}"
    );
    assert!(!held.text("reason").is_empty());
    assert_eq!(held.output(), None);
    assert_eq!(held.receipt()["status"], "Held");
    assert!(
        site.path(format!("held/{DEDUCTION}/{}/ded.csv", held.reference()))
            .exists()
    );
    site.roster("hr.csv", csv(&people(1)));
    let released = site.feedgate(&[
        "release",
        held.reference(),
        "--why",
        "roster is in",
        "--json",
    ]);
    released.completed().buckets([1, 0, 0, 0]);
    assert_eq!(released.column("action"), ["add"]);
}

#[test]
fn rosters_are_kept_apart() {
    let config = default_config()
        + "[integration.other-export]\nkind = \"demographic\"\nroster = \"other\"\n\
           [integration.other-import]\nkind = \"deduction\"\nroster = \"other\"\n";
    let site = Scenario::new().config(&config);
    site.roster("hr.csv", csv(&people(2)));
    let other = site
        .inbound("other-export", "hr.csv", csv(&[person(2), person(3)]))
        .run("other-export", &[]);
    other.completed();
    assert_eq!(other.column("action"), ["create", "create"]);
    let ours = site.send_deductions("ded.csv", &[deduction(1), deduction(3)], &[]);
    ours.buckets([1, 0, 0, 1]);
    let theirs = site
        .inbound(
            "other-import",
            "ded.csv",
            csv(&[deduction(1), deduction(3)]),
        )
        .run("other-import", &[]);
    theirs.buckets([1, 0, 0, 1]);
    assert_eq!(theirs.column("subscriber_id"), [subscriber_id(3)]);
}

#[test]
fn an_employee_who_moves_to_another_employer_is_the_same_employee() {
    let site = site_with_roster(2);
    let moved = person(1).with("ein", "98-7654321");
    let outcome = site.send_people("hr2.csv", &[moved], &[]);
    outcome.completed();
    assert_eq!(outcome.column("action"), ["update"]);
}

/// The messages of the error file, by record.
fn messages(run: &Outcome, code: &str) -> Vec<(Option<u64>, String)> {
    let errors = run.errors().into_iter().filter(|e| e.code == code);
    errors.map(|e| (e.record, e.message)).collect()
}

#[test]
fn conflicts_name_the_other_rows_and_what_differs() {
    let badge = "[integration.demographic-export.columns]\n\"custom.badge\" = \"Badge\"";
    let site = Scenario::new().and_config(badge);
    let with_badge = |n: usize, badge: &str| person(n).with("badge", badge);
    let rows = [
        with_badge(1, "1"),
        with_badge(2, "1"),
        // The same content, otherwise written.
        with_badge(1, "1").with("ssn", ssn(1).replace('-', "")),
        with_badge(1, "2")
            .with("city", "Monona")
            .with("last_changed_at", "2026-01-01"),
        with_badge(3, "1").with("ssn", ssn(2)),
        with_badge(4, "1").with("username", username(5).to_uppercase()),
        with_badge(5, "1"),
        with_badge(6, "1"),
        with_badge(6, "1").with("ein", "98-7654321"),
    ];
    let run = site
        .inbound(DEMOGRAPHIC, "hr.csv", csv(&rows))
        .run(DEMOGRAPHIC, &[]);
    let says = |code: &str, wanted: &[(u64, &str)]| {
        let told = messages(&run, code);
        assert_eq!(told.len(), wanted.len(), "{told:?}");
        for ((record, message), (number, end)) in told.iter().zip(wanted) {
            assert_eq!(*record, Some(*number), "{told:?}");
            assert!(message.ends_with(end), "{message:?} ends not with {end:?}");
        }
    };
    says(
        "DUPLICATE_CONFLICT",
        &[
            (
                1,
                " The other rows are on lines 4, 5. The rows differ in city, badge.",
            ),
            (
                3,
                " The other rows are on lines 2, 5. The rows differ in city, badge.",
            ),
            (
                4,
                " The other rows are on lines 2, 4. The rows differ in city, badge.",
            ),
        ],
    );
    says(
        "SSN_SHARED",
        &[
            (2, " The other row is on line 6."),
            (5, " The other row is on line 3."),
        ],
    );
    says(
        "USERNAME_SHARED",
        &[
            (6, " The other row is on line 8."),
            (7, " The other row is on line 7."),
        ],
    );
    says(
        "PRIMARY_EIN_CONFLICT",
        &[
            (8, " The other row is on line 10."),
            (9, " The other row is on line 9."),
        ],
    );
}

#[test]
fn of_many_rows_in_conflict_the_first_are_named() {
    let site = Scenario::new();
    site.roster("people.csv", csv(&[person(1), person(2)]));
    let amount = |n: usize| deduction(1).with("employee_amount", format!("{n}.00"));
    let rows: Vec<Record> = (1..=9).map(amount).chain([deduction(2)]).collect();
    let run = site
        .inbound(DEDUCTION, "deductions.csv", csv(&rows))
        .run(DEDUCTION, &[]);
    let told = messages(&run, "DUPLICATE_CONFLICT");
    assert_eq!(told.len(), 9);
    let last = " The other rows are on lines 2, 3, 4, 5, 6, 7 and more. The rows differ in employee_amount.";
    assert!(told[8].1.ends_with(last), "{told:?}");
    assert_eq!(run.count("records_accepted"), 1);
}
