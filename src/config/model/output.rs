//! The layout of output files.

use crate::domain::Action;
use serde::{Deserialize, Deserializer};

/// What an integration writes.
#[derive(Clone, Debug, Deserialize)]
pub struct Output {
    /// Choice and order of columns; `None`: all.
    pub columns: Option<Vec<OutputColumn>>,
    /// What separates fields.
    pub delimiter: Separator,
    /// The form in which dates are written: a pattern of `%Y %m %d %-m %-d`.
    pub dates: String,
    /// The form in which SSNs are written.
    pub ssn: SsnForm,
    /// The receiver's words for actions; see [`Output::word`].
    #[serde(deserialize_with = "actions")]
    pub actions: Vec<(Action, String)>,
    /// Whether the first line names the columns.
    pub column_header: bool,
    /// A line before everything else, with `{reference_id}` and `{date}`.
    pub header: Option<String>,
    /// A line after everything else, also with `{count}`, `{employee_amount}` and `{employer_amount}`.
    pub trailer: Option<String>,
    /// Whether an empty file `NAME.done` follows the output file.
    pub done_marker: bool,
}

impl Output {
    /// The receiver's word for an action.
    pub fn word(&self, action: Action) -> &str {
        self.actions
            .iter()
            .find(|(a, _)| *a == action)
            .map_or(action.as_str(), |(_, word)| word)
    }
}

/// A column of the output file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub struct OutputColumn {
    /// A canonical name, `action` or a `custom.` name.
    pub from: String,
    /// Its header.
    pub as_: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Name(String),
    Renamed {
        from: String,
        #[serde(rename = "as")]
        as_: String,
    },
}

impl From<Written> for OutputColumn {
    fn from(written: Written) -> OutputColumn {
        match written {
            Written::Name(name) => OutputColumn {
                as_: name.strip_prefix("custom.").unwrap_or(&name).to_owned(),
                from: name,
            },
            Written::Renamed { from, as_ } => OutputColumn { from, as_ },
        }
    }
}

/// What separates fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Separator {
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

impl Separator {
    /// The byte.
    pub const fn byte(self) -> u8 {
        match self {
            Separator::Comma => b',',
            Separator::Pipe => b'|',
            Separator::Tab => b'\t',
            Separator::Semicolon => b';',
        }
    }
}

/// The form in which SSNs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SsnForm {
    /// Nine digits.
    Plain,
    /// `AAA-GG-SSSS`.
    Dashed,
    /// The last four digits.
    Last4,
}

fn actions<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<(Action, String)>, D::Error> {
    let pairs = Vec::<(String, String)>::deserialize(d)?;
    // Words that are no action have been reported where the line is known.
    let known = pairs
        .into_iter()
        .filter_map(|(name, word)| Action::parse(&name).map(|action| (action, word)));
    Ok(known.collect())
}
