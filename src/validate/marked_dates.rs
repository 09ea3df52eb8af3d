//! What senders write in the place of a date and don't mean as one: "no date" and "no end".

use super::date::{self, DateForm, Reading};
use chrono::{Datelike, NaiveDate};

/// Values that an integration lists as no date, or as no end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarkedDates {
    /// Those that are days, whose forms in the file may differ.
    days: Vec<NaiveDate>,
    /// All of them as they are written in the list.
    texts: Vec<String>,
}

impl MarkedDates {
    /// Values as they are written in the list, where days have one of the integration's forms or are ISO dates.
    pub fn new(texts: &[String], forms: &[DateForm]) -> MarkedDates {
        let day = |text: &String| match date::read(forms, text.as_bytes(), NaiveDate::MAX) {
            Reading::One(moment) => Some(moment.local.date()),
            Reading::Ambiguous => None,
            Reading::None => text.parse().ok(),
        };
        MarkedDates {
            days: texts.iter().filter_map(day).collect(),
            texts: texts.to_vec(),
        }
    }

    /// Whether a text stands in the list as it is; case doesn't count.
    pub(crate) fn lists(&self, text: &[u8]) -> bool {
        let same = |listed: &String| listed.as_bytes().eq_ignore_ascii_case(text);
        self.texts.iter().any(same)
    }

    /// Whether a day is one of the list.
    pub(crate) fn has(&self, day: NaiveDate) -> bool {
        self.days.contains(&day)
    }

    /// Whether nothing is listed.
    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The days that are listed.
    pub(super) fn days(&self) -> impl Iterator<Item = NaiveDate> {
        self.days.iter().copied()
    }
}

/// Whether a text is the date of zeros that databases and fixed-width exports write for "no date", at no time of day or at
/// midnight.
pub(crate) fn is_zero(text: &[u8]) -> bool {
    if text.first() != Some(&b'0') {
        return false;
    }
    let parted = text.iter().position(|b| matches!(b, b' ' | b'T'));
    let (day, time) = text.split_at(parted.unwrap_or(text.len()));
    let zero = matches!(
        day,
        b"00000000"
            | b"0000-00-00"
            | b"0000/00/00"
            | b"0000.00.00"
            | b"00-00-0000"
            | b"00/00/0000"
            | b"00.00.0000"
            | b"0/0/0000"
    );
    zero && match time {
        [] => true,
        [_, b'0', rest @ ..] => rest.iter().all(|b| matches!(b, b'0' | b':' | b'.' | b'Z')),
        _ => false,
    }
}

/// Whether an end date means "no end" in every integration: 2100-12-31, 4712-12-31 (Oracle's last day) and 9999-12-31.
pub(crate) fn is_open(date: NaiveDate) -> bool {
    date.month() == 12 && date.day() == 31 && matches!(date.year(), 2100 | 4712 | 9999)
}

#[cfg(test)]
mod tests {
    use super::{DateForm, MarkedDates, is_zero};

    #[test]
    fn dates_of_zeros_and_what_only_looks_so() {
        for zero in [
            "00000000",
            "0000-00-00",
            "0000/00/00",
            "00/00/0000",
            "0000-00-00 00:00:00",
            "0000-00-00T00:00:00.000",
        ] {
            assert!(is_zero(zero.as_bytes()), "{zero}");
        }
        for other in [
            "0",
            "000000",
            "0000000000",
            "0000-00-01",
            "2000-00-00",
            "0000-00/00",
            "0000-00-00 00:00:01",
            "0000-00-00 ",
            "",
        ] {
            assert!(!is_zero(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn a_listed_day_counts_in_every_form_and_a_text_as_it_is() {
        let forms = ["%m/%d/%Y", "%d/%m/%Y"].map(|p| DateForm::compile(p).expect("a pattern"));
        let listed = [
            "1900-01-01",
            "12/31/2099",
            "03/04/1901",
            "99/99/9999",
            "Open",
        ];
        let marked = MarkedDates::new(&listed.map(str::to_owned), &forms);
        let days: Vec<String> = marked.days().map(|d| d.to_string()).collect();
        // Which day 03/04 is can't be known, so that only the text itself is listed.
        assert_eq!(days, ["1900-01-01", "2099-12-31"]);
        assert!(marked.lists(b"03/04/1901") && marked.lists(b"99/99/9999"));
        assert!(marked.lists(b"OPEN") && !marked.lists(b"OPENED") && !marked.lists(b""));
    }
}
