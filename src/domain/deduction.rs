//! The canonical deduction record: its columns, their types and the headers that mean them.

use super::code_list;
use super::column::{Column, Type};
use super::shared_columns as shared;

/// Place of `subscriber_id`.
pub(crate) const SUBSCRIBER_ID: usize = 0;
/// Place of `employee_number`.
pub(crate) const EMPLOYEE_NUMBER: usize = 1;
/// Place of `username`.
pub(crate) const USERNAME: usize = 2;
/// Place of `ssn`.
pub(crate) const SSN: usize = 3;
/// Place of `first_name`.
pub(crate) const FIRST_NAME: usize = 4;
/// Place of `last_name`.
pub(crate) const LAST_NAME: usize = 5;
/// Place of `plan_year_start`.
pub(crate) const PLAN_YEAR_START: usize = 6;
/// Place of `plan_year_end`.
pub(crate) const PLAN_YEAR_END: usize = 7;
/// Place of `deduction_code`.
pub const DEDUCTION_CODE: usize = 8;
/// Place of `employee_amount`.
pub(crate) const EMPLOYEE_AMOUNT: usize = 11;
/// Place of `employer_amount`.
pub(crate) const EMPLOYER_AMOUNT: usize = 12;
/// Place of `pretax_amount`.
pub(crate) const PRETAX_AMOUNT: usize = 13;
/// Place of `posttax_amount`.
pub(crate) const POSTTAX_AMOUNT: usize = 14;
/// Place of `frequency`.
pub(crate) const FREQUENCY: usize = 17;
/// Place of `effective_date`.
pub(crate) const EFFECTIVE_DATE: usize = 18;
/// Place of `end_date`.
pub(crate) const END_DATE: usize = 19;
/// Place of `action`.
pub(crate) const ACTION: usize = 20;
/// Place of `ein`.
pub(crate) const EIN: usize = 21;
/// Place of `test_employee`.
pub(crate) const TEST_EMPLOYEE: usize = 22;
/// Place of `last_changed_at`.
pub(crate) const LAST_CHANGED_AT: usize = 23;

/// The columns in canonical order.
pub(crate) static COLUMNS: [Column; 24] = [
    shared::SUBSCRIBER_ID,
    shared::EMPLOYEE_NUMBER,
    shared::USERNAME,
    shared::SSN,
    Column {
        required: false,
        ..shared::FIRST_NAME
    },
    Column {
        required: false,
        ..shared::LAST_NAME
    },
    Column {
        name: "plan_year_start",
        kind: Type::Date,
        required: false,
        aliases: &["org plan year starts"],
    },
    Column {
        name: "plan_year_end",
        kind: Type::Date,
        required: false,
        aliases: &["org plan year ends"],
    },
    Column {
        name: "deduction_code",
        kind: Type::Number(20),
        required: true,
        aliases: &["ded code", "benefit lookup code", "dcode"],
    },
    Column {
        name: "plan_name",
        kind: Type::Text(100),
        required: false,
        aliases: &["plan", "plan code"],
    },
    Column {
        name: "coverage_level",
        kind: Type::Code(&code_list::COVERAGE_LEVEL),
        required: false,
        aliases: &["tier", "coverage tier", "coverage option"],
    },
    Column {
        name: "employee_amount",
        kind: Type::Amount,
        required: true,
        aliases: &[
            "subscriber premium",
            "ee amount",
            "per pay period",
            "deduction amount",
        ],
    },
    Column {
        name: "employer_amount",
        kind: Type::Amount,
        required: false,
        aliases: &["org premium", "er amount"],
    },
    Column {
        name: "pretax_amount",
        kind: Type::Amount,
        required: false,
        aliases: &[],
    },
    Column {
        name: "posttax_amount",
        kind: Type::Amount,
        required: false,
        aliases: &[],
    },
    Column {
        name: "imputed_income",
        kind: Type::Amount,
        required: false,
        aliases: &[],
    },
    Column {
        name: "tax_treatment",
        kind: Type::Code(&code_list::TAX_TREATMENT),
        required: false,
        aliases: &["pre tax", "cafeteria"],
    },
    Column {
        name: "frequency",
        kind: Type::Code(&code_list::FREQUENCY),
        required: false,
        aliases: &[],
    },
    Column {
        name: "effective_date",
        kind: Type::Date,
        required: true,
        aliases: &["change effective date", "start date", "begin date"],
    },
    Column {
        name: "end_date",
        kind: Type::EndDate,
        required: false,
        aliases: &["stop date", "coverage termination date"],
    },
    Column {
        name: "action",
        kind: Type::Code(&code_list::ACTION),
        required: false,
        aliases: &["change status"],
    },
    shared::EIN,
    shared::TEST_EMPLOYEE,
    shared::LAST_CHANGED_AT,
];
