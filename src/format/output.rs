//! Output files: chosen columns in order, in one exact layout, for the receiver's machine.

use super::cell;
use super::digits::{push_four, push_two};
use crate::domain::column::ColumnIndex;
use crate::domain::{Action, Cents, Ssn};
use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

/// How an SSN is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SsnStyle {
    #[default]
    Plain,
    /// `AAA-GG-SSSS`.
    Dashed,
    /// The last four digits.
    Last4,
}

impl SsnStyle {
    pub fn write(self, ssn: Ssn, out: &mut Vec<u8>) {
        let d = ssn.digits();
        match self {
            SsnStyle::Plain => out.extend_from_slice(&d),
            SsnStyle::Dashed => {
                out.extend_from_slice(&d[..3]);
                out.push(b'-');
                out.extend_from_slice(&d[3..5]);
                out.push(b'-');
                out.extend_from_slice(&d[5..]);
            }
            SsnStyle::Last4 => out.extend_from_slice(&d[5..]),
        }
    }
}

/// How dates and moments are written: a pattern of `%Y`, `%m`, `%d`, `%-m`, `%-d`, `%H`, `%M`, `%S`, `%z` and literal
/// characters, compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateStyle(Vec<DatePart>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DatePart {
    Year,
    Month,
    Day,
    ShortMonth,
    ShortDay,
    Hour,
    Minute,
    Second,
    Offset,
    Literal(u8),
}

impl DateStyle {
    /// Compiles a pattern; `None` where it has other tokens.
    pub fn compile(pattern: &str) -> Option<DateStyle> {
        let mut parts = Vec::new();
        let mut bytes = pattern.bytes();
        while let Some(byte) = bytes.next() {
            parts.push(match byte {
                b'%' => match bytes.next()? {
                    b'Y' => DatePart::Year,
                    b'm' => DatePart::Month,
                    b'd' => DatePart::Day,
                    b'H' => DatePart::Hour,
                    b'M' => DatePart::Minute,
                    b'S' => DatePart::Second,
                    b'z' => DatePart::Offset,
                    b'-' => match bytes.next()? {
                        b'm' => DatePart::ShortMonth,
                        b'd' => DatePart::ShortDay,
                        _ => return None,
                    },
                    _ => return None,
                },
                literal => DatePart::Literal(literal),
            });
        }
        Some(DateStyle(parts))
    }

    pub fn write(&self, date: NaiveDate, out: &mut Vec<u8>) {
        self.write_moment(date.and_time(NaiveTime::MIN), None, out);
    }

    /// Appends a moment; its offset is in seconds east of UTC.
    pub(crate) fn write_moment(
        &self,
        local: NaiveDateTime,
        offset: Option<i32>,
        out: &mut Vec<u8>,
    ) {
        let date = local.date();
        for part in &self.0 {
            match part {
                DatePart::Year => push_four(out, date.year().unsigned_abs()),
                DatePart::Month => push_two(out, date.month()),
                DatePart::Day => push_two(out, date.day()),
                DatePart::ShortMonth => short(out, date.month()),
                DatePart::ShortDay => short(out, date.day()),
                DatePart::Hour => push_two(out, local.hour()),
                DatePart::Minute => push_two(out, local.minute()),
                DatePart::Second => push_two(out, local.second()),
                DatePart::Offset => push_offset(out, offset),
                DatePart::Literal(byte) => out.push(*byte),
            }
        }
    }
}

/// A month or a day without a leading zero.
fn short(out: &mut Vec<u8>, number: u32) {
    if number < 10 {
        out.push(b'0' + (number % 10) as u8);
    } else {
        push_two(out, number);
    }
}

/// `Z`, `+05:30`, or nothing where there is no offset.
fn push_offset(out: &mut Vec<u8>, offset: Option<i32>) {
    match offset {
        None => {}
        Some(0) => out.push(b'Z'),
        Some(seconds) => {
            let minutes = seconds.unsigned_abs() / 60;
            out.push(if seconds < 0 { b'-' } else { b'+' });
            push_two(out, minutes / 60);
            out.push(b':');
            push_two(out, minutes % 60);
        }
    }
}

/// The source of an output column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    Action,
    /// The ID of the account that an employee is linked with.
    AccountId,
    Column(ColumnIndex),
    /// A custom column, by its position in the layout.
    Custom(usize),
}

/// The layout of output files.
#[derive(Clone, Debug)]
pub struct OutputLayout {
    /// Columns with their titles.
    pub columns: Vec<(From, String)>,
    pub delimiter: u8,
    /// How SSNs are written.
    pub ssn: SsnStyle,
    /// How dates are written.
    pub dates: DateStyle,
    /// How moments are written; as they were sent where this is not given.
    pub timestamps: Option<DateStyle>,
    /// The receiver's word for each action, in the order of [`Action::ALL`].
    pub actions: [String; Action::ALL.len()],
    /// Whether the first line names the columns.
    pub titles: bool,
    /// A line before everything else.
    pub header: Option<String>,
    /// A line after everything else.
    pub trailer: Option<String>,
}

/// What header and trailer lines can name.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// `{count}`: rows written.
    pub count: u64,
    /// `{employee_amount}`: sum of the employee amounts written.
    pub employee: Cents,
    /// `{employer_amount}`: sum of the employer amounts written.
    pub employer: Cents,
    /// `{reference_id}`.
    pub reference: String,
    /// `{date}`: the run date.
    pub date: String,
}

impl OutputLayout {
    /// The lines before the first row.
    pub fn head(&self, facts: &Facts) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(line) = &self.header {
            out.extend_from_slice(facts.fill(line).as_bytes());
            out.push(b'\n');
        }
        if self.titles {
            let titles = self.columns.iter().map(|(_, title)| title.as_bytes());
            cell::push_row(&mut out, titles, self.delimiter);
        }
        out
    }

    /// The line after the last row.
    pub fn tail(&self, facts: &Facts) -> Vec<u8> {
        let line = self.trailer.as_ref().map(|t| facts.fill(t) + "\n");
        line.unwrap_or_default().into_bytes()
    }
}

impl Facts {
    fn fill(&self, template: &str) -> String {
        template
            .replace("{count}", &self.count.to_string())
            .replace("{employee_amount}", &self.employee.to_string())
            .replace("{employer_amount}", &self.employer.to_string())
            .replace("{reference_id}", &self.reference)
            .replace("{date}", &self.date)
    }
}

#[cfg(test)]
mod tests {
    use super::{DateStyle, SsnStyle};
    use crate::domain::Ssn;
    use chrono::NaiveDate;

    #[test]
    fn dates_with_and_without_leading_zeros() {
        let date = NaiveDate::from_ymd_opt(2026, 1, 31).expect("a date");
        let write = |pattern| {
            let mut out = Vec::new();
            DateStyle::compile(pattern)?.write(date, &mut out);
            String::from_utf8(out).ok()
        };
        assert_eq!(write("%m/%d/%Y").as_deref(), Some("01/31/2026"));
        assert_eq!(write("%-m/%-d/%Y").as_deref(), Some("1/31/2026"));
        assert_eq!(write("%-Y"), None);
        assert_eq!(
            write("%Y%m%d %H:%M:%S%z").as_deref(),
            Some("20260131 00:00:00")
        );
        let pattern = DateStyle::compile("%m/%d/%Y %H:%M%z").expect("a pattern");
        let offsets = [Some(0), Some(-18_000), Some(19_800), None].map(|offset| {
            let mut out = Vec::new();
            let moment = date.and_hms_opt(8, 15, 0).expect("a time");
            pattern.write_moment(moment, offset, &mut out);
            String::from_utf8(out).expect("ASCII")
        });
        let written = ["Z", "-05:00", "+05:30", ""].map(|o| format!("01/31/2026 08:15{o}"));
        assert_eq!(offsets, written);
    }

    #[test]
    fn three_ways_to_write_an_ssn() {
        let ssn = Ssn::new(1_020_003).expect("nine digits");
        let write = |style: SsnStyle| {
            let mut out = Vec::new();
            style.write(ssn, &mut out);
            String::from_utf8(out).expect("ASCII")
        };
        assert_eq!(write(SsnStyle::Plain), "001020003");
        assert_eq!(write(SsnStyle::Dashed), "001-02-0003");
        assert_eq!(write(SsnStyle::Last4), "0003");
    }
}
