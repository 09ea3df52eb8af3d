//! Which header a column of Feedgate may have in a file that doesn't name it.

use super::quoted;
use crate::config::Integration;
use crate::domain::Kind;
use crate::domain::column::{Column, normalized};
use crate::format::Layout;
use crate::process::description::FileDescription;
use crate::process::ruled::RuledColumn;
use std::collections::BTreeMap;

/// The tables and keys that name the columns, as lines.
pub(super) fn keys(
    kind: Kind,
    description: &FileDescription,
) -> BTreeMap<&'static str, Vec<String>> {
    let layout = &description.layout;
    let mut tables: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut add = |table, line| tables.entry(table).or_default().push(line);
    for (name, headers) in &layout.doubled {
        add("columns", which(name, headers));
    }
    for column in kind.columns() {
        if !description.missing.contains(&column.name) {
            continue;
        }
        let fitting = fitting(kind, column, description);
        let fits = |header: &&str| fitting.iter().any(|h| h == header);
        if let Some(header) = misspelt(column.name, layout).filter(fits) {
            add("columns", format!("{} = {}", column.name, quoted(header)));
        } else if column.name != "username" {
            let headers = match fitting.is_empty() {
                true => &layout.unknown,
                false => &fitting,
            };
            add("columns", which(column.name, headers));
        } else if fitting.is_empty() {
            add("username", "required = false".to_owned());
        } else {
            add("columns", which(column.name, &fitting));
            add(
                "username",
                "# If none of these is it, and the sender has no usernames:".to_owned(),
            );
            add("username", "# required = false".to_owned());
        }
    }
    tables
}

/// The header that is the name of a column but for a letter or two: one with another word is another column.
pub(super) fn misspelt<'l>(column: &str, layout: &'l Layout) -> Option<&'l str> {
    const LETTERS: usize = 2;
    let header = layout.near_miss(column)?;
    let letters = strsim::osa_distance(&normalized(header), &normalized(column));
    (letters <= LETTERS).then_some(header)
}

/// The headers whose values could be those of a column: headers that mean nothing, and those that may mean something else.
fn fitting(kind: Kind, column: &Column, description: &FileDescription) -> Vec<String> {
    let layout = &description.layout;
    let doubled = || layout.doubled.iter().flat_map(|(_, headers)| headers);
    // Many senders call the ID of a member the number of an employee.
    let number = kind.column("employee_number");
    let number = number.filter(|_| column.name == "subscriber_id" && layout.width.is_some());
    let number = number.and_then(|c| layout.slots[c.index.get()]);
    let of_another = |header: &String| {
        let others = description
            .missing
            .iter()
            .filter(|name| **name != column.name);
        let mut misspelt = others.filter_map(|name| misspelt(name, layout));
        misspelt.any(|other| other == header)
    };
    let may_be = |field: usize, header: &String| {
        layout.unknown.contains(header) && !of_another(header)
            || doubled().any(|h| h == header)
            || number.is_some_and(|n| usize::from(n) == field)
    };
    let all = layout.headers.iter().zip(&description.shapes).enumerate();
    let found = all.filter(|(field, (header, shape))| may_be(*field, header) && shape.fits(column));
    found.map(|(_, (header, _))| header.clone()).collect()
}

/// The layout that a line of dashes shows, as comments: which columns are meant is for a person to say.
pub(super) fn ruled(integration: &Integration, columns: &[RuledColumn]) -> String {
    let places = columns.iter().map(|ruled| {
        let RuledColumn {
            name,
            start,
            length,
            ..
        } = ruled;
        let column = ruled.column.unwrap_or("?");
        format!("# {column} = {{ start = {start}, length = {length} }} # {name}\n")
    });
    let title = |table| format!("[integration.{}.{table}]\n", integration.name);
    format!(
        "{}{}{}# ignore = [\"*---*\"]\n",
        title("fixed_width"),
        places.collect::<String>(),
        title("format"),
    )
}

/// A remark that asks which header a column has.
fn which(column: &str, headers: &[String]) -> String {
    let headers: Vec<String> = headers.iter().map(|header| quoted(header)).collect();
    format!("# {column} = which of: {}", headers.join(", "))
}
