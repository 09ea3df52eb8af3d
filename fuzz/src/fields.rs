//! Single fields: a value or a reason, and nothing that says more than it should.
//!
//! Input: options of the rules, the forms of dates and amounts, then the field.

use chrono::{Datelike, NaiveDate};
use feedgate::internal::domain::column::{Column, Type};
use feedgate::internal::domain::masking;
use feedgate::internal::domain::{Cents, Code, DeductionColumn, Kind, Severity, Ssn};
use feedgate::internal::format::amount::{self, AmountForm, AmountForms, Decimals};
use feedgate::internal::format::clean::{clean, clean_as};
use feedgate::internal::format::fault::limit;
use feedgate::internal::validate::date::{DateForm, Moment};
use feedgate::internal::validate::field::{ein_number, moment_forms};
use feedgate::internal::validate::findings::Target;
use feedgate::internal::validate::marked_dates::MarkedDates;
use feedgate::internal::validate::pattern::Pattern;
use feedgate::internal::validate::placeholders::BlankWords;
use feedgate::internal::validate::postal::zip;
use feedgate::internal::validate::ssn::{Policy, SsnRules};
use feedgate::internal::validate::text::{characters, has_control};
use feedgate::internal::validate::{FieldRules, Findings, Value};
use std::sync::LazyLock;

/// Subscriber IDs, usernames, and usernames of a site that takes anything. Compiling them for each input is slow.
static PATTERNS: LazyLock<[Pattern; 3]> = LazyLock::new(|| {
    ["[A-Za-z0-9._-]{1,50}", "[A-Za-z0-9._@-]{3,64}", r"\S{3,64}"]
        .map(|pattern| Pattern::compile(pattern).expect("a pattern"))
});

/// Checks one input.
pub fn check(data: &[u8]) {
    let [options, forms, raw @ ..] = data else {
        return;
    };
    let rules = rules(*options, *forms);
    for kind in Kind::ALL {
        for column in kind.columns() {
            field(&rules, column, raw);
        }
    }
    let text = String::from_utf8_lossy(raw);
    shown(&text);
    if let Some((five, four)) = zip(text.as_bytes()) {
        let written = match four {
            Some(four) => format!("{five:05}-{four:04}"),
            None => format!("{five:05}"),
        };
        assert_eq!(zip(written.as_bytes()), Some((five, four)));
    }
}

/// The form of amounts that the bits of `forms` say.
pub fn amount_form(forms: u8) -> AmountForm {
    AmountForm {
        mark: if forms & 1 == 0 { b'.' } else { b',' },
        decimals: match forms >> 1 & 3 {
            0 => Decimals::Explicit,
            decimals => Decimals::Implied(decimals + 1),
        },
    }
}

/// The forms of dates that the bits of `options` and `forms` say.
fn date_forms(options: u8, forms: u8) -> Vec<DateForm> {
    let usual: &[&str] = match options & 1 {
        1 => &["%m/%d/%Y", "%d/%m/%Y", "%Y-%m-%d"],
        _ => &["%Y-%m-%d", "%m/%d/%Y", "%Y%m%d", "%Y/%m/%d"],
    };
    let further: [&[&str]; 3] = [
        &["%m/%d/%y", "%d-%b-%Y", "%d%b%y"],
        &["%y%j", "%m/%d/%Y %I:%M %p"],
        &["%serial"],
    ];
    let further = (3..).zip(further).filter(|(n, _)| forms & (1 << n) != 0);
    let patterns = usual
        .iter()
        .chain(further.flat_map(|(_, patterns)| patterns));
    patterns
        .filter_map(|pattern| DateForm::compile(pattern))
        .collect()
}

/// Rules that differ by the bits of `options` and `forms`.
pub fn rules(options: u8, forms: u8) -> FieldRules {
    let bit = |n: u8| options & (1 << n) != 0;
    let policy = |n: u8| if bit(n) { Policy::Reject } else { Policy::Warn };
    let dates = date_forms(options, forms);
    let marked = |day: &str| match forms & 0x40 {
        0 => MarkedDates::default(),
        _ => MarkedDates::new(&[day.to_owned(), "never".to_owned()], &dates),
    };
    let [subscriber_id, strict, lax] = PATTERNS.clone();
    let table = [("MEDPPO", "MED01"), ("1.2E+05", "DEN01")];
    let table = table.map(|(a, b)| (a.to_owned(), b.to_owned()));
    let blanks: &[&str] = if bit(5) { &["NULL", "0", "#N/A"] } else { &[] };
    let blanks: Vec<String> = blanks.iter().map(|word| (*word).to_owned()).collect();
    FieldRules {
        subscriber_id,
        username: if bit(1) { lax } else { strict },
        ssn: SsnRules {
            placeholders: policy(2),
            itin: policy(3),
            restore_leading_zeros: bit(4),
        },
        edited_dates: Vec::new(),
        moments: moment_forms(),
        blanks: BlankWords::new(&blanks),
        no_dates: marked("1900-01-01"),
        open_dates: marked("2099-12-31"),
        dates,
        today: NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date"),
        eins: if bit(5) {
            vec![123_456_789]
        } else {
            Vec::new()
        },
        cross: if bit(6) {
            vec![(
                DeductionColumn::DeductionCode.into(),
                table.into_iter().collect(),
            )]
        } else {
            Vec::new()
        },
        not_required: Vec::new(),
        allow_negative: bit(7),
        dash_is_zero: bit(1) || forms & 0x80 != 0,
        amounts: AmountForms::new(amount_form(forms), Vec::new()),
    }
}

fn field(rules: &FieldRules, column: &Column, raw: &[u8]) {
    let mut findings = Findings::default();
    let value = rules.value(column, raw, &mut findings);
    let name = column.name;
    let target = Target::Column(column.index);
    assert!(findings.all.iter().all(|f| f.target == target));
    let invalid = matches!(value, Value::Invalid);
    assert!(!invalid || findings.reject(), "{name}: no reason given");
    for finding in findings
        .all
        .iter()
        .filter(|f| f.severity == Severity::Error)
    {
        let readable = matches!(value, Value::Ssn(_)) || finding.code == Code::AmountNegative;
        assert!(invalid || readable, "{name}: {} on {value:?}", finding.code);
    }
    let listed = |text: &[u8]| {
        let words = [b"NULL".as_slice(), b"0", b"#N/A"].into_iter();
        !rules.eins.is_empty()
            && words
                .into_iter()
                .any(|word| word.eq_ignore_ascii_case(text))
    };
    let text = clean_as(column.kind, raw);
    let blank = text.is_empty() || listed(text);
    if raw.len() <= limit::FIELD_BYTES && blank {
        assert!(value.is_blank() && findings.all.is_empty(), "{name}");
    }
    match value {
        Value::Blank => {
            // Dates of zeros, and end dates that mean no end.
            let dated = matches!(column.kind, Type::Date | Type::EndDate | Type::Timestamp);
            let blanked = findings
                .all
                .iter()
                .any(|f| f.code == Code::PlaceholderBlanked);
            assert!(dated || blanked || blank, "{name}");
            assert!(
                !blanked || !column.required,
                "{name}: a required value is blanked"
            );
            assert!(
                findings.all.len() == usize::from(blanked),
                "{name}: blank, yet something is found"
            );
        }
        Value::Invalid | Value::Flag(_) => {}
        Value::Text(text) => {
            assert!(!has_control(utf8(text)) && !text.is_empty(), "{name}");
            let name_like = findings.all.iter().any(|f| f.code == Code::NameLooksEmpty);
            let word = ["nan", "null", "none", "n/a"].contains(&utf8(text).to_lowercase().as_str());
            assert_eq!(name_like, word, "{name}");
            let signs = text.len() > 1 && text.iter().all(|b| *b == b'#');
            assert!(!signs, "{name}: a column was too narrow");
        }
        Value::Code(code) => match column.kind {
            Type::Code(list) => assert!(list.codes().contains(&utf8(code)), "{name}"),
            _ => assert!(["MED01", "DEN01"].contains(&utf8(code)), "{name}"),
        },
        Value::Date(date) => date_round_trip(rules, date),
        Value::Moment(moment) => moment_round_trip(moment),
        Value::Cents(cents) => {
            assert!(cents.abs() <= amount::LARGEST, "{name}");
            assert!(
                cents >= 0 || rules.allow_negative || findings.reject(),
                "{name}"
            );
            let written = Cents::from(cents).to_string();
            assert_eq!(
                amount::read(written.as_bytes(), Default::default()),
                Ok(cents),
                "{name}"
            );
        }
        Value::Ssn(ssn) => ssn_stays_hidden(ssn, raw),
        Value::Zip(..) => panic!("{name}: ZIP codes are judged with their country"),
        Value::Ein(number) => {
            let written = format!("{:02}-{:07}", number / 10_000_000, number % 10_000_000);
            assert_eq!(ein_number(written.as_bytes()), Some(number), "{name}");
        }
    }
    if let (Value::Text(text), Type::Text(most) | Type::Number(most)) = (value, column.kind) {
        assert!(characters(utf8(text)) <= most, "{name}");
    }
}

fn utf8(text: &[u8]) -> &str {
    std::str::from_utf8(text).expect("valid UTF-8")
}

fn date_round_trip(rules: &FieldRules, date: NaiveDate) {
    assert!((1900..=2199).contains(&date.year()));
    let written = date.to_string();
    let iso = DateForm::compile("%Y-%m-%d").expect("a form");
    let read = iso
        .read(written.as_bytes(), NaiveDate::MAX)
        .map(|m| m.local.date());
    assert_eq!(read, Some(date));
    assert!(rules.moment(written.as_bytes()).is_ok());
}

fn moment_round_trip(moment: Moment) {
    let form = DateForm::compile("%Y-%m-%dT%H:%M:%S").expect("a form");
    let mut written = moment.local.format("%Y-%m-%dT%H:%M:%S").to_string();
    if let Some(seconds) = moment.offset {
        let sign = if seconds < 0 { '-' } else { '+' };
        let minutes = seconds.abs() / 60;
        written += &format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60);
    }
    // Written out, a day without a time has one.
    let timed = Moment {
        day: false,
        ..moment
    };
    assert_eq!(
        form.read(written.as_bytes(), NaiveDate::MAX),
        Some(timed),
        "{written}"
    );
}

fn ssn_stays_hidden(ssn: Ssn, raw: &[u8]) {
    let raw = String::from_utf8_lossy(clean(raw)).into_owned();
    let kinds = [
        None,
        Some(Type::Ssn),
        Some(Type::Username),
        Some(Type::Text(35)),
    ];
    let shown = kinds.map(|kind| masking::masked("first_name", kind, &raw, None));
    for shown in shown
        .iter()
        .chain([&masking::ssn(&raw), &masking::hide_ssns(&raw)])
    {
        assert!(!spells(shown, ssn), "an SSN is shown");
    }
    assert_eq!(format!("{ssn:?}"), format!("***-**-{:04}", ssn.serial()));
}

/// Whether text holds an SSN in one of the ways it is written.
pub fn spells(text: &str, ssn: Ssn) -> bool {
    let [plain, dashed, spaced] = spellings(ssn);
    text.contains(&plain) || text.contains(&dashed) || text.contains(&spaced)
}

/// `AAAGGSSSS`, `AAA-GG-SSSS`, `AAA GG SSSS`.
pub fn spellings(ssn: Ssn) -> [String; 3] {
    let (area, group, serial) = (ssn.area(), ssn.group(), ssn.serial());
    ["", "-", " "].map(|s| format!("{area:03}{s}{group:02}{s}{serial:04}"))
}

/// What is shown takes one line, is short, and a spreadsheet doesn't execute it.
fn shown(text: &str) {
    for kind in [
        None,
        Some(Type::Ssn),
        Some(Type::Username),
        Some(Type::Date),
    ] {
        let shown = masking::guarded(masking::masked("birth_date", kind, text, None));
        assert!(!shown.contains(char::is_control));
        assert!(shown.chars().count() <= 82);
        assert!(!shown.starts_with(['=', '+', '-', '@']));
    }
    let once = masking::hide_ssns(text);
    assert_eq!(masking::hide_ssns(&once), once);
}
