//! UTF-8 with other bytes among it: wherever chunks are cut, what a reader of whole lines says.

use super::{job_of, judging};
use crate::changeset::change::{Change, ChangeReader};
use crate::domain::{Code, Kind};
use crate::matching::roster::Roster;
use proptest::prelude::*;

const HEADER: &str =
    "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status,note\n";

fn names() -> impl Strategy<Value = &'static [u8]> {
    prop::sample::select(vec![
        &b"Lee"[..],
        "Mu\u{f1}oz".as_bytes(),
        "\u{141}ukasz \u{2013} \u{1f600}".as_bytes(),
        b"Pe\xf1a",
        b"O\x92Brien",
        b"\"Jos\xc3\xa9,\nJos\xe9\"",
        b"Jos\xc3",
        b"\xe2\x82",
        b"\xed\xa0\x80",
    ])
}

/// Lines of the records that are not UTF-8, where every field is in one of `names`.
fn broken(rows: &[(&[u8], &[u8])]) -> Vec<u64> {
    let (mut line, mut found) = (2, Vec::new());
    for (name, note) in rows {
        if std::str::from_utf8(name).is_err() || std::str::from_utf8(note).is_err() {
            found.push(line);
        }
        let ends = [*name, *note].concat();
        line += 1 + ends.iter().filter(|b| **b == b'\n').count() as u64;
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn records_with_other_bytes_are_rejected_and_no_others(
        rows in prop::collection::vec((names(), names()), 1..20),
        ended in any::<bool>(),
    ) {
        let mut text = HEADER.as_bytes().to_vec();
        for (n, (name, note)) in rows.iter().enumerate() {
            text.extend(format!("S{n},user{n},{},Ann,", 521_341_000 + n).into_bytes());
            text.extend_from_slice(name);
            text.extend_from_slice(b",1980-01-02,2020-02-03,A,");
            text.extend_from_slice(note);
            text.push(b'\n');
        }
        if !ended {
            text.pop();
        }
        let roster = Roster::default();
        let mut first = None;
        for (workers, chunk) in [(1, 1 << 20), (1, 7), (2, 1), (2, 64), (3, 333)] {
            let mut job = job_of(Kind::Demographic, &roster);
            (job.workers, job.reading.chunk_bytes) = (workers, chunk);
            job.reading.mixed = true;
            let (outcome, files) = judging::run(&job, &text).expect("judged");
            let changes = files.0[3].clone();
            let mut reader = ChangeReader::new(&changes[..]);
            let mut found = Vec::new();
            while let Some(change) = reader.next_change().expect("whole") {
                if let Change::Finding(finding) = change
                    && finding.code == Code::EncodingMixed
                {
                    found.push(finding.line);
                }
            }
            prop_assert_eq!(&found, &broken(&rows));
            prop_assert_eq!(outcome.totals.processed, rows.len() as u64);
            prop_assert_eq!(outcome.totals.rejected, found.len() as u64);
            let told = (format!("{outcome:?}"), files.0);
            prop_assert!(*first.get_or_insert_with(|| told.clone()) == told);
        }
    }
}
