//! How each field of a file's records is read, decided once per file.
//!
//! A column the file lacks costs nothing. Every other column has a quick reader that knows valid values in their common
//! form. Whatever it doesn't recognize goes to [`FieldRules::value`], which knows every form and makes every finding.

use super::code_table::CodeTable;
use super::fixed_date::{self, FixedForm};
use crate::domain::column::{Column, KindColumns, MAX_COLUMNS, Type};
use crate::domain::{Code, Severity};
use crate::format::amount::{self, AmountForm, Decimals};
use crate::format::fault::limit;
use crate::format::{Fields, Layout};
use crate::validate::field::{self, FIRST_YEAR, FieldRules, flag, moment_forms};
use crate::validate::findings::{Findings, RecordFinding, Target};
use crate::validate::pattern::Pattern;
use crate::validate::ssn;
use crate::validate::text::{is_clean, is_plain, is_plain_email, is_scientific};
use crate::validate::value::{Value, Values};
use chrono::NaiveDate;

/// The readers of one file's fields.
#[derive(Debug)]
pub struct FieldPlan<'r> {
    rules: &'r FieldRules,
    steps: Vec<FieldStep<'r>>,
    /// The fields of custom columns.
    custom: Vec<Option<u16>>,
    /// The forms of dates, if all of them are fixed.
    forms: Vec<FixedForm>,
}

/// A canonical column that the file has or has to have.
#[derive(Debug)]
struct FieldStep<'r> {
    column: &'static Column,
    field: Option<u16>,
    /// The value where the file has no such field.
    constant: &'r [u8],
    required: bool,
    reader: QuickReader<'r>,
}

/// How valid values in their common form are read.
#[derive(Debug)]
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

impl<'r> FieldPlan<'r> {
    /// The plan for files of one layout.
    pub fn new(
        columns: &'static [Column],
        layout: &'r Layout,
        rules: &'r FieldRules,
    ) -> FieldPlan<'r> {
        let forms = FixedForm::of_all(&rules.dates);
        let step = |column: &'static Column| FieldStep {
            column,
            field: layout.slots[column.index.get()],
            constant: layout.constant(column.index),
            required: rules.requires(column),
            reader: reader(rules, column, !forms.is_empty()),
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
            let value = &mut values[step.column.index.get()];
            if !raw.is_empty() && !self.quick(step, raw, plain, value, findings) {
                *value = self.rules.value(step.column, raw, findings);
            }
            if step.required && value.is_blank() {
                findings.column(step.column.index, Code::RequiredMissing);
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
        let text = |most: usize| raw.len() <= most && is_clean(raw) && (plain || is_plain(raw));
        let good = match &step.reader {
            QuickReader::Text(most) => text(*most),
            QuickReader::Number(most) => text(*most) && !is_scientific(raw),
            QuickReader::Identifier(pattern) => text(limit::FIELD_BYTES) && pattern.is_match(raw),
            QuickReader::Email => text(field::EMAIL_CHARACTERS) && is_plain_email(raw),
            _ => return self.typed(step, raw, value, findings).is_some(),
        };
        if good {
            *value = Value::Text(raw);
        }
        good
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
                let target = Target::Column(step.column.index);
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
            if plain && raw.len() <= field::CUSTOM_CHARACTERS {
                continue;
            }
            if let Err(code) = field::custom(raw) {
                findings.add(Target::Custom(position), code, Severity::Error);
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
        Type::State | Type::Zip => QuickReader::Text(field::ADDRESS_CHARACTERS),
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
mod tests {
    use super::FieldPlan;
    use crate::domain::column::KindColumns;
    use crate::domain::{Code, DeductionColumn, DemographicColumn, Severity};
    use crate::format::amount::{AmountForm, AmountForms, Decimals};
    use crate::format::dialect::Dialect;
    use crate::format::fault::limit;
    use crate::format::fields::FieldSplitter;
    use crate::format::split::Shape;
    use crate::format::{Fields, Layout};
    use crate::validate::Findings;
    use crate::validate::date::DateForm;
    use crate::validate::field::{FieldRules, custom, moment_forms};
    use crate::validate::findings::Target;
    use crate::validate::marked_dates::MarkedDates;
    use crate::validate::pattern::Pattern;
    use crate::validate::ssn::{Policy, SsnRules};
    use crate::validate::value::Values;
    use proptest::prelude::*;

    fn rules(options: u8) -> FieldRules {
        let bit = |n: u8| options & (1 << n) != 0;
        let forms: &[&str] = match options % 4 {
            0 => &["%Y-%m-%d"],
            1 => &["%m/%d/%Y", "%Y-%m-%d", "%Y%m%d"],
            2 if bit(4) => &["%m/%d/%y", "%d-%b-%Y", "%Y%m%d", "%serial"],
            2 => &["%m/%d/%Y", "%d/%m/%Y"],
            _ => &["%Y%m%d", "%Y-%-m-%-d"],
        };
        let compiled = forms.iter().copied().filter_map(DateForm::compile);
        let forms: Vec<DateForm> = compiled.collect();
        let marked = |listed: bool, texts: &[&str], forms: &[DateForm]| {
            let texts: Vec<String> = texts.iter().map(|t| (*t).to_owned()).collect();
            MarkedDates::new(if listed { &texts } else { &[] }, forms)
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
            dates: forms.clone(),
            moments: moment_forms(),
            no_dates: marked(bit(5), &["1900-01-01", "19700101", "NULL"], &forms),
            open_dates: marked(bit(6), &["2099-12-31", "12/31/2199", "99/99/9999"], &forms),
            today: chrono::NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date"),
            eins: if bit(6) {
                vec![123_456_789]
            } else {
                Vec::new()
            },
            cross: if bit(7) {
                let columns = [
                    DeductionColumn::DeductionCode.into(),
                    DemographicColumn::EmploymentStatus.into(),
                ];
                columns
                    .map(|c| (c, table.iter().cloned().collect()))
                    .to_vec()
            } else {
                Vec::new()
            },
            not_required: if bit(5) {
                vec![DemographicColumn::Username.into()]
            } else {
                Vec::new()
            },
            allow_negative: bit(3),
            dash_is_zero: bit(4),
            amounts: AmountForms::new(
                AmountForm {
                    mark: if options.is_multiple_of(5) {
                        b','
                    } else {
                        b'.'
                    },
                    decimals: if options.is_multiple_of(3) {
                        Decimals::Implied(2)
                    } else {
                        Decimals::Explicit
                    },
                },
                vec![(DeductionColumn::EmployerAmount.into(), Decimals::Implied(4))],
            ),
        }
    }

    /// Every column by the careful reader alone.
    fn carefully<'a, C: KindColumns>(
        rules: &'a FieldRules,
        layout: &'a Layout,
        fields: &Fields<'a>,
        findings: &mut Findings,
    ) -> Values<'a, C> {
        let mut values = Values::blank();
        for column in C::COLUMNS {
            let value = values.at_mut(column.index);
            *value = rules.value(column, layout.get(fields, column.index), findings);
            if rules.requires(column) && value.is_blank() {
                findings.column(column.index, Code::RequiredMissing);
            }
        }
        for (position, (_, index)) in (0..).zip(&layout.custom) {
            let raw = index.map_or(&b""[..], |i| fields.get(usize::from(i)));
            if let Err(code) = custom(raw) {
                findings.add(Target::Custom(position), code, Severity::Error);
            }
        }
        if fields.any_longer_than(limit::FIELD_BYTES) && findings.all.is_empty() {
            findings.record(Code::FieldTooLong);
        }
        values
    }

    /// A cell: of any type, in a common or a rare notation, or damaged.
    fn cell() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "[A-Za-z]{1,12}( [A-Z][a-z]{1,8})?",
            2 => "",
            4 => "(19|20|21|99)[0-9]{2}-[01][0-9]-[0-3][0-9]|[01]?[0-9]/[0-3]?[0-9]/20[0-9]{2}|20[0-9]{2}[01][0-9][0-3][0-9]",
            1 => "(2100|4712|9999)(-12-31|1231)|12/31/(2100|4712|9999)",
            2 => "1900-01-01(T00:00:00)?|1970-01-0[12]|01/01/19[07]0|19700101|20(99|98)-12-31|12/31/2[01]99|99/99/9999|null",
            1 => "[0-3]?[0-9]/[0-3]?[0-9]/[0-9]{2}|[0-3][0-9]-(mar|MAY|July)-(19|20)[0-9]{2}|[1-9][0-9]{4}([.]5)?",
            1 => "[+-]?0{0,3}[0-9]{1,6}[{}AJ+-]?|[0-9]{1,3}[.][0-9]{3},[0-9]{2}|[0-9]{1,3},[0-9]{1,3}",
            1 => "0000-00-00( 00:00:00)?|00/00/0000|0{7,9}|00[-/.]00[-/.]0000",
            3 => "20[0-9]{2}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-5][0-9]:[0-6][0-9](Z|\\+05:00|\\.5|)",
            4 => "[0-9]{3}-[0-9]{2}-[0-9]{4}|[0-9]{7,9}|[0-9]{2}-[0-9]{7}|12-3456789|111-11-1111|9[0-9]{2}-[5-9][0-9]-[0-9]{4}",
            3 => "-?[$]?[0-9]{1,10}([.][0-9]{0,3})?|[(][0-9]{1,3}[)]|[$]? ?-|[$][(][0-9][.][)]|[1-9][.][0-9]{1,2}E[+][0-9]{1,3}",
            4 => "true|FALSE|Yes|n|0|1|active|TERM|Full-Time|M|semimonthly|Bi Weekly|EE|Employee + Spouse|MED PPO|S|add|STOP",
            2 => "[a-z.]{1,8}@[a-z]{1,5}[.][a-z.]{0,4}|[a-z@., ]{1,9}",
            2 => "CA|tx|ZZ|[0-9]{5}(-[0-9]{4})?|US|USA|Canada",
            2 => "[ '=\u{a0}\t]{0,2}[ -z]{0,6}[ \u{a0}.]{0,2}",
            2 => "=\"[ -!#-{]{0,9}\"|'[0-9A-Za-z-]{1,9}'?|=\"(20[0-9]{2}-[01][0-9]-[0-3][0-9]|[0-9]{9}|[0-9.]{1,6})\"",
            1 => "[é\u{7}\u{202e}\u{85}ß]{0,3}[a-z]{0,60}[\n\u{1f}é]{0,2}",
            1 => "[x ]{30,300}",
        ]
    }

    #[derive(Clone, Debug)]
    struct Cells {
        cells: Vec<String>,
        one: usize,
        lone: bool,
        gap: usize,
        long: bool,
    }

    fn agree<C: KindColumns>(rules: &FieldRules, drawn: Cells) -> Result<(), TestCaseError> {
        let Cells { mut cells, one, .. } = drawn;
        if drawn.lone {
            // The same cell everywhere, so that each type meets each form.
            cells = vec![cells[one].clone(); cells.len()];
        }
        if drawn.long {
            cells[one] = "x".repeat(limit::FIELD_BYTES + 1);
        }
        for cell in cells.iter_mut().filter(|c| c.starts_with('"')) {
            *cell = cell.replace('"', "'");
        }
        let record = cells.join("|");
        let all = u16::try_from(C::COLUMNS.len()).expect("few columns");
        let slot = |field: u16| (usize::from(field) != drawn.gap).then_some(field);
        let lacked = C::COLUMNS.get(drawn.gap).filter(|_| drawn.lone);
        let layout = Layout {
            slots: (0..all).map(slot).collect(),
            custom: vec![
                ("custom.a".to_owned(), Some(all)),
                ("custom.b".to_owned(), None),
            ],
            headers: vec![String::new(); cells.len()],
            constants: lacked
                .map(|c| (c.index, cells[one].clone()))
                .into_iter()
                .collect(),
            ..Layout::default()
        };
        let mut splitter = FieldSplitter::new(Shape::Delimited(Dialect::new(b'|')));
        let fields = splitter.split(record.as_bytes());
        let (mut quick, mut careful) = (Findings::default(), Findings::default());
        let plan = FieldPlan::new(C::COLUMNS, &layout, rules);
        let mut values = Values::<C>::blank();
        plan.read(record.as_bytes(), &fields, &mut values, &mut quick);
        let want = carefully::<C>(rules, &layout, &fields, &mut careful);
        for column in C::COLUMNS {
            let same = values.at(column.index) == want.at(column.index);
            prop_assert!(same, "{}", column.name);
        }
        careful.all.retain(|f| f.target != Target::Record);
        quick.all.retain(|f| f.target != Target::Record);
        prop_assert_eq!(quick.all, careful.all);
        Ok(())
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
            let cells = Cells { cells, one, lone, gap, long: long && options % 16 == 0 };
            agree::<DemographicColumn>(&rules, cells.clone())?;
            agree::<DeductionColumn>(&rules, cells)?;
        }
    }
}
