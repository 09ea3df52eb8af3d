//! The integration reference ID.

use chrono::NaiveDate;
use std::fmt;

/// `YYYYMMDD-NNNNNN`: unique per site, sorts by time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct ReferenceId(String);

impl ReferenceId {
    /// Length of the text form.
    pub const LEN: usize = 15;

    /// The `n`-th reference ID of a day given as `YYYYMMDD`.
    pub fn new(day: &str, n: u32) -> ReferenceId {
        ReferenceId(format!("{day}-{n:06}"))
    }

    /// The reference ID shown for a dry run on a day: no run has it.
    pub(crate) fn of_dry_run(day: NaiveDate) -> ReferenceId {
        ReferenceId::new(&day.format("%Y%m%d").to_string(), 0)
    }

    /// The reference ID in the receipt of a file that no run took: `NYYYYMMDD-` and letters that stand for the file. No
    /// run has it, and [`ReferenceId::parse`] doesn't read it.
    pub(crate) fn of_file_not_taken(day: NaiveDate, letters: &str) -> ReferenceId {
        ReferenceId(format!("N{}-{letters}", day.format("%Y%m%d")))
    }

    /// The ID of an arrival, in its place beside those of runs. [`ReferenceId::parse`] doesn't read it.
    pub(crate) fn of_arrival(arrival: impl fmt::Display) -> ReferenceId {
        ReferenceId(arrival.to_string())
    }

    /// Reads the exact text form.
    pub fn parse(text: &str) -> Option<ReferenceId> {
        let b = text.as_bytes();
        let shaped = b.len() == Self::LEN
            && b[8] == b'-'
            && b.iter()
                .enumerate()
                .all(|(i, c)| i == 8 || c.is_ascii_digit());
        shaped.then(|| ReferenceId(text.to_owned()))
    }

    /// Finds the last reference ID in a file name, delimited by anything but digits.
    pub fn find_in(name: &str) -> Option<ReferenceId> {
        let bytes = name.as_bytes();
        (0..bytes.len().saturating_sub(Self::LEN - 1))
            .rev()
            .find_map(|start| {
                let end = start + Self::LEN;
                let free_before = start == 0 || !bytes[start - 1].is_ascii_digit();
                let free_after = end == bytes.len() || !bytes[end].is_ascii_digit();
                if !(free_before && free_after) {
                    return None;
                }
                name.get(start..end).and_then(ReferenceId::parse)
            })
    }

    /// The day of the last reference ID that stands between dots in a file name. It may have a letter in front, as that of
    /// a file that no run took.
    pub(crate) fn day_in(name: &str) -> Option<NaiveDate> {
        let day = |part: &str| {
            let plain = part.strip_prefix(|c: char| c.is_ascii_uppercase());
            let (day, rest) = plain.unwrap_or(part).split_once('-')?;
            let shaped = day.len() == 8
                && day.bytes().all(|b| b.is_ascii_digit())
                && rest.len() >= 6
                && rest.bytes().all(|b| b.is_ascii_alphanumeric());
            shaped.then(|| NaiveDate::parse_from_str(day, "%Y%m%d").ok())?
        };
        let between_dots = name.split('.').skip(1);
        let ended = between_dots.collect::<Vec<_>>();
        ended
            .split_last()?
            .1
            .iter()
            .rev()
            .find_map(|part| day(part))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReferenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for ReferenceId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        ReferenceId::parse(&text).ok_or_else(|| serde::de::Error::custom("not a reference ID"))
    }
}

#[cfg(test)]
mod tests {
    use super::ReferenceId;

    #[test]
    fn found_in_a_rejects_name_and_nowhere_else() {
        let found = ReferenceId::find_in("hr.20261120-000017.rejects.csv");
        assert_eq!(
            found.map(|r| r.to_string()).as_deref(),
            Some("20261120-000017")
        );
        let last = ReferenceId::find_in("hr.20261120-000017.rejects.20261121-000002.rejects.csv");
        assert_eq!(
            last.map(|r| r.to_string()).as_deref(),
            Some("20261121-000002")
        );
        assert_eq!(ReferenceId::find_in("hr-120261120-000017.csv"), None);
        assert_eq!(ReferenceId::find_in("hr-20261120-0000171.csv"), None);
        assert_eq!(ReferenceId::find_in("é20261120"), None);
    }
}
