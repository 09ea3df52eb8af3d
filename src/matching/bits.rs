//! One bit per place: a million take 125 KB, and memory that was never touched takes none.

/// A set of places below a size.
#[derive(Default)]
pub(crate) struct BitSet {
    words: Vec<u64>,
    count: u64,
}

impl BitSet {
    /// None of so many places.
    pub(crate) fn new(size: usize) -> BitSet {
        BitSet {
            words: vec![0; size.div_ceil(64)],
            count: 0,
        }
    }

    /// Adds a place; whether it was not there yet.
    pub(crate) fn set(&mut self, place: usize) -> bool {
        let (word, bit) = (&mut self.words[place / 64], 1u64 << (place % 64));
        let new = *word & bit == 0;
        *word |= bit;
        self.count += u64::from(new);
        new
    }

    /// Whether the place is there.
    pub(crate) fn has(&self, place: usize) -> bool {
        self.words[place / 64] & (1 << (place % 64)) != 0
    }

    /// How many places are there.
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
    }
}
