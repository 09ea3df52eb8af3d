//! Pages of an index: terms in the order of their bytes, each with the numbers of those who have it.
//!
//! A posting is the number of bytes that its term shares with the one before it on the page, the length of the rest, the
//! rest, the length of the numbers in bytes, and the numbers, each as the difference to the one before it. A term with many
//! numbers has several postings. Lengths and differences take seven bits to a byte, the lowest first.

/// Bytes after which a page is full.
const FULL: usize = if cfg!(test) { 64 } else { 16 * 1024 };
/// Numbers of one posting.
const MOST_NUMBERS: usize = if cfg!(test) { 9 } else { 4096 };

/// A page to be written.
pub(super) struct Page {
    /// The term of its first posting.
    pub(super) first: Vec<u8>,
    pub(super) postings: Vec<u8>,
}

/// Makes pages of terms that come in order.
#[derive(Default)]
pub(super) struct PageBuilder {
    pages: Vec<Page>,
    /// The term of the last posting.
    last: Vec<u8>,
    numbers: Vec<u8>,
}

impl PageBuilder {
    /// Adds a term, which is not less than the one before it, with its numbers in order.
    pub(super) fn push(&mut self, term: &[u8], numbers: &[u32]) {
        for some in numbers.chunks(MOST_NUMBERS) {
            let page = match self.pages.last_mut() {
                Some(page) if page.postings.len() < FULL => page,
                _ => {
                    self.last.clear();
                    self.pages.push(Page {
                        first: term.to_vec(),
                        postings: Vec::new(),
                    });
                    let last = self.pages.len() - 1;
                    &mut self.pages[last]
                }
            };
            let same = self.last.iter().zip(term).take_while(|(a, b)| a == b);
            let shared = same.count();
            push_length(&mut page.postings, shared);
            push_length(&mut page.postings, term.len() - shared);
            page.postings.extend_from_slice(&term[shared..]);
            self.numbers.clear();
            push_numbers(&mut self.numbers, some.iter().copied());
            push_length(&mut page.postings, self.numbers.len());
            page.postings.extend_from_slice(&self.numbers);
            self.last.truncate(shared);
            self.last.extend_from_slice(&term[shared..]);
        }
    }

    /// All pages, in order.
    pub(super) fn finish(self) -> Vec<Page> {
        self.pages
    }
}

/// A place on a page.
#[derive(Default)]
pub(super) struct PageCursor {
    at: usize,
    /// The term of the posting that was read last.
    pub(super) term: Vec<u8>,
    /// Bytes that it shares with the one before.
    pub(super) shared: usize,
}

/// The bytes of a page don't fit together.
#[derive(Debug)]
pub(super) struct DamagedPage;

impl PageCursor {
    /// Reads the next posting and returns its numbers, as [`numbers`] reads them; `None` at the end of the page.
    pub(super) fn next<'p>(&mut self, page: &'p [u8]) -> Result<Option<&'p [u8]>, DamagedPage> {
        let mut rest = page.get(self.at..).ok_or(DamagedPage)?;
        if rest.is_empty() {
            return Ok(None);
        }
        let shared = length(&mut rest)?;
        if shared > self.term.len() {
            return Err(DamagedPage);
        }
        self.shared = shared;
        self.term.truncate(shared);
        let own = take(&mut rest)?;
        self.term.extend_from_slice(own);
        let numbers = take(&mut rest)?;
        self.at = page.len() - rest.len();
        Ok(Some(numbers))
    }
}

/// Takes a length and that many bytes.
fn take<'p>(rest: &mut &'p [u8]) -> Result<&'p [u8], DamagedPage> {
    let length = length(rest)?;
    let (taken, after) = rest.split_at_checked(length).ok_or(DamagedPage)?;
    *rest = after;
    Ok(taken)
}

fn length(rest: &mut &[u8]) -> Result<usize, DamagedPage> {
    let value = next_number(rest).ok_or(DamagedPage)?;
    Ok(value as usize)
}

fn push_length(out: &mut Vec<u8>, length: usize) {
    push_number(out, u32::try_from(length).unwrap_or(u32::MAX));
}

fn push_number(out: &mut Vec<u8>, mut value: u32) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

fn next_number(rest: &mut &[u8]) -> Option<u32> {
    let mut value = 0u32;
    for shift in (0..32).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Appends numbers that come in order.
pub(super) fn push_numbers(out: &mut Vec<u8>, numbers: impl IntoIterator<Item = u32>) {
    let mut last = 0;
    for number in numbers {
        push_number(out, number - last);
        last = number;
    }
}

/// The numbers of a posting or of a segment, in order; they end early where the bytes are damaged.
pub(super) fn numbers(mut bytes: &[u8]) -> impl Iterator<Item = u32> {
    let mut last = 0u32;
    std::iter::from_fn(move || {
        last = last.wrapping_add(next_number(&mut bytes)?);
        Some(last)
    })
}

#[cfg(test)]
mod tests {
    use super::{FULL, PageBuilder, PageCursor, numbers};
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    proptest! {
        #[test]
        fn terms_come_back_in_order_and_damage_is_no_panic(
            all in prop::collection::btree_map("[a-c]{1,5}", prop::collection::btree_set(1..u32::MAX, 1..40), 1..60),
            damage in any::<(prop::sample::Index, u8)>(),
        ) {
            let mut builder = PageBuilder::default();
            for (term, of) in &all {
                let of: Vec<u32> = of.iter().copied().collect();
                builder.push(term.as_bytes(), &of);
            }
            let mut pages = builder.finish();
            let mut back: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
            for page in &pages {
                prop_assert!(page.postings.len() < FULL + 100);
                let mut cursor = PageCursor::default();
                let mut first = true;
                while let Some(of) = cursor.next(&page.postings).expect("whole") {
                    if std::mem::take(&mut first) {
                        prop_assert_eq!(&cursor.term, &page.first);
                    }
                    let term = String::from_utf8(cursor.term.clone()).expect("text");
                    back.entry(term).or_default().extend(numbers(of));
                }
            }
            prop_assert_eq!(&back, &all);
            let page = &mut pages[0].postings;
            let at = damage.0.index(page.len());
            page[at] = damage.1;
            let mut cursor = PageCursor::default();
            while let Ok(Some(of)) = cursor.next(page) {
                numbers(of).count();
            }
        }
    }
}
