//! The delimiter of a file, from its first line.

pub(super) const CANDIDATES: [u8; 4] = [b',', b'|', b'\t', b';'];

/// The delimiter of a header line: the candidate that it has most often outside quotes, else comma.
pub(crate) fn sniff_delimiter(text: &[u8]) -> u8 {
    most(candidates(text))
}

/// The delimiter of files without a header line, whose first record has at least this many fields: a candidate that
/// separates as many counts before one that is only part of a value.
pub(crate) fn sniff_delimiter_of(text: &[u8], fields: usize) -> u8 {
    let counts = candidates(text);
    let enough = counts.map(|count| if count + 1 < fields { 0 } else { count });
    most(if enough == [0; 4] { counts } else { enough })
}

fn most(counts: [usize; CANDIDATES.len()]) -> u8 {
    let best = (0..CANDIDATES.len()).rev().max_by_key(|i| counts[*i]);
    CANDIDATES[best.unwrap_or(0)]
}

/// How often the first line that has any candidate has each of them outside quotes.
fn candidates(text: &[u8]) -> [usize; CANDIDATES.len()] {
    let mut counts = [0; CANDIDATES.len()];
    let mut quoted = false;
    for &byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => {
                if counts.iter().any(|c| *c > 0) {
                    break;
                }
            }
            _ if quoted => {}
            _ => {
                if let Some(i) = CANDIDATES.iter().position(|c| *c == byte) {
                    counts[i] += 1;
                }
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::{sniff_delimiter, sniff_delimiter_of};

    #[test]
    fn delimiters_show_themselves() {
        assert_eq!(sniff_delimiter(b"a|b,c|d\n"), b'|');
        assert_eq!(sniff_delimiter(b"\"a,b,c\"\tx\n"), b'\t');
        assert_eq!(sniff_delimiter(b"a;b\n1,2,3,4,5\n"), b';');
        assert_eq!(sniff_delimiter(b"one\n"), b',');
        // A comma in names is no delimiter where the records need more of them.
        assert_eq!(sniff_delimiter_of(b"Lee, Ann, J.|S1|\n", 4), b',');
        assert_eq!(sniff_delimiter_of(b"Lee, Ann, J.|S1||A\n", 4), b'|');
        assert_eq!(sniff_delimiter_of(b"Lee, Ann|S1\n", 9), b',');
    }
}
