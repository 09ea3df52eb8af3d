//! A whole file: every record in one bucket, the same in any chunks, rejects that can be sent again, no SSN shown.
//!
//! Input: options, the meaning of quotes, what is said of columns, the forms of dates and amounts, then the file.

use super::fields::{spellings, spells};
use super::job::{Knowledge, Options, Written, job, run};
use feedgate::internal::domain::Ssn;
use feedgate::internal::format::fault::ReadError;
use feedgate::internal::format::split::Shape;
use feedgate::internal::format::survey::{Survey, Surveyor};
use feedgate::internal::format::{Chunk, Encoding};
use feedgate::internal::process::source::SourceReader;
use feedgate::internal::process::{JobSpec, Outcome};
use feedgate::internal::validate::Findings;
use std::collections::HashSet;

/// Checks one input.
pub fn check(data: &[u8]) {
    let [options, quotes, columns, forms, file @ ..] = data else {
        return;
    };
    let options = Options(*options, *quotes, *columns, *forms);
    let survey = survey(file);
    if survey.fault(1 << 20, None).is_some() {
        return;
    }
    let encoding = (
        survey.encoding,
        survey.assumed,
        survey.mixed || survey.encoding.is_utf16(),
    );
    let known = Knowledge::new();
    let mut large = job(options, &known, encoding, None, false);
    // A delimiter that has to be found out makes the first chunk a large one.
    large.reading.text_bytes = survey.text_bytes;
    let mut small = job(options, &known, encoding, delimiter(&large, file), false);
    small.reading.text_bytes = survey.text_bytes;
    small.reading.chunk_bytes = 17;
    small.workers = 2;
    let (outcome, written) = match (run(&large, file), run(&small, file)) {
        (Ok(large), Ok(small)) => {
            assert_eq!(format!("{:?}", large.0), format!("{:?}", small.0));
            assert!(large.1 == small.1, "chunk size changes what is written");
            large
        }
        (Err(ReadError::File(large)), Err(ReadError::File(small))) => {
            return assert_eq!((large.code, large.line), (small.code, small.line));
        }
        (large, small) => panic!("{:?} in one, {:?} in pieces", large.err(), small.err()),
    };
    counts(&outcome, &written);
    findings(&outcome, &written);
    // Without a header line the first rejected record may look as if it had another delimiter.
    let found = (large.reading.columns.fields()).and_then(|_| delimiter(&large, file));
    rejects(options, &known, (encoding, found), &outcome, &written);
    ssns_stay_hidden(&large, file, &written);
}

fn survey(file: &[u8]) -> Survey {
    let mut surveyor = Surveyor::default();
    surveyor.feed(file);
    surveyor.finish()
}

/// The delimiter that is found; of a file without a header any will do.
fn delimiter(job: &JobSpec<'_>, file: &[u8]) -> Option<u8> {
    match SourceReader::open(job.kind, file, &job.reading).ok()?.shape {
        Shape::Delimited(dialect) => Some(dialect.delimiter),
        Shape::Lines => None,
    }
}

fn table(file: &[u8]) -> Vec<csv::ByteRecord> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.has_headers(true).from_reader(file);
    let row = |r: csv::Result<csv::ByteRecord>| r.expect("rows of as many cells as titles");
    reader.into_byte_records().map(row).collect()
}

fn counts(outcome: &Outcome, written: &Written) {
    assert!(outcome.totals.close());
    assert_eq!(outcome.rows, outcome.totals.accepted());
    assert_eq!(table(&written.0[0]).len() as u64, outcome.rows);
}

fn findings(outcome: &Outcome, written: &Written) {
    let rows = table(&written.0[1]);
    let found: u64 = outcome.findings.values().sum();
    let cut = u64::from(found > outcome.listed);
    assert_eq!(rows.len() as u64, outcome.listed + cut);
    if cut == 1 {
        return;
    }
    let severe = rows
        .iter()
        .filter(|r| &r[8] == b"error" && !r[1].is_empty());
    let rejected: HashSet<Vec<u8>> = severe.map(|r| r[1].to_vec()).collect();
    assert_eq!(rejected.len() as u64, outcome.totals.rejected);
    for row in &rows {
        let formula = |c: &[u8]| matches!(c.first(), Some(b'=' | b'+' | b'@'));
        assert!(
            !row.iter().any(formula),
            "a cell that a spreadsheet executes"
        );
    }
}

/// The rejects file, sent again, holds every rejected record and nothing else.
fn rejects(
    options: Options,
    known: &Knowledge,
    (encoding, delimiter): ((Encoding, bool, bool), Option<u8>),
    outcome: &Outcome,
    written: &Written,
) {
    let file = &written.0[2];
    if outcome.totals.rejected == 0 {
        return assert!(file.is_empty(), "rejects without a rejected record");
    }
    let again = job(options, known, encoding, delimiter, true);
    let (again, _) = run(&again, file).expect("a rejects file can be read");
    assert_eq!(again.totals.processed, outcome.totals.rejected);
    let sum = |o: &Outcome| (o.totals.employee, o.totals.employer);
    let ((employee, employer), (employee_again, employer_again)) = (sum(outcome), sum(&again));
    assert_eq!(employee_again.read, employee.rejected);
    assert_eq!(employer_again.read, employer.rejected);
}

/// Every SSN that was read from its column, with the line of its record.
fn ssns(job: &JobSpec<'_>, file: &[u8]) -> Vec<(u64, Ssn)> {
    let mut source = SourceReader::open(job.kind, file, &job.reading).expect("it could be read");
    let mut splitter = source.field_splitter();
    let Some(column) = job.kind.column("ssn") else {
        return Vec::new();
    };
    let layout = source.layout.clone();
    let mut chunk = Chunk::default();
    let mut found = Vec::new();
    while source.next(&mut chunk).expect("it could be read") {
        for span in &chunk.spans {
            let fields = splitter.split(&chunk.text[span.start..span.end]);
            if fields.misplaced().is_some() {
                continue;
            }
            if layout.width.is_some_and(|w| w != fields.len()) {
                continue;
            }
            let raw = layout.get(&fields, column.index);
            let value = job.fields.value(column, raw, &mut Findings::default());
            found.extend(value.ssn().map(|ssn| (span.line, ssn)));
        }
    }
    found
}

fn ssns_stay_hidden(job: &JobSpec<'_>, file: &[u8], written: &Written) {
    let all = ssns(job, file);
    let rows = table(&written.0[1]);
    for row in &rows {
        let cell = |n: usize| String::from_utf8_lossy(&row[n]).into_owned();
        let (line, field) = (cell(0).parse().unwrap_or(0u64), cell(4));
        for (n, text) in [2, 3, 8].map(|n| (n, cell(n))) {
            // Nine digits in the place of an ID may be an ID, unless they are the record's own SSN.
            let id = n != 8 || matches!(field.as_str(), "subscriber_id" | "employee_number");
            for (at, ssn) in &all {
                if *at == line {
                    assert!(!spells(&text, *ssn), "a record's own SSN is shown");
                }
                let [plain, dashed, spaced] = spellings(*ssn);
                assert!(
                    !stands(&text, &dashed) && !stands(&text, &spaced),
                    "an SSN is shown"
                );
                assert!(id || !stands(&text, &plain), "an SSN is shown");
            }
        }
    }
}

/// Whether a number stands in text, not as part of a longer one.
fn stands(text: &str, number: &str) -> bool {
    text.match_indices(number).any(|(at, _)| {
        let digit = |b: Option<&u8>| b.is_some_and(u8::is_ascii_digit);
        let bytes = text.as_bytes();
        let before = at.checked_sub(1).and_then(|i| bytes.get(i));
        !digit(before) && !digit(bytes.get(at + number.len()))
    })
}
