//! Which rejections the judgement of a few corrections asks for. Where very many are open, only these are loaded.

use crate::matching::traits::{Part, Trait};
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// The keys and traits that were asked for. It only grows.
#[derive(Debug, Default)]
pub struct Sought(Mutex<Keys>);

#[derive(Debug, Default)]
struct Keys {
    keys: HashSet<u64>,
    traits: HashSet<(Part, u32)>,
}

impl Sought {
    pub(super) fn key(&self, key: u64) {
        self.lock(|sought| sought.keys.insert(key));
    }

    pub(super) fn hash(&self, part: Part, hash: u32) {
        self.lock(|sought| sought.traits.insert((part, hash)));
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.lock(|sought| sought.keys.len() + sought.traits.len())
    }

    /// Whether a rejection with this key, or one of these traits, was asked for.
    pub(crate) fn has(&self, key: Option<u64>, mut traits: impl Iterator<Item = Trait>) -> bool {
        self.lock(|sought| {
            key.is_some_and(|key| sought.keys.contains(&key))
                || traits.any(|kept| sought.traits.contains(&(kept.part, kept.hash)))
        })
    }

    fn lock<T>(&self, with: impl FnOnce(&mut Keys) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
