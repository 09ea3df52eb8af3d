//! Subscriber ID, SSN and username against each other.

use super::findings::Findings;
use super::value::{Value, Values};
use crate::domain::column::{ColumnIndex, KindColumns};
use crate::domain::{Code, Ssn};

/// What a site or an integration says of these columns.
#[derive(Clone, Copy, Debug, Default)]
pub struct IdentityChecks {
    /// Whether usernames are cross-checked by the `PlanSource` rule.
    pub plansource: bool,
    /// Whether a subscriber ID may be the employee's SSN.
    pub ssn_as_id: bool,
}

/// Validates the columns that say who a record is about.
pub(crate) fn check<C: KindColumns>(
    checks: IdentityChecks,
    values: &Values<'_, C>,
    findings: &mut Findings,
) {
    let columns = C::SHARED;
    let (id, ssn) = (values[columns.id], values.any(columns.ssn));
    if let (Some(text @ [b'0'..=b'9' | b'-' | b' ', ..]), Some(number)) = (id.text(), ssn.ssn()) {
        check_id(text, number, checks.ssn_as_id, columns.id, findings);
    }
    let names = [columns.first_name, columns.last_name];
    if let Some(column) = columns.username.filter(|_| checks.plansource) {
        let names = names.map(|n| values[n].text());
        let number = ssn.ssn().filter(|s| !s.is_placeholder());
        check_plansource(values[column], number, names, column.into(), findings);
    }
    for name in names {
        if values[name].text().is_some_and(looks_test) {
            findings.column(name, Code::NameLooksTest);
        }
    }
}

/// Checks an ID of digits against the SSN of its record.
fn check_id(
    id: &[u8],
    ssn: Ssn,
    may_be_ssn: bool,
    column: impl Into<ColumnIndex>,
    findings: &mut Findings,
) {
    // Many people have the same placeholder.
    if ssn.is_spelled_by(id) && (!may_be_ssn || ssn.is_placeholder()) {
        // Such an ID would reveal the SSN wherever it is shown.
        findings.column(column, Code::SubscriberIdIsSsn);
    } else if may_be_ssn && lacks_zeros_of(id, ssn) {
        // Taken as it is, it would be another person's than the same ID with its zeros.
        findings.column(column, Code::SsnLeadingZeroLost);
    }
}

/// Whether an ID is an SSN without the zeros at its start, which spreadsheets take.
fn lacks_zeros_of(id: &[u8], ssn: Ssn) -> bool {
    let digits = ssn.digits();
    let rest = digits.len().checked_sub(id.len());
    rest.is_some_and(|zeros| {
        let (start, end) = digits.split_at(zeros);
        matches!(zeros, 1 | 2) && end == id && start.iter().all(|d| *d == b'0')
    })
}

/// The `PlanSource` username rule: first initial, up to six letters of the last name, last four of the SSN,
/// and `_n` where that is taken.
fn check_plansource(
    username: Value<'_>,
    ssn: Option<Ssn>,
    [first_name, last_name]: [Option<&[u8]>; 2],
    column: ColumnIndex,
    findings: &mut Findings,
) {
    let Some(name) = username.text() else { return };
    let base = match name.iter().rposition(|b| *b == b'_') {
        Some(at) if at + 1 < name.len() && name[at + 1..].iter().all(u8::is_ascii_digit) => {
            &name[..at]
        }
        _ => name,
    };
    let (letters, four) = base.split_at(base.len().saturating_sub(4));
    // The last four bytes start inside a character.
    if matches!(four.first(), Some(0x80..0xc0)) {
        findings.column(column, Code::UsernamePattern);
        return;
    }
    let digits = four.len() == 4 && four.iter().all(u8::is_ascii_digit);
    if let (Some(first), Some(last)) = (first_name, last_name) {
        let letter = |b: &&u8| b.is_ascii_alphabetic();
        let (first, last) = (first.iter().filter(letter), last.iter().filter(letter));
        let want = first
            .take(1)
            .chain(last.take(6))
            .map(u8::to_ascii_lowercase);
        if !digits || !letters.iter().map(u8::to_ascii_lowercase).eq(want) {
            findings.column(column, Code::UsernamePattern);
        }
    }
    if digits
        && let Some(ssn) = ssn
        && four.iter().fold(0, |n, b| n * 10 + u32::from(b - b'0')) != ssn.serial()
    {
        findings.column(column, Code::UsernameSsnDisagree);
    }
}

/// Whether a name is one that is used for test records.
fn looks_test(name: &[u8]) -> bool {
    const NAMES: [&str; 5] = ["test", "tester", "testing", "test employee", "dummy"];
    // Any other letter begins none of them.
    if let Some(first @ b'!'..=b'~') = name.first()
        && !matches!(first, b't' | b'T' | b'd' | b'D')
    {
        return false;
    }
    let Ok(name) = std::str::from_utf8(name) else {
        return false;
    };
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim();
    NAMES.iter().any(|n| n.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::{check_plansource, looks_test};
    use crate::domain::{DemographicColumn, Ssn};
    use crate::validate::{Findings, Value};

    fn warnings(username: &str) -> Vec<&'static str> {
        let mut findings = Findings::default();
        let ssn = Ssn::new(521_341_234);
        check_plansource(
            Value::Text(username.as_bytes()),
            ssn,
            [Some(b"Ann"), Some(b"O'Donoghue")],
            DemographicColumn::Username.into(),
            &mut findings,
        );
        findings.all.iter().map(|m| m.code.as_str()).collect()
    }

    #[test]
    fn plansource_usernames() {
        assert!(warnings("AODonog1234").is_empty());
        assert!(warnings("aodonog1234_2").is_empty());
        assert_eq!(warnings("aodonog9999"), ["USERNAME_SSN_DISAGREE"]);
        assert_eq!(warnings("bodonog1234"), ["USERNAME_PATTERN"]);
        assert_eq!(warnings("ann.odonoghue"), ["USERNAME_PATTERN"]);
        assert_eq!(warnings("é"), ["USERNAME_PATTERN"]);
    }

    #[test]
    fn test_names_are_whole_names() {
        assert!(looks_test(b"Test") && looks_test(b"TEST 2") && looks_test(b"Dummy"));
        assert!(looks_test("\u{2003}test".as_bytes()));
        assert!(!looks_test(b"Testa") && !looks_test(b"Contest"));
    }
}
