//! One bit per position: a million take 125 KB, and memory that was never touched takes none.

/// A set of positions below a size.
#[derive(Debug, Default)]
pub struct BitSet {
    words: Vec<u64>,
    count: u64,
}

impl BitSet {
    /// An empty set of positions below `size`.
    pub(crate) fn new(size: usize) -> BitSet {
        BitSet {
            words: vec![0; size.div_ceil(64)],
            count: 0,
        }
    }

    /// Adds a position; returns whether it is new.
    pub(crate) fn set(&mut self, position: usize) -> bool {
        let (word, bit) = (&mut self.words[position / 64], 1u64 << (position % 64));
        let new = *word & bit == 0;
        *word |= bit;
        self.count += u64::from(new);
        new
    }

    /// Takes a position out.
    pub(crate) fn clear(&mut self, position: usize) {
        let (word, bit) = (&mut self.words[position / 64], 1u64 << (position % 64));
        self.count -= u64::from(*word & bit != 0);
        *word &= !bit;
    }

    /// Whether the set has a position.
    pub(crate) fn has(&self, position: usize) -> bool {
        self.words[position / 64] & (1 << (position % 64)) != 0
    }

    /// The size: positions are below it.
    pub(crate) fn size(&self) -> usize {
        self.words.len() * 64
    }

    /// How many positions the set has.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::BitSet;

    #[test]
    fn each_place_counts_once() {
        let mut bits = BitSet::new(65);
        assert!(bits.set(64) && bits.set(0) && !bits.set(64));
        assert_eq!((bits.count(), bits.has(64), bits.has(1)), (2, true, false));
        bits.clear(64);
        bits.clear(64);
        assert_eq!((bits.count(), bits.has(64), bits.has(0)), (1, false, true));
    }
}
