//! Short words as numbers, so that finding one in a list is a comparison of numbers.

/// A word of at most sixteen bytes, in upper case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShortWord {
    bytes: [u64; 2],
    length: u8,
}

impl ShortWord {
    /// Most bytes.
    pub(crate) const LONGEST: usize = 16;

    /// Reads a word; `None` where it is longer than [`ShortWord::LONGEST`].
    #[inline]
    pub(crate) fn read(text: &[u8]) -> Option<ShortWord> {
        let bytes = match text.len() {
            0..=8 => [up_to_eight(text), 0],
            9..=Self::LONGEST => {
                let first = text.first_chunk().copied().map_or(0, u64::from_le_bytes);
                let last = text.last_chunk().copied().map_or(0, u64::from_le_bytes);
                [first, last >> (8 * (Self::LONGEST - text.len()))]
            }
            _ => return None,
        };
        Some(ShortWord {
            bytes: bytes.map(upper),
            length: text.len() as u8,
        })
    }

    /// A number that differs between most words.
    #[inline]
    pub(crate) fn mixed(self) -> u64 {
        let [low, high] = self.bytes;
        (low ^ high.rotate_left(25)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// The first eight bytes as a little-endian number; bytes that are not there count as zero.
#[inline]
pub(crate) fn up_to_eight(bytes: &[u8]) -> u64 {
    let four = |chunk: &[u8; 4]| u64::from(u32::from_le_bytes(*chunk));
    if let Some(chunk) = bytes.first_chunk() {
        return u64::from_le_bytes(*chunk);
    }
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => four(first) | four(last) << (8 * (bytes.len() - 4)),
        _ => match *bytes {
            [a] => u64::from(a),
            [a, b] => u64::from(a) | u64::from(b) << 8,
            [a, b, c] => u64::from(a) | u64::from(b) << 8 | u64::from(c) << 16,
            _ => 0,
        },
    }
}

/// Eight bytes in upper case.
#[inline]
fn upper(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let low = word & (0x7f * ONES);
    let from_a = low + (0x80 - b'a' as u64) * ONES;
    let past_z = low + (0x7f - b'z' as u64) * ONES;
    let lower = from_a & !past_z & !word & (0x80 * ONES);
    word ^ (lower >> 2)
}

#[cfg(test)]
mod tests {
    use super::{ShortWord, up_to_eight, upper};
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
            prop_assert_eq!(ShortWord::read(&a), ShortWord::read(&b));
            prop_assert_eq!(ShortWord::read(&a).is_some(), a.len() <= ShortWord::LONGEST);
            if let Some(last) = b.split_last().map(|(last, rest)| [rest, &[last ^ 0x81]].concat()) {
                let same = ShortWord::read(&last) == ShortWord::read(&b) && b.len() <= 16;
                prop_assert!(!same || last.eq_ignore_ascii_case(&b));
            }
        }

        #[test]
        fn bytes_become_numbers_in_their_order(bytes in any::<[u8; 8]>(), length in 0usize..=8) {
            let mut padded = [0; 8];
            padded[..length].copy_from_slice(&bytes[..length]);
            prop_assert_eq!(up_to_eight(&bytes[..length]), u64::from_le_bytes(padded));
            let want = bytes.map(|b| b.to_ascii_uppercase());
            prop_assert_eq!(upper(u64::from_le_bytes(bytes)).to_le_bytes(), want);
        }
    }

    #[test]
    fn length_counts() {
        assert_ne!(ShortWord::read(b"A"), ShortWord::read(b"A\0"));
    }
}
