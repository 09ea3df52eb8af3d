//! Cron expressions of five fields.

use chrono::{NaiveDate, NaiveDateTime};
use croner::parser::{CronParser, Seconds, Year};
use thiserror::Error;

/// Longer expressions are refused unread.
const LONGEST: usize = 500;

/// A cron expression that some day comes true.
///
/// Fields: minute, hour, day of the month, month, day of the week. Where both kinds of day are limited, either is
/// enough. `L` is the last day or weekday of a month, `Mon#2` the second Monday, `15W` the working day nearest to the
/// 15th.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cron(Box<croner::Cron>);

/// Why a text is no cron expression; it completes a sentence that begins with the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum CronFault {
    /// It has not five fields of known characters, or a field is out of its range.
    #[error("is not a cron expression")]
    NotCron,
    /// No day there ever was or will be fits it.
    #[error("never comes: no month has such a day")]
    Never,
}

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// When it can't be read, or when no time ever fits it.
    pub(crate) fn parse(text: &str) -> Result<Cron, CronFault> {
        let known = |c: char| c.is_ascii_alphanumeric() || "*/,-?#".contains(c);
        let mut fields = text.split_ascii_whitespace();
        let readable = text.len() <= LONGEST
            && fields.clone().count() == 5
            && fields.all(|field| field.chars().all(known));
        if !readable {
            return Err(CronFault::NotCron);
        }
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let cron = parser.parse(text).map_err(|_| CronFault::NotCron)?;
        let cron = Cron(Box::new(cron));
        let some_day = NaiveDate::default().and_time(chrono::NaiveTime::MIN);
        match cron.after(some_day) {
            Some(_) => Ok(cron),
            None => Err(CronFault::Never),
        }
    }

    /// The expression as it was written.
    pub(super) fn text(&self) -> String {
        self.0.as_str().to_owned()
    }

    /// What it means, in English.
    pub(super) fn description(&self) -> String {
        self.0.describe()
    }

    /// The next time on the wall clock after this one. The search ends with the year 5000.
    pub(super) fn after(&self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        self.0.find_next_occurrence(&local, false).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::tests::local;
    use proptest::prelude::*;

    fn after(expression: &str, at: &str) -> NaiveDateTime {
        Cron::parse(expression).unwrap().after(local(at)).unwrap()
    }

    #[test]
    fn five_fields_are_read() {
        // 2026-11-20 is a Friday.
        let table = [
            ("0 2 * * *", "2026-11-21 02:00:00"),
            ("*/20 * * * *", "2026-11-20 06:20:00"),
            ("30 4 1,15 * *", "2026-12-01 04:30:00"),
            ("0 2 * * Mon-Wed", "2026-11-23 02:00:00"),
            ("0 2 13 * Fri", "2026-11-27 02:00:00"),
            ("0 2 L * *", "2026-11-30 02:00:00"),
            ("0 2 * * mon#2", "2026-12-14 02:00:00"),
            ("0 2 29 feb ?", "2028-02-29 02:00:00"),
            ("0 0 * * 7", "2026-11-22 00:00:00"),
        ];
        for (expression, expected) in table {
            let got = after(expression, "2026-11-20 06:00:00");
            assert_eq!(got, local(expected), "{expression}");
        }
    }

    #[test]
    fn the_next_is_strictly_after() {
        assert_eq!(
            after("0 2 * * *", "2026-11-20 02:00:00"),
            local("2026-11-21 02:00:00")
        );
        assert_eq!(
            after("0 2 * * *", "2026-11-20 01:59:59"),
            local("2026-11-20 02:00:00")
        );
    }

    #[test]
    fn what_is_no_cron_is_refused() {
        let bad = [
            "",
            "0 2 * *",
            "0 0 2 * * *",
            "@daily",
            "61 2 * * *",
            "0 24 * * *",
            "0 2 32 * *",
            "0 2 * 13 *",
            "0 2 * * Mo",
            "a b c d e",
            "0 2 * * 8",
            "*/0 * * * *",
            "5-1 * * * *",
        ];
        for text in bad {
            assert_eq!(Cron::parse(text), Err(CronFault::NotCron), "{text:?}");
        }
        for text in ["0 0 30 2 *", "0 0 31 4,6,9,11 *"] {
            assert_eq!(Cron::parse(text), Err(CronFault::Never), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fall_over(text in "([0-9*/,#?LWMon-]{1,6} ){4}[0-9*/,#?LWMon-]{1,6}") {
            if let Ok(cron) = Cron::parse(&text) {
                let at = local("2026-11-20 06:00:00");
                prop_assert!(cron.after(at).is_none_or(|next| next > at));
            }
        }
    }
}
