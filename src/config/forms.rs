//! Forms of single values: how each is described and read.

use super::checker::{Checker, Form, FormError, FormResult, Found};
use super::diagnostics::{Problem, any_of, did_you_mean};
use super::key::{Described, Description};
use crate::domain::character::is_invisible;
use chrono::{NaiveDate, NaiveDateTime};
use serde_json::json;
use toml::de::DeValue;
use toml::value::Datetime;

/// `true` or `false`.
pub(super) struct Bool;

/// A whole number from … to ….
pub(super) struct Int(pub(super) i64, pub(super) i64);

/// A number from … to ….
pub(super) struct Number(pub(super) f64, pub(super) f64);

pub(super) struct Date;

/// A date, or a date and a time of day, in the site's time zone; a date alone means its first moment.
pub(super) struct DateAndTime;

/// Text that `read` takes.
pub(super) struct Text<T> {
    /// What to write, in words.
    pub(super) words: &'static str,
    pub(super) read: fn(&str) -> Result<T, Problem>,
}

/// One of the first words, each with its meaning; the second ones are understood too.
pub(super) struct Words<T: 'static>(
    pub(super) &'static [(&'static str, T)],
    pub(super) &'static [(&'static str, T)],
);

pub(super) const fn words<T>(words: &'static [(&'static str, T)]) -> Words<T> {
    Words(words, &[])
}

/// One of these texts.
pub(super) struct AnyOf(pub(super) &'static [&'static str]);

/// Person numbers separated by commas without spaces, or a list of them.
pub(super) struct PersonNumbers;

impl Described for Bool {
    fn describe(&self) -> Description {
        Description::new("true or false", json!({"type": "boolean"}))
    }
}

impl Form<bool> for Bool {
    fn read(&self, found: Found<'_>, _: &mut Checker<'_>) -> FormResult<bool> {
        found.value.as_bool().ok_or(FormError::Type)
    }
}

impl Described for Int {
    fn describe(&self) -> Description {
        match *self {
            Int(from, i64::MAX) => Description::new(
                format!("a whole number from {from}"),
                json!({"type": "integer", "minimum": from}),
            ),
            Int(from, to) => Description::new(
                format!("a whole number from {from} to {to}"),
                json!({"type": "integer", "minimum": from, "maximum": to}),
            ),
        }
    }
}

impl<T: TryFrom<i64>> Form<T> for Int {
    fn read(&self, found: Found<'_>, _: &mut Checker<'_>) -> FormResult<T> {
        let found = found.value.as_integer().ok_or(FormError::Type)?;
        i64::from_str_radix(found.as_str(), found.radix())
            .ok()
            .filter(|number| (self.0..=self.1).contains(number))
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| out_of_range(self, &found.to_string()))
    }
}

impl Described for Number {
    fn describe(&self) -> Description {
        Description::new(
            format!("a number from {} to {}", self.0, self.1),
            json!({"type": "number", "minimum": self.0, "maximum": self.1}),
        )
    }
}

impl Form<f64> for Number {
    fn read(&self, found: Found<'_>, _: &mut Checker<'_>) -> FormResult<f64> {
        let (number, text) = match found.value {
            DeValue::Integer(i) => (i.as_str().parse::<f64>(), i.to_string()),
            DeValue::Float(f) => (f.as_str().parse::<f64>(), f.to_string()),
            _ => return Err(FormError::Type),
        };
        number
            .ok()
            .filter(|number| (self.0..=self.1).contains(number))
            .ok_or_else(|| out_of_range(self, &text))
    }
}

fn out_of_range(form: &impl Described, found: &str) -> FormError {
    let hint = format!("write {}", form.describe().words);
    Problem::new(format!("{found} is out of range"), hint).into()
}

impl Described for Date {
    fn describe(&self) -> Description {
        Description::new(
            "a date such as 2026-12-31",
            json!({"type": "string", "format": "date"}),
        )
    }
}

impl Form<NaiveDate> for Date {
    fn read(&self, found: Found<'_>, _: &mut Checker<'_>) -> FormResult<NaiveDate> {
        let text = match found.value {
            DeValue::Datetime(d) if d.time.is_none() && d.offset.is_none() => d.to_string(),
            DeValue::String(s) => s.to_string(),
            _ => return Err(FormError::Type),
        };
        text.parse().map_err(|_| not_a_date(self, &text))
    }
}

impl Described for DateAndTime {
    fn describe(&self) -> Description {
        Description::new(
            "a date and time such as 2026-12-31T06:00:00",
            json!({"type": "string"}),
        )
    }
}

impl Form<NaiveDateTime> for DateAndTime {
    fn read(&self, found: Found<'_>, _: &mut Checker<'_>) -> FormResult<NaiveDateTime> {
        let text = match found.value {
            DeValue::Datetime(d) if d.offset.is_some() => {
                return Err(FormError::Value(Problem::new(
                    "has a time zone of its own",
                    "leave it out: the site's time zone is meant",
                )));
            }
            DeValue::Datetime(d) => local_time(d),
            DeValue::String(s) => s.to_string(),
            _ => return Err(FormError::Type),
        };
        let date_alone = || text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0);
        text.parse()
            .ok()
            .or_else(date_alone)
            .ok_or_else(|| not_a_date(self, &text))
    }
}

fn local_time(found: &Datetime) -> String {
    match (found.date, found.time) {
        (Some(date), Some(time)) => {
            let seconds = time.second.unwrap_or(0);
            format!("{date}T{:02}:{:02}:{seconds:02}", time.hour, time.minute)
        }
        _ => found.to_string(),
    }
}

fn not_a_date(form: &impl Described, found: &str) -> FormError {
    let hint = format!("write {}", form.describe().words);
    Problem::of(found, "is not a date", hint).into()
}

impl<T> Described for Text<T> {
    fn describe(&self) -> Description {
        Description {
            quoted: true,
            ..Description::new(self.words, json!({"type": "string"}))
        }
    }
}

impl<T, U: From<T>> Form<U> for Text<T> {
    fn read(&self, found: Found<'_>, _: &mut Checker<'_>) -> FormResult<U> {
        let text = found.value.as_str().ok_or(FormError::Type)?;
        Ok((self.read)(text)?.into())
    }
}

impl<T> Described for Words<T> {
    fn describe(&self) -> Description {
        let word = |(word, _): &(&'static str, T)| *word;
        let words: Vec<&str> = self.0.iter().map(word).collect();
        let all: Vec<&str> = self.0.iter().chain(self.1).map(word).collect();
        Description::new(any_of(&words), json!({"enum": all}))
    }
}

impl<T: Clone> Form<T> for Words<T> {
    fn read(&self, found: Found<'_>, _: &mut Checker<'_>) -> FormResult<T> {
        let found = found.value.as_str().ok_or(FormError::Type)?;
        let words: Vec<&str> = self.0.iter().map(|(word, _)| *word).collect();
        let mut all = self.0.iter().chain(self.1);
        all.find(|(word, _)| *word == found)
            .map(|(_, meaning)| meaning.clone())
            .ok_or_else(|| unknown_word(found, &words))
    }
}

impl Described for AnyOf {
    fn describe(&self) -> Description {
        Description::new(any_of(self.0), json!({"enum": self.0}))
    }
}

impl Form<String> for AnyOf {
    fn read(&self, found: Found<'_>, _: &mut Checker<'_>) -> FormResult<String> {
        let found = found.value.as_str().ok_or(FormError::Type)?;
        match self.0.contains(&found) {
            true => Ok(found.to_owned()),
            false => Err(unknown_word(found, self.0)),
        }
    }
}

fn unknown_word(found: &str, words: &[&str]) -> FormError {
    let meant = did_you_mean(found, words.iter().copied()).filter(|_| words.len() > 4);
    let hint = meant.unwrap_or_else(|| format!("write {}", any_of(words)));
    Problem::of(found, "is not known here", hint).into()
}

impl Described for PersonNumbers {
    fn describe(&self) -> Description {
        Description::new(
            "words separated by commas without spaces, or a list",
            json!({"anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ]}),
        )
    }
}

impl Form<Vec<String>> for PersonNumbers {
    fn read(&self, found: Found<'_>, _: &mut Checker<'_>) -> FormResult<Vec<String>> {
        let texts = match found.value {
            DeValue::String(list) => Some(list.split(',').collect()),
            DeValue::Array(list) => list
                .iter()
                .map(|number| number.get_ref().as_str())
                .collect(),
            _ => return Err(FormError::Type),
        };
        let numbers: Vec<&str> = texts.ok_or_else(|| {
            let hint = "write each person number in quotes";
            Problem::new("holds something that isn't text", hint)
        })?;
        // The same rule as on the command line.
        let unwritable = |c: char| c == ',' || c.is_whitespace() || is_invisible(c);
        let bad = |n: &&str| n.is_empty() || n.contains(unwritable);
        if numbers.is_empty() || numbers.iter().any(bad) {
            return Err(FormError::Value(Problem::new(
                "holds a space, an invisible character or an empty person number",
                "write them separated by commas without spaces, such as \"1001,1002\"",
            )));
        }
        Ok(numbers.into_iter().map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::diagnostics::Diagnostics;
    use std::path::Path;

    fn read<T>(form: &impl Form<T>, text: &str) -> Result<T, String> {
        let value = DeValue::parse(text).unwrap();
        let mut diagnostics = Diagnostics::new(Path::new("f"), text);
        let mut checker = Checker::new(&mut diagnostics, Vec::new);
        let taken = checker.value(form, &value, "key");
        taken.ok_or_else(|| diagnostics.into_list()[0].problem.clone())
    }

    #[test]
    fn dates_come_as_dates_or_as_text() {
        let day = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
        assert_eq!(read(&Date, "2026-01-31"), Ok(day));
        assert_eq!(read(&Date, "'2026-01-31'"), Ok(day));
        assert!(read(&Date, "'2026-02-30'").is_err());
        assert!(read(&Date, "2026-01-31T00:00:00").is_err());
        let moment = read(&DateAndTime, "2026-11-20T06:00:00").unwrap();
        assert_eq!(moment.to_string(), "2026-11-20 06:00:00");
        assert!(read(&DateAndTime, "2026-11-20T06:00:00Z").is_err());
        assert!(read(&DateAndTime, "06:00:00").is_err());
    }

    #[test]
    fn numbers_keep_to_their_range() {
        assert_eq!(read(&Int(1, 31), "0x1f"), Ok(31));
        assert!(read::<u32>(&Int(1, 31), "32").is_err());
        assert!(read::<u32>(&Int(1, 31), "99999999999999999999").is_err());
        assert_eq!(read(&Number(0.0, 100.0), "12.5"), Ok(12.5));
        assert!(read(&Number(0.0, 100.0), "nan").is_err());
        assert!(read(&Number(0.0, 100.0), "100.1").is_err());
    }

    #[test]
    fn person_numbers_are_separated_by_commas_alone() {
        let both = vec!["1001".to_owned(), "1002".to_owned()];
        assert_eq!(read(&PersonNumbers, "'1001,1002'"), Ok(both.clone()));
        assert_eq!(read(&PersonNumbers, "['1001', '1002']"), Ok(both));
        for bad in ["'1001, 1002'", "''", "[]", "[1001]", "'1001,'"] {
            assert!(read(&PersonNumbers, bad).is_err(), "{bad}");
        }
    }
}
