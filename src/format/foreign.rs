//! Formats that senders mistake for text: what a file is by its first bytes, and what to send in its place.

use std::fmt;

/// A format that is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Foreign {
    /// What it is, with its article.
    pub(crate) what: &'static str,
    /// What its sender can do.
    pub(crate) instead: &'static str,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Foreign { what, instead } = self;
        write!(f, "this is {what}, not a text file; {instead}")
    }
}

const SAVE_AS_CSV: &str = "save it as CSV and send that";
const UNPACK: &str = "unpack it and send the text file that is in it";
const DECRYPT: &str = "decrypt it and send the text file";
const EXPORT: &str = "export the records as CSV and send that";

const WORKBOOK: Foreign = foreign("an Excel workbook (.xlsx)", SAVE_AS_CSV);
const ZIP: Foreign = foreign("a ZIP archive", UNPACK);
const PGP: Foreign = foreign("a PGP-encrypted file", DECRYPT);

/// Formats that their first bytes tell.
const BY_FIRST_BYTES: [(&[u8], Foreign); 14] = [
    (
        b"\xd0\xcf\x11\xe0",
        foreign(
            "an Excel workbook in the old form (.xls) or one with a password",
            SAVE_AS_CSV,
        ),
    ),
    (b"%PDF", foreign("a PDF document", EXPORT)),
    (b"\x1f\x8b", foreign("a gzip archive", UNPACK)),
    (b"BZh", foreign("a bzip2 archive", UNPACK)),
    (b"\xfd7zXZ\0", foreign("an xz archive", UNPACK)),
    (b"7z\xbc\xaf\x27\x1c", foreign("a 7-Zip archive", UNPACK)),
    (b"\x28\xb5\x2f\xfd", foreign("a Zstandard archive", UNPACK)),
    (b"Rar!\x1a\x07", foreign("a RAR archive", UNPACK)),
    (b"\x89PNG", foreign("a picture", EXPORT)),
    (b"\xff\xd8\xff", foreign("a picture", EXPORT)),
    (b"SQLite format 3", foreign("a database", EXPORT)),
    (
        b"-----BEGIN PGP SIGNED",
        foreign(
            "a file inside a PGP signature",
            "send the text file without it",
        ),
    ),
    (
        b"-----BEGIN PGP PUBLIC",
        foreign("a PGP key", "send the file of records"),
    ),
    (b"-----BEGIN PGP", PGP),
];

/// The first entries of the archives that office programs write.
const OFFICE_ENTRIES: [&[u8]; 7] = [
    b"[Content_Types].xml",
    b"_rels/",
    b"docProps/",
    b"customXml/",
    b"xl/",
    b"word/",
    b"mimetypeapplication/vnd.oasis.opendocument",
];

const fn foreign(what: &'static str, instead: &'static str) -> Foreign {
    Foreign { what, instead }
}

/// The format that the first bytes of a file show, if it is a known one that is not text.
pub(crate) fn recognize(head: &[u8]) -> Option<Foreign> {
    if head.starts_with(b"PK\x03\x04") {
        return Some(archive(head));
    }
    // An empty archive, or the first of several parts.
    if head.starts_with(b"PK\x05\x06") || head.starts_with(b"PK\x07\x08") {
        return Some(ZIP);
    }
    // Mail programs put line ends or a mark before a message in letters.
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = text.trim_ascii_start();
    let starts = |magic: &[u8]| head.starts_with(magic) || text.starts_with(magic);
    let mut known = BY_FIRST_BYTES.into_iter();
    if let Some((_, format)) = known.find(|(magic, _)| starts(magic)) {
        // Text may well begin with the three letters.
        let digit = head.get(3).is_some_and(u8::is_ascii_digit);
        let block = head.get(4..10) == Some(b"1AY&SY") || head.get(4..10) == Some(b"\x17rE8P\x90");
        let bzip2 = head.starts_with(b"BZh");
        return (!bzip2 || (digit && block)).then_some(format);
    }
    if head.get(257..262) == Some(b"ustar") {
        return Some(foreign("a tar archive", UNPACK));
    }
    is_pgp(head).then_some(PGP)
}

/// What a ZIP archive is: office programs write them too.
fn archive(head: &[u8]) -> Foreign {
    // The name of an entry follows 30 bytes after the start of its header.
    let first = head.get(30..).unwrap_or_default();
    if !OFFICE_ENTRIES.iter().any(|entry| first.starts_with(entry)) {
        return ZIP;
    }
    let names = memchr::memmem::find_iter(head, b"PK\x03\x04");
    let mut names = names.map(|at| head.get(at + 30..).unwrap_or_default());
    let other = names.any(|name| name.starts_with(b"word/") || name.starts_with(b"ppt/"));
    if other {
        foreign("an Office document", EXPORT)
    } else if first.starts_with(b"mimetype") {
        foreign("a LibreOffice document (.ods)", SAVE_AS_CSV)
    } else {
        WORKBOOK
    }
}

/// Whether a binary file begins with a packet of an `OpenPGP` message (RFC 9580, sections 4.2 and 5).
fn is_pgp(head: &[u8]) -> bool {
    let Some((&tag, rest)) = head.split_first() else {
        return false;
    };
    let (kind, length) = match tag {
        0xc0.. => match rest.first() {
            Some(0xff) => (tag & 0x3f, 5),
            Some(192..=223) => (tag & 0x3f, 2),
            _ => (tag & 0x3f, 1),
        },
        0x80.. => match tag & 3 {
            3 => (tag >> 2 & 0xf, 0),
            of => (tag >> 2 & 0xf, 1 << of),
        },
        _ => return false,
    };
    let version = rest.get(length).copied().unwrap_or_default();
    match kind {
        // An encrypted session key, for a recipient's key or a passphrase.
        1 => matches!(version, 3 | 6),
        3 => matches!(version, 4..=6),
        // A signature that its text follows.
        4 => matches!(version, 3 | 6),
        // Compressed.
        8 => matches!(version, 1..=3),
        // Encrypted data, with the session key elsewhere.
        18 => matches!(version, 1 | 2),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Foreign, PGP, WORKBOOK, ZIP, recognize};

    fn what(head: &[u8]) -> Option<&'static str> {
        recognize(head).map(|found| found.what)
    }

    /// The header of an entry of an archive.
    fn entry(name: &str) -> Vec<u8> {
        [b"PK\x03\x04", [0; 26].as_slice(), name.as_bytes()].concat()
    }

    #[test]
    fn a_workbook_is_told_from_an_archive_that_holds_one() {
        let office = |name: &str| [entry("[Content_Types].xml"), entry(name)].concat();
        assert_eq!(recognize(&office("xl/workbook.xml")), Some(WORKBOOK));
        assert_eq!(recognize(&entry("people.xlsx")), Some(ZIP));
        let stored = [entry("people.xlsx"), office("xl/workbook.xml")].concat();
        assert_eq!(recognize(&stored), Some(ZIP));
        assert_eq!(recognize(b"PK\x05\x06\0\0"), Some(ZIP));
        assert_eq!(
            what(&office("word/document.xml")),
            Some("an Office document")
        );
        let sheet = entry("mimetypeapplication/vnd.oasis.opendocument.spreadsheet");
        let calc = what(&sheet).unwrap_or_default();
        assert!(calc.contains(".ods"), "{calc}");
    }

    #[test]
    fn messages_in_letters_and_in_bytes() {
        for message in [
            b"-----BEGIN PGP MESSAGE-----\n".as_slice(),
            b"\r\n-----BEGIN PGP MESSAGE-----\n",
            b"\xef\xbb\xbf-----BEGIN PGP MESSAGE-----\n",
            // To a key, by a passphrase, compressed, with lengths of either form.
            b"\x85\x01\x0c\x03abcdefgh",
            b"\x84\x5e\x03abcdefgh",
            b"\xc1\xc1\x4c\x03abcdefgh",
            b"\x8c\x0d\x04\x09\x03\x02abcdefgh",
            b"\xc3\x0d\x04\x09\x03\x02abcdefgh",
            b"\xa3\x01abcd",
            b"\xd2\xff\0\0\x10\0\x01abcd",
        ] {
            assert_eq!(recognize(message), Some(PGP), "{message:02x?}");
        }
        let signed = what(b"-----BEGIN PGP SIGNED MESSAGE-----\n");
        assert_eq!(signed, Some("a file inside a PGP signature"));
    }

    #[test]
    fn text_is_nothing_else() {
        let none: Option<Foreign> = None;
        for text in [
            b"".as_slice(),
            b"P",
            b"PK,subscriber_id\n",
            b"BZh,ssn\n",
            b"BZh9,ssn\n",
            b"-----\nsubscriber_id,ssn\n",
            b"\x85subscriber_id,ssn\n",
            b"\xc3\xa9lan,ssn\n",
            b"\xef\xbb\xbfsubscriber_id,ssn\n",
            b"\xa3,amount\n",
        ] {
            assert_eq!(recognize(text), none, "{text:02x?}");
        }
    }
}
