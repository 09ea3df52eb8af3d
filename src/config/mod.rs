//! The configuration: one TOML file, every mistake at once.
//!
//! [`load`] reads the file, walks it along the list of keys (`keys/`: unknown keys, types, forms, defaults), turns it into
//! the typed [`Config`] (`model/`), and checks what has to hold between keys (`checks/`). The same list makes
//! [`schema()`] and `docs/configuration.md`, so that neither can drift from what is checked.

mod checks;
mod effect;
mod forms;
mod key;
mod keys;
mod mistake;
mod model;
mod paper;
mod patterns;
mod read;
#[cfg(test)]
mod reference;
mod schema;
mod template;
mod timetable;
mod value;
mod walk;

#[cfg(test)]
mod tests;

pub(crate) use mistake::Mistake;
pub use model::*;
pub(crate) use patterns::name_patterns;
pub use read::{load, parse};
pub(crate) use schema::schema;
pub(crate) use template::template;
