//! `feedgate files`: what lies in inbound, held, outbound and archive.

use super::table::{printed, table};
use super::{CliError, Context, Out};
use crate::domain::masking::{escape_control, masked};
use crate::operations::{self, Folder, ListedFile, PLACES};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::io::Write;

/// Arguments of `files`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only of this integration.
    #[arg(long, value_name = "NAME")]
    integration: Option<String>,
    /// Only in this place.
    #[arg(long, value_parser = folder())]
    place: Option<Folder>,
    /// At most so many of each place, newest first; --json lists all.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

/// Reads the name of a folder.
fn folder() -> impl TypedValueParser<Value = Folder> {
    PossibleValuesParser::new(PLACES.map(Folder::as_str)).map(|name| {
        let named = PLACES.into_iter().find(|folder| folder.as_str() == name);
        named.expect("one of the possible values")
    })
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let integration = arguments.integration.as_deref();
    let files = operations::files(&context.site_to_look()?, integration, arguments.place)?;
    context.show(&files[..], |files, out| print(files, arguments.limit, out))
}

fn print(files: &[ListedFile], limit: usize, out: &mut Out) -> Result<(), CliError> {
    let same_folder =
        |a: &ListedFile, b: &ListedFile| (&a.integration, a.place) == (&b.integration, b.place);
    for (place, files) in files.chunk_by(same_folder).enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        let first = &files[0];
        let heading = format!("{} {}", first.integration, first.place);
        let mut rows = table(&[&heading, "bytes", "modified", ""], &[1]);
        for file in files.iter().take(limit) {
            let modified = file.modified.as_deref().unwrap_or_default();
            rows.add_row([
                format!("  {}", escape_control(&masked(&file.name))),
                file.size.map_or_else(String::new, |s| s.to_string()),
                modified.get(..16).unwrap_or(modified).replace('T', " "),
                file.note.clone().unwrap_or_default(),
            ]);
        }
        write!(out, "{}", printed(&mut rows))?;
        if files.len() > limit {
            writeln!(out, "  … and {} more", files.len() - limit)?;
        }
    }
    if files.is_empty() {
        writeln!(out, "No files.")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::print;
    use crate::cli::out::tests::Printed;
    use crate::operations::ListedFile;

    #[test]
    fn folders_under_headings_and_no_more_than_the_limit() {
        let file = |place, name: &str| ListedFile {
            integration: "hr".into(),
            place,
            name: name.into(),
            size: Some(2),
            modified: Some("2026-11-20T03:39:00-05:00".into()),
            note: None,
        };
        let files = [
            file("inbound", "a.csv"),
            file("inbound", "b\u{1b}.csv"),
            file("inbound", "c.csv"),
            file("held", "d.csv"),
        ];
        let printed = Printed::default();
        print(&files, 2, &mut printed.out()).expect("printed");
        let text = printed.text();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("hr inbound"), "{text}");
        assert!(lines[2].contains("b\\u{1b}.csv"), "{text}");
        assert_eq!(lines[3..5], ["  … and 1 more", ""]);
        assert!(lines[5].starts_with("hr held"), "{text}");
        assert!(!text.contains("c.csv") && text.contains("2026-11-20 03:39"));
    }
}
