//! Reads the tables of a configuration file along their declared keys: unknown keys, forms of values, and defaults for
//! what is not given. Where a value cannot be taken, its default or example stands in, so that all mistakes are found
//! at once.

use super::diagnostics::{Diagnostics, Problem, did_you_mean};
use super::key::{Described, Description, Key, ListedKey, join};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A form of values that are read as `T`.
pub(super) trait Form<T>: Described {
    fn read(&self, found: Found<'_>, checker: &mut Checker<'_>) -> FormResult<T>;
}

pub(super) type FormResult<T> = Result<T, FormError>;

/// A value and the path of its key or entry.
#[derive(Clone, Copy)]
pub(super) struct Found<'f> {
    pub(super) value: &'f DeValue<'f>,
    pub(super) path: &'f str,
}

/// Why a value is not taken.
pub(super) enum FormError {
    /// It is of another TOML type.
    Type,
    Value(Problem),
}

/// The keys of a table; see [`table!`].
pub(super) trait KeyTable {
    /// What the table is read as.
    type Value;

    fn keys() -> Vec<Key>;

    fn read(given: &mut Given<'_, '_>) -> Self::Value;
}

/// A table as the file gives it.
pub(super) struct Given<'a, 'c> {
    table: &'a DeTable<'a>,
    path: &'a str,
    /// What the user calls it, where users choose names.
    name: &'a str,
    checker: &'a mut Checker<'c>,
}

/// A name in a table, its byte offset and its value.
pub(super) type TableEntry<'a> = (&'a str, usize, &'a Spanned<DeValue<'a>>);

pub(super) struct Checker<'c> {
    diagnostics: &'c mut Diagnostics,
    /// All keys, for hints.
    all_keys: fn() -> Vec<ListedKey>,
    /// Inside a default, which has no place in the file.
    filling: bool,
}

/// Declares the keys of a table: each with its field and type, whether it is `required` (with an example), has a
/// `default` (in TOML) or is `optional`, the form of its value, the kind of integration it is `for` (unless both), and
/// its meaning. The key is called like its field, or as in `field = "name"`.
///
/// `struct T { keys }` declares a struct with these fields; `keys K -> T { keys } => expression` makes a `T` of them. In
/// parentheses after the name may stand fields that are not keys, with a function of [`Given`].
macro_rules! table {
    (
        $(#[$meta:meta])*
        $vis:vis struct $Table:ident $(($($extra:ident: $Extra:ty = $from:expr),+))? {
            $($(#[$attribute:meta])*
            $field:ident $(= $key:literal)?: $Type:ty = $how:ident($form:expr $(, $text:expr)?) $(for $only:ident)?, $doc:expr;)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        $vis struct $Table {
            $($(pub(crate) $extra: $Extra,)+)?
            $($(#[$attribute])* pub(crate) $field: $Type,)+
        }

        $crate::config::checker::table! {
            @impl $Table $(($($extra: $Extra = $from),+))? -> $Table {
                $($field $(= $key)?: $Type = $how($form $(, $text)?) $(for $only)?, $doc;)+
            } => $Table { $($($extra,)+)? $($field,)+ }
        }
    };
    (keys $Keys:ident $($rest:tt)+) => {
        pub(super) enum $Keys {}

        $crate::config::checker::table! { @impl $Keys $($rest)+ }
    };
    (
        @impl $Keys:ident $(($($extra:ident: $Extra:ty = $from:expr),+))? -> $Table:ty {
            $($field:ident $(= $key:literal)?: $Type:ty = $how:ident($form:expr $(, $text:expr)?) $(for $only:ident)?, $doc:expr;)+
        } => $made:expr
    ) => {
        impl $crate::config::checker::KeyTable for $Keys {
            type Value = $Table;

            fn keys() -> Vec<$crate::config::key::Key> {
                vec![$($crate::config::key::Key {
                    name: $crate::config::checker::table!(@name $field $($key)?),
                    describe: || $crate::config::key::Described::describe(&$form),
                    presence: $crate::config::checker::table!(@presence $how $($text)?),
                    only: $crate::config::checker::table!(@only $($only)?),
                    doc: $doc,
                },)+]
            }

            fn read(given: &mut $crate::config::checker::Given<'_, '_>) -> $Table {
                $($(let $extra: $Extra = $from(given);)+)?
                $(let $field: $Type = given.$how(
                    $crate::config::checker::table!(@name $field $($key)?),
                    &$form
                    $(, $text)?
                );)+
                $made
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $key:literal) => { $key };
    (@presence required $example:expr) => { $crate::config::key::Presence::Required($example) };
    (@presence default $value:expr) => { $crate::config::key::Presence::Default($value) };
    (@presence optional) => { $crate::config::key::Presence::Optional };
    (@only) => { None };
    (@only $kind:ident) => { Some($crate::domain::Kind::$kind) };
}
pub(super) use table;

impl From<Problem> for FormError {
    fn from(problem: Problem) -> FormError {
        FormError::Value(problem)
    }
}

impl Given<'_, '_> {
    pub(super) fn name(&mut self) -> String {
        self.name.to_owned()
    }

    /// For what is set when the table is read.
    pub(super) fn later<T: Default>(_: &mut Self) -> T {
        T::default()
    }

    pub(super) fn required<T>(&mut self, key: &str, form: &impl Form<T>, example: &str) -> T {
        if !self.table.contains_key(key) {
            let hint = format!("add it, for example {key} = {example}");
            let missing = Problem::new("is missing", hint);
            let path = join(self.path, key);
            self.checker.diagnostics.refuse(&path, None, missing);
        }
        self.default(key, form, example)
    }

    pub(super) fn default<T>(&mut self, key: &str, form: &impl Form<T>, default: &str) -> T {
        match self.optional(key, form) {
            Some(value) => value,
            None => self.checker.fill(form, default, &join(self.path, key)),
        }
    }

    pub(super) fn optional<T>(&mut self, key: &str, form: &impl Form<T>) -> Option<T> {
        let found = self.table.get(key)?;
        self.checker.value(form, found, &join(self.path, key))
    }
}

impl Checker<'_> {
    pub(super) fn new(
        diagnostics: &mut Diagnostics,
        all_keys: fn() -> Vec<ListedKey>,
    ) -> Checker<'_> {
        Checker {
            diagnostics,
            all_keys,
            filling: false,
        }
    }

    /// Reads a table; `name` is what the user calls it, where users choose names.
    pub(super) fn table<K: KeyTable>(
        &mut self,
        table: &DeTable<'_>,
        path: &str,
        name: &str,
    ) -> K::Value {
        let keys = K::keys();
        for (name, offset, _) in entries(table) {
            let path = join(path, name);
            match keys.iter().find(|key| key.name == name) {
                None => {
                    let unknown = unknown(&path, name, &keys, self.all_keys);
                    self.diagnostics.refuse(&path, Some(offset), unknown);
                }
                Some(key) => {
                    self.locate(&path, offset);
                    if !self.filling {
                        self.diagnostics.give(&path, key.only);
                    }
                }
            }
        }
        K::read(&mut Given {
            table,
            path,
            name,
            checker: self,
        })
    }

    /// Reads a value; `None` if it can't be taken, which is then reported.
    pub(super) fn value<T>(
        &mut self,
        form: &impl Form<T>,
        found: &Spanned<DeValue<'_>>,
        path: &str,
    ) -> Option<T> {
        let value = found.get_ref();
        let problem = match form.read(Found { value, path }, self) {
            Ok(value) => return Some(value),
            Err(FormError::Value(problem)) => problem,
            Err(FormError::Type) => mismatch(value, &form.describe()),
        };
        self.refuse(path, found.span().start, problem);
        None
    }

    /// Remembers where a key or an entry is in the file.
    pub(super) fn locate(&mut self, path: &str, offset: usize) {
        if !self.filling {
            self.diagnostics.locate(path, offset);
        }
    }

    pub(super) fn refuse(&mut self, path: &str, offset: usize, problem: Problem) {
        let offset = (!self.filling).then_some(offset);
        self.diagnostics.refuse(path, offset, problem);
    }

    /// The value of a default or an example.
    fn fill<T>(&mut self, form: &impl Form<T>, text: &str, path: &str) -> T {
        let value = DeValue::parse(text).expect("defaults are TOML");
        let mut checker = Checker {
            diagnostics: self.diagnostics,
            all_keys: self.all_keys,
            filling: true,
        };
        let filled = checker.value(form, &value, path);
        filled.expect("defaults are of the form of their key")
    }
}

/// The entries of a table in file order.
pub(super) fn entries<'a>(table: &'a DeTable<'a>) -> Vec<TableEntry<'a>> {
    let mut all: Vec<TableEntry<'a>> = table
        .iter()
        .map(|(k, v)| (k.get_ref().as_ref(), k.span().start, v))
        .collect();
    all.sort_by_key(|(_, offset, _)| *offset);
    all
}

fn mismatch(found: &DeValue<'_>, form: &Description) -> Problem {
    let what = match found {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    let quotable = found.is_integer() || found.is_float() || found.is_bool();
    let quotes = if form.quoted && quotable {
        " in quotes"
    } else {
        ""
    };
    let hint = format!("write {}{quotes}", form.words);
    Problem::new(format!("{what} can't stand here"), hint)
}

/// Keys that earlier versions had, each with what to do instead.
const REPLACED: [(&str, &str); 1] = [(
    "identity.email",
    "leave it out, and write link_by = \"work_email\", \"home_email\" or \"services_email\" under [integration.NAME]",
)];

fn unknown(path: &str, name: &str, keys: &[Key], all_keys: fn() -> Vec<ListedKey>) -> Problem {
    if let Some((_, instead)) = REPLACED.iter().find(|(before, _)| *before == path) {
        return Problem::of(name, "is no longer a key here", *instead);
    }
    let known: Vec<&str> = keys.iter().map(|key| key.name).collect();
    let hint = if let Some(hint) = did_you_mean(name, known.iter().copied()) {
        hint
    } else if let Some(elsewhere) = all_keys().into_iter().find(|k| k.key.name == name) {
        match elsewhere.table.as_str() {
            "" => "it belongs at the top of the file, in no table".to_owned(),
            table => format!("it belongs under [{}]", table.replace('*', "NAME")),
        }
    } else {
        format!("known here: {}", known.join(", "))
    };
    Problem::of(name, "is not a key that is known here", hint)
}
