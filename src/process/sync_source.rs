//! The last known records of employees who are synced by hand, as one file: copied from the archived source files that
//! they came in, under our names of the columns.

use super::job::SourceFormat;
use super::run_io::Result;
use super::source::SourceReader;
use crate::domain::column::KindColumns;
use crate::domain::keyed_hash::HashedType;
use crate::domain::{DemographicColumn, Kind, SiteKey};
use crate::format::cell;
use crate::format::dialect::Quotes;
use crate::format::encoding::Encoding;
use crate::format::layout::ColumnSettings;
use crate::select::Selection;
use crate::validate::FieldRules;
use std::collections::{HashMap, HashSet};
use std::io::{self, Read, Write};
use std::ops::ControlFlow;

/// The records that were copied so far.
pub(crate) struct SyncSource<W> {
    out: W,
    /// Custom columns, by their names in the configuration.
    custom: Vec<String>,
    /// Of whom there is a record.
    found: HashSet<u64>,
}

impl<W: Write> SyncSource<W> {
    /// Begins the file.
    ///
    /// # Errors
    /// It can't be written.
    pub(crate) fn new(mut out: W, custom: Vec<String>) -> io::Result<SyncSource<W>> {
        let names = DemographicColumn::COLUMNS.iter().map(|c| c.name);
        let names = names.chain(custom.iter().map(String::as_str));
        let mut head = Vec::new();
        cell::push_row(&mut head, names.map(str::as_bytes), b',');
        out.write_all(&head)?;
        Ok(SyncSource {
            out,
            custom,
            found: HashSet::new(),
        })
    }

    /// Copies the records that a source file has of some subscribers, but for rows that its integration leaves out.
    ///
    /// # Errors
    /// A fault of the file, or an I/O error.
    pub(crate) fn copy(
        &mut self,
        source: impl Read,
        reading: &SourceFormat,
        (rules, selection, key): (&FieldRules, &Selection, &SiteKey),
        subscribers: &HashSet<u64>,
    ) -> Result<()> {
        let column = DemographicColumn::SubscriberId.definition();
        let mut source = SourceReader::open(Kind::Demographic, source, reading)?;
        let layout = source.layout.clone();
        let places: Vec<Option<u16>> = self
            .custom
            .iter()
            .map(|name| layout.custom.iter().find(|(n, _)| n == name)?.1)
            .collect();
        // The rows of each subscriber of the most preferred rank.
        let mut rows: HashMap<u64, (u8, Vec<u8>)> = HashMap::new();
        let mut order = Vec::new();
        source.for_each_record(|fields| {
            let id = rules.text(column, layout.get(fields, column.index));
            let subject = key.hash(HashedType::Subscriber, id);
            if id.is_empty()
                || !subscribers.contains(&subject)
                || selection.leaves_out(&layout, fields, false)
            {
                return ControlFlow::Continue(());
            }
            let rank = selection.rank(&layout, fields);
            let (best, text) = rows.entry(subject).or_insert_with(|| {
                order.push(subject);
                (rank, Vec::new())
            });
            if rank < *best {
                text.clear();
                *best = rank;
            }
            if rank == *best {
                let own = DemographicColumn::COLUMNS.iter();
                let own = own.map(|c| layout.get(fields, c.index));
                let custom = places.iter();
                let custom =
                    custom.map(|place| place.map_or(&b""[..], |p| fields.get(usize::from(p))));
                cell::push_row(text, own.chain(custom), b',');
            }
            ControlFlow::Continue(())
        })?;
        for subject in order {
            if let Some((_, text)) = rows.get(&subject) {
                self.out.write_all(text)?;
            }
            self.found.insert(subject);
        }
        Ok(())
    }

    /// Ends the file. Returns it, and the subscribers of whom there is a record.
    pub(crate) fn finish(self) -> (W, HashSet<u64>) {
        (self.out, self.found)
    }
}

/// How the file is read, by what the integration says of its own files.
pub(crate) fn sync_reading(reading: SourceFormat, custom: &[&str]) -> SourceFormat {
    let same = |name: &&str| ((*name).to_owned(), (*name).to_owned());
    SourceFormat {
        encoding: Encoding::Utf8,
        assumed: false,
        mixed: false,
        delimiter: Some(b','),
        quotes: Quotes::Rfc4180,
        fixed: None,
        columns: ColumnSettings {
            mapped: custom.iter().map(same).collect(),
            not_required: reading.columns.not_required,
            ..ColumnSettings::default()
        },
        ignore: Vec::new(),
        header: None,
        trailer: None,
        trailer_required: false,
        full: false,
        ..reading
    }
}
