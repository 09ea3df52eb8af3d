//! The rows that an integration prefers among those of one key.

use super::file_row::FileRow;
use std::collections::HashMap;

/// The most preferred rows of keys.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PreferredRows(HashMap<(u64, u32), Preferred>);

/// The most preferred rows of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Preferred {
    rank: u8,
    content: u64,
    /// Whether they have different contents, so that none of them can be chosen.
    differ: bool,
}

impl PreferredRows {
    /// Takes a row of a key in conflict.
    pub(crate) fn add(&mut self, row: &FileRow) {
        let own = Preferred {
            rank: row.rank,
            content: row.content,
            differ: false,
        };
        let best = self.0.entry((row.key_hash, row.ein)).or_insert(own);
        if own.rank < best.rank {
            *best = own;
        } else if own.rank == best.rank {
            best.differ |= own.content != best.content;
        }
    }

    /// The rank of the row that is chosen for a key, if one is.
    pub(super) fn chosen(&self, key: (u64, u32)) -> Option<u8> {
        let preferred = self.0.get(&key).filter(|p| !p.differ);
        preferred.map(|p| p.rank)
    }

    /// The keys for which a row is chosen.
    pub(super) fn keys(&self) -> impl Iterator<Item = (u64, u32)> {
        let chosen = self.0.iter().filter(|(_, p)| !p.differ);
        chosen.map(|(key, _)| *key)
    }
}
