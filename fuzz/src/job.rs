//! A run without a site: rules by hand, a roster of three made-up employees, files in memory.

use super::fields::{amount_form, rules};
use feedgate::internal::domain::Kind;
use feedgate::internal::domain::keyed_hash::HashedType;
use feedgate::internal::format::Encoding;
use feedgate::internal::format::control::{Control, TotalPosition};
use feedgate::internal::format::dialect::Quotes;
use feedgate::internal::format::fields::FixedField;
use feedgate::internal::format::layout::ColumnSettings;
use feedgate::internal::format::lines::LinePattern;
use feedgate::internal::format::output::From;
use feedgate::internal::matching::deductions::Deductions;
use feedgate::internal::matching::identity_moves::RehirePolicy;
use feedgate::internal::matching::roster::{Employee, Roster};
use feedgate::internal::process::JobSpec;
use feedgate::internal::process::job::Known;
use feedgate::internal::process::record::{ssn_hash, subscriber_hash};
use feedgate::internal::select::{PrimaryRow, RowFilter};
use feedgate::internal::validate::FieldRules;
use feedgate::internal::validate::ssn::Policy;
use judging::KEY;

#[path = "../../tests/support/judging.rs"]
mod judging;

pub(super) use judging::{Written, run};

/// What the first four bytes of an input say.
#[derive(Clone, Copy, Debug)]
pub struct Options(pub u8, pub u8, pub u8, pub u8);

impl Options {
    fn bit(self, n: u8) -> bool {
        self.0 & (1 << n) != 0
    }

    fn column_bit(self, n: u8) -> bool {
        self.2 & (1 << n) != 0
    }

    /// Whether columns are found by their position in files without a header line.
    fn positioned(self) -> bool {
        self.column_bit(0) && !self.fixed()
    }

    /// The kind of record.
    pub fn kind(self) -> Kind {
        if self.column_bit(7) {
            Kind::Accounts
        } else if self.bit(0) {
            Kind::Deduction
        } else {
            Kind::Demographic
        }
    }

    /// Whether the file is fixed width.
    pub fn fixed(self) -> bool {
        self.bit(1)
    }

    /// What quotes mean.
    pub fn quotes(self) -> Quotes {
        match self.1 % 3 {
            0 => Quotes::Rfc4180,
            1 => Quotes::Literal,
            _ => Quotes::None,
        }
    }

    /// Whether lines within quotes are text in any case.
    pub fn multiline(self) -> bool {
        self.1 & 0x80 != 0
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
                username: KEY.hash(HashedType::Username, username.as_bytes()),
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

/// The job for an input; `resubmitted` says that the file is a rejects file.
pub fn job(
    options: Options,
    known: &Knowledge,
    encoding: (Encoding, bool, bool),
    delimiter: Option<u8>,
    resubmitted: bool,
) -> JobSpec<'_> {
    let kind = options.kind();
    let known = Known {
        roster: (kind != Kind::Accounts).then_some(&known.roster),
        deductions: Some(&known.deductions),
        accounts: None,
        levels: None,
        ssn_change: Policy::Reject,
        rehire: RehirePolicy::Accept,
        corrections: None,
        reopened: None,
    };
    let mut job = judging::job(kind, rules(options.0 & 0b1111_0000, options.3), known);
    (job.reading.encoding, job.reading.assumed, job.reading.mixed) = encoding;
    job.reading.delimiter = delimiter;
    (job.reading.quotes, job.reading.multiline) = (options.quotes(), options.multiline());
    job.reading.amounts = [amount_form(options.3); 2];
    job.reading.fixed = options.fixed().then(|| cuts(kind));
    job.reading.columns = columns(options, &mut job.fields);
    if options.column_bit(2) {
        job.selection.rows = vec![RowFilter::skip(&["T".to_owned(), "é".to_owned()])];
    }
    if options.column_bit(3) {
        job.selection.primary = Some(PrimaryRow::new(&["A".to_owned(), "1".to_owned()]));
    }
    let ignored = ["(* rows affected)", "Page *"].into_iter();
    job.reading.ignore = ignored.filter_map(LinePattern::compile).collect();
    job.reading.header = options.controlled().then(|| control("HDR", options));
    job.reading.trailer = options.controlled().then(|| control("TRL", options));
    job.reading.trailer_required = !resubmitted;
    job.reading.chunk_bytes = 1 << 16;
    job.identity.plansource = options.bit(3);
    job.identity.ssn_as_id = options.bit(3);
    job.encrypts_ids = options.bit(3);
    job.qualify_delta = options.bit(3);
    let action = (From::Action, "action".to_owned());
    job.output.columns.insert(0, action);
    job.max_listed = 500;
    job
}

/// What is said of the columns: positions, constants, rows and a preferred row, each by a bit of its own.
fn columns(options: Options, fields: &mut FieldRules) -> ColumnSettings {
    let kind = options.kind();
    let index = |name: &str| kind.column(name).map(|column| column.index);
    let required = kind.columns().iter().filter(|c| c.required);
    let positions = required.zip(0u16..).map(|(c, n)| (c.name.to_owned(), n));
    let by = match kind {
        Kind::Demographic => "employment_status",
        Kind::Deduction => "deduction_code",
        Kind::Accounts => "status",
    };
    let rows = options.column_bit(2).then(|| by.to_owned());
    let preferred = options.column_bit(3).then(|| by.to_owned());
    let constant = |(name, value): (&str, &str)| Some((index(name)?, value.to_owned()));
    if options.column_bit(4) {
        fields.not_required = index("username").into_iter().collect();
    }
    ColumnSettings {
        mapped: match options.positioned() {
            true => Vec::new(),
            false => vec![("custom.badge".to_owned(), "Badge No".to_owned())],
        },
        positions: options.positioned().then(|| positions.collect()),
        constants: match options.column_bit(1) {
            true => [("ein", "12-3456789"), ("last_changed_at", "2026-01-02")]
                .into_iter()
                .filter_map(constant)
                .collect(),
            false => Vec::new(),
        },
        not_required: fields.not_required.clone(),
        rows: rows.into_iter().chain(preferred).collect(),
        described: false,
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
