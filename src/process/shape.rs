//! Whether a record has the shape that its file's records have, without which it is in doubt what its fields are.
//!
//! A header says how many fields a record has. Of files without one, and of the lines of fixed-width files, the first
//! records tell what they have in common, before any is judged: [`open`].

use super::job::{FileContext, JobSpec};
use super::judged::{JudgedChunk, ShortRecord};
use super::record::{Misshape, RawRecord};
use super::run_io::Result;
use super::source::SourceReader;
use crate::domain::column::Type;
use crate::domain::summary::RecordShape;
use crate::domain::{Bucket, SkipReason};
use crate::format::amount::Decimals;
use crate::format::clean::clean;
use crate::format::fields::{FieldSplitter, FixedField};
use crate::format::{Chunk, Encoding, Fields, Layout};
use std::collections::BTreeMap;
use std::io::{self, Read};

const CUT_OFF: &str = "The file ends in the middle of this row.";
const MAKE_WHOLE: &str = "Export and send the whole file again, for rows behind this one may be missing too. If only this \
    row broke off, complete it, put a line end behind it, and send it again.";
const TORN: &str = "A line end inside a value seems to have torn this row: together with the line before or behind it, it has the \
    values of one row.";
const JOIN: &str = "Make one line of the lines that belong together, with a blank in the place of the line end, or put double \
    quotes around the value that has it.";
const PADDED_BY_BYTES: &str = "The line has as many bytes as the file's other lines, but fewer characters: the sender pads by \
    bytes, so what stands behind a letter such as é may be read from the wrong positions.";
const PAD_BY_CHARACTERS: &str = "Ask the sender to pad the columns by characters, or to export the file in an encoding with one \
    byte for each character, such as Windows-1252. If only this row is corrected, put the blanks that are missing behind each \
    value with such letters.";
const SEVERAL: &str = " It may be several rows without a line end between them.";
const END_LINES: &str = "Have the sender end each line at character";
const SPLIT: &str = "Give the row one value for each column, as the others have. A value that contains the sign between the \
    columns, such as a comma, needs double quotes around it.";

const NAMELESS: &str = "Move the value to the column that it belongs to, or empty it.";

/// How many records tell what the records of a file have in common.
const TELLING: u64 = 1_000;

/// What tells the misshapen records of a file.
pub(super) struct ShapeRules<'j> {
    context: FileContext<'j>,
    /// How many characters a fixed-width line may have.
    most_characters: Option<usize>,
    /// Where the last column of a fixed-width line starts.
    last_start: usize,
    /// The amounts with implied decimals in a fixed-width line.
    implied: Vec<FixedField>,
    /// Fields of corrections that have no name here, though every column of the file that is corrected had one.
    inserted: Vec<usize>,
}

impl<'j> ShapeRules<'j> {
    pub(super) fn new(context: FileContext<'j>) -> ShapeRules<'j> {
        let job = context.job;
        let columns = || job.reading.fixed.iter().flatten();
        let is_implied = |name: &str| {
            let column = job.kind.column(name)?;
            let form = job.fields.amounts.of(column.index);
            Some(matches!(column.kind, Type::Amount) && form.decimals != Decimals::Explicit)
        };
        let implied = columns().filter(|(name, _)| is_implied(name) == Some(true));
        let fixed = job.reading.fixed.is_some();
        ShapeRules {
            context,
            most_characters: fixed.then(|| context.splitter.fixed_width()),
            last_start: columns().map(|(_, place)| place.start).max().unwrap_or(0),
            implied: implied.map(|(_, place)| *place).collect(),
            inserted: inserted(context),
        }
    }

    /// Why a record is in doubt, if it is; the file may end with it.
    pub(super) fn misshape(
        &self,
        bytes: &[u8],
        fields: &Fields<'_>,
        ends: bool,
    ) -> Option<Misshape> {
        if self.is_padded_by_bytes(bytes) {
            return Some(Misshape::PaddedByBytes);
        }
        let within = self.amount_broken_off(bytes);
        let short = || {
            fields.len() < self.context.layout.fields || self.context.splitter.lacks_columns(bytes)
        };
        if ends && (within.is_some() || short()) {
            return Some(Misshape::CutOff);
        }
        if self.has_surplus(bytes, fields) {
            return Some(Misshape::Surplus);
        }
        within.map(Misshape::WithinAmount)
    }

    /// Notes a record that lacks fields: it may be a piece of one.
    pub(super) fn note_short(
        &self,
        raw: &RawRecord<'_>,
        place: u32,
        bucket: Bucket,
        out: &mut JudgedChunk,
    ) {
        let size = match self.most_characters {
            // A line end that stood in a field is a character of the line.
            Some(_) => characters(raw.bytes) + 2,
            None => raw.fields.len(),
        };
        let lacks = size < whole_size(self.context.layout);
        let left_out = bucket == Bucket::Skipped(SkipReason::RowFiltered);
        let told = raw.broken.is_some() || raw.fields.misplaced().is_some();
        if !lacks || left_out || told || raw.misshape == Some(Misshape::CutOff) {
            return;
        }
        // What is rejected because it is the first piece of a record goes on with nothing before it, as when it was found.
        let unread = bucket == Bucket::Rejected;
        let begins = raw.misshape == Some(Misshape::Torn { first: true });
        out.short.push(ShortRecord {
            place,
            size,
            goes_on: unread && !begins && !self.context.lines.has_person(&raw.fields),
        });
    }

    /// Whether the record has more values than there are columns.
    fn has_surplus(&self, bytes: &[u8], fields: &Fields<'_>) -> bool {
        if let Some(most) = self.most_characters {
            return bytes.len() > most && characters(without_blanks(bytes)) > most;
        }
        let layout = self.context.layout;
        let used = layout.width.unwrap_or(layout.measured.used);
        let whole = layout.whole();
        let value = |field: &[u8]| !clean(field).is_empty();
        let beyond = whole > 0 && fields.len() > whole && fields.iter().skip(used).any(value);
        beyond || self.inserted.iter().any(|field| value(fields.get(*field)))
    }

    fn is_padded_by_bytes(&self, bytes: &[u8]) -> bool {
        if self.most_characters.is_none() || bytes.is_ascii() || !counts_bytes(self.context.job) {
            return false;
        }
        let usual = match self.context.layout.measured.bytes {
            0 => self.most_characters.unwrap_or(0),
            measured => measured,
        };
        let Ok(line) = std::str::from_utf8(bytes) else {
            return false;
        };
        // What stands in front of it is in its place.
        let first = line.chars().position(|c| !c.is_ascii());
        bytes.len() == usual && first.is_some_and(|first| first < self.last_start)
    }

    /// The amount with implied decimals within which a fixed-width line ends.
    fn amount_broken_off(&self, bytes: &[u8]) -> Option<FixedField> {
        if self.implied.is_empty() || self.most_characters.is_none_or(|m| bytes.len() > 4 * m) {
            return None;
        }
        let characters = characters(bytes);
        let ends = |place: &&FixedField| {
            place.start < characters && characters < place.start + place.length
        };
        self.implied.iter().find(ends).copied()
    }
}

/// What the sizes of the pieces of a record come to, less one for each line end between them; 0 where it is not known.
pub(super) fn whole_size(layout: &Layout) -> usize {
    match layout.measured.bytes {
        0 => layout.whole(),
        bytes => bytes + 2,
    }
}

/// A fixed-width line without the blanks at its end.
fn without_blanks(line: &[u8]) -> &[u8] {
    match std::str::from_utf8(line) {
        Ok(text) => text.trim_end().as_bytes(),
        Err(_) => line.trim_ascii_end(),
    }
}

fn characters(line: &[u8]) -> usize {
    match line.is_ascii() {
        true => line.len(),
        false => String::from_utf8_lossy(line).chars().count(),
    }
}

fn inserted(context: FileContext<'_>) -> Vec<usize> {
    let FileContext { job, layout, .. } = context;
    let named = job.shape.is_none_or(|shape| shape.unnamed == 0);
    match job.corrects.filter(|_| named && layout.width.is_some()) {
        Some(_) => layout.unnamed().collect(),
        None => Vec::new(),
    }
}

/// Whether the bytes of a line are those that the sender has written.
fn counts_bytes(job: &JobSpec<'_>) -> bool {
    job.reading.encoding == Encoding::Utf8
}

/// What is said of a misshapen record, and how it is corrected. `None` where the explanation of the code says it.
pub(super) fn told(
    context: FileContext<'_>,
    misshape: Misshape,
    bytes: &[u8],
    fields: &Fields<'_>,
) -> Option<(String, String)> {
    let most = context.splitter.fixed_width();
    let (message, fix) = match misshape {
        Misshape::CutOff => (CUT_OFF.into(), MAKE_WHOLE.into()),
        Misshape::Torn { .. } => (TORN.into(), JOIN.into()),
        Misshape::PaddedByBytes => (PADDED_BY_BYTES.into(), PAD_BY_CHARACTERS.into()),
        Misshape::WithinAmount(place) => (
            format!(
                "The line ends within an amount, at {}: what is left of it would be another amount.",
                place.positions()
            ),
            format!("Send the line whole, padded to the {most} characters of the layout."),
        ),
        Misshape::Surplus if context.job.reading.fixed.is_some() => {
            let sent = characters(without_blanks(bytes));
            let message =
                format!("The line has {sent} characters, and the layout ends at character {most}.");
            if sent >= 2 * most {
                return Some((message + SEVERAL, format!("{END_LINES} {most}.")));
            }
            (
                message,
                format!(
                    "{END_LINES} {most}. If the lines of this sender are as long on purpose, the operator names the rest in the \
                     layout as a custom column, such as \"custom.rest\" = {{ start = {}, length = {} }}, and the row can be \
                     sent again as it is.",
                    most + 1,
                    sent.saturating_sub(most)
                ),
            )
        }
        Misshape::Surplus if context.layout.width.is_none() => (
            format!(
                "The row has {} values, and most rows of the file have {}.",
                fields.len(),
                context.layout.measured.fields
            ),
            SPLIT.into(),
        ),
        Misshape::Surplus => {
            let value = |field: &usize| !clean(fields.get(*field)).is_empty();
            let field = inserted(context).into_iter().find(value)?;
            (
                format!(
                    "There is a value in column {}, which has no name.",
                    field + 1
                ),
                NAMELESS.into(),
            )
        }
    };
    Some((message, fix))
}

/// Opens a source of a job, and finds out what its records have in common. `open` gives it from its first byte.
///
/// # Errors
/// Those of [`SourceReader::open`], and a fault before the first records.
pub(super) fn open<R: Read>(
    job: &JobSpec<'_>,
    open: impl Fn() -> io::Result<R>,
) -> Result<SourceReader<R>> {
    let mut source = SourceReader::open(job.kind, open()?, &job.reading)?;
    let by_bytes = job.reading.fixed.is_some() && counts_bytes(job);
    if job.reading.columns.positions.is_none() && !by_bytes {
        return Ok(source);
    }
    if let Some(known) = job.shape {
        source.layout.measured = known;
        return Ok(source);
    }
    let mut tally = Tally::default();
    let mut chunk = Chunk::default();
    if source.next(&mut chunk)? {
        let told = tally.add(job, &source, &chunk) || chunk.is_last();
        source.reader.put_back(chunk);
        if !told {
            tally = Tally::of(job, SourceReader::open(job.kind, open()?, &job.reading)?);
        }
    }
    source.layout.measured = tally.shape(source.layout.fields);
    Ok(source)
}

/// What the first records of a file look like.
#[derive(Default)]
struct Tally {
    records: u64,
    /// By the number of fields: how many records have it, and up to which field they have values.
    fields: BTreeMap<usize, (u64, usize)>,
    /// By the number of bytes: how many lines of ASCII have it.
    bytes: BTreeMap<usize, u64>,
}

impl Tally {
    /// That of a whole source. A fault in it is told when its records are judged.
    fn of<R: Read>(job: &JobSpec<'_>, mut source: SourceReader<R>) -> Tally {
        let mut tally = Tally::default();
        let mut chunk = Chunk::default();
        while source.next(&mut chunk).unwrap_or(false) {
            if tally.add(job, &source, &chunk) {
                break;
            }
        }
        tally
    }

    /// Adds the records of a chunk; whether enough are known.
    fn add<R: Read>(&mut self, job: &JobSpec<'_>, source: &SourceReader<R>, chunk: &Chunk) -> bool {
        let mut splitter: FieldSplitter = source.field_splitter();
        for span in &chunk.spans {
            let bytes = &chunk.text[span.start..span.end];
            let fields = chunk.fields(span, &mut splitter);
            if chunk.is_broken(span)
                || fields.misplaced().is_some()
                || job.selection.leaves_out(&source.layout, &fields, false)
                || source.lines.is_trailer(bytes, &fields)
            {
                continue;
            }
            if job.reading.fixed.is_none() {
                let value = |field: &[u8]| !clean(field).is_empty();
                let mut used = 0;
                for (place, field) in (1..).zip(fields.iter()) {
                    used = if value(field) { place } else { used };
                }
                let (records, most) = self.fields.entry(fields.len()).or_default();
                *records += 1;
                *most = used.max(*most);
            } else if bytes.is_ascii() {
                *self.bytes.entry(bytes.len()).or_default() += 1;
            }
            self.records += 1;
            if self.records == TELLING {
                return true;
            }
        }
        false
    }

    /// What most of the records have; at least `named` fields.
    fn shape(&self, named: usize) -> RecordShape {
        let most = self
            .fields
            .iter()
            .max_by_key(|(n, (records, _))| (*records, **n));
        let Some(fields) = most.map(|(n, _)| named.max(*n)) else {
            let bytes = self.bytes.iter().max_by_key(|(n, lines)| (**lines, **n));
            return RecordShape {
                bytes: bytes.map_or(0, |(n, _)| *n),
                ..RecordShape::default()
            };
        };
        let used = self
            .fields
            .range(..=fields)
            .map(|(_, (_, used))| *used)
            .max();
        RecordShape {
            fields,
            used: named.max(used.unwrap_or(0)),
            bytes: 0,
            unnamed: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    /// Fields, used ones and bytes of a file in which as many records have a number of fields, and values up to one.
    fn fields(named: usize, records: &[(usize, u64, usize)]) -> (usize, usize, usize) {
        let mut tally = Tally::default();
        let of = |(fields, count, used): &(usize, u64, usize)| (*fields, (*count, *used));
        tally.fields.extend(records.iter().map(of));
        let shape = tally.shape(named);
        (shape.fields, shape.used, shape.bytes)
    }

    #[test]
    fn most_records_tell_how_many_fields_there_are_and_of_two_numbers_the_greater() {
        assert_eq!(fields(3, &[(4, 5, 4), (5, 6, 4), (9, 1, 9)]), (5, 4, 0));
        assert_eq!(fields(3, &[(4, 6, 3), (5, 6, 5)]), (5, 5, 0));
        assert_eq!(fields(3, &[(5, 6, 2), (6, 1, 6)]), (5, 3, 0));
        assert_eq!(fields(7, &[(4, 6, 3), (5, 1, 5)]), (7, 7, 0));
        assert_eq!(fields(7, &[]), (0, 0, 0));
    }

    #[test]
    fn most_lines_of_ascii_tell_how_many_bytes_a_line_has() {
        let mut tally = Tally::default();
        tally.bytes.extend([(80, 3), (90, 4), (91, 4), (200, 1)]);
        assert_eq!(tally.shape(0).bytes, 91);
    }
}
