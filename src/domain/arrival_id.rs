//! The ID of a file that was taken from inbound and waits for its run.

use super::ReferenceId;
use chrono::NaiveDate;
use std::fmt;

/// `AYYYYMMDD-NNNNNN`: unique per site, sorts by time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct ArrivalId(String);

impl ArrivalId {
    /// The highest number of a day.
    pub(crate) const MOST: u32 = 999_999;

    /// The `n`-th arrival of a day.
    pub(crate) fn new(day: NaiveDate, n: u32) -> ArrivalId {
        ArrivalId(format!("A{}-{n:06}", day.format("%Y%m%d")))
    }

    /// Reads the exact text form.
    pub fn parse(text: &str) -> Option<ArrivalId> {
        let shaped = text.strip_prefix('A').and_then(ReferenceId::parse);
        shaped.map(|_| ArrivalId(text.to_owned()))
    }

    /// Its day and its number in that day.
    pub(crate) fn parts(&self) -> Option<(NaiveDate, u32)> {
        let (day, number) = self.0.get(1..)?.split_once('-')?;
        let day = NaiveDate::parse_from_str(day, "%Y%m%d").ok()?;
        Some((day, number.parse().ok()?))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArrivalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::ArrivalId;
    use chrono::NaiveDate;

    #[test]
    fn it_reads_what_it_writes_and_nothing_else() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 29).expect("a day");
        let id = ArrivalId::new(day, 123);
        assert_eq!(id.as_str(), "A20261129-000123");
        assert_eq!(ArrivalId::parse(id.as_str()), Some(id.clone()));
        assert_eq!(id.parts(), Some((day, 123)));
        for odd in ["20261129-000123", "A20261129-123", "B20261129-000123", "A"] {
            assert_eq!(ArrivalId::parse(odd), None, "{odd}");
        }
    }
}
