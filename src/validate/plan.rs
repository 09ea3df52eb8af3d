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
            if !raw.is_empty() && !self.quick(step, raw, plain, value, marks) {
                *value = self.rules.value(step.place, step.column, raw, marks);
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

    /// Reads a good value in its common dress; `false` leaves everything to the careful reader.
    #[inline]
    fn quick<'a>(
        &self,
        step: &Step<'r>,
        raw: &'a [u8],
        plain: bool,
        value: &mut Value<'a>,
        marks: &mut Marks,
    ) -> bool {
        let text = |most: usize| raw.len() <= most && is_clean(raw) && (plain || is_plain(raw));
        let good = match &step.reader {
            Reader::Text(most) => text(*most),
            Reader::Number(most) => text(*most) && !is_scientific(raw),
            Reader::Identifier(pattern) => text(limit::FIELD_BYTES) && pattern.is_match(raw),
            Reader::Email => text(field::EMAIL_CHARACTERS) && is_plain_email(raw),
            other => return self.typed(other, step.place, raw, value, marks).is_some(),
        };
        if good {
            *value = Value::Text(raw);
        }
        good
    }

    #[inline]
    fn typed<'a>(
        &self,
        reader: &Reader<'r>,
        place: usize,
        raw: &'a [u8],
        value: &mut Value<'a>,
        marks: &mut Marks,
    ) -> Option<()> {
        *value = match reader {
            Reader::Ssn => {
                let number = ssn::plain_number(raw)?;
                let report = |code, severity| marks.add(On::Column(place as u8), code, severity);
                Value::Ssn(ssn::judged(number, &self.rules.ssn, report)?)
            }
            Reader::Date(first, last) => {
                let date = self.forms.iter().find_map(|form| form.read(raw))?;
                if date < *first || *last < date {
                    return None;
                }
                Value::Date(date)
            }
            Reader::Timestamp => Value::Moment(day::timestamp(raw)?),
            Reader::Amount => Value::Cents(amount::read_plain(raw)?),
            Reader::Code(table) => Value::Code(table.find(raw)?.as_bytes()),
            Reader::Flag => Value::Flag(flag(raw)?),
            Reader::Ein => {
                let number = field::ein_number(raw).filter(|n| self.rules.takes(*n))?;
                Value::Ein(number)
            }
            _ => return None,
        };
        Some(())
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

#[cfg(test)]
mod tests {
    use super::FieldPlan;
    use crate::domain::column::columns;
    use crate::domain::{Code, Kind, Severity, deduction, demographic};
    use crate::format::fault::limit;
    use crate::format::fields::FieldSplitter;
    use crate::format::split::Shape;
    use crate::format::{Fields, Layout};
    use crate::validate::date::DateForm;
    use crate::validate::field::{COLUMNS, FieldRules, On, Values, custom, moment_forms};
    use crate::validate::pattern::Pattern;
    use crate::validate::ssn::{Policy, SsnRules};
    use crate::validate::{Marks, Value};
    use proptest::prelude::*;

    fn rules(options: u8) -> FieldRules {
        let bit = |n: u8| options & (1 << n) != 0;
        let forms: &[&str] = match options % 4 {
            0 => &["%Y-%m-%d"],
            1 => &["%m/%d/%Y", "%Y-%m-%d", "%Y%m%d"],
            2 => &["%m/%d/%Y", "%d/%m/%Y"],
            _ => &["%Y%m%d", "%Y-%-m-%-d"],
        };
        let pattern = |strict, lax| Pattern::compile(if bit(2) { strict } else { lax });
        let table = [("MED PPO", "MED01"), ("S", "D,1"), ("é", "x")];
        let table = table.map(|(a, b)| (a.to_owned(), b.to_owned()));
        FieldRules {
            subscriber_id: pattern("[A-Za-z0-9._-]{1,50}", ".+").expect("a pattern"),
            username: pattern("[A-Za-z0-9._@-]{3,64}", r"\S{3,64}").expect("a pattern"),
            ssn: SsnRules {
                placeholders: if bit(3) { Policy::Reject } else { Policy::Warn },
                itin: if bit(4) {
                    Policy::Reject
                } else {
                    Policy::Accept
                },
                restore_leading_zeros: bit(5),
            },
            dates: forms
                .iter()
                .copied()
                .filter_map(DateForm::compile)
                .collect(),
            moments: moment_forms(),
            today: chrono::NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date"),
            eins: if bit(6) {
                vec![123_456_789]
            } else {
                Vec::new()
            },
            cross: if bit(7) {
                let places = [deduction::DEDUCTION_CODE, demographic::EMPLOYMENT_STATUS];
                places
                    .map(|p| (p, table.iter().cloned().collect()))
                    .to_vec()
            } else {
                Vec::new()
            },
            allow_negative: bit(3),
        }
    }

    /// Every column by the careful reader alone.
    fn carefully<'a>(
        rules: &'a FieldRules,
        kind: Kind,
        layout: &Layout,
        fields: &Fields<'a>,
        marks: &mut Marks,
    ) -> Values<'a> {
        let mut values = [Value::Blank; COLUMNS];
        for (place, column) in columns(kind).iter().enumerate() {
            values[place] = rules.value(place, column, layout.get(fields, place), marks);
            if column.required && values[place].is_blank() {
                marks.column(place, Code::RequiredMissing);
            }
        }
        for (place, (_, index)) in layout.custom.iter().enumerate() {
            let raw = index.map_or(&b""[..], |i| fields.get(usize::from(i)));
            if let Err(code) = custom(raw) {
                marks.add(On::Custom(place as u16), code, Severity::Error);
            }
        }
        if fields.any_longer_than(limit::FIELD_BYTES) && marks.all.is_empty() {
            marks.record(Code::FieldTooLong);
        }
        values
    }

    /// A cell: of any type, in a common or a rare dress, or damaged.
    fn cell() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "[A-Za-z]{1,12}( [A-Z][a-z]{1,8})?",
            2 => "",
            4 => "(19|20|21|99)[0-9]{2}-[01][0-9]-[0-3][0-9]|[01]?[0-9]/[0-3]?[0-9]/20[0-9]{2}|20[0-9]{2}[01][0-9][0-3][0-9]",
            1 => "(2100|9999)(-12-31|1231)|12/31/(2100|9999)",
            3 => "20[0-9]{2}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-5][0-9]:[0-6][0-9](Z|\\+05:00|\\.5|)",
            4 => "[0-9]{3}-[0-9]{2}-[0-9]{4}|[0-9]{7,9}|[0-9]{2}-[0-9]{7}|12-3456789|111-11-1111|9[0-9]{2}-[5-9][0-9]-[0-9]{4}",
            3 => "-?[$]?[0-9]{1,10}([.][0-9]{0,3})?|[(][0-9]{1,3}[)]|[1-9][.][0-9]{1,2}E[+][0-9]{1,3}",
            4 => "true|FALSE|Yes|n|0|1|active|TERM|Full-Time|M|semimonthly|Bi Weekly|EE|Employee + Spouse|MED PPO|S|add|STOP",
            2 => "[a-z.]{1,8}@[a-z]{1,5}[.][a-z.]{0,4}|[a-z@., ]{1,9}",
            2 => "CA|tx|ZZ|[0-9]{5}(-[0-9]{4})?|US|USA|Canada",
            2 => "[ '=\u{a0}\t]{0,2}[ -z]{0,6}[ \u{a0}.]{0,2}",
            1 => "[é\u{7}\u{202e}\u{85}ß]{0,3}[a-z]{0,60}[\n\u{1f}é]{0,2}",
            1 => "[x ]{30,300}",
        ]
    }

    proptest! {
        #[test]
        fn the_plan_says_what_the_careful_reader_says(
            cells in proptest::collection::vec(cell(), 49),
            one in 0usize..49,
            lone: bool,
            gap in 0usize..49,
            long: bool,
            options: u8,
        ) {
            let rules = rules(options);
            for kind in [Kind::Demographic, Kind::Deduction] {
                let mut cells = cells.clone();
                if lone {
                    // The same cell everywhere, so that each type meets each dress.
                    cells = vec![cells[one].clone(); cells.len()];
                }
                if long && options % 16 == 0 {
                    cells[one] = "x".repeat(limit::FIELD_BYTES + 1);
                }
                let record = cells.join("|").replace('"', "'");
                let all = columns(kind).len();
                let slot = |place| (place != gap).then_some(place as u16);
                let layout = Layout {
                    slots: (0..all).map(slot).collect(),
                    custom: vec![("custom.a".to_owned(), Some(all as u16)), ("custom.b".to_owned(), None)],
                    unknown: Vec::new(),
                    width: None,
                };
                let mut splitter = FieldSplitter::new(Shape::Delimited(b'|'));
                let fields = splitter.split(record.as_bytes());
                let (mut quick, mut careful) = (Marks::default(), Marks::default());
                let plan = FieldPlan::new(kind, &layout, &rules);
                let mut values = [Value::Blank; COLUMNS];
                plan.read(record.as_bytes(), &fields, &mut values, &mut quick);
                let want = carefully(&rules, kind, &layout, &fields, &mut careful);
                for (place, column) in columns(kind).iter().enumerate() {
                    prop_assert!(values[place] == want[place], "{}", column.name);
                }
                careful.all.retain(|m| m.on != On::Record);
                quick.all.retain(|m| m.on != On::Record);
                prop_assert_eq!(quick.all, careful.all);
            }
        }
    }
}
