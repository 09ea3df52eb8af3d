//! Header and trailer records with control totals.

use super::amount::{AmountForm, read_total};
use super::clean::clean;
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
    /// Whether a record begins like this control record.
    pub fn is(&self, record: &[u8], fields: &Fields<'_>, fixed: bool) -> bool {
        let text = if fixed { record } else { clean(fields.get(0)) };
        text.starts_with(self.marker.as_bytes())
    }

    /// Whether the first field of a record is the marker and no more.
    pub(crate) fn is_first_field(&self, fields: &Fields<'_>) -> bool {
        clean(fields.get(0)) == self.marker.as_bytes()
    }

    /// Reads the totals the record states; `forms` are those of the employee and the employer amounts.
    ///
    /// # Errors
    /// `CONTROL_TOTAL` where a configured total is no number, `QUOTE_MISPLACED`.
    pub fn read(
        &self,
        record: &[u8],
        fields: &Fields<'_>,
        line: u64,
        forms: [AmountForm; 2],
    ) -> Result<Stated, FileFault> {
        fields.well_quoted(record, line)?;
        let text = |place| match place {
            TotalPosition::Field(index) => clean(fields.get(index)),
            TotalPosition::Characters { start, length } => {
                let from = char_offset(record, start);
                clean(&record[from..from + char_offset(&record[from..], length)])
            }
        };
        let unreadable = |what| {
            let detail = format!("the {what} of the control record is not a number");
            FileFault::new(Code::ControlTotal, line, detail)
        };
        let count = |place| count(text(place)).ok_or_else(|| unreadable("count"));
        let amount = |place: Option<TotalPosition>, form, what| {
            let read = |place| read_total(text(place), form).ok_or_else(|| unreadable(what));
            place.map(read).transpose()
        };
        let [employee, employer] = forms;
        Ok(Stated {
            line,
            count: self.count.map(count).transpose()?,
            employee: amount(self.employee_amount, employee, "employee amount")?,
            employer: amount(self.employer_amount, employer, "employer amount")?,
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

/// A whole number of at most thirty digits.
fn count(text: &[u8]) -> Option<i128> {
    const DIGITS: usize = 30;
    let number = text.len() <= DIGITS && text.iter().all(u8::is_ascii_digit);
    str::from_utf8(text).ok()?.parse().ok().filter(|_| number)
}

#[cfg(test)]
mod tests {
    use super::{AmountForm, Control, TotalPosition};
    use crate::domain::{Cents, Code};
    use crate::format::amount::Decimals;
    use crate::format::dialect::Dialect;
    use crate::format::fields::FieldSplitter;
    use crate::format::split::Shape;

    const FORMS: [AmountForm; 2] = [AmountForm {
        mark: b'.',
        decimals: Decimals::Explicit,
    }; 2];

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
        let stated = control.read(record, &fields, 4, FORMS).expect("numbers");
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
        assert!(
            control
                .read(record, &splitter.split(record), 4, FORMS)
                .is_err()
        );
    }

    #[test]
    fn counts_are_whole_numbers() {
        assert_eq!(super::count(b"000123"), Some(123));
        for text in ["", "x", "-1", "+1", "2.00", "1,000"] {
            assert_eq!(super::count(text.as_bytes()), None, "{text}");
        }
    }
}
