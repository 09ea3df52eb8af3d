//! What the judgement of a few corrected records reads from and writes to: memory alone.

use super::run_io::{SharedBuffer, lock};
use crate::changeset::shown::KeptField;
use crate::ledger::Ledger;
use crate::process::{RunIo, Writers};
use std::io::{self, Read};
use std::sync::Mutex;

/// A source in memory, of whose results only the error file is kept.
pub(crate) struct MemoryIo<'a> {
    pub(crate) source: &'a [u8],
    pub(crate) ledger: &'a dyn Ledger,
    pub(crate) roster: &'a str,
    pub(crate) integration: &'a str,
    errors: Mutex<Vec<u8>>,
}

impl<'a> MemoryIo<'a> {
    pub(crate) fn new(
        source: &'a [u8],
        ledger: &'a dyn Ledger,
        (roster, integration): (&'a str, &'a str),
    ) -> MemoryIo<'a> {
        MemoryIo {
            source,
            ledger,
            roster,
            integration,
            errors: Mutex::default(),
        }
    }

    /// The error file as it was written last.
    pub(crate) fn errors(&self) -> Vec<u8> {
        std::mem::take(&mut *lock(&self.errors))
    }
}

impl RunIo for MemoryIo<'_> {
    fn source(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(Box::new(self.source))
    }

    fn writers(&self) -> io::Result<Writers<'_>> {
        lock(&self.errors).clear();
        Ok(Writers {
            output: Box::new(io::sink()),
            errors: Box::new(SharedBuffer(&self.errors)),
            rejects: Box::new(io::sink()),
            rejects_table: Box::new(io::sink()),
            held: Box::new(io::sink()),
            later: Box::new(io::sink()),
            changes: Box::new(io::sink()),
        })
    }

    fn employees(&self, ids: &[u32]) -> io::Result<Vec<Vec<KeptField>>> {
        let fields = self.ledger.employees_fields(self.roster, ids);
        fields.map_err(io::Error::other)
    }

    fn deductions(&self, ids: &[u32]) -> io::Result<Vec<Vec<KeptField>>> {
        let fields = self.ledger.deductions_fields(self.integration, ids);
        fields.map_err(io::Error::other)
    }
}
