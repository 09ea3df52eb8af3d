//! Names of columns that the configuration uses.

use crate::config::diagnostics::{Diagnostics, did_you_mean, shown};
use crate::domain::Kind;

/// Whether a name is a canonical column of the kind, or a custom one where those may be.
pub(super) fn named(
    diagnostics: &mut Diagnostics,
    path: &str,
    kind: Kind,
    name: &str,
    custom: bool,
) {
    if let Some(own) = name.strip_prefix("custom.") {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        if !custom {
            diagnostics.disagree(
                path,
                "is a custom column",
                "only canonical columns can stand here",
            );
        } else if own.is_empty() || own.len() > 40 || !own.bytes().all(plain) {
            diagnostics.disagree(
                path,
                format!("{} can't be the name of a custom column", shown(own)),
                "use 1 to 40 lower-case letters, digits and _ after \"custom.\"",
            );
        }
    } else if kind.column(name).is_none() {
        let hint = match did_you_mean(name, kind.columns().iter().map(|c| c.name)) {
            Some(hint) => hint,
            None if custom => {
                "name a canonical column, or \"custom.NAME\" for one of your own".into()
            }
            None => "name a canonical column; docs/file-layouts.md lists them".into(),
        };
        let problem = format!("{} is not {} column", shown(name), kind.with_article());
        diagnostics.disagree(path, problem, hint);
    }
}
