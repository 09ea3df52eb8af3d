//! Quick reading of dates whose digits are at fixed positions.

use crate::validate::date::{DateForm, Moment};
use chrono::NaiveDate;

/// A date form with every digit at a fixed position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FixedForm {
    /// `%Y-%m-%d`
    Iso,
    /// `%m/%d/%Y` with two digits for month and day
    American,
    /// `%Y%m%d`
    Compact,
}

impl FixedForm {
    /// Every form. No text is of two of them.
    const ALL: [(FixedForm, &str); 3] = [
        (FixedForm::Iso, "%Y-%m-%d"),
        (FixedForm::American, "%m/%d/%Y"),
        (FixedForm::Compact, "%Y%m%d"),
    ];

    /// The fixed form of each listed form; empty if any has none, because then a text might mean another date by that
    /// form.
    pub(super) fn of_all(forms: &[DateForm]) -> Vec<FixedForm> {
        let fixed = |form: &DateForm| {
            let same =
                |(_, pattern): &&(_, &str)| DateForm::compile(pattern).as_ref() == Some(form);
            FixedForm::ALL.iter().find(same).map(|(fixed, _)| *fixed)
        };
        forms
            .iter()
            .map(fixed)
            .collect::<Option<_>>()
            .unwrap_or_default()
    }

    /// Reads a date; `None` where [`crate::validate::date::read`] has to decide.
    #[inline]
    pub(super) fn read(self, text: &[u8]) -> Option<NaiveDate> {
        let (first, last) = (text.first_chunk()?, text.last_chunk()?);
        let (century, year, month, day) = match (self, text.len()) {
            (FixedForm::Iso, 10) => {
                let [century, _, year, _, _, month, ..] = pairs(*first, *b"0000-00-")?;
                (century, year, month, two(*last)?)
            }
            (FixedForm::Compact, 8) => {
                let [century, _, year, _, month, _, day, _] = pairs(*first, *b"00000000")?;
                (century, year, month, day)
            }
            (FixedForm::American, 10) => {
                let [month, _, _, day, _, _, century, _] = pairs(*first, *b"00/00/00")?;
                (century, two(*last)?, month, day)
            }
            _ => return None,
        };
        let year = i32::from(century) * 100 + i32::from(year);
        NaiveDate::from_ymd_opt(year, month.into(), day.into())
    }
}

/// The numbers that the digits at each place and the next make, where all bytes are digits but those of `like` that are
/// none.
#[inline]
fn pairs(text: [u8; 8], like: [u8; 8]) -> Option<[u8; 8]> {
    let digits = u64::from_le_bytes(text) ^ u64::from_le_bytes(like);
    // What makes the high bit of a byte that is too large: of a digit more than 9, elsewhere anything.
    let limits = like.map(|b| 0x7f - if b == b'0' { 9 } else { 0 });
    let wrong = digits | digits.wrapping_add(u64::from_le_bytes(limits));
    let numbers = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    (wrong & 0x8080_8080_8080_8080 == 0).then_some(numbers.to_le_bytes())
}

#[inline]
fn two([tens, ones]: [u8; 2]) -> Option<u8> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then_some(tens * 10 + ones)
}

/// Reads `YYYY-MM-DDTHH:MM:SS`, in UTC if a `Z` follows; `None` where [`crate::validate::date::read`] has to decide.
#[inline]
pub(super) fn timestamp(text: &[u8]) -> Option<Moment> {
    let (text, offset) = match text {
        [text @ .., b'Z'] => (text, Some(0)),
        _ => (text, None),
    };
    let (day, time) = text.split_at_checked(10)?;
    let [b'T', time @ ..] = time else {
        return None;
    };
    let [hours, _, _, minutes, _, _, seconds, _] = pairs(time.try_into().ok()?, *b"00:00:00")?;
    let date = FixedForm::Iso.read(day)?;
    let local = date.and_hms_opt(hours.into(), minutes.into(), seconds.into())?;
    Some(Moment {
        local,
        offset,
        day: false,
    })
}

#[cfg(test)]
mod tests {
    use super::{FixedForm, timestamp};
    use crate::validate::date::{DateForm, Reading, read};
    use crate::validate::field::moment_forms;
    use chrono::NaiveDate;
    use proptest::prelude::*;

    fn form(pattern: &str) -> DateForm {
        DateForm::compile(pattern).expect("a pattern")
    }

    proptest! {
        #[test]
        fn a_fixed_form_reads_what_its_form_reads(
            text in "(19|20|00)[0-9]{2}([-/]?)[01][0-9]([-/]?)[0-3][0-9]|[01][0-9][/-][0-3][0-9][/-][12][0-9]{3}|[0-9/-]{0,12}",
        ) {
            let forms = FixedForm::ALL.map(|(_, pattern)| form(pattern));
            for ((fixed, _), form) in FixedForm::ALL.into_iter().zip(&forms) {
                let slow = form.read(text.as_bytes(), NaiveDate::MAX).map(|m| m.local.date());
                let short = fixed == FixedForm::American && text.len() != 10;
                prop_assert_eq!(fixed.read(text.as_bytes()), slow.filter(|_| !short), "{:?}", form);
            }
            let hits = FixedForm::ALL.iter().filter(|(f, _)| f.read(text.as_bytes()).is_some()).count();
            prop_assert!(hits < 2);
        }

        #[test]
        fn a_timestamp_is_what_the_forms_read(
            text in "20[0-9]{2}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](Z|\\+05:00|)|[0-9TZ:-]{17,22}",
        ) {
            let slow = read(&moment_forms(), text.as_bytes(), NaiveDate::MAX);
            let fast = timestamp(text.as_bytes());
            if let Some(moment) = fast {
                prop_assert_eq!(slow, Reading::One(moment));
            }
            prop_assert_eq!(fast.is_some(), slow != Reading::None && !text.contains([' ', '+']));
        }
    }

    #[test]
    fn a_form_of_another_kind_among_them_leaves_nothing_fixed() {
        let two = FixedForm::of_all(&[form("%m/%d/%Y"), form("%Y-%m-%d")]);
        assert_eq!(two, [FixedForm::American, FixedForm::Iso]);
        assert_eq!(FixedForm::of_all(&[form("%m/%d/%Y"), form("%d/%m/%Y")]), []);
    }
}
