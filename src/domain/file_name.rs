//! Names of files: which ones a sender may use, the form in which they are kept and shown, and the names that Feedgate
//! publishes under.
//!
//! A name that may be taken is kept as it is, except that SSNs are masked. In any other name, misleading characters are
//! written out, so that the kept form still tells why the name was refused: a run that is resumed knows no more of its
//! file's original name.

use super::masking::{is_control_or_line_break, is_direction_mark, masked};
use super::{ArrivalId, ReferenceId};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Why a sender's file name is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// The name of a file that its sender has not finished.
    #[error("is the name of a file still being uploaded; rename it when it is complete")]
    StillUploading,
    #[error("is empty; give the file a name")]
    Empty,
    #[error("is longer than 200 bytes; use a shorter name")]
    TooLong,
    #[error("is not UTF-8; use plain letters and digits")]
    NotUtf8,
    /// A slash or backslash.
    #[error("has a slash or backslash; use letters, digits, dots, dashes and underscores")]
    Separator,
    #[error(
        "has a control character or line break; use letters, digits, dots, dashes and underscores"
    )]
    Control,
    /// A character that changes the direction of text.
    #[error(
        "has a character that changes the direction of text; use letters, digits, dots, dashes and underscores"
    )]
    Direction,
    #[error("begins with a dash; begin it with a letter or digit")]
    LeadingDash,
}

/// Longest name of a source file in bytes: leaves room for what published names add within 255.
const LONGEST: usize = 200;

const UPLOADING: [&str; 7] = [
    ".part",
    ".partial",
    ".filepart",
    ".tmp",
    ".writing",
    ".incomplete",
    ".crdownload",
];

/// A sender's file name, if it is one that may be taken.
///
/// # Errors
/// [`NameFault::StillUploading`] for dotfiles and the endings that upload programs use; else what is wrong with it.
pub(crate) fn check_name<N: AsRef<OsStr> + ?Sized>(name: &N) -> Result<&str, NameFault> {
    let name = name.as_ref();
    // First of all, and in any encoding: what is still being uploaded is not looked at closer.
    if uploading(name.as_bytes()) {
        return Err(NameFault::StillUploading);
    }
    let name = name.to_str().ok_or(NameFault::NotUtf8)?;
    if name.is_empty() {
        Err(NameFault::Empty)
    } else if name.len() > LONGEST {
        Err(NameFault::TooLong)
    } else if name.contains(['/', '\\']) {
        Err(NameFault::Separator)
    } else if name.contains(is_control_or_line_break) {
        Err(NameFault::Control)
    } else if name.contains(is_direction_mark) {
        Err(NameFault::Direction)
    } else if name.starts_with('-') {
        Err(NameFault::LeadingDash)
    } else {
        Ok(name)
    }
}

fn uploading(name: &[u8]) -> bool {
    let ends = |ending: &str| {
        let at = name.len().checked_sub(ending.len());
        at.is_some_and(|at| name[at..].eq_ignore_ascii_case(ending.as_bytes()))
    };
    name.starts_with(b".") || UPLOADING.iter().any(|ending| ends(ending))
}

/// A checked name's stem and extension (empty if it has none).
pub(crate) fn stem_and_extension(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, extension),
        _ => (name, ""),
    }
}

/// A name with `#` in place of each number. Files that one sender sends for one purpose mostly differ in the date or a
/// counter only.
pub(crate) fn without_numbers(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c.is_ascii_digit() {
            true if out.ends_with('#') => {}
            true => out.push('#'),
            false => out.push(c),
        }
    }
    out
}

/// The name that one of a run's files is published under: `<stem>.<reference ID>.<what>.<extension>`.
///
/// `what` is `output`, `errors`, `rejects`, `rejects-table`, `held`, `receipt` or `answer`; `source_extension` is the source
/// file's, for rejects. A table of rejects is `rejects.csv`, unless the rejects file itself has that name.
/// What looks like an SSN is masked.
pub(crate) fn published(
    stem: &str,
    reference: &ReferenceId,
    what: &str,
    source_extension: &str,
) -> String {
    let (what, extension) = match what {
        "rejects" if source_extension.is_empty() => (what, "txt".to_owned()),
        "rejects" => (what, masked(source_extension)),
        "rejects-table" if !source_extension.eq_ignore_ascii_case("csv") => {
            ("rejects", "csv".to_owned())
        }
        "receipt" => (what, "json".to_owned()),
        "answer" => (what, "txt".to_owned()),
        _ => (what, "csv".to_owned()),
    };
    let stem = short_stem(stem, extension.len());
    format!("{stem}.{reference}.{what}.{extension}")
}

/// The name of the receipt of a file that waits in the queue: `<stem>.<arrival>.received.json`.
pub(crate) fn received(stem: &str, arrival: &ArrivalId) -> String {
    format!("{}.{arrival}.received.json", short_stem(stem, "json".len()))
}

/// A masked stem that leaves room for what stands behind it. Masks are longer than what they hide.
fn short_stem(stem: &str, extension: usize) -> String {
    let mut stem = masked(stem);
    while stem.len() > LONGEST.saturating_sub(extension) {
        stem.pop();
    }
    stem
}

/// The name of the file that a run makes of rows of later plan years: `<stem>.<reference ID>.later.<extension>`. Those
/// among corrections are corrections of the same run, and say so by the name of its rejects file.
pub(crate) fn later(
    stem: &str,
    reference: &ReferenceId,
    corrected: Option<&ReferenceId>,
    extension: &str,
) -> String {
    let mut ending = format!(".{reference}{LATER}");
    if let Some(parent) = corrected {
        ending.push_str(&format!(".{parent}.rejects"));
    }
    let extension = masked(extension);
    if (1..LONGEST_ENDING).contains(&extension.len()) {
        ending.push_str(&format!(".{extension}"));
    }
    let mut stem = masked(stem);
    // It has to be a name that may be taken.
    while stem.len() > LONGEST.saturating_sub(ending.len()) {
        stem.pop();
    }
    stem + &ending
}

/// Stands behind the reference ID in names of files of later plan years.
const LATER: &str = ".later";

/// The first part of the name of a file of later plan years, and the run that made it.
pub(crate) fn before_later(name: &str) -> Option<(&str, ReferenceId)> {
    let (before, behind) = name.rsplit_once(LATER)?;
    let (stem, reference) = before.rsplit_once('.')?;
    let whole = behind.is_empty() || behind.starts_with('.');
    let reference = ReferenceId::parse(reference).filter(|_| whole && !stem.is_empty())?;
    Some((stem, reference))
}

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
                c if is_control_or_line_break(c) || is_direction_mark(c) => {
                    out.extend(c.escape_unicode());
                }
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
                Some(c) if is_direction_mark(c) => NameFault::Direction,
                _ => NameFault::Control,
            }
        }
        _ => NameFault::TooLong,
    })
}

#[cfg(test)]
mod tests {
    use super::{
        NameFault, before_later, check_name, fault_of_kept, kept_name, later, published,
        stem_and_extension,
    };
    use crate::domain::ReferenceId;
    use crate::domain::masking::masked;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn names_of_files_in_the_making_are_told_from_bad_ones() {
        for good in [
            "hr.csv",
            "Gehälter 2026.txt",
            "a",
            "part",
            "x.part.csv",
            "100%.csv",
        ] {
            assert_eq!(check_name(good), Ok(good));
        }
        let long = "a".repeat(201);
        for (bad, fault) in [
            ("", NameFault::Empty),
            (long.as_str(), NameFault::TooLong),
            ("..", NameFault::StillUploading),
            (".hr.csv", NameFault::StillUploading),
            ("hr.csv.PART", NameFault::StillUploading),
            ("hr.crdownload", NameFault::StillUploading),
            ("../hr.csv", NameFault::StillUploading),
            ("a/../hr.csv", NameFault::Separator),
            ("a\nb.csv.part", NameFault::StillUploading),
            ("a\\b.csv", NameFault::Separator),
            ("a\nb.csv", NameFault::Control),
            ("a\u{7f}.csv", NameFault::Control),
            ("a\u{202e}vsc.exe", NameFault::Direction),
            ("-rf", NameFault::LeadingDash),
        ] {
            assert_eq!(check_name(bad), Err(fault), "{bad:?}");
        }
        assert_eq!(
            check_name(OsStr::from_bytes(b"a\xff")),
            Err(NameFault::NotUtf8)
        );
        assert_eq!(
            check_name(OsStr::from_bytes(b"a\xff.Part")),
            Err(NameFault::StillUploading)
        );
    }

    #[test]
    fn names_of_later_files_can_be_taken_and_tell_their_run() {
        let reference = ReferenceId::new("20261120", 17);
        let parent = ReferenceId::new("20261119", 3);
        let plain = "ded.20261120-000017.later.csv";
        assert_eq!(later("ded", &reference, None, "csv"), plain);
        assert_eq!(
            later("ded", &reference, Some(&parent), ""),
            "ded.20261120-000017.later.20261119-000003.rejects"
        );
        let (long, masked_name) = ("é".repeat(100), "880-12-3456".repeat(10));
        for (stem, extension) in [
            ("ded", "csv"),
            (long.as_str(), ""),
            ("a", long.as_str()),
            (masked_name.as_str(), "880-12-3456"),
        ] {
            for corrected in [None, Some(&parent)] {
                let name = later(stem, &reference, corrected, extension);
                assert_eq!(check_name(&name), Ok(name.as_str()));
                assert_eq!(
                    kept_name(OsStr::new(&name)),
                    name,
                    "it hides what it has to"
                );
                let run = before_later(&name).map(|(_, run)| run);
                assert_eq!(run, Some(reference.clone()), "{name}");
            }
        }
        for other in [
            "ded.later.csv",
            "20261120-000017.later.csv",
            ".20261120-000017.later.csv",
            "ded.20261120-000017.laterally.csv",
            "ded.20261120-00017.later.csv",
        ] {
            assert_eq!(before_later(other), None, "{other}");
        }
    }

    #[test]
    fn published_names_carry_the_reference_id_and_no_ssn() {
        let reference = ReferenceId::new("20261120", 17);
        let name = |source: &str, what: &str| {
            let (stem, extension) = stem_and_extension(source);
            published(stem, &reference, what, extension)
        };
        assert_eq!(name("hr.csv", "output"), "hr.20261120-000017.output.csv");
        assert_eq!(name("hr.txt", "rejects"), "hr.20261120-000017.rejects.txt");
        assert_eq!(name("hr", "rejects"), "hr.20261120-000017.rejects.txt");
        assert_eq!(
            name("hr.txt", "rejects-table"),
            "hr.20261120-000017.rejects.csv"
        );
        assert_eq!(
            name("hr.CSV", "rejects-table"),
            "hr.20261120-000017.rejects-table.csv"
        );
        assert_eq!(
            name("a.b.csv", "receipt"),
            "a.b.20261120-000017.receipt.json"
        );
        assert_eq!(
            name("123456789.csv", "errors"),
            "xxx-xx-6789.20261120-000017.errors.csv"
        );
        let rejects = name("hr.20261119-000002.rejects.csv", "output");
        assert_eq!(
            rejects,
            "hr.20261119-000002.rejects.20261120-000017.output.csv"
        );
        let longest = name(&"123456789é".repeat(18), "receipt");
        assert!(longest.len() + ".".len() + ".part".len() <= 255);
        assert!(longest.ends_with(".20261120-000017.receipt.json"));
    }

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
