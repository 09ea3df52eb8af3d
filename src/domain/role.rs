//! Who may do what in the dashboard and the API: roles, rights, and the authority of an account.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// The role of an account; the word that is stored, typed and shown.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    EnumString,
    Display,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Role {
    /// Sees all pages and starts nothing.
    Viewer,
    /// Runs, pauses, releases, transfers.
    Operator,
    /// Corrects rejected records and syncs employees.
    Hr,
    /// Does everything, accounts included.
    Admin,
}

/// What a page or an act requires of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, VariantArray)]
pub(crate) enum Right {
    /// See pages without unmasked values.
    See,
    /// Run, run again, pause, resume, cancel, transfer, upload.
    Operate,
    /// Release or refuse what is held.
    Release,
    /// Correct, resubmit and dismiss rejected records; sync employees; set benefits levels; fetch error and rejects files.
    Correct,
    /// See unmasked values; fetch output files and files of the archive. Given to an account, whatever its role.
    SeeValues,
    /// Manage accounts and tokens.
    Administer,
}

impl Right {
    /// What the right allows, as a page says it.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Right::See => "see all pages",
            Right::Operate => "run, run again, pause, resume, cancel, transfer and upload",
            Right::Release => "release and refuse files that are held",
            Right::Correct => {
                "correct, resubmit and dismiss rejected records, sync employees, set benefits levels, fetch error files"
            }
            Right::SeeValues => "see values unmasked, fetch output files and archived files",
            Right::Administer => "manage accounts and tokens",
        }
    }
}

/// What an account may do, and for which integrations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    pub(crate) role: Role,
    /// Whether it may see unmasked values.
    pub(crate) see_values: bool,
    /// The only integrations that it sees; `None`: all.
    pub(crate) integrations: Option<BTreeSet<String>>,
}

impl Authority {
    /// Whether it has a right, for the integrations that it sees.
    pub(crate) fn has(&self, right: Right) -> bool {
        match right {
            Right::See => true,
            Right::Operate => matches!(self.role, Role::Operator | Role::Admin),
            Right::Release => self.role != Role::Viewer,
            Right::Correct => matches!(self.role, Role::Hr | Role::Admin),
            Right::SeeValues => self.see_values,
            // Who sees a part of the site could else see all of it by an account made for the purpose.
            Right::Administer => self.role == Role::Admin && self.integrations.is_none(),
        }
    }

    /// Whether it sees an integration.
    pub(crate) fn sees(&self, integration: &str) -> bool {
        let only = self.integrations.as_ref();
        only.is_none_or(|only| only.contains(integration))
    }
}

#[cfg(test)]
mod tests {
    use super::{Authority, Right, Role};
    use strum::VariantArray;

    fn of(role: Role, see_values: bool) -> Authority {
        Authority {
            role,
            see_values,
            integrations: None,
        }
    }

    #[test]
    fn only_an_admin_administers_and_nobody_sees_values_by_role_alone() {
        for role in Role::VARIANTS {
            assert_eq!(
                of(*role, false).has(Right::Administer),
                *role == Role::Admin
            );
            assert!(!of(*role, false).has(Right::SeeValues));
            assert!(of(*role, true).has(Right::SeeValues));
        }
        let viewer = of(Role::Viewer, false);
        let rights = Right::VARIANTS.iter().filter(|right| viewer.has(**right));
        assert_eq!(rights.count(), 1);
    }

    #[test]
    fn a_limited_account_sees_its_integrations_only() {
        let limited = Authority {
            integrations: Some(["hr".to_owned()].into()),
            ..of(Role::Operator, false)
        };
        assert!(limited.sees("hr") && !limited.sees("payroll"));
        assert!(of(Role::Viewer, false).sees("payroll"));
        let limited = Authority {
            role: Role::Admin,
            ..limited
        };
        assert!(limited.has(Right::Operate) && !limited.has(Right::Administer));
    }
}
