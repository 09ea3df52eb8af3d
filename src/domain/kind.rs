//! The kinds of record, and what is known of a kind without looking at a record.

use super::Action::{
    self, Add, Change, Create, Deactivate, Link, None, Reactivate, Stop, Update, Waive,
};
use super::column::{Column, KindColumns};
use super::{AccountColumn, DeductionColumn, DemographicColumn};
use serde::{Deserialize, Serialize};
use strum::EnumString;

/// What an integration carries; the name that is stored and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Kind {
    /// Who the employees are: HR system → benefits platform.
    Demographic,
    /// What is taken from pay: benefits platform or carrier → payroll.
    Deduction,
    /// The accounts that the benefits platform has already, by which new employees are linked.
    Accounts,
}

/// Names, columns and words of a kind. How its records are judged stands in `process`.
struct KindDescription {
    name: &'static str,
    integration_type: &'static str,
    columns: &'static [Column],
    /// First the three that the run summary counts as added, changed and ended.
    actions: &'static [Action],
    fills_roster: bool,
    has_plan_years: bool,
    has_output: bool,
}

const DEMOGRAPHIC: KindDescription = KindDescription {
    name: "demographic",
    // A demographic file leaves the HR system.
    integration_type: "Export",
    columns: DemographicColumn::COLUMNS,
    actions: &[Create, Update, Deactivate, Link, Reactivate, None],
    fills_roster: true,
    has_plan_years: false,
    has_output: true,
};

const DEDUCTION: KindDescription = KindDescription {
    name: "deduction",
    // A deduction file enters payroll.
    integration_type: "Import",
    columns: DeductionColumn::COLUMNS,
    actions: &[Add, Change, Stop, Waive, None],
    fills_roster: false,
    has_plan_years: true,
    has_output: true,
};

const ACCOUNTS: KindDescription = KindDescription {
    name: "accounts",
    integration_type: "Import",
    columns: AccountColumn::COLUMNS,
    actions: &[Create, Update, Deactivate, Reactivate, None],
    fills_roster: false,
    has_plan_years: false,
    has_output: false,
};

impl Kind {
    /// Every kind, in an order in which files that wait together are best taken: accounts are known before employees come.
    pub const ALL: [Kind; 3] = [Kind::Accounts, Kind::Demographic, Kind::Deduction];

    const fn description(self) -> &'static KindDescription {
        match self {
            Kind::Demographic => &DEMOGRAPHIC,
            Kind::Deduction => &DEDUCTION,
            Kind::Accounts => &ACCOUNTS,
        }
    }

    /// `demographic`, `deduction` or `accounts`.
    pub const fn as_str(self) -> &'static str {
        self.description().name
    }

    /// Such as `a demographic`, before another word.
    pub(crate) fn with_article(self) -> String {
        let name = self.as_str();
        let article = if name.starts_with('a') { "an" } else { "a" };
        format!("{article} {name}")
    }

    /// The Integration Type of the run summary.
    pub const fn integration_type(self) -> &'static str {
        self.description().integration_type
    }

    /// The actions that accepted records of this kind can have.
    pub(crate) const fn actions(self) -> &'static [Action] {
        self.description().actions
    }

    /// Whether the records make up the roster, which records of other kinds are matched with.
    pub(crate) const fn fills_roster(self) -> bool {
        self.description().fills_roster
    }

    /// Whether runs write to their roster, or to the accounts beside it: those of one roster take turns.
    pub(crate) const fn writes_roster(self) -> bool {
        matches!(self, Kind::Demographic | Kind::Accounts)
    }

    /// Whether accepted records are sent on, in an output file.
    pub(crate) const fn has_output(self) -> bool {
        self.description().has_output
    }

    /// Whether a file is about one plan year, so that runs have parameters for it and files an order by it.
    pub(crate) const fn has_plan_years(self) -> bool {
        self.description().has_plan_years
    }

    /// The actions that the run summary counts as added, changed and ended.
    pub const fn counted_actions(self) -> [Action; 3] {
        *self.actions().first_chunk().expect("there are more")
    }

    /// The canonical columns, in canonical order.
    pub const fn columns(self) -> &'static [Column] {
        self.description().columns
    }

    /// A canonical column by its name.
    pub fn column(self, name: &str) -> Option<&'static Column> {
        self.columns().iter().find(|c| c.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;
    use crate::domain::column::normalized;
    use std::collections::BTreeMap;

    #[test]
    fn no_header_means_two_columns() {
        for kind in Kind::ALL {
            let mut seen = BTreeMap::new();
            for column in kind.columns() {
                let mut names: Vec<String> = column.aliases.iter().map(|a| normalized(a)).collect();
                names.push(normalized(column.name));
                names.sort();
                names.dedup();
                for name in names {
                    let before = seen.insert(name.clone(), column.name);
                    assert_eq!(before, None, "{name} of {}", column.name);
                }
            }
        }
    }
}
