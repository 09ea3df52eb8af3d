//! One cell of delimited output, quoted only where it must be.

/// Appends a cell.
pub fn push(out: &mut Vec<u8>, cell: &[u8], delimiter: u8) {
    let special = |b: &u8| *b == delimiter || matches!(b, b'"' | b'\n' | b'\r');
    if !cell.iter().fold(false, |found, b| found | special(b)) {
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

/// Appends a row of cells and a line end.
pub fn push_row<'a>(out: &mut Vec<u8>, cells: impl IntoIterator<Item = &'a [u8]>, delimiter: u8) {
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
