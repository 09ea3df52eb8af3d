//! Segments of the index: each covers the states that some blocks brought, and is made of pages. What a newer segment has of
//! an employee counts, and nothing of the older ones.

use super::pages::{Page, PageBuilder, PageCursor, numbers, push_numbers};
use super::{damaged, grown};
use crate::ledger::error::Result;
use crate::ledger::row::{all, execute, first, integer, value};
use crate::matching::bits::BitSet;
use rusqlite::{Connection, OptionalExtension, Transaction};

/// The number of segments of a size class that are merged into one. A posting is rewritten a few times until its segment is
/// large.
const FAN: usize = 8;
/// How much larger a size class is than the one below it.
const GROWTH: u64 = 8;

/// A segment as the list of them has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// Newer segments have higher numbers.
    pub(super) number: i64,
    /// The newest block that it covers.
    pub(super) until: i64,
    /// Employees whom it covers.
    pub(super) entries: u64,
}

/// A segment to be written.
pub(super) struct NewSegment {
    /// The numbers of employees whom it covers, in order.
    pub(super) numbers: Vec<u32>,
    pub(super) pages: Vec<Page>,
}

/// The segments of a roster, newest first.
pub(super) fn segments(connection: &Connection, owner: u16) -> Result<Vec<Segment>> {
    let sql =
        "SELECT number, until, entries FROM search_segments WHERE owner = ?1 ORDER BY number DESC";
    all(connection, sql, [owner], |row| {
        Ok(Segment {
            number: row.get(0)?,
            until: row.get(1)?,
            entries: row.get::<_, i64>(2)?.cast_unsigned(),
        })
    })
}

/// Adds the employees whom a segment covers.
pub(super) fn add_covered(
    connection: &Connection,
    segment: &Segment,
    to: &mut BitSet,
) -> Result<()> {
    let sql = "SELECT numbers FROM search_segments WHERE number = ?1";
    let bytes: Vec<u8> = value(connection, sql, [segment.number])?;
    for number in numbers(&bytes) {
        grown(number, to)?;
        to.set(number as usize);
    }
    Ok(())
}

/// Visits the numbers of all postings of a segment whose terms begin with a word.
pub(super) fn each_number(
    connection: &Connection,
    segment: &Segment,
    word: &[u8],
    mut visit: impl FnMut(u32) -> Result<()>,
) -> Result<()> {
    // The page before the first one that begins with the word may end with it.
    let before: Option<(Vec<u8>, i64)> = first(
        connection,
        "SELECT first, number FROM search_pages WHERE segment = ?1 AND first < ?2 ORDER BY first DESC, number DESC LIMIT 1",
        (segment.number, word),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let (from, number) = before.unwrap_or_default();
    // No byte of a term is that high.
    let behind = [word, &[0xff]].concat();
    let mut statement = connection.prepare_cached(
        "SELECT postings FROM search_pages WHERE segment = ?1 AND first >= ?2 AND first < ?3 AND number >= ?4
         ORDER BY first, number",
    )?;
    let mut rows = statement.query((segment.number, from, behind, number))?;
    while let Some(row) = rows.next()? {
        let page = row.get_ref(0)?.as_blob().map_err(|_| damaged())?;
        let mut cursor = PageCursor::default();
        let mut matched = false;
        while let Some(of) = cursor.next(page).map_err(|_| damaged())? {
            // A term that shares the word with one that has it needs no other look.
            matched = matched && cursor.shared >= word.len() || cursor.term.starts_with(word);
            if matched {
                numbers(of).try_for_each(&mut visit)?;
            } else if cursor.term.as_slice() > word {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Writes a segment. `number`: that of the newest which it takes the place of.
pub(super) fn write(
    transaction: &Transaction<'_>,
    owner: u16,
    number: Option<i64>,
    until: i64,
    new: &NewSegment,
) -> Result<()> {
    let mut covered = Vec::new();
    push_numbers(&mut covered, new.numbers.iter().copied());
    let entries = integer(new.numbers.len(), "the number of employees")?;
    execute(
        transaction,
        "INSERT INTO search_segments (number, owner, until, entries, numbers) VALUES (?1, ?2, ?3, ?4, ?5)",
        (number, owner, until, entries, covered),
    )?;
    let segment = transaction.last_insert_rowid();
    for page in &new.pages {
        execute(
            transaction,
            "INSERT INTO search_pages (segment, first, postings) VALUES (?1, ?2, ?3)",
            (segment, &page.first, &page.postings),
        )?;
    }
    Ok(())
}

pub(super) fn remove(transaction: &Transaction<'_>, segments: &[Segment]) -> Result<()> {
    for segment in segments {
        for sql in [
            "DELETE FROM search_pages WHERE segment = ?1",
            "DELETE FROM search_segments WHERE number = ?1",
        ] {
            execute(transaction, sql, [segment.number])?;
        }
    }
    Ok(())
}

/// How many of the newest segments are to be merged: all where too much of them is superseded, or a few of about the same
/// size; 0: none.
pub(super) fn to_merge(segments: &[Segment], ids: u32, slack: u64) -> usize {
    let ids = u64::from(ids);
    let entries: u64 = segments.iter().map(|segment| segment.entries).sum();
    if segments.len() > 1 && entries > ids + ids / 2 + slack {
        return segments.len();
    }
    let class = |segment: &Segment| segment.entries.max(1).ilog(GROWTH);
    let Some(newest) = segments.first().map(class) else {
        return 0;
    };
    let small = segments.iter().take_while(|s| class(s) <= newest).count();
    if small > FAN { small } else { 0 }
}

/// Merges segments, which are given newest first, of a roster with numbers up to `ids`.
pub(super) fn merge(connection: &Connection, segments: &[Segment], ids: u32) -> Result<NewSegment> {
    let mut covered = BitSet::new(ids as usize + 1);
    let mut sources = Vec::with_capacity(segments.len());
    for segment in segments {
        let mut superseded = BitSet::new(ids as usize + 1);
        superseded.add(&covered);
        add_covered(connection, segment, &mut covered)?;
        let mut source = MergeSource::new(connection, segment.number, superseded)?;
        if source.advance(connection)? {
            sources.push(source);
        }
    }
    let mut builder = PageBuilder::default();
    let mut of_term = Vec::new();
    while let Some(least) = sources.iter().map(|s| &s.cursor.term).min().cloned() {
        of_term.clear();
        let mut place = 0;
        while let Some(source) = sources.get_mut(place) {
            if source.cursor.term == least {
                source.take(&mut of_term)?;
                if !source.advance(connection)? {
                    sources.swap_remove(place);
                }
            } else {
                place += 1;
            }
        }
        of_term.sort_unstable();
        builder.push(least.as_slice(), &of_term);
    }
    Ok(NewSegment {
        numbers: (covered.positions())
            .filter_map(|at| u32::try_from(at).ok())
            .collect(),
        pages: builder.finish(),
    })
}

/// A segment that is read term by term.
struct MergeSource {
    segment: i64,
    /// Number of the page that is read.
    number: i64,
    page: Vec<u8>,
    cursor: PageCursor,
    /// The numbers of the term under the cursor.
    numbers: Vec<u32>,
    /// Employees of whom a newer segment knows better.
    superseded: BitSet,
}

impl MergeSource {
    fn new(connection: &Connection, segment: i64, superseded: BitSet) -> Result<MergeSource> {
        let sql = "SELECT MIN(number) FROM search_pages WHERE segment = ?1";
        let least: Option<Option<i64>> = first(connection, sql, [segment], |row| Ok(row.get(0)?))?;
        Ok(MergeSource {
            segment,
            // The pages of a segment have numbers that follow each other.
            number: least.flatten().unwrap_or(0) - 1,
            page: Vec::new(),
            cursor: PageCursor::default(),
            numbers: Vec::new(),
            superseded,
        })
    }

    /// Goes on to the next posting; `false`: there is none.
    fn advance(&mut self, connection: &Connection) -> Result<bool> {
        loop {
            if let Some(of) = self.cursor.next(&self.page).map_err(|_| damaged())? {
                self.numbers.clear();
                self.numbers.extend(numbers(of));
                return Ok(true);
            }
            self.number += 1;
            let sql = "SELECT postings FROM search_pages WHERE number = ?1 AND segment = ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let page = statement
                .query_row((self.number, self.segment), |row| row.get(0))
                .optional()?;
            let Some(page) = page else {
                return Ok(false);
            };
            self.page = page;
            self.cursor = PageCursor::default();
        }
    }

    /// Adds the numbers under the cursor that count.
    fn take(&self, to: &mut Vec<u32>) -> Result<()> {
        for number in &self.numbers {
            grown(*number, &self.superseded)?;
            if !self.superseded.has(*number as usize) {
                to.push(*number);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{FAN, Segment, to_merge};

    fn of(entries: &[u64]) -> Vec<Segment> {
        let segment = |(number, entries): (i64, &u64)| Segment {
            number,
            until: number,
            entries: *entries,
        };
        (1..).zip(entries).map(segment).collect()
    }

    #[test]
    fn small_ones_are_merged_before_they_are_many_and_all_where_most_is_superseded() {
        assert_eq!(to_merge(&[], 0, 0), 0);
        assert_eq!(to_merge(&of(&[10; FAN]), 1000, 0), 0);
        assert_eq!(to_merge(&of(&[10; FAN + 1]), 1000, 0), FAN + 1);
        let mut with_large = vec![10; FAN + 1];
        with_large.push(900);
        assert_eq!(to_merge(&of(&with_large), 1000, 0), FAN + 1);
        // A larger one that came last waits for others of its size.
        let mut large_last = vec![900];
        large_last.extend([10; FAN - 1]);
        assert_eq!(to_merge(&of(&large_last), 1000, 0), 0);
        assert_eq!(to_merge(&of(&[600, 1000]), 1000, 0), 2);
        assert_eq!(to_merge(&of(&[600, 1000]), 1000, 100), 0);
        assert_eq!(to_merge(&of(&[6000]), 1000, 0), 0);
    }
}
