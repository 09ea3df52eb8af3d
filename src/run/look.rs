//! The first look at a claimed file.

use super::error::{Result, RunError};
use crate::format::survey::{Survey, Surveyor};
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};

/// So many bytes (or all) at the start of a file show its encoding, as far as they can.
pub(super) const HEAD: u64 = 1 << 20;
/// Bytes that are read at once.
const BUFFER: u64 = 1 << 20;

/// Reads a whole file of about so many bytes once: size, SHA-256, encoding, whether it is text.
pub(super) fn survey(source: impl Read, bytes: u64) -> Result<Survey> {
    read(source, bytes, Surveyor::default())
}

/// The same where nobody asks for the SHA-256.
pub(super) fn survey_without_hash(source: impl Read, bytes: u64) -> Result<Survey> {
    read(source, bytes, Surveyor::without_hash())
}

fn read(mut source: impl Read, bytes: u64, mut surveyor: Surveyor) -> Result<Survey> {
    // One more shows the end of a small file with its first bytes.
    let size = usize::try_from(bytes.clamp(4 << 10, BUFFER) + 1).unwrap_or(usize::MAX);
    let mut buffer = vec![0; size];
    loop {
        let n = source
            .read(&mut buffer)
            .map_err(RunError::io("reading the source file"))?;
        if n == 0 {
            return Ok(surveyor.finish());
        }
        surveyor.feed(&buffer[..n]);
    }
}

/// What the start of a file shows of it.
pub(super) fn head(source: impl Read) -> io::Result<Survey> {
    let mut start = Vec::new();
    source.take(HEAD).read_to_end(&mut start)?;
    if start.len() as u64 == HEAD {
        // Part of a character at the end would look like another encoding.
        start.truncate(memchr::memrchr(b'\n', &start).map_or(start.len(), |at| at + 1));
    }
    let mut surveyor = Surveyor::without_hash();
    surveyor.feed(&start);
    Ok(surveyor.finish())
}

/// What a file of so many bytes is taken for by its start, so that it can be judged before all of it was looked at;
/// `None` where only a look at all of it can tell. It has no SHA-256.
pub(super) fn guess(source: impl Read, bytes: u64, most: u64) -> Result<Option<Survey>> {
    let mut guess = head(source).map_err(RunError::io("reading the source file"))?;
    guess.bytes = bytes;
    Ok((!guess.assumed && guess.fault(most).is_none()).then_some(guess))
}

/// A source that notes whether it brought a NUL byte.
pub(super) struct Watched<'a, R> {
    pub(super) source: R,
    pub(super) nul: &'a AtomicBool,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.source.read(buffer)?;
        if memchr::memchr(0, &buffer[..n]).is_some() {
            self.nul.store(true, Ordering::Relaxed);
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::{HEAD, Watched, guess, survey};
    use std::io::Read;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn a_guess_is_what_the_whole_shows_unless_its_end_is_odd() {
        let mut long = "a,é\n".repeat(HEAD as usize / 4).into_bytes();
        assert!(long.len() as u64 > HEAD);
        let whole = |text: &[u8]| survey(text, text.len() as u64).expect("read");
        let guessed = |text: &[u8]| guess(text, text.len() as u64, 1 << 30).expect("read");
        let first = guessed(&long).expect("text");
        let all = whole(&long);
        assert_eq!(
            (first.bytes, first.encoding, first.assumed),
            (all.bytes, all.encoding, all.assumed)
        );
        assert_eq!(all.sha256, whole(&long).sha256);
        long.push(0xe9);
        assert_ne!(
            guessed(&long).expect("text").encoding,
            whole(&long).encoding
        );
        for odd in [&b""[..], b"caf\xe9\n", b"a\0b\n", b"PK\x03\x04"] {
            assert_eq!(guessed(odd), None, "{odd:?}");
        }
        assert_eq!(guess(&b"a,b\n"[..], 4, 3).expect("read"), None);
    }

    #[test]
    fn a_nul_anywhere_is_noted() {
        for (text, found) in [("a,b\n", false), ("a\0", true)] {
            let nul = AtomicBool::new(false);
            let mut source = Watched {
                source: text.as_bytes(),
                nul: &nul,
            };
            source.read_to_end(&mut Vec::new()).expect("read");
            assert_eq!(nul.load(Ordering::Relaxed), found);
        }
    }
}
