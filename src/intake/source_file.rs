//! The one place where source files are opened and read: claimed ones, those that users name, those that still wait, and
//! archived ones.

use crate::config::{Folder, Integration};
use crate::format::survey::{Survey, Surveyor};
use crate::ledger::{Disposal, RunRow, RunState};
use crate::site::{Cancellable, Observer, Result, RunError, Site};
use crate::spool::{self, Claimed};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// This number of bytes at the start of a file, or all of a shorter one, show its encoding as far as they can.
const HEAD: u64 = 1 << 20;
/// Bytes that are read at once.
const BUFFER: u64 = 1 << 20;

/// A source file, and where it lies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SourceFile<'a> {
    /// In the work folder of its run.
    Claimed(&'a Claimed),
    /// Where a user says; links are followed.
    Named(&'a Path),
    /// In an inbound folder, from which its sender may still take it away; no link is followed.
    Waiting(&'a Path),
    Archived(&'a Path),
}

impl SourceFile<'_> {
    /// Opens it at its first byte.
    pub(crate) fn open(self) -> Result<File> {
        Ok(match self {
            SourceFile::Claimed(claimed) => claimed.open()?,
            SourceFile::Named(path) => spool::open_named(path)?,
            SourceFile::Waiting(path) => spool::open_waiting(path)?,
            SourceFile::Archived(path) => File::open(path).map_err(self.unreadable())?,
        })
    }

    /// Its size in bytes.
    pub(crate) fn size(self) -> Result<u64> {
        let about = self.open()?.metadata().map_err(self.unreadable())?;
        Ok(about.len())
    }

    /// The error where the system can't read it.
    pub(crate) fn unreadable(self) -> impl FnOnce(io::Error) -> RunError {
        RunError::io(match self {
            SourceFile::Archived(_) => "reading the archived source",
            _ => "reading the source file",
        })
    }

    /// Reads all of a file of about this size once: size, SHA-256, encoding, and whether it is text.
    pub(crate) fn survey(self, size: u64, observer: &dyn Observer) -> Result<Survey> {
        let source = Cancellable {
            source: self.open()?,
            observer,
        };
        survey(source, size, Surveyor::default()).map_err(self.unreadable())
    }

    /// The same without the SHA-256.
    pub(crate) fn survey_without_hash(self, size: u64) -> Result<Survey> {
        survey(self.open()?, size, Surveyor::without_hash()).map_err(self.unreadable())
    }

    /// What the start of the file shows of it.
    pub(crate) fn survey_head(self) -> Result<Survey> {
        survey_start(self.open()?).map_err(self.unreadable())
    }

    /// The survey of a file of this size as its start suggests, so that it can be judged before all of it is read;
    /// `None` where only a survey of all of it can tell. It has no SHA-256.
    pub(crate) fn guess(self, size: u64, most: u64) -> Result<Option<Survey>> {
        guess(self.open()?, size, most).map_err(self.unreadable())
    }
}

fn survey(mut source: impl Read, size: u64, mut surveyor: Surveyor) -> io::Result<Survey> {
    // One more byte shows the end of a small file with its first bytes.
    let most = usize::try_from(size.clamp(4 << 10, BUFFER) + 1);
    let mut buffer = vec![0; most.expect("a buffer fits into memory")];
    loop {
        let n = source.read(&mut buffer)?;
        if n == 0 {
            return Ok(surveyor.finish());
        }
        surveyor.feed(&buffer[..n]);
    }
}

/// What the start of a source shows of it.
///
/// # Errors
/// It can't be read.
pub(crate) fn survey_start(source: impl Read) -> io::Result<Survey> {
    let mut start = Vec::new();
    source.take(HEAD).read_to_end(&mut start)?;
    let cut = start.len() as u64 == HEAD;
    if cut {
        // Part of a character at the end would look like another encoding.
        start.truncate(memchr::memrchr(b'\n', &start).map_or(start.len(), |at| at + 1));
    }
    let mut surveyor = Surveyor::without_hash();
    surveyor.feed(&start);
    let mut survey = surveyor.finish();
    if cut {
        // What lies behind the last record shows at the end of the file.
        survey.text_bytes = u64::MAX;
    }
    Ok(survey)
}

fn guess(source: impl Read, size: u64, most: u64) -> io::Result<Option<Survey>> {
    let mut guess = survey_start(source)?;
    guess.bytes = size;
    guess.text_bytes = guess.text_bytes.min(size);
    Ok((!guess.assumed && guess.fault(most, None).is_none()).then_some(guess))
}

/// The archived source file of a run.
///
/// # Errors
/// It is no longer there.
pub(crate) fn archived_source(site: &Site, row: &RunRow) -> Result<PathBuf> {
    let place = match (&row.disposal, row.state) {
        (Some(Disposal::Archive(place)), RunState::Closed) | (Some(Disposal::Held(place)), _) => {
            place.clone()
        }
        _ => {
            let integration = site.integration_of(row)?;
            let name = row.source_name.as_deref().unwrap_or(spool::SOURCE);
            archive_path(site, integration, row, name)
        }
    };
    if place.is_file() {
        return Ok(place);
    }
    Err(RunError::Nothing(format!(
        "the source file of run {} is no longer in the archive; send it again",
        row.reference
    )))
}

/// Where the source file of a run goes in the archive.
pub(crate) fn archive_path(
    site: &Site,
    integration: &Integration,
    row: &RunRow,
    name: &str,
) -> PathBuf {
    let folder = site.config.folder(integration, Folder::Archive);
    spool::archive_place(&folder, row.start.date_naive(), &row.reference, name)
}

#[cfg(test)]
mod tests {
    use super::{HEAD, guess, survey, survey_start};
    use crate::format::Encoding;
    use crate::format::survey::Surveyor;
    use std::fs::{self, File};

    #[test]
    fn a_guess_is_what_the_whole_shows_unless_its_end_is_odd() {
        let mut long = "a,é\n"
            .repeat(usize::try_from(HEAD / 4).expect("small"))
            .into_bytes();
        assert!(long.len() as u64 > HEAD);
        let whole =
            |text: &[u8]| survey(text, text.len() as u64, Surveyor::default()).expect("read");
        let guessed = |text: &[u8]| guess(text, text.len() as u64, 1 << 30).expect("read");
        let first = guessed(&long).expect("text");
        let all = whole(&long);
        assert_eq!(
            (first.bytes, first.encoding, first.assumed),
            (all.bytes, all.encoding, all.assumed)
        );
        assert_eq!(all.sha256, whole(&long).sha256);
        long.push(0xe9);
        assert!(!guessed(&long).expect("text").mixed && whole(&long).mixed);
        for odd in [&b""[..], b"caf\xe9\n", b"a\0b\n", b"PK\x03\x04"] {
            assert_eq!(guessed(odd), None, "{odd:?}");
        }
        assert_eq!(guess(&b"a,b\n"[..], 4, 3).expect("read"), None);
        let short = guessed(b"a,b\n\x1a\0").expect("text");
        assert_eq!((short.bytes, short.text_bytes), (6, 4));
        long.pop();
        long.push(0x1a);
        let text = long.len() as u64 - 1;
        assert_eq!(guessed(&long).expect("text").text_bytes, text + 1);
        assert_eq!(whole(&long).text_bytes, text);
    }

    #[test]
    fn a_character_across_the_end_of_the_head_changes_no_encoding() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a");
        let line = "é".repeat(1 << 10) + "\n";
        fs::write(
            &path,
            line.repeat(usize::try_from(HEAD >> 10).expect("small")),
        )
        .expect("file");
        let survey = survey_start(File::open(&path).expect("file")).expect("read");
        assert_eq!((survey.encoding, survey.assumed), (Encoding::Utf8, false));
        assert!(survey.bytes < HEAD && survey.bytes > HEAD / 2);
    }
}
