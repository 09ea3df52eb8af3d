//! Cells of rejected records as people may see them. The type of a cell says whether its value may stand in an input.

use crate::domain::Kind;
use crate::domain::Ssn;
use crate::domain::column::{Column, Type};
use crate::domain::masking::value::{id_without_ssn, identifier, masked};
use crate::format::clean::clean_as;
use crate::format::{Fields, Layout};
use crate::validate::{FieldRules, Findings};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;

/// What of a cell is shown.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "shown", rename_all = "lowercase")]
pub(crate) enum ShownCell {
    /// The value as the reader reads it. It may be edited.
    Plain { text: String },
    /// The value is hidden, or a part of it. Saved back, the mask would be the value.
    Sensitive { mask: String },
}

impl fmt::Debug for ShownCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ShownCell::Plain { .. } => "Plain",
            ShownCell::Sensitive { .. } => "Sensitive",
        })
    }
}

impl ShownCell {
    /// What people read in the cell.
    pub(crate) fn text(&self) -> &str {
        match self {
            ShownCell::Plain { text } => text,
            ShownCell::Sensitive { mask } => mask,
        }
    }

    /// What an input begins with: nothing where the value is hidden.
    pub(crate) fn input(&self) -> &str {
        match self {
            ShownCell::Plain { text } => text,
            ShownCell::Sensitive { .. } => "",
        }
    }

    /// The cell with a value of a column. `own` is the SSN of the record.
    pub(super) fn of(column: FileColumn<'_>, raw: &[u8], own: Option<Ssn>) -> ShownCell {
        let raw = column.clean(raw);
        let text = String::from_utf8_lossy(raw);
        let shown = column.shown(&text, own);
        let whole = matches!(text, Cow::Borrowed(_)) && shown == text;
        match whole && !column.is_sensitive() {
            true => ShownCell::Plain { text: shown },
            false => ShownCell::Sensitive { mask: shown },
        }
    }
}

/// What is in the name of a custom column that may tell who a person is.
const PERSONAL_WORDS: [&str; 8] = [
    "name", "ssn", "social", "birth", "dob", "mail", "phone", "address",
];

/// A canonical or custom column of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileColumn<'l> {
    pub(super) name: &'l str,
    /// `None` for a custom one.
    pub(super) canonical: Option<&'static Column>,
    /// Its field, where the file has it.
    pub(super) field: Option<u16>,
}

impl<'l> FileColumn<'l> {
    /// The columns that records of a file can have a value in, in the order of the file.
    pub(super) fn all(kind: Kind, layout: &'l Layout) -> Vec<FileColumn<'l>> {
        let own = kind.columns().iter().map(|column| FileColumn {
            name: column.name,
            canonical: Some(column),
            field: layout.field(column.index),
        });
        let custom = layout.custom.iter().map(|(name, field)| FileColumn {
            name,
            canonical: None,
            field: *field,
        });
        let mut all: Vec<_> = own.chain(custom).filter(|c| c.field.is_some()).collect();
        all.sort_by_key(|column| column.field);
        all
    }

    /// The column of this name, if the file has it.
    pub(super) fn named(kind: Kind, layout: &'l Layout, name: &str) -> Option<FileColumn<'l>> {
        let all = FileColumn::all(kind, layout);
        all.into_iter().find(|column| column.name == name)
    }

    /// What was sent, without what is taken off around a value, our guard among it.
    pub(super) fn clean(self, raw: &[u8]) -> &[u8] {
        clean_as(self.canonical.map_or(Type::Text(0), |c| c.kind), raw)
    }

    fn shown(self, text: &str, own: Option<Ssn>) -> String {
        match self.name {
            "subscriber_id" | "employee_number" => identifier(&id_without_ssn(text, own), own),
            name => masked(name, self.canonical.map(|c| c.kind), text, own),
        }
    }

    /// Whether its values are hidden, whatever they are.
    pub(super) fn is_sensitive(self) -> bool {
        let kind = self.canonical.map(|c| c.kind);
        matches!(kind, Some(Type::Ssn)) || self.name == "birth_date"
    }

    /// Whether many people have the same value, so that one wrong value can be replaced in all rows that have it. It is
    /// nothing that tells who a person is, or how to reach them.
    pub(super) fn is_shared(self) -> bool {
        let Some(column) = self.canonical else {
            // Only its name says what a custom column holds.
            let name = self.name.to_ascii_lowercase();
            return !PERSONAL_WORDS.iter().any(|word| name.contains(word));
        };
        let personal = match column.kind {
            Type::Ssn | Type::SubscriberId | Type::Username | Type::Email => true,
            Type::Number(_) => column.name != "deduction_code",
            Type::Text(_) => {
                column.name.ends_with("_name") && column.name != "plan_name"
                    || column.name.starts_with("address_")
            }
            _ => column.name == "birth_date",
        };
        !personal
    }
}

/// The SSN of a record, if it can be read.
pub(super) fn own_ssn(
    kind: Kind,
    rules: &FieldRules,
    layout: &Layout,
    fields: &Fields<'_>,
) -> Option<Ssn> {
    let column = kind.column("ssn")?;
    let sent = layout.get(fields, column.index);
    rules.value(column, sent, &mut Findings::default()).ssn()
}

#[cfg(test)]
mod tests {
    use super::{FileColumn, ShownCell};
    use crate::domain::{Kind, Ssn};

    fn column(name: &'static str) -> FileColumn<'static> {
        FileColumn {
            name,
            canonical: Kind::Demographic.column(name),
            field: Some(0),
        }
    }

    #[test]
    fn a_hidden_value_never_stands_in_an_input() {
        let own = Ssn::new(521_341_234);
        for (name, raw, text, input) in [
            ("ssn", "521-34-1234", "***-**-1234", ""),
            ("ssn", "n/a", "n/a", ""),
            ("birth_date", "1984-02-31", "****-**-**", ""),
            ("first_name", "521 34 1234", "***-**-1234", ""),
            ("subscriber_id", "521341234", "***-**-1234", ""),
            ("username", "alee1234", "alee****", ""),
            ("city", "1984-02-03", "****-**-**", ""),
            ("custom.note", "521-34-1234", "***-**-1234", ""),
            ("first_name", "Ada", "Ada", "Ada"),
            ("hire_date", "2020-02-31", "2020-02-31", "2020-02-31"),
            ("city", "'=1+1", "=1+1", "=1+1"),
            ("employment_status", " Aktiv ", "Aktiv", "Aktiv"),
        ] {
            let cell = ShownCell::of(column(name), raw.as_bytes(), own);
            assert_eq!((cell.text(), cell.input()), (text, input), "{name} {raw}");
        }
    }

    #[test]
    fn what_is_not_utf_8_is_not_edited() {
        let cell = ShownCell::of(column("city"), b"caf\xe9", None);
        assert_eq!(cell.input(), "");
    }

    #[test]
    fn values_are_listed_only_of_columns_that_tell_nothing_of_a_person() {
        for (name, shared) in [
            ("ssn", false),
            ("birth_date", false),
            ("first_name", false),
            ("last_name", false),
            ("username", false),
            ("work_email", false),
            ("cell_phone", false),
            ("address_1", false),
            ("employment_status", true),
            ("department", true),
            ("hire_date", true),
            ("custom.team", true),
            ("custom.Spouse_Name", false),
        ] {
            assert_eq!(column(name).is_shared(), shared, "{name}");
        }
    }
}
