//! Amounts of money, in cents and never in floats. Many notations are read; anything ambiguous is refused.

use crate::domain::Code;
use crate::domain::character::is_other_dash;
use crate::domain::column::ColumnIndex;

/// Largest amount of one record in cents, 999,999,999.99: no file within the limit of records can sum up to more than
/// the ledger holds.
pub const LARGEST: i64 = 99_999_999_999;

/// Largest total of a control record in cents. Ten to the power of [`MOST_DECIMALS`] times as much is still a number.
const LARGEST_TOTAL: i128 = 1_000_000_000_000_000_000_000_000;

/// Most implied decimals of an amount.
pub(crate) const MOST_DECIMALS: u8 = 9;

/// Where the decimals of an amount are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decimals {
    /// Behind a mark; digits without one are whole dollars.
    Explicit,
    /// The last digits, of this number, without a mark, as in COBOL's `9(3)V99`.
    Implied(u8),
}

/// How a sender writes amounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmountForm {
    /// What stands before the decimals, `.` or `,`; the other one stands between thousands.
    pub mark: u8,
    pub decimals: Decimals,
}

impl Default for AmountForm {
    fn default() -> AmountForm {
        AmountForm {
            mark: b'.',
            decimals: Decimals::Explicit,
        }
    }
}

impl AmountForm {
    /// How 1234.50 is written.
    pub(crate) fn example(self) -> String {
        match (self.decimals, self.mark) {
            (Decimals::Implied(0), _) => "1234".to_owned(),
            (Decimals::Implied(decimals), _) => {
                format!("1234{:0<1$}", 5, usize::from(decimals))
            }
            (Decimals::Explicit, b',') => "1234,50".to_owned(),
            (Decimals::Explicit, _) => "1234.50".to_owned(),
        }
    }
}

/// How a sender writes the amounts of each column.
#[derive(Clone, Debug, Default)]
pub struct AmountForms {
    form: AmountForm,
    /// Columns whose decimals differ.
    own: Vec<(ColumnIndex, Decimals)>,
}

impl AmountForms {
    /// The form of all columns but those with decimals of their `own`.
    pub fn new(form: AmountForm, own: Vec<(ColumnIndex, Decimals)>) -> AmountForms {
        AmountForms { form, own }
    }

    /// The form of columns that have none of their own.
    pub(crate) fn form(&self) -> AmountForm {
        self.form
    }

    /// The form of a column.
    pub fn of(&self, column: impl Into<ColumnIndex>) -> AmountForm {
        let column = column.into();
        match self.own.iter().find(|(own, _)| *own == column) {
            Some((_, decimals)) => AmountForm {
                decimals: *decimals,
                ..self.form
            },
            None => self.form,
        }
    }
}

/// Reads an amount in the most common notation, digits with or without two decimals; `None` leaves it to [`read`].
#[inline]
pub(crate) fn read_plain(text: &[u8]) -> Option<i64> {
    let (whole, cents) = match text {
        [whole @ .., b'.', a @ b'0'..=b'9', b @ b'0'..=b'9'] => {
            (whole, (a - b'0') * 10 + (b - b'0'))
        }
        _ => (text, 0),
    };
    Some(read_digits(whole)? * 100 + i64::from(cents))
}

/// Reads an amount without a mark whose last two digits are cents; `None` leaves it to [`read`].
#[inline]
pub(crate) fn read_plain_cents(text: &[u8]) -> Option<i64> {
    read_digits(text)
}

/// One to nine digits as a number.
#[inline]
fn read_digits(text: &[u8]) -> Option<i64> {
    const DIGITS: usize = 9;
    if !(1..=DIGITS).contains(&text.len()) {
        return None;
    }
    let mut value = 0u32;
    for byte in text {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + u32::from(byte - b'0');
    }
    Some(i64::from(value))
}

/// Reads an amount of a record.
///
/// With a mark: optional `$`, marks between thousands, at most two decimals that aren't zero; negative by a leading or
/// trailing minus or by parentheses. With implied decimals: digits alone, with a leading or trailing sign or one
/// punched over the last digit.
///
/// # Errors
/// `AMOUNT_PRECISION` where a third or later decimal is not zero, else `AMOUNT_INVALID`.
pub fn read(text: &[u8], form: AmountForm) -> Result<i64, Code> {
    let cents = match form.decimals {
        Decimals::Implied(decimals) => read_implied(text, decimals, LARGEST.into()),
        Decimals::Explicit => read_marked(text, form.mark, LARGEST.into()),
    }?;
    i64::try_from(cents).map_err(|_| Code::AmountInvalid)
}

/// Reads a total of a control record, which has a mark, or as many implied decimals as its column or else two.
pub(crate) fn read_total(text: &[u8], form: AmountForm) -> Option<i128> {
    let text = String::from_utf8_lossy(text).replace(is_other_dash, "-");
    let text = text.as_bytes();
    let read = match (memchr::memchr(form.mark, text), form.decimals) {
        (Some(_), _) => read_marked(text, form.mark, LARGEST_TOTAL),
        (None, Decimals::Implied(decimals)) => read_implied(text, decimals, LARGEST_TOTAL),
        (None, Decimals::Explicit) => read_implied(text, 2, LARGEST_TOTAL),
    };
    read.ok()
}

/// Whether a text is the dash that spreadsheets show for zero: `-`, `$-`, `$ -`.
pub(crate) fn is_dash(text: &[u8]) -> bool {
    without_dollar(text).0 == b"-"
}

/// The forms that a sender may use in the place of an integration's own.
pub(crate) fn other_forms(own: AmountForm) -> impl Iterator<Item = AmountForm> {
    let forms = [
        (b'.', Decimals::Explicit),
        (b',', Decimals::Explicit),
        (own.mark, Decimals::Implied(2)),
    ];
    let forms = forms.map(|(mark, decimals)| AmountForm { mark, decimals });
    let implied = |form: AmountForm| matches!(form.decimals, Decimals::Implied(_));
    let other = move |form: &AmountForm| *form != own && !(implied(*form) && implied(own));
    forms.into_iter().filter(other)
}

/// Another form in which an amount can be read that its own form refuses.
pub(crate) fn likely_form(text: &[u8], own: AmountForm) -> Option<AmountForm> {
    other_forms(own).find(|form| read_telling(text, *form).is_some())
}

/// An amount as a form reads it, where the text tells of the form: digits alone, or with a plus, say nothing of where their
/// decimals are.
pub(crate) fn read_telling(text: &[u8], form: AmountForm) -> Option<i64> {
    let tells = match (form.decimals, text) {
        (Decimals::Explicit, _) => !text.iter().all(u8::is_ascii_digit),
        (Decimals::Implied(_), [.., digit, last]) => {
            digit.is_ascii_digit() && punched(*last).is_some()
        }
        (Decimals::Implied(_), _) => false,
    };
    read(text, form).ok().filter(|_| tells)
}

fn read_implied(text: &[u8], decimals: u8, largest: i128) -> Result<i128, Code> {
    let text = text.trim_ascii();
    let (digits, sign) = match text {
        [b'-', digits @ ..] | [digits @ .., b'-'] => (digits.trim_ascii(), Some(true)),
        [b'+', digits @ ..] | [digits @ .., b'+'] => (digits.trim_ascii(), Some(false)),
        _ => (text, None),
    };
    let (last, rest) = digits.split_last().ok_or(Code::AmountInvalid)?;
    let (last, negative) = match (sign, punched(*last)) {
        (None, Some((digit, negative))) => (digit, negative),
        (sign, _) => (*last, sign == Some(true)),
    };
    let unit = 10i128.pow(u32::from(decimals.min(MOST_DECIMALS)));
    let mut value = 0i128;
    for byte in rest.iter().copied().chain([last]) {
        if !byte.is_ascii_digit() {
            return Err(Code::AmountInvalid);
        }
        value = value * 10 + i128::from(byte - b'0');
        if value * 100 > largest * unit {
            return Err(Code::AmountInvalid);
        }
    }
    if value * 100 % unit != 0 {
        return Err(Code::AmountPrecision);
    }
    let cents = value * 100 / unit;
    Ok(if negative { -cents } else { cents })
}

/// The digit that has a sign punched over it, as COBOL writes it in text, and whether that is a minus.
fn punched(byte: u8) -> Option<(u8, bool)> {
    match byte {
        b'{' => Some((b'0', false)),
        b'A'..=b'I' => Some((byte - b'A' + b'1', false)),
        b'}' => Some((b'0', true)),
        b'J'..=b'R' => Some((byte - b'J' + b'1', true)),
        _ => None,
    }
}

fn read_marked(text: &[u8], mark: u8, largest: i128) -> Result<i128, Code> {
    let (body, negative) = undressed(text);
    let (whole, fraction) = match memchr::memchr(mark, body) {
        Some(at) => (&body[..at], &body[at + 1..]),
        None => (body, &b""[..]),
    };
    if whole.is_empty() && fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
        return Err(Code::AmountInvalid);
    }
    let (cents, rest) = fraction.split_at(fraction.len().min(2));
    let value = match cents {
        [] => 0,
        [tens] => i128::from(tens - b'0') * 10,
        [tens, ones, ..] => i128::from(tens - b'0') * 10 + i128::from(ones - b'0'),
    } + dollars(whole, other(mark), largest)? * 100;
    if value > largest {
        return Err(Code::AmountInvalid);
    }
    if rest.iter().any(|b| *b != b'0') {
        return Err(Code::AmountPrecision);
    }
    Ok(if negative { -value } else { value })
}

/// The mark between thousands where `mark` stands before the decimals.
fn other(mark: u8) -> u8 {
    if mark == b'.' { b',' } else { b'.' }
}

/// The whole dollars, with or without marks between thousands; nothing before the decimal mark is zero.
fn dollars(whole: &[u8], between: u8, largest: i128) -> Result<i128, Code> {
    let mut value: i128 = 0;
    let mut since_mark: Option<usize> = None;
    for (i, b) in whole.iter().enumerate() {
        match b {
            b'0'..=b'9' => {
                value = value * 10 + i128::from(b - b'0');
                since_mark = since_mark.map(|n| n + 1);
            }
            b if *b != between => return Err(Code::AmountInvalid),
            _ if i > 0 && i <= 3 && since_mark.is_none() => since_mark = Some(0),
            _ if since_mark == Some(3) => since_mark = Some(0),
            _ => return Err(Code::AmountInvalid),
        }
        if value > largest {
            return Err(Code::AmountInvalid);
        }
    }
    if since_mark.is_some_and(|n| n != 3) {
        return Err(Code::AmountInvalid);
    }
    Ok(value)
}

/// The text without its sign and its `$`, in either order, and whether it is negative. Only one of each is removed: two
/// are an error.
fn undressed(text: &[u8]) -> (&[u8], bool) {
    let (text, dollar) = without_dollar(text);
    let (text, negative) = match text {
        [b'(', inner @ .., b')'] | [b'-', inner @ ..] | [inner @ .., b'-'] => {
            (inner.trim_ascii(), true)
        }
        _ => (text, false),
    };
    let text = if dollar { text } else { without_dollar(text).0 };
    (text, negative)
}

/// The text without blanks around it and without a leading `$`, and whether it had one.
fn without_dollar(text: &[u8]) -> (&[u8], bool) {
    let text = text.trim_ascii();
    match text.strip_prefix(b"$") {
        Some(rest) => (rest.trim_ascii(), true),
        None => (text, false),
    }
}

#[cfg(test)]
mod tests;
