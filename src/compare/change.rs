//! What a run changes in the ledger, as a stream of bytes that can wait in a file until the run commits.
//!
//! A first load changes a million rows; holding them in memory would break the promise of flat memory, and
//! holding a database transaction open while a large file is read would stop every other integration.

use crate::domain::{Code, Finding, Severity};
use std::borrow::Cow;
use std::io::{self, Read, Write};

/// One change, borrowed from its writer or reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// An employee's new state (stored entry, then shown fields); row 0 is a new one.
    Employee {
        /// Ledger row or 0.
        id: u32,
        /// See [`crate::matching::roster::Employee::store`] and [`crate::compare::shown`].
        state: &'a [u8],
    },
    /// A deduction's new state; row 0 is a new one.
    Deduction {
        /// Ledger row or 0.
        id: u32,
        /// See [`crate::matching::deductions::DeductionState::store`] and [`crate::compare::shown`].
        state: &'a [u8],
    },
    /// A rejected record that waits for its correction.
    Rejection {
        /// The data record's number.
        record: u64,
        /// The physical line where it starts.
        line: u64,
        /// Hash of the record key, if it could be read.
        key: Option<u64>,
        /// Keyed 32-bit hashes of its telling cells, little-endian, to know the corrected record again.
        traits: &'a [u8],
    },
    /// An open rejection of an earlier run that an accepted record closes (ledger row).
    Closed(i64),
    /// A finding.
    Finding(Finding),
}

/// Longest payload a reader accepts; a longer one means a damaged file.
const LONGEST: usize = 4 << 20;

/// Writes changes.
pub struct ChangeWriter<W> {
    inner: W,
    payload: Vec<u8>,
}

impl<W: Write> ChangeWriter<W> {
    /// Writes to `inner`, which should be buffered.
    pub fn new(inner: W) -> ChangeWriter<W> {
        ChangeWriter {
            inner,
            payload: Vec::new(),
        }
    }

    /// Writes one change.
    pub fn write(&mut self, change: &Change<'_>) -> io::Result<()> {
        self.payload.clear();
        let p = &mut self.payload;
        let tag = match change {
            Change::Employee { id, state } | Change::Deduction { id, state } => {
                p.extend_from_slice(&id.to_le_bytes());
                p.extend_from_slice(state);
                if matches!(change, Change::Employee { .. }) {
                    1
                } else {
                    2
                }
            }
            Change::Rejection {
                record,
                line,
                key,
                traits,
            } => {
                p.extend_from_slice(&record.to_le_bytes());
                p.extend_from_slice(&line.to_le_bytes());
                p.push(u8::from(key.is_some()));
                p.extend_from_slice(&key.unwrap_or(0).to_le_bytes());
                p.extend_from_slice(traits);
                3
            }
            Change::Closed(row) => {
                p.extend_from_slice(&row.to_le_bytes());
                4
            }
            Change::Finding(finding) => {
                p.extend_from_slice(&finding.record.to_le_bytes());
                p.extend_from_slice(&finding.line.to_le_bytes());
                p.push(finding.code as u8);
                p.push(u8::from(finding.severity == Severity::Error));
                p.extend_from_slice(finding.field.as_bytes());
                5
            }
        };
        let len = u32::try_from(self.payload.len())
            .map_err(|_| io::Error::other("a change is too large"))?;
        self.inner.write_all(&[tag])?;
        self.inner.write_all(&len.to_le_bytes())?;
        self.inner.write_all(&self.payload)
    }

    /// The writer underneath.
    pub fn into_inner(self) -> W {
        self.inner
    }
}

/// Reads changes back in the order they were written.
pub struct ChangeReader<R> {
    inner: R,
    payload: Vec<u8>,
}

impl<R: Read> ChangeReader<R> {
    /// Reads from `inner`, which should be buffered.
    pub fn new(inner: R) -> ChangeReader<R> {
        ChangeReader {
            inner,
            payload: Vec::new(),
        }
    }

    /// The next change, or `None` at the end. A damaged stream is an error, never a change.
    pub fn next_change(&mut self) -> io::Result<Option<Change<'_>>> {
        let mut tag = [0u8];
        if self.inner.read(&mut tag)? == 0 {
            return Ok(None);
        }
        let mut len = [0u8; 4];
        self.inner.read_exact(&mut len)?;
        let len = u32::from_le_bytes(len) as usize;
        if len > LONGEST {
            return Err(damaged());
        }
        self.payload.resize(len, 0);
        self.inner.read_exact(&mut self.payload)?;
        decode(tag[0], &self.payload).map(Some).ok_or_else(damaged)
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the file of changes is damaged")
}

fn decode(tag: u8, payload: &[u8]) -> Option<Change<'_>> {
    let word = |at: usize| {
        let bytes = payload.get(at..at + 8)?;
        bytes.try_into().map(u64::from_le_bytes).ok()
    };
    Some(match tag {
        1 | 2 => {
            let (id, state) = payload.split_first_chunk::<4>()?;
            let id = u32::from_le_bytes(*id);
            if tag == 1 {
                Change::Employee { id, state }
            } else {
                Change::Deduction { id, state }
            }
        }
        3 => Change::Rejection {
            record: word(0)?,
            line: word(8)?,
            key: (*payload.get(16)? == 1).then_some(word(17)?),
            traits: payload.get(25..)?,
        },
        4 => Change::Closed(word(0)?.cast_signed()),
        5 => Change::Finding(Finding {
            record: word(0)?,
            line: word(8)?,
            code: *Code::ALL.get(usize::from(*payload.get(16)?))?,
            severity: if *payload.get(17)? == 1 {
                Severity::Error
            } else {
                Severity::Warning
            },
            field: Cow::Owned(String::from_utf8(payload.get(18..)?.to_vec()).ok()?),
        }),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Change, ChangeReader, ChangeWriter};
    use crate::domain::{Code, Finding, Severity};

    #[test]
    fn changes_come_back_as_they_were_written() {
        let changes = [
            Change::Employee {
                id: 5,
                state: b"abc",
            },
            Change::Deduction { id: 0, state: b"" },
            Change::Rejection {
                record: 9,
                line: 12,
                key: Some(3),
                traits: &[1, 2, 3, 4],
            },
            Change::Rejection {
                record: 9,
                line: 12,
                key: None,
                traits: &[],
            },
            Change::Closed(-4),
            Change::Finding(Finding {
                record: 1,
                line: 2,
                field: "custom.badge".into(),
                code: Code::Retro,
                severity: Severity::Warning,
            }),
        ];
        let mut writer = ChangeWriter::new(Vec::new());
        for change in &changes {
            writer.write(change).expect("memory");
        }
        let bytes = writer.into_inner();
        let mut reader = ChangeReader::new(&bytes[..]);
        for change in &changes {
            assert_eq!(reader.next_change().expect("whole").as_ref(), Some(change));
        }
        assert_eq!(reader.next_change().expect("end"), None);
        let mut cut = ChangeReader::new(&bytes[..3]);
        assert!(cut.next_change().is_err());
    }
}
