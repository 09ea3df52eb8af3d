//! The walk through the file along the listed keys: unknown keys, types, forms, and defaults for what isn't there.
//! It ends in a JSON tree in the shape of the model, with stand-ins where a value could not be taken.

use super::forms::Form;
use super::key::{Key, Presence, Type};
use super::keys;
use super::mistake::{Refusal, near_miss, shown};
use super::paper::Paper;
use super::value;
use serde_json::{Map, Value as Json, json};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

type Entry<'t, 'i> = (&'t str, usize, &'t Spanned<DeValue<'i>>);

/// Walks one table; `pattern` and `path` say which.
pub(super) struct Walk<'p> {
    pub(super) paper: &'p mut Paper,
    /// Inside a default, which stands nowhere in the file.
    pub(super) filling: bool,
}

impl Walk<'_> {
    pub(super) fn table(
        &mut self,
        table: &DeTable<'_>,
        pattern: &str,
        path: &str,
    ) -> Map<String, Json> {
        let mut out = Map::new();
        for (name, offset, found) in entries(table) {
            let path = join(path, name);
            let Some(key) = keys::children(pattern).find(|k| k.split().1 == name) else {
                self.paper
                    .refuse(&path, Some(offset), unknown(pattern, name));
                continue;
            };
            self.note(&path, offset);
            if !self.filling {
                self.paper.give(&path, key);
            }
            let taken = self.value(found, &key.ty, key.path, &path);
            if let Some(value) = taken.or_else(|| self.stand_in(key, &path)) {
                out.insert(name.to_owned(), value);
            }
        }
        for key in keys::children(pattern) {
            let name = key.split().1;
            if table.contains_key(name) {
                continue;
            }
            let path = join(path, name);
            if let Presence::Required(example) = key.presence {
                let hint = format!("add it, for example {name} = {example}");
                self.paper
                    .refuse(&path, None, Refusal::new("is missing", hint));
            }
            if let Some(value) = self.stand_in(key, &path) {
                out.insert(name.to_owned(), value);
            }
        }
        out
    }

    /// What stands in the model for a key that isn't there or could not be taken.
    fn stand_in(&mut self, key: &'static Key, path: &str) -> Option<Json> {
        let (Presence::Default(text) | Presence::Required(text)) = key.presence else {
            return None;
        };
        let value = DeValue::parse(text).ok()?;
        let mut fill = Walk {
            paper: &mut *self.paper,
            filling: true,
        };
        fill.value(&value, &key.ty, key.path, path)
    }

    fn value(
        &mut self,
        found: &Spanned<DeValue<'_>>,
        ty: &Type,
        pattern: &str,
        path: &str,
    ) -> Option<Json> {
        let refused = match (ty, found.get_ref()) {
            (Type::Either(types), v) => match types.iter().find(|t| value::fits(t, v)) {
                Some(ty) => return self.value(found, ty, pattern, path),
                None => value::mismatch(ty, v),
            },
            (Type::Table, DeValue::Table(t)) => return Some(self.table(t, pattern, path).into()),
            (Type::Filled(_), DeValue::Array(items)) if items.is_empty() => {
                Refusal::new("is empty", format!("write {}", ty.describe()))
            }
            (Type::List(inner) | Type::Filled(inner), DeValue::Array(items)) => {
                let pattern = format!("{pattern}[]");
                return Some(self.list(items.iter(), inner, &pattern, path));
            }
            (Type::Tables, DeValue::Array(items)) => {
                let pattern = format!("{pattern}[]");
                return Some(self.list(items.iter(), &Type::Table, &pattern, path));
            }
            (Type::Named(form), DeValue::Table(t)) => {
                return Some(self.named(t, form, pattern, path));
            }
            (Type::Map(form, inner), DeValue::Table(t)) => {
                let pairs = self.pairs(entries(t), Some(form), inner, pattern, path);
                return Some(Json::Array(pairs));
            }
            (Type::Columns(inner), DeValue::Table(t)) => {
                return Some(self.columns(t, inner, pattern, path));
            }
            (ty, v) => match value::leaf(ty, v) {
                Ok(json) => return Some(json),
                Err(refusal) => refusal,
            },
        };
        let offset = (!self.filling).then(|| found.span().start);
        self.paper.refuse(path, offset, refused);
        None
    }

    /// The entries of a list; those that could not be taken are left out.
    fn list<'t, 'i: 't>(
        &mut self,
        items: impl Iterator<Item = &'t Spanned<DeValue<'i>>>,
        ty: &Type,
        pattern: &str,
        path: &str,
    ) -> Json {
        let mut out = Vec::new();
        for (n, item) in items.enumerate() {
            let path = format!("{path}[{n}]");
            self.note(&path, item.span().start);
            out.extend(self.value(item, ty, pattern, &path));
        }
        Json::Array(out)
    }

    /// Named tables, in file order, each with its name inside.
    fn named(&mut self, table: &DeTable<'_>, form: &Form, pattern: &str, path: &str) -> Json {
        let mut out = Vec::new();
        let pattern = format!("{pattern}.*");
        for (name, offset, found) in entries(table) {
            let path = join(path, name);
            self.note(&path, offset);
            let inside = self.value(found, &Type::Table, &pattern, &path);
            if let Err(refusal) = (form.check)(name) {
                self.paper.refuse(&path, Some(offset), refusal);
            }
            if let Some(Json::Object(mut object)) = inside {
                object.insert("name".into(), name.into());
                out.push(Json::Object(object));
            }
        }
        Json::Array(out)
    }

    /// Names and values, in file order.
    fn pairs(
        &mut self,
        entries: Vec<Entry<'_, '_>>,
        form: Option<&Form>,
        ty: &Type,
        pattern: &str,
        path: &str,
    ) -> Vec<Json> {
        let pattern = format!("{pattern}.*");
        let mut out = Vec::new();
        for (name, offset, found) in entries {
            let path = join(path, name);
            self.note(&path, offset);
            if let Some(Err(refusal)) = form.map(|f| (f.check)(name)) {
                self.paper.refuse(&path, Some(offset), refusal);
            }
            if let Some(value) = self.value(found, ty, &pattern, &path) {
                out.push(json!([name, value]));
            }
        }
        out
    }

    /// Pairs where a nested table `custom` means names beginning with `custom.`.
    fn columns(&mut self, table: &DeTable<'_>, ty: &Type, pattern: &str, path: &str) -> Json {
        let mut out = Vec::new();
        for entry in entries(table) {
            let (name, _, found) = entry;
            match found.get_ref() {
                DeValue::Table(custom) if name == "custom" => {
                    let path = join(path, name);
                    for pair in self.pairs(entries(custom), None, ty, pattern, &path) {
                        if let Some(name) = pair[0].as_str() {
                            out.push(json!([format!("custom.{name}"), pair[1]]));
                        }
                    }
                }
                _ => out.extend(self.pairs(vec![entry], None, ty, pattern, path)),
            }
        }
        Json::Array(out)
    }

    fn note(&mut self, path: &str, offset: usize) {
        if !self.filling {
            self.paper.place(path, offset);
        }
    }
}

/// The entries of a table in file order.
fn entries<'t, 'i>(table: &'t DeTable<'i>) -> Vec<Entry<'t, 'i>> {
    let mut all: Vec<Entry<'t, 'i>> = table
        .iter()
        .map(|(k, v)| (k.get_ref().as_ref(), k.span().start, v))
        .collect();
    all.sort_by_key(|(_, offset, _)| *offset);
    all
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        return name.to_owned();
    }
    format!("{path}.{name}")
}

fn unknown(pattern: &str, name: &str) -> Refusal {
    let known: Vec<&str> = keys::children(pattern).map(|k| k.split().1).collect();
    let elsewhere = keys::all().map(Key::split).find(|(_, n)| *n == name);
    let hint = if let Some(meant) = near_miss(name, known.iter().copied()) {
        format!("did you mean {meant:?}?")
    } else if let Some((table, _)) = elsewhere {
        match table {
            "" => "it belongs at the top of the file, in no table".to_owned(),
            table => format!("it belongs under [{}]", table.replace('*', "NAME")),
        }
    } else {
        format!("known here: {}", known.join(", "))
    };
    Refusal::new(
        format!("{} is not a key that is known here", shown(name)),
        hint,
    )
}
