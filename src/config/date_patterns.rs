//! Patterns of dates and moments, each with its check.

use super::diagnostics::Problem;
use super::forms::Text;
use crate::format::output::DateStyle;
use crate::validate::date::{DateForm, SERIAL};

pub(super) const DATE_PATTERN: Text<DateForm> = Text {
    words: "a date pattern such as \"%m/%d/%Y\"",
    read: |s| {
        if s != SERIAL {
            check_date_pattern(s, &READ_TOKENS)?;
        }
        Ok(DateForm::compile(s).expect("the pattern is checked"))
    },
};

pub(super) const OUTPUT_DATE_PATTERN: Text<DateStyle> = Text {
    words: "a date pattern such as \"%Y-%m-%d\"",
    read: |s| {
        check_date_pattern(s, &DAY_TOKENS)?;
        Ok(DateStyle::compile(s).expect("the pattern is checked"))
    },
};

pub(super) const OUTPUT_TIME_PATTERN: Text<DateStyle> = Text {
    words: "a pattern such as \"%Y-%m-%dT%H:%M:%S%z\"",
    read: |s| {
        check_date_pattern(s, &MOMENT_TOKENS)?;
        Ok(DateStyle::compile(s).expect("the pattern is checked"))
    },
};

/// What date patterns may have.
const DAY_TOKENS: [&str; 5] = ["Y", "m", "-m", "d", "-d"];
const MOMENT_TOKENS: [&str; 9] = ["Y", "m", "-m", "d", "-d", "H", "M", "S", "z"];
const READ_TOKENS: [&str; 16] = [
    "Y", "y", "m", "-m", "b", "B", "d", "-d", "j", "H", "-H", "I", "-I", "M", "S", "p",
];

/// What a token of a pattern is: tokens of the same meaning can't stand in one pattern.
fn meaning(token: char) -> char {
    match token {
        'y' => 'Y',
        'b' | 'B' => 'm',
        'I' => 'H',
        other => other,
    }
}

/// Known tokens and separators: the day, by year, month and day or by year and day of the year, and hours, minutes and
/// seconds in this order.
fn check_date_pattern(pattern: &str, known: &[&str]) -> Result<(), Problem> {
    let refuse = |why: &str| {
        let problem = format!("is not a date pattern: {why}");
        let hint = "write one such as \"%Y-%m-%d\", \"%m/%d/%Y\" or \"%-m/%-d/%Y\"";
        Err(Problem::of(pattern, problem, hint))
    };
    let mut seen = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '%' {
            let separator = c == 'T' || c == ' ' || (c.is_ascii_punctuation() && c != '"');
            if !separator {
                return refuse(&format!("{c:?} can't stand in it"));
            }
            continue;
        }
        let short = rest.next_if_eq(&'-').map_or("", |_| "-");
        let token = rest.next().unwrap_or('%');
        if !known.contains(&format!("{short}{token}").as_str()) {
            return refuse("a % that isn't one of the known tokens");
        }
        if !short.is_empty() && rest.peek() == Some(&'%') {
            return refuse("a separator has to follow %-m and %-d");
        }
        if seen.contains(meaning(token)) {
            return refuse(&format!("{} twice", named(token)));
        }
        seen.push(meaning(token));
    }
    let has = |all: &str| all.chars().all(|t| seen.contains(t));
    if !has("Ymd") && !has("Yj") {
        return refuse("year, month and day have to be in it");
    }
    if has("j") && (has("m") || has("d")) {
        return refuse("%j is the day of the year, beside which month and day say nothing");
    }
    let time: String = seen.chars().filter(|t| "HMS".contains(*t)).collect();
    if !"HMS".starts_with(&time) || has("z") && time.is_empty() {
        return refuse("the time has to be hours, minutes, seconds in this order");
    }
    if pattern.contains("%I") || pattern.contains("%-I") || has("p") {
        let both = has("Hp") && !pattern.contains("%H") && !pattern.contains("%-H");
        let after = seen.find('H') < seen.find('p');
        if !both || !after {
            return refuse("%I and, behind it, %p belong together");
        }
    }
    Ok(())
}

/// A token of a pattern and those of the same meaning.
fn named(token: char) -> String {
    match meaning(token) {
        'Y' => "the year".to_owned(),
        'm' => "the month".to_owned(),
        'H' => "the hour".to_owned(),
        other => format!("%{other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{DATE_PATTERN, OUTPUT_DATE_PATTERN, OUTPUT_TIME_PATTERN};

    #[test]
    fn knows_a_pattern_when_it_sees_one() {
        for good in [
            "%Y-%m-%d",
            "%d.%m.%Y",
            "%Y%m%d",
            "%-m/%-d/%Y",
            "%Y-%m-%dT%H:%M:%S",
            "%m-%d-%Y %H:%M",
            "%y-%m-%d",
            "%Y-%b-%d",
            "%B %d, %Y",
            "%d%b%y",
            "%y%j",
            "%d-%b-%y %I.%M.%S %p",
            "%-m/%-d/%Y %-H:%M",
            "%serial",
        ] {
            assert!((DATE_PATTERN.read)(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "%Y-%m",
            "%Y-%m-%m-%d",
            "%-m%-d%Y",
            "%Y-%b-%m-%d",
            "%Y-%y-%m-%d",
            "%Y-%m-%j",
            "%Y-%m-%d %S",
            "%Y-%m-%d %H:%M %p",
            "%Y-%m-%d %I:%M",
            "%Y-%m-%d %p %I:%M",
            "%Y-%m-%d %H %I:%M %p",
            "%serial %H",
            "%s",
            "YYYY-MM-DD",
            "%Y-%m-%d%",
            "%-Y-%m-%d",
        ] {
            assert!((DATE_PATTERN.read)(bad).is_err(), "{bad}");
        }
        let timed = "%Y-%m-%dT%H:%M:%S%z";
        assert!((OUTPUT_DATE_PATTERN.read)(timed).is_err());
        assert!((OUTPUT_TIME_PATTERN.read)(timed).is_ok());
        assert!((OUTPUT_TIME_PATTERN.read)("%Y-%m-%d%z").is_err());
    }
}
