//! Judging a file without a site: a job made by hand, files in memory. For the tests of the record path and for fuzzing.

use chrono::NaiveDate;
use feedgate::internal::changeset::shown::KeptField;
use feedgate::internal::domain::{Action, Kind, ReferenceId, SiteKey, ValueCipher};
use feedgate::internal::format::dialect::Quotes;
use feedgate::internal::format::output::{DateStyle, From, OutputLayout, SsnStyle};
use feedgate::internal::format::{Encoding, fault::ReadError};
use feedgate::internal::matching::rejections::OpenRejections;
use feedgate::internal::process::job::{Known, SourceFormat};
use feedgate::internal::process::{JobSpec, Outcome, RunIdentity, RunIo, Writers, process};
use feedgate::internal::rules::after_termination::Grace;
use feedgate::internal::rules::plan_year::{PlanYear, PlanYearRules};
use feedgate::internal::rules::versions::Versions;
use feedgate::internal::select::Selection;
use feedgate::internal::validate::FieldRules;
use std::io::{self, Read, Write};
use std::sync::Mutex;

pub(crate) const KEY: SiteKey = SiteKey::new([7; 16]);

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}

/// The day of every run.
pub(crate) fn today() -> NaiveDate {
    day(2026, 11, 20)
}

/// A job for delimited UTF-8 files, judged by one worker in one chunk. Plan years follow the calendar.
pub(crate) fn job<'k>(kind: Kind, fields: FieldRules, known: Known<'k>) -> JobSpec<'k> {
    let years = [2025, 2026, 2027].map(|y| PlanYear {
        start: day(y, 1, 1),
        end: day(y, 12, 31),
    });
    let columns = kind.columns().iter();
    JobSpec {
        kind,
        key: KEY,
        reading: SourceFormat {
            encoding: Encoding::Utf8,
            assumed: false,
            mixed: false,
            delimiter: None,
            quotes: Quotes::Rfc4180,
            multiline: false,
            fixed: None,
            columns: Default::default(),
            ignore: Vec::new(),
            header: None,
            trailer: None,
            amounts: Default::default(),
            trailer_required: false,
            max_records: 1000,
            full: false,
            text_bytes: u64::MAX,
            chunk_bytes: 1 << 20,
        },
        fields,
        identity: Default::default(),
        encrypts_ids: false,
        cipher: ValueCipher::new(&KEY),
        selection: Selection::default(),
        versions: Versions {
            zone: chrono_tz::UTC,
            arrived: u32::MAX,
            now: u32::MAX,
            watermark: None,
            ordered: true,
        },
        plan_years: PlanYearRules {
            imported: Vec::new(),
            years: years.to_vec(),
            named: None,
            preferred: None,
            split: false,
            life_event: false,
            today: today(),
            retro_days: 60,
            retro_reject_days: None,
        },
        known,
        link_by: None,
        manual_enrolment: false,
        qualify_delta: true,
        zero_stops: false,
        key_columns: Vec::new(),
        write_ends: false,
        after_termination: Grace::Days(0),
        output: OutputLayout {
            columns: columns
                .map(|c| (From::Column(c.index), c.name.to_owned()))
                .collect(),
            delimiter: b',',
            ssn: SsnStyle::Plain,
            dates: DateStyle::compile("%Y-%m-%d").expect("a pattern"),
            timestamps: None,
            actions: Action::ALL.map(|a| a.as_str().to_owned()),
            titles: true,
            header: None,
            trailer: None,
        },
        origin: 1,
        corrects: None,
        shape: None,
        repeats: Vec::new(),
        omission: None,
        columns_before: Vec::new(),
        max_listed: 10_000,
        listing: Default::default(),
        holds: Vec::new(),
        has_rejects_file: true,
        workers: 1,
        rows: true,
    }
}

/// What a run wrote: output, errors, rejects, changes.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Written(pub(crate) [Vec<u8>; 5]);

struct MemoryFiles<'a> {
    source: &'a [u8],
    written: Mutex<Written>,
}

struct MemoryFile<'a> {
    written: &'a Mutex<Written>,
    number: usize,
}

impl Write for MemoryFile<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.lock().expect("no writer panics").0[self.number].extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl RunIo for MemoryFiles<'_> {
    fn source(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(Box::new(self.source))
    }

    fn writers(&self) -> io::Result<Writers<'_>> {
        let written = &self.written;
        *written.lock().expect("no writer panics") = Written::default();
        let file =
            |number| -> Box<dyn Write + Send + '_> { Box::new(MemoryFile { written, number }) };
        Ok(Writers {
            output: file(0),
            errors: file(1),
            rejects: file(2),
            rejects_table: Box::new(io::sink()),
            changes: file(3),
            later: file(4),
            held: Box::new(io::sink()),
        })
    }

    fn employees(&self, ids: &[u32]) -> io::Result<Vec<Vec<KeptField>>> {
        Ok(vec![Vec::new(); ids.len()])
    }

    fn deductions(&self, ids: &[u32]) -> io::Result<Vec<Vec<KeptField>>> {
        Ok(vec![Vec::new(); ids.len()])
    }
}

/// Judges a file for the second run of the day.
pub(crate) fn run(job: &JobSpec<'_>, source: &[u8]) -> Result<(Outcome, Written), ReadError> {
    run_with(job, source, &mut OpenRejections::default())
}

/// Judges a file that may correct open rejections.
pub(crate) fn run_with(
    job: &JobSpec<'_>,
    source: &[u8],
    rejections: &mut OpenRejections,
) -> Result<(Outcome, Written), ReadError> {
    let run = RunIdentity {
        number: 2,
        reference: ReferenceId::new("20261120", 2),
    };
    let files = MemoryFiles {
        source,
        written: Mutex::default(),
    };
    let outcome = process(job, Some(&run), &files, rejections, &|_| ())?;
    Ok((
        outcome,
        files.written.into_inner().expect("no writer panics"),
    ))
}
