//! The states of employees in an integration.

use serde::Serialize;
use strum::{Display, IntoStaticStr, VariantArray};

/// How far the last record of an employee has come.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Display,
    IntoStaticStr,
    VariantArray,
)]
pub(crate) enum EmployeeState {
    /// Known, and not yet selected to be sent.
    #[serde(rename = "Not syncing")]
    #[strum(serialize = "Not syncing")]
    NotSyncing,
    /// The last record was rejected, or the output with it could not be sent.
    Failed,
    /// In the output of a run that is under way, or in one that waits to be sent.
    #[serde(rename = "In progress")]
    #[strum(serialize = "In progress")]
    InProgress,
    /// Sent; where nothing is sent, published.
    Successful,
}

impl EmployeeState {
    pub(crate) const ALL: [EmployeeState; EmployeeState::VARIANTS.len()] = *EmployeeState::VARIANTS
        .first_chunk()
        .expect("of this length");

    pub(crate) fn as_str(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::EmployeeState;

    #[test]
    fn words_are_those_of_the_json() {
        let words = EmployeeState::ALL.map(EmployeeState::as_str);
        assert_eq!(
            words,
            ["Not syncing", "Failed", "In progress", "Successful"]
        );
        for state in EmployeeState::ALL {
            let json = serde_json::to_value(state).expect("a word");
            assert_eq!(json, state.as_str());
        }
    }
}
