//! How each field of a file's records is read, decided once per file.
//!
//! A column the file lacks costs nothing. Every other column has a quick reader that knows valid values in their common
//! form. Whatever it doesn't recognize goes to [`FieldRules::value`], which knows every form and makes every finding.

use super::code_table::CodeTable;
use super::fixed_date::{self, FixedForm};
use crate::domain::Code;
use crate::domain::column::{Column, ColumnIndex, KindColumns, MAX_COLUMNS, Type};
use crate::format::amount::{self, AmountForm, Decimals};
use crate::format::clean::is_clean;
use crate::format::fault::limit;
use crate::format::{Fields, Layout};
use crate::validate::field::{self, FIRST_YEAR, FieldRules, flag, moment_forms};
use crate::validate::findings::{Findings, RecordFinding, Target};
use crate::validate::pattern::Pattern;
use crate::validate::ssn;
use crate::validate::text::{is_latin, is_plain, is_plain_email, is_spreadsheet_number};
use crate::validate::value::{Value, Values};
use chrono::NaiveDate;
use std::array;

/// The readers of one file's fields.
#[derive(Debug)]
pub struct FieldPlan<'r> {
    rules: &'r FieldRules,
    steps: Vec<FieldStep<'r>>,
    /// The fields of custom columns.
    custom: Vec<Option<u16>>,
    /// The forms of dates, if all of them are fixed.
    forms: Vec<FixedForm>,
    /// The bytes that a clean text begins with, unless it may be one of [`FieldRules::blanks`].
    begins: Box<[bool; 256]>,
}

/// A canonical column that the file has or has to have.
#[derive(Debug)]
struct FieldStep<'r> {
    column: &'static Column,
    index: ColumnIndex,
    field: Option<u16>,
    /// The value where the file has no such field.
    constant: &'r [u8],
    required: bool,
    /// See [`QuickReader::most`].
    most: usize,
    reader: QuickReader<'r>,
}

/// How valid values in their common form are read. Its tag is a byte of its own, which is quicker to tell than one that is
/// hidden in what a variant holds.
#[derive(Debug)]
#[repr(u8)]
enum QuickReader<'r> {
    Identifier(&'r Pattern),
    Ssn,
    Text(usize),
    Number(usize),
    /// The first and the last day that a date may be.
    Date(NaiveDate, NaiveDate),
    Timestamp,
    Amount,
    /// An amount whose last two digits are cents.
    Cents,
    Code(CodeTable),
    Flag,
    Email,
    Ein,
    /// Cross-references and date forms that only the careful reader knows.
    None,
}

impl QuickReader<'_> {
    /// How many bytes a text may have that it reads; 0 if it reads none.
    fn most(&self) -> usize {
        match self {
            QuickReader::Text(most) | QuickReader::Number(most) => *most,
            QuickReader::Identifier(_) => limit::FIELD_BYTES,
            QuickReader::Email => field::EMAIL_CHARACTERS,
            _ => 0,
        }
    }
}

impl<'r> FieldPlan<'r> {
    /// The plan for files of one layout.
    pub fn new(
        columns: &'static [Column],
        layout: &'r Layout,
        rules: &'r FieldRules,
    ) -> FieldPlan<'r> {
        let forms = FixedForm::of_all(&rules.dates);
        let step = |column: &'static Column| {
            let reader = reader(rules, column, !forms.is_empty());
            FieldStep {
                column,
                index: column.index,
                field: layout.slots[column.index.get()],
                constant: layout.constant(column.index),
                required: rules.requires(column),
                most: reader.most(),
                reader,
            }
        };
        FieldPlan {
            rules,
            steps: columns
                .iter()
                .map(step)
                .filter(|s| s.field.is_some() || s.required || !s.constant.is_empty())
                .collect(),
            custom: layout.custom.iter().map(|(_, field)| *field).collect(),
            forms,
            begins: Box::new(array::from_fn(|byte| {
                let text = [u8::try_from(byte).unwrap_or_default()];
                text[0].is_ascii() && is_clean(&text) && !rules.blanks.may_have(&text)
            })),
        }
    }

    /// Parses and validates every field of a record into `values`, which are blank before.
    pub fn read<'a, C: KindColumns>(
        &self,
        record: &[u8],
        fields: &Fields<'a>,
        values: &mut Values<'a, C>,
        findings: &mut Findings,
    ) where
        'r: 'a,
    {
        self.read_columns(record, fields, values.columns_mut(), findings);
    }

    /// Compiled once for all kinds, so that the quick readers are inlined.
    #[inline(never)]
    fn read_columns<'a>(
        &self,
        record: &[u8],
        fields: &Fields<'a>,
        values: &mut [Value<'a>; MAX_COLUMNS],
        findings: &mut Findings,
    ) where
        'r: 'a,
    {
        let plain = is_plain(record);
        for step in &self.steps {
            let raw = (step.field).map_or(step.constant, |i| fields.get(usize::from(i)));
            let value = &mut values[step.index.get()];
            if !raw.is_empty() && !self.quick(step, raw, plain, value, findings) {
                *value = self.rules.value(step.column, raw, findings);
            }
            if step.required && value.is_blank() {
                findings.column(step.index, Code::RequiredMissing);
            }
        }
        if !self.custom.is_empty() {
            self.custom(fields, plain, findings);
        }
        // A misplaced quote also swallows its neighbours in a column that is not read.
        let told = |f: &RecordFinding| f.code == Code::FieldTooLong;
        if fields.any_longer_than(limit::FIELD_BYTES) && !findings.all.iter().any(told) {
            findings.record(Code::FieldTooLong);
        }
    }

    /// Reads a valid value in its common form; `false` leaves the field to the careful reader.
    #[inline]
    fn quick<'a>(
        &self,
        step: &FieldStep<'r>,
        raw: &'a [u8],
        plain: bool,
        value: &mut Value<'a>,
        findings: &mut Findings,
    ) -> bool {
        if step.most == 0 {
            // Words for nothing are none of these, but listed words may be.
            let listed = !self.rules.blanks.is_empty() && self.rules.blanks.may_have(raw);
            return !listed && self.typed(step, raw, value, findings).is_some();
        }
        let begins = raw.first().is_some_and(|b| self.begins[usize::from(*b)]);
        let calm = begins && matches!(raw.last(), Some(b'!'..=b'~'));
        if raw.len() > step.most || !(calm || self.stands_for_itself(raw)) {
            return false;
        }
        let plain = plain || is_plain(raw);
        let good = match &step.reader {
            QuickReader::Text(_) => plain || is_latin(raw),
            QuickReader::Number(_) => plain && !is_spreadsheet_number(raw),
            QuickReader::Identifier(pattern) => {
                plain && pattern.is_match(raw) && !is_spreadsheet_number(raw)
            }
            _ => plain && is_plain_email(raw),
        };
        if good {
            *value = Value::Text(raw);
        }
        good
    }

    /// Whether there is nothing to clean and no word for nothing.
    #[cold]
    fn stands_for_itself(&self, raw: &[u8]) -> bool {
        is_clean(raw) && !self.rules.blanks.has(raw)
    }

    #[inline]
    fn typed<'a>(
        &self,
        step: &FieldStep<'r>,
        raw: &'a [u8],
        value: &mut Value<'a>,
        findings: &mut Findings,
    ) -> Option<()> {
        *value = match &step.reader {
            QuickReader::Ssn => {
                let number = ssn::plain_number(raw)?;
                let target = Target::Column(step.index);
                let report = |code, severity| findings.add(target, code, severity);
                Value::Ssn(ssn::judged(number, self.rules.ssn, report)?)
            }
            QuickReader::Date(first, last) => {
                let date = self.forms.iter().find_map(|form| form.read(raw))?;
                if date < *first || *last < date {
                    return None;
                }
                Value::Date(date)
            }
            QuickReader::Timestamp => Value::Moment(fixed_date::timestamp(raw)?),
            QuickReader::Amount => Value::Cents(amount::read_plain(raw)?),
            QuickReader::Cents => Value::Cents(amount::read_plain_cents(raw)?),
            QuickReader::Code(table) => Value::Code(table.find(raw)?.as_bytes()),
            QuickReader::Flag => Value::Flag(flag(raw)?),
            QuickReader::Ein => {
                let number = field::ein_number(raw).filter(|n| self.rules.takes(*n))?;
                Value::Ein(number)
            }
            _ => return None,
        };
        Some(())
    }

    fn custom(&self, fields: &Fields<'_>, plain: bool, findings: &mut Findings) {
        for (position, index) in (0..).zip(&self.custom) {
            let raw = index.map_or(&b""[..], |i| fields.get(usize::from(i)));
            let short = raw.len() <= field::CUSTOM_CHARACTERS;
            if plain && short && self.stands_for_itself(raw) {
                continue;
            }
            if let Some(code) = self.rules.custom(raw) {
                findings.add(Target::Custom(position), code, code.severity());
            }
        }
    }
}

fn reader<'r>(rules: &'r FieldRules, column: &Column, fixed: bool) -> QuickReader<'r> {
    if rules
        .cross
        .iter()
        .any(|(crossed, _)| *crossed == column.index)
    {
        return QuickReader::None;
    }
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).expect("a valid date");
    let first = day(FIRST_YEAR, 1, 1);
    match column.kind {
        Type::SubscriberId => QuickReader::Identifier(&rules.subscriber_id),
        Type::Username => QuickReader::Identifier(&rules.username),
        Type::Ssn => QuickReader::Ssn,
        Type::Text(most) => QuickReader::Text(most),
        Type::Number(most) => QuickReader::Number(most),
        Type::Date | Type::EndDate if !fixed => QuickReader::None,
        Type::Date => dates(rules, column, first, rules.latest(column)),
        // The dates that stand for "no end" are left to the careful reader.
        Type::EndDate => dates(rules, column, first, day(2100, 12, 30)),
        Type::Timestamp if rules.moments == moment_forms() && rules.no_dates.is_empty() => {
            QuickReader::Timestamp
        }
        Type::Timestamp => QuickReader::None,
        Type::Amount => amounts(rules.amounts.of(column.index)),
        Type::Code(list) => QuickReader::Code(CodeTable::new(list)),
        Type::Bool => QuickReader::Flag,
        Type::Email => QuickReader::Email,
        Type::State => QuickReader::Text(field::ADDRESS_CHARACTERS),
        Type::Zip => QuickReader::Number(field::ADDRESS_CHARACTERS),
        Type::Ein => QuickReader::Ein,
    }
}

/// The reader of amounts; other notations than the common ones are left to the careful reader.
fn amounts<'r>(form: AmountForm) -> QuickReader<'r> {
    match (form.decimals, form.mark) {
        (Decimals::Explicit, b'.') => QuickReader::Amount,
        (Decimals::Implied(2), _) => QuickReader::Cents,
        _ => QuickReader::None,
    }
}

/// The reader of dates between two days, without the days that the integration lists as no date or as no end: what lies
/// beyond them is left to the careful reader.
fn dates<'r>(
    rules: &FieldRules,
    column: &Column,
    mut first: NaiveDate,
    mut last: NaiveDate,
) -> QuickReader<'r> {
    let open = matches!(column.kind, Type::EndDate).then(|| rules.open_dates.days());
    for day in rules.no_dates.days().chain(open.into_iter().flatten()) {
        if day <= rules.today {
            first = first.max(day.succ_opt().unwrap_or(day));
        } else {
            last = last.min(day.pred_opt().unwrap_or(day));
        }
    }
    QuickReader::Date(first, last)
}

#[cfg(test)]
mod tests;
