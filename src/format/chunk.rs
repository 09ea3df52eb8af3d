//! Reading a file in chunks that can be cut into records, and judged, in parallel.
//!
//! A chunk is read up to its last line end ([`ChunkReader::fill`]; under a lock, if several threads read), cut into
//! records alone ([`Chunk::cut`]), and given its place in the file in turn ([`Splitter::join`]). A line end within quotes
//! ends no record: the rest of the chunk then goes in front of the next one, which is cut again. So records, lines and
//! faults are those of the whole text, cut from its start.

use super::encoding::Utf8Reader;
use super::fault::{FileFault, ReadError};
use super::fields::{FieldSplitter, Fields, may_fold};
use super::index;
use super::lines::LineRules;
use super::spans::{FieldSpan, RecordSpan};
use super::split::{Shape, Stop};
use std::io::Read;

/// Bytes of text a chunk aims for; a longer record makes a longer chunk.
pub(crate) const CHUNK_BYTES: usize = 512 << 10;

/// How much of a file [`ChunkReader::peek`] shows.
const PEEK_BYTES: usize = 64 << 10;

/// Some whole records of a file.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent steps of a chunk's way, which come in any order"
)]
#[derive(Debug, Default)]
pub struct Chunk {
    pub text: Vec<u8>,
    /// The records in [`Chunk::text`].
    pub spans: Vec<RecordSpan>,
    /// What [`Chunk::set_aside`] took from them.
    pub(crate) aside: Vec<RecordSpan>,
    /// Their fields, record by record.
    pub(super) fields: Vec<FieldSpan>,
    /// Whether the file ends with this chunk.
    last: bool,
    /// Whether it has its place in the file.
    joined: bool,
    /// Whether what is no record was taken from the spans.
    sorted: bool,
    /// Whether records may hold bytes that are not UTF-8.
    mixed: bool,
    /// Where records start that do.
    broken: Vec<usize>,
    /// Bytes that whole records take.
    used: usize,
    /// Physical lines in them.
    lines: u64,
    /// Whether they have spaces or dashes that are not ASCII's.
    folds: bool,
    /// Why the next record can't be read.
    stop: Option<Stop>,
}

impl Chunk {
    /// The records at the start of a file, as far as they can be cut.
    pub(super) fn of(text: &[u8], shape: Shape) -> Chunk {
        let mut chunk = Chunk {
            text: text.to_vec(),
            last: true,
            mixed: true,
            ..Chunk::default()
        };
        chunk.cut(shape);
        chunk
    }

    /// Whether a record holds bytes that are not UTF-8.
    pub(crate) fn is_broken(&self, record: &RecordSpan) -> bool {
        !self.broken.is_empty() && self.broken.binary_search(&record.start).is_ok()
    }

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
        splitter.of_spans(text, spans, record.escaped, self.folds)
    }

    /// Sets aside what is no record, once after the records were found.
    pub(crate) fn set_aside(&mut self, rules: &LineRules, splitter: &mut FieldSplitter) {
        if std::mem::replace(&mut self.sorted, true) {
            return;
        }
        let mut spans = std::mem::take(&mut self.spans);
        let mut aside = std::mem::take(&mut self.aside);
        spans.retain(|span| {
            let text = &self.text[span.start..span.end];
            let other = rules.sets_aside(text, || self.fields(span, splitter));
            if other {
                aside.push(*span);
            }
            !other
        });
        (self.spans, self.aside) = (spans, aside);
    }

    /// Finds the records, whose lines count from the chunk's start until [`Splitter::join`].
    pub fn cut(&mut self, shape: Shape) {
        if self.joined {
            return;
        }
        self.spans.clear();
        self.aside.clear();
        self.broken.clear();
        self.sorted = false;
        let text = &self.text;
        let cut = index::cut(shape, text, self.last, &mut self.spans, &mut self.fields);
        (self.used, self.lines, self.stop) = (cut.used, cut.lines, cut.stop);
        let used = &self.text[..cut.used];
        let ascii = used.is_ascii();
        self.folds = !ascii && may_fold(used);
        let bad = if ascii { None } else { not_utf8(used) };
        if self.mixed && bad.is_some() {
            let text = |s: &RecordSpan| &self.text[s.start..s.end];
            let broken = self.spans.iter().filter(|s| not_utf8(text(s)).is_some());
            self.broken.extend(broken.map(|s| s.start));
        } else if let Some(at) = bad {
            // White space is all there is outside of records.
            let bad = self.spans.iter().rposition(|s| s.start <= at).unwrap_or(0);
            if let Some(span) = self.spans.get(bad) {
                self.used = span.start;
                self.stop = Some(Stop::not_utf8(span.line));
            }
            self.spans.truncate(bad);
        }
        if let Some((at, stop)) = self.runaway(shape) {
            self.used = self.spans[at].start;
            self.stop = Some(stop);
            self.spans.truncate(at);
        }
    }

    /// The first record that may have swallowed others, by its place among the records.
    fn runaway(&self, shape: Shape) -> Option<(usize, Stop)> {
        let Shape::Delimited(dialect) = shape else {
            return None;
        };
        let mut several = self
            .spans
            .iter()
            .enumerate()
            .filter(|(_, s)| s.several_lines);
        if dialect.multiline {
            return None;
        }
        several.find_map(|(at, span)| {
            let opened = dialect.runaway(&self.text[span.start..span.end])?;
            Some((at, Stop::runaway(span.line + opened)))
        })
    }

    /// Refuses a joined chunk where one of its `first` records may have swallowed others.
    ///
    /// # Errors
    /// `QUOTE_RUNAWAY`.
    pub(crate) fn refuse_runaway(&self, shape: Shape, first: usize) -> Result<(), FileFault> {
        match self.runaway(shape) {
            Some((at, stop)) if at < first => Err(stop.fault(0)),
            _ => Ok(()),
        }
    }

    /// Looks at a joined chunk again, now that more is known of the shape: it ends before the first record that may have
    /// swallowed others, and the fault comes next.
    ///
    /// # Errors
    /// `QUOTE_RUNAWAY` where this is one of the first `head` records.
    pub(crate) fn cut_again<R>(
        &mut self,
        shape: Shape,
        head: usize,
        reader: &mut ChunkReader<R>,
    ) -> Result<(), FileFault> {
        let Some((at, stop)) = self.runaway(shape) else {
            return Ok(());
        };
        let fault = stop.fault(0);
        if at < head {
            return Err(fault);
        }
        self.spans.truncate(at);
        reader.failed = Some(fault.into());
        Ok(())
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

    /// Cuts what follows in another shape.
    pub(crate) fn set_shape(&mut self, shape: Shape) {
        self.shape = shape;
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
        for span in chunk.spans.iter_mut().chain(&mut chunk.aside) {
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
    mixed: bool,
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
            mixed: false,
        }
    }

    /// Reads on at bytes that are not UTF-8: their records are [`Chunk::is_broken`].
    pub(crate) fn keep_broken(&mut self, mixed: bool) {
        self.mixed = mixed;
    }

    /// Takes a chunk back that is the next one again; its records may have become fewer.
    pub(crate) fn put_back(&mut self, chunk: Chunk) {
        self.put_back = Some(chunk);
    }

    /// What ends reading behind the chunks that were read, if it is known.
    pub(crate) fn fault(&mut self) -> Option<ReadError> {
        self.failed.take()
    }

    /// Whether the chunk that was put back is the last of the file.
    pub(crate) fn is_at_last(&self) -> bool {
        self.put_back.as_ref().is_some_and(Chunk::is_last)
    }

    /// Whether there may be more chunks.
    pub(crate) fn has_more(&self) -> bool {
        !self.done && self.failed.is_none()
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
        chunk.mixed = self.mixed;
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
mod tests;
