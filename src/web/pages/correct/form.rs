//! What the form of the page says: new values of cells, and values in the place of others. What stands as it was shown is
//! no change, and an empty field of a hidden value isn't either.

use super::place::PagePlace;
use crate::domain::Code;
use crate::operations::correction::{CellChange, CellText, DraftEdit};
use crate::web::failure::Failure;
use crate::web::fields::Fields;
use std::collections::HashMap;

/// The names of fields begin with one of these; record and column, or column and place in the list, follow.
pub(super) const CELL: &str = "c.";
/// What a cell's field showed at first. A cell whose value is hidden has none.
pub(super) const SHOWN: &str = "w.";
/// A value that is replaced, in how many records it was, the new value, whether it may be empty, and what is suggested.
pub(super) const FROM: &str = "f.";
pub(super) const COUNT: &str = "n.";
pub(super) const TO: &str = "t.";
pub(super) const EMPTY: &str = "e.";
pub(super) const SUGGESTED: &str = "s.";

/// The form of the page.
pub(super) struct CorrectForm {
    /// The version of the draft that the page showed.
    pub(super) seen: u64,
    pub(super) place: PagePlace,
    pub(super) edits: Vec<DraftEdit>,
}

impl CorrectForm {
    /// Reads what was sent.
    ///
    /// # Errors
    /// The page's code is none.
    pub(super) fn of(fields: &Fields) -> Result<CorrectForm, Failure> {
        let place = PagePlace::of(fields);
        let code = place.code()?;
        let all: HashMap<&str, &str> = fields.iter().collect();
        let mut edits: Vec<DraftEdit> = fields
            .iter()
            .filter_map(|(name, value)| cell(name, value, &all))
            .map(DraftEdit::Cell)
            .collect();
        let taken = fields.text("take");
        let replaced = fields.iter().filter_map(|(name, value)| {
            let of = name.strip_prefix(FROM)?;
            replacement(of, value, &all, code, of == taken)
        });
        edits.extend(replaced);
        Ok(CorrectForm {
            seen: fields.text("seen").parse().unwrap_or_default(),
            place,
            edits,
        })
    }

    /// The first record of which a cell is edited.
    pub(super) fn first_record(&self) -> Option<u64> {
        self.edits.iter().find_map(|edit| match edit {
            DraftEdit::Cell(cell) => Some(cell.record),
            _ => None,
        })
    }
}

/// The change of a cell, where its field says another value than it showed.
fn cell(name: &str, value: &str, all: &HashMap<&str, &str>) -> Option<CellChange> {
    let of = name.strip_prefix(CELL)?;
    let (record, column) = of.split_once('.')?;
    let changed = match all.get(&*format!("{SHOWN}{of}")) {
        Some(shown) => on_one_line(shown) != on_one_line(value),
        None => !value.trim().is_empty(),
    };
    changed.then_some(CellChange {
        record: record.parse().ok()?,
        column: column.to_owned(),
        value: CellText::new(value),
    })
}

/// Browsers take line ends out of fields.
fn on_one_line(text: &str) -> String {
    text.replace(['\r', '\n'], "")
}

/// A value in the place of another, where the new one is typed, meant to be empty, or `taken` as it is suggested.
fn replacement(
    of: &str,
    from: &str,
    all: &HashMap<&str, &str>,
    code: Option<Code>,
    taken: bool,
) -> Option<DraftEdit> {
    let get = |kind: &str| all.get(&*format!("{kind}{of}")).copied();
    let (column, _) = of.rsplit_once('.')?;
    let allow_empty = get(EMPTY).is_some();
    let typed = get(TO).unwrap_or_default();
    let to = match get(SUGGESTED).filter(|_| taken) {
        Some(suggested) => suggested,
        None => typed,
    };
    let meant = !to.trim().is_empty() || allow_empty;
    meant.then(|| DraftEdit::Replace {
        column: column.to_owned(),
        code,
        from: CellText::new(from),
        to: CellText::new(to.trim()),
        allow_empty,
        expected: get(COUNT).and_then(|count| count.parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::CorrectForm;
    use crate::operations::correction::DraftEdit;
    use crate::web::fields::Fields;

    fn edits(form: &str) -> Vec<String> {
        let form = CorrectForm::of(&Fields::parse(form.as_bytes())).expect("a form");
        let edits = form.edits.iter().map(|edit| match edit {
            DraftEdit::Cell(cell) => {
                format!("{} {} {}", cell.record, cell.column, cell.value.as_str())
            }
            DraftEdit::Replace {
                column,
                from,
                to,
                allow_empty,
                expected,
                ..
            } => format!(
                "{column} {} {} {allow_empty} {expected:?}",
                from.as_str(),
                to.as_str()
            ),
            _ => String::new(),
        });
        edits.collect()
    }

    #[test]
    fn only_what_differs_from_what_was_shown_is_a_change() {
        assert_eq!(
            edits("c.3.city=Rome&w.3.city=Rome&c.4.city=Rome&w.4.city=Bonn"),
            ["4 city Rome"]
        );
        assert_eq!(edits("c.3.city=ab&w.3.city=a%0D%0Ab"), [""; 0]);
        assert_eq!(edits("c.3.city=&w.3.city=Rome"), ["3 city "]);
        assert_eq!(
            edits("c.3.ssn=+&c.4.ssn=521340001&c.5.custom.a.b=x"),
            ["4 ssn 521340001", "5 custom.a.b x"]
        );
        assert_eq!(edits("c.x.city=1&c.city=2"), [""; 0]);
    }

    #[test]
    fn nothing_is_replaced_by_an_empty_value_without_the_tick() {
        let one = "f.plan.0=MEDPP0&n.plan.0=214&s.plan.0=MEDPPO";
        assert_eq!(edits(&format!("{one}&t.plan.0=")), [""; 0]);
        assert_eq!(
            edits(&format!("{one}&t.plan.0=&e.plan.0=yes")),
            ["plan MEDPP0  true Some(214)"]
        );
        assert_eq!(
            edits(&format!("{one}&t.plan.0=A")),
            ["plan MEDPP0 A false Some(214)"]
        );
        assert_eq!(
            edits(&format!("{one}&t.plan.0=&take=plan.0")),
            ["plan MEDPP0 MEDPPO false Some(214)"]
        );
    }
}
