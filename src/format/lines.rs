//! Which lines of a file are records. Trailers are none, nor are repeats of the header and lines that the integration
//! ignores: these are set aside.

use super::Layout;
use super::control::Control;
use super::fields::Fields;
use crate::domain::Kind;
use crate::domain::column::Type;

/// A pattern of whole lines, in which `*` stands for any text or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinePattern(Vec<Vec<u8>>);

/// Characters besides `*` and blanks that a pattern must have.
const LEAST: usize = 3;

impl LinePattern {
    /// `None` if the pattern is so short that it would match lines of any kind.
    pub fn compile(text: &str) -> Option<LinePattern> {
        let telling = text.chars().filter(|c| *c != '*' && !c.is_whitespace());
        let parts = text.trim().split('*').map(|part| part.as_bytes().to_vec());
        (telling.count() >= LEAST).then(|| LinePattern(parts.collect()))
    }

    fn matches(&self, line: &[u8]) -> bool {
        let (Some(first), Some(last)) = (self.0.first(), self.0.last()) else {
            return false;
        };
        if self.0.len() == 1 {
            return line == first;
        }
        let Some(mut rest) = line.strip_prefix(&first[..]) else {
            return false;
        };
        for part in &self.0[1..self.0.len() - 1] {
            let Some(at) = memchr::memmem::find(rest, part) else {
                return false;
            };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last)
    }
}

/// Tells the records of a file from its other lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct LineRules {
    fixed: bool,
    /// The names of the columns; none in fixed width.
    header: Vec<Vec<u8>>,
    /// The control record before the data; empty where there is none.
    control: Vec<u8>,
    trailer: Option<Control>,
    ignore: Vec<LinePattern>,
    /// The fields of the SSN, of required dates and of a required e-mail address.
    ssn: Option<usize>,
    dates: Vec<usize>,
    email: Option<usize>,
}

impl LineRules {
    /// The rules of a file with these columns.
    pub(crate) fn new(
        kind: Kind,
        layout: &Layout,
        trailer: Option<&Control>,
        ignore: &[LinePattern],
    ) -> LineRules {
        let columns = || kind.columns().iter().filter(|c| c.required);
        let slot = |index: usize| layout.slots[index].map(usize::from);
        let dates = columns().filter(|c| matches!(c.kind, Type::Date));
        LineRules {
            fixed: layout.fields == 0,
            trailer: trailer.cloned(),
            ignore: ignore.to_vec(),
            ssn: columns()
                .find(|c| matches!(c.kind, Type::Ssn))
                .and_then(|c| slot(c.index.get())),
            dates: dates.filter_map(|c| slot(c.index.get())).collect(),
            email: columns()
                .find(|c| matches!(c.kind, Type::Email))
                .and_then(|c| slot(c.index.get())),
            ..LineRules::default()
        }
    }

    /// Sets lines with the column names of this one aside.
    pub(crate) fn repeat_header(&mut self, names: &Fields<'_>, width: usize) {
        let names = names.iter().take(width).map(<[u8]>::trim_ascii);
        self.header = names.map(<[u8]>::to_vec).collect();
    }

    /// Sets repeats of the control record before the data aside.
    pub(crate) fn repeat_control(&mut self, record: &[u8]) {
        self.control = record.to_vec();
    }

    /// Whether a record is the trailer.
    pub(crate) fn is_trailer(&self, record: &[u8], fields: &Fields<'_>) -> bool {
        let Some(trailer) = &self.trailer else {
            return false;
        };
        // The ID of a person may begin like a short marker.
        trailer.is(record, fields, self.fixed)
            && (self.fixed || trailer.is_first_field(fields) || !self.may_be_record(fields))
    }

    /// Whether a line is to be set aside. Its fields are asked for only where they tell.
    #[inline]
    pub(crate) fn sets_aside<'a>(&self, line: &[u8], fields: impl FnOnce() -> Fields<'a>) -> bool {
        let header = self.begins_like_header(line);
        if !header && self.ignore.is_empty() && self.control.is_empty() {
            return false;
        }
        self.sets_likely_aside(line, fields)
    }

    fn sets_likely_aside<'a>(&self, line: &[u8], fields: impl FnOnce() -> Fields<'a>) -> bool {
        if !self.control.is_empty() && line == self.control {
            return true;
        }
        let ignored = !self.ignore.is_empty() && self.matches(line.trim_ascii());
        if self.fixed && !ignored {
            return false;
        }
        let fields = fields();
        if self.is_header(&fields) {
            return true;
        }
        if self.ignore.is_empty() {
            return false;
        }
        let ignored = ignored || only_value(&fields).is_some_and(|value| self.matches(value));
        ignored && !self.may_be_record(&fields) && !self.is_trailer(line, &fields)
    }

    fn matches(&self, text: &[u8]) -> bool {
        self.ignore.iter().any(|pattern| pattern.matches(text))
    }

    /// Whether a line may begin like the header.
    fn begins_like_header(&self, line: &[u8]) -> bool {
        let (Some(name), Some(first)) = (self.header.first(), line.first()) else {
            return false;
        };
        // Before the first name may come a quote, blanks or a byte order mark. Most lines differ in their first bytes.
        let mut both = line.iter().zip(name);
        matches!(first, b'"' | b' ' | b'\t' | 0x80..)
            || line.len() >= name.len() && both.all(|(a, b)| a.eq_ignore_ascii_case(b))
    }

    fn is_header(&self, fields: &Fields<'_>) -> bool {
        let mut cells = fields.iter();
        let first = cells.next().unwrap_or_default();
        // Of files put one behind the other, the second may have kept its byte order mark.
        let first = first.strip_prefix(BYTE_ORDER_MARK).unwrap_or(first);
        let mut cells = std::iter::once(first).chain(cells).map(<[u8]>::trim_ascii);
        let mut same = |name: &Vec<u8>| {
            let cell = cells.next();
            cell.is_some_and(|cell| cell.eq_ignore_ascii_case(name))
        };
        !self.header.is_empty() && self.header.iter().all(&mut same) && cells.all(<[u8]>::is_empty)
    }

    /// Whether a line may be about a person. Any text may fill the columns of a fixed-width line by chance.
    fn may_be_record(&self, fields: &Fields<'_>) -> bool {
        self.signs(fields) > usize::from(self.fixed)
    }

    /// Whether a line is about a person, by two values or more.
    pub(crate) fn is_like_record(&self, fields: &Fields<'_>) -> bool {
        self.signs(fields) > 1
    }

    /// Whether the column of the SSN, of a date or of an e-mail address has one.
    pub(crate) fn has_person(&self, fields: &Fields<'_>) -> bool {
        let ssn = self.ssn.map_or(&b""[..], |at| fields.get(at));
        // Unlike a line's other signs, a date that stands in its place is none.
        let number = digits_and_letters(ssn) == (9, 0);
        number || self.dated(fields) + self.mailed(fields) > 0
    }

    /// How many columns of SSN, dates and e-mail address have something like it.
    fn signs(&self, fields: &Fields<'_>) -> usize {
        let number = |at: &usize| {
            let (digits, letters) = digits_and_letters(fields.get(*at));
            digits >= 7 && letters == 0
        };
        let ssn = usize::from(self.ssn.as_ref().is_some_and(number));
        ssn + self.dated(fields) + self.mailed(fields)
    }

    /// 1 if the column of the e-mail address has something like it.
    fn mailed(&self, fields: &Fields<'_>) -> usize {
        let mailed = self.email.is_some_and(|at| fields.get(at).contains(&b'@'));
        usize::from(mailed)
    }

    /// How many columns of dates have something like it.
    fn dated(&self, fields: &Fields<'_>) -> usize {
        let date = |at: &&usize| {
            let (digits, letters) = digits_and_letters(fields.get(**at));
            // Letters spell a month or a time zone.
            digits >= 4 && letters <= 9
        };
        self.dates.iter().filter(date).count()
    }
}

/// How many digits and letters of ASCII a text has.
fn digits_and_letters(text: &[u8]) -> (usize, usize) {
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    (digits, letters)
}

/// The value of a line that has no other. Spreadsheets put quotes around a text and delimiters behind it.
fn only_value<'a>(fields: &Fields<'a>) -> Option<&'a [u8]> {
    let mut values = fields.iter().map(<[u8]>::trim_ascii);
    let only = values.find(|value| !value.is_empty())?;
    values.all(<[u8]>::is_empty).then_some(only)
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Lines that were set aside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetAside {
    /// How many there are.
    pub count: u64,
    /// Their numbers from 1; the first [`SetAside::NAMED`] of them.
    pub lines: Vec<u64>,
}

impl SetAside {
    /// How many lines are named.
    pub const NAMED: usize = 100;

    /// Adds a record that starts on `line`.
    pub(crate) fn push(&mut self, line: u64, record: &[u8]) {
        let more = super::dialect::line_ends(record);
        self.count += 1 + more;
        let room = Self::NAMED.saturating_sub(self.lines.len());
        self.lines.extend((line..=line + more).take(room));
    }

    /// Adds lines that come later in the file.
    pub(crate) fn append(&mut self, later: &SetAside) {
        self.count += later.count;
        let room = Self::NAMED.saturating_sub(self.lines.len());
        self.lines.extend(later.lines.iter().take(room));
    }
}

#[cfg(test)]
mod tests {
    use super::{Control, LinePattern, LineRules, SetAside};
    use crate::domain::Kind;
    use crate::format::Layout;
    use crate::format::dialect::Dialect;
    use crate::format::fields::{FieldSplitter, FixedField};
    use crate::format::layout::ColumnSettings;
    use crate::format::split::Shape;

    const HEADER: &str = "EID,Login,SSN,First,Last,DOB,Hire Date,Status";
    const ROW: &str = "E1,ann,899-12-1001,ANN,LEE,1984-03-02,02-MAY-2019,A";

    fn rules(ignore: &[&str], marker: Option<&str>) -> LineRules {
        let mut splitter = FieldSplitter::new(Shape::Delimited(Dialect::new(b',')));
        let names = splitter.split(HEADER.as_bytes());
        let layout = Layout::from_header(Kind::Demographic, &names, &ColumnSettings::default(), 1)
            .expect("complete");
        let trailer = marker.map(|marker| Control {
            marker: marker.to_owned(),
            ..Control::default()
        });
        let ignore: Vec<_> = ignore
            .iter()
            .filter_map(|p| LinePattern::compile(p))
            .collect();
        let mut rules = LineRules::new(Kind::Demographic, &layout, trailer.as_ref(), &ignore);
        rules.repeat_header(&names, 8);
        rules
    }

    #[derive(Debug, PartialEq)]
    enum Line {
        Record,
        Trailer,
        SetAside,
    }

    fn of(rules: &LineRules, line: &str) -> Line {
        let mut splitter = FieldSplitter::new(Shape::Delimited(Dialect::new(b',')));
        what(rules, &mut splitter, line)
    }

    fn what(rules: &LineRules, splitter: &mut FieldSplitter, line: &str) -> Line {
        let line = line.as_bytes();
        if rules.sets_aside(line, || splitter.split(line)) {
            Line::SetAside
        } else if rules.is_trailer(line, &splitter.split(line)) {
            Line::Trailer
        } else {
            Line::Record
        }
    }

    #[test]
    fn a_person_has_an_ssn_or_a_date_in_its_place() {
        let rules = rules(&[], None);
        let mut splitter = FieldSplitter::new(Shape::Delimited(Dialect::new(b',')));
        let mut has = |line: &str| rules.has_person(&splitter.split(line.as_bytes()));
        assert!(has(ROW) && has("E1,ann,899121001") && has("E1,ann,,A,B,03/02/1984"));
        assert!(!has("Gold,210.00,12/31/2026") && !has("Apt 4,Dubuque,") && !has("x,y,89912100"));
    }

    #[test]
    fn stars_stand_for_any_text() {
        let matches = |pattern: &str, line: &str| {
            let pattern = LinePattern::compile(pattern).expect("long enough");
            pattern.matches(line.as_bytes())
        };
        for line in [
            "(3 rows affected)",
            "( rows affected)",
            "(a\nb rows affected)",
        ] {
            assert!(matches("(* rows affected)", line), "{line}");
        }
        for line in ["(3 rows affected) ", "3 rows affected)", "(3 rows", ""] {
            assert!(!matches("(* rows affected)", line), "{line}");
        }
        assert!(matches("Total", "Total") && !matches("Total", "Totals"));
        assert!(matches("*total*", "the total: 3") && !matches("ab*bc", "abc"));
        assert!(matches("a*b*b*c", "abbc") && !matches("a*b*b*c", "abc"));
        for short in ["*", "**", " * ", "E*", "E1*", ", *", ""] {
            assert_eq!(LinePattern::compile(short), None, "{short}");
        }
    }

    #[test]
    fn a_header_that_comes_again_is_set_aside() {
        let rules = rules(&[], None);
        for line in [
            HEADER,
            "EID,Login,SSN,First,Last,DOB,Hire Date,Status,,",
            "\u{feff}eid,LOGIN,SSN,First,\"Last\",DOB,Hire Date,status",
        ] {
            assert_eq!(of(&rules, line), Line::SetAside, "{line}");
        }
        for line in [
            ROW,
            "EID,Login,SSN,First,Last,DOB,Hire Date",
            "EID,Login,SSN,First,Last,DOB,Hire Date,Status,x",
            "E1,Login,SSN,First,Last,DOB,Hire Date,Status",
        ] {
            assert_eq!(of(&rules, line), Line::Record, "{line}");
        }
    }

    #[test]
    fn no_pattern_sets_a_person_aside() {
        let rules = rules(&["E1,*", "(* rows affected)"], None);
        assert_eq!(of(&rules, ROW), Line::Record);
        assert_eq!(of(&rules, "E1,ann,,ANN,LEE,,02-MAY-2019,A"), Line::Record);
        for line in [
            "E1,total,3",
            "(3 rows affected)",
            "\"(3 rows affected)\",,,,,,,",
            ",,,(3 rows affected),,,",
        ] {
            assert_eq!(of(&rules, line), Line::SetAside, "{line}");
        }
        assert_eq!(of(&rules, "(3 rows affected),1"), Line::Record);
    }

    #[test]
    fn any_text_may_fill_fixed_columns_by_chance() {
        let names = ["ssn", "birth_date", "hire_date"];
        let cut = |n: usize| FixedField {
            start: 9 * n,
            length: 9,
        };
        let names: Vec<_> = (0..)
            .zip(names)
            .map(|(n, c)| (c.to_owned(), cut(n)))
            .collect();
        let layout = Layout::fixed(Kind::Demographic, &names, &ColumnSettings::default());
        let ignore = [LinePattern::compile("000*").expect("long enough")];
        let rules = LineRules::new(Kind::Demographic, &layout, None, &ignore);
        let mut splitter = FieldSplitter::fixed(names.iter().map(|(_, c)| *c).collect());
        let mut of = |line: &str| what(&rules, &mut splitter, line);
        assert_eq!(of("000123456 records"), Line::SetAside);
        assert_eq!(of("000123456          20190506"), Line::Record);
    }

    #[test]
    fn trailers_begin_with_their_marker() {
        let of = |marker: &str, line: &str| of(&rules(&[], Some(marker)), line);
        for (marker, line) in [
            ("TRL", "TRL,3"),
            ("TRL", " TRL0003 "),
            ("Total Records", "Total Records: 3"),
            ("E1", ROW),
        ] {
            assert_eq!(of(marker, line), Line::Trailer, "{line}");
        }
        assert_eq!(of("E", ROW), Line::Record);
        assert_eq!(of("TRL", "A TRL"), Line::Record);
    }

    #[test]
    fn lines_are_counted_and_the_first_are_named() {
        let mut all = SetAside::default();
        all.push(3, b"a\r\nb\rc");
        let mut later = SetAside::default();
        (0..200).for_each(|n| later.push(10 + n, b"x"));
        all.append(&later);
        assert_eq!((all.count, all.lines.len()), (203, SetAside::NAMED));
        assert_eq!(all.lines[..4], [3, 4, 5, 10]);
    }
}
