//! Files without a header line, values that the sender doesn't send, and columns that need not be there.

use crate::people::{Record, csv, days_ago, deduction, people, person, ssn, subscriber_id, today};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario, default_config};

/// The columns of headerless files of people, in their order.
const PEOPLE: [&str; 9] = [
    "subscriber_id",
    "username",
    "ssn",
    "first_name",
    "last_name",
    "birth_date",
    "hire_date",
    "employment_status",
    "job_title",
];

fn positions(integration: &str, columns: &[&str]) -> String {
    let places = columns.iter().zip(1..).map(|(c, n)| format!("{c} = {n}\n"));
    format!(
        "[integration.{integration}.positions]\n{}",
        places.collect::<String>()
    )
}

fn site() -> Scenario {
    Scenario::new().and_config(&positions(DEMOGRAPHIC, &PEOPLE))
}

/// Records as lines without a header, with `more` at the end of each.
fn lines(columns: &[&str], delimiter: &str, records: &[Record], more: &str) -> String {
    let line = |record: &Record| {
        let cells: Vec<&str> = columns.iter().map(|c| record.get(c)).collect();
        cells.join(delimiter) + more + "\n"
    };
    records.iter().map(line).collect()
}

fn send(site: &Scenario, name: &str, bytes: impl AsRef<[u8]>) -> Outcome {
    site.inbound(DEMOGRAPHIC, name, bytes).run(DEMOGRAPHIC, &[])
}

#[test]
fn columns_are_found_by_their_number_and_one_may_be_two() {
    for delimiter in [",", "|", "\t", ";"] {
        let site = Scenario::new().and_config(&format!(
            "{}employee_number = 1\n\"custom.badge\" = 10\n",
            positions(DEMOGRAPHIC, &PEOPLE)
        ));
        let more = format!("{delimiter}B-7{delimiter}nobody reads this");
        let outcome = send(
            &site,
            "hr.txt",
            lines(&PEOPLE, delimiter, &people(3), &more),
        );
        outcome.completed().buckets([3, 0, 0, 0]);
        let ids = [1, 2, 3].map(subscriber_id);
        assert_eq!(outcome.column("subscriber_id"), ids);
        assert_eq!(outcome.column("employee_number"), ids);
        assert_eq!(outcome.column("badge"), ["B-7"; 3]);
        assert_eq!(outcome.summary()["unknown_columns"], serde_json::json!([]));
        // The order of columns is the configuration's, so another order is another file, and the same rows are no change.
        let again = send(
            &site,
            "again.txt",
            lines(&PEOPLE, delimiter, &people(3), &more) + "\n",
        );
        again.completed().buckets([0, 3, 0, 0]);
    }
}

#[test]
fn deductions_without_header_usernames_and_dates_are_matched_by_id_and_ssn() {
    let columns = ["subscriber_id", "ssn", "deduction_code", "employee_amount"];
    let site = Scenario::new()
        .and_config(&positions(DEDUCTION, &columns))
        .and_config(&format!(
            "[integration.{DEDUCTION}.constants]\neffective_date = \"{day}\"\n[integration.{DEDUCTION}.username]\n\
             required = false\n[integration.{DEDUCTION}.rows]\nonly = {{ \"5\" = [\"Y\"] }}",
            day = today()
        ));
    site.roster("hr.csv", csv(&people(2)));
    let rows = [deduction(1), deduction(2).with("ssn", ssn(5)), deduction(9)];
    let file =
        lines(&columns, "\t", &rows, "\tY\tC") + &lines(&columns, "\t", &[deduction(2)], "\tN\tC");
    let outcome = site.inbound(DEDUCTION, "ded.txt", file).run(DEDUCTION, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 1, 2]);
    assert_eq!(outcome.codes(), ["SSN_MISMATCH", "SUBSCRIBER_UNKNOWN"]);
    assert_eq!(outcome.column("effective_date"), [today().to_string()]);
    assert_eq!(outcome.column("username"), [""]);
    assert_eq!(outcome.skipped(), [("row_filtered".to_owned(), 1)].into());
}

#[test]
fn a_header_line_in_its_place_is_set_aside_and_never_taken_for_a_person() {
    let own = "Employee ID,Login,SSN,First Name,Last Name,DOB,Hire Date,Status,Title\n";
    let unknown =
        "Employee ID,Login,Home Social,First Name,Last Name,Date of Birth,Hired,Status,Title\n";
    for header in [own, unknown] {
        let records = lines(&PEOPLE, ",", &people(2), "");
        let outcome = send(&site(), "hr.csv", format!("{header}{records}{header}"));
        outcome.completed().buckets([2, 0, 0, 0]);
        assert_eq!(
            outcome.summary()["set_aside_lines"],
            serde_json::json!([1, 4])
        );
        // Where no first line shows that it is one, it is a record that nobody can take.
        let site = site();
        let outcome = send(&site, "later.csv", records + header);
        outcome
            .ended(3, "Completed with Errors")
            .buckets([2, 0, 0, 1]);
        assert!(outcome.codes().contains(&"SSN_NOT_DIGITS".to_owned()));
        let rejects = outcome.rejects().expect("rejects");
        let again = send(&site, &outcome.published_name("rejects"), rejects);
        again
            .ended(3, "Completed with Errors")
            .buckets([0, 0, 0, 1]);
    }
    // Read by their places, people would get the names of others.
    let moved = own.replace("First Name,Last Name", "Last Name,First Name");
    let records = lines(&PEOPLE, ",", &people(2), "");
    let outcome = send(&site(), "moved.csv", moved + &records);
    outcome.ended(1, "Failed");
    let reason = outcome.text("reason");
    assert!(reason.starts_with("COLUMN_MISSING (line 1)"), "{reason}");
    assert!(reason.contains("last_name stands at column 4"), "{reason}");
    // A header of which most is unknown is a record like any other.
    let strange = "Key,Portal,National No,Given,Family,Born,Since,State,Role\n";
    let outcome = send(&site(), "strange.csv", strange.to_owned() + &records);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([2, 0, 0, 1]);
    // People may have names that are column names too.
    let named = person(1)
        .with("first_name", "Given")
        .with("last_name", "City")
        .with("job_title", "Title");
    send(&site(), "hr.csv", lines(&PEOPLE, ",", &[named], "")).completed();
}

#[test]
fn rejects_have_no_header_either_and_are_taken_again() {
    for (delimiter, more) in [("|", "|x"), (",", "")] {
        let site = site();
        let wrong = person(1).with("ssn", "bad");
        let sent = lines(&PEOPLE, delimiter, &[wrong.clone(), person(2)], more);
        let outcome = send(&site, "hr.txt", &sent);
        outcome
            .ended(3, "Completed with Errors")
            .buckets([1, 0, 0, 1]);
        let rejects = String::from_utf8(outcome.rejects().expect("rejects")).expect("text");
        assert_eq!(rejects, lines(&PEOPLE, delimiter, &[wrong], more));
        let corrected = rejects.replace("bad", &ssn(1));
        send(&site, &outcome.published_name("rejects"), corrected)
            .completed()
            .buckets([1, 0, 0, 0]);
    }
}

#[test]
fn a_record_without_its_last_columns_is_whole_unless_the_file_ends_there() {
    let site = site().and_keys(DEMOGRAPHIC, "content = \"full\"\nomission = \"terminate\"");
    let whole = lines(&PEOPLE, ",", &people(3), "");
    let short = whole.replace(",Analyst", "");
    send(&site, "short.csv", &short)
        .completed()
        .buckets([3, 0, 0, 0]);
    let cut = send(&site, "cut.csv", short.trim_end());
    cut.ended(1, "Failed");
    assert!(cut.text("reason").starts_with("FIELD_COUNT"), "{cut:?}");
    assert_eq!(cut.count("deactivated_by_omission"), 0);
    let complete = send(&site, "whole.csv", whole.trim_end());
    complete.completed().buckets([3, 0, 0, 0]);
}

#[test]
fn an_empty_file_is_told() {
    let outcome = send(&site(), "hr.csv", "\n");
    assert!(
        outcome.text("reason").starts_with("FILE_EMPTY"),
        "{outcome:?}"
    );
}

#[test]
fn constants_stand_for_columns_the_file_lacks() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "eins = [\"12-3456789\"]").and_config(&format!(
        "[integration.{DEMOGRAPHIC}.constants]\nein = \"12-3456789\"\nemployment_status = \"active\"\n\
         hire_date = {}\nis_primary_ein = true\nstate = \"wi\"",
        days_ago(400)
    ));
    let less = |n| {
        let mut record = person(n);
        let given = ["ein", "employment_status", "hire_date", "state"];
        record
            .cells
            .retain(|(name, _)| !given.contains(&name.as_str()));
        record
    };
    let outcome = site.send_people("hr.csv", &[less(1), less(2)], &[]);
    outcome.completed().buckets([2, 0, 0, 0]);
    let hired = days_ago(400).to_string();
    for (column, value) in [
        ("ein", "12-3456789"),
        ("employment_status", "A"),
        ("hire_date", hired.as_str()),
        ("is_primary_ein", "true"),
        ("state", "WI"),
    ] {
        assert_eq!(outcome.column(column), [value; 2], "{column}");
    }
    // What the file has itself is no longer for the constant to say.
    let both = site.send_people("both.csv", &[less(1).with("FEIN", "98-7654321")], &[]);
    both.ended(1, "Failed");
    let reason = both.text("reason");
    assert!(
        reason.starts_with("COLUMN_DUPLICATE") && reason.contains("constant"),
        "{reason}"
    );
    let apart = site.and_config(&format!(
        "[integration.{DEMOGRAPHIC}.columns]\n\"custom.their_ein\" = \"FEIN\""
    ));
    let outcome = apart.send_people("apart.csv", &[less(3).with("FEIN", "98-7654321")], &[]);
    outcome.completed().buckets([1, 0, 0, 0]);
    assert_eq!(outcome.column("ein"), ["12-3456789"]);
    assert_eq!(outcome.column("their_ein"), ["98-7654321"]);
}

#[test]
fn constants_are_read_wherever_the_column_is() {
    // By selection, by the limit on statuses and by the plan year.
    for (constant, skipped) in [
        ("test_employee = \"yes\"", "test_employee"),
        ("exclude_from_batch_import = \"1\"", "excluded"),
        ("is_primary_ein = false", "non_primary_ein"),
        ("employment_status = \"Terminated\"", "status_filtered"),
    ] {
        let site = Scenario::new()
            .and_keys(DEMOGRAPHIC, "statuses = [\"A\"]")
            .and_config(&format!(
                "[integration.{DEMOGRAPHIC}.constants]\n{constant}"
            ));
        let mut record = person(1);
        record
            .cells
            .retain(|(name, _)| name != "employment_status" || skipped != "status_filtered");
        let outcome = site.send_people("hr.csv", &[record], &[]);
        assert_eq!(
            outcome.skipped(),
            [(skipped.to_owned(), 1)].into(),
            "{outcome:?}"
        );
    }
    let layout = "subscriber_id = { start = 1, length = 10 }\nssn = { start = 11, length = 11 }\n\
                  deduction_code = { start = 22, length = 6 }\nemployee_amount = { start = 28, length = 9 }";
    let site = Scenario::new().and_config(&format!(
        "[integration.{DEDUCTION}.fixed_width]\n{layout}\n[integration.{DEDUCTION}.constants]\neffective_date = \"{}\"\n\
         [integration.{DEDUCTION}.username]\nrequired = false\n[integration.{DEDUCTION}.format]\ndecimals = \"explicit\"",
        today()
    ));
    site.roster("hr.csv", csv(&people(1)));
    let line = format!(
        "{:<10}{}{:<6}{:<9}\n",
        subscriber_id(1),
        ssn(1),
        "MED01",
        "40.15"
    );
    let outcome = site.inbound(DEDUCTION, "ded.txt", line).run(DEDUCTION, &[]);
    outcome.completed().buckets([1, 0, 0, 0]);
    assert!(!outcome.text("plan_year_start").is_empty());
}

#[test]
fn a_feed_without_usernames_is_taken_where_the_integration_says_so() {
    let mut bare: Vec<Record> = people(3);
    for record in &mut bare {
        record.cells.retain(|(name, _)| name != "username");
    }
    let strict = Scenario::new().send_people("hr.csv", &bare, &[]);
    assert!(
        strict.text("reason").contains("missing: username"),
        "{strict:?}"
    );
    let site = Scenario::new().and_config(&format!(
        "[integration.{DEMOGRAPHIC}.username]\nrequired = false"
    ));
    // Nobody shares the username that nobody has.
    site.send_people("hr.csv", &bare, &[])
        .completed()
        .buckets([3, 0, 0, 0]);
    let blank = [
        person(4).without("username"),
        person(5),
        person(6).with("username", "a b"),
    ];
    let outcome = site.send_people("some.csv", &blank, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([2, 0, 0, 1]);
    assert_eq!(outcome.codes(), ["USERNAME_FORMAT"]);
    // Deductions need one as before, and the roster knows none to compare it with.
    let outcome = site.send_deductions(
        "ded.csv",
        &[deduction(1), deduction(5), deduction(2).without("username")],
        &[],
    );
    outcome
        .ended(3, "Completed with Errors")
        .buckets([2, 0, 0, 1]);
    assert_eq!(outcome.codes(), ["REQUIRED_MISSING"]);
    // Once a username comes, it is a change, and belongs to that employee.
    let outcome = site.send_people(
        "names.csv",
        &[
            person(1),
            person(2).with("username", person(1).get("username")),
        ],
        &[],
    );
    assert_eq!(outcome.codes(), ["USERNAME_SHARED"]);
    site.send_people("names.csv", &[person(1)], &[])
        .completed()
        .buckets([1, 0, 0, 0]);
}

#[test]
fn one_header_may_be_two_columns() {
    let site = Scenario::new().and_config(&format!(
        "[integration.{DEMOGRAPHIC}.columns]\nemployee_number = \"Badge\"\n\"custom.badge\" = \"Badge\""
    ));
    let mut record = person(1);
    record.cells.retain(|(name, _)| name != "employee_number");
    let outcome = site.send_people("hr.csv", &[record.with("Badge", "0042")], &[]);
    outcome.completed();
    assert_eq!(
        (outcome.column("employee_number"), outcome.column("badge")),
        (vec!["0042".to_owned()], vec!["0042".to_owned()])
    );
    // Mapped to another column, a header is no longer found for its own.
    let site = Scenario::new().and_config(&format!(
        "[integration.{DEMOGRAPHIC}.columns]\nemployee_number = \"SSN\""
    ));
    let outcome = site.send_people("hr.csv", &[person(1)], &[]);
    assert!(
        outcome.text("reason").contains("map it to ssn too"),
        "{outcome:?}"
    );
}

#[test]
fn what_can_not_be_is_a_mistake_of_the_configuration() {
    let complete = positions(DEMOGRAPHIC, &PEOPLE);
    let constants = format!("[integration.{DEMOGRAPHIC}.constants]\n");
    let cases = [
        (
            positions(DEMOGRAPHIC, &PEOPLE[..6]),
            "lacks required columns: hire_date, employment_status",
        ),
        (
            format!("{complete}shoe_size = 12\n"),
            "\"shoe_size\" is not a demographic column",
        ),
        (complete.replace("= 9", "= 0"), "0 is"),
        (
            format!("{complete}[integration.{DEMOGRAPHIC}.columns]\nein = \"X\"\n"),
            "names headers",
        ),
        (
            complete.clone()
                + &complete
                    .replace("positions", "fixed_width")
                    .replace(" = ", " = { length = 9, start = ")
                    .replace("\n", " }\n")
                    .replace("] }", "]"),
            "means nothing in fixed-width files",
        ),
        (
            format!("{complete}[integration.{DEMOGRAPHIC}.rows]\nonly = {{ Kind = [\"x\"] }}\n"),
            "is no column of positions",
        ),
        (
            format!("{complete}[integration.{DEMOGRAPHIC}.rows]\nonly = {{ \"1-2\" = [\"x\"] }}\n"),
            "is no column of positions",
        ),
        (
            format!("{complete}{constants}job_title = \"Cook\"\n"),
            "is read from the file too",
        ),
        (
            format!("{constants}ssn = \"521-34-1234\"\n"),
            "would be the same for everybody",
        ),
        (format!("{constants}ein = \"12\"\n"), "EIN_INVALID"),
        (
            format!("{constants}hire_date = \"31.12.2020\"\n"),
            "DATE_INVALID",
        ),
        (format!("{constants}state = \"ZZ\"\n"), "CODE_UNKNOWN"),
        (
            format!("{constants}employment_status = \"gone\"\n"),
            "CODE_UNKNOWN",
        ),
        (
            format!("{constants}termination_date = \"9999-12-31\"\n"),
            "REQUIRED_MISSING",
        ),
        (
            format!("{constants}\"custom.x\" = \"1\"\n"),
            "is a custom column",
        ),
    ];
    for (toml, says) in cases {
        let site = Scenario::new().config(&format!("{}{toml}", default_config()));
        let checked = site.feedgate(&["check"]);
        assert!(checked.stderr.contains(says), "{says}: {checked:?}");
        assert_eq!(
            checked.stderr.matches("feedgate.toml:").count(),
            1,
            "{checked:?}"
        );
    }
}

#[test]
fn one_column_is_not_the_first_and_the_last_name() {
    for table in [
        "[integration.demographic-export.columns]\nfirst_name = \"Name\"\nlast_name = \"name\"\n",
        "[integration.demographic-export.positions]\nfirst_name = 4\nlast_name = 4\nsubscriber_id = 1\nssn = 2\nusername = 3\n\
         birth_date = 5\nhire_date = 6\nemployment_status = 7\n",
    ] {
        let site = Scenario::new().and_config(table);
        let check = site.feedgate(&["check"]);
        let said = format!("{}{}", check.stdout, check.stderr);
        assert!(
            check.code == 2 && said.contains("column of the first name too"),
            "{said}"
        );
    }
    let apart = "[integration.demographic-export.columns]\nfirst_name = \"Name\"\nlast_name = \"Surname\"\n";
    let check = Scenario::new().and_config(apart).feedgate(&["check"]);
    assert!(!check.stderr.contains("first name too"), "{}", check.stderr);
}
