//! In which forms the values of a column are written, for the person who sets up a sender. Only forms and counts leave
//! this module, no value.

use super::FieldRules;
use super::advice::likely_patterns;
use super::date::DateForm;
use crate::domain::column::{Column, Type};
use crate::format::amount::{self, AmountForm, Decimals, likely_form};
use std::collections::BTreeMap;

/// What the values of one column looked like.
#[derive(Debug, Default)]
pub(crate) struct Notation {
    /// Values that aren't blank.
    pub(crate) values: u64,
    /// How many values are written in which form: a pattern of a date, or words for an amount.
    pub(crate) forms: BTreeMap<String, u64>,
    /// Values that only forms read which the integration doesn't have. Several forms may read a value, as different days.
    pub(crate) others: BTreeMap<Vec<OtherForm>, u64>,
    /// Values that no form reads.
    pub(crate) unread: u64,
}

/// A form that an integration doesn't have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum OtherForm {
    /// The pattern of a date.
    Date(&'static str),
    /// Amounts with a comma before the decimals, or with a point.
    DecimalMark(char),
    /// Amounts without a mark, whose last digits are decimals.
    ImpliedDecimals,
    /// Amounts with a mark.
    ExplicitDecimals,
    /// A dash for zero.
    Dash,
}

impl OtherForm {
    /// The pattern, if it is one of dates.
    pub(crate) fn date(&self) -> Option<&'static str> {
        match self {
            OtherForm::Date(pattern) => Some(pattern),
            _ => None,
        }
    }
}

impl Notation {
    /// Takes a value of a column, cleaned and not blank.
    pub(crate) fn take(&mut self, column: &Column, text: &[u8], rules: &FieldRules) {
        self.values += 1;
        match column.kind {
            Type::Date | Type::EndDate => self.date(text, &rules.dates, rules),
            Type::Timestamp => {
                let forms = [&rules.dates[..], &rules.moments].concat();
                self.date(text, &forms, rules);
            }
            Type::Amount => self.amount(text, rules.amounts.of(column.index), rules.dash_is_zero),
            _ => {}
        }
    }

    fn date(&mut self, text: &[u8], forms: &[DateForm], rules: &FieldRules) {
        let own = forms.iter().find(|f| f.read(text, rules.today).is_some());
        if let Some(form) = own {
            *self.forms.entry(form.pattern().to_owned()).or_default() += 1;
        } else if rules.no_dates.lists(text) || rules.open_dates.lists(text) {
            *self.forms.entry("no date".to_owned()).or_default() += 1;
        } else {
            let likely = likely_patterns(text).into_iter().map(OtherForm::Date);
            self.other(likely.collect());
        }
    }

    fn amount(&mut self, text: &[u8], form: AmountForm, dash_is_zero: bool) {
        let dash = amount::is_dash(text);
        if amount::read(text, form).is_ok() || dash && dash_is_zero {
            let words = words(text, form, dash);
            *self.forms.entry(words.to_owned()).or_default() += 1;
            return;
        }
        let other = match likely_form(text, form) {
            _ if dash => OtherForm::Dash,
            None => return self.other(Vec::new()),
            Some(other) if other.mark != form.mark => OtherForm::DecimalMark(other.mark.into()),
            Some(AmountForm {
                decimals: Decimals::Implied(_),
                ..
            }) => OtherForm::ImpliedDecimals,
            Some(_) => OtherForm::ExplicitDecimals,
        };
        self.other(vec![other]);
    }

    fn other(&mut self, forms: Vec<OtherForm>) {
        match forms.is_empty() {
            true => self.unread += 1,
            false => *self.others.entry(forms).or_default() += 1,
        }
    }
}

/// How a readable amount is written.
fn words(text: &[u8], form: AmountForm, dash: bool) -> &'static str {
    let digits = text.iter().all(u8::is_ascii_digit);
    match form.decimals {
        _ if dash => "a dash for zero",
        Decimals::Implied(_) if digits => "digits, the last ones decimals",
        Decimals::Implied(_) => "digits with a sign, the last ones decimals",
        Decimals::Explicit if digits => "whole dollars",
        Decimals::Explicit if text.contains(&form.mark) => "with decimals",
        Decimals::Explicit => "whole dollars with signs",
    }
}
