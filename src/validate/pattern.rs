//! Patterns for subscriber IDs and usernames: the common form is a table lookup, any other a regular expression.

use regex::bytes::Regex;

/// The largest length that [`Pattern::Class`] is used for.
const MOST: usize = 1000;

#[derive(Clone, Debug)]
pub enum Pattern {
    /// `[class]{least,most}`: allowed ASCII bytes and the number of them.
    Class {
        /// Whether the value may have a byte.
        allowed: Box<[bool; 256]>,
        least: usize,
        most: usize,
    },
    Regex(Regex),
}

impl Pattern {
    /// Compiles a pattern that the whole value must match.
    ///
    /// # Errors
    /// The regular expression's own message.
    pub fn compile(pattern: &str) -> Result<Pattern, String> {
        // Compiling a regular expression takes as long as judging a small file; the common form doesn't need one.
        if let Some(class) = class(pattern) {
            return Ok(class);
        }
        let regex = Regex::new(&format!("^(?:{pattern})$")).map_err(|e| e.to_string())?;
        Ok(Pattern::Regex(regex))
    }

    /// Whether the whole value matches.
    #[inline]
    pub fn is_match(&self, value: &[u8]) -> bool {
        match self {
            Pattern::Class {
                allowed,
                least,
                most,
            } => {
                // A loop that never ends early takes fewer steps.
                let all = |all, b: &u8| all & allowed[usize::from(*b)];
                (*least..=*most).contains(&value.len()) && value.iter().fold(true, all)
            }
            Pattern::Regex(regex) => regex.is_match(value),
        }
    }
}

/// Reads `[A-Za-z0-9._-]{1,50}` and its like; `None` for everything else.
fn class(pattern: &str) -> Option<Pattern> {
    let (inside, counts) = pattern.strip_prefix('[')?.split_once(']')?;
    let (least, most) = counts
        .strip_prefix('{')?
        .strip_suffix('}')?
        .split_once(',')?;
    if inside.is_empty() || !inside.is_ascii() || inside.contains(['\\', '[', '^', '&', '~']) {
        return None;
    }
    let mut allowed = Box::new([false; 256]);
    let bytes = inside.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let (from, to) = match bytes.get(i + 1..i + 3) {
            Some([b'-', to]) => (bytes[i], *to),
            _ => (bytes[i], bytes[i]),
        };
        if from > to {
            return None;
        }
        (from..=to).for_each(|b| allowed[usize::from(b)] = true);
        i += if to == from { 1 } else { 3 };
    }
    let number = |text: &str| {
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse().ok())?
    };
    let (least, most) = (number(least)?, number(most)?);
    // For anything else the regular expression has the error message.
    (least <= most && most <= MOST).then_some(Pattern::Class {
        allowed,
        least,
        most,
    })
}

#[cfg(test)]
mod tests {
    use super::Pattern;
    use regex::bytes::Regex;

    #[test]
    fn the_table_says_what_the_expression_says() {
        for pattern in [
            "[A-Za-z0-9._-]{1,50}",
            "[A-Za-z0-9._@-]{3,64}",
            "[a-c-]{2,3}",
            "[-x]{1,2}",
        ] {
            let fast = Pattern::compile(pattern).expect("pattern");
            assert!(matches!(fast, Pattern::Class { .. }), "{pattern}");
            let slow = Regex::new(&format!("^(?:{pattern})$")).expect("pattern");
            for value in [
                "a",
                "ab",
                "a-b",
                "abcd",
                "",
                "a b",
                "é1",
                "S000.1_x-9",
                "a@b",
                "--",
                "x-",
            ] {
                let value = value.as_bytes();
                assert_eq!(fast.is_match(value), slow.is_match(value), "{pattern}");
            }
        }
    }

    #[test]
    fn other_patterns_are_expressions_anchored_at_both_ends() {
        let pattern = Pattern::compile(r"S\d{3}|T\d").expect("pattern");
        assert!(pattern.is_match(b"S123") && pattern.is_match(b"T1"));
        assert!(!pattern.is_match(b"xS123") && !pattern.is_match(b"T12"));
        assert!(Pattern::compile("[a").is_err());
    }
}
