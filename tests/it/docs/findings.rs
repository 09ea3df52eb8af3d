//! `docs/findings.md`: every finding code with its texts.

use super::is_committed;
use feedgate::internal::domain::Code;
use feedgate::internal::domain::explanation::explain;
use feedgate::internal::domain::finding_code::Subject;
use std::fmt::Write as _;

/// The introduction of a subject's section.
fn introduction(subject: Subject) -> &'static str {
    match subject {
        Subject::Field => {
            "One field, or the shape of one record. Lists, types and limits of the columns stand in \
         [file-layouts.md](file-layouts.md)."
        }
        Subject::Ssn => {
            "By SSA POMS RM 10201.035 and the number ranges of the IRS. Values are shown as `***-**-1234` at most."
        }
        Subject::Identity => "The words an employee is known by.",
        Subject::Status => "Status against termination date.",
        Subject::Matching => {
            "A record among the other records of its file, and against what was last accepted."
        }
        Subject::PlanYear => "Deductions and the year they belong to.",
        Subject::File => {
            "About the file as a whole. An error here ends the run as Failed: no record of the file is taken, no output \
         is written, and the receipt says why."
        }
        Subject::Hold => {
            "The file waits for a person (status Held): no output is written and nothing is changed until someone \
         decides with `feedgate release REF` or `feedgate refuse REF`."
        }
    }
}

/// The whole of `docs/findings.md`.
fn page() -> String {
    let mut page = String::from(
        "# Findings\n\n\
         A finding is a coded remark on a record or a file. The codes are stable: programs may act on them. An \
         **error** rejects its record; the other records go on. A **warning** does not reject. All findings of a \
         record are reported at once, in the error file (`.errors.csv`) with the line, the field, the masked value \
         and how to fix it. To correct: edit the rows in the rejects file (`.rejects.…`), leave its name as it is, \
         and drop it into inbound.\n\n\
         `feedgate explain CODE` shows the same texts. This page is generated from the program; all data in it is \
         made up.\n",
    );
    for subject in Subject::ALL {
        let codes = || Code::ALL.iter().filter(move |c| c.subject() == subject);
        let _ = write!(
            page,
            "\n## {}\n\n{}\n\n",
            subject.title(),
            introduction(subject)
        );
        page.push_str("| code | severity | in short |\n|---|---|---|\n");
        for code in codes() {
            let _ = writeln!(
                page,
                "| [`{code}`](#{}) | {} | {} |",
                code.as_str().to_lowercase(),
                code.severity_in_words(),
                explain(*code).message
            );
        }
        for code in codes() {
            let text = explain(*code);
            let _ = write!(
                page,
                "\n### {code}\n\n{}\n\n{}\n\n**Example:** {}\n\n**How to fix:** {}\n",
                text.message, text.meaning, text.example, text.fix
            );
        }
    }
    page
}

#[test]
fn the_committed_reference_is_the_one_of_the_program() {
    is_committed("findings.md", &page());
}

#[test]
fn every_code_has_its_section_once() {
    let page = page();
    for code in Code::ALL {
        let heading = format!("\n### {code}\n");
        assert_eq!(page.matches(&heading).count(), 1, "{code}");
    }
}
