//! Fields of deductions, and deductions against the roster.

use super::record::{Case, Site, changes, value};
use crate::people::{days_ago, ssn, today};
use feedgate::internal::domain::Code;

/// The table.
pub(super) fn cases() -> Vec<Case> {
    let mut all: Vec<Case> = [fields(), dates(), roster()]
        .into_iter()
        .flatten()
        .collect();
    all = all.into_iter().map(Case::deduction).collect();
    all
}

fn fields() -> Vec<Case> {
    let columns = [
        "subscriber_id",
        "username",
        "ssn",
        "deduction_code",
        "employee_amount",
        "effective_date",
    ];
    let required = columns.iter().map(|c| {
        changes(
            Code::RequiredMissing,
            c,
            &[(c, "")],
            &[("employer_amount", "")],
        )
    });
    let amount = |code, bad, near| value(code, "employee_amount", bad, near);
    let split = |pre, post| {
        [
            ("employee_amount", "100.00"),
            ("pretax_amount", pre),
            ("posttax_amount", post),
        ]
    };
    let unknown = |field, bad, near| value(Code::CodeUnknown, field, bad, near);
    let rest = [
        amount(Code::AmountInvalid, "46,15", "46.15"),
        amount(Code::AmountInvalid, "--1", "1,046.15"),
        amount(Code::AmountPrecision, "46.153", "46.1"),
        amount(Code::AmountNegative, "-1.00", "0.00"),
        amount(Code::AmountNegative, "(1.00)", "$1.00"),
        amount(Code::AmountNegative, "0.01-", "0"),
        amount(Code::SpreadsheetNumber, "1.5E+03", "1500"),
        amount(Code::SpreadsheetError, "N/A", "1500.0"),
        value(Code::SpreadsheetNumber, "deduction_code", "401.0", "401.K"),
        value(Code::SpreadsheetError, "deduction_code", "null", "nullA"),
        value(Code::SpreadsheetError, "ein", "#N/A", "12-3456789"),
        value(Code::PlaceholderBlanked, "employer_amount", "nan", "0").warns(),
        value(Code::NameLooksEmpty, "last_name", "NULL", "Nullmann").warns(),
        value(
            Code::ControlCharacter,
            "plan_name",
            "PP\u{200b}O",
            "\u{200b}PPO\u{a0}1",
        ),
        changes(
            Code::AmountSplit,
            "employee_amount",
            &split("60.00", "30.00"),
            &split("60.00", "40.00"),
        ),
        changes(
            Code::AmountSplit,
            "employee_amount",
            &split("100.01", "0"),
            &split("99.99", ""),
        ),
        unknown("coverage_level", "TWO", "ESP"),
        unknown("coverage_level", "E4D", "Employee + Spouse"),
        unknown("tax_treatment", "MAYBE", "post-tax"),
        unknown("frequency", "FORTNIGHTLY", "semi-monthly"),
        unknown("action", "DROP", "021"),
        unknown("deduction_code", "MED01", "MEDPPO").on(Site::CrossReference),
        value(
            Code::TextTooLong,
            "deduction_code",
            &"D".repeat(21),
            &"D".repeat(20),
        ),
        value(Code::NameLooksTest, "last_name", "Test", "Attest").warns(),
    ];
    required.chain(rest).collect()
}

fn dates() -> Vec<Case> {
    let day = |back| days_ago(back).to_string();
    let now = today().to_string();
    let (yesterday, before) = (day(1), day(2));
    vec![
        changes(
            Code::DateOrder,
            "end_date",
            &ends(&yesterday, "1.00", "0"),
            &ends(&yesterday, "0.00", "0.00"),
        ),
        changes(
            Code::DateOrder,
            "end_date",
            &ends(&yesterday, "0", "1.00"),
            &ends(&now, "1.00", "1.00"),
        ),
        changes(
            Code::DateOrder,
            "end_date",
            &ends(&before, "0.00", "0.00"),
            &ends("9999-12-31", "1.00", ""),
        ),
        value(Code::DateInvalid, "effective_date", "soon", &now),
        value(Code::DateRange, "end_date", "2500-01-01", "2100-12-31"),
    ]
}

fn roster() -> Vec<Case> {
    let left = [
        ("employment_status", "T".to_owned()),
        ("hire_date", "2019-01-01".to_owned()),
        ("termination_date", days_ago(10).to_string()),
    ];
    let other = ssn(3000);
    vec![
        changes(
            Code::SubscriberUnknown,
            "subscriber_id",
            &[("subscriber_id", "N99999")],
            &[("plan_name", "Medical")],
        ),
        changes(
            Code::SsnMismatch,
            "ssn",
            &[("ssn", &other)],
            &[("plan_name", "Medical")],
        ),
        changes(
            Code::UsernameMismatch,
            "username",
            &[("username", "somebody.else")],
            &[("plan_name", "Medical")],
        ),
        changes(
            Code::IdentityMismatch,
            "",
            &[("username", "somebody.else.still"), ("ssn", &ssn(3001))],
            &[("plan_name", "Medical")],
        ),
        changes(
            Code::EmployeeTerminated,
            "effective_date",
            &[("effective_date", &days_ago(9).to_string())],
            &[("effective_date", &days_ago(10).to_string())],
        )
        .known(&left),
    ]
}

fn ends<'a>(end: &'a str, employee: &'a str, employer: &'a str) -> [(&'static str, &'a str); 3] {
    [
        ("end_date", end),
        ("employee_amount", employee),
        ("employer_amount", employer),
    ]
}
