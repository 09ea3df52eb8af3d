use super::super::split::one_by_one;
use super::{Chunk, ChunkReader, FieldSplitter, ReadError, Shape, Splitter, Utf8Reader};
use crate::domain::Code;
use crate::format::Encoding;
use crate::format::dialect::{Dialect, FieldNumbers, Quotes};
use crate::format::slow_reader::{SlowRecord, SlowText, read_slowly};
use proptest::prelude::*;

const COMMA: Shape = Shape::Delimited(Dialect::new(b','));

fn reader(text: &[u8], size: usize) -> ChunkReader<&[u8]> {
    ChunkReader::new(Utf8Reader::new(text, Encoding::Utf8), size)
}

fn records(chunk: &Chunk, shape: Shape, into: &mut SlowText) {
    let mut splitter = FieldSplitter::new(shape);
    for span in &chunk.spans {
        let fields = chunk.fields(span, &mut splitter);
        into.0.push(SlowRecord {
            line: span.line,
            text: chunk.text[span.start..span.end].to_vec(),
            fields: fields.iter().map(<[u8]>::to_vec).collect(),
            misplaced: fields.misplaced().map(|quote| quote.field),
        });
    }
}

fn fault(error: ReadError) -> (Code, u64) {
    match error {
        ReadError::File(fault) => (fault.code, fault.line),
        ReadError::Io(error) => panic!("memory can't fail: {error}"),
    }
}

fn in_turn(shape: Shape, text: &[u8], size: usize) -> SlowText {
    let (mut reader, mut splitter) = (reader(text, size), Splitter::new(shape, 1));
    let (mut chunk, mut found) = (Chunk::default(), SlowText::default());
    loop {
        match reader.next(&mut splitter, &mut chunk) {
            Ok(true) => records(&chunk, shape, &mut found),
            Ok(false) => return found,
            Err(error) => {
                found.1 = Some(fault(error));
                return found;
            }
        }
    }
}

/// All read, then all cut, then all joined: as many workers would.
fn at_once(shape: Shape, text: &[u8], size: usize) -> SlowText {
    let mut reader = reader(text, size);
    let (mut chunks, mut chunk) = (Vec::new(), Chunk::default());
    while reader.fill(&mut chunk).expect("memory can't fail") {
        chunk.cut(shape);
        chunks.push(std::mem::take(&mut chunk));
    }
    let (mut splitter, mut found) = (Splitter::new(shape, 1), SlowText::default());
    for chunk in &mut chunks {
        let fault = splitter.join(chunk);
        records(chunk, shape, &mut found);
        if let Some(fault) = fault {
            found.1 = Some((fault.code, fault.line));
            break;
        }
    }
    found
}

/// What has to be found.
fn whole(shape: Shape, text: &[u8]) -> SlowText {
    match shape {
        Shape::Delimited(dialect) => read_slowly(dialect, text),
        Shape::Lines => lines(text),
    }
}

/// Lines cut one by one, up to the first that is not UTF-8.
fn lines(text: &[u8]) -> SlowText {
    let (cuts, _) = one_by_one(Shape::Lines, text);
    let mut found = SlowText::default();
    for (start, end, _, line) in cuts {
        let (line, text) = (line + 1, text[start..end].to_vec());
        if std::str::from_utf8(&text).is_err() {
            found.1 = Some((Code::EncodingInvalid, line));
            break;
        }
        found.0.push(SlowRecord {
            line,
            text,
            ..SlowRecord::default()
        });
    }
    found
}

#[test]
fn any_chunk_size_gives_the_same_records() {
    let text = b"h1,h2\r\na,\"x\ny\"\r\n\r\nb,\"\"\"q\"\"\"\r\nc,d";
    let shape = COMMA;
    let all = in_turn(shape, text, 1 << 20);
    assert_eq!((all.0.len(), all.1), (4, None));
    for size in 1..40 {
        assert_eq!(in_turn(shape, text, size), all, "chunks of {size}");
    }
}

#[test]
fn of_two_faults_the_first_is_told() {
    let shape = COMMA;
    for size in [1, 7, 64, 1 << 20] {
        let (records, fault) = in_turn(shape, b"a\nb\n\xe9\nc\n\"d", size);
        assert_eq!(records.len(), 2);
        assert_eq!(fault, Some((Code::EncodingInvalid, 3)));
        let (records, fault) = at_once(shape, b"a\n\"b\nc\xe9\nd", size);
        assert_eq!(records.len(), 1);
        assert_eq!(fault, Some((Code::QuoteUnclosed, 2)));
    }
}

#[test]
fn a_text_taken_back_comes_again() {
    let shape = COMMA;
    let (mut reader, mut splitter) = (reader(b"a\nb\nc\n", 2), Splitter::new(shape, 1));
    let mut chunk = Chunk::default();
    let mut next = |splitter: &mut Splitter, chunk: &mut Chunk| {
        assert!(reader.next(splitter, chunk).expect("text"));
        chunk.text.clone()
    };
    assert_eq!(next(&mut splitter, &mut chunk), b"a\n");
    splitter.take_back(&mut chunk);
    assert_eq!(next(&mut splitter, &mut chunk), b"a\nb\n");
    assert_eq!((chunk.spans[0].line, chunk.spans[1].line), (1, 2));
    assert_eq!(next(&mut splitter, &mut chunk), b"c\n");
    assert_eq!(chunk.spans[0].line, 3);
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let broken = (any::<prop::sample::Index>(), any::<u8>());
    let texts = crate::format::index::tests::texts();
    (texts, prop::option::weighted(0.3, broken)).prop_map(|(mut text, broken)| {
        if let (Some((at, byte)), false) = (broken, text.is_empty()) {
            let at = at.index(text.len());
            text[at] = byte;
        }
        text
    })
}

/// Every meaning of quotes, with a delimiter that is a blank too, with and without column names known.
fn shapes() -> Vec<Shape> {
    let named = FieldNumbers { least: 3, most: 4 };
    let mut shapes = vec![Shape::Lines];
    for quotes in [Quotes::Rfc4180, Quotes::Literal, Quotes::None] {
        for (delimiter, multiline, fields) in [
            (b',', false, None),
            (b',', false, Some(named)),
            (b'\t', false, Some(named)),
            (b',', true, Some(named)),
        ] {
            shapes.push(Shape::Delimited(Dialect {
                delimiter,
                quotes,
                multiline,
                fields,
            }));
        }
    }
    shapes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn records_lines_and_faults_are_those_of_the_whole_text(text in bytes()) {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        for shape in shapes() {
            let want = whole(shape, text);
            for size in [1, 2, 3, 7, 16, 64, 100, 1 << 20] {
                prop_assert_eq!(&in_turn(shape, text, size), &want, "in turn, {}", size);
                prop_assert_eq!(&at_once(shape, text, size), &want, "at once, {}", size);
            }
        }
    }
}
