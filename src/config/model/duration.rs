//! Lengths of time as the configuration writes them.

use serde::{Deserialize, Deserializer, de::Error};
use std::time::Duration;

/// Reads `30s`, `5m`, `1h`, `1d`: a whole number above 0 and a unit, up to ten years.
pub(in crate::config) fn parse(text: &str) -> Option<Duration> {
    const LONGEST: u64 = 3650 * 86_400;
    let unit = match text.bytes().last()? {
        b's' => 1,
        b'm' => 60,
        b'h' => 3_600,
        b'd' => 86_400,
        _ => return None,
    };
    let number = &text[..text.len() - 1];
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let seconds = number.parse::<u64>().ok()?.checked_mul(unit)?;
    (1..=LONGEST)
        .contains(&seconds)
        .then(|| Duration::from_secs(seconds))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Duration, D::Error> {
    parse(&String::deserialize(d)?).ok_or_else(|| D::Error::custom("not a length of time"))
}

pub(super) fn deserialize_optional<'de, D: Deserializer<'de>>(
    d: D,
) -> Result<Option<Duration>, D::Error> {
    deserialize(d).map(Some)
}

#[cfg(test)]
mod tests {
    use super::parse;
    use std::time::Duration;

    #[test]
    fn reads_a_number_and_a_unit() {
        assert_eq!(parse("90s"), Some(Duration::from_secs(90)));
        assert_eq!(parse("2h"), Some(Duration::from_secs(7200)));
        assert_eq!(parse("1d"), Some(Duration::from_secs(86_400)));
        for bad in [
            "",
            "5",
            "m",
            "0m",
            "-1s",
            "+1s",
            "1.5h",
            "1w",
            "99999999999999999999d",
            "5é",
        ] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }
}
