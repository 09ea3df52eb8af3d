use super::{DateForm, Reading, SERIAL, read};
use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};
use proptest::prelude::*;
use regex::Regex;

fn forms(patterns: &[&str]) -> Vec<DateForm> {
    let compile = |p: &&str| DateForm::compile(p).expect("pattern");
    patterns.iter().map(compile).collect()
}

fn show(patterns: &[&str], text: &str) -> String {
    match read(&forms(patterns), text.as_bytes(), NaiveDate::MAX) {
        Reading::None => "none".into(),
        Reading::Ambiguous => "ambiguous".into(),
        Reading::One(m) => format!("{} {:?}", m.local, m.offset),
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// Every pattern of the laws below.
const PATTERNS: [&str; 14] = [
    "%Y-%m-%d",
    "%m/%d/%Y",
    "%Y%m%d",
    "%Y-%-m-%-d",
    "%m/%d/%y",
    "%y%m%d",
    "%d-%b-%Y",
    "%d%b%y",
    "%B %d, %Y",
    "%Y%j",
    "%m/%d/%Y %H:%M",
    "%d-%b-%y %I.%M.%S %p",
    "%Y-%m-%dT%H:%M:%S",
    "%m/%d/%Y %I:%M %p",
];

/// The slow and obvious reading of text without an offset: a regular expression, and what its groups say.
fn slowly(pattern: &str, text: &str, latest: NaiveDate) -> Option<(NaiveDate, NaiveTime)> {
    const MONTHS: &str =
        "january february march april may june july august september october november december";
    let names: Vec<&str> = MONTHS.split(' ').collect();
    let any_name: Vec<String> = names
        .iter()
        .map(|name| format!("{name}|{}", &name[..3]))
        .collect();
    let packed = !pattern.contains(['/', '-', ' ']) && !pattern.contains("%b");
    let strict = packed || pattern.starts_with("%Y") && !pattern.contains("%-");
    let one_or_two = if strict { "{2}" } else { "{1,2}" };
    let mut expression = regex::escape(pattern)
        .replace(r"%\-", "%")
        .replace(r"\-", "-");
    for (token, group) in [
        ("%Y", "(?<Y>[0-9]{4})".to_owned()),
        ("%y", "(?<y>[0-9]{2})".to_owned()),
        ("%m", format!("(?<m>[0-9]{one_or_two})")),
        ("%d", format!("(?<d>[0-9]{one_or_two})")),
        ("%j", "(?<j>[0-9]{3})".to_owned()),
        ("%b", format!("(?<b>{}|sept)", any_name.join("|"))),
        ("%B", format!("(?<b>{}|sept)", any_name.join("|"))),
        ("%H", "(?<H>[0-9]{1,2})".to_owned()),
        ("%I", "(?<I>[0-9]{1,2})".to_owned()),
        ("%M", "(?<M>[0-9]{2})".to_owned()),
        ("%S", "(?<S>[0-9]{2})(?:[.,][0-9]+)?".to_owned()),
        ("%p", "(?<p>am|pm)".to_owned()),
    ] {
        expression = expression.replace(token, &group);
    }
    let expression = Regex::new(&format!("^(?i:{expression})$")).expect("an expression");
    let parts = expression.captures(text)?;
    // Only names of months and AM or PM may be in any case.
    if text.contains('t') && pattern.contains('T') {
        return None;
    }
    let number = |group: &str| {
        parts
            .name(group)
            .map(|g| g.as_str().parse::<u32>().expect("digits"))
    };
    let word = |group: &str| parts.name(group).map(|g| g.as_str().to_lowercase());
    let month = word("b").map(|word| {
        let at = names.iter().position(|name| name[..3] == word[..3]);
        1 + u32::try_from(at.expect("a month")).expect("few")
    });
    let of = |year: u32| match number("j") {
        Some(day) => NaiveDate::from_yo_opt(year.cast_signed(), day),
        None => NaiveDate::from_ymd_opt(year.cast_signed(), month.or(number("m"))?, number("d")?),
    };
    let date = match (number("Y"), number("y")) {
        (Some(year), _) => of(year)?,
        (None, Some(short)) => {
            let date = of(short + if short < 50 { 2000 } else { 1900 })?;
            if date > latest {
                of(date.year().cast_unsigned() - 100)?
            } else {
                date
            }
        }
        _ => return None,
    };
    let hour = match (number("H"), number("I"), word("p").as_deref()) {
        (Some(hour), ..) => hour,
        (_, Some(hour @ 1..=12), Some(half)) => hour % 12 + if half == "pm" { 12 } else { 0 },
        (_, Some(_), _) => return None,
        _ => 0,
    };
    let time = NaiveTime::from_hms_opt(hour, number("M").unwrap_or(0), number("S").unwrap_or(0))?;
    Some((date, time))
}

/// Text in or near one of the forms.
fn near() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-3]?[0-9][/-](0?[1-9]|1[0-3]|MAR|sept|June)[/-]([12][0-9])?[0-9]{2}( [0-2]?[0-9][:.][0-5][0-9]([:.][0-5][0-9]([.][0-9]{1,6})?)?( [AaPp][Mm])?)?",
        "[12][089][0-9]{2}-[01]?[0-9]-[0-3]?[0-9](T[0-2]?[0-9]:[0-5][0-9]:[0-5][0-9]([.,][0-9]{1,3})?)?",
        "[0-9]{5,8}",
        "[0-3]?[0-9](jan|FEB|March|sept)[0-9]{2}",
        "(January|feb|SEPTEMBER) [0-3]?[0-9], (19|20)[0-9]{2}",
        "[0-9A-Za-z/:., -]{0,12}",
    ]
}

proptest! {
    #[test]
    fn a_form_reads_what_the_slow_reading_says(
        text in near(),
        pattern in prop::sample::select(PATTERNS.to_vec()),
        latest in prop::sample::select(vec!["2026-11-20", "9999-12-31"]),
    ) {
        let form = DateForm::compile(pattern).expect("a pattern");
        let read = form.read(text.as_bytes(), day(latest));
        let slow = slowly(pattern, &text, day(latest));
        // Offsets have a test of their own.
        let read = read.filter(|m| m.offset.is_none()).map(|m| (m.local.date(), m.local.time()));
        prop_assert_eq!(read, slow, "{} {:?}", pattern, text);
    }

    /// What chrono writes in a form is read in that form, whatever the case of words.
    #[test]
    fn what_is_written_is_read_back(
        days in 693_596i32..803_000,
        minutes in 0u32..1440,
        pattern in prop::sample::select(PATTERNS.to_vec()),
        upper: bool,
    ) {
        let date = NaiveDate::from_num_days_from_ce_opt(days).expect("a date");
        let time = NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0).expect("a time");
        let form = DateForm::compile(pattern).expect("a pattern");
        let written = form.example(date.and_time(time));
        let text = if upper { written.to_uppercase() } else { written };
        let read = form.read(text.as_bytes(), NaiveDate::MAX).expect("in its form");
        let century = if pattern.contains("%y") { 100 } else { 10_000 };
        prop_assert_eq!(read.local.year() % century, date.year() % century);
        // 29 February may not be in the other century.
        if read.local.year() == date.year() {
            prop_assert_eq!(read.local.date(), date);
        }
        if pattern.contains("%M") {
            prop_assert_eq!(read.local.time(), time);
        }
    }

    /// Serial numbers count days, from 1 for 1900-01-01, as if 1900 had a 29 February.
    #[test]
    fn serial_numbers_count_days(serial in 0u32..3_000_000, hours in 0u32..24) {
        let mut counted = 0;
        let mut date = day("1899-12-31");
        if (1..=2_958_465).contains(&serial) && serial != 60 {
            // From a near day on, to be quick.
            if serial > 61 {
                let years = i32::try_from((serial - 61) / 366).expect("few");
                date = NaiveDate::from_ymd_opt(1900 + years, 3, 1).expect("a date");
                counted = 61 + u32::try_from((date - day("1900-03-01")).num_days()).expect("few");
            }
            while counted < serial {
                date = date.succ_opt().expect("a date");
                counted += if date == day("1900-03-01") { 2 } else { 1 };
            }
        }
        let want = (counted > 0).then_some(date);
        let form = DateForm::compile(SERIAL).expect("a pattern");
        let read = |text: &str| form.read(text.as_bytes(), NaiveDate::MAX);
        prop_assert_eq!(read(&serial.to_string()).map(|m| m.local.date()), want);
        let part = format!("{serial}.{:06}", hours * 1_000_000 / 24);
        let moment = read(&part);
        prop_assert_eq!(moment.map(|m| m.local.date()), want);
        let nearly = |m: super::Moment| (m.local.num_seconds_from_midnight().cast_signed() - hours.cast_signed() * 3600).abs() < 2;
        prop_assert!(moment.is_none_or(nearly));
    }
}

#[test]
fn only_listed_forms_are_read() {
    let us = ["%Y-%m-%d", "%m/%d/%Y"];
    assert_eq!(show(&us, "2026-02-28"), "2026-02-28 00:00:00 None");
    assert_eq!(show(&us, "2/8/2026"), "2026-02-08 00:00:00 None");
    for bad in [
        "2026-02-30",
        "20260228",
        "2026-2-8",
        "02/08/26",
        "2026-02-28 ",
        "x",
        "",
    ] {
        assert_eq!(show(&us, bad), "none", "{bad}");
    }
    assert_eq!(show(&["%Y%m%d"], "20260228"), "2026-02-28 00:00:00 None");
    assert_eq!(
        show(&["%Y-%-m-%-d"], "2026-2-8"),
        "2026-02-08 00:00:00 None"
    );
    for bad in [
        "%Y-%m",
        "%Y-%j-%d",
        "%y-%Y-%m-%d",
        "%H:%M",
        "%serial-%d",
        "%Y-%m-%q",
        "%",
    ] {
        assert_eq!(DateForm::compile(bad), None, "{bad}");
    }
}

#[test]
fn two_meanings_are_ambiguous_and_one_is_not() {
    let both = ["%m/%d/%Y", "%d/%m/%Y"];
    assert_eq!(show(&both, "03/04/2026"), "ambiguous");
    assert_eq!(show(&both, "03/13/2026"), "2026-03-13 00:00:00 None");
    assert_eq!(show(&both, "04/04/2026"), "2026-04-04 00:00:00 None");
    assert_eq!(show(&["%y%m%d", "%m%d%y"], "010203"), "ambiguous");
    assert_eq!(show(&["%serial", "%y%j"], "26031"), "ambiguous");
}

#[test]
fn timestamps_keep_their_offset() {
    let iso = ["%Y-%m-%dT%H:%M:%S"];
    for (text, read) in [
        ("2026-01-02T03:04:05Z", "2026-01-02 03:04:05 Some(0)"),
        (
            "2026-01-02T03:04:05.678-05:00",
            "2026-01-02 03:04:05 Some(-18000)",
        ),
        (
            "2026-01-02T03:04:05 +01:00",
            "2026-01-02 03:04:05 Some(3600)",
        ),
        ("2026-01-02T03:04:05", "2026-01-02 03:04:05 None"),
        ("2026-01-02T3:04:05", "2026-01-02 03:04:05 None"),
        ("2026-01-02T03:04:05,678", "2026-01-02 03:04:05 None"),
        ("2026-13-02T03:04:05Z", "none"),
        ("2026-01-02T03:04:05+24:00", "none"),
        ("2026-01-02T03:04:05+05:60", "none"),
        ("2026-01-02T03:04:05 CET", "none"),
        ("2026-01-02T03:04:05.", "none"),
    ] {
        assert_eq!(show(&iso, text), read, "{text}");
    }
}

#[test]
fn years_of_two_digits_turn_at_the_pivot_and_births_never_lie_ahead() {
    let form = DateForm::compile("%m/%d/%y").expect("a pattern");
    let read = |pivot: u32, text: &str, latest: &str| {
        let form = form.clone().with_pivot(pivot);
        let read = form.read(text.as_bytes(), day(latest));
        read.map(|m| m.local.date().to_string()).unwrap_or_default()
    };
    for (pivot, text, latest, want) in [
        (50, "03/02/49", "9999-12-31", "2049-03-02"),
        (50, "03/02/50", "9999-12-31", "1950-03-02"),
        (70, "03/02/50", "9999-12-31", "2050-03-02"),
        (0, "03/02/20", "9999-12-31", "1920-03-02"),
        (100, "03/02/99", "9999-12-31", "2099-03-02"),
        (50, "11/20/26", "2026-11-20", "2026-11-20"),
        (50, "11/21/26", "2026-11-20", "1926-11-21"),
        (50, "02/29/00", "2026-11-20", "2000-02-29"),
        (50, "02/29/32", "2026-11-20", "1932-02-29"),
        (50, "02/29/01", "2026-11-20", ""),
        (50, "03/02/1984", "2026-11-20", ""),
    ] {
        assert_eq!(read(pivot, text, latest), want, "{text}");
    }
}

#[test]
fn words_hours_fractions_and_days_of_the_year() {
    for (pattern, text, read) in [
        ("%d-%b-%Y", "02-MAR-1984", "1984-03-02 00:00:00 None"),
        ("%d-%b-%Y", "2-march-1984", "1984-03-02 00:00:00 None"),
        ("%d%b%Y", "2MAR1984", "1984-03-02 00:00:00 None"),
        ("%b %d, %Y", "Sept 2, 1984", "1984-09-02 00:00:00 None"),
        ("%d-%b-%Y", "02-MAI-1984", "none"),
        ("%d-%b-%Y", "02-MARS-1984", "none"),
        (
            "%m/%d/%Y %H:%M",
            "3/2/1984 0:00",
            "1984-03-02 00:00:00 None",
        ),
        (
            "%m/%d/%Y %I:%M %p",
            "3/2/1984 12:30 am",
            "1984-03-02 00:30:00 None",
        ),
        (
            "%m/%d/%Y %I:%M %p",
            "3/2/1984 12:30 PM",
            "1984-03-02 12:30:00 None",
        ),
        ("%m/%d/%Y %I:%M %p", "3/2/1984 13:30 PM", "none"),
        ("%m/%d/%Y %I:%M %p", "3/2/1984 0:30 PM", "none"),
        (
            "%m/%d/%Y %I:%M%p",
            "3/2/1984 1:30pm",
            "1984-03-02 13:30:00 None",
        ),
        (
            "%d-%b-%y %I.%M.%S %p",
            "06-MAY-19 12.00.00.000000 AM",
            "2019-05-06 00:00:00 None",
        ),
        ("%Y%j", "2026031", "2026-01-31 00:00:00 None"),
        ("%Y%j", "2025366", "none"),
        ("%y%j", "24366", "2024-12-31 00:00:00 None"),
        ("%Y%m%d%H%M%S", "20260131081500", "2026-01-31 08:15:00 None"),
        ("%serial", "1", "1900-01-01 00:00:00 None"),
        ("%serial", "59", "1900-02-28 00:00:00 None"),
        ("%serial", "60", "none"),
        ("%serial", "61", "1900-03-01 00:00:00 None"),
        ("%serial", "45200", "2023-10-01 00:00:00 None"),
        ("%serial", "45200.0", "2023-10-01 00:00:00 None"),
        ("%serial", "45200.5", "2023-10-01 12:00:00 None"),
        ("%serial", "45200.999999999", "2023-10-01 23:59:59 None"),
        ("%serial", "2958465", "9999-12-31 00:00:00 None"),
        ("%serial", "2958466", "none"),
        ("%serial", "045200", "none"),
        ("%serial", "45200.", "none"),
        ("%serial", "-1", "none"),
        ("%serial", "45,200", "none"),
        ("%serial", "20260131", "none"),
    ] {
        assert_eq!(show(&[pattern], text), read, "{pattern} {text}");
    }
}

#[test]
fn zeros_of_a_form() {
    let zero = |pattern: &str, text: &str| {
        let form = DateForm::compile(pattern).expect("a pattern");
        form.is_zero(text.as_bytes())
    };
    assert!(zero("%m/%d/%y", "00/00/00") && zero("%m%d%y", "000000") && zero("%Y%j", "0000000"));
    assert!(zero("%m/%d/%Y %H:%M", "00/00/0000 0:00"));
    assert!(!zero("%m/%d/%y", "00/01/00") && !zero("%m%d%y", "00000000") && !zero("%serial", "0"));
}
