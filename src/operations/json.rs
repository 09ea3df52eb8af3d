//! The form of nested values in `--json` output.

use serde::{Serialize, Serializer, ser::Error};

/// A value with its keys in alphabetical order, not in the order of its fields. Values inside these results have always
/// been printed that way.
pub(super) fn by_key<T: Serialize, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    let value = serde_json::to_value(value).map_err(S::Error::custom)?;
    value.serialize(to)
}
