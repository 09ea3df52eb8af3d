use super::super::chunk::Chunk;
use super::super::fields::FieldSplitter;
use super::super::split::one_by_one;
use super::{Dialect, Quotes, Shape, cut};
use proptest::prelude::*;

const COMMA: Shape = Shape::Delimited(Dialect::new(b','));
const TAB: Shape = Shape::Delimited(Dialect::new(b'\t'));

/// Text of what records are made of, with pieces long enough to cross blocks.
pub(in crate::format) fn texts() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => "[,\"\n\r\t a]",
        3 => "(,\"[a,\n\r]{0,70}\"){1,3}",
        2 => "[a-z,]{0,130}\r?\n",
        1 => "\"(\"\"|[ab\n]){0,20}\"[x\r]{0,80}",
        1 => "é|\"\"|\r\n|,\"|\",",
        2 => "\n[, \t]{0,130}\n",
        1 => "\n((\"[ \t]?\"|\"\"\"\"|\",\"| )?,){0,40}\n",
        2 => "\"(\"{0,3}[ab,\n ]){0,9}\"{1,3}[ \t]{0,2}[,\n]",
    ];
    prop::collection::vec(piece, 0..30).prop_map(|p| p.concat().into_bytes())
}

#[test]
fn a_trip_ends_with_its_record() {
    let row = "a,\"b, c\",d\n";
    let text = [row.repeat(9), "12\" pipe,\"x\n".to_owned(), row.repeat(9)].concat();
    same(COMMA, text.as_bytes());
}

#[test]
fn rows_of_delimiters_are_blank_across_blocks() {
    for columns in [1, 62, 63, 64, 65, 200] {
        let ghost = ",".repeat(columns);
        let quoted = "\"\",".repeat(columns);
        let text = format!("a,b\n{ghost}\r\n{quoted}\nc,\"d\"\n{ghost}x\n{ghost}\n");
        same(COMMA, text.as_bytes());
        let (found, _) = one_by_one(COMMA, text.as_bytes());
        assert_eq!(found.len(), 3);
    }
}

#[test]
fn text_behind_a_closing_quote_is_read_alone() {
    for tail in [0, 1, 59, 60, 61, 130] {
        let text = format!("a,\"b\"{},\"c\"\"d\",e\nf\n", "x".repeat(tail));
        same(COMMA, text.as_bytes());
    }
}

#[test]
fn a_hundred_lines_and_a_longest_record_are_cut_alone() {
    for lines in [98, 99, 100, 101] {
        same(
            COMMA,
            format!("a\n\"{}\"\nb\n", "x\n".repeat(lines)).as_bytes(),
        );
    }
    for bytes in [0, 1] {
        let field = "x".repeat((1 << 20) + bytes);
        same(COMMA, format!("a\n{field}\nb\n").as_bytes());
    }
}

fn same(shape: Shape, text: &[u8]) {
    let mut chunk = Chunk::default();
    chunk.text.extend_from_slice(text);
    let found = cut(shape, text, true, &mut chunk.spans, &mut chunk.fields);
    let (records, stop) = one_by_one(shape, text);
    let spans: Vec<_> = chunk
        .spans
        .iter()
        .map(|s| (s.start, s.end, s.next, s.line))
        .collect();
    assert_eq!(spans, records);
    let told = found.stop.map(|s| s.fault(0)).map(|f| (f.code, f.line));
    assert_eq!(told, stop);
    if stop.is_none() {
        assert_eq!(found.used, text.len());
    }
    let (mut one, mut other) = (FieldSplitter::new(shape), FieldSplitter::new(shape));
    for span in &chunk.spans {
        let fields: Vec<&[u8]> = one.split(&text[span.start..span.end]).iter().collect();
        assert_eq!(
            chunk.fields(span, &mut other).iter().collect::<Vec<_>>(),
            fields
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_same_as_one_by_one(text in texts()) {
        same(COMMA, &text);
        same(TAB, &text);
        same(Shape::Lines, &text);
        for quotes in [Quotes::Literal, Quotes::None] {
            let dialect = |delimiter| Dialect { quotes, ..Dialect::new(delimiter) };
            same(Shape::Delimited(dialect(b',')), &text);
            same(Shape::Delimited(dialect(b'\t')), &text);
        }
    }
}
