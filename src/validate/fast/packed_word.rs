//! Short words packed into two machine words, so that comparing them is comparing numbers.

use crate::domain::word::up_to_eight;

/// A word of at most sixteen bytes, in upper case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PackedWord {
    bytes: [u64; 2],
    length: usize,
}

impl PackedWord {
    pub(super) const LONGEST: usize = 16;

    /// Packs a word; `None` where it is longer than [`PackedWord::LONGEST`].
    #[inline]
    pub(super) fn read(text: &[u8]) -> Option<PackedWord> {
        let bytes = match text.len() {
            0..=8 => [up_to_eight(text), 0],
            9..=Self::LONGEST => {
                let first = text.first_chunk().copied().map_or(0, u64::from_le_bytes);
                let last = text.last_chunk().copied().map_or(0, u64::from_le_bytes);
                [first, last >> (8 * (Self::LONGEST - text.len()))]
            }
            _ => return None,
        };
        Some(PackedWord {
            bytes: bytes.map(upper),
            length: text.len(),
        })
    }

    /// A number that differs between most words.
    #[inline]
    pub(super) fn mixed(self) -> u64 {
        let [low, high] = self.bytes;
        (low ^ high.rotate_left(25)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// Eight bytes in upper case.
#[inline]
fn upper(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let low = word & (0x7f * ONES);
    let from_a = low + (0x80 - u64::from(b'a')) * ONES;
    let past_z = low + (0x7f - u64::from(b'z')) * ONES;
    let lower = from_a & !past_z & !word & (0x80 * ONES);
    word ^ (lower >> 2)
}

#[cfg(test)]
mod tests {
    use super::{PackedWord, upper};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_are_the_same_where_their_upper_case_is(
            a in proptest::collection::vec(any::<u8>(), 0..20),
            flip in any::<u32>(),
        ) {
            let turned = |(i, b): (usize, &u8)| {
                let letter = b.is_ascii_alphabetic() && flip >> i & 1 == 1;
                if letter { b ^ 0x20 } else { *b }
            };
            let b: Vec<u8> = a.iter().enumerate().map(turned).collect();
            prop_assert_eq!(PackedWord::read(&a), PackedWord::read(&b));
            prop_assert_eq!(PackedWord::read(&a).is_some(), a.len() <= PackedWord::LONGEST);
            if let Some(last) = b.split_last().map(|(last, rest)| [rest, &[last ^ 0x81]].concat()) {
                let same = PackedWord::read(&last) == PackedWord::read(&b) && b.len() <= 16;
                prop_assert!(!same || last.eq_ignore_ascii_case(&b));
            }
        }

        #[test]
        fn letters_become_upper_case(bytes in any::<[u8; 8]>()) {
            let want = bytes.map(|b| b.to_ascii_uppercase());
            prop_assert_eq!(upper(u64::from_le_bytes(bytes)).to_le_bytes(), want);
        }
    }

    #[test]
    fn length_counts() {
        assert_ne!(PackedWord::read(b"A"), PackedWord::read(b"A\0"));
    }
}
