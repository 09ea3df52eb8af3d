//! What people save in a draft, and what they are told instead.

use super::*;

#[test]
fn two_people_never_overwrite_each_other_unseen() {
    let bench = bench();
    let first = bench.edit_as("ada", 0, vec![cell(3, "employment_status", "A")]);
    assert_eq!(
        first.expect("saved"),
        DraftSaved::Saved {
            version: 1,
            cells: 1
        }
    );
    // Another cell is no conflict.
    let other = bench.edit_as("ben", 0, vec![cell(5, "employment_status", "A")]);
    assert_eq!(
        other.expect("saved"),
        DraftSaved::Saved {
            version: 2,
            cells: 1
        }
    );
    let same = bench.edit_as("ben", 0, vec![cell(3, "employment_status", "T")]);
    let DraftSaved::Conflict { version: 2, cells } = same.expect("told") else {
        panic!("no conflict");
    };
    let told = (
        &cells[0].saved_by[..],
        cells[0].saved.text(),
        cells[0].yours.text(),
    );
    assert_eq!((cells.len(), told), (1, ("ada", "A", "T")));
    // Who has seen both may save.
    let seen = bench.edit_as("ben", 2, vec![cell(3, "employment_status", "T")]);
    assert_eq!(
        seen.expect("saved"),
        DraftSaved::Saved {
            version: 3,
            cells: 1
        }
    );
    // A sensitive value is named by its mask.
    bench
        .edit_as("ada", 3, vec![cell(2, "ssn", CANARY)])
        .expect("saved");
    let hidden = bench.edit_as("ben", 3, vec![cell(2, "ssn", "521340002")]);
    let told = serde_json::to_string(&hidden.expect("told")).expect("JSON");
    assert!(
        told.contains("***-**-9871") && !told.contains(CANARY),
        "{told}"
    );
    // A page that is older than the draft sends nothing.
    let mut request = bench.request(Chosen::AllCorrected);
    request.seen -= 1;
    assert_eq!(bench.submit(&request).state, SubmissionState::DraftChanged);
    let editors = rejection_groups(&bench.site, &bench.reference).expect("groups");
    let editors: Vec<String> = editors.draft.editors.into_keys().collect();
    assert_eq!(editors, ["ada", "ben"]);
}

#[test]
fn each_change_is_taken_back_alone_and_a_replacement_as_one() {
    let bench = bench();
    bench.edit(vec![replace("Aktiv", "Active")]);
    bench.edit(vec![cell(5, "ssn", "521340005")]);
    let values = |expected: [Option<&str>; 2]| {
        let page = rejections(&bench.site, &bench.reference, &RejectionFilter::default());
        let page = page.expect("a page");
        let of = |row: usize| {
            let cells = &page.rejections[row].cells;
            let cell = cells.iter().find(|c| c.column == "employment_status");
            let changed = cell.and_then(|c| c.changed.as_ref());
            changed.map(|shown| shown.text().to_owned())
        };
        assert_eq!([of(1), of(2)], expected.map(|text| text.map(str::to_owned)));
    };
    values([Some("Active"), Some("Active")]);
    bench.edit(vec![DraftEdit::Revert { entry: 1 }]);
    values([None, None]);
    let left = draft(&bench.site, &bench.reference).expect("a draft");
    assert_eq!(
        left.entries.iter().map(|e| e.number).collect::<Vec<_>>(),
        [2]
    );
}

#[test]
fn what_can_not_be_meant_is_refused_with_its_reason() {
    let bench = bench();
    let refused = |edit| bench.refusal(bench.edit_as("ada", 0, vec![edit]));
    assert!(refused(cell(1, "city", "Rome")).contains("not open in run"));
    assert!(refused(cell(2, "city", "Rome")).contains("no such column"));
    assert!(refused(cell(2, "ssn", "a\nb")).contains("on one line"));
    assert!(refused(cell(2, "ssn", &"1".repeat(2_000))).contains("1000 characters"));
    assert!(refused(replace("Aktiv", "")).contains("is empty"));
    assert!(refused(replace("Nope", "A")).contains("no open record"));
    let ssns = DraftEdit::Replace {
        column: "ssn".to_owned(),
        code: None,
        from: CellText::new("000340002"),
        to: CellText::new("521340002"),
        allow_empty: false,
        expected: None,
    };
    assert!(refused(ssns).contains("row by row"));
    let dismiss = DraftEdit::Dismiss {
        records: vec![2],
        why: " ".to_owned(),
    };
    assert!(refused(dismiss).contains("say why"));
    let counted = DraftEdit::Replace {
        column: "employment_status".to_owned(),
        code: None,
        from: CellText::new("Aktiv"),
        to: CellText::new(""),
        allow_empty: true,
        expected: Some(3),
    };
    let changed = bench.edit_as("ada", 0, vec![counted]).expect("told");
    assert_eq!(
        changed,
        DraftSaved::CountChanged {
            version: 0,
            expected: 3,
            now: 2
        }
    );
    assert_eq!(bench.in_drafts(), [""; 0], "nothing was saved");
    let nothing = submit(
        &bench.site,
        &bench.reference,
        &bench.request(Chosen::AllCorrected),
        &Patient,
    );
    assert!(bench.refusal(nothing).contains("nothing to send"));
    // What an input showed comes back unchanged.
    let same = bench.edit_as("ada", 0, vec![cell(3, "employment_status", "Aktiv")]);
    assert_eq!(
        same.expect("saved"),
        DraftSaved::Saved {
            version: 0,
            cells: 0
        }
    );
    fs::remove_dir_all(bench.folder.path("archive")).expect("purged");
    let purged = bench.edit_as("ada", 0, vec![cell(2, "ssn", "521340002")]);
    assert!(bench.refusal(purged).contains("no longer in the archive"));
    let page = rejections(&bench.site, &bench.reference, &RejectionFilter::default());
    let page = page.expect("without values");
    assert!(page.without_values.is_some() && page.rejections.len() == 3);
}

#[test]
fn a_corrected_rejects_file_lands_in_the_same_draft() {
    let bench = bench();
    // As a spreadsheet saves it: another delimiter, in another order, dates and zeros in its own way.
    let file = "subscriber_id;username;ssn;first_name;last_name;birth_date;hire_date;employment_status\r\n\
        S5;user5x;521340005;Eve;Poe;1/5/1990;1/5/2020;Active\r\n\
        S2;user2x;340002;Ben;Moe;1/2/1990;1/2/2020;A\r\n\
        S9;user9x;521340009;Xyz;Qrs;1/9/1991;1/9/2021;A\r\n";
    let back = bring_back(
        &bench.site.for_user("ada"),
        &bench.reference,
        file.as_bytes(),
    );
    let back = back.expect("taken");
    let changed: Vec<(u64, &str, &str)> = (back.differences.iter())
        .map(|d| (d.record, &d.column[..], d.after.text()))
        .collect();
    assert_eq!(
        changed,
        [
            (5, "ssn", "***-**-0005"),
            (5, "employment_status", "Active"),
        ]
    );
    assert_eq!((back.cells, back.entry, back.without_row), (2, Some(1), 1));
    assert_eq!(back.unknown.len(), 1);
    assert_eq!(back.unknown[0].line, 4);
    let sent = bench.submit(&bench.request(Chosen::AllCorrected));
    assert_eq!((sent.sent, sent.proof.open), (1, 2));
    let other = bring_back(&bench.site, &bench.reference, b"a,b\n1,2\n");
    assert!(bench.refusal(other).contains("no corrected rejects file"));
}
