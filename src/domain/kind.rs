//! The two kinds of record.

use serde::{Deserialize, Serialize};

/// What an integration carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Who the employees are: HR system → benefits platform.
    Demographic,
    /// What is taken from pay: benefits platform or carrier → payroll.
    Deduction,
}

impl Kind {
    /// `demographic` or `deduction`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Demographic => "demographic",
            Kind::Deduction => "deduction",
        }
    }

    /// The Integration Type of the run summary: a demographic file leaves the HR system, a deduction file enters payroll.
    pub const fn integration_type(self) -> &'static str {
        match self {
            Kind::Demographic => "Export",
            Kind::Deduction => "Import",
        }
    }
}
