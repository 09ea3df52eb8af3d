//! The forms of values in `--json` output.

use chrono::{DateTime, FixedOffset, SecondsFormat};
use serde::{Serialize, Serializer, ser::Error};

/// A moment to the second, with its offset.
pub(super) fn to_the_second<S: Serializer>(
    moment: &DateTime<FixedOffset>,
    to: S,
) -> Result<S::Ok, S::Error> {
    to.serialize_str(&moment.to_rfc3339_opts(SecondsFormat::Secs, false))
}

/// The same of a moment that may be missing.
#[expect(
    clippy::ref_option,
    reason = "serde calls it with a reference to the field"
)]
pub(super) fn to_the_second_if_any<S: Serializer>(
    moment: &Option<DateTime<FixedOffset>>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match moment {
        Some(moment) => to_the_second(moment, to),
        None => to.serialize_none(),
    }
}

/// A value with its keys in alphabetical order, not in the order of its fields. Values inside these results have always
/// been printed that way.
pub(super) fn by_key<T: Serialize, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    let value = serde_json::to_value(value).map_err(S::Error::custom)?;
    value.serialize(to)
}
