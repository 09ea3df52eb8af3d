//! Limits over which a run is held for a person.

use serde::Deserialize;

/// The guards of an integration; `None`: off. Percentages are of 100, not of 1.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Guards {
    /// Rejected records, as a share of those judged.
    pub max_error_percent: Option<f64>,
    /// Rejected records.
    pub max_error_count: Option<u64>,
    /// Terminations, as a share of the roster's active employees.
    pub max_termination_percent: Option<f64>,
    /// Terminations.
    pub max_termination_count: Option<u64>,
    /// Employees a full file lacks, as a share of the roster's active ones whom this integration sent last.
    pub max_missing_percent: Option<f64>,
    /// Employees a full file lacks.
    pub max_missing_count: Option<u64>,
    /// Difference in the number of records from the last accepted file.
    pub max_row_change_percent: Option<f64>,
    /// Difference in the number of records from the last accepted file.
    pub max_row_change_count: Option<u64>,
    /// Difference in the total amount from the last accepted file.
    pub max_amount_change_percent: Option<f64>,
    /// Difference in the total amount from the last accepted file, in whole dollars (not cents).
    pub max_amount_change: Option<u64>,
}
