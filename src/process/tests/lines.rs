//! Every line of a file is a record, set aside, blank, a control record or the header: what a reader of plain lines counts.

use super::{job_of, judging};
use crate::domain::Kind;
use crate::format::control::Control;
use crate::format::dialect::Quotes;
use crate::format::fields::FixedField;
use crate::format::lines::LinePattern;
use crate::matching::roster::Roster;
use crate::process::JobSpec;
use proptest::prelude::*;

/// How the lines of a file are written.
#[derive(Clone, Copy, Debug)]
struct Dress {
    kind: Kind,
    /// `None` for fixed width.
    delimiter: Option<char>,
    line_end: &'static str,
    quotes: Quotes,
    multiline: bool,
    control: bool,
    trailer: bool,
}

#[derive(Clone, Copy, Debug)]
enum Item {
    Record,
    /// A record with a line break in a quoted field.
    LongRecord,
    /// A row of which nothing but the name is right.
    BadRecord,
    Header,
    Control,
    Footer(&'static str),
    Blank,
    Ghost,
}

/// Names and values of the required columns.
fn cells(kind: Kind, n: usize) -> Vec<(&'static str, String)> {
    match kind {
        Kind::Demographic => vec![
            ("subscriber_id", format!("S{n}")),
            ("username", format!("user{n}")),
            ("ssn", (521_341_000 + n).to_string()),
            ("first_name", "Ann".to_owned()),
            ("last_name", "Lee".to_owned()),
            ("birth_date", "1980-01-02".to_owned()),
            ("hire_date", "2020-02-03".to_owned()),
            ("employment_status", "A".to_owned()),
        ],
        Kind::Deduction => vec![
            ("subscriber_id", format!("S{n}")),
            ("username", format!("user{n}")),
            ("ssn", (521_341_000 + n).to_string()),
            ("deduction_code", "MED".to_owned()),
            ("employee_amount", "1.00".to_owned()),
            ("effective_date", "2026-11-01".to_owned()),
            ("last_name", "Lee".to_owned()),
        ],
        Kind::Accounts => vec![
            ("account_id", format!("A{n}")),
            ("email", format!("user{n}@example.com")),
            ("last_name", "Lee".to_owned()),
        ],
    }
}

impl Dress {
    fn line(self, cells: &[String]) -> String {
        let Some(delimiter) = self.delimiter else {
            return cells.iter().map(|cell| format!("{cell:<12}")).collect();
        };
        cells.join(&delimiter.to_string())
    }

    fn header(self) -> String {
        let names = cells(self.kind, 0);
        let names: Vec<String> = names.iter().map(|(name, _)| (*name).to_owned()).collect();
        self.line(&names)
    }

    fn record(self, n: usize, item: Item) -> String {
        let mut cells: Vec<String> = cells(self.kind, n).into_iter().map(|(_, v)| v).collect();
        match item {
            Item::LongRecord if self.delimiter.is_some() => {
                let name = cells.iter_mut().find(|cell| *cell == "Lee");
                *name.expect("a last name") = format!("\"Lee{}Smith\"", self.line_end);
            }
            Item::BadRecord => cells
                .iter_mut()
                .filter(|cell| *cell != "Lee")
                .for_each(|cell| *cell = "?".to_owned()),
            _ => {}
        }
        self.line(&cells)
    }

    fn item(self, n: usize, item: Item) -> String {
        match (item, self.delimiter) {
            (Item::Record | Item::LongRecord | Item::BadRecord, _) => self.record(n, item),
            (Item::Header, Some(_)) => self.header(),
            (Item::Control, _) if self.control => "HDR 2026".to_owned(),
            (Item::Footer(text), _) => text.to_owned(),
            (Item::Ghost, Some(delimiter)) => format!("{delimiter}\"\"{delimiter} "),
            _ => " ".to_owned(),
        }
    }

    fn job(self, roster: &Roster) -> JobSpec<'_> {
        let mut job = job_of(self.kind, roster);
        let control = |marker: &str| Control {
            marker: marker.to_owned(),
            ..Control::default()
        };
        job.reading.header = self.control.then(|| control("HDR"));
        job.reading.trailer = self.trailer.then(|| control("Total Records"));
        job.reading.trailer_required = true;
        (job.reading.quotes, job.reading.multiline) = (self.quotes, self.multiline);
        let ignored = ["(* rows affected)", "Page * of *"];
        job.reading.ignore = ignored
            .into_iter()
            .filter_map(LinePattern::compile)
            .collect();
        if self.delimiter.is_none() {
            let cut = |n: usize| FixedField {
                start: 12 * n,
                length: 12,
            };
            let names = cells(self.kind, 0).into_iter().enumerate();
            job.reading.fixed = Some(names.map(|(n, (c, _))| (c.to_owned(), cut(n))).collect());
        }
        job
    }
}

/// What a reader of plain lines counts: records, and lines set aside.
fn plain_count(text: &str, dress: Dress) -> (u64, u64) {
    let (mut records, mut aside) = (0, 0);
    let (mut headers, mut controls) = (0, 0);
    let mut lines = text.split(dress.line_end);
    while let Some(first) = lines.next() {
        let mut row = first.to_owned();
        let mut height = 1;
        while dress.delimiter.is_some() && row.matches('"').count() % 2 == 1 {
            row += lines.next().expect("quotes are closed");
            height += 1;
        }
        let letters = row.chars().any(char::is_alphanumeric);
        if row.contains("Lee") {
            records += 1;
        } else if dress.delimiter.is_some() && row == dress.header() {
            headers += 1;
        } else if dress.control && row.starts_with("HDR") {
            controls += 1;
        } else if letters && !row.starts_with("Total Records") {
            aside += height;
        }
    }
    // The first of each is read.
    let again = |count: u64| count.saturating_sub(1);
    (records, aside + again(headers) + again(controls))
}

fn dresses() -> impl Strategy<Value = Dress> {
    (
        prop::sample::select(Kind::ALL.to_vec()),
        prop::sample::select(vec![Some(','), Some(';'), Some('|'), Some('\t'), None]),
        prop::sample::select(vec!["\n", "\r\n", "\r"]),
        prop::sample::select(vec![Quotes::Rfc4180, Quotes::Literal]),
        any::<[bool; 3]>(),
    )
        .prop_map(
            |(kind, delimiter, line_end, quotes, [multiline, control, trailer])| Dress {
                kind,
                delimiter,
                line_end,
                quotes,
                multiline,
                control,
                trailer,
            },
        )
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let item = prop_oneof![
        6 => Just(Item::Record),
        2 => Just(Item::LongRecord),
        1 => Just(Item::BadRecord),
        1 => Just(Item::Header),
        1 => Just(Item::Control),
        1 => Just(Item::Footer("(3 rows affected)")),
        1 => Just(Item::Footer("Page 2 of 9")),
        1 => Just(Item::Blank),
        1 => Just(Item::Ghost),
    ];
    prop::collection::vec(item, 0..30)
}

fn titles() -> impl Strategy<Value = Vec<&'static str>> {
    let title = prop::sample::select(vec![
        "Census Report",
        "Run on 11/28/2026, by A. Clerk; page|1",
        "\"Report \"\"A\"\"\nof two lines\"",
        "",
        "Page 1 of 9",
    ]);
    prop::collection::vec(title, 0..6)
}

proptest! {
    #[test]
    fn every_line_is_accounted_for(
        dress in dresses(),
        separator in any::<bool>(),
        titles in titles(),
        more_titles in titles(),
        items in items(),
        ended in any::<bool>(),
    ) {
        let mut lines: Vec<String> = Vec::new();
        let add_titles = |titles: &[&str], lines: &mut Vec<String>| {
            let fixed = dress.delimiter.is_none();
            // Without column names only patterns tell what is no record.
            let titles = titles.iter().filter(|t| !fixed || t.starts_with("Page"));
            lines.extend(titles.map(|t| t.replace('\n', dress.line_end)));
        };
        if let (true, Some(delimiter)) = (separator, dress.delimiter) {
            lines.push(format!("sep={delimiter}"));
        }
        add_titles(&titles, &mut lines);
        if dress.control {
            lines.push("HDR 2026".to_owned());
        }
        if dress.delimiter.is_some() {
            add_titles(&more_titles, &mut lines);
            lines.push(dress.header());
        }
        let items = items.iter().enumerate();
        lines.extend(items.map(|(n, item)| dress.item(n, *item)));
        if dress.trailer {
            lines.push("Total Records: 3".to_owned());
            lines.push("Page 9 of 9".to_owned());
        }
        let text = lines.join(dress.line_end) + if ended { dress.line_end } else { "" };
        // A file without any line but blank ones fails.
        prop_assume!(text.chars().any(char::is_alphanumeric));
        let (records, aside) = plain_count(&text, dress);
        let roster = Roster::default();
        for (workers, chunk) in [(1, 1 << 20), (2, 64), (2, 7)] {
            let mut job = dress.job(&roster);
            (job.workers, job.reading.chunk_bytes) = (workers, chunk);
            let (outcome, _) = judging::run(&job, text.as_bytes()).expect("judged");
            prop_assert!(outcome.fault.is_none(), "{:?}", outcome.fault);
            prop_assert_eq!((outcome.totals.processed, outcome.set_aside.count), (records, aside));
            let named = outcome.set_aside.lines.len() as u64;
            prop_assert_eq!(named, aside.min(100));
        }
    }
}
