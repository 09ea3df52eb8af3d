//! The first look at a claimed file.

use super::error::{Result, RunError};
use crate::format::survey::{Survey, Surveyor};
use std::io::Read;

/// Reads a whole file once: size, SHA-256, encoding, whether it is text.
pub(super) fn survey(mut source: impl Read) -> Result<Survey> {
    let mut surveyor = Surveyor::default();
    let mut buffer = vec![0; 1 << 20];
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
