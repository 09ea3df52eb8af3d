//! Every file that was dropped as corrections is answered in the errors folder, in words for people.

use crate::foreign_formats::archive;
use crate::people::{csv, deduction, people, person, subscriber_id};
use crate::resubmission::parent;
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};

fn rejects_of(run: &Outcome) -> String {
    format!("hr.{}.rejects.csv", run.reference())
}

/// The answer of a run.
fn answer(run: &Outcome) -> String {
    let path = run
        .published("answer")
        .unwrap_or_else(|| panic!("no answer: {run:?}"));
    let folder = path.parent().and_then(|p| p.file_name());
    assert_eq!(folder.and_then(|n| n.to_str()), Some("errors"));
    let name = path.file_name().and_then(|n| n.to_str()).expect("a name");
    assert!(name.starts_with("hr."), "{name}");
    assert!(
        name.ends_with(&format!(".{}.answer.txt", run.reference())),
        "{name}"
    );
    std::fs::read_to_string(path).expect("text")
}

#[test]
fn a_partial_correction_is_told_what_is_still_open_and_what_to_do() {
    let site = Scenario::new();
    let first = parent(&site);
    assert_eq!(first.published("answer"), None, "not a correction");
    let half = [person(2), person(4).with("hire_date", "later")];
    let second = site.send_people(&rejects_of(&first), &half, &[]);
    second.ended(3, "Completed with Errors");
    let name = format!("hr.{}.answer.txt", second.reference());
    assert_eq!(second.published_name("answer"), name);
    let error = &second.errors()[0];
    let (old, new) = (rejects_of(&first), rejects_of(&second));
    assert_eq!(
        answer(&second),
        format!(
            "Answer to your file {old}\n\n\
             1 of 2 taken, 1 still open: see row 2 of {new}.\n\n\
             What to do: correct these rows in {new}, which lies beside this answer. Then save it under its own name and \
             put it where you put this one. Rows that were taken need not be sent again.\n\n\
             Not taken (rows as a spreadsheet numbers them):\n\n\
             Row 2: {}, {}\n  - hire_date (later): {} {}\n\n\
             Still open of the file hr.csv (run {}): line 5.\n",
            subscriber_id(4),
            error.name,
            error.message,
            error.how_to_fix,
            first.reference(),
        )
    );
    let listed = second.receipt()["files_written"].to_string();
    assert!(listed.contains(".answer.txt"), "{listed}");
    let shown = site.feedgate(&["show", second.reference()]);
    assert!(shown.stdout.contains("Answer File"), "{shown:?}");
    // The correction of the correction.
    let third = site.send_people(&new, &[person(4)], &[]);
    assert_eq!(
        answer(&third),
        format!("Answer to your file {new}\n\n1 of 1 taken, nothing is open any more.\n")
    );
}

#[test]
fn rows_that_are_missing_from_a_correction_are_named() {
    let site = Scenario::new();
    let first = parent(&site);
    let name = rejects_of(&first);
    let second = site.send_people(&name, &[person(2)], &[]);
    second.completed();
    let text = answer(&second);
    let headline = "\n\n1 of 1 taken, 1 still open: they are not in this file.\n";
    assert!(text.contains(headline), "{text}");
    let place = format!("line 5. They are in {name}: correct them there as well.\n");
    assert!(text.ends_with(&place), "{text}");
}

#[test]
fn a_correction_sent_twice_is_told_so() {
    let site = Scenario::new();
    let first = parent(&site);
    let name = rejects_of(&first);
    let second = site.send_people(&name, &[person(2), person(4)], &[]);
    let third = site.send_people(&name, &[person(2), person(4)], &[]);
    assert_eq!(third.text("duplicate_of"), second.reference());
    assert_eq!(
        answer(&third),
        format!(
            "Answer to your file {name}\n\nThis file has the same bytes as one that was taken before, in run {}. Nothing was \
             done again.\n",
            second.reference()
        )
    );
}

#[test]
fn a_correction_that_fails_as_a_whole_is_told_why_and_what_is_open() {
    let site = Scenario::new();
    let first = parent(&site);
    let name = rejects_of(&first);
    let workbook = archive(&["[Content_Types].xml", "xl/workbook.xml"]);
    for (bytes, why) in [
        (workbook, "Excel workbook"),
        (b"x,y\n1,2\n".to_vec(), "COLUMN_MISSING"),
        (Vec::new(), "FILE_EMPTY"),
        (b"a\0b,c\n".to_vec(), "Why: "),
    ] {
        let failed = site
            .inbound(DEMOGRAPHIC, &name, bytes)
            .run(DEMOGRAPHIC, &[]);
        failed.ended(1, "Failed");
        let text = answer(&failed);
        let start =
            format!("Answer to your file {name}\n\nNothing of this file was taken.\n\nWhy: ");
        assert!(text.starts_with(&start) && text.contains(why), "{text}");
        assert!(text.contains("\nWhat to do: "), "{text}");
        let open = format!(
            "Still open of the file hr.csv (run {}): lines 3 and 5.",
            first.reference()
        );
        assert!(text.contains(&open), "{text}");
    }
}

#[test]
fn a_held_correction_is_answered_at_once_and_again_when_its_hold_ends() {
    for ending in ["release", "refuse"] {
        let site = Scenario::new()
            .and_config("[integration.demographic-export.guards]\nmax_termination_count = 0\n");
        site.roster("all.csv", csv(&people(3)));
        let left = person(3)
            .with("employment_status", "T")
            .with("termination_date", crate::people::days_ago(1));
        let bad = left.clone().with("zip_code", "1");
        let parent = site.send_people("hr.csv", &[bad], &[]);
        let held = site.send_people(&rejects_of(&parent), &[left], &[]);
        held.ended(5, "Held");
        let text = answer(&held);
        assert!(
            text.contains("it waits until a person has looked at it."),
            "{text}"
        );
        assert!(text.contains("GUARD_TERMINATIONS: "), "{text}");
        let ended = site.feedgate(&[ending, held.reference(), "--why", "agreed", "--json"]);
        let text = answer(&ended);
        let expected = match ending {
            "release" => "\n\n1 of 1 taken, nothing is open any more.\n",
            _ => "\n\nNothing of this file was taken.\n\nWhy: refused by ",
        };
        assert!(text.contains(expected), "{text}");
        let listed = ended.receipt()["files_written"].to_string();
        assert!(listed.contains(".answer.txt"), "{listed}");
    }
}

#[test]
fn corrections_by_command_and_of_deductions_are_answered_too() {
    let site = Scenario::new();
    site.roster("all.csv", csv(&people(2)));
    let bad = deduction(1).with("employee_amount", "x");
    let first = site.send_deductions("hr.csv", &[bad, deduction(2)], &[]);
    std::fs::write(site.path("mine.csv"), csv(&[deduction(1)])).expect("written");
    let arguments = [
        "resubmit",
        first.reference(),
        "--file",
        "mine.csv",
        "--json",
    ];
    let by_command = site.feedgate(&arguments);
    by_command.completed();
    let path = by_command.published("answer").expect("an answer");
    let text = std::fs::read_to_string(path).expect("text");
    assert_eq!(
        text,
        "Answer to your file mine.csv\n\n1 of 1 taken, nothing is open any more.\n"
    );
    let changed = deduction(1).with("plan_name", "Another");
    let again = site.send_deductions(&rejects_of(&first), &[changed], &[]);
    let text = answer(&again);
    assert!(
        text.contains("\n\n0 of 1 taken, nothing is open any more.\n"),
        "{text}"
    );
    assert!(text.contains("\nRow 2: N10001, "), "{text}");
}

#[test]
fn a_file_with_the_number_of_a_run_without_corrections_is_answered() {
    let site = Scenario::new();
    let failed = site
        .inbound(DEMOGRAPHIC, "hr.csv", "x,y\n1,2\n")
        .run(DEMOGRAPHIC, &[]);
    failed.ended(1, "Failed");
    // A name that is taken: a new file.
    let run = site.send_people(&rejects_of(&failed), &people(2), &[]);
    run.completed();
    assert!(answer(&run).contains("2 of 2 taken, nothing is open any more."));
    // A name that is not.
    let name = format!("hr.{}.rejects.doc", failed.reference());
    site.inbound(DEMOGRAPHIC, &name, csv(&people(3)));
    assert_eq!(site.run(DEMOGRAPHIC, &[]).code, 4);
    let errors = site.outbound();
    let answers: Vec<&String> = errors
        .iter()
        .filter(|path| path.contains("/errors/hr.N"))
        .collect();
    assert_eq!(answers.len(), 1, "{errors:?}");
    assert!(answers[0].ends_with(".answer.txt"), "{answers:?}");
    let text = std::fs::read_to_string(site.path(answers[0])).expect("text");
    let start = format!(
        "Answer to your file {name}\n\nNothing of this file was taken.\n\nWhy: NAME_NOT_TAKEN"
    );
    assert!(text.starts_with(&start), "{text}");
    let end = format!(
        "The run {} in its name is Failed, so it has no rows to correct.\n",
        failed.reference()
    );
    assert!(text.ends_with(&end), "{text}");
    // Another integration's runs are not its own.
    let name = format!("pay.{}.rejects.doc", failed.reference());
    site.inbound(DEDUCTION, &name, "x");
    assert_eq!(site.run(DEDUCTION, &[]).code, 4);
    assert!(
        !site
            .outbound()
            .iter()
            .any(|path| path.contains("/errors/pay"))
    );
}
