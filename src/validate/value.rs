//! A field's value once it is usable.

use super::date::Moment;
use crate::domain::Ssn;
use chrono::NaiveDate;
use std::fmt;

/// A parsed value, borrowed from its record. It has no `Display`, and `Debug` shows only its shape.
#[derive(Clone, Copy, Default, PartialEq)]
pub enum Value<'a> {
    /// Nothing there.
    #[default]
    Blank,
    /// Something there that could not be parsed; the finding says why.
    Invalid,
    /// Text as sent, trimmed: valid UTF-8 without control characters.
    Text(&'a [u8]),
    /// A code of a list or a cross-reference table.
    Code(&'a [u8]),
    /// A calendar date.
    Date(NaiveDate),
    /// A date or a moment.
    Moment(Moment),
    /// An amount in cents.
    Cents(i64),
    /// Yes or no.
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
        f.write_str(match self {
            Value::Blank => "Blank",
            Value::Invalid => "Invalid",
            Value::Text(_) => "Text(..)",
            Value::Code(_) => "Code(..)",
            Value::Date(_) => "Date(..)",
            Value::Moment(_) => "Moment(..)",
            Value::Cents(_) => "Cents(..)",
            Value::Flag(_) => "Flag(..)",
            Value::Ssn(_) => "Ssn(..)",
            Value::Zip(..) => "Zip(..)",
            Value::Ein(_) => "Ein(..)",
        })
    }
}

impl<'a> Value<'a> {
    /// Text or code.
    pub fn text(self) -> Option<&'a [u8]> {
        match self {
            Value::Text(t) | Value::Code(t) => Some(t),
            _ => None,
        }
    }

    /// A date.
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

    /// An SSN.
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
