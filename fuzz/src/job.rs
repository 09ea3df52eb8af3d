//! A run without a site: rules by hand, a roster of three made-up employees, files in memory.

use super::fields::rules;
use chrono::NaiveDate;
use feedgate::internal::domain::keyed_hash::Domain;
use feedgate::internal::domain::{Action, Kind, ReferenceId, SiteKey};
use feedgate::internal::format::control::{Control, TotalPosition};
use feedgate::internal::format::fields::FixedField;
use feedgate::internal::format::output::{DateStyle, Facts, From, OutputLayout, SsnStyle};
use feedgate::internal::format::{Encoding, fault::ReadError};
use feedgate::internal::matching::deductions::Deductions;
use feedgate::internal::matching::rejections::Rejections;
use feedgate::internal::matching::roster::{Employee, Roster};
use feedgate::internal::process::job::{Known, Reading, RunIdentity};
use feedgate::internal::process::record::{ssn_hash, subscriber_hash};
use feedgate::internal::process::{Job, Outcome, RunIo, Writers, process};
use feedgate::internal::rules::plan_year::{PlanYear, PlanYearRules};
use feedgate::internal::select::Selection;
use feedgate::internal::validate::ssn::Policy;

use std::io::{self, Read, Write};
use std::sync::Mutex;

const KEY: SiteKey = SiteKey::new([7; 16]);

/// What the first byte of an input says.
#[derive(Clone, Copy, Debug)]
pub struct Options(pub u8);

impl Options {
    fn bit(self, n: u8) -> bool {
        self.0 & (1 << n) != 0
    }

    /// The kind of record.
    pub fn kind(self) -> Kind {
        if self.bit(0) {
            Kind::Deduction
        } else {
            Kind::Demographic
        }
    }

    /// Whether the file is fixed width.
    pub fn fixed(self) -> bool {
        self.bit(1)
    }

    /// Whether the file has control records.
    pub fn controlled(self) -> bool {
        self.bit(2)
    }
}

/// What the run knows before it.
pub struct Knowledge {
    roster: Roster,
    deductions: Deductions,
}

impl Knowledge {
    /// Three employees, no deduction.
    pub fn new() -> Knowledge {
        let mut roster = Roster::new(3);
        let people = [
            ("S1001", 521_341_234, "alee1234"),
            ("S1002", 521_341_235, "bkim1235"),
            ("S1003", 521_341_236, "cdoe1236"),
        ];
        for (id, (subscriber, ssn, username)) in (1..).zip(people) {
            roster.put(Employee {
                id,
                run: 1,
                subscriber_hash: subscriber_hash(&KEY, subscriber.as_bytes()).expect("not empty"),
                content: 1,
                ssn: ssn_hash(&KEY, ssn),
                username: KEY.hash(Domain::Username, username.as_bytes()),
                terminated: Employee::OPEN,
                ..Employee::default()
            });
        }
        Knowledge {
            roster,
            deductions: Deductions::new(0),
        }
    }
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}

/// The job for an input; `resubmitted` says that the file is a rejects file.
pub fn job(
    options: Options,
    known: &Knowledge,
    encoding: (Encoding, bool),
    delimiter: Option<u8>,
    resubmitted: bool,
) -> Job<'_> {
    let kind = options.kind();
    let columns = kind.columns().iter();
    let titled = columns.map(|c| (From::Column(c.index), c.name.to_owned()));
    let action = [(From::Action, "action".to_owned())];
    let years = [2025, 2026, 2027].map(|y| PlanYear {
        start: day(y, 1, 1),
        end: day(y, 12, 31),
    });
    Job {
        kind,
        key: KEY,
        reading: Reading {
            encoding: encoding.0,
            assumed: encoding.1,
            delimiter,
            fixed: options.fixed().then(|| cuts(kind)),
            mapped: vec![("custom.badge".to_owned(), "Badge No".to_owned())],
            header: options.controlled().then(|| control("HDR", options)),
            trailer: options.controlled().then(|| control("TRL", options)),
            trailer_required: !resubmitted,
            max_records: 1000,
            chunk_bytes: 1 << 16,
        },
        fields: rules(options.0 & 0b1111_0000),
        plansource: options.bit(3),
        selection: Selection::default(),
        plan_years: PlanYearRules {
            years: years.to_vec(),
            named: None,
            preferred: None,
            life_event: false,
            today: day(2026, 11, 20),
            retro_days: 60,
            retro_reject_days: None,
        },
        known: Known {
            roster: Some(&known.roster),
            deductions: Some(&known.deductions),
            ssn_change: Policy::Reject,
        },
        qualify_delta: options.bit(3),
        zero_stops: false,
        output: OutputLayout {
            columns: action.into_iter().chain(titled).collect(),
            delimiter: b',',
            ssn: SsnStyle::Plain,
            dates: DateStyle::compile("%Y-%m-%d").expect("a pattern"),
            actions: Action::ALL.map(|a| a.as_str().to_owned()),
            titles: true,
            header: None,
            trailer: None,
        },
        facts: Facts::default(),
        run: Some(RunIdentity {
            number: 2,
            reference: ReferenceId::new("20261120", 2),
        }),
        origin: 1,
        corrects: None,
        repeats: Vec::new(),
        omission: None,
        max_listed: 500,
        listing: Default::default(),
        workers: 1,
        rows: true,
    }
}

fn control(marker: &str, options: Options) -> Control {
    let place = |n: usize| match options.fixed() {
        true => TotalPosition::Characters {
            start: 3 * n,
            length: 3,
        },
        false => TotalPosition::Field(n),
    };
    let amount = (options.kind() == Kind::Deduction && marker == "TRL").then(|| place(2));
    Control {
        marker: marker.to_owned(),
        count: (marker == "TRL").then(|| place(1)),
        employee_amount: amount,
        employer_amount: None,
    }
}

/// The columns that files of this kind must have, twelve characters each.
fn cuts(kind: Kind) -> Vec<(String, FixedField)> {
    let required = kind.columns().iter().filter(|c| c.required);
    let cut = |n: usize| FixedField {
        start: 12 * n,
        length: 12,
    };
    required
        .enumerate()
        .map(|(n, c)| (c.name.to_owned(), cut(n)))
        .collect()
}

/// What a run wrote: output, errors, rejects, changes.
#[derive(Debug, Default, PartialEq)]
pub struct Written(pub [Vec<u8>; 4]);

struct Memory<'a> {
    source: &'a [u8],
    files: Mutex<Written>,
}

struct Writer<'a> {
    files: &'a Mutex<Written>,
    place: usize,
}

impl Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.files.lock().expect("no writer panics").0[self.place].extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl RunIo for Memory<'_> {
    fn source(&self) -> io::Result<Box<dyn Read + Send + '_>> {
        Ok(Box::new(self.source))
    }

    fn writers(&self) -> io::Result<Writers<'_>> {
        *self.files.lock().expect("no writer panics") = Written::default();
        let writer = |place| -> Box<dyn Write + Send + '_> {
            let files = &self.files;
            Box::new(Writer { files, place })
        };
        Ok(Writers {
            output: writer(0),
            errors: writer(1),
            rejects: writer(2),
            changes: writer(3),
        })
    }

    fn employees(&self, ids: &[u32]) -> io::Result<Vec<Vec<String>>> {
        Ok(vec![Vec::new(); ids.len()])
    }
}

/// Runs a job over a file.
pub fn run(job: &Job<'_>, source: &[u8]) -> Result<(Outcome, Written), ReadError> {
    let memory = Memory {
        source,
        files: Mutex::default(),
    };
    let outcome = process(job, &memory, &mut Rejections::default(), &|_| ())?;
    Ok((
        outcome,
        memory.files.into_inner().expect("no writer panics"),
    ))
}
