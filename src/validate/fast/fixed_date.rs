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
    #[expect(
        clippy::match_same_arms,
        reason = "one arm for each order of the parts"
    )]
    pub(super) fn read(self, text: &[u8]) -> Option<NaiveDate> {
        let (year, month, day) = match (self, text) {
            (FixedForm::Iso, [y @ .., b'-', m1, m2, b'-', d1, d2])
            | (FixedForm::Compact, [y @ .., m1, m2, d1, d2]) => (y, [m1, m2], [d1, d2]),
            (FixedForm::American, [m1, m2, b'/', d1, d2, b'/', y @ ..]) => (y, [m1, m2], [d1, d2]),
            _ => return None,
        };
        let &[y1, y2, y3, y4] = year else {
            return None;
        };
        let year = two([y1, y2])? * 100 + two([y3, y4])?;
        let [month, day] = [month, day].map(|[tens, ones]| two([*tens, *ones]));
        NaiveDate::from_ymd_opt(year.cast_signed(), month?, day?)
    }
}

#[inline]
fn two([tens, ones]: [u8; 2]) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then_some(u32::from(tens) * 10 + u32::from(ones))
}

/// Reads `YYYY-MM-DDTHH:MM:SS`, in UTC if a `Z` follows; `None` where [`crate::validate::date::read`] has to decide.
#[inline]
pub(super) fn timestamp(text: &[u8]) -> Option<Moment> {
    let (text, offset) = match text {
        [text @ .., b'Z'] => (text, Some(0)),
        _ => (text, None),
    };
    let (day, time) = text.split_at_checked(10)?;
    let &[b'T', h1, h2, b':', n1, n2, b':', s1, s2] = time else {
        return None;
    };
    let date = FixedForm::Iso.read(day)?;
    let local = date.and_hms_opt(two([h1, h2])?, two([n1, n2])?, two([s1, s2])?)?;
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
