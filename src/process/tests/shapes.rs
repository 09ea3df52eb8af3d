//! How many fields records have without a header: what the first thousand say, wherever chunks are cut.

use super::{job_of, judging};
use crate::domain::Kind;
use crate::domain::summary::RecordShape;
use crate::matching::roster::Roster;

const COLUMNS: [&str; 8] = [
    "subscriber_id",
    "username",
    "ssn",
    "first_name",
    "last_name",
    "birth_date",
    "hire_date",
    "employment_status",
];

/// A row of a number of fields, of which those behind the first eight are read by none.
fn row(n: usize, fields: usize) -> String {
    let own = format!(
        "S{n},user{n},{},Ann,Lee,1980-01-02,2020-02-03,A",
        521_341_000 + n
    );
    own + &",x".repeat(fields - COLUMNS.len()) + "\n"
}

#[test]
fn the_first_thousand_records_tell_how_many_fields_there_are() {
    // One more of nine fields than of eight, and one of ten; behind them, nine of ten have ten.
    let of = |n| match n {
        ..500 => 9,
        500..999 => 8,
        999 => 10,
        _ if n % 10 == 0 => 9,
        _ => 10,
    };
    let text: String = (0..1_500).map(|n| row(n, of(n))).collect();
    let roster = Roster::default();
    let mut first = None;
    for (workers, chunk) in [(1, 4 << 20), (1, 64), (2, 4_096), (3, 50_000)] {
        let mut job = job_of(Kind::Demographic, &roster);
        (job.workers, job.reading.chunk_bytes) = (workers, chunk);
        job.reading.max_records = 10_000;
        let places = COLUMNS
            .iter()
            .zip(0..)
            .map(|(name, n)| ((*name).to_owned(), n));
        job.reading.columns.positions = Some(places.collect());
        let (outcome, files) = judging::run(&job, text.as_bytes()).expect("judged");
        let shape = RecordShape {
            fields: 9,
            used: 9,
            bytes: 0,
            unnamed: 0,
        };
        assert_eq!(outcome.shape, shape);
        assert_eq!(
            (outcome.totals.processed, outcome.totals.rejected),
            (1_500, 451)
        );
        let told = (format!("{outcome:?}"), files.0);
        assert!(
            *first.get_or_insert_with(|| told.clone()) == told,
            "{workers} {chunk}"
        );
        // Corrections have the shape of the file that they come from.
        job.shape = Some(RecordShape {
            fields: 10,
            used: 10,
            bytes: 0,
            unnamed: 0,
        });
        let (outcome, _) = judging::run(&job, text.as_bytes()).expect("judged");
        assert_eq!(outcome.totals.rejected, 0);
    }
}
