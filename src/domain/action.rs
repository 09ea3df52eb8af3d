//! What an accepted record means to the receiver.

use serde::Serialize;

/// The action of an accepted record, by comparison with the last accepted state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Demographic: an employee the roster did not know.
    Create,
    /// Demographic: a known employee with other content.
    Update,
    /// Demographic: an employee who left.
    Deactivate,
    /// Demographic: first sync of an employee whose account is already known by e-mail.
    Link,
    /// Demographic: a rehire; the original hire date is kept.
    Reactivate,
    /// Deduction: a key that was not known.
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
    pub const ALL: [Action; 10] = [
        Action::Create,
        Action::Update,
        Action::Deactivate,
        Action::Link,
        Action::Reactivate,
        Action::Add,
        Action::Change,
        Action::Stop,
        Action::Waive,
        Action::None,
    ];

    /// The word in output files and configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Update => "update",
            Action::Deactivate => "deactivate",
            Action::Link => "link",
            Action::Reactivate => "reactivate",
            Action::Add => "add",
            Action::Change => "change",
            Action::Stop => "stop",
            Action::Waive => "waive",
            Action::None => "none",
        }
    }

    /// The action with this word, if there is one.
    pub fn parse(word: &str) -> Option<Action> {
        Action::ALL.into_iter().find(|a| a.as_str() == word)
    }
}
