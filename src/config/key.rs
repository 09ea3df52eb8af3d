//! What a configuration key is. The keys themselves are listed in `keys/`.

use super::forms::Form;
use super::mistake::any_of;
use crate::domain::Kind;

/// One key of the configuration, as it is checked, documented and put into the schema.
#[derive(Debug)]
pub(super) struct Key {
    /// Its tables and name: `*` stands for a name the user chooses, `[]` for an entry of a list.
    pub(super) path: &'static str,
    pub(super) ty: Type,
    pub(super) presence: Presence,
    /// The kind of integration it makes sense for, where it isn't both.
    pub(super) only: Option<Kind>,
    /// What it means, in a sentence.
    pub(super) doc: &'static str,
}

/// Whether a key has to be there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Presence {
    /// It has to be; with an example, in TOML.
    Required(&'static str),
    /// This TOML value stands for it when it isn't there.
    Default(&'static str),
    /// Not being there means "off" or "none".
    Optional,
}

/// What a key's value looks like.
#[derive(Clone, Copy, Debug)]
pub(super) enum Type {
    Bool,
    /// A whole number from … to ….
    Int(i64, i64),
    /// A number from … to ….
    Number(f64, f64),
    /// A calendar date.
    Date,
    /// A date, or a date and a time of day, in the site's time zone.
    Moment,
    /// Text of a form.
    Text(&'static Form),
    /// One of these words; the second list is understood too.
    Words(&'static [&'static str], &'static [&'static str]),
    /// Words separated by commas without spaces, or a list of texts.
    CommaList,
    List(&'static Type),
    /// A list with at least one entry.
    Filled(&'static Type),
    Either(&'static [Type]),
    /// A table; its keys are listed under this path.
    Table,
    /// `[[…]]`: a list of tables; their keys are listed under this path and `[]`.
    Tables,
    /// Tables with names of this form; their keys are listed under this path and `.*`.
    Named(&'static Form),
    /// Keys of the first form with such values.
    Map(&'static Form, &'static Type),
    /// Canonical or custom column names with such values; `custom.x` may be written as a nested table.
    Columns(&'static Type),
}

impl Key {
    pub(super) const fn new(
        path: &'static str,
        ty: Type,
        presence: Presence,
        doc: &'static str,
    ) -> Key {
        Key {
            path,
            ty,
            presence,
            only: None,
            doc,
        }
    }

    /// The same key, for this kind of integration alone.
    pub(super) const fn only(self, kind: Kind) -> Key {
        Key {
            only: Some(kind),
            ..self
        }
    }

    /// The path of the table the key stands in, and its name there.
    pub(super) fn split(&self) -> (&'static str, &'static str) {
        self.path.rsplit_once('.').unwrap_or(("", self.path))
    }
}

impl Type {
    /// What to write, in words.
    pub(super) fn describe(&self) -> String {
        match self {
            Type::Bool => "true or false".into(),
            Type::Int(i64::MIN, i64::MAX) => "a whole number".into(),
            Type::Int(from, i64::MAX) => format!("a whole number from {from}"),
            Type::Int(from, to) => format!("a whole number from {from} to {to}"),
            Type::Number(from, f64::INFINITY) => format!("a number from {from}"),
            Type::Number(from, to) => format!("a number from {from} to {to}"),
            Type::Date => "a date such as 2026-12-31".into(),
            Type::Moment => "a date and time such as 2026-12-31T06:00:00".into(),
            Type::Text(form) => form.describe.into(),
            Type::Words(words, _) => any_of(words),
            Type::CommaList => "words separated by commas without spaces, or a list".into(),
            Type::List(inner) => format!("a list, each {}", inner.describe()),
            Type::Filled(inner) => format!("a list of one or more, each {}", inner.describe()),
            Type::Either(types) => {
                let all: Vec<String> = types.iter().map(Type::describe).collect();
                all.join(", or ")
            }
            Type::Table => "a table of keys".into(),
            Type::Tables => "a list of tables".into(),
            Type::Named(_) => "tables with names".into(),
            Type::Map(from, to) => format!("a table: {} = {}", from.describe, to.describe()),
            Type::Columns(to) => format!("a table: column = {}", to.describe()),
        }
    }
}
