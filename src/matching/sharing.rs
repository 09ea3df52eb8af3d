//! Values that two different owners have, found without sorting all of them.

use super::bits::Bits;

/// Bits of the sieve for each value: few values fall into a place that another one has taken.
const SIEVE: usize = 16;

/// The values that stand beside two different owners, in order. `pairs` gives every value and its owner, `most` pairs
/// at most, as often as asked; `spread` spreads a value well over the upper bits.
pub fn shared<O, I>(most: usize, spread: impl Fn(u64) -> u64, pairs: impl Fn() -> I) -> Vec<u64>
where
    O: Ord,
    I: Iterator<Item = (u64, O)>,
{
    if most < 2 {
        return Vec::new();
    }
    let bits = (most * SIEVE).next_power_of_two();
    let place = |value: u64| (spread(value) >> (u64::BITS - bits.trailing_zeros())) as usize;
    let (mut once, mut twice) = (Bits::new(bits), Bits::new(bits));
    for (value, _) in pairs() {
        if !once.set(place(value)) {
            twice.set(place(value));
        }
    }
    drop(once);
    if twice.count() == 0 {
        return Vec::new();
    }
    let mut suspects: Vec<(u64, O)> = pairs()
        .filter(|(value, _)| twice.has(place(*value)))
        .collect();
    suspects.sort_unstable();
    let two_owners = |w: &&[(u64, O)]| w[0].0 == w[1].0 && w[0].1 != w[1].1;
    let mut found: Vec<u64> = suspects
        .windows(2)
        .filter(two_owners)
        .map(|w| w[0].0)
        .collect();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::shared;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    proptest! {
        #[test]
        fn says_what_a_map_of_sets_says(pairs in proptest::collection::vec((0u64..60, 0u8..4), 0..80)) {
            let mut owners: BTreeMap<u64, BTreeSet<u8>> = BTreeMap::new();
            for (value, owner) in &pairs {
                owners.entry(*value).or_default().insert(*owner);
            }
            owners.retain(|_, owners| owners.len() > 1);
            let expected: Vec<u64> = owners.into_keys().collect();
            prop_assert_eq!(shared(pairs.len(), |v| v << 58, || pairs.iter().copied()), expected);
        }
    }
}
