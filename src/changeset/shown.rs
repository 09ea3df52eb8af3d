//! The few plain fields the ledger keeps of an employee or a deduction, for `employee ID` and omissions.
//! No SSN but its last four digits, no birth date.

/// Names of the fields kept of an employee, in stored order.
pub(crate) const EMPLOYEE: [&str; 13] = [
    "subscriber_id",
    "username",
    "ssn_last4",
    "employee_number",
    "first_name",
    "last_name",
    "employment_status",
    "hire_date",
    "original_hire_date",
    "termination_date",
    "ein",
    "work_email",
    "benefits_level",
];

/// Names of the fields kept of a deduction, in stored order.
pub(crate) const DEDUCTION: [&str; 8] = [
    "subscriber_id",
    "deduction_code",
    "effective_date",
    "end_date",
    "ein",
    "employee_amount",
    "employer_amount",
    "action",
];

const SEPARATOR: u8 = 0x1f;

pub(crate) fn push(out: &mut Vec<u8>, value: &[u8]) {
    if value.contains(&SEPARATOR) {
        out.extend(value.iter().filter(|b| **b != SEPARATOR));
    } else {
        out.extend_from_slice(value);
    }
    end(out);
}

/// Ends a field whose text, without separators, was appended already.
pub(crate) fn end(out: &mut Vec<u8>) {
    out.push(SEPARATOR);
}

/// The stored fields in order; damaged bytes read as replacement characters.
pub(crate) fn fields(stored: &[u8]) -> Vec<String> {
    let end = stored.strip_suffix(&[SEPARATOR]).unwrap_or(stored);
    end.split(|b| *b == SEPARATOR)
        .map(|f| String::from_utf8_lossy(f).into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn fields_come_back_in_order() {
        let mut stored = Vec::new();
        for value in ["S1", "", "x\u{1f}y", ""] {
            super::push(&mut stored, value.as_bytes());
        }
        assert_eq!(super::fields(&stored), ["S1", "", "xy", ""]);
    }
}
