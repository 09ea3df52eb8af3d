//! Canonical columns: what a column is, and how the tables of the kinds are written.

use super::character::{is_invisible, is_other_dash};
use super::code_list::CodeList;

/// The type of a column's values.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// Subscriber ID, by the site's pattern.
    SubscriberId,
    /// Username, by the site's pattern.
    Username,
    Ssn,
    /// Free text of at most this many characters.
    Text(usize),
    /// An identifying number or code kept as text, of at most this many characters. Spreadsheets tend to damage it.
    Number(usize),
    Date,
    /// A calendar date where 2100-12-31, 4712-12-31 and 9999-12-31 mean open, like blank.
    EndDate,
    /// A date, or a date and time.
    Timestamp,
    /// An amount of money.
    Amount,
    /// One of a list of codes.
    Code(&'static CodeList),
    /// Yes or no; blank is no (for `is_primary_ein`, yes).
    Bool,
    Email,
    /// A USPS state code, for addresses in the United States.
    State,
    /// A ZIP code, for addresses in the United States.
    Zip,
    /// An employer identification number.
    Ein,
}

#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its position among the columns of its kind.
    pub index: ColumnIndex,
    /// The canonical name, in configuration, outputs and error files.
    pub name: &'static str,
    /// The type of its values.
    pub kind: Type,
    /// Whether the header must have it and a record must fill it.
    pub required: bool,
    /// Headers that mean this column besides its own name.
    pub aliases: &'static [&'static str],
}

/// The position of a column among those of a kind, for code that handles every column alike. Rules name a column by the
/// enum of its kind; see [`KindColumns`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnIndex(pub(super) u8);

impl ColumnIndex {
    /// The index into arrays that hold one element per column.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }

    /// The position as ledgers know it, in fingerprints.
    pub fn byte(self) -> u8 {
        self.0
    }
}

/// More columns than any kind has.
pub(crate) const MAX_COLUMNS: usize = 48;

/// The columns of one kind of record: an enum with a variant for each. A value can be read only by the enum of its
/// record's kind, so a rule for deductions cannot read a column of demographic records by mistake.
pub trait KindColumns: Copy + PartialEq + Into<ColumnIndex> + 'static {
    /// The definitions, in canonical order.
    const COLUMNS: &'static [Column];
    /// The columns that say who a record is about.
    const SHARED: SharedColumns<Self>;
    /// The column that says that an import should leave the record out.
    const EXCLUDED: Option<Self> = None;
    /// The column that says whether the employer of the record is the employee's primary one.
    const PRIMARY_EIN: Option<Self> = None;
    /// The employment status, which integrations can be limited to.
    const STATUS: Option<Self> = None;
    /// The sender's own word for what happened to the record.
    const ACTION: Option<Self> = None;
    /// Whether a run may name a start date and leave out the records changed before it.
    const HAS_START_DATE: bool = false;

    /// The definition of this column.
    fn definition(self) -> &'static Column {
        let index: ColumnIndex = self.into();
        &Self::COLUMNS[index.get()]
    }
}

/// The columns that say who a record is about, under the same names in every kind; those that a kind may lack are optional.
#[derive(Clone, Copy, Debug)]
pub struct SharedColumns<C> {
    /// The ID by which a record is known: of the subscriber, or of an account.
    pub id: C,
    pub employee_number: Option<C>,
    pub username: Option<C>,
    pub ssn: Option<C>,
    pub first_name: C,
    pub last_name: C,
    pub ein: Option<C>,
    pub test_employee: Option<C>,
    pub last_changed_at: Option<C>,
}

/// Columns that records of every kind have.
pub(super) mod shared {
    use super::{Column, Type, optional, required};

    pub(crate) const SUBSCRIBER_ID: Column = required(
        "subscriber_id",
        Type::SubscriberId,
        &[
            "subscriber code",
            "member id",
            "member number",
            "employee id",
            "eid",
        ],
    );
    pub(crate) const EMPLOYEE_NUMBER: Column = optional(
        "employee_number",
        Type::Number(20),
        &[
            "person number",
            "emp no",
            "emp id",
            "file number",
            "payroll id",
        ],
    );
    pub(crate) const USERNAME: Column = required("username", Type::Username, &["login", "user id"]);
    pub(crate) const SSN: Column = required(
        "ssn",
        Type::Ssn,
        &[
            "social security number",
            "social security no",
            "employee ssn",
            "ss#",
            "social",
            "ss",
        ],
    );
    pub(crate) const FIRST_NAME: Column = required(
        "first_name",
        Type::Text(35),
        &["first", "given", "given name", "forenames", "forename"],
    );
    pub(crate) const LAST_NAME: Column = required(
        "last_name",
        Type::Text(60),
        &["last", "surname", "family name"],
    );
    pub(crate) const EIN: Column = optional("ein", Type::Ein, &["fein", "company ein"]);
    pub(crate) const TEST_EMPLOYEE: Column = optional(
        "test_employee",
        Type::Bool,
        &["test", "is test", "test flag"],
    );
    pub(crate) const LAST_CHANGED_AT: Column = optional(
        "last_changed_at",
        Type::Timestamp,
        &["updated at", "changed at", "modified", "change date"],
    );
}

/// A column that files must have and records must fill.
pub(super) const fn required(
    name: &'static str,
    kind: Type,
    aliases: &'static [&'static str],
) -> Column {
    Column {
        index: ColumnIndex(0),
        name,
        kind,
        required: true,
        aliases,
    }
}

/// A column that may be missing or blank.
pub(super) const fn optional(
    name: &'static str,
    kind: Type,
    aliases: &'static [&'static str],
) -> Column {
    required(name, kind, aliases).not_required()
}

impl Column {
    /// Whether a header, as headers are compared, means this column.
    pub fn is_called(&self, header: &str) -> bool {
        let mut names = std::iter::once(&self.name).chain(self.aliases);
        names.any(|name| normalized(name) == header)
    }

    /// Whether a dash of any kind means a hyphen or a minus in its values: SSNs, EINs, ZIP codes, phone numbers, dates and
    /// amounts.
    pub(crate) fn folds_dashes(&self) -> bool {
        match self.kind {
            Type::Ssn
            | Type::Ein
            | Type::Zip
            | Type::Date
            | Type::EndDate
            | Type::Timestamp
            | Type::Amount => true,
            Type::Number(_) => self.name.ends_with("_phone"),
            _ => false,
        }
    }

    /// The same column where it may be missing or blank.
    pub(super) const fn not_required(self) -> Column {
        Column {
            required: false,
            ..self
        }
    }
}

/// Declares the enum of a kind's columns and, row by row, what each of them is.
macro_rules! columns {
    ($(#[$doc:meta])* $kind:ident { $($column:ident => $definition:expr;)+ } $($choice:item)*) => {
        $(#[$doc])*
        #[expect(missing_docs, reason = "the definition in its row says what a column is")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $kind {
            $($column),+
        }

        impl From<$kind> for ColumnIndex {
            fn from(column: $kind) -> ColumnIndex {
                ColumnIndex(column as u8)
            }
        }

        impl KindColumns for $kind {
            const COLUMNS: &'static [Column] = &[$(Column {
                index: ColumnIndex($kind::$column as u8),
                ..$definition
            }),+];
            $($choice)*
        }
    };
}
pub(super) use columns;

/// The shared columns of a kind whose records are about employees.
macro_rules! of_employees {
    () => {
        const SHARED: SharedColumns<Self> = SharedColumns {
            id: Self::SubscriberId,
            employee_number: Some(Self::EmployeeNumber),
            username: Some(Self::Username),
            ssn: Some(Self::Ssn),
            first_name: Self::FirstName,
            last_name: Self::LastName,
            ein: Some(Self::Ein),
            test_employee: Some(Self::TestEmployee),
            last_changed_at: Some(Self::LastChangedAt),
        };
    };
}
pub(super) use of_employees;

/// The name under which a column of the sender's own can be carried along.
pub(crate) fn custom_name(header: &str) -> String {
    const LONGEST: usize = 40;
    let letter = |c: char| match c.is_ascii_alphanumeric() {
        true => c.to_ascii_lowercase(),
        false => '_',
    };
    let own = header.strip_prefix("custom.").unwrap_or(header);
    let own: String = own.chars().map(letter).take(LONGEST).collect();
    format!("custom.{own}")
}

/// A header name as it is compared: lower case, without spaces, dashes and `_ . / #`, and without invisible characters.
pub(crate) fn normalized(header: &str) -> String {
    let left_out = |c: &char| {
        c.is_whitespace()
            || matches!(c, '_' | '-' | '.' | '/' | '#')
            || is_other_dash(*c)
            || is_invisible(*c)
    };
    header
        .chars()
        .filter(|c| !left_out(c))
        .flat_map(char::to_lowercase)
        .collect()
}
