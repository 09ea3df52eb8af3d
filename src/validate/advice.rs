//! Advice on a value that was refused, made from the integration's own forms and from what the value looks like.

use super::date::{DateForm, SERIAL};
use super::field::FIRST_YEAR;
use super::marked_dates::is_open;
use crate::domain::Code;
use crate::format::amount::{AmountForm, Decimals, likely_form};
use chrono::{Datelike, NaiveDate, NaiveTime};
use std::fmt::Write;
use std::sync::LazyLock;

/// What to do about an amount; `None` where the explanation of the code says all.
pub(crate) fn amount(fix: &str, code: Code, text: &[u8], form: AmountForm) -> Option<String> {
    let (own, example) = (form != AmountForm::default(), form.example());
    let fix = match (code, form.decimals) {
        (Code::AmountInvalid, Decimals::Implied(decimals)) => format!(
            "Write the amount as digits alone, of which the last {decimals} are decimals, for example {example} for \
             1234.50; write 0 if there is none."
        ),
        (Code::AmountInvalid, Decimals::Explicit) if own => format!(
            "Write the amount as digits with a decimal comma and two decimals, for example {example}; write 0,00 if \
             there is none."
        ),
        (Code::AmountPrecision, Decimals::Implied(decimals)) => {
            format!(
                "{fix} Of its last {decimals} digits, which are decimals, all but the first two have to be 0."
            )
        }
        _ => fix.to_owned(),
    };
    // Digits with three decimals may be just that: two amounts are as likely.
    let likely = likely_form(text, form).filter(|_| code == Code::AmountInvalid);
    let seen = match (form.decimals, likely) {
        (_, None) if own => return Some(fix),
        (_, None) => return None,
        (Decimals::Implied(_), Some(_)) => {
            "It is written as an amount with a decimal mark, so that it could be meant a hundred times as high. \
             Correct it, unless all amounts of this sender are written so: then the operator sets format.decimals = \
             \"explicit\""
        }
        (
            _,
            Some(AmountForm {
                decimals: Decimals::Implied(_),
                ..
            }),
        ) => {
            "Its last character carries a sign, as COBOL writes it, and such amounts have no decimal mark. \
             Correct it, unless all amounts of this sender are written so: then the operator sets format.decimals = \
             \"implied\""
        }
        (_, Some(AmountForm { mark: b',', .. })) => {
            "It can be read with a comma before the decimals and points between thousands. Correct it, unless all \
             amounts of this sender are written so: then the operator sets format.decimal_mark = \",\""
        }
        (_, Some(_)) => {
            "It can be read with a point before the decimals and commas between thousands. Correct it, unless all \
             amounts of this sender are written so: then the operator sets format.decimal_mark = \".\""
        }
    };
    Some(format!(
        "{fix} {seen} and the row can be sent again as it is."
    ))
}

/// What is said of a date that no form reads.
pub(crate) struct DateAdvice {
    /// What the value is or has, if that is plain to see.
    pub(crate) seen: Option<String>,
    pub(crate) fix: String,
}

/// What to do about a date that none of the integration's forms reads.
pub(crate) fn date(text: &[u8], forms: &[DateForm]) -> DateAdvice {
    let examples = any_of(forms.iter().take(MOST_EXAMPLES).map(example));
    let mut fix = format!("Write a real date in this form: {examples} for 31 January 2026.");
    let likely = likely_patterns(text);
    let Some(pattern) = likely.first() else {
        return DateAdvice { seen: None, fix };
    };
    // A form of the same parts in another order would make dates ambiguous.
    let same = forms
        .iter()
        .find(|form| parts(form.pattern()) == parts(pattern));
    let quoted = any_of(likely.iter().map(|pattern| format!("\"{pattern}\"")));
    let how = match same {
        Some(own) => format!("puts {quoted} in the place of \"{}\" in", own.pattern()),
        None => format!("adds {quoted} to"),
    };
    let which = match likely.len() {
        0 | 1 => "",
        _ => ", whichever the sender means,",
    };
    let _ = write!(
        fix,
        " If all dates of this sender are written like this one, the operator {how} format.dates{which} and the row can \
         be sent again as it is."
    );
    DateAdvice {
        seen: seen(&likely),
        fix,
    }
}

/// What to do about a date that two forms read differently.
pub(crate) fn ambiguous_date(text: &[u8], forms: &[DateForm]) -> String {
    let (reading, others): (Vec<&DateForm>, Vec<&DateForm>) = forms
        .iter()
        .partition(|form| form.read(text, NaiveDate::MAX).is_some());
    let reading = any_of(reading.iter().map(|form| format!("\"{}\"", form.pattern())));
    let alone = |form: &&&DateForm| form.pattern().starts_with("%Y-%m-%d");
    let other = others.iter().find(alone).map_or_else(String::new, |form| {
        format!(
            "Write the date as year, month, day ({}). Otherwise the",
            example(form)
        )
    });
    let operator = if other.is_empty() {
        "The"
    } else {
        other.as_str()
    };
    format!(
        "{operator} operator has to strike {reading} from format.dates, whichever the sender does not mean, and the row \
         can be sent again as it is."
    )
}

/// Most own forms that advice shows.
const MOST_EXAMPLES: usize = 3;

/// A day in the first of the integration's forms.
pub(crate) fn written(day: NaiveDate, forms: &[DateForm]) -> String {
    let first = forms.first();
    first.map_or_else(
        || day.to_string(),
        |form| form.example(day.and_time(NaiveTime::MIN)),
    )
}

fn example(form: &DateForm) -> String {
    let day = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap_or_default();
    form.example(day.and_time(NaiveTime::MIN))
}

/// `a`, `a or b`, `a, b or c`.
fn any_of(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

/// A list of patterns with one more, which takes the place of the one that is like it in another order.
pub(crate) fn with_pattern(mut own: Vec<String>, pattern: &str) -> Vec<String> {
    match own.iter_mut().find(|form| parts(form) == parts(pattern)) {
        Some(same) => pattern.clone_into(same),
        None => own.push(pattern.to_owned()),
    }
    own
}

/// The tokens and separators of a pattern in one order, without regard to leading zeros.
fn parts(pattern: &str) -> Vec<char> {
    // Five digits may be either.
    let pattern = if pattern == SERIAL { "%y%j" } else { pattern };
    // A year of four digits and a separator begin no other form.
    let year = pattern.starts_with("%Y") && !pattern.starts_with("%Y%");
    let pattern = pattern.replace("%-", "%");
    let mut all: Vec<char> = pattern.chars().chain(year.then_some('^')).collect();
    all.sort_unstable();
    all
}

/// What a value of these forms is or has that dates mostly don't.
fn seen(likely: &[&str]) -> Option<String> {
    let pattern = likely.first()?;
    if *pattern == SERIAL {
        let serial = "it is a serial number from a spreadsheet";
        return Some(match likely.len() {
            1 => serial.to_owned(),
            _ => format!("{serial}, or two digits for the year and the day of the year"),
        });
    }
    let all = [
        ("%b", "a month as a word"),
        ("%y", "two digits for the year"),
        ("%j", "the day of the year in place of month and day"),
        ("%M", "a time of day"),
    ];
    let found = all.iter().filter(|(token, _)| pattern.contains(token));
    let found: Vec<&str> = found.map(|(_, words)| *words).collect();
    (!found.is_empty()).then(|| format!("it has {}", found.join(" and ")))
}

/// The patterns in which a text is a date of our time or one that means "no end", likeliest first, with the day that each
/// reads.
pub(super) fn likely_dates(text: &[u8]) -> Vec<(&'static str, NaiveDate)> {
    const LONGEST: usize = 40;
    /// From here on serial numbers have five digits.
    const FIRST_SERIAL_YEAR: i32 = 1928;
    let of_our_time = |form: &DateForm, day: NaiveDate| {
        let first = match form.pattern() == SERIAL {
            true => FIRST_SERIAL_YEAR,
            false => FIRST_YEAR,
        };
        (first..=2100).contains(&day.year()) || is_open(day)
    };
    let forms = FORMS.iter().filter(|_| text.len() <= LONGEST);
    let read = forms.filter_map(|form| {
        let day = form.read(text, NaiveDate::MAX)?.local.date();
        of_our_time(form, day).then_some((form.pattern(), day))
    });
    read.collect()
}

fn likely_patterns(text: &[u8]) -> Vec<&'static str> {
    let likely = likely_dates(text).into_iter();
    likely.map(|(pattern, _)| pattern).collect()
}

/// The forms of the same parts as a pattern, but in another order.
pub(super) fn other_orders(pattern: &str) -> Vec<&'static DateForm> {
    let own = pattern.replace("%-", "%");
    let other = |form: &&DateForm| form.pattern() != own && same_parts(form.pattern(), pattern);
    FORMS.iter().filter(other).collect()
}

/// Whether two patterns have the same parts, so that a date may have both forms.
pub(crate) fn same_parts(one: &str, other: &str) -> bool {
    parts(one) == parts(other)
}

static FORMS: LazyLock<Vec<DateForm>> = LazyLock::new(common_forms);

/// Forms that senders write dates in, likelier ones first.
fn common_forms() -> Vec<DateForm> {
    const DAYS: [&str; 11] = [
        "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%m/%d/%y", "%d/%m/%y", "%y/%m/%d", "%d/%b/%Y",
        "%b/%d/%Y", "%Y/%b/%d", "%d/%b/%y", "%b/%d/%y",
    ];
    const TIMES: [&str; 9] = [
        "",
        " %H:%M:%S",
        " %H:%M",
        "T%H:%M:%S",
        "T%H:%M",
        " %I:%M:%S %p",
        " %I:%M %p",
        " %I:%M%p",
        " %I.%M.%S %p",
    ];
    let mut days: Vec<String> = vec!["%b %d, %Y".to_owned()];
    for separator in ["-", "/", ".", " ", ""] {
        days.extend(DAYS.iter().map(|day| day.replace('/', separator)));
    }
    days.extend(["%Y%j", "%Y-%j", "%y%j"].map(str::to_owned));
    let timed = |day: &String| TIMES.map(|time| format!("{day}{time}"));
    let patterns = std::iter::once(SERIAL.to_owned()).chain(days.iter().flat_map(timed));
    patterns.filter_map(|p| DateForm::compile(&p)).collect()
}

#[cfg(test)]
mod tests {
    use super::{DateForm, ambiguous_date, date};

    fn forms(patterns: &[&str]) -> Vec<DateForm> {
        let compile = |p: &&str| DateForm::compile(p).expect("a pattern");
        patterns.iter().map(compile).collect()
    }

    /// Dates, what is seen in them, and what the operator does.
    const OTHER_FORMS: [(&str, &str, &str); 16] = [
        (
            "02-MAR-1984",
            "it has a month as a word",
            "adds \"%d-%b-%Y\" to",
        ),
        (
            "02-mar-84",
            "it has a month as a word and two digits for the year",
            "adds \"%d-%b-%y\" to",
        ),
        (
            "March 2, 1984",
            "it has a month as a word",
            "adds \"%b %d, %Y\" to",
        ),
        (
            "13/02/84",
            "it has two digits for the year",
            "adds \"%d/%m/%y\" to",
        ),
        (
            "03/02/84",
            "it has two digits for the year",
            "adds \"%m/%d/%y\" or \"%d/%m/%y\" to",
        ),
        (
            "45200",
            "it is a serial number from a spreadsheet, or two digits for the year and the day of the year",
            "adds \"%serial\" or \"%y%j\" to",
        ),
        (
            "45400",
            "it is a serial number from a spreadsheet",
            "adds \"%serial\" to",
        ),
        (
            "45200.5",
            "it is a serial number from a spreadsheet",
            "adds \"%serial\" to",
        ),
        (
            "3/2/1984 0:00",
            "it has a time of day",
            "adds \"%m/%d/%Y %H:%M\" or \"%d/%m/%Y %H:%M\" to",
        ),
        (
            "2026031",
            "it has the day of the year in place of month and day",
            "adds \"%Y%j\" to",
        ),
        (
            "25/12/2026",
            "",
            "puts \"%d/%m/%Y\" in the place of \"%m/%d/%Y\" in",
        ),
        (
            "12312026",
            "",
            "puts \"%m%d%Y\" in the place of \"%Y%m%d\" in",
        ),
        ("31.01.2026", "", "adds \"%d.%m.%Y\" to"),
        ("31.12.9999", "", "adds \"%d.%m.%Y\" to"),
        ("01.01.2026", "", "adds \"%m.%d.%Y\" or \"%d.%m.%Y\" to"),
        (
            "84/03/02",
            "it has two digits for the year",
            "adds \"%y/%m/%d\" to",
        ),
    ];

    #[test]
    fn a_date_in_another_form_is_named_with_what_is_seen() {
        let own = forms(&["%Y-%m-%d", "%m/%d/%Y", "%Y%m%d"]);
        for (text, seen, pattern) in OTHER_FORMS {
            let advice = date(text.as_bytes(), &own);
            assert_eq!(advice.seen.unwrap_or_default(), seen, "{text}");
            let with = format!("the operator {pattern} format.dates");
            assert!(advice.fix.contains(&with), "{text}: {}", advice.fix);
            let own = "2026-01-31, 01/31/2026 or 20260131 for 31 January 2026.";
            assert!(advice.fix.contains(own), "{}", advice.fix);
        }
        for text in ["2026-02-30", "yesterday", "", "1/1", "99/99/9999", "123"] {
            let advice = date(text.as_bytes(), &own);
            assert!(advice.seen.is_none(), "{text}");
            assert!(!advice.fix.contains("operator"), "{text}: {}", advice.fix);
        }
    }

    #[test]
    fn a_form_that_is_named_reads_the_date() {
        for text in [
            "02-MAR-1984",
            "13/02/84",
            "45200",
            "3/2/1984 0:00",
            "2026031",
            "31.01.2026",
        ] {
            let fix = date(text.as_bytes(), &forms(&["%Y-%m-%d"])).fix;
            let pattern = fix.split('"').nth(1).expect("a pattern");
            let form = DateForm::compile(pattern).expect("a pattern");
            assert!(
                form.read(text.as_bytes(), chrono::NaiveDate::MAX).is_some(),
                "{pattern}"
            );
        }
    }

    #[test]
    fn forms_that_contradict_each_other_are_named() {
        let own = forms(&["%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y"]);
        let fix = ambiguous_date(b"03/04/2026", &own);
        assert!(
            fix.starts_with("Write the date as year, month, day (2026-01-31)."),
            "{fix}"
        );
        assert!(
            fix.contains("strike \"%m/%d/%Y\" or \"%d/%m/%Y\" from format.dates"),
            "{fix}"
        );
        let fix = ambiguous_date(b"03/04/2026", &own[1..]);
        assert!(fix.starts_with("The operator has to strike"), "{fix}");
    }
}
