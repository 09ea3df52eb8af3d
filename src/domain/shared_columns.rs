//! Columns that records of both kinds have.

use super::column::{Column, Type};

/// The subscriber ID.
pub(super) const SUBSCRIBER_ID: Column = Column {
    name: "subscriber_id",
    kind: Type::SubscriberId,
    required: true,
    aliases: &[
        "subscriber code",
        "member id",
        "member number",
        "employee id",
        "eid",
    ],
};

/// The person number.
pub(super) const EMPLOYEE_NUMBER: Column = Column {
    name: "employee_number",
    kind: Type::Number(20),
    required: false,
    aliases: &[
        "person number",
        "emp no",
        "emp id",
        "file number",
        "payroll id",
    ],
};

/// The username.
pub(super) const USERNAME: Column = Column {
    name: "username",
    kind: Type::Username,
    required: true,
    aliases: &["login", "user id"],
};

/// The SSN.
pub(super) const SSN: Column = Column {
    name: "ssn",
    kind: Type::Ssn,
    required: true,
    aliases: &[
        "social security number",
        "social security no",
        "employee ssn",
        "ss#",
        "social",
        "ss",
    ],
};

/// The first name.
pub(super) const FIRST_NAME: Column = Column {
    name: "first_name",
    kind: Type::Text(35),
    required: true,
    aliases: &["first", "given", "given name", "forenames", "forename"],
};

/// The last name.
pub(super) const LAST_NAME: Column = Column {
    name: "last_name",
    kind: Type::Text(60),
    required: true,
    aliases: &["last", "surname", "family name"],
};

/// The employer.
pub(super) const EIN: Column = Column {
    name: "ein",
    kind: Type::Ein,
    required: false,
    aliases: &["fein", "company ein"],
};

/// The test flag.
pub(super) const TEST_EMPLOYEE: Column = Column {
    name: "test_employee",
    kind: Type::Bool,
    required: false,
    aliases: &["test", "is test", "test flag"],
};

/// The time of change.
pub(super) const LAST_CHANGED_AT: Column = Column {
    name: "last_changed_at",
    kind: Type::Timestamp,
    required: false,
    aliases: &["updated at", "changed at", "modified", "change date"],
};
