//! Which column of a file is which canonical column.

use super::dialect::FieldNumbers;
use super::fault::{FileFault, limit};
use super::fields::{Fields, FixedField};
use crate::domain::column::{ColumnIndex, normalized};
use crate::domain::{Code, Kind};

/// What an integration says of its sender's columns.
#[derive(Clone, Debug, Default)]
pub struct ColumnSettings {
    /// The sender's own headers: canonical or custom name, header.
    pub mapped: Vec<(String, String)>,
    /// The columns that decide which rows are taken, by header or by the name under which they are cut.
    pub rows: Vec<String>,
}

/// A column that decides which rows are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowColumn {
    pub field: u16,
    /// Whether records begin with it, so that it is known even where a record has too many values.
    pub leads: bool,
}

/// The columns of one file.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// For each canonical column, the file's field.
    pub slots: Vec<Option<u16>>,
    /// Custom columns: name (`custom.…`) and the file's field, in configured order.
    pub custom: Vec<(String, Option<u16>)>,
    /// The columns of [`ColumnSettings::rows`], in their order.
    pub rows: Vec<RowColumn>,
    /// Header names that match no column; shown in the receipt.
    pub unknown: Vec<String>,
    /// Where each field stands in the file, as it may be shown: the sender's own header, or the positions of a line.
    pub headers: Vec<String>,
    /// How many fields a record may have, up to the last one with a name; `None` for fixed width.
    pub width: Option<usize>,
}

impl Layout {
    /// The field of a canonical column, `b""` where the file has none.
    pub fn get<'a>(&self, fields: &Fields<'a>, column: impl Into<ColumnIndex>) -> &'a [u8] {
        match self.slots[column.into().get()] {
            Some(index) => fields.get(usize::from(index)),
            None => b"",
        }
    }

    /// Where a field stands in the file; empty where the file has none.
    pub fn header(&self, field: Option<u16>) -> &str {
        field.map_or("", |field| &self.headers[usize::from(field)])
    }

    /// The file's field of a canonical column.
    pub(crate) fn field(&self, column: impl Into<ColumnIndex>) -> Option<u16> {
        self.slots[column.into().get()]
    }

    /// How many fields a record has: up to the last column that it must have, and up to the last one with a name. `None`
    /// for fixed width.
    pub(crate) fn field_numbers(&self, kind: Kind) -> Option<FieldNumbers> {
        let required = kind.columns().iter().filter(|c| c.required);
        let last = required.filter_map(|c| self.field(c.index)).max()?;
        Some(FieldNumbers {
            least: usize::from(last) + 1,
            most: self.width?,
        })
    }

    /// From a fixed-width layout in configured order.
    pub fn fixed(kind: Kind, names: &[(String, FixedField)], settings: &ColumnSettings) -> Layout {
        let place = |name: &str| {
            let index = names.iter().position(|(n, _)| n == name)?;
            u16::try_from(index).ok()
        };
        let row = |name: &String| {
            let field = place(name)?;
            let leads = names[usize::from(field)].1.start == 0;
            Some(RowColumn { field, leads })
        };
        Layout {
            rows: settings.rows.iter().filter_map(row).collect(),
            slots: kind.columns().iter().map(|c| place(c.name)).collect(),
            custom: names
                .iter()
                .filter(|(n, _)| n.starts_with("custom."))
                .map(|(n, _)| (n.clone(), place(n)))
                .collect(),
            unknown: Vec::new(),
            headers: names.iter().map(|(_, field)| field.positions()).collect(),
            width: None,
        }
    }

    /// From a header record.
    ///
    /// # Errors
    /// `COLUMNS_TOO_MANY`, `COLUMN_DUPLICATE`, `COLUMN_MISSING`.
    pub fn from_header(
        kind: Kind,
        header: &Fields<'_>,
        settings: &ColumnSettings,
        line: u64,
    ) -> Result<Layout, FileFault> {
        let mapped = &settings.mapped;
        let mut header = Header::new(header, line)?;
        let own = |name: &str| mapped.iter().find(|(n, _)| n == name);
        let claimed: Vec<String> = mapped.iter().map(|(_, h)| normalized(h)).collect();
        let mut layout = Layout {
            width: Some(header.names.len()),
            ..Layout::default()
        };
        for column in kind.columns() {
            let wanted: Vec<String> = match own(column.name) {
                Some((_, header)) => vec![normalized(header)],
                None => std::iter::once(&column.name)
                    .chain(column.aliases)
                    .map(|n| normalized(n))
                    .filter(|n| !claimed.contains(n))
                    .collect(),
            };
            layout.slots.push(header.find(&wanted, column.name)?);
        }
        for (name, own) in mapped.iter().filter(|(n, _)| n.starts_with("custom.")) {
            let found = header.find(&[normalized(own)], name)?;
            layout.custom.push((name.clone(), found));
        }
        let mut lacking = Vec::new();
        for name in &settings.rows {
            let found = header.find(&[normalized(name)], &format!("`{name}`"))?;
            match found.or_else(|| layout.field_of(kind, name)) {
                Some(field) => layout.rows.push(RowColumn {
                    field,
                    leads: field == 0,
                }),
                None => lacking.push(name.as_str()),
            }
        }
        layout.unknown = header.unknown();
        layout.headers = header.names.iter().map(|n| presentable(n)).collect();
        layout.complete(kind, mapped, &lacking, line)
    }

    /// The field of a canonical or custom column.
    fn field_of(&self, kind: Kind, name: &str) -> Option<u16> {
        match kind.column(name) {
            Some(column) => self.slots[column.index.get()],
            None => self.custom.iter().find(|(n, _)| n == name)?.1,
        }
    }

    /// Checks that every column is there that has to be; `lacking` are those of `rows` that aren't.
    fn complete(
        self,
        kind: Kind,
        mapped: &[(String, String)],
        lacking: &[&str],
        line: u64,
    ) -> Result<Layout, FileFault> {
        let all = kind.columns();
        let missing: Vec<&str> = (0..all.len())
            .filter(|i| all[*i].required && self.slots[*i].is_none())
            .map(|i| all[i].name)
            .collect();
        // A file without a header line has records where names should be: show nothing of them.
        if self.slots.iter().all(Option::is_none) {
            let detail = "no known column name; does the file start with a header line, and is the delimiter right?";
            return Err(FileFault::new(Code::ColumnMissing, line, detail));
        }
        let mut details = Vec::new();
        if !missing.is_empty() {
            details.push(format!("missing: {}", missing.join(", ")));
        }
        for name in &missing {
            if let Some((_, header)) = mapped.iter().find(|(n, _)| n == name) {
                details.push(format!(
                    "{name} is mapped to `{header}`, which the file does not have"
                ));
            } else if let Some(near) = self.near_miss(name) {
                details.push(format!("`{near}` looks like {name}; map it under columns"));
            }
        }
        for name in lacking {
            details.push(format!(
                "rows names the column `{name}`, which the file does not have, so it can't be known which rows to take"
            ));
        }
        if details.is_empty() {
            return Ok(self);
        }
        Err(FileFault::new(
            Code::ColumnMissing,
            line,
            details.join("; "),
        ))
    }

    fn near_miss(&self, column: &str) -> Option<&str> {
        let wanted = normalized(column);
        let score = |n: &str| strsim::jaro_winkler(&normalized(n), &wanted);
        self.unknown
            .iter()
            .map(|n| (score(n), n.as_str()))
            .filter(|(s, _)| *s > 0.85)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, n)| n)
    }
}

/// The names of a header record.
struct Header {
    names: Vec<String>,
    /// The names as they are compared.
    keys: Vec<String>,
    /// Which of them mean a column.
    taken: Vec<bool>,
    line: u64,
}

impl Header {
    fn new(header: &Fields<'_>, line: u64) -> Result<Header, FileFault> {
        let mut names: Vec<String> = header
            .iter()
            .map(|f| String::from_utf8_lossy(f).trim().to_owned())
            .collect();
        // Delimiters behind the last name name nothing.
        let last = names.iter().rposition(|name| !name.is_empty());
        names.truncate(last.map_or(0, |last| last + 1));
        let width = names.len();
        if width > limit::COLUMNS {
            let detail = format!("{width} columns are over the limit of {}", limit::COLUMNS);
            return Err(FileFault::new(Code::ColumnsTooMany, line, detail));
        }
        Ok(Header {
            keys: names.iter().map(|n| normalized(n)).collect(),
            taken: vec![false; width],
            names,
            line,
        })
    }

    /// The field under one of these names, which mean `what`.
    fn find(&mut self, wanted: &[String], what: &str) -> Result<Option<u16>, FileFault> {
        let is = |i: &usize| wanted.contains(&self.keys[*i]) && !self.keys[*i].is_empty();
        let mut hits = (0..self.keys.len()).filter(is);
        let Some(first) = hits.next() else {
            return Ok(None);
        };
        if let Some(second) = hits.next() {
            let detail = format!(
                "columns {} and {} are both {what}; remove one, or say under columns which one counts",
                first + 1,
                second + 1
            );
            return Err(FileFault::new(Code::ColumnDuplicate, self.line, detail));
        }
        self.taken[first] = true;
        Ok(u16::try_from(first).ok())
    }

    /// The names that mean no column, as they may be shown.
    fn unknown(&self) -> Vec<String> {
        let names = self.names.iter().zip(&self.taken);
        let unknown = names.filter(|(name, taken)| !**taken && !normalized(name).is_empty());
        unknown.map(|(name, _)| presentable(name)).collect()
    }
}

/// A header name as it may be shown: at most 60 characters, and digits that could belong to a person hidden.
fn presentable(name: &str) -> String {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let hide = digits > 4;
    name.chars()
        .take(60)
        .map(|c| match c {
            c if hide && c.is_ascii_digit() => '*',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect()
}

/// The delimiter of a header line: the candidate that it has most often outside quotes, else comma.
pub fn sniff_delimiter(text: &[u8]) -> u8 {
    const CANDIDATES: [u8; 4] = [b',', b'|', b'\t', b';'];
    let mut counts = [0usize; CANDIDATES.len()];
    let mut quoted = false;
    for &byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => {
                if counts.iter().any(|c| *c > 0) {
                    break;
                }
            }
            _ if quoted => {}
            _ => {
                if let Some(i) = CANDIDATES.iter().position(|c| *c == byte) {
                    counts[i] += 1;
                }
            }
        }
    }
    let best = (0..CANDIDATES.len()).rev().max_by_key(|i| counts[*i]);
    CANDIDATES[best.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::{ColumnSettings, Layout, sniff_delimiter};
    use crate::domain::column::KindColumns;
    use crate::domain::{Code, DemographicColumn, Kind};
    use crate::format::dialect::Dialect;
    use crate::format::fields::FieldSplitter;
    use crate::format::split::Shape;

    fn layout(header: &str, mapped: &[(&str, &str)]) -> Result<Layout, (Code, String)> {
        let mapped: Vec<(String, String)> = mapped
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect();
        let mut splitter = FieldSplitter::new(Shape::Delimited(Dialect::new(b',')));
        let fields = splitter.split(header.as_bytes());
        let settings = ColumnSettings {
            mapped,
            ..ColumnSettings::default()
        };
        Layout::from_header(Kind::Demographic, &fields, &settings, 1)
            .map_err(|f| (f.code, f.detail))
    }

    fn slot(layout: &Layout, column: DemographicColumn) -> Option<u16> {
        layout.slots[column.definition().index.get()]
    }

    const REST: &str = "Login,SSN,First,Last,D.O.B.,Date of Hire,Status";

    #[test]
    fn names_match_in_any_dress() {
        let found = layout(&format!("MEMBER-ID,{REST},Shoe Size"), &[]).expect("complete");
        assert_eq!(slot(&found, DemographicColumn::SubscriberId), Some(0));
        assert_eq!(slot(&found, DemographicColumn::BirthDate), Some(5));
        assert_eq!(found.unknown, ["Shoe Size"]);
        assert_eq!(found.header(Some(5)), "D.O.B.");
        assert_eq!(found.header(None), "");
    }

    #[test]
    fn missing_and_double_columns_are_named() {
        let (code, detail) = layout(&format!("Subscribr ID,{REST}"), &[]).expect_err("missing");
        assert_eq!(code, Code::ColumnMissing);
        assert!(
            detail.contains("`Subscribr ID` looks like subscriber_id"),
            "{detail}"
        );
        let (code, detail) = layout(&format!("eid,Employee ID,{REST}"), &[]).expect_err("double");
        assert_eq!(code, Code::ColumnDuplicate);
        assert!(detail.contains("columns 1 and 2"), "{detail}");
        let one = layout(
            &format!("eid,Employee ID,{REST}"),
            &[("subscriber_id", "eid")],
        );
        assert_eq!(
            slot(&one.expect("mapped"), DemographicColumn::SubscriberId),
            Some(0)
        );
    }

    #[test]
    fn a_record_in_place_of_the_header_is_not_shown() {
        let (code, detail) =
            layout("S1,ann,123121234,Ann,Lee,1990-01-01", &[]).expect_err("no header");
        assert_eq!(code, Code::ColumnMissing);
        assert!(
            !detail.contains("123121234") && !detail.contains("Ann"),
            "{detail}"
        );
    }

    #[test]
    fn delimiters_behind_the_last_name_are_no_columns() {
        let width = |header: String| layout(&header, &[]).expect("complete").width;
        assert_eq!(width(format!("eid,{REST}")), Some(8));
        assert_eq!(width(format!("eid,{REST},, ,")), Some(8));
        assert_eq!(width(format!("eid,{REST},,#")), Some(10));
        assert_eq!(width(format!("eid,{REST}{}", ",".repeat(16_376))), Some(8));
    }

    #[test]
    fn delimiters_show_themselves() {
        assert_eq!(sniff_delimiter(b"a|b,c|d\n"), b'|');
        assert_eq!(sniff_delimiter(b"\"a,b,c\"\tx\n"), b'\t');
        assert_eq!(sniff_delimiter(b"a;b\n1,2,3,4,5\n"), b';');
        assert_eq!(sniff_delimiter(b"one\n"), b',');
    }
}
