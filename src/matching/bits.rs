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

    /// Adds all positions of a set of the same size, or of a smaller one.
    pub(crate) fn add(&mut self, other: &BitSet) {
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
        self.count = self.counted();
    }

    /// Keeps the positions that another set has as well.
    pub(crate) fn keep(&mut self, other: &BitSet) {
        let others = other.words.iter().copied().chain(std::iter::repeat(0));
        for (word, kept) in self.words.iter_mut().zip(others) {
            *word &= kept;
        }
        self.count = self.counted();
    }

    /// Has what it had not, and no longer what it had.
    pub(crate) fn invert(&mut self) {
        self.words.iter_mut().for_each(|word| *word = !*word);
        self.count = self.counted();
    }

    /// Whether a position from `lowest` to `highest` is not in the set.
    pub(crate) fn lacks_any(&self, lowest: usize, highest: usize) -> bool {
        let last = self.size().saturating_sub(1).min(highest);
        (lowest / 64..=last / 64).any(|place| {
            let of_word = |position: usize| match position / 64 == place {
                true => position % 64,
                false => usize::from(position / 64 > place) * 63,
            };
            let (from, to) = (of_word(lowest), of_word(last));
            let asked = (u64::MAX << from) & (u64::MAX >> (63 - to));
            self.words.get(place).is_some_and(|word| !word & asked != 0)
        })
    }

    fn counted(&self) -> u64 {
        self.words
            .iter()
            .map(|word| u64::from(word.count_ones()))
            .sum()
    }

    /// All positions, in order.
    pub(crate) fn positions(&self) -> impl Iterator<Item = usize> {
        let words = self.words.iter().enumerate();
        words.flat_map(|(place, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(place * 64 + bit)
            })
        })
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
        let mut more = BitSet::new(200);
        for at in [0, 63, 64, 199] {
            more.set(at);
        }
        assert_eq!(more.positions().collect::<Vec<_>>(), [0, 63, 64, 199]);
        more.keep(&bits);
        assert_eq!((more.count(), more.has(0), more.has(199)), (1, true, false));
        for (lowest, highest) in [(0, 199), (63, 64), (65, 65), (1, 63), (128, 999)] {
            assert!(more.lacks_any(lowest, highest), "{lowest} to {highest}");
        }
        more.invert();
        assert!(!more.lacks_any(1, 63) && more.lacks_any(0, 0) && more.has(64));
        more.invert();
        bits.set(7);
        more.add(&bits);
        assert_eq!(more.positions().collect::<Vec<_>>(), [0, 7]);
    }
}
