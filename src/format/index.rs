//! Cutting a whole chunk into records and fields in one pass over its bytes, 64 at a time.
//!
//! Where every quote opens a field, closes one or is escaped by another, a byte is quoted exactly if the number of
//! quotes before it is odd. A quote that opens anywhere but at the start of a field breaks that; the record it stands in
//! is then cut by `split::record`, and the pass goes on behind it. So are records near a limit, and what is left at
//! the end of the text.

use super::fault::limit;
use super::fields::Place;
use super::split::{self, End, Shape, Stop};
use wide::u8x16;

/// One record in a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte, without the line end.
    pub end: usize,
    /// One past the line end.
    pub next: usize,
    /// Physical line where the record starts, from 1.
    pub line: u64,
    /// The first of its places in the chunk.
    pub(super) place: usize,
    /// How many fields were found; none where that is left to [`super::fields::FieldSplitter::split`].
    pub(super) fields: usize,
    /// Whether any of these fields holds a quote that another one escapes.
    pub(super) escaped: bool,
}

/// How far text was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Bytes that whole records and blank lines take.
    pub(super) used: usize,
    /// Physical lines in them.
    pub(super) lines: u64,
    /// Why nothing more could be cut.
    pub(super) stop: Option<Stop>,
}

/// Cuts `text` into `spans`, whose lines count from 0, and `places`; blank lines are left out. What follows is the start
/// of a record that needs more text, unless `last` says there is none.
pub(super) fn cut(
    shape: Shape,
    text: &[u8],
    last: bool,
    spans: &mut Vec<Span>,
    places: &mut Vec<Place>,
) -> Cut {
    let mut pass = Pass {
        text,
        spans,
        places,
        filled: 0,
        start: 0,
        line: 0,
    };
    let mut stop = None;
    while pass.start < text.len() {
        if let Shape::Delimited(delimiter) = shape {
            pass.run(delimiter);
            if pass.start == text.len() {
                break;
            }
        }
        match split::record(shape, text, pass.start, pass.line, last) {
            Ok(End::At { end, next, lines }) => pass.found(shape, end, next, lines),
            Ok(End::More) => break,
            Err(why) => {
                stop = Some(why);
                break;
            }
        }
    }
    Cut {
        used: pass.start,
        lines: pass.line,
        stop,
    }
}

const BLOCK: usize = 64;
/// HashIndex that a block may bring: one a byte, and the last field of the record before.
const ROOM: usize = 128;

struct Pass<'a> {
    text: &'a [u8],
    spans: &'a mut Vec<Span>,
    places: &'a mut Vec<Place>,
    /// HashIndex in use.
    filled: usize,
    /// Where the next record starts.
    start: usize,
    /// Lines before it.
    line: u64,
}

/// Where in a block each byte of interest stands, lowest bit first.
struct Bits {
    delimiter: u64,
    quote: u64,
    lf: u64,
    cr: u64,
}

impl Bits {
    fn of(block: &[u8; BLOCK], delimiter: u8) -> Bits {
        let (parts, _) = block.as_chunks::<16>();
        let parts = [0, 1, 2, 3].map(|i| u8x16::new(parts[i]));
        let bits = |byte: u8| {
            let wanted = u8x16::splat(byte);
            let [a, b, c, d] = parts.map(|p| u64::from(equal(p, wanted)));
            a | b << 16 | c << 32 | d << 48
        };
        Bits {
            delimiter: bits(delimiter),
            quote: bits(b'"'),
            lf: bits(b'\n'),
            cr: bits(b'\r'),
        }
    }

    fn keep(&mut self, bits: u64) {
        self.delimiter &= bits;
        self.quote &= bits;
        self.lf &= bits;
        self.cr &= bits;
    }
}

fn equal(part: u8x16, wanted: u8x16) -> u32 {
    part.simd_eq(wanted).to_bitmask()
}

/// For every bit, whether the number of bits up to and with it is odd.
fn parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// The bits below one; all for 64.
fn below(bit: u32) -> u64 {
    1u64.checked_shl(bit).map_or(u64::MAX, |b| b - 1)
}

impl Pass<'_> {
    /// Cuts records up to one that needs a closer look, or that the text doesn't end.
    fn run(&mut self, delimiter: u8) {
        let text = self.text;
        let mut padded = [0; BLOCK];
        let mut base = self.start;
        // Whether the byte before the block is quoted, and whether a quote may open behind it.
        let (mut inside, mut opening, mut quote_before) = (0u64, 1u64, 0u64);
        // Of the record that has started: where its next field starts, lines within quotes, whether it has escapes, and
        // whether text follows a closing quote.
        let (mut field, mut inner, mut escaped, mut tailed) = (0u32, 0u32, false, false);
        // Whether a field may end with a quote in this block, or at the end of the one before.
        let mut quotes_before = false;
        let mut filled = self.filled;
        while base < text.len() {
            let rest = &text[base..];
            let mut bits = match rest.first_chunk::<BLOCK>() {
                Some(block) => Bits::of(block, delimiter),
                None => {
                    padded[..rest.len()].copy_from_slice(rest);
                    let mut bits = Bits::of(&padded, delimiter);
                    bits.keep(below(rest.len() as u32));
                    bits
                }
            };
            let quote = bits.quote;
            let special = bits.delimiter | bits.quote | bits.lf | bits.cr;
            if rest.len() <= BLOCK {
                // What a CR at the very end is depends on the next byte.
                bits.cr &= !(1 << (rest.len() - 1));
            }
            if self.start > base {
                bits.lf &= !1;
            }
            let (mut ends, mut trip) = (bits.lf | bits.cr, 64);
            let (mut breaks, mut escapes, mut tails) = (0, 0, 0);
            let quotes = bits.quote | inside != 0;
            let unquote = quotes || quotes_before;
            quotes_before = quotes;
            if quotes {
                let within = parity(bits.quote) ^ inside;
                let opens = bits.quote & within;
                let wrong = opens & !(special << 1 | opening);
                escapes = opens & (bits.quote << 1 | quote_before);
                let parts = |b: &u8| *b == delimiter || matches!(b, b'"' | b'\n' | b'\r');
                let follows = u64::from(text.get(base + BLOCK).is_some_and(parts)) << 63;
                tails = bits.quote & !within & !(special >> 1 | follows);
                if wrong != 0 {
                    trip = wrong.trailing_zeros();
                    bits.keep(below(trip));
                }
                inside = ((within as i64) >> 63) as u64;
                let follows = u64::from(text.get(base + BLOCK) == Some(&b'\n')) << 63;
                let halves = bits.cr & (bits.lf >> 1 | follows);
                breaks = (bits.lf | bits.cr & !halves) & within;
                bits.delimiter &= !within;
                ends = (bits.lf | bits.cr) & !within;
            }
            opening = special >> 63;
            quote_before = quote >> 63;
            if self.places.len() < filled + ROOM {
                let more = (2 * self.places.len()).max(filled + 1024);
                self.places.resize(more, Place::default());
            }
            let Some(slots) = self.places[filled..].first_chunk_mut::<ROOM>() else {
                return;
            };
            let mut slot = 0;
            loop {
                let end = ends.trailing_zeros();
                let part = below(end);
                let mut delimiters = bits.delimiter & part;
                let relative = (base as u32).wrapping_sub(self.start as u32);
                let record = &text[self.start..];
                while delimiters != 0 {
                    let at = relative.wrapping_add(delimiters.trailing_zeros());
                    slots[slot % ROOM] = match unquote {
                        true => without_quotes(record, field, at),
                        false => Place {
                            start: field,
                            end: at,
                        },
                    };
                    slot += 1;
                    field = at + 1;
                    delimiters &= delimiters - 1;
                }
                escaped |= escapes & part != 0;
                tailed |= tails & part != 0;
                if breaks != 0 {
                    inner += (breaks & part).count_ones();
                }
                if end == 64 {
                    break;
                }
                bits.keep(!part);
                breaks &= !part;
                escapes &= !part;
                tails &= !part;
                ends &= ends - 1;
                let at = base + end as usize;
                let length = at - self.start;
                if length > limit::RECORD_BYTES || inner >= limit::RECORD_LINES as u32 {
                    return;
                }
                slots[slot % ROOM] = without_quotes(record, field, length as u32);
                slot += 1;
                let mut next = at + 1;
                if text[at] == b'\r' && text.get(next) == Some(&b'\n') {
                    next += 1;
                    ends &= !(2 << end);
                }
                let fields = filled + slot - self.filled;
                if fields > 1 || !is_blank(&text[self.start..at]) {
                    self.spans.push(Span {
                        start: self.start,
                        end: at,
                        next,
                        line: self.line,
                        place: self.filled,
                        fields: if tailed { 0 } else { fields },
                        escaped,
                    });
                    self.filled += fields;
                } else {
                    slot -= 1;
                }
                self.start = next;
                self.line += 1 + u64::from(inner);
                (field, inner, escaped, tailed) = (0, 0, false, false);
            }
            if trip < 64 {
                return;
            }
            filled += slot;
            base += BLOCK;
        }
    }

    /// Takes a record that was cut alone.
    fn found(&mut self, shape: Shape, end: usize, next: usize, lines: u64) {
        if !split::is_blank(shape, &self.text[self.start..end]) {
            self.spans.push(Span {
                start: self.start,
                end,
                next,
                line: self.line,
                place: 0,
                fields: 0,
                escaped: false,
            });
        }
        self.start = next;
        self.line += lines;
    }
}

/// A field without the quotes around it; one that opens is closed at its end.
fn without_quotes(record: &[u8], start: u32, end: u32) -> Place {
    let quote = u32::from(start < end && record[start as usize] == b'"');
    Place {
        start: start + quote,
        end: end - quote,
    }
}

/// Whether a line without a delimiter holds nothing.
fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|b| matches!(b, b' ' | b'\t'))
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::chunk::Chunk;
    use super::super::fields::FieldSplitter;
    use super::super::split::one_by_one;
    use super::{Shape, cut};
    use proptest::prelude::*;

    /// Text of what records are made of, with pieces long enough to cross blocks.
    pub(in crate::format) fn texts() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            6 => "[,\"\n\r\t a]",
            3 => "(,\"[a,\n\r]{0,70}\"){1,3}",
            2 => "[a-z,]{0,130}\r?\n",
            1 => "\"(\"\"|[ab\n]){0,20}\"[x\r]{0,80}",
            1 => "é|\"\"|\r\n|,\"|\",",
        ];
        prop::collection::vec(piece, 0..30).prop_map(|p| p.concat().into_bytes())
    }

    #[test]
    fn a_trip_ends_with_its_record() {
        let row = "a,\"b, c\",d\n";
        let text = [row.repeat(9), "12\" pipe,\"x\n".to_owned(), row.repeat(9)].concat();
        same(Shape::Delimited(b','), text.as_bytes());
    }

    #[test]
    fn text_behind_a_closing_quote_is_read_alone() {
        for tail in [0, 1, 59, 60, 61, 130] {
            let text = format!("a,\"b\"{},\"c\"\"d\",e\nf\n", "x".repeat(tail));
            same(Shape::Delimited(b','), text.as_bytes());
        }
    }

    #[test]
    fn a_hundred_lines_and_a_longest_record_are_cut_alone() {
        for lines in [98, 99, 100, 101] {
            same(
                Shape::Delimited(b','),
                format!("a\n\"{}\"\nb\n", "x\n".repeat(lines)).as_bytes(),
            );
        }
        for bytes in [0, 1] {
            let field = "x".repeat((1 << 20) + bytes);
            same(
                Shape::Delimited(b','),
                format!("a\n{field}\nb\n").as_bytes(),
            );
        }
    }

    fn same(shape: Shape, text: &[u8]) {
        let mut chunk = Chunk::default();
        chunk.text.extend_from_slice(text);
        let found = cut(shape, text, true, &mut chunk.spans, &mut chunk.places);
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
            assert_eq!(other.of(&chunk, span).iter().collect::<Vec<_>>(), fields);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn the_same_as_one_by_one(text in texts()) {
            same(Shape::Delimited(b','), &text);
            same(Shape::Delimited(b'\t'), &text);
            same(Shape::Lines, &text);
        }
    }
}
