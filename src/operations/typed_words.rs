//! Values as people type them, on the command line and in forms: times and days, codes, words of a list, reasons.

use super::local_time::ClockTime;
use crate::domain::{Code, EmployeeState, RunStatus};
use chrono::{NaiveDate, NaiveTime};

/// The longest line that people type, such as a reason, in characters.
pub(crate) const LONGEST_LINE: usize = 500;

/// Reads a day in its ISO form.
pub(crate) fn day(text: &str) -> Result<NaiveDate, String> {
    iso_date(text).ok_or_else(|| "write a date such as 2026-12-31".to_owned())
}

/// Reads a time of a day, or the next time of the clock.
pub(crate) fn time(text: &str) -> Result<ClockTime, String> {
    let at = text
        .split_once('T')
        .and_then(|(day, time)| Some(ClockTime::At(iso_date(day)?.and_time(clock(time)?))));
    at.or_else(|| clock(text).map(ClockTime::Next)).ok_or_else(|| {
        "write a time such as 2026-11-21T06:00, or 06:00 for the next time it is 6; it is read on the site's clock"
            .to_owned()
    })
}

/// Reads a day, a time of a day, or the next time of the clock.
pub(crate) fn day_or_time(text: &str) -> Result<ClockTime, String> {
    iso_date(text).map(ClockTime::Day).map_or_else(
        || {
            time(text).map_err(|_| {
                "write a date such as 2026-12-01, a time such as 2026-12-01T06:00, or 06:00 for the next time it is 6; it is read on the site's clock"
                    .to_owned()
            })
        },
        Ok,
    )
}

/// A date in its ISO form and no other.
pub(crate) fn iso_date(text: &str) -> Option<NaiveDate> {
    let shaped = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|_| shaped)
}

fn clock(text: &str) -> Option<NaiveTime> {
    let shaped = text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit() || b == b':');
    NaiveTime::parse_from_str(text, "%H:%M")
        .ok()
        .filter(|_| shaped)
}

/// Reads a finding code.
pub(crate) fn code(text: &str) -> Result<Code, String> {
    Code::parse(&text.to_uppercase()).ok_or_else(|| {
        "a finding code looks like SSN_AREA; `feedgate explain` lists them".to_owned()
    })
}

/// Reads one of a few words, in any case, with spaces, hyphens or underscores.
pub(crate) fn word_of<T: Copy>(
    text: &str,
    what: &str,
    all: &[T],
    word: fn(T) -> &'static str,
) -> Result<T, String> {
    let plain = |word: &str| word.to_lowercase().replace(['-', '_'], " ");
    let found = all.iter().find(|one| plain(word(**one)) == plain(text));
    found.copied().ok_or_else(|| {
        let all: Vec<&str> = all.iter().map(|one| word(*one)).collect();
        format!("the {what} are {}", all.join(", "))
    })
}

/// Reads a status of runs.
pub(crate) fn run_status(text: &str) -> Result<RunStatus, String> {
    word_of(text, "statuses", &RunStatus::ALL, RunStatus::as_str)
}

/// Reads a state of employees.
pub(crate) fn employee_state(text: &str) -> Result<EmployeeState, String> {
    word_of(text, "states", &EmployeeState::ALL, EmployeeState::as_str)
}

/// Reads a reason, which is one line.
pub(crate) fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err("give the reason in one line of text".to_owned());
    }
    if text.chars().count() > LONGEST_LINE {
        return Err(format!(
            "give the reason in at most {LONGEST_LINE} characters"
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{ClockTime, LONGEST_LINE};
    use super::{day, day_or_time, employee_state, iso_date, reason, run_status, time};
    use crate::domain::{EmployeeState, RunStatus};
    use chrono::NaiveDate;

    #[test]
    fn times_are_read_in_their_forms_and_no_others() {
        for good in ["2026-11-21T06:00", "06:00", "23:59"] {
            assert!(time(good).is_ok() && day_or_time(good).is_ok(), "{good}");
        }
        for bad in [
            "6:00",
            "24:00",
            "2026-11-21 06:00",
            "2026-11-21T6:00",
            "21.11.2026",
            "06:00Z",
            "",
        ] {
            assert!(time(bad).is_err() && day_or_time(bad).is_err(), "{bad}");
        }
        assert!(time("2026-11-21").is_err());
        let first = NaiveDate::from_ymd_opt(2026, 11, 21).expect("day");
        let at = first.and_hms_opt(6, 0, 0).expect("time");
        assert_eq!(time("2026-11-21T06:00"), Ok(ClockTime::At(at)));
        assert_eq!(day_or_time("06:00"), Ok(ClockTime::Next(at.time())));
        assert_eq!(day_or_time("2026-11-21"), Ok(ClockTime::Day(first)));
        assert_eq!(day("2026-11-21"), Ok(first));
        assert!(day("11/21/2026").is_err());
    }

    #[test]
    fn dates_are_iso_dates() {
        assert!(iso_date("2026-11-20").is_some());
        for bad in ["2026-1-2", "20261120", "+2026-1-02", "2026-13-01"] {
            assert_eq!(iso_date(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_state_is_read_however_it_is_written() {
        for text in ["Not syncing", "not-syncing", "NOT_SYNCING"] {
            assert_eq!(
                employee_state(text),
                Ok(EmployeeState::NotSyncing),
                "{text}"
            );
        }
        let refused = employee_state("done").expect_err("no state");
        assert_eq!(
            refused,
            "the states are Not syncing, Failed, In progress, Successful"
        );
    }

    #[test]
    fn a_reason_is_one_line_that_is_not_too_long() {
        assert_eq!(reason(" card seen "), Ok("card seen".to_owned()));
        assert!(reason(&"x".repeat(LONGEST_LINE)).is_ok());
        let long = reason(&"x".repeat(LONGEST_LINE + 1));
        assert!(long.is_err_and(|why| why.contains("500")));
        for bad in ["", "  ", "two\nlines"] {
            assert!(reason(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_status_is_read_however_it_is_written() {
        for text in ["Completed with Errors", "completed-with-errors"] {
            assert_eq!(run_status(text), Ok(RunStatus::CompletedWithErrors));
        }
        assert_eq!(run_status("in-progress"), Ok(RunStatus::InProgress));
        assert!(run_status("done").is_err_and(|e| e.contains("Held")));
    }
}
