use super::{FieldRules, Pattern};
use crate::domain::column::KindColumns;
use crate::domain::{Code, DemographicColumn};
use crate::validate::marked_dates::MarkedDates;
use crate::validate::placeholders::BlankWords;
use crate::validate::ssn::{Policy, SsnRules};
use crate::validate::{Findings, Value};

fn rules() -> FieldRules {
    FieldRules {
        subscriber_id: Pattern::compile(".+").expect("a pattern"),
        username: Pattern::compile(".+").expect("a pattern"),
        ssn: SsnRules {
            placeholders: Policy::Reject,
            itin: Policy::Reject,
            restore_leading_zeros: false,
        },
        dates: Vec::new(),
        edited_dates: Vec::new(),
        moments: Vec::new(),
        blanks: BlankWords::default(),
        no_dates: MarkedDates::default(),
        open_dates: MarkedDates::default(),
        today: chrono::NaiveDate::MIN,
        eins: Vec::new(),
        cross: Vec::new(),
        not_required: Vec::new(),
        allow_negative: false,
        dash_is_zero: false,
        amounts: Default::default(),
    }
}

#[test]
fn a_lax_pattern_takes_no_control_characters() {
    let rules = rules();
    let column = DemographicColumn::Username.definition();
    let mut findings = Findings::default();
    let mut read = |raw: &'static str| {
        let value = rules.value(column, raw.as_bytes(), &mut findings);
        matches!(value, Value::Text(t) if t == raw.as_bytes())
    };
    assert!(read("ann lee") && !read("ann\u{202e}lee") && !read("ann\u{7}"));
    let codes: Vec<Code> = findings.all.iter().map(|m| m.code).collect();
    assert_eq!(codes, [Code::ControlCharacter; 2]);
}
