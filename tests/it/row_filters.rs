//! Rows that an integration takes or leaves out by a column of the sender.

use crate::people::{Record, csv, deduction, people, person, subscriber_id, this_year};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario, default_config};

fn site(rules: &str) -> Scenario {
    Scenario::new().and_config(&format!("[integration.{DEMOGRAPHIC}.rows]\n{rules}"))
}

/// An employee's row with a record type in a column that nobody else reads.
fn typed(n: usize, record_type: &str) -> Record {
    let mut record = person(n);
    let column = ("Record Type".to_owned(), record_type.to_owned());
    record.cells.insert(0, column);
    record
}

/// A row of a dependent of employee `n`: the employee's ID, and nothing that could be taken.
fn dependent(n: usize) -> Record {
    let row = typed(n, "DP").with("ssn", "junk").with("hire_date", "");
    row.with("first_name", "Ana")
}

#[track_caller]
fn filtered(outcome: &Outcome, number: u64) {
    let found = outcome.skipped();
    assert_eq!(
        found,
        [("row_filtered".to_owned(), number)].into(),
        "{outcome:?}"
    );
}

#[test]
fn only_rows_of_the_listed_values_are_taken_whatever_is_wrong_with_the_others() {
    let site = site("only = { \"record_type\" = [\"EE\", \"\"] }");
    let records = [
        typed(1, "EE"),
        dependent(1),
        typed(2, " ee "),
        dependent(2),
        typed(3, ""),
        // Neither is one of the values.
        typed(4, "EEX"),
        typed(5, "E"),
    ];
    let outcome = site.send_people("hr.csv", &records, &[]);
    outcome.completed().buckets([3, 0, 4, 0]);
    filtered(&outcome, 4);
    assert_eq!(
        outcome.column("subscriber_id"),
        [1, 2, 3].map(subscriber_id)
    );
    assert_eq!(outcome.receipt()["skipped"]["row_filtered"], 4);
    assert!(outcome.codes().is_empty() && outcome.rejects().is_none());
    // The column is read, so it isn't one that means nothing to us.
    assert_eq!(outcome.summary()["unknown_columns"], serde_json::json!([]));
}

#[test]
fn a_value_with_a_misplaced_quote_leaves_no_row_out() {
    let site = site("only = { \"Record Type\" = [\"EE\"] }");
    let records = [typed(1, "EE"), typed(2, "EE"), typed(3, "DP")];
    let text = String::from_utf8(csv(&records)).expect("UTF-8");
    let text = text.replacen(
        &format!("EE,{}", subscriber_id(2)),
        &format!("\"EE\" x,{}", subscriber_id(2)),
        1,
    );
    // Here the type stands before the quote.
    let text = text.replacen(",103 Juniper Way,", ",\"103\" Juniper Way,", 1);
    let outcome = site
        .inbound(DEMOGRAPHIC, "hr.csv", text)
        .run(DEMOGRAPHIC, &[]);
    filtered(&outcome, 1);
    let errors = outcome.errors();
    assert_eq!(
        (errors[0].line, errors[0].code.as_str()),
        (Some(3), "QUOTE_MISPLACED"),
        "{outcome:?}"
    );
    assert_eq!(errors.len(), 1);
}

#[test]
fn a_row_has_to_pass_each_column_and_one_value_to_skip_is_enough() {
    let site = site(
        "only = { \"Record Type\" = [\"EE\"], city = [\"Madison\", \"zürich\"] }\n\
         skip = { \"Row Kind\" = [\"TEST\"], job_title = [\"\"] }",
    );
    let row = |n, city: &str, kind: &str| typed(n, "EE").with("city", city).with("Row Kind", kind);
    let records = [
        row(1, "Madison", ""),
        row(2, "ZÜRICH", "LIVE"),
        row(3, "Monona", ""),
        row(4, "Madison", "Test"),
        row(5, "Madison", "").without("job_title"),
        dependent(1).with("Row Kind", ""),
    ];
    let outcome = site.send_people("hr.csv", &records, &[]);
    outcome.completed().buckets([2, 0, 4, 0]);
    assert_eq!(outcome.column("city"), ["Madison", "ZÜRICH"]);
}

#[test]
fn a_filtered_row_comes_before_every_other_reason_and_counts_its_employee_as_present() {
    let config = "content = \"full\"\nomission = \"terminate\"";
    let site = site("only = { \"Record Type\" = [\"EE\"] }").and_keys(DEMOGRAPHIC, config);
    let all = [1, 2, 3].map(|n| typed(n, "EE"));
    site.roster("all.csv", csv(&all));
    let test = dependent(2).with("test_employee", "yes");
    let outcome = site.send_people("next.csv", &[typed(1, "EE"), test], &[]);
    outcome.completed();
    filtered(&outcome, 1);
    assert_eq!(outcome.count("deactivated_by_omission"), 1);
    assert_eq!(outcome.column("subscriber_id"), [subscriber_id(3)]);
    // The row of the test employee said nothing about the employee.
    let again = site.send_people("third.csv", &[typed(1, "EE"), typed(2, "EE")], &[]);
    again.completed().buckets([0, 2, 0, 0]);
}

#[test]
fn rejects_hold_no_filtered_row_and_are_taken_again() {
    let site = site("skip = { \"Record Type\" = [\"DP\"] }");
    let records = [
        typed(1, "EE").with("ssn", "bad"),
        dependent(1),
        typed(2, "EE"),
    ];
    let outcome = site.send_people("hr.csv", &records, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 1, 1]);
    let rejects = String::from_utf8(outcome.rejects().expect("rejects")).expect("text");
    assert_eq!(rejects.lines().count(), 2);
    let corrected = rejects.replace("bad", person(1).get("ssn"));
    let name = outcome.published_name("rejects");
    let again = site
        .inbound(DEMOGRAPHIC, &name, corrected)
        .run(DEMOGRAPHIC, &[]);
    again.completed().buckets([1, 0, 0, 0]);
}

#[test]
fn deductions_are_filtered_before_the_plan_year_is_looked_for_and_stay_in_control_totals() {
    let site = Scenario::new().and_config(&format!(
        "[integration.{DEDUCTION}.rows]\nskip = {{ Kind = [\"COBRA\"] }}\n\
         [integration.{DEDUCTION}.format]\ntrailer = {{ marker = \"TRL\", count = 2, employee_amount = 3 }}"
    ));
    site.roster("hr.csv", csv(&people(2)));
    let next_year = format!("{}-02-01", this_year() + 1);
    let other = deduction(9)
        .with("effective_date", next_year)
        .with("Kind", "cobra");
    let taken = [1, 2].map(|n| deduction(n).with("Kind", ""));
    let mut file = csv([&other, &taken[0], &taken[1]]);
    let cents = |r: &Record| r.get("employee_amount").replace('.', "").parse::<u64>();
    let sum: u64 = [&other, &taken[0], &taken[1]]
        .map(|r| cents(r).expect("cents"))
        .iter()
        .sum();
    file.extend_from_slice(format!("TRL,3,{sum}\n").as_bytes());
    let outcome = site.inbound(DEDUCTION, "ded.csv", file).run(DEDUCTION, &[]);
    outcome.completed().buckets([2, 0, 1, 0]);
    filtered(&outcome, 1);
    assert_eq!(outcome.count("employees_processed"), 2);
}

#[test]
fn fixed_width_rows_are_told_by_a_named_column_or_by_their_characters() {
    let columns = [
        "custom.kind",
        "subscriber_id",
        "username",
        "ssn",
        "first_name",
        "last_name",
        "birth_date",
        "hire_date",
    ];
    let mut layout = format!("[integration.{DEMOGRAPHIC}.fixed_width]\n");
    for (n, column) in columns.iter().enumerate() {
        layout += &format!("{column} = {{ start = {}, length = 24 }}\n", 3 + 24 * n);
    }
    layout += &format!(
        "employment_status = {{ start = {}, length = 1 }}\n",
        3 + 24 * 8
    );
    let line = |kind: &str, record: &Record| {
        let cells = columns[1..]
            .iter()
            .map(|c| format!("{:<24}", record.get(c)));
        format!("{kind}{kind:<24}{}A\n", cells.collect::<String>())
    };
    let file = [
        line("EE", &person(1)),
        line("DP", &dependent(1)),
        line("ee", &person(2)),
    ]
    .concat();
    // The last of them stands behind every column that is read.
    for (rule, file) in [
        ("only = { \"custom.kind\" = [\"EE\"] }", file.clone()),
        ("only = { \"1-2\" = [\"EE\"] }", file.clone()),
        ("skip = { \"1\" = [\"D\"] }", file.clone()),
        (
            "skip = { \"198-199\" = [\"XX\"] }",
            file.replace("DPDP", "EEEE").replace("A\nee", "A  XX\nee"),
        ),
    ] {
        let site = site(rule).and_config(&layout);
        let outcome = site
            .inbound(DEMOGRAPHIC, "hr.txt", &file)
            .run(DEMOGRAPHIC, &[]);
        outcome.completed().buckets([2, 0, 1, 0]);
        filtered(&outcome, 1);
    }
}

#[test]
fn a_column_that_is_missing_or_comes_twice_fails_the_file() {
    let site = site("only = { \"Record Type\" = [\"EE\"] }");
    let lacking = site.send_people("hr.csv", &people(1), &[]);
    lacking.ended(1, "Failed");
    let reason = lacking.text("reason");
    assert!(
        reason.starts_with("COLUMN_MISSING") && reason.contains("`Record Type`"),
        "{reason}"
    );
    let twice = typed(1, "EE").with("record_type", "EE");
    let twice = site.send_people("twice.csv", &[twice], &[]);
    assert!(
        twice.text("reason").starts_with("COLUMN_DUPLICATE"),
        "{twice:?}"
    );
    // A file without a header shows nothing of its first record.
    let text = String::from_utf8(csv(&people(1))).expect("text");
    let headless = text.lines().nth(1).expect("a record");
    let headless = site
        .inbound(DEMOGRAPHIC, "no.csv", headless)
        .run(DEMOGRAPHIC, &[]);
    assert!(
        headless
            .text("reason")
            .contains("no column name is known here"),
        "{headless:?}"
    );
}

#[test]
fn a_row_with_too_many_values_is_not_left_out_by_a_value_that_may_be_of_another_column() {
    let rule = "only = { \"Record Type\" = [\"EE\"] }";
    let text = |records: &[Record]| String::from_utf8(csv(records)).expect("text");
    // An unquoted comma in the title moves the record type of an employee to the next column.
    let last = person(1)
        .with("job_title", "Cook")
        .with("Record Type", "EE");
    let moved = text(&[last]).replace("Cook", "Cook, night");
    let outcome = site(rule)
        .inbound(DEMOGRAPHIC, "hr.csv", moved)
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(outcome.codes(), ["FIELD_COUNT"]);
    // What a record begins with is certain, and so is a value that is listed.
    let longer = text(&[typed(1, "EE"), dependent(2)]).replace("Analyst\nDP", "Analyst\nDP,1,2");
    let outcome = site(rule)
        .inbound(DEMOGRAPHIC, "hr.csv", longer.clone() + "DP,a,b\n")
        .run(DEMOGRAPHIC, &[]);
    outcome.completed().buckets([1, 0, 2, 0]);
    let listed = text(&[person(1).with("Kind", "EE"), person(2).with("Kind", "DP")]);
    let listed = listed.replace(",DP", ",DP,more");
    let skip = site("skip = { Kind = [\"DP\"] }");
    let outcome = skip
        .inbound(DEMOGRAPHIC, "hr.csv", listed)
        .run(DEMOGRAPHIC, &[]);
    outcome.completed().buckets([1, 0, 1, 0]);
    // A record in the middle of which the file ends is told before anything else.
    let cut = text(&[typed(1, "EE")]) + "DP,S2,half";
    let outcome = site(rule)
        .inbound(DEMOGRAPHIC, "hr.csv", cut)
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(outcome.codes(), ["FIELD_COUNT"]);
}

#[test]
fn the_advice_for_rows_of_one_key_names_the_column_that_tells_them_apart() {
    let rows = |name: &str, value: &str| person(1).with(name, value).with("first_name", value);
    for (header, named) in [
        ("Relationship", "Relationship"),
        ("Shoe Size", "Record Type"),
    ] {
        let outcome =
            Scenario::new().send_people("hr.csv", &[rows(header, "Ann"), rows(header, "Bea")], &[]);
        let advice = &outcome.errors()[0].how_to_fix;
        let says = format!("rows.only = {{ \"{named}\" = [");
        assert!(
            advice.contains(&says) && advice.contains("is_primary_ein"),
            "{advice}"
        );
    }
}

#[test]
fn a_fixed_width_rule_without_a_place_is_a_mistake_of_the_configuration() {
    for name in [
        "Record Type",
        "0-2",
        "3-2",
        "1-9999999999999999999999",
        "2000000",
    ] {
        let layout = "subscriber_id = { start = 1, length = 10 }";
        let config = format!(
            "{}[integration.{DEMOGRAPHIC}.fixed_width]\n{layout}\n[integration.{DEMOGRAPHIC}.rows]\nskip = {{ \"{name}\" = [\"x\"] }}\n",
            default_config()
        );
        let checked = Scenario::new().config(&config).feedgate(&["check"]);
        assert!(
            checked.stderr.contains("is no column of fixed_width"),
            "{name}: {checked:?}"
        );
    }
}
