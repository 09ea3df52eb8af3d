//! Reading a file in chunks that end at record boundaries. A chunk stands alone, so chunks can be judged in parallel.

use super::encoding::Utf8Reader;
use super::fault::{FileFault, ReadError};
use super::split::{Span, Splitter};
use crate::domain::Code;
use std::io::Read;

/// Bytes of text a chunk aims for; a longer record makes a longer chunk.
pub const CHUNK_BYTES: usize = 1 << 20;

/// Some whole records of a file.
#[derive(Debug, Default)]
pub struct Chunk {
    /// Valid UTF-8.
    pub text: Vec<u8>,
    /// The records in [`Chunk::text`].
    pub spans: Vec<Span>,
}

/// Reads chunks.
pub struct ChunkReader<R> {
    source: Utf8Reader<R>,
    carry: Vec<u8>,
    size: usize,
    ended: bool,
}

impl<R: Read> ChunkReader<R> {
    /// Reads from `source` in chunks of about `size` bytes.
    pub fn new(source: Utf8Reader<R>, size: usize) -> ChunkReader<R> {
        ChunkReader {
            source,
            carry: Vec::new(),
            size: size.max(1),
            ended: false,
        }
    }

    /// Whether the file started with a byte order mark; known after the first read.
    pub fn marked(&self) -> bool {
        self.source.marked()
    }

    /// Reads the first physical line, before anything is known of the file's shape; it is read again by
    /// [`ChunkReader::next`].
    ///
    /// # Errors
    /// As [`ChunkReader::next`].
    pub fn peek(&mut self) -> Result<&[u8], ReadError> {
        const ENOUGH: usize = 64 << 10;
        while !self.ended && self.carry.len() < ENOUGH {
            self.ended = self.source.fill(&mut self.carry, self.size)? == 0;
        }
        Ok(&self.carry)
    }

    /// Reads the next chunk into `chunk`, which is emptied first; `false` at the end of the file.
    ///
    /// # Errors
    /// The faults of [`Splitter::split`], `ENCODING_INVALID`, or the source's I/O error.
    pub fn next(&mut self, splitter: &mut Splitter, chunk: &mut Chunk) -> Result<bool, ReadError> {
        chunk.text.clear();
        chunk.spans.clear();
        chunk.text.append(&mut self.carry);
        let mut want = self.size.saturating_sub(chunk.text.len()).max(1);
        loop {
            while !self.ended && want > 0 {
                let got = self.source.fill(&mut chunk.text, want)?;
                self.ended = got == 0;
                want = want.saturating_sub(got);
            }
            let used = splitter.split(&chunk.text, self.ended, &mut chunk.spans)?;
            if used > 0 || self.ended {
                self.carry.extend_from_slice(&chunk.text[used..]);
                chunk.text.truncate(used);
                check_utf8(chunk)?;
                return Ok(used > 0);
            }
            want = self.size;
        }
    }
}

fn check_utf8(chunk: &Chunk) -> Result<(), FileFault> {
    let Err(error) = std::str::from_utf8(&chunk.text) else {
        return Ok(());
    };
    let at = error.valid_up_to();
    let line = chunk
        .spans
        .iter()
        .rfind(|s| s.start <= at)
        .map_or(0, |s| s.line);
    let detail = format!("the record that starts on line {line} is not valid UTF-8");
    Err(FileFault::new(Code::EncodingInvalid, line, detail))
}

#[cfg(test)]
mod tests {
    use super::{Chunk, ChunkReader, Splitter, Utf8Reader};
    use crate::format::Encoding;
    use crate::format::split::Shape;

    #[test]
    fn any_chunk_size_gives_the_same_records() {
        let text = "h1,h2\r\na,\"x\ny\"\r\n\r\nb,\"\"\"q\"\"\"\r\nc,d";
        let read = |size| {
            let source = Utf8Reader::new(text.as_bytes(), Encoding::Utf8);
            let mut reader = ChunkReader::new(source, size);
            let mut splitter = Splitter::new(Shape::Delimited(b','), 1);
            let mut chunk = Chunk::default();
            let mut records = Vec::new();
            while reader.next(&mut splitter, &mut chunk).expect("text") {
                let of = |s: &super::Span| (chunk.text[s.start..s.end].to_vec(), s.line);
                records.extend(chunk.spans.iter().map(of));
            }
            records
        };
        let whole = read(1 << 20);
        assert_eq!(whole.len(), 4);
        for size in 1..40 {
            assert_eq!(read(size), whole, "chunks of {size}");
        }
    }
}
