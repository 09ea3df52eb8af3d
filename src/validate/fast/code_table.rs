//! Code lists as hash tables of short words, so that most codes are found with one comparison.

use super::packed_word::PackedWord;
use crate::domain::code_list::CodeList;

/// The short words of a code list in slots by a mixed number; three of four are empty.
#[derive(Debug)]
pub(super) struct CodeTable {
    slots: Vec<Option<(PackedWord, &'static str)>>,
    shift: u32,
}

impl CodeTable {
    /// Makes the table of a list.
    pub(super) fn new(list: &CodeList) -> CodeTable {
        let size = (list.words().count() * 4).next_power_of_two().max(2);
        let mut table = CodeTable {
            slots: vec![None; size],
            shift: u64::BITS - size.trailing_zeros(),
        };
        for (word, code) in list.words() {
            if let Some(word) = PackedWord::read(word.as_bytes()) {
                let free = table.from(word).find(|i| table.slots[*i].is_none());
                if let Some(free) = free {
                    table.slots[free] = Some((word, code));
                }
            }
        }
        table
    }

    /// The code of a word of the list, in any case. `None` doesn't mean that the list lacks it: see
    /// [`CodeList::find`].
    #[inline]
    pub(super) fn find(&self, word: &[u8]) -> Option<&'static str> {
        let word = PackedWord::read(word)?;
        for i in self.from(word) {
            match self.slots[i] {
                Some((found, code)) if found == word => return Some(code),
                Some(_) => {}
                None => return None,
            }
        }
        None
    }

    /// Every slot, from the one where the search for a word begins.
    #[inline]
    fn from(&self, word: PackedWord) -> impl Iterator<Item = usize> + use<> {
        let first = usize::try_from(word.mixed() >> self.shift).expect("a number of a slot");
        let last = self.slots.len() - 1;
        (first..=first + last).map(move |i| i & last)
    }
}

#[cfg(test)]
mod tests {
    use super::CodeTable;
    use crate::domain::Kind;
    use crate::domain::column::Type;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_table_finds_what_the_list_finds(word in "[A-Za-z0-9 /+()-]{0,20}", at in any::<prop::sample::Index>()) {
            for kind in Kind::ALL {
                for column in kind.columns() {
                    let Type::Code(list) = column.kind else { continue };
                    let table = CodeTable::new(list);
                    let words: Vec<_> = list.words().collect();
                    let (known, code) = words[at.index(words.len())];
                    if known.len() <= 16 {
                        prop_assert_eq!(table.find(known.to_lowercase().as_bytes()), Some(code));
                    }
                    for word in [&word, known] {
                        let found = table.find(word.as_bytes());
                        prop_assert!(found.is_none() || found == list.find(word.as_bytes()));
                    }
                }
            }
        }
    }
}
