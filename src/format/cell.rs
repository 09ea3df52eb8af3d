//! One cell of delimited output, quoted only where it must be.

use crate::domain::word::up_to_eight;

pub(crate) fn push(out: &mut Vec<u8>, cell: &[u8], delimiter: u8) {
    if !needs_quotes(cell, delimiter) {
        out.extend_from_slice(cell);
        return;
    }
    out.push(b'"');
    for byte in cell {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

/// Whether a cell has a delimiter, a quote or a line end. Checked eight bytes at a time, since few cells have any.
fn needs_quotes(cell: &[u8], delimiter: u8) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // The lowest high bit is that of a byte that is zero; where there is none, no bit is set.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & (0x80 * ONES);
    let special = [delimiter, b'"', b'\n', b'\r'].map(|b| u64::from(b) * ONES);
    let found = |word: u64| special.iter().fold(0, |found, s| found | zero(word ^ s)) != 0;
    match cell.last_chunk() {
        Some(last) => {
            let words = cell.as_chunks().0.iter().chain([last]);
            words.copied().map(u64::from_le_bytes).any(found)
        }
        // What is padded out with zeros has no more of them than with letters, unless the delimiter is one.
        None if delimiter != 0 => found(up_to_eight(cell)),
        None => cell
            .iter()
            .any(|b| [delimiter, b'"', b'\n', b'\r'].contains(b)),
    }
}

/// Appends a row of cells and a line end.
pub(crate) fn push_row<'a>(
    out: &mut Vec<u8>,
    cells: impl IntoIterator<Item = &'a [u8]>,
    delimiter: u8,
) {
    for (i, cell) in cells.into_iter().enumerate() {
        if i > 0 {
            out.push(delimiter);
        }
        push(out, cell, delimiter);
    }
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::needs_quotes;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cell_needs_quotes_if_any_byte_says_so(
            cell in proptest::collection::vec(prop_oneof![9 => b'a'..=b'z', 1 => any::<u8>(), 1 => b'\t'..=b'.'], 0..40),
            delimiter in prop::sample::select(b",;|\t\0\x01".to_vec()),
        ) {
            let special = |b: &u8| *b == delimiter || matches!(b, b'"' | b'\n' | b'\r');
            prop_assert_eq!(needs_quotes(&cell, delimiter), cell.iter().any(special));
        }
    }

    #[test]
    fn the_csv_crate_reads_back_every_cell() {
        let cells = ["a", "", "b,c", "say \"hi\"", "two\r\nlines", " x "];
        let mut out = Vec::new();
        super::push_row(&mut out, cells.map(str::as_bytes), b',');
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(&out[..]);
        let row = reader.records().next().expect("a row").expect("valid");
        assert_eq!(row.iter().collect::<Vec<_>>(), cells);
    }
}
