//! Reading a file in chunks that can be cut into records, and judged, in parallel.
//!
//! A chunk is read up to its last line end ([`ChunkReader::fill`]; under a lock, if several threads read), cut into
//! records alone ([`Chunk::cut`]), and given its place in the file in turn ([`Splitter::join`]). A line end within quotes
//! ends no record: the rest of the chunk then goes in front of the next one, which is cut again. So records, lines and
//! faults are those of the whole text, cut from its start.

use super::encoding::Utf8Reader;
use super::fault::{FileFault, ReadError};
use super::fields::{FieldSplitter, Fields};
use super::index;
use super::spans::{FieldSpan, RecordSpan};
use super::split::{Shape, Stop};
use std::io::Read;

/// Bytes of text a chunk aims for; a longer record makes a longer chunk.
pub(crate) const CHUNK_BYTES: usize = 512 << 10;

/// How much of a file [`ChunkReader::peek`] shows.
const PEEK_BYTES: usize = 64 << 10;

/// Some whole records of a file.
#[derive(Debug, Default)]
pub struct Chunk {
    pub text: Vec<u8>,
    /// The records in [`Chunk::text`].
    pub spans: Vec<RecordSpan>,
    /// Their fields, record by record.
    pub(super) fields: Vec<FieldSpan>,
    /// Whether the file ends with this chunk.
    last: bool,
    /// Whether it has its place in the file.
    joined: bool,
    /// Bytes that whole records take.
    used: usize,
    /// Physical lines in them.
    lines: u64,
    /// Why the next record can't be read.
    stop: Option<Stop>,
}

impl Chunk {
    /// Whether the file ends with this chunk.
    pub fn is_last(&self) -> bool {
        self.last
    }

    /// The fields of one of its records.
    pub fn fields<'a>(
        &'a self,
        record: &RecordSpan,
        splitter: &'a mut FieldSplitter,
    ) -> Fields<'a> {
        let text = &self.text[record.start..record.end];
        let spans = &self.fields[record.first_field..record.first_field + record.fields];
        if spans.is_empty() {
            return splitter.split(text);
        }
        splitter.of_spans(text, spans, record.escaped)
    }

    /// Finds the records, whose lines count from the chunk's start until [`Splitter::join`].
    pub fn cut(&mut self, shape: Shape) {
        if self.joined {
            return;
        }
        self.spans.clear();
        let text = &self.text;
        let cut = index::cut(shape, text, self.last, &mut self.spans, &mut self.fields);
        (self.used, self.lines, self.stop) = (cut.used, cut.lines, cut.stop);
        if let Some(at) = not_utf8(&self.text[..cut.used]) {
            // White space is all there is outside of records.
            let bad = self.spans.iter().rposition(|s| s.start <= at).unwrap_or(0);
            if let Some(span) = self.spans.get(bad) {
                self.used = span.start;
                self.stop = Some(Stop::not_utf8(span.line));
            }
            self.spans.truncate(bad);
        }
    }
}

/// The position of the first byte that is not UTF-8.
fn not_utf8(text: &[u8]) -> Option<usize> {
    if simdutf8::basic::from_utf8(text).is_ok() {
        return None;
    }
    let found = std::str::from_utf8(text);
    found.err().map(|e| e.valid_up_to())
}

/// The place in a file up to which its chunks have been joined.
#[derive(Debug)]
pub struct Splitter {
    shape: Shape,
    line: u64,
    /// The start of a record that the chunk before could not end.
    carry: Vec<u8>,
}

impl Splitter {
    /// Starts at a line.
    pub fn new(shape: Shape, line: u64) -> Splitter {
        Splitter {
            shape,
            line,
            carry: Vec::new(),
        }
    }

    /// How records are set off.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Gives a chunk, which has been cut, its place behind the one before; returns the fault behind its records, after
    /// which there is nothing more to join.
    pub fn join(&mut self, chunk: &mut Chunk) -> Option<FileFault> {
        if chunk.joined {
            return None;
        }
        if !self.carry.is_empty() {
            self.carry.extend_from_slice(&chunk.text);
            std::mem::swap(&mut self.carry, &mut chunk.text);
            self.carry.clear();
            chunk.cut(self.shape);
        }
        self.carry.extend_from_slice(&chunk.text[chunk.used..]);
        chunk.text.truncate(chunk.used);
        let before = self.line;
        for span in &mut chunk.spans {
            span.line += before;
        }
        self.line += chunk.lines;
        chunk.joined = true;
        chunk.stop.map(|stop| stop.fault(before))
    }

    /// Takes a chunk that was the last to be joined back, so that the next one starts with its text.
    pub fn take_back(&mut self, chunk: &mut Chunk) {
        self.line -= chunk.lines;
        chunk.text.append(&mut self.carry);
        std::mem::swap(&mut self.carry, &mut chunk.text);
    }
}

pub struct ChunkReader<R> {
    source: Utf8Reader<R>,
    /// Text that was read behind the last line end, or by [`ChunkReader::peek`].
    ahead: Vec<u8>,
    size: usize,
    ended: bool,
    /// The error that ends reading, reported after the text before it.
    failed: Option<ReadError>,
    /// Whether the last chunk has been given.
    done: bool,
    /// A chunk to be given once more.
    put_back: Option<Chunk>,
}

impl<R: Read> ChunkReader<R> {
    /// Reads from `source` in chunks of about `size` bytes.
    pub fn new(source: Utf8Reader<R>, size: usize) -> ChunkReader<R> {
        ChunkReader {
            source,
            ahead: Vec::new(),
            size: size.max(1),
            ended: false,
            failed: None,
            done: false,
            put_back: None,
        }
    }

    /// Takes a chunk back that is the next one again; its records may have become fewer.
    pub(crate) fn put_back(&mut self, chunk: Chunk) {
        self.put_back = Some(chunk);
    }

    /// Whether the chunk that was put back is the last of the file.
    pub(crate) fn is_at_last(&self) -> bool {
        self.put_back.as_ref().is_some_and(Chunk::is_last)
    }

    /// Whether the file started with a byte order mark; known after the first read.
    pub fn marked(&self) -> bool {
        self.source.marked()
    }

    /// The first 64 KiB of text, before anything is known of the file's shape; they are read again by
    /// [`ChunkReader::fill`], which also reports why there are fewer.
    pub fn peek(&mut self) -> &[u8] {
        let mut ahead = std::mem::take(&mut self.ahead);
        let have = ahead.len();
        self.more(&mut ahead, have, PEEK_BYTES);
        self.ahead = ahead;
        &self.ahead[..self.ahead.len().min(PEEK_BYTES)]
    }

    /// Fills `text` from `have` up to `want` bytes or the end, and cuts off what is behind.
    fn more(&mut self, text: &mut Vec<u8>, mut have: usize, want: usize) {
        while have < want && !self.ended && self.failed.is_none() {
            match self.source.fill(text, have, want - have) {
                Ok(0) => self.ended = true,
                Ok(n) => have += n,
                Err(error) => self.failed = Some(error),
            }
        }
        text.truncate(have);
    }

    /// Reads the next chunk's text up to a line end; `false` at the end of the file.
    ///
    /// # Errors
    /// The source's I/O error, or `ENCODING_INVALID` where it is broken UTF-16.
    pub fn fill(&mut self, chunk: &mut Chunk) -> Result<bool, ReadError> {
        if let Some(before) = self.put_back.take() {
            *chunk = before;
            return Ok(true);
        }
        if let Some(error) = self.failed.take() {
            self.done = true;
            return Err(error);
        }
        if self.done {
            return Ok(false);
        }
        let have = self.ahead.len();
        let text = &mut chunk.text;
        // What is in a used buffer is written over, not cleared first.
        if text.len() < have {
            text.resize(have, 0);
        }
        text[..have].copy_from_slice(&self.ahead);
        self.ahead.clear();
        let want = have + self.size;
        self.more(text, have, want);
        self.done = self.ended;
        chunk.last = self.ended;
        chunk.joined = false;
        if !self.ended && self.failed.is_none() {
            let end = last_line_end(text);
            self.ahead.extend_from_slice(&text[end..]);
            text.truncate(end);
        }
        Ok(true)
    }

    /// Reads the next records into `chunk`, chunk by chunk without other readers; `false` at the end of the file.
    ///
    /// # Errors
    /// As [`ChunkReader::fill`], and the faults that records have, each after the records before it.
    pub fn next(&mut self, splitter: &mut Splitter, chunk: &mut Chunk) -> Result<bool, ReadError> {
        loop {
            if !self.fill(chunk)? {
                chunk.text.clear();
                chunk.spans.clear();
                return Ok(false);
            }
            chunk.cut(splitter.shape);
            if let Some(fault) = splitter.join(chunk) {
                self.failed = Some(fault.into());
            }
            if !chunk.text.is_empty() {
                return Ok(true);
            }
        }
    }
}

/// Behind the last line end of a text that goes on, or all of it where it has none. A CR at the very end may be the
/// first half of one.
fn last_line_end(text: &[u8]) -> usize {
    let within = &text[..text.len().saturating_sub(1)];
    let end = memchr::memrchr(b'\n', text).or_else(|| memchr::memrchr(b'\r', within));
    end.map_or(text.len(), |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::super::split::one_by_one;
    use super::{Chunk, ChunkReader, ReadError, Shape, Splitter, Utf8Reader};
    use crate::domain::Code;
    use crate::format::Encoding;
    use proptest::prelude::*;

    /// Records with their lines, and the fault behind them.
    type Read = (Vec<(Vec<u8>, u64)>, Option<(Code, u64)>);

    fn reader(text: &[u8], size: usize) -> ChunkReader<&[u8]> {
        ChunkReader::new(Utf8Reader::new(text, Encoding::Utf8), size)
    }

    fn records(chunk: &Chunk, into: &mut Read) {
        let of = |s: &super::RecordSpan| (chunk.text[s.start..s.end].to_vec(), s.line);
        into.0.extend(chunk.spans.iter().map(of));
    }

    fn fault(error: ReadError) -> (Code, u64) {
        match error {
            ReadError::File(fault) => (fault.code, fault.line),
            ReadError::Io(error) => panic!("memory can't fail: {error}"),
        }
    }

    fn in_turn(shape: Shape, text: &[u8], size: usize) -> Read {
        let (mut reader, mut splitter) = (reader(text, size), Splitter::new(shape, 1));
        let (mut chunk, mut found) = (Chunk::default(), Read::default());
        loop {
            match reader.next(&mut splitter, &mut chunk) {
                Ok(true) => records(&chunk, &mut found),
                Ok(false) => return found,
                Err(error) => {
                    found.1 = Some(fault(error));
                    return found;
                }
            }
        }
    }

    /// All read, then all cut, then all joined: as many workers would.
    fn at_once(shape: Shape, text: &[u8], size: usize) -> Read {
        let mut reader = reader(text, size);
        let (mut chunks, mut chunk) = (Vec::new(), Chunk::default());
        while reader.fill(&mut chunk).expect("memory can't fail") {
            chunk.cut(shape);
            chunks.push(std::mem::take(&mut chunk));
        }
        let (mut splitter, mut found) = (Splitter::new(shape, 1), Read::default());
        for chunk in &mut chunks {
            let fault = splitter.join(chunk);
            records(chunk, &mut found);
            if let Some(fault) = fault {
                found.1 = Some((fault.code, fault.line));
                break;
            }
        }
        found
    }

    /// Cut one by one, up to the first record that is not UTF-8.
    fn whole(shape: Shape, text: &[u8]) -> Read {
        let (cuts, stop) = one_by_one(shape, text);
        let mut found = Read::default();
        for (start, end, _, line) in cuts {
            let record = &text[start..end];
            if std::str::from_utf8(record).is_err() {
                found.1 = Some((Code::EncodingInvalid, line + 1));
                return found;
            }
            found.0.push((record.to_vec(), line + 1));
        }
        found.1 = stop.map(|(code, line)| (code, line + 1));
        found
    }

    #[test]
    fn any_chunk_size_gives_the_same_records() {
        let text = b"h1,h2\r\na,\"x\ny\"\r\n\r\nb,\"\"\"q\"\"\"\r\nc,d";
        let shape = Shape::Delimited(b',');
        let all = in_turn(shape, text, 1 << 20);
        assert_eq!((all.0.len(), all.1), (4, None));
        for size in 1..40 {
            assert_eq!(in_turn(shape, text, size), all, "chunks of {size}");
        }
    }

    #[test]
    fn of_two_faults_the_first_is_told() {
        let shape = Shape::Delimited(b',');
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
        let shape = Shape::Delimited(b',');
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn records_lines_and_faults_are_those_of_the_whole_text(text in bytes()) {
            let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
            for shape in [Shape::Delimited(b','), Shape::Lines] {
                let want = whole(shape, text);
                for size in (1..=64).chain([100, 1 << 20]) {
                    prop_assert_eq!(&in_turn(shape, text, size), &want, "in turn, {}", size);
                    prop_assert_eq!(&at_once(shape, text, size), &want, "at once, {}", size);
                }
            }
        }
    }
}
