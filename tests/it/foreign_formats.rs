//! Files that are no text: the run is Failed, and the receipt says what the file is and what to send.

use crate::people::{csv, people};
use crate::scenario::{DEMOGRAPHIC, Scenario};

/// An archive of stored entries without content, as far as its first bytes go.
pub(crate) fn archive(entries: &[&str]) -> Vec<u8> {
    let entry = |name: &&str| [b"PK\x03\x04", [0; 26].as_slice(), name.as_bytes()].concat();
    entries.iter().flat_map(entry).collect()
}

/// Content by what it is and what to do.
fn formats() -> Vec<(Vec<u8>, &'static str, &'static str)> {
    let workbook = archive(&["[Content_Types].xml", "xl/workbook.xml"]);
    vec![
        (workbook, "an Excel workbook (.xlsx)", "as CSV"),
        (archive(&["people.csv"]), "a ZIP archive", "unpack it"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec(),
            "an Excel workbook in the old form (.xls)",
            "as CSV",
        ),
        (b"\x1f\x8b\x08\x08".to_vec(), "a gzip archive", "unpack it"),
        (
            b"-----BEGIN PGP MESSAGE-----\n\nhQEMA8f98XPq0/5R\n".to_vec(),
            "a PGP-encrypted file",
            "decrypt it",
        ),
        (
            b"\x85\x01\x0c\x03\xc7\xfd\xf1\x73\xea\xd3\xfe\x51\x01\x07\xff\x41".to_vec(),
            "a PGP-encrypted file",
            "decrypt it",
        ),
    ]
}

#[test]
fn the_receipt_says_what_the_file_is_and_what_to_send() {
    let site = Scenario::new();
    for (number, (content, what, instead)) in formats().into_iter().enumerate() {
        // The name doesn't count.
        let name = format!("people{number}.csv");
        let run = site
            .inbound(DEMOGRAPHIC, &name, &content)
            .run(DEMOGRAPHIC, &[]);
        run.ended(1, "Failed");
        assert_eq!(run.codes(), ["FILE_BINARY"]);
        let receipt = run.receipt();
        let reason = receipt["reason"].as_str().unwrap_or_default();
        assert!(reason.contains(&format!("this is {what}")), "{reason}");
        assert!(reason.contains(instead), "{reason}");
        std::fs::write(site.path(&name), &content).expect("written");
        let dry = site.feedgate(&["validate", &name, "--integration", DEMOGRAPHIC, "--json"]);
        assert_eq!(dry.code, 1, "{dry:?}");
        assert!(dry.stdout.contains(reason), "{dry:?}");
    }
}

#[test]
fn text_that_begins_like_an_archive_is_text() {
    let site = Scenario::new();
    let mut file = b"PK,".to_vec();
    for (line, row) in csv(&people(2)).split_inclusive(|b| *b == b'\n').enumerate() {
        file.extend(if line == 0 { b"".as_slice() } else { b"BZh9," });
        file.extend(row);
    }
    site.inbound(DEMOGRAPHIC, "people.csv", file)
        .run(DEMOGRAPHIC, &[])
        .completed()
        .buckets([2, 0, 0, 0]);
}
