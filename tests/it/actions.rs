//! The action of a record, from comparison with the last accepted state, and the layout of output files.

use crate::people::{
    Record, csv, days_ago, deduction, people, person, ssn, subscriber_id, this_year, today,
};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};

fn counts(outcome: &Outcome) -> [u64; 7] {
    [
        "records_created",
        "records_updated",
        "records_deactivated",
        "records_linked",
        "records_reactivated",
        "records_without_change",
        "records_unchanged",
    ]
    .map(|key| outcome.count(key))
}

#[test]
fn employees_come_change_go_and_come_back() {
    let site = Scenario::new();
    let one = person(1);
    let first = site.send_people("1.csv", &[one.clone(), person(2)], &[]);
    first.completed();
    assert_eq!(first.column("action"), ["create", "create"]);
    assert_eq!(counts(&first), [2, 0, 0, 0, 0, 0, 0]);

    let moved = one.clone().with("city", "Monona");
    let second = site.send_people("2.csv", &[moved.clone(), person(2)], &[]);
    second.completed();
    assert_eq!(second.column("action"), ["update"]);
    assert_eq!(counts(&second), [0, 1, 0, 0, 0, 0, 1]);

    let left = moved
        .clone()
        .with("employment_status", "T")
        .with("termination_date", days_ago(3));
    let third = site.send_people("3.csv", std::slice::from_ref(&left), &[]);
    third.completed();
    assert_eq!(third.column("action"), ["deactivate"]);
    assert_eq!(counts(&third), [0, 0, 1, 0, 0, 0, 0]);

    let still_gone = left.clone().with("termination_reason", "moved away");
    let fourth = site.send_people("4.csv", &[still_gone], &[]);
    fourth.completed();
    assert_eq!(fourth.column("action"), ["update"]);

    let back = moved
        .with("hire_date", days_ago(1))
        .without("original_hire_date")
        .without("termination_reason");
    let fifth = site.send_people("5.csv", std::slice::from_ref(&back), &[]);
    fifth.completed();
    assert_eq!(fifth.column("action"), ["reactivate"]);
    assert_eq!(counts(&fifth), [0, 0, 0, 0, 1, 0, 0]);
    assert_eq!(fifth.column("hire_date"), [days_ago(1).to_string()]);
    assert_eq!(fifth.column("original_hire_date"), [one.get("hire_date")]);

    let same = site.send_people("6.csv", &[back.with("address_2", "")], &[]);
    same.completed().buckets([0, 1, 0, 0]);
}

#[test]
fn a_rehire_that_names_its_original_hire_date_keeps_that() {
    let site = Scenario::new();
    let one = person(1).with("original_hire_date", "2011-04-01");
    site.send_people("1.csv", std::slice::from_ref(&one), &[])
        .completed();
    let left = one
        .clone()
        .with("employment_status", "T")
        .with("termination_date", days_ago(3));
    site.send_people("2.csv", &[left], &[]).completed();
    let back = one
        .with("hire_date", days_ago(1))
        .without("original_hire_date");
    let outcome = site.send_people("3.csv", &[back], &[]);
    outcome.completed();
    assert_eq!(outcome.column("action"), ["reactivate"]);
    assert_eq!(outcome.column("original_hire_date"), ["2011-04-01"]);
}

/// An employee who left and came back: the record of it, and the original hire date that was filled in.
fn rehired(site: &Scenario) -> (Record, String) {
    let one = person(1);
    let left = one
        .clone()
        .with("employment_status", "T")
        .with("termination_date", days_ago(30));
    let back = one.clone().with("hire_date", days_ago(20));
    for (name, record) in [("1.csv", &one), ("2.csv", &left), ("3.csv", &back)] {
        let outcome = site.send_people(name, std::slice::from_ref(record), &[]);
        outcome.completed().buckets([1, 0, 0, 0]);
    }
    (back, one.get("hire_date").to_owned())
}

#[test]
fn what_was_filled_in_at_a_rehire_lives_on() {
    let site = Scenario::new();
    let (back, first_day) = rehired(&site);
    let kept = |outcome: &Outcome, action: &str| {
        outcome.completed().buckets([1, 0, 0, 0]);
        assert_eq!(outcome.column("action"), [action]);
        assert_eq!(outcome.column("original_hire_date"), [first_day.as_str()]);
        let known = site.feedgate(&["employee", &subscriber_id(1), "--json"]);
        let fields = &known.summary()["rosters"][0]["fields"];
        assert_eq!(fields["original_hire_date"], first_day.as_str());
    };
    let send = |name: &str, record: &Record, arguments: &[&str]| {
        site.send_people(name, std::slice::from_ref(record), arguments)
    };
    kept(
        &send("4.csv", &back.clone().with("city", "Verona"), &[]),
        "update",
    );
    let again = back
        .clone()
        .with("city", "Verona")
        .with("employment_status", "Active");
    kept(
        &send("5.csv", &again, &["--qualify-delta", "false"]),
        "none",
    );
    let left = back
        .clone()
        .with("employment_status", "T")
        .with("termination_date", days_ago(9));
    kept(&send("6.csv", &left, &[]), "deactivate");
    // The earliest day survives a second rehire.
    let back = back.with("hire_date", days_ago(2));
    kept(&send("7.csv", &back, &[]), "reactivate");
    kept(&send("8.csv", &back.with("city", "Monona"), &[]), "update");
}

#[test]
fn an_original_hire_date_that_is_sent_is_written_as_sent() {
    let site = Scenario::new();
    let (back, _) = rehired(&site);
    let stated = back.clone().with("original_hire_date", "2015-05-05");
    let blank = back.clone().without("original_hire_date");
    for (name, record, action, original) in [
        ("4.csv", stated.clone(), "update", "2015-05-05"),
        // It is what later records without one are written with.
        (
            "5.csv",
            blank.clone().with("city", "Verona"),
            "update",
            "2015-05-05",
        ),
        (
            "6.csv",
            blank
                .with("employment_status", "T")
                .with("termination_date", days_ago(9)),
            "deactivate",
            "2015-05-05",
        ),
        (
            "7.csv",
            back.clone().with("original_hire_date", days_ago(20)),
            "reactivate",
            &days_ago(20).to_string(),
        ),
    ] {
        let outcome = site.send_people(name, &[record], &[]);
        outcome.completed();
        assert_eq!(outcome.column("action"), [action], "{name}");
        assert_eq!(outcome.column("original_hire_date"), [original], "{name}");
    }
}

#[test]
fn a_corrected_hire_date_of_somebody_who_never_left_fills_in_nothing() {
    let site = Scenario::new();
    let one = person(1);
    site.send_people("1.csv", &[one.clone().with("hire_date", "2001-01-02")], &[])
        .completed();
    let outcome = site.send_people("2.csv", std::slice::from_ref(&one), &[]);
    outcome.completed();
    assert_eq!(outcome.column("original_hire_date"), [""]);
    let left = one
        .clone()
        .with("employment_status", "T")
        .with("termination_date", days_ago(9));
    site.send_people("3.csv", &[left], &[]).completed();
    let back = one.clone().with("hire_date", days_ago(2));
    let outcome = site.send_people("4.csv", &[back], &[]);
    assert_eq!(outcome.column("original_hire_date"), [one.get("hire_date")]);
}

#[test]
fn what_was_filled_in_survives_an_omission_and_another_sender() {
    let full = "content = \"full\"\nomission = \"terminate\"\n";
    let site = Scenario::new()
        .and_keys(DEMOGRAPHIC, full)
        .and_config("[integration.plant-export]\nkind = \"demographic\"\n");
    let (back, first_day) = rehired(&site);
    // The same record from another sender is unchanged, and makes the employee one of theirs.
    site.inbound(
        "plant-export",
        "plant.csv",
        csv(std::slice::from_ref(&back)),
    )
    .run("plant-export", &[])
    .completed()
    .buckets([0, 1, 0, 0]);
    let outcome = site.send_people("4.csv", &[back.clone().with("city", "Verona")], &[]);
    assert_eq!(outcome.column("original_hire_date"), [first_day.as_str()]);
    let gone = site.send_people("5.csv", &[person(2)], &[]);
    gone.completed();
    assert_eq!(gone.column("original_hire_date"), ["", first_day.as_str()]);
    let returned = site.send_people("6.csv", &[person(2), back.with("city", "Verona")], &[]);
    assert_eq!(returned.column("action"), ["reactivate"]);
    assert_eq!(returned.column("original_hire_date"), [first_day.as_str()]);
}

#[test]
fn a_deduction_without_change_changes_nothing_of_what_is_known() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(1)));
    let stop = deduction(1).with("action", "STOP");
    site.send_deductions("1.csv", &[deduction(1)], &[])
        .completed();
    site.send_deductions("2.csv", std::slice::from_ref(&stop), &[])
        .completed();
    let known = || {
        site.feedgate(&["employee", &subscriber_id(1), "--json"])
            .summary()["deductions"]
            .clone()
    };
    let before = known();
    assert_eq!(before[0]["fields"]["action"], "stop");
    let again = site.send_deductions(
        "3.csv",
        &[stop.with("last_changed_at", today())],
        &["--qualify-delta", "false"],
    );
    again.completed().buckets([1, 0, 0, 0]);
    assert_eq!(again.column("action"), ["none"]);
    assert_eq!(again.column("plan_year_start").len(), 1);
    assert_eq!(known(), before);
}

#[test]
fn unchanged_is_dropped_under_qualify_delta_and_else_written_as_none() {
    let site = Scenario::new();
    site.send_people("1.csv", &people(2), &[]).completed();
    // Another order of columns and another writing of the same values is the same content.
    let rewritten: Vec<Record> = people(2)
        .into_iter()
        .map(|p| Record {
            cells: p.cells.into_iter().rev().collect(),
        })
        .collect();
    let dropped = site.send_people("2.csv", &rewritten, &[]);
    dropped.completed().buckets([0, 2, 0, 0]);
    let shouted: Vec<Record> = people(2)
        .into_iter()
        .map(|p| p.with("employment_status", "active"))
        .collect();
    let kept = site.send_people("3.csv", &shouted, &["--qualify-delta", "false"]);
    kept.completed().buckets([2, 0, 0, 0]);
    assert_eq!(kept.column("action"), ["none", "none"]);
    assert_eq!(counts(&kept), [0, 0, 0, 0, 0, 2, 0]);
}

#[test]
fn deductions_are_added_changed_stopped_and_waived() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(3)));
    let one = deduction(1);
    let outcome = site.send_deductions("1.csv", &[one.clone(), deduction(2)], &[]);
    outcome.completed();
    assert_eq!(outcome.column("action"), ["add", "add"]);
    let dearer = one.clone().with("employee_amount", "99.99");
    let outcome = site.send_deductions("2.csv", &[dearer.clone(), deduction(2)], &[]);
    outcome.completed();
    assert_eq!(outcome.column("action"), ["change"]);
    assert_eq!(counts(&outcome), [0, 1, 0, 0, 0, 0, 1]);
    let stopped = dearer.with("end_date", today());
    let waived = deduction(3)
        .with("employee_amount", "0.00")
        .with("employer_amount", "0")
        .with("end_date", days_ago(1));
    let outcome = site.send_deductions("3.csv", &[stopped, waived], &[]);
    outcome.completed();
    assert_eq!(outcome.column("action"), ["stop", "waive"]);
    assert_eq!(counts(&outcome), [0, 0, 2, 0, 0, 0, 0]);
}

#[test]
fn what_the_sender_says_counts_for_stop_and_waive() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(4)));
    site.send_deductions("1.csv", &[deduction(1), deduction(2)], &[])
        .completed();
    let records = [
        deduction(1).with("action", "024"),
        deduction(2).with("action", "waive"),
        deduction(3).with("action", "ADD"),
    ];
    let outcome = site.send_deductions("2.csv", &records, &[]);
    outcome.completed();
    assert_eq!(outcome.column("action"), ["stop", "waive", "add"]);
}

#[test]
fn zero_is_no_stop_unless_the_integration_says_so() {
    for (keys, expected) in [
        ("zero_stops = false", "change"),
        ("zero_stops = true", "stop"),
    ] {
        let site = Scenario::new().and_keys(DEDUCTION, keys);
        site.roster("hr.csv", csv(&people(1)));
        site.send_deductions("1.csv", &[deduction(1)], &[])
            .completed();
        let zero = deduction(1)
            .with("employee_amount", "0")
            .with("employer_amount", "0.00");
        let outcome = site.send_deductions("2.csv", &[zero], &[]);
        outcome.completed();
        assert_eq!(outcome.column("action"), [expected], "{keys}");
    }
}

#[test]
fn amounts_are_summed_by_bucket_to_the_cent() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(6)));
    site.send_deductions("1.csv", &[deduction(5)], &[])
        .completed();
    let amount = |n: usize, ee: &str, er: &str| {
        deduction(n)
            .with("employee_amount", ee)
            .with("employer_amount", er)
    };
    let records = [
        amount(1, "$1,000.10", "0.01"),
        amount(2, "0.2", "3"),
        amount(3, "5.00", "7.00").with("test_employee", "1"),
        amount(4, "11.00", "not money"),
        amount(6, "13.00", "17.00").with("ssn", "x"),
        deduction(5),
    ];
    let outcome = site.send_deductions("2.csv", &records, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([2, 1, 1, 2]);
    let employee = serde_json::json!({ "in": "1074.45", "accepted": "1000.30", "unchanged": "45.15",
        "skipped": "5.00", "rejected": "24.00" });
    let employer = serde_json::json!({ "in": "152.51", "accepted": "3.01", "unchanged": "125.50",
        "skipped": "7.00", "rejected": "17.00" });
    assert_eq!(
        outcome.summary()["amounts"]["employee"],
        employee,
        "{outcome:?}"
    );
    assert_eq!(outcome.summary()["amounts"]["employer"], employer);
}

#[test]
fn output_columns_have_the_chosen_order_names_and_layout() {
    let site = Scenario::new().and_config(
        r#"
[integration.demographic-export.output]
columns = ["action", { from = "ssn", as = "Social" }, "hire_date", "last_name", { from = "subscriber_id", as = "Member" }]
delimiter = "|"
dates = "%m/%d/%Y"
ssn = "dashed"
header = "HDR|{reference_id}"
trailer = "TRL|{count}"
done_marker = true
actions = { create = "A", update = "C", deactivate = "T" }
"#,
    );
    let outcome = site.send_people(
        "hr.csv",
        &[person(1), person(2).with("last_name", "O|Neil \"Bo\"")],
        &[],
    );
    outcome.completed();
    let hire = |n| {
        let date: chrono::NaiveDate = person(n).get("hire_date").parse().expect("a date");
        date.format("%m/%d/%Y").to_string()
    };
    let expected = format!(
        "HDR|{}\naction|Social|hire_date|last_name|Member\nA|{}|{}|{}|{}\nA|{}|{}|\"O|Neil \"\"Bo\"\"\"|{}\nTRL|2\n",
        outcome.reference(),
        ssn(1),
        hire(1),
        person(1).get("last_name"),
        subscriber_id(1),
        ssn(2),
        hire(2),
        subscriber_id(2)
    );
    let written = String::from_utf8(outcome.output().expect("an output file")).expect("UTF-8");
    assert_eq!(written.replace("\r\n", "\n"), expected);
    let done = format!(
        "outbound/{DEMOGRAPHIC}/output/hr.{}.output.csv.done",
        outcome.reference()
    );
    assert!(site.path(&done).exists(), "{:?}", site.outbound());
    let changed = site.send_people("hr2.csv", &[person(1).with("city", "Verona")], &[]);
    let text = String::from_utf8(changed.output().expect("an output file")).expect("UTF-8");
    assert!(text.contains("\nC|"), "{text}");
}

#[test]
fn ssns_are_written_in_the_chosen_style() {
    let plain = ssn(1).replace('-', "");
    for (style, expected) in [
        ("plain", plain.clone()),
        ("dashed", ssn(1)),
        ("last4", plain[5..].to_owned()),
    ] {
        let site = Scenario::new().and_config(&format!(
            "[integration.demographic-export.output]\nssn = \"{style}\"\n"
        ));
        let outcome = site.send_people("hr.csv", &people(1), &[]);
        outcome.completed();
        assert_eq!(outcome.column("ssn"), [expected], "{style}");
    }
    let outcome = Scenario::new().send_people("hr.csv", &people(1), &[]);
    assert_eq!(outcome.column("ssn"), [plain]);
}

#[test]
fn trailer_totals_are_those_of_the_rows_written() {
    let site = Scenario::new().and_config(
        "[integration.deduction-import.output]\ncolumn_header = false\ncolumns = [\"subscriber_id\", \"employee_amount\"]\n\
         trailer = \"T,{count},{employee_amount},{employer_amount},{date}\"\n",
    );
    site.roster("hr.csv", csv(&people(3)));
    let records = [
        deduction(1)
            .with("employee_amount", "10.5")
            .with("employer_amount", "1"),
        deduction(2)
            .with("employee_amount", "20")
            .with("ssn", "bad"),
        deduction(3)
            .with("employee_amount", "0.25")
            .with("employer_amount", "2"),
    ];
    let outcome = site.send_deductions("ded.csv", &records, &[]);
    outcome.ended(3, "Completed with Errors");
    let text = String::from_utf8(outcome.output().expect("an output file")).expect("UTF-8");
    let expected = format!(
        "{},10.50\n{},0.25\nT,2,10.75,3.00,{}\n",
        subscriber_id(1),
        subscriber_id(3),
        today()
    );
    assert_eq!(text, expected);
}

#[test]
fn rows_stand_in_source_order_and_cells_are_never_altered_for_spreadsheets() {
    let site = Scenario::new();
    let records = [
        person(3).with("department", "=1+1"),
        person(1).with("department", "@home"),
        person(2).with("department", "-"),
    ];
    let outcome = site.send_people("hr.csv", &records, &[]);
    outcome.completed();
    assert_eq!(
        outcome.column("subscriber_id"),
        [3, 1, 2].map(subscriber_id)
    );
    assert_eq!(outcome.column("department"), ["=1+1", "@home", "-"]);
}

#[test]
fn a_file_without_anything_to_write_says_so() {
    let site = Scenario::new();
    site.send_people("1.csv", &people(2), &[]).completed();
    let header_only = csv(&people(1));
    let header_only = header_only
        .split_inclusive(|b| *b == b'\n')
        .next()
        .expect("a header");
    let outcome = site
        .inbound(DEMOGRAPHIC, "2.csv", header_only)
        .run(DEMOGRAPHIC, &[]);
    outcome.completed().buckets([0, 0, 0, 0]);
    assert_eq!(outcome.receipt()["records_processed"], 0);
}

#[test]
fn cross_reference_codes_are_changed_to_ours() {
    let site = Scenario::new().and_config(
        "[integration.deduction-import.codes.deduction_code]\nMEDPPO = \"MED01\"\n\"0042\" = \"DEN01\"\n",
    );
    site.roster("hr.csv", csv(&people(3)));
    let records = [
        deduction(1).with("deduction_code", "MEDPPO"),
        deduction(2).with("deduction_code", "0042"),
        deduction(3).with("deduction_code", "VISION"),
    ];
    let outcome = site.send_deductions("ded.csv", &records, &[]);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([2, 0, 0, 1]);
    assert_eq!(outcome.column("deduction_code"), ["MED01", "DEN01"]);
    let errors = outcome.errors();
    assert_eq!(
        (errors[0].code.as_str(), errors[0].field.as_str()),
        ("CODE_UNKNOWN", "deduction_code")
    );
}

#[test]
fn custom_fields_pass_through_and_count_in_comparison() {
    let site = Scenario::new().and_config(
        r#"
[integration.demographic-export.columns]
"custom.badge" = "Badge No"
[integration.demographic-export.output]
columns = ["action", "subscriber_id", { from = "custom.badge", as = "Badge" }]
"#,
    );
    let records = [
        person(1).with("Badge No", "B-17"),
        person(2).with("Badge No", ""),
    ];
    let outcome = site.send_people("1.csv", &records, &[]);
    outcome.completed();
    assert_eq!(outcome.column("Badge"), ["B-17", ""]);
    assert_eq!(outcome.summary()["unknown_columns"], serde_json::json!([]));
    let changed = [
        person(1).with("Badge No", "B-18"),
        person(2).with("Badge No", ""),
    ];
    let outcome = site.send_people("2.csv", &changed, &[]);
    outcome.completed().buckets([1, 1, 0, 0]);
    assert_eq!(outcome.column("action"), ["update"]);
}

#[test]
fn unknown_columns_are_ignored_and_named_in_the_receipt() {
    let site = Scenario::new();
    let outcome = site.send_people("1.csv", &[person(1).with("Shoe Size", "44")], &[]);
    outcome.completed();
    assert_eq!(
        outcome.receipt()["unknown_columns"],
        serde_json::json!(["Shoe Size"])
    );
    let other = site.send_people("2.csv", &[person(1).with("Shoe Size", "45")], &[]);
    other.completed().buckets([0, 1, 0, 0]);
}

#[test]
fn open_end_dates_are_open() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(1)));
    site.send_deductions("1.csv", &[deduction(1)], &[])
        .completed();
    for (i, open) in ["9999-12-31", "2100-12-31", "12/31/9999"]
        .iter()
        .enumerate()
    {
        let name = format!("open-{i}.csv");
        let outcome = site.send_deductions(&name, &[deduction(1).with("end_date", open)], &[]);
        outcome.completed().buckets([0, 1, 0, 0]);
    }
    let ends = format!("{}-12-31", this_year());
    let outcome = site.send_deductions("end.csv", &[deduction(1).with("end_date", ends)], &[]);
    outcome.completed();
    assert_eq!(outcome.column("action"), ["stop"]);
}

#[test]
fn any_number_of_custom_columns_is_compared() {
    let mapped: String = (0..140)
        .map(|n| format!("\"custom.c{n}\" = \"C {n}\"\n"))
        .collect();
    let site = Scenario::new().and_config(&format!(
        "[integration.demographic-export.columns]\n{mapped}"
    ));
    let record = |place: usize| {
        (0..140).fold(person(1), |p, n| {
            p.with(&format!("C {n}"), if n == place { "x" } else { "" })
        })
    };
    site.send_people("hr.csv", &[record(0)], &[]).completed();
    site.send_people("next.csv", &[record(128)], &[])
        .completed()
        .buckets([1, 0, 0, 0]);
}
