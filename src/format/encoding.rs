//! Character encodings: everything is UTF-8 inside, and rejected records are written back in the encoding of their file.

use super::fault::{FileFault, ReadError};
use crate::domain::Code;
use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::io::{self, Read};

/// The encoding of a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// Windows-1252, a superset of ISO-8859-1's printable part.
    Windows1252,
}

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

impl Encoding {
    /// The encoding that a byte order mark shows.
    pub fn of_mark(head: &[u8]) -> Option<Encoding> {
        [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be]
            .into_iter()
            .find(|encoding| head.starts_with(encoding.mark(true)))
    }

    /// Whether this is one of the UTF-16 encodings.
    pub fn is_utf16(self) -> bool {
        matches!(self, Encoding::Utf16Le | Encoding::Utf16Be)
    }

    /// The name in receipts and messages.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16Le => "UTF-16LE",
            Encoding::Utf16Be => "UTF-16BE",
            Encoding::Windows1252 => "Windows-1252",
        }
    }

    /// Appends what was read in this encoding, other bytes and [`half_character`]s among it.
    pub(crate) fn encode_read(self, read: &[u8], out: &mut Vec<u8>) {
        let mut rest = read;
        while let Err(error) = std::str::from_utf8(rest) {
            let (text, other) = rest.split_at(error.valid_up_to());
            self.encode(&String::from_utf8_lossy(text), out);
            rest = match half_of(other) {
                Some(unit) if self == Encoding::Utf16Le => {
                    out.extend_from_slice(&unit.to_le_bytes());
                    &other[3..]
                }
                Some(unit) if self == Encoding::Utf16Be => {
                    out.extend_from_slice(&unit.to_be_bytes());
                    &other[3..]
                }
                _ => {
                    out.push(other[0]);
                    &other[1..]
                }
            };
        }
        self.encode(&String::from_utf8_lossy(rest), out);
    }

    /// Appends text in this encoding: the exact inverse of reading.
    pub fn encode(self, text: &str, out: &mut Vec<u8>) {
        match self {
            Encoding::Utf8 => out.extend_from_slice(text.as_bytes()),
            Encoding::Utf16Le => text
                .encode_utf16()
                .for_each(|u| out.extend_from_slice(&u.to_le_bytes())),
            Encoding::Utf16Be => text
                .encode_utf16()
                .for_each(|u| out.extend_from_slice(&u.to_be_bytes())),
            Encoding::Windows1252 => out.extend_from_slice(&WINDOWS_1252.encode(text).0),
        }
    }

    /// Whether it has all characters of a text.
    pub(crate) fn has(self, text: &str) -> bool {
        self != Encoding::Windows1252 || !WINDOWS_1252.encode(text).2
    }

    /// The byte order mark a file of this encoding starts with, if `marked`.
    pub fn mark(self, marked: bool) -> &'static [u8] {
        match self {
            _ if !marked => b"",
            Encoding::Utf8 => UTF8_MARK,
            Encoding::Utf16Le => b"\xff\xfe",
            Encoding::Utf16Be => b"\xfe\xff",
            Encoding::Windows1252 => b"",
        }
    }
}

/// The bytes for half a character of UTF-16 whose other half is missing: those that UTF-8 would have, if it had such.
fn half_character(unit: u16) -> [u8; 3] {
    let [high, low] = unit.to_be_bytes();
    let six = |bits: u8| 0x80 | bits & 0x3f;
    [0xe0 | high >> 4, six(high << 2 | low >> 6), six(low)]
}

/// The half character that bytes begin with.
fn half_of(bytes: &[u8]) -> Option<u16> {
    let [0xed, second @ 0xa0..=0xbf, third @ 0x80..=0xbf, ..] = bytes else {
        return None;
    };
    Some(0xd000 | u16::from(second & 0x3f) << 6 | u16::from(third & 0x3f))
}

/// What a text of UTF-8 and other bytes most likely means: these are those of Windows-1252, and half a character is none.
pub(crate) fn likely(text: &[u8]) -> Vec<u8> {
    let mut out = String::with_capacity(text.len() + 8);
    let mut at = 0;
    let mut half = 0;
    for chunk in text.utf8_chunks() {
        out.push_str(chunk.valid());
        at += chunk.valid().len();
        if half_of(&text[at..]).is_some() {
            half = at + 3;
            out.push(char::REPLACEMENT_CHARACTER);
        }
        if at >= half {
            let (decoded, _) = WINDOWS_1252.decode_without_bom_handling(chunk.invalid());
            out.push_str(&decoded);
        }
        at += chunk.invalid().len();
    }
    out.into_bytes()
}

/// Whether a text ends with the first bytes of a character of UTF-8, or the first half of one of UTF-16.
pub(crate) fn ends_within_character(text: &[u8]) -> bool {
    let end = text.len().checked_sub(3).map(|at| &text[at..]);
    if end.and_then(half_of).is_some_and(|unit| unit < 0xdc00) {
        return true;
    }
    let last = text.utf8_chunks().last();
    last.is_some_and(|chunk| {
        let ended = std::str::from_utf8(chunk.invalid());
        ended.is_err_and(|error| error.error_len().is_none())
    })
}

/// Reads a file as UTF-8, without its byte order mark.
pub struct Utf8Reader<R> {
    inner: R,
    encoding: Encoding,
    /// `None` for UTF-8, and once there is nothing more.
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    raw_used: usize,
    started: bool,
    marked: bool,
    ended: bool,
    /// The fault behind the text that was already returned.
    broken: Option<FileFault>,
}

/// How much is read at first.
const FIRST_BYTES: usize = 64 << 10;
/// Size of the buffer in front of a decoder.
const RAW_BYTES: usize = 256 << 10;
/// What a decoder may have taken of bytes before it tells of half a character: that, and the character behind it.
const TAKEN_BYTES: usize = 4;

impl<R: Read> Utf8Reader<R> {
    /// Reads `inner` as `encoding`.
    pub fn new(inner: R, encoding: Encoding) -> Utf8Reader<R> {
        let decoder = match encoding {
            Encoding::Utf8 => None,
            Encoding::Utf16Le => Some(UTF_16LE.new_decoder_with_bom_removal()),
            Encoding::Utf16Be => Some(UTF_16BE.new_decoder_with_bom_removal()),
            Encoding::Windows1252 => Some(WINDOWS_1252.new_decoder_without_bom_handling()),
        };
        Utf8Reader {
            inner,
            encoding,
            decoder,
            raw: Vec::new(),
            raw_used: 0,
            started: false,
            marked: false,
            ended: false,
            broken: None,
        }
    }

    /// Whether the file started with a byte order mark; known after the first read.
    pub fn marked(&self) -> bool {
        self.marked
    }

    /// Reads up to `want` more bytes of text into `out` from byte `have` on, and returns how many; none means the end.
    /// `out` grows as needed; bytes behind the text are not cleared.
    ///
    /// # Errors
    /// `ENCODING_INVALID` where UTF-16 ends within a character, after the text before, or the source's I/O error. Other bytes
    /// in UTF-8 and half characters of UTF-16 are found where records are cut.
    pub fn fill(
        &mut self,
        out: &mut Vec<u8>,
        have: usize,
        want: usize,
    ) -> Result<usize, ReadError> {
        if self.encoding == Encoding::Utf8 {
            return Ok(self.fill_plain(out, have, want)?);
        }
        if let Some(fault) = self.broken.take() {
            return Err(fault.into());
        }
        room(out, have + want.max(16));
        let most = have + want.max(16);
        let mut written = 0;
        while written == 0 {
            if self.raw_used == self.raw.len() && !self.ended {
                let taken = self.raw.len().min(TAKEN_BYTES);
                self.raw.drain(..self.raw.len() - taken);
                self.raw.resize(taken + RAW_BYTES, 0);
                let n = self.inner.read(&mut self.raw[taken..])?;
                self.raw.truncate(taken + n);
                self.raw_used = taken;
                self.ended = n == 0;
                if !self.started && n > 0 {
                    self.started = true;
                    self.marked = Encoding::of_mark(&self.raw) == Some(self.encoding);
                }
            }
            let Some(decoder) = self.decoder.as_mut() else {
                break;
            };
            let (result, read, n) = decoder.decode_to_utf8_without_replacement(
                &self.raw[self.raw_used..],
                &mut out[have..most],
                self.ended,
            );
            self.raw_used += read;
            written = n;
            if let DecoderResult::Malformed(length, behind) = result
                && let Some(unit) = self.unit_before(length, behind)
            {
                let bytes = half_character(unit);
                room(out, have + written + bytes.len());
                out[have + written..][..bytes.len()].copy_from_slice(&bytes);
                written += bytes.len();
            } else if let DecoderResult::Malformed(..) = result {
                let name = self.encoding.name();
                let detail = format!("the file is not valid {name}");
                let fault = FileFault::new(Code::EncodingInvalid, 0, detail);
                if written == 0 {
                    return Err(fault.into());
                }
                self.broken = Some(fault);
            }
            // It has given all it had, and may not be asked again.
            if self.ended && result == DecoderResult::InputEmpty {
                self.decoder = None;
            }
        }
        Ok(written)
    }

    /// The unit of UTF-16 that a decoder could not read, and behind which it has taken some bytes.
    fn unit_before(&self, length: u8, behind: u8) -> Option<u16> {
        let end = self.raw_used.checked_sub(usize::from(behind))?;
        let bytes = self.raw.get(end.checked_sub(usize::from(length))?..end)?;
        let bytes: [u8; 2] = bytes.try_into().ok()?;
        Some(match self.encoding {
            Encoding::Utf16Be => u16::from_be_bytes(bytes),
            _ => u16::from_le_bytes(bytes),
        })
    }

    fn fill_plain(&mut self, out: &mut Vec<u8>, have: usize, want: usize) -> io::Result<usize> {
        let n = self.read(out, have, want)?;
        if self.started || n == 0 {
            return Ok(n);
        }
        self.started = true;
        // The mark is three bytes; a read may bring fewer.
        let rest = UTF8_MARK.len().saturating_sub(n);
        let n = n + self.read(out, have + n, rest)?;
        if !out[have..have + n].starts_with(UTF8_MARK) {
            return Ok(n);
        }
        self.marked = true;
        out.copy_within(have + UTF8_MARK.len()..have + n, have);
        match n - UTF8_MARK.len() {
            0 => self.read(out, have, want),
            n => Ok(n),
        }
    }

    /// Reads until there are `want` bytes or no more.
    fn read(&mut self, out: &mut Vec<u8>, have: usize, want: usize) -> io::Result<usize> {
        let mut n = 0;
        while n < want && !self.ended {
            // A small file needs no large buffer.
            let grown = out.len().max(FIRST_BYTES).max(2 * (have + n));
            let end = grown.min(have + want);
            room(out, end);
            match self.inner.read(&mut out[have + n..end]) {
                Ok(0) => self.ended = true,
                Ok(more) => n += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(n)
    }
}

/// Makes a buffer at least `length` bytes long.
fn room(out: &mut Vec<u8>, length: usize) {
    if out.len() < length {
        out.resize(length, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::{Encoding, ReadError, Utf8Reader};
    use std::io::Read;

    fn read(bytes: &[u8], encoding: Encoding) -> (String, bool) {
        let mut reader = Utf8Reader::new(bytes, encoding);
        let out = all(&mut reader, 5).expect("valid");
        (String::from_utf8(out).expect("UTF-8"), reader.marked())
    }

    fn all<R: Read>(reader: &mut Utf8Reader<R>, want: usize) -> Result<Vec<u8>, ReadError> {
        let (mut out, mut have) = (Vec::new(), 0);
        loop {
            match reader.fill(&mut out, have, want)? {
                0 => break,
                n => have += n,
            }
        }
        out.truncate(have);
        Ok(out)
    }

    #[test]
    fn every_encoding_reads_and_writes_back() {
        let text = "id|name\r\n1|José Núñez – 7 €\r\n";
        for encoding in [
            Encoding::Utf8,
            Encoding::Utf16Le,
            Encoding::Utf16Be,
            Encoding::Windows1252,
        ] {
            for marked in [false, true] {
                let mark = encoding.mark(marked);
                let mut bytes = mark.to_vec();
                encoding.encode(text, &mut bytes);
                assert_eq!(read(&bytes, encoding), (text.to_owned(), !mark.is_empty()));
            }
        }
    }

    #[test]
    fn a_mark_longer_than_the_first_read_is_taken_off() {
        let mut reader = Utf8Reader::new(&b"\xef\xbb\xbfid"[..], Encoding::Utf8);
        let out = all(&mut reader, 1).expect("valid");
        assert_eq!((&out[..], reader.marked()), (&b"id"[..], true));
    }

    #[test]
    fn every_windows_1252_byte_comes_back() {
        let all: Vec<u8> = (0..=255).collect();
        let (text, _) = read(&all, Encoding::Windows1252);
        let mut back = Vec::new();
        Encoding::Windows1252.encode(&text, &mut back);
        assert_eq!(back, all);
    }

    #[test]
    fn other_bytes_among_utf8_are_likely_windows_1252() {
        let likely = |text: &[u8]| String::from_utf8(super::likely(text)).expect("UTF-8");
        assert_eq!(
            likely(b"Jos\xc3\xa9 Pe\xf1a \x96 \xe2\x82"),
            "Jos\u{e9} Pe\u{f1}a \u{2013} \u{e2}\u{201a}"
        );
        assert_eq!(likely(b"plain"), "plain");
        let cut = super::ends_within_character;
        assert!(cut(b"Jos\xc3") && cut(b"\xe9\xe2\x82"));
        assert!(!cut(b"Pe\xf1a") && !cut(b"Jos\xc3\xa9") && !cut(b"\x96") && !cut(b""));
    }

    #[test]
    fn half_a_character_is_kept_and_written_back() {
        let units = |text: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            let halves = [('<', 0xd83d), ('>', 0xde00)];
            let unit = |unit: u16| {
                let half = halves
                    .iter()
                    .find(|(sign, _)| u32::from(*sign) == u32::from(unit));
                order(half.map_or(unit, |(_, half)| *half))
            };
            text.encode_utf16().flat_map(unit).collect()
        };
        for text in [
            "<",
            ">",
            "a<b",
            "a>b",
            "<<>",
            "><",
            "é<\u{1f600}>\n",
            "<a<b<c>d>e>>",
            "",
        ] {
            for (encoding, order) in [
                (Encoding::Utf16Le, u16::to_le_bytes as fn(u16) -> [u8; 2]),
                (Encoding::Utf16Be, u16::to_be_bytes),
            ] {
                let bytes = units(text, order);
                for piece in 1..7 {
                    let pieces = InPieces {
                        bytes: &bytes,
                        piece,
                    };
                    let mut reader = Utf8Reader::new(pieces, encoding);
                    let read = all(&mut reader, 5).expect("read");
                    let mut back = Vec::new();
                    encoding.encode_read(&read, &mut back);
                    assert_eq!(back, bytes, "{text} in pieces of {piece}");
                    let paired = text.replace("<>", "\u{1f600}");
                    let shown = paired.replace(['<', '>'], "\u{fffd}");
                    assert_eq!(super::likely(&read), shown.as_bytes(), "{text}");
                }
            }
        }
        let mut reader = Utf8Reader::new(&b"\xff\xfea\0b"[..], Encoding::Utf16Le);
        assert!(
            all(&mut reader, 5).is_err(),
            "the file ends within a character"
        );
    }

    /// Gives a few bytes at a time.
    struct InPieces<'a> {
        bytes: &'a [u8],
        piece: usize,
    }

    impl Read for InPieces<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            let most = self.piece.min(out.len());
            (&mut self.bytes).take(most as u64).read(out)
        }
    }
}
