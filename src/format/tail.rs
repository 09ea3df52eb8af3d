//! Finds padding after the last record of a file: Ctrl-Z, form feeds, NULs and blanks that programs append.

/// A file's bytes in order, of which only what may be such an end is remembered.
#[derive(Debug)]
pub(super) struct Tail {
    width: Width,
    /// The first half of a UTF-16 unit.
    half: Option<u8>,
    /// Bytes before the next unit.
    at: u64,
    /// Where what is now the end starts.
    start: u64,
    /// The first byte of it that is neither blank nor a line end.
    odd: Option<u64>,
    /// Whether a line ends before the first byte of it that is odd.
    line_ended: bool,
}

/// The units of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    Bytes,
    /// Pairs, low byte first.
    Low,
    /// Pairs, high byte first.
    High,
}

const CTRL_Z: u16 = 0x1a;
const FORM_FEED: u16 = 0x0c;

impl Tail {
    pub(super) fn new(width: Width) -> Tail {
        Tail {
            width,
            half: None,
            at: 0,
            start: 0,
            odd: None,
            line_ended: false,
        }
    }

    /// Takes the next bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        if self.width == Width::Bytes {
            let filling = bytes.iter().rposition(|b| !is_filling(u16::from(*b)));
            let from = filling.map_or(0, |last| last + 1);
            if from > 0 {
                self.text_ends(self.at + from as u64);
            }
            self.at += from as u64;
            bytes[from..].iter().for_each(|b| self.unit(u16::from(*b)));
            return;
        }
        for &byte in bytes {
            let Some(first) = self.half.take() else {
                self.half = Some(byte);
                continue;
            };
            let unit = match self.width {
                Width::High => u16::from_be_bytes([first, byte]),
                _ => u16::from_le_bytes([first, byte]),
            };
            self.unit(unit);
        }
    }

    fn unit(&mut self, unit: u16) {
        let at = self.at;
        self.at += match self.width {
            Width::Bytes => 1,
            _ => 2,
        };
        if !is_filling(unit) {
            self.text_ends(self.at);
        } else if self.odd.is_none() {
            let ends = matches!(unit, 10 | 13);
            self.line_ended |= ends;
            // A NUL in a line that has not ended may stand for the rest of a record.
            let odd = matches!(unit, CTRL_Z | FORM_FEED) || (unit == 0 && self.line_ended);
            if odd {
                self.odd = Some(at);
            } else if unit == 0 {
                self.text_ends(self.at);
            }
        }
    }

    /// Notes that the text reaches at least to this byte, and forgets a possible end before it.
    fn text_ends(&mut self, at: u64) {
        self.start = at;
        self.odd = None;
        self.line_ended = false;
    }

    /// How many of `bytes` bytes come before the first odd one of the end, and where the end starts.
    pub(super) fn text_and_end(&self, bytes: u64) -> (u64, u64) {
        match self.odd {
            Some(odd) if self.half.is_none() => (odd, self.start),
            _ => (bytes, bytes),
        }
    }
}

/// Whether the end of a file may consist of it.
fn is_filling(unit: u16) -> bool {
    matches!(unit, 0 | CTRL_Z | FORM_FEED | 9 | 10 | 13 | 32)
}

/// Whether a piece of a file, if the file ended with it, might end with something odd, whatever the width.
pub(crate) fn ends_odd(bytes: &[u8]) -> bool {
    let filling = bytes.iter().rposition(|b| !is_filling(u16::from(*b)));
    let end = &bytes[filling.map_or(0, |last| last + 1)..];
    // Half of a line end in UTF-16 is a single NUL.
    let odd = |b: &[u8]| matches!(b, [0x0c | 0x1a, _] | [_, 0x0c | 0x1a] | [0, 0]);
    end.windows(2).any(odd) || matches!(end, [0x0c | 0x1a])
}

#[cfg(test)]
mod tests {
    use super::{Tail, Width};
    use crate::format::Encoding;

    fn text(file: &[u8], width: Width, piece: usize) -> u64 {
        let mut tail = Tail::new(width);
        file.chunks(piece).for_each(|p| tail.feed(p));
        tail.text_and_end(file.len() as u64).0
    }

    #[test]
    fn what_is_behind_the_last_line_is_no_text() {
        for (kept, end) in [
            ("a\r\n", "\u{1a}"),
            ("a\n", "\u{1a}\u{1a}\u{1a}"),
            ("a\n", "\0\0\0\0"),
            ("a\n \n", "\u{c}\r\n \t\n"),
            ("a", "\u{1a}\0\0"),
            ("a\u{1a}b\n", "\0\u{1a}\n"),
            ("a\n\0\nb\n \n", ""),
            ("a\n\u{1a}\nb", ""),
            ("a\0", ""),
            ("a\0\n", "\0"),
            ("", "\u{1a}"),
        ] {
            let file = [kept, end].concat();
            for piece in 1..=file.len() {
                let found = text(file.as_bytes(), Width::Bytes, piece);
                assert_eq!(found, kept.len() as u64, "{file:?} by {piece}");
                for (width, encoding) in [
                    (Width::Low, Encoding::Utf16Le),
                    (Width::High, Encoding::Utf16Be),
                ] {
                    let mut wide = Vec::new();
                    encoding.encode(&file, &mut wide);
                    let found = text(&wide, width, piece);
                    assert_eq!(found, 2 * kept.len() as u64, "{file:?} by {piece}");
                }
            }
        }
    }

    #[test]
    fn units_are_not_taken_for_their_bytes() {
        let mut wide = Vec::new();
        Encoding::Utf16Le.encode("a\n\u{200d}\u{d00}\u{1a00}", &mut wide);
        assert_eq!(text(&wide, Width::Low, 3), wide.len() as u64);
    }
}
