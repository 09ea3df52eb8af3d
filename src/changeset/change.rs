//! What a run changes in the ledger, as a stream of bytes that can wait in a file until the run commits.
//!
//! A first load changes a million rows; holding them in memory would let memory grow with the file, and
//! holding a database transaction open while a large file is read would stop every other integration.

use super::block::{Block, BlockBuilder, EntryKind};
use crate::domain::{Code, Finding, Severity};
use crate::matching::roster::Version;
use std::borrow::Cow;
use std::io::{self, Read, Write};

/// One change, borrowed from its writer or reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// An employee's new state (stored entry, then shown fields). Written one by one, read as blocks.
    Employee {
        /// The employee's number in the roster, 0 for a new one.
        id: u32,
        /// See [`crate::matching::roster::Employee::store`] and [`crate::changeset::shown`].
        state: &'a [u8],
    },
    /// A deduction's new state. Written one by one, read as blocks.
    Deduction {
        /// The deduction's number in its integration, 0 for a new one.
        id: u32,
        /// See [`crate::matching::deductions::DeductionState::store`] and [`crate::changeset::shown`].
        state: &'a [u8],
    },
    /// An account's new state: see [`crate::matching::accounts::AccountState::store`]; its ID follows, as
    /// [`crate::changeset::shown`] keeps it.
    Account {
        state: &'a [u8],
    },
    /// From now on an account, by the hash of its ID, is a subscriber's.
    Link {
        subscriber: u64,
        account: u64,
    },
    /// New states of many employees or deductions.
    Block {
        /// What the run knew when it judged: only there the numbers mean what they say.
        base: Version,
        block: Block<'a>,
    },
    /// A rejected record that waits for its correction.
    Rejection {
        /// The data record's number.
        record: u64,
        /// The physical line where it starts.
        line: u64,
        /// Hash of the record key, if it could be read.
        key: Option<u64>,
        /// What says whose record it is, to know its correction again: stored [`crate::matching::traits::Trait`]s.
        traits: &'a [u8],
        /// Whose record it is, encrypted as [`crate::changeset::shown`] keeps it; empty where that can't be read.
        person: &'a [u8],
    },
    /// An employee who left and was hired again under another ID: the subscriber hashes of both entries.
    Rehire {
        former: u64,
        later: u64,
    },
    /// What is done to the employees of the block before, one after the other: the length (two bytes) and the bytes of what
    /// [`crate::changeset::trail`] reads; nothing where no record was accepted.
    Trails(&'a [u8]),
    /// The name of a custom column that trails may have.
    CustomColumn(&'a str),
    /// The file has another benefits level for a subscriber than when one was chosen, which holds no longer.
    LevelOver(u64),
    /// An open rejection of an earlier run that an accepted record closes (ledger row).
    Closed(i64),
    Finding(Finding),
}

/// Longest payload a reader accepts; a longer one means a damaged file.
const LONGEST: usize = 16 << 20;
/// Bytes before a block's keys: the base and the length of the keys.
const BLOCK_HEAD: usize = 8 + 8 + 4;

/// Writes changes. Employees and deductions are collected into blocks, so they come later in the stream than what was
/// written beside them.
pub(crate) struct ChangeWriter<W> {
    inner: W,
    base: Version,
    employees: BlockBuilder,
    deductions: BlockBuilder,
    /// Of the employees that are collected; see [`Change::Trails`].
    trails: Vec<u8>,
    payload: Vec<u8>,
}

impl<W: Write> ChangeWriter<W> {
    /// Writes to `inner`, which should be buffered.
    pub(crate) fn new(inner: W) -> ChangeWriter<W> {
        ChangeWriter {
            inner,
            base: Version::default(),
            employees: BlockBuilder::new(EntryKind::Employees),
            deductions: BlockBuilder::new(EntryKind::Deductions),
            trails: Vec::new(),
            payload: Vec::new(),
        }
    }

    /// Says which version of the roster, or of the deductions, the changes are made to; without it, an empty one.
    pub(crate) fn based_on(self, base: Version) -> ChangeWriter<W> {
        ChangeWriter { base, ..self }
    }

    pub(crate) fn write(&mut self, change: &Change<'_>) -> io::Result<()> {
        self.write_with_trail(change, &[])
    }

    /// Writes an employee's new state, or another change, with what is done to the employee.
    pub(crate) fn write_with_trail(&mut self, change: &Change<'_>, trail: &[u8]) -> io::Result<()> {
        self.payload.clear();
        let p = &mut self.payload;
        let tag = match change {
            Change::Employee { id, state } => return self.collect_employee(*id, state, trail),
            Change::Deduction { id, state } => {
                push(&mut self.deductions, *id, state)?;
                return match self.deductions.is_full() {
                    true => end_block(&mut self.deductions, self.base, &mut self.inner),
                    false => Ok(()),
                };
            }
            Change::Trails(trails) => {
                p.extend_from_slice(trails);
                9
            }
            Change::CustomColumn(name) => {
                p.extend_from_slice(name.as_bytes());
                10
            }
            Change::Block { base, block } => return write_block(&mut self.inner, *base, *block),
            Change::Rejection {
                record,
                line,
                key,
                traits,
                person,
            } => {
                p.extend_from_slice(&record.to_le_bytes());
                p.extend_from_slice(&line.to_le_bytes());
                p.push(u8::from(key.is_some()));
                p.extend_from_slice(&key.unwrap_or(0).to_le_bytes());
                p.extend_from_slice(&(traits.len() as u64).to_le_bytes());
                p.extend_from_slice(traits);
                p.extend_from_slice(person);
                3
            }
            Change::Rehire { former, later } => {
                p.extend_from_slice(&former.to_le_bytes());
                p.extend_from_slice(&later.to_le_bytes());
                6
            }
            Change::Account { state } => {
                p.extend_from_slice(state);
                7
            }
            Change::Link {
                subscriber,
                account,
            } => {
                p.extend_from_slice(&subscriber.to_le_bytes());
                p.extend_from_slice(&account.to_le_bytes());
                8
            }
            Change::LevelOver(subscriber) => {
                p.extend_from_slice(&subscriber.to_le_bytes());
                11
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
        write_head(&mut self.inner, tag, self.payload.len())?;
        self.inner.write_all(&self.payload)
    }

    fn collect_employee(&mut self, id: u32, state: &[u8], trail: &[u8]) -> io::Result<()> {
        push(&mut self.employees, id, state)?;
        let length = u16::try_from(trail.len()).map_err(io::Error::other)?;
        self.trails.extend_from_slice(&length.to_le_bytes());
        self.trails.extend_from_slice(trail);
        match self.employees.is_full() {
            true => self.end_employees(),
            false => Ok(()),
        }
    }

    /// Writes what is still collected and gives the writer underneath back.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.end_employees()?;
        end_block(&mut self.deductions, self.base, &mut self.inner)?;
        Ok(self.inner)
    }

    /// Writes the employees that are collected, and what is done to them.
    fn end_employees(&mut self) -> io::Result<()> {
        end_block(&mut self.employees, self.base, &mut self.inner)?;
        // A zero for each employee of whom there is nothing to say.
        if self.trails.iter().any(|byte| *byte != 0) {
            write_head(&mut self.inner, 9, self.trails.len())?;
            self.inner.write_all(&self.trails)?;
        }
        self.trails.clear();
        Ok(())
    }
}

fn push(builder: &mut BlockBuilder, id: u32, state: &[u8]) -> io::Result<()> {
    match builder.push_state(id, state) {
        true => Ok(()),
        false => Err(io::Error::other("a change has no state")),
    }
}

/// Writes what is collected, if there is anything, and empties the builder.
fn end_block(builder: &mut BlockBuilder, base: Version, inner: &mut impl Write) -> io::Result<()> {
    if !builder.block().is_empty() {
        write_block(inner, base, builder.block())?;
        builder.clear();
    }
    Ok(())
}

fn write_block(inner: &mut impl Write, base: Version, block: Block<'_>) -> io::Result<()> {
    let tag = match block.kind {
        EntryKind::Employees => 1,
        EntryKind::Deductions => 2,
    };
    write_head(
        inner,
        tag,
        BLOCK_HEAD + block.keys.len() + block.shown.len(),
    )?;
    inner.write_all(&base.generation.to_le_bytes())?;
    inner.write_all(&base.block.to_le_bytes())?;
    let keys = u32::try_from(block.keys.len())
        .expect("the length of the whole block was just found to fit");
    inner.write_all(&keys.to_le_bytes())?;
    inner.write_all(block.keys)?;
    inner.write_all(block.shown)
}

fn write_head(inner: &mut impl Write, tag: u8, length: usize) -> io::Result<()> {
    let length = u32::try_from(length)
        .ok()
        .filter(|l| *l as usize <= LONGEST);
    let length = length.ok_or_else(|| io::Error::other("a change is too large"))?;
    inner.write_all(&[tag])?;
    inner.write_all(&length.to_le_bytes())
}

/// Reads changes back in the order they were written.
pub struct ChangeReader<'a> {
    inner: Box<dyn Read + 'a>,
    payload: Vec<u8>,
}

impl<'a> ChangeReader<'a> {
    /// Reads from `inner`, which should be buffered.
    pub fn new(inner: impl Read + 'a) -> ChangeReader<'a> {
        ChangeReader {
            inner: Box::new(inner),
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
        let change = match tag[0] {
            1 => decode_block(EntryKind::Employees, &self.payload)?,
            2 => decode_block(EntryKind::Deductions, &self.payload)?,
            tag => decode(tag, &self.payload).ok_or_else(damaged)?,
        };
        Ok(Some(change))
    }
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the file of changes is damaged")
}

fn word(payload: &[u8], at: usize) -> Option<u64> {
    let bytes = payload.get(at..)?.first_chunk()?;
    Some(u64::from_le_bytes(*bytes))
}

fn decode_block(kind: EntryKind, payload: &[u8]) -> io::Result<Change<'_>> {
    let parts = || {
        let base = Version {
            generation: word(payload, 0)?.cast_signed(),
            block: word(payload, 8)?.cast_signed(),
        };
        let (length, rest) = payload.get(16..)?.split_first_chunk()?;
        let length = u32::from_le_bytes(*length) as usize;
        Some((base, rest.split_at_checked(length)?))
    };
    let (base, (keys, shown)) = parts().ok_or_else(damaged)?;
    let block = Block::new(kind, keys, shown);
    let block = block.map_err(|fault| io::Error::new(io::ErrorKind::InvalidData, fault))?;
    Ok(Change::Block { base, block })
}

fn decode(tag: u8, payload: &[u8]) -> Option<Change<'_>> {
    let word = |at| word(payload, at);
    Some(match tag {
        3 => {
            let traits = usize::try_from(word(25)?).ok()?;
            let (traits, person) = payload.get(33..)?.split_at_checked(traits)?;
            Change::Rejection {
                record: word(0)?,
                line: word(8)?,
                key: (*payload.get(16)? == 1).then_some(word(17)?),
                traits,
                person,
            }
        }
        4 => Change::Closed(word(0)?.cast_signed()),
        11 => Change::LevelOver(word(0)?),
        9 => Change::Trails(payload),
        10 => Change::CustomColumn(std::str::from_utf8(payload).ok()?),
        6 => Change::Rehire {
            former: word(0)?,
            later: word(8)?,
        },
        7 => Change::Account { state: payload },
        8 => Change::Link {
            subscriber: word(0)?,
            account: word(8)?,
        },
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
    use crate::changeset::block::{BlockBuilder, EntryKind};
    use crate::domain::{Code, Finding, Severity};
    use crate::matching::roster::Version;

    #[test]
    fn changes_come_back_as_they_were_written() {
        let changes = [
            Change::Rejection {
                record: 9,
                line: 12,
                key: Some(3),
                traits: &[1, 2, 3, 4],
                person: b"who",
            },
            Change::Rejection {
                record: 9,
                line: 12,
                key: None,
                traits: &[],
                person: &[],
            },
            Change::Closed(-4),
            Change::Rehire {
                former: 1 << 63,
                later: 5,
            },
            Change::Account {
                state: b"an account",
            },
            Change::Link {
                subscriber: 1 << 63,
                account: 4,
            },
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
        let bytes = writer.finish().expect("memory");
        let mut reader = ChangeReader::new(&bytes[..]);
        for change in &changes {
            assert_eq!(reader.next_change().expect("whole").as_ref(), Some(change));
        }
        assert_eq!(reader.next_change().expect("end"), None);
        let mut cut = ChangeReader::new(&bytes[..3]);
        assert!(cut.next_change().is_err());
    }

    #[test]
    fn states_are_collected_into_blocks_with_their_base() {
        let base = Version {
            generation: -3,
            block: 8,
        };
        let mut state = vec![1; EntryKind::Employees.stored()];
        state.extend_from_slice(b"shown");
        let other = vec![2; EntryKind::Deductions.stored()];
        let mut writer = ChangeWriter::new(Vec::new()).based_on(base);
        for id in 0..=BlockBuilder::FULL as u32 {
            let change = Change::Employee { id, state: &state };
            writer.write(&change).expect("memory");
        }
        writer.write(&Change::Closed(4)).expect("memory");
        let deduction = Change::Deduction {
            id: 5,
            state: &other,
        };
        writer.write(&deduction).expect("memory");
        let short = Change::Deduction {
            id: 0,
            state: &other[1..],
        };
        assert!(writer.write(&short).is_err());
        let mut bytes = writer.finish().expect("memory");
        let mut reader = ChangeReader::new(&bytes[..]);
        let mut found = Vec::new();
        while let Some(change) = reader.next_change().expect("whole") {
            found.push(match change {
                Change::Block { base: of, block } => {
                    assert_eq!(of, base);
                    let last = block
                        .entries()
                        .expect("whole")
                        .last()
                        .map(|(id, _, fields)| (id, fields.len()));
                    (Some(block.kind), block.len(), last)
                }
                _ => (None, 0, None),
            });
        }
        let employees = Some(EntryKind::Employees);
        assert_eq!(
            found,
            [
                (employees, 1000, Some((999, 5))),
                (None, 0, None),
                (employees, 1, Some((1000, 5))),
                (Some(EntryKind::Deductions), 1, Some((5, 0))),
            ]
        );
        drop(reader);
        // The length of the first block's keys.
        bytes[5 + 16] ^= 1;
        assert!(ChangeReader::new(&bytes[..]).next_change().is_err());
    }
}
