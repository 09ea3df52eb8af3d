//! Things under way, found by number.

/// Numbered places, used again when they are free.
pub(super) struct Slots<T> {
    slots: Vec<Option<T>>,
    free: Vec<usize>,
}

impl<T> Default for Slots<T> {
    fn default() -> Slots<T> {
        Slots {
            slots: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slots<T> {
    /// How many are in use.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Puts something somewhere: where.
    pub(super) fn add(&mut self, thing: T) -> usize {
        if let Some(slot) = self.free.pop() {
            self.slots[slot] = Some(thing);
            return slot;
        }
        self.slots.push(Some(thing));
        self.slots.len() - 1
    }

    /// What is there.
    pub(super) fn get(&mut self, slot: usize) -> Option<&mut T> {
        self.slots.get_mut(slot)?.as_mut()
    }

    /// Frees a place.
    pub(super) fn remove(&mut self, slot: usize) {
        if self.slots.get_mut(slot).and_then(Option::take).is_some() {
            self.free.push(slot);
        }
    }

    /// Everything under way.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_place_is_used_again() {
        let mut slots = Slots::default();
        let (a, b) = (slots.add('a'), slots.add('b'));
        slots.remove(a);
        slots.remove(a);
        assert_eq!((slots.len(), slots.get(a)), (1, None));
        assert_eq!(slots.add('c'), a);
        assert_eq!(slots.get(b), Some(&mut 'b'));
        assert_eq!(slots.iter().collect::<String>(), "cb");
    }
}
