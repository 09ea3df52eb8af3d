//! Forms of values that hold other values: lists, tables, and choices between two forms.

use super::checker::{Checker, Form, FormError, FormResult, Found, KeyTable, TableEntry, entries};
use super::diagnostics::Problem;
use super::key::{Described, Description, join, table_schema};
use super::validators::{NAME, TEXT};
use serde_json::json;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use toml::de::DeValue;

/// A list with a least number of entries.
pub(super) struct List<F> {
    each: F,
    least: usize,
    /// What to write, from that for an entry.
    words: fn(&str) -> String,
}

pub(super) struct Either<A, B>(pub(super) A, pub(super) B);

/// A form of values of which something else is made.
pub(super) struct Mapped<F, A, B>(pub(super) F, pub(super) fn(A) -> B);

/// A table with the keys of `K`.
pub(super) struct SubTable<K>(PhantomData<K>);

/// Such tables, each with a name the user chooses.
pub(super) struct Named<K>(PhantomData<K>);

/// Texts with a value each.
pub(super) struct Map<F>(pub(super) F);

/// Canonical or custom column names with a value each; `custom.x` may be written as a nested table.
pub(super) struct Columns<F>(pub(super) F);

pub(super) const fn list<F>(each: F) -> List<F> {
    List {
        each,
        least: 0,
        words: |each| format!("a list, each {each}"),
    }
}

pub(super) const fn filled<F>(each: F) -> List<F> {
    List {
        each,
        least: 1,
        words: |each| format!("a list of one or more, each {each}"),
    }
}

pub(super) const fn table<K>() -> SubTable<K> {
    SubTable(PhantomData)
}

/// `[[…]]`
pub(super) const fn tables<K>() -> List<SubTable<K>> {
    List {
        each: table(),
        least: 0,
        words: |_| "a list of tables".to_owned(),
    }
}

pub(super) const fn named<K>() -> Named<K> {
    Named(PhantomData)
}

impl<F: Described> Described for List<F> {
    fn describe(&self) -> Description {
        let each = self.each.describe();
        let mut schema = json!({"type": "array", "items": each.schema});
        if self.least > 0 {
            schema["minItems"] = json!(self.least);
        }
        let out = Description::new((self.words)(&each.words), schema);
        match each.inner {
            Some(inner) => out.with_keys("[]", inner.keys),
            None => out,
        }
    }
}

impl<T, F: Form<T>> Form<Vec<T>> for List<F> {
    /// Entries that can't be taken are left out.
    fn read(&self, found: Found<'_>, checker: &mut Checker<'_>) -> FormResult<Vec<T>> {
        let entries = found.value.as_array().ok_or(FormError::Type)?;
        if entries.len() < self.least {
            let hint = format!("write {}", self.describe().words);
            return Err(Problem::new("is empty", hint).into());
        }
        let mut out = Vec::new();
        for (n, entry) in entries.iter().enumerate() {
            let path = format!("{}[{n}]", found.path);
            checker.locate(&path, entry.span().start);
            out.extend(checker.value(&self.each, entry, &path));
        }
        Ok(out)
    }
}

impl<A: Described, B: Described> Described for Either<A, B> {
    fn describe(&self) -> Description {
        let (a, b) = (self.0.describe(), self.1.describe());
        Description {
            inner: a.inner.or(b.inner),
            ..Description::new(
                format!("{}, or {}", a.words, b.words),
                json!({"anyOf": [a.schema, b.schema]}),
            )
        }
    }
}

impl<T, A: Form<T>, B: Form<T>> Form<T> for Either<A, B> {
    /// The first whose TOML type the value has.
    fn read(&self, found: Found<'_>, checker: &mut Checker<'_>) -> FormResult<T> {
        match self.0.read(found, checker) {
            Err(FormError::Type) => self.1.read(found, checker),
            read => read,
        }
    }
}

impl<F: Described, A, B> Described for Mapped<F, A, B> {
    fn describe(&self) -> Description {
        self.0.describe()
    }
}

impl<A, B, F: Form<A>> Form<B> for Mapped<F, A, B> {
    fn read(&self, found: Found<'_>, checker: &mut Checker<'_>) -> FormResult<B> {
        self.0.read(found, checker).map(self.1)
    }
}

impl<K: KeyTable> Described for SubTable<K> {
    fn describe(&self) -> Description {
        let keys = K::keys();
        Description::new("a table of keys", table_schema(&keys)).with_keys("", keys)
    }
}

impl<T, K: KeyTable<Value = T>> Form<T> for SubTable<K> {
    fn read(&self, found: Found<'_>, checker: &mut Checker<'_>) -> FormResult<T> {
        let table = found.value.as_table().ok_or(FormError::Type)?;
        Ok(checker.table::<K>(table, found.path, ""))
    }
}

impl<K: KeyTable> Described for Named<K> {
    fn describe(&self) -> Description {
        let keys = K::keys();
        let schema = json!({
            "type": "object",
            "propertyNames": {"pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"},
            "additionalProperties": table_schema(&keys),
        });
        Description::new("tables with names", schema).with_keys(".*", keys)
    }
}

impl<T, K: KeyTable<Value = T>> Form<Vec<T>> for Named<K> {
    /// The tables in file order.
    fn read(&self, found: Found<'_>, checker: &mut Checker<'_>) -> FormResult<Vec<T>> {
        let mut out = Vec::new();
        for (name, offset, entry) in entries(found.value.as_table().ok_or(FormError::Type)?) {
            let path = join(found.path, name);
            checker.locate(&path, offset);
            match entry.get_ref() {
                DeValue::Table(table) => out.push(checker.table::<K>(table, &path, name)),
                _ => drop(checker.value(&table::<K>(), entry, &path)),
            }
            if let Err(problem) = (NAME.read)(name) {
                checker.refuse(&path, offset, problem);
            }
        }
        Ok(out)
    }
}

impl<F: Described> Described for Map<F> {
    fn describe(&self) -> Description {
        let value = self.0.describe();
        Description::new(
            format!("a table: {} = {}", TEXT.words, value.words),
            json!({"type": "object", "additionalProperties": value.schema}),
        )
    }
}

impl<T, F: Form<T>> Form<BTreeMap<String, T>> for Map<F> {
    fn read(&self, found: Found<'_>, checker: &mut Checker<'_>) -> FormResult<BTreeMap<String, T>> {
        let mut out = BTreeMap::new();
        for (name, offset, entry) in entries(found.value.as_table().ok_or(FormError::Type)?) {
            let path = join(found.path, name);
            checker.locate(&path, offset);
            if let Err(problem) = (TEXT.read)(name) {
                checker.refuse(&path, offset, problem);
            }
            let value = checker.value(&self.0, entry, &path);
            out.extend(value.map(|value| (name.to_owned(), value)));
        }
        Ok(out)
    }
}

impl<F: Described> Described for Columns<F> {
    fn describe(&self) -> Description {
        let value = self.0.describe();
        let schema = json!({
            "type": "object",
            "properties": {"custom": {"type": "object", "additionalProperties": value.schema}},
            "additionalProperties": value.schema,
        });
        let out = Description::new(format!("a table: column = {}", value.words), schema);
        match value.inner {
            Some(inner) => out.with_keys(".*", inner.keys),
            None => out,
        }
    }
}

impl<T, F: Form<T>> Form<Vec<(String, T)>> for Columns<F> {
    /// The columns in file order.
    fn read(&self, found: Found<'_>, checker: &mut Checker<'_>) -> FormResult<Vec<(String, T)>> {
        let mut out = Vec::new();
        let mut column = |path: &str, prefix: &str, (name, offset, found): TableEntry<'_>| {
            let path = join(path, name);
            checker.locate(&path, offset);
            let value = checker.value(&self.0, found, &path);
            out.extend(value.map(|value| (format!("{prefix}{name}"), value)));
        };
        for entry in entries(found.value.as_table().ok_or(FormError::Type)?) {
            match entry {
                ("custom", _, nested) if nested.get_ref().is_table() => {
                    for entry in nested.get_ref().as_table().into_iter().flat_map(entries) {
                        column(&join(found.path, "custom"), "custom.", entry);
                    }
                }
                entry => column(found.path, "", entry),
            }
        }
        Ok(out)
    }
}
