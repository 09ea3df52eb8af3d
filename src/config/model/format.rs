//! A sender's dialect.

use super::Separator;
use serde::Deserialize;

/// How a sender writes its files.
#[derive(Clone, Debug, Deserialize)]
pub struct Format {
    /// What separates fields; without meaning for fixed width.
    pub delimiter: Delimiter,
    /// The character set.
    pub encoding: Encoding,
    /// The forms in which dates are read: patterns of `%Y %m %d %-m %-d %H %M %S`.
    pub dates: Vec<String>,
    /// The control record before the data.
    pub header: Option<Control>,
    /// The control record after the data.
    pub trailer: Option<Control>,
}

/// What separates fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Delimiter {
    /// Found out from the file.
    #[serde(rename = "auto")]
    Auto,
    /// A comma.
    #[serde(rename = "comma", alias = ",")]
    Comma,
    /// A vertical bar.
    #[serde(rename = "pipe", alias = "|")]
    Pipe,
    /// A tab.
    #[serde(rename = "tab", alias = "\t")]
    Tab,
    /// A semicolon.
    #[serde(rename = "semicolon", alias = ";")]
    Semicolon,
}

impl Delimiter {
    /// The separator, unless it is to be found out.
    pub const fn separator(self) -> Option<Separator> {
        match self {
            Delimiter::Auto => None,
            Delimiter::Comma => Some(Separator::Comma),
            Delimiter::Pipe => Some(Separator::Pipe),
            Delimiter::Tab => Some(Separator::Tab),
            Delimiter::Semicolon => Some(Separator::Semicolon),
        }
    }
}

/// The character set of source files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Encoding {
    /// By byte order mark, else UTF-8 where valid, else Windows-1252 with a warning.
    #[serde(rename = "auto")]
    Auto,
    /// UTF-8.
    #[serde(rename = "utf-8", alias = "utf8")]
    Utf8,
    /// UTF-16 with a byte order mark.
    #[serde(rename = "utf-16", alias = "utf16")]
    Utf16,
    /// Windows-1252.
    #[serde(rename = "windows-1252", alias = "cp1252")]
    Windows1252,
}

/// A control record with totals.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Control {
    /// The text the control record begins with.
    pub marker: String,
    /// Where the number of data records stands.
    pub count: Option<Place>,
    /// Where the total employee amount stands.
    pub employee_amount: Option<Place>,
    /// Where the total employer amount stands.
    pub employer_amount: Option<Place>,
}

/// Where a value stands in a control record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Place {
    /// In delimited files: the number of the field, from 1.
    Field(usize),
    /// In fixed-width files: the characters.
    Span(Span),
}

/// A stretch of characters in a fixed-width record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Span {
    /// The first character, from 1.
    pub start: usize,
    /// How many characters.
    pub length: usize,
}
