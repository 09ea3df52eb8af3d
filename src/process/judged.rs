//! A chunk after judging, before the ordered stage.

use super::run_io::Result;
use crate::changeset::shown;
use crate::domain::{Bucket, Code, Totals, ValueCipher};
use crate::format::Chunk;
use crate::format::csv_rows::CsvRows;
use crate::format::fault::FileFault;
use crate::matching::accounts::LinkClaim;
use crate::matching::file_row::FileRow;
use crate::matching::identity_moves::{Claim, Claims, Sharer};
use crate::matching::series::FileSeries;
use crate::matching::traits::Trait;
use crate::validate::findings::RecordFinding;
use std::ops::Range;

/// One record as judged, before the records of other chunks are known. Small, because a chunk has thousands: what few
/// records have is in [`JudgedChunk::notes`], and where something begins is where that of the record before ends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Judged {
    /// Its position in the chunk; see [`JudgedChunk::number`].
    pub place: u32,
    /// Where it is counted, unless an earlier row is the same.
    pub bucket: Bucket,
    /// Whether the next of the [`JudgedChunk::notes`] is about it.
    pub noted: bool,
    pub row: FileRow,
    /// End of its row of the output file, in [`JudgedChunk::output`].
    pub output: u32,
    /// End of its new state for the ledger, in [`JudgedChunk::states`].
    pub state: u32,
    /// End of what is done to its employee, in [`JudgedChunk::trails`].
    pub trail: u32,
    /// The number of the ledger entry that the new state replaces.
    pub replaces: u32,
}

/// What few records have.
#[derive(Debug, Default)]
pub(super) struct Note {
    /// Its findings, in [`JudgedChunk::findings`].
    pub findings: Range<usize>,
    /// What is kept of it to know its correction again, in [`JudgedChunk::traits`].
    pub traits: Range<usize>,
    /// The open rejections of which it corrects one, by their rows in the ledger.
    pub corrects: Vec<i64>,
    /// Whose record it is if it is rejected, encrypted, in [`JudgedChunk::people`].
    pub person: Range<usize>,
    /// Keyed hashes of its columns where its content is in conflict, in [`JudgedChunk::columns`].
    pub columns: Range<usize>,
    /// Position in Include Employees.
    pub included: Option<usize>,
    /// A second row of output follows that of the record; see [`super::kind::RecordKind::push_end`].
    pub ends: bool,
    /// The record was left out by a column of the sender, and has the SSN or the username of the employee.
    pub own: bool,
}

/// What is decided about one record.
#[derive(Default)]
pub(super) struct Judgement {
    pub judged: Judged,
    pub note: Note,
    /// The amounts, as far as they were read while the record was judged.
    pub cents: [Option<i64>; 2],
}

/// A row of a later plan year.
#[derive(Clone, Copy, Debug)]
pub(super) struct LaterRow {
    /// Its position in the chunk.
    pub place: u32,
    /// Position in Include Employees.
    pub included: Option<usize>,
    /// The employee's and the employer's amount, as far as they can be read.
    pub cents: [i64; 2],
}

/// A record with fewer fields than a whole one.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShortRecord {
    /// Its position in the chunk.
    pub place: u32,
    /// How many fields it has; in fixed width two more than its characters, so that each line end between pieces is one.
    pub size: usize,
    /// Whether it can't be a record by itself, so that it may go on with the one before.
    pub goes_on: bool,
}

/// A finding and its row of the error file.
#[derive(Clone, Copy, Debug)]
pub(super) struct JudgedFinding {
    pub finding: RecordFinding,
    /// End of the row, in [`JudgedChunk::errors`]. Once the list of findings is full, rows are empty.
    pub row_end: usize,
}

/// A judged chunk. Buffers are reused from chunk to chunk.
#[derive(Debug, Default)]
pub(super) struct JudgedChunk {
    /// Number of the chunk's first record.
    pub first: u64,
    pub records: Vec<Judged>,
    /// Records of later plan years, which are not judged in this run.
    pub later: Vec<LaterRow>,
    /// The records' readable amounts in cents: the employee's and the employer's. Empty for kinds without amounts.
    pub cents: Vec<[i64; 2]>,
    /// The sums over the records, each in its own bucket.
    pub totals: Totals,
    pub notes: Vec<Note>,
    /// Records that lack fields.
    pub short: Vec<ShortRecord>,
    pub findings: Vec<JudgedFinding>,
    /// Rows of the error file.
    pub errors: CsvRows,
    /// Rows of the output file.
    pub output: Vec<u8>,
    /// States for the ledger.
    pub states: Vec<u8>,
    /// What is done to employees; see [`crate::changeset::trail`].
    pub trails: Vec<u8>,
    pub traits: Vec<Trait>,
    /// IDs of rejected records, each as [`shown`] keeps it.
    pub people: Vec<u8>,
    /// The ID that was added last, and where it is: the records of one person mostly come together.
    last_person: (u64, String, Range<usize>),
    /// Records with identities that the roster has with others.
    pub claims: Vec<Claim>,
    /// Records with identities that other records have.
    pub sharers: Vec<Sharer>,
    /// New employees with the addresses of free accounts.
    pub link_claims: Vec<LinkClaim>,
    /// Accepted records by which an employee gets an account.
    pub links: Vec<LinkClaim>,
    /// Subscribers whose chosen benefits level holds no longer.
    pub levels_over: Vec<u64>,
    /// Whom rejected and skipped records may be about, in a full file.
    pub presence: Presence,
    pub columns: Vec<u32>,
    /// Records without errors, as those of their series have to know them.
    pub series: FileSeries,
    /// The first trailer in this chunk.
    pub trailer: Option<Trailer>,
    /// Line of the record in the middle of which the file ends.
    pub cut_off: Option<u64>,
    /// Line of the first record after the trailer.
    pub after_trailer: Option<u64>,
    /// The newest change time of its selected records, in seconds since 1970; 0 if there is none.
    pub newest: u32,
    /// Records that were changed before the look-back and are not as they were accepted last.
    pub left_out: u64,
}

/// A test employee to store, known by ID and flag alone.
pub(super) struct TestEmployee {
    pub subscriber_hash: u64,
    pub replaces: u32,
    pub state: Box<[u8]>,
}

/// What the rejected and skipped records of a chunk say of who is in the file.
#[derive(Debug, Default)]
pub(super) struct Presence {
    /// Positions in the roster; one may be there several times.
    pub people: Vec<u32>,
    /// Hashes of employee numbers, by which the roster finds no one; see [`super::presence::number_hash`].
    pub numbers: Vec<u64>,
    /// Subscribers with a code, by their hashes, of whom a record is about a deduction; without a code about any of theirs.
    pub deductions: Vec<(u64, Option<u32>)>,
    /// Rejected records of which it is in doubt whose they are.
    pub in_doubt: u64,
}

impl Presence {
    fn clear(&mut self) {
        self.people.clear();
        self.deductions.clear();
        self.numbers.clear();
        self.in_doubt = 0;
    }
}

/// A control record after the data.
#[derive(Clone, Debug)]
pub(super) struct Trailer {
    pub record: Vec<u8>,
    pub line: u64,
}

impl TestEmployee {
    pub(super) fn of(record: &Judged, state: &[u8]) -> TestEmployee {
        TestEmployee {
            subscriber_hash: record.row.subscriber_hash,
            replaces: record.replaces,
            state: state.into(),
        }
    }
}

impl JudgedChunk {
    /// Empties it for a chunk whose first record has this number.
    pub(super) fn clear(&mut self, first: u64) {
        self.first = first;
        self.records.clear();
        self.later.clear();
        self.cents.clear();
        self.totals = Totals::default();
        self.notes.clear();
        self.short.clear();
        self.findings.clear();
        self.errors.clear();
        self.output.clear();
        self.states.clear();
        self.trails.clear();
        self.traits.clear();
        self.people.clear();
        self.last_person = Default::default();
        self.claims.clear();
        self.sharers.clear();
        self.link_claims.clear();
        self.links.clear();
        self.levels_over.clear();
        self.presence.clear();
        self.columns.clear();
        self.series.clear();
        self.trailer = None;
        self.after_trailer = None;
        self.cut_off = None;
        (self.newest, self.left_out) = (0, 0);
    }

    /// Adds a judged record, what few records have, and its amounts.
    pub(super) fn push(&mut self, mut judged: Judged, note: Note, cents: Option<[i64; 2]>) {
        let end = |bytes: &[u8]| u32::try_from(bytes.len()).expect("rows of a chunk fit in memory");
        judged.output = end(&self.output);
        judged.state = end(&self.states);
        judged.trail = end(&self.trails);
        judged.noted = !note.findings.is_empty()
            || !note.traits.is_empty()
            || !note.corrects.is_empty()
            || note.included.is_some()
            || note.ends
            || note.own;
        if judged.noted {
            self.notes.push(note);
        }
        let [employee, employer] = cents.unwrap_or_default();
        self.cents.extend(cents);
        self.totals.add(judged.bucket, employee, employer);
        self.records.push(judged);
    }

    /// What its records say of identities and accounts that others may have.
    pub(super) fn moves(&mut self) -> Claims<'_> {
        Claims {
            identities: &mut self.claims,
            sharers: &mut self.sharers,
            accounts: &mut self.link_claims,
        }
    }

    /// A data record's number in its file, from 1.
    pub(super) fn number(&self, record: &Judged) -> u64 {
        self.first + u64::from(record.place)
    }

    /// The amounts of the record at an index.
    pub(super) fn cents(&self, index: usize) -> [i64; 2] {
        self.cents.get(index).copied().unwrap_or_default()
    }

    /// Adds what is kept of a rejected record; returns where it is.
    pub(super) fn push_traits(&mut self, traits: impl IntoIterator<Item = Trait>) -> Range<usize> {
        let start = self.traits.len();
        self.traits.extend(traits);
        start..self.traits.len()
    }

    /// Adds the ID of a rejected record, as people may see it; returns where it is.
    pub(super) fn push_person(
        &mut self,
        cipher: &ValueCipher,
        subscriber_hash: u64,
        id: &str,
    ) -> Range<usize> {
        let start = self.people.len();
        if id.is_empty() {
            return start..start;
        }
        let (hash, last, place) = &self.last_person;
        if *hash == subscriber_hash && last == id {
            return place.clone();
        }
        shown::push_encrypted(&mut self.people, cipher, subscriber_hash, "", id.as_bytes());
        let place = start..self.people.len();
        self.last_person = (subscriber_hash, id.to_owned(), place.clone());
        place
    }

    /// Adds a finding whose row ends where the rows end now.
    pub(super) fn push_finding(&mut self, finding: RecordFinding) {
        self.findings.push(JudgedFinding {
            finding,
            row_end: self.errors.as_bytes().len(),
        });
    }

    /// The findings in a range, each with its row.
    pub(super) fn findings(
        &self,
        range: Range<usize>,
    ) -> impl Iterator<Item = (RecordFinding, &[u8])> {
        let before = range.start.checked_sub(1);
        let mut start = before.map_or(0, |i| self.findings[i].row_end);
        self.findings[range].iter().map(move |f| {
            let row = &self.errors.as_bytes()[start..f.row_end];
            start = f.row_end;
            (f.finding, row)
        })
    }
}

/// Refuses a chunk that goes beyond the most records that a file may have.
pub(super) fn check_count(chunk: &Chunk, judged: &JudgedChunk, most: u64) -> Result<()> {
    if judged.first + chunk.spans.len() as u64 <= most {
        return Ok(());
    }
    let places = judged.records.iter().map(|record| record.place);
    let later = judged.later.iter().map(|row| row.place);
    let over = |place: &u32| judged.first + u64::from(*place) > most;
    let Some(first) = places.chain(later).filter(over).min() else {
        return Ok(());
    };
    let line = chunk.spans[first as usize].line;
    let detail = format!("the file has more than {most} records");
    Err(FileFault::new(Code::RecordsTooMany, line, detail).into())
}

/// The fault of a record behind the trailer, by their lines.
pub(super) fn after_trailer(trailer: u64, record: u64) -> FileFault {
    let detail = format!("a record on line {record} follows the trailer of line {trailer}");
    FileFault::new(Code::ControlTotal, record, detail)
}

/// The fault of a full file that ends in the middle of the record on a line.
pub(super) fn cut_off(line: u64) -> FileFault {
    let detail = format!(
        "the file ends in the middle of the record on line {line}; a full file has to be whole"
    );
    FileFault::new(Code::FieldCount, line, detail)
}
