//! Blocks: how the employees of a roster, or the deductions of an integration, lie in the ledger.
//!
//! A million rows cost a database far more than their bytes. A block holds many entries in two strings of bytes: the
//! *keys*, all of one length, which every run reads, and the *shown* fields, which are read for a few.

use crate::matching::deductions::DeductionState;
use crate::matching::roster::Employee;

/// What the entries of a block are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// Employees of a roster.
    Employees,
    /// Deductions of an integration.
    Deductions,
}

/// The first byte of a block's keys: the layout of blocks, of [`Employee::store`], of [`DeductionState::store`] and of the
/// shown fields. A change to any of them needs another number here, and another version of the ledger.
const LAYOUT: u8 = 4;

/// Why the bytes of a block can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BlockFault {
    /// Another program wrote them.
    #[error("they are of version {found}, this program reads version {LAYOUT}")]
    Version { found: u8 },
    /// They don't fit together.
    #[error("they are damaged")]
    Damaged,
}

/// Bytes of an entry's number, and of the length of its shown fields.
const NUMBER: usize = 4;

impl EntryKind {
    /// Bytes of an entry's stored form, without its number.
    pub const fn stored(self) -> usize {
        match self {
            EntryKind::Employees => Employee::STORED,
            EntryKind::Deductions => DeductionState::STORED,
        }
    }

    /// Bytes of an entry among the keys of a block.
    const fn width(self) -> usize {
        NUMBER + self.stored()
    }

    /// The entries of a block's keys: number, from 1 (0 for one not yet numbered), and stored form.
    pub(crate) fn keys(
        self,
        keys: &[u8],
    ) -> Result<impl DoubleEndedIterator<Item = (u32, &[u8])> + ExactSizeIterator, BlockFault> {
        let width = self.width();
        match keys.split_first() {
            Some((&LAYOUT, entries)) if entries.len().is_multiple_of(width) => {
                Ok(entries.chunks_exact(width).map(|entry| {
                    let (id, stored) = entry.split_at(NUMBER);
                    (number(id), stored)
                }))
            }
            Some((&LAYOUT, _)) | None => Err(BlockFault::Damaged),
            Some((&found, _)) => Err(BlockFault::Version { found }),
        }
    }

    /// The numbers of the entries of a block's keys, to give them out.
    pub(crate) fn numbers_mut(self, keys: &mut [u8]) -> impl Iterator<Item = &mut [u8; NUMBER]> {
        let entries = keys.get_mut(1..).unwrap_or_default();
        entries
            .chunks_exact_mut(self.width())
            .filter_map(|entry| entry.first_chunk_mut())
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.try_into().map_or(0, u32::from_le_bytes)
}

/// The shown fields of a block's entries, in their order. Ends early where the bytes are damaged.
pub(crate) fn shown(mut shown: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = shown.split_at_checked(NUMBER)?;
        let (fields, rest) = rest.split_at_checked(number(length) as usize)?;
        shown = rest;
        Some(fields)
    })
}

/// A block as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// What its entries are.
    pub kind: EntryKind,
    /// See [`EntryKind::keys`].
    pub keys: &'a [u8],
    /// See [`shown`].
    pub shown: &'a [u8],
}

impl<'a> Block<'a> {
    /// The block of these bytes.
    pub(crate) fn new(
        kind: EntryKind,
        keys: &'a [u8],
        shown_fields: &'a [u8],
    ) -> Result<Block<'a>, BlockFault> {
        let block = Block {
            kind,
            keys,
            shown: shown_fields,
        };
        let (entries, length) = shown(shown_fields).fold((0, 0), |(entries, length), fields| {
            (entries + 1, length + NUMBER + fields.len())
        });
        if entries == kind.keys(keys)?.len() && length == shown_fields.len() {
            Ok(block)
        } else {
            Err(BlockFault::Damaged)
        }
    }

    pub fn len(&self) -> usize {
        self.keys.len().saturating_sub(1) / self.kind.width()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries: number, stored form, shown fields.
    pub(crate) fn entries(
        &self,
    ) -> Result<impl Iterator<Item = (u32, &'a [u8], &'a [u8])>, BlockFault> {
        let keys = self.kind.keys(self.keys)?;
        Ok(keys
            .zip(shown(self.shown))
            .map(|((id, stored), fields)| (id, stored, fields)))
    }
}

/// Collects entries into a block.
#[derive(Debug)]
pub(crate) struct BlockBuilder {
    kind: EntryKind,
    keys: Vec<u8>,
    shown: Vec<u8>,
}

impl BlockBuilder {
    /// Entries of a full block.
    pub(crate) const FULL: usize = 1_000;
    /// Bytes of shown fields that make a block full, however few its entries.
    pub(crate) const LONGEST: usize = 1 << 20;

    pub(crate) fn new(kind: EntryKind) -> BlockBuilder {
        BlockBuilder {
            kind,
            keys: vec![LAYOUT],
            shown: Vec::new(),
        }
    }

    /// Adds an entry. `false`: the stored form has another length, or the shown fields are too long; nothing is added.
    #[must_use]
    pub(crate) fn push(&mut self, id: u32, stored: &[u8], fields: &[u8]) -> bool {
        let Ok(length) = u32::try_from(fields.len()) else {
            return false;
        };
        if stored.len() != self.kind.stored() {
            return false;
        }
        self.keys.extend_from_slice(&id.to_le_bytes());
        self.keys.extend_from_slice(stored);
        self.shown.extend_from_slice(&length.to_le_bytes());
        self.shown.extend_from_slice(fields);
        true
    }

    /// Adds an entry whose shown fields follow its stored form, as a run makes them.
    #[must_use]
    pub(crate) fn push_state(&mut self, id: u32, state: &[u8]) -> bool {
        state
            .split_at_checked(self.kind.stored())
            .is_some_and(|(stored, fields)| self.push(id, stored, fields))
    }

    /// Whether the block should be stored before more is added.
    pub(crate) fn is_full(&self) -> bool {
        self.block().len() >= BlockBuilder::FULL || self.shown.len() >= BlockBuilder::LONGEST
    }

    /// The block so far.
    pub(crate) fn block(&self) -> Block<'_> {
        Block {
            kind: self.kind,
            keys: &self.keys,
            shown: &self.shown,
        }
    }

    /// Empties it for the next block.
    pub(crate) fn clear(&mut self) {
        self.keys.truncate(1);
        self.shown.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{Block, BlockBuilder, BlockFault, EntryKind, LAYOUT};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn entries_come_back_and_damage_is_seen(
            all in prop::collection::vec((any::<u32>(), any::<u8>(), prop::collection::vec(any::<u8>(), 0..9)), 1..40),
            cut in any::<prop::sample::Index>(),
        ) {
            for kind in [EntryKind::Employees, EntryKind::Deductions] {
                let mut builder = BlockBuilder::new(kind);
                for (id, byte, fields) in &all {
                    let mut state = vec![*byte; kind.stored()];
                    state.extend_from_slice(fields);
                    prop_assert!(builder.push_state(*id, &state));
                }
                let made = builder.block();
                let block = Block::new(kind, made.keys, made.shown).expect("whole");
                prop_assert_eq!(block.len(), all.len());
                let stored = |byte: u8| vec![byte; kind.stored()];
                let back: Vec<_> = block.entries().expect("whole").map(|(id, s, f)| (id, s.to_vec(), f.to_vec())).collect();
                let want: Vec<_> = all.iter().map(|(id, b, f)| (*id, stored(*b), f.clone())).collect();
                prop_assert_eq!(back, want);
                let keys = &made.keys[..cut.index(made.keys.len())];
                prop_assert_eq!(Block::new(kind, keys, made.shown), Err(BlockFault::Damaged));
                let shown = &made.shown[..cut.index(made.shown.len())];
                prop_assert_eq!(Block::new(kind, made.keys, shown), Err(BlockFault::Damaged));
            }
        }
    }

    #[test]
    fn a_block_of_another_version_is_refused() {
        for kind in [EntryKind::Employees, EntryKind::Deductions] {
            let mut builder = BlockBuilder::new(kind);
            assert!(builder.push(1, &vec![7; kind.stored()], b"S1"));
            let made = builder.block();
            let mut keys = made.keys.to_vec();
            assert_eq!(keys[0], LAYOUT);
            keys[0] = 9;
            let refused = BlockFault::Version { found: 9 };
            assert_eq!(kind.keys(&keys).err(), Some(refused));
            assert_eq!(Block::new(kind, &keys, made.shown), Err(refused));
        }
    }

    #[test]
    fn full_by_entries_or_by_bytes() {
        let stored = [7; EntryKind::Deductions.stored()];
        let mut builder = BlockBuilder::new(EntryKind::Deductions);
        assert!(!builder.push(1, &stored[1..], b""));
        assert!(!builder.push_state(1, &stored[1..]));
        for id in 0..1_000 {
            assert!(!builder.is_full(), "{id}");
            assert!(builder.push(id, &stored, b"S1"));
        }
        assert!(builder.is_full());
        builder.clear();
        assert!(builder.block().is_empty());
        assert!(builder.push(1, &stored, &vec![b'x'; BlockBuilder::LONGEST]));
        assert!(builder.is_full());
    }
}
