//! Micro-benchmarks of the record path, each over the same 2,000 made-up records: `cargo bench --bench hot`.
//!
//! Figures are for comparing one build with another on one machine; what the whole program does is `scripts/bench`'s.

#![allow(clippy::pedantic)]

use chrono::NaiveDate;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use feedgate::internal::compare::fingerprint::Fingerprint;
use feedgate::internal::domain::column::KindColumns;
use feedgate::internal::domain::keyed_hash::HashedType;
use feedgate::internal::domain::{DemographicColumn, Kind, SiteKey};
use feedgate::internal::format::amount;
use feedgate::internal::format::dialect::Quotes;
use feedgate::internal::format::{Chunk, Encoding, Layout};
use feedgate::internal::matching::roster::{Employee, Roster};
use feedgate::internal::process::job::SourceFormat;
use feedgate::internal::process::source::SourceReader;
use feedgate::internal::validate::date::DateForm;
use feedgate::internal::validate::field::{FieldRules, moment_forms};
use feedgate::internal::validate::pattern::Pattern;
use feedgate::internal::validate::ssn::{self, Policy, SsnRules};
use feedgate::internal::validate::{FieldPlan, Findings, Values, date};
use std::fmt::Write;
use std::hint::black_box;

const RECORDS: u64 = 2_000;
const KEY: SiteKey = SiteKey::new([7; 16]);

fn made_up() -> String {
    let mut text = String::from(
        "subscriber_id,username,ssn,employee_number,first_name,last_name,work_email,birth_date,gender,hire_date,\
         employment_status,ein,address_1,city,state,zip_code,country,work_phone,department,job_title,pay_frequency,\
         annual_salary,last_changed_at\n",
    );
    for n in 0..RECORDS {
        let title = if n % 9 == 0 {
            "\"Director, Benefits\""
        } else {
            "Analyst"
        };
        let written = writeln!(
            text,
            "S{n:09},jdoe{n},{:03}-{:02}-{:04},{},José,Doe,jdoe{n}@corp.example.com,19{:02}-0{}-1{},F,2019-03-15,ACTIVE,\
             12-3456789,{n} Maple Ave,Madison,WI,53703,US,608-555-0100,Finance,{title},BIWEEKLY,{}.50,2025-10-20T09:03:15Z",
            100 + n % 500,
            10 + n % 80,
            1_000 + n,
            100_000 + n,
            50 + n % 50,
            1 + n % 9,
            n % 10,
            40_000 + n
        );
        written.expect("memory");
    }
    text
}

fn reading() -> SourceFormat {
    SourceFormat {
        encoding: Encoding::Utf8,
        assumed: false,
        mixed: false,
        delimiter: Some(b','),
        quotes: Quotes::Rfc4180,
        multiline: false,
        fixed: None,
        columns: Default::default(),
        ignore: Vec::new(),
        header: None,
        trailer: None,
        amounts: Default::default(),
        trailer_required: true,
        max_records: u64::MAX,
        full: false,
        text_bytes: u64::MAX,
        chunk_bytes: 1 << 20,
    }
}

fn rules() -> FieldRules {
    FieldRules {
        subscriber_id: Pattern::compile("[A-Za-z0-9._-]{1,50}").expect("a pattern"),
        username: Pattern::compile("[A-Za-z0-9._@-]{3,64}").expect("a pattern"),
        ssn: SsnRules {
            placeholders: Policy::Reject,
            itin: Policy::Reject,
            restore_leading_zeros: false,
        },
        dates: vec![DateForm::compile("%Y-%m-%d").expect("a pattern")],
        edited_dates: Vec::new(),
        moments: moment_forms(),
        blanks: Default::default(),
        no_dates: Default::default(),
        open_dates: Default::default(),
        today: NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date"),
        eins: Vec::new(),
        cross: Vec::new(),
        not_required: Vec::new(),
        allow_negative: false,
        dash_is_zero: false,
        amounts: Default::default(),
    }
}

/// All records in one chunk, and their columns.
fn chunk(text: &str) -> (Chunk, Layout, SourceReader<&[u8]>) {
    let mut source =
        SourceReader::open(Kind::Demographic, text.as_bytes(), &reading()).expect("a file");
    let mut chunk = Chunk::default();
    assert!(source.next(&mut chunk).expect("text"));
    assert_eq!(chunk.spans.len() as u64, RECORDS);
    let layout = source.layout.clone();
    (chunk, layout, source)
}

fn records(c: &mut Criterion) {
    let (text, rules) = (made_up(), rules());
    let (chunk, layout, source) = chunk(&text);
    let mut group = c.benchmark_group("records");
    group.throughput(Throughput::Elements(RECORDS));
    group.bench_function("read, cut, check UTF-8", |b| {
        b.iter(|| self::chunk(black_box(&text)).0.spans.len());
    });
    let plan = FieldPlan::new(DemographicColumn::COLUMNS, &layout, &rules);
    let mut splitter = source.field_splitter();
    group.bench_function("fields to values", |b| {
        b.iter(|| {
            let mut found = 0;
            for span in &chunk.spans {
                let mut values = Values::<DemographicColumn>::blank();
                let mut findings = Findings::default();
                let fields = chunk.fields(span, &mut splitter);
                plan.read(
                    &chunk.text[span.start..span.end],
                    &fields,
                    &mut values,
                    &mut findings,
                );
                found += findings.all.len()
                    + usize::from(values[DemographicColumn::SubscriberId].is_blank());
            }
            assert_eq!(black_box(found), 0);
        });
    });
    let mut fingerprint = Fingerprint::default();
    group.bench_function("fields to values, and fingerprints", |b| {
        b.iter(|| {
            chunk.spans.iter().fold(0, |all, span| {
                let mut values = Values::<DemographicColumn>::blank();
                let mut findings = Findings::default();
                let fields = chunk.fields(span, &mut splitter);
                plan.read(
                    &chunk.text[span.start..span.end],
                    &fields,
                    &mut values,
                    &mut findings,
                );
                all ^ fingerprint.of(&KEY, &layout, &fields, &rules.blanks, &values)
            })
        });
    });
    group.finish();
}

fn values(c: &mut Criterion) {
    let rules = rules();
    c.bench_function("SSN", |b| {
        b.iter(|| ssn::read(black_box(b"521-34-1234"), &rules.ssn, |_, _| ()).is_some());
    });
    c.bench_function("date", |b| {
        b.iter(|| date::read(&rules.dates, black_box(b"2026-11-20"), NaiveDate::MAX));
    });
    c.bench_function("amount", |b| {
        b.iter(|| amount::read(black_box(b"158,556.78"), amount::AmountForm::default()));
    });
    c.bench_function("keyed hash of a username", |b| {
        b.iter(|| KEY.hash_lower_case(HashedType::Username, black_box(b"tjackson1000")));
    });
}

fn roster(c: &mut Criterion) {
    const EMPLOYEES: u32 = 200_000;
    let subject = |n: u32| KEY.hash(HashedType::Subscriber, &n.to_le_bytes());
    let filled = || {
        let mut roster = Roster::new(EMPLOYEES as usize);
        for id in 1..=EMPLOYEES {
            roster.put(Employee {
                id,
                subscriber_hash: subject(id),
                content: 1,
                ..Employee::default()
            });
        }
        roster.ready();
        roster
    };
    let roster = filled();
    let subjects: Vec<u64> = (1..=EMPLOYEES).map(subject).collect();
    let mut group = c.benchmark_group("a roster of 200,000");
    group.throughput(Throughput::Elements(EMPLOYEES.into()));
    group.bench_function("load", |b| b.iter(|| filled().employees().len()));
    group.bench_function("find in its order", |b| {
        b.iter(|| {
            let mut next = 0;
            subjects
                .iter()
                .filter(|s| roster.find_next(&mut next, **s).is_some())
                .count()
        });
    });
    group.bench_function("find in no order", |b| {
        b.iter(|| {
            let places = (0..subjects.len()).map(|n| n * 48_271 % subjects.len());
            places
                .filter(|n| roster.find(subjects[*n]).is_some())
                .count()
        });
    });
    group.finish();
}

criterion_group!(hot, records, values, roster);
criterion_main!(hot);
