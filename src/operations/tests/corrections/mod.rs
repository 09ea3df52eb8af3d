//! Corrections by a draft: what two people see and save, what is judged, sent and left, and what a crash leaves of it.

mod edits;
mod formats;
mod pages;
mod sending;

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

impl RowsToSubmit {
    fn deserialized(json: &str) -> RowsToSubmit {
        serde_json::from_str(json).expect("rows")
    }
}
