//! Tables for people: no borders, as wide as the terminal, at most 100 columns.

use super::Out;
use comfy_table::{
    Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets,
};
use std::io::{self, IsTerminal, Write};

/// Widest line printed, and the width where there is no terminal.
const WIDTH: u16 = 100;
/// Narrower terminals break lines themselves.
const NARROWEST: u16 = 60;

/// Columns to print in.
fn width() -> u16 {
    let stdout = std::io::stdout();
    match rustix::termios::tcgetwinsize(&stdout) {
        Ok(size) if stdout.is_terminal() && size.ws_col > 0 => size.ws_col.clamp(NARROWEST, WIDTH),
        _ => WIDTH,
    }
}

/// A table with these headings; the columns named in `right` are numbers.
pub(super) fn table(headings: &[&str], right: &[usize]) -> Table {
    let mut table = bare();
    table.set_header(headings.iter().enumerate().map(|(place, heading)| {
        let cell = Cell::new(heading);
        if right.contains(&place) {
            cell.set_alignment(CellAlignment::Right)
        } else {
            cell
        }
    }));
    for place in right {
        if let Some(column) = table.column_mut(*place) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Prints a table under a heading, wrapping lines in the last column only.
pub(super) fn section(out: &mut Out, heading: &str, mut rows: Table) -> io::Result<()> {
    break_only_the_last(&mut rows);
    write!(out, "\n{heading}\n{}", printed(&mut rows))
}

/// Wraps lines in the last column only.
pub(super) fn break_only_the_last(table: &mut Table) {
    let last = table.column_count().saturating_sub(1);
    for column in table.column_iter_mut().take(last) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
}

/// Keeps words of the last column whole up to this width, even if lines get longer than usual.
pub(super) fn keep_words(table: &mut Table, width: u16) {
    let last = table.column_count().saturating_sub(1);
    if let Some(column) = table.column_mut(last) {
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
    }
}

/// A table without headings.
pub(super) fn bare() -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width());
    table
}

/// The printed form: lines without trailing blanks, a line end after each.
pub(super) fn printed(table: &mut Table) -> String {
    let last = table.column_count().saturating_sub(1);
    for (place, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if place < last { 2 } else { 0 }));
    }
    let mut text = table.trim_fmt();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::{printed, table};

    #[test]
    fn narrow_plain_and_aligned() {
        let mut t = table(&["name", "bytes"], &[1]);
        t.add_row(["hr.csv", "7"]);
        t.add_row([&"long ".repeat(40), "1234567"]);
        let text = printed(&mut t);
        assert!(text.starts_with("name"), "{text}");
        assert!(text.lines().all(|l| l.chars().count() <= 100), "{text}");
        assert!(text.lines().all(|l| l.trim_end() == l), "{text}");
        let bytes = text.lines().next().map(str::len);
        assert_eq!(text.lines().nth(1).map(str::len), bytes, "{text}");
    }
}
