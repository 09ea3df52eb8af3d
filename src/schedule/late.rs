//! How it is told that a file which a schedule expected has not come. The sentence is kept in the event log, and notices
//! read the time of it there.

use chrono::NaiveDateTime;

const BEFORE: &str = " expected a file by ";
const AFTER: &str = ", and none came; ask its sender";

/// A file was expected by a moment on the site's clock.
pub(crate) fn sentence(schedule: &str, expected: NaiveDateTime) -> String {
    let expected = expected.format("%Y-%m-%d %H:%M");
    format!("schedule.{schedule}{BEFORE}{expected}{AFTER}")
}

/// The time of the day by which the file was expected.
pub(crate) fn expected_in(sentence: &str) -> Option<&str> {
    let (_, rest) = sentence.split_once(BEFORE)?;
    let (_, time) = rest.strip_suffix(AFTER)?.split_once(' ')?;
    Some(time)
}
