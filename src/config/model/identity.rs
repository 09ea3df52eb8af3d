//! How an employee is recognised.

use serde::Deserialize;

/// The site's rules of identity.
#[derive(Clone, Debug, Deserialize)]
pub struct Identity {
    /// Policies for Social Security numbers.
    pub ssn: SsnPolicy,
    /// The form of subscriber IDs.
    pub subscriber_id: SubscriberIdForm,
    /// The form of usernames.
    pub username: UsernameForm,
    /// Whether deduction records must match the roster.
    #[serde(rename = "match")]
    pub match_mode: MatchMode,
    /// The address that links an employee to a known account at the first sync. Not acted on yet.
    pub email: EmailSource,
}

/// Policies for Social Security numbers.
#[derive(Clone, Debug, Deserialize)]
pub struct SsnPolicy {
    /// A known placeholder in place of an SSN.
    pub placeholders: Policy,
    /// A taxpayer number in place of an SSN.
    pub itin: Policy,
    /// A known employee with another SSN.
    pub change: Policy,
    /// Whether 7 or 8 digits get their leading zeros back (with a warning).
    pub restore_leading_zeros: bool,
}

/// What happens to a record that meets a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// The record is rejected.
    Reject,
    /// The record is accepted with a warning.
    Warn,
    /// The record is accepted.
    Accept,
}

/// The form of subscriber IDs.
#[derive(Clone, Debug, Deserialize)]
pub struct SubscriberIdForm {
    /// A regular expression for the whole value (not anchored in itself); it compiles.
    pub pattern: String,
}

/// The form of usernames.
#[derive(Clone, Debug, Deserialize)]
pub struct UsernameForm {
    /// A regular expression for the whole value (not anchored in itself); it compiles.
    pub pattern: String,
    /// Cross-check with name and SSN.
    pub rule: UsernameRule,
}

/// Cross-check of the username with other fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UsernameRule {
    /// No cross-check.
    None,
    /// First initial, up to six letters of the last name, last four of the SSN, optional `_n`.
    Plansource,
}

/// How strictly deduction records are matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatchMode {
    /// Against the roster.
    Roster,
    /// Not at all: IDs only have to look right.
    ShapeOnly,
}

/// Which e-mail address links an employee to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmailSource {
    /// `work_email`.
    Work,
    /// `home_email`.
    Home,
    /// `services_email`.
    Services,
}
