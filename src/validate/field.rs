//! One field: from bytes to a value, or the codes that say why not.

use super::date::{self, DateForm, Moment, Reading};
use super::findings::{Findings, Target};
use super::marked_dates::{MarkedDates, is_open, is_zero};
use super::pattern::Pattern;
use super::placeholders::{
    BlankWords, is_spreadsheet_error, is_word_for_nothing, stands_for_nothing,
};
use super::ssn;
use super::ssn::SsnRules;
use super::text::{
    characters, first_unseen, is_email, is_plain, is_scientific, is_spreadsheet_number,
};
use super::value::Value;
use crate::domain::Code;
use crate::domain::character::letter_of_another_script;
use crate::domain::column::{Column, ColumnIndex, Type};
use crate::domain::word::up_to_eight;
use crate::format::amount::{self, AmountForms};
use crate::format::clean::{clean, clean_as, is_clean};
use crate::format::fault::limit;
use chrono::{Datelike, Months, NaiveDate};
use std::collections::HashMap;

/// Most characters of a custom field.
pub(crate) const CUSTOM_CHARACTERS: usize = 255;
/// Most characters of an e-mail address.
pub(crate) const EMAIL_CHARACTERS: usize = 254;
/// Most characters of a state or a ZIP code of another country.
pub(crate) const ADDRESS_CHARACTERS: usize = 60;

/// A cross-reference table: the sender's code → our code.
pub(crate) type CrossReference = HashMap<String, String>;

/// What field validation needs to know of the site and the integration.
#[derive(Debug)]
pub struct FieldRules {
    pub subscriber_id: Pattern,
    pub username: Pattern,
    pub ssn: SsnRules,
    /// Date forms the integration lists.
    pub dates: Vec<DateForm>,
    /// Forms that dates of corrections may have besides, where the listed ones can't read them.
    pub edited_dates: Vec<DateForm>,
    /// Forms that `last_changed_at` takes besides.
    pub moments: Vec<DateForm>,
    /// Words that are blank in every column.
    pub blanks: BlankWords,
    /// What means "no date", besides dates of zeros.
    pub no_dates: MarkedDates,
    /// What means "no end" as an end date, besides the days that always do.
    pub open_dates: MarkedDates,
    /// The run date in the site's time zone.
    pub today: NaiveDate,
    /// Employers the integration takes; empty takes all.
    pub eins: Vec<u32>,
    /// Cross-reference tables by canonical column.
    pub cross: Vec<(ColumnIndex, CrossReference)>,
    /// Required columns that the sender may leave out or leave blank.
    pub not_required: Vec<ColumnIndex>,
    /// Whether negative deduction amounts are taken.
    pub allow_negative: bool,
    /// Whether a dash in the place of an amount is 0.00.
    pub dash_is_zero: bool,
    /// How the amounts of each column are written.
    pub amounts: AmountForms,
}

impl FieldRules {
    /// Whether records must fill this column.
    pub fn requires(&self, column: &Column) -> bool {
        column.required && !self.not_required.contains(&column.index)
    }

    /// Parses and validates one field.
    pub fn value<'a>(
        &'a self,
        column: &Column,
        raw: &'a [u8],
        findings: &mut Findings,
    ) -> Value<'a> {
        if raw.len() > limit::FIELD_BYTES {
            findings.column(column.index, Code::FieldTooLong);
            return Value::Invalid;
        }
        let text = clean_as(column.kind, raw);
        if text.is_empty() || self.blanks.lists(text) {
            return Value::Blank;
        }
        let placeholder = self.placeholder(column, text);
        if let Some(code) = placeholder.or_else(|| visible(text).err()) {
            findings.column(column.index, code);
            match code {
                Code::PlaceholderBlanked => return Value::Blank,
                // People have such names.
                Code::NameLooksEmpty => {}
                _ => return Value::Invalid,
            }
        }
        if let Type::Ssn = column.kind {
            let target = Target::Column(column.index);
            let mut report = |code, severity| findings.add(target, code, severity);
            return ssn::read(text, &self.ssn, &mut report).map_or(Value::Invalid, Value::Ssn);
        }
        match self.parse(column, text) {
            Ok(value) => {
                if value.cents() < 0 && !self.allow_negative {
                    findings.column(column.index, Code::AmountNegative);
                }
                value
            }
            Err(code) => {
                findings.column(column.index, code);
                Value::Invalid
            }
        }
    }

    /// The text of a field as it counts: clean, and empty where it is blank or stands for nothing.
    #[inline]
    pub(crate) fn text<'a>(&self, column: &Column, raw: &'a [u8]) -> &'a [u8] {
        if is_clean(raw) && !self.blanks.may_have(raw) {
            return raw;
        }
        self.careful_text(column, raw)
    }

    fn careful_text<'a>(&self, column: &Column, raw: &'a [u8]) -> &'a [u8] {
        let text = clean_as(column.kind, raw);
        let nothing = || {
            self.blanks.lists(text)
                || self.placeholder(column, text) == Some(Code::PlaceholderBlanked)
        };
        if self.blanks.may_have(text) && nothing() {
            return b"";
        }
        text
    }

    /// The code of a text that stands in the place of a value, unless it is a value of the column.
    fn placeholder(&self, column: &Column, text: &[u8]) -> Option<Code> {
        let error = is_spreadsheet_error(text);
        if !error && !is_word_for_nothing(text) || self.is_word_of(column, text) {
            return None;
        }
        // The employer is a part of keys.
        let needed = self.requires(column) || matches!(column.kind, Type::Ein);
        Some(match column.name {
            _ if error => Code::SpreadsheetError,
            "first_name" | "middle_name" | "last_name" => Code::NameLooksEmpty,
            _ if needed => Code::SpreadsheetError,
            _ if matches!(column.kind, Type::Text(_)) && !stands_for_nothing(text) => return None,
            _ => Code::PlaceholderBlanked,
        })
    }

    /// Whether a text has a meaning of its own in a column: by its cross-reference table, its list of codes, or the days
    /// that the integration lists.
    fn is_word_of(&self, column: &Column, text: &[u8]) -> bool {
        let crossed = self.cross.iter().find(|(c, _)| *c == column.index);
        let word = std::str::from_utf8(text).unwrap_or_default();
        crossed.is_some_and(|(_, table)| table.contains_key(word))
            || match column.kind {
                Type::Code(list) => list.find(text).is_some(),
                Type::EndDate => self.no_dates.lists(text) || self.open_dates.lists(text),
                Type::Date | Type::Timestamp => self.no_dates.lists(text),
                _ => false,
            }
    }

    /// Validates a field of a custom column; returns what is to be said of it.
    pub(crate) fn custom(&self, raw: &[u8]) -> Option<Code> {
        if raw.len() > limit::FIELD_BYTES {
            return Some(Code::FieldTooLong);
        }
        let text = clean(raw);
        if text.is_empty() || self.blanks.lists(text) {
            return None;
        }
        if is_spreadsheet_error(text) {
            return Some(Code::SpreadsheetError);
        }
        if stands_for_nothing(text) {
            return Some(Code::PlaceholderBlanked);
        }
        let checked = visible(text).and_then(|text| within(text, CUSTOM_CHARACTERS));
        checked.err()
    }

    fn parse<'a>(&'a self, column: &Column, raw: &'a [u8]) -> Result<Value<'a>, Code> {
        let Some((_, table)) = self.cross.iter().find(|(c, _)| *c == column.index) else {
            return self.read(column, raw);
        };
        // The table is the whole list: what it lacks is never read as if there were no table.
        let Some(ours) = table.get(str(raw)?) else {
            return Err(match is_spreadsheet_number(raw) {
                true => Code::SpreadsheetNumber,
                false => Code::CodeUnknown,
            });
        };
        match (self.read(column, ours.as_bytes())?, column.kind) {
            // Address checks are still to come.
            (value, Type::State | Type::Zip) => Ok(value),
            // It isn't what the record holds, which matters where that needs no quotes.
            (Value::Text(text), _) => Ok(Value::Code(text)),
            (value, _) => Ok(value),
        }
    }

    /// Reads a value that no cross-reference table is for, or that one gives.
    fn read<'a>(&'a self, column: &Column, raw: &'a [u8]) -> Result<Value<'a>, Code> {
        match column.kind {
            Type::SubscriberId => identifier(raw, &self.subscriber_id, Code::SubscriberIdFormat),
            Type::Username => identifier(raw, &self.username, Code::UsernameFormat),
            Type::Ssn => Ok(Value::Invalid),
            // Address checks need the country: see `validate::demographic`.
            Type::State => text(raw, ADDRESS_CHARACTERS),
            Type::Zip => number(raw, ADDRESS_CHARACTERS),
            Type::Text(most) => text(raw, most),
            Type::Number(most) => number(raw, most),
            Type::Date | Type::EndDate => self.date(raw, column),
            Type::Timestamp if self.is_no_date(raw) => Ok(Value::Blank),
            Type::Timestamp => match self.moment(raw)? {
                Reading::One(moment) if self.no_dates.has(moment.local.date()) => Ok(Value::Blank),
                Reading::One(moment) => Ok(Value::Moment(moment)),
                _ => Err(Code::DateInvalid),
            },
            Type::Amount => {
                if self.dash_is_zero && amount::is_dash(raw) {
                    return Ok(Value::Cents(0));
                }
                // A readable negative amount still counts in the sums; `value` reports it.
                match amount::read(raw, self.amounts.of(column.index)) {
                    Err(_) if is_scientific(raw) => Err(Code::SpreadsheetNumber),
                    read => read.map(Value::Cents),
                }
            }
            Type::Code(list) => list
                .find(raw)
                .map(|code| Value::Code(code.as_bytes()))
                .ok_or(Code::CodeUnknown),
            Type::Bool => flag(raw).map(Value::Flag).ok_or(Code::CodeUnknown),
            Type::Email => {
                let text = within(str(raw)?, EMAIL_CHARACTERS)?;
                is_email(text)
                    .then_some(Value::Text(raw))
                    .ok_or(Code::EmailInvalid)
            }
            Type::Ein => self.ein(raw),
        }
    }

    /// The sender's codes of a column that has a cross-reference table, for people.
    pub fn codes(&self, column: Option<&Column>) -> Option<String> {
        const MOST: usize = 40;
        let index = column?.index;
        let (_, table) = self.cross.iter().find(|(c, _)| *c == index)?;
        let mut codes: Vec<&str> = table.keys().map(String::as_str).collect();
        codes.sort_unstable();
        let more = if codes.len() > MOST {
            " and others"
        } else {
            ""
        };
        codes.truncate(MOST);
        Some(codes.join(", ") + more)
    }

    /// The code of our own that a sender's word in a coded column means.
    pub fn code<'a>(&'a self, column: &Column, raw: &'a [u8]) -> Option<&'a [u8]> {
        match self.parse(column, raw) {
            Ok(Value::Code(code)) => Some(code),
            _ => None,
        }
    }

    /// The yes or no that a sender's word means.
    pub fn flag(&self, column: &Column, raw: &[u8]) -> Option<bool> {
        if self.cross.is_empty() {
            return flag(raw);
        }
        match self.parse(column, raw) {
            Ok(Value::Flag(flag)) => Some(flag),
            _ => None,
        }
    }

    /// A readable amount in cents, for the sums, which include skipped and rejected records; else 0.
    pub(crate) fn cents(&self, column: ColumnIndex, raw: &[u8]) -> i64 {
        if raw.len() > limit::FIELD_BYTES {
            return 0;
        }
        amount::read(clean_as(Type::Amount, raw), self.amounts.of(column)).unwrap_or(0)
    }

    /// Whether a text means "no date" as it is written.
    pub(super) fn is_no_date(&self, raw: &[u8]) -> bool {
        let zeros = || !raw.iter().any(|b| matches!(b, b'1'..=b'9'));
        is_zero(raw)
            || raw.first() == Some(&b'0') && zeros() && self.dates.iter().any(|f| f.is_zero(raw))
            || self.no_dates.lists(raw)
    }

    /// The last day that a date of a column may be: births lie in the past, hires at most a year
    /// ahead.
    pub(crate) fn latest(&self, column: &Column) -> NaiveDate {
        let last = match column.name {
            "birth_date" => Some(self.today),
            "hire_date" | "original_hire_date" => self.today.checked_add_months(Months::new(12)),
            _ => NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31),
        };
        last.unwrap_or(NaiveDate::MAX)
    }

    fn date(&self, raw: &[u8], column: &Column) -> Result<Value<'static>, Code> {
        let ends = matches!(column.kind, Type::EndDate);
        if self.is_no_date(raw) || ends && self.open_dates.lists(raw) {
            return Ok(Value::Blank);
        }
        let latest = self.latest(column);
        let century = match column.name {
            "birth_date" => latest,
            _ => NaiveDate::MAX,
        };
        let reading = match date::read(&self.dates, raw, century) {
            Reading::None => date::read(&self.edited_dates, raw, century),
            reading => reading,
        };
        let date = match reading {
            Reading::One(moment) => moment.local.date(),
            Reading::Ambiguous => return Err(Code::DateAmbiguous),
            Reading::None if is_scientific(raw) => return Err(Code::SpreadsheetNumber),
            Reading::None => return Err(Code::DateInvalid),
        };
        let open = ends && (is_open(date) || self.open_dates.has(date));
        if open || self.no_dates.has(date) {
            return Ok(Value::Blank);
        }
        if date.year() < FIRST_YEAR || date > latest {
            return Err(Code::DateRange);
        }
        Ok(Value::Date(date))
    }

    /// Reads a change time: the integration's forms, ISO dates and ISO timestamps.
    ///
    /// # Errors
    /// `DATE_AMBIGUOUS`, `SPREADSHEET_NUMBER`.
    pub fn moment(&self, raw: &[u8]) -> Result<Reading, Code> {
        let forms = [&self.moments, &self.dates, &self.edited_dates].into_iter();
        let mut readings = forms.map(|forms| date::read(forms, raw, NaiveDate::MAX));
        let reading = readings.find(|reading| *reading != Reading::None);
        match reading.unwrap_or(Reading::None) {
            Reading::Ambiguous => Err(Code::DateAmbiguous),
            Reading::None if is_scientific(raw) => Err(Code::SpreadsheetNumber),
            reading => Ok(reading),
        }
    }

    /// Whether a change time has a form that only corrections may have.
    pub(crate) fn is_edited(&self, raw: &[u8]) -> bool {
        let reads = |forms: &[DateForm]| date::read(forms, raw, NaiveDate::MAX) != Reading::None;
        !self.edited_dates.is_empty()
            && reads(&self.edited_dates)
            && !reads(&self.moments)
            && !reads(&self.dates)
    }

    fn ein(&self, raw: &[u8]) -> Result<Value<'static>, Code> {
        if is_spreadsheet_number(raw) {
            return Err(Code::SpreadsheetNumber);
        }
        let number = ein_number(raw).ok_or(Code::EinInvalid)?;
        if self.takes(number) {
            Ok(Value::Ein(number))
        } else {
            Err(Code::EinForeign)
        }
    }

    /// Whether the integration takes records of this employer.
    pub fn takes(&self, ein: u32) -> bool {
        self.eins.is_empty() || self.eins.contains(&ein)
    }
}

/// First year a date may have; an earlier one is a typing error.
pub(crate) const FIRST_YEAR: i32 = 1900;
/// Last year a date may have.
pub(crate) const LAST_YEAR: i32 = 2199;

/// The forms `last_changed_at` takes besides the listed ones.
pub fn moment_forms() -> Vec<DateForm> {
    ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"]
        .into_iter()
        .filter_map(DateForm::compile)
        .collect()
}

/// `NN-NNNNNNN`, or the nine digits alone.
pub fn ein_number(raw: &[u8]) -> Option<u32> {
    let digits: &[&[u8]] = match raw {
        [a @ .., b'-', _, _, _, _, _, _, _] if a.len() == 2 => &[a, &raw[3..]],
        _ if raw.len() == 9 => &[raw],
        _ => return None,
    };
    let mut number = 0u32;
    for byte in digits.iter().copied().flatten() {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number * 10 + u32::from(byte - b'0');
    }
    Some(number)
}

/// true/false, yes/no, y/n, t/f, 1/0 in any case.
#[inline]
pub(crate) fn flag(raw: &[u8]) -> Option<bool> {
    const NO: u64 = u64::from_le_bytes(*b"NO\0\0\0\0\0\0");
    const YES: u64 = u64::from_le_bytes(*b"YES\0\0\0\0\0");
    const TRUE: u64 = u64::from_le_bytes(*b"TRUE\0\0\0\0");
    const FALSE: u64 = u64::from_le_bytes(*b"FALSE\0\0\0");
    if let [byte] = raw {
        return match byte.to_ascii_uppercase() {
            b'Y' | b'T' | b'1' => Some(true),
            b'N' | b'F' | b'0' => Some(false),
            _ => None,
        };
    }
    // Without the bit in which letters of both cases differ. No other byte becomes a letter.
    let word = up_to_eight(raw) & !0x2020_2020_2020_2020;
    match (raw.len(), word) {
        (3, YES) | (4, TRUE) => Some(true),
        (2, NO) | (5, FALSE) => Some(false),
        _ => None,
    }
}

fn identifier<'a>(raw: &'a [u8], pattern: &Pattern, code: Code) -> Result<Value<'a>, Code> {
    if is_spreadsheet_number(raw) {
        return Err(Code::SpreadsheetNumber);
    }
    // A site's pattern may allow anything, such as `.+`.
    if !pattern.is_match(raw) || letter_of_another_script(str(raw)?).is_some() {
        return Err(code);
    }
    Ok(Value::Text(raw))
}

fn number(raw: &[u8], most: usize) -> Result<Value<'_>, Code> {
    if is_spreadsheet_number(raw) {
        return Err(Code::SpreadsheetNumber);
    }
    text(raw, most)
}

fn text(raw: &[u8], most: usize) -> Result<Value<'_>, Code> {
    within(str(raw)?, most).map(|_| Value::Text(raw))
}

fn str(raw: &[u8]) -> Result<&str, Code> {
    std::str::from_utf8(raw).map_err(|_| Code::ControlCharacter)
}

/// Text in which every character shows something.
fn visible(raw: &[u8]) -> Result<&str, Code> {
    let text = str(raw)?;
    match is_plain(raw) || first_unseen(text).is_none() {
        true => Ok(text),
        false => Err(Code::ControlCharacter),
    }
}

fn within(text: &str, most: usize) -> Result<&str, Code> {
    // No text has more characters than bytes.
    if text.len() > most && characters(text) > most {
        return Err(Code::TextTooLong);
    }
    Ok(text)
}

/// A change time that selection can use; anything unreadable is left for validation.
pub(crate) fn readable_moment(rules: &FieldRules, raw: &[u8]) -> Option<Moment> {
    match rules.moment(clean_as(Type::Timestamp, raw)) {
        Ok(Reading::One(moment)) if !rules.no_dates.has(moment.local.date()) => Some(moment),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
