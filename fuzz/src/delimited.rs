//! Delimited text: chunk size doesn't matter, and the `csv` crate reads the same fields.
//!
//! Input: the delimiter, the chunk size, then the file.

use super::reading::{Text, read};
use feedgate::internal::format::Encoding;
use feedgate::internal::format::fields::FieldSplitter;
use feedgate::internal::format::split::Shape;

/// Checks one input.
pub fn check(data: &[u8]) {
    let [delimiter, size, file @ ..] = data else {
        return;
    };
    let delimiter = delimiter & 0x7f;
    if matches!(delimiter, b'"' | b'\r' | b'\n') {
        return;
    }
    let shape = Shape::Delimited(delimiter);
    let mut splitter = FieldSplitter::new(shape);
    let whole = read(file, Encoding::Utf8, shape, &mut splitter, 1 << 20);
    let pieces = read(
        file,
        Encoding::Utf8,
        shape,
        &mut splitter,
        1 + usize::from(*size),
    );
    match (whole, pieces) {
        (Ok(whole), Ok(pieces)) => {
            assert_eq!(whole, pieces);
            let text = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
            assert_eq!(whole.text, text, "every byte is read");
            same_as_csv(&whole, delimiter);
        }
        (Err(whole), Err(pieces)) => assert_eq!(whole, pieces),
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
        record.iter().map(<[u8]>::to_vec).collect()
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
    let blank = |f: &Vec<u8>| f.iter().all(|b| matches!(b, b' ' | b'\t'));
    let mut records = records;
    records.retain(|r| !r.iter().all(blank));
    records
}
