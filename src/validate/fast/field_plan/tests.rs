use super::FieldPlan;
use crate::domain::column::KindColumns;
use crate::domain::{Code, DeductionColumn, DemographicColumn};
use crate::format::amount::{AmountForm, AmountForms, Decimals};
use crate::format::dialect::Dialect;
use crate::format::fault::limit;
use crate::format::fields::FieldSplitter;
use crate::format::split::Shape;
use crate::format::{Fields, Layout};
use crate::validate::Findings;
use crate::validate::date::DateForm;
use crate::validate::field::{FieldRules, moment_forms};
use crate::validate::findings::Target;
use crate::validate::marked_dates::MarkedDates;
use crate::validate::pattern::Pattern;
use crate::validate::placeholders::BlankWords;
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
    let table = [("MED PPO", "MED01"), ("S", "D,1"), ("é", "x"), ("n/a", "A")];
    let blanks: &[&str] = match options % 8 {
        5 => &["null", "0", "999999999", "Active"],
        6 => &["not given", "#N/A"],
        _ => &[],
    };
    let blanks: Vec<String> = blanks.iter().map(|w| (*w).to_owned()).collect();
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
        edited_dates: Vec::new(),
        moments: moment_forms(),
        blanks: BlankWords::new(&blanks),
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
        if let Some(code) = rules.custom(raw) {
            findings.add(Target::Custom(position), code, code.severity());
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
        3 => "[nN][aA][nN]|NULL|None|n/a|N/A|[Nn][a-z]{1,3}|[Nn]ot given|999999999",
        2 => "#(N/A|REF!|[A-Z]{1,5}[!?]?|#{0,8}|[0-9 ]{1,3})",
        2 => "[0-9]{1,6}[.]0{1,3}",
        2 => "[\u{a0}\u{200b}\u{2011}]?[A-Z0-9]{1,4}[\u{a0}\u{200b}\u{2013}\u{feff}Е８]?[a-z0-9]{0,4}[\u{2003}\u{200f}]?",
        1 => "[0-9]{3}[\u{2011}\u{2013}\u{a0}][0-9]{2}[\u{2011}\u{2013}\u{a0}][0-9]{4}",
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
