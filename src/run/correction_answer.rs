//! The answer to corrections, for the people who made them: how many records were taken, which are still open, and
//! what to do about them.

use super::publications::rejects_for_people;
use super::run_io::WorkFiles;
use crate::domain::explanation::explain;
use crate::domain::{Code, Published, ReferenceId, RunStatus, RunSummary, SkipReason};
use crate::format::error_file::ListedFinding;
use crate::intake::named_run;
use crate::ledger::{Publication, RunRow};
use crate::site::{IntegrationContext, Result, RunError};
use crate::spool;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, Write as _};

/// Most records, and most lines, that an answer names.
const MOST_NAMED: usize = 100;

const SEND_AGAIN: &str = "Then save it under its own name and put it where you put this one. Rows that were taken need not be \
    sent again.";

/// Whether the file of a run is answered: it was sent as corrections, or at least its name says so.
pub(crate) fn is_wanted(context: &IntegrationContext<'_>, row: &RunRow) -> Result<bool> {
    let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
    let named = || named_run(context.integration, &*context.ledger, name);
    Ok(row.resubmission_of.is_some() || named()?.is_some())
}

/// Writes the answer into the work folder; the open file is to be made durable. The error file has to be there. `closed`
/// are the ledger's rows of the rejections that the run closes.
pub(crate) fn write_answer(
    context: &IntegrationContext<'_>,
    row: &RunRow,
    summary: &RunSummary,
    closed: &[i64],
    publications: &[Publication],
    files: &WorkFiles<'_>,
) -> Result<File> {
    let rejects = rejects_for_people(publications).and_then(name_of);
    let refused = match rejects {
        Some(_) => rejected_records(files)?,
        None => Vec::new(),
    };
    let answer = CorrectionAnswer {
        summary,
        open: StillOpen::of(context, row, closed)?,
        rejects,
        errors: published_name(publications, Published::Errors),
        refused,
    };
    let written = context.site.disk.create_file(&files.path("answer"));
    let written = written.and_then(|mut file| {
        file.write_all(answer.text().as_bytes())?;
        Ok(file)
    });
    written.map_err(RunError::io("writing the answer"))
}

/// The answer to a file that was not read at all: why, and what to do. `named` is the run that its name carries.
pub(super) fn not_read(file: &str, named: &ReferenceId, status: RunStatus, why: &str) -> String {
    let why = sentence(why);
    format!(
        "{}Nothing of this file was taken.\n\nWhy: {why}\n\nThe run {named} in its name is {status}, so it has no rows to \
         correct.\n",
        title(file)
    )
}

fn published_name(publications: &[Publication], what: Published) -> Option<String> {
    publications
        .iter()
        .find(|p| p.what == what)
        .and_then(name_of)
}

fn name_of(file: &Publication) -> Option<String> {
    Some(file.to.file_name()?.to_string_lossy().into_owned())
}

fn title(file: &str) -> String {
    format!("Answer to your file {file}\n\n")
}

fn sentence(text: &str) -> String {
    format!("{}.", text.trim_end_matches('.'))
}

/// The first rejected records of the error file, with their findings.
fn rejected_records(files: &WorkFiles<'_>) -> Result<Vec<RefusedRecord>> {
    let io = RunError::io("reading the error file");
    let file = match File::open(files.path(Published::Errors.as_str())) {
        Ok(file) => file,
        Err(e) => return Err(io(e)),
    };
    let mut records: Vec<RefusedRecord> = Vec::new();
    for finding in ListedFinding::read(BufReader::new(file)) {
        let finding = finding.map_err(RunError::io("reading the error file"))?;
        let Some(row) = finding.row_in_rejects.filter(|_| finding.is_error()) else {
            continue;
        };
        let full = records.len() == MOST_NAMED;
        match records.last_mut() {
            Some(last) if last.row == row => last.findings.push(finding),
            Some(_) if full => break,
            _ => records.push(RefusedRecord {
                row,
                findings: vec![finding],
            }),
        }
    }
    Ok(records)
}

/// A record of the corrections that was rejected again.
struct RefusedRecord {
    /// Its row in the rejects file of this run.
    row: u64,
    findings: Vec<ListedFinding>,
}

impl RefusedRecord {
    fn text(&self) -> String {
        let mut text = format!("Row {}", self.row);
        if let Some(first) = self.findings.first() {
            let id = Some(first.subscriber_id.as_str()).filter(|id| !id.is_empty());
            let name = Some(first.name.as_str()).filter(|name| !name.is_empty());
            let who: Vec<&str> = id.into_iter().chain(name).collect();
            if !who.is_empty() {
                let _ = write!(text, ": {}", who.join(", "));
            }
        }
        text.push('\n');
        for finding in &self.findings {
            let place = match (finding.header.as_str(), finding.value.as_str()) {
                ("", _) => String::new(),
                (header, "") => format!("{header}: "),
                (header, value) => format!("{header} ({value}): "),
            };
            let (message, fix) = (&finding.message, &finding.how_to_fix);
            let _ = writeln!(text, "  - {place}{message} {fix}");
        }
        text
    }
}

/// The records of the corrected run that are open after this one.
struct StillOpen {
    /// The file in which they came.
    file: String,
    reference: ReferenceId,
    /// The lines of that file on which they start.
    lines: Vec<u64>,
    /// The name of that run's rejects file.
    rejects: Option<String>,
}

impl StillOpen {
    /// `None` where no run is corrected, or it is no longer known.
    fn of(
        context: &IntegrationContext<'_>,
        row: &RunRow,
        closed: &[i64],
    ) -> Result<Option<StillOpen>> {
        let ledger = &context.ledger;
        let Some(reference) = row.resubmission_of.clone() else {
            return Ok(None);
        };
        let Some(parent) = ledger.run(&reference)? else {
            return Ok(None);
        };
        let closed: HashSet<i64> = closed.iter().copied().collect();
        let all = ledger.rejections(parent.number)?.into_iter();
        let open = all.filter(|r| r.closed_by.is_none() && !closed.contains(&r.rejection.row));
        Ok(Some(StillOpen {
            rejects: rejects_for_people(&parent.publications).and_then(name_of),
            file: parent.source_name.unwrap_or_default(),
            reference,
            lines: open.map(|r| r.rejection.line).collect(),
        }))
    }

    /// Which records they are; `elsewhere`: some of them are in no file but the rejects file of their run.
    fn text(&self, elsewhere: bool) -> String {
        let (file, reference) = (&self.file, &self.reference);
        let lines = self.lines.iter().copied();
        let lines = numbers(lines, self.lines.len() as u64, "line");
        let place = match &self.rejects {
            Some(rejects) if elsewhere => {
                format!(" They are in {rejects}: correct them there as well.")
            }
            _ => String::new(),
        };
        format!("Still open of the file {file} (run {reference}): {lines}.{place}\n")
    }
}

/// `rows 2, 5 and 9`: the first of some numbers, of `count` in all.
fn numbers(some: impl Iterator<Item = u64>, count: u64, word: &str) -> String {
    let mut named: Vec<String> = some.take(MOST_NAMED).map(|n| n.to_string()).collect();
    let more = count.saturating_sub(named.len() as u64);
    if more > 0 {
        named.push(format!("{more} more"));
    }
    match named.split_last() {
        Some((last, [])) => format!("{word} {last}"),
        Some((last, before)) => format!("{word}s {} and {last}", before.join(", ")),
        None => String::new(),
    }
}

/// What an answer says.
struct CorrectionAnswer<'a> {
    summary: &'a RunSummary,
    open: Option<StillOpen>,
    /// The names of this run's files.
    rejects: Option<String>,
    errors: Option<String>,
    /// Records of this run that were rejected, as far as they are named.
    refused: Vec<RefusedRecord>,
}

impl CorrectionAnswer<'_> {
    fn text(&self) -> String {
        let file = self.summary.source_files.first().map_or("", String::as_str);
        let mut text = title(file);
        match (&self.summary.duplicate_of, self.summary.status) {
            (Some(earlier), _) => {
                let _ = writeln!(
                    text,
                    "This file has the same bytes as one that was taken before, in run {earlier}. Nothing was done again."
                );
            }
            (None, RunStatus::Held) => self.push_held(&mut text),
            (None, RunStatus::Failed) => self.push_failed(&mut text),
            (None, _) => self.push_judged(&mut text),
        }
        if let Some(open) = self.open.as_ref().filter(|open| !open.lines.is_empty()) {
            let elsewhere = match self.summary.status {
                RunStatus::Held => false,
                RunStatus::Failed => true,
                _ => open.lines.len() as u64 > self.summary.errors,
            };
            let _ = write!(text, "\n{}", open.text(elsewhere));
        }
        text
    }

    fn reason(&self) -> String {
        sentence(self.summary.reason.as_deref().unwrap_or("not known"))
    }

    fn push_held(&self, text: &mut String) {
        let _ = write!(
            text,
            "Nothing of this file is taken yet: it waits until a person has looked at it.\n\nWhy: {}\n\nWhat to do: tell \
             those who look after this connection. The file need not be sent again.\n",
            self.reason()
        );
    }

    fn push_failed(&self, text: &mut String) {
        let reason = self.reason();
        let code = reason.split([' ', ':']).next().and_then(Code::parse);
        let _ = write!(text, "Nothing of this file was taken.\n\nWhy: {reason}\n");
        if let Some(code) = code {
            let _ = write!(text, "\nWhat to do: {}\n", explain(code).fix);
        }
    }

    fn push_judged(&self, text: &mut String) {
        let s = self.summary;
        let accepted = s.records_accepted + s.records_unchanged;
        let open = match &self.open {
            Some(open) => open.lines.len() as u64,
            None => s.errors,
        };
        let _ = write!(text, "{accepted} of {} taken, ", s.records_processed);
        let _ = match (open, &self.rejects) {
            (0, _) => writeln!(text, "nothing is open any more."),
            (_, Some(rejects)) => {
                let rows = self.refused.iter().map(|record| record.row);
                let rows = numbers(rows, s.errors, "row");
                writeln!(text, "{open} still open: see {rows} of {rejects}.")
            }
            (_, None) if s.records_skipped > 0 => writeln!(text, "{open} still open."),
            (_, None) => writeln!(text, "{open} still open: they are not in this file."),
        };
        if s.test {
            let _ = writeln!(text, "\nThis was a test: nothing was changed.");
        }
        if s.records_skipped > 0 {
            let told = SkipReason::ALL.iter().filter_map(|why| {
                let count = s.skipped.get(why.as_str())?;
                Some(format!("{} ({count})", why.in_words()))
            });
            let reasons: Vec<String> = told.collect();
            let listed = self.errors.as_ref();
            let listed = listed.map_or_else(String::new, |e| format!(" {e} says more."));
            let _ = writeln!(text, "\nPassed over: {}.{listed}", reasons.join("; "));
        }
        if let (Some(rejects), true) = (&self.rejects, open > 0) {
            let _ = writeln!(
                text,
                "\nWhat to do: correct these rows in {rejects}, which lies beside this answer. {SEND_AGAIN}"
            );
        }
        self.push_refused(text);
    }

    fn push_refused(&self, text: &mut String) {
        if self.refused.is_empty() {
            return;
        }
        let _ = writeln!(text, "\nNot taken (rows as a spreadsheet numbers them):\n");
        for record in &self.refused {
            text.push_str(&record.text());
        }
        let more = self
            .summary
            .errors
            .saturating_sub(self.refused.len() as u64);
        if let (Some(errors), true) = (&self.errors, more > 0) {
            let _ = writeln!(
                text,
                "\n{more} more are not named here; {errors} lists them."
            );
        }
    }
}
