//! The survey of a file before any record is read: size, SHA-256, encoding, and whether it is text at all.

use super::encoding::Encoding;
use super::fault::FileFault;
use super::foreign::{Foreign, recognize};
use super::tail::{Tail, Width};
use crate::domain::Code;
use sha2::{Digest, Sha256};
use std::fmt;

/// How many bytes at the start decide whether a file is text.
const HEAD: usize = 8 << 10;

/// All checks are done on this many bytes before the next ones, while they are in the cache.
const BLOCK: usize = 64 << 10;

/// Surveys a file from its bytes in order.
pub struct Surveyor {
    hash: Option<Sha256>,
    head: Vec<u8>,
    bytes: u64,
    lines: u64,
    /// The line and the position of the first NUL byte.
    first_nul: Option<(u64, u64)>,
    utf8: Utf8Check,
    /// Made once the first two bytes show how wide characters are.
    tail: Option<Tail>,
}

/// The result of a survey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    pub bytes: u64,
    /// How many of them come before Ctrl-Z, form feeds and NULs behind the last record.
    pub text_bytes: u64,
    /// SHA-256 of the content in lower-case hexadecimal; empty if the surveyor was without.
    pub sha256: String,
    /// The encoding a byte order mark or the content shows.
    pub encoding: Encoding,
    /// Whether [`Survey::encoding`] is a guess: neither a mark nor valid UTF-8.
    pub assumed: bool,
    /// Whether the file is UTF-8 but for some bytes: its other characters beyond ASCII, or its mark, are UTF-8.
    pub mixed: bool,
    /// Which UTF-16 the first line shows where there is no mark. It is believed only where it is declared.
    unmarked: Option<Encoding>,
    /// The line of the first NUL byte within the text, unless a mark shows UTF-16.
    first_nul: Option<u64>,
    not_text: Option<NotText>,
}

impl Default for Surveyor {
    fn default() -> Self {
        Surveyor {
            hash: Some(Sha256::new()),
            head: Vec::with_capacity(HEAD),
            bytes: 0,
            lines: 1,
            first_nul: None,
            utf8: Utf8Check::default(),
            tail: None,
        }
    }
}

impl Surveyor {
    /// A surveyor that leaves [`Survey::sha256`] empty: hashing is most of its work.
    pub fn without_hash() -> Surveyor {
        Surveyor {
            hash: None,
            ..Surveyor::default()
        }
    }

    /// Takes the next bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        let mut at = self.bytes;
        self.bytes += bytes.len() as u64;
        let before = self.head.len();
        let room = HEAD - before;
        self.head.extend_from_slice(&bytes[..room.min(bytes.len())]);
        if self.tail.is_none() && self.head.len() > 1 {
            let mut tail = Tail::new(width(&self.head));
            tail.feed(&self.head[..before]);
            self.tail = Some(tail);
        }
        for block in bytes.chunks(BLOCK) {
            if let Some(hash) = &mut self.hash {
                hash.update(block);
            }
            if self.first_nul.is_none() {
                let nul = memchr::memchr(0, block);
                let before = &block[..nul.unwrap_or(block.len())];
                self.lines += memchr::memchr_iter(b'\n', before).count() as u64;
                self.first_nul = nul.map(|nul| (self.lines, at + nul as u64));
            }
            at += block.len() as u64;
            self.utf8.feed(block);
            if let Some(tail) = &mut self.tail {
                tail.feed(block);
            }
        }
    }

    pub fn finish(self) -> Survey {
        let (valid, letters) = (self.utf8.valid(), self.utf8.letters);
        let (encoding, assumed) = match Encoding::of_mark(&self.head) {
            Some(marked) => (marked, false),
            // Read as Windows-1252, the good characters would be garbled.
            None if valid || letters => (Encoding::Utf8, false),
            None => (Encoding::Windows1252, true),
        };
        let wide = encoding.is_utf16();
        let tail = self.tail.unwrap_or_else(|| {
            let mut tail = Tail::new(Width::Bytes);
            tail.feed(&self.head);
            tail
        });
        let (text_bytes, end) = tail.text_and_end(self.bytes);
        let text = usize::try_from(text_bytes).map_or(HEAD, |t| t.min(self.head.len()));
        let nul = self.first_nul.filter(|(_, at)| !wide && *at < end);
        Survey {
            bytes: self.bytes,
            text_bytes,
            sha256: self.hash.map_or_else(String::new, |h| hex(&h.finalize())),
            encoding,
            assumed,
            mixed: !valid && letters && !wide,
            unmarked: unmarked_utf16(&self.head),
            first_nul: nul.map(|(line, _)| line),
            not_text: if wide {
                None
            } else {
                not_text(&self.head, text)
            },
        }
    }
}

impl Survey {
    /// The encoding to read the file in, if the integration declares one. In UTF-16 the file itself shows the byte order:
    /// by its mark, or by the half of each character of its first line that is zero.
    pub fn encoding_as(&self, declared: Option<Encoding>) -> Encoding {
        match declared {
            None => self.encoding,
            Some(declared) if !declared.is_utf16() => declared,
            Some(_) if self.encoding.is_utf16() => self.encoding,
            Some(declared) => self.unmarked.unwrap_or(declared),
        }
    }

    /// The fault that makes reading records pointless, if there is one.
    pub fn fault(&self, max_bytes: u64, declared: Option<Encoding>) -> Option<FileFault> {
        if self.bytes == 0 {
            return Some(FileFault::new(Code::FileEmpty, 0, "the file has no bytes"));
        }
        if self.bytes > max_bytes {
            let detail = format!("{} bytes are over the limit of {max_bytes}", self.bytes);
            return Some(FileFault::new(Code::FileTooLarge, 0, detail));
        }
        let wide = declared.is_some_and(Encoding::is_utf16) && self.unmarked.is_some();
        if let Some(what) = self.not_text.filter(|_| !wide) {
            return Some(FileFault::new(Code::FileBinary, 1, what.to_string()));
        }
        let line = self.first_nul.filter(|_| !wide)?;
        let detail = format!("line {line} holds a NUL byte");
        Some(FileFault::new(Code::NulByte, line, detail))
    }
}

/// What a file is that is not text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NotText {
    Known(Foreign),
    Binary,
}

impl fmt::Display for NotText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotText::Known(format) => format.fmt(f),
            NotText::Binary => f.write_str(
                "this is binary data, not a text file; export the records as CSV and send that",
            ),
        }
    }
}

/// Which UTF-16 the first line is in if it has no mark: most of the characters of column names and records are those of
/// ASCII, of which one half is zero.
fn unmarked_utf16(head: &[u8]) -> Option<Encoding> {
    let (pairs, _) = head.as_chunks::<2>();
    let ends = |pair: &[u8; 2]| matches!(pair, [0, b'\n' | b'\r'] | [b'\n' | b'\r', 0]);
    // Blank lines come before it.
    let start = pairs.iter().position(|p| !ends(p))?;
    let line = pairs[start..].split(ends).next()?;
    let low = line.iter().filter(|p| matches!(p, [1..=255, 0])).count();
    let high = line.iter().filter(|p| matches!(p, [0, 1..=255])).count();
    let most = |some: usize| 2 * some > line.len();
    match (low, high) {
        (low, 0) if most(low) => Some(Encoding::Utf16Le),
        (0, high) if most(high) => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// How wide characters are, by the mark at the start or the first line.
fn width(head: &[u8]) -> Width {
    match Encoding::of_mark(head).or_else(|| unmarked_utf16(head)) {
        Some(Encoding::Utf16Le) => Width::Low,
        Some(Encoding::Utf16Be) => Width::High,
        _ => Width::Bytes,
    }
}

/// What a file is that starts with `head`, of which the first bytes, `text`, are not what lies behind the last record.
fn not_text(head: &[u8], text: usize) -> Option<NotText> {
    if let Some(format) = recognize(head) {
        return Some(NotText::Known(format));
    }
    // NUL has a code of its own: half of UTF-16 text without its mark is NUL.
    let odd = |b: &&u8| {
        (**b != 0 && **b < 32 && !matches!(**b, b'\t' | b'\n' | b'\r' | 12)) || **b == 127
    };
    let head = &head[..text];
    let control = head.iter().filter(odd).count();
    (control * 20 > head.len()).then_some(NotText::Binary)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

/// Validates UTF-8 that is given in pieces.
#[derive(Default)]
struct Utf8Check {
    /// The start of a character whose rest is in the next piece.
    carry: Vec<u8>,
    broken: bool,
    /// Whether what is valid has a character beyond ASCII that is not a control character.
    letters: bool,
}

impl Utf8Check {
    fn feed(&mut self, mut bytes: &[u8]) {
        while let (false, [next, rest @ ..]) = (self.carry.is_empty(), bytes) {
            self.carry.push(*next);
            bytes = rest;
            let carry = std::mem::take(&mut self.carry);
            self.piece(&carry);
        }
        self.piece(bytes);
    }

    fn piece(&mut self, mut bytes: &[u8]) {
        // After that there is nothing more to learn.
        while !(self.broken && self.letters) {
            let Err(error) = simdutf8::compat::from_utf8(bytes) else {
                self.letters |= has_letters(bytes);
                return;
            };
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            self.letters |= has_letters(valid);
            let Some(length) = error.error_len() else {
                self.carry.extend_from_slice(rest);
                return;
            };
            self.broken = true;
            bytes = &rest[length..];
        }
    }

    fn valid(&self) -> bool {
        !self.broken && self.carry.is_empty()
    }
}

/// Whether valid UTF-8 has a character from U+00A0 on. Those between them and ASCII are control characters, which
/// Windows-1252 has in the place of quotes and dashes.
fn has_letters(valid: &[u8]) -> bool {
    let letter = |pair: &[u8]| pair[0] > 0xc2 || (pair[0] == 0xc2 && pair[1] >= 0xa0);
    !valid.is_ascii() && valid.windows(2).any(letter)
}

#[cfg(test)]
mod tests {
    use super::{Encoding, Survey, Surveyor};
    use crate::domain::Code;

    fn survey(pieces: &[&[u8]]) -> Survey {
        let mut s = Surveyor::default();
        pieces.iter().for_each(|p| s.feed(p));
        s.finish()
    }

    #[test]
    fn a_character_cut_between_pieces_is_still_utf8() {
        let found = survey(&[b"caf\xc3", b"\xa9\n"]);
        assert_eq!((found.encoding, found.assumed), (Encoding::Utf8, false));
        let found = survey(&[b"caf\xe9\n"]);
        assert_eq!(
            (found.encoding, found.assumed),
            (Encoding::Windows1252, true)
        );
        let found = survey(&[b"caf\xc3"]);
        assert!(found.assumed);
    }

    #[test]
    fn good_utf8_is_never_read_as_windows_1252() {
        for text in [
            &b"Jos\xc3\xa9\nPe\xf1a\n"[..],
            b"Pe\xf1a\nJos\xc3\xa9\n",
            b"\xe9\xe9\xc3\xa9",
            b"\xc3\xc3\xa9",
            b"\xe2\x82\xe2\x82\xac",
            b"Jos\xc3\xa9\nJos\xc3",
            b"\xef\xbb\xbfa\xe9\n",
        ] {
            for cut in 0..=text.len() {
                let found = survey(&[&text[..cut], &text[cut..]]);
                let told = (found.encoding, found.assumed, found.mixed);
                assert_eq!(told, (Encoding::Utf8, false, true), "{text:?} at {cut}");
            }
        }
        for text in [
            &b"Pe\xf1a\n"[..],
            b"\xe9\xf1",
            b"O\x92Brien \xc2\x96 \xc1\xa9\n",
            b"\xed\xa0\x80",
        ] {
            for cut in 0..=text.len() {
                let found = survey(&[&text[..cut], &text[cut..]]);
                let told = (found.encoding, found.assumed, found.mixed);
                assert_eq!(
                    told,
                    (Encoding::Windows1252, true, false),
                    "{text:?} at {cut}"
                );
            }
        }
        for text in ["a", "Jos\u{e9}\u{85}", "\u{feff}\u{e9}"] {
            let found = survey(&[text.as_bytes()]);
            assert_eq!((found.encoding, found.mixed), (Encoding::Utf8, false));
        }
    }

    #[test]
    fn without_the_hash_all_else_is_the_same() {
        let text = [b"a,b\n".repeat(20_000), b"caf\xc3\xa9\0\n".to_vec()].concat();
        for cut in [0, 1, 65_535, 65_536, 80_004, 80_005] {
            let whole = survey(&[&text]);
            assert_eq!(whole.sha256.len(), 64);
            assert_eq!(survey(&[&text[..cut], &text[cut..]]), whole);
            let mut without = Surveyor::without_hash();
            without.feed(&text[..cut]);
            without.feed(&text[cut..]);
            let sha256 = String::new();
            let fault = whole.fault(1 << 20, None).map(|f| (f.code, f.line));
            assert_eq!(fault, Some((Code::NulByte, 20_001)));
            assert_eq!(without.finish(), Survey { sha256, ..whole });
        }
    }

    #[test]
    fn utf16_without_its_mark_is_believed_where_it_is_declared() {
        let declared = Some(Encoding::Utf16Le);
        for order in [Encoding::Utf16Le, Encoding::Utf16Be] {
            for text in [
                "id,name\r\n1,Jos\u{e9} \u{141}\u{f3}\u{17a}\r\n",
                "\r\n\nid\n",
                "id",
            ] {
                let mut bytes = Vec::new();
                order.encode(text, &mut bytes);
                let found = survey(&[&bytes]);
                assert_eq!(found.encoding_as(declared), order, "{text:?}");
                assert!(found.fault(1 << 20, declared).is_none(), "{text:?}");
                for other in [None, Some(Encoding::Utf8)] {
                    let code = found.fault(1 << 20, other).map(|f| f.code);
                    assert_eq!(code, Some(Code::NulByte), "{text:?}");
                }
            }
        }
        for text in [
            &b"id,name\n1,Ann\n"[..],
            b"id,n\0me\n1,Ann\n",
            b"i\0d\0\0,n\0",
        ] {
            let found = survey(&[text]);
            assert_eq!(found.unmarked, None);
            let nul = text.contains(&0);
            assert_eq!(found.fault(1 << 20, declared).is_some(), nul);
        }
        let marked = survey(&[b"\xfe\xff\0i\0d"]);
        assert_eq!(marked.encoding_as(declared), Encoding::Utf16Be);
    }

    #[test]
    fn what_fills_up_the_last_block_is_no_binary_data() {
        let long = "subscriber_id,ssn\n".repeat(3);
        let found = survey(&[long.as_bytes(), &[0x1a; 100]]);
        assert_eq!(found.text_bytes, long.len() as u64);
        assert!(found.fault(1 << 20, None).is_none());
        let within = survey(&[long.as_bytes(), &[0x1a; 100], b"a"]);
        let fault = within.fault(1 << 20, None).map(|f| f.code);
        assert_eq!(fault, Some(Code::FileBinary));
    }

    #[test]
    fn each_fault_has_its_code() {
        let code = |bytes: &[u8]| survey(&[bytes]).fault(20, None).map(|f| (f.code, f.line));
        assert_eq!(code(b""), Some((Code::FileEmpty, 0)));
        assert_eq!(code(b"PK\x03\x04"), Some((Code::FileBinary, 1)));
        assert_eq!(code(b"\x01\x02\x03\x04abc"), Some((Code::FileBinary, 1)));
        assert_eq!(
            code(b"a,b\nabcdefghij\0\nabcdefghijklmn"),
            Some((Code::FileTooLarge, 0))
        );
        assert_eq!(code(b"abcdefghi\njklmnopqr"), None);
        let mut long = b"subscriber_id,ssn\n".repeat(4);
        long.push(0);
        let code = |bytes: &[u8]| {
            survey(&[bytes])
                .fault(1 << 20, None)
                .map(|f| (f.code, f.line))
        };
        assert_eq!(code(&long), None);
        assert_eq!(code(&long[..17]), None);
        long.push(b'a');
        assert_eq!(code(&long), Some((Code::NulByte, 5)));
        assert_eq!(
            code(b"subscriber_id,ssn\na\0\n\0"),
            Some((Code::NulByte, 2))
        );
    }
}
