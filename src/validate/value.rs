//! The values of a record's fields once they are parsed.

use super::date::Moment;
use crate::domain::Ssn;
use crate::domain::column::{ColumnIndex, KindColumns, MAX_COLUMNS};
use chrono::NaiveDate;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// A parsed value, borrowed from its record. It has no `Display`, and `Debug` shows only its shape.
#[derive(Clone, Copy, Default, PartialEq, strum::IntoStaticStr)]
pub enum Value<'a> {
    #[default]
    Blank,
    /// Something there that could not be parsed; the finding says why.
    Invalid,
    /// Text as sent, trimmed: valid UTF-8 without control characters.
    Text(&'a [u8]),
    /// A code of a list or a cross-reference table.
    Code(&'a [u8]),
    Date(NaiveDate),
    /// A date or a moment.
    Moment(Moment),
    /// An amount in cents.
    Cents(i64),
    Flag(bool),
    /// A Social Security number.
    Ssn(Ssn),
    /// A ZIP code and its extension.
    Zip(u32, Option<u16>),
    /// An employer identification number as the number its nine digits make.
    Ein(u32),
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shape: &str = self.into();
        f.write_str(shape)
    }
}

impl<'a> Value<'a> {
    pub fn text(self) -> Option<&'a [u8]> {
        match self {
            Value::Text(t) | Value::Code(t) => Some(t),
            _ => None,
        }
    }

    pub fn date(self) -> Option<NaiveDate> {
        match self {
            Value::Date(d) => Some(d),
            _ => None,
        }
    }

    /// An amount; blank and unreadable count as nothing.
    pub fn cents(self) -> i64 {
        match self {
            Value::Cents(c) => c,
            _ => 0,
        }
    }

    /// A flag, or `default` where it is blank or unreadable.
    pub fn flag(self, default: bool) -> bool {
        match self {
            Value::Flag(b) => b,
            _ => default,
        }
    }

    pub fn ssn(self) -> Option<Ssn> {
        match self {
            Value::Ssn(s) => Some(s),
            _ => None,
        }
    }

    /// Whether nothing is there.
    #[inline]
    pub fn is_blank(&self) -> bool {
        matches!(self, Value::Blank)
    }
}

/// The parsed values of one record, by the columns of its kind.
#[derive(Clone)]
pub struct Values<'a, C> {
    all: [Value<'a>; MAX_COLUMNS],
    columns: PhantomData<C>,
}

impl<'a, C: KindColumns> Values<'a, C> {
    /// A record of blanks.
    pub fn blank() -> Values<'a, C> {
        Values {
            all: [Value::Blank; MAX_COLUMNS],
            columns: PhantomData,
        }
    }

    /// The value of each column, in canonical order.
    pub fn all(&self) -> &[Value<'a>] {
        &self.all[..C::COLUMNS.len()]
    }

    /// The values as the columns' positions number them, for code that handles all kinds alike.
    pub(super) fn columns_mut(&mut self) -> &mut [Value<'a>; MAX_COLUMNS] {
        &mut self.all
    }

    /// The value of a column that is known by its position alone.
    pub fn at(&self, index: ColumnIndex) -> Value<'a> {
        self.all[index.get()]
    }

    /// Like [`Values::at`], to be written to.
    pub fn at_mut(&mut self, index: ColumnIndex) -> &mut Value<'a> {
        &mut self.all[index.get()]
    }

    /// The value of a column that the kind may lack: then a blank.
    pub(crate) fn any(&self, column: Option<C>) -> Value<'a> {
        column.map_or(Value::Blank, |column| self[column])
    }

    /// Puts a value in place of a blank.
    pub fn fill(&mut self, column: C, meaning: Value<'a>) {
        if self[column].is_blank() {
            self[column] = meaning;
        }
    }
}

impl<'a, C: KindColumns> Index<C> for Values<'a, C> {
    type Output = Value<'a>;

    fn index(&self, column: C) -> &Value<'a> {
        &self.all[column.into().get()]
    }
}

impl<C: KindColumns> IndexMut<C> for Values<'_, C> {
    fn index_mut(&mut self, column: C) -> &mut Self::Output {
        self.at_mut(column.into())
    }
}
