//! What a person sees of rejected records, and what the judge says of a correction.

use super::*;

#[test]
fn a_page_has_the_faulty_cells_and_hides_what_is_sensitive() {
    let bench = bench();
    let page = rejections(&bench.site, &bench.reference, &RejectionFilter::default());
    let page = page.expect("a page");
    let places: Vec<(u64, u64)> = page.rejections.iter().map(|r| (r.record, r.line)).collect();
    assert_eq!(places, [(2, 3), (3, 4), (5, 6)]);
    assert_eq!(page.next, None);
    let row = &page.rejections[2];
    assert_eq!(row.subscriber_id, "S5");
    let codes: Vec<&str> = row.findings.iter().map(|f| &f.code[..]).collect();
    assert_eq!(codes, ["SSN_AREA", "CODE_UNKNOWN"]);
    let ssn = &row.findings[0];
    assert_eq!(
        (&ssn.field[..], &ssn.header[..], &ssn.value[..]),
        ("ssn", "ssn", "***-**-0005")
    );
    assert!(ssn.how_to_fix.contains("card"), "{}", ssn.how_to_fix);
    let faulty = row.cells.iter().filter(|c| c.role == CellRole::Faulty);
    let inputs: Vec<(&str, &str, &str)> = faulty
        .map(|c| (&c.column[..], c.sent.text(), c.sent.input()))
        .collect();
    assert_eq!(
        inputs,
        [
            ("ssn", "***-**-0005", ""),
            ("employment_status", "Aktiv", "Aktiv")
        ]
    );
    let context = row.cells.iter().filter(|c| c.role == CellRole::Context);
    assert_eq!(
        context.map(|c| c.sent.text()).collect::<Vec<_>>(),
        ["Eve", "Poe"]
    );
    let json = serde_json::to_value(&page).expect("JSON");
    let keys: Vec<&String> = json["rejections"][0]
        .as_object()
        .expect("a row")
        .keys()
        .collect();
    assert_eq!(
        keys,
        ["record", "line", "subscriber_id", "findings", "closed_by"]
    );
    assert!(!json.to_string().contains("340005"), "{json}");
    let filter = RejectionFilter {
        code: Some(Code::SsnArea),
        open_only: true,
        after: None,
    };
    let of_code = rejections(&bench.site, &bench.reference, &filter).expect("a page");
    let records: Vec<u64> = of_code.rejections.iter().map(|r| r.record).collect();
    assert_eq!(records, [2, 5]);
}

#[test]
fn groups_say_where_the_cause_is_and_values_what_is_meant() {
    let bench = bench();
    let groups = rejection_groups(&bench.site, &bench.reference).expect("groups");
    let told: Vec<(Code, u64, &str)> = (groups.groups.iter())
        .map(|g| (g.code, g.records, g.cause_in_words))
        .collect();
    assert_eq!(
        told,
        [
            (Code::CodeUnknown, 2, "in our configuration"),
            (Code::SsnArea, 2, "in the row"),
        ]
    );
    assert_eq!(groups.proof.in_words(), "3 rejected = 3 open");
    let values = distinct_values(
        &bench.site,
        &bench.reference,
        Code::CodeUnknown,
        &["ssn", "birth_date", "first_name", "employment_status"].map(str::to_owned),
    );
    // Nothing is listed of columns that tell who a person is.
    let [values] = &values.expect("values")[..] else {
        panic!("other columns");
    };
    let first = &values.values[0];
    assert_eq!((&first.value[..], first.records), ("Aktiv", 2));
    assert_eq!(first.suggestion.as_deref(), Some("ACTIVE"));
    let toml = values.toml.as_ref().expect("lines");
    let lines: Vec<&str> = toml.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "[integration.people.codes.employment_status]",
            "\"Aktiv\" = \"A\"",
        ]
    );
    assert!(lines.contains(&"\"T\" = \"T\""), "{toml}");
}

#[test]
fn a_check_is_the_judge_of_runs_and_sees_the_rest_of_the_draft() {
    let bench = bench();
    let check = |record, set: &[(&str, &str)]| {
        let set = set
            .iter()
            .map(|(c, v)| ((*c).to_owned(), CellText::new(*v)));
        check(&bench.site, &bench.reference, record, &set.collect()).expect("judged")
    };
    let right = check(2, &[("ssn", "521340002")]);
    assert_eq!(right.verdict, RecordVerdict::Accepted { action: "create" });
    let still = check(5, &[("ssn", "521340005")]);
    assert_eq!(still.verdict, RecordVerdict::Rejected);
    assert_eq!(
        (&still.findings[0].code[..], still.line),
        ("CODE_UNKNOWN", 6)
    );
    // Right by itself, and wrong beside another row of the draft.
    bench.edit(vec![cell(2, "ssn", "521340002")]);
    let both = check(3, &[("employment_status", "A"), ("ssn", "521340002")]);
    assert_eq!((both.together_with, both.others), (1, 1));
    assert_eq!(both.verdict, RecordVerdict::Rejected);
    let shared = &both.findings[0];
    assert_eq!(shared.code, "SSN_SHARED");
    assert!(shared.message.contains("on line 3."), "{}", shared.message);
    let whole = check_draft(&bench.site, &bench.reference, None).expect("judged");
    assert_eq!((whole.checked, whole.of), (1, 1));
    assert_eq!(whole.counts.accepted, BTreeMap::from([("create", 1)]));
    assert_eq!(
        draft(&bench.site, &bench.reference)
            .expect("a draft")
            .entries
            .len(),
        1
    );
}

/// Only the rejections that a correction may belong to are loaded for its check: by its key, or by what else says whose it is.
#[test]
fn a_check_finds_the_rejection_that_a_correction_belongs_to() {
    let id_is_ssn = "521340006,user6x,521340006,Fay,Roe,1990-01-06,2020-01-06,A\n";
    let bench = with_rows(&(rows() + id_is_ssn));
    let check = |record, set: &[(&str, &str)]| {
        let set = set
            .iter()
            .map(|(c, v)| ((*c).to_owned(), CellText::new(*v)));
        check(&bench.site, &bench.reference, record, &set.collect()).expect("judged")
    };
    let new_id = check(6, &[("subscriber_id", "S6")]);
    assert_eq!(
        new_id.verdict,
        RecordVerdict::Accepted { action: "create" },
        "{new_id:?}"
    );
    // The ID of this one was right, so another one makes another record of it.
    let stranger = check(2, &[("ssn", "521340002"), ("subscriber_id", "S9")]);
    assert_eq!(stranger.verdict, RecordVerdict::Rejected);
    assert_eq!(stranger.findings[0].code, "NOT_REJECTED");
    let same = check(2, &[("ssn", "521340002")]);
    assert_eq!(same.verdict, RecordVerdict::Accepted { action: "create" });
}
