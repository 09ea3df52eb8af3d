//! The form in which a sender's file name is kept and shown: without SSNs, and harmless whatever the sender wrote.
//!
//! A name that may be taken is kept as it is, but for masks. Of any other, what deceives is written out, so that the
//! kept form still tells why it was refused: a run that is taken up again knows no more of its file's first name.

use super::mask::masked;
use super::names::{LONGEST, NameFault, breaks, check_name, turns};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Stands where a name was cut.
const CUT: &str = "\\…";
/// Longest ending, in bytes with its point, that a name keeps when it is cut.
const LONGEST_ENDING: usize = 20;

/// A file name as the ledger and receipts may keep it.
pub(crate) fn kept_name(name: &OsStr) -> String {
    match check_name(name) {
        Ok(name) => masked(name),
        Err(_) => written_out(name),
    }
}

fn written_out(name: &OsStr) -> String {
    let mut out = String::new();
    for chunk in name.as_bytes().utf8_chunks() {
        for c in masked(chunk.valid()).chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                c if breaks(c) || turns(c) => out.extend(c.escape_unicode()),
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{{{byte:02x}}}"));
        }
    }
    if out.len() <= LONGEST {
        return out;
    }
    // Name patterns mostly ask for the ending.
    let ending = out.rfind('.').map_or("", |at| &out[at..]);
    let short = ending.len() <= LONGEST_ENDING && !ending.contains('\\');
    let ending = if short { ending } else { "" };
    let mut end = LONGEST - CUT.len() - ending.len();
    while !out.is_char_boundary(end) {
        end -= 1;
    }
    // What is left of a longer number could be read as an SSN.
    let kept = out[..end].trim_end_matches(|c: char| c.is_ascii_digit());
    format!("{kept}{CUT}{ending}")
}

/// What is wrong with the name that is kept in this form; nothing of a name that may be taken.
pub(crate) fn fault_of_kept(kept: &str) -> Option<NameFault> {
    let Some((_, escape)) = kept.split_once('\\') else {
        return kept.starts_with('-').then_some(NameFault::LeadingDash);
    };
    Some(match escape.chars().next() {
        Some('\\') => NameFault::Separator,
        Some('x') => NameFault::NotUtf8,
        Some('u') => {
            let digits = escape.trim_start_matches("u{").split('}').next();
            let code = digits.and_then(|d| u32::from_str_radix(d, 16).ok());
            match code.and_then(char::from_u32) {
                Some(c) if turns(c) => NameFault::Direction,
                _ => NameFault::Control,
            }
        }
        _ => NameFault::TooLong,
    })
}

#[cfg(test)]
mod tests {
    use super::{NameFault, check_name, fault_of_kept, kept_name};
    use crate::spool::masked;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn a_kept_name_tells_what_was_wrong_with_it() {
        let long = "n".repeat(201);
        let long_number = "7".repeat(300);
        let long_with_ending = "n".repeat(200) + ".csv";
        let cases: [(&[u8], &str, NameFault); 9] = [
            (b"-rf.csv", "-rf.csv", NameFault::LeadingDash),
            (b"a\nb.csv", "a\\u{a}b.csv", NameFault::Control),
            (b"a\\u{a}b.csv", "a\\\\u{a}b.csv", NameFault::Separator),
            (
                "a\u{202e}vsc.exe".as_bytes(),
                "a\\u{202e}vsc.exe",
                NameFault::Direction,
            ),
            (b"a\xff\xfe.csv", "a\\x{ff}\\x{fe}.csv", NameFault::NotUtf8),
            (
                b"123\t45\t6789\t.csv",
                "xxx-xx-6789\\u{9}.csv",
                NameFault::Control,
            ),
            (
                long.as_bytes(),
                &("n".repeat(196) + "\\…"),
                NameFault::TooLong,
            ),
            (
                long_with_ending.as_bytes(),
                &("n".repeat(192) + "\\….csv"),
                NameFault::TooLong,
            ),
            (long_number.as_bytes(), "\\…", NameFault::TooLong),
        ];
        for (raw, kept, fault) in cases {
            let name = OsStr::from_bytes(raw);
            assert!(check_name(name).is_err());
            assert_eq!(kept_name(name), kept);
            assert_eq!(fault_of_kept(kept), Some(fault), "{kept}");
            assert_eq!(masked(kept), kept);
        }
    }

    #[test]
    fn a_name_that_may_be_taken_keeps_everything_but_ssns() {
        let longest = "123456789 ".repeat(20);
        for good in ["hr.csv", "doe_123-45-6789.csv", "a\u{fffd}.csv", &longest] {
            let kept = kept_name(OsStr::new(good));
            assert_eq!(kept, masked(good));
            assert_eq!(fault_of_kept(&kept), None, "{kept}");
        }
    }
}
