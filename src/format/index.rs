//! Cutting a whole chunk into records and fields in one pass over its bytes, 64 at a time.
//!
//! If every quote opens a field, closes one or escapes another quote, a byte is quoted exactly if the number of quotes
//! before it is odd. A quote that opens anywhere but at the start of a field breaks that: its record is cut by
//! `split::record`, and the pass resumes behind it. The same goes for records near a limit, for the rest at the end of the
//! text, and where quotes are literal for every quote within a field.

use super::dialect::{Dialect, Quotes};
use super::fault::limit;
use super::spans::{FieldSpan, RecordSpan, offset};
use super::split::{self, End, Shape, Stop};
use wide::u8x16;

/// How far text was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CutText {
    /// Bytes that whole records and blank lines take.
    pub(super) used: usize,
    /// Physical lines in them.
    pub(super) lines: u64,
    /// Why nothing more could be cut.
    pub(super) stop: Option<Stop>,
}

/// Cuts `text` into `records`, whose lines count from 0, and their `fields`. Blank lines are left out. What remains is
/// the start of a record that needs more text, unless `last` says there is none.
pub(super) fn cut(
    shape: Shape,
    text: &[u8],
    last: bool,
    records: &mut Vec<RecordSpan>,
    fields: &mut Vec<FieldSpan>,
) -> CutText {
    let mut pass = Pass {
        text,
        records,
        fields,
        filled: 0,
        start: 0,
        line: 0,
    };
    let mut stop = None;
    while pass.start < text.len() {
        if let Shape::Delimited(dialect) = shape {
            pass.run(dialect);
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
    CutText {
        used: pass.start,
        lines: pass.line,
        stop,
    }
}

const BLOCK: usize = 64;
/// Room for the fields of a block: one a byte, and the last field of the record before.
const ROOM: usize = 128;

struct Pass<'a> {
    text: &'a [u8],
    records: &'a mut Vec<RecordSpan>,
    fields: &'a mut Vec<FieldSpan>,
    /// How many fields belong to what was cut.
    filled: usize,
    /// Where the next record starts.
    start: usize,
    line: u64,
}

/// Where in a block each byte of interest is, lowest bit first.
struct ByteMasks {
    delimiter: u64,
    quote: u64,
    lf: u64,
    cr: u64,
}

impl ByteMasks {
    fn of(block: &[u8; BLOCK], dialect: Dialect) -> ByteMasks {
        let (parts, _) = block.as_chunks::<16>();
        let parts = [0, 1, 2, 3].map(|i| u8x16::new(parts[i]));
        let bits = |byte: u8| {
            let wanted = u8x16::splat(byte);
            let [a, b, c, d] = parts.map(|p| u64::from(equal(p, wanted)));
            a | b << 16 | c << 32 | d << 48
        };
        ByteMasks {
            delimiter: bits(dialect.delimiter),
            quote: match dialect.quotes {
                Quotes::None => 0,
                _ => bits(b'"'),
            },
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

impl ClassifiedBlock {
    fn keep(&mut self, bits: u64) {
        self.masks.keep(bits);
        self.breaks &= bits;
        self.escapes &= bits;
        self.tails &= bits;
    }
}

/// What the next block has to know of the one before.
struct Carry {
    /// All ones if the block starts within quotes.
    inside: u64,
    /// 1 if a quote may open a field at the start of the block.
    opening: u64,
    /// 1 if the byte before the block is a quote.
    quote: u64,
    /// Whether a field may end with a quote at the end of the block before.
    quotes: bool,
}

/// A block with the meaning of its bytes.
struct ClassifiedBlock {
    masks: ByteMasks,
    ends: u64,
    /// Line ends within quotes.
    breaks: u64,
    /// Quotes that are escaped by the quote before.
    escapes: u64,
    /// Closing quotes that text follows.
    tails: u64,
    /// The first quote whose record has to be cut alone; [`BLOCK`] if there is none.
    misplaced: u32,
    /// Whether a field may have quotes around it.
    unquote: bool,
}

/// The record that has started.
#[derive(Default)]
struct OpenRecord {
    /// Where its next field starts.
    field: u32,
    /// Lines that end within quotes.
    breaks: u32,
    escaped: bool,
    /// Whether text follows a closing quote.
    tailed: bool,
}

impl OpenRecord {
    /// Gives the fields that end before `delimiters`, whose lowest bit is at `from` in the record.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as below")]
    fn fields(&mut self, mut delimiters: u64, from: u32, mut give: impl FnMut(u32, u32)) {
        while delimiters != 0 {
            let at = from.wrapping_add(delimiters.trailing_zeros());
            give(self.field, at);
            self.field = at + 1;
            delimiters &= delimiters - 1;
        }
    }
}

#[expect(
    clippy::inline_always,
    reason = "one loop over the text, in parts that can be read; its state has to stay in registers"
)]
impl Pass<'_> {
    /// Cuts records up to one that has to be cut alone, or that the text doesn't end.
    fn run(&mut self, dialect: Dialect) {
        let mut carry = Carry {
            inside: 0,
            opening: 1,
            quote: 0,
            quotes: false,
        };
        let mut open = OpenRecord::default();
        let (mut base, mut filled) = (self.start, self.filled);
        while base < self.text.len() {
            let block = self.block(base, dialect, &mut carry);
            let misplaced = block.misplaced < 64;
            match self.take(block, base, filled, dialect, &mut open) {
                Some(fields) if !misplaced => filled += fields,
                _ => return,
            }
            base += BLOCK;
        }
    }

    #[inline(always)]
    fn block(&self, base: usize, dialect: Dialect, carry: &mut Carry) -> ClassifiedBlock {
        let rest = &self.text[base..];
        let mut masks = match rest.first_chunk::<BLOCK>() {
            Some(block) => ByteMasks::of(block, dialect),
            None => {
                let mut padded = [0; BLOCK];
                padded[..rest.len()].copy_from_slice(rest);
                let mut masks = ByteMasks::of(&padded, dialect);
                masks.keep(below(offset(rest.len())));
                masks
            }
        };
        let special = masks.delimiter | masks.quote | masks.lf | masks.cr;
        let last_quote = masks.quote >> 63;
        if rest.len() <= BLOCK {
            // What a CR at the very end means depends on the next byte.
            masks.cr &= !(1 << (rest.len() - 1));
        }
        if self.start > base {
            masks.lf &= !1;
        }
        let quotes = masks.quote | carry.inside != 0;
        let mut block = ClassifiedBlock {
            ends: masks.lf | masks.cr,
            breaks: 0,
            escapes: 0,
            tails: 0,
            misplaced: 64,
            unquote: quotes || carry.quotes,
            masks,
        };
        carry.quotes = quotes;
        if quotes {
            self.quotes(base, dialect, special, carry, &mut block);
        }
        carry.opening = special >> 63;
        carry.quote = last_quote;
        block
    }

    /// Finds out what is within quotes.
    #[inline(always)]
    fn quotes(
        &self,
        base: usize,
        dialect: Dialect,
        special: u64,
        carry: &mut Carry,
        block: &mut ClassifiedBlock,
    ) {
        let masks = &mut block.masks;
        let within = parity(masks.quote) ^ carry.inside;
        let opens = masks.quote & within;
        let mut wrong = opens & !(special << 1 | carry.opening);
        block.escapes = opens & (masks.quote << 1 | carry.quote);
        let next = self.text.get(base + BLOCK);
        let separates = |b: &u8| *b == dialect.delimiter || matches!(b, b'"' | b'\n' | b'\r');
        let follows = u64::from(next.is_some_and(separates)) << 63;
        block.tails = masks.quote & !within & !(special >> 1 | follows);
        if dialect.quotes == Quotes::Literal {
            wrong |= block.escapes | block.tails;
        }
        if wrong != 0 {
            block.misplaced = wrong.trailing_zeros();
            masks.keep(below(block.misplaced));
        }
        // The highest bit, spread over all.
        carry.inside = (within.cast_signed() >> 63).cast_unsigned();
        let follows = u64::from(next == Some(&b'\n')) << 63;
        let halves = masks.cr & (masks.lf >> 1 | follows);
        block.breaks = (masks.lf | masks.cr & !halves) & within;
        masks.delimiter &= !within;
        block.ends = (masks.lf | masks.cr) & !within;
    }

    /// Takes the fields and the records of a block, behind the fields that are `filled` already. Returns how many fields
    /// there were; `None` at a record that has to be cut alone, because it is near a limit.
    #[inline(always)]
    fn take(
        &mut self,
        mut block: ClassifiedBlock,
        base: usize,
        filled: usize,
        dialect: Dialect,
        open: &mut OpenRecord,
    ) -> Option<usize> {
        if self.fields.len() < filled + ROOM {
            let more = (2 * self.fields.len()).max(filled + 1024);
            self.fields.resize(more, FieldSpan::default());
        }
        let slots = self.fields[filled..].first_chunk_mut::<ROOM>()?;
        let mut slot = 0;
        loop {
            let end = block.ends.trailing_zeros();
            let part = below(end);
            let delimiters = block.masks.delimiter & part;
            let relative = offset(base).wrapping_sub(offset(self.start));
            let record = &self.text[self.start..];
            let mut push = |start, end| {
                slots[slot % ROOM] = FieldSpan { start, end };
                slot += 1;
            };
            if block.unquote {
                let push = |start, end| {
                    let field = without_quotes(record, start, end);
                    push(field.start, field.end);
                };
                open.fields(delimiters, relative, push);
            } else {
                open.fields(delimiters, relative, push);
            }
            open.escaped |= block.escapes & part != 0;
            open.tailed |= block.tails & part != 0;
            if block.breaks != 0 {
                open.breaks += (block.breaks & part).count_ones();
            }
            if end == 64 {
                return Some(slot);
            }
            block.keep(!part);
            block.ends &= block.ends - 1;
            let at = base + end as usize;
            let length = at - self.start;
            if length > limit::RECORD_BYTES || open.breaks as usize >= limit::RECORD_LINES {
                return None;
            }
            slots[slot % ROOM] = match block.unquote {
                true => without_quotes(record, open.field, offset(length)),
                false => FieldSpan {
                    start: open.field,
                    end: offset(length),
                },
            };
            slot += 1;
            let mut next = at + 1;
            if self.text[at] == b'\r' && self.text.get(next) == Some(&b'\n') {
                next += 1;
                block.ends &= !(2 << end);
            }
            let fields = filled + slot - self.filled;
            // The fields of a blank line belong to no record.
            let first_field = std::mem::replace(&mut self.filled, filled + slot);
            let shape = Shape::Delimited(dialect);
            if !split::is_blank(shape, &self.text[self.start..at]) {
                self.records.push(RecordSpan {
                    start: self.start,
                    end: at,
                    next,
                    line: self.line,
                    first_field,
                    fields: if open.tailed { 0 } else { fields },
                    escaped: open.escaped,
                    several_lines: open.breaks != 0,
                });
            }
            self.start = next;
            self.line += 1 + u64::from(open.breaks);
            *open = OpenRecord::default();
        }
    }

    /// Takes a record that was cut alone.
    fn found(&mut self, shape: Shape, end: usize, next: usize, lines: u64) {
        if !split::is_blank(shape, &self.text[self.start..end]) {
            self.records.push(RecordSpan {
                start: self.start,
                end,
                next,
                line: self.line,
                first_field: 0,
                fields: 0,
                escaped: false,
                several_lines: lines > 1,
            });
        }
        self.start = next;
        self.line += lines;
    }
}

/// A field without the quotes around it; one that opens is closed at its end.
fn without_quotes(record: &[u8], start: u32, end: u32) -> FieldSpan {
    let quote = u32::from(start < end && record[start as usize] == b'"');
    FieldSpan {
        start: start + quote,
        end: end - quote,
    }
}

#[cfg(test)]
pub(super) mod tests;
