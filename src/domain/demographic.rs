//! The canonical demographic record: its columns, their types and the headers that mean them.

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
pub(crate) const LAST_NAME: usize = 6;
/// Place of `birth_date`.
pub(crate) const BIRTH_DATE: usize = 8;
/// Place of `state`.
pub(crate) const STATE: usize = 14;
/// Place of `zip_code`.
pub(crate) const ZIP_CODE: usize = 15;
/// Place of `country`.
pub(crate) const COUNTRY: usize = 16;
/// Place of `work_email`.
pub(crate) const WORK_EMAIL: usize = 18;
/// Place of `hire_date`.
pub(crate) const HIRE_DATE: usize = 23;
/// Place of `original_hire_date`.
pub(crate) const ORIGINAL_HIRE_DATE: usize = 24;
/// Place of `termination_date`.
pub(crate) const TERMINATION_DATE: usize = 25;
/// Place of `employment_status`.
pub(crate) const EMPLOYMENT_STATUS: usize = 27;
/// Place of `ein`.
pub(crate) const EIN: usize = 33;
/// Place of `is_primary_ein`.
pub(crate) const IS_PRIMARY_EIN: usize = 34;
/// Place of `benefits_level`.
pub(crate) const BENEFITS_LEVEL: usize = 40;
/// Place of `test_employee`.
pub(crate) const TEST_EMPLOYEE: usize = 43;
/// Place of `exclude_from_batch_import`.
pub(crate) const EXCLUDE_FROM_BATCH_IMPORT: usize = 44;
/// Place of `create_benefits_record`.
pub(crate) const CREATE_BENEFITS_RECORD: usize = 45;
/// Place of `last_changed_at`.
pub(crate) const LAST_CHANGED_AT: usize = 46;

/// The columns in canonical order.
pub(crate) static COLUMNS: [Column; 47] = [
    shared::SUBSCRIBER_ID,
    shared::EMPLOYEE_NUMBER,
    shared::USERNAME,
    shared::SSN,
    shared::FIRST_NAME,
    Column {
        name: "middle_name",
        kind: Type::Text(25),
        required: false,
        aliases: &["middle", "mi", "middle initial"],
    },
    shared::LAST_NAME,
    Column {
        name: "name_suffix",
        kind: Type::Text(10),
        required: false,
        aliases: &["suffix"],
    },
    Column {
        name: "birth_date",
        kind: Type::Date,
        required: true,
        aliases: &["birthdate", "date of birth", "dob"],
    },
    Column {
        name: "gender",
        kind: Type::Code(&code_list::GENDER),
        required: false,
        aliases: &["sex"],
    },
    Column {
        name: "marital_status",
        kind: Type::Code(&code_list::MARITAL_STATUS),
        required: false,
        aliases: &[],
    },
    Column {
        name: "address_1",
        kind: Type::Text(60),
        required: false,
        aliases: &["street 1", "address line 1", "street", "address"],
    },
    Column {
        name: "address_2",
        kind: Type::Text(60),
        required: false,
        aliases: &["street 2", "address line 2"],
    },
    Column {
        name: "city",
        kind: Type::Text(60),
        required: false,
        aliases: &[],
    },
    Column {
        name: "state",
        kind: Type::State,
        required: false,
        aliases: &[],
    },
    Column {
        name: "zip_code",
        kind: Type::Zip,
        required: false,
        aliases: &["zip", "postal code"],
    },
    Column {
        name: "country",
        kind: Type::Text(60),
        required: false,
        aliases: &[],
    },
    Column {
        name: "home_email",
        kind: Type::Email,
        required: false,
        aliases: &["email home", "personal email"],
    },
    Column {
        name: "work_email",
        kind: Type::Email,
        required: false,
        aliases: &["email", "email address", "email work"],
    },
    Column {
        name: "services_email",
        kind: Type::Email,
        required: false,
        aliases: &["email services"],
    },
    Column {
        name: "home_phone",
        kind: Type::Number(30),
        required: false,
        aliases: &["phone", "phone home"],
    },
    Column {
        name: "work_phone",
        kind: Type::Number(30),
        required: false,
        aliases: &["phone work"],
    },
    Column {
        name: "cell_phone",
        kind: Type::Number(30),
        required: false,
        aliases: &["cell", "mobile", "mobile phone"],
    },
    Column {
        name: "hire_date",
        kind: Type::Date,
        required: true,
        aliases: &["date of hire", "employment start date", "last hired"],
    },
    Column {
        name: "original_hire_date",
        kind: Type::Date,
        required: false,
        aliases: &[],
    },
    Column {
        name: "termination_date",
        kind: Type::EndDate,
        required: false,
        aliases: &["term date", "employment end date"],
    },
    Column {
        name: "termination_reason",
        kind: Type::Text(100),
        required: false,
        aliases: &["term reason"],
    },
    Column {
        name: "employment_status",
        kind: Type::Code(&code_list::EMPLOYMENT_STATUS),
        required: true,
        aliases: &["status", "employee status"],
    },
    Column {
        name: "employee_type",
        kind: Type::Text(50),
        required: false,
        aliases: &["worker type"],
    },
    Column {
        name: "employment_level",
        kind: Type::Code(&code_list::EMPLOYMENT_LEVEL),
        required: false,
        aliases: &["ft/pt", "full time"],
    },
    Column {
        name: "pay_type",
        kind: Type::Code(&code_list::PAY_TYPE),
        required: false,
        aliases: &[],
    },
    Column {
        name: "pay_frequency",
        kind: Type::Code(&code_list::PAY_FREQUENCY),
        required: false,
        aliases: &["pay group", "pay schedule"],
    },
    Column {
        name: "annual_salary",
        kind: Type::Amount,
        required: false,
        aliases: &["salary", "annual pay"],
    },
    shared::EIN,
    Column {
        name: "is_primary_ein",
        kind: Type::Bool,
        required: false,
        aliases: &["primary ein"],
    },
    Column {
        name: "department",
        kind: Type::Text(100),
        required: false,
        aliases: &[],
    },
    Column {
        name: "division",
        kind: Type::Text(100),
        required: false,
        aliases: &[],
    },
    Column {
        name: "location",
        kind: Type::Text(100),
        required: false,
        aliases: &[],
    },
    Column {
        name: "job_title",
        kind: Type::Text(100),
        required: false,
        aliases: &["title"],
    },
    Column {
        name: "union_code",
        kind: Type::Text(50),
        required: false,
        aliases: &[],
    },
    Column {
        name: "benefits_level",
        kind: Type::Text(50),
        required: false,
        aliases: &["benefit level", "benefits class"],
    },
    Column {
        name: "manager_id",
        kind: Type::Number(50),
        required: false,
        aliases: &["supervisor id"],
    },
    Column {
        name: "benefits_start_date",
        kind: Type::Date,
        required: false,
        aliases: &["eligibility date"],
    },
    shared::TEST_EMPLOYEE,
    Column {
        name: "exclude_from_batch_import",
        kind: Type::Bool,
        required: false,
        aliases: &[],
    },
    Column {
        name: "create_benefits_record",
        kind: Type::Bool,
        required: false,
        aliases: &[],
    },
    shared::LAST_CHANGED_AT,
];
