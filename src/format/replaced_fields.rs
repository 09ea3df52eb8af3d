//! A record with some of its fields replaced, all others byte for byte as they came.

use super::cell;
use super::dialect::{Dialect, QUOTE, Quotes};
use super::fields::{FixedField, char_offset};
use super::split::Shape;
use std::collections::BTreeMap;

/// Why a value can't be written into a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unwritable {
    /// It has a line end.
    LineEnd,
    /// It has the sign between the fields, and the file knows no quotes.
    Delimiter,
    /// It has a double quote, and in this file none can stand in a field that needs quotes.
    Quote,
    /// The column has room for this number of characters.
    TooWide(usize),
    /// Records have no such field.
    NoField,
}

/// The record with new text in the fields of these numbers. `record` is valid UTF-8, without its line end; `fixed` are
/// the columns of a fixed-width file.
///
/// # Errors
/// The field whose text can't be written, and why.
pub(crate) fn replaced(
    record: &[u8],
    (shape, fixed): (Shape, Option<&[FixedField]>),
    new: &BTreeMap<u16, &str>,
) -> Result<Vec<u8>, (u16, Unwritable)> {
    let has_line_end = |text: &&str| text.contains(['\n', '\r']);
    if let Some((field, _)) = new.iter().find(|(_, text)| has_line_end(text)) {
        return Err((*field, Unwritable::LineEnd));
    }
    match (shape, fixed) {
        (Shape::Delimited(dialect), _) => delimited(record, dialect, new),
        (Shape::Lines, Some(columns)) => placed(record, columns, new),
        (Shape::Lines, None) => match new.keys().next() {
            Some(field) => Err((*field, Unwritable::NoField)),
            None => Ok(record.to_vec()),
        },
    }
}

fn delimited(
    record: &[u8],
    dialect: Dialect,
    new: &BTreeMap<u16, &str>,
) -> Result<Vec<u8>, (u16, Unwritable)> {
    let mut out = Vec::with_capacity(record.len());
    let (mut start, mut number) = (0, 0);
    while start <= record.len() {
        let field = dialect.field(record, start);
        if start > 0 {
            out.push(dialect.delimiter);
        }
        match new.get(&number) {
            Some(text) => push(&mut out, text, dialect).map_err(|why| (number, why))?,
            None => out.extend_from_slice(&record[start..field.end]),
        }
        start = field.end + 1;
        number += 1;
    }
    // Fields that the record lacks at its end.
    for (wanted, text) in new.range(number..) {
        while number <= *wanted {
            out.push(dialect.delimiter);
            number += 1;
        }
        push(&mut out, text, dialect).map_err(|why| (*wanted, why))?;
    }
    Ok(out)
}

fn push(out: &mut Vec<u8>, text: &str, dialect: Dialect) -> Result<(), Unwritable> {
    let text = text.as_bytes();
    let delimiter = text.contains(&dialect.delimiter);
    let opens = text.first() == Some(&QUOTE);
    match dialect.quotes {
        Quotes::Rfc4180 => cell::push(out, text, dialect.delimiter),
        Quotes::None if delimiter => return Err(Unwritable::Delimiter),
        Quotes::None => out.extend_from_slice(text),
        // A quote within quotes would stand for itself, and might end the field.
        Quotes::Literal if (delimiter || opens) && text.contains(&QUOTE) => {
            return Err(Unwritable::Quote);
        }
        Quotes::Literal => cell_of_literal(out, text, delimiter),
    }
    Ok(())
}

fn cell_of_literal(out: &mut Vec<u8>, text: &[u8], quoted: bool) {
    if quoted {
        out.push(QUOTE);
    }
    out.extend_from_slice(text);
    if quoted {
        out.push(QUOTE);
    }
}

fn placed(
    record: &[u8],
    columns: &[FixedField],
    new: &BTreeMap<u16, &str>,
) -> Result<Vec<u8>, (u16, Unwritable)> {
    let mut line = record.to_vec();
    for (number, text) in new {
        let place = columns.get(usize::from(*number));
        let place = place.ok_or((*number, Unwritable::NoField))?;
        let width = text.chars().count();
        if width > place.length {
            return Err((*number, Unwritable::TooWide(place.length)));
        }
        let have = String::from_utf8_lossy(&line).chars().count();
        let needed = place.start + place.length;
        line.resize(line.len() + needed.saturating_sub(have), b' ');
        let start = char_offset(&line, place.start);
        let end = start + char_offset(&line[start..], place.length);
        let blanks = " ".repeat(place.length - width);
        line.splice(start..end, text.bytes().chain(blanks.bytes()));
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::{Unwritable, replaced};
    use crate::format::dialect::{Dialect, Quotes};
    use crate::format::fields::{FieldSplitter, FixedField};
    use crate::format::split::Shape;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn dialect(quotes: Quotes) -> Shape {
        Shape::Delimited(Dialect {
            quotes,
            ..Dialect::new(b',')
        })
    }

    fn with(record: &str, shape: Shape, new: &[(u16, &str)]) -> Result<String, (u16, Unwritable)> {
        let new: BTreeMap<u16, &str> = new.iter().copied().collect();
        let written = replaced(record.as_bytes(), (shape, None), &new)?;
        Ok(String::from_utf8(written).expect("text"))
    }

    #[test]
    fn other_fields_keep_their_bytes() {
        let rfc = dialect(Quotes::Rfc4180);
        for (record, new, written) in [
            ("a, \"b\" ,\"c\"", &[(0, "x")][..], "x, \"b\" ,\"c\""),
            ("a,\"b,\"\"b\",c", &[(1, "y")], "a,y,c"),
            ("a,b,c", &[(2, "1,2"), (0, "")], ",b,\"1,2\""),
            ("a", &[(3, "d")], "a,,,d"),
            ("", &[(0, "x")], "x"),
        ] {
            assert_eq!(with(record, rfc, new).as_deref(), Ok(written));
        }
    }

    #[test]
    fn what_a_file_has_no_way_to_write_is_refused() {
        let (none, literal) = (dialect(Quotes::None), dialect(Quotes::Literal));
        assert_eq!(with("a,b", none, &[(1, "\"x\"")]).as_deref(), Ok("a,\"x\""));
        let refused = with("a,b", none, &[(1, "1,2")]);
        assert_eq!(refused, Err((1, Unwritable::Delimiter)));
        assert_eq!(
            with("a,b", literal, &[(0, "1,2")]).as_deref(),
            Ok("\"1,2\",b")
        );
        let refused = with("a,b", literal, &[(0, "1\",2")]);
        assert_eq!(refused, Err((0, Unwritable::Quote)));
        let refused = with("a,b", literal, &[(0, "1\n2")]);
        assert_eq!(refused, Err((0, Unwritable::LineEnd)));
    }

    #[test]
    fn a_fixed_width_column_is_filled_up_and_never_overflows() {
        let columns = [(0, 3), (3, 4), (9, 2)].map(|(start, length)| FixedField { start, length });
        let write = |record: &str, new: &[(u16, &str)]| {
            let new: BTreeMap<u16, &str> = new.iter().copied().collect();
            let written = replaced(record.as_bytes(), (Shape::Lines, Some(&columns)), &new)?;
            Ok::<_, (u16, Unwritable)>(String::from_utf8(written).expect("text"))
        };
        assert_eq!(
            write("abcdefgh ij", &[(1, "x")]).as_deref(),
            Ok("abcx   h ij")
        );
        assert_eq!(
            write("éécdefgh ij", &[(1, "ö")]).as_deref(),
            Ok("éécö   h ij")
        );
        assert_eq!(write("abc", &[(2, "x")]).as_deref(), Ok("abc      x "));
        assert_eq!(
            write("abc", &[(0, "wide")]),
            Err((0, Unwritable::TooWide(3)))
        );
        assert_eq!(write("abc", &[(7, "x")]), Err((7, Unwritable::NoField)));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            record in prop::collection::vec("[a-c ]{0,5}|\"[a-c ,]{0,5}\"", 1..6),
            field in 0u16..6,
            text in "[a-c \",é]{0,9}",
            quotes in prop_oneof![Just(Quotes::Rfc4180), Just(Quotes::Literal), Just(Quotes::None)],
        ) {
            let (shape, record) = (dialect(quotes), record.join(","));
            let mut before = FieldSplitter::new(shape);
            let before: Vec<Vec<u8>> = before.split(record.as_bytes()).iter().map(<[u8]>::to_vec).collect();
            if let Ok(written) = with(&record, shape, &[(field, &text)]) {
                let mut after = FieldSplitter::new(shape);
                let after = after.split(written.as_bytes());
                prop_assert_eq!(after.get(usize::from(field)), text.as_bytes());
                for (number, value) in before.iter().enumerate() {
                    if number != usize::from(field) {
                        prop_assert_eq!(after.get(number), &value[..]);
                    }
                }
            }
        }
    }
}
