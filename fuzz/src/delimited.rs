//! Delimited text: chunk size doesn't matter, a slow reader finds the same records, and where the quotes are those of
//! RFC 4180, the `csv` crate the same fields.
//!
//! Input: the delimiter, the meaning of quotes, the chunk size, then the file.

use super::reading::{Text, plain, read};
use feedgate::internal::domain::character::is_invisible;
use feedgate::internal::format::Encoding;
use feedgate::internal::format::dialect::{Dialect, FieldNumbers, Quotes};
use feedgate::internal::format::fields::FieldSplitter;
use feedgate::internal::format::split::Shape;
use slow_reader::read_slowly;

#[path = "../../tests/support/slow_reader.rs"]
mod slow_reader;

/// Longer texts may have records over the limit, which the slow reader doesn't know.
const MOST: usize = 1 << 20;

/// Checks one input.
pub fn check(data: &[u8]) {
    let [delimiter, options, size, file @ ..] = data else {
        return;
    };
    let delimiter = delimiter & 0x7f;
    if matches!(delimiter, b'"' | b'\r' | b'\n') || file.len() > MOST {
        return;
    }
    let bit = |n: u8| options & (1 << n) != 0;
    let dialect = Dialect {
        delimiter,
        quotes: [
            Quotes::Rfc4180,
            Quotes::Literal,
            Quotes::None,
            Quotes::Rfc4180,
        ][usize::from(options % 4)],
        multiline: bit(2),
        fields: bit(3).then_some(FieldNumbers {
            least: 2 + usize::from(options >> 6),
            most: 3 + usize::from(options >> 6),
        }),
    };
    let shape = Shape::Delimited(dialect);
    let mut splitter = FieldSplitter::new(shape);
    let mut read = |size| read(file, Encoding::Utf8, shape, &mut splitter, size);
    let (whole, pieces) = (read(MOST), read(1 + usize::from(*size)));
    let text = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let (slow, fault) = read_slowly(dialect, text);
    match (whole, pieces) {
        (Ok(whole), Ok(pieces)) => {
            assert_eq!(whole, pieces);
            assert_eq!(whole.text, text, "every byte is read");
            assert_eq!(fault, None);
            let quick = whole.records.iter();
            assert!(
                quick
                    .map(|r| (r.line, &r.text, &r.fields, r.misplaced))
                    .eq(slow
                        .iter()
                        .map(|r| (r.line, &r.text, &r.fields, r.misplaced))),
                "records of the slow reader"
            );
            if dialect.quotes == Quotes::Rfc4180 {
                same_as_csv(&whole, delimiter);
            }
        }
        (Err(whole), Err(pieces)) => {
            assert_eq!(whole, pieces);
            assert_eq!(fault, Some(whole));
        }
        (whole, pieces) => panic!("{:?} in one, {:?} in pieces", whole.err(), pieces.err()),
    }
}

/// The `csv` crate takes a byte order mark off any text, and knows no line of spaces as blank.
fn same_as_csv(whole: &Text, delimiter: u8) {
    let mut builder = csv::ReaderBuilder::new();
    builder
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter);
    let fields = |r: csv::Result<csv::ByteRecord>| -> Vec<Vec<u8>> {
        let record = r.expect("memory can't fail");
        record.iter().map(plain).collect()
    };
    for record in &whole.records {
        if record.text.starts_with("\u{feff}".as_bytes()) {
            continue;
        }
        let reader = builder.from_reader(&record.text[..]);
        let oracle: Vec<_> = reader.into_byte_records().map(fields).collect();
        assert_eq!(oracle, [&record.fields[..]]);
    }
    if whole.text.starts_with("\u{feff}".as_bytes()) {
        return;
    }
    let reader = builder.from_reader(&whole.text[..]);
    let oracle: Vec<_> = reader.into_byte_records().map(fields).collect();
    let ours: Vec<_> = whole.records.iter().map(|r| r.fields.clone()).collect();
    assert_eq!(telling(oracle), telling(ours));
}

/// Records with more than white space in them.
fn telling(records: Vec<Vec<Vec<u8>>>) -> Vec<Vec<Vec<u8>>> {
    let nothing = |c: char| matches!(c, ' ' | '\t') || is_invisible(c);
    let blank = |f: &Vec<u8>| std::str::from_utf8(f).is_ok_and(|text| text.chars().all(nothing));
    let mut records = records;
    records.retain(|r| !r.iter().all(blank));
    records
}
