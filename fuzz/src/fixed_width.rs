//! Fixed width, in every encoding: fields are characters, and what was read can be written back.
//!
//! Input: the encoding, the chunk size, how many columns, a start and a length for each, then the file.

use super::reading::{plain, read};
use feedgate::internal::format::Encoding;
use feedgate::internal::format::fields::{FieldSplitter, FixedField};
use feedgate::internal::format::split::Shape;

const ENCODINGS: [Encoding; 4] = [
    Encoding::Utf8,
    Encoding::Utf16Le,
    Encoding::Utf16Be,
    Encoding::Windows1252,
];

/// Checks one input.
pub fn check(data: &[u8]) {
    let [encoding, size, columns, rest @ ..] = data else {
        return;
    };
    let encoding = ENCODINGS[usize::from(encoding % 4)];
    let Some((places, file)) = rest.split_at_checked(2 * usize::from(columns % 16)) else {
        return;
    };
    let cut = |p: &[u8]| FixedField {
        start: p[0].into(),
        length: p[1].into(),
    };
    let cuts: Vec<FixedField> = places.chunks_exact(2).map(cut).collect();
    let mut splitter = FieldSplitter::fixed(cuts.clone());
    let whole = read(file, encoding, Shape::Lines, &mut splitter, 1 << 20);
    let size = 1 + usize::from(*size);
    let pieces = read(file, encoding, Shape::Lines, &mut splitter, size);
    let whole = match (whole, pieces) {
        (Ok(whole), Ok(pieces)) => {
            assert_eq!(whole, pieces);
            whole
        }
        (Err(whole), Err(pieces)) => return assert_eq!(whole, pieces),
        (whole, pieces) => panic!("{:?} in one, {:?} in pieces", whole.err(), pieces.err()),
    };
    for record in &whole.records {
        assert!(!record.text.contains(&b'\n') && !record.text.contains(&b'\r'));
        let line = std::str::from_utf8(&record.text).expect("records are UTF-8");
        let slice = |c: &FixedField| {
            line.chars()
                .skip(c.start)
                .take(c.length)
                .collect::<String>()
        };
        let want: Vec<Vec<u8>> = cuts.iter().map(|c| plain(slice(c).as_bytes())).collect();
        assert_eq!(record.fields, want);
    }
    let text = std::str::from_utf8(&whole.text).expect("text is UTF-8");
    let mut back = encoding.mark(whole.marked).to_vec();
    encoding.encode(text, &mut back);
    assert_eq!(back, file, "rejected records go back as they came");
}
