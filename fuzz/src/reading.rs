//! Reading records the way a run does, with everything checked that any file has in common.

use feedgate::internal::domain::Code;
use feedgate::internal::domain::character::{is_invisible, is_other_space};
use feedgate::internal::format::chunk::Splitter;
use feedgate::internal::format::encoding::Utf8Reader;
use feedgate::internal::format::fault::ReadError;
use feedgate::internal::format::fields::{FieldSplitter, Fields};
use feedgate::internal::format::split::Shape;
use feedgate::internal::format::{Chunk, ChunkReader, Encoding};

/// A record with its line and fields.
#[derive(Debug, PartialEq)]
pub struct Record {
    pub line: u64,
    pub text: Vec<u8>,
    pub fields: Vec<Vec<u8>>,
    /// The field whose closing quote has text behind it.
    pub misplaced: Option<u16>,
}

/// A file as text without its byte order mark, and its records.
#[derive(Debug, PartialEq)]
pub struct Text {
    pub text: Vec<u8>,
    pub marked: bool,
    pub records: Vec<Record>,
}

/// Reads a file in chunks of `size` bytes; a fault is its code and line.
pub fn read(
    file: &[u8],
    encoding: Encoding,
    shape: Shape,
    fields: &mut FieldSplitter,
    size: usize,
) -> Result<Text, (Code, u64)> {
    let mut reader = ChunkReader::new(Utf8Reader::new(file, encoding), size);
    let mut splitter = Splitter::new(shape, 1);
    let mut chunk = Chunk::default();
    let (mut text, mut records) = (Vec::new(), Vec::new());
    let mut last_line = 0;
    loop {
        match reader.next(&mut splitter, &mut chunk) {
            Ok(true) => {}
            Ok(false) => break,
            Err(ReadError::File(fault)) => return Err((fault.code, fault.line)),
            Err(ReadError::Io(error)) => panic!("memory can't fail: {error}"),
        }
        let mut free = 0;
        for span in &chunk.spans {
            assert!(free <= span.start, "records overlap");
            assert!(span.start < span.end && span.end <= span.next, "{span:?}");
            assert!(span.next <= chunk.text.len(), "a record beyond its chunk");
            let between = &chunk.text[free..span.start];
            assert!(blank(shape, between), "text in no record");
            assert!(
                blank(Shape::Lines, &chunk.text[span.end..span.next]),
                "text after a record"
            );
            assert!(span.line > last_line, "lines must grow");
            let before = line_ends(&text) + line_ends(&chunk.text[..span.start]);
            assert_eq!(span.line, before + 1, "the line a record starts on");
            free = span.next;
            last_line = span.line;
            let record = &chunk.text[span.start..span.end];
            let parts = |f: Fields<'_>| -> (Vec<Vec<u8>>, _) {
                let misplaced = f.misplaced().map(|quote| quote.field);
                (f.iter().map(<[u8]>::to_vec).collect(), misplaced)
            };
            let found = parts(chunk.fields(span, fields));
            assert_eq!(
                parts(fields.split(record)),
                found,
                "fields found with the records"
            );
            let (found, misplaced) = found;
            records.push(Record {
                line: span.line,
                text: record.to_vec(),
                fields: found,
                misplaced,
            });
        }
        assert!(blank(shape, &chunk.text[free..]), "text in no record");
        text.extend_from_slice(&chunk.text);
    }
    Ok(Text {
        text,
        marked: reader.marked(),
        records,
    })
}

/// Fields without a value may have quotes.
fn blank(shape: Shape, text: &[u8]) -> bool {
    let text = std::str::from_utf8(text).expect("text is UTF-8");
    text.chars().all(|c| match c {
        ' ' | '\t' | '\r' | '\n' => true,
        '"' => shape != Shape::Lines,
        c if is_other_space(c) || is_invisible(c) => true,
        c => {
            u8::try_from(c).is_ok_and(|b| matches!(shape, Shape::Delimited(d) if d.delimiter == b))
        }
    })
}

/// A field as it is read: with plain spaces.
pub fn plain(field: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(field) {
        Ok(text) => text.replace(is_other_space, " ").into_bytes(),
        Err(_) => field.to_vec(),
    }
}

/// Line ends of whole lines: LF, CRLF, lone CR.
fn line_ends(text: &[u8]) -> u64 {
    let ends = text.iter().enumerate().filter(|(i, b)| match b {
        b'\n' => true,
        b'\r' => text.get(i + 1) != Some(&b'\n'),
        _ => false,
    });
    ends.count() as u64
}
