//! Header and trailer records with control totals.

use super::fault::FileFault;
use super::fields::{Fields, char_offset};
use crate::domain::{Cents, Code};

/// Where a control total is in its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TotalPosition {
    /// The field of this index, from 0.
    Field(usize),
    /// Characters of a fixed-width line, from 0.
    Characters { start: usize, length: usize },
}

/// How a control record looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// Its first field, or how its line starts.
    pub marker: String,
    /// Number of data records.
    pub count: Option<TotalPosition>,
    /// Sum of employee amounts in cents.
    pub employee_amount: Option<TotalPosition>,
    /// Sum of employer amounts in cents.
    pub employer_amount: Option<TotalPosition>,
}

/// Totals a control record states.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    /// Physical line of the record.
    pub line: u64,
    /// Number of data records.
    pub count: Option<i128>,
    /// Sum of employee amounts in cents.
    pub employee: Option<i128>,
    /// Sum of employer amounts in cents.
    pub employer: Option<i128>,
}

impl Control {
    /// Whether a record is this control record.
    pub fn is(&self, record: &[u8], fields: &Fields<'_>, fixed: bool) -> bool {
        let marker = self.marker.as_bytes();
        if fixed {
            record.starts_with(marker)
        } else {
            fields.get(0).trim_ascii() == marker
        }
    }

    /// Reads the totals the record states.
    ///
    /// # Errors
    /// `CONTROL_TOTAL` where a configured total is no number, `QUOTE_MISPLACED`.
    pub fn read(&self, record: &[u8], fields: &Fields<'_>, line: u64) -> Result<Stated, FileFault> {
        fields.well_quoted(record, line)?;
        let number =
            |place: Option<TotalPosition>, what: &str| -> Result<Option<i128>, FileFault> {
                let Some(place) = place else { return Ok(None) };
                let text = match place {
                    TotalPosition::Field(index) => fields.get(index),
                    TotalPosition::Characters { start, length } => {
                        let from = char_offset(record, start);
                        &record[from..from + char_offset(&record[from..], length)]
                    }
                };
                let parsed = cents(text.trim_ascii());
                let unreadable = || {
                    let detail = format!("the {what} of the control record is not a number");
                    FileFault::new(Code::ControlTotal, line, detail)
                };
                parsed.map(Some).ok_or_else(unreadable)
            };
        Ok(Stated {
            line,
            count: number(self.count, "count")?,
            employee: number(self.employee_amount, "employee amount")?,
            employer: number(self.employer_amount, "employer amount")?,
        })
    }
}

impl Stated {
    /// Compares with what was read.
    ///
    /// # Errors
    /// `CONTROL_TOTAL` naming every total that does not agree.
    pub fn check(&self, count: u64, employee: Cents, employer: Cents) -> Result<(), FileFault> {
        let mut wrong = Vec::new();
        if let Some(stated) = self.count.filter(|s| *s != i128::from(count)) {
            wrong.push(format!("the count says {stated}, the file has {count}"));
        }
        for (stated, sum, what) in [
            (self.employee, employee, "employee"),
            (self.employer, employer, "employer"),
        ] {
            if let Some(stated) = stated.filter(|s| *s != sum.0) {
                let stated = Cents(stated);
                wrong.push(format!(
                    "the {what} amount says {stated}, the file has {sum}"
                ));
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        Err(FileFault::new(
            Code::ControlTotal,
            self.line,
            wrong.join("; "),
        ))
    }
}

/// Whole cents, or an amount with two decimals.
fn cents(text: &[u8]) -> Option<i128> {
    let text = std::str::from_utf8(text).ok()?;
    let (text, sign) = match text.strip_prefix('-').or_else(|| text.strip_suffix('-')) {
        Some(rest) => (rest, -1),
        None => (text, 1),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 30 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let value: i128 = whole.parse().ok()?;
    match (text.contains('.'), fraction.len()) {
        (false, _) => Some(sign * value),
        (true, 2) => Some(sign * (value * 100 + fraction.parse::<i128>().ok()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Control, TotalPosition};
    use crate::domain::{Cents, Code};
    use crate::format::dialect::Dialect;
    use crate::format::fields::FieldSplitter;
    use crate::format::split::Shape;

    #[test]
    fn totals_agree_or_are_named() {
        let control = Control {
            marker: "TRL".into(),
            count: Some(TotalPosition::Field(1)),
            employee_amount: Some(TotalPosition::Field(2)),
            employer_amount: None,
        };
        let mut splitter = FieldSplitter::new(Shape::Delimited(Dialect::new(b'|')));
        let record = b"TRL|0002|1050";
        let fields = splitter.split(record);
        assert!(control.is(record, &fields, false));
        let stated = control.read(record, &fields, 4).expect("numbers");
        assert!(stated.check(2, Cents(1050), Cents(7)).is_ok());
        let fault = stated
            .check(3, Cents(1051), Cents::ZERO)
            .expect_err("both differ");
        assert_eq!((fault.code, fault.line), (Code::ControlTotal, 4));
        assert!(
            fault
                .detail
                .contains("says 2, the file has 3; the employee amount says 10.50")
        );
        let record = b"TRL|two|";
        assert!(control.read(record, &splitter.split(record), 4).is_err());
    }

    #[test]
    fn amounts_are_cents_or_have_two_decimals() {
        let read = |t: &str| super::cents(t.as_bytes());
        assert_eq!(read("000123"), Some(123));
        assert_eq!(read("1.23"), Some(123));
        assert_eq!(read("-45"), Some(-45));
        assert_eq!((read("1.2"), read(""), read("x")), (None, None, None));
    }
}
