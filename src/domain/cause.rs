//! Where the cause of a finding lies.

use serde::{Deserialize, Serialize};
use strum::VariantArray;

/// Where the cause of a finding lies, and so what is to be mended.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, VariantArray,
)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cause {
    /// A value of the row is wrong.
    Row,
    /// The row may be right: our configuration lacks something.
    Configuration,
    /// The row is right: another file has to come first.
    Order,
    /// The sender's system makes such rows, and will make more of them.
    Sender,
}

impl Cause {
    /// The words for people.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Cause::Row => "in the row",
            Cause::Configuration => "in our configuration",
            Cause::Order => "order of files",
            Cause::Sender => "at the sender",
        }
    }
}
