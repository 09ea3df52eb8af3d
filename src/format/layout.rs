//! Which column of a file is which canonical column.

use super::clean::clean_word;
use super::dialect::FieldNumbers;
use super::fault::{FileFault, limit};
use super::fields::{Fields, FixedField};
use crate::domain::character::is_invisible;
use crate::domain::column::{Column, ColumnIndex, normalized};
use crate::domain::summary::RecordShape;
use crate::domain::{Code, Kind};

/// What an integration says of its sender's columns.
#[derive(Clone, Debug, Default)]
pub struct ColumnSettings {
    /// The sender's own headers: canonical or custom name, header.
    pub mapped: Vec<(String, String)>,
    /// The field, from 0, of each column of files without a header line: canonical and custom names, and those of `rows`.
    pub positions: Option<Vec<(String, u16)>>,
    /// The values of columns that the sender doesn't send.
    pub constants: Vec<(ColumnIndex, String)>,
    /// Required columns that this sender may leave out.
    pub not_required: Vec<ColumnIndex>,
    /// The columns that decide which rows are taken, by header or by the name under which they are placed.
    pub rows: Vec<String>,
    /// Whether the columns are described for the person who sets up the sender: what is wrong with them is let pass.
    pub described: bool,
}

impl ColumnSettings {
    /// How many fields reach to the highest position.
    pub fn fields(&self) -> Option<usize> {
        let positions = self.positions.as_ref()?;
        positions
            .iter()
            .map(|(_, field)| usize::from(*field) + 1)
            .max()
    }

    pub(super) fn has_constant(&self, column: ColumnIndex) -> bool {
        self.constants.iter().any(|(c, _)| *c == column)
    }
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
    /// The values of columns that the file has not.
    pub constants: Vec<(ColumnIndex, String)>,
    /// Columns that several headers mean, of which the first counts; only where they are described.
    pub doubled: Vec<(String, Vec<String>)>,
    /// How many fields a record may have, up to the last one with a name; `None` where no header names them.
    pub width: Option<usize>,
    /// How many fields a whole record has, unless its last ones are left out: up to the last one with a name or a
    /// position. 0 for fixed width.
    pub fields: usize,
    /// What most records have in common, where no line names the columns.
    pub measured: RecordShape,
}

impl Layout {
    /// How many fields a whole record has, for the header or most records say so; 0 where neither does.
    pub(crate) fn whole(&self) -> usize {
        self.width.unwrap_or(self.measured.fields)
    }

    /// The field of a canonical column, or its constant; `b""` where there is neither.
    pub fn get<'a>(&'a self, fields: &Fields<'a>, column: impl Into<ColumnIndex>) -> &'a [u8] {
        let column = column.into();
        match self.slots[column.get()] {
            Some(index) => fields.get(usize::from(index)),
            None => self.constant(column),
        }
    }

    /// The value of a column that the file has not.
    pub fn constant(&self, column: ColumnIndex) -> &[u8] {
        let constant = self.constants.iter().find(|(c, _)| *c == column);
        constant.map_or(b"", |(_, value)| value.as_bytes())
    }

    /// The canonical and custom columns that records can have a value in.
    pub fn names(&self, kind: Kind) -> Vec<String> {
        let has = |c: &&Column| self.field(c.index).is_some() || !self.constant(c.index).is_empty();
        let own = kind.columns().iter().filter(has).map(|c| c.name);
        let custom = self.custom.iter().filter(|(_, field)| field.is_some());
        let custom = custom.map(|(name, _)| name.as_str());
        own.chain(custom).map(str::to_owned).collect()
    }

    /// Where a field stands in the file; empty where the file has none.
    pub fn header(&self, field: Option<u16>) -> &str {
        field.map_or("", |field| &self.headers[usize::from(field)])
    }

    /// The file's field of a canonical column.
    pub(crate) fn field(&self, column: impl Into<ColumnIndex>) -> Option<u16> {
        self.slots[column.into().get()]
    }

    /// How many fields a record has: up to the last column that it must have, and up to the last one with a name; of
    /// positions up to the highest, and any number. `None` for fixed width.
    pub(crate) fn field_numbers(&self, kind: Kind) -> Option<FieldNumbers> {
        let Some(most) = self.width else {
            return (self.fields > 0).then_some(FieldNumbers {
                least: self.fields,
                most: usize::MAX,
            });
        };
        let required = kind.columns().iter().filter(|c| c.required);
        let last = required.filter_map(|c| self.field(c.index)).max()?;
        Some(FieldNumbers {
            least: usize::from(last) + 1,
            most,
        })
    }

    /// From a fixed-width layout in configured order.
    pub fn fixed(kind: Kind, names: &[(String, FixedField)], settings: &ColumnSettings) -> Layout {
        let field = |name: &str| {
            let index = names.iter().position(|(n, _)| n == name)?;
            u16::try_from(index).ok()
        };
        let leads = |field: u16| names[usize::from(field)].1.start == 0;
        let all = names.iter().map(|(name, _)| name);
        Layout {
            headers: names.iter().map(|(_, field)| field.positions()).collect(),
            ..Layout::without_header(kind, all, field, leads, settings)
        }
    }

    /// From the positions of the settings.
    pub fn positioned(kind: Kind, settings: &ColumnSettings) -> Layout {
        let positions = settings.positions.as_deref().unwrap_or_default();
        let field = |name: &str| Some(positions.iter().find(|(n, _)| n == name)?.1);
        let all = positions.iter().map(|(name, _)| name);
        let fields = settings.fields().unwrap_or(0);
        Layout {
            fields,
            headers: (1..=fields).map(|n| format!("column {n}")).collect(),
            ..Layout::without_header(kind, all, field, |field| field == 0, settings)
        }
    }

    fn without_header<'n>(
        kind: Kind,
        names: impl Iterator<Item = &'n String>,
        field: impl Fn(&str) -> Option<u16>,
        leads: impl Fn(u16) -> bool,
        settings: &ColumnSettings,
    ) -> Layout {
        let row = |name: &String| {
            let field = field(name)?;
            let leads = leads(field);
            Some(RowColumn { field, leads })
        };
        let custom = names.filter(|name| name.starts_with("custom."));
        Layout {
            slots: kind.columns().iter().map(|c| field(c.name)).collect(),
            custom: custom.map(|name| (name.clone(), field(name))).collect(),
            rows: settings.rows.iter().filter_map(row).collect(),
            constants: settings.constants.clone(),
            ..Layout::default()
        }
    }

    /// Whether a first record names the columns, although the integration says where they stand: most of its cells are
    /// names of columns, each at the place of one that it names.
    ///
    /// # Errors
    /// `COLUMN_MISSING` where a name stands elsewhere: what follows would be read as other columns.
    pub fn is_header(&self, kind: Kind, first: &Fields<'_>, line: u64) -> Result<bool, FileFault> {
        let (mut cells, mut names) = (0, 0);
        let mut elsewhere = None;
        for field in self.slots.iter().flatten() {
            let cell = first.get(usize::from(*field));
            let cell = normalized(&String::from_utf8_lossy(cell));
            let called = || kind.columns().iter().filter(|c| c.is_called(&cell));
            cells += usize::from(!cell.is_empty());
            names += usize::from(called().count() > 0);
            if called().all(|c| self.field(c.index) != Some(*field)) {
                elsewhere = elsewhere.or_else(|| Some((called().next()?.name, *field)));
            }
        }
        if names == 0 || names * 2 < cells {
            return Ok(false);
        }
        let Some((name, field)) = elsewhere else {
            return Ok(true);
        };
        let detail = format!(
            "the line names columns, and {name} stands at {}, where another is expected; put the columns in their order, or \
             correct their places in the configuration",
            self.header(Some(field))
        );
        Err(FileFault::new(Code::ColumnMissing, line, detail))
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
        let mut header = Header::new(header, line, settings.described)?;
        let mut layout = Layout {
            width: Some(header.names.len()),
            fields: header.names.len(),
            constants: settings.constants.clone(),
            ..Layout::default()
        };
        for column in kind.columns() {
            let found = header.find(&headers_of(column, mapped), column.name)?;
            let unclear = settings.has_constant(column.index) && !settings.described;
            if let Some(field) = found.filter(|_| unclear) {
                let detail = format!(
                    "column {} is {name}, for which the configuration has a constant; take the constant away, or map the \
                     column to a custom one that nobody reads",
                    field + 1,
                    name = column.name
                );
                return Err(FileFault::new(Code::ColumnDuplicate, line, detail));
            }
            layout.slots.push(found);
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
        layout.doubled = std::mem::take(&mut header.doubled);
        layout.headers = header.names.iter().map(|n| presentable(n)).collect();
        layout.measured.unnamed = layout.unnamed().count();
        layout.complete(kind, settings, &lacking, line)
    }

    /// The fields without a name in front of the last one with a name.
    pub(crate) fn unnamed(&self) -> impl Iterator<Item = usize> {
        let fields = self.headers.iter().enumerate();
        fields
            .filter(|(_, header)| header.is_empty())
            .map(|(field, _)| field)
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
        settings: &ColumnSettings,
        lacking: &[&str],
        line: u64,
    ) -> Result<Layout, FileFault> {
        if settings.described && !self.may_be_record(kind) {
            return Ok(self);
        }
        let mapped = &settings.mapped;
        let lacks = |c: &&Column| {
            let here = self.slots[c.index.get()].is_some() || settings.has_constant(c.index);
            c.required && !here && !settings.not_required.contains(&c.index)
        };
        let missing = kind.columns().iter().filter(lacks);
        let missing: Vec<&str> = missing.map(|c| c.name).collect();
        // A file without a header line has records where names should be: show nothing of them.
        if self.slots.iter().all(Option::is_none) {
            let detail = "no column name is known here; does the file begin with a line of column names, and is the sign between the \
                          columns the right one?";
            return Err(FileFault::new(Code::ColumnMissing, line, detail));
        }
        let mut details = Vec::new();
        if !missing.is_empty() {
            details.push(format!("columns missing: {}", missing.join(", ")));
        }
        for name in &missing {
            if let Some((_, header)) = mapped.iter().find(|(n, _)| n == name) {
                details.push(format!(
                    "the column `{header}`, which is agreed for {name}, is not in the file"
                ));
            } else if let Some((other, header)) = taken_from(kind, name, mapped) {
                details.push(format!(
                    "`{header}` is mapped to {other}; map it to {name} too if it is both"
                ));
            } else if let Some(near) = self.near_miss(name) {
                details.push(format!("`{near}` looks like {name}; map it under columns"));
            }
        }
        for name in lacking {
            details.push(format!(
                "rows are taken by the column `{name}`, which the file does not have, so it can't be known which ones"
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

    /// Whether what stands in the place of column names may be a record, of which nothing is shown: every record has digits
    /// for a number or a date.
    fn may_be_record(&self, kind: Kind) -> bool {
        let digit = |c: char| c.is_ascii_digit() || c == HIDDEN;
        let mut names = self.headers.iter();
        match self.slots.iter().any(Option::is_some) {
            // Among records, one may have a word by which a column is called.
            true => names.any(|h| h.contains(HIDDEN) && !h.contains(char::is_alphabetic)),
            false => {
                let required = kind.columns().iter().filter(|c| c.required).count();
                names.len() < required || names.any(|h| h.contains(digit))
            }
        }
    }

    /// The ignored header that looks like the name of a column.
    pub(crate) fn near_miss(&self, column: &str) -> Option<&str> {
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

/// The column that a header is mapped to that would else be this one.
fn taken_from<'m>(
    kind: Kind,
    name: &str,
    mapped: &'m [(String, String)],
) -> Option<&'m (String, String)> {
    let column = kind.column(name)?;
    mapped
        .iter()
        .find(|(_, header)| column.is_called(&normalized(header)))
}

/// The names of a header record.
struct Header {
    names: Vec<String>,
    /// The names as they are compared.
    keys: Vec<String>,
    /// Which of them mean a column.
    taken: Vec<bool>,
    /// See [`Layout::doubled`].
    doubled: Vec<(String, Vec<String>)>,
    described: bool,
    line: u64,
}

impl Header {
    fn new(header: &Fields<'_>, line: u64, described: bool) -> Result<Header, FileFault> {
        let mut names: Vec<String> = header
            .iter()
            .map(|f| String::from_utf8_lossy(clean_word(f)).into_owned())
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
            doubled: Vec::new(),
            described,
            line,
        })
    }

    /// The field under one of these names, which mean `what`.
    fn find(&mut self, wanted: &[String], what: &str) -> Result<Option<u16>, FileFault> {
        let is = |i: &usize| wanted.contains(&self.keys[*i]) && !self.keys[*i].is_empty();
        let hits: Vec<usize> = (0..self.keys.len()).filter(is).collect();
        let Some(first) = hits.first().copied() else {
            return Ok(None);
        };
        if let (Some(_), true) = (hits.get(1), self.described) {
            let names = hits.iter().map(|i| presentable(&self.names[*i]));
            self.doubled.push((what.to_owned(), names.collect()));
        } else if let Some(second) = hits.get(1) {
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

/// The headers that mean a column, [`normalized`]: the sender's own one (`mapped`: canonical or custom name, header), else
/// its name and aliases that no other column is mapped to.
pub(super) fn headers_of(column: &Column, mapped: &[(String, String)]) -> Vec<String> {
    if let Some((_, header)) = mapped.iter().find(|(name, _)| name == column.name) {
        return vec![normalized(header)];
    }
    let claimed: Vec<String> = mapped.iter().map(|(_, h)| normalized(h)).collect();
    let names = std::iter::once(&column.name).chain(column.aliases);
    let names = names.map(|n| normalized(n));
    names.filter(|n| !claimed.contains(n)).collect()
}

/// What is shown in the place of a digit that could belong to a person.
const HIDDEN: char = '*';

/// A header name as it may be shown: at most 60 characters, and digits that could belong to a person hidden.
fn presentable(name: &str) -> String {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let hide = digits > 4;
    name.chars()
        .filter(|c| !is_invisible(*c))
        .take(60)
        .map(|c| match c {
            c if hide && c.is_ascii_digit() => HIDDEN,
            c if c.is_control() => ' ',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests;
