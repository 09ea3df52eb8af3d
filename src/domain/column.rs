//! What a canonical column is.

use super::code_list::CodeList;
use super::{Kind, deduction, demographic};

/// The type of a column's values.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// Subscriber ID, by the site's pattern.
    SubscriberId,
    /// Username, by the site's pattern.
    Username,
    /// Social Security number.
    Ssn,
    /// Free text of at most so many characters.
    Text(usize),
    /// An identifying number or code kept as text, of at most so many characters; spreadsheets like to damage it.
    Number(usize),
    /// A calendar date.
    Date,
    /// A calendar date where 2100-12-31 and 9999-12-31 mean open, like blank.
    EndDate,
    /// A date or a moment.
    Timestamp,
    /// An amount of money.
    Amount,
    /// One of a list of codes.
    Code(&'static CodeList),
    /// Yes or no; blank is no (for `is_primary_ein`, yes).
    Bool,
    /// An e-mail address.
    Email,
    /// A USPS state code, for addresses in the United States.
    State,
    /// A ZIP code, for addresses in the United States.
    Zip,
    /// An employer identification number.
    Ein,
}

/// A canonical column.
#[derive(Debug)]
pub struct Column {
    /// The canonical name, in configuration, outputs and error files.
    pub name: &'static str,
    /// The type of its values.
    pub kind: Type,
    /// Whether the header must have it and a record must fill it.
    pub required: bool,
    /// Headers that mean this column besides its own name.
    pub aliases: &'static [&'static str],
}

/// The canonical columns of a kind, in canonical order.
pub fn columns(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::Demographic => &demographic::COLUMNS,
        Kind::Deduction => &deduction::COLUMNS,
    }
}

/// The place of a canonical column by its name.
pub(crate) fn place(kind: Kind, name: &str) -> Option<usize> {
    columns(kind).iter().position(|c| c.name == name)
}

/// The columns that records of both kinds have, by their places.
#[derive(Clone, Copy, Debug)]
pub struct Shared {
    /// Subscriber ID.
    pub subscriber_id: usize,
    /// Person number.
    pub employee_number: usize,
    /// Username.
    pub username: usize,
    /// SSN.
    pub ssn: usize,
    /// First name.
    pub first_name: usize,
    /// Last name.
    pub last_name: usize,
    /// Employer.
    pub ein: usize,
    /// Test employee.
    pub test_employee: usize,
    /// Time of change.
    pub last_changed_at: usize,
}

/// The places of the shared columns in a kind.
pub const fn shared(kind: Kind) -> Shared {
    match kind {
        Kind::Demographic => Shared {
            subscriber_id: demographic::SUBSCRIBER_ID,
            employee_number: demographic::EMPLOYEE_NUMBER,
            username: demographic::USERNAME,
            ssn: demographic::SSN,
            first_name: demographic::FIRST_NAME,
            last_name: demographic::LAST_NAME,
            ein: demographic::EIN,
            test_employee: demographic::TEST_EMPLOYEE,
            last_changed_at: demographic::LAST_CHANGED_AT,
        },
        Kind::Deduction => Shared {
            subscriber_id: deduction::SUBSCRIBER_ID,
            employee_number: deduction::EMPLOYEE_NUMBER,
            username: deduction::USERNAME,
            ssn: deduction::SSN,
            first_name: deduction::FIRST_NAME,
            last_name: deduction::LAST_NAME,
            ein: deduction::EIN,
            test_employee: deduction::TEST_EMPLOYEE,
            last_changed_at: deduction::LAST_CHANGED_AT,
        },
    }
}

/// A header name as it is compared: lower case, without spaces and `_ - . / #`.
pub(crate) fn normalized(header: &str) -> String {
    header
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '.' | '/' | '#'))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Kind, columns, normalized};
    use std::collections::BTreeMap;

    #[test]
    fn no_header_means_two_columns() {
        for kind in [Kind::Demographic, Kind::Deduction] {
            let mut seen = BTreeMap::new();
            for column in columns(kind) {
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
