//! What is done with the fields of a file's records, settled once for the file.
//!
//! A column the file lacks costs nothing. Every other has a quick reader that knows good values in their common dress;
//! whatever it doesn't know goes to [`FieldRules::value`], which alone knows every dress and every finding.

use super::day::{self, FixedForm};
use super::field::{self, FIRST_YEAR, FieldRules, LAST_YEAR, Values, flag, moment_forms};
use super::marks::{Mark, Marks, On};
use super::pattern::Pattern;
use super::text::{is_clean, is_plain, is_plain_email, is_scientific};
use super::value::Value;
use super::{amount, ssn};
use crate::domain::code_table::CodeTable;
use crate::domain::column::{Column, Type, columns};
use crate::domain::{Code, Kind, Severity};
use crate::format::fault::limit;
use crate::format::{Fields, Layout};
use chrono::NaiveDate;

/// The fields of one file's records.
#[derive(Debug)]
pub struct FieldPlan<'r> {
    rules: &'r FieldRules,
    steps: Vec<Step<'r>>,
    /// The fields of custom columns.
    custom: Vec<Option<u16>>,
    /// The forms of dates, if all of them are fixed.
    forms: Vec<FixedForm>,
}

/// A canonical column that the file has or has to have.
#[derive(Debug)]
struct Step<'r> {
    place: usize,
    column: &'static Column,
    field: Option<u16>,
    reader: Reader<'r>,
}

/// How good values are read.
#[derive(Debug)]
enum Reader<'r> {
    Identifier(&'r Pattern),
    Ssn,
    Text(usize),
    Number(usize),
    /// The first and the last day that a date may be.
    Date(NaiveDate, NaiveDate),
    Timestamp,
    Amount,
    Code(CodeTable),
    Flag,
    Email,
    Ein,
    /// Cross-references, and forms that nothing quick is known of.
    Other,
}

impl<'r> FieldPlan<'r> {
    /// The plan for files of one layout.
    pub fn new(kind: Kind, layout: &Layout, rules: &'r FieldRules) -> FieldPlan<'r> {
        let forms = FixedForm::of_all(&rules.dates);
        let step = |(place, column): (usize, &'static Column)| Step {
            place,
            column,
            field: layout.slots[place],
            reader: reader(rules, place, column, !forms.is_empty()),
        };
        let all = columns(kind).iter().enumerate();
        FieldPlan {
            rules,
            steps: all
                .map(step)
                .filter(|s| s.field.is_some() || s.column.required)
                .collect(),
            custom: layout.custom.iter().map(|(_, field)| *field).collect(),
            forms,
        }
    }

    /// Parses and judges every field of a record into `values`, which are blank before.
    pub fn read<'a>(
        &self,
        record: &[u8],
        fields: &Fields<'a>,
        values: &mut Values<'a>,
        marks: &mut Marks,
    ) where
        'r: 'a,
    {
        let plain = is_plain(record);
        for step in &self.steps {
            let raw = step.field.map_or(&b""[..], |i| fields.get(usize::from(i)));
            let value = &mut values[step.place];
            if !raw.is_empty() {
                *value = match self.quick(step, raw, plain, marks) {
                    Some(value) => value,
                    None => self.rules.value(step.place, step.column, raw, marks),
                };
            }
            if step.column.required && value.is_blank() {
                marks.column(step.place, Code::RequiredMissing);
            }
        }
        if !self.custom.is_empty() {
            self.custom(fields, plain, marks);
        }
        // A quote in the wrong place swallows its neighbours in a column that nobody reads, too.
        let told = |m: &Mark| m.code == Code::FieldTooLong;
        if fields.any_longer_than(limit::FIELD_BYTES) && !marks.all.iter().any(told) {
            marks.record(Code::FieldTooLong);
        }
    }

    /// A good value in its common dress.
    #[inline]
    fn quick<'a>(
        &self,
        step: &Step<'r>,
        raw: &'a [u8],
        plain: bool,
        marks: &mut Marks,
    ) -> Option<Value<'a>> {
        let text = |most: usize| raw.len() <= most && is_clean(raw) && (plain || is_plain(raw));
        match &step.reader {
            Reader::Identifier(pattern) => {
                (text(limit::FIELD_BYTES) && pattern.is_match(raw)).then_some(Value::Text(raw))
            }
            Reader::Ssn => {
                let number = ssn::plain_number(raw)?;
                let report =
                    |code, severity| marks.add(On::Column(step.place as u8), code, severity);
                ssn::judged(number, &self.rules.ssn, report).map(Value::Ssn)
            }
            Reader::Text(most) => text(*most).then_some(Value::Text(raw)),
            Reader::Number(most) => {
                (text(*most) && !is_scientific(raw)).then_some(Value::Text(raw))
            }
            Reader::Date(first, last) => {
                let date = self.forms.iter().find_map(|form| form.read(raw))?;
                (*first <= date && date <= *last).then_some(Value::Date(date))
            }
            Reader::Timestamp => day::timestamp(raw).map(Value::Moment),
            Reader::Amount => amount::read_plain(raw).map(Value::Cents),
            Reader::Code(table) => table.find(raw).map(|code| Value::Code(code.as_bytes())),
            Reader::Flag => flag(raw).map(Value::Flag),
            Reader::Email => {
                (text(field::EMAIL_CHARACTERS) && is_plain_email(raw)).then_some(Value::Text(raw))
            }
            Reader::Ein => {
                let number = field::ein_number(raw)?;
                self.rules.takes(number).then_some(Value::Ein(number))
            }
            Reader::Other => None,
        }
    }

    fn custom(&self, fields: &Fields<'_>, plain: bool, marks: &mut Marks) {
        for (place, index) in self.custom.iter().enumerate() {
            let raw = index.map_or(&b""[..], |i| fields.get(usize::from(i)));
            if plain && raw.len() <= field::CUSTOM_CHARACTERS {
                continue;
            }
            if let Err(code) = field::custom(raw) {
                marks.add(On::Custom(place as u16), code, Severity::Error);
            }
        }
    }
}

fn reader<'r>(rules: &'r FieldRules, place: usize, column: &Column, fixed: bool) -> Reader<'r> {
    if rules.cross.iter().any(|(crossed, _)| *crossed == place) {
        return Reader::Other;
    }
    let first = NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1).unwrap_or(NaiveDate::MAX);
    match column.kind {
        Type::SubscriberId => Reader::Identifier(&rules.subscriber_id),
        Type::Username => Reader::Identifier(&rules.username),
        Type::Ssn => Reader::Ssn,
        Type::Text(most) => Reader::Text(most),
        Type::Number(most) => Reader::Number(most),
        Type::Date | Type::EndDate if !fixed => Reader::Other,
        Type::Date if column.name == "birth_date" => Reader::Date(first, rules.today),
        Type::Date => Reader::Date(
            first,
            NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31).unwrap_or(first),
        ),
        // The dates that stand for "no end" are left to the careful reader.
        Type::EndDate => Reader::Date(
            first,
            NaiveDate::from_ymd_opt(2100, 12, 30).unwrap_or(first),
        ),
        Type::Timestamp if rules.moments == moment_forms() => Reader::Timestamp,
        Type::Timestamp => Reader::Other,
        Type::Amount => Reader::Amount,
        Type::Code(list) => Reader::Code(CodeTable::new(list)),
        Type::Bool => Reader::Flag,
        Type::Email => Reader::Email,
        Type::State | Type::Zip => Reader::Text(field::ADDRESS_CHARACTERS),
        Type::Ein => Reader::Ein,
    }
}
