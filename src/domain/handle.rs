//! The handle of a person whose ID is not shown.

use std::fmt;

/// `~` and eight letters that stand for a person in commands and JSON. Two people may have the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Handle(u64);

const LETTERS: u32 = 8;
const ALPHABET: u64 = 26;

impl Handle {
    /// The handle of the person with this keyed hash of the subscriber ID.
    pub(crate) const fn of(subscriber_hash: u64) -> Handle {
        Handle(subscriber_hash % ALPHABET.pow(LETTERS))
    }

    /// Reads a handle as it is typed.
    pub(crate) fn parse(text: &str) -> Option<Handle> {
        let letters = text.strip_prefix('~')?;
        let all = letters.bytes().all(|b| b.is_ascii_alphabetic());
        (letters.len() == LETTERS as usize && all).then(|| {
            let letters = letters.bytes().map(|b| b.to_ascii_lowercase() - b'a');
            Handle(letters.fold(0, |n, letter| n * ALPHABET + u64::from(letter)))
        })
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        let mut letters = [b'a'; LETTERS as usize];
        for letter in letters.iter_mut().rev() {
            *letter += (rest % ALPHABET) as u8;
            rest /= ALPHABET;
        }
        write!(f, "~{}", String::from_utf8_lossy(&letters))
    }
}

#[cfg(test)]
mod tests {
    use super::Handle;

    #[test]
    fn a_handle_is_read_as_it_is_written() {
        for hash in [0, 25, 26, 1 << 40, u64::MAX] {
            let text = Handle::of(hash).to_string();
            assert_eq!(text.len(), 9, "{text}");
            assert_eq!(Handle::parse(&text), Some(Handle::of(hash)));
            assert_eq!(Handle::parse(&text.to_uppercase()), Some(Handle::of(hash)));
        }
        assert_eq!(Handle::of(27).to_string(), "~aaaaaabb");
        assert_eq!(Handle::of(26u64.pow(8)), Handle::of(0));
        for other in ["abcdefgh", "~abcdefg", "~abcdefghi", "~abcdefg1", "~", ""] {
            assert_eq!(Handle::parse(other), None, "{other}");
        }
    }
}
