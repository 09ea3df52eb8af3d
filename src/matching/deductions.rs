//! The last accepted deductions in memory: one small entry per key.

use super::roster::Version;
use hashbrown::HashTable;

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
}

impl DeductionState {
    /// No end date.
    pub const OPEN: i32 = i32::MAX;
    /// Bytes of the stored form.
    pub const STORED: usize = 8 * 2 + 4 * 2;

    /// The stored form: everything but the row number, little-endian.
    pub fn store(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.key.to_le_bytes());
        out.extend_from_slice(&self.content.to_le_bytes());
        out.extend_from_slice(&self.run.to_le_bytes());
        out.extend_from_slice(&self.ends.to_le_bytes());
    }

    /// Reads the stored form; what follows it is the deduction's shown fields.
    pub fn load(id: u32, stored: &[u8]) -> Option<(DeductionState, &[u8])> {
        let (head, rest) = stored.split_at_checked(Self::STORED)?;
        let state = DeductionState {
            id,
            key: u64::from_le_bytes(head[0..8].try_into().ok()?),
            content: u64::from_le_bytes(head[8..16].try_into().ok()?),
            run: u32::from_le_bytes(head[16..20].try_into().ok()?),
            ends: i32::from_le_bytes(head[20..24].try_into().ok()?),
        };
        Some((state, rest))
    }
}

/// Every deduction of one integration.
#[derive(Default)]
pub struct Deductions {
    states: Vec<DeductionState>,
    by_key: HashTable<u32>,
    version: Version,
}

impl Deductions {
    /// None yet, with room for so many.
    pub fn new(expected: usize) -> Deductions {
        Deductions {
            states: Vec::with_capacity(expected),
            by_key: HashTable::with_capacity(expected),
            version: Version::default(),
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

    /// Takes a deduction's last state. Its `id` is its number, from 1, and its place is one less; what stood there is
    /// replaced. Places that were left out hold nothing.
    pub fn put(&mut self, state: DeductionState) {
        let at = state.id.saturating_sub(1) as usize;
        let place = u32::try_from(at).unwrap_or(u32::MAX);
        if let Some(old) = self.states.get_mut(at) {
            if let Ok(found) = self.by_key.find_entry(old.key, |i| *i == place) {
                found.remove();
            }
            *old = state;
        } else {
            self.states.resize(at, DeductionState::default());
            self.states.push(state);
        }
        let all = &self.states;
        self.by_key
            .insert_unique(state.key, place, |i| all[*i as usize].key);
    }

    /// Called after the last [`Deductions::put`].
    pub fn ready(&mut self) {}

    /// The deduction of this key hash.
    pub fn find(&self, key: u64) -> Option<&DeductionState> {
        let place = self
            .by_key
            .find(key, |i| self.states[*i as usize].key == key)?;
        Some(&self.states[*place as usize])
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
        };
        let mut all = Deductions::new(0);
        all.put(state);
        assert_eq!(all.find(9), Some(&state));
        assert_eq!(all.find(8), None);
        let mut stored = Vec::new();
        state.store(&mut stored);
        assert_eq!(DeductionState::load(4, &stored), Some((state, &b""[..])));
    }
}
