//! What the receiver does with an accepted record.

use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantArray};

/// The action of an accepted record, by comparison with the last accepted state.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Action {
    /// Demographic: an employee who is new to the roster.
    Create,
    /// Demographic: a known employee with other content.
    Update,
    /// Demographic: an employee who left.
    Deactivate,
    /// Demographic: first sync of an employee whose account is already known by e-mail.
    Link,
    /// Demographic: a rehire; the original hire date is kept.
    Reactivate,
    /// Deduction: a new key.
    Add,
    /// Deduction: a known key with other content.
    Change,
    /// Deduction: a known key that now ends.
    Stop,
    /// Deduction: a plan that was declined before it began.
    Waive,
    /// Equal to the last accepted state, written because `qualify_delta` is off.
    None,
}

impl Action {
    /// Every action, in the order of the configuration reference.
    pub const ALL: [Action; Action::VARIANTS.len()] =
        *Action::VARIANTS.first_chunk().expect("of this length");

    /// The word in output files and configuration.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::Action;

    #[test]
    fn words_are_those_of_files_and_configurations() {
        let words: Vec<&str> = Action::ALL.iter().map(|a| a.as_str()).collect();
        assert_eq!(
            words.join(" "),
            "create update deactivate link reactivate add change stop waive none"
        );
        for action in Action::ALL {
            assert_eq!(action.as_str().parse(), Ok(action));
        }
    }
}
