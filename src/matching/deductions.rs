//! The last accepted deductions in memory: one small entry per key.

use super::hash_index::LazyIndex;
use super::roster::Version;

/// One deduction after its last accepted record. Its key is its [series](super::series) and its effective date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeductionState {
    /// The ledger's row, 0 for a deduction not yet stored.
    pub id: u32,
    /// Number of the run that last accepted a record of this key.
    pub run: u32,
    /// Hash of what deductions that follow each other share.
    pub series: u64,
    /// Fingerprint of the last accepted content.
    pub content: u64,
    /// The columns that the last accepted record filled; see [`crate::changeset::filled`].
    pub filled: u64,
    /// Hash of the subscriber ID.
    pub subscriber: u64,
    /// Hash of the deduction code.
    pub code: u32,
    /// Effective date as days from the Common Era.
    pub effective: i32,
    /// Last day as days from the Common Era, as its record said it, [`DeductionState::OPEN`] if none is set.
    pub said: i32,
    /// Last day with all that other records have said since.
    pub ends: i32,
    /// A combination of [`DeductionState::STOPPED`], [`DeductionState::MARK`], [`DeductionState::ONE_TIME`] and
    /// [`DeductionState::ADDED`].
    pub flags: u8,
    /// When it was last changed at the sender's, in seconds since 1970, UTC; 0 if unknown. See
    /// [`crate::rules::versions`].
    pub changed: u32,
}

impl DeductionState {
    pub const OPEN: i32 = i32::MAX;
    /// The receiver was told last that it is stopped or waived.
    pub const STOPPED: u8 = 1;
    /// It was never in force: the record says that a deduction before it ends.
    pub const MARK: u8 = 2;
    /// It is taken once.
    pub const ONE_TIME: u8 = 8;
    /// The receiver was told last that it is new.
    pub const ADDED: u8 = 16;
    /// Bytes of the stored form.
    pub const STORED: usize = 8 * 4 + 4 * 6 + 1;

    /// The hash of the key.
    pub fn key(&self) -> u64 {
        key(self.series, self.effective)
    }

    pub fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The stored form: everything but the row number, little-endian.
    pub fn store(&self, out: &mut Vec<u8>) {
        for long in [self.series, self.content, self.filled, self.subscriber] {
            out.extend_from_slice(&long.to_le_bytes());
        }
        out.extend_from_slice(&self.run.to_le_bytes());
        out.extend_from_slice(&self.code.to_le_bytes());
        for days in [self.effective, self.said, self.ends] {
            out.extend_from_slice(&days.to_le_bytes());
        }
        out.push(self.flags);
        out.extend_from_slice(&self.changed.to_le_bytes());
    }

    /// Reads the stored form; what follows it is the deduction's shown fields.
    pub fn load(id: u32, stored: &[u8]) -> Option<(DeductionState, &[u8])> {
        let (head, rest) = stored.split_at_checked(Self::STORED)?;
        let long = |at: usize| Some(u64::from_le_bytes(*head[at..].first_chunk()?));
        let short = |at: usize| Some(u32::from_le_bytes(*head[at..].first_chunk()?));
        let days = |at: usize| Some(short(at)?.cast_signed());
        let state = DeductionState {
            id,
            series: long(0)?,
            content: long(8)?,
            filled: long(16)?,
            subscriber: long(24)?,
            run: short(32)?,
            code: short(36)?,
            effective: days(40)?,
            said: days(44)?,
            ends: days(48)?,
            flags: head[52],
            changed: short(53)?,
        };
        Some((state, rest))
    }
}

/// The fingerprint of a record by that of its content without the last day, and the last day.
pub(crate) fn content(body: u64, said: i32) -> u64 {
    mixed(body, said)
}

/// The hash of the key of the deduction of a series with an effective date, in days from the Common Era. 0 without a series.
pub(crate) fn key(series: u64, effective: i32) -> u64 {
    if series == 0 {
        return 0;
    }
    mixed(series, effective)
}

/// A hash of a keyed hash and a day, by the finalizer of `SplitMix64`. Never 0.
fn mixed(hash: u64, day: i32) -> u64 {
    let mut x = hash ^ u64::from(day.cast_unsigned()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (x ^ (x >> 31)).max(1)
}

/// Every deduction of one integration.
#[derive(Default)]
pub struct Deductions {
    states: Vec<DeductionState>,
    by_key: LazyIndex,
    by_series: LazyIndex,
    version: Version,
}

impl Deductions {
    /// None yet, with room for as many as are `expected`.
    pub fn new(expected: usize) -> Deductions {
        Deductions {
            states: Vec::with_capacity(expected),
            ..Deductions::default()
        }
    }

    /// How much of the ledger is held here.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Notes how much of the ledger is held here.
    pub fn set_version(&mut self, version: Version) {
        self.version = version;
    }

    /// Takes a deduction's last state. Its `id` is its number, from 1, and its position is one less; what was there is
    /// replaced. Positions that were left out hold nothing.
    pub fn put(&mut self, state: DeductionState) {
        let position = state.id.saturating_sub(1) as usize;
        if self.states.len() <= position {
            self.states.resize(position + 1, DeductionState::default());
        }
        let before = std::mem::replace(&mut self.states[position], state);
        let (all, by_series) = (&self.states, &mut self.by_series);
        self.by_key
            .replaced(all, DeductionState::key, position, &before);
        by_series.replaced(all, |s| s.series, position, &before);
    }

    /// Called after the last [`Deductions::put`]: gives back room that was kept for more.
    pub fn ready(&mut self) {
        self.states.shrink_to_fit();
    }

    /// The deduction of this key hash.
    pub fn find(&self, key: u64) -> Option<&DeductionState> {
        self.position(key).map(|position| &self.states[position])
    }

    /// The deduction of this key hash with its position, looking first at the position after the one found last.
    pub fn find_next(&self, next: &mut usize, key: u64) -> Option<(usize, &DeductionState)> {
        let is_next = |state: &DeductionState| state.key() == key;
        let position = if self.states.get(*next).is_some_and(is_next) {
            *next
        } else {
            self.position(key)?
        };
        *next = position + 1;
        Some((position, &self.states[position]))
    }

    fn position(&self, key: u64) -> Option<usize> {
        (self.by_key).find(&self.states, DeductionState::key, key, |_| true)
    }

    /// The positions of the deductions of a series, in their order, unless there are more than `most`.
    pub(super) fn of_series(&self, series: u64, most: usize) -> Option<Vec<usize>> {
        let all = &self.states;
        self.by_series.find_some(all, |s| s.series, series, most)
    }

    /// Whether a series has a deduction.
    pub(super) fn has_series(&self, series: u64) -> bool {
        let found = (self.by_series).find(&self.states, |s| s.series, series, |_| true);
        found.is_some()
    }

    /// All deductions by position. Those at positions that were left out have no series.
    pub fn all(&self) -> &[DeductionState] {
        &self.states
    }

    /// The deduction at a position.
    pub fn at(&self, position: usize) -> &DeductionState {
        &self.states[position]
    }

    /// How many positions there are.
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{DeductionState, Deductions};

    #[test]
    fn found_by_key_and_by_series_and_stored_whole() {
        let state = DeductionState {
            id: 4,
            run: 2,
            series: 9,
            content: 8,
            filled: 7,
            subscriber: 6,
            code: 5,
            effective: -1,
            said: DeductionState::OPEN,
            ends: 12,
            flags: DeductionState::ONE_TIME | DeductionState::MARK,
            changed: 1_800_000_000,
        };
        let changed = DeductionState { series: 7, ..state };
        let mut all = Deductions::new(0);
        all.put(state);
        assert_eq!(all.find(state.key()), Some(&state));
        assert_eq!(all.of_series(9, 1), Some(vec![3]));
        all.put(changed);
        let after = DeductionState { id: 5, ..state };
        let later = DeductionState {
            id: 6,
            effective: 1,
            ..state
        };
        all.put(after);
        all.put(later);
        let mut next = 0;
        assert_eq!(all.find_next(&mut next, changed.key()), Some((3, &changed)));
        assert_eq!(all.find_next(&mut next, after.key()), Some((4, &after)));
        assert_eq!((next, all.len(), all.find(8)), (5, 6, None));
        assert_eq!(all.of_series(7, 9), Some(vec![3]));
        assert_eq!(all.of_series(9, 2), Some(vec![4, 5]));
        assert_eq!(all.of_series(9, 1), None);
        let mut stored = Vec::new();
        state.store(&mut stored);
        assert_eq!(DeductionState::load(4, &stored), Some((state, &b""[..])));
    }
}
