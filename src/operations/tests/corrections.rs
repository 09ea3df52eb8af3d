//! Corrections by a draft: what two people see and save, what is judged, sent and left, and what a crash leaves of it.

use super::test_site::TestSite;
use crate::domain::{Code, ReferenceId};
use crate::operations::correction::{
    AsTheyAre, CellChange, CellRole, CellText, Chosen, DraftEdit, DraftEdits, DraftSaved,
    RecordVerdict, RejectionFilter, RowsToSubmit, SubmissionRequest, SubmissionState, Submitted,
    bring_back, check, check_draft, distinct_values, draft, edit_draft, new_submission_id,
    plan_submission, proof, rejection_groups, rejections, submit, submit_rows,
};
use crate::operations::dispatch::Caller;
use crate::operations::error::Result;
use crate::run::purge;
use crate::site::{Observer, Site};
use crate::spool::{Disk, Faults, names_in};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;

/// A number that stands nowhere but in the files that may hold it.
const CANARY: &str = "521349871";

/// A caller that nothing interrupts.
struct Patient;

impl Observer for Patient {
    fn begin(&self, _: &str, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn note(&self, _: &str) {}
}

impl Caller for Patient {
    fn interruption(&self) -> io::Result<Box<dyn Fn() -> Option<i32>>> {
        Ok(Box::new(|| None))
    }
}

/// Five rows, of which three are rejected: record 2 has an SSN of an area that is never given, record 3 a status that is
/// not known, record 5 both.
fn rows() -> String {
    [
        "S1,user1x,521340001,Ann,Lee,1990-01-01,2020-01-01,A",
        "S2,user2x,000340002,Ben,Moe,1990-01-02,2020-01-02,A",
        "S3,user3x,521340003,Cyd,Nye,1990-01-03,2020-01-03,Aktiv",
        "S4,user4x,521340004,Dee,Orr,1990-01-04,2020-01-04,A",
        "S5,user5x,000340005,Eve,Poe,1990-01-05,2020-01-05,Aktiv",
        "",
    ]
    .join("\n")
}

struct Bench {
    folder: TestSite,
    site: Site,
    reference: ReferenceId,
}

fn bench() -> Bench {
    with_rows(&rows())
}

fn with_rows(rows: &str) -> Bench {
    let folder = TestSite::new("");
    folder.upload_rows("hr.csv", rows);
    let reference = folder.run()[0].integration_reference_id.clone();
    Bench {
        site: folder.site(Disk::new()),
        folder,
        reference,
    }
}

fn cell(record: u64, column: &str, value: &str) -> DraftEdit {
    DraftEdit::Cell(CellChange {
        record,
        column: column.to_owned(),
        value: CellText::new(value),
    })
}

fn replace(from: &str, to: &str) -> DraftEdit {
    DraftEdit::Replace {
        column: "employment_status".to_owned(),
        code: Some(Code::CodeUnknown),
        from: CellText::new(from),
        to: CellText::new(to),
        allow_empty: false,
        expected: None,
    }
}

impl Bench {
    fn edit_as(&self, user: &str, seen: u64, edits: Vec<DraftEdit>) -> Result<DraftSaved> {
        let edits = DraftEdits {
            seen,
            overwrite: false,
            edits,
        };
        edit_draft(&self.site.for_user(user), &self.reference, &edits)
    }

    fn edit(&self, edits: Vec<DraftEdit>) -> u64 {
        let seen = draft(&self.site, &self.reference).expect("a draft").version;
        match self.edit_as("ada", seen, edits).expect("saved") {
            DraftSaved::Saved { version, .. } => version,
            other => panic!("{other:?}"),
        }
    }

    fn request(&self, chosen: Chosen) -> SubmissionRequest {
        SubmissionRequest {
            id: new_submission_id().expect("an ID"),
            seen: draft(&self.site, &self.reference).expect("a draft").version,
            chosen,
            as_they_are: AsTheyAre::None,
            dismiss: true,
        }
    }

    fn submit(&self, request: &SubmissionRequest) -> Submitted {
        submit(&self.site, &self.reference, request, &Patient).expect("sent")
    }

    fn in_drafts(&self) -> Vec<String> {
        names_in(&self.folder.path("state/drafts")).expect("listed")
    }

    fn refusal<T: std::fmt::Debug>(&self, result: Result<T>) -> String {
        result.expect_err("refused").sentences().join(" ")
    }
}

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
        "employment_status",
    );
    let values = values.expect("values");
    let first = &values.values[0];
    assert_eq!((&first.value[..], first.records), ("Aktiv", 2));
    assert_eq!(first.suggestion.as_deref(), Some("ACTIVE"));
    assert_eq!(
        values.toml.as_deref(),
        Some("[integration.people.codes.employment_status]\n\"Aktiv\" = \"A\"\n")
    );
    for column in ["ssn", "birth_date", "first_name"] {
        let refused = distinct_values(&bench.site, &bench.reference, Code::SsnArea, column);
        let why = bench.refusal(refused);
        assert!(why.contains("who a person is"), "{why}");
    }
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
    let whole = check_draft(&bench.site, &bench.reference).expect("judged");
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

#[test]
fn what_is_sent_closes_its_rejections_and_the_rest_stays() {
    let bench = bench();
    bench.edit(vec![
        cell(2, "ssn", "521-34-0002"),
        replace("Aktiv", "Active"),
        DraftEdit::Dismiss {
            records: vec![5],
            why: "left before the first day".to_owned(),
        },
    ]);
    let request = bench.request(Chosen::AllCorrected);
    let plan = plan_submission(&bench.site, &bench.reference, &request).expect("a plan");
    let counts = [plan.going, plan.staying, plan.dismissed].map(|part| part.records);
    assert_eq!(counts, [2, 0, 1]);
    assert_eq!(
        plan.why,
        BTreeMap::from([("left before the first day".to_owned(), 1)])
    );
    assert_eq!(plan.check.counts.rejected, 0);
    let sent = bench.submit(&request);
    assert_eq!(
        (sent.state, sent.sent, sent.dismissed),
        (SubmissionState::Done, 2, 1)
    );
    let run = sent.run.expect("a linked run");
    let row = bench.site.find_run(&run).expect("there");
    assert_eq!(row.resubmission_of.as_ref(), Some(&bench.reference));
    assert_eq!(
        sent.proof.in_words(),
        format!("3 rejected = 2 accepted by {run} + 1 dismissed + 0 open")
    );
    assert_eq!(bench.in_drafts(), [""; 0]);
    // The same request once more finds the first one, although the draft is gone.
    let again = bench.submit(&request);
    assert_eq!((again.state, again.run), (SubmissionState::Done, Some(run)));
    let output = fs::read_dir(bench.folder.path("outbound/people/output")).expect("output");
    assert_eq!(output.count(), 2);
}

#[test]
fn some_go_now_and_the_others_later() {
    let bench = bench();
    bench.edit(vec![cell(2, "ssn", "521340002"), replace("Aktiv", "A")]);
    let first = bench.request(Chosen::These(BTreeSet::from([2])));
    let sent = bench.submit(&first);
    let run = sent.run.expect("a run");
    assert_eq!(sent.proof.open, 2);
    let left = draft(&bench.site, &bench.reference).expect("a draft");
    assert_eq!(left.entries.len(), 1, "what was sent has left the draft");
    // Record 5 goes with its wrong SSN and is rejected again; record 3 is taken.
    let sent = bench.submit(&bench.request(Chosen::AllCorrected));
    let second = sent.run.clone().expect("a run");
    assert_eq!(
        sent.proof.in_words(),
        format!("3 rejected = 1 accepted by {run} + 1 accepted by {second} + 1 open")
    );
    // A correction of the correction closes both.
    let again = RowsToSubmit::deserialized(r#"{"rows":[{"record":2,"set":{"ssn":"521340005"}}]}"#);
    let id = new_submission_id().expect("an ID");
    let last = submit_rows(&bench.site, &second, (&again, &id), &Patient).expect("sent");
    assert_eq!(last.proof.open, 0);
    let whole = proof(&bench.site, &bench.reference).expect("a proof");
    assert_eq!((whole.rejected, whole.open), (3, 0));
}

impl RowsToSubmit {
    fn deserialized(json: &str) -> RowsToSubmit {
        serde_json::from_str(json).expect("rows")
    }
}

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
fn rows_whose_cause_was_elsewhere_are_sent_as_they_are() {
    let bench = bench();
    bench.edit(vec![cell(2, "ssn", "521340002")]);
    // The operator adds the sender's word.
    let config = bench.folder.path("feedgate.toml");
    let mut text = fs::read_to_string(&config).expect("text");
    text += "[integration.people.codes.employment_status]\nAktiv = \"A\"\nA = \"A\"\n";
    fs::write(&config, text).expect("written");
    let site = bench.folder.site(Disk::new());
    let request = SubmissionRequest {
        as_they_are: AsTheyAre::WithCode(Code::CodeUnknown),
        ..bench.request(Chosen::These(BTreeSet::new()))
    };
    let plan = plan_submission(&site, &bench.reference, &request).expect("a plan");
    assert_eq!((plan.going.records, plan.check.counts.rejected), (2, 1));
    let sent = submit(&site, &bench.reference, &request, &Patient).expect("sent");
    assert_eq!(
        sent.proof.open, 2,
        "record 3 is closed, 2 was not sent, 5 has another error"
    );
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

/// What a crash leaves is the draft before or after, and the same request ends the same way.
#[test]
fn whatever_step_is_the_last_no_draft_is_half_written_and_nothing_is_sent_twice() {
    let no_space = |step| Faults::FailAt(step, 28);
    for fault in [Faults::StopAt as fn(u64) -> Faults, no_space] {
        for step in 1.. {
            let bench = bench();
            let stopping = bench
                .folder
                .site(Disk::with_faults(fault(step)))
                .for_user("ada");
            let edits = DraftEdits {
                seen: 0,
                overwrite: false,
                edits: vec![
                    cell(2, "ssn", "521340002"),
                    replace("Aktiv", "A"),
                    DraftEdit::Dismiss {
                        records: vec![5],
                        why: "left".to_owned(),
                    },
                ],
            };
            let saved = edit_draft(&stopping, &bench.reference, &edits);
            let kept = draft(&bench.site, &bench.reference).expect("whole");
            assert!(matches!(kept.entries.len(), 0 | 3), "step {step}");
            assert!(saved.is_err() || kept.entries.len() == 3, "step {step}");
            if kept.entries.is_empty() {
                edit_draft(&bench.site.for_user("ada"), &bench.reference, &edits).expect("saved");
            }
            let request = bench.request(Chosen::AllCorrected);
            let ended = submit(&stopping, &bench.reference, &request, &Patient);
            // The next process finishes a run that had begun.
            bench.folder.run();
            let mut last = bench.submit(&request);
            if last.state == SubmissionState::Refused {
                last = bench.submit(&bench.request(Chosen::AllCorrected));
            }
            assert_eq!(last.state, SubmissionState::Done, "step {step}: {last:?}");
            let proof = proof(&bench.site, &bench.reference).expect("a proof");
            assert_eq!((proof.open, proof.dismissed), (0, 1), "step {step}");
            assert_eq!(proof.accepted.values().sum::<u64>(), 2, "step {step}");
            let outputs = names_in(&bench.folder.path("outbound/people/output")).expect("listed");
            assert_eq!(outputs.len(), 2, "step {step}: {outputs:?}");
            let left = bench.in_drafts();
            assert!(left.is_empty(), "step {step}: {left:?}");
            if ended.is_ok() && stopping.steps() < step {
                assert!(step > 20, "only {step} steps: do they all pass the seam?");
                break;
            }
        }
    }
}

#[test]
fn a_draft_goes_with_what_it_corrects() {
    let bench = bench();
    bench.edit(vec![cell(2, "ssn", CANARY)]);
    purge(&bench.site).expect("purged");
    assert_eq!(
        bench.in_drafts().len(),
        1,
        "its records are open, and its source is there"
    );
    fs::write(
        bench.folder.path("state/drafts/.20261120-000001.json.part"),
        CANARY,
    )
    .expect("left");
    fs::remove_dir_all(bench.folder.path("archive")).expect("too old");
    purge(&bench.site).expect("purged");
    assert_eq!(bench.in_drafts(), [""; 0]);
}

#[test]
fn no_value_of_a_draft_is_anywhere_but_in_its_file() {
    let bench = bench();
    bench.edit(vec![cell(2, "ssn", CANARY)]);
    let found = || {
        let mut holders = Vec::new();
        let mut folders = vec![bench.folder.path("state")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("listed") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let bytes = fs::read(&path).expect("read");
                if memchr::memmem::find(&bytes, CANARY.as_bytes()).is_some() {
                    holders.push(path);
                }
            }
        }
        holders
    };
    let file = bench
        .folder
        .path(&format!("state/drafts/{}.json", bench.reference));
    assert_eq!(found(), std::slice::from_ref(&file));
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).expect("there").permissions());
    assert_eq!(mode & 0o777, 0o600);
    let mut request = bench.request(Chosen::AllCorrected);
    request.dismiss = false;
    let sent = bench.submit(&request);
    assert_eq!(sent.proof.open, 2);
    assert_eq!(found(), [""; 0].map(std::path::PathBuf::from));
    let view = draft(&bench.site, &bench.reference).expect("a draft");
    assert!(view.entries.is_empty());
}
