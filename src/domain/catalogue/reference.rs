//! The reference of all finding codes, `docs/findings.md`, written from the texts themselves.

#[cfg(test)]
use super::explain;
use crate::domain::Code;
use crate::domain::code::Subject;
#[cfg(test)]
use std::fmt::Write as _;

/// The subjects in the order of the reference, with title and introduction.
const SUBJECTS: [(Subject, &str, &str); 8] = [
    (
        Subject::Field,
        "Fields and records",
        "One field, or the shape of one record. Lists, types and limits of the columns stand in \
         [file-layouts.md](file-layouts.md).",
    ),
    (
        Subject::Ssn,
        "Social Security number",
        "By SSA POMS RM 10201.035 and the number ranges of the IRS. Values are shown as `***-**-1234` at most.",
    ),
    (
        Subject::Identity,
        "Subscriber ID, username, name",
        "The words an employee is known by.",
    ),
    (
        Subject::Status,
        "Employment status",
        "Status against termination date.",
    ),
    (
        Subject::Matching,
        "Matching",
        "A record among the other records of its file, and against what was last accepted.",
    ),
    (
        Subject::PlanYear,
        "Plan years",
        "Deductions and the year they belong to.",
    ),
    (
        Subject::File,
        "Files",
        "About the file as a whole. An error here ends the run as Failed: no record of the file is taken, no output \
         is written, and the receipt says why.",
    ),
    (
        Subject::Hold,
        "Holds",
        "The file waits for a person (status Held): no output is written and nothing is changed until someone \
         decides with `feedgate release REF` or `feedgate refuse REF`.",
    ),
];

/// The whole of `docs/findings.md`.
#[cfg(test)]
pub(crate) fn reference() -> String {
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
    for (subject, title, introduction) in SUBJECTS {
        let codes = || Code::ALL.iter().filter(move |c| c.subject() == subject);
        let _ = write!(page, "\n## {title}\n\n{introduction}\n\n");
        page.push_str("| code | severity | in short |\n|---|---|---|\n");
        for code in codes() {
            let _ = writeln!(
                page,
                "| [`{code}`](#{}) | {} | {} |",
                code.as_str().to_lowercase(),
                severity(*code),
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

/// The subjects with their titles, in the order of the reference.
pub(crate) fn subjects() -> impl Iterator<Item = (Subject, &'static str)> {
    SUBJECTS
        .iter()
        .map(|(subject, title, _)| (*subject, *title))
}

/// The severity in words, with the policies of the configuration that change it.
pub(crate) fn severity(code: Code) -> String {
    let usual = code.severity().as_str();
    match code {
        Code::SsnPlaceholder
        | Code::SsnIsItin
        | Code::SsnChanged
        | Code::SsnLeadingZeroLost
        | Code::Retro => format!("{usual} (by policy)"),
        _ if code.subject() == Subject::Hold => "hold".to_owned(),
        _ => usual.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::reference;
    use crate::domain::Code;

    #[test]
    fn the_committed_reference_is_the_one_of_the_program() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/findings.md");
        if std::env::var_os("FEEDGATE_BLESS").is_some() {
            std::fs::write(path, reference()).expect("docs can be written");
        }
        let committed = std::fs::read_to_string(path).expect("docs/findings.md");
        assert!(
            committed == reference(),
            "docs/findings.md is out of date: run this test with FEEDGATE_BLESS=1"
        );
    }

    #[test]
    fn every_code_has_its_section_once() {
        let page = reference();
        for code in Code::ALL {
            let heading = format!("\n### {code}\n");
            assert_eq!(page.matches(&heading).count(), 1, "{code}");
        }
    }
}
