//! The last accepted deductions in memory: one small entry per key.

use super::hash_index::LazyIndex;
use super::roster::Version;

/// One deduction (subscriber, code, effective date, EIN) after its last accepted record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeductionState {
    /// The ledger's row, 0 for a deduction not yet stored.
    pub id: u32,
    /// Number of the run that last accepted a record of this key.
    pub run: u32,
    /// Hash of the key.
    pub key: u64,
    /// Fingerprint of the last accepted content.
    pub content: u64,
    /// End date as days from the Common Era, [`DeductionState::OPEN`] if none.
    pub ends: i32,
    /// The columns that the last accepted record filled; see [`crate::changeset::filled`].
    pub filled: u64,
}

impl DeductionState {
    pub const OPEN: i32 = i32::MAX;
    /// Bytes of the stored form.
    pub const STORED: usize = Self::STORED_BEFORE + 8;
    /// Bytes of the form in which blocks of layout 1 hold it: without the filled columns.
    pub(crate) const STORED_BEFORE: usize = 8 * 2 + 4 * 2;

    /// The stored form: everything but the row number, little-endian.
    pub fn store(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.key.to_le_bytes());
        out.extend_from_slice(&self.content.to_le_bytes());
        out.extend_from_slice(&self.run.to_le_bytes());
        out.extend_from_slice(&self.ends.to_le_bytes());
        out.extend_from_slice(&self.filled.to_le_bytes());
    }

    /// Reads the stored form; what follows it is the deduction's shown fields.
    pub fn load(id: u32, stored: &[u8]) -> Option<(DeductionState, &[u8])> {
        let (head, rest) = stored
            .split_at_checked(Self::STORED)
            .or_else(|| stored.split_at_checked(Self::STORED_BEFORE))?;
        let filled = head[Self::STORED_BEFORE..].first_chunk();
        let state = DeductionState {
            id,
            key: u64::from_le_bytes(head[0..8].try_into().ok()?),
            content: u64::from_le_bytes(head[8..16].try_into().ok()?),
            run: u32::from_le_bytes(head[16..20].try_into().ok()?),
            ends: i32::from_le_bytes(head[20..24].try_into().ok()?),
            filled: filled.map_or(0, |bytes| u64::from_le_bytes(*bytes)),
        };
        Some((state, rest))
    }
}

/// Every deduction of one integration.
#[derive(Default)]
pub struct Deductions {
    states: Vec<DeductionState>,
    by_key: LazyIndex,
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
        self.by_key
            .replaced(&self.states, |s| s.key, position, &before);
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
        let is_next = |state: &DeductionState| state.key == key && key != 0;
        let position = if self.states.get(*next).is_some_and(is_next) {
            *next
        } else {
            self.position(key)?
        };
        *next = position + 1;
        Some((position, &self.states[position]))
    }

    fn position(&self, key: u64) -> Option<usize> {
        self.by_key.find(&self.states, |s| s.key, key, |_| true)
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
    fn found_by_key_and_stored_whole() {
        let state = DeductionState {
            id: 4,
            run: 2,
            key: 9,
            content: 8,
            ends: DeductionState::OPEN,
            filled: 7,
        };
        let changed = DeductionState { key: 7, ..state };
        let mut all = Deductions::new(0);
        all.put(state);
        assert_eq!(all.find(9), Some(&state));
        assert_eq!(all.find(8), None);
        all.put(changed);
        let after = DeductionState { id: 5, ..state };
        all.put(after);
        let mut next = 0;
        assert_eq!(all.find_next(&mut next, 7), Some((3, &changed)));
        assert_eq!(all.find_next(&mut next, 9), Some((4, &after)));
        assert_eq!((next, all.len()), (5, 5));
        let mut stored = Vec::new();
        state.store(&mut stored);
        assert_eq!(DeductionState::load(4, &stored), Some((state, &b""[..])));
    }
}
